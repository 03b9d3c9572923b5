"""How fast a city is planned: one plan of SPD, raises and holding, proved, against taking the best ratio first.

    python tests/benchmarks/run.py planning

A city of 400 innovations with 20 indicators each and 15 lines of SPD, at random levels. The alternative is greedy: at
each step the raise of most points for its effort, until the effort or the target is reached; it proves nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from iga.planning.best_plan import OnePlan, best_within, least_effort_to
from iga.planning.candidates import Candidate
from iga.planning.raises import REGION, Position, Raise, possible_raises
from iga.planning.single_valued_rules import Terms, terms_of
from iga.rulebook import load_rulebook

INNOVATIONS, LINES, BUDGET, TARGET_ABOVE = 400, 15, 100, Decimal(2)


def run(innovations: int = INNOVATIONS) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. Raises ValueError without a proof."""
    rules, terms = load_rulebook(2026), terms_of(2026)
    chance = random.Random(2026)
    efforts = {group.number: (2, 3, 5) for group in rules.groups}
    candidates, raises = [], []
    for place in range(innovations):
        levels = {group.number: chance.randint(0, group.top_level) for group in rules.sid_groups}
        maturity = sum(group.weight_x100 * levels[group.number] for group in rules.sid_groups)
        service = rules.basic_service_affairs[place % 6]
        candidates.append(Candidate(f"i{place}", maturity, frozenset([service])))
        raises += possible_raises(f"i{place}", levels, rules.sid_groups, efforts)
    lines = {group.number: chance.randint(0, 3) for group in rules.spd_groups[:LINES]}
    raises += possible_raises(REGION, lines, rules.spd_groups, efforts)
    position = Position(4500, sum(each.maturity_x100 for each in candidates), innovations, 38 * min(innovations, 200))
    target = position.index(terms) + TARGET_ABOVE
    start = time.perf_counter()
    effort = greedy(raises, position, terms, target)
    other = time.perf_counter() - start
    best_within(candidates[:12], [], 4500, terms, 0)  # what is imported once is not counted
    size = f"{innovations} innovations x {len(rules.sid_groups)} indicators, {LINES} lines of SPD"
    kinds: dict[str, Callable[[], OnePlan]] = {
        f"one plan, effort {BUDGET} ({size})": lambda: best_within(candidates, raises, 4500, terms, BUDGET),
        f"one plan to a target ({size})": lambda: least_effort_to(candidates, raises, 4500, terms, int(target * 100)),
        f"one plan with holding, effort {BUDGET} ({size})": lambda: best_within(
            candidates, raises, 4500, terms, BUDGET, with_holding=True
        ),
    }
    rows = []
    for name, planned in kinds.items():
        start = time.perf_counter()
        plan = planned()
        ours = time.perf_counter() - start
        if not plan.is_proved:
            raise ValueError("a plan is not proved")
        told = (
            f"greedy to the target, unproved, effort {effort}; ours reaches {float(plan.index):.4f} for {plan.effort}"
        )
        rows.append({"name": name, "ours_s": ours, **_against(told, other, ours)})
    return rows


def _against(told: str, other: float, ours: float) -> dict[str, Any]:
    return {"alternative": told, "alternative_s": other, "ratio": other / ours}


def greedy(raises: list[Raise], position: Position, terms: Terms, target: Decimal) -> int:
    """The effort of taking the best ratio first, one raise per indicator, until the target is reached."""
    missing = position.needed_for(terms, target)
    taken: set[tuple[str, str]] = set()
    effort = gained = 0

    def worth(each: Raise) -> int:
        return each.points_x100 * (position.divisor if each.key == REGION else 1)

    for each in sorted(raises, key=lambda each: -worth(each) / each.effort):
        if gained >= missing:
            break
        if (each.key, each.indicator) not in taken:
            taken.add((each.key, each.indicator))
            effort, gained = effort + each.effort, gained + worth(each)
    return effort
