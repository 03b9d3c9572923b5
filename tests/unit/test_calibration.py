"""Likely ranges hold the hidden truth as often as they say; what takes innovations as independent does not.

Small and seeded, so that it runs in the ordinary suite; the larger run is marked slow. The same functions measure what
docs/likely_ranges.md shows.
"""

from __future__ import annotations

import polars as pl
import pytest

from iga.estimate import Refusal
from simulation.calibration import (
    audit_coverage,
    audited,
    compared_by_donors,
    compared_by_samples,
    coverage_of_chosen_samples,
    coverage_of_independent_innovations,
    donor_coverage,
    hidden_cities,
    nation_of,
    reliability,
)

SHIFTS = (-3.0, 0.0, 3.0)
CLASSES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@pytest.mark.parametrize("shift", SHIFTS)
def test_an_audit_sample_of_thirty_covers_what_it_says_at_any_shift_of_practice(shift: float) -> None:
    measured = audit_coverage(nation_of(60, 11, shift=shift), 30, range(4))
    assert measured.given == 240
    assert 0.85 <= measured.share <= 0.95
    assert 0.5 < measured.width < 1.2  # index points
    assert measured.hard_width > 10


@pytest.mark.parametrize(
    ("donors", "has_neighbour", "narrowed_to"), [(8, True, 0.4), (20, True, 0.4), (8, False, 0.9), (20, False, 0.7)]
)
def test_donors_never_cover_less_than_they_say(donors: int, has_neighbour: bool, narrowed_to: float) -> None:
    """Over several nations, since the cities of one nation are predicted by the same donors."""
    measured = [
        donor_coverage(nation_of(donors + 15, seed, practice_scale=scale), donors, has_neighbour=has_neighbour)
        for seed, scale in ((1, 0.5), (2, 1.0), (3, 2.0), (4, 1.0))
    ]
    given, held = sum(each.given for each in measured), sum(each.held for each in measured)
    assert given >= 30
    assert held / given >= 0.9
    widths = [(each.given * each.width, each.given * each.hard_width) for each in measured]
    assert sum(width for width, _ in widths) < narrowed_to * sum(hard for _, hard in widths)


@pytest.mark.parametrize("shift", [-3.0, 3.0])
def test_donors_hold_a_city_whose_practice_under_the_new_list_is_another(shift: float) -> None:
    """The ends of the crosswalk are kept: no donor says where between them a city lies."""
    donors, others = nation_of(35, 8), nation_of(35, 8, shift=shift)
    measured = donor_coverage(donors, 20, of_index=False, targets_of=others)
    assert measured.given >= 10
    assert measured.share >= 0.9


def test_ranges_that_take_innovations_as_independent_fail_on_these_nations() -> None:
    """Else the nations would let any method pass: this one is told the donors' very truth and still misses."""
    measured = [coverage_of_independent_innovations(nation_of(60, seed), 20) for seed in (1, 2, 3)]
    assert sum(each.held for each in measured) / sum(each.given for each in measured) < 0.6


def test_a_sample_that_a_city_chooses_does_not_do() -> None:
    assert coverage_of_chosen_samples(nation_of(60, 5), 30).share < 0.75


def assert_calibrated(table: pl.DataFrame, *, fewest: int, slack: float) -> None:
    """The lower end is not above what is observed, the upper end not below, in every class with enough pairs."""
    rows = table.filter(pl.col("pairs") >= fewest).to_dicts()
    assert {row["end"] for row in rows} == {"lower", "upper"}
    for row in rows:
        if row["end"] == "lower":
            assert row["observed"] >= row["stated"] - slack, row
        else:
            assert row["observed"] <= row["stated"] + slack, row


def test_the_probability_of_donors_is_calibrated() -> None:
    pairs = [pair for seed in (1, 2, 3) for pair in compared_by_donors(nation_of(45, seed), 20)]
    assert_calibrated(reliability(pairs, CLASSES), fewest=40, slack=0.02)
    decided = [pair for pair in pairs if pair.stated.is_likely_above or pair.stated.is_likely_below]
    assert len(decided) > 0.3 * len(pairs)
    right = sum(pair.is_above == pair.stated.is_likely_above for pair in decided)
    assert right / len(decided) >= 0.9


def test_the_probability_of_audit_samples_is_calibrated() -> None:
    pairs = [pair for seed in range(4) for pair in compared_by_samples(nation_of(60, seed), 30, seed)]
    table = reliability(pairs, CLASSES)
    assert table["pairs"].sum() == 4 * len(pairs)
    assert_calibrated(table, fewest=40, slack=0.1)
    # An interval of one value must be right on both sides: no class may be too cautious either.
    for row in table.filter(pl.col("pairs") >= 40).to_dicts():
        assert row["observed"] == pytest.approx(row["stated"], abs=0.1), row


def test_a_sample_too_small_is_refused_by_the_same_way() -> None:
    city = hidden_cities(nation_of(1, 1))[0]
    found = audited(city, 19, 1)
    assert isinstance(found, Refusal)


@pytest.mark.slow
def test_the_larger_run_holds_as_well() -> None:
    for seed, shift in enumerate((-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)):
        for draw in (20, 30, 60):
            measured = audit_coverage(nation_of(150, 100 + seed, shift=shift), draw, range(6))
            assert 0.85 <= measured.share <= 0.95, (shift, draw, measured)
    for donors in (8, 12, 20):
        for has_neighbour in (True, False):
            found = [
                donor_coverage(nation_of(donors + 20, 200 + seed), donors, has_neighbour=has_neighbour)
                for seed in range(20)
            ]
            given = sum(each.given for each in found)
            assert sum(each.held for each in found) / given >= 0.9, (donors, has_neighbour)
    pairs = [pair for seed in range(20) for pair in compared_by_donors(nation_of(50, 300 + seed), 20)]
    assert_calibrated(reliability(pairs, tuple(edge / 10 for edge in range(11))), fewest=100, slack=0.02)
