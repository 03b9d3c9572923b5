"""How much the count term can be worth when only limits are known of what is sent: the bound that a plan is proved by.

Innovations of one class are counted with the same probability and cover the same basic services, so that the expected
count term depends only on how many of each class are sent. A box holds a least and a greatest number per class. The
services that the greatest numbers would cover bound from above how likely the basic-service rule is met, and with this
what each innovation that is counted can be worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iga.planning.candidates import Candidate, Ledger, entering_pmf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEVER_MISSING = 1e-10
"""A class that is missing with less than this probability counts as present in a bound."""

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
        self._known_pmf: dict[int, NDArray[np.float64]] = {}
        self._known_thin: dict[tuple[int, ...], tuple[NDArray[np.float64], int]] = {}

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
        states = self._states(zip(self.entering, self.masks, numbers, strict=True), size, 0)
        counts = np.minimum(np.arange(size), self.terms.count_cap)
        met = [held for mask, held in states.items() if mask.bit_count() >= self.terms.services_required]
        return float(sum((held * counts).sum() for held in met))

    def most_of_number(self, most: Sequence[int], number: int) -> float | None:
        """Return more than any set of so many within these numbers counts; None where classes differ in probability.

        With one probability how many are accepted depends on the number alone. Classes so numerous that they are never
        missing count as present; of the others, whose services may be missing, the greatest numbers are taken.
        """
        import numpy as np

        if len(set(self.entering)) != 1:
            return None
        accepted, thin = self._thin(tuple(most))
        if number < thin:
            return None
        pmf = self._accepted_of(number - thin)
        cap = self.terms.count_cap
        counts = np.minimum(np.arange(len(accepted))[:, None] + np.arange(len(pmf))[None, :], cap)
        return float(accepted @ counts @ pmf)

    def _accepted_of(self, number: int) -> NDArray[np.float64]:
        if number not in self._known_pmf:
            self._known_pmf[number] = entering_pmf(1 - self.entering[0], number, (1, 0))
        return self._known_pmf[number]

    def _thin(self, most: tuple[int, ...]) -> tuple[NDArray[np.float64], int]:
        """Return how likely so many of the classes that may be missing are accepted, the rule met; and their number."""
        import numpy as np

        if most in self._known_thin:
            return self._known_thin[most]
        sure, thin = 0, []
        for entering, mask, number in zip(self.entering, self.masks, most, strict=True):
            if number and (not mask or (1 - entering) ** number < NEVER_MISSING):
                sure |= mask
            elif number:
                thin.append((entering, mask, number))
        size = sum(number for _entering, _mask, number in thin) + 1
        states = self._states(thin, size, sure)
        met = [held for mask, held in states.items() if mask.bit_count() >= self.terms.services_required]
        found = np.sum(met, axis=0) if met else np.zeros(size)
        self._known_thin[most] = (found, size - 1)
        return self._known_thin[most]

    def _states(
        self, classes: Iterable[tuple[float, int, int]], size: int, start: int
    ) -> dict[int, NDArray[np.float64]]:
        """Return per set of covered services how likely so many are accepted, from classes and their numbers."""
        import numpy as np

        first = np.zeros(size)
        first[0] = 1.0
        states = {start: first}
        for entering, mask, number in classes:
            pmf = entering_pmf(1 - entering, number, (1, 0))
            after: dict[int, NDArray[np.float64]] = {}
            for state, held in states.items():
                for reached, part in ((state, pmf[:1]), (state | mask, np.concatenate(([0.0], pmf[1:])))):
                    grown = np.convolve(held, part)[:size]
                    after[reached] = after[reached] + grown if reached in after else grown
            states = after
        return states

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
