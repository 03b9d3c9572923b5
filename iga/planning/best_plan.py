"""Decides in one plan what to raise, on innovations and on SPD's lines, and in a simulation also what to hold, exactly.

Without `with_holding` every innovation is sent: regions have a duty to report theirs. With it, the plan may hold back
what lowers the index; this shows what a rule of the index rewards and is no advice. Either the greatest expected index
within a budget of effort is sought, or the least effort to a target.

A best-first search goes over numbers of innovations in the divisor, and over boxes of numbers per class where services
or rejections leave the count term open. Linear programs give prices, prices bound every number at once
(`plan_model.py`), an integer program decides those that remain (`plan_solver.py`), and the index is computed again in
fractions. What cannot be closed is shown as a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import heappop, heappush
from itertools import product
from math import ceil
from typing import TYPE_CHECKING

from iga.planning.candidates import RESOLUTION, Candidate, Choice, Ledger, Policy
from iga.planning.count_bounds import parted
from iga.planning.plan_model import Model, Node, Prices
from iga.planning.plan_solver import Aim, Program, Solution, feasible_sizes
from iga.planning.raise_sets import effort_of, gained_by, whole_effort
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import PlanImpossible, Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDE = 1200
"""An integer program starts with about so many columns: with fewer, HiGHS takes longer, not shorter."""

SMALL = 100
"""Up to so many columns an integer program costs less than the prices that could spare it."""

MOST_STEPS = 1500
"""After so many programs the search ends, and what is left open is the gap."""

EXHAUSTIVE = 10
"""Up to so many innovations every set is tried where rejections of several probabilities leave the divisor open."""


@dataclass(frozen=True)
class OnePlan:
    """What to send, to hold and to raise; indices are expected and not rounded.

    `index_before` is that of sending all as they stand. No plan that the policy allows lies higher than `index` by more
    than `gap`; where a target is sought, none reaches it with less effort than `effort_bound`. `is_reached` is False
    where no plan reaches the target; the plan is then the highest one.
    """

    sent: tuple[str, ...]
    held: tuple[str, ...]
    raises: tuple[Raise, ...]
    effort: int
    index_before: Fraction
    index: Fraction
    gap: Fraction
    divisor: int
    is_reached: bool = True
    effort_bound: int | None = None

    @property
    def is_proved(self) -> bool:
        """Whether no other plan can lie higher (or reach the target with less), by more than the resolution."""
        return self.gap <= RESOLUTION and (self.effort_bound is None or self.effort_bound >= self.effort)


def best_within(
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int | Fraction,
    terms: Terms,
    budget: int,
    policy: Policy | None = None,
    *,
    with_holding: bool = False,
) -> OnePlan:
    """Return the plan of greatest expected index within a budget of effort; of equal ones that of less effort.

    `raises` are those of `possible_raises`, of candidates and of the region (key ""); a minimum maturity of the policy
    holds for what the raises make of an innovation. Raises PlanImpossible when no plan satisfies the policy, or when
    rejections of different probabilities leave the divisor of many innovations open.
    """
    problem = _Problem(candidates, raises, spd_x100, terms, policy, with_holding=with_holding)
    return problem.plan(problem.most_within(budget))


def least_effort_to(
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int | Fraction,
    terms: Terms,
    target_x100: int,
    policy: Policy | None = None,
    *,
    with_holding: bool = False,
) -> OnePlan:
    """Return the plan of least effort whose rounded index reaches a target (hundredths); of equal ones the highest.

    Where none reaches it: the plan of the greatest index, and `is_reached` is False. Raises PlanImpossible as
    `best_within` does.
    """
    problem = _Problem(candidates, raises, spd_x100, terms, policy, with_holding=with_holding)
    found = problem.least_for(target_x100)
    if found is None:
        return replace(problem.plan(problem.most_within(whole_effort(raises))), is_reached=False)
    higher = problem.most_within(found.effort)
    bound = min(higher.effort, int(-found.bound))
    return replace(problem.plan(higher), effort_bound=bound)


def least_effort_for(
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int | Fraction,
    terms: Terms,
    gained_x100: Fraction,
) -> int | None:
    """Return the least effort of raises that bring so many more points, all sent; None where none do."""
    problem = _Problem(candidates, raises, spd_x100, terms, None, with_holding=False)
    found = problem.least_for_points(problem.ledger.value(candidates) + gained_x100)
    return None if found is None else found.effort


def raised(candidate: Candidate, gained_x100: dict[str, int]) -> Candidate:
    """Return a candidate after its raises."""
    return replace(candidate, maturity_x100=candidate.maturity_x100 + gained_x100.get(candidate.key, 0))


def without_holding(policy: Policy, candidates: Iterable[Candidate]) -> Policy:
    """Return a policy under which everything is sent. Raises PlanImpossible where it holds something back."""
    if policy.withheld or policy.minimum_maturity_x100 or policy.most is not None:
        raise PlanImpossible(
            "the policy holds innovations back, and the plan sends all of them.",
            place="policy",
            fix="Ask for the simulation with holding.",
        )
    return replace(policy, locked=frozenset(each.key for each in candidates))


@dataclass(frozen=True)
class _Found:
    """A plan by its columns: who is sent, the raises, points without SPD as it stands, and the proved bound of merit.

    Merit is what is made great: points, or effort below zero.
    """

    sent: tuple[str, ...]
    raises: tuple[Raise, ...]
    points: Fraction
    size: int
    node: Node | None
    bound: Fraction

    @property
    def effort(self) -> int:
        """The effort of its raises."""
        return effort_of(self.raises)


class _Problem:
    """What is to be planned, as given; models are made for the effort that they may take."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        raises: Sequence[Raise],
        spd_x100: int | Fraction,
        terms: Terms,
        policy: Policy | None,
        *,
        with_holding: bool,
    ) -> None:
        given = policy or Policy()
        self.rules = given if with_holding else without_holding(given, candidates)
        ordered = tuple(sorted(candidates, key=lambda each: (-each.maturity_x100, each.key)))
        # The minimum maturity is applied to what the raises make of an innovation, not to what it is.
        self.choice = Choice(ordered, terms, replace(self.rules, minimum_maturity_x100=0))
        self.raises, self.spd_x100, self.terms, self.ledger = raises, spd_x100, terms, Ledger(terms)

    def _model(self, room: int) -> Model:
        return Model(self.choice, self.ledger, self.raises, room, self.rules.minimum_maturity_x100)

    def most_within(self, budget: int) -> _Found:
        """Return the plan of most points. Raises PlanImpossible when none satisfies the policy."""
        model = self._model(budget)
        if self._must_be_listed(model):
            return self._listed()
        found = _Search(self, model, Aim(budget=budget)).run()
        if found is None:
            raise self.choice.refuse()
        if not found.raises:
            return found
        # The same points for less effort: only at the same number, whose other plans the bound leaves few.
        aim = Aim(needed=model.needed(found.size, found.points))
        cheaper = _Search(self, model, aim, least_points=found.points, first=found).run()
        if cheaper is not None and cheaper.effort < found.effort and cheaper.points >= found.points:
            return replace(cheaper, bound=max(found.bound, cheaper.points))
        return found

    def least_for(self, target_x100: int) -> _Found | None:
        """Return the plan of least effort to a rounded index; None where none reaches it."""
        least = Fraction(2 * target_x100 - 1, 20_000) * self.terms.total_maximum_x100
        return self.least_for_points(least - self.spd_x100)

    def least_for_points(self, points: Fraction) -> _Found | None:
        """Return the plan of least effort to so many points of mean, count and raises of SPD; None where none does."""
        model = self._model(whole_effort(self.raises))
        return _Search(self, model, Aim(needed=0), least_points=points).run()

    def _must_be_listed(self, model: Model) -> bool:
        """Whether rejections leave the divisor open in a way that only listing all sets decides, and they are few."""
        try:
            model.multiplier(1)
        except PlanImpossible:
            if model.raises or len(self.choice.free) > EXHAUSTIVE:
                raise
            return True
        return False

    def _listed(self) -> _Found:
        """Return the best of all sets; of equal ones the smallest, then the first."""
        best: _Found | None = None
        for taken in product((False, True), repeat=len(self.choice.free)):
            sent = (
                *self.choice.locked,
                *(each for each, is_in in zip(self.choice.free, taken, strict=True) if is_in),
            )
            if not self.permits(sent):
                continue
            points = self.ledger.value(sent)
            if best is None or points > best.points + Fraction(1, 10**9):
                best = _Found(tuple(each.key for each in sent), (), points, 0, None, points)
        if best is None:
            raise self.choice.refuse()
        return best

    def permits(self, sent: Sequence[Candidate]) -> bool:
        """Whether a set, with its raises made, satisfies the policy."""
        least, locked = self.rules.minimum_maturity_x100, self.rules.locked
        is_mature = all(each.maturity_x100 >= least or each.key in locked for each in sent)
        return is_mature and self.choice.permits(sent)

    def plan(self, found: _Found) -> OnePlan:
        """Return a plan as it is told: in the order of maturity, with its index and what its proof leaves open."""
        chosen = set(found.sent)
        sent = [each for each in self.choice.candidates if each.key in chosen]
        return OnePlan(
            sent=tuple(each.key for each in sent),
            held=tuple(each.key for each in self.choice.candidates if each.key not in chosen),
            raises=found.raises,
            effort=found.effort,
            index_before=self.terms.index(self.spd_x100 + self.ledger.value(self.choice.candidates)),
            index=self.terms.index(self.spd_x100 + found.points),
            gap=self.terms.index(max(Fraction(0), found.bound - found.points)),
            divisor=self.terms.divisor(self.ledger.tally(sent).dividing),
        )


class _Search:
    """The numbers and boxes that are still open, the best bound first."""

    def __init__(
        self,
        problem: _Problem,
        model: Model,
        aim: Aim,
        *,
        least_points: Fraction | None = None,
        first: _Found | None = None,
    ) -> None:
        self.problem, self.model, self.aim, self.least_points = problem, model, aim, least_points
        self.best: _Found | None = first
        self.nodes: list[Node] = []
        self.bounds: list[dict[int, Fraction]] = []
        self.prices: dict[tuple[int, int], Prices] = {}
        self.heap: list[tuple[Fraction, int, int]] = []
        self.unclosed: list[Fraction] = []
        is_exact = model.is_exact or aim.is_least_effort
        self.tolerance = Fraction(0) if is_exact else RESOLUTION * problem.terms.total_maximum_x100 / 200
        self.is_small = len(model.values) <= SMALL
        sizes = model.sizes if self.is_small else feasible_sizes(model)
        if first is not None:
            sizes = range(first.size, first.size + 1)
        self._add(model.node(model.classes.whole), dict.fromkeys(sizes))

    def _merit(self, found: _Found) -> Fraction:
        return Fraction(-found.effort) if self.aim.is_least_effort else found.points

    def _is_beaten(self, bound: Fraction) -> bool:
        return self.best is not None and bound <= self._merit(self.best) + self.tolerance

    def run(self) -> _Found | None:
        """Return the best plan with its bound; None where there is none."""
        steps = 0
        while self.heap and steps < MOST_STEPS:
            negative, node, size = heappop(self.heap)
            bound = self.bounds[node].get(size)
            if bound is None or bound != -negative:
                continue
            if self._is_beaten(bound):
                heappush(self.heap, (negative, node, size))
                break
            steps += 1
            if self.is_small or (node, size) in self.prices:
                del self.bounds[node][size]
                self._decide(node, size, bound)
            else:
                self._price(node, size)
        if self.best is None:
            return None
        left = [*self.unclosed, *(-negative for negative, node, size in self.heap if size in self.bounds[node])]
        bound = max([self._merit(self.best), *left])
        return replace(self.best, bound=self._merit(self.best) if self._is_beaten(bound) else bound)

    def _aim(self, size: int) -> Aim:
        if self.least_points is None:
            return self.aim
        return Aim(needed=self.model.needed(size, self.least_points))

    def _add(self, node: Node, sizes: dict[int, Fraction | None]) -> None:
        """Open a box for some numbers, with the bounds that are known of them."""
        self.nodes.append(node)
        place = len(self.nodes) - 1
        if self.aim.is_least_effort:
            known = {size: Fraction(0) if bound is None else bound for size, bound in sizes.items()}
        else:
            known = self._bounds_at(node, self._unpriced(node), list(sizes))
            known = {size: min(bound, sizes[size] or bound) for size, bound in known.items()}
        self.bounds.append(known)
        for size, bound in known.items():
            heappush(self.heap, (-bound, place, size))

    def _unpriced(self, node: Node) -> Prices:
        """Return prices at which no row costs anything."""
        rows = (0,) * len(node.limits)
        return Prices(0, 1, rows) if self.aim.is_least_effort else Prices(1, 0, rows)

    def _bounds_at(self, node: Node, prices: Prices, sizes: list[int]) -> dict[int, Fraction]:
        """Return per number what no plan exceeds: points, or effort below zero."""
        values = self.model.lagrangian(node, prices, sizes)
        limits = sum(price * int(limit) for price, limit in zip(prices.rows, node.limits, strict=True))
        return {size: self._bound(value + limits, prices, size) for size, value in zip(sizes, values, strict=True)}

    def _bound(self, value: int, prices: Prices, size: int) -> Fraction:
        aim = self._aim(size)
        if aim.needed is not None:
            return Fraction(min(0, -ceil(Fraction(prices.value * aim.needed - value, prices.effort))))
        return Fraction(value + prices.effort * (aim.budget or 0)) / (prices.value * self.model.multiplier(size))

    def _price(self, place: int, size: int) -> None:
        """Find prices at one number, and bound every number of the box with them."""
        import numpy as np

        node = self.nodes[place]
        columns = np.flatnonzero(self.model.hull)
        prices = Program(self.model, node, size, self._aim(size), columns).prices()
        if prices is None:
            del self.bounds[place][size]
            return
        self.prices[place, size] = prices
        known = self.bounds[place]
        for each, bound in self._bounds_at(node, prices, list(known)).items():
            if bound < known[each] or each == size:
                known[each] = min(bound, known[each])
                heappush(self.heap, (-known[each], place, each))

    def _decide(self, place: int, size: int, bound: Fraction) -> None:
        """Solve one number of a box in whole columns, and close it or part the box."""
        node = self.nodes[place]
        prices = self.prices.get((place, size)) or self._unpriced(node)
        valued = self.model.valued(node, prices, size)
        limits = sum(price * int(limit) for price, limit in zip(prices.rows, node.limits, strict=True))
        losses = valued.losses
        width = max(self._width(bound, prices, size), _wide(losses))
        program = Program(self.model, node, size, self._aim(size), self._within(losses, width))
        while True:
            solved = program.solution()
            if solved is not None:
                self._try(solved, node, size)
            is_whole = len(program.columns) == len(losses)
            excluded = None if is_whole else self._bound(valued.value + limits - width - 1, prices, size)
            if excluded is None or self._is_beaten(excluded):
                break
            width = max(2 * width, self._width(bound, prices, size))
            program = Program(self.model, node, size, self._aim(size), self._within(losses, width))
        if solved is None:
            return
        reached = -solved.bound if self.aim.is_least_effort else solved.bound / self.model.multiplier(size)
        above = min(bound, max([reached, *([] if excluded is None else [excluded])]))
        if not self._is_beaten(above):
            self._part(node, size, above, solved)

    def _within(self, losses: NDArray[np.int64], width: int) -> NDArray[np.int64]:
        import numpy as np

        return np.flatnonzero(losses <= width)

    def _width(self, bound: Fraction, prices: Prices, size: int) -> int:
        """Return the loss that no column of a better plan has, in parts of the Lagrangian; 0 without a plan at hand."""
        if self.best is None:
            return 0
        apart = bound - self._merit(self.best)
        unit = prices.effort if self.aim.is_least_effort else prices.value * self.model.multiplier(size)
        return max(0, ceil(apart * unit))

    def _try(self, solved: Solution, node: Node, size: int) -> None:
        """Take a choice as the best plan if it is one, its worth computed again in fractions."""
        model = self.model
        raises = [
            each
            for column in solved.columns
            for each in model.options[int(model.item_of[column])].raises_of(int(model.option_of[column]))
        ]
        raises += model.region.raises_of(solved.region)
        gained = gained_by(raises)
        sent = [raised(model.items[int(model.item_of[column])], gained) for column in solved.columns]
        if not self.problem.permits(sent) or effort_of(raises) > model.room:
            return
        points = model.ledger.value(sent) + gained.get(REGION, 0)
        if self.least_points is not None and points < self.least_points - (0 if model.is_exact else Fraction(1, 10**9)):
            return
        found = _Found(tuple(each.key for each in sent), tuple(raises), points, size, node, Fraction(0))
        if self.best is None or self._merit(found) > self._merit(self.best):
            self.best = found

    def _part(self, node: Node, size: int, bound: Fraction, solved: Solution) -> None:
        """Open the two parts of a box in which what the count is worth can be told apart."""
        model = self.model
        taken = model.numbers([int(model.item_of[column]) for column in solved.columns])
        place = model.classes.to_part(node.box, taken)
        if place is None:
            self.unclosed.append(bound)
            return
        for box in parted(node.box, place, taken[place]):
            self._add(model.node(box), {size: bound})


def _wide(losses: NDArray[np.int64]) -> int:
    """Return the loss up to which about WIDE columns are taken."""
    import numpy as np

    if len(losses) <= WIDE:
        return int(losses.max(initial=0))
    return int(np.partition(losses, WIDE)[WIDE])
