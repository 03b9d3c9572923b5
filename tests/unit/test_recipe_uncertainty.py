"""Every step of a recipe as a factor: an index of HDI's kind with gaps, and Sobol indices against known values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from iga.composite import (
    Aggregation,
    IndicatorTable,
    Normalisation,
    Recipe,
    Treatment,
    build_index,
    impute,
    ranks_of,
)
from iga.errors import RobustnessInvalid, RuleProblem
from iga.robustness import analyse_recipes, recipes, sobol_by_enumeration, sobol_by_sampling
from tests.unit.test_composite import flat, table
from tests.unit.test_composite_published import HDI, hdi_hierarchy, read


def countries(count: int = 40, *, gaps: bool = True) -> IndicatorTable:
    """Some countries of 2021, every seventh without one of its indicators."""
    data = read("hdi_2000_2021.csv").filter(pl.col("year") == 2021).head(count)
    names = hdi_hierarchy().indicators
    values = data.select(names).to_numpy().copy()
    if gaps:
        for row in range(0, count, 7):
            values[row, row % 4] = np.nan
    return IndicatorTable("country", tuple(data["iso3"].to_list()), names, values)


NODES = {
    "goalpost of income": {
        f"{most / 1000:g} thousand": {
            "normalisations": {"gni_per_capita": Normalisation("goalposts", transform="log", goalposts=(100.0, most))}
        }
        for most in (75_000.0, 60_000.0, 108_000.0)
    },
    "mean of the index": {
        how: {"aggregation": {"HDI": how}} for how in ("geometric", "arithmetic", "mazziotta_pareto")
    },
    "mean of education": {how: {"aggregation": {"education": how}} for how in ("arithmetic", "geometric")},
}


def test_every_step_is_a_factor_of_an_index_of_hdis_kind() -> None:
    given = countries()
    found = analyse_recipes(
        given, hdi_hierarchy(), recipe=HDI, imputation=("none", "median", "row_mean"), missing_draws=3,
        outliers=("none", "winsorise_then_log"), factors=NODES, weights=4, draws=500, seed=5,
    )  # fmt: skip
    assert found.is_exact
    assert found.sobol["factor"].to_list() == [
        "imputation", "outliers", "normalisation", *NODES, "weights", "aggregation",
    ]  # fmt: skip
    assert found.grid.shape == (6, 2, 1, 3, 3, 2, 4, 1, 40)
    total = dict(found.sobol.select("factor", "total").iter_rows())
    assert total["normalisation"] == total["aggregation"] == 0, "what the recipe says is no factor"
    assert min(total[name] for name in (*NODES, "imputation", "weights")) > 0
    assert found.sobol["first"].sum() < 1 <= found.sobol["total"].sum() + 1e-9
    assert found.levels["imputation"] == ("none", "median", "row_mean", "drawn 1", "drawn 2", "drawn 3")
    # The combination of all first levels is the recipe itself, gaps re-weighted.
    np.testing.assert_allclose(found.grid[0, 0, 0, 0, 0, 0, 0, 0], build_index(given, hdi_hierarchy(), HDI).index)


def test_each_combination_is_the_index_that_the_recipe_gives() -> None:
    """Exchange of levels through shared tables against an index that is built anew for each."""
    given = countries(12)
    imputations, means = ("none", "median"), ("geometric", "arithmetic")
    own = {"mean of the index": {how: {"aggregation": {"HDI": how}} for how in means}}
    found = analyse_recipes(
        given, hdi_hierarchy(), recipe=HDI, imputation=imputations, factors=own, weights=1, draws=100, seed=1
    )
    for (i, imputation), (m, mean) in product(enumerate(imputations), enumerate(means)):
        filled = given if imputation == "none" else impute(given, imputation)
        changed = Recipe(
            normalisation=HDI.normalisation,
            scale=HDI.scale,
            goalposts=HDI.goalposts,
            normalisations=HDI.normalisations,
            aggregation={"HDI": mean},
        )
        anew = build_index(filled, hdi_hierarchy(), changed).index
        np.testing.assert_allclose(found.grid[i, 0, 0, m, 0, 0], anew, rtol=0, atol=1e-12)


def test_a_node_that_is_changed_leaves_the_others_as_they_were() -> None:
    given = countries(12, gaps=False)
    base = Recipe(**{**vars(HDI), "aggregation": "geometric"})
    own = {"mean of education": {"as": {}, "other": {"aggregation": {"education": "arithmetic"}}}}
    found = analyse_recipes(given, hdi_hierarchy(), recipe=base, factors=own, weights=1, draws=100, seed=1)
    np.testing.assert_allclose(found.grid[0, 0, 1, 0, 0], build_index(given, hdi_hierarchy(), HDI).index, atol=1e-12)
    assert np.abs(found.grid[0, 0, 0, 0, 0] - found.grid[0, 0, 1, 0, 0]).max() > 1e-4


def test_weights_are_drawn_about_those_of_the_method() -> None:
    """With a spread of nothing every drawn set is the method's own, not the hierarchy's unequal weights."""
    unequal = hdi_hierarchy().with_weights({"health": 5.0})
    base = Recipe(**{**vars(HDI), "weights": "equal"})
    found = analyse_recipes(
        countries(12, gaps=False), unequal, recipe=base, outliers=("none", "log"), weights=3, weight_spread=0.0,
        draws=100, seed=1,
    )  # fmt: skip
    np.testing.assert_allclose(found.grid[0, 0, 1, 0], found.grid[0, 0, 0, 0], atol=1e-12)


def test_ranks_of_an_analysis_are_rounded_as_the_recipe_says() -> None:
    near = table(a=[0.0, 0.4, 0.404, 1.0], b=[0.0, 0.4, 0.404, 1.0])
    for places, tied in ((2, True), (6, False)):
        recipe = Recipe(scale=(0.0, 1.0), rank_places=places)
        found = analyse_recipes(
            near, flat("a", "b"), recipe=recipe, normalisation=("minmax", "borda"), weights=2, draws=200, seed=1
        )
        of_minmax = found.claims.ranks[np.abs(found.claims.scores[:, 3] - 1.0) < 1e-9]
        assert (of_minmax[:, 1] == of_minmax[:, 2]).all() == tied
        assert found.sobol["total"].is_null().all() != tied, "where no rank moves, no factor has a share"


def test_drawn_fillings_are_values_that_were_observed() -> None:
    given = countries(30)
    deck = recipes._HotDeck(5, 1)
    filled = deck(given)
    missing = np.isnan(given.values)
    assert (filled[~missing] == given.values[~missing]).all()
    for place in range(4):
        assert set(filled[missing[:, place], place]) <= set(given.values[~missing[:, place], place])
    assert (deck(given) == filled).all() and not (recipes._HotDeck(5, 2)(given) == filled).all()


def test_many_combinations_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate agrees with the exact indices of the same analysis."""
    options: dict[str, Any] = {
        "recipe": HDI, "imputation": ("none", "median"), "factors": NODES, "weights": 4, "draws": 300, "seed": 5,
    }  # fmt: skip
    exact = analyse_recipes(countries(), hdi_hierarchy(), **options)
    monkeypatch.setattr(recipes, "MOST_COMBINATIONS", 10)
    sampled = analyse_recipes(countries(), hdi_hierarchy(), **options, samples=2048)
    assert exact.is_exact and not sampled.is_exact
    assert sampled.grid.shape == (300, 40)
    assert (sampled.claims.ranks == exact.claims.ranks).all(), "the draws are the same"
    for ours, known in ((sampled.sobol, exact.sobol), (sampled.sobol_of_index, exact.sobol_of_index)):
        np.testing.assert_allclose(ours["total"], known["total"], atol=0.05)
        np.testing.assert_allclose(ours["first"], known["first"], atol=0.08)
    assert set(sampled.factors.filter(pl.col("has_changed"))["factor"]) == {*NODES, "imputation", "weights"}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no levels": ({"normalisation": ()}, "factor normalisation"),
    "too few draws": ({"draws": 99}, "99"),
    "no weights": ({"weights": 0}, "factor weights"),
    "a field that no recipe has": ({"factors": {"f": {"a": {"colour": 1}}}}, "colour"),
    "a name that is taken": ({"factors": {"outliers": {"a": {}}}}, "factor outliers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_faulty_analyses_are_refused_by_name(case: str) -> None:
    options, offender = REFUSED[case]
    with pytest.raises(RobustnessInvalid) as caught:
        analyse_recipes(countries(10), hdi_hierarchy(), **{"recipe": HDI, "draws": 100, "seed": 1, **options})
    assert offender in str(caught.value)


def test_a_unit_without_an_index_is_named() -> None:
    empty = countries(10)
    values = empty.values.copy()
    values[3] = np.nan
    with pytest.raises(RuleProblem, match=str(empty.units[3])):
        analyse_recipes(empty.with_values(values), hdi_hierarchy(), recipe=HDI, weights=3, draws=100, seed=1)


# Ishigami: sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on -pi to pi; variances in closed form (Ishigami and Homma, 1990).
V1, V2, V13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7**2 / 8, 0.1**2 * np.pi**8 * 8 / 225
ISHIGAMI = (np.array([V1, V2, 0]) / (V1 + V2 + V13), np.array([V1 + V13, V2, V13]) / (V1 + V2 + V13))
# Sobol's G-function: the product of (|4 x - 2| + a) / (1 + a); V_i = 1 / 3 (1 + a)^2 (Saltelli and Sobol, 1995).
A = np.array([0.0, 1.0, 4.5, 9.0])
V = 1 / (3 * (1 + A) ** 2)
ALL = np.prod(1 + V) - 1
G = (V / ALL, V * np.prod(1 + V) / (1 + V) / ALL)


def ishigami(x: np.ndarray) -> np.ndarray:
    u = np.pi * (2 * x - 1)
    return np.sin(u[:, 0]) * (1 + 0.1 * u[:, 2] ** 4) + 7 * np.sin(u[:, 1]) ** 2


def g_function(x: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * x - 2) + A) / (1 + A), axis=1)


def exchanged(axis: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def mixed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        taken = a.copy()
        taken[:, axis] = b[:, axis]
        return taken

    return mixed


@pytest.mark.parametrize(("function", "known"), [(ishigami, ISHIGAMI), (g_function, G)], ids=["Ishigami", "G"])
def test_sampled_sobol_indices_against_their_closed_form(function: Any, known: Any) -> None:
    """The mean is moved far from zero, where an estimator that is not centred fails; intervals hold what is known."""
    size = len(known[0])
    points = stats.qmc.Sobol(2 * size, seed=7).random(2**13)
    mixes = {str(axis): exchanged(axis) for axis in range(size)}
    found = sobol_by_sampling(lambda x: function(x)[:, None] + 1000, points[:, :size], points[:, size:], mixes, seed=1)
    np.testing.assert_allclose(found["first"], known[0], atol=0.01)
    np.testing.assert_allclose(found["total"], known[1], atol=0.01)
    assert (found["total_low"].to_numpy() - 0.01 <= known[1]).all()
    assert (known[1] <= found["total_high"].to_numpy() + 0.01).all()


@pytest.mark.parametrize(("function", "known"), [(ishigami, ISHIGAMI), (g_function, G)], ids=["Ishigami", "G"])
def test_enumerated_sobol_indices_against_their_closed_form(function: Any, known: Any) -> None:
    """Every combination of the midpoints of a fine grid; also SciPy's estimate agrees."""
    levels = 32
    grid = np.array(list(product((np.arange(levels) + 0.5) / levels, repeat=len(known[0]))))
    outputs = np.asarray(function(grid)).reshape(*[levels] * len(known[0]), 1)
    found = sobol_by_enumeration(outputs, [str(axis) for axis in range(len(known[0]))])
    np.testing.assert_allclose(found["first"], known[0], atol=0.005)
    np.testing.assert_allclose(found["total"], known[1], atol=0.005)
    scipys = stats.sobol_indices(
        func=lambda x: function(x.T), n=2**12, dists=[stats.uniform()] * len(known[0]), rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(found["total"], scipys.total_order, atol=0.02)


def test_an_own_treatment_and_aggregation_are_levels_too() -> None:
    skewed = table(a=[1.0, 2, 2, 3, 3, 3, 4, 4, 5, 900], b=[9.0, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    own = {
        "treatment of a": {"none": {}, "winsorised": {"treatments": {"a": Treatment("winsorise")}}},
        "weakest": {"mean": {}, "weakest": {"aggregation": lambda values, weights: values.min(axis=1)}},
    }
    found = analyse_recipes(
        skewed, flat("a", "b"), recipe=Recipe(), factors=own, aggregation=("arithmetic", Aggregation("geometric")),
        weights=1, draws=100, seed=1,
    )  # fmt: skip
    assert found.grid.shape == (1, 1, 2, 2, 1, 2, 10)
    weakest = build_index(skewed, flat("a", "b"), Recipe(aggregation=own["weakest"]["weakest"]["aggregation"]))
    np.testing.assert_allclose(found.grid[0, 0, 0, 1, 0, 0], weakest.index)
    assert ranks_of(found.grid[0, 0, 0, 1, 0, 0]).tolist() == weakest.ranks.tolist()
