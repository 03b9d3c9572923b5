"""Chooses in one plan what to send, what to hold and which levels to raise within a budget of effort, exactly.

The two decisions hang together: effort on an innovation that is better held is lost, and one that a few documents lift
may be worth sending. For one number of innovations in the divisor the choice is a knapsack with alternatives: each
innovation is held, or sent with one of its undominated sets of raises. A Lagrangian over the effort bounds every number
at once and drops most alternatives. Over what is left dynamic programming by number and effort gives the best sum of
points for all numbers; only where its plan breaks a quota or the basic-service rule, or where innovations count without
entering the divisor, an integer program decides that number. Nothing is proved by less than one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor, lcm
from typing import TYPE_CHECKING

from iga.planning.candidates import Candidate, Choice, Ledger, Policy
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import PlanImpossible, Terms, rounded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_PRICES = 250
"""At so many prices of effort the bounds are taken at most."""

SLACK = 1e-6
"""Bounds in double precision count as reached within this share of a hundredth of a point."""


@dataclass(frozen=True)
class JointPlan:
    """What to send, hold and raise; the index is expected and not rounded.

    `index_before` is that of sending all as they stand, `divisor` that of the plan. No plan within the budget and the
    policy lies higher than `index` by more than `gap`.
    """

    sent: tuple[str, ...]
    held: tuple[str, ...]
    raises: tuple[Raise, ...]
    effort: int
    index_before: Fraction
    index: Fraction
    gap: Fraction
    divisor: int

    @property
    def is_proved(self) -> bool:
        """Whether no other plan can lie higher."""
        return self.gap == 0


def joint_plan(
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int,
    terms: Terms,
    budget: int,
    policy: Policy | None = None,
) -> JointPlan:
    """The plan of greatest expected index within a budget of effort that the policy allows.

    `raises` are those of `possible_raises`, of candidates and of the region (key ""); a threshold of the policy holds
    for the maturity after the raises. Raises PlanImpossible when no plan satisfies the policy, or when a rejection
    could change the count or the divisor (then hold and raise one after the other).
    """
    ledger = Ledger(terms)
    rules = policy or Policy()
    # The threshold is applied to what the raises make of an innovation, not to what it is.
    open_rules = Policy(
        rules.minimum_per_unit,
        rules.locked,
        rules.withheld,
        rules.service_quota,
        minimum_maturity_x100=0,
        most=rules.most,
    )
    choice = Choice(tuple(sorted(candidates, key=lambda one: (-one.maturity_x100, one.key))), terms, open_rules)
    if not ledger.is_certain(choice.allowed):
        raise PlanImpossible(
            "a rejection could change the count or the divisor; the joint plan is exact only where it cannot.",
            place="rejection",
            fix="Plan without a probability of rejection, or hold first and raise then.",
        )
    program = _Program(choice, ledger, raises, budget, rules.minimum_maturity_x100)
    best = program.incumbent()
    gap = Fraction(0)
    table = _Table.of(program, best)
    bounds = program.bounds if table is None else table.bounds(program)
    for size in sorted(bounds, key=lambda size: (-bounds[size], size)):
        if best is not None and bounds[size] < float(best.value) - SLACK:
            break
        found = None if table is None else table.plan(program, size)
        if found is None:
            found = program.solved(size, None if best is None else best.value)
        if found is None:
            continue
        gap = max(gap, found.excess)
        if best is None or found.value > best.value:
            best = found
    if best is None:
        raise choice.refuse()
    chosen = set(best.sent)
    return JointPlan(
        sent=tuple(one.key for one in choice.candidates if one.key in chosen),
        held=tuple(one.key for one in choice.candidates if one.key not in chosen),
        raises=best.raises,
        effort=sum(one.effort for one in best.raises),
        index_before=terms.index(spd_x100 + ledger.value(choice.candidates)),
        index=terms.index(spd_x100 + best.value),
        gap=terms.index(gap),
        divisor=terms.divisor(ledger.tally(one for one in choice.candidates if one.key in chosen).dividing),
    )


def least_joint_effort(
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int,
    terms: Terms,
    target_x100: int,
    policy: Policy | None = None,
) -> tuple[JointPlan, bool]:
    """The joint plan of least effort whose rounded index reaches a target (hundredths), and whether any does.

    Without one that reaches it: the plan of the greatest index. Exact, by halving the budget: more effort never makes
    the best index smaller.
    """

    def reached(plan: JointPlan) -> bool:
        return rounded(plan.index) * 100 >= target_x100

    def planned(budget: int) -> JointPlan:
        return joint_plan(candidates, raises, spd_x100, terms, budget, policy)

    plan = planned(0)
    if reached(plan):
        return plan, True
    low, high, most = 0, 1, sum(_dearest(alternatives) for alternatives in _grouped(raises).values())
    while high < most and not reached(plan := planned(high)):
        low, high = high, min(most, high * 4)
    if high >= most:
        high, plan = most, planned(most)
        if not reached(plan):
            return plan, False
    while high - low > 1:
        middle = (low + high) // 2
        tried = planned(middle)
        if reached(tried):
            high, plan = tried.effort if tried.effort > low else middle, tried
        else:
            low = middle
    return plan, True


@dataclass(frozen=True)
class _Found:
    """A solution of one size: its value in hundredths of points, and what its proof leaves open."""

    sent: tuple[str, ...]
    raises: tuple[Raise, ...]
    value: Fraction
    excess: Fraction


def _grouped(raises: Iterable[Raise]) -> dict[tuple[str, str], list[Raise]]:
    grouped: dict[tuple[str, str], list[Raise]] = {}
    for one in raises:
        grouped.setdefault((one.key, one.indicator), []).append(one)
    return grouped


def _dearest(alternatives: Sequence[Raise]) -> int:
    return max(one.effort for one in alternatives)


class _Menu:
    """The undominated sets of raises of one innovation, or of the region: effort and points, cheapest first."""

    def __init__(self, alternatives: Sequence[Sequence[Raise]], budget: int) -> None:
        import numpy as np

        self._alternatives = alternatives
        room = min(budget, sum(_dearest(one) for one in alternatives)) if alternatives else 0
        best = np.zeros(room + 1, dtype=np.int64)
        self._steps = [best]
        for raises in alternatives:
            grown = best.copy()
            for one in raises:
                if one.effort <= room:
                    grown[one.effort :] = np.maximum(
                        grown[one.effort :], best[: room + 1 - one.effort] + one.points_x100
                    )
            best = grown
            self._steps.append(best)
        self.efforts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(best) > 0)))
        self.points = best[self.efforts]

    def raises_of(self, place: int) -> list[Raise]:
        """The raises of one of the sets."""
        effort = int(self.efforts[place])
        found = []
        for position in range(len(self._alternatives), 0, -1):
            before, after = self._steps[position - 1], self._steps[position]
            if after[effort] == before[effort]:
                continue
            for one in self._alternatives[position - 1]:
                if one.effort <= effort and before[effort - one.effort] + one.points_x100 == after[effort]:
                    found.append(one)
                    effort -= one.effort
                    break
        return found


class _Program:
    """The choice for each number of innovations in the divisor: bounds of all, exact solutions of some."""

    def __init__(self, choice: Choice, ledger: Ledger, raises: Sequence[Raise], budget: int, minimum_x100: int) -> None:
        self.choice, self.ledger, self.terms, self.budget = choice, ledger, choice.terms, budget
        by_key: dict[str, list[Sequence[Raise]]] = {}
        for (key, _indicator), alternatives in _grouped(raises).items():
            by_key.setdefault(key, []).append(alternatives)
        self.items = choice.allowed
        self.entries = [ledger.entry(one) for one in self.items]
        self.shares = [Fraction(0) if not one.is_scored_stage else 1 - one.rejection for one in self.items]
        self.scale = lcm(1, *[share.denominator for share in self.shares])
        self.menus = [
            _Menu(by_key.get(one.key, []) if share else [], budget)
            for one, share in zip(self.items, self.shares, strict=True)
        ]
        self.region = _Menu(by_key.get(REGION, []), budget)
        self.locked = {one.key for one in choice.locked}
        self.usable = [
            [
                place
                for place, points in enumerate(menu.points)
                if one.key in self.locked or one.maturity_x100 + int(points) >= minimum_x100
            ]
            for one, menu in zip(self.items, self.menus, strict=True)
        ]
        self.dividing = [place for place, entry in enumerate(self.entries) if entry.divisor[0] and self.usable[place]]
        self.aside = [place for place in range(len(self.items)) if self._is_useful_aside(place)]

    def _is_useful_aside(self, place: int) -> bool:
        """Whether an item that does not enter the divisor counts, is locked, or may meet what the policy asks for."""
        one, policy = self.items[place], self.choice.policy
        if self.entries[place].divisor[0] or not self.usable[place]:
            return False
        is_asked = one.unit in policy.minimum_per_unit or bool(one.services & policy.service_quota.keys())
        return bool(self.entries[place].count[0]) or is_asked or one.key in self.locked

    @property
    def sends_all_aside(self) -> bool:
        """Whether everything outside the divisor can be sent at no loss: it only counts, and no number is limited."""
        return not self.aside or self.choice.policy.most is None

    @cached_property
    def asked(self) -> dict[str, int]:
        """How many innovations of the divisor a unit must send, after those outside it; empty where this is open."""
        if not self.sends_all_aside:
            return {}
        left = dict(self.choice.policy.minimum_per_unit)
        for place in self.aside:
            unit = self.items[place].unit
            if left.get(unit, 0) > 0:
                left[unit] -= 1
        return {unit: least for unit, least in left.items() if least > 0}

    def worth(self, place: int) -> NDArray[np.int64]:
        """The scaled points of an item with each of its sets of raises."""
        import numpy as np

        factor = int(self.shares[place] * self.scale)
        return (np.asarray(self.menus[place].points) + self.items[place].maturity_x100) * factor

    @cached_property
    def sizes(self) -> range:
        """The numbers of innovations that the divisor may hold."""
        least = self._order(self._net(0.0))[1]
        return range(least, len(self.dividing) + 1)

    @cached_property
    def _prices(self) -> list[float]:
        """Prices of effort (scaled points a unit) at which the Lagrangian is taken: any of them bounds."""
        import numpy as np

        steps = [
            np.diff(menu.points) / np.diff(menu.efforts) * self.scale
            for menu in (*self.menus, self.region)
            if len(menu.efforts) > 1
        ]
        if not steps:
            return [0.0]
        known = np.unique(np.round(np.concatenate(steps), 3))
        if len(known) > MOST_PRICES:
            known = np.unique(np.quantile(known, np.linspace(0, 1, MOST_PRICES)))
        return [0.0, *known.tolist()]

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scaled points and efforts of the dividing items (rows) with each usable set of raises (columns)."""
        import numpy as np

        width = max((len(self.usable[place]) for place in self.dividing), default=1)
        worth = np.full((len(self.dividing), width), -np.inf)
        efforts = np.zeros((len(self.dividing), width))
        for row, place in enumerate(self.dividing):
            usable = self.usable[place]
            worth[row, : len(usable)] = self.worth(place)[usable]
            efforts[row, : len(usable)] = self.menus[place].efforts[usable]
        return worth, efforts

    def _net(self, price: float) -> NDArray[np.float64]:
        """The best scaled points less the price of the effort, of each dividing item."""
        worth, efforts = self._table
        return (worth - price * efforts).max(axis=1) if self.dividing else worth[:, 0]

    def _order(self, net: NDArray[np.float64]) -> tuple[list[int], int]:
        """The dividing items in the order in which a plan takes them, and how many of them it must take.

        First those that are locked or that a unit must send, its best; then the best of the rest.
        """
        wanted = dict(self.asked)
        asked: list[int] = []
        rest: list[int] = []
        ranked = sorted(range(len(self.dividing)), key=lambda row: (not self._is_locked(row), -net[row]))
        for row in ranked:
            unit = self.items[self.dividing[row]].unit
            is_asked = self._is_locked(row) or wanted.get(unit, 0) > 0
            if wanted.get(unit, 0) > 0:
                wanted[unit] -= 1
            (asked if is_asked else rest).append(row)
        return [*asked, *sorted(rest, key=lambda row: -net[row])], len(asked)

    def _is_locked(self, row: int) -> bool:
        return self.items[self.dividing[row]].key in self.locked

    @cached_property
    def bounds(self) -> dict[int, float]:
        """More than this (hundredths of points) no plan with that many innovations in the divisor is worth."""
        return {size: bound for size, (bound, _price) in self._priced.items()}

    @cached_property
    def _priced(self) -> dict[int, tuple[float, float]]:
        """Per size the least bound, and the price of effort that gives it."""
        import numpy as np

        sizes = np.array(list(self.sizes))
        divisors = np.maximum(self.terms.divisor_minimum, sizes)
        count = np.array([self.count_most(int(size)) for size in sizes])
        best, at = np.full(len(sizes), np.inf), np.zeros(len(sizes))
        for price in self._prices:
            net = self._net(price)
            order, _asked = self._order(net)
            sums = np.concatenate(([0.0], np.cumsum(net[order])))
            region = (
                self.region.points[None, :] - price * self.region.efforts[None, :] / (divisors * self.scale)[:, None]
            )
            bound = (price * self.budget + sums[sizes]) / (divisors * self.scale) + region.max(axis=1) + count
            at = np.where(bound < best, price, at)
            best = np.minimum(best, bound)
        return {int(size): (float(b), float(a)) for size, b, a in zip(sizes, best, at, strict=True)}

    @cached_property
    def _can_count(self) -> bool:
        everything = 0
        for place in (*self.dividing, *self.aside):
            everything |= self.ledger.mask(self.items[place]) * self.entries[place].count[0]
        return everything.bit_count() >= self.terms.services_required

    def count_most(self, size: int) -> int:
        """The greatest count term that a plan of a size can have."""
        if not self._can_count:
            return 0
        aside = sum(self.entries[place].count[0] for place in self.aside)
        counting = sum(self.entries[place].count[0] for place in self.dividing)
        return self.terms.count_x100(aside + min(size, counting), self.terms.services_required)

    def incumbent(self) -> _Found | None:
        """A plan that the policy allows, from the Lagrangian and what the budget has left; None where there is none."""
        if not self.dividing:
            return None
        size = max(self.bounds, key=lambda size: (self.bounds[size], -size))
        worth, efforts = self._table
        rows = range(len(self.dividing))
        for price in [one for one in self._prices if one >= self._priced[size][1]] or [self._prices[-1]]:
            net = worth - price * efforts
            taken = {row: int(net[row].argmax()) for row in self._order(net.max(axis=1))[0][:size]}
            if sum(efforts[row, column] for row, column in taken.items()) <= self.budget:
                break
        else:
            taken = dict.fromkeys(sorted(rows, key=lambda row: -worth[row, 0])[:size], 0)
        self._spend(taken)
        chosen = [(self.dividing[row], self.usable[self.dividing[row]][column]) for row, column in taken.items()]
        chosen += [(place, 0) for place in self.aside]
        found = self.read(chosen, 0)
        sent = [self.items[place] for place, _option in chosen]
        is_within = sum(one.effort for one in found.raises) <= self.budget
        is_sound = self.locked <= {one.key for one in sent} and self.choice.permits(sent)
        return found if is_within and is_sound else None

    def _spend(self, taken: dict[int, int]) -> None:
        """Spend what is left of the budget on the plan's own innovations, the most points for the effort first."""
        import numpy as np

        worth, efforts = self._table
        while taken:
            left = self.budget - sum(efforts[row, column] for row, column in taken.items())
            best: tuple[float, int, int] | None = None
            for row, column in taken.items():
                more = efforts[row] - efforts[row, column]
                gain = worth[row] - worth[row, column]
                with np.errstate(divide="ignore", invalid="ignore"):
                    ratio = np.where((more > 0) & (more <= left) & (gain > 0), gain / more, 0.0)
                at = int(ratio.argmax())
                if ratio[at] > 0 and (best is None or ratio[at] > best[0]):
                    best = (float(ratio[at]), row, at)
            if best is None:
                return
            taken[best[1]] = best[2]

    def read(self, chosen: Sequence[tuple[int, int]], region_option: int, excess: Fraction = Fraction(0)) -> _Found:
        """The plan of chosen items with their sets of raises and one of the region's, valued exactly."""
        raises = [one for place, option in chosen for one in self.menus[place].raises_of(option)]
        raises += self.region.raises_of(region_option)
        gained: dict[str, int] = {}
        for one in raises:
            gained[one.key] = gained.get(one.key, 0) + one.points_x100
        sent = tuple(raised(self.items[place], gained) for place, _option in chosen)
        value = self.ledger.value(sent) + gained.get(REGION, 0)
        raises.sort(key=lambda one: (-one.points_x100, one.effort, one.key, one.indicator))
        return _Found(tuple(one.key for one in sent), tuple(raises), value, excess)

    def needed(self, best: _Found | None) -> list[list[int]]:
        """Per item the sets of raises that a plan better than the best one found can use, whatever its size."""
        if best is None:
            return self.usable
        kept: list[set[int]] = [set() for _ in self.items]
        for size in self.sizes:
            if self.bounds[size] >= float(best.value) - SLACK:
                for place, options in enumerate(self._kept(size, best.value)):
                    kept[place] |= set(options)
        return [sorted(options) for options in kept]

    def _kept(self, size: int, least: Fraction | None) -> list[list[int]]:
        """Per item the sets of raises that a plan worth at least `least` can use; the others are dropped by the bound.

        An item that the Lagrangian's plan takes gives up its own best; another one first has to take the place of one
        that the policy lets go: the last one taken freely, or one of its own unit.
        """
        if least is None or not self.dividing:
            return self.usable
        bound, price = self._priced[size]
        net = self._net(price)
        order, asked = self._order(net)
        inside = set(order[:size])
        freely = order[asked:size]
        last = float(net[freely[-1]]) if freely else float("inf")
        of_unit: dict[str, float] = {}
        for row in order[:asked]:
            unit = self.items[self.dividing[row]].unit
            if not self._is_locked(row):
                of_unit[unit] = min(of_unit.get(unit, float("inf")), float(net[row]))
        divisor = self.terms.divisor(size) * self.scale
        worth, efforts = self._table
        kept = [list(each) for each in self.usable]
        for row, place in enumerate(self.dividing):
            unit = self.items[place].unit
            given_up = float(net[row]) if row in inside else min(last, of_unit.get(unit, float("inf")))
            reached = bound + (worth[row] - price * efforts[row] - given_up) / divisor
            kept[place] = [
                option for column, option in enumerate(self.usable[place]) if reached[column] >= float(least) - SLACK
            ]
        return kept

    def solved(self, size: int, least: Fraction | None) -> _Found | None:
        """The best plan of a size; None where the policy allows none, or none that is worth `least`."""
        return _Integer(self, size, self._kept(size, least)).solution()


class _Integer:
    """The integer program of one size: one variable per item and set of raises, and those of the count term."""

    def __init__(self, program: _Program, size: int, kept: list[list[int]]) -> None:
        self.program, self.size = program, size
        self.options = [(place, option) for place in (*program.dividing, *program.aside) for option in kept[place]]
        self.codes = list(program.ledger.bits)
        self.first_region = len(self.options)
        self.counted = self.first_region + len(program.region.efforts)
        self.is_met = self.counted + 1
        self.first_code = self.counted + 2
        self.width = self.first_code + len(self.codes)
        self.rows: list[dict[int, float]] = []
        self.limits: list[tuple[float, float]] = []

    def _limit(self, parts: Mapping[int, float], least: float, most: float) -> None:
        self.rows.append(dict(parts))
        self.limits.append((least, most))

    def _of(self, kept: Set[int]) -> dict[int, float]:
        """Give the variables of the items at some places."""
        return {variable: 1.0 for variable, (place, _option) in enumerate(self.options) if place in kept}

    def _build(self) -> None:
        program, infinite = self.program, float("inf")
        items, entries, policy = list(enumerate(program.items)), program.entries, program.choice.policy
        by_item: dict[int, dict[int, float]] = {}
        for variable, (place, _option) in enumerate(self.options):
            by_item.setdefault(place, {})[variable] = 1.0
        for place in (*program.dividing, *program.aside):
            is_locked = program.items[place].key in program.locked
            self._limit(by_item.get(place, {}), 1 if is_locked else 0, 1)
        self._limit(self._of({place for place, _one in items if entries[place].divisor[0]}), self.size, self.size)
        efforts = {
            variable: float(program.menus[place].efforts[option])
            for variable, (place, option) in enumerate(self.options)
        }
        region = {self.first_region + n: float(effort) for n, effort in enumerate(program.region.efforts)}
        self._limit(efforts | region, 0, program.budget)
        self._limit(dict.fromkeys(region, 1.0), 1, 1)
        counts = {place for place, _one in items if entries[place].count[0]}
        counting = self._of(counts)
        self._limit({self.counted: 1.0, **dict.fromkeys(counting, -1.0)}, -infinite, 0)
        self._limit({self.counted: 1.0, self.is_met: -float(self._count_cap)}, -infinite, 0)
        needed = float(program.terms.services_required)
        covered = {self.first_code + n: -1.0 for n in range(len(self.codes))}
        self._limit({self.is_met: needed, **covered}, -infinite, 0)
        for number, code in enumerate(self.codes):
            covering = self._of({place for place, one in items if place in counts and code in one.services})
            self._limit({self.first_code + number: 1.0, **dict.fromkeys(covering, -1.0)}, -infinite, 0)
        for unit, least in policy.minimum_per_unit.items():
            self._limit(self._of({place for place, one in items if one.unit == unit}), least, infinite)
        for code, least in policy.service_quota.items():
            self._limit(self._of({place for place, one in items if code in one.services}), least, infinite)
        if policy.most is not None:
            self._limit(dict.fromkeys(range(len(self.options)), 1.0), 0, policy.most)

    @property
    def _count_cap(self) -> int:
        return min(self.program.terms.count_cap, len(self.program.items))

    def solution(self) -> _Found | None:
        """The best plan, None where there is none."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        self._build()
        program = self.program
        divisor = program.terms.divisor(self.size)
        gains = np.zeros(self.width)
        for variable, (place, option) in enumerate(self.options):
            gains[variable] = program.worth(place)[option]
        for number, points in enumerate(program.region.points):
            gains[self.first_region + number] = int(points) * divisor * program.scale
        gains[self.counted] = divisor * program.terms.count_weight_x100 * program.scale
        upper = np.ones(self.width)
        upper[self.counted] = self._count_cap
        cells = [(row, column, factor) for row, parts in enumerate(self.rows) for column, factor in parts.items()]
        rows, columns, factors = zip(*cells, strict=True)
        matrix = csr_array((factors, (rows, columns)), shape=(len(self.rows), self.width))
        floors, ceilings = zip(*self.limits, strict=True)
        solved = milp(
            -gains,
            integrality=np.ones(self.width, dtype=np.uint8),
            bounds=Bounds(np.zeros(self.width), upper),
            constraints=LinearConstraint(matrix, floors, ceilings),
            options={"mip_rel_gap": 0.0, "time_limit": 60.0},
        )
        return None if solved.x is None else self._read(solved.x, solved.mip_dual_bound)

    def _read(self, values: NDArray[np.float64], bound: float) -> _Found:
        program = self.program
        chosen = [pair for pair, value in zip(self.options, values, strict=False) if round(value)]
        region = next(n for n in range(len(program.region.efforts)) if round(values[self.first_region + n]))
        found = program.read(chosen, region)
        whole = program.terms.divisor(self.size) * program.scale
        excess = max(0, floor(-bound + 1e-4) - int(found.value * whole))
        return _Found(found.sent, found.raises, found.value, Fraction(excess, whole))


NOTHING = -(10**15)
"""The value of a state that no choice leads to."""

HELD = -1

MOST_CELLS = 250_000_000
"""Above so many choices to be remembered (items x units' minimum x numbers x efforts) the integer program decides."""


class _Table:
    """Dynamic programming over the items: the greatest sum of scaled points by number in the divisor and effort.

    Units that must send a number are gone through one by one, with how many of theirs have been taken as a further
    state. Services and quotas are no states: a plan that breaks them is left to the integer program.
    """

    def __init__(self, program: _Program, kept: list[list[int]], most: int) -> None:
        import numpy as np

        self.kept, self.most, self.budget = kept, most, program.budget
        self.groups: list[list[tuple[int, NDArray[np.int8 | np.int16]]]] = []
        state = np.full((most + 1, program.budget + 1), NOTHING, dtype=np.int64)
        state[0, 0] = 0
        for least, places in self._units(program):
            layers = np.full((least + 1, *state.shape), NOTHING, dtype=np.int64)
            layers[0] = state
            self.groups.append([])
            for place in places:
                layers = self._taken(program, place, layers)
            state = layers[least]
        self.state = np.maximum.accumulate(state, axis=1)
        self.exact = state

    @classmethod
    def of(cls, program: _Program, best: _Found | None) -> _Table | None:
        """The table; None where a limit makes those inside and outside the divisor compete, or it is too large."""
        if not program.sends_all_aside or not program.dividing:
            return None
        sizes = [size for size in program.sizes if best is None or program.bounds[size] >= float(best.value) - SLACK]
        layers = 1 + max(program.asked.values(), default=0)
        most = max(sizes, default=0)
        if len(program.dividing) * layers * (most + 1) * (program.budget + 1) > MOST_CELLS:
            return None
        return cls(program, program.needed(best), most)

    @staticmethod
    def _units(program: _Program) -> list[tuple[int, list[int]]]:
        """The items of each unit that must send some, with how many; then all others, of whom none must."""
        groups: dict[str, list[int]] = {unit: [] for unit in program.asked}
        rest: list[int] = []
        for place in program.dividing:
            groups.get(program.items[place].unit, rest).append(place)
        return [*((program.asked[unit], places) for unit, places in groups.items()), (0, rest)]

    def _taken(self, program: _Program, place: int, layers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The states after one more item.

        What was chosen in each is remembered: held, or the set of raises and whether it filled a place that its unit
        owed.
        """
        import numpy as np

        is_locked = program.items[place].key in program.locked
        after = np.full_like(layers, NOTHING) if is_locked else layers.copy()
        options = self.kept[place]
        kind = np.int8 if 2 * len(options) < np.iinfo(np.int8).max else np.int16
        chosen = np.full(layers.shape, HELD, dtype=kind)
        least = layers.shape[0] - 1
        worth = program.worth(place)
        for number, option in enumerate(options):
            effort = int(program.menus[place].efforts[option])
            if effort > self.budget:
                continue
            for level in range(least + 1):
                source = layers[level, :-1, : self.budget + 1 - effort] + int(worth[option])
                to = min(level + 1, least)
                target = after[to, 1:, effort:]
                better = (source > target) & (source >= 0)
                np.copyto(target, source, where=better)
                np.copyto(chosen[to, 1:, effort:], 2 * number + (level < least), where=better)
        self.groups[-1].append((place, chosen))
        return after

    def bounds(self, program: _Program) -> dict[int, float]:
        """More than this (hundredths of points) no plan of a size is worth."""
        return {
            size: float(value) + program.count_most(size)
            for size in range(self.most + 1)
            if size in program.sizes and (value := self._best(program, size)[0]) is not None
        }

    def _best(self, program: _Program, size: int) -> tuple[Fraction | None, int]:
        """The greatest points of mean and SPD of a size, and the region's set of raises; None where there is none."""
        divisor = program.terms.divisor(size)
        best: Fraction | None = None
        at = 0
        for number, (effort, points) in enumerate(zip(program.region.efforts, program.region.points, strict=True)):
            if effort > self.budget or self.state[size, self.budget - effort] < 0:
                continue
            value = Fraction(int(self.state[size, self.budget - effort]), divisor * program.scale) + int(points)
            if best is None or value > best:
                best, at = value, number
        return best, at

    def plan(self, program: _Program, size: int) -> _Found | None:
        """The best plan of a size; None where it breaks the policy or misses the count term that its bound holds."""
        best, region = self._best(program, size)
        if best is None:
            return None
        left = self.budget - int(program.region.efforts[region])
        effort = int((self.exact[size, : left + 1] == self.state[size, left]).argmax())
        chosen = [*self._chosen(program, size, effort), *((place, 0) for place in program.aside)]
        found = program.read(chosen, region)
        sent = [program.items[place] for place, _option in chosen]
        if not program.choice.permits(sent) or found.value != best + program.count_most(size):
            return None
        return found

    def _chosen(self, program: _Program, number: int, effort: int) -> list[tuple[int, int]]:
        """The items and their sets of raises that led to a state, read back from the last item to the first."""
        chosen = []
        for group in reversed(self.groups):
            level = group[-1][1].shape[0] - 1 if group else 0
            for place, made in reversed(group):
                code = int(made[level, number, effort])
                if code == HELD:
                    continue
                option = self.kept[place][code // 2]
                chosen.append((place, option))
                number -= 1
                level -= code % 2
                effort -= int(program.menus[place].efforts[option])
        return chosen


def raised(candidate: Candidate, gained_x100: Mapping[str, int]) -> Candidate:
    """A candidate after its raises."""
    return Candidate(
        candidate.key,
        candidate.maturity_x100 + gained_x100.get(candidate.key, 0),
        candidate.services,
        candidate.unit,
        candidate.rejection,
        candidate.is_scored_stage,
    )
