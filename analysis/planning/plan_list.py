"""The list of a season's plan as rows and as words: what every surface shows of it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from analysis.planning.one_plan import PLAN_SCHEMA, SeasonPlan, gains_to_four_places
from analysis.planning.words import duty_to_report, exact_on_own_scores
from iga.index.formula import rounded
from iga.planning.actions import HOLD, SECURE, SPD, Action
from iga.planning.raises import REGION, Raise
from warehouse.language import Language
from warehouse.reference import load_reference


def plan_rows(plan: SeasonPlan, language: Language) -> pl.DataFrame:
    """The ordered list as rows of PLAN_SCHEMA: a row per document, the rows of one action under one `order`.

    `index_gain` of the rows of the plan add up to its gain, rounded to four places.
    """
    rows = [
        {**row, "order": order}
        for order, action in enumerate([*plan.actions, *plan.securing], start=1)
        for row in _rows_of(plan, action, language)
    ]
    inside = [row["gain"] for row in rows if row["is_in_total"]]
    gains = iter(gains_to_four_places(inside))
    for row in rows:
        gain = row.pop("gain")
        row["index_gain"] = next(gains) if row["is_in_total"] else Decimal(round(gain * 10_000)).scaleb(-4)
    return pl.DataFrame(rows, schema=PLAN_SCHEMA)


def _rows_of(plan: SeasonPlan, action: Action, language: Language) -> Iterator[dict[str, Any]]:
    shared = {
        **dict.fromkeys(PLAN_SCHEMA),
        "kind": action.kind,
        "who": action.who or None,
        "effort": action.effort,
        "worth_effort": action.worth_effort,
        "start_by_date": action.start_by,
        "until_date": action.until,
        "is_in_total": action.is_in_total,
        "is_marked": False,
        "gain": action.gain,
    }
    if action.kind == HOLD:
        text = language("Simulation: {count} innovations held back").format(count=language.whole(len(action.held)))
        yield {**shared, "action": text, "effort": 0}
    elif action.kind == SECURE:
        names = dict(load_reference("government_affair").select("affair_code", "name_id").iter_rows())
        text = language("Secure the basic service {service}: one more innovation of average maturity")
        yield {**shared, "action": text.format(service=names.get(action.service, action.service))}
    else:
        points = sum(step.points_x100 for step in action.steps)
        for step in action.steps:
            yield {
                **shared,
                **_step(plan, step, language),
                "effort": None if action.effort is None else step.effort,
                "start_by_date": plan.dues.start_by((step,)),
                "gain": action.gain * Fraction(step.points_x100, points),
            }


def _step(plan: SeasonPlan, step: Raise, language: Language) -> dict[str, Any]:
    """The cells of one document."""
    frames = plan.frames
    group = frames.rulebook.group(step.indicator)
    member = group.members[0]
    name = f"{group.number}. {group.name_id if language.code == 'id' else group.name_en}"
    line = plan.lines.get(step.indicator) if step.key == REGION else None
    text = language("Raise {indicator} from level {from_level} to {to_level}")
    cells: dict[str, Any] = {
        "action": text.format(indicator=name, from_level=step.from_level, to_level=step.to_level),
        "indicator": name,
        "from_level": step.from_level,
        "to_level": step.to_level,
        "document": (line.document if line else None) or member.evidence,
        "points": Decimal(step.points_x100).scaleb(-2),
    }
    if step.key == REGION:
        return {**cells, "unit_name": language("City (SPD)"), "who": (line.office if line else None)}
    row = plan.submissions[step.key]
    return {
        **cells,
        "unit_id": row["unit_id"],
        "unit_name": row["unit_name"],
        "who": row["unit_name"],
        "innovation_id": step.key,
        "title": row["title"],
        "is_marked": step.key in plan.marked,
    }


def season_plan_notes(plan: SeasonPlan, language: Language) -> list[str]:
    """What stands above the list: before and after, how exact that is, what is left of it if things go worse."""
    return [*_headline(plan, language), *_exactness(plan, language), *_left(plan, language), *_open(plan, language)]


def _headline(plan: SeasonPlan, language: Language) -> list[str]:
    terms, found = plan.frames.terms, plan.plan
    text = language("Index {before} → {after} ({from_predicate} → {to_predicate}) with effort {effort}")
    if terms.predicate(plan.index_before) == terms.predicate(plan.index):
        text = language("Index {before} → {after} ({to_predicate}) with effort {effort}")
    told = [
        text.format(
            before=language.number(plan.index_before),
            after=language.number(plan.index),
            from_predicate=language.label("predicate", terms.predicate(plan.index_before)),
            to_predicate=language.label("predicate", terms.predicate(plan.index)),
            effort=language.whole(found.effort),
        )
    ]
    if plan.target is not None and not found.is_reached:
        text = language("The goal {target} cannot be reached; this is the most that the possible raises give.")
        told.append(text.format(target=language.number(plan.target)))
    if plan.sent_all is not None:
        told.append(duty_to_report(language))
        text = language(
            "Simulation with holding: {held} held of those that would count; {with_holding} with it, {without} without."
        )
        told.append(
            text.format(
                held=language.whole(len(plan.held)),
                with_holding=language.number(plan.index),
                without=language.number(rounded(plan.sent_all.index)),
            )
        )
    return told


def _exactness(plan: SeasonPlan, language: Language) -> list[str]:
    found = plan.plan
    return exact_on_own_scores(language, Fraction(0) if found.is_proved else found.gap)


def _left(plan: SeasonPlan, language: Language) -> list[str]:
    told = []
    shifted, rejected = plan.if_shifted, plan.if_tenth_rejected
    if shifted is not None and plan.shift is not None:
        text = language(
            "If the ministry scores so much lower that the index falls by {points} points, as the one published pair "
            "did, {gain} points of the gain are left."
        )
        gain = language.number(rounded(shifted.gain))
        told.append(text.format(points=language.number(plan.shift.points), gain=gain))
    text = language("If a tenth is rejected, {gain} points of the gain are left.")
    told.append(text.format(gain=language.number(rounded(rejected.gain))))
    if plan.with_holding:
        text = language("If a tenth is rejected, the simulation sends {then} instead of {now}.")
        then, now = plan.number_sent(plan.advice_if_tenth_rejected), plan.number_sent(plan.plan)
        told.append(text.format(then=language.whole(then), now=language.whole(now)))
    return told


def _open(plan: SeasonPlan, language: Language) -> list[str]:
    """What is not known: efforts of SPD's lines, levels, scores that differ from them."""
    told = []
    for action in plan.actions:
        if action.kind == SPD and action.effort is None:
            number = action.steps[0].indicator
            if action.worth_effort is None:
                text = language("SPD {number}: its effort is not known; no documents together bring as much.")
                told.append(text.format(number=number))
            else:
                text = language("SPD {number}: its effort is not known; it is worth up to {effort} units of effort.")
                told.append(text.format(number=number, effort=language.whole(action.worth_effort)))
    if plan.marked:
        text = language(
            "{count} innovations state another score than their levels give; they are planned on what is known, marked."
        )
        told.append(text.format(count=language.whole(len(plan.marked))))
    if any(action.kind == SPD for action in plan.actions):
        told.append(
            language("Which lines of SPD can still be changed is this project's reading; a planner confirms it.")
        )
    return told
