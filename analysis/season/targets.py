"""What a city asks of its units in one edition: threshold, required number, deadlines, and the effort of a raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.season.target_files import IS_OWN, LEAD_DAYS, read_targets
from iga.rulebook import Rulebook
from warehouse.home import Home

CONFIRMED = ("high", "medium")
"""The confidence of what a planner or a source says; anything else is assumed."""


@dataclass(frozen=True)
class Stated:
    """A value with its source; `edition` is the one it was stated for, which may be earlier than the one asked for."""

    value: Any
    edition: int
    source: str


@dataclass(frozen=True)
class Deadline:
    """The last day of a phase, as the ministry (`ministry`) or the city (`internal`) set it, or as a file states it."""

    kind: str
    day: date
    source: str


@dataclass(frozen=True)
class Targets:
    """What holds for one city and edition on one day; None or empty where nothing is known."""

    edition: int
    threshold: Stated | None
    required: dict[str, Stated]
    deadlines: tuple[Deadline, ...]

    def is_carried(self, stated: Stated) -> bool:
        """Whether a value was stated for an earlier edition and is carried over as an assumption."""
        return stated.edition != self.edition


def targets_of(
    region_code: str, edition: int, on: date, home: Home, *, phase: str = "input", closing_date: date | None = None
) -> Targets:
    """The targets of a city for an edition as they stand on a day.

    A threshold or a required number that is not stated for this edition is carried over from the latest earlier one of
    the same city, and says so. `closing_date` is what the received files state. Raises TargetsInvalid.
    """
    thresholds = _of_city(read_targets("thresholds", home), region_code, edition).filter(
        pl.col("threshold").is_not_null()
        & ((pl.col("edition") < edition) | pl.col("valid_from").is_null() | (pl.col("valid_from") <= on))
    )
    required = _of_city(read_targets("required_innovations", home), region_code, edition).filter(
        pl.col("phase").fill_null(phase) == phase, pl.col("required_count").is_not_null()
    )
    # What a planner states of an edition stands before what is packaged for it, whatever day that is valid from.
    latest = thresholds.sort("edition", IS_OWN, "valid_from", maintain_order=True).tail(1).to_dicts()
    found = [
        Deadline(row["kind"], row["date"], row["source"])
        for row in _deadlines(read_targets("deadlines", home), region_code, edition).iter_rows(named=True)
    ]
    if closing_date and "ministry" not in {deadline.kind for deadline in found}:
        found.append(Deadline("ministry", closing_date, "receipt"))
    return Targets(
        edition,
        Stated(latest[0]["threshold"], latest[0]["edition"], latest[0]["source"]) if latest else None,
        {
            row["unit_kind"]: Stated(row["required_count"], row["edition"], row["source"])
            for row in required.filter(pl.col("edition") == pl.col("edition").max()).to_dicts()
        },
        tuple(sorted(found, key=lambda deadline: (deadline.day, deadline.kind))),
    )


def _deadlines(rows: pl.DataFrame, region_code: str, edition: int) -> pl.DataFrame:
    """Return the deadlines of a season: those of the home instead of the packaged ones of their kind."""
    is_meant = pl.col("region_code").is_null() | (pl.col("region_code") == region_code)
    of_season = rows.filter((pl.col("edition") == edition) & is_meant & pl.col("date").is_not_null())
    of_season = of_season.with_columns(pl.col("kind").fill_null("internal"))
    own = of_season.filter(IS_OWN)
    return pl.concat([of_season.filter(~pl.col(IS_OWN) & ~pl.col("kind").is_in(own["kind"].to_list())), own])


def efforts_of(rulebook: Rulebook, home: Home) -> dict[str, tuple[int | None, ...]]:
    """Per group of the rulebook (its number) the effort of each step up; SPD lines have none unless a file states it.

    The packaged efforts are this project's defaults for planning, not published figures; a file `targets/efforts.csv`
    in the home replaces them line by line. A step for which no file has a column has no effort: it is not planned.
    """
    rows = {row["indicator_key"]: row for row in read_targets("efforts", home).to_dicts()}
    return {
        group.number: tuple(rows[group.key].get(f"step_{step}") for step in range(1, group.top_level + 1))
        for group in rulebook.groups
        if group.key in rows
    }


@dataclass(frozen=True)
class LeadTime:
    """How many days before a deadline a step must begin, who says so, and whether that is only assumed."""

    days: int
    source: str
    is_assumed: bool


def lead_times_of(rulebook: Rulebook, home: Home) -> dict[tuple[str, int], LeadTime]:
    """Return by indicator and level how long a step takes before the deadline; nothing where no file says so.

    The packaged table is assumed, for a planner to confirm: a line of low confidence drops no step. A home's
    `targets/lead_times.csv` replaces it line by line; a line without a step holds for each step that has none of its
    own in the same file.
    """
    rows = read_targets("lead_times", home).filter(pl.col("lead_days").is_not_null()).to_dicts()
    found: dict[tuple[str, int], LeadTime] = {}
    for group in rulebook.groups:
        stated = {(row[IS_OWN], row["step"]): row for row in rows if row["indicator_key"] == group.key}
        for level in range(1, group.top_level + 1):
            places = ((True, level), (True, None), (False, level), (False, None))
            row = next((stated[place] for place in places if place in stated), None)
            if row is not None:
                is_assumed = row["confidence"] not in CONFIRMED
                found[group.number, level] = LeadTime(row["lead_days"], row["source"] or "–", is_assumed)
    return found


def lead_days_of(rulebook: Rulebook, home: Home) -> dict[str, int]:
    """Return per group of the rulebook how many days before the deadline a step must begin, where a file says so."""
    rows = [row for name in ("efforts", "spd_lines") for row in read_targets(name, home).to_dicts()]
    known = {row["indicator_key"]: row[LEAD_DAYS] for row in rows if row.get(LEAD_DAYS) is not None}
    return {group.number: known[group.key] for group in rulebook.groups if group.key in known}


@dataclass(frozen=True)
class SpdLine:
    """One line of the region's own answers: who owns it, and whether it can still be changed before the deadline.

    `steps` is the effort of each step up, None where nobody has stated it; `document` is None where the rulebook's
    own words for the evidence stand. `is_owner_assumed` where no source names the office.
    """

    number: str
    office: str | None
    is_changeable: bool
    steps: tuple[int | None, ...]
    document: str | None
    note_id: str | None
    note_en: str | None
    is_owner_assumed: bool = False


def spd_lines_of(rulebook: Rulebook, home: Home) -> dict[str, SpdLine]:
    """Return the lines of SPD that the table knows, by number; one without a word on change cannot be changed.

    The packaged table is this project's reading, for a planner to confirm; `targets/spd_lines.csv` in the home replaces
    it line by line.
    """
    rows = {row["indicator_key"]: row for row in read_targets("spd_lines", home).to_dicts()}
    return {
        group.number: SpdLine(
            group.number,
            rows[group.key]["office"],
            bool(rows[group.key]["is_changeable"]),
            tuple(rows[group.key].get(f"step_{step}") for step in range(1, group.top_level + 1)),
            rows[group.key]["document"],
            rows[group.key]["note_id"],
            rows[group.key]["note_en"],
            rows[group.key]["office"] is not None and rows[group.key]["confidence"] not in CONFIRMED,
        )
        for group in rulebook.spd_groups
        if group.key in rows
    }


def _of_city(table: pl.DataFrame, region_code: str, edition: int) -> pl.DataFrame:
    return table.filter((pl.col("region_code") == region_code) & (pl.col("edition") <= edition))


def as_hundredths(points: Decimal) -> int:
    """Points in whole hundredths."""
    return int(points * 100)
