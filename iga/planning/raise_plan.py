"""The best raises alone, everything sent: within a budget of effort, or to a target, by the one plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from iga.planning.best_plan import OnePlan, best_within, least_effort_to
from iga.planning.candidates import Candidate
from iga.planning.raises import (
    REGION,
    Position,
    Raise,
    RaisePlan,
    ThresholdPlan,
    next_predicate_index,
    plan_threshold,
    possible_raises,
    sheets_to_fetch,
)
from iga.planning.single_valued_rules import Terms, rounded

__all__ = [
    "REGION",
    "Position",
    "Raise",
    "RaisePlan",
    "ThresholdPlan",
    "next_predicate_index",
    "plan_threshold",
    "plan_to",
    "plan_within",
    "possible_raises",
    "sheets_to_fetch",
]
# Saved notebooks of version 0.1 take them from one module, `iga.plan`.


def plan_within(raises: Sequence[Raise], position: Position, terms: Terms, budget: int) -> RaisePlan:
    """The raises of greatest index within a budget of effort; among those, the ones of least effort."""
    found = best_within(*_as_candidates(raises, position, terms), budget)
    return _plan(found, position, terms, index_bound=rounded(found.index + found.gap))


def plan_to(raises: Sequence[Raise], position: Position, terms: Terms, target: Decimal) -> RaisePlan:
    """The raises of least effort that bring the rounded index to `target`, or as near as can be."""
    found = least_effort_to(*_as_candidates(raises, position, terms), int(target * 100))
    bound = found.effort if found.effort_bound is None else found.effort_bound
    return _plan(found, position, terms, effort_bound=bound, target=target)


def _as_candidates(
    raises: Sequence[Raise], position: Position, terms: Terms
) -> tuple[list[Candidate], Sequence[Raise], Fraction, Terms]:
    """Return a position as the one plan takes it: all that stands is given, and only raises are open."""
    keys = dict.fromkeys(each.key for each in raises if each.key != REGION)
    standing = Fraction(position.weighed, position.divisor)
    fixed = replace(terms, divisor_minimum=position.divisor, count_weight_x100=0)
    return [Candidate(key, 0) for key in keys], raises, standing, fixed


def _plan(
    found: OnePlan,
    position: Position,
    terms: Terms,
    *,
    index_bound: Decimal | None = None,
    effort_bound: int | None = None,
    target: Decimal | None = None,
) -> RaisePlan:
    before, after = position.index(terms), rounded(found.index)

    def worth(each: Raise) -> int:
        return each.points_x100 * (position.divisor if each.key == REGION else 1)

    return RaisePlan(
        raises=tuple(sorted(found.raises, key=lambda each: (-worth(each), each.effort, each.key, each.indicator))),
        effort=found.effort,
        index_before=before,
        index_after=after,
        predicate_before=terms.predicate(before),
        predicate_after=terms.predicate(after),
        is_proved=found.is_proved,
        index_bound=index_bound,
        effort_bound=effort_bound,
        target=target,
        is_reached=found.is_reached,
    )
