"""The outranking matrix: by how much of the weight each unit is better than each other, before any score is made."""

from __future__ import annotations

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import IndicatorTable, Values, frame_of
from iga.errors import MethodRefused


def outranking_matrix(normalised: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy) -> Values:
    """Return the share of the weight on which the unit of a row is better than that of a column; ties count half.

    Weights are the indicators' nominal ones (products of shares up to the index), directions are those of the
    normalised table; values that differ by rounding noise only tie. A value and its mirror add up to 1; the diagonal is
    0.5. Raises MethodRefused naming a unit and an indicator without a value: what is not known is neither better nor
    worse.

    Source: Munda and Nardo (2009), the matrix behind Condorcet's and Copeland's orders.
    """
    values = normalised.select(hierarchy.indicators).values
    if np.isnan(values).any():
        unit, indicator = np.argwhere(np.isnan(values))[0]
        raise MethodRefused(
            "{unit} has no value, and pairs cannot be compared.",
            place="indicator {indicator}",
            fix="Impute or screen first.",
            unit=normalised.units[unit],
            indicator=hierarchy.indicators[indicator],
        )
    matrix = np.zeros((len(values), len(values)))
    for column, name in zip(without_rounding_noise(values.T), hierarchy.indicators, strict=True):
        is_better, is_equal = column[:, None] > column, column[:, None] == column
        matrix += hierarchy.nominal_weight(name) * (is_better + 0.5 * is_equal)
    return matrix


def outranking(normalised: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy) -> IntoDataFrameT:
    """Return the outranking matrix as a frame: unit, other_unit, share (0 to 1), is_dominant (better on all weight)."""
    matrix = outranking_matrix(normalised, hierarchy)
    first, second = np.nonzero(~np.eye(len(matrix), dtype=bool))
    shares = matrix[first, second]
    return frame_of(
        normalised,
        {
            "unit": [normalised.units[place] for place in first],
            "other_unit": [normalised.units[place] for place in second],
            "share": shares,
            "is_dominant": [bool(share > 1 - 1e-12) for share in shares],
        },
    )
