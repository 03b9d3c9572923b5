"""Letters of objection: a draft for each indicator that the verification lowered, with reason, reply and evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.history.identity import plain
from analysis.mentoring.rounds import Mentoring, read_mentoring
from analysis.season.targets import targets_of
from reports.city_settings import letterhead_of, read_settings, wording
from reports.letters.nota_dinas import signature_of
from reports.letters.official import Grid, Official
from reports.letters.season_facts import INDONESIAN, draft_reasons, points
from reports.letters.writing import FOLDER, Letters, NothingToWrite, write_documents
from warehouse.file_names import slug
from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE, Language
from warehouse.region import Region, resolve_city
from warehouse.snapshot import Snapshot

OBJECTION = "objection"
"""The kind of a deadline in `targets/deadlines.csv`: the last day on which a region may object."""


def objection_deadline(home: Home, region_code: str, edition: int, on: date, language: Language) -> str | None:
    """Return the last day of the objection window in words; None where no file states it."""
    deadlines = targets_of(region_code, edition, on, home).deadlines
    day = max((one.day for one in deadlines if one.kind == OBJECTION), default=None)
    return None if day is None else language.date(day)


def write_objections(
    city: str,
    edition: int,
    *,
    innovation: str | None = None,
    on: date,
    home: str | Path | None = None,
    snapshot: str | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> Letters:
    """Write a draft for each lowered indicator of a season, or of one innovation (id or title).

    Raises UnknownName, NoSnapshot, NothingToWrite where nothing was lowered, CitySettingsInvalid, TemplateRefused.
    """
    region, place = resolve_city(city), Home.at(home)
    with open_snapshot(snapshot, place.root) as opened:
        mentoring = read_mentoring(opened, place, region.region_code, edition, on)
        documents = list(objection_letters(opened, place, region, mentoring, innovation))
    if not documents:
        raise NothingToWrite(
            "Nothing was lowered in {city} {edition}, as far as is known",
            next_step="load the export with verified scores, or read the sheet of mentoring back",
            city=region.full_name,
            edition=edition,
        )
    folder = place.root / FOLDER / slug(region.full_name) / str(edition) / "sanggahan"
    return write_documents(documents, place, folder, lang)


def objection_letters(
    snapshot: Snapshot, home: Home, region: Region, mentoring: Mentoring, innovation: str | None = None
) -> Iterator[Official]:
    """Yield the draft of each lowered indicator of which no final result is known, the largest loss first."""
    lowered = mentoring.lowered.filter(
        pl.col("state").is_in(["lowered", "rejected"]),
        pl.col("final_level").is_null(),
        pl.col("final_points").is_null(),
    )
    for row in lowered.iter_rows(named=True):
        if innovation is None or innovation in (row["innovation_id"], row["submission_id"]) or (
            plain(innovation) == plain(row["title"])
        ):  # fmt: skip
            yield _letter(snapshot, home, region, mentoring, row)


def _letter(snapshot: Snapshot, home: Home, region: Region, mentoring: Mentoring, row: dict[str, Any]) -> Official:
    words, common = wording()["objection"], wording()["common"]
    settings = read_settings(home, region.region_code)
    simulated = draft_reasons({}, is_simulated=bool(row["is_simulated"]))
    number = row["indicator_number"]
    name = row["indicator_name"]
    text = words["whole"] if number is None else words["indicator"] if name else words["unnamed_indicator"]
    what = text.format(number=number, name=name)
    deadline = objection_deadline(home, region.region_code, mentoring.edition, mentoring.on, INDONESIAN)
    foot = common["foot"].format(
        snapshot=snapshot.snapshot_id[:12], version=snapshot.facts["software_version"], rests=""
    )
    return Official(
        kind="surat-sanggahan",
        name="-".join(("sanggahan", slug(row["title"])[:40], row["submission_id"][:6], number or "kematangan")),
        head=letterhead_of(home, region, settings),
        settings=settings,
        title="",
        place_and_date=f"{settings.place or region.name}, {common['blank_field'][:24]}",
        fields=(
            ("Nomor", ""),
            ("Sifat", settings.nature.letters),
            ("Lampiran", "-"),
            ("Hal", words["subject"].format(edition=mentoring.edition)),
        ),
        addressee=words["addressee"],
        draft=simulated or (common["not_signed"],),
        opening=(
            words["opening"].format(
                region=region.full_name,
                edition=mentoring.edition,
                what=what,
                title=row["title"],
                unit=row["unit_name"] or "–",
            ),
            words["request"].format(deadline=deadline or words["unknown_day"]),
        ),
        tables=(Grid(words["table"], tuple(words["heads"]), tuple(_told(mentoring, row, words)), (1, 2)),),
        closing=words["closing"],
        signature=signature_of(settings, simulated),
        copies=settings.copies.letters,
        foot=foot.strip(),
        words=common,
    )


def _told(mentoring: Mentoring, row: dict[str, Any], words: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Both values, and the last reason, reply and evidence that the log has; what it lacks the unit fills in."""
    for kind in ("claimed", "verified"):
        level, score = row[f"{kind}_level"], row[f"{kind}_points"]
        yield words[kind], f"{'–' if level is None else level}; {'–' if score is None else points(score)}"
    same = (
        pl.col("indicator_number").is_null()
        if row["indicator_number"] is None
        else pl.col("indicator_number") == row["indicator_number"]
    )
    steps = mentoring.steps.filter(same, submission_id=row["submission_id"])
    for name in ("reason", "reply", "evidence"):
        said = steps[name].drop_nulls()
        yield words[name], said[-1] if said.len() else ("–" if name == "reason" else words["to_fill"])
