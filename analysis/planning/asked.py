"""What a season's plan asks of each unit and office: what letters, messages and the page may ask for, and no more."""

from __future__ import annotations

from typing import Any

import polars as pl

from analysis.planning.one_plan import SeasonPlan, season_plan
from analysis.planning.plan_list import plan_rows
from analysis.season.readiness import GAP_SCHEMA, Readiness
from iga.planning.actions import ANSWER, RAISE, SHEETS, SPD
from iga.planning.single_valued_rules import PlanImpossible
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import Snapshot

IS_ASKED = "is_asked"
"""The column of the gaps that says whether the plan asks for one; the others are facts, no request."""

ASKED_SCHEMA: dict[str, Any] = {**GAP_SCHEMA, "submission_id": pl.String, "start_by_date": pl.Date}
ASKED_SCHEMA["is_office_assumed"] = pl.Boolean
"""A row per thing asked for: the columns of a gap, the innovation's id, and when to begin at the latest.

A day to begin that has passed already, by an assumed lead time, is left out. `is_office_assumed`: no source names the
office that is asked.
"""

SHEET = "fill_sheet"
"""The kind of a row that asks a unit for the control sheet of an innovation."""

OFFICE = "spd_line"
"""The kind of a row that asks an office of the region for a line of SPD."""


def asked_of_units(found: Readiness, plan: SeasonPlan | None, language: Language) -> pl.DataFrame:
    """Return what is asked of the units as rows of ASKED_SCHEMA, the greatest gain first.

    Innovations that a unit owes are asked for as a duty. Where no level is known, the plan begins with the control
    sheets, and asks each unit for those of its innovations. Of innovations that are there only the documents that the
    plan raises are asked for, and a longer design only where the plan raises the innovation. What is verified as closed
    is not asked for again.
    """
    states = {
        (row["unit_id"], row["innovation"], row["indicator"]): row
        for row in found.gaps.filter(kind="missing_document").iter_rows(named=True)
    }
    parents = dict(found.register.select("unit_id", "parent").iter_rows())
    rows: list[dict[str, Any]] = []
    raised: set[tuple[str | None, str | None]] = set()
    for step in _steps(plan, RAISE, language):
        gap = states.get((step["unit_id"], step["title"], step["indicator"]), {})
        raised.add((step["unit_id"], step["title"]))
        rows.append(
            {
                "gap_id": gap.get("gap_id"),
                "kind": "missing_document",
                "unit_id": step["unit_id"],
                "parent": parents.get(step["unit_id"], step["unit_name"]),
                "unit_name": step["unit_name"],
                "innovation": step["title"],
                "indicator": step["indicator"],
                "document": step["document"],
                "is_mandatory": gap.get("is_mandatory"),
                "points": step["points"],
                "index_gain": step["index_gain"],
                "state": gap.get("state", "not_contacted"),
                "promised_date": gap.get("promised_date"),
                "submission_id": step["innovation_id"],
                "start_by_date": step["start_by_date"],
                "is_office_assumed": False,
            }
        )
    rows += [_sheet(step, parents, language) for step in _steps(plan, SHEETS, language)]
    for gap in found.gaps.filter(pl.col("kind") != "missing_document").iter_rows(named=True):
        if gap["innovation"] is None or (gap["unit_id"], gap["innovation"]) in raised:
            rows.append({**gap, "submission_id": None, "start_by_date": None, "is_office_assumed": False})
    asked = pl.DataFrame(rows, schema=ASKED_SCHEMA).filter(pl.col("state") != "verified")
    order = ["index_gain", "is_mandatory", "unit_name", "innovation", "indicator"]
    return asked.sort(order, descending=[True, True, False, False, False], nulls_last=True)


def _sheet(step: dict[str, Any], parents: dict[str, str], language: Language) -> dict[str, Any]:
    """The control sheet of one innovation, which brings no points itself: only then is it known what is missing."""
    return {
        **dict.fromkeys(ASKED_SCHEMA),
        "kind": SHEET,
        "unit_id": step["unit_id"],
        "parent": parents.get(step["unit_id"], step["unit_name"]),
        "unit_name": step["unit_name"],
        "innovation": step["title"],
        "document": language("control sheet: the level of every indicator"),
        "state": "not_contacted",
        "submission_id": step["innovation_id"],
        "is_office_assumed": False,
    }


def plan_asked_for(snapshot: Snapshot, home: Home, found: Readiness) -> SeasonPlan | None:
    """Return the plan that a season's requests rest on: everything sent; None where none can be made."""
    frames = found.frames
    try:
        return season_plan(snapshot, home, frames.region_code, frames.edition, found.on, frames=frames)
    except (PlanImpossible, UnknownName):
        return None


def gaps_with_asked(found: Readiness, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the gaps with a column that says whether the plan asks for each."""
    ids = asked["gap_id"].drop_nulls().to_list()
    return found.gaps.with_columns(pl.col("gap_id").is_in(ids).alias(IS_ASKED))


def asked_of_offices(plan: SeasonPlan | None, language: Language) -> pl.DataFrame:
    """Return the lines of SPD that the plan raises or asks an answer of, where an office is known: ASKED_SCHEMA."""
    rows = [
        {
            **dict.fromkeys(ASKED_SCHEMA),
            "kind": OFFICE,
            "parent": step["who"],
            "unit_name": step["who"],
            "indicator": step["indicator"],
            "document": step["document"],
            "points": None if step["kind"] == ANSWER else step["points"],
            "index_gain": None if step["kind"] == ANSWER else step["index_gain"],
            "state": "not_contacted",
            "start_by_date": step["start_by_date"],
            "is_office_assumed": step["is_who_assumed"],
        }
        for step in (*_steps(plan, SPD, language), *_steps(plan, ANSWER, language))
        if step["who"]
    ]
    return pl.DataFrame(rows, schema=ASKED_SCHEMA)


def _steps(plan: SeasonPlan | None, kind: str, language: Language) -> list[dict[str, Any]]:
    if plan is None:
        return []
    start = pl.col("start_by_date")
    rows = plan_rows(plan, language).filter(kind=kind)
    return rows.with_columns(pl.when(start >= plan.on).then(start).alias("start_by_date")).to_dicts()
