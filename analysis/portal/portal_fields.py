"""One innovation as the portal asks for it: the profile's fields in their order, indicators, and what is missing.

The fields of an edition are data (`targets/portal_fields.csv`; the home's rows of an edition stand instead of the
packaged ones). What no received file holds is filled in by the city in `<home>/portal/<region>-<edition>.csv`.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from analysis.portal.evidence_places import EvidenceFile, evidence_of, read_season_decisions
from analysis.portfolio.tags import read_tags, tag_list
from analysis.season.target_files import IS_OWN, cells_of_csv, read_targets
from iga.errors import Sentence
from iga.planning.gaps_and_pace import design_words, ineligible_because
from iga.reasons import reason_of
from iga.rulebook import Rulebook
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.language import Language
from warehouse.region import Region
from warehouse.snapshot import Snapshot

INDONESIAN = Language("id")
"""The portal is typed into in Indonesian, whatever language the page has."""

KEYS = ("submission_id", "innovation")


class PortalFieldsInvalid(WorkbenchError):
    """The fields of an edition are not known, or the city's own file of them cannot be read."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Field:
    """One field of the profile as it is typed: empty where nothing is known; `faults` say what is wrong with it."""

    name: str
    label: str
    kind: str
    is_required: bool
    value: str
    faults: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator: the level that the city claims, its text, the evidence that is asked for, and the files there are.

    `level` is None where no file states it. Of the files those come first that a mentor confirmed; the others are
    proposals.
    """

    number: str
    label: str
    level: int | None
    level_text: str
    evidence: str
    is_mandatory: bool
    files: tuple[EvidenceFile, ...] = ()


@dataclass(frozen=True)
class PortalSheet:
    """Everything of one innovation, in the portal's order."""

    submission_id: str
    innovation_id: str
    title: str
    unit: str
    fields: tuple[Field, ...]
    indicators: tuple[IndicatorLine, ...]
    faults: tuple[Sentence, ...]

    @property
    def missing(self) -> tuple[Field, ...]:
        """Return the required fields without a value, and those that are wrong."""
        return tuple(field for field in self.fields if field.faults or (field.is_required and not field.value))

    @property
    def without_level(self) -> tuple[IndicatorLine, ...]:
        """Return the indicators that have no level, or none that counts."""
        return tuple(line for line in self.indicators if not line.level)

    @property
    def file_count(self) -> int:
        """Return how many evidence files there are, confirmed and proposed."""
        return sum(file.is_here for line in self.indicators for file in line.files)

    @property
    def confirmed_count(self) -> int:
        """Return how many of the evidence files a mentor confirmed."""
        return sum(file.is_here and file.is_confirmed for line in self.indicators for file in line.files)


def fields_of(home: Home, edition: int) -> list[dict[str, Any]]:
    """Return the fields of an edition's profile in their order. Raises PortalFieldsInvalid where nobody knows them."""
    rows = read_targets("portal_fields", home)
    known = rows["edition"].drop_nulls().unique().sort().to_list()
    rows = rows.filter(pl.col("edition") == edition).sort("position", maintain_order=True)
    if not rows.filter(IS_OWN).is_empty():
        rows = rows.filter(IS_OWN)
    if rows.is_empty():
        raise PortalFieldsInvalid(
            "The fields of the portal's profile of {edition} are not known",
            next_step="state them in targets/portal_fields.csv; known editions: {known}",
            edition=edition,
            known=", ".join(map(str, known)),
        )
    return rows.to_dicts()


_SUBMISSIONS = """
select s.*, a.name_id as affair_name from submission s
left join government_affair a on a.affair_code = s.main_affair_code
where s.region_code = $region_code and s.edition = $edition order by s.unit_name, s.title, s.submission_id
"""
_LEVELS = """
select submission_id, indicator_number, level from answer join submission using (submission_id)
where region_code = $region_code and edition = $edition and score_kind = 'claimed' and level is not null
"""


def portal_sheets(
    snapshot: Snapshot,
    home: Home,
    region: Region,
    edition: int,
    rulebook: Rulebook,
    *,
    with_profile: bool = True,
) -> list[PortalSheet]:
    """Return a sheet for each innovation of a season, by unit and title. Raises PortalFieldsInvalid.

    Without the profile a sheet has its indicators alone, also where nobody knows the edition's fields. `rulebook` gives
    indicators and levels; its rules of eligibility hold only where it is the edition's own.
    """
    season: dict[str, object] = {"region_code": region.region_code, "edition": edition}
    fields = fields_of(home, edition) if with_profile else []
    own = read_own_fields(home, region.region_code, edition)
    affairs = dict(snapshot.sql("select affair_code, name_id from government_affair").iter_rows())
    levels: dict[str, dict[str, int]] = {}
    for submission_id, number, level in snapshot.sql(_LEVELS, season).iter_rows():
        levels.setdefault(submission_id, {})[number] = level
    rows = snapshot.sql(_SUBMISSIONS, season).to_dicts()
    titles = [str(row["title"]).casefold() for row in rows]
    tags = _tags(snapshot, region.region_code, edition) if with_profile else {}
    decisions = read_season_decisions(home, region, edition)
    sheets = []
    for row in rows:
        title = str(row["title"]).casefold()
        stated = own.get(row["submission_id"]) or (own.get(title) if titles.count(title) == 1 else None) or {}
        values = {
            **_known(row, affairs),
            **tags.get(row["submission_id"], {}),
            **{name: text for name, text in stated.items() if text},
        }
        files = evidence_of(home, region, edition, row["submission_id"], row["title"], decisions)
        sheets.append(
            PortalSheet(
                submission_id=row["submission_id"],
                innovation_id=row["innovation_id"],
                title=row["title"],
                unit=row["unit_name"],
                fields=tuple(_field(field, values, rulebook, edition) for field in fields),
                indicators=_indicators(rulebook, levels.get(row["submission_id"], {}), files),
                faults=_faults(row, rulebook, edition),
            )
        )
    return sheets


def _known(row: dict[str, Any], affairs: dict[str, str]) -> dict[str, str]:
    """Return the values that received files hold, as they are typed."""
    cross = [affairs.get(code, code) for code in (row["cross_affair_codes"] or "").split("|") if code]
    place = row["latitude"], row["longitude"]
    developed = row["development_date"]
    return {
        "title": row["title"] or "",
        "stage": _label("stage", row["stage"]),
        "initiator_kind": _label("initiator_kind", row["initiator_kind"]),
        "is_digital": "" if row["is_digital"] is None else _label("is_digital", str(row["is_digital"]).lower()),
        "form": _label("form", row["form"]),
        "main_affair": row["affair_name"] or "",
        "cross_affairs": "; ".join(cross),
        "trial_date": _day(row["trial_date"]),
        "implementation_date": _day(row["implementation_date"]),
        "development_date": _day(developed),
        "has_development": "Ya" if developed else "",
        "design": row["description"] or "",
        "coordinates": "" if None in place else f"{place[0]:.6f}, {place[1]:.6f}",
    }


def _tags(snapshot: Snapshot, region_code: str, edition: int) -> dict[str, dict[str, str]]:
    """Return the national tags of each submission: by the name in the edition's list, else as they were written."""
    found: dict[str, dict[str, str]] = {}
    for row in read_tags(snapshot, region_code, edition).iter_rows(named=True):
        names = {value["code"]: value["name_id"] for value in tag_list(row["tag"], edition)}
        told = found.setdefault(row["submission_id"], {})
        told[row["tag"]] = "; ".join(filter(None, (told.get(row["tag"]), names.get(row["code"], row["text"]))))
    return found


def _label(kind: str, code: str | None) -> str:
    return INDONESIAN.label(kind, code) if code else ""


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _field(field: dict[str, Any], values: dict[str, str], rulebook: Rulebook, edition: int) -> Field:
    value = values.get(field["field"], "").strip()
    faults: list[Sentence] = []
    choices = [choice.strip() for choice in (field["choices"] or "").split("|") if choice.strip()]
    if value and choices and value.casefold() not in {choice.casefold() for choice in choices}:
        faults.append(Sentence("not among the portal's choices: {choices}", choices=", ".join(choices)))
    if value and field["kind"] == "date" and not re.fullmatch(r"\d{2}/\d{2}/\d{4}", value):
        faults.append(Sentence("no day: write it as 31/12/2025"))
    least = rulebook.eligibility.design_minimum_words if rulebook.eligibility and rulebook.edition == edition else None
    words = design_words(value) if field["field"] == "design" and value else None
    if words is not None and least is not None and words < least:
        faults.append(Sentence("design too short: {words} of {least} words", words=words, least=least))
    trial, begun = (_parsed(values.get(name, "")) for name in ("trial_date", "implementation_date"))
    if field["field"] == "implementation_date" and trial and begun and begun < trial:
        faults.append(Sentence("it lies before the trial"))
    return Field(field["field"], field["name_id"], field["kind"], bool(field["is_required"]), value, tuple(faults))


def _parsed(text: str) -> date | None:
    match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def _faults(row: dict[str, Any], rulebook: Rulebook, edition: int) -> tuple[Sentence, ...]:
    """Return why the edition would not accept the innovation; nothing where its own rules are not known."""
    if rulebook.edition != edition:
        return ()
    causes = ineligible_because(row["stage"], row["implementation_date"], row["development_date"], rulebook)
    return tuple(Sentence("{cause}", cause=INDONESIAN.label("ineligible", cause)) for cause in causes)


def _indicators(
    rulebook: Rulebook, levels: dict[str, int], files: dict[str, tuple[EvidenceFile, ...]]
) -> tuple[IndicatorLine, ...]:
    lines = []
    for group in rulebook.sid_groups:
        stated = [levels[number] for number in group.numbers if number in levels]
        level = max(stated) if stated else None
        member = group.members[0]
        texts = [each.text_id for each in member.levels if each.level == level]
        lines.append(
            IndicatorLine(
                group.number, group.name_id, level, texts[0] if texts else "", member.evidence, member.is_mandatory,
                files.get(group.number, ()),
            )
        )  # fmt: skip
    return tuple(lines)


def own_fields_path(home: Home, region_code: str, edition: int) -> Path:
    """Return where a city fills in what no received file holds."""
    return home.root / "portal" / f"{region_code}-{edition}.csv"


def read_own_fields(home: Home, region_code: str, edition: int) -> dict[str, dict[str, str]]:
    """Return what the city's own file states, by the id of the submission and by its title in small letters."""
    path = noted(home, own_fields_path(home, region_code, edition))
    if not path.is_file():
        return {}
    try:
        rows = cells_of_csv(path.read_bytes())
    except (pl.exceptions.PolarsError, csv.Error, OSError) as error:
        raise PortalFieldsInvalid(
            "The file of the portal's fields cannot be read: {reason}",
            next_step="columns: {columns}",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(KEYS),
        ) from error
    found: dict[str, dict[str, str]] = {}
    for row in rows.iter_rows(named=True):
        values = {name: text or "" for name, text in row.items() if name not in KEYS}
        for key in (row.get("submission_id"), (row.get("innovation") or "").casefold()):
            if key:
                found[key] = values
    return found


def own_fields_template(sheets: list[PortalSheet], fields: list[dict[str, Any]]) -> str:
    """Return the file to fill in: a row per innovation, a column per field that no received file fills for all."""
    names = [
        field["field"]
        for field in fields
        if any(not value.value for sheet in sheets for value in sheet.fields if value.name == field["field"])
    ]
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow([*KEYS, *names])
    for sheet in sheets:
        lines.writerow([sheet.submission_id, _no_formula(sheet.title), *([""] * len(names))])
    return stream.getvalue()


def _no_formula(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
