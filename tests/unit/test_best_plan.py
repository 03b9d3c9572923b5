"""One plan of raises, and of sending or holding, equals brute force over every set and every raise."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from iga.planning import best_plan
from iga.planning.best_plan import best_within, least_effort_to
from iga.planning.candidates import RESOLUTION, Candidate, Policy
from iga.planning.raise_plan import plan_to, plan_within
from iga.planning.raise_sets import Options
from iga.planning.raises import REGION, Position, Raise
from iga.planning.single_valued_rules import PlanImpossible, Terms, rounded, terms_of
from tests.unit.test_hold import SERVICES, SWITCHES, mayors_city, random_case
from tests.unit.test_joint import brute_best, random_raises

CASES_PER_SWITCHES = 7
MANY_CASES_PER_SWITCHES = 72
CLOSE = Fraction(1, 10**9)

Case = tuple[list[Candidate], list[Raise], int, Terms, Policy, int]


def a_case(seed: int, switches: tuple[bool, ...], *, is_certain: bool) -> Case:
    """Return a small city with raises, a policy and a budget."""
    chance = random.Random(f"{seed}{switches}")
    candidates, spd, terms, policy = random_case(seed, switches, is_certain=is_certain)
    candidates = candidates[: 4 if is_certain else 3]
    if not is_certain:
        rate = Fraction(chance.choice([1, 3, 5]), 10)
        candidates = [replace(each, rejection=rate) for each in candidates]
    keys = {each.key for each in candidates}
    policy = replace(policy, locked=policy.locked & keys, withheld=policy.withheld & keys)
    return candidates, random_raises(candidates, chance), spd, terms, policy, chance.randint(0, 8)


def compare_with_brute_force(switches: tuple[bool, ...], seeds: Iterable[int], *, is_certain: bool) -> None:
    for seed in seeds:
        candidates, raises, spd, terms, policy, budget = a_case(seed, switches, is_certain=is_certain)
        best = brute_best(candidates, raises, spd, terms, budget, policy)
        if best is None:
            with pytest.raises(PlanImpossible):
                best_within(candidates, raises, spd, terms, budget, policy, with_holding=True)
            continue
        plan = best_within(candidates, raises, spd, terms, budget, policy, with_holding=True)
        assert plan.is_proved
        assert plan.effort <= budget
        if is_certain:
            assert plan.index == best, seed
            assert plan.gap == 0, seed
        else:
            assert abs(plan.index - best) < RESOLUTION, seed


@pytest.mark.parametrize("switches", SWITCHES)
def test_the_plan_is_the_best_of_all(switches: tuple[bool, ...]) -> None:
    compare_with_brute_force(switches, range(CASES_PER_SWITCHES), is_certain=True)
    compare_with_brute_force(switches, range(2), is_certain=False)


@pytest.mark.slow
@pytest.mark.parametrize("is_certain", [True, False])
@pytest.mark.parametrize("switches", SWITCHES)
def test_the_plan_is_the_best_of_all_in_thousands_of_cases(switches: tuple[bool, ...], is_certain: bool) -> None:
    compare_with_brute_force(switches, range(1000, 1000 + MANY_CASES_PER_SWITCHES), is_certain=is_certain)


@pytest.mark.parametrize("seed", range(12))
def test_without_holding_everything_is_sent_and_the_raises_are_the_best(seed: int) -> None:
    candidates, raises, spd, terms, _policy, budget = a_case(seed, SWITCHES[seed], is_certain=seed % 3 > 0)
    everything = Policy(locked=frozenset(each.key for each in candidates))
    best = brute_best(candidates, raises, spd, terms, budget, everything)
    plan = best_within(candidates, raises, spd, terms, budget)
    assert best is not None
    assert abs(plan.index - best) < CLOSE
    assert plan.held == ()


@pytest.mark.parametrize("seed", range(8))
def test_the_least_effort_to_a_target_is_the_least(seed: int) -> None:
    candidates, raises, spd, terms, _policy, _budget = a_case(seed, (True, False, False, False), is_certain=seed < 6)
    candidates = candidates[:3]
    most = sum(each.effort for each in raises)
    indices = [brute_best(candidates, raises, spd, terms, budget, Policy()) for budget in range(most + 1)]
    target = int(rounded(random.Random(seed).choice([each for each in indices if each is not None])) * 100)
    plan = least_effort_to(candidates, raises, spd, terms, target, with_holding=True)
    enough = [budget for budget, best in enumerate(indices) if best is not None and rounded(best) * 100 >= target]
    assert plan.is_reached
    assert plan.is_proved
    assert plan.effort == plan.effort_bound == enough[0]
    assert abs(plan.index - (indices[enough[0]] or 0)) < CLOSE
    nearest = least_effort_to(candidates, raises, spd, terms, 10001, with_holding=True)
    assert not nearest.is_reached
    assert abs(nearest.index - (indices[-1] or 0)) < CLOSE


@pytest.mark.parametrize("seed", range(4))
def test_raises_alone_are_those_of_the_knapsack(seed: int) -> None:
    """Where all are sent and nothing is rejected, the plan of raises alone knows the same index and the same effort."""
    chance = random.Random(seed)
    terms = terms_of(2026)
    city = [
        Candidate(f"i{place}", 100 * chance.randint(40, 100), frozenset([SERVICES[place % 6]])) for place in range(30)
    ]
    raises = random_raises(city, chance)
    position = Position(4500, sum(each.maturity_x100 for each in city), 30, 38 * 30)
    former = plan_within(raises, position, terms, 20)
    plan = best_within(city, raises, 4500, terms, 20)
    assert rounded(plan.index) == former.index_after
    assert plan.effort == former.effort
    target = former.index_after - Decimal("0.30")
    cheapest = plan_to(raises, position, terms, target)
    plan = least_effort_to(city, raises, 4500, terms, int(target * 100))
    assert (plan.effort, rounded(plan.index)) == (cheapest.effort, cheapest.index_after)


def test_the_mayors_plan_sends_the_200_and_holds_the_74_only_in_the_simulation() -> None:
    city, terms = mayors_city(5), terms_of(2026)
    assert best_within(city, [], 4500, terms, 0).held == ()
    plan = best_within(city, [], 4500, terms, 0, with_holding=True)
    assert (len(plan.sent), len(plan.held)) == (200, 74)
    assert plan.gap == 0
    assert (rounded(plan.index_before), rounded(plan.index)) == (Decimal("79.22"), Decimal("82.48"))
    uncertain = [replace(each, rejection=Fraction(1, 10)) for each in mayors_city(6)]
    plan = best_within(uncertain, [], 4500, terms, 0, with_holding=True)
    assert plan.is_proved
    assert 200 < len(plan.sent) < 274


def test_a_policy_that_holds_back_is_refused_without_the_simulation() -> None:
    city, terms = mayors_city(5)[:20], terms_of(2026)
    for policy in (Policy(most=3), Policy(minimum_maturity_x100=100), Policy(withheld=frozenset({"i000"}))):
        with pytest.raises(PlanImpossible, match="holds innovations back"):
            best_within(city, [], 4500, terms, 0, policy)


def test_rejections_of_several_rates_that_leave_the_divisor_are_refused_for_many() -> None:
    rules = terms_of(2026).rulebook
    terms = terms_of(rules, rules.assume(rejected_in_divisor=False))
    city = [
        Candidate(f"i{place}", 9000, rejection=Fraction(1 + place % 2, 10)) for place in range(best_plan.EXHAUSTIVE + 1)
    ]
    with pytest.raises(PlanImpossible, match="different probabilities"):
        best_within(city, [], 4500, terms, 0, with_holding=True)
    assert best_within(city[:4], [], 4500, terms, 0, with_holding=True).is_proved


def test_what_is_left_open_is_shown_as_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_plan, "MOST_STEPS", 2)
    chance = random.Random(3)
    city = [
        Candidate(f"i{place}", 100 * chance.randint(40, 111), frozenset(chance.sample(SERVICES, 1)))
        for place in range(60)
    ]
    raises = [Raise(each.key, "1", 0, 1, 100 * chance.randint(1, 20), chance.randint(1, 4)) for each in city]
    plan = best_within(city, raises, 4500, terms_of(2026), 25, Policy(most=30), with_holding=True)
    monkeypatch.undo()
    whole = best_within(city, raises, 4500, terms_of(2026), 25, Policy(most=30), with_holding=True)
    assert whole.is_proved
    assert plan.index <= whole.index <= plan.index + plan.gap


def test_options_are_the_undominated_sets_of_raises() -> None:
    raises = [[Raise("a", "1", 0, 1, 300, 2), Raise("a", "1", 0, 2, 500, 5)], [Raise("a", "2", 0, 1, 100, 3)]]
    options = Options(raises, 10)
    assert list(zip(options.efforts.tolist(), options.points.tolist(), strict=True)) == [
        (0, 0),
        (2, 300),
        (5, 500),
        (8, 600),
    ]
    assert {(each.indicator, each.to_level) for each in options.raises_of(3)} == {("1", 2), ("2", 1)}
    with pytest.raises(PlanImpossible, match="effort below zero"):
        best_within([Candidate("a", 100)], [Raise(REGION, "1", 0, 1, 0, 1)], 0, terms_of(2026), 5)
