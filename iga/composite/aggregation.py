"""Combines normalised indicators into nodes and an index: means, Copeland, Mazziotta-Pareto, benefit of the doubt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.benefit_of_the_doubt import benefit_of_the_doubt
from iga.composite.hierarchy import Hierarchy
from iga.composite.recipe import Aggregation, Aggregator, AnyAggregation
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import IndicatorTable, Values
from iga.errors import MethodRefused

AGGREGATIONS = (
    "arithmetic",
    "geometric",
    "harmonic",
    "generalised",
    "copeland",
    "mazziotta_pareto",
    "benefit_of_the_doubt",
)
NEEDS_POSITIVE = ("geometric", "harmonic", "generalised")
AVAILABLE_NOISE = 1e-12
"""Sums of shares miss a bound by this much at most."""


def aggregate(
    table: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    method: AnyAggregation | Mapping[str, AnyAggregation] = "arithmetic",
    *,
    exponent: float | None = None,
    least_available: float = 0.0,
) -> IndicatorTable[IntoDataFrameT]:
    """Return the indicators of the hierarchy and every node above them, the index last.

    `method` names one aggregation for all nodes, or one per node (those not named are arithmetic): a name, an
    `Aggregation` with its own options, or a function of values (units x children, NaN where missing) and weights (sum
    1). Weights of siblings are normalised to sum 1, over those that the unit has: a missing indicator is left out and
    the rest re-weighted; a node with a smaller share of its weight than `least_available` is missing. `exponent` is
    that of the generalised mean. Raises MethodRefused for an unknown method or node, a generalised mean without
    exponent, missing cells under Copeland, a function that gives no score per unit, and naming indicator and unit of a
    value that is not positive where a geometric, harmonic or generalised mean or a Mazziotta-Pareto index needs it, or
    negative under benefit of the doubt.
    """
    chosen = methods_of_nodes(hierarchy, method, exponent)
    scores: dict[str, Values] = {name: table.column(name) for name in hierarchy.indicators}
    for code in hierarchy.upwards:
        children = hierarchy.children[code]
        values = np.column_stack([scores[child] for child in children])
        weights = np.array([hierarchy.share(child) for child in children])
        how = chosen[code]
        if isinstance(how, Aggregation):
            _check_values(values, children, table, how.method, code)
            scores[code] = node_scores(values, weights, how, least_available)
        else:
            scores[code] = _custom(values, weights, how, code, least_available)
    codes = (*hierarchy.indicators, *hierarchy.upwards)
    return IndicatorTable(
        table.unit_column, table.units, codes, np.column_stack([scores[code] for code in codes]), table.backend
    )


def methods_of_nodes(
    hierarchy: Hierarchy, method: AnyAggregation | Mapping[str, AnyAggregation], exponent: float | None = None
) -> dict[str, Aggregation | Aggregator]:
    """Return the aggregation of every node above the indicators, with its options. Raises MethodRefused as above."""
    given = method if isinstance(method, Mapping) else dict.fromkeys(hierarchy.upwards, method)
    found: dict[str, Aggregation | Aggregator] = {}
    for code in hierarchy.upwards:
        how = given.get(code, "arithmetic")
        found[code] = Aggregation(how, exponent) if isinstance(how, str) else how
    _check_methods(found, given)
    return found


def combine(
    values: Values, weights: Values, method: str, exponent: float | None = None, least_available: float = 0.0
) -> Values:
    """Return the node of each row of `values` under weights that sum to 1, re-weighted over what is present."""
    return node_scores(values, weights, Aggregation(method, exponent), least_available)


def node_scores(values: Values, weights: Values, how: Aggregation, least_available: float = 0.0) -> Values:
    """Return the node of each row of `values` by a method with its options; weights sum to 1, NaN is missing."""
    if how.method == "copeland":
        return copeland_scores(values, weights)
    is_present = ~np.isnan(values)
    present = np.where(is_present, weights, 0.0)
    available = present.sum(axis=1)
    filled = np.where(is_present, values, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = present / available[:, None]
        if how.method == "benefit_of_the_doubt":
            node = benefit_of_the_doubt(values, least_share=how.least_share, most_share=how.most_share)
        elif how.method == "geometric":
            node = np.exp((share * np.log(filled)).sum(axis=1))
        elif how.method in ("harmonic", "generalised"):
            power = -1.0 if how.method == "harmonic" else float(how.exponent or 0)
            node = (share * filled**power).sum(axis=1) ** (1 / power)
        else:
            node = (share * filled).sum(axis=1)
            if how.method == "mazziotta_pareto":
                spread = (share * (filled - node[:, None]) ** 2).sum(axis=1)
                if how.is_sample:
                    # n / (n - 1) where weights are equal; one child alone has no spread.
                    spread = spread / np.maximum(1 - (share**2).sum(axis=1), AVAILABLE_NOISE)
                node = node + how.penalty * spread / node
    return np.where((available > 0) & (available >= least_available - AVAILABLE_NOISE), node, np.nan)


def _custom(values: Values, weights: Values, how: Aggregator, code: str, least_available: float) -> Values:
    given = np.asarray(how(values, weights), dtype=float)
    available = np.where(np.isnan(values), 0.0, weights).sum(axis=1)
    has_score = (available > 0) & (available >= least_available - AVAILABLE_NOISE)
    if given.shape != has_score.shape or np.isinf(given).any():
        raise MethodRefused(
            "its own aggregation gives no score for each of {units} units.",
            place="node {code}",
            fix="Return one number per unit, NaN where it has none.",
            units=len(values),
            code=code,
        )
    return np.where(has_score, given, np.nan)


def copeland_scores(values: Values, weights: Values) -> Values:
    """Return Copeland's score: units outranked minus units outranked by, by the weight of the indicators each wins.

    A unit outranks another when the indicators on which it is better weigh more than half; ties count half to each.
    """
    values = without_rounding_noise(values.T).T
    beats = np.zeros((len(values), len(values)))
    for column, weight in zip(values.T, weights / weights.sum(), strict=True):
        beats += weight * ((column[:, None] > column) + 0.5 * (column[:, None] == column))
    # Sums of shares miss 0.5 by a rounding error; a tie must stay one.
    return np.asarray(np.sign(np.round(beats - 0.5, 12)).sum(axis=1))


def _check_methods(chosen: Mapping[str, Aggregation | Aggregator], given: Mapping[str, AnyAggregation]) -> None:
    for code in given:
        if code not in chosen:
            raise MethodRefused(
                "an aggregation is given for it, and it has nothing to aggregate.",
                place="node {code}",
                fix="Nodes: {known}.",
                code=code,
                known=", ".join(chosen),
            )
    for code, how in chosen.items():
        if not isinstance(how, Aggregation):
            continue
        if how.method not in AGGREGATIONS:
            raise MethodRefused(
                "there is no aggregation {method}.",
                place="node {code}",
                fix="Known: {known}.",
                method=how.method,
                code=code,
                known=", ".join(AGGREGATIONS),
            )
        if how.method == "generalised" and not how.exponent:
            raise MethodRefused(
                "a generalised mean needs an exponent other than 0.",
                place="node {code}",
                fix="Give `exponent`; for 0 use the geometric mean.",
                code=code,
            )


def _check_values(
    values: Values, children: tuple[str, ...], table: IndicatorTable[IntoDataFrame], method: str, code: str
) -> None:
    if method == "benefit_of_the_doubt" and (values < 0).any():
        unit, child = np.argwhere(values < 0)[0]
        raise MethodRefused(
            "{unit} has {value:g}, and benefit of the doubt for {code} needs zero or more.",
            place="indicator {indicator}",
            fix="Normalise onto a scale from zero, such as 0 to 100, or use the arithmetic mean.",
            unit=table.units[unit],
            value=values[unit, child],
            code=code,
            indicator=children[child],
        )
    if method in (*NEEDS_POSITIVE, "mazziotta_pareto") and (values <= 0).any():
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
