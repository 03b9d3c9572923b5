"""Panels: one recipe over years, growth, trends and convergence, against figures worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from iga.composite import (
    IndicatorPanel,
    Recipe,
    build_panel,
    convergence,
    growth,
    impute_along_time,
    indicator_panel,
    trends,
)
from iga.errors import RuleProblem
from tests.unit.test_composite import flat

NAN = float("nan")


def panel(**columns: list[float | None]) -> IndicatorPanel:
    """Units A and B (and C) over 2020, 2021, ...: unit by unit, as many years as fit."""
    years = 3 if len(next(iter(columns.values()))) % 3 == 0 else 4
    count = len(next(iter(columns.values()))) // years
    rows = {
        "unit": [name for name in "ABCDEF"[:count] for _ in range(years)],
        "year": [*range(2020, 2020 + years)] * count,
    }
    return indicator_panel(pl.DataFrame({**rows, **columns}, strict=False), unit="unit", time="year")  # fmt: skip


def test_all_years_share_one_scale() -> None:
    """The least and the largest of all six values are 0 and 100, not those of each year."""
    built = build_panel(panel(x=[0.0, 5, 10, 2, 4, 6]), flat("x"), Recipe(scale=(0.0, 100.0)))
    assert built.frame()["index"].to_list() == [0, 50, 100, 20, 40, 60]
    assert built.frame()["rank"].to_list() == [2, 1, 1, 1, 2, 2], "ranks are those of the year"
    assert built.frame().columns == ["unit", "year", "x", "index", "rank"]
    assert built.frame()["year"].to_list() == [2020, 2021, 2022] * 2


def test_a_year_that_is_added_moves_no_other_under_goalposts() -> None:
    recipe = Recipe(normalisation="goalposts", goalposts={"x": (0.0, 10.0)}, scale=(0.0, 1.0))
    whole = panel(x=[0.0, 5, 10, 2, 4, 6])
    is_early = whole.times < 2022
    early = IndicatorPanel("unit", "year", whole.units, whole.times, whole.indicators, whole.values)
    cut = indicator_panel(early.frame().filter(pl.col("year") < 2022), unit="unit", time="year")
    assert build_panel(cut, flat("x"), recipe).pooled.index.tolist() == (
        build_panel(whole, flat("x"), recipe).pooled.index[is_early].tolist()
    )


def test_groups_of_units_hold_at_every_time() -> None:
    given = panel(x=[1.0, 2, 3, 10, 20, None])
    built = build_panel(given, flat("x"), Recipe(imputation="group_mean", groups={"A": "a", "B": "b"}, scale=(0, 1)))
    assert built.pooled.imputed.values[5, 0] == 15
    assert built.pooled.recipe.groups == {"A": "a", "B": "b"}


def test_gaps_are_filled_along_time_and_ends_stay_or_take_the_nearest() -> None:
    given = panel(x=[1.0, None, None, 7, None, 2, 4, None])
    assert impute_along_time(given).values[:, 0].tolist()[:4] == [1, 3, 5, 7]
    np.testing.assert_array_equal(impute_along_time(given).values[4:, 0], [NAN, 2, 4, NAN])
    assert impute_along_time(given, ends="nearest").values[4:, 0].tolist() == [2, 2, 4, 4]
    uneven = indicator_panel(
        pl.DataFrame({"u": ["A"] * 3, "t": [2030, 2020, 2021], "x": [11.0, 1.0, None]}), unit="u", time="t"
    )
    assert impute_along_time(uneven).values[2, 0] == 2, "a tenth of the way, whatever the order of rows"


def test_growth_by_hand() -> None:
    """100 to 121 over two years is 10 % a year; what crosses zero has a change and no rate."""
    rows = growth(panel(x=[100.0, None, 121, -2, 0, 2])).rows(named=True)
    assert rows[0]["annual_growth"] == pytest.approx(0.1, abs=1e-12)
    assert (rows[0]["first"], rows[0]["last"], rows[0]["change"]) == (100, 121, 21)
    assert rows[0]["change_percent"] == pytest.approx(21)
    assert (rows[1]["change"], rows[1]["change_percent"]) == (4, 200)
    assert np.isnan(rows[1]["annual_growth"])
    alone = growth(panel(x=[100.0, None, None, 1, 2, 3])).row(0, named=True)
    assert np.isnan(alone["first"]) and np.isnan(alone["change"])


def test_trends_by_hand() -> None:
    """1, 2, 9, 4: least squares 1.6; slopes of pairs 1, 4, 1, 7, 1, -5, their median 1."""
    row = trends(panel(x=[1.0, 2, 9, 4, 5, 5, 5, 5])).row(0, named=True)
    assert row["slope"] == pytest.approx((-1.5 * 1 - 0.5 * 2 + 0.5 * 9 + 1.5 * 4) / 5)
    assert row["sen_slope"] == 1
    # residuals of 4 + 1.6 (t - 1.5): sum of squares 38 - 1.6^2 x 5 = 25.2, so the error is sqrt(25.2 / 2 / 5)
    half = 4.302652729911275 * (25.2 / 2 / 5) ** 0.5
    assert (row["slope_low"], row["slope_high"]) == (pytest.approx(1.6 - half), pytest.approx(1.6 + half))
    flat_row = trends(panel(x=[1.0, 2, 9, 4, 5, 5, 5, 5])).row(1, named=True)
    assert (flat_row["slope"], flat_row["sen_slope"], flat_row["kendall_p_value"]) == (0, 0, 1)


def test_two_points_are_no_trend() -> None:
    row = trends(panel(x=[1.0, None, 3, 1, 2, 3])).row(0, named=True)
    assert row["count"] == 2 and np.isnan(row["slope"])


def test_convergence_by_hand() -> None:
    """ln y falls to its middle by half in two years: beta = -1/4, speed = ln 2 / 2, half-life two years."""
    starts = (0.0, 1.0, 2.0, 3.0)
    values = [exp(1.5 + (start - 1.5) * left) for start in starts for left in (1.0, 0.75, 0.5)]
    found = convergence(panel(x=values), 2020, 2022)
    row = found.beta.row(0, named=True)
    assert (row["count"], row["beta"]) == (4, pytest.approx(-0.25))
    assert row["speed"] == pytest.approx(log(2) / 2)
    assert row["half_life"] == pytest.approx(2)
    sigma = found.sigma
    spread = (5 / 3) ** 0.5
    assert sigma["sigma"].to_list() == pytest.approx([spread, 0.75 * spread, 0.5 * spread])
    assert sigma["year"].to_list() == [2020, 2021, 2022]
    levels = np.exp(starts)
    assert sigma["coefficient_of_variation"][0] == pytest.approx(levels.std(ddof=1) / levels.mean())


def test_convergence_rests_on_the_same_units_at_every_time() -> None:
    values = [float(place + 1) for place in range(15)]
    values[4] = NAN  # B in 2021: that year is left out, B is not
    values[12] = NAN  # E at the start: E is left out
    found = convergence(panel(x=values), 2020, 2022)
    assert found.beta["count"].to_list() == [4]
    assert found.sigma["year"].to_list() == [2020, 2022]
    assert np.isnan(convergence(panel(x=values[:9]), 2020, 2022).beta["beta"][0]), "two units are no line"


def test_pandas_in_pandas_out() -> None:
    frame = pd.DataFrame({"u": ["A", "A", "B", "B"], "t": [1, 2, 1, 2], "x": [1.0, 2.0, 3.0, 4.0]})
    given = indicator_panel(frame, unit="u", time="t")
    assert isinstance(build_panel(given, flat("x")).frame(), pd.DataFrame)
    assert isinstance(growth(given), pd.DataFrame)
    assert given.at(2).units == ("A", "B")
    assert given.at(2).values[:, 0].tolist() == [2, 4]


def test_an_index_over_time_is_a_panel_itself() -> None:
    built = build_panel(panel(x=[1.0, 2, 4, 2, 4, 8]), flat("x"), Recipe(normalisation="identity"))
    index = growth(built.scores).filter(pl.col("indicator") == "index")
    assert index["annual_growth"].to_list() == pytest.approx([1, 1])


def pairs(**columns: list[Any]) -> Callable[[], Any]:
    return lambda: indicator_panel(pl.DataFrame(columns), unit="u", time="t")


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a pair that stands twice": (pairs(u=["A", "A"], t=[1, 1], x=[1.0, 2.0]), "unit A"),
    "a row without time": (pairs(u=["A", "B"], t=[1, None], x=[1.0, 2.0]), "column t"),
    "no column of time": (pairs(u=["A", "B"], x=[1.0, 2.0]), "column t"),
    "a year that is not there": (lambda: panel(x=[1.0] * 6).at(1999), "1999"),
    "an unknown end": (lambda: impute_along_time(panel(x=[1.0] * 6), ends="zero"), "zero"),  # type: ignore[arg-type]
    "times out of order": (lambda: convergence(panel(x=[1.0] * 6), 2022, 2020), "2020 is not after 2022"),
    "a logarithm of zero": (lambda: convergence(panel(x=[0.0, 1, 2, 3, 4, 5]), 2020, 2022), "indicator x: A has 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_faulty_panels_are_refused_by_name(case: str) -> None:
    work, offender = REFUSED[case]
    with pytest.raises(RuleProblem) as caught:
        work()
    assert offender in str(caught.value)
