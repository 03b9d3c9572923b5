"""The choice of a plan as rows and columns: which innovations are sent, with which of their raises, and which of SPD's.

For a number n of innovations in the divisor and a box of numbers per class, the worth of a plan is

    multiplier(n) x (points of SPD's raises + count weight x counted) + sum of (1 - rejection) x (maturity + raises)

in hundredths, where the multiplier is the divisor. One column stands for one innovation with one of its options. The
limits (effort, units, services, numbers) are rows. At any prices of these rows the choice falls apart into innovations,
which bounds every number n at once: the most valuable n of them, each with its best option (a Lagrangian).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, lcm
from typing import TYPE_CHECKING

from iga.planning.candidates import Candidate, Choice, Ledger, entering_pmf
from iga.planning.count_bounds import NO_CLASS, Box, CountBound, CountClasses
from iga.planning.raise_sets import Options, by_owner, on_hull
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import PlanImpossible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VALUE_UNIT, EFFORT_UNIT = 2**20, 2**30
"""Prices are whole numbers of these parts, so that bounds are exact: for the greatest index, for the least effort."""


@dataclass(frozen=True)
class Prices:
    """What a scaled hundredth is worth (`value`), what effort costs, and the price of each row; `share` is of z's row.

    The count is worth `share` times what each innovation brings to it, and the rest of it what all can bring at most.
    """

    value: int
    effort: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Node:
    """A box of numbers per class, with what the count can be worth in it, and the limits that it adds."""

    box: Box
    bound: CountBound
    gains: NDArray[np.float64]
    rows: NDArray[np.int64]
    limits: NDArray[np.int64]


@dataclass(frozen=True)
class Valued:
    """The Lagrangian at one number: its value, and what each column (then each option of SPD) falls short of it."""

    value: int
    losses: NDArray[np.int64]
    region_losses: NDArray[np.int64]


@dataclass
class Model:
    """Candidates, raises and policy as arrays; `room` is the most effort that options may take."""

    choice: Choice
    ledger: Ledger
    raises: Sequence[Raise]
    room: int
    minimum_x100: int
    items: tuple[Candidate, ...] = field(init=False)

    def __post_init__(self) -> None:
        import numpy as np

        ledger, locked = self.ledger, {each.key for each in self.choice.locked}
        owners = by_owner(self.raises)
        self.region = Options(owners.get(REGION, []), self.room)
        kept: list[tuple[Candidate, Options, list[int]]] = []
        for each in self.choice.allowed:
            takes_raises = each.is_scored_stage and each.rejection < 1
            options = Options(owners.get(each.key, []) if takes_raises else [], self.room)
            usable = [
                place
                for place, points in enumerate(options.points.tolist())
                if each.key in locked or each.maturity_x100 + points >= self.minimum_x100
            ]
            if usable:
                kept.append((each, options, usable))
        self.items = tuple(each for each, _options, _usable in kept)
        self.options = [options for _each, options, _usable in kept]
        entries = [ledger.entry(each) for each in self.items]
        self.divides = np.array([entry.divisor[0] for entry in entries], dtype=bool)
        shares = [1 - each.rejection if each.is_scored_stage else Fraction(0) for each in self.items]
        self.scale = lcm(1, *[share.denominator for share in shares])
        is_free_to_send = self.choice.policy.most is None
        self.is_locked = np.array(
            [
                each.key in locked or (is_free_to_send and not entry.divisor[0] and usable[0] == 0)
                for (each, _options, usable), entry in zip(kept, entries, strict=True)
            ],
            dtype=bool,
        )
        item_of: list[int] = []
        option_of: list[int] = []
        values: list[int] = []
        efforts: list[int] = []
        hull: list[bool] = []
        starts: list[int] = []
        for place, (each, options, usable) in enumerate(kept):
            starts.append(len(item_of))
            factor = int(shares[place] * self.scale)
            item_of += [place] * len(usable)
            option_of += usable
            values += [(each.maturity_x100 + points) * factor for points in options.points[usable].tolist()]
            efforts += options.efforts[usable].tolist()
            hull += on_hull(options.efforts[usable], options.points[usable]).tolist()
        self.item_of = np.array(item_of, dtype=np.int64)
        self.option_of = np.array(option_of, dtype=np.int64)
        self.values = np.array(values, dtype=np.int64)
        self.efforts = np.array(efforts, dtype=np.int64)
        self.hull = np.array(hull, dtype=bool)
        self.starts = np.array(starts, dtype=np.int64)
        self.classes = CountClasses(self.items, ledger)
        self.is_exact = ledger.is_certain(self.items)
        self.rows, self.limits = self._policy_rows()
        self._count_most: dict[tuple[tuple[int, ...], int], float] = {}

    def _policy_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows over items that a policy asks for, each `row x sent <= limit`."""
        import numpy as np

        policy = self.choice.policy
        rows, limits = [], []
        for unit, least in policy.minimum_per_unit.items():
            rows.append([-int(each.unit == unit) for each in self.items])
            limits.append(-least)
        for code, least in policy.service_quota.items():
            rows.append([-int(code in each.services) for each in self.items])
            limits.append(-least)
        if policy.most is not None:
            rows.append([1] * len(self.items))
            limits.append(policy.most)
        shape = (len(rows), len(self.items))
        return np.array(rows, dtype=np.int64).reshape(shape), np.array(limits, dtype=np.int64)

    @cached_property
    def sizes(self) -> range:
        """The numbers of innovations that the divisor may hold."""
        return range(int((self.divides & self.is_locked).sum()), int(self.divides.sum()) + 1)

    @cached_property
    def _divided_alike(self) -> float | None:
        """The probability with which each innovation enters the divisor; None where it is 1. Raises PlanImpossible."""
        inside = [each for each, is_in in zip(self.items, self.divides, strict=True) if is_in]
        kinds = {(each.rejection, self.ledger.entry(each).divisor) for each in inside}
        if all(not rejection or divisor[0] == divisor[1] for rejection, divisor in kinds):
            return None
        if len(kinds) > 1:
            raise PlanImpossible(
                "rejected innovations leave the divisor, and there are {count} different probabilities of rejection; "
                "the plan is made for one.",
                place="rejection",
                fix="Give all innovations one probability of rejection.",
                count=len(kinds),
            )
        return float(1 - kinds.pop()[0])

    def multiplier(self, size: int) -> Fraction:
        """What a point of SPD or of the count weighs beside one of an innovation, scaled: as a rule the divisor."""
        if self._divided_alike is None or not size:
            return Fraction(self.choice.terms.divisor(size) * self.scale)
        import numpy as np

        pmf = entering_pmf(1 - self._divided_alike, size - 1, (1, 0))
        share = float((pmf / self.choice.terms.divisors(1 + np.arange(len(pmf)))).sum())
        return Fraction(1 / share) * self.scale

    def node(self, box: Box) -> Node:
        """Return a box with its bound and its rows."""
        import numpy as np

        bound, whole = self.classes.bound(box.most), self.classes.whole
        class_of = np.array(self.classes.class_of, dtype=np.int64)
        by_class = np.array([*bound.of_class, 0.0])
        rows, limits = [], []
        for place, (least, most) in enumerate(zip(box.least, box.most, strict=True)):
            if least:
                rows.append(-(class_of == place).astype(np.int64))
                limits.append(-least)
            if most < whole.most[place]:
                rows.append((class_of == place).astype(np.int64))
                limits.append(most)
        added = np.array(rows, dtype=np.int64).reshape((len(rows), len(self.items)))
        return Node(
            box,
            bound,
            by_class[class_of] if len(class_of) else np.zeros(0),
            np.concatenate((self.rows, added)),
            np.concatenate((self.limits, np.array(limits, dtype=np.int64))),
        )

    def bounds_count_by_number(self, node: Node, size: int) -> bool:
        """Whether the number in the divisor alone bounds what can count, closely."""
        return self._counts_inside and self.classes.most_of_number(node.box.most, size) is not None

    @cached_property
    def _counts_inside(self) -> bool:
        """Whether everything that can count is in the divisor."""
        return all(is_in or place == NO_CLASS for is_in, place in zip(self.divides, self.classes.class_of, strict=True))

    def count_most(self, node: Node, size: int) -> float:
        """Return how many can count at most when so many are in the divisor."""
        if not self._counts_inside:
            return node.bound.most
        key = (node.box.most, size)
        if key not in self._count_most:
            by_number = self.classes.most_of_number(node.box.most, size)
            self._count_most[key] = node.bound.most if by_number is None else min(node.bound.most, by_number)
        return self._count_most[key]

    def lagrangian(self, node: Node, prices: Prices, sizes: Sequence[int]) -> list[int]:
        """Return per size more than any choice is worth at these prices (in parts of a scaled hundredth)."""
        import numpy as np

        net = self._net(node, prices)
        best = np.maximum.reduceat(net, self.starts) if len(net) else net
        found: list[int] = []
        asides = [self._aside(best, node, prices, size) for size in sizes[:1]]
        is_alike = self._gain_is_alike(node)
        must, free = self.divides & self.is_locked, self.divides & ~self.is_locked
        sums = np.concatenate(([0], np.cumsum(-np.sort(-best[free])))) + int(best[must].sum())
        for size in sizes:
            added = size - int(must.sum())
            multiplier = self.multiplier(size)
            whole = int(sums[added])
            each = self._gain(node, prices, multiplier)
            if is_alike:
                linear = whole + (size * int(each[self.divides][0]) if size else 0)
            else:
                grown = best + each
                linear = int(grown[must].sum() - np.sort(-grown[free])[:added].sum())
            aside = asides[0] if not (~self.divides).any() else self._aside(best, node, prices, size)
            capped = whole + aside[0] + self._cap(node, prices, multiplier, size)
            found.append(min(linear + aside[1], capped) + self._region(prices, multiplier)[1])
        return found

    def _net(self, node: Node, prices: Prices) -> NDArray[np.int64]:
        """Return what each column is worth less the prices of its rows, without the count."""
        import numpy as np

        adjusted = -(np.array(prices.rows, dtype=np.int64) @ node.rows) if prices.rows else None
        net: NDArray[np.int64] = prices.value * self.values - prices.effort * self.efforts
        return net if adjusted is None else net + adjusted[self.item_of]

    def _gain_is_alike(self, node: Node) -> bool:
        import numpy as np

        inside = node.gains[self.divides]
        return len(inside) == 0 or bool(np.ptp(inside) == 0)

    def _gain(self, node: Node, prices: Prices, multiplier: Fraction) -> NDArray[np.int64]:
        import numpy as np

        worth = float(prices.value * multiplier * self.choice.terms.count_weight_x100)
        return np.ceil(node.gains * worth).astype(np.int64)

    def _cap(self, node: Node, prices: Prices, multiplier: Fraction, size: int) -> int:
        worth = prices.value * multiplier * self.choice.terms.count_weight_x100
        return ceil(worth * Fraction(self.count_most(node, size)))

    def _aside(self, best: NDArray[np.int64], node: Node, prices: Prices, size: int) -> tuple[int, int]:
        """Return what those outside the divisor bring, without and with what they bring to the count."""
        import numpy as np

        found = []
        for gain in (np.zeros(len(best), dtype=np.int64), self._gain(node, prices, self.multiplier(size))):
            grown = (best + gain)[~self.divides]
            locked = self.is_locked[~self.divides]
            found.append(int(grown[locked].sum() + np.maximum(grown[~locked], 0).sum()))
        return found[0], found[1]

    def _region(self, prices: Prices, multiplier: Fraction) -> tuple[list[int], int]:
        worth = [
            ceil(prices.value * multiplier * points) - prices.effort * effort
            for points, effort in zip(self.region.points.tolist(), self.region.efforts.tolist(), strict=True)
        ]
        return worth, max(worth)

    def valued(self, node: Node, prices: Prices, size: int) -> Valued:
        """Return the Lagrangian at one size, with what each column falls short of it at least."""
        import numpy as np

        multiplier = self.multiplier(size)
        net = self._net(node, prices)
        gain = self._gain(node, prices, multiplier)
        best = np.maximum.reduceat(net, self.starts) if len(net) else net
        aside = self._aside(best, node, prices, size)
        must, free = self.divides & self.is_locked, self.divides & ~self.is_locked
        added = size - int(must.sum())
        worth, top = self._region(prices, multiplier)
        ends = []
        for is_linear in (True, False):
            grown = best + gain if is_linear else best
            total = int(grown[must].sum() - np.sort(-grown[free])[:added].sum())
            total += aside[1] if is_linear else aside[0] + self._cap(node, prices, multiplier, size)
            ends.append((total + top, is_linear))
        value, is_linear = min(ends)
        columns = net + gain[self.item_of] if is_linear else net
        grown = best + gain if is_linear else best
        given_up = grown.copy()
        rest = np.flatnonzero(free)
        order = rest[np.argsort(-grown[rest], kind="stable")]
        outside = order[added:]
        given_up[outside] = grown[order[added - 1]] if added else np.iinfo(np.int64).max // 4
        aside_free = ~self.divides & ~self.is_locked
        given_up[aside_free] = np.maximum(grown[aside_free], 0)
        losses = given_up[self.item_of] - columns
        return Valued(value, losses, top - np.array(worth, dtype=np.int64))

    def numbers(self, sent: Sequence[int]) -> tuple[int, ...]:
        """Return how many of each class some items are."""
        found = [0] * len(self.classes.masks)
        for place in sent:
            if self.classes.class_of[place] != NO_CLASS:
                found[self.classes.class_of[place]] += 1
        return tuple(found)

    def needed(self, size: int, points: Fraction) -> int:
        """Return the worth (scaled hundredths) that a size needs for so many points; where not exact, a little less."""
        needed = self.multiplier(size) * points
        return ceil(needed) if self.is_exact else floor(needed) - 1
