"""What a plan is to reach: a budget, an index, a maturity for all, a rival, a place, or else the next predicate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from analysis.planning.plans import Rival, index_for_place, index_to_pass, plan_raises, plan_to_threshold, rivals_of
from analysis.season.frames import SeasonFrames
from iga.planning.raises import RaisePlan, next_predicate_index
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot

DEFAULT_BUDGET = 100
"""The effort that is planned within where the highest predicate stands already and no goal is given."""


@dataclass(frozen=True)
class Goal:
    """One goal; without any, the next predicate. `entered` are indices of other cities, by full name."""

    budget: int | None = None
    target: Decimal | None = None
    threshold: Decimal | None = None
    passing: str | None = None
    top: int | None = None
    entered: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def has_rivals(self) -> bool:
        """Whether the goal rests on the indices of other cities."""
        return self.passing is not None or self.top is not None


@dataclass(frozen=True)
class GoalPlan:
    """A plan and what it rests on: the rivals, a budget that stands in for a goal, innovations out of reach."""

    plan: RaisePlan
    has_rivals: bool = False
    rivals: tuple[Rival, ...] = ()
    default_budget: int | None = None
    out_of_reach: Mapping[str, int] = field(default_factory=dict)


def plan_for(snapshot: Snapshot, frames: SeasonFrames, home: Home, goal: Goal) -> GoalPlan:
    """The cheapest raises to the goal. Raises UnknownName for a rival without index, PlanImpossible."""
    if goal.threshold is not None:
        plan, out_of_reach = plan_to_threshold(frames, home, int(goal.threshold * 100))
        return GoalPlan(plan, out_of_reach=out_of_reach)
    target, rivals = target_of(snapshot, frames, goal)
    budget, default = goal.budget, None
    if budget is None and target is None and _is_at_the_top(frames):
        budget = default = DEFAULT_BUDGET
    plan = plan_raises(frames, home, budget=budget, target=target)
    return GoalPlan(plan, goal.has_rivals, tuple(rivals), default)


def target_of(snapshot: Snapshot, frames: SeasonFrames, goal: Goal) -> tuple[Decimal | None, list[Rival]]:
    """The index that a goal asks for (None for a budget, or where it names none), and the rivals that it rests on.

    Raises UnknownName for a rival without index, PlanImpossible where too few are known for a place.
    """
    if not goal.has_rivals:
        return goal.target, []
    rivals = rivals_of(snapshot, frames, dict(goal.entered))
    if goal.top is not None:
        return index_for_place(rivals, goal.top), rivals[: goal.top]
    return index_to_pass(_rival_named(rivals, str(goal.passing))), rivals


def _is_at_the_top(frames: SeasonFrames) -> bool:
    return next_predicate_index(frames.terms, frames.position().index(frames.terms)) is None


def _rival_named(rivals: list[Rival], city: str) -> Rival:
    name = resolve_city(city).full_name
    for rival in rivals:
        if rival.name == name:
            return rival
    raise UnknownName(
        "No index of {city} is known",
        next_step="enter it: --rival {city}=INDEX; known: {known}",
        city=name,
        known=", ".join(rival.name for rival in rivals) or "-",
    )
