"""Unknown levels that follow the practice of their city: what a city's unanswered items come to, given its practice.

The answers of a city in one edition share a standard normal variable z; each item has one of its own, e. The latent
answer is sqrt(r) z + sqrt(1 - r) e with the dependence r, and its level is the part of the normal distribution that it
falls into, cut into equally likely parts. So every level of an item is equally likely, as long as nothing is known of
the city, and the items of one city are high or low together: their mean does not settle in the middle, however many
they are. With r = 0 items are independent, with r = 1 all of a city stand at the same level.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from iga.composite.table import Values


def mean_and_variance(practice: Values, top: int, dependence: float) -> tuple[Values, Values]:
    """Return the mean and the variance of an unknown level from 0 to `top`, for each z of a city."""
    cuts = ndtri(np.arange(1, top + 1) / (top + 1))
    if dependence >= 1:
        alike = np.searchsorted(cuts, practice, side="right").astype(float)
        return alike, np.zeros_like(alike)
    mean, square = np.zeros_like(practice), np.zeros_like(practice)
    for level, cut in enumerate(cuts.tolist(), start=1):
        reached = ndtr((np.sqrt(dependence) * practice - cut) / np.sqrt(1 - dependence))
        mean += reached
        square += (2 * level - 1) * reached
    return mean, np.maximum(square - mean**2, 0.0)


def share_of_range(practice: Values, own: Values, dependence: float) -> Values:
    """Return where in its range one unknown amount of a city lies, 0 to 1, evenly over cities."""
    return np.asarray(ndtr(np.sqrt(dependence) * practice + np.sqrt(1 - dependence) * own))


def unknown_points(
    weights: Values, counts: NDArray[np.int64], tops: NDArray[np.int64], practice: Values, dependence: float
) -> tuple[Values, Values]:
    """Return mean and variance of the points of unknown levels: draws x units.

    `weights`: draws x items, points per level; `counts`: units x items, how many answers are unknown; `tops`: the top
    level of each item; `practice`: draws x units, the city's z.
    """
    mean, variance = np.zeros_like(practice), np.zeros_like(practice)
    for top in np.unique(tops):
        is_alike = (tops == top) & (counts > 0).any(axis=0)
        if is_alike.any():
            level, spread = mean_and_variance(practice, int(top), dependence)
            mean += weights[:, is_alike] @ counts[:, is_alike].T * level
            variance += weights[:, is_alike] ** 2 @ counts[:, is_alike].T * spread
    return mean, variance
