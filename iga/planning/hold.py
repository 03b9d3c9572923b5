"""Decides which innovations to submit and which to hold, so that the expected index is greatest under stated policies.

An innovation lifts the index by its maturity and by the count term, and lowers it through the divisor. If rejected, it
brings no maturity, and the switches of the rulebook say whether it still enters the divisor and the count. Rejections
are independent. Where they cannot change divisor and count (none expected, or rejected ones stay in both), the best set
is found exactly: for each divisor an integer program over what is left to choose, in the order of an upper bound.
Otherwise few candidates are tried exhaustively, and for many the bound comes from all numbers of innovations per
probability with the basic-service rule taken as met. Where rejected ones stay in the divisor (2026 as assumed), what
this leaves open is closed by branch and bound (iga/planning/uncertain.py); else it is shown as a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, product
from math import floor, lcm
from typing import TYPE_CHECKING

from iga.planning.candidates import (
    RESOLUTION,
    Candidate,
    Choice,
    Kind,
    Ledger,
    Policy,
    entering_pmf,
    expected_index,
)
from iga.planning.single_valued_rules import PlanImpossible, Terms
from iga.planning.uncertain import closed, has_certain_divisor

__all__ = ["HoldPlan", "expected_index", "policy_costs", "submit_or_hold"]

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXHAUSTIVE = 10
"""Up to so many free candidates every set is tried where rejections change divisor or count."""

MOST_RATES = 3
"""With more different rejection probabilities the bound is not computed by numbers per probability."""


@dataclass(frozen=True)
class HoldPlan:
    """The best set to send, its expected index (not rounded), the bound, and what each innovation brings.

    `marginal` is, per candidate, the expected index with it minus without it, all others as planned: below zero for
    what is rightly held. `break_even_x100` is the maturity (hundredths) from which one more innovation would pay,
    None where the divisor does not grow with it. `gap` is how far above the plan any set could at most lie.
    """

    sent: tuple[str, ...]
    held: tuple[str, ...]
    index: Fraction
    index_all_sent: Fraction
    gap: Fraction
    marginal: Mapping[str, Fraction]
    break_even_x100: Fraction | None

    @property
    def is_proved(self) -> bool:
        """Whether no set can lie above the plan by more than the resolution."""
        return self.gap <= RESOLUTION


def submit_or_hold(
    candidates: Sequence[Candidate], spd_x100: int, terms: Terms, policy: Policy | None = None
) -> HoldPlan:
    """The set of innovations of greatest expected index that the policy allows.

    Raises PlanImpossible when no set satisfies the policy.
    """
    ledger = Ledger(terms)
    choice = Choice(tuple(sorted(candidates, key=lambda one: (-one.maturity_x100, one.key))), terms, policy or Policy())
    if ledger.is_certain(choice.allowed):
        sent, gap = _certain_best(choice, ledger)
    elif len(choice.free) <= EXHAUSTIVE:
        sent, gap = _tried_best(choice, ledger), Fraction(0)
    else:
        sent, gap = _uncertain_best(choice, ledger)
    value = ledger.value(sent)
    chosen = {one.key for one in sent}
    return HoldPlan(
        sent=tuple(one.key for one in sent),
        held=tuple(one.key for one in choice.candidates if one.key not in chosen),
        index=terms.index(spd_x100 + value),
        index_all_sent=terms.index(spd_x100 + ledger.value(choice.candidates)),
        gap=terms.index(gap),
        marginal=_marginals(choice.candidates, sent, ledger, terms),
        break_even_x100=_break_even(sent, ledger),
    )


def policy_costs(
    candidates: Sequence[Candidate], spd_x100: int, terms: Terms, policies: Mapping[str, Policy]
) -> dict[str, Fraction | None]:
    """What each policy costs alone: the best expected index without any policy minus the best under it.

    None where no set satisfies the policy.
    """
    free = submit_or_hold(candidates, spd_x100, terms).index
    costs: dict[str, Fraction | None] = {}
    for name, policy in policies.items():
        try:
            costs[name] = free - submit_or_hold(candidates, spd_x100, terms, policy).index
        except PlanImpossible:
            costs[name] = None
    return costs


def _tried_best(choice: Choice, ledger: Ledger) -> tuple[Candidate, ...]:
    """The best of all sets; of equal ones the smallest, then the first."""
    best: tuple[Fraction, int] | None = None
    found: tuple[Candidate, ...] = ()
    for sent in _subsets(choice):
        if choice.permits(sent):
            rank = (ledger.value(sent), -len(sent))
            if best is None or rank[0] > best[0] + Fraction(1, 10**9) or (rank[0] >= best[0] and rank[1] > best[1]):
                best, found = rank, sent
    if best is None:
        raise choice.refuse()
    return found


def _subsets(choice: Choice) -> Iterator[tuple[Candidate, ...]]:
    for taken in product((False, True), repeat=len(choice.free)):
        yield (*choice.locked, *(one for one, is_in in zip(choice.free, taken, strict=True) if is_in))


def _certain_best(choice: Choice, ledger: Ledger) -> tuple[tuple[Candidate, ...], Fraction]:
    """The best set where divisor and count are certain, and how far any other could lie above it."""
    programs = _FixedDivisor(choice, ledger)
    bounds = sorted(((programs.bound(size), size) for size in programs.sizes), key=lambda pair: (-pair[0], pair[1]))
    best: Fraction | None = None
    found: tuple[Candidate, ...] = ()
    gap = Fraction(0)
    for bound, size in bounds:
        if best is not None and bound <= best:
            break
        sent, excess = programs.best(size)
        if sent is None:
            continue
        gap = max(gap, excess)
        value = ledger.value(sent)
        if best is None or value > best:
            best, found = value, sent
    if best is None:
        raise choice.refuse()
    return found, gap


class _FixedDivisor:
    """The best set among those with one number of innovations in the divisor."""

    def __init__(self, choice: Choice, ledger: Ledger) -> None:
        self.choice, self.ledger, self.terms = choice, ledger, choice.terms
        self.entries = {one.key: ledger.entry(one) for one in choice.allowed}
        self.scale = lcm(1, *[ledger.points(one).denominator for one in choice.allowed])
        self.dividing = [one for one in choice.allowed if self.entries[one.key].divisor[0]]
        self.aside = [one for one in choice.free if not self.entries[one.key].divisor[0]]
        self.least_locked = sum(1 for one in choice.locked if self.entries[one.key].divisor[0])
        demanded = sum(choice.policy.minimum_per_unit.values()) - len(choice.allowed) + len(self.dividing)
        self.least = max(self.least_locked, demanded)
        everything = 0
        for one in choice.allowed:
            everything |= ledger.mask(one) * self.entries[one.key].count[0]
        self.can_count = everything.bit_count() >= self.terms.services_required

    @property
    def sizes(self) -> range:
        """The numbers of innovations that the divisor may hold."""
        return range(self.least, len(self.dividing) + 1)

    def bound(self, size: int) -> Fraction:
        """More than this no set of that size can be worth."""
        points = self._sums[size - self.least_locked] / self.terms.divisor(size)
        most = self._counted_aside + min(size, self._counted_dividing)
        return points + (self.terms.count_x100(most, self.terms.services_required) if self.can_count else 0)

    @cached_property
    def _sums(self) -> list[Fraction]:
        """The expected maturity of what is locked with the first 0, 1, 2, ... of what is free."""
        locked = sum((self.ledger.points(one) for one in self.choice.locked), Fraction(0))
        return list(accumulate((self.ledger.points(one) for one in self._by_points), initial=locked))

    @cached_property
    def _counted_dividing(self) -> int:
        return sum(self.entries[one.key].count[0] for one in self.dividing)

    @cached_property
    def _counted_aside(self) -> int:
        return sum(entry.count[0] for entry in self.entries.values()) - self._counted_dividing

    @cached_property
    def _by_points(self) -> list[Candidate]:
        free = [one for one in self.dividing if one.key not in self.choice.policy.locked]
        return sorted(free, key=lambda one: (-self.ledger.points(one), one.key))

    def _greedy(self, size: int) -> tuple[Candidate, ...]:
        """What is locked, the greatest expected maturities, and what counts without entering the divisor."""
        helpful = [one for one in self.aside if self.entries[one.key].count[0]]
        return (*self.choice.locked, *self._by_points[: size - self.least_locked], *helpful)

    def best(self, size: int) -> tuple[tuple[Candidate, ...] | None, Fraction]:
        """The best set of a size, or None, and what its proof leaves open (0 as a rule)."""
        sent = self._greedy(size)
        if self.ledger.value(sent) == self.bound(size) and self.choice.permits(sent):
            return sent, Fraction(0)
        return self._solved(size)

    def _solved(self, size: int) -> tuple[tuple[Candidate, ...] | None, Fraction]:
        """The integer program: which to send, how many count (one variable), which services are covered."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        allowed, codes = self.choice.allowed, list(self.ledger.bits)
        width = len(allowed) + 2 + len(codes)
        counted, is_met, first_code = len(allowed), len(allowed) + 1, len(allowed) + 2
        divisor, weight = self.terms.divisor(size), self.terms.count_weight_x100
        cost = np.zeros(width)
        cost[: len(allowed)] = [-int(self.ledger.points(one) * self.scale) for one in allowed]
        cost[counted] = -divisor * weight * self.scale
        upper = np.ones(width)
        upper[counted] = min(self.terms.count_cap, len(allowed))
        lower = np.zeros(width)
        lower[: len(self.choice.locked)] = 1
        rows, floors, ceilings = [], [], []

        def constrain(parts: Mapping[int, float], least: float, most: float) -> None:
            row = np.zeros(width)
            for place, factor in parts.items():
                row[place] = factor
            rows.append(row)
            floors.append(least)
            ceilings.append(most)

        places = {one.key: place for place, one in enumerate(allowed)}
        constrain({places[one.key]: 1 for one in self.dividing}, size, size)
        counting = {places[one.key]: -1 for one in allowed if self.entries[one.key].count[0]}
        constrain({counted: 1, **counting}, -np.inf, 0)
        constrain({counted: 1, is_met: -upper[counted]}, -np.inf, 0)
        constrain({is_met: self.terms.services_required, **{first_code + n: -1 for n in range(len(codes))}}, -np.inf, 0)
        for number, code in enumerate(codes):
            covering = {p: f for p, f in counting.items() if code in allowed[p].services}
            constrain({first_code + number: 1, **covering}, -np.inf, 0)
        for parts, least in self._policy_rows(places):
            constrain(parts, least, np.inf)
        if self.choice.policy.most is not None:
            constrain(dict.fromkeys(places.values(), 1), 0, self.choice.policy.most)
        solved = milp(
            cost,
            integrality=np.ones(width, dtype=np.uint8),
            bounds=Bounds(lower, upper),
            constraints=LinearConstraint(np.array(rows), floors, ceilings),
            options={"mip_rel_gap": 0.0, "time_limit": 60.0},
        )
        if solved.x is None:
            return None, Fraction(0)
        sent = tuple(one for one, is_in in zip(allowed, solved.x, strict=False) if round(is_in))
        # The objective is whole, so a bound less than one above the value found proves it.
        found = self.ledger.value(sent) * divisor * self.scale
        excess = max(0, floor(-solved.mip_dual_bound + 1e-5) - int(found))
        return sent, Fraction(excess, divisor * self.scale)

    def _policy_rows(self, places: Mapping[str, int]) -> Iterator[tuple[dict[int, float], int]]:
        allowed = self.choice.allowed
        for unit, least in self.choice.policy.minimum_per_unit.items():
            yield {places[one.key]: 1 for one in allowed if one.unit == unit}, least
        for code, least in self.choice.policy.service_quota.items():
            yield {places[one.key]: 1 for one in allowed if code in one.services}, least


def _uncertain_best(choice: Choice, ledger: Ledger) -> tuple[tuple[Candidate, ...], Fraction]:
    """The best set where rejections change what is counted: bounded by numbers per probability, then searched."""
    can_search = has_certain_divisor(choice, ledger)
    try:
        sent, gap = _bounded_best(choice, ledger)
    except PlanImpossible:
        # Too many different probabilities, or no set that a simple repair finds: the search needs neither.
        if not can_search:
            raise
        return closed(choice, ledger, None, None)
    is_open = choice.terms.index(gap) > RESOLUTION
    return closed(choice, ledger, sent, gap) if is_open and can_search else (sent, gap)


def _bounded_best(choice: Choice, ledger: Ledger) -> tuple[tuple[Candidate, ...], Fraction]:
    """A good set where rejections change divisor or count, and how far any other could lie above it."""
    sent, bound = _best_by_rates(choice, ledger)
    if not choice.permits(sent):
        sent = _repaired(choice, sent)
    best = _climbed(choice, ledger, sent)
    return best, max(Fraction(0), bound - ledger.value(best))


def _climbed(choice: Choice, ledger: Ledger, sent: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The set after single changes, each the best one at its time, for as long as they bring anything."""
    value = ledger.value(sent)
    while True:
        changed = [other for other in _neighbours(choice, ledger, sent) if choice.permits(other)]
        best = max(changed, key=ledger.value, default=sent)
        gained = ledger.value(best) - value
        if gained <= Fraction(1, 10**9):
            return sent
        sent, value = best, value + gained


def _neighbours(choice: Choice, ledger: Ledger, sent: tuple[Candidate, ...]) -> Iterator[tuple[Candidate, ...]]:
    """Per kind and unit policy: the set with the most mature held one more, and with the least mature sent one less."""
    chosen = {one.key for one in sent}
    bound_to_unit = choice.policy.minimum_per_unit
    seen: set[tuple[Kind, str]] = set()
    for one in choice.free:
        kind = (ledger.kind(one), one.unit if one.unit in bound_to_unit else "")
        if one.key not in chosen and kind not in seen:
            seen.add(kind)
            yield (*sent, one)
    seen.clear()
    for one in reversed(choice.free):
        kind = (ledger.kind(one), one.unit if one.unit in bound_to_unit else "")
        if one.key in chosen and kind not in seen:
            seen.add(kind)
            yield tuple(other for other in sent if other.key != one.key)


def _repaired(choice: Choice, sent: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The set with what the policy lacks added: the most mature of each unit and service."""
    chosen = {one.key: one for one in sent}
    waiting = [(("unit", unit), least) for unit, least in choice.policy.minimum_per_unit.items()]
    waiting += [(("service", code), least) for code, least in choice.policy.service_quota.items()]
    for (what, name), least in waiting:
        fitting = [one for one in choice.free if (one.unit == name if what == "unit" else name in one.services)]
        there = sum(1 for one in chosen.values() if (one.unit == name if what == "unit" else name in one.services))
        for one in [one for one in fitting if one.key not in chosen][: max(0, least - there)]:
            chosen[one.key] = one
    repaired = tuple(chosen.values())
    if not choice.permits(repaired):
        raise choice.refuse()
    return repaired


def _best_by_rates(choice: Choice, ledger: Ledger) -> tuple[tuple[Candidate, ...], Fraction]:
    """The best set if the basic-service rule were met as far as it can be, and its value there: a bound for all sets.

    Candidates of one rejection probability are taken by maturity, so that only their numbers are open.
    """
    relaxed = Ledger(replace(ledger.terms, services_required=0))
    # Whatever is rejected, a larger set counts and covers no less: no set has a greater count term than all together.
    most = ledger.count_points(choice.allowed)
    groups = _by_rate(choice)
    if len(groups) > MOST_RATES:
        raise PlanImpossible(
            "there are {count} different probabilities of rejection; the plan is exact for up to {most}.",
            place="rejection",
            fix="Round them to classes, such as low, middle and high.",
            count=len(groups),
            most=MOST_RATES,
        )
    ranges = [range(locked, len(group) + 1) for locked, group in groups]
    best: tuple[float, tuple[int, ...]] | None = None
    table = _RateTable(relaxed, [group for _, group in groups], most)
    for numbers in product(*ranges):
        if choice.policy.most is not None and sum(numbers) > choice.policy.most:
            continue
        value = table.value(numbers)
        if best is None or value > best[0]:
            best = (value, numbers)
    if best is None:
        raise choice.refuse()
    sent = tuple(one for number, (_, group) in zip(best[1], groups, strict=True) for one in group[:number])
    return sent, Fraction(best[0])


def _by_rate(choice: Choice) -> list[tuple[int, tuple[Candidate, ...]]]:
    """Candidates by probability and stage: how many are locked, and all of them, locked ones first."""
    grouped: dict[tuple[Fraction, bool], list[Candidate]] = {}
    for one in choice.allowed:
        grouped.setdefault((one.rejection, one.is_scored_stage), []).append(one)
    return [
        (sum(1 for one in group if one.key in choice.policy.locked), tuple(group))
        for _, group in sorted(grouped.items())
    ]


class _RateTable:
    """Values of all numbers per probability, in double precision, from binomials computed once."""

    def __init__(self, ledger: Ledger, groups: Sequence[Sequence[Candidate]], most: float) -> None:
        import numpy as np

        self.ledger, self.groups, self.most = ledger, groups, most
        self.entries = [ledger.entry(group[0]) for group in groups]
        self.sums = [
            np.concatenate(([0.0], np.cumsum([float(one.maturity_x100 * one.is_scored_stage) for one in group])))
            for group in groups
        ]

    def value(self, numbers: tuple[int, ...]) -> float:
        """The expected points of taking the first so many of each group."""
        import numpy as np

        terms = self.ledger.terms
        total = 0.0
        for place, number in enumerate(numbers):
            if not number or not self.sums[place][number]:
                continue
            others = self._pmf(tuple(n - (p == place) for p, n in enumerate(numbers)), "divisor")
            entering = np.arange(len(others)) + self.entries[place].divisor[0]
            share = float((others / terms.divisors(entering)).sum())
            total += float(self.sums[place][number]) * float(1 - self.groups[place][0].rejection) * share
        counted = self._pmf(numbers, "count")
        points = terms.counts_x100(np.arange(len(counted)))
        return total + min(self.most, float((counted * points).sum()))

    def _pmf(self, numbers: tuple[int, ...], what: str) -> NDArray[np.float64]:
        import numpy as np

        pmf = np.ones(1)
        for place, number in enumerate(numbers):
            entering = getattr(self.entries[place], what)
            pmf = np.convolve(pmf, self._one(place, number, entering))
        return pmf

    def _one(self, place: int, number: int, entering: tuple[int, int]) -> NDArray[np.float64]:
        key = (place, number, entering)
        if key not in self._known:
            self._known[key] = entering_pmf(float(self.groups[place][0].rejection), number, entering)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[int, int, tuple[int, int]], NDArray[np.float64]]:
        return {}


def _marginals(
    candidates: Sequence[Candidate], sent: Sequence[Candidate], ledger: Ledger, terms: Terms
) -> dict[str, Fraction]:
    """Per candidate: the expected index with it minus without it."""
    chosen = {one.key for one in sent}
    value = ledger.value(tuple(sent))
    tally = ledger.tally(sent) if ledger.is_certain(candidates) else None
    found = {}
    for one in candidates:
        times = -1 if one.key in chosen else 1
        if tally is not None:
            tally.add(one, ledger, times)
            other = tally.value(terms)
            tally.add(one, ledger, -times)
        else:
            changed = (*sent, one) if times == 1 else tuple(kept for kept in sent if kept.key != one.key)
            other = ledger.value(changed)
        found[one.key] = terms.index(times * (other - value))
    return found


def _break_even(sent: Sequence[Candidate], ledger: Ledger) -> Fraction | None:
    """The maturity from which one more innovation, sure to be accepted, lifts the expected index."""
    more = Candidate("\0one more", 0)
    value = ledger.value(tuple(sent))
    nothing = ledger.value((*sent, more))
    gain = ledger.value((*sent, replace(more, maturity_x100=100))) - nothing
    return max(Fraction(0), (value - nothing) * 100 / gain) if gain else None
