"""How fast a city is planned: the raises to a target as an integer program, against listing them one by one.

    python tests/benchmarks/run.py planning

A city of 400 innovations with 20 indicators each, at random levels. The alternative is greedy: at each step the raise
of most points for its effort, until the target is reached; it proves nothing, and its effort is told beside ours.
"""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Any

from iga.planning.candidates import Candidate
from iga.planning.joint import joint_plan
from iga.planning.raises import Position, Raise, plan_to, possible_raises
from iga.planning.single_valued_rules import Terms, terms_of
from iga.rulebook import load_rulebook

INNOVATIONS, BUDGET, TARGET_ABOVE = 400, 100, Decimal(5)


def run(innovations: int = INNOVATIONS) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. Raises ValueError without a proof."""
    rules, terms = load_rulebook(2026), terms_of(2026)
    chance = random.Random(2026)
    efforts = {group.number: (2, 3, 5) for group in rules.sid_groups}
    candidates, raises = [], []
    for place in range(innovations):
        levels = {group.number: chance.randint(0, group.top_level) for group in rules.sid_groups}
        maturity = sum(group.weight_x100 * levels[group.number] for group in rules.sid_groups)
        service = rules.basic_service_affairs[place % 6]
        candidates.append(Candidate(f"i{place}", maturity, frozenset([service])))
        raises += possible_raises(f"i{place}", levels, rules.sid_groups, efforts)
    position = Position(4500, sum(one.maturity_x100 for one in candidates), innovations, 38 * min(innovations, 200))
    target = position.index(terms) + TARGET_ABOVE
    start = time.perf_counter()
    plan = plan_to(raises, position, terms, target)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    joint = joint_plan(candidates, raises, 4500, terms, BUDGET)
    together = time.perf_counter() - start
    if not plan.is_proved or not joint.is_proved:
        raise ValueError("a plan is not proved")
    start = time.perf_counter()
    effort = greedy(raises, position, terms, target)
    other = time.perf_counter() - start
    size = f"{innovations} innovations x {len(rules.sid_groups)} indicators"
    told = f"greedy, unproved, effort {effort} against {plan.effort}"
    return [
        {"name": f"raises to a target ({size})", "ours_s": ours, **_against(told, other, ours)},
        {
            "name": f"raises and holding, effort {BUDGET} ({size})",
            "ours_s": together,
            **_against(told, other, together),
        },
    ]


def _against(told: str, other: float, ours: float) -> dict[str, Any]:
    return {"alternative": told, "alternative_s": other, "ratio": other / ours}


def greedy(raises: list[Raise], position: Position, terms: Terms, target: Decimal) -> int:
    """The effort of taking the best ratio first, one raise per indicator, until the target is reached."""
    missing = position.needed_for(terms, target)
    taken: set[tuple[str, str]] = set()
    effort = gained = 0
    for one in sorted(raises, key=lambda one: -one.points_x100 / one.effort):
        if gained >= missing:
            break
        if (one.key, one.indicator) not in taken:
            taken.add((one.key, one.indicator))
            effort, gained = effort + one.effort, gained + one.points_x100
    return effort
