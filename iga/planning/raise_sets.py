"""The ways in which one owner of documents can spend effort: its undominated sets of raises, cheapest first.

An owner is an innovation, or the region with its own answers (SPD). A small dynamic program over the effort gives the
greatest points for every effort; only the efforts at which the points grow are options.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iga.planning.raises import Raise
from iga.planning.single_valued_rules import PlanImpossible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def by_owner(raises: Iterable[Raise]) -> dict[str, list[list[Raise]]]:
    """Return per owner (an innovation's key, or REGION) the alternatives of each indicator.

    Raises PlanImpossible for a raise that brings nothing, or whose effort is below zero.
    """
    grouped: dict[str, dict[str, list[Raise]]] = {}
    for each in raises:
        if each.effort < 0 or each.points_x100 <= 0:
            raise PlanImpossible("a raise has no points or an effort below zero.", place="raises", fix="Correct it.")
        grouped.setdefault(each.key, {}).setdefault(each.indicator, []).append(each)
    return {key: list(indicators.values()) for key, indicators in grouped.items()}


def whole_effort(raises: Iterable[Raise]) -> int:
    """Return the effort of raising everything as far as it goes."""
    owners = by_owner(raises).values()
    return sum(max(each.effort for each in alternatives) for owner in owners for alternatives in owner)


class Options:
    """The undominated sets of raises of one owner within an effort: `efforts` and `points` (hundredths) of each.

    The first one raises nothing unless a raise costs nothing.
    """

    def __init__(self, alternatives: Sequence[Sequence[Raise]], budget: int) -> None:
        import numpy as np

        self._alternatives = alternatives
        self._room = min(budget, sum(max(each.effort for each in group) for group in alternatives))
        best = np.zeros(self._room + 1, dtype=np.int64)
        self._steps = [best]
        for group in alternatives:
            grown = best.copy()
            for each in group:
                if each.effort <= self._room:
                    reached = best[: self._room + 1 - each.effort] + each.points_x100
                    np.maximum(grown[each.effort :], reached, out=grown[each.effort :])
            best = grown
            self._steps.append(best)
        self.efforts: NDArray[np.int64] = np.concatenate(
            (np.zeros(1, dtype=np.int64), 1 + np.flatnonzero(best[1:] > best[:-1]))
        )
        self.points: NDArray[np.int64] = best[self.efforts]

    def raises_of(self, place: int) -> list[Raise]:
        """Return the raises of one of the options."""
        effort = int(self.efforts[place])
        found = []
        for position in range(len(self._alternatives), 0, -1):
            before, after = self._steps[position - 1], self._steps[position]
            if after[effort] == before[effort]:
                continue
            for each in self._alternatives[position - 1]:
                if each.effort <= effort and before[effort - each.effort] + each.points_x100 == after[effort]:
                    found.append(each)
                    effort -= each.effort
                    break
        return found


def on_hull(efforts: NDArray[np.int64], points: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which options a linear program can use: those that no mixture of two others beats."""
    import numpy as np

    kept: list[int] = []
    costs, values = efforts.tolist(), points.tolist()
    for place, (cost, value) in enumerate(zip(costs, values, strict=True)):
        while len(kept) > 1:
            first, last = kept[-2], kept[-1]
            rise, run = values[last] - values[first], costs[last] - costs[first]
            if rise * (cost - costs[last]) > (value - values[last]) * run:
                break
            kept.pop()
        kept.append(place)
    found = np.zeros(len(costs), dtype=np.bool_)
    found[kept] = True
    return found


def effort_of(raises: Iterable[Raise]) -> int:
    """Return the effort of some raises together."""
    return sum(each.effort for each in raises)


def gained_by(raises: Iterable[Raise]) -> dict[str, int]:
    """Return the points (hundredths) that each owner gains."""
    gained: dict[str, int] = {}
    for each in raises:
        gained[each.key] = gained.get(each.key, 0) + each.points_x100
    return gained
