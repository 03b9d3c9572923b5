"""Weights found by search: children of a node that correlate with the index as they should, or as much as they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from narwhals.typing import IntoDataFrame
from scipy import optimize

from iga.composite.aggregation import aggregate
from iga.composite.correlation import CORRELATIONS, correlation_of
from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex
from iga.composite.rounding_noise import is_constant
from iga.composite.table import FEWEST_UNITS, Values
from iga.errors import MethodRefused

GOALS = ("balance", "infomax")
MOST_STEPS = 4000
TOLERANCE = 1e-8


@dataclass(frozen=True)
class OptimisedWeights:
    """Weights of the children of one node (they add up to 1), and the correlations that they give.

    `wanted` are the relative correlations asked for (adding up to 1), None for `infomax`; `residual` is the largest
    difference between wanted and reached. `has_converged` says whether the search ended by itself.
    """

    hierarchy: Hierarchy
    weights: Mapping[str, float]
    correlations: Mapping[str, float]
    wanted: Mapping[str, float] | None
    residual: float
    has_converged: bool


def optimise_weights(
    index: CompositeIndex[IntoDataFrame],
    *,
    node: str | None = None,
    goal: str = "balance",
    importance: Mapping[str, float] | None = None,
    method: str = "pearson",
) -> OptimisedWeights:
    """Return weights of the children of a node (otherwise of the index) under which they correlate with it as wanted.

    `balance` finds weights under which the correlations stand to each other as `importance` says (otherwise all
    alike); `infomax` makes their sum as large as it can be. The node is aggregated anew for each trial, as the recipe
    says. Weights never are negative. Raises MethodRefused for an unknown goal or method, a node without two children,
    a child without an importance above 0, and a child that is constant or has fewer than three values.

    Source: Becker, Saisana, Paruolo and Vandecasteele (2017), Weights and importance in composite indicators, in the
    linear form of COINr's `get_opt_weights`.
    """
    code = index.hierarchy.root if node is None else node
    children = index.hierarchy.children.get(code, ())
    _check(goal, method, code, children)
    wanted = _wanted(children, importance) if goal == "balance" else None
    columns = [index.scores.column(child) for child in children]
    for child, column in zip(children, columns, strict=True):
        _check_spread(child, column)
    reached = _reached(index, code, children, columns, method)

    def loss(logits: Values) -> float:
        correlations = reached(_shares(logits))
        if wanted is None:
            return -float(correlations.sum())
        total = correlations.sum()
        return float(((correlations / total - wanted) ** 2).sum()) if total > 0 else float(len(children))

    start = np.log(np.maximum([index.hierarchy.share(child) for child in children], 1e-6))
    found = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"maxiter": MOST_STEPS, "xatol": 1e-6, "fatol": TOLERANCE**2}
    )
    weights = _shares(found.x)
    correlations = reached(weights)
    named = dict(zip(children, weights.tolist(), strict=True))
    gap = 0.0 if wanted is None else float(np.abs(correlations / correlations.sum() - wanted).max())
    return OptimisedWeights(
        index.hierarchy.with_weights(named),
        named,
        dict(zip(children, correlations.tolist(), strict=True)),
        None if wanted is None else dict(zip(children, wanted.tolist(), strict=True)),
        gap,
        bool(found.success),
    )


def _shares(logits: Values) -> Values:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def _reached(
    index: CompositeIndex[IntoDataFrame], code: str, children: tuple[str, ...], columns: list[Values], method: str
) -> Callable[[Values], Values]:
    """Give the correlations of the children with the node for weights of the children."""
    recipe, table = index.recipe, index.normalised

    def correlations(weights: Values) -> Values:
        weighed = index.hierarchy.with_weights(dict(zip(children, weights.tolist(), strict=True)))
        scores = aggregate(
            table, weighed, recipe.aggregation, exponent=recipe.exponent, least_available=recipe.least_available
        )
        node = scores.column(code)
        found = [correlation_of(column, node, method, 3)[0] for column in columns]
        return np.asarray(np.nan_to_num(np.array(found), nan=-1.0))

    return correlations


def _check_spread(child: str, column: Values) -> None:
    """Refuse a child that correlates with nothing, rather than give it a coefficient."""
    count = int((~np.isnan(column)).sum())
    if count < FEWEST_UNITS:
        raise MethodRefused(
            "correlations need {least} units with a value; it has {count}.",
            place="node {child}",
            fix="Leave it out of the table and of the hierarchy.",
            least=FEWEST_UNITS,
            count=count,
            child=child,
        )
    if is_constant(column):
        raise MethodRefused(
            "it has the same value for every unit.",
            place="node {child}",
            fix="Leave it out of the table and of the hierarchy.",
            child=child,
        )


def _wanted(children: tuple[str, ...], importance: Mapping[str, float] | None) -> Values:
    given = np.array([float((importance or dict.fromkeys(children, 1.0)).get(child, np.nan)) for child in children])
    if not (given > 0).all():
        child = children[int(np.flatnonzero(~(given > 0))[0])]
        raise MethodRefused(
            "it has no importance above 0.", place="node {child}", fix="Give one to every child.", child=child
        )
    return np.asarray(given / given.sum())


def _check(goal: str, method: str, code: str, children: tuple[str, ...]) -> None:
    for value, known in ((goal, GOALS), (method, CORRELATIONS)):
        if value not in known:
            raise MethodRefused(
                "it is not known.", place="method {value}", fix="Known: {known}.", value=value, known=", ".join(known)
            )
    if len(children) < 2:
        raise MethodRefused(
            "it has {count} children, and there is nothing to weigh.",
            place="node {code}",
            fix="Name a node with two children or more.",
            count=len(children),
            code=code,
        )
