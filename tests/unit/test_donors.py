"""Donor cities predict one city with the error of a whole city, or are refused: too few, unlike, simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from scipy.stats import t as student

from iga.estimate import (
    DonorCity,
    LikelyRange,
    NeighbouringSpd,
    Refusal,
    TargetCity,
    donor_maturity_range,
    donor_range,
    donor_spd_range,
    index_range,
)
from iga.estimate.donors import leave_one_out_hits
from iga.index.what_narrows import RegionFacts
from iga.rulebook import load_rulebook

D = Decimal
RULES = load_rulebook(2026)
SPD_BOUNDS = (Fraction(0), Fraction(63))


def city(place: int, **changes: Any) -> DonorCity:
    """A city whose ends follow the total by a bent line, off by what is its own."""
    random = np.random.default_rng(place)
    totals = np.round(random.uniform(30, 111, 40 + 20 * place), 2)
    own = random.normal(0, 2)
    values: dict[str, Any] = {
        "totals": totals.tolist(),
        "mapped_low": (0.8 * totals - 0.002 * (totals - 60) ** 2 + own).tolist(),
        "mapped_high": (0.9 * totals + 3 + own).tolist(),
        "spd": NeighbouringSpd(2024, D(40 + place), "2026"),
        "neighbour": NeighbouringSpd(2023, D(38 + place % 3 + place), "2026"),
    }
    return DonorCity(f"11.{place:02}", **(values | changes))


DONORS = [city(place) for place in range(1, 11)]
TARGET = TargetCity(
    "33.71",
    [40.0, 60.0, 80.0, 100.0],
    [10.0, 30.0, 50.0, 70.0],
    [60.0, 80.0, 100.0, 111.0],
    thresholds="2026",
    neighbour=NeighbouringSpd(2023, D(45), "2026"),
)
REGION = RegionFacts(None, (Fraction(160), Fraction(351)), 4, 4, (6, 6))


def ends_by_hand(donors: list[DonorCity], totals: list[float]) -> NDArray[np.float64]:
    """The mean of both ends by weighted `polyfit`: another way to the same cubic."""
    x = np.concatenate([each.totals for each in donors])
    weight = np.concatenate([np.full(len(each.totals), len(each.totals) ** -0.5) for each in donors])
    curves = [
        np.polyfit(x, np.concatenate([getattr(each, end) for each in donors]), 3, w=weight)
        for end in ("mapped_low", "mapped_high")
    ]
    return np.array([np.polyval(curve, totals).mean() for curve in curves])


def test_the_range_is_that_of_the_formula() -> None:
    found = donor_maturity_range(TARGET, DONORS)
    assert isinstance(found, LikelyRange)
    errors = []
    for place, left in enumerate(DONORS):
        others = DONORS[:place] + DONORS[place + 1 :]
        actual = np.array([np.mean(left.mapped_low), np.mean(left.mapped_high)])
        errors.append(actual - ends_by_hand(others, list(left.totals)))
    spread = np.sqrt((np.array(errors) ** 2).sum(axis=0) / 9)
    reach = student.ppf(0.95, 9) * spread * np.sqrt(1 + 1 / 10)
    centre = ends_by_hand(DONORS, list(map(float, filter(None, TARGET.totals))))
    assert found.central is not None
    assert [float(each) for each in found.central] == pytest.approx(centre.tolist(), abs=1e-4)
    assert float(found.low) == pytest.approx(centre[0] - reach[0], abs=1e-3)
    assert float(found.high) == pytest.approx(centre[1] + reach[1], abs=1e-3)
    assert (found.hard_low, found.hard_high) == (D(40), D("87.75"))
    assert (found.model, found.kind, found.donors) == ("m1_ends", "prediction", 10)
    assert found.degrees == 9


@pytest.mark.parametrize(("has_neighbour", "model"), [(True, "spd_of_neighbour"), (False, "spd_across_cities")])
def test_the_spd_comes_from_the_neighbouring_edition_or_across_cities(has_neighbour: bool, model: str) -> None:
    found = donor_spd_range(TARGET if has_neighbour else replace(TARGET, neighbour=None), DONORS, SPD_BOUNDS)
    assert isinstance(found, LikelyRange)
    spds = np.array([40 + place for place in range(1, 11)], dtype=float)
    values = spds - [38 + place % 3 + place for place in range(1, 11)] if has_neighbour else spds
    centre = values.mean() + 45 * has_neighbour
    reach = student.ppf(0.95, 9) * values.std(ddof=1) * np.sqrt(1.1)
    assert float(found.low) == pytest.approx(centre - reach, abs=1e-3)
    assert float(found.high) == pytest.approx(centre + reach, abs=1e-3)
    assert found.model == model


def test_the_index_takes_maturity_and_spd_together() -> None:
    mean, spd = donor_maturity_range(TARGET, DONORS), donor_spd_range(TARGET, DONORS, SPD_BOUNDS)
    found = donor_range(TARGET, DONORS, REGION, RULES)
    assert isinstance(mean, LikelyRange)
    assert isinstance(spd, LikelyRange)
    assert isinstance(found, LikelyRange)
    count = RULES.parameters.count_weight.value
    assert count is not None
    assert float(found.hard_low) == pytest.approx((160 / 12 + 4 * float(count)) / 2.5)
    assert found.model == "m1_ends+spd_of_neighbour"
    assert found.spread is not None and mean.spread is not None and spd.spread is not None
    for place in (0, 1):
        assert float(found.spread[place]) == pytest.approx(float(mean.spread[place] + spd.spread[place]) / 2.5)
    # What a sample says of the mean is a prediction as well, once other cities say what the SPD is.
    read = replace(mean, kind="sampling")
    both = index_range(read, REGION, RULES, spd)
    assert isinstance(both, LikelyRange)
    assert both.kind == "prediction"
    assert found.low <= found.high <= found.hard_high
    assert found.degrees == 9


def test_an_spd_that_donors_cannot_tell_keeps_its_bounds_and_says_why() -> None:
    target = replace(TARGET, neighbour=NeighbouringSpd(2023, D(45), "2023"))
    found = donor_range(target, DONORS, REGION, RULES)
    assert isinstance(found, LikelyRange)
    (told,) = [condition for condition in found.conditions if condition.code == "spd_not_narrowed"]
    assert told.named == {"reason": "other_thresholds"}
    assert found.model == "m1_ends"


def of_range(target: TargetCity = TARGET, donors: list[DonorCity] | None = None, **changes: Any) -> Any:
    return donor_range(target, DONORS if donors is None else donors, REGION, RULES, **changes)


SIMULATED = [replace(each, is_simulated=True) for each in DONORS]


def unlike_donors() -> list[DonorCity]:
    """Eight cities on one line, of which two lie 15 points off: neither is foreseen by the other seven."""
    made = []
    for place in range(1, 9):
        totals = [30.0, 50.0, 70.0, 90.0, 111.0]
        own = {3: 15.0, 7: -15.0}.get(place, 0.3 * (-1) ** place)
        ends = [0.6 * total + 20 + own for total in totals]
        made.append(city(place, totals=totals, mapped_low=ends, mapped_high=[end + 5 for end in ends]))
    return made


@pytest.mark.parametrize(
    ("found", "reason", "values"),
    [
        (lambda: of_range(donors=DONORS[:7]), "too_few_donors", {"donors": 7, "simulated": 0, "least": 8}),
        (
            lambda: of_range(donors=[replace(DONORS[0], is_simulated=True)]),
            "too_few_donors",
            {"donors": 0, "simulated": 1, "least": 8},
        ),
        (lambda: of_range(donors=SIMULATED), "too_few_donors", {"donors": 0, "simulated": 10, "least": 8}),
        (lambda: of_range(donors=[*DONORS[1:], SIMULATED[0]]), "simulated_mixed", {"donors": 9, "simulated": 1}),
        (lambda: of_range(replace(TARGET, is_simulated=True)), "simulated_mixed", {"donors": 10, "simulated": 0}),
        (lambda: of_range(donors=SIMULATED, is_trial=True), "simulated_mixed", {"donors": 0, "simulated": 10}),
        (
            lambda: of_range(replace(TARGET, totals=[1.0, 60.0, 80.0, 100.0])),
            "outside_donors",
            {"outside": 1, "population": 4},
        ),
        (
            lambda: of_range(replace(TARGET, totals=[None, 60.0, 80.0, 100.0])),
            "outside_donors",
            {"outside": 1, "population": 4},
        ),
        (lambda: of_range(donors=unlike_donors()), "leave_one_out_misses", {"hits": 6, "donors": 8}),
        (lambda: of_range(replace(TARGET, totals=[])), "no_innovations", {"region_code": "33.71"}),
        (
            lambda: donor_spd_range(TARGET, [replace(each, spd=None) for each in DONORS], SPD_BOUNDS),
            "too_few_donors",
            {"donors": 0, "simulated": 0, "least": 8},
        ),
        (
            lambda: donor_spd_range(replace(TARGET, thresholds="2027"), DONORS, SPD_BOUNDS),
            "other_thresholds",
            {"thresholds": "2027"},
        ),
        (
            lambda: donor_spd_range(
                TARGET, [*DONORS[1:], city(1, spd=NeighbouringSpd(2024, D(40), "2024"))], SPD_BOUNDS
            ),
            "other_thresholds",
            {"thresholds": "2026"},
        ),
    ],
)
def test_donors_that_do_not_do_are_refused(found: Callable[[], Any], reason: str, values: dict[str, Any]) -> None:
    refusal = found()
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, refusal.reason, refusal.named) == ("prediction", reason, values)


def test_a_city_is_no_donor_of_itself_and_none_stands_twice() -> None:
    own = city(1)
    target = replace(TARGET, region_code=own.region_code)
    found = of_range(target, [own, *DONORS[1:8]])
    assert isinstance(found, Refusal)
    assert found.named["donors"] == 7
    with pytest.raises(ValueError, match="stands twice"):
        of_range(donors=[*DONORS, DONORS[0]])
    with pytest.raises(ValueError, match="do not have one length"):
        of_range(donors=[*DONORS[1:], city(1, totals=[50.0])])


def test_the_order_of_donors_moves_nothing() -> None:
    assert of_range(donors=DONORS[::-1]) == of_range()


def test_donors_that_miss_one_another_are_counted() -> None:
    """Of ten cities two lie far off; each is held to the spread of the other nine."""
    predicted = np.tile([60.0, 70.0], (10, 1))
    near = np.tile([[0.5], [-0.5]], (5, 1))
    assert leave_one_out_hits(predicted, predicted + near, D("0.9")) == 10
    far = near.copy()
    far[3], far[7] = 9.0, -9.0
    assert leave_one_out_hits(predicted, predicted + far, D("0.9")) == 8
    far[5] = 40.0
    assert leave_one_out_hits(predicted, predicted + far, D("0.9")) == 9  # one so far off hides the others


@pytest.mark.parametrize(("share_of_reach", "hits"), [(0.99, 8), (1.01, 7)])
def test_the_range_of_a_city_left_out_is_that_of_the_others(share_of_reach: float, hits: int) -> None:
    """Of eight cities one lies as far off as the seven others allow: their spread with t of six degrees of freedom."""
    errors = np.array([[1.0], [-1.0]] * 4) * [1.0, 1.0]
    reach = student.ppf(0.95, 6) * np.sqrt(7 / 6) * np.sqrt(1 + 1 / 7)
    errors[0] = reach * share_of_reach
    predicted = np.full((8, 2), 60.0)
    assert leave_one_out_hits(predicted, predicted + errors, D("0.9")) == hits


@given(st.data())
def test_a_prediction_stays_in_the_bounds_whatever_the_target(data: st.DataObject) -> None:
    points = st.floats(0, 111).map(lambda value: round(value, 2))
    rows = data.draw(st.lists(st.tuples(st.floats(31, 110), points, points), min_size=1, max_size=12))
    target = replace(
        TARGET,
        totals=[round(total, 2) for total, _, _ in rows],
        hard_low=[min(one, other) for _, one, other in rows],
        hard_high=[max(one, other) for _, one, other in rows],
    )
    found = donor_maturity_range(target, DONORS)
    assert isinstance(found, LikelyRange)
    assert found.hard_low <= found.low <= found.high <= found.hard_high
