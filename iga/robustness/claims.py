"""What can be claimed from many draws of scores: intervals of ranks, probabilities of places, who is above whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from iga.composite.rounding_noise import NOISE, without_rounding_noise
from iga.composite.table import Column, EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.draw_ranks import BLOCK_CELLS, Ranks, Scores, blocks_of, ranks_of_clean, ranks_of_draws

__all__ = ["FEWEST_RANKED", "RankClaims", "Ranks", "Scores", "claims_of", "ranks_of_draws"]

HALF_WIDTH = 1.96
"""Half-width of a 95 % interval in standard errors."""
FEWEST_RANKED = 2
"""Below this number of units in a group a rank says nothing, and no claim about it is a pass."""


@dataclass(frozen=True)
class RankClaims:
    """Scores and ranks of every draw, and the claims that they support.

    `units` names each unit by its columns (such as region_code and edition); `scores` and `ranks` are draws x units,
    kept unit by unit in memory; `groups` says among whom a unit is ranked. Scores that differ by rounding noise only
    are one value, and equal scores share the better place. Frames are Polars frames, one row per unit and claim, with
    the unit's columns first.

    A probability is a share of the draws: it holds under what the draws assume, and says nothing of what they do not
    move. `monte_carlo_error` is another thing: how far the share would lie from that of endless draws (half-width of
    a 95 % interval, Agresti and Coull, 1998). More draws make it small, and no claim surer.
    """

    units: Mapping[str, Sequence[Hashable]]
    scores: Scores
    ranks: Ranks
    groups: NDArray[np.int64]

    @property
    def draws(self) -> int:
        """How many draws were made."""
        return int(self.ranks.shape[0])

    @property
    def count(self) -> int:
        """How many units there are."""
        return int(self.ranks.shape[1])

    @cached_property
    def group_sizes(self) -> NDArray[np.int64]:
        """How many units each unit is ranked among, itself included."""
        return np.asarray(np.bincount(self.groups)[self.groups], dtype=np.int64)

    @cached_property
    def ordered_ranks(self) -> Ranks:
        """The ranks of each unit from its best to its worst: units x draws."""
        return np.sort(self.ranks.T, axis=1)

    def intervals(self, *, lower: float = 0.05, upper: float = 0.95) -> EagerFrame:
        """Return the median rank and the interval of ranks, with Monte Carlo bounds, and the simultaneous set.

        Columns: rank_median, rank_low, rank_high (best and worst place of the interval), rank_low_from, rank_low_to,
        rank_high_from, rank_high_to (Monte Carlo bounds of those bounds), set_low, set_high: the places that hold for
        all units of a group at once in the share `upper - lower` of the draws, ranked_count, is_applicable: False for a
        unit that is ranked among fewer than `FEWEST_RANKED`, whose place says nothing.
        """
        low, high = self._simultaneous(upper - lower)
        columns: dict[str, Column] = {"rank_median": self._quantile(0.5)}
        columns |= {"rank_low": self._quantile(lower), "rank_high": self._quantile(upper)}
        for name, share in (("rank_low", lower), ("rank_high", upper)):
            error = HALF_WIDTH * np.sqrt(share * (1 - share) / self.draws)
            columns[f"{name}_from"] = self._quantile(max(share - error, 0.0))
            columns[f"{name}_to"] = self._quantile(min(share + error, 1.0))
        sizes = self.group_sizes
        columns |= {"set_low": low, "set_high": high, "ranked_count": sizes, "is_applicable": sizes >= FEWEST_RANKED}
        return self._frame(columns)

    def score_intervals(self, *, lower: float = 0.05, upper: float = 0.95) -> EagerFrame:
        """Return the median score and its interval: score_median, score_low, score_high, in the unit of the scores."""
        found = np.empty((3, self.count))
        for units in blocks_of(self.count, self.draws):
            ordered = np.sort(self.scores.T[units], axis=1)
            for row, share in enumerate((0.5, lower, upper)):
                place = share * (self.draws - 1)
                below, above = ordered[:, int(np.floor(place))], ordered[:, int(np.ceil(place))]
                found[row, units] = below + (place - np.floor(place)) * (above.astype(float) - below)
        return self._frame({"score_median": found[0], "score_low": found[1], "score_high": found[2]})

    def places(self) -> EagerFrame:
        """Return the probability of each place that a unit ever held: place, probability, monte_carlo_error."""
        ordered = self.ordered_ranks
        is_new = np.ones(ordered.shape, dtype=bool)
        np.not_equal(ordered[:, 1:], ordered[:, :-1], out=is_new[:, 1:])
        starts = np.flatnonzero(is_new)
        hits = np.diff(starts, append=ordered.size)
        return self._frame({"place": ordered.ravel()[starts], **self._probability(hits)}, starts // self.draws)

    def top(self, k: int) -> EagerFrame:
        """Return the probability to be among the first k: k, probability, monte_carlo_error."""
        hits = (self.ordered_ranks <= k).sum(axis=1)
        return self._frame({"k": np.full(len(hits), k), **self._probability(hits)})

    def within(self, bands: Mapping[str, tuple[float, float]]) -> EagerFrame:
        """Return the probability of each named band of the score, both ends inclusive.

        Columns: band, probability, monte_carlo_error.
        """
        noise = NOISE * float(np.abs(self.scores).max()) if self.scores.dtype.kind == "f" else 0.0
        hits = [
            ((self.scores >= low - noise) & (self.scores <= high + noise)).sum(axis=0) for low, high in bands.values()
        ]
        unit = np.tile(np.arange(self.count), len(hits))
        names = [name for name in bands for _ in range(self.count)]
        counts = np.concatenate(hits) if hits else np.empty(0, dtype=np.int64)
        return self._frame({"band": names, **self._probability(counts)}, unit)

    def above(self, pairs: Iterable[tuple[int, int]] | NDArray[np.int64] | None = None) -> EagerFrame:
        """Return the probability that the first of two units scores higher; without `pairs`, of all pairs of groups.

        `pairs` are positions of units. Columns: the first's, `other_` and the second's, probability (of a strictly
        higher score: three equal units are above each other in no draw), monte_carlo_error, tie_probability.
        """
        if pairs is None:
            return self._above(*self._all_pairs())
        chosen = np.asarray(pairs if isinstance(pairs, np.ndarray) else list(pairs), dtype=np.int64).reshape(-1, 2)
        hits, ties = np.empty(len(chosen), dtype=np.int64), np.empty(len(chosen), dtype=np.int64)
        for rows in blocks_of(len(chosen), self.draws):
            first, second = self._by_unit[chosen[rows, 0]], self._by_unit[chosen[rows, 1]]
            hits[rows], ties[rows] = _true_in_rows(first > second), _true_in_rows(first == second)
        return self._above(chosen[:, 0], chosen[:, 1], hits, ties)

    def neighbours(self) -> EagerFrame:
        """Return `above` for each unit and the next one of its group, by median rank, then mean score.

        One row per neighbouring pair, so that the order of ten thousand units is told in ten thousand rows.
        """
        return self.above(self.neighbouring_pairs())

    def neighbouring_pairs(self) -> NDArray[np.int64]:
        """Return the positions of each unit and of the next one of its group: pairs x 2."""
        means = self._by_unit.mean(axis=1)
        order = np.lexsort((-means, self._quantile(0.5), self.groups))
        is_next = self.groups[order[1:]] == self.groups[order[:-1]]
        return np.column_stack([order[:-1][is_next], order[1:][is_next]])

    @property
    def _by_unit(self) -> Scores:
        """The scores, unit by unit: units x draws."""
        return self.scores.T

    def _all_pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Each ordered pair within a group, how often the first is above, and how often both are equal.

        A pair is compared once: who is not above and not equal is below.
        """
        firsts, seconds, hits, ties = ([np.empty(0, dtype=np.int64)] for _ in range(4))
        scores = self._by_unit
        for group in range(int(self.groups.max(initial=-1)) + 1):
            members = np.flatnonzero(self.groups == group)
            own = scores[members] if len(members) < self.count else scores
            for place, member in enumerate(members[:-1].tolist()):
                later = members[place + 1 :]
                for rows in blocks_of(len(later), self.draws):
                    others = own[place + 1 :][rows]
                    above, equal = _true_in_rows(own[place] > others), _true_in_rows(own[place] == others)
                    both = np.full(len(others), member), later[rows]
                    firsts += [both[0], both[1]]
                    seconds += [both[1], both[0]]
                    hits += [above, self.draws - above - equal]
                    ties += [equal, equal]
        found = [np.concatenate(parts) for parts in (firsts, seconds, hits, ties)]
        order = np.lexsort((found[1], found[0]))
        return found[0][order], found[1][order], found[2][order], found[3][order]

    def _above(
        self,
        first: NDArray[np.int64],
        second: NDArray[np.int64],
        hits: NDArray[np.int64],
        ties: NDArray[np.int64],
    ) -> EagerFrame:
        others = {f"other_{name}": _taken(values, second) for name, values in self.units.items()}
        return self._frame({**others, **self._probability(hits), "tie_probability": ties / self.draws}, first)

    def _quantile(self, share: float) -> NDArray[np.int64]:
        """The place that at least this share of a unit's draws reaches."""
        needed = max(1, int(np.ceil(share * self.draws * (1 - NOISE))))
        return self.ordered_ranks[:, needed - 1].astype(np.int64)

    def _simultaneous(self, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Per group, the narrowest central sets that hold all ranks of a draw at once in this share of draws.

        Every set leaves out the same number of draws at each end of its unit. The greatest such number whose sets still
        hold enough whole draws is found by halving, since holding fails once and for all.
        """
        low, high = np.empty(self.count, dtype=np.int64), np.empty(self.count, dtype=np.int64)
        missed = int(np.floor((1 - share) * (self.draws - 1)))
        for group in range(int(self.groups.max()) + 1):
            members = np.flatnonzero(self.groups == group)
            held, failing = 1, self.draws + 1
            while failing - held > 1:
                middle = (held + failing) // 2
                held, failing = (middle, failing) if self._missed(members, middle) <= missed else (held, middle)
            low[members] = self.ordered_ranks[members, held - 1]
            high[members] = self.ordered_ranks[members, self.draws - held]
        return low, high

    def _missed(self, members: NDArray[np.intp], left_out: int) -> int:
        """How many draws have a rank outside the sets that begin at the unit's `left_out`-th draw from each end."""
        is_out = np.zeros(self.draws, dtype=bool)
        is_all = len(members) == self.count
        for rows in blocks_of(len(members), self.draws, 4 * BLOCK_CELLS):
            chosen: slice | NDArray[np.intp] = rows if is_all else members[rows]
            ranks, ordered = self.ranks.T[chosen], self.ordered_ranks[chosen]
            low, high = ordered[:, left_out - 1 : left_out], ordered[:, -left_out, None]
            is_out |= ((ranks < low) | (ranks > high)).any(axis=0)
        return int(is_out.sum())

    def _probability(self, hits: NDArray[np.int64]) -> dict[str, Values]:
        adjusted = (hits + 2) / (self.draws + 4)
        error = HALF_WIDTH * np.sqrt(adjusted * (1 - adjusted) / (self.draws + 4))
        return {"probability": hits / self.draws, "monte_carlo_error": error}

    def _frame(self, columns: Mapping[str, Column], unit: NDArray[np.int64] | None = None) -> EagerFrame:
        named = {name: list(values) if unit is None else _taken(values, unit) for name, values in self.units.items()}
        return polars_frame({**named, **columns})


def claims_of(
    scores: Scores, units: Mapping[str, Sequence[Hashable]], within: Sequence[Sequence[Hashable]] = ()
) -> RankClaims:
    """Return the claims of scores (draws x units); `within` holds columns whose values keep rankings apart.

    Raises RobustnessInvalid for scores that are missing, and for units that do not fit.
    """
    if scores.ndim != 2 or scores.size == 0 or any(len(column) != scores.shape[1] for column in units.values()):
        raise RobustnessInvalid(
            "scores of shape {shape} do not fit the units.",
            place="scores",
            fix="Give draws x units.",
            shape=scores.shape,
        )
    if scores.dtype.kind == "f" and np.isnan(scores).any():
        unit = int(np.argwhere(np.isnan(scores))[0][1])
        named = ", ".join(str(values[unit]) for values in units.values())
        raise RobustnessInvalid(
            "it has draws without a score.", place="unit {unit}", fix="Impute or leave it out.", unit=named
        )
    keys = list(zip(*within, strict=True)) if within else [()] * scores.shape[1]
    known = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    groups = np.array([known[key] for key in keys], dtype=np.int64)
    members = [np.flatnonzero(groups == group) for group in range(len(known))]
    # Kept unit by unit: every claim compares the draws of one unit, or of two.
    by_unit = np.empty(scores.shape[::-1], dtype=scores.dtype)
    ranks = np.empty(scores.shape[::-1], dtype=np.int32)
    for rows in blocks_of(*scores.shape):
        clean = without_rounding_noise(scores[rows])
        by_unit[:, rows] = clean.T
        for own in members:
            ranks[own, rows] = ranks_of_clean(clean if len(members) == 1 else clean[:, own]).T
    return RankClaims(units, by_unit.T, ranks.T, groups)


def _taken(values: Sequence[Hashable], places: NDArray[np.int64]) -> list[Hashable]:
    held = np.empty(len(values), dtype=object)
    held[:] = list(values)
    taken: list[Hashable] = held[places].tolist()
    return taken


def _true_in_rows(is_true: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many cells of each row are true, eight at a time."""
    whole = is_true.shape[1] // 8 * 8
    packed = np.ascontiguousarray(is_true[:, :whole]).view(np.uint64)
    rest = is_true[:, whole:].sum(axis=1, dtype=np.int64)
    return np.asarray(np.bitwise_count(packed).sum(axis=1, dtype=np.int64) + rest)
