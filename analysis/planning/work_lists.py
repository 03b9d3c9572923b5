"""The lists that people work through: below the threshold, not eligible, documents missing, to mature first.

Each has every innovation that it is about, with its unit, the parent unit and the mentor.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import plan_rows
from analysis.season.assignment import named_or_numbered
from analysis.season.readiness import Readiness
from iga.planning.actions import RAISE, SHEETS
from warehouse.language import Language

PEOPLE = ("unit_name", "parent", "mentor", "title")
"""The columns that every list begins with."""

ORDER = {"unit": ("unit_name", "parent"), "parent": ("parent", "unit_name"), "mentor": ("mentor", "parent")}
"""By which columns, and in which order, a list is sorted; the column that it is listed by stands first."""


def work_lists(
    found: Readiness, plan: SeasonPlan | None, language: Language, *, with_names: bool = False
) -> dict[str, pl.DataFrame]:
    """Return the lists by name, none of them cut; mentors by name only where that was asked for."""
    lists = {
        "below-threshold": _below(found),
        "ineligible": _ineligible(found, language),
        "without-documents": _without_documents(found),
        "mature-first": _mature_first(found, plan, language),
    }
    return {name: _with_people(found, rows, language, with_names=with_names) for name, rows in lists.items()}


def listed_by(rows: pl.DataFrame, by: str | None) -> pl.DataFrame:
    """Return a list ordered by unit, parent or mentor, that column first; within it in the order it had."""
    if by is None:
        return rows
    columns = ORDER[by]
    return rows.sort(columns, maintain_order=True, nulls_last=True).select(columns[0], pl.exclude(columns[0]))


def _with_people(found: Readiness, rows: pl.DataFrame, language: Language, *, with_names: bool) -> pl.DataFrame:
    """Return rows (unit_id, unit_name, title, ...) with parent and mentor in place of the id."""
    parents = dict(found.register.select("unit_id", "parent").iter_rows())
    mentors = found.people.mentors
    told = named_or_numbered(mentors.values(), "Mentor", language, with_names=with_names)
    ids = rows["unit_id"].to_list()
    units = rows["unit_name"].to_list()
    people = [told[mentors[unit_id]] if unit_id in mentors else None for unit_id in ids]
    above = [parents.get(unit_id) or unit for unit_id, unit in zip(ids, units, strict=True)]
    return rows.with_columns(
        pl.Series("parent", above, dtype=pl.String), pl.Series("mentor", people, dtype=pl.String)
    ).select(*PEOPLE, pl.exclude("unit_id", *PEOPLE))


def _below(found: Readiness) -> pl.DataFrame:
    """Return the scored innovations below the threshold on the scale of their own edition, the lowest first."""
    points = (pl.col("score_x100").cast(pl.Decimal(12, 0)) / 100).cast(pl.Decimal(12, 2)).alias("maturity")
    limit = None if found.threshold is None else found.threshold.value
    missing = (pl.lit(limit, dtype=pl.Decimal(12, 2)) - pl.col("maturity")).alias("to_threshold")
    rows = found.account.below.select("unit_id", "unit_name", "title", points)
    return rows.with_columns(missing.cast(pl.Decimal(12, 2)))


def _ineligible(found: Readiness, language: Language) -> pl.DataFrame:
    """Return what the edition's own window does not accept, or cannot judge, with the causes in words."""
    rows = found.ineligible
    causes = ["; ".join(language.label("ineligible", code) for code in codes.split("|")) for codes in rows["causes"]]
    stages = [None if code is None else language.label("stage", code) for code in rows["stage"]]
    units = {
        (unit, title): unit_id
        for unit_id, unit, title in found.frames.submissions.select("unit_id", "unit_name", "title").iter_rows()
    }
    ids = [units.get(named) for named in rows.select("unit_name", "title").iter_rows()]
    return rows.with_columns(
        pl.Series("unit_id", ids, dtype=pl.String),
        pl.Series("causes", causes, dtype=pl.String),
        pl.Series("stage", stages, dtype=pl.String),
    )


def _without_documents(found: Readiness) -> pl.DataFrame:
    """Return the scored innovations with documents missing, the most first; null where no level is known.

    These are facts: what the plan asks for stands in the list of what is asked.
    """
    documents = found.gaps.filter(kind="missing_document")
    counted = documents.group_by("unit_id", "innovation").agg(
        pl.len().cast(pl.Int64).alias("documents_missing"),
        pl.col("is_mandatory").sum().cast(pl.Int64).alias("mandatory_missing"),
        pl.col("points").sum().alias("points"),
    )
    scored = found.frames.scored().select(
        "unit_id", "unit_name", "title", pl.col("submission_id").is_in(list(found.frames.levels())).alias("is_known")
    )
    rows = scored.join(
        counted, left_on=["unit_id", "title"], right_on=["unit_id", "innovation"], how="left", nulls_equal=True
    )
    open_ones = rows.filter(pl.col("documents_missing").is_not_null() | ~pl.col("is_known")).drop("is_known")
    order = ["documents_missing", "unit_name", "title"]
    return open_ones.sort(order, descending=[True, False, False], nulls_last=True)


MATURE_SCHEMA: dict[str, Any] = {
    "unit_id": pl.String,
    "unit_name": pl.String,
    "title": pl.String,
    "maturity": pl.Decimal(12, 2),
    "maturity_after": pl.Decimal(12, 2),
    "document_count": pl.Int64,
    "effort": pl.Int64,
    "index_gain": pl.Decimal(12, 4),
}


def _mature_first(found: Readiness, plan: SeasonPlan | None, language: Language) -> pl.DataFrame:
    """Return the innovations that the plan raises, in its order; without levels those whose sheets to fill first."""
    if plan is None:
        return pl.DataFrame(schema=MATURE_SCHEMA)
    maturities = dict(found.frames.maturities().select("submission_id", "maturity_lower_x100").iter_rows())
    rows = plan_rows(plan, language).filter(pl.col("kind").is_in([RAISE, SHEETS]))
    listed = []
    for (key,), part in rows.group_by("innovation_id", maintain_order=True):
        first = part.row(0, named=True)
        now = Decimal(maturities.get(key) or 0).scaleb(-2)
        is_raise = first["kind"] == RAISE
        listed.append(
            {
                **{name: first[name] for name in ("unit_id", "unit_name", "title")},
                "maturity": now,
                "maturity_after": sum(part["points"].to_list(), now) if is_raise else None,
                "document_count": part.height if is_raise else None,
                "effort": part["effort"].sum() if is_raise else None,
                "index_gain": part["index_gain"].sum() if is_raise else None,
            }
        )
    return pl.DataFrame(listed, schema=MATURE_SCHEMA)
