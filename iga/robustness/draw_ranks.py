"""Ranks the units of every draw: by counting where scores are whole numbers of a short range, else by sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from iga.composite.rounding_noise import without_rounding_noise

Ranks = NDArray[np.int32]
Scores = NDArray[np.integer[Any] | np.floating[Any]]
"""Draws x units: an index in whole hundredths, or a score as it comes."""
BLOCK_CELLS = 1_000_000
"""Cells that are ranked or compared at once: some tens of MiB with what is counted beside them."""


def ranks_of_draws(scores: Scores) -> Ranks:
    """Return the places within each row, 1 for the highest score; equal scores share the better place.

    Floats that differ by rounding noise only are equal (`without_rounding_noise`). Ranks are int32: a row may hold more
    units than int16 counts.
    """
    ranks = np.empty(scores.shape, dtype=np.int32)
    for rows in blocks_of(*scores.shape):
        ranks[rows] = ranks_of_clean(without_rounding_noise(scores[rows]))
    return ranks


def ranks_of_clean(scores: Scores) -> Ranks:
    """Return the places within each row of one block whose rounding noise has been removed."""
    if scores.size and scores.dtype.kind in "iu":
        lowest, span = int(scores.min()), int(scores.max()) - int(scores.min()) + 1
        if span <= 4 * scores.shape[1]:
            return _by_counting(scores.astype(np.int64) - lowest, span)
    return _by_sorting(scores)


def blocks_of(draws: int, units: int, cells: int = BLOCK_CELLS) -> list[slice]:
    """Return slices of draws of about that many cells, at least one draw each."""
    step = max(1, cells // max(1, units))
    return [slice(start, min(start + step, draws)) for start in range(0, draws, step)]


def _by_counting(scores: NDArray[np.int64], span: int) -> Ranks:
    """Return 1 + how many of the row are higher, from how often each score occurs; scores run from 0 below `span`."""
    keys = scores + np.arange(len(scores))[:, None] * span
    counts = np.bincount(keys.ravel(), minlength=len(scores) * span).reshape(-1, span)
    reached = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.asarray((reached - counts + 1).ravel()[keys], dtype=np.int32)


def _by_sorting(scores: Scores) -> Ranks:
    order = np.argsort(scores, axis=1)[:, ::-1]
    ordered = np.take_along_axis(scores, order, axis=1)
    is_new = np.ones(scores.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=is_new[:, 1:])
    places = np.arange(1, scores.shape[1] + 1, dtype=np.int32)
    shared = np.maximum.accumulate(np.where(is_new, places, np.int32(0)), axis=1)
    ranks = np.empty(scores.shape, dtype=np.int32)
    np.put_along_axis(ranks, order, shared, axis=1)
    return ranks
