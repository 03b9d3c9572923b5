"""What is done to raw indicators before they are compared: screening, denomination, outliers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.association import kurtosis, skewness
from iga.composite.imputation import IMPUTATIONS, impute
from iga.composite.recipe import KURTOSIS_LIMIT, MOST_WINSORISED, SKEWNESS_LIMIT, Treatment
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import IndicatorTable, Values, check_indicators, frame_of
from iga.composite.transformation import transformed
from iga.errors import IndicatorTableInvalid, MethodRefused

__all__ = ["IMPUTATIONS", "OUTLIER_TREATMENTS", "availability", "denominate", "impute", "screen", "treat_outliers"]

OUTLIER_TREATMENTS = ("winsorise", "log", "winsorise_then_log", "boxcox")


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


def denominate(
    table: IndicatorTable[IntoDataFrameT], by: Mapping[str, Values], *, factor: float = 1.0, leaves_gaps: bool = False
) -> IndicatorTable[IntoDataFrameT]:
    """Return each named indicator divided by its denominator (one value per unit, such as population), times `factor`.

    With `leaves_gaps` the cell of a unit whose denominator is missing becomes missing; one of zero or less never does.

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
        is_bad = ~np.isnan(column) & ~(divisor > 0) & ~(np.isnan(divisor) & leaves_gaps)
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


@dataclass(frozen=True)
class _Treated:
    """One column after its treatment, and what was done to how many of its values."""

    values: Values
    treatment: str = "none"
    count: int = 0


def treat_outliers(
    table: IndicatorTable[IntoDataFrameT],
    method: str = "winsorise",
    *,
    skewness_limit: float = SKEWNESS_LIMIT,
    kurtosis_limit: float = KURTOSIS_LIMIT,
    most_winsorised: int = MOST_WINSORISED,
    by_indicator: Mapping[str, str | Treatment] | None = None,
) -> tuple[IndicatorTable[IntoDataFrameT], IntoDataFrameT]:
    """Return the treated table, and one row per indicator: what was done to how many points, and what is left.

    An indicator is treated while |skewness| > 2 and kurtosis > 3.5. `winsorise` pulls the outermost value (largest if
    skewed to the right) to its neighbour, at most five times; `log` takes log(x - min + 1 % of the range), mirrored for
    skewness to the left; `winsorise_then_log` winsorises, and where that is not enough takes the logarithm of the
    original values instead (OECD / JRC, Handbook, 2008); `boxcox` takes the power of maximum likelihood, mirrored alike
    about the same shifted values. `by_indicator` names another method, or `none`, for an indicator, with limits of its
    own (`Treatment`). Columns: indicator, treatment (none, winsorise, log, boxcox), treated_count, skewness, kurtosis,
    is_still_outlying. Raises MethodRefused for an unknown method, IndicatorTableInvalid for an unknown indicator.
    """
    others = dict(by_indicator or {})
    for name in others:
        _ = table.column(name)
    values = table.values.copy()
    rows: list[tuple[str, str, int, float, float, bool]] = []
    for place, name in enumerate(table.indicators):
        given = others.get(name, method)
        how = Treatment(given, skewness_limit, kurtosis_limit, most_winsorised) if isinstance(given, str) else given
        if how.method not in (*OUTLIER_TREATMENTS, "none"):
            raise _unknown(how.method)
        is_present = ~np.isnan(values[:, place])
        made = _treated(values[is_present, place], how, name)
        values[is_present, place] = made.values
        still = _has_outliers(made.values, how)
        figures = (made.count, skewness(made.values), kurtosis(made.values), still)
        rows.append((name, made.treatment if made.count else "none", *figures))
    names = ("indicator", "treatment", "treated_count", "skewness", "kurtosis", "is_still_outlying")
    details = {key: list(column) for key, column in zip(names, zip(*rows, strict=True), strict=True)}
    return table.with_values(values), frame_of(table, details)


def _treated(x: Values, how: Treatment, name: str) -> _Treated:
    if how.method == "none" or not _has_outliers(x, how):
        return _Treated(x)
    if how.method == "log":
        return _Treated(_logged(x), "log", len(x))
    if how.method == "boxcox":
        sign, shifted = _shifted(x)
        return _Treated(sign * transformed(shifted, "boxcox", name, power=how.power).values, "boxcox", len(x))
    pulled, count = _winsorised(x, how)
    if how.method == "winsorise_then_log" and _has_outliers(pulled, how):
        return _Treated(_logged(x), "log", len(x))
    return _Treated(pulled, "winsorise", count)


def _has_outliers(x: Values, how: Treatment) -> bool:
    return abs(skewness(x)) > how.skewness and kurtosis(x) > how.kurtosis


def _winsorised(x: Values, how: Treatment) -> tuple[Values, int]:
    x, count = without_rounding_noise(x).copy(), 0
    while count < how.most_winsorised and _has_outliers(x, how):
        outermost = x.max() if skewness(x) > 0 else x.min()
        others = x[x != outermost]
        if others.size == 0:
            break
        x[x == outermost] = others.max() if skewness(x) > 0 else others.min()
        count += 1
    return x, count


def _logged(x: Values) -> Values:
    sign, shifted = _shifted(x)
    return np.asarray(sign * np.log(shifted))


def _shifted(x: Values) -> tuple[float, Values]:
    """The values above zero, turned round (-1) where the long tail is on the left."""
    if skewness(x) > 0:
        return 1.0, np.asarray(x - x.min() + 0.01 * np.ptp(x))
    return -1.0, np.asarray(x.max() - x + 0.01 * np.ptp(x))


def _unknown(method: str) -> MethodRefused:
    return MethodRefused(
        "there is no such outlier treatment.",
        place="method {method}",
        fix="Known: {known}.",
        method=method,
        known=", ".join(OUTLIER_TREATMENTS),
    )
