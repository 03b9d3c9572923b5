"""Fills missing cells: from the indicator, from the unit's group, from the unit's own row, or by an own function."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from narwhals.typing import IntoDataFrameT
from numpy.typing import NDArray

from iga.composite.recipe import AnyImputation
from iga.composite.table import IndicatorTable, Values
from iga.errors import MethodRefused

IMPUTATIONS = ("mean", "median", "group_mean", "group_median", "row_mean", "row_median")
Groups = Mapping[str, Hashable] | Mapping[int, Hashable]


def impute(
    table: IndicatorTable[IntoDataFrameT],
    method: AnyImputation | None,
    *,
    groups: Groups | None = None,
    by_indicator: Mapping[str, AnyImputation] | None = None,
) -> IndicatorTable[IntoDataFrameT]:
    """Return the table with missing cells filled; what is observed is never changed.

    `mean` or `median` is that of the indicator, `group_mean` or `group_median` that of the unit's group, `row_mean` or
    `row_median` that of the unit's own other indicators, which must be of one scale. A function takes the table and
    gives a matrix of its shape. `by_indicator` names another method for an indicator; `none` and None leave it missing.
    `groups` gives the group of each unit. Every method rests on observed cells alone, never on filled ones. Raises
    MethodRefused for an unknown method or indicator, a unit without a group or without any value, a group in which no
    unit has the indicator, and a function that leaves the shape or fills with what is no number.
    """
    chosen: dict[str, AnyImputation | None] = dict.fromkeys(table.indicators, method)
    for name, other in (by_indicator or {}).items():
        _ = table.column(name)
        chosen[name] = other
    _check(chosen)
    values = table.values.copy()
    made: dict[int, Values] = {}
    for place, name in enumerate(table.indicators):
        how = chosen[name]
        missing = np.flatnonzero(np.isnan(table.values[:, place]))
        if how is None or how == "none" or not missing.size:
            continue
        if callable(how):
            if id(how) not in made:
                made[id(how)] = _custom(table, how)
            values[missing, place] = made[id(how)][missing, place]
        else:
            values[missing, place] = [_centre(table, place, int(unit), how, groups) for unit in missing]
    return table.with_values(values)


def _check(chosen: Mapping[str, AnyImputation | None]) -> None:
    for name, method in chosen.items():
        if isinstance(method, str) and method not in (*IMPUTATIONS, "none"):
            raise MethodRefused(
                "there is no imputation {method}.",
                place="indicator {name}",
                fix="Known: {known}.",
                method=method,
                known=", ".join(IMPUTATIONS),
                name=name,
            )


def _custom(table: IndicatorTable[IntoDataFrameT], method: AnyImputation) -> Values:
    shape = table.values.shape
    given = np.asarray(method(table) if callable(method) else table.values, dtype=float)
    if given.shape != shape or not np.isfinite(given[np.isnan(table.values)]).all():
        raise MethodRefused(
            "an own imputation gives no number for every missing cell.",
            place="imputation",
            fix="Return a matrix of {units} units x {indicators} indicators without gaps.",
            units=shape[0],
            indicators=shape[1],
        )
    return given


def _centre(table: IndicatorTable[IntoDataFrameT], place: int, unit: int, method: str, groups: Groups | None) -> float:
    """Return the mean or median that fills one cell."""
    name, among = table.indicators[place], table.values[:, place]
    if method.startswith("row"):
        among = table.values[unit]
    elif method.startswith("group"):
        among = among[_peers(table.units, dict(groups.items()) if groups else {}, table.units[unit])]
    present = among[~np.isnan(among)]
    if present.size == 0 and method.startswith("row"):
        raise MethodRefused(
            "{unit} has no value at all to impute from.",
            place="indicator {name}",
            fix="Leave the unit out, or impute from other units.",
            unit=table.units[unit],
            name=name,
        )
    if present.size == 0:
        raise MethodRefused(
            "no unit in the group of {unit} has a value to impute from.",
            place="indicator {name}",
            fix="Use the mean or median of all units, wider groups, or leave the unit out.",
            unit=table.units[unit],
            name=name,
        )
    return float(np.median(present) if method.endswith("median") else present.mean())


def _peers(units: tuple[Hashable, ...], group_of: Mapping[Hashable, Hashable], unit: Hashable) -> NDArray[np.bool_]:
    """Tell which units are of the group of one of them."""
    if unit not in group_of:
        raise MethodRefused(
            "it has no group.", place="unit {unit}", fix="Give the group of every unit in `groups`.", unit=unit
        )
    return np.array([group_of.get(other) == group_of[unit] for other in units])
