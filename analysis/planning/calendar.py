"""The calendar of a plan, backwards from each deadline: until when each step must have begun, and who begins it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.planning.one_plan import SeasonPlan
from analysis.planning.place_aimed import PlaceRange
from analysis.planning.plan_list import plan_rows
from iga.planning.actions import RAISE, SHEETS
from warehouse.language import Language

CALENDAR_SCHEMA: dict[str, Any] = {
    "deadline": pl.String,
    "until_date": pl.Date,
    "start_by_date": pl.Date,
    "lead_days": pl.Int64,
    "is_start_assumed": pl.Boolean,
    "is_passed": pl.Boolean,
    "kind": pl.String,
    "action": pl.String,
    "indicator": pl.String,
    "who": pl.String,
    "is_who_assumed": pl.Boolean,
    "document_count": pl.Int64,
    "unit_count": pl.Int64,
    "index_gain_least": pl.Decimal(12, 4),
    "index_gain_most": pl.Decimal(12, 4),
}
"""One row per deadline and kind of step, the first to begin first; `start_by_date` is null where no lead time is known.

`is_passed`: the day to begin lies before the day of the plan. Only an assumed lead time can have passed: a stated one
has dropped its step from the plan.
"""


def plan_calendar(plan: SeasonPlan, language: Language) -> pl.DataFrame:
    """Return the calendar of a plan's steps; empty where no deadline lies ahead."""
    if plan.until is None:
        return pl.DataFrame(schema=CALENDAR_SCHEMA)
    rows = plan_rows(plan, language)
    asked = rows.filter(pl.col("indicator").is_not_null() | (pl.col("kind") == SHEETS))
    lead = (pl.lit(plan.until) - pl.col("start_by_date")).dt.total_days()
    office = pl.when(pl.col("kind").is_in([RAISE, SHEETS])).then(None).otherwise(pl.col("who"))
    steps = (
        asked.with_columns(lead.alias("lead_days"), office.alias("office"))
        .group_by("kind", "indicator", "office", "lead_days", maintain_order=True)
        .agg(
            pl.col("action").first(),
            pl.col("is_start_assumed").any(),
            pl.col("is_who_assumed").any(),
            pl.len().alias("document_count"),
            pl.col("unit_name").n_unique().alias("unit_count"),
            pl.col("index_gain_least").sum(),
            pl.col("index_gain_most").sum(),
        )
        .to_dicts()
    )
    told = [
        {
            **step,
            "deadline": deadline.kind,
            "until_date": deadline.day,
            "start_by_date": start,
            "is_passed": start is not None and start < plan.on,
            "action": _action(step, language),
            "who": _who(step, language),
        }
        for deadline in plan.deadlines
        for step in steps
        for start in [None if step["lead_days"] is None else deadline.day - timedelta(days=step["lead_days"])]
    ]
    frame = pl.DataFrame([{name: row[name] for name in CALENDAR_SCHEMA} for row in told], schema=CALENDAR_SCHEMA)
    is_first = pl.col("kind") != SHEETS
    order = [pl.col("until_date"), is_first, pl.col("start_by_date"), -pl.col("index_gain_most"), pl.col("action")]
    return frame.sort(order, nulls_last=True, maintain_order=True)


def _action(step: dict[str, Any], language: Language) -> str:
    if step["kind"] != RAISE:
        return str(step["action"])
    text = language.ngettext(
        "{count} document: {indicator}",
        "{count} documents: {indicator}",
        step["document_count"],
    )
    return text.format(count=language.whole(step["document_count"]), indicator=step["indicator"])


def _who(step: dict[str, Any], language: Language) -> str | None:
    if step["kind"] in (RAISE, SHEETS):
        return language.ngettext(
            "{count} unit",
            "{count} units",
            step["unit_count"],
        ).format(count=language.whole(step["unit_count"]))
    return None if step["office"] is None else str(step["office"])


def calendar_for_people(calendar: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the calendar in words: deadline, until_date, start, lead_days, action, who, state, index_gain."""
    rows = [
        {
            "deadline": language.label("deadline", row["deadline"]),
            "until_date": row["until_date"],
            "start": _start(row, language),
            "lead_days": row["lead_days"],
            "action": row["action"],
            "who": language("{office} (assumed)").format(office=row["who"]) if row["is_who_assumed"] else row["who"],
            "index_gain": _gain(row, language),
        }
        for row in calendar.iter_rows(named=True)
    ]
    schema = {
        **dict.fromkeys(("deadline", "start", "action", "who", "index_gain"), pl.String),
        "until_date": pl.Date,
        "lead_days": pl.Int64,
    }
    columns = ("start", "action", "who", "lead_days", "deadline", "until_date", "index_gain")
    return pl.DataFrame(rows, schema=schema).select(columns)


def _start(row: dict[str, Any], language: Language) -> str:
    """Say until when to begin; a day that has passed is said to be that of an assumed lead time."""
    if row["kind"] == SHEETS:
        return language("now")
    if row["start_by_date"] is None:
        return language("lead time not known")
    day = language.date(row["start_by_date"])
    if row["is_passed"]:
        return language("{day}: passed by an assumed lead time, check").format(day=day)
    return language("{day} (assumed lead time)").format(day=day) if row["is_start_assumed"] else day


def _gain(row: dict[str, Any], language: Language) -> str:
    if row["kind"] == SHEETS:
        return "–"
    return language.interval(*(row[name].quantize(Decimal("0.01")) for name in ("index_gain_least", "index_gain_most")))


def calendar_notes(plan: SeasonPlan, place: PlaceRange | None, language: Language) -> list[str]:
    """What stands with a calendar: the deadlines ahead, the place aimed at, and what is assumed."""
    told = [language.date(plan.on)]
    for deadline in plan.deadlines:
        text = language.ngettext(
            "{kind}: {day} ({days} day left)",
            "{kind}: {day} ({days} days left)",
            (deadline.day - plan.on).days,
        )
        kind = language.label("deadline", deadline.kind)
        told.append(text.format(kind=kind, day=language.date(deadline.day), days=(deadline.day - plan.on).days))
    if not plan.deadlines:
        told.append(
            language("No deadline lies ahead: add it to targets/deadlines.csv, and the calendar counts from it.")
        )
    told += place_lines(plan, place, language)
    told.append(language("Lead times are assumed unless the city has stated them; an assumed one drops no step."))
    return told


def place_lines(plan: SeasonPlan, place: PlaceRange | None, language: Language) -> list[str]:
    """Say which index the place aimed at had in the last published edition, and how far the plan is from it."""
    if place is None:
        return []
    text = language(
        "Place {place} of its kind had an index of {range} in {edition}, by what was published; index rank is not "
        "award rank."
    )
    span = language.interval(place.lowest, place.highest)
    told = text.format(place=language.whole(place.place), range=span, edition=place.edition)
    if plan.frames.is_simulated:  # a simulated index is never set against a published one
        return [told]
    if plan.index >= place.highest:
        return [f"{told} {language('The plan reaches that.')}"]
    least = max(Decimal(0), place.lowest - plan.index)
    text = language("After the plan {range} points are missing to it.")
    return [f"{told} {text.format(range=language.interval(least, place.highest - plan.index))}"]
