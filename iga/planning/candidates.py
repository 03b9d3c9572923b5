"""What submit or hold chooses among: candidates, the policy that limits the choice, and what a set of them is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from iga.planning.single_valued_rules import PlanImpossible, Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = tuple[Fraction, int, bool]
"""What candidates of one kind share: probability of rejection, basic services as bits, whether the stage is scored."""

RESOLUTION = Fraction(1, 1_000_000)
"""Sets whose expected index differs by less than this (in points of the index) count as equally good."""


@dataclass(frozen=True)
class Candidate:
    """An innovation that may be sent: maturity in hundredths, basic services covered, probability of rejection."""

    key: str
    maturity_x100: int
    services: frozenset[str] = frozenset()
    unit: str = ""
    rejection: Fraction = Fraction(0)
    is_scored_stage: bool = True


@dataclass(frozen=True)
class Policy:
    """What a city asks for beyond the index; each part may be left out.

    `minimum_per_unit`: innovations that a unit must send. `locked`: always sent. `withheld`: never sent.
    `service_quota`: innovations sent per basic-service code. `minimum_maturity_x100`: nothing below is sent. `most`: no
    more than so many are sent.
    """

    minimum_per_unit: Mapping[str, int] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    service_quota: Mapping[str, int] = field(default_factory=dict)
    minimum_maturity_x100: int = 0
    most: int | None = None


@dataclass(frozen=True)
class Entry:
    """What a candidate enters, if accepted and if rejected: the divisor, the count."""

    divisor: tuple[int, int]
    count: tuple[int, int]


class Tally:
    """The sums that a set's value follows from where divisor and count are certain; one more or less costs one step."""

    def __init__(self) -> None:
        self.points = Fraction(0)
        self.dividing = self.counted = 0
        self.covering: dict[str, int] = {}

    def add(self, one: Candidate, ledger: Ledger, times: int) -> None:
        """Put a candidate in (1) or take it out (-1)."""
        entry = ledger.entry(one)
        self.points += times * ledger.points(one)
        self.dividing += times * entry.divisor[0]
        self.counted += times * entry.count[0]
        for code in one.services & ledger.bits.keys() if entry.count[0] else ():
            self.covering[code] = self.covering.get(code, 0) + times

    def value(self, terms: Terms) -> Fraction:
        """Points of the mean and of the count term."""
        covered = sum(1 for number in self.covering.values() if number > 0)
        return self.points / terms.divisor(self.dividing) + terms.count_x100(self.counted, covered)


class Ledger:
    """Values sets of innovations: expected points (hundredths) of the mean and of the count term together."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.bits = {code: 1 << place for place, code in enumerate(terms.rulebook.basic_service_affairs)}
        self._parts: dict[tuple[tuple[Kind, int], ...], tuple[dict[Kind, float], float]] = {}

    def entry(self, one: Candidate) -> Entry:
        """What the switches of the rulebook let a candidate enter."""
        assumed = self.terms.assumptions
        in_divisor = one.is_scored_stage or assumed.other_stages_in_divisor
        in_count = one.is_scored_stage or assumed.other_stages_in_count
        divisor = (int(in_divisor), int(in_divisor and assumed.rejected_in_divisor))
        count = (int(in_count), int(in_count and assumed.rejected_in_count))
        if one.rejection == 1:
            return Entry((divisor[1], divisor[1]), (count[1], count[1]))
        return Entry(divisor, count)

    def points(self, one: Candidate) -> Fraction:
        """The maturity that a candidate is expected to bring, in hundredths."""
        return one.maturity_x100 * (1 - one.rejection) if one.is_scored_stage else Fraction(0)

    def mask(self, one: Candidate) -> int:
        """The basic services of a candidate as bits."""
        return sum(self.bits[code] for code in one.services if code in self.bits)

    def is_certain(self, candidates: Iterable[Candidate]) -> bool:
        """Whether no rejection can change divisor or count."""
        return all(
            not one.rejection or (entry.divisor[0] == entry.divisor[1] and entry.count[0] == entry.count[1])
            for one in candidates
            for entry in [self.entry(one)]
        )

    def value(self, sent: Sequence[Candidate]) -> Fraction:
        """The expected points of a set."""
        if self.is_certain(sent):
            return self._certain_value(sent)
        sums: dict[Kind, Fraction] = {}
        for one in sent:
            sums[self.kind(one)] = sums.get(self.kind(one), Fraction(0)) + one.maturity_x100 * one.is_scored_stage
        shares, count = self._shares(sent)
        return sum((total * Fraction(shares[kind]) for kind, total in sums.items()), Fraction(count))

    def _certain_value(self, sent: Sequence[Candidate]) -> Fraction:
        return self.tally(sent).value(self.terms)

    def tally(self, sent: Iterable[Candidate]) -> Tally:
        """The sums of a set; meaningful where divisor and count are certain."""
        tally = Tally()
        for one in sent:
            tally.add(one, self, 1)
        return tally

    def kind(self, one: Candidate) -> Kind:
        """Candidates of one kind differ in maturity only."""
        return (one.rejection, self.mask(one), one.is_scored_stage)

    def _shares(self, sent: Sequence[Candidate]) -> tuple[dict[Kind, float], float]:
        """Per kind the share of its maturity that reaches the mean, and the count points; both as expectations."""
        numbers: dict[Kind, int] = {}
        for one in sent:
            numbers[self.kind(one)] = numbers.get(self.kind(one), 0) + 1
        key = tuple(sorted(numbers.items()))
        if key not in self._parts:
            entries = {self.kind(one): self.entry(one) for one in sent}
            shares = {kind: self._share(kind, numbers, entries) for kind in numbers}
            self._parts[key] = (shares, self._count_points(numbers, entries))
        return self._parts[key]

    def count_points(self, sent: Sequence[Candidate]) -> float:
        """The expected count term of a set."""
        return self._shares(sent)[1]

    def _share(self, kind: Kind, numbers: Mapping[Kind, int], entries: Mapping[Kind, Entry]) -> float:
        import numpy as np

        others = {other: number - (other == kind) for other, number in numbers.items()}
        pmf = np.ones(1)
        for other, number in others.items():
            pmf = np.convolve(pmf, entering_pmf(float(other[0]), number, entries[other].divisor))
        divisors = self.terms.divisors(np.arange(len(pmf)) + entries[kind].divisor[0])
        return float((1 - kind[0]) * float((pmf / divisors).sum()))

    def _count_points(self, numbers: Mapping[Kind, int], entries: Mapping[Kind, Entry]) -> float:
        """The expected count term: over how many are counted, and which basic services these cover."""
        import numpy as np

        size = sum(numbers.values()) + 1
        states = {0: np.ones(1)}
        for kind, number in numbers.items():
            pmf = entering_pmf(float(kind[0]), number, entries[kind].count)
            after: dict[int, NDArray[np.float64]] = {}
            for mask, held in states.items():
                for reached, part in ((mask, pmf[:1]), (mask | kind[1], np.concatenate(([0.0], pmf[1:])))):
                    grown = np.zeros(size)
                    found = np.convolve(held, part)[:size]
                    grown[: len(found)] = found
                    after[reached] = after[reached] + grown if reached in after else grown
            states = after
        points = self.terms.counts_x100(np.arange(size))
        met = [held for mask, held in states.items() if mask.bit_count() >= self.terms.services_required]
        return float(sum((held * points[: len(held)]).sum() for held in met))


def expected_index(sent: Iterable[Candidate], spd_x100: int, terms: Terms) -> Fraction:
    """The expected index (not rounded) of sending these innovations.

    Exact where rejections cannot change divisor and count; else computed in double precision.
    """
    return terms.index(spd_x100 + Ledger(terms).value(tuple(sent)))


@lru_cache(maxsize=4096)
def entering_pmf(rejection: float, number: int, entering: tuple[int, int]) -> NDArray[np.float64]:
    """How many of a number of alike candidates enter: all, none, or a binomial number."""
    import numpy as np

    accepted, rejected = entering
    if accepted == rejected or not rejection:
        pmf = np.zeros(number * accepted + 1)
        pmf[-1] = 1.0
        return pmf
    # `scipy.stats` has this too, and takes longer to import than all plans of a city to compute.
    from scipy.special import gammaln, xlogy

    taken = np.arange(number + 1)
    ways = gammaln(number + 1) - gammaln(taken + 1) - gammaln(number - taken + 1)
    return np.exp(ways + xlogy(taken, 1 - rejection) + xlogy(number - taken, rejection))


class Choice:
    """The candidates as a policy leaves them: always sent, free to choose, never sent."""

    def __init__(self, candidates: tuple[Candidate, ...], terms: Terms, policy: Policy) -> None:
        self.candidates, self.terms, self.policy = candidates, terms, policy
        keys = [one.key for one in candidates]
        if len(set(keys)) != len(keys):
            raise PlanImpossible(
                "two innovations bear one key.", place="candidate innovations", fix="Give each its own."
            )
        if unknown := (policy.locked | policy.withheld) - set(keys):
            raise PlanImpossible(
                "the policy names innovations that are not there: {unknown}.",
                place="policy",
                fix="Correct their ids.",
                unknown=", ".join(sorted(unknown)),
            )

    @cached_property
    def locked(self) -> tuple[Candidate, ...]:
        """What is sent in any case."""
        return tuple(one for one in self.candidates if one.key in self.policy.locked)

    @cached_property
    def free(self) -> tuple[Candidate, ...]:
        """What may be sent or held, greatest maturity first."""
        return tuple(
            one
            for one in self.candidates
            if one.key not in self.policy.locked | self.policy.withheld
            and one.maturity_x100 >= self.policy.minimum_maturity_x100
        )

    @property
    def allowed(self) -> tuple[Candidate, ...]:
        """What can be sent at all."""
        return (*self.locked, *self.free)

    def permits(self, sent: Sequence[Candidate]) -> bool:
        """Whether a set of allowed candidates satisfies the policy."""
        if self.policy.most is not None and len(sent) > self.policy.most:
            return False
        units: dict[str, int] = {}
        services: dict[str, int] = {}
        for one in sent:
            units[one.unit] = units.get(one.unit, 0) + 1
            for code in one.services:
                services[code] = services.get(code, 0) + 1
        return all(units.get(unit, 0) >= least for unit, least in self.policy.minimum_per_unit.items()) and all(
            services.get(code, 0) >= least for code, least in self.policy.service_quota.items()
        )

    def refuse(self) -> PlanImpossible:
        """The error that says that the policy cannot be met."""
        return PlanImpossible(
            "no set of innovations satisfies the policy.",
            place="policy",
            fix="Lower the minimum per unit or the quotas, or lock fewer innovations.",
        )
