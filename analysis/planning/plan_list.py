"""The list of a season's plan as rows and as words: what every surface shows of it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from analysis.planning.one_plan import PLAN_SCHEMA, SeasonPlan, gains_to_four_places
from analysis.planning.words import duty_to_report, exact_on_own_scores
from iga.index.formula import rounded
from iga.planning.actions import ANSWER, HOLD, REJECTION, SECURE, SHEETS, SPD, Action
from iga.planning.raises import REGION, Raise
from warehouse.language import Language
from warehouse.reference import load_reference


def plan_rows(plan: SeasonPlan, language: Language) -> pl.DataFrame:
    """The ordered list as rows of PLAN_SCHEMA: a row per document, the rows of one action under one `order`.

    `index_gain` of the rows of the plan add up to its gain, rounded to four places.
    """
    rows = [
        {**row, "order": order}
        for order, action in enumerate(plan.listed, start=1)
        for row in _rows_of(plan, action, language)
    ]
    inside = [row["gain"] for row in rows if row["is_in_total"]]
    gains = iter(gains_to_four_places(inside))
    for row in rows:
        gain, most = row.pop("gain"), row.pop("most")
        row["index_gain"] = next(gains) if row["is_in_total"] else _four_places(gain)
        row["index_gain_most"] = row["index_gain"] if most is None else _four_places(most)
        row["index_gain_least"] = Decimal(0).scaleb(-4) if row.pop("is_unanswered") else row["index_gain"]
    return pl.DataFrame(rows, schema=PLAN_SCHEMA)


def _four_places(gain: Fraction) -> Decimal:
    return Decimal(round(gain * 10_000)).scaleb(-4)


def plan_for_people(rows: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the rows of a plan as people read them: what is assumed says so, a gain that is not known is a range.

    The control sheets to fill are one row here, however many they are; `iga plan fetch` and the workbook name each.
    """
    first = pl.int_range(pl.len()).over("order") == 0
    units = rows.filter(kind=SHEETS)["unit_name"].n_unique()
    all_units = language.ngettext(
        "{count} unit",
        "{count} units",
        units,
    ).format(count=language.whole(units))
    kept = rows.filter((pl.col("kind") != SHEETS) | first).to_dicts()
    told = [
        {
            **row,
            "who": all_units if row["kind"] == SHEETS else who_in_words(row, language),
            "start_by_date": start_in_words(row, language),
            "index_gain": gain_in_words(row, language),
            "title": None if row["kind"] == SHEETS else row["title"],
        }
        for row in kept
    ]
    schema = {**PLAN_SCHEMA, "start_by_date": pl.String, "index_gain": pl.String}
    return pl.DataFrame(told, schema=schema)


def plan_for_tables(rows: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the rows of `plan_for_people` with days and gains as values, which a workbook can sort and add up.

    Where one is no single value, it is null, and `start_words` and `gain_words` say it.
    """
    told = plan_for_people(rows, language)
    first = pl.int_range(pl.len()).over("order") == 0
    kept = rows.filter((pl.col("kind") != SHEETS) | first)
    is_single = (kept["kind"] != SHEETS) & (kept["index_gain_least"] == kept["index_gain_most"])
    starts, gains = told["start_by_date"].alias("start_words"), told["index_gain"].alias("gain_words")
    return told.with_columns(
        starts,
        gains,
        pl.when(~kept["is_start_assumed"]).then(kept["start_by_date"]).alias("start_by_date"),
        pl.when(is_single).then(kept["index_gain"]).alias("index_gain"),
    )


def who_in_words(row: Mapping[str, Any], language: Language) -> str | None:
    """Return who acts; an office that no source names as one that is assumed."""
    if row["is_who_assumed"] and row["who"]:
        return language("{office} (assumed)").format(office=row["who"])
    return None if row["who"] is None else str(row["who"])


def start_in_words(row: Mapping[str, Any], language: Language) -> str | None:
    """Return the last day to begin; one that rests on an assumed lead time says so."""
    if row["start_by_date"] is None:
        return None
    day = language.date(row["start_by_date"])
    return language("{day} (assumed lead time)").format(day=day) if row["is_start_assumed"] else day


def gain_in_words(row: Mapping[str, Any], language: Language) -> str:
    """Return a gain in points of the index; a range where no answer was received."""
    if row["kind"] == SHEETS:
        return "–"
    least, most = row["index_gain_least"], row["index_gain_most"]
    if least == most:
        return language.number(row["index_gain"], 4)
    return f"{language.number(least, 2)}–{language.number(most, 2)}"


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
        "is_start_assumed": False,
        "is_who_assumed": False,
        "gain": action.gain,
        "most": action.gain_most,
        "is_unanswered": action.gain_most is not None,
    }
    if action.kind == HOLD:
        text = language.ngettext(
            "Simulation: {count} innovation held back",
            "Simulation: {count} innovations held back",
            len(action.held),
        ).format(count=language.whole(len(action.held)))
        yield {**shared, "action": text, "effort": 0}
    elif action.kind == SECURE:
        names = dict(load_reference("government_affair").select("affair_code", "name_id").iter_rows())
        text = language("Secure the basic service {service}: one more innovation of average maturity")
        yield {**shared, "action": text.format(service=names.get(action.service, action.service))}
    elif action.kind == REJECTION:
        text = language("Risk: if a tenth is rejected, the index moves by {points} points; check proofs before sending")
        yield {**shared, "action": text.format(points=language.number(rounded(action.gain)).replace("-", "−"))}
    elif action.kind == SHEETS:
        text = language.ngettext(
            "Fill the control sheets first: {count} innovation below the maximum has no levels",
            "Fill the control sheets first: {count} innovations below the maximum have no levels",
            len(action.sheets),
        )
        for key in action.sheets:
            row = plan.submissions[key]
            named = {"unit_id": row["unit_id"], "unit_name": row["unit_name"], "title": row["title"]}
            told = text.format(count=language.whole(len(action.sheets)))
            yield {**shared, **named, "action": told, "who": row["unit_name"], "innovation_id": key}
    else:
        points = sum(step.points_x100 for step in action.steps)
        for step in action.steps:
            yield {
                **shared,
                **_step(plan, step, language),
                "effort": None if action.effort is None else step.effort,
                "start_by_date": plan.dues.start_by((step,)),
                "is_start_assumed": plan.dues.is_assumed((step,)),
                "gain": action.gain * Fraction(step.points_x100, points),
                "is_unanswered": action.gain_most is not None or is_unanswered(plan, step),
            }


def is_unanswered(plan: SeasonPlan, step: Raise) -> bool:
    """Whether no answer was received to a line of SPD: what it brings lies between nothing and its points."""
    return step.key == REGION and step.indicator not in plan.frames.spd_levels()


def _step(plan: SeasonPlan, step: Raise, language: Language) -> dict[str, Any]:
    """The cells of one document."""
    frames = plan.frames
    group = frames.rulebook.group(step.indicator)
    member = group.members[0]
    name = f"{group.number}. {group.name_id if language.code == 'id' else group.name_en}"
    line = plan.lines.get(step.indicator) if step.key == REGION else None
    text = language("Raise {indicator} from level {from_level} to {to_level}")
    if is_unanswered(plan, step):
        text = language("Answer {indicator} with proof (no answer received), up to level {to_level}")
    cells: dict[str, Any] = {
        "action": text.format(indicator=name, from_level=step.from_level, to_level=step.to_level),
        "indicator": name,
        "from_level": step.from_level,
        "to_level": step.to_level,
        "document": (line.document if line else None) or member.evidence,
        "points": Decimal(step.points_x100).scaleb(-2),
    }
    if step.key == REGION:
        office = {"who": line.office, "is_who_assumed": line.is_owner_assumed} if line else {"who": None}
        return {**cells, "unit_name": language("City (SPD)"), **office}
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
    headline, sure, rest = season_plan_parts(plan, language)
    return [*headline, *sure, *rest]


def season_plan_parts(plan: SeasonPlan, language: Language) -> tuple[list[str], list[str], list[str]]:
    """Return what a plan comes to, how exact that is and what is left of it, and what it rests on."""
    return _headline(plan, language), [*_exactness(plan, language), *_left(plan, language)], _open(plan, language)


def _work_told(plan: SeasonPlan, language: Language) -> str:
    """Say how much work the plan is; an effort that no table states is none of zero days."""
    unknown = sum(action.effort is None for action in plan.actions)
    if unknown and not plan.plan.effort:
        return language("estimated work: not known")
    text = language.ngettext(
        "estimated work: {effort} working day",
        "estimated work: {effort} working days",
        plan.plan.effort,
    )
    if unknown:
        text = language.ngettext(
            "estimated work: {effort} working days, and that of {count} action, which is not known",
            "estimated work: {effort} working days, and that of {count} actions, which is not known",
            unknown,
        )
    return text.format(effort=language.whole(plan.plan.effort), count=language.whole(unknown))


def _headline(plan: SeasonPlan, language: Language) -> list[str]:
    terms, found = plan.frames.terms, plan.plan
    text = language("Index {before} → {after} ({from_predicate} → {to_predicate}); {work}")
    if terms.predicate(plan.index_before) == terms.predicate(plan.index):
        text = language("Index {before} → {after} ({to_predicate}); {work}")
    told = [
        text.format(
            before=language.number(plan.index_before),
            after=language.number(plan.index),
            from_predicate=language.label("predicate", terms.predicate(plan.index_before)),
            to_predicate=language.label("predicate", terms.predicate(plan.index)),
            work=_work_told(plan, language),
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
            told.append(break_even_line(number, action.worth_effort, language))
    if plan.marked:
        text = language.ngettext(
            "{count} innovation states another score than its levels give; it is planned on what is known, marked.",
            "{count} innovations state another score than their levels give; they are planned on what is known, "
            "marked.",
            len(plan.marked),
        )
        told.append(text.format(count=language.whole(len(plan.marked))))
    if plan.answers:
        most = sum((action.gain_most or Fraction(0) for action in plan.answers), Fraction(0))
        text = language.ngettext(
            "{count} line of SPD without an answer: 0 to {most} points, once it is answered with proof.",
            "{count} lines of SPD without an answer: 0 to {most} points, once they are answered with proof.",
            len(plan.answers),
        )
        told.append(text.format(count=language.whole(len(plan.answers)), most=language.number(rounded(most))))
    return [*told, *_assumed(plan, language)]


def _assumed(plan: SeasonPlan, language: Language) -> list[str]:
    """What the list rests on that no source says: offices, what can still be changed, lead times, averages."""
    told = []
    asked = [action for action in plan.listed if action.kind in (SPD, ANSWER)]
    if asked:
        told.append(
            language("Which lines of SPD can still be changed is this project's reading; a planner confirms it.")
        )
    lines = [(action.steps[0].indicator, plan.lines.get(action.steps[0].indicator)) for action in asked]
    assumed = [f"{number} ({line.office})" for number, line in lines if line and line.is_owner_assumed]
    if assumed:
        text = language("Owners that are assumed, to be confirmed: SPD {lines}.")
        told.append(text.format(lines=", ".join(assumed)))
    if any(plan.dues.is_assumed(action.steps) for action in plan.listed):
        told.append(language("Lead times are assumed unless the city has stated them; an assumed one drops no step."))
    if plan.securing and plan.set_aside:
        text = language.ngettext(
            "The average maturity counts {count} innovation in quarantine at its least; thin services bring that or "
            "more.",
            "The average maturity counts {count} innovations in quarantine at their least; thin services bring that or "
            "more.",
            plan.set_aside,
        )
        told.append(text.format(count=language.whole(plan.set_aside)))
    return told


def break_even_line(number: str, worth: int | None, language: Language) -> str:
    """Say what a line of SPD is worth whose effort nobody has stated."""
    if worth is None:
        text = language("SPD {number}: how much work it is is not known; no documents together bring as much.")
        return text.format(number=number)
    text = language.ngettext(
        "SPD {number}: how much work it is is not known; it is worth up to {days} working day of documents.",
        "SPD {number}: how much work it is is not known; it is worth up to {days} working days of documents.",
        worth,
    )
    return text.format(number=number, days=language.whole(worth))
