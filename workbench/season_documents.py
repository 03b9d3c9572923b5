"""What the clinic and the check of evidence share: the innovations of a season, its rules, and its region."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analysis.clinic.decree import OwnRegion, check_decree
from analysis.clinic.demands import Finding, Line, Window, clinic_data, lines_of, plain
from analysis.clinic.design import check_design
from analysis.clinic.video import (
    check_picture,
    check_video_file,
    check_video_text,
    evidence_rule,
    is_link_only,
    other_hosts,
)
from etl.documents.content_kind import PICTURE_KINDS
from iga.rulebook import Rulebook
from warehouse.reference import load_reference
from warehouse.region import Region
from warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Innovation:
    """One innovation: its id, its title, and the levels that are claimed, by indicator."""

    submission_id: str
    title: str
    levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SeasonDocuments:
    """The innovations of a season with their texts and days of implementation by id, its rules and its region."""

    innovations: list[Innovation]
    designs: dict[str, str]
    implemented: dict[str, date | None]
    rulebook: Rulebook
    window: Window
    region: OwnRegion


_SUBMISSIONS = """
select submission_id, title, description, implementation_date from submission
where region_code = $region_code and edition = $edition order by title, submission_id
"""
_LEVELS = """
select a.submission_id, a.indicator_number, max(a.level) as level from answer a join submission s using (submission_id)
where s.region_code = $region_code and s.edition = $edition and a.score_kind = 'claimed' and a.level is not null
group by all order by all
"""


def season_documents(opened: Snapshot, region: Region, edition: int) -> SeasonDocuments:
    """Return what documents of a season are held against."""
    asked = {"region_code": region.region_code, "edition": edition}
    rows = opened.sql(_SUBMISSIONS, dict(asked)).rows(named=True)
    levels: dict[str, dict[str, int]] = {}
    for key, number, level in opened.sql(_LEVELS, dict(asked)).iter_rows():
        levels.setdefault(key, {})[number] = int(level)
    rulebook = opened.rulebooks.of(str(edition))
    names = frozenset(plain(str(name)) for name in load_reference("region")["name"])
    return SeasonDocuments(
        [Innovation(row["submission_id"], row["title"], levels.get(row["submission_id"], {})) for row in rows],
        {row["submission_id"]: row["description"] for row in rows if row["description"]},
        {row["submission_id"]: row["implementation_date"] for row in rows},
        rulebook,
        Window.of(rulebook, edition),
        OwnRegion(region.name, region.region_type, region.province, names),
    )


def design_findings(season: SeasonDocuments, key: str | None, lines: list[Line]) -> tuple[tuple[Finding, ...], int]:
    """Return what is found of a design of an innovation, and its number of words."""
    titles = {one.submission_id: one.title for one in season.innovations}
    others = [title for of, title in titles.items() if of != key] if titles.get(key or "") else []
    checked = check_design(lines, season.window, titles.get(key or ""), others)
    return checked.findings, checked.word_count


def document_findings(
    season: SeasonDocuments, key: str | None, facts: dict[str, Any], size: int, kind: str
) -> tuple[Sequence[Finding], int]:
    """Return what is found of a document that was read, and its number of words.

    `key` is the id of its innovation, `facts` what the reader says of it, `size` its bytes; `kind` is a `DocumentKind`.
    """
    if kind == "video" and facts["kind"] in PICTURE_KINDS:
        return check_picture(facts.get("picture_size", ()), facts["cause"]), 0
    if kind == "video" and facts["kind"] in ("mp4", "mov", "avi", "mkv", "empty"):
        return check_video_file(facts["kind"], size, facts.get("seconds"), facts["cause"], _video_evidence(season)), 0
    if facts["cause"]:
        is_fault = facts["cause"] not in clinic_data()["unread"]
        return [Finding(f"unreadable_{facts['cause']}", is_fault=is_fault)], 0
    lines = lines_of(facts["paragraphs"])
    if kind == "video":
        elsewhere = [Finding("other_host", {"host": host}, is_fault=False) for host in other_hosts(lines)]
        if is_link_only(lines):
            return [Finding("link_only", is_fault=False), *elsewhere], 0
        return [*check_video_text(lines).findings, *elsewhere], 0
    if kind == "decree":
        title = next((one.title for one in season.innovations if one.submission_id == key), None)
        is_recognised = bool(facts.get("is_recognised"))
        day = season.implemented.get(key or "")
        year = day.year if day else None
        whole = [*_beside(facts, "head"), *lines, *_beside(facts, "foot")]
        return check_decree(whole, season.window, title, season.region, year, is_recognised=is_recognised).findings, 0
    return design_findings(season, key, lines)


def lacking_picture(season: SeasonDocuments, kinds: Collection[str]) -> list[Finding]:
    """Return what is to be asked where the edition asks for a picture and none is among the documents of a video.

    `kinds` are those of the documents that lie together.
    """
    if not kinds or not evidence_rule(_video_evidence(season)).asks_picture or set(kinds) & set(PICTURE_KINDS):
        return []
    return [Finding("no_picture", is_fault=False)]


def _video_evidence(season: SeasonDocuments) -> str:
    return next((one.evidence for one in season.rulebook.indicators if one.key == "video"), "")


def _beside(facts: dict[str, Any], name: str) -> list[Line]:
    """Return the lines of headers or footers: a letterhead, a note of the electronic signature."""
    return [Line(str(text)) for text in facts.get(name, ())]


def lines_of_text(text: str) -> list[Line]:
    """Return the lines of a design that stands in an export."""
    return lines_of([[line, "", False, 0, at] for at, line in enumerate(text.splitlines())])
