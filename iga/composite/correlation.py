"""Correlations with p-values: of indicators with each other, with the nodes above them, and with denominators."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations, product
from typing import Any

import numpy as np
from narwhals.typing import IntoDataFrameT
from scipy import stats

from iga.composite.hierarchy import Hierarchy
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import IndicatorTable, Values, frame_of
from iga.errors import IndicatorTableInvalid, MethodRefused

TESTS: Mapping[str, Callable[[Values, Values], Any]] = {
    "pearson": stats.pearsonr,
    "spearman": stats.spearmanr,
    "kendall": stats.kendalltau,
}
CORRELATIONS = tuple(TESTS)
FLAGS = ("high", "negative", "weak", "none", "not_applicable")
"""What a coefficient is named; `not_applicable` where too few units have both, or one of the two is constant."""


@dataclass(frozen=True)
class CorrelationLimits:
    """The limits of `correlation_limits.toml`: coefficients, the share of false discoveries, the fewest units."""

    high: float
    negative: float
    weak_from: float
    weak_to: float
    significance: float
    fewest_units: int


@cache
def correlation_limits() -> CorrelationLimits:
    """Return the limits as the file states them."""
    text = files("iga.composite").joinpath("correlation_limits.toml").read_text(encoding="utf-8")
    return CorrelationLimits(**tomllib.loads(text))


def pair_correlations(
    table: IndicatorTable[IntoDataFrameT],
    *,
    method: str = "pearson",
    first: Iterable[str] | None = None,
    second: Iterable[str] | None = None,
    limits: CorrelationLimits | None = None,
) -> IntoDataFrameT:
    """Return the correlation of every pair of columns, each over the units that have both values.

    Without `first` and `second` every pair stands once; with both, each of `first` with each of `second` (such as the
    indicators with the pillars of `CompositeIndex.scores`), a column with itself left out. Columns: element_1,
    element_2, coefficient (-1 to 1), p_value (two-sided, of no correlation), p_adjusted (over the pairs of this table;
    Benjamini and Hochberg, 1995), is_significant, count (units with both), flag (one of FLAGS). Coefficient and
    p-values are NaN where the flag is `not_applicable`. Raises MethodRefused for an unknown method and
    IndicatorTableInvalid for a column that is not there.

    Source: `scipy.stats` (Pearson's r with Student's t; Spearman's rho; Kendall's tau-b).
    """
    names = table.indicators if first is None else tuple(first)
    if second is None:
        pairs = list(combinations(names, 2))
    else:
        pairs = [(one, other) for one, other in product(names, second) if one != other]
    return _table_of(table, ("element_1", "element_2"), pairs, method, limits)


def ancestor_correlations(
    scores: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    *,
    method: str = "pearson",
    limits: CorrelationLimits | None = None,
) -> IntoDataFrameT:
    """Return the correlation of each element with every node above it, up to the index.

    `scores` holds all elements, as `CompositeIndex.scores` does. Columns: element, ancestor, levels_up (1 for the
    parent), and those of `pair_correlations` from coefficient on. An element that is weak with its own parent, or
    negative, does not measure what its node is named for.
    """
    pairs: list[tuple[str, str]] = []
    levels: list[int] = []
    for node in hierarchy.nodes:
        above, steps = node.parent, 1
        while above is not None:
            pairs.append((node.code, above))
            levels.append(steps)
            above, steps = hierarchy.by_code[above].parent, steps + 1
    return _table_of(scores, ("element", "ancestor"), pairs, method, limits, {"levels_up": levels})


def denominator_correlations(
    table: IndicatorTable[IntoDataFrameT],
    denominators: Mapping[str, Values],
    *,
    method: str = "pearson",
    limits: CorrelationLimits | None = None,
) -> IntoDataFrameT:
    """Return the correlation of each indicator with each denominator, such as population or area.

    `denominators` holds one value per unit, in the order of the table. An indicator that follows one closely mostly
    says how large a unit is: divide it (`denominate`). Columns: indicator, denominator, and those of
    `pair_correlations` from coefficient on. Raises IndicatorTableInvalid naming a denominator of another length.
    """
    for name, values in denominators.items():
        if len(values) != len(table.units):
            raise IndicatorTableInvalid(
                "it has {values} values for {units} units.",
                place="denominator {name}",
                fix="Give one value per unit, in the order of the table.",
                values=len(values),
                units=len(table.units),
                name=name,
            )
    names = [f"denominator {name}" for name in denominators]  # an indicator may bear the same name
    columns = [table.values, *(np.asarray(values, dtype=float)[:, None] for values in denominators.values())]
    both: IndicatorTable[IntoDataFrameT] = IndicatorTable(
        table.unit_column, table.units, (*table.indicators, *names), np.hstack(columns), table.backend
    )
    pairs = list(product(table.indicators, names))
    shown = {"denominator": [name.removeprefix("denominator ") for _indicator, name in pairs]}
    return _table_of(both, ("indicator", ""), pairs, method, limits, shown)


def correlation_of(x: Values, y: Values, method: str, fewest: int) -> tuple[float, float, int]:
    """Return coefficient, p-value and count of the units that have both; NaN for too few, or where one is constant.

    Values that differ by rounding noise only are equal, so that ranks tie.
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y, count = without_rounding_noise(x[both]), without_rounding_noise(y[both]), int(both.sum())
    if count < fewest or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), float("nan"), count
    found = TESTS[method](x, y)
    return float(found.statistic), float(found.pvalue), count


def _table_of(
    table: IndicatorTable[IntoDataFrameT],
    headings: tuple[str, str],
    pairs: list[tuple[str, str]],
    method: str,
    limits: CorrelationLimits | None,
    more: Mapping[str, list[int] | list[str]] | None = None,
) -> IntoDataFrameT:
    if method not in CORRELATIONS:
        raise MethodRefused(
            "there is no such correlation.",
            place="method {method}",
            fix="Known: {known}.",
            method=method,
            known=", ".join(CORRELATIONS),
        )
    chosen = limits or correlation_limits()
    columns = {name: table.column(name) for pair in pairs for name in pair}
    found = [correlation_of(columns[one], columns[other], method, chosen.fewest_units) for one, other in pairs]
    coefficients = np.array([coefficient for coefficient, _p, _count in found])
    p_values = np.array([p for _coefficient, p, _count in found])
    adjusted = _adjusted(p_values)
    named: dict[str, list[Hashable]] = {
        heading: [pair[place] for pair in pairs] for place, heading in enumerate(headings) if heading
    }
    return frame_of(
        table,
        {
            **named,
            **(more or {}),
            "coefficient": coefficients,
            "p_value": p_values,
            "p_adjusted": adjusted,
            "is_significant": [bool(p <= chosen.significance) for p in adjusted],
            "count": [count for _coefficient, _p, count in found],
            "flag": [_flag(coefficient, chosen) for coefficient in coefficients],
        },
    )


def _adjusted(p_values: Values) -> Values:
    """P-values that control the share of false discoveries among those that are known."""
    adjusted = np.full(len(p_values), np.nan)
    is_known = ~np.isnan(p_values)
    if is_known.any():
        adjusted[is_known] = stats.false_discovery_control(p_values[is_known])
    return adjusted


def _flag(coefficient: float, limits: CorrelationLimits) -> str:
    if np.isnan(coefficient):
        return "not_applicable"
    if coefficient >= limits.high:
        return "high"
    if coefficient <= limits.negative:
        return "negative"
    return "weak" if limits.weak_from < coefficient < limits.weak_to else "none"
