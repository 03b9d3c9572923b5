"""What can be claimed from many draws of scores: intervals of ranks, probabilities of places, who is above whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from iga.composite.table import Column, EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid

Ranks = NDArray[np.int16]
Scores = NDArray[np.int16] | NDArray[np.float64]
"""Draws x units: an index in whole hundredths, or a score as it comes."""
CERTAINTY = 1.96
"""Half-width of a 95 % interval in standard errors."""
_BLOCK = 1000


@dataclass(frozen=True)
class RankClaims:
    """Scores and ranks of every draw, and the claims that they support.

    `units` names each unit by its columns (such as region_code and edition); `scores` and `ranks` are draws x units;
    `groups` says among whom a unit is ranked. Frames are Polars frames, one row per unit and claim, with the unit's
    columns first. Every probability bears `error`, the half-width of its 95 % Monte Carlo interval (Agresti and Coull,
    1998); every bound of an interval bears the bounds between which it lies itself with 95 % certainty.
    """

    units: Mapping[str, Sequence[Hashable]]
    scores: Scores
    ranks: Ranks
    groups: NDArray[np.int64]

    @property
    def draws(self) -> int:
        """How many draws were made."""
        return int(self.ranks.shape[0])

    @cached_property
    def place_counts(self) -> NDArray[np.int64]:
        """How often each unit held each place: units x places."""
        count = self.ranks.shape[1]
        found = np.zeros(count * count, dtype=np.int64)
        offsets = np.arange(count, dtype=np.int64) * count - 1
        for start in range(0, self.draws, _BLOCK):
            block = self.ranks[start : start + _BLOCK] + offsets
            found += np.bincount(block.ravel(), minlength=count * count)
        return found.reshape(count, count)

    def intervals(self, *, lower: float = 0.05, upper: float = 0.95) -> EagerFrame:
        """Median rank and the interval of ranks, with Monte Carlo bounds, and the simultaneous set.

        Columns: rank_median, rank_low, rank_high (best and worst place of the interval), rank_low_from, rank_low_to,
        rank_high_from, rank_high_to (Monte Carlo bounds of those bounds), set_low, set_high: the places that hold for
        all units of a group at once with the probability `upper - lower`, ranked_count.
        """
        low, high = self._simultaneous(upper - lower)
        sizes = np.bincount(self.groups)[self.groups]
        columns: dict[str, Column] = {"rank_median": self._quantile(0.5)}
        columns |= {"rank_low": self._quantile(lower), "rank_high": self._quantile(upper)}
        for name, share in (("rank_low", lower), ("rank_high", upper)):
            error = CERTAINTY * np.sqrt(share * (1 - share) / self.draws)
            columns[f"{name}_from"] = self._quantile(max(share - error, 0.0))
            columns[f"{name}_to"] = self._quantile(min(share + error, 1.0))
        return self._frame({**columns, "set_low": low, "set_high": high, "ranked_count": sizes})

    def score_intervals(self, *, lower: float = 0.05, upper: float = 0.95) -> EagerFrame:
        """Median score and its interval: score_median, score_low, score_high, in the unit of the scores."""
        found = np.quantile(self.scores, [0.5, lower, upper], axis=0)
        return self._frame({"score_median": found[0], "score_low": found[1], "score_high": found[2]})

    def places(self) -> EagerFrame:
        """The probability of each place that a unit ever held: place, probability, error."""
        unit, place = np.nonzero(self.place_counts)
        hits = self.place_counts[unit, place]
        return self._frame({"place": place + 1, **self._probability(hits)}, unit)

    def top(self, k: int) -> EagerFrame:
        """The probability to be among the first k: k, probability, error."""
        hits = self.place_counts[:, :k].sum(axis=1)
        return self._frame({"k": np.full(len(hits), k), **self._probability(hits)})

    def within(self, bands: Mapping[str, tuple[float, float]]) -> EagerFrame:
        """The probability of each named band of the score, both ends inclusive: band, probability, error."""
        parts = []
        for name, (low, high) in bands.items():
            hits = ((self.scores >= low) & (self.scores <= high)).sum(axis=0)
            parts.append((name, hits))
        count = self.ranks.shape[1]
        unit = np.tile(np.arange(count), len(parts))
        names = [name for name, _ in parts for _ in range(count)]
        return self._frame({"band": names, **self._probability(np.concatenate([hits for _, hits in parts]))}, unit)

    def above(self, pairs: Iterable[tuple[int, int]] | None = None) -> EagerFrame:
        """The probability that the first of two units scores higher; without `pairs`, of all pairs of each group.

        `pairs` are positions of units. Columns: the first's, `other_` and the second's, probability (of a strictly
        higher score), tie_probability, error.
        """
        chosen = list(pairs) if pairs is not None else self._pairs()
        first = np.array([pair[0] for pair in chosen], dtype=int)
        second = np.array([pair[1] for pair in chosen], dtype=int)
        hits = np.array([(self.scores[:, a] > self.scores[:, b]).sum() for a, b in chosen], dtype=np.int64)
        ties = np.array([(self.scores[:, a] == self.scores[:, b]).sum() for a, b in chosen], dtype=np.int64)
        others = {f"other_{name}": [values[b] for b in second] for name, values in self.units.items()}
        return self._frame({**others, **self._probability(hits), "tie_probability": ties / self.draws}, first)

    def _pairs(self) -> list[tuple[int, int]]:
        count = self.ranks.shape[1]
        return [(a, b) for a in range(count) for b in range(count) if a != b and self.groups[a] == self.groups[b]]

    def _quantile(self, share: float) -> NDArray[np.int64]:
        reached = np.cumsum(self.place_counts, axis=1) >= max(share * self.draws, 1)
        return np.asarray(reached.argmax(axis=1) + 1)

    def _simultaneous(self, certainty: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Per group, the narrowest central sets that hold all ranks of a draw at once in this share of draws."""
        cumulated = np.cumsum(self.place_counts, axis=1)
        before = cumulated - self.place_counts
        tail = np.minimum(cumulated, self.draws - before)
        low = np.ones(len(self.groups), dtype=np.int64)
        high = low.copy()
        for group in np.unique(self.groups):
            members = np.flatnonzero(self.groups == group)
            rarest = self._rarest(tail, members)
            limit = np.sort(rarest)[int(np.floor((1 - certainty) * (self.draws - 1)))]
            is_in = (tail[members] >= limit) & (self.place_counts[members] > 0)
            low[members] = is_in.argmax(axis=1) + 1
            high[members] = is_in.shape[1] - is_in[:, ::-1].argmax(axis=1)
        return low, high

    def _rarest(self, tail: NDArray[np.int64], members: NDArray[np.intp]) -> NDArray[np.int64]:
        """The smallest tail that any member of a group reaches in each draw."""
        found = np.empty(self.draws, dtype=np.int64)
        flat, offsets = tail.ravel(), members * tail.shape[1] - 1
        for start in range(0, self.draws, _BLOCK):
            block = self.ranks[start : start + _BLOCK]
            block = block if len(members) == block.shape[1] else block[:, members]
            found[start : start + _BLOCK] = flat.take(block + offsets).min(axis=1)
        return found

    def _probability(self, hits: NDArray[np.int64]) -> dict[str, Values]:
        adjusted = (hits + 2) / (self.draws + 4)
        error = CERTAINTY * np.sqrt(adjusted * (1 - adjusted) / (self.draws + 4))
        return {"probability": hits / self.draws, "error": error}

    def _frame(self, columns: Mapping[str, Column], unit: NDArray[np.int64] | None = None) -> EagerFrame:
        chosen = np.arange(len(self.groups)) if unit is None else unit
        named = {name: [values[place] for place in chosen] for name, values in self.units.items()}
        return polars_frame({**named, **columns})


def claims_of(
    scores: Scores, units: Mapping[str, Sequence[Hashable]], within: Sequence[Sequence[Hashable]] = ()
) -> RankClaims:
    """The claims of scores (draws x units); `within` holds columns whose values keep rankings apart.

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
    ranks = np.empty(scores.shape, dtype=np.int16)
    for group in range(len(known)):
        members = np.flatnonzero(groups == group)
        ranks[:, members] = ranks_of_draws(scores if len(known) == 1 else scores[:, members])
    return RankClaims(units, scores, ranks, groups)


def ranks_of_draws(scores: Scores) -> Ranks:
    """Places within each row, 1 for the highest score; equal scores share the better place (floats: to 9 places)."""
    ranks = np.empty(scores.shape, dtype=np.int16)
    places = np.arange(1, scores.shape[1] + 1, dtype=np.int16)
    for start in range(0, len(scores), _BLOCK):
        block = scores[start : start + _BLOCK]
        block = block.round(9) if block.dtype.kind == "f" else block
        order = np.argsort(-block, axis=1, kind="stable")
        ordered = np.take_along_axis(block, order, axis=1)
        is_new = np.ones(block.shape, dtype=bool)
        np.not_equal(ordered[:, 1:], ordered[:, :-1], out=is_new[:, 1:])
        shared = np.maximum.accumulate(np.where(is_new, places, np.int16(0)), axis=1)
        np.put_along_axis(ranks[start : start + _BLOCK], order, shared, axis=1)
    return ranks
