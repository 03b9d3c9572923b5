"""Cheapest points equal brute force, reach their target to the last digit, and say what cannot be reached."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import product

import pytest

from iga.index.exact import index_of
from iga.planning.raise_plan import plan_to, plan_within
from iga.planning.raises import (
    REGION,
    Position,
    Raise,
    next_predicate_index,
    plan_threshold,
    possible_raises,
    sheets_to_fetch,
)
from iga.planning.single_valued_rules import terms_of
from iga.rulebook import load_rulebook

RULES = load_rulebook(2026)
TERMS = terms_of(RULES)


def random_menu(chance: random.Random) -> list[list[Raise]]:
    """Up to five indicators with up to three alternatives each; one in four is an SPD line."""
    menu = []
    for place in range(chance.randint(1, 5)):
        key = REGION if chance.random() < 0.25 else f"i{place % 2}"
        weight = 100 * chance.randint(1, 4)
        efforts = sorted(chance.randint(0, 6) for _ in range(chance.randint(1, 3)))
        menu.append(
            [Raise(key, f"{place}", 0, level, weight * level, effort) for level, effort in enumerate(efforts, start=1)]
        )
    return menu


def random_position(chance: random.Random) -> Position:
    divisor = chance.choice([12, 12, 13, 40, 201])
    return Position(
        chance.randint(0, 50) * 75, chance.randint(0, 60 * divisor) * 100, divisor, 38 * chance.randint(0, 200)
    )


def all_sets(menu: list[list[Raise]]) -> list[tuple[Raise, ...]]:
    return [
        tuple(raised for raised in taken if raised is not None)
        for taken in product(*([None, *alternatives] for alternatives in menu))
    ]


def worth(raises: tuple[Raise, ...], position: Position) -> int:
    return sum(raised.points_x100 * (position.divisor if raised.key == REGION else 1) for raised in raises)


def effort(raises: tuple[Raise, ...]) -> int:
    return sum(raised.effort for raised in raises)


def test_a_budget_buys_the_most_that_any_set_does() -> None:
    for seed in range(250):
        chance = random.Random(seed)
        menu, position, budget = random_menu(chance), random_position(chance), chance.randint(0, 15)
        plan = plan_within([raised for group in menu for raised in group], position, TERMS, budget)
        affordable = [found for found in all_sets(menu) if effort(found) <= budget]
        best = max(worth(found, position) for found in affordable)
        assert worth(plan.raises, position) == best
        assert plan.effort == min(effort(found) for found in affordable if worth(found, position) == best)
        assert plan.is_proved
        assert plan.index_after == position.index(TERMS, best) == plan.index_bound


def test_a_target_costs_the_least_that_any_set_does() -> None:
    for seed in range(250):
        chance = random.Random(seed)
        menu, position = random_menu(chance), random_position(chance)
        raises = [raised for group in menu for raised in group]
        most = position.index(
            TERMS, sum(max(r.points_x100 * (position.divisor if r.key == REGION else 1) for r in g) for g in menu)
        )
        now = position.index(TERMS)
        target = now + (most - now) * chance.randint(0, 12) / 10
        target = target.quantize(Decimal("0.01"))
        plan = plan_to(raises, position, TERMS, target)
        reaching = [found for found in all_sets(menu) if position.index(TERMS, worth(found, position)) >= target]
        assert plan.is_reached == bool(reaching)
        assert plan.is_proved
        if reaching:
            assert plan.effort == min(effort(found) for found in reaching) == plan.effort_bound
            assert plan.index_after >= target
        else:
            assert plan.index_after == most < target


def test_the_needed_points_are_the_least_that_round_up_to_the_target() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        position = random_position(chance)
        target = Decimal(chance.randint(1, 10000)).scaleb(-2)
        needed = position.needed_for(TERMS, target)
        assert position.index(TERMS, needed) >= target
        if needed:
            assert position.index(TERMS, needed - 1) < target


def test_the_index_of_a_position_is_the_exact_one() -> None:
    maturities = [90, 71, 55, 102] * 5
    position = Position(4525, sum(maturities) * 100, 20, 20 * 38)
    assert position.index(TERMS) == index_of(Decimal("45.25"), maturities, 5, RULES).iid


def test_each_innovation_reaches_the_threshold_at_the_least_effort() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        menu = [
            [Raise("i", raised.indicator, 0, raised.to_level, raised.points_x100, raised.effort) for raised in group]
            for group in random_menu(chance)
        ]
        threshold = chance.randint(1, 40) * 100
        plan = plan_threshold([raised for group in menu for raised in group], {"i": 0, "done": threshold}, threshold)
        points = {found: sum(raised.points_x100 for raised in found) for found in all_sets(menu)}
        reaching = [effort(found) for found, total in points.items() if total >= threshold]
        if reaching:
            assert plan.effort == min(reaching)
            assert plan.reached == ("i",)
        else:
            assert plan.unreachable == {"i": max(points.values())}


def test_raises_stop_before_a_step_that_cannot_be_made() -> None:
    groups = [group for group in RULES.sid_groups if group.number in ("16", "35")]
    raises = possible_raises("i", {"16": 1, "35": 0}, groups, {"16": (1, None, 5), "35": (2, 3, 4)})
    assert [(r.indicator, r.from_level, r.to_level, r.points_x100, r.effort) for r in raises] == [
        ("35", 0, 1, 400, 2),
        ("35", 0, 2, 800, 5),
        ("35", 0, 3, 1200, 9),
    ]


def test_an_indicator_without_a_level_gives_no_raise() -> None:
    assert possible_raises("i", {}, RULES.sid_groups, {"16": (1, 1, 1)}) == []


@pytest.mark.parametrize(
    ("index", "next_index"), [("0", "0.01"), ("40.00", "40.01"), ("48.82", "65.01"), ("79.22", None)]
)
def test_the_next_predicate(index: str, next_index: str | None) -> None:
    assert next_predicate_index(TERMS, Decimal(index)) == (None if next_index is None else Decimal(next_index))


def test_with_totals_only_the_widest_gaps_are_fetched_first() -> None:
    assert sheets_to_fetch({"a": 11100, "b": 5000, "c": 9000}, TERMS, 5) == [("b", 6100), ("c", 2100)]


def test_a_city_of_400_innovations_is_planned_to_a_target_and_proved() -> None:
    chance = random.Random(1)
    efforts = {group.number: tuple(chance.randint(1, 9) for _ in range(3)) for group in RULES.sid_groups}
    raises, total = [], 0
    for place in range(400):
        levels = {group.number: chance.randint(0, 3) for group in RULES.sid_groups}
        total += sum(group.weight_x100 * levels[group.number] for group in RULES.sid_groups)
        raises += possible_raises(f"i{place:03d}", levels, RULES.sid_groups, efforts)
    position = Position(4500, total, 400, 7600)
    plan = plan_to(raises, position, TERMS, Decimal("80.00"))
    assert plan.is_reached
    assert plan.is_proved
    assert plan.index_after >= Decimal("80.00")
