"""How much the count term can be worth when only limits are known of what is sent: the bound that a plan is proved by.

Innovations of one class are counted with the same probability and cover the same basic services, so that the expected
count term depends only on how many of each class are sent. A box holds a least and a greatest number per class. The
services that the greatest numbers would cover bound from above how likely the basic-service rule is met, and with this
what each innovation that is counted can be worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iga.planning.candidates import Candidate, Ledger, entering_pmf

NO_CLASS = -1
"""The class of what is never counted."""


@dataclass(frozen=True)
class Box:
    """The least and the greatest number sent of each class."""

    least: tuple[int, ...]
    most: tuple[int, ...]


@dataclass(frozen=True)
class CountBound:
    """What the numbers of a box can bring: per class the count that one more is worth, and all together at most."""

    of_class: tuple[float, ...]
    most: float


class CountClasses:
    """The classes of some candidates, and bounds of the expected number that counts (0 where the rule is not met)."""

    def __init__(self, candidates: Sequence[Candidate], ledger: Ledger) -> None:
        self.terms = ledger.terms
        keys: dict[tuple[float, int], int] = {}
        self.class_of: list[int] = []
        for each in candidates:
            accepted, rejected = ledger.entry(each).count
            entering = float(accepted * (1 - each.rejection) + rejected * each.rejection)
            key = (entering, ledger.mask(each))
            self.class_of.append(keys.setdefault(key, len(keys)) if entering > 0 else NO_CLASS)
        self.entering = [entering for entering, _mask in keys]
        self.masks = [mask for _entering, mask in keys]

    @property
    def whole(self) -> Box:
        """The box of everything that may be sent."""
        numbers = [0] * len(self.masks)
        for place in self.class_of:
            if place != NO_CLASS:
                numbers[place] += 1
        return Box((0,) * len(numbers), tuple(numbers))

    def bound(self, most: Sequence[int]) -> CountBound:
        """Return what numbers up to these can bring."""
        met_with = self._met_with(most)
        of_class = tuple(entering * met_with[mask] for entering, mask in zip(self.entering, self.masks, strict=True))
        return CountBound(of_class, self.expected(most))

    def expected(self, numbers: Sequence[int]) -> float:
        """Return the expected number that counts, 0 where the basic services are not covered, cut at the cap."""
        import numpy as np

        size = sum(numbers) + 1
        states = {0: np.ones(1)}
        for entering, mask, number in zip(self.entering, self.masks, numbers, strict=True):
            pmf = entering_pmf(1 - entering, number, (1, 0))
            after: dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
            for state, held in states.items():
                for reached, part in ((state, pmf[:1]), (state | mask, np.concatenate(([0.0], pmf[1:])))):
                    grown = np.zeros(size)
                    convolved = np.convolve(held, part)[:size]
                    grown[: len(convolved)] = convolved
                    after[reached] = after[reached] + grown if reached in after else grown
            states = after
        counts = np.minimum(np.arange(size), self.terms.count_cap)
        met = [held for mask, held in states.items() if mask.bit_count() >= self.terms.services_required]
        return float(sum((held * counts[: len(held)]).sum() for held in met))

    def expected_of_number(self, number: int) -> float | None:
        """Return the expected number that counts of so many, services met; None where classes differ in probability."""
        import numpy as np

        rates = set(self.entering)
        if len(rates) != 1:
            return None
        pmf = entering_pmf(1 - rates.pop(), number, (1, 0))
        return float((pmf * np.minimum(np.arange(len(pmf)), self.terms.count_cap)).sum())

    def _met_with(self, most: Sequence[int]) -> dict[int, float]:
        """Return per mask how likely the basic-service rule is met if one of that mask counts."""
        missing: dict[int, float] = {}
        for entering, mask, number in zip(self.entering, self.masks, most, strict=True):
            missing[mask] = missing.get(mask, 1.0) * (1 - entering) ** number
        states = {0: 1.0}
        for mask, absent in missing.items():
            after: dict[int, float] = {}
            for state, share in states.items():
                after[state] = after.get(state, 0.0) + share * absent
                after[state | mask] = after.get(state | mask, 0.0) + share * (1 - absent)
            states = after
        needed = self.terms.services_required
        return {
            mask: sum(share for state, share in states.items() if (state | mask).bit_count() >= needed)
            for mask in missing
        }

    def to_part(self, box: Box, taken: Sequence[int]) -> int | None:
        """Return the class whose numbers to part so that the bound is loosened most; None where all are fixed."""
        loose = [
            (1 - entering) ** number - (1 - entering) ** most if mask else 0.0
            for entering, mask, number, most in zip(self.entering, self.masks, taken, box.most, strict=True)
        ]
        best = max(range(len(loose)), key=lambda place: loose[place], default=None)
        if best is not None and loose[best] > 0:
            return best
        wide = [place for place, (low, high) in enumerate(zip(box.least, box.most, strict=True)) if low < high]
        return max(wide, key=lambda place: box.most[place] - box.least[place]) if wide else None


def parted(box: Box, place: int, taken: int) -> tuple[Box, Box]:
    """Return the box with at most a number of a class (one below its greatest at most), and that with more."""
    cut = min(max(taken, box.least[place]), box.most[place] - 1)
    fewer = tuple(cut if at == place else most for at, most in enumerate(box.most))
    more = tuple(cut + 1 if at == place else least for at, least in enumerate(box.least))
    return Box(box.least, fewer), Box(more, box.most)
