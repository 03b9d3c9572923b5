"""The first actions of a season's plan, each in one line: what to decide, who acts, what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import gain_in_words, plan_rows, who_in_words
from iga.index.formula import rounded
from iga.planning.actions import ANSWER, RAISE, SHEETS, SPD, Action
from warehouse.language import Language

ASKING = (SHEETS, SPD, RAISE, ANSWER)
"""The kinds of action that somebody is asked for; the others are a simulation and risks."""

LEAST_SHOWN = Fraction(1, 100)
"""A gain below this is said to be less, since nobody decides by it."""


@dataclass(frozen=True)
class FirstAction:
    """One action of a plan in words. `steps` is how many documents it takes, `gain` its gain in points as words.

    `gain` is empty where nobody can say what it brings: levels that are not known. `start_by` is None once it has
    passed, which an assumed lead time may have.
    """

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
    for order, action in enumerate(plan.listed, start=1):
        if action.kind not in ASKING:
            continue
        steps = rows.filter(order=order).to_dicts()
        titles = list(dict.fromkeys(step["title"] for step in steps if step["title"]))
        what = steps[0]["action"]
        if titles and action.kind == RAISE:
            more = f" (+{len(titles) - 1})" if len(titles) > 1 else ""
            text = language.ngettext(
                "Complete {count} document of {innovation}",
                "Complete {count} documents of {innovation}",
                len(steps),
            )
            what = text.format(count=language.whole(len(steps)), innovation=f"{titles[0]}{more}")
        who = who_in_words(steps[0], language) or steps[0]["unit_name"] or "–"
        if action.kind == SHEETS:
            units = len({step["unit_name"] for step in steps})
            who = language.ngettext(
                "{count} unit",
                "{count} units",
                units,
            ).format(count=language.whole(units))
        start = None if action.start_by is not None and action.start_by < plan.on else action.start_by
        told.append(FirstAction(what, who, _gain(action, steps[0], language), len(steps), start, action.until))
        if len(told) == count:
            break
    return told


def _gain(action: Action, row: Mapping[str, Any], language: Language) -> str:
    if action.kind == SHEETS:
        return ""
    if row["index_gain_least"] != row["index_gain_most"]:
        return gain_in_words(row, language)
    return gain_words(action.gain, language)


def gain_words(gain: Fraction | Decimal, language: Language) -> str:
    """Return a gain in points of the index, signed, with two places; a very small one as less than that."""
    exact = Fraction(gain)
    if 0 < exact < LEAST_SHOWN:
        return language("less than {least}").format(least=language.number(rounded(LEAST_SHOWN)))
    return f"{'+' if exact > 0 else ''}{language.number(rounded(exact))}".replace("-", "−")
