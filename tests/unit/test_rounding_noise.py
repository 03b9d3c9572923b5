"""What only the order of additions tells apart is one value, before it is ranked, claimed or called constant."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from iga.composite.rounding_noise import is_constant, without_rounding_noise

SUM = 0.1 + 0.2


@pytest.mark.parametrize(
    ("values", "cleaned"),
    [
        ([0.3, SUM, 0.3], [0.3, 0.3, 0.3]),
        ([SUM, 0.3], [0.3, 0.3]),
        ([-0.3, -SUM], [-SUM, -SUM]),
        ([3e9, SUM * 1e10], [3e9, 3e9]),
        ([1e-20, 2e-20], [1e-20, 2e-20]),
        ([0.3, float("nan"), SUM], [0.3, float("nan"), 0.3]),
        ([0.3, 0.300001], [0.3, 0.300001]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([], []),
    ],
)
def test_noise_is_removed_and_nothing_else(values: list[float], cleaned: list[float]) -> None:
    np.testing.assert_array_equal(without_rounding_noise(np.array(values)), cleaned)


def test_each_row_is_judged_by_its_own_size() -> None:
    rows = np.array([[0.3, SUM], [1e-17, 2e-17]])
    assert without_rounding_noise(rows).tolist() == [[0.3, 0.3], [1e-17, 2e-17]]


def test_whole_numbers_come_back_as_they_are() -> None:
    whole = np.array([[3, 1, 2]], dtype=np.int16)
    assert without_rounding_noise(whole).dtype == whole.dtype
    assert without_rounding_noise(whole).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.3, SUM], True), ([float("nan")] * 2, True), ([0.3, SUM, 0.4], False), ([7.0, float("nan"), 7.0], True)],
)
def test_a_column_of_noise_is_constant(values: list[float], expected: bool) -> None:
    assert is_constant(np.array(values)) is expected


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=20))
def test_tenths_added_in_any_order_compare_as_fractions_do(tenths: list[int]) -> None:
    """Every value is reached by a sum of tenths up and down; comparisons must be those of exact fractions."""
    reached = np.array([sum([0.1] * max(t, 0)) - sum([0.1] * max(-t, 0)) for t in tenths] + [t / 10 for t in tenths])
    exact = [Fraction(t, 10) for t in tenths] * 2
    cleaned = without_rounding_noise(reached)
    for first, value in zip(exact, cleaned, strict=True):
        assert [bool(value < other) for other in cleaned] == [first < other for other in exact]
