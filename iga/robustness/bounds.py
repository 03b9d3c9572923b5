"""Ranks where an index is known by its bounds alone: drawn evenly within them, each region on its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from iga.robustness.claims import RankClaims, claims_of


def claims_within_bounds(
    units: Mapping[str, Sequence[Hashable]],
    lower_x100: Sequence[int],
    upper_x100: Sequence[int],
    *,
    draws: int,
    seed: int,
) -> RankClaims:
    """Return the claims of indices that are drawn evenly from their bounds in hundredths, both ends included.

    This assumes that nothing is known of where an index lies within its bounds, and that regions do not depend on each
    other. What bounds prove without an assumption is `iga.index.rank.rank_regions`. The same seed gives the same draws.
    """
    low, high = np.asarray(lower_x100, dtype=np.int64), np.asarray(upper_x100, dtype=np.int64)
    random = np.random.default_rng(seed)
    scores: NDArray[np.int16] = random.integers(low, high + 1, (draws, len(low))).astype(np.int16)
    return claims_of(scores, units)


def claims_among(claims: RankClaims, within: Sequence[Hashable]) -> RankClaims:
    """Return the same draws ranked among those units alone that share a value of `within`."""
    return claims_of(claims.scores, claims.units, [within])


def places_between(claims: RankClaims, lower: float, upper: float) -> tuple[list[int], list[int]]:
    """Return for each unit the best and the worst place between two shares of its draws."""
    found = np.quantile(claims.ranks, [lower, upper], axis=0, method="inverted_cdf").astype(int)
    return found[0].tolist(), found[1].tolist()


def share_first(claims: RankClaims) -> list[float]:
    """Return for each unit the share of draws in which it is first, alone or with others."""
    return [float(share) for share in (claims.ranks == 1).mean(axis=0)]
