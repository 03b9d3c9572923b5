"""What plans and readiness come to in words: the notes that stand with their lists, on a page and in the command."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from analysis.season.words import eligible_lines, innovation_lines, pace_lines, threshold_lines, unit_lines
from iga.index.formula import rounded
from warehouse.language import Language

if TYPE_CHECKING:
    from analysis.planning.scenario import Outcome
    from analysis.season.frames import SeasonFrames
    from analysis.season.readiness import Readiness
    from iga.planning.best_plan import OnePlan
    from iga.planning.hold import HoldPlan
    from iga.planning.raises import RaisePlan


TOLD_AS_FACTS = ("threshold", "required", "deadline", "history")
"""What a season may lack that the account of its facts names with the reason."""


def readiness_notes(found: Readiness, name: str, language: Language, *, with_season: bool = True) -> list[str]:
    """What stands above the lists: deadlines, threshold, pace, services, what is lacking; then the season's own."""
    notes = [f"{name} · {language.date(found.on)}"]
    for deadline in found.targets.deadlines:
        days = (deadline.day - found.on).days
        text = (
            language.ngettext(
                "{kind}: {day} ({days} day left)",
                "{kind}: {day} ({days} days left)",
                days,
            )
            if days >= 0
            else language("{kind}: {day} (passed)")
        )
        kind = language.label("deadline", deadline.kind)
        notes.append(text.format(kind=kind, day=language.date(deadline.day), days=days))
    account = found.account
    notes += [*unit_lines(account, language), *innovation_lines(account, language)]
    notes += threshold_lines(account, language)
    if found.threshold is not None and found.targets.is_carried(found.threshold):
        text = language("The threshold was stated for {edition} and is carried over as an assumption.")
        notes.append(text.format(edition=found.threshold.edition))
    notes += eligible_lines(account, language)
    carried = [one for one in found.targets.required.values() if found.targets.is_carried(one)]
    if carried:
        text = language("The required numbers were stated for {edition} and are carried over as an assumption.")
        notes.append(text.format(edition=carried[0].edition))
    notes += pace_notes(found, language)
    covered = found.services.filter(pl.col("innovation_count") > 0).height
    text = language("Basic services covered: {covered} of {all}; without innovation: {none}")
    none = ", ".join(found.services.filter(pl.col("innovation_count") == 0)["name"]) or "–"
    notes.append(text.format(covered=covered, all=found.services.height, none=none))
    first = found.frames.rulebook.basic_service_affairs[0]
    education = found.services.filter(pl.col("affair_code") == first)["innovation_count"].item()
    notes.append(
        language.ngettext(
            "Education: {count} innovation",
            "Education: {count} innovations",
            education,
        ).format(count=education)
    )
    # What the lines above say of their own facts is not said again.
    notes += [language.label("readiness_lacking", code) for code in found.lacking if code not in TOLD_AS_FACTS]
    return notes + season_notes(found.frames, language) if with_season else notes


def pace_notes(found: Readiness, language: Language) -> list[str]:
    """What the counts so far forecast for the deadline, and whether it will be enough."""
    pace, told = found.pace, pace_lines(found.account, language)
    if pace is None or pace.forecast is None:
        return told
    if pace.needed is not None:
        verdict = {
            True: language("It will be enough: {needed} are needed."),
            False: language("It will not be enough: {needed} are needed."),
            None: language("It may or may not be enough: {needed} are needed."),
        }[pace.is_enough]
        told.append(verdict.format(needed=pace.needed))
    return told


def exact_on_own_scores(language: Language, gap: Fraction) -> list[str]:
    """What a plan is exact on, and what it is no guarantee of; and how far another one may lie above it."""
    told = [language("Exact on the city's own scores; no guarantee of the ministry's.")]
    if gap:
        text = language("Another plan may lie higher by at most {gap} points.")
        told.append(text.format(gap=language.number(Decimal(float(gap)), 4)))
    return told


def duty_to_report(language: Language) -> str:
    """What stands with every simulation of holding."""
    return language(
        "All innovations must be reported (UU 23/2014 art. 388; PP 38/2017 art. 20). This simulation is no advice to "
        "hold any back; the head of the region decides, after the legal section."
    )


def holding_lines(name: str, before: Outcome, held: Outcome, sent: Outcome, language: Language) -> list[str]:
    """What a scenario that holds brings with its holding and without it, beside the season as it stands."""
    if None in (before.iid_lower, held.iid_lower, sent.iid_lower):
        return [language("Simulation {name}: its index is not known.").format(name=name)]
    text = language("Simulation {name}: gain {with_holding} with holding, {without} without.")
    gains = [_signed(each.iid_lower, before.iid_lower, language) for each in (held, sent)]
    return [text.format(name=name, with_holding=gains[0], without=gains[1])]


def _signed(after: Decimal | None, before: Decimal | None, language: Language) -> str:
    gain = (after or Decimal(0)) - (before or Decimal(0))
    return f"{'+' if gain > 0 else ''}{language.number(gain)}"


def plan_notes(found: RaisePlan, language: Language) -> list[str]:
    """Before and after, the effort, and the bound that proves the plan."""
    text = language.ngettext(
        "Index {before} → {after} ({predicates}), {count} raise; estimated work: {effort} working days",
        "Index {before} → {after} ({predicates}), {count} raises; estimated work: {effort} working days",
        len(found.raises),
    )
    told = [
        text.format(
            before=language.number(found.index_before),
            after=language.number(found.index_after),
            predicates=_predicates(found.predicate_before, found.predicate_after, language),
            count=len(found.raises),
            effort=language.whole(found.effort),
        )
    ]
    if found.target is not None and not found.is_reached:
        text = language("The goal {target} cannot be reached; this is the most that the possible raises give.")
        told.append(text.format(target=language.number(found.target)))
    if found.index_bound is not None:
        gap = Fraction(0) if found.is_proved else Fraction(found.index_bound - found.index_after)
        told += exact_on_own_scores(language, gap)
    if found.effort_bound is not None:
        told += exact_on_own_scores(language, Fraction(0))
        if not found.is_proved:
            text = language("Another plan may reach it with less work, at least {bound} working days.")
            told.append(text.format(bound=language.whole(found.effort_bound)))
    return told


def joint_notes(
    found: OnePlan, frames: SeasonFrames, raised: RaisePlan, held: HoldPlan, language: Language
) -> list[str]:
    """What the joint plan comes to, its proof, and what it brings over raising alone and holding alone."""
    terms = frames.terms
    before, after = rounded(found.index_before), rounded(found.index)
    text = language(
        "Index {before} → {after} ({predicates}): {sent} sent, {held} held, {count} raises; estimated work: {effort} "
        "working days"
    )
    told = [
        text.format(
            before=language.number(before),
            after=language.number(after),
            predicates=_predicates(terms.predicate(before), terms.predicate(after), language),
            sent=language.whole(len(found.sent)),
            held=language.whole(len(found.held)),
            count=language.whole(len(found.raises)),
            effort=language.whole(found.effort),
        ),
        *exact_on_own_scores(language, Fraction(0) if found.is_proved else found.gap),
        duty_to_report(language),
    ]
    text = language("For comparison: raises alone with as much work {raised}, holding alone {held}.")
    told.append(text.format(raised=language.number(raised.index_after), held=language.number(rounded(held.index))))
    return told


def _predicates(before: str | None, after: str | None, language: Language) -> str:
    """Name the predicate once where it stays."""
    names = dict.fromkeys(language.label("predicate", code) for code in (before, after))
    return " → ".join(names)


def cost_notes(costs: Mapping[str, Fraction | None], together: Fraction, language: Language) -> list[str]:
    """What each part of the policy costs in index, and all together."""
    if not costs:
        return []
    told = []
    for name, cost in costs.items():
        part = language.label("policy", name)
        if cost is None:
            told.append(language("Cost of the policy (biaya kebijakan), {part}: cannot be met alone").format(part=part))
            continue
        text = language("Cost of the policy (biaya kebijakan), {part}: {cost} points of the index")
        told.append(text.format(part=part, cost=language.number(Decimal(float(cost)))))
    if len(costs) > 1:
        text = language("Cost of the policy (biaya kebijakan): {cost} points of the index")
        told.append(text.format(cost=language.number(Decimal(float(together)))))
    return told


def hold_notes(found: HoldPlan, language: Language) -> list[str]:
    """The index of sending all and of the plan, the bound, and from where one more would pay."""
    text = language("Index {all} with all, {best} with {sent} sent and {held} held (expected)")
    told = [
        text.format(
            all=language.number(rounded(found.index_all_sent)),
            best=language.number(rounded(found.index)),
            sent=len(found.sent),
            held=len(found.held),
        ),
        *exact_on_own_scores(language, Fraction(0) if found.is_proved else found.gap),
        duty_to_report(language),
    ]
    if found.break_even_x100 is not None:
        text = language("One more innovation pays from a maturity of {points}.")
        told.append(text.format(points=language.number(Decimal(float(found.break_even_x100 / 100)))))
    return told


def season_notes(frames: SeasonFrames, language: Language) -> list[str]:
    """Rulebook and assumptions, what counts as the least where it is unknown, and the mark of simulated data."""
    rulebook = frames.rulebook
    told = [
        f"{language('Rulebook')} {rulebook.name} · {language('Assumptions')} {rulebook.assumption_id()} · "
        + language("transcribed from the sources named with it; not the official guideline")
    ]
    if frames.is_estimate:
        text = language("Estimate under the {rulebook} rules, not an official score")
        told.append(text.format(rulebook=rulebook.name))
    lower, upper = frames.spd_x100()
    if lower != upper:
        text = language("SPD is not complete; planned with its lower bound of {points} points.")
        told.append(text.format(points=language.number(Decimal(lower).scaleb(-2))))
    if frames.is_simulated:
        told.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return told


def _decimal(value: Fraction, language: Language) -> str:
    return language.number(Decimal(float(value)), 1)


def counted_by(units: pl.DataFrame, column: str) -> pl.DataFrame:
    """Units per value of a column: how many sent none, one, two or more, what they owe, what is below the threshold."""
    sent = pl.col("sent")
    return (
        units.group_by(column)
        .agg(
            pl.len().cast(pl.Int64).alias("unit_count"),
            (sent == 0).sum().cast(pl.Int64).alias("none"),
            (sent == 1).sum().cast(pl.Int64).alias("one"),
            (sent >= 2).sum().cast(pl.Int64).alias("two_or_more"),
            *(_sum_of_known(name) for name in ("missing", "below_threshold")),
        )
        .sort(column)
    )


def _sum_of_known(name: str) -> pl.Expr:
    """The sum of a column; null, not zero, where nothing of it is known."""
    column = pl.col(name)
    return pl.when(column.is_not_null().any()).then(column.sum()).alias(name)


def in_words(frame: pl.DataFrame, language: Language, fields: dict[str, str]) -> pl.DataFrame:
    """The frame with codes of the given columns as labels of their field."""
    return frame.with_columns(
        pl.Series(
            name, [None if code is None else language.label(field, code) for code in frame[name]], dtype=pl.String
        )
        for name, field in fields.items()
    )


def compared_in_words(compared: pl.DataFrame, language: Language) -> pl.DataFrame:
    """What `WhatIf.compare` gives, as people read it: scenario, rulebook, iid, iid_change, predicate, rank, count."""
    rows = []
    for row in compared.iter_rows(named=True):
        lower, upper = row["predicate_lower"], row["predicate_upper"]
        predicate = language.label("predicate", lower)
        place = language.interval_of_counts(row["rank_low"], row["rank_high"])
        change = row["iid_change"]
        rows.append(
            {
                "scenario": row["scenario"] or language("as it is"),
                "rulebook": row["rulebook"],
                "iid": language.interval(row["iid_lower"], row["iid_upper"]),
                "iid_change": "–" if change is None else ("+" if change > 0 else "") + language.number(change),
                "predicate": predicate if lower == upper else f"{predicate}–{language.label('predicate', upper)}",
                "rank": f"{place} / {language.whole(row['ranked_count'])}",
                "innovation_count": row["innovation_count"],
            }
        )
    return pl.DataFrame(rows)
