"""The toolbox against the plain-Python implementation beside it, over seeded tables with tails, ties and gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from iga.composite import (
    Aggregation,
    Hierarchy,
    IndicatorTable,
    Normalisation,
    Recipe,
    aggregate,
    build_index,
    copeland_scores,
    hierarchy_of,
    normalise,
    treat_outliers,
)
from iga.composite.benefit_of_the_doubt import benefit_of_the_doubt
from tests import composite_oracle as plain

NAMES = ("a", "b", "c", "d", "e", "f")
PARENTS = ("P", "P", "P", "Q", "Q", "Q")
WEIGHTS = (1.0, 2.0, 0.5, 1.0, 1.0, 3.0)
SEEDS = range(7)
CLOSE = {"rtol": 0, "atol": 1e-9}


def tree() -> Hierarchy:
    return hierarchy_of(
        pl.DataFrame(
            {
                "code": [*NAMES, "P", "Q", "I"],
                "parent": [*PARENTS, "I", "I", None],
                "weight": [*WEIGHTS, 2.0, 1.0, 1.0],
                "direction": [1, -1, 1, 1, 1, -1, 1, 1, 1],
            }
        )
    )


def drawn(seed: int, *, gaps: bool) -> IndicatorTable:
    """60 units: normal, skewed both ways, heavy tails that winsorising cannot cure, few levels with ties."""
    chance = np.random.default_rng([22, seed])
    values = np.column_stack(
        [
            chance.normal(50, 9, 60),
            np.exp(chance.normal(0, 1.6, 60)),
            400 - np.exp(chance.normal(1, 1.5, 60)),
            10.0 ** chance.integers(0, 7, 60) + chance.random(60),
            chance.integers(1, 6, 60).astype(float),
            chance.gamma(2, 3, 60) + 1,
        ]
    )
    if seed % 3 == 0:  # many points far out, on either side: more than five would have to be pulled
        far = np.where(np.arange(60) < 7, 10.0 ** (np.arange(60) % 7 + 1), chance.random(60))
        values[:, 2], values[:, 3] = 2e7 - far, far
    if gaps:
        values[chance.random(values.shape) < 0.08] = np.nan
    return IndicatorTable("unit", tuple(f"U{place}" for place in range(60)), NAMES, values)


def cells(column: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in column]


def numbers(column: list[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in column])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", ["winsorise", "log", "winsorise_then_log"])
def test_treatments(seed: int, method: str) -> None:
    table = drawn(seed, gaps=seed % 2 == 1)
    ours, _ = treat_outliers(table, method)
    for name in NAMES:
        np.testing.assert_allclose(
            ours.column(name), numbers(plain.treated(cells(table.column(name)), method)), **CLOSE, err_msg=name
        )


def test_the_drawn_tables_reach_every_treatment() -> None:
    done = {row[1] for seed in SEEDS for row in treat_outliers(drawn(seed, gaps=False), "winsorise_then_log")[1].rows()}
    assert done == {"none", "winsorise", "log"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "method",
    [
        "minmax",
        "zscore",
        "rank",
        "borda",
        "percentile",
        "distance_to_maximum",
        "fraction_of_maximum",
        "goalposts",
        "scaled",
    ],
)
def test_normalisations(seed: int, method: str) -> None:
    table = drawn(seed, gaps=seed % 2 == 0)
    posts = {name: tuple(np.nanquantile(table.column(name), [0.1, 0.95])) for name in NAMES}
    ours = normalise(table, tree(), method, scale=(1.0, 10.0), goalposts=posts)
    for name in NAMES:
        direction = tree().by_code[name].direction
        theirs = plain.normalised(cells(table.column(name)), direction, method, (1.0, 10.0), posts[name])
        np.testing.assert_allclose(ours.column(name), numbers(theirs), rtol=1e-12, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "generalised", "mazziotta_pareto"])
def test_whole_recipes(seed: int, method: str) -> None:
    """Winsorise, then logarithm; a scale of its own for one indicator; another mean for one node; gaps re-weighted."""
    table, hierarchy = drawn(seed, gaps=True), tree()
    # The penalty makes the node of unlike scales negative, where the same mean cannot follow.
    at_top = "arithmetic" if method == "mazziotta_pareto" else method
    recipe = Recipe(
        outliers="winsorise_then_log",
        treatments={"b": "none"},
        normalisations={"b": Normalisation("fraction_of_maximum", scale=None)},
        aggregation={"P": Aggregation(method, exponent=0.5), "Q": "geometric", "I": at_top},
        exponent=0.5,
    )
    built = build_index(table, hierarchy, recipe)
    columns = {}
    for name in NAMES:
        given = cells(table.column(name))
        column = given if name == "b" else plain.treated(given, "winsorise_then_log")
        how = "fraction_of_maximum" if name == "b" else "minmax"
        columns[name] = plain.normalised(column, hierarchy.by_code[name].direction, how, (1.0, 100.0))
    for code, how in (("P", method), ("Q", "geometric"), ("I", at_top)):
        children = hierarchy.children[code]
        weights = [hierarchy.by_code[child].weight for child in children]
        rows = zip(*(columns[child] for child in children), strict=True)
        columns[code] = [plain.node(row, weights, how, 0.5) for row in rows]
        np.testing.assert_allclose(built.scores.column(code), numbers(columns[code]), **CLOSE, err_msg=code)
    better = [sum(other > own + 1e-9 for other in columns["I"]) + 1 for own in columns["I"]]
    assert built.ranks.tolist() == better


@pytest.mark.parametrize("seed", SEEDS)
def test_benefit_of_the_doubt_equals_its_dual(seed: int) -> None:
    values = normalise(drawn(seed, gaps=seed % 2 == 0), tree(), "minmax").values
    theirs = plain.doubt([cells(row) for row in values])
    np.testing.assert_allclose(benefit_of_the_doubt(values), theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_copeland(seed: int) -> None:
    values = drawn(seed, gaps=False).values
    assert copeland_scores(values, np.array(WEIGHTS)).tolist() == plain.copeland(values.tolist(), WEIGHTS)


def test_an_own_aggregation_stands_beside_the_named_ones() -> None:
    def weakest(values: Any, weights: Any) -> Any:
        return np.nanmin(values, axis=1)

    table = normalise(drawn(1, gaps=True), tree(), "minmax")
    ours = aggregate(table, tree(), {"P": weakest})
    theirs = [min(x for x in cells(row) if x is not None) for row in table.select(("a", "b", "c")).values]
    np.testing.assert_allclose(ours.column("P"), theirs, **CLOSE)
