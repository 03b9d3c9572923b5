"""How indicators hang together: moments, correlations, redundancy, Cronbach's alpha, principal components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.rounding_noise import is_constant
from iga.composite.table import IndicatorTable, Values, frame_of
from iga.errors import MethodRefused

REDUNDANT_FROM = 0.9
"""|correlation| from which two indicators measure nearly the same (COIN competence centre's rule of thumb)."""


def indicator_statistics(table: IndicatorTable[IntoDataFrameT]) -> IntoDataFrameT:
    """One row per indicator: count, missing_count, mean, median, sd, min, max, skewness, kurtosis.

    The standard deviation is the sample's; skewness and excess kurtosis are bias-corrected (G1 and G2, as in Excel),
    null below three and four values.
    """
    names: list[str] = []
    counts: dict[str, list[int]] = {"count": [], "missing_count": []}
    numbers: dict[str, list[float]] = {
        name: [] for name in ("mean", "median", "sd", "min", "max", "skewness", "kurtosis")
    }
    for name, column in zip(table.indicators, table.values.T, strict=True):
        x = column[~np.isnan(column)]
        names.append(name)
        counts["count"].append(len(x))
        counts["missing_count"].append(len(column) - len(x))
        figures = (x.mean(), np.median(x), x.std(ddof=1), x.min(), x.max(), skewness(x), kurtosis(x))
        for key, figure in zip(numbers, figures, strict=True):
            numbers[key].append(float(figure))
    return frame_of(table, {"indicator": names, **counts, **numbers})


def skewness(x: Values) -> float:
    """Bias-corrected skewness (G1); NaN below three values or without spread."""
    n = len(x)
    spread = x.std() if n else 0.0
    if n < 3 or spread == 0:
        return float("nan")
    g1 = ((x - x.mean()) ** 3).mean() / spread**3
    return float(g1 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: Values) -> float:
    """Bias-corrected excess kurtosis (G2); NaN below four values or without spread."""
    n = len(x)
    spread = x.std() if n else 0.0
    if n < 4 or spread == 0:
        return float("nan")
    g2 = ((x - x.mean()) ** 4).mean() / spread**4 - 3
    return float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6))


def correlation_matrix(values: Values) -> Values:
    """Pearson correlations of the columns, each pair over the rows that have both; NaN below three such rows."""
    if not np.isnan(values).any():
        return np.atleast_2d(np.corrcoef(values, rowvar=False))
    count = values.shape[1]
    matrix = np.full((count, count), np.nan)
    for i in range(count):
        for j in range(i, count):
            both = ~np.isnan(values[:, i]) & ~np.isnan(values[:, j])
            x, y = values[both, i], values[both, j]
            if len(x) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0:
                matrix[i, j] = matrix[j, i] = np.corrcoef(x, y)[0, 1]
    return matrix


def correlations(table: IndicatorTable[IntoDataFrameT]) -> IntoDataFrameT:
    """Every pair once: indicator_1, indicator_2, pearson, count (units that have both)."""
    matrix = correlation_matrix(table.values)
    present = (~np.isnan(table.values)).astype(np.int64)
    counts = present.T @ present
    first, second = np.triu_indices(len(table.indicators), 1)
    return frame_of(
        table,
        {
            "indicator_1": [table.indicators[i] for i in first],
            "indicator_2": [table.indicators[j] for j in second],
            "pearson": matrix[first, second],
            "count": counts[first, second],
        },
    )


def redundant_pairs(
    table: IndicatorTable[IntoDataFrame], *, threshold: float = REDUNDANT_FROM
) -> list[tuple[str, str, float]]:
    """Pairs whose |correlation| is at least the threshold: they count one thing twice."""
    matrix = correlation_matrix(table.values)
    first, second = np.triu_indices(len(table.indicators), 1)
    return [
        (table.indicators[i], table.indicators[j], float(matrix[i, j]))
        for i, j in zip(first, second, strict=True)
        if abs(matrix[i, j]) >= threshold
    ]


def cronbach_alpha(table: IndicatorTable[IntoDataFrame], groups: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Cronbach's alpha of each named group of indicators, over the units that have all of them.

    alpha = k / (k - 1) x (1 - sum of variances / variance of the sum); a negative one says that the indicators of the
    group pull against each other. Raises MethodRefused naming a group of fewer than two indicators or complete units.
    """
    found = {}
    for name, members in groups.items():
        values = table.select(members).values
        values = values[~np.isnan(values).any(axis=1)]
        k = values.shape[1]
        if k < 2 or len(values) < 3:
            raise MethodRefused(
                "Cronbach's alpha needs two indicators and three complete units; it has {indicators} and {units}.",
                place="group {name}",
                fix="Leave the group out, or impute first.",
                indicators=k,
                units=len(values),
                name=name,
            )
        found[name] = float(k / (k - 1) * (1 - values.var(axis=0, ddof=1).sum() / values.sum(axis=1).var(ddof=1)))
    return found


def principal_components(table: IndicatorTable[IntoDataFrame]) -> tuple[Values, Values]:
    """Shares of variance (largest first) and loadings (indicators x components) of the standardised indicators.

    A component's sign is that of the sum of its loadings. Raises MethodRefused for missing cells, for a constant
    indicator, or when there are not more units than indicators.
    """
    if np.isnan(table.values).any():
        unit, indicator = np.argwhere(np.isnan(table.values))[0]
        raise MethodRefused(
            "principal components need complete data; {unit} has no value.",
            place="indicator {indicator}",
            fix="Impute or screen first.",
            unit=table.units[unit],
            indicator=table.indicators[indicator],
        )
    if len(table.units) <= len(table.indicators):
        raise MethodRefused(
            "principal components of {indicators} indicators need more than {units} units.",
            place="table",
            fix="Use fewer indicators (one group at a time), or other weights.",
            indicators=len(table.indicators),
            units=len(table.units),
        )
    for name, column in zip(table.indicators, table.values.T, strict=True):
        if is_constant(column):
            raise MethodRefused(
                "it has the same value for every unit.",
                place="indicator {name}",
                fix="Use fewer indicators (one group at a time), or other weights.",
                name=name,
            )
    values, vectors = np.linalg.eigh(correlation_matrix(table.values))
    order = np.argsort(values)[::-1]
    loadings = vectors[:, order]
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return values[order] / values.sum(), loadings
