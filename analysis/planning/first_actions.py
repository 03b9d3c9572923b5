"""The first actions of a season's plan, each in one line: what to decide, who acts, what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import plan_rows
from iga.index.formula import rounded
from warehouse.language import Language

LEAST_SHOWN = Fraction(1, 100)
"""A gain below this is said to be less, since nobody decides by it."""


@dataclass(frozen=True)
class FirstAction:
    """One action of a plan in words. `steps` is how many documents it takes, `gain` its gain in points as words."""

    what: str
    who: str
    gain: str
    steps: int
    start_by: date | None
    until: date | None


def first_actions(plan: SeasonPlan, count: int, language: Language) -> list[FirstAction]:
    """Return the first actions of a plan in its order; fewer where it has fewer."""
    rows = plan_rows(plan, language)
    told = []
    for order, action in enumerate(plan.actions, start=1):
        if not action.steps:
            continue
        steps = rows.filter(order=order).to_dicts()
        titles = list(dict.fromkeys(step["title"] for step in steps if step["title"]))
        what = steps[0]["action"]
        if titles:
            more = f" (+{len(titles) - 1})" if len(titles) > 1 else ""
            text = language("Complete {count} documents of {innovation}")
            what = text.format(count=language.whole(len(steps)), innovation=f"{titles[0]}{more}")
        who = steps[0]["who"] or steps[0]["unit_name"] or "–"
        told.append(
            FirstAction(what, who, gain_words(action.gain, language), len(steps), action.start_by, action.until)
        )
        if len(told) == count:
            break
    return told


def gain_words(gain: Fraction | Decimal, language: Language) -> str:
    """Return a gain in points of the index, signed, with two places; a very small one as less than that."""
    exact = Fraction(gain)
    if 0 < exact < LEAST_SHOWN:
        return language("less than {least}").format(least=language.number(rounded(LEAST_SHOWN)))
    return f"{'+' if exact > 0 else ''}{language.number(rounded(exact))}"
