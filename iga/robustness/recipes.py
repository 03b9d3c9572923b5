"""Uncertainty of a composite index over its own choices: every draw is one combination, each computed only once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from narwhals.typing import IntoDataFrame
from numpy.typing import NDArray

from iga.composite.aggregation import NEEDS_POSITIVE, combine
from iga.composite.hierarchy import Hierarchy
from iga.composite.normalisation import normalise
from iga.composite.table import EagerFrame, IndicatorTable, Values, polars_frame
from iga.composite.treatment import treat_outliers
from iga.errors import RobustnessInvalid
from iga.robustness.claims import RankClaims, Ranks, claims_of, ranks_of_draws
from iga.robustness.sensitivity import sobol_by_enumeration
from iga.robustness.weights import draw_hierarchy_weights, nominal_weights

FACTORS = ("outliers", "normalisation", "weights", "aggregation")


@dataclass(frozen=True)
class RecipeUncertainty:
    """An analysis: `grid` holds the index of every combination (one axis per factor, then units)."""

    claims: RankClaims
    factors: EagerFrame
    sobol: EagerFrame
    grid: Values
    levels: Mapping[str, tuple[str, ...]]


def analyse_recipes(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    *,
    outliers: Sequence[Literal["none", "winsorise", "log"]] = ("none", "winsorise"),
    normalisation: Sequence[str] = ("minmax", "zscore"),
    weights: int = 20,
    weight_spread: float | Mapping[int, float] = 0.25,
    aggregation: Sequence[str] = ("arithmetic", "geometric"),
    draws: int = 1000,
    seed: int,
) -> RecipeUncertainty:
    """Draws of four factors at once, their claims, and exact Sobol indices of the ranks over all combinations.

    `weights` sets are tested: the given ones, and others drawn +-`weight_spread` at each level of the hierarchy. A
    normalisation whose scale has zeros or negatives is moved onto 1 to 100 (which keeps its order and its distances in
    proportion), so that every aggregation can be combined with it. `factors` reports each level's share of the draws
    and how many ranks it changes against the first level (has_changed). The table must be complete. Raises
    RobustnessInvalid for missing cells, no levels, or fewer than 100 draws, and what the steps raise.
    """
    levels = {
        "outliers": tuple(outliers),
        "normalisation": tuple(normalisation),
        "weights": ("given", *(f"drawn {place}" for place in range(1, weights))),
        "aggregation": tuple(aggregation),
    }
    _check(table, hierarchy, levels, draws)
    random = np.random.default_rng(seed)
    sets = [{}, *draw_hierarchy_weights(hierarchy, weight_spread, weights - 1, random)]
    grid = _grid(table, hierarchy, levels, sets)
    shape = grid.shape[:-1]
    chosen = random.integers(0, np.prod(shape), draws)
    claims = claims_of(grid.reshape(-1, grid.shape[-1])[chosen], {table.unit_column: table.units})
    ranks = ranks_of_draws(grid.reshape(-1, grid.shape[-1])).reshape(grid.shape)
    sobol = sobol_by_enumeration(ranks, [name for name, size in zip(FACTORS, shape, strict=True) if size > 0])
    return RecipeUncertainty(claims, _report(ranks, levels, np.unravel_index(chosen, shape)), sobol, grid, levels)


def _check(
    table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, levels: Mapping[str, tuple[str, ...]], draws: int
) -> None:
    values = table.select(hierarchy.indicators).values
    if np.isnan(values).any():
        unit, indicator = np.argwhere(np.isnan(values))[0]
        raise RobustnessInvalid(
            "{unit} has no value.",
            place="indicator {indicator}",
            fix="Impute or screen first; imputation methods can be compared with `compare_recipes`.",
            unit=table.units[unit],
            indicator=hierarchy.indicators[indicator],
        )
    for name, tested in levels.items():
        if not tested:
            raise RobustnessInvalid("it has no levels.", place="factor {name}", fix="Name at least one.", name=name)
    if draws < 100:
        raise RobustnessInvalid("{draws} are too few.", place="draws", fix="Draw at least 100.", draws=draws)


def _grid(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    levels: Mapping[str, tuple[str, ...]],
    sets: Sequence[Mapping[str, float]],
) -> Values:
    grid = np.empty((*(len(levels[name]) for name in FACTORS), len(table.units)))
    leaf_weights = nominal_weights(hierarchy, sets)
    for (o, outliers), (n, method) in product(enumerate(levels["outliers"]), enumerate(levels["normalisation"])):
        treated = table if outliers == "none" else treat_outliers(table, outliers)[0]  # type: ignore[arg-type]
        values = _positive(normalise(treated, hierarchy, method, scale=(1.0, 100.0)).values)
        for a, aggregation in enumerate(levels["aggregation"]):
            grid[o, n, :, a] = _scores(values, hierarchy, aggregation, sets, leaf_weights)
    return grid


def _positive(values: Values) -> Values:
    if values.min() > 0:
        return values
    return np.asarray(1 + 99 * (values - values.min()) / np.ptp(values))


def _scores(
    values: Values,
    hierarchy: Hierarchy,
    aggregation: str,
    sets: Sequence[Mapping[str, float]],
    leaf_weights: Values,
) -> Values:
    """The index under every set of weights: sets x units. Nested means of one kind are one mean on the leaves."""
    if aggregation == "arithmetic":
        return np.asarray(leaf_weights @ values.T)
    if aggregation == "geometric":
        return np.asarray(np.exp(leaf_weights @ np.log(values).T))
    if aggregation == "harmonic":
        return np.asarray(1 / (leaf_weights @ (1 / values).T))
    return np.array([_nested(values, hierarchy.with_weights(drawn), aggregation) for drawn in sets])


def _nested(values: Values, hierarchy: Hierarchy, aggregation: str) -> Values:
    if aggregation in NEEDS_POSITIVE:
        raise RobustnessInvalid(
            "it needs an exponent, which is no level of the factor.",
            place="aggregation {aggregation}",
            fix="Use arithmetic, geometric, harmonic or copeland.",
            aggregation=aggregation,
        )
    scores = dict(zip(hierarchy.indicators, values.T, strict=True))
    for code in hierarchy.upwards:
        children = hierarchy.children[code]
        shares = np.array([hierarchy.share(child) for child in children])
        scores[code] = combine(np.column_stack([scores[child] for child in children]), shares, aggregation)
    return np.asarray(scores[hierarchy.root])


def _report(ranks: Ranks, levels: Mapping[str, tuple[str, ...]], drawn: tuple[NDArray[np.intp], ...]) -> EagerFrame:
    rows: dict[str, list[Hashable]] = {
        name: [] for name in ("factor", "level", "share", "rank_change_share", "max_rank_change", "has_changed")
    }
    for axis, name in enumerate(FACTORS):
        first = np.take(ranks, [0], axis=axis).astype(np.int32)
        for place, level in enumerate(levels[name]):
            change = np.abs(np.take(ranks, [place], axis=axis) - first)
            figures = (
                name,
                level,
                float((drawn[axis] == place).mean()),
                float((change > 0).mean()),
                int(change.max()),
                bool(change.any()),
            )
            for column, figure in zip(rows, figures, strict=True):
                rows[column].append(figure)
    return polars_frame(rows)
