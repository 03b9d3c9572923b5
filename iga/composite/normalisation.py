"""Brings indicators onto one scale, higher always better, by a method for all or one for each indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.recipe import AnyNormalisation, Normalisation
from iga.composite.rounding_noise import is_constant, without_rounding_noise
from iga.composite.table import IndicatorTable, Values
from iga.composite.transformation import TRANSFORMATIONS, Transformed, transformed
from iga.errors import MethodRefused

NORMALISATIONS = (
    "identity",
    "log",
    "boxcox",
    "minmax",
    "zscore",
    "rank",
    "percentile",
    "borda",
    "scaled",
    "goalposts",
    "fraction_of_maximum",
    "distance_to_maximum",
    "distance_to_target",
    "distance_to_reference",
)
FIXED = ("identity", "log", "scaled", "goalposts", "fraction_of_maximum", "rank", "borda")
"""What a column of one value, or of two units, can be put on; every other scale is made of the values' own spread."""


def normalise(
    table: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    method: str,
    *,
    scale: tuple[float, float] = (0.0, 100.0),
    targets: Mapping[str, float] | None = None,
    goalposts: Mapping[str, tuple[float, float]] | None = None,
    by_indicator: Mapping[str, AnyNormalisation] | None = None,
) -> IndicatorTable[IntoDataFrameT]:
    """Return the indicators of the hierarchy, in its order, on one scale; a missing cell stays missing.

    `identity` x, `log` ln x, `boxcox` (x^p - 1) / p, all times the direction; `minmax` onto `scale`; `zscore` mean 0,
    sample standard deviation 1 (or own ones); `rank` 1 for the worst, ties share the least; `borda` rank - 1;
    `percentile` (rank - 1) / (n - 1); `goalposts` (x - low) / (high - low) cut to 0 to 1, onto `scale`; `scaled` the
    same without the cut; `fraction_of_maximum` x / max, and min / x where lower is better; `distance_to_maximum` 1 -
    (max - x) / (max - min); `distance_to_target` 1 - (target - x) / (target - min), at most 1;
    `distance_to_reference` 1 - (reference - x) / (max - min). Targets and goalposts are in the indicator's own unit;
    where lower is better the lower goalpost is the good end. `by_indicator` names another method for an indicator,
    with options of its own (`Normalisation`), or a function.

    Values that differ by rounding noise only are one value. Raises MethodRefused for an unknown method and naming an
    indicator that is constant where the scale is made of its spread, has no target, reference or goalposts, is not
    positive where that is needed, or a target that every unit reaches; IndicatorTableInvalid for an indicator that the
    table lacks.
    """
    _known(method)
    chosen = table.select(hierarchy.indicators)
    for name in by_indicator or {}:
        _ = chosen.column(name)
    columns = []
    for name, column in zip(chosen.indicators, chosen.values.T, strict=True):
        how = (by_indicator or {}).get(name, method)
        direction = hierarchy.by_code[name].direction
        x = without_rounding_noise(column)
        if callable(how):
            columns.append(_custom(how(x * direction), x, name))
            continue
        spec = Normalisation(how) if isinstance(how, str) else how
        _known(spec.method)
        spec = replace(
            spec,
            scale=spec.scale or scale,
            goalposts=spec.goalposts or (goalposts or {}).get(name),
            target=(targets or {}).get(name) if spec.target is None else spec.target,
        )
        columns.append(_normalised(x, name, direction, spec, chosen.units))
    return chosen.with_values(np.column_stack(columns))


def goalposts_about(
    table: IndicatorTable[IntoDataFrameT], references: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """Return goalposts about a reference value of each named indicator, half its range to either side.

    With the scale 70 to 130, `scaled` and the aggregation `mazziotta_pareto` they make the adjusted index (Mazziotta
    and Pareto, 2016), in which the reference is 100. Of a panel, take them from the rows of all years once
    (`panel.stacked()`) and write them into the recipe: later years then move no earlier score. Raises
    IndicatorTableInvalid for an indicator that the table lacks.
    """
    found = {}
    for name, reference in references.items():
        column = table.column(name)
        half = float(np.nanmax(column) - np.nanmin(column)) / 2
        found[name] = (reference - half, reference + half)
    return found


def _known(method: str) -> None:
    if method not in NORMALISATIONS:
        raise MethodRefused(
            "there is no such normalisation.",
            place="method {method}",
            fix="Known: {known}.",
            method=method,
            known=", ".join(NORMALISATIONS),
        )


def _custom(scores: Values, x: Values, name: str) -> Values:
    given = np.asarray(scores, dtype=float)
    if given.shape != x.shape or not np.isfinite(given[~np.isnan(x)]).all():
        raise MethodRefused(
            "an own normalisation gives no number for every unit that has a value.",
            place="indicator {name}",
            fix="Return one score per unit, NaN only where the value is missing.",
            name=name,
        )
    return np.where(np.isnan(x), np.nan, given)


def _normalised(column: Values, name: str, direction: int, spec: Normalisation, units: tuple[object, ...]) -> Values:
    """One indicator on its scale; all the numbers of `spec` are in the indicator's own unit."""
    method = spec.method
    transform = method if method in TRANSFORMATIONS else spec.transform
    change = transformed(column, transform, name, power=spec.power)
    x = change.values * direction
    if method not in FIXED and is_constant(x):
        raise MethodRefused(
            "it has the same value for every unit.",
            place="indicator {name}",
            fix="Leave it out of the hierarchy, or use fixed goalposts.",
            name=name,
        )
    if method in TRANSFORMATIONS:
        return x
    if method in ("goalposts", "scaled"):
        return _by_goalposts(x, name, direction, spec, change)
    if method == "distance_to_target":
        return _to_target(x, name, direction, spec, change)
    if method == "distance_to_reference":
        return _to_reference(x, name, spec, units)
    if method == "fraction_of_maximum":
        return _fraction(change.values, name, direction)
    return _scaled(x, spec)


def _scaled(x: Values, spec: Normalisation) -> Values:
    method, (bottom, top) = spec.method, spec.scale or (0.0, 100.0)
    low, high = np.nanmin(x), np.nanmax(x)
    if method == "minmax":
        return np.asarray(bottom + (x - low) / (high - low) * (top - bottom))
    if method == "zscore":
        deviation = np.nanstd(x, ddof=0 if spec.is_population else 1)
        return np.asarray(spec.centre + spec.spread * (x - np.nanmean(x)) / deviation)
    if method == "distance_to_maximum":
        return np.asarray(1 - (high - x) / (high - low))
    place = ascending_ranks(x)
    if method == "rank":
        return place
    return place - 1 if method == "borda" else (place - 1) / ((~np.isnan(x)).sum() - 1)


def ascending_ranks(x: Values) -> Values:
    """1 for the smallest; values that are equal but for rounding noise share the smaller rank; NaN stays NaN."""
    ranks = np.full(len(x), np.nan)
    cleaned = without_rounding_noise(x)
    is_present = ~np.isnan(cleaned)
    ordered = np.sort(cleaned[is_present])
    ranks[is_present] = np.searchsorted(ordered, cleaned[is_present], side="left") + 1
    return ranks


def _to_target(x: Values, name: str, direction: int, spec: Normalisation, change: Transformed) -> Values:
    if spec.target is None:
        raise MethodRefused("it has no target.", place="indicator {name}", fix="Give one in `targets`.", name=name)
    target, low = change.of(spec.target, name) * direction, np.nanmin(x)
    if target <= low:
        raise MethodRefused(
            "its target {target:g} is reached by every unit.",
            place="indicator {name}",
            fix="Set a target that tells units apart, or use another normalisation.",
            target=spec.target,
            name=name,
        )
    return np.minimum(1.0, 1 - (target - x) / (target - low))


def _to_reference(x: Values, name: str, spec: Normalisation, units: tuple[object, ...]) -> Values:
    value = x[units.index(spec.reference)] if spec.reference in units else np.nan
    if np.isnan(value):
        raise MethodRefused(
            "its reference {reference} is no unit that has a value.",
            place="indicator {name}",
            fix="Name a unit of the table in `reference`.",
            reference=spec.reference,
            name=name,
        )
    return np.asarray(1 - (value - x) / (np.nanmax(x) - np.nanmin(x)))


def _fraction(x: Values, name: str, direction: int) -> Values:
    """The share of the best value; where lower is better the best is the least, and a double value is half as good."""
    if not np.nanmin(x) > 0:
        raise MethodRefused(
            "it has {value:g}, and a fraction of the best needs more than zero.",
            place="indicator {name}",
            fix="Use another normalisation.",
            value=np.nanmin(x),
            name=name,
        )
    return np.asarray(x / np.nanmax(x) if direction > 0 else np.nanmin(x) / x)


def _by_goalposts(x: Values, name: str, direction: int, spec: Normalisation, change: Transformed) -> Values:
    if spec.goalposts is None:
        raise MethodRefused(
            "it has no goalposts.", place="indicator {name}", fix="Give (low, high) in `goalposts`.", name=name
        )
    low, high = sorted(change.of(post, name) * direction for post in spec.goalposts)
    if low == high:
        raise MethodRefused(
            "its goalposts are equal.", place="indicator {name}", fix="Give (low, high), low < high.", name=name
        )
    share = (x - low) / (high - low)
    if spec.method == "goalposts":
        share = np.clip(share, 0.0, 1.0)
    bottom, top = spec.scale or (0.0, 100.0)
    return np.asarray(bottom + share * (top - bottom))
