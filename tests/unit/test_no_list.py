"""A season known by its SPD answers alone has bounds, not an index: its list of innovations has not come."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from iga.index.exact import highest_index, index_of
from iga.index.formula import rounded
from iga.rulebook import load_rulebook
from warehouse.declared_tables import dtypes_of
from warehouse.scoring.index_over_time import index_of_submissions, index_over_time

CITY = "33.75"


def empty(table: str, *, is_dated: bool = False) -> pl.DataFrame:
    """No row of a table: as of a day, or with the days on which versions count."""
    columns = dict(dtypes_of(f"history.{table}"))
    if not is_dated:
        columns = {name: kind for name, kind in columns.items() if not name.startswith("valid_")} | {"as_of": pl.Date}
    return pl.DataFrame(schema=columns)


def spd_lines(edition: int, kind: str = "claimed") -> pl.DataFrame:
    """Every SPD line of an edition at its first level."""
    rows = [
        {"region_code": CITY, "edition": edition, "indicator_number": group.number, "score_kind": kind, "level": 1}
        for group in load_rulebook(edition).spd_groups
    ]
    given = pl.DataFrame(rows, schema_overrides=dict(dtypes_of("history.region_answer")))
    return pl.concat([empty("region_answer").drop("as_of"), given], how="diagonal").with_columns(
        pl.lit(False).alias("is_simulated")
    )


def index(listed: list[tuple[str, int]] | None, submissions: pl.DataFrame | None = None) -> dict[str, object]:
    seasons = pl.DataFrame(listed or [], schema={"region_code": pl.String, "edition": pl.Int32}, orient="row")
    rows = index_of_submissions(
        empty("submission") if submissions is None else submissions,
        empty("answer"),
        spd_lines(2026),
        score_kinds=["claimed"],
        listed=None if listed is None else seasons,
    )
    return rows.row(0, named=True)


def test_without_a_list_the_index_lies_between_no_innovation_and_the_best_list() -> None:
    row = index([])
    spd = Fraction(row["spd_x100"], 100)  # type: ignore[arg-type]
    best = highest_index(spd, 2026)
    assert best is not None and row["iid_upper_x100"] == rounded(best) * 100
    none = index_of(float(spd), [], 0, 2026)
    assert none.iid is not None and row["iid_lower_x100"] == none.iid * 100
    assert row["coverage"] == "list_missing"
    assert [row[name] for name in ("iid_x100", "innovation_count", "scored_count", "divisor", "predicate")] == [
        None
    ] * 5
    assert row["predicate_lower"] == "less_innovative" and row["predicate_upper"] == "very_innovative"


@pytest.mark.parametrize("listed", [None, [(CITY, 2026)]])
def test_an_empty_list_that_has_come_is_no_innovation(listed: list[tuple[str, int]] | None) -> None:
    row = index(listed)
    assert row["innovation_count"] == 0 and row["coverage"] == "complete"
    assert row["iid_x100"] == row["iid_lower_x100"] == row["iid_upper_x100"]


def test_the_best_list_bounds_every_list() -> None:
    """The bound is proved, not typical: it is reached by enough innovations of the highest maturity."""
    rules = load_rulebook(2026)
    highest = rules.parameters.maturity_maximum.upper
    full = index_of(None, [highest] * 300, len(rules.basic_service_affairs), rules)
    assert full.iid_upper == rounded(highest_index(None, rules) or Fraction(0))


def test_the_list_counts_from_the_day_on_which_it_comes() -> None:
    days = pl.DataFrame(
        [(CITY, 2026, date(2026, 7, 1), False), (CITY, 2026, date(2026, 8, 1), True)],
        schema={"region_code": pl.String, "edition": pl.Int32, "day": pl.Date, "has_list": pl.Boolean},
        orient="row",
    )
    lines = spd_lines(2026).with_columns(
        pl.lit(date(2026, 7, 1)).alias("valid_from"), pl.lit(None, dtype=pl.Date).alias("valid_to")
    )
    submissions, answers = (empty(table, is_dated=True) for table in ("submission", "answer"))
    course = index_over_time(submissions, answers, lines, days)
    shown = course.filter(pl.col("score_kind") == "claimed").select("valid_from", "coverage", "innovation_count")
    assert shown.rows() == [(date(2026, 7, 1), "list_missing", None), (date(2026, 8, 1), "complete", 0)]


def test_spd_answers_of_another_score_kind_leave_the_maturity_of_the_list_unknown() -> None:
    submission = pl.DataFrame(
        [{"submission_id": "a", "region_code": CITY, "edition": 2026, "stage": "implementation", "is_simulated": False,
          "claimed_score_x100": 5000, "main_affair_code": "1.01"}],
        schema_overrides={"edition": pl.Int32},
    )  # fmt: skip
    submissions = pl.concat([empty("submission"), submission], how="diagonal_relaxed")
    rows = index_of_submissions(
        submissions, empty("answer"), spd_lines(2026, "verified"), score_kinds=["claimed", "verified"]
    )
    verified = rows.filter(pl.col("score_kind") == "verified").row(0, named=True)
    assert verified["innovation_count"] == 1 and verified["iid_x100"] is None
    assert "maturity_missing" in verified["coverage"]
