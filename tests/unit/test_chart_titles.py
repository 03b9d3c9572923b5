"""Titles of charts that say their message: made from the figures of the chart, and plain where a figure is open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from iga.planning.gaps_and_pace import Pace
from reports.blocks.figure import said_first
from reports.pages.changes.blocks import move_told
from reports.pages.city_index.charts import greatest_shortfall, most_senders
from reports.pages.compare_cities.charts import highest_published
from reports.pages.explain.blocks import greatest_cause
from reports.pages.next_edition.charts import forecast_told
from reports.pages.robustness.charts import most_likely_first, pairs_that_hold, strongest_factor
from warehouse.language import Language

EN, ID = Language("en"), Language("id")


def test_the_plain_title_stands_under_the_message_or_alone() -> None:
    assert said_first("A leads", "Who leads?", "points") == ("A leads", "Who leads? · points")
    assert said_first(None, "Who leads?", "points") == ("Who leads?", "points")


def part(name: str, lower: str, upper: str, most: str) -> tuple[str, Decimal, Decimal, Decimal]:
    """A part of an index with its bounds and its maximum."""
    return name, Decimal(lower), Decimal(upper), Decimal(most)


def test_the_part_that_certainly_lacks_most_is_named() -> None:
    parts = [part("SPD", "60", "60", "63"), part("Maturity", "80", "90", "111")]
    assert greatest_shortfall(parts, EN) == "The greatest shortfall: Maturity, 21.00–31.00 of 111.00 points"
    assert (greatest_shortfall(parts, ID) or "").startswith("Kekurangan terbesar: Maturity, 21,00–31,00 dari")
    assert greatest_shortfall([*parts, part("Count", "40", "76", "76")], EN) is None  # it may lack 36
    assert greatest_shortfall([part("SPD", "63", "63", "63"), part("Maturity", "111", "111", "111")], EN) is None


def test_the_kind_of_unit_that_sends_most_is_named() -> None:
    def said(*counts: tuple[str, int]) -> str | None:
        rows = pl.DataFrame(counts, schema=["unit_kind", "innovation_count"], orient="row")
        return most_senders(rows, rows["unit_kind"].to_list(), EN)

    assert said(("school", 5), ("office", 2)) == "Most innovations come from one kind of unit: school, 5 of 7"
    assert said(("unstated", 5), ("office", 2)) is None
    assert said(("school", 5), ("office", 5)) is None


def test_the_greatest_cause_is_named_where_it_is_known() -> None:
    def said(*causes: tuple[str, str, bool]) -> str | None:
        rows = [(name, "cause", Decimal(share), is_known) for name, share, is_known in causes]
        rows += [("2026", "after", None, True)]  # type: ignore[list-item]
        names = {"label": pl.String, "kind": pl.String, "share": pl.Decimal(12, 2), "is_known": pl.Boolean}
        return greatest_cause(pl.DataFrame(rows, schema=names, orient="row"), EN)

    assert said(("Levels", "-3.50", True), ("SPD", "2.00", False)) == "The greatest cause: Levels, −3.50 points"
    assert said(("Levels", "-3.50", True), ("SPD", "4.00", False)) is None
    assert said(("Levels", "-3.50", True), ("SPD", "3.50", True)) is None
    assert said(("Levels", "0.00", True)) is None


@pytest.mark.parametrize(
    ("after", "rulebook", "said"),
    [
        ((80, 85), "2026", "The index rose from 60–70 to 80–85 since 1 July 2026"),
        ((40, 50), "2026", "The index fell from 60–70 to 40–50 since 1 July 2026"),
        ((65, 85), "2026", None),
        ((80, 85), "2025", None),
    ],
)
def test_a_move_is_told_where_it_is_certain(after: tuple[int, int], rulebook: str, said: str | None) -> None:
    def point(day: int, low: int, high: int, rules: str) -> dict[str, Any]:
        bounds = {"iid_lower": low, "iid_upper": high, "label": f"{low}–{high}"}
        return {"day": date(2026, 7, day), "rulebook": rules, **bounds}

    first = point(1, 60, 70, "2026")
    assert move_told(first, point(9, *after, rulebook), EN) == said
    assert move_told(first, first, EN) is None


def pace(needed: int | None, low: int | None, high: int | None) -> Pace:
    """A pace of which only need and forecast count here."""
    names = dict.fromkeys(Pace.__dataclass_fields__)
    return Pace(**{**names, "needed": needed, "forecast_low": low, "forecast_high": high})  # type: ignore[arg-type]


def test_the_forecast_is_told_where_need_and_forecast_are_known() -> None:
    day = date(2026, 8, 14)
    assert forecast_told(pace(100, 90, 98), day, EN) == "Missing on 14 August 2026 at the pace so far: 2–10"
    assert forecast_told(pace(100, 100, 120), day, EN) == "At the pace so far nothing will be missing on 14 August 2026"
    assert forecast_told(pace(None, 90, 98), day, EN) is None
    assert forecast_told(pace(100, None, 98), day, EN) is None


def test_the_highest_published_is_one_value_of_one_region() -> None:
    def said(*rows: tuple[str, int, str]) -> str | None:
        frame = pl.DataFrame(
            [(code, code.upper(), edition, Decimal(score)) for code, edition, score in rows],
            schema={"region_code": pl.String, "name": pl.String, "edition": pl.Int64, "score": pl.Decimal(12, 2)},
            orient="row",
        )
        return highest_published(frame, "name", EN)

    assert said(("a", 2024, "99"), ("a", 2025, "70"), ("b", 2025, "60")) == "The highest published for 2025: A, 70.00"
    assert said(("a", 2025, "70"), ("b", 2025, "70")) is None
    assert said(("a", 2025, "70"), ("a", 2025, "65"), ("b", 2025, "60")) is None
    assert said() is None


def test_what_the_draws_say_is_told_where_it_is_one_thing() -> None:
    columns = ["edition", "city", "place", "probability"]
    places = pl.DataFrame([(2025, "C", 1, 0.9), (2026, "A", 1, 0.75), (2026, "B", 1, 0.25)], columns, orient="row")
    assert most_likely_first(places, EN) == "A is first in 2026 with a probability of 75.0%"
    even = places.with_columns(probability=pl.lit(0.5))
    assert most_likely_first(even, EN) is None
    columns = ["edition", "region_code", "other_region_code", "kind"]
    pairs = [(2026, "1", "2", "always"), (2026, "2", "1", "open"), (2026, "1", "3", "open"), (2026, "3", "1", "within")]
    known = pl.DataFrame(pairs, columns, orient="row")
    assert pairs_that_hold(known, EN) == "1 of 2 pairs keeps its order under all weights"
    assert pairs_that_hold(known.clear(), EN) is None
    columns = ["name", "total", "total_low", "total_high"]
    factors = pl.DataFrame([("Answers", 0.8, 0.7, 0.9), ("Weights", 0.3, 0.2, 0.4)], columns, orient="row")
    assert strongest_factor(factors, EN) == "Answers moves the ranks most: 80.0% of their variance"
    assert strongest_factor(factors.with_columns(total_high=pl.lit(0.95)), EN) is None
