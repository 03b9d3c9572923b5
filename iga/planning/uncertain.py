"""Closes the gap of submit or hold where rejections change only what is counted, by branch and bound over classes.

Candidates of one class have the same probability of rejection, basic services and unit, so that the most mature of them
go first and only their numbers are open. A node holds a least and a greatest number per class. The services that the
greatest numbers would cover bound from above how likely the basic-service rule is met, and so what each innovation
that is counted can be worth; with this the best set of any size is found by sorting. Where the greatest numbers are the
chosen ones the bound is exact as long as the cap of the count does not bind; a box of one set is valued as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from iga.planning.candidates import RESOLUTION, Candidate, Choice, Ledger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_SET = Fraction(-1)
"""Below the value of any set."""

MOST_NODES, MOST_WORK = 1500, 8_000_000
"""After so many nodes, or nodes times innovations squared, the search ends, and what is left open is the gap."""


def has_certain_divisor(choice: Choice, ledger: Ledger) -> bool:
    """Whether no rejection changes the divisor, and no limit makes those outside it compete with those inside."""
    entries = [ledger.entry(one) for one in choice.allowed]
    is_certain = all(one.divisor[0] == one.divisor[1] for one in entries)
    is_all_inside = all(one.divisor[0] for one in entries)
    return is_certain and (is_all_inside or choice.policy.most is None)


def closed(
    choice: Choice, ledger: Ledger, sent: tuple[Candidate, ...] | None, gap: Fraction | None
) -> tuple[tuple[Candidate, ...], Fraction]:
    """The best set and what its proof leaves open, from a set at hand and its gap (hundredths of points), if any.

    Raises PlanImpossible when no set satisfies the policy.
    """
    return _Search(choice, ledger, sent, gap).run()


@dataclass(frozen=True)
class _Class:
    """Free candidates that differ in maturity only, the most mature first; how likely each is counted."""

    members: tuple[Candidate, ...]
    mask: int
    entering: float
    unit: str


@dataclass(frozen=True, order=True)
class _Node:
    """A box of numbers per class, the greater bound first; `sizes` are the numbers in the divisor worth looking at."""

    bound: float
    number: int
    least: tuple[int, ...]
    most: tuple[int, ...]
    taken: tuple[int, ...]
    sizes: tuple[int, ...]


class _Search:
    def __init__(
        self, choice: Choice, ledger: Ledger, sent: tuple[Candidate, ...] | None, gap: Fraction | None
    ) -> None:
        self.choice, self.ledger, self.terms = choice, ledger, choice.terms
        inside = [one for one in choice.free if ledger.entry(one).divisor[0]]
        aside = [one for one in choice.free if not ledger.entry(one).divisor[0]]
        # What does not enter the divisor can only count or meet a policy: it is sent, at no loss.
        self.base = (*choice.locked, *(one for one in aside if self._helps(one)))
        grouped: dict[tuple[Fraction, int, str, frozenset[str], bool], list[Candidate]] = {}
        for one in inside:
            unit = one.unit if one.unit in choice.policy.minimum_per_unit else ""
            asked = frozenset(one.services & choice.policy.service_quota.keys())
            grouped.setdefault((one.rejection, ledger.mask(one), unit, asked, one.is_scored_stage), []).append(one)
        self.classes = [
            _Class(tuple(members), key[1], self._entering(members[0]), key[2]) for key, members in grouped.items()
        ]
        self.sent, self.value = sent, NO_SET if sent is None else ledger.value(sent)
        self.start = float("inf") if gap is None else float(self.value + gap)
        self.dropped = 0.0
        self.tolerance = float(RESOLUTION * self.terms.total_maximum_x100 / 100) / 2

    def _helps(self, one: Candidate) -> bool:
        policy = self.choice.policy
        return bool(
            self._entering(one) > 0 or one.unit in policy.minimum_per_unit or one.services & policy.service_quota.keys()
        )

    def _entering(self, one: Candidate) -> float:
        accepted, rejected = self.ledger.entry(one).count
        return float(accepted * (1 - one.rejection) + rejected * one.rejection)

    @cached_property
    def _inside_base(self) -> int:
        return sum(self.ledger.entry(one).divisor[0] for one in self.base)

    def run(self) -> tuple[tuple[Candidate, ...], Fraction]:
        """Search the boxes, that of the greatest bound first, until none can hold a better set."""
        whole = tuple(len(one.members) for one in self.classes)
        limit = self.choice.policy.most
        room = sum(whole) if limit is None else min(sum(whole), limit - len(self.base))
        heap: list[_Node] = []
        self._push(heap, (0,) * len(whole), whole, tuple(range(room + 1)))
        nodes, limit = 0, min(MOST_NODES, MOST_WORK // max(1, sum(whole)) ** 2)
        while heap and -heap[0].bound > float(self.value) + self.tolerance and nodes < limit:
            node = heappop(heap)
            nodes += 1
            at = self._split(node)
            if at is None:
                # The bound cannot be tightened further by services: it stands as what is left open.
                heappush(heap, node)
                break
            cut = min(node.taken[at], node.most[at] - 1)
            fewer = tuple(cut if place == at else most for place, most in enumerate(node.most))
            more = tuple(cut + 1 if place == at else least for place, least in enumerate(node.least))
            self._push(heap, node.least, fewer, node.sizes)
            self._push(heap, more, node.most, node.sizes)
        if self.sent is None:
            raise self.choice.refuse()
        open_bound = min(self.start, max(self.dropped, -heap[0].bound if heap else 0.0))
        return self.sent, max(Fraction(0), Fraction(open_bound) - self.value)

    def _push(self, heap: list[_Node], least: tuple[int, ...], most: tuple[int, ...], sizes: tuple[int, ...]) -> None:
        if not self._is_feasible(most):
            return
        kept = tuple(size for size in sizes if sum(least) <= size <= sum(most))
        if not kept:
            return
        if least == most:
            self._try(least)
            return
        bounds, taken = self._bounds(least, most, kept)
        top = int(bounds.argmax())
        self._try(taken)
        self.dropped = max([self.dropped, *(b for b in bounds.tolist() if b <= float(self.value) + self.tolerance)])
        if bounds[top] <= float(self.value) + self.tolerance:
            return
        worth = tuple(
            size for size, bound in zip(kept, bounds, strict=True) if bound > float(self.value) + self.tolerance
        )
        heappush(heap, _Node(-float(bounds[top]), len(heap), least, most, taken, worth))

    def _set(self, numbers: Sequence[int]) -> tuple[Candidate, ...]:
        chosen = [one for each, number in zip(self.classes, numbers, strict=True) for one in each.members[:number]]
        return (*self.base, *chosen)

    def _is_feasible(self, most: Sequence[int]) -> bool:
        """Whether the policy can be met with the greatest numbers (how many are sent is held by the sizes)."""
        return not any(True for _ in self._lacking(self._set(most)))

    def _lacking(self, sent: Sequence[Candidate]) -> Iterator[tuple[str, str]]:
        """What a set lacks of the units' and the services' minima."""
        policy = self.choice.policy
        for unit, least in policy.minimum_per_unit.items():
            if sum(one.unit == unit for one in sent) < least:
                yield "unit", unit
        for code, least in policy.service_quota.items():
            if sum(code in one.services for one in sent) < least:
                yield "service", code

    def _try(self, numbers: Sequence[int]) -> None:
        found = self._set(numbers)
        if self.choice.permits(found):
            value = self.ledger.value(found)
            if value > self.value:
                self.sent, self.value = found, value

    def _split(self, node: _Node) -> int | None:
        """The class whose numbers to part: one that the policy asks for, else the one that loosens the bound most."""
        for what, name in self._lacking(self._set(node.taken)):
            for place, one in enumerate(self.classes):
                fits = one.unit == name if what == "unit" else name in one.members[0].services
                if fits and node.taken[place] < node.most[place]:
                    return place
        loose = [
            ((1 - one.entering) ** taken - (1 - one.entering) ** most if one.mask else 0.0, -place)
            for place, (one, taken, most) in enumerate(zip(self.classes, node.taken, node.most, strict=True))
        ]
        best = max(loose, default=(0.0, 0))
        if best[0] > 0:
            return -best[1]
        # Services are as sure as they can be; the numbers themselves are parted until the box is one set.
        wide = [place for place, (low, high) in enumerate(zip(node.least, node.most, strict=True)) if low < high]
        return max(wide, key=lambda place: node.most[place] - node.least[place]) if wide else None

    def _bounds(
        self, least: Sequence[int], most: Sequence[int], sizes: Sequence[int]
    ) -> tuple[NDArray[np.float64], tuple[int, ...]]:
        """Per size more than any set of the box is worth (hundredths of points), and the numbers of the best one."""
        import numpy as np

        met, met_with = self._met(most)
        weight, cap = self.terms.count_weight_x100, self.terms.count_cap
        points, gains, owner, forced = [], [], [], []
        for place, one in enumerate(self.classes):
            for position in range(most[place]):
                points.append(float(self.ledger.points(one.members[position])))
                gains.append(weight * one.entering * met_with[one.mask])
                owner.append(place)
                forced.append(position < least[place])
        base_points = sum(float(self.ledger.points(one)) for one in self.base)
        base_gain = sum(weight * self._entering(one) * met_with[self.ledger.mask(one)] for one in self.base)
        divisors = np.maximum(self.terms.divisor_minimum, np.array(sizes) + self._inside_base).astype(float)
        worth, gain, must = np.array(points, dtype=float), np.array(gains, dtype=float), np.array(forced, dtype=bool)
        number = int(must.sum())
        free_count = np.array(sizes) - number
        values = worth[None, ~must] / divisors[:, None] + gain[None, ~must]
        linear = (
            self._top(values, free_count) + (worth[must].sum() + base_points) / divisors + gain[must].sum() + base_gain
        )
        capped = self._top(worth[None, ~must] / divisors[:, None], free_count)
        capped += (worth[must].sum() + base_points) / divisors + weight * cap * met
        bounds = np.minimum(np.minimum(linear, capped), self.start)
        top = int(bounds.argmax())
        order = np.argsort(-values[top], kind="stable")[: int(free_count[top])]
        taken = list(least)
        free_owner = np.array(owner, dtype=int)[~must]
        for place in free_owner[order]:
            taken[int(place)] += 1
        return bounds, tuple(taken)

    @staticmethod
    def _top(values: NDArray[np.float64], numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """The sum of the greatest so many of each row."""
        import numpy as np

        sums = np.concatenate((np.zeros((len(values), 1)), np.cumsum(-np.sort(-values, axis=1), axis=1)), axis=1)
        return sums[np.arange(len(values)), numbers]

    def _met(self, most: Sequence[int]) -> tuple[float, dict[int, float]]:
        """How likely the basic-service rule is met with the greatest numbers: at all, and if one of a mask counts."""
        missing: dict[int, float] = {}
        for one, number in zip(self.classes, most, strict=True):
            missing[one.mask] = missing.get(one.mask, 1.0) * (1 - one.entering) ** number
        for candidate in self.base:
            mask = self.ledger.mask(candidate)
            missing[mask] = missing.get(mask, 1.0) * (1 - self._entering(candidate))
        states = {0: 1.0}
        for mask, absent in missing.items():
            after: dict[int, float] = {}
            for state, share in states.items():
                after[state] = after.get(state, 0.0) + share * absent
                after[state | mask] = after.get(state | mask, 0.0) + share * (1 - absent)
            states = after
        needed = self.terms.services_required
        met = sum(share for state, share in states.items() if state.bit_count() >= needed)
        given = {
            mask: sum(share for state, share in states.items() if (state | mask).bit_count() >= needed)
            for mask in missing
        }
        return met, given
