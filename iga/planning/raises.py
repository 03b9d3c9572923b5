"""Raises of evidence levels: which are possible, where a city stands, and what a plan of raises alone comes to.

With the innovations that are sent fixed, divisor and count term are fixed, so the index grows with one whole number:
(SPD + count term) x divisor + sum of maturities, in hundredths. A raise adds its points to it (times the divisor for an
SPD line). Which raises are best is decided by the one plan (`best_plan.py`, and `raise_plan.py` for raises alone).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from iga.index.formula import least_weighed_points, rounded, weighed_points
from iga.planning.single_valued_rules import Terms
from iga.rules.parts import Group

REGION = ""
"""The key of raises of the region's own answers (SPD)."""


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
        return weighed_points(self.spd_x100, self.count_x100, self.maturity_sum_x100, self.divisor)

    def index(self, terms: Terms, gained: int = 0) -> Decimal:
        """The rounded index, after `gained` more of the weighed points."""
        return rounded(terms.index(Fraction(self.weighed + gained, self.divisor)))

    def needed_for(self, terms: Terms, index: Decimal) -> int:
        """How many weighed points are missing until the rounded index is at least `index`; 0 if it is there."""
        least = least_weighed_points(int(index * 100), self.divisor, terms.total_maximum_x100)
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
