"""What is done to raw indicators before they are compared: screening, imputation, denomination, outliers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Literal

import numpy as np
from narwhals.typing import IntoDataFrameT
from numpy.typing import NDArray

from iga.composite.association import kurtosis, skewness
from iga.composite.table import IndicatorTable, Values, check_indicators, frame_of
from iga.errors import IndicatorTableInvalid, MethodRefused, Sentence

IMPUTATIONS = ("mean", "median", "group_mean", "group_median")
OUTLIER_TREATMENTS = ("winsorise", "log")
SKEWNESS_LIMIT = 2.0
KURTOSIS_LIMIT = 3.5
"""Outliers are assumed where |skewness| and kurtosis both pass these limits (JRC / OECD Handbook, 2008)."""
MOST_WINSORISED = 5


def availability(table: IndicatorTable[IntoDataFrameT]) -> IntoDataFrameT:
    """One row per unit: available_count and available_share (0 to 1) of the indicators."""
    present = ~np.isnan(table.values)
    return frame_of(
        table,
        {
            table.unit_column: list(table.units),
            "available_count": present.sum(axis=1),
            "available_share": present.mean(axis=1),
        },
    )


def screen(
    table: IndicatorTable[IntoDataFrameT], *, least_share: float = 0.65
) -> tuple[IndicatorTable[IntoDataFrameT], tuple[Hashable, ...]]:
    """The units with at least this share of values, and the names of those left out (JRC: 65 %).

    Raises IndicatorTableInvalid when fewer than three units remain, or an indicator has become constant.
    """
    shares = (~np.isnan(table.values)).mean(axis=1)
    is_kept = shares >= least_share
    kept = table.keep(is_kept)
    check_indicators(kept)
    return kept, tuple(unit for unit, has_enough in zip(table.units, is_kept, strict=True) if not has_enough)


def impute(
    table: IndicatorTable[IntoDataFrameT],
    method: str,
    *,
    groups: Mapping[str, Hashable] | Mapping[int, Hashable] | None = None,
) -> IndicatorTable[IntoDataFrameT]:
    """The table with missing cells filled: `mean` or `median` of the indicator, or of the unit's group.

    `groups` gives the group of each unit for `group_mean` and `group_median`. Raises MethodRefused for an unknown
    method, a unit without a group, or a group in which no unit has the indicator.
    """
    if method not in IMPUTATIONS:
        raise _unknown(Sentence("there is no such imputation."), method, IMPUTATIONS)
    group_of: dict[Hashable, Hashable] = dict(groups.items()) if groups else {}
    centre = np.nanmedian if method.endswith("median") else np.nanmean
    values = table.values.copy()
    for place, name in enumerate(table.indicators):
        column = values[:, place]
        for unit in np.flatnonzero(np.isnan(column)):
            peers = table.values[:, place]
            if method.startswith("group"):
                peers = peers[_peers(table.units, group_of, table.units[unit])]
            peers = peers[~np.isnan(peers)]
            if peers.size == 0:
                raise MethodRefused(
                    "no unit in the group of {unit} has a value to impute from.",
                    place="indicator {name}",
                    fix="Use the mean or median of all units, wider groups, or leave the unit out.",
                    unit=table.units[unit],
                    name=name,
                )
            column[unit] = centre(peers)
    return table.with_values(values)


def _peers(units: tuple[Hashable, ...], group_of: Mapping[Hashable, Hashable], unit: Hashable) -> NDArray[np.bool_]:
    """Tell which units are of the group of one of them."""
    if unit not in group_of:
        raise MethodRefused(
            "it has no group.", place="unit {unit}", fix="Give the group of every unit in `groups`.", unit=unit
        )
    return np.array([group_of.get(other) == group_of[unit] for other in units])


def denominate(
    table: IndicatorTable[IntoDataFrameT], by: Mapping[str, Values], *, factor: float = 1.0
) -> IndicatorTable[IntoDataFrameT]:
    """Each named indicator divided by its denominator (one value per unit, such as population), times `factor`.

    Raises IndicatorTableInvalid for an unknown indicator and naming the unit whose denominator is zero, negative or
    missing while the indicator is there.
    """
    values = table.values.copy()
    for name, denominator in by.items():
        column = table.column(name)
        divisor = np.asarray(denominator, dtype=float)
        if len(divisor) != len(table.units):
            raise IndicatorTableInvalid(
                "its denominator has {values} values for {units} units.",
                place="indicator {name}",
                fix="Give one denominator per unit, in the order of the table.",
                values=len(divisor),
                units=len(table.units),
                name=name,
            )
        is_bad = ~np.isnan(column) & ~(divisor > 0)
        if is_bad.any():
            raise IndicatorTableInvalid(
                "its denominator is not a positive number for {unit}.",
                place="indicator {name}",
                fix="Repair the denominator, or leave the indicator empty for that unit.",
                unit=table.units[int(np.flatnonzero(is_bad)[0])],
                name=name,
            )
        values[:, table.indicators.index(name)] = column / divisor * factor
    return table.with_values(values)


def treat_outliers(
    table: IndicatorTable[IntoDataFrameT],
    method: Literal["winsorise", "log"] = "winsorise",
    *,
    skewness_limit: float = SKEWNESS_LIMIT,
    kurtosis_limit: float = KURTOSIS_LIMIT,
    most_winsorised: int = MOST_WINSORISED,
) -> tuple[IndicatorTable[IntoDataFrameT], IntoDataFrameT]:
    """The treated table, and one row per indicator: what was done, how many points, skewness and kurtosis after it.

    An indicator is treated while |skewness| > 2 and kurtosis > 3.5. `winsorise` pulls the outermost value (largest if
    skewed to the right) to its neighbour, at most five times; `log` takes log(x - min + 1 % of the range), mirrored for
    skewness to the left. Columns: indicator, treatment (none, winsorise, log), treated_count, skewness, kurtosis,
    is_still_outlying. Raises MethodRefused for an unknown method.
    """
    if method not in OUTLIER_TREATMENTS:
        raise _unknown(Sentence("there is no such outlier treatment."), method, OUTLIER_TREATMENTS)
    values = table.values.copy()
    rows: list[tuple[str, str, int, float, float, bool]] = []
    for place, name in enumerate(table.indicators):
        is_present = ~np.isnan(values[:, place])
        x = values[is_present, place]
        count = 0
        if _has_outliers(x, skewness_limit, kurtosis_limit):
            if method == "log":
                x, count = _logged(x), len(x)
            else:
                x, count = _winsorised(x, skewness_limit, kurtosis_limit, most_winsorised)
            values[is_present, place] = x
        still = _has_outliers(x, skewness_limit, kurtosis_limit)
        rows.append((name, method if count else "none", count, skewness(x), kurtosis(x), still))
    names = ("indicator", "treatment", "treated_count", "skewness", "kurtosis", "is_still_outlying")
    details = {key: list(column) for key, column in zip(names, zip(*rows, strict=True), strict=True)}
    return table.with_values(values), frame_of(table, details)


def _has_outliers(x: Values, skewness_limit: float, kurtosis_limit: float) -> bool:
    return abs(skewness(x)) > skewness_limit and kurtosis(x) > kurtosis_limit


def _winsorised(x: Values, skewness_limit: float, kurtosis_limit: float, most: int) -> tuple[Values, int]:
    x, count = x.copy(), 0
    while count < most and _has_outliers(x, skewness_limit, kurtosis_limit):
        outermost = x.max() if skewness(x) > 0 else x.min()
        others = x[x != outermost]
        if others.size == 0:
            break
        x[x == outermost] = others.max() if skewness(x) > 0 else others.min()
        count += 1
    return x, count


def _logged(x: Values) -> Values:
    if skewness(x) > 0:
        return np.asarray(np.log(x - x.min() + 0.01 * np.ptp(x)))
    return np.asarray(-np.log(x.max() - x + 0.01 * np.ptp(x)))


def _unknown(message: Sentence, method: str, known: tuple[str, ...]) -> MethodRefused:
    return MethodRefused(
        message,
        place="method {method}",
        fix="Known: {known}.",
        method=method,
        known=", ".join(known),
    )
