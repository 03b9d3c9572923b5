"""Brings indicators onto one scale, higher always better: min-max, z-score, ranks, distances, goalposts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.table import IndicatorTable, Values
from iga.errors import MethodRefused

NORMALISATIONS = (
    "minmax",
    "zscore",
    "rank",
    "percentile",
    "borda",
    "distance_to_maximum",
    "distance_to_target",
    "goalposts",
)


def normalise(
    table: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    method: str,
    *,
    scale: tuple[float, float] = (0.0, 100.0),
    targets: Mapping[str, float] | None = None,
    goalposts: Mapping[str, tuple[float, float]] | None = None,
) -> IndicatorTable[IntoDataFrameT]:
    """The indicators of the hierarchy, in its order, on one scale; a missing cell stays missing.

    `minmax` onto `scale`; `zscore` mean 0, sample standard deviation 1; `rank` 1 for the worst, ties share the least;
    `borda` rank - 1; `percentile` (rank - 1) / (n - 1); `distance_to_maximum` 1 - (max - x) / (max - min);
    `distance_to_target` 1 - (target - x) / (target - min), at most 1; `goalposts` (x - low) / (high - low) cut to 0 to
    1, onto `scale`. Targets and goalposts are in the indicator's own unit; where lower is better the lower goalpost is
    the good end. Raises MethodRefused for an unknown method and naming an indicator that is constant, has no target or
    goalposts, or a target that every unit reaches; IndicatorTableInvalid for an indicator that the table lacks.
    """
    if method not in NORMALISATIONS:
        raise MethodRefused(
            "there is no such normalisation.",
            place="method {method}",
            fix="Known: {known}.",
            method=method,
            known=", ".join(NORMALISATIONS),
        )
    chosen = table.select(hierarchy.indicators)
    columns = []
    for name, column in zip(chosen.indicators, chosen.values.T, strict=True):
        direction = hierarchy.by_code[name].direction
        x = column * direction
        if np.nanmax(x) == np.nanmin(x):
            raise MethodRefused(
                "it has the same value for every unit.",
                place="indicator {name}",
                fix="Leave it out of the hierarchy.",
                name=name,
            )
        if method == "goalposts":
            columns.append(_by_goalposts(x, name, direction, goalposts, scale))
        elif method == "distance_to_target":
            columns.append(_to_target(x, name, direction, targets))
        else:
            columns.append(_scaled(x, method, scale))
    return chosen.with_values(np.column_stack(columns))


def _scaled(x: Values, method: str, scale: tuple[float, float]) -> Values:
    low, high = np.nanmin(x), np.nanmax(x)
    if method == "minmax":
        return np.asarray(scale[0] + (x - low) / (high - low) * (scale[1] - scale[0]))
    if method == "zscore":
        return np.asarray((x - np.nanmean(x)) / np.nanstd(x, ddof=1))
    if method == "distance_to_maximum":
        return np.asarray(1 - (high - x) / (high - low))
    place = ascending_ranks(x)
    if method == "rank":
        return place
    return place - 1 if method == "borda" else (place - 1) / ((~np.isnan(x)).sum() - 1)


def ascending_ranks(x: Values) -> Values:
    """1 for the smallest; equal values share the smaller rank; NaN stays NaN."""
    ranks = np.full(len(x), np.nan)
    is_present = ~np.isnan(x)
    ordered = np.sort(x[is_present])
    ranks[is_present] = np.searchsorted(ordered, x[is_present], side="left") + 1
    return ranks


def _to_target(x: Values, name: str, direction: int, targets: Mapping[str, float] | None) -> Values:
    if not targets or name not in targets:
        raise MethodRefused("it has no target.", place="indicator {name}", fix="Give one in `targets`.", name=name)
    target, low = targets[name] * direction, np.nanmin(x)
    if target <= low:
        raise MethodRefused(
            "its target {target:g} is reached by every unit.",
            place="indicator {name}",
            fix="Set a target that tells units apart, or use another normalisation.",
            target=targets[name],
            name=name,
        )
    return np.minimum(1.0, 1 - (target - x) / (target - low))


def _by_goalposts(
    x: Values,
    name: str,
    direction: int,
    goalposts: Mapping[str, tuple[float, float]] | None,
    scale: tuple[float, float],
) -> Values:
    if not goalposts or name not in goalposts:
        raise MethodRefused(
            "it has no goalposts.", place="indicator {name}", fix="Give (low, high) in `goalposts`.", name=name
        )
    low, high = sorted(post * direction for post in goalposts[name])
    if low == high:
        raise MethodRefused(
            "its goalposts are equal.", place="indicator {name}", fix="Give (low, high), low < high.", name=name
        )
    share = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(scale[0] + share * (scale[1] - scale[0]))
