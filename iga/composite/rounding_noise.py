"""Removes what only the order of float additions tells apart, before values are compared: 0.3 and 0.1 + 0.2 are one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
NOISE = 1e-12
"""Values this near, as a share of the greatest magnitude beside them, differ by rounding only.

Sums of a hundred floats err by about 1e-14 of their size; figures that people write seldom have twelve digits.
"""


def without_rounding_noise(values: NDArray[Number]) -> NDArray[Number]:
    """Return the values with those that differ by rounding noise only made equal, each row on its own.

    `values` is one row, or rows of values that are compared with each other (the last axis). Sorted neighbours at most
    `NOISE` times the greatest magnitude of their row apart are one value: the smallest of them. So the result depends
    on no order and on no grid of decimal places, whose edges would tell 0.3 and 0.1 + 0.2 apart again. NaN stays NaN;
    whole numbers come back as they are.
    """
    given = np.asarray(values)
    if given.dtype.kind != "f" or given.size == 0:
        return given
    rows = given.reshape(-1, given.shape[-1])
    ordered = np.sort(rows, axis=1)  # NaN comes last
    noise = NOISE * np.where(np.isfinite(rows), np.abs(rows), 0.0).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        gaps = np.diff(ordered, axis=1)
        is_noisy = ((gaps > 0) & (gaps <= noise)).any(axis=1)
    if not is_noisy.any():
        return given
    cleaned = rows.copy()
    cleaned[is_noisy] = _first_of_each_run(rows[is_noisy], noise[is_noisy])
    return cleaned.reshape(given.shape)


def _first_of_each_run(rows: NDArray[Number], noise: NDArray[np.float64]) -> NDArray[Number]:
    """Each value replaced by the smallest of its run of sorted neighbours that differ by noise only."""
    order = np.argsort(rows, axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    starts = np.tile(np.arange(rows.shape[1]), (len(rows), 1))
    with np.errstate(invalid="ignore"):
        starts[:, 1:][np.diff(ordered, axis=1) <= noise] = 0
    firsts = np.maximum.accumulate(starts, axis=1)
    cleaned = np.empty_like(rows)
    np.put_along_axis(cleaned, order, np.take_along_axis(ordered, firsts, axis=1), axis=1)
    return cleaned


def is_constant(values: NDArray[np.float64]) -> bool:
    """Return whether all values that are present are one value but for rounding noise; True where none is present."""
    present = np.asarray(values, dtype=float).ravel()
    present = present[~np.isnan(present)]
    return len(present) == 0 or bool(np.ptp(without_rounding_noise(present)) == 0)
