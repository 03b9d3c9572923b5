"""A likely range never leaves its hard bounds; what proves it, and why one is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from iga.estimate import (
    LikelyRange,
    PublishedFact,
    Refusal,
    Scenario,
    WeightBounds,
    deterministic_bounds,
    limit_reasons,
    limits,
    named_scenarios,
    probability_above,
    spd_bounds,
    spd_levels,
    spd_range,
    weight_bounds,
)
from iga.estimate.student import t_probability, t_quantile
from iga.index.exact import index_bounds
from iga.index.formula import count_points, index_of_total, rounded
from iga.index.what_narrows import RegionFacts
from iga.rulebook import load_rulebook
from tests.conftest import ROOT

D = Decimal
UNKNOWN_WEIGHT, KNOWN = load_rulebook(2023), load_rulebook(2026)
TEGAL = PublishedFact("33.28", 2023, D("60.3"), 129, D("52.04"))
MAGELANG = RegionFacts(None, (Fraction(8000), Fraction(9000)), 100, 100, (6, 6))
BENGKULU = RegionFacts(None, (Fraction(218 * 80), Fraction(218 * 81)), 218, 218, (6, 6))


def likely(low: str, high: str, **changes: Any) -> LikelyRange:
    given_values: dict[str, Any] = {"central": None, "hard_low": D("32.22"), "hard_high": D("87.82")}
    given_values |= {"measure": "iid", "kind": "sampling", "certainty": D("0.9"), "model": "audit_sample"}
    return LikelyRange(low=D(low), high=D(high), **(given_values | changes))


@pytest.mark.parametrize(
    ("low", "high", "whole"),
    [
        ("32.22", "87.82", (32, 88)),
        ("56.37", "87.82", (56, 88)),
        ("60.00", "70.00", (60, 70)),
        ("60.001", "60.002", (60, 61)),
    ],
)
def test_a_range_is_rounded_outward(low: str, high: str, whole: tuple[int, int]) -> None:
    assert likely(low, high).rounded_outward() == whole


@given(st.lists(st.decimals(0, 100, places=4), min_size=4, max_size=4))
def test_rounding_stays_inside_the_rounded_bounds(values: list[Decimal]) -> None:
    hard_low, low, high, hard_high = sorted(values)
    found = likely(str(low), str(high), hard_low=hard_low, hard_high=hard_high)
    least, most = found.rounded_outward()
    assert found.hard_rounded_outward()[0] <= least <= low <= high <= most <= found.hard_rounded_outward()[1]
    assert found.width <= found.hard_width


@pytest.mark.parametrize(
    ("low", "high", "central"),
    [
        ("70", "60", None),
        ("30", "60", None),
        ("60", "90", None),
        ("60", "70", (D(59), D(65))),
        ("60", "70", (D(66), D(65))),
        ("60", "70", (D(66), D(71))),
    ],
)
def test_no_range_is_inverted_or_leaves_its_bounds(low: str, high: str, central: Any) -> None:
    with pytest.raises(ValueError, match=r"is no range inside|leave 60 to 70"):
        likely(low, high, central=central)


def test_central_values_are_two_and_rounded_apart() -> None:
    assert likely("60", "70", central=(D("64.5"), D("64.5"))).central_rounded() == (64, 65)
    assert likely("60", "70").central_rounded() is None


def test_every_threshold_has_its_reason() -> None:
    assert {limit.name for limit in limit_reasons()} == set(vars(limits()))
    assert all(limit.reason_id and limit.reason_en and limit.value > 0 for limit in limit_reasons())
    assert (limits().least_donors, limits().least_sample) == (D(8), D(20))
    assert limits().least_leave_one_out_hits == D(16) / 20


def test_scipy_is_loaded_only_when_a_quantile_is_asked_for() -> None:
    code = "import sys, iga.estimate; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("degrees", "certainty", "quantile"),
    # Tables of Student's t: 0.95 one-sided at 7, 19 and 29 degrees, 0.975 at 19.
    [(7, "0.9", "1.8946"), (19, "0.9", "1.7292"), (29, "0.9", "1.6992"), (19, "0.95", "2.0931")],
)
def test_quantiles_are_those_of_the_tables_rounded_up(degrees: int, certainty: str, quantile: str) -> None:
    assert t_quantile(degrees, D(certainty)) == D(quantile)
    assert t_probability(float(D(quantile)), degrees) == pytest.approx(float((1 + D(certainty)) / 2), abs=1e-4)


@given(
    weight=st.fractions(Fraction(1, 100), Fraction(1, 2), max_denominator=1000),
    counted=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    mean=st.tuples(st.fractions(0, 111, max_denominator=50), st.fractions(0, 111, max_denominator=50)),
    spd=st.tuples(st.integers(0, 63), st.integers(0, 63)),
)
def test_published_facts_hold_the_truth_of_every_other_region(
    weight: Fraction, counted: tuple[int, int], mean: tuple[Fraction, Fraction], spd: tuple[int, int]
) -> None:
    """Two regions under one weight: the first is published as the ministry rounds it, the second is not known."""
    count = [min(count_points(Fraction(each), 6, weight, Fraction(1000), 5), Fraction(76)) for each in counted]
    iid = [index_of_total(spd[place] + mean[place] + count[place], 250) for place in (0, 1)]
    fact = PublishedFact("33.28", 2023, rounded(iid[0]), counted[0], rounded(mean[0]))
    bounds = weight_bounds([fact], UNKNOWN_WEIGHT)
    assert isinstance(bounds, WeightBounds)
    assert bounds.lower <= weight
    assert bounds.upper is None or bounds.upper >= weight
    in_divisor = max(10, counted[1])
    region = RegionFacts(None, (mean[1] * in_divisor,) * 2, counted[1], counted[1], (6, 6))
    found = deterministic_bounds([fact], region, UNKNOWN_WEIGHT)
    assert isinstance(found, LikelyRange)
    assert found.low <= rounded(iid[1]) + D("0.005")
    assert Fraction(found.low) <= iid[1] <= Fraction(found.high)
    assert found.hard_low <= found.low <= found.high <= found.hard_high


def test_facts_narrow_at_both_ends() -> None:
    """A region that has little beside its mean shows that an innovation cannot weigh much."""
    fact = PublishedFact("33.28", 2023, D("24.00"), 100, D("50.00"))
    bounds = weight_bounds([fact], UNKNOWN_WEIGHT)
    assert isinstance(bounds, WeightBounds)
    assert (bounds.lower, bounds.upper) == (Fraction(0), Fraction("10.0175") / 100)
    found = deterministic_bounds([fact], BENGKULU, UNKNOWN_WEIGHT)
    assert isinstance(found, LikelyRange)
    assert found.low == found.hard_low
    assert found.high == D(str(float((63 + 81 + Fraction("10.0175") / 100 * 218) / Fraction("2.5"))))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (lambda: deterministic_bounds([], BENGKULU, UNKNOWN_WEIGHT), "no_published_facts"),
        (lambda: deterministic_bounds([TEGAL], BENGKULU, KNOWN), "rule_known"),
        (lambda: deterministic_bounds([fact(2025)], BENGKULU, load_rulebook(2025)), "maximum_unknown"),
        (lambda: weight_bounds([TEGAL, fact(2023, is_simulated=True)], UNKNOWN_WEIGHT), "simulated_mixed"),
        (lambda: weight_bounds([fact(2023, iid=D(10))], UNKNOWN_WEIGHT), "facts_contradict"),
        (lambda: weight_bounds([fact(2023, iid=D(99))], UNKNOWN_WEIGHT), "facts_contradict"),
        (lambda: weight_bounds([TEGAL, fact(2023, iid=D("24"))], UNKNOWN_WEIGHT), "facts_contradict"),
        (lambda: spd_range({}, BENGKULU, KNOWN), "no_lines"),
        (lambda: spd_range({"3": 1}, BENGKULU, UNKNOWN_WEIGHT), "lines_unknown"),
        (lambda: spd_range({"3": 0}, with_spd(63, 63), KNOWN), "facts_contradict"),
        (lambda: named_scenarios([Scenario("spd", spd=D(50))], with_spd(0, 40), KNOWN)[0], "outside_bounds"),
        (lambda: named_scenarios([Scenario("light", count_weight=D("0.3"))], MAGELANG, KNOWN)[0], "outside_bounds"),
        (lambda: named_scenarios([Scenario("heavy", count_weight=D("0.4"))], MAGELANG, KNOWN)[0], "outside_bounds"),
        (lambda: named_scenarios([Scenario("spd", spd=D(50))], BENGKULU, load_rulebook(2025))[0], "bounds_unknown"),
        (lambda: probability_above(likely("50", "60"), likely("50", "60", is_simulated=True)), "simulated_mixed"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(found: Callable[[], Any], reason: str) -> None:
    refusal = found()
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


def fact(edition: int, **changes: Any) -> PublishedFact:
    given_values: dict[str, Any] = {"iid": D("60.3"), "counted": 129, "mean_maturity": D("52.04")}
    return PublishedFact("33.28", edition, **(given_values | changes))


def with_spd(low: int, high: int) -> RegionFacts:
    return RegionFacts((Fraction(low), Fraction(high)), BENGKULU.maturity_sum, 218, 218, (6, 6))


def test_a_fact_bounds_only_its_own_edition() -> None:
    with pytest.raises(ValueError, match="of their own edition"):
        weight_bounds([fact(2024)], UNKNOWN_WEIGHT)


def test_public_statistics_cut_the_spd_to_less_than_half() -> None:
    """Lines 3 to 11 are 36 of the 63 points: collected they cut 25.2 index points to 10.8."""
    lines = ["3", "4", "5a", "5b", "6", "7", "8", "9", "10a", "10b", "11a", "11b"]
    found = spd_range(dict.fromkeys(lines, 2), BENGKULU, KNOWN)
    assert isinstance(found, LikelyRange)
    assert (found.low, found.high) == (D(24), D(51))
    assert (found.hard_low, found.hard_high) == (D(0), D(63))
    assert found.width * 100 / 250 == D("10.8")
    assert found.hard_width * 100 / 250 == D("25.2")


@given(st.data())
def test_known_lines_hold_every_spd_that_has_them(data: st.DataObject) -> None:
    """Against the exact sum of all lines."""
    levels = {group.number: data.draw(st.integers(0, group.top_level)) for group in KNOWN.spd_groups}
    known = data.draw(st.sets(st.sampled_from(sorted(levels))))
    truth = sum((Fraction(group.weight_x100 * levels[group.number], 100) for group in KNOWN.spd_groups), Fraction(0))
    bounds = spd_bounds({number: levels[number] for number in known}, KNOWN)
    assert bounds is not None
    assert bounds[0] <= truth <= bounds[1]
    left = [group for group in KNOWN.spd_groups if group.number not in known]
    assert bounds[1] - bounds[0] == sum((Fraction(group.top_points) for group in left), Fraction(0))


def test_measured_values_become_levels() -> None:
    # Growth of income 5.23 % stands in two bands, and the better one counts; unemployment down by 0.01 is level 2.
    assert spd_levels({"4": "5.23", "5a": "0.01"}, KNOWN) == {"4": 3, "5a": 2}


@pytest.mark.parametrize("levels", [{"99": 1}, {"3": 4}, {"3": -1}])
def test_a_line_or_level_that_is_none_is_told(levels: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"no SPD line 99|line 3 has levels 0 to 3"):
        spd_bounds(levels, KNOWN)


def test_scenarios_stay_apart() -> None:
    light, heavy = named_scenarios(
        [Scenario("light", count_weight=D("0.30")), Scenario("of_2026", count_weight=D("0.38"), source="2026")],
        BENGKULU,
        UNKNOWN_WEIGHT,
    )
    assert isinstance(light, LikelyRange)
    assert isinstance(heavy, LikelyRange)
    for found, weight in ((light, "0.30"), (heavy, "0.38")):
        # Reckoned here: 218 innovations, at most 76 points; SPD 0 to 63; mean 80 to 81.
        points = min(D(weight) * 218, D(76))
        assert (found.low, found.high) == ((80 + points) * 2 / 5, (63 + 81 + points) * 2 / 5)
        assert found.kind == "scenario"
        assert found.central is None
        assert found.certainty is None
    assert light.conditions != heavy.conditions


def test_a_scenario_of_the_spd_is_exact() -> None:
    (found,) = named_scenarios([Scenario("as_before", spd=D("41.75"))], BENGKULU, KNOWN)
    assert isinstance(found, LikelyRange)
    span = index_bounds(
        KNOWN,
        spd=(Fraction("41.75"), Fraction("41.75")),
        maturity_sum=BENGKULU.maturity_sum,
        in_divisor=218,
        counted=218,
        basic_services=(6, 6),
    )
    assert span == (Fraction(found.low), Fraction(found.high))


@pytest.mark.parametrize("scenarios", [[Scenario("nothing")], [Scenario("a", spd=D(1)), Scenario("a", spd=D(2))]])
def test_a_scenario_names_one_assumption(scenarios: list[Scenario]) -> None:
    with pytest.raises(ValueError, match=r"assumes nothing|have one code"):
        named_scenarios(scenarios, BENGKULU, KNOWN)


def sampled(centre: str, error: str, degrees: int = 29, **changes: Any) -> LikelyRange:
    middle, reach = D(centre), D(error) * t_quantile(degrees, D("0.9"))
    values: dict[str, Any] = {"central": (middle, middle), "spread": (D(error), D(error)), "degrees": degrees} | changes
    return likely(str(values.pop("low", middle - reach)), str(values.pop("high", middle + reach)), **values)


def test_the_probability_of_standing_above_is_students_t() -> None:
    above = probability_above(sampled("65", "1.2"), sampled("63", "1.6"))
    assert not isinstance(above, Refusal)
    # A difference of 2 with an error of 2 is one standard error: 0.8372 at 29 degrees of freedom.
    assert above.low == pytest.approx(D("0.8372"), abs=D("0.0001"))
    assert above.high - above.low <= D("0.0001")
    assert not above.is_likely_above


def test_two_central_values_make_an_interval() -> None:
    wide = sampled("65", "1", central=(D("64"), D("66")))
    above, below = probability_above(wide, sampled("63", "1")), probability_above(sampled("63", "1"), wide)
    assert not isinstance(above, Refusal)
    assert not isinstance(below, Refusal)
    assert above.low < D("0.80") < D("0.97") < above.high
    assert above.low == pytest.approx(1 - below.high, abs=D("0.0001"))


def test_each_end_takes_the_errors_of_the_ends_that_meet() -> None:
    """The lower end of A (error 3) against the upper of B (error 4), and 1 against 2 the other way round."""
    a = sampled("65", "1", central=(D(64), D(66)), low=D("55"), high=D("70"), spread=(D(3), D(1)))
    b = sampled("60", "1", central=(D(59), D(62)), low=D("50"), high=D("75"), spread=(D(2), D(4)))
    above = probability_above(a, b)
    assert not isinstance(above, Refusal)
    assert float(above.low) == pytest.approx(t_probability((64 - 62) / 5, 29), abs=1e-4)
    assert float(above.high) == pytest.approx(t_probability((66 - 59) / 5**0.5, 29), abs=1e-4)


@pytest.mark.parametrize(
    ("difference", "above", "below"), [("5", True, False), ("-5", False, True), ("0.5", False, False)]
)
def test_likely_above_needs_the_lower_end(difference: str, above: bool, below: bool) -> None:
    found = probability_above(sampled(str(60 + D(difference)), "1"), sampled("60", "1"))
    assert not isinstance(found, Refusal)
    assert (found.is_likely_above, found.is_likely_below) == (above, below)


def test_nothing_is_said_to_be_certain_but_what_the_bounds_prove() -> None:
    sure = probability_above(sampled("80", "0.1"), sampled("40", "0.1"))
    assert not isinstance(sure, Refusal)
    assert sure.rounded_outward() == (D("0.99"), D(1))
    assert not sure.is_certain
    proven = probability_above(likely("70", "80", hard_low=D(65)), likely("40", "50", hard_high=D(64)))
    assert not isinstance(proven, Refusal)
    assert proven.is_certain
    assert proven.rounded_outward() == (D(1), D(1))


def test_ranges_without_an_error_decide_only_where_they_do_not_meet() -> None:
    overlapping = probability_above(likely("50", "60"), likely("55", "65"))
    apart = probability_above(likely("66", "70"), likely("55", "65"))
    assert not isinstance(overlapping, Refusal)
    assert not isinstance(apart, Refusal)
    assert (overlapping.low, overlapping.high) == (D(0), D(1))
    assert apart.low == 1
    assert not apart.is_certain
    with pytest.raises(ValueError, match="cannot be compared"):
        probability_above(likely("50", "60"), likely("50", "60", measure="spd_score"))
