"""The first action of a season's plan as a sentence, for the pages that open with it."""

from __future__ import annotations

from analysis.planning.first_actions import first_actions
from analysis.planning.one_plan import SeasonPlan
from warehouse.language import Language


def first_step(plan: SeasonPlan | None, language: Language) -> str | None:
    """Return what to do first, who does it and what it brings; None where there is no plan."""
    actions = first_actions(plan, 1, language) if plan is not None else []
    if not actions:
        return None
    [action] = actions
    text = language("First: {action} ({who}, {gain} points)." if action.gain else "First: {action} ({who}).")
    return text.format(action=action.what[:1].lower() + action.what[1:], who=action.who, gain=action.gain)
