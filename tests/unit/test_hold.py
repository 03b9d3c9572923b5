"""Submit or hold equals brute force, under every switch, and answers the mayor's question."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from iga.index.exact import index_of
from iga.planning import best_plan
from iga.planning.candidates import RESOLUTION, Candidate, Policy
from iga.planning.hold import expected_index, policy_costs, submit_or_hold
from iga.planning.single_valued_rules import PlanImpossible, Terms, rounded, terms_of
from iga.rulebook import load_rulebook

RULES = load_rulebook(2026)
SERVICES = RULES.basic_service_affairs
SWITCHES = list(product((False, True), repeat=4))
CASES_PER_SWITCHES, MANY_CASES_PER_SWITCHES = 16, 80
SEARCHED_PER_SWITCHES = 12


def brute_index(sent: tuple[Candidate, ...], spd_x100: int, terms: Terms) -> Fraction:
    """The expected index by listing every outcome; written apart from the code under test."""
    assumed = terms.assumptions
    expected = Fraction(0)
    uncertain = [one for one in sent if one.rejection]
    for outcome in product((False, True), repeat=len(uncertain)):
        rejected = {one.key for one, is_rejected in zip(uncertain, outcome, strict=True) if is_rejected}
        chance, points, divisor, counted = Fraction(1), 0, 0, []
        for one in sent:
            is_rejected = one.key in rejected
            if one.rejection:
                chance *= one.rejection if is_rejected else 1 - one.rejection
            if one.is_scored_stage and not is_rejected:
                points += one.maturity_x100
            if (assumed.rejected_in_divisor or not is_rejected) and (
                assumed.other_stages_in_divisor or one.is_scored_stage
            ):
                divisor += 1
            if (assumed.rejected_in_count or not is_rejected) and (
                assumed.other_stages_in_count or one.is_scored_stage
            ):
                counted.append(one)
        covered = {code for one in counted for code in one.services}
        count = terms.count_weight_x100 * min(len(counted), terms.count_cap)
        count = count if len(covered) >= terms.services_required else 0
        total = spd_x100 + Fraction(points, max(divisor, terms.divisor_minimum)) + count
        expected += chance * total * 100 / terms.total_maximum_x100
    return expected


def brute_best(candidates: list[Candidate], spd_x100: int, terms: Terms, policy: Policy) -> Fraction | None:
    values = []
    for taken in product((False, True), repeat=len(candidates)):
        sent = tuple(one for one, is_in in zip(candidates, taken, strict=True) if is_in)
        keys = {one.key for one in sent}
        units = [one.unit for one in sent]
        permitted = (
            policy.locked <= keys
            and not policy.withheld & keys
            and (policy.most is None or len(sent) <= policy.most)
            and all(one.maturity_x100 >= policy.minimum_maturity_x100 or one.key in policy.locked for one in sent)
            and all(units.count(unit) >= least for unit, least in policy.minimum_per_unit.items())
            and all(sum(code in one.services for one in sent) >= least for code, least in policy.service_quota.items())
        )
        if permitted:
            values.append(brute_index(sent, spd_x100, terms))
    return max(values, default=None)


def random_case(
    seed: int, switches: tuple[bool, ...], *, is_certain: bool
) -> tuple[list[Candidate], int, Terms, Policy]:
    chance = random.Random(seed)
    rejected_in_divisor, rejected_in_count, other_in_divisor, other_in_count = switches
    assumed = RULES.assume(
        rejected_in_divisor=rejected_in_divisor,
        rejected_in_count=rejected_in_count,
        other_stages_in_divisor=other_in_divisor,
        other_stages_in_count=other_in_count,
    )
    terms = replace(
        terms_of(RULES, assumed),
        divisor_minimum=chance.choice([1, 2, 3, 12]),
        count_cap=chance.choice([2, 3, 200]),
        count_weight_x100=chance.choice([38, 500, 1500]),
        services_required=chance.choice([0, 1, 2, 3]),
    )
    rates = [Fraction(0)] if is_certain else [Fraction(0), Fraction(1, 10), Fraction(1, 2)]
    candidates = [
        Candidate(
            key=f"i{place}",
            maturity_x100=100 * chance.randint(0, 111),
            services=frozenset(chance.sample(SERVICES, chance.choice([0, 1, 1, 2]))),
            unit=chance.choice("ab"),
            rejection=chance.choice(rates),
            is_scored_stage=chance.random() < 0.85,
        )
        for place in range(chance.randint(1, 6 if is_certain else 5))
    ]
    keys = [one.key for one in candidates]
    policy = Policy()
    if chance.random() < 0.6:
        policy = Policy(
            minimum_per_unit={chance.choice("ab"): chance.randint(1, 2)} if chance.random() < 0.5 else {},
            locked=frozenset(chance.sample(keys, 1)) if chance.random() < 0.3 else frozenset(),
            service_quota={chance.choice(SERVICES): 1} if chance.random() < 0.3 else {},
            minimum_maturity_x100=chance.choice([0, 0, 4000]),
            most=chance.choice([None, None, 3]),
        )
    return candidates, chance.randint(0, 63) * 100, terms, policy


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("is_certain", [True, False])
def test_the_plan_is_the_best_of_all_sets(switches: tuple[bool, ...], is_certain: bool) -> None:
    compare_with_all_sets(switches, range(CASES_PER_SWITCHES), is_certain=is_certain)


@pytest.mark.slow
@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("is_certain", [True, False])
def test_the_plan_is_the_best_of_all_sets_in_many_cases(switches: tuple[bool, ...], is_certain: bool) -> None:
    compare_with_all_sets(switches, range(CASES_PER_SWITCHES, MANY_CASES_PER_SWITCHES), is_certain=is_certain)


def compare_with_all_sets(switches: tuple[bool, ...], seeds: range, *, is_certain: bool) -> None:
    for seed in seeds:
        candidates, spd, terms, policy = random_case(seed, switches, is_certain=is_certain)
        best = brute_best(candidates, spd, terms, policy)
        if best is None:
            with pytest.raises(PlanImpossible):
                submit_or_hold(candidates, spd, terms, policy)
            continue
        plan = submit_or_hold(candidates, spd, terms, policy)
        sent = tuple(one for one in candidates if one.key in plan.sent)
        assert plan.is_proved
        assert abs(brute_index(sent, spd, terms) - best) < Fraction(1, 10**9)
        assert abs(plan.index - best) < Fraction(1, 10**9)


@pytest.mark.parametrize("switches", SWITCHES)
def test_the_bound_for_many_candidates_is_never_below_the_best(
    switches: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_plan, "EXHAUSTIVE", -1)
    for seed in range(30):
        candidates, spd, terms, _ = random_case(seed, switches, is_certain=False)
        if not switches[0]:
            candidates = [replace(each, rejection=Fraction(1, 10)) for each in candidates]
        plan = submit_or_hold(candidates, spd, terms)
        best = brute_best(candidates, spd, terms, Policy())
        assert best is not None
        assert plan.index - Fraction(1, 10**9) <= best <= plan.index + plan.gap + Fraction(1, 10**9)


@pytest.mark.parametrize("switches", [one for one in SWITCHES if one[0]])
def test_with_rejected_ones_in_the_divisor_any_number_is_planned_exactly(
    switches: tuple[bool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The branch and bound that stands in for listing all sets: equal to brute force, policies included, and proved."""
    monkeypatch.setattr(best_plan, "EXHAUSTIVE", -1)
    for seed in range(SEARCHED_PER_SWITCHES):
        candidates, spd, terms, policy = random_case(seed, switches, is_certain=False)
        chance = random.Random(seed)
        candidates = [replace(one, rejection=Fraction(chance.randint(0, 9), 10)) for one in candidates]
        if policy.most is not None and not all(one.is_scored_stage for one in candidates):
            policy = replace(policy, most=None)
        best = brute_best(candidates, spd, terms, policy)
        if best is None:
            with pytest.raises(PlanImpossible):
                submit_or_hold(candidates, spd, terms, policy)
            continue
        plan = submit_or_hold(candidates, spd, terms, policy)
        sent = tuple(one for one in candidates if one.key in plan.sent)
        assert plan.is_proved
        assert abs(brute_index(sent, spd, terms) - best) < RESOLUTION


@pytest.mark.parametrize("number", [20, pytest.param(40, marks=pytest.mark.slow)])
def test_the_optimum_of_more_than_ten_is_proved_under_the_defaults_of_2026(number: int) -> None:
    chance = random.Random(number)
    rates = [Fraction(1, 20), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2)]
    city = [
        Candidate(
            f"i{place}",
            100 * chance.randint(40, 111),
            frozenset(chance.sample(SERVICES, chance.choice([0, 1, 1]))),
            rejection=chance.choice(rates),
        )
        for place in range(number)
    ]
    plan = submit_or_hold(
        city, 4500, terms_of(2026), Policy(service_quota={SERVICES[0]: 2}, withheld=frozenset({"i1"}))
    )
    assert plan.is_proved
    assert all(plan.marginal[key] < RESOLUTION for key in plan.held if key != "i1")


def test_marginals_are_differences_of_the_index() -> None:
    for seed in range(40):
        candidates, spd, terms, _ = random_case(seed, (True, False, False, False), is_certain=False)
        plan = submit_or_hold(candidates, spd, terms)
        for one in candidates:
            keys = set(plan.sent)
            with_it = tuple(other for other in candidates if other.key in keys | {one.key})
            without = tuple(other for other in candidates if other.key in keys - {one.key})
            difference = brute_index(with_it, spd, terms) - brute_index(without, spd, terms)
            assert abs(plan.marginal[one.key] - difference) < Fraction(1, 10**9)


def mayors_city(services: int) -> list[Candidate]:
    """120 innovations at 92, 80 at 75, 74 at 55; the services are spread over all three."""
    scores = [92] * 120 + [75] * 80 + [55] * 74
    return [
        Candidate(f"i{place:03d}", score * 100, frozenset([SERVICES[place % services]]))
        for place, score in enumerate(scores)
    ]


def test_the_mayors_question() -> None:
    terms = terms_of(2026)
    city = mayors_city(5)
    plan = submit_or_hold(city, 4500, terms)
    assert rounded(plan.index_all_sent) == Decimal("79.22")
    assert rounded(plan.index) >= Decimal("82.48")
    without = [one for one in city if one.maturity_x100 > 5500]
    assert rounded(expected_index(without, 4500, terms)) == Decimal("82.48")
    four = expected_index(mayors_city(4), 4500, terms)
    assert rounded(four) == Decimal("48.82")
    assert terms.predicate(Decimal("79.22")) == "very_innovative"
    assert terms.predicate(Decimal("48.82")) == "innovative"
    assert index_of(45, [92] * 120 + [75] * 80 + [55] * 74, 4, 2026).iid == Decimal("48.82")


def test_the_mayors_plan_sends_the_200_and_holds_the_74() -> None:
    plan = submit_or_hold(mayors_city(5), 4500, terms_of(2026))
    assert len(plan.sent) == 200
    assert len(plan.held) == 74
    assert rounded(plan.index) == Decimal("82.48")
    assert all(plan.marginal[key] < 0 for key in plan.held)
    assert plan.gap == 0


def test_one_more_pays_from_the_break_even_on() -> None:
    """Adding s to n >= 12 (rule met, n < 200) pays only if s > mean - 0.38 (n + 1)."""
    city = mayors_city(5)[:50]
    terms = terms_of(2026)
    plan = submit_or_hold(city, 4500, terms)
    assert len(plan.sent) == 50
    assert plan.break_even_x100 == Fraction(9200) - 38 * 51


def test_two_per_unit_over_220_units_costs_index() -> None:
    chance = random.Random(7)
    city = [
        Candidate(f"i{place}", 100 * chance.randint(50, 111), frozenset([SERVICES[place % 6]]), unit=f"u{place % 220}")
        for place in range(440)
    ]
    terms = terms_of(2026)
    costs = policy_costs(
        city,
        4500,
        terms,
        {
            "two per unit": Policy(minimum_per_unit={f"u{place}": 2 for place in range(220)}),
            "three per unit": Policy(minimum_per_unit={f"u{place}": 3 for place in range(220)}),
            "none": Policy(),
        },
    )
    assert costs["none"] == 0
    assert costs["three per unit"] is None
    assert costs["two per unit"] is not None
    assert costs["two per unit"] > 1


def test_a_rate_of_rejection_is_planned_for_a_whole_city() -> None:
    city = [replace(one, rejection=Fraction(1, 10)) for one in mayors_city(6)]
    plan = submit_or_hold(city, 4500, terms_of(2026))
    assert plan.is_proved
    assert 200 < len(plan.sent) < 274


def test_a_policy_that_names_nobody_is_refused() -> None:
    with pytest.raises(PlanImpossible, match="i9"):
        submit_or_hold([Candidate("i1", 100)], 0, terms_of(2026), Policy(locked=frozenset({"i9"})))


def test_an_edition_without_single_rules_cannot_be_planned() -> None:
    with pytest.raises(PlanImpossible, match="divisor_minimum"):
        terms_of(2024)
