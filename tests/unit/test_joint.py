"""Sending, holding and raising in one plan equals brute force over every set and every raise, under every switch."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest

from iga.planning.best_plan import best_within, least_effort_to, raised
from iga.planning.candidates import Candidate, Policy
from iga.planning.hold import submit_or_hold
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import PlanImpossible, rounded, terms_of
from tests.unit.test_hold import SERVICES, SWITCHES, brute_index, mayors_city, random_case

CASES_PER_SWITCHES = 6
MANY_CASES_PER_SWITCHES = 150


def random_raises(candidates: list[Candidate], chance: random.Random) -> list[Raise]:
    found = []
    for one in [*candidates, None]:
        for indicator in range(chance.choice([0, 1, 1, 2])):
            effort, points = 0, 0
            for level in range(1, chance.randint(1, 2) + 1):
                effort += chance.randint(0, 3)
                points += 100 * chance.randint(1, 12)
                found.append(Raise(REGION if one is None else one.key, f"{indicator}", 0, level, points, effort))
    return found


def every_choice(raises: list[Raise]) -> list[tuple[Raise, ...]]:
    groups: dict[tuple[str, str], list[Raise | None]] = {}
    for one in raises:
        groups.setdefault((one.key, one.indicator), [None]).append(one)
    return [tuple(one for one in taken if one) for taken in product(*groups.values())]


def brute_best(
    candidates: list[Candidate], raises: list[Raise], spd: int, terms: object, budget: int, policy: Policy
) -> Fraction | None:
    best = None
    for taken in every_choice(raises):
        if sum(one.effort for one in taken) > budget:
            continue
        gained: dict[str, int] = {}
        for one in taken:
            gained[one.key] = gained.get(one.key, 0) + one.points_x100
        changed = [raised(one, gained if one.is_scored_stage else {}) for one in candidates]
        for picked in product((False, True), repeat=len(changed)):
            sent = tuple(one for one, is_in in zip(changed, picked, strict=True) if is_in)
            keys, units = {one.key for one in sent}, [one.unit for one in sent]
            is_permitted = (
                policy.locked <= keys
                and not policy.withheld & keys
                and (policy.most is None or len(sent) <= policy.most)
                and all(one.maturity_x100 >= policy.minimum_maturity_x100 or one.key in policy.locked for one in sent)
                and all(units.count(unit) >= least for unit, least in policy.minimum_per_unit.items())
                and all(sum(c in one.services for one in sent) >= least for c, least in policy.service_quota.items())
            )
            if is_permitted:
                value = brute_index(sent, spd + gained.get(REGION, 0), terms)  # type: ignore[arg-type]
                best = value if best is None or value > best else best
    return best


@pytest.mark.parametrize("switches", SWITCHES)
def test_the_joint_plan_is_the_best_of_all(switches: tuple[bool, ...]) -> None:
    compare_with_brute_force(switches, range(CASES_PER_SWITCHES))


@pytest.mark.slow
@pytest.mark.parametrize("switches", SWITCHES)
def test_the_joint_plan_is_the_best_of_all_in_thousands_of_cases(switches: tuple[bool, ...]) -> None:
    compare_with_brute_force(switches, range(1000, 1000 + MANY_CASES_PER_SWITCHES))


def compare_with_brute_force(switches: tuple[bool, ...], seeds: range) -> None:
    for seed in seeds:
        chance = random.Random(f"{seed}{switches}")
        candidates, spd, terms, policy = random_case(seed, switches, is_certain=True)
        candidates = candidates[:4]
        keys = {one.key for one in candidates}
        policy = Policy(
            policy.minimum_per_unit,
            policy.locked & keys,
            policy.withheld & keys,
            policy.service_quota,
            policy.minimum_maturity_x100,
            policy.most,
        )
        raises, budget = random_raises(candidates, chance), chance.randint(0, 8)
        best = brute_best(candidates, raises, spd, terms, budget, policy)
        if best is None:
            with pytest.raises(PlanImpossible):
                best_within(candidates, raises, spd, terms, budget, policy, with_holding=True)
            continue
        plan = best_within(candidates, raises, spd, terms, budget, policy, with_holding=True)
        assert plan.index == best
        assert plan.is_proved
        assert plan.effort <= budget


def test_the_least_effort_to_a_target_is_the_least() -> None:
    for seed in range(6):
        chance = random.Random(seed)
        candidates, spd, terms, _policy = random_case(seed, (True, False, False, False), is_certain=True)
        candidates = candidates[:3]
        raises = random_raises(candidates, chance)
        most = sum(one.effort for one in raises)
        indices = [brute_best(candidates, raises, spd, terms, budget, Policy()) for budget in range(most + 1)]
        target = int(rounded(chance.choice([one for one in indices if one is not None])) * 100)
        plan = least_effort_to(candidates, raises, spd, terms, target, with_holding=True)
        enough = [budget for budget, one in enumerate(indices) if one is not None and rounded(one) * 100 >= target]
        assert plan.is_reached
        assert plan.effort == enough[0]
        nearest = least_effort_to(candidates, raises, spd, terms, 10001, with_holding=True)
        assert not nearest.is_reached


def test_together_is_never_worse_than_one_after_the_other() -> None:
    city = mayors_city(5)
    terms = terms_of(2026)
    raises = [Raise(one.key, "1", 0, 1, 600, 2) for one in city if one.maturity_x100 < 9000]
    raises += [Raise(one.key, "2", 0, 1, 1500, 5) for one in city if one.maturity_x100 < 6000]
    held = submit_or_hold(city, 4500, terms)
    plan = best_within(city, raises, 4500, terms, 60, with_holding=True)
    assert plan.is_proved
    assert plan.index > held.index
    assert set(plan.held) == {one.key for one in city if one.maturity_x100 == 5500}
    assert all(one.key in plan.sent for one in plan.raises)


def test_a_threshold_is_met_by_raising() -> None:
    city = [Candidate("low", 6500, frozenset(SERVICES)), Candidate("high", 9000, frozenset(SERVICES))]
    raises = [Raise("low", "1", 0, 1, 500, 3)]
    terms = terms_of(2026)
    policy = Policy(minimum_maturity_x100=7000)
    assert best_within(city, raises, 4500, terms, 2, policy, with_holding=True).sent == ("high",)
    assert set(best_within(city, raises, 4500, terms, 3, policy, with_holding=True).sent) == {"high", "low"}
