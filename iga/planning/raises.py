"""Finds the raises of evidence levels that lift the index most for the least effort, exactly and with the bound proved.

With the innovations that are sent fixed, divisor and count term are fixed, so the index grows with one whole number:
(SPD + count term) x divisor + sum of maturities, in hundredths. A raise adds its points to it (times the divisor for an
SPD line). Choosing raises is then a knapsack with alternatives, which HiGHS solves as an integer program. Raises that
are alike in points and effort are one integer variable, which keeps a city of 400 innovations small.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil

from iga.planning.single_valued_rules import MAXIMUM_X100, PlanImpossible, Terms, rounded
from iga.rules.parts import Group

REGION = ""
"""The key of raises of the region's own answers (SPD)."""

Choice = tuple[tuple[int, int], ...]
"""The alternatives of one indicator as (value, effort), best value last."""


@dataclass(frozen=True)
class Raise:
    """One possible raise: an indicator of an innovation (key "" for the region's SPD) from a level to a level."""

    key: str
    indicator: str
    from_level: int
    to_level: int
    points_x100: int
    effort: int


@dataclass(frozen=True)
class Position:
    """Where a city stands: SPD, sum of maturities and count term in hundredths, and the divisor."""

    spd_x100: int
    maturity_sum_x100: int
    divisor: int
    count_x100: int

    @property
    def weighed(self) -> int:
        """The whole number that the index grows with: total points in hundredths, times the divisor."""
        return (self.spd_x100 + self.count_x100) * self.divisor + self.maturity_sum_x100

    def index(self, terms: Terms, gained: int = 0) -> Decimal:
        """The rounded index, after `gained` more of the weighed points."""
        return rounded(terms.index(Fraction(self.weighed + gained, self.divisor)))

    def needed_for(self, terms: Terms, index: Decimal) -> int:
        """How many weighed points are missing until the rounded index is at least `index`; 0 if it is there."""
        wanted = int(index * 100)
        least = -((-(2 * wanted - 1) * terms.total_maximum_x100 * self.divisor) // (2 * MAXIMUM_X100))
        return max(0, least - self.weighed)


@dataclass(frozen=True)
class RaisePlan:
    """The best set of raises, what it costs, what it brings, and the bound that proves it.

    `index_bound` is the best index that any set of raises could reach under the same budget (for a budget), and
    `effort_bound` the least effort of any set that reaches the target (for a target). `is_reached` is False where no
    set of raises reaches the target; the plan is then the one that comes nearest.
    """

    raises: tuple[Raise, ...]
    effort: int
    index_before: Decimal
    index_after: Decimal
    predicate_before: str | None
    predicate_after: str | None
    is_proved: bool
    index_bound: Decimal | None = None
    effort_bound: int | None = None
    target: Decimal | None = None
    is_reached: bool = True


@dataclass(frozen=True)
class ThresholdPlan:
    """The least effort that brings innovations to a threshold, one by one, and those that cannot reach it."""

    raises: tuple[Raise, ...]
    effort: int
    reached: tuple[str, ...]
    unreachable: Mapping[str, int] = field(default_factory=dict)
    """Innovations that no set of raises brings there, with the most that they can reach, in hundredths."""


def possible_raises(
    key: str, levels: Mapping[str, int], groups: Iterable[Group], efforts: Mapping[str, Sequence[int | None]]
) -> list[Raise]:
    """Every raise of one innovation (or region): each indicator from its level to each higher one.

    `levels` are the levels by group number (an indicator without a level is left out: nothing is known of it).
    `efforts` gives per group number the effort of each step (to level 1, to level 2, ...), None where a step cannot be
    made in the time left; no raise passes such a step.
    """
    found = []
    for group in groups:
        level, steps = levels.get(group.number), efforts.get(group.number, ())
        if level is None:
            continue
        effort = 0
        for to_level in range(level + 1, group.top_level + 1):
            step = steps[to_level - 1] if to_level <= len(steps) else None
            if step is None:
                break
            effort += step
            points = group.weight_x100 * (to_level - level)
            found.append(Raise(key, group.number, level, to_level, points, effort))
    return found


def plan_within(raises: Sequence[Raise], position: Position, terms: Terms, budget: int) -> RaisePlan:
    """The raises of greatest index within a budget of effort; among those, the ones of least effort."""
    menu = _Menu(raises, position)
    best, bound = menu.most_value(budget)
    chosen, _ = menu.least_effort(menu.value(best))
    return _plan(menu, chosen, terms, is_proved=bound == menu.value(best), index_bound=position.index(terms, bound))


def plan_to(raises: Sequence[Raise], position: Position, terms: Terms, target: Decimal) -> RaisePlan:
    """The raises of least effort that bring the rounded index to `target`, or as near as can be."""
    menu = _Menu(raises, position)
    needed = position.needed_for(terms, target)
    most = menu.most_possible
    chosen, bound = menu.least_effort(min(needed, most))
    effort = menu.effort(chosen)
    better, _ = menu.most_value(effort)
    return _plan(
        menu,
        better,
        terms,
        is_proved=bound == effort,
        effort_bound=bound,
        target=target,
        is_reached=needed <= most,
    )


def plan_threshold(raises: Sequence[Raise], maturities_x100: Mapping[str, int], threshold_x100: int) -> ThresholdPlan:
    """The least effort that brings each innovation below a threshold up to it; each innovation stands alone.

    Exact by dynamic programming over the points of one innovation.
    """
    by_key: dict[str, list[Raise]] = {}
    for raised in raises:
        by_key.setdefault(raised.key, []).append(raised)
    chosen: list[Raise] = []
    reached, unreachable = [], {}
    for key, maturity in maturities_x100.items():
        if maturity >= threshold_x100:
            continue
        sets = _sets_of_one(by_key.get(key, []), threshold_x100 - maturity)
        enough = [
            (effort, -points, found) for points, (effort, found) in sets.items() if points + maturity >= threshold_x100
        ]
        if enough:
            reached.append(key)
            chosen += min(enough, key=lambda option: option[:2])[2]
        else:
            unreachable[key] = maturity + max(sets)
    return ThresholdPlan(tuple(chosen), sum(raised.effort for raised in chosen), tuple(reached), unreachable)


def _sets_of_one(raises: Sequence[Raise], enough: int) -> dict[int, tuple[int, tuple[Raise, ...]]]:
    """For each sum of points that one innovation can gain (cut at what is enough): the least effort and its raises."""
    sets: dict[int, tuple[int, tuple[Raise, ...]]] = {0: (0, ())}
    for alternatives in _by_indicator(raises).values():
        extended = dict(sets)
        for points, (effort, found) in sets.items():
            if points >= enough:
                continue
            for raised in alternatives:
                total, cost = points + raised.points_x100, effort + raised.effort
                if total not in extended or cost < extended[total][0]:
                    extended[total] = (cost, (*found, raised))
        sets = extended
    return sets


def _by_indicator(raises: Iterable[Raise]) -> dict[tuple[str, str], list[Raise]]:
    grouped: dict[tuple[str, str], list[Raise]] = {}
    for raised in raises:
        grouped.setdefault((raised.key, raised.indicator), []).append(raised)
    return grouped


class _Menu:
    """The raises as an integer program: indicators with the same alternatives share variables."""

    def __init__(self, raises: Sequence[Raise], position: Position) -> None:
        self.position = position
        self.alike: dict[Choice, list[list[Raise]]] = {}
        for alternatives in _by_indicator(raises).values():
            kept = self._undominated(alternatives)
            choice = tuple((self._worth(raised), raised.effort) for raised in kept)
            self.alike.setdefault(choice, []).append(kept)
        self.variables = [(choice, place) for choice in self.alike for place in range(len(choice))]
        self.values = [choice[place][0] for choice, place in self.variables]
        self.efforts = [choice[place][1] for choice, place in self.variables]

    def _worth(self, raised: Raise) -> int:
        return raised.points_x100 * (self.position.divisor if raised.key == REGION else 1)

    def _undominated(self, alternatives: Sequence[Raise]) -> list[Raise]:
        if any(raised.effort < 0 or raised.points_x100 <= 0 for raised in alternatives):
            raise PlanImpossible("a raise has no points or an effort below zero.", place="raises", fix="Correct it.")
        ordered = sorted(alternatives, key=lambda raised: (raised.effort, -raised.points_x100))
        kept: list[Raise] = []
        for raised in ordered:
            if not kept or raised.points_x100 > kept[-1].points_x100:
                kept.append(raised)
        return kept

    @property
    def most_possible(self) -> int:
        """The value of raising everything as far as it goes."""
        return sum(choice[-1][0] * len(indicators) for choice, indicators in self.alike.items())

    def value(self, amounts: Sequence[int]) -> int:
        """The weighed points of a solution."""
        return sum(value * amount for value, amount in zip(self.values, amounts, strict=True))

    def effort(self, amounts: Sequence[int]) -> int:
        """The effort of a solution."""
        return sum(effort * amount for effort, amount in zip(self.efforts, amounts, strict=True))

    def most_value(self, budget: int) -> tuple[list[int], int]:
        """The solution of greatest value within a budget, and the proved upper bound of the value."""
        amounts, bound = self._solve([-value for value in self.values], self.efforts, most=budget)
        return amounts, -bound

    def least_effort(self, value: int) -> tuple[list[int], int]:
        """The solution of least effort with at least a value, and the proved lower bound of the effort."""
        return self._solve(self.efforts, self.values, least=value)

    def _solve(
        self, costs: Sequence[int], weights: Sequence[int], *, least: int | None = None, most: int | None = None
    ) -> tuple[list[int], int]:
        """The least cost, with the weighed sum within limits; whole numbers in and out, so the bound is rounded up."""
        if not self.variables:
            return [], 0
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        counts = {choice: len(indicators) for choice, indicators in self.alike.items()}
        order = {choice: row for row, choice in enumerate(counts)}
        rows = [order[choice] for choice, _ in self.variables]
        each = csr_array((np.ones(len(rows)), (rows, range(len(rows)))), shape=(len(order), len(rows)))
        solved = milp(
            np.array(costs, dtype=float),
            integrality=np.ones(len(costs), dtype=np.uint8),
            bounds=Bounds(0, np.array([counts[choice] for choice, _ in self.variables], dtype=float)),
            constraints=[
                LinearConstraint(each, -np.inf, np.array(list(counts.values()), dtype=float)),
                LinearConstraint(
                    np.array([weights], dtype=float),
                    -np.inf if least is None else least,
                    np.inf if most is None else most,
                ),
            ],
            options={"mip_rel_gap": 0.0, "time_limit": 60.0},
        )
        if solved.x is None:
            raise PlanImpossible(
                "the solver gave no plan: {reason}.", place="HiGHS", fix="Report this.", reason=solved.message
            )
        amounts = [round(amount) for amount in solved.x]
        weight = sum(w * amount for w, amount in zip(weights, amounts, strict=True))
        if (least is not None and weight < least) or (most is not None and weight > most):
            raise PlanImpossible("the solver's plan breaks its limit.", place="HiGHS", fix="Report this.")
        return amounts, ceil(solved.mip_dual_bound - 1e-5)

    def raises_of(self, amounts: Sequence[int]) -> list[Raise]:
        """The raises of a solution; indicators that are alike are taken in the order in which they were given."""
        waiting = {choice: iter(indicators) for choice, indicators in self.alike.items()}
        chosen = []
        for (choice, place), amount in zip(self.variables, amounts, strict=True):
            chosen += [next(waiting[choice])[place] for _ in range(amount)]
        return sorted(chosen, key=lambda raised: (-self._worth(raised), raised.effort, raised.key, raised.indicator))


def _plan(
    menu: _Menu,
    amounts: Sequence[int],
    terms: Terms,
    *,
    is_proved: bool,
    index_bound: Decimal | None = None,
    effort_bound: int | None = None,
    target: Decimal | None = None,
    is_reached: bool = True,
) -> RaisePlan:
    before = menu.position.index(terms)
    after = menu.position.index(terms, menu.value(amounts))
    return RaisePlan(
        raises=tuple(menu.raises_of(amounts)),
        effort=menu.effort(amounts),
        index_before=before,
        index_after=after,
        predicate_before=terms.predicate(before),
        predicate_after=terms.predicate(after),
        is_proved=is_proved,
        index_bound=index_bound,
        effort_bound=effort_bound,
        target=target,
        is_reached=is_reached,
    )


def next_predicate_index(terms: Terms, index: Decimal) -> Decimal | None:
    """The least index of the next higher predicate; None at the top, or where the edition's bands are unknown."""
    above = [band.lower for band in terms.rulebook.predicates if band.lower is not None and band.lower > index]
    return min(above, default=None)


def sheets_to_fetch(maturities_x100: Mapping[str, int], terms: Terms, sheets: int) -> list[tuple[str, int]]:
    """With totals only: whose control sheets to fetch first, and the points that each could gain at most (hundredths).

    No raise can be named without levels, but none can bring more than what is missing to the maximum; the sheets with
    the largest gap therefore hold the most that there is to find.
    """
    gaps = sorted(
        ((terms.maturity_maximum_x100 - value, key) for key, value in maturities_x100.items()),
        key=lambda gap: (-gap[0], gap[1]),
    )
    return [(key, gap) for gap, key in gaps if gap > 0][:sheets]
