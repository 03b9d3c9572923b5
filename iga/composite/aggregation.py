"""Combines normalised indicators into nodes and an index: four weighted means and Copeland's score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.table import IndicatorTable, Values
from iga.errors import MethodRefused

AGGREGATIONS = ("arithmetic", "geometric", "harmonic", "generalised", "copeland")
NEEDS_POSITIVE = ("geometric", "harmonic", "generalised")


def aggregate(
    table: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    method: str | Mapping[str, str] = "arithmetic",
    *,
    exponent: float | None = None,
    least_available: float = 0.0,
) -> IndicatorTable[IntoDataFrameT]:
    """The indicators of the hierarchy and every node above them, the index last.

    `method` names one aggregation for all nodes, or one per node (those not named are arithmetic). Weights of siblings
    are normalised to sum 1, over those that the unit has: a missing indicator is left out and the rest re-weighted; a
    node with a smaller share of its weight than `least_available` is missing. `exponent` is that of the generalised
    mean. Raises MethodRefused for an unknown method or node, a generalised mean without exponent, missing cells under
    Copeland, and naming indicator and unit of a value that is not positive where
    a geometric, harmonic or generalised mean needs it.
    """
    chosen = {code: method if isinstance(method, str) else method.get(code, "arithmetic") for code in hierarchy.upwards}
    _check_methods(chosen, method, exponent)
    scores: dict[str, Values] = {name: table.column(name) for name in hierarchy.indicators}
    for code in hierarchy.upwards:
        children = hierarchy.children[code]
        values = np.column_stack([scores[child] for child in children])
        weights = np.array([hierarchy.share(child) for child in children])
        _check_values(values, children, table, chosen[code], code)
        scores[code] = combine(values, weights, chosen[code], exponent, least_available)
    codes = (*hierarchy.indicators, *hierarchy.upwards)
    return IndicatorTable(
        table.unit_column, table.units, codes, np.column_stack([scores[code] for code in codes]), table.backend
    )


def combine(
    values: Values, weights: Values, method: str, exponent: float | None = None, least_available: float = 0.0
) -> Values:
    """The node of each row of `values` under weights that sum to 1, re-weighted over what is present."""
    if method == "copeland":
        return copeland_scores(values, weights)
    is_present = ~np.isnan(values)
    present = np.where(is_present, weights, 0.0)
    available = present.sum(axis=1)
    filled = np.where(is_present, values, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = present / available[:, None]
        if method == "arithmetic":
            node = (share * filled).sum(axis=1)
        elif method == "geometric":
            node = np.exp((share * np.log(filled)).sum(axis=1))
        else:
            power = -1.0 if method == "harmonic" else float(exponent or 0)
            node = (share * filled**power).sum(axis=1) ** (1 / power)
    return np.where((available > 0) & (available >= least_available - 1e-12), node, np.nan)


def copeland_scores(values: Values, weights: Values) -> Values:
    """Copeland's score: units outranked minus units outranked by, by the weight of the indicators each wins.

    A unit outranks another when the indicators on which it is better weigh more than half; ties count half to each.
    """
    beats = np.zeros((len(values), len(values)))
    for column, weight in zip(values.T, weights / weights.sum(), strict=True):
        beats += weight * ((column[:, None] > column) + 0.5 * (column[:, None] == column))
    # Sums of shares miss 0.5 by a rounding error; a tie must stay one.
    return np.asarray(np.sign(np.round(beats - 0.5, 12)).sum(axis=1))


def _check_methods(chosen: Mapping[str, str], given: str | Mapping[str, str], exponent: float | None) -> None:
    if not isinstance(given, str):
        for code in given:
            if code not in chosen:
                raise MethodRefused(
                    "an aggregation is given for it, and it has nothing to aggregate.",
                    place="node {code}",
                    fix="Nodes: {known}.",
                    code=code,
                    known=", ".join(chosen),
                )
    for code, method in chosen.items():
        if method not in AGGREGATIONS:
            raise MethodRefused(
                "there is no aggregation {method}.",
                place="node {code}",
                fix="Known: {known}.",
                method=method,
                code=code,
                known=", ".join(AGGREGATIONS),
            )
        if method == "generalised" and not exponent:
            raise MethodRefused(
                "a generalised mean needs an exponent other than 0.",
                place="node {code}",
                fix="Give `exponent`; for 0 use the geometric mean.",
                code=code,
            )


def _check_values(
    values: Values, children: tuple[str, ...], table: IndicatorTable[IntoDataFrame], method: str, code: str
) -> None:
    if method in NEEDS_POSITIVE and (values <= 0).any():
        unit, child = np.argwhere(values <= 0)[0]
        raise MethodRefused(
            "{unit} has {value:g}, and the {method} mean of {code} needs more than zero.",
            place="indicator {indicator}",
            fix="Normalise onto a scale above zero, such as 1 to 100, or use the arithmetic mean.",
            unit=table.units[unit],
            value=values[unit, child],
            method=method,
            code=code,
            indicator=children[child],
        )
    if method == "copeland" and np.isnan(values).any():
        unit, child = np.argwhere(np.isnan(values))[0]
        raise MethodRefused(
            "{unit} has no value, and pairs cannot be compared for {code}.",
            place="indicator {indicator}",
            fix="Impute first, or use a mean.",
            unit=table.units[unit],
            code=code,
            indicator=children[child],
        )
