"""An audit sample is drawn once and for all, and its interval is that of the difference estimator."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import mean, stdev
from typing import Any

import pytest
from hypothesis import given, strategies as st
from scipy.stats import t as student

from iga.estimate import LikelyRange, Refusal, audit_sample_range, draw_audit_sample, index_range
from iga.index.exact import index_bounds
from iga.index.what_narrows import RegionFacts
from iga.rulebook import load_rulebook

D = Decimal
KEYS = [f"inovasi-{number:03}" for number in range(1, 274)]
LOW, HIGH = dict.fromkeys(KEYS, D(50)), dict.fromkeys(KEYS, D(84))
READ = {key: D(60 + place % 13) for place, key in enumerate(KEYS)}


def test_the_same_seed_draws_the_same_on_every_machine() -> None:
    assert draw_audit_sample(KEYS, 5, 1) == (
        "inovasi-040",
        "inovasi-181",
        "inovasi-038",
        "inovasi-238",
        "inovasi-183",
    )
    assert draw_audit_sample(reversed(KEYS), 30, 7) == draw_audit_sample(KEYS, 30, 7)
    assert draw_audit_sample(KEYS, 30, 7) != draw_audit_sample(KEYS, 30, 8)


def test_a_larger_draw_begins_with_the_smaller_one() -> None:
    assert draw_audit_sample(KEYS, 45, 3)[:30] == draw_audit_sample(KEYS, 30, 3)
    assert sorted(draw_audit_sample(KEYS, 1000, 3)) == KEYS
    assert draw_audit_sample(KEYS, 0, 3) == ()
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw_audit_sample(KEYS, -1, 3)


def test_every_innovation_is_drawn_as_often() -> None:
    """Over 2,000 seeds each of 40 keys is in a draw of 10 a quarter of the time; chi-square with 39 degrees."""
    keys, times = KEYS[:40], dict.fromkeys(KEYS[:40], 0)
    for seed in range(2000):
        for key in draw_audit_sample(keys, 10, seed):
            times[key] += 1
    chi_square = sum((count - 500) ** 2 / 500 for count in times.values())
    assert chi_square < 62.4  # 99 % of the distribution; draws without replacement spread less


def given_range(**changes: Any) -> LikelyRange | Refusal:
    drawn = draw_audit_sample(KEYS, 30, 1)
    values: dict[str, Any] = {"hard_low_by_innovation": LOW, "hard_high_by_innovation": HIGH, "drawn": drawn}
    values |= {"read": {key: READ[key] for key in drawn}, "population": len(KEYS)}
    return audit_sample_range(**(values | changes))


def test_the_interval_is_that_of_the_difference_estimator() -> None:
    """Reckoned here in floats, with SciPy's own quantile."""
    found = given_range()
    assert isinstance(found, LikelyRange)
    differences = [float(READ[key]) - 67 for key in draw_audit_sample(KEYS, 30, 1)]
    centre = 67 + mean(differences)
    reach = student.ppf(0.95, 29) * stdev(differences) / sqrt(30) * sqrt(1 - 30 / 273)
    assert float(found.low) == pytest.approx(centre - reach, abs=1e-3)
    assert float(found.high) == pytest.approx(centre + reach, abs=1e-3)
    assert found.high - found.low >= 2 * D(str(reach)) - D("1e-9")
    assert found.central is not None
    assert float(found.central[0]) == pytest.approx(centre)
    assert (found.sample_size, found.population, found.donors) == (30, 273, None)
    assert (found.certainty, found.kind, found.model) == (D("0.90"), "sampling", "audit_sample")
    assert (found.hard_low, found.hard_high) == (D(50), D(84))


def test_a_greater_certainty_is_wider_and_a_divisor_scales_all() -> None:
    usual, surer, shared = given_range(), given_range(certainty=D("0.99")), given_range(divisor=300)
    assert isinstance(usual, LikelyRange)
    assert isinstance(surer, LikelyRange)
    assert isinstance(shared, LikelyRange)
    assert surer.width > usual.width * D("1.5")
    assert float(shared.low) == pytest.approx(float(usual.low) * 273 / 300)
    assert float(shared.hard_high) == pytest.approx(84 * 273 / 300)


def test_the_index_carries_the_interval_and_the_bounds_of_the_spd() -> None:
    found, rules = given_range(), load_rulebook(2026)
    assert isinstance(found, LikelyRange)
    region = RegionFacts((Fraction(40), Fraction(45)), (Fraction(50 * 273), Fraction(84 * 273)), 273, 273, (6, 6))
    index = index_range(found, region, rules)
    assert isinstance(index, LikelyRange)
    assert float(index.low) == pytest.approx((40 + float(found.low) + 76) / 2.5)
    assert float(index.high) == pytest.approx((45 + float(found.high) + 76) / 2.5)
    bounds = index_bounds(
        rules,
        spd=region.spd,
        maturity_sum=region.maturity_sum,
        in_divisor=273,
        counted=273,
        basic_services=(6, 6),
    )
    assert bounds == (Fraction(index.hard_low), Fraction(index.hard_high))
    assert index.central is not None
    assert float(index.central[1] - index.central[0]) == pytest.approx(2)
    assert (index.measure, index.kind, index.sample_size) == ("iid", "sampling", 30)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"drawn": ()}, "sample_not_drawn"),
        ({"read": READ}, "sample_not_drawn"),
        ({"drawn": ("x",) * 30}, "sample_not_drawn"),
        ({"drawn": draw_audit_sample(KEYS, 19, 1), "read": {}}, "sample_too_small"),
        ({"read": {}}, "sample_unread"),
        ({"read": dict.fromkeys(draw_audit_sample(KEYS, 30, 1), D(85))}, "readings_outside_bounds"),
    ],
)
def test_a_sample_that_does_not_do_is_refused(changes: dict[str, Any], reason: str) -> None:
    found = given_range(**changes)
    assert isinstance(found, Refusal)
    assert (found.kind, found.reason) == ("sampling", reason)


def test_twenty_do_and_few_readings_beyond_their_bounds_are_told() -> None:
    drawn = draw_audit_sample(KEYS, 20, 1)
    read = {key: READ[key] for key in drawn} | dict.fromkeys(drawn[:2], D(85))
    found = given_range(drawn=drawn, read=read)
    assert isinstance(found, LikelyRange)
    assert [condition.code for condition in found.conditions] == ["drawn_at_random", "readings_outside_bounds"]
    assert found.conditions[1].named == {"outside": 2, "sample_size": 20}
    assert isinstance(given_range(drawn=drawn, read=read | {drawn[2]: D(85)}), Refusal)


def test_bounds_must_be_those_of_the_population() -> None:
    with pytest.raises(ValueError, match="are not those of 274"):
        given_range(population=274)


@given(st.data())
def test_a_range_stays_in_the_bounds_and_a_whole_reading_is_the_truth(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 40))
    points = st.integers(0, 111)
    each = [sorted(data.draw(st.tuples(points, points, points))) for _ in range(count)]
    keys = KEYS[:count]
    low, truth, high = (dict(zip(keys, (row[place] for row in each), strict=True)) for place in range(3))
    drawn = draw_audit_sample(keys, data.draw(st.integers(min(20, count), count)), 1)
    found = audit_sample_range(low, high, {key: truth[key] for key in drawn}, drawn, count)
    assert isinstance(found, LikelyRange)
    assert found.hard_low <= found.low <= found.high <= found.hard_high
    if len(drawn) == count:
        assert Fraction(found.low) <= Fraction(sum(truth.values()), count) <= Fraction(found.high)
        assert found.width < D("1e-20")
