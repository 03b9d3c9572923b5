"""The entries of a city in KIPP, held against the years that an innovation must have been running."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import polars as pl

from analysis.portfolio.city_results import kipp_rules

KIPP_ENTRIES: dict[str, Any] = {
    "year": pl.Int64,
    "title": pl.String,
    "result": pl.String,
    "implementation_date": pl.String,
    "years_running": pl.Int64,
    "state": pl.String,
    "basis": pl.String,
    "innovation_id": pl.String,
}
MET, BY_EXCEPTION, NOT_MET, UNCERTAIN = "met", "by_exception", "not_met", "uncertain"
NO_DATE, NO_RULE = "no_date", "no_rule"
STATES = (MET, BY_EXCEPTION, NOT_MET, UNCERTAIN, NO_DATE, NO_RULE)
"""What may be said of an entry: unknown dates and unknown rules are neither met nor broken."""


def running_state(begun: Collection[date], year: int, years: int | None, least: int | None = None) -> str:
    """Return whether an innovation had run long enough for the contest of a year.

    `begun` are the days on which files say that it began; `years` is the rule, `least` what an exception of that year
    allows. The day on which the entry was due is not stated, so that it lies anywhere in the year: what is met on 1
    January is met, what is not met on 31 December is not, and what lies between is uncertain.
    """
    if years is None:
        return NO_RULE
    if not begun:
        return NO_DATE
    states = {_state(day, year, years, least) for day in begun}
    return states.pop() if len(states) == 1 else UNCERTAIN


def _state(day: date, year: int, years: int, least: int | None) -> str:
    held = _held(day, year, years)
    if held is False and least is not None and _held(day, year, least) is not False:
        return BY_EXCEPTION if _held(day, year, least) else UNCERTAIN
    return UNCERTAIN if held is None else MET if held else NOT_MET


def _held(day: date, year: int, years: int) -> bool | None:
    """Return whether so many years have passed in a year: on every day of it, on none, or (None) on some."""
    if (day.year + years, day.month, day.day) <= (year, 1, 1):
        return True
    return False if day.year + years > year else None


def kipp_entries(entries: pl.DataFrame, submissions: pl.DataFrame) -> pl.DataFrame:
    """Return the city's entries in KIPP with the rule of their year and what the dates of the innovation say of it.

    `submissions` has innovation_id and implementation_date. An entry whose innovation no season knows has no date.
    """
    rules = kipp_rules()
    begun: dict[str, set[date]] = {}
    for innovation_id, day in submissions.select("innovation_id", "implementation_date").drop_nulls().iter_rows():
        begun.setdefault(innovation_id, set()).add(day)
    own = entries.filter(
        pl.col("scheme").is_in(["kipp", "sinovik"]), pl.col("year").is_not_null(), pl.col("title").is_not_null()
    )
    rows = []
    for row in own.sort("year", "title", descending=[True, False]).iter_rows(named=True):
        rule: Mapping[str, str] = rules.get(row["year"], {})
        years, least = (int(rule[name]) if rule.get(name) else None for name in ("years_running", "least_years"))
        days = begun.get(row["innovation_id"] or "", set())
        rows.append(
            {
                "year": row["year"], "title": row["title"], "result": row["result"],
                "implementation_date": "; ".join(day.isoformat() for day in sorted(days)) or None,
                "years_running": years, "state": running_state(days, row["year"], years, least),
                "basis": row["basis"], "innovation_id": row["innovation_id"],
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=KIPP_ENTRIES)
