"""The list of a plan: its gains add up exactly, holding is one item, documents are those of a unit."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction

import pytest

from iga.planning.actions import HOLD, RAISE, SPD, Dues, actions_of, index_at_risk, securing_actions
from iga.planning.best_plan import OnePlan, best_within
from iga.planning.candidates import Candidate, Policy, expected_index
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import Terms, terms_of
from tests.unit.test_best_plan import a_case
from tests.unit.test_hold import SERVICES, SWITCHES, mayors_city


def planned(
    seed: int, *, with_holding: bool, is_certain: bool
) -> tuple[OnePlan, list[Candidate], list[Raise], int, Terms]:
    candidates, raises, spd, terms, _policy, budget = a_case(
        seed, SWITCHES[seed % len(SWITCHES)], is_certain=is_certain
    )
    plan = best_within(candidates, raises, spd, terms, budget, Policy(), with_holding=with_holding)
    return plan, candidates, raises, spd, terms


@pytest.mark.parametrize("seed", range(24))
def test_the_gains_add_up_to_the_plan(seed: int) -> None:
    plan, candidates, raises, spd, terms = planned(seed, with_holding=seed % 2 == 0, is_certain=seed % 5 > 0)
    found = actions_of(plan, candidates, raises, spd, terms)
    assert sum((each.gain for each in found), Fraction(0)) == plan.index - plan.index_before
    assert sum(each.effort or 0 for each in found) == plan.effort
    assert sum(each.kind == HOLD for each in found) == bool(plan.held)
    units = [each.who for each in found if each.kind == RAISE]
    assert len(units) == len(set(units))
    assert {step for each in found for step in each.steps} == set(plan.raises)


def a_city() -> tuple[list[Candidate], list[Raise]]:
    chance = random.Random(1)
    city = [
        Candidate(f"i{n}", 8000 + 100 * chance.randint(0, 20), frozenset([SERVICES[n % 4]]), f"u{n % 3}")
        for n in range(30)
    ]
    city.append(Candidate("i30", 9000, frozenset([SERVICES[4]]), "u0"))
    raises = [Raise(each.key, "16", 0, 1, 300, 4) for each in city]
    raises += [Raise(REGION, "12", 1, 3, 400, 0), Raise(REGION, "15", 0, 1, 100, 6)]
    return city, raises


def test_spd_of_unknown_effort_comes_first_and_says_what_it_is_worth() -> None:
    city, raises = a_city()
    terms = terms_of(2026)
    plan = best_within(city, raises, 4500, terms, 30)
    dues = Dues(date(2026, 8, 14), {"12": "Bappeda"}, {"12": 30, "16": 3}, frozenset({"12"}))
    found = actions_of(plan, city, raises, 4500, terms, dues)
    first = found[0]
    assert (first.kind, first.who, first.effort, first.start_by) == (SPD, "Bappeda", None, date(2026, 7, 15))
    # 4 points are those of 31 x 4 / 3 documents, at 4 a piece; there are no more than 31.
    assert first.worth_effort is None
    fewer = [Raise(REGION, "12", 1, 2, 20, 0), *(each for each in raises if each.indicator != "12")]
    found = actions_of(best_within(city, fewer, 4500, terms, 30), city, fewer, 4500, terms, dues)
    # 0.2 points times the divisor of 31 are 620 hundredths: three documents of 300 each.
    assert found[0].worth_effort == 12
    assert [each.kind for each in found][:2] == [SPD, SPD]
    assert found[1].effort == 6
    assert all(each.start_by == date(2026, 8, 11) for each in found if each.kind == RAISE)


def test_a_thin_service_is_an_action_and_a_fat_one_is_not() -> None:
    city, raises = a_city()
    terms = terms_of(2026)
    plan = best_within(city, raises, 4500, terms, 0)
    found = securing_actions(plan, city, 4500, terms)
    assert {each.service for each in found} == {SERVICES[4], SERVICES[5]}
    assert not any(each.is_in_total for each in found)
    sent = [Candidate(each.key, each.maturity_x100, each.services, rejection=Fraction(1, 10)) for each in city]
    assert index_at_risk(plan, city, 4500, terms) == expected_index(sent, 4900, terms)


def test_only_what_would_count_is_called_held() -> None:
    city = [*mayors_city(5), Candidate("trial", 0, is_scored_stage=False)]
    terms = terms_of(2026)
    plan = best_within(city, [], 4500, terms, 0, Policy(withheld=frozenset({"trial"})), with_holding=True)
    found = actions_of(plan, city, [], 4500, terms)
    assert len(plan.held) == 75
    assert len(found[0].held) == 74
