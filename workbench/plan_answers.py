"""What `iga plan` answers: raises to a goal, what to send or hold, both together, scenarios, every city at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl
import typer

from analysis.planning.words import compared_in_words, cost_notes, hold_notes, joint_notes, plan_notes
from warehouse.language import Language
from workbench.command_context import CommandContext
from workbench.lists import number_of, rulebook_named
from workbench.options import language_of_environment
from workbench.output import messages

if TYPE_CHECKING:
    from datetime import date

    from analysis.planning.goal import Goal, GoalPlan
    from analysis.planning.one_plan import SeasonPlan
    from analysis.planning.plans import Rival
    from analysis.planning.policy import CityPolicy
    from analysis.season.frames import SeasonFrames
    from iga.planning.hold import HoldPlan
    from warehouse.home import Home
    from warehouse.keeping.own_work import Written
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

SHOWN_OUT_OF_REACH = 5


def _goal_notes(found: GoalPlan, frames: SeasonFrames, language: Language) -> list[str]:
    """What the plan rests on: rivals, a budget that stands in for a goal, innovations out of reach."""
    notes = _rival_notes(list(found.rivals), language) if found.has_rivals else []
    if found.default_budget is not None:
        text = language("The highest predicate stands already; planned within {budget} working days of estimated work.")
        notes.append(text.format(budget=found.default_budget))
    if found.out_of_reach:
        text = language("{count} innovations cannot reach the threshold with the raises that are possible.")
        notes.append(text.format(count=len(found.out_of_reach)))
        nearest = sorted(found.out_of_reach.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_OUT_OF_REACH]
        titles = dict(frames.submissions.select("submission_id", "title").iter_rows())
        text = language("{title}: {points} at most")
        notes += [
            text.format(title=titles[key], points=language.number(Decimal(most).scaleb(-2))) for key, most in nearest
        ]
    return notes


def raises(
    snapshot: Snapshot, home: Home, frames: SeasonFrames, goal: Goal, language: Language, *, keep: bool
) -> tuple[pl.DataFrame, list[str]]:
    """The cheapest raises to a goal as a list, and what they rest on; kept as a scenario where asked."""
    from analysis.planning.goal import plan_for
    from analysis.planning.plans import raise_table
    from analysis.planning.scenario import keep_scenario, scenario_of_raises

    reached = plan_for(snapshot, frames, home, goal)
    found, notes = reached.plan, _goal_notes(reached, frames, language)
    if keep:
        scenario = scenario_of_raises(f"plan-{frames.region_code}-{frames.edition}", found.raises)
        notes += _kept_notes(keep_scenario(scenario, home, language), language)
    return raise_table(frames, found.raises, language), [
        *plan_notes(found, language),
        *notes,
        *_spd_beside(frames, home, language),
        *_doubts(frames, language),
    ]


def _spd_beside(frames: SeasonFrames, home: Home, language: Language) -> list[str]:
    """The lines of SPD that can be raised at an effort nobody has stated: their gain, and what they are worth."""
    from analysis.planning.one_plan import break_evens
    from analysis.planning.plan_list import break_even_line
    from iga.index.formula import rounded

    told = []
    for step, worth in break_evens(frames, home):
        text = language("Not in this plan: SPD {number} from level {from_level} to {to_level}, +{gain} points.")
        gain = language.number(rounded(frames.terms.index(step.points_x100)))
        told.append(
            text.format(number=step.indicator, from_level=step.from_level, to_level=step.to_level, gain=gain)
            + " "
            + break_even_line(step.indicator, worth, language)
        )
    return told


def _doubts(frames: SeasonFrames, language: Language) -> list[str]:
    without = frames.scored().height - len(set(frames.levels()) & set(frames.scored()["submission_id"]))
    told = []
    if without:
        text = language("{count} scored innovations have no levels: fetch their control sheets (iga plan fetch).")
        told.append(text.format(count=without))
    disagreeing = frames.disagreeing().height
    if disagreeing:
        text = language(
            "{count} innovations state another score than their levels give; they are planned on what is known, marked."
        )
        told.append(text.format(count=disagreeing))
    return told


def _rival_notes(rivals: list[Rival], language: Language) -> list[str]:
    told = ", ".join(f"{one.name} {language.number(one.index)} ({language(one.basis)})" for one in rivals)
    return [
        language("Assumption, indices of the others: {rivals}").format(rivals=told or "–"),
        language("Index rank is not award rank."),
    ]


FOR_PEOPLE = (
    "order", "action", "who", "title", "document", "effort", "worth_effort", "start_by_date", "until_date",
    "index_gain",
)  # fmt: skip
"""The columns of the list that people read; a program gets all."""


def listed(
    snapshot: Snapshot,
    frames: SeasonFrames,
    on: date,
    context: CommandContext,
    *,
    budget: int | None,
    target: Decimal | None,
    with_holding: bool,
) -> tuple[pl.DataFrame, list[str], dict[str, pl.DataFrame]]:
    """The ordered list of the one plan, with what it comes to, and the lists of its workbook."""
    from analysis.planning.one_plan import season_plan
    from analysis.planning.plan_list import plan_for_people, plan_rows, season_plan_notes

    language = context.language
    plan = season_plan(
        snapshot,
        context.home,
        frames.region_code,
        frames.edition,
        on,
        with_holding=with_holding,
        budget=budget,
        target=target,
        frames=frames,
    )
    rows = plan_rows(plan, language)
    notes = [language.date(on), *season_plan_notes(plan, language)]
    told = plan_for_people(rows, language).select(FOR_PEOPLE)
    return told if context.is_for_people else rows, notes, _plan_sheets(plan, language)


def _plan_sheets(plan: SeasonPlan, language: Language) -> dict[str, pl.DataFrame]:
    """The lists of the workbook of a plan, none of them cut: the plan, its calendar, requests to offices, sheets."""
    from analysis.planning.asked import asked_of_offices
    from analysis.planning.calendar import calendar_for_people, plan_calendar
    from analysis.planning.plan_list import plan_for_people, plan_rows

    rows = plan_rows(plan, language)
    offices = asked_of_offices(plan, language).select("unit_name", "indicator", "document", "points", "index_gain")
    sheets = rows.filter(kind="fill_sheets").select("unit_name", "title")
    return {
        language("Plan"): plan_for_people(rows, language).select(FOR_PEOPLE),
        language("Calendar"): calendar_for_people(plan_calendar(plan, language), language),
        language("Requests to offices"): offices,
        language("Control sheets to fill"): sheets,
    }


def calendar(
    snapshot: Snapshot, frames: SeasonFrames, on: date, context: CommandContext, *, budget: int | None, place: int
) -> tuple[pl.DataFrame, list[str], dict[str, pl.DataFrame]]:
    """The calendar of the one plan backwards from each deadline, and the place aimed at as a published range."""
    from analysis.planning.calendar import calendar_for_people, calendar_notes, plan_calendar
    from analysis.planning.one_plan import season_plan
    from analysis.planning.place_aimed import published_place

    language = context.language
    plan = season_plan(snapshot, context.home, frames.region_code, frames.edition, on, budget=budget, frames=frames)
    rows = plan_calendar(plan, language)
    aimed = published_place(snapshot, frames.region_code, frames.edition, place)
    told = calendar_for_people(rows, language) if context.is_for_people else rows
    sheets = _plan_sheets(plan, language)
    first = language("Calendar")
    return told, calendar_notes(plan, aimed, language), {first: sheets[first], **sheets}


def sheets(frames: SeasonFrames, fetch: int, language: Language) -> tuple[pl.DataFrame, list[str]]:
    """Which control sheets to fetch first."""
    from analysis.planning.plans import fetch_table

    why = language("A sheet can bring at most what is missing to the maximum: the widest gaps come first.")
    return fetch_table(frames, fetch), [why]


def held(
    frames: SeasonFrames, rejection: str, policy: CityPolicy, language: Language
) -> tuple[pl.DataFrame, list[str]]:
    """Which innovations to send and which to hold, with what the policy costs."""
    from analysis.planning.plans import hold_table
    from analysis.planning.policy import costs_of

    plan_under = _holding(frames, rejection)
    found = plan_under(policy)
    costs = costs_of(policy, lambda part: plan_under(part).index) if policy.parts else ({}, Fraction(0))
    return hold_table(frames, found), [*hold_notes(found, language), *cost_notes(*costs, language)]


def _holding(frames: SeasonFrames, rejection: str) -> Callable[[CityPolicy], HoldPlan]:
    """The best set to send under a policy, for a probability of rejection."""
    from iga.planning.hold import submit_or_hold

    rate = Fraction(number_of(rejection, "--rejection"))
    if not 0 <= rate < 1:
        raise typer.BadParameter("0 … 1", param_hint="--rejection")
    candidates, spd, terms = frames.candidates(rate), frames.position().spd_x100, frames.terms
    return lambda policy: submit_or_hold(candidates, spd, terms, policy.under(frames, candidates))


COSTS: dict[str, Any] = {
    "part": pl.String,
    "index_without": pl.Decimal(12, 4),
    "index_with": pl.Decimal(12, 4),
    "cost": pl.Decimal(12, 4),
    "sent_count": pl.Int64,
    "is_possible": pl.Boolean,
}
ALL_PARTS = "together"


def policy_costs(
    frames: SeasonFrames, rejection: str, policy: CityPolicy, context: CommandContext
) -> tuple[pl.DataFrame, list[str]]:
    """What each part of a policy costs alone and all together: the best expected index with it and without it."""
    from analysis.planning.policy import CityPolicy
    from iga.planning.single_valued_rules import PlanImpossible

    plan_under, language = _holding(frames, rejection), context.language
    free = plan_under(CityPolicy()).index
    parts = policy.parts if len(policy.parts) == 1 else {**policy.parts, ALL_PARTS: policy}
    rows = []
    for name, part in parts.items():
        label = name
        if context.is_for_people:
            label = language("all together") if name == ALL_PARTS else language.label("policy", name)
        row: dict[str, Any] = {"part": label, "index_without": _with_four_places(free), "is_possible": True}
        try:
            under = plan_under(part)
        except PlanImpossible:
            row["is_possible"] = False
        else:
            costs = {"index_with": _with_four_places(under.index), "cost": _with_four_places(free - under.index)}
            row |= {**costs, "sent_count": len(under.sent)}
        rows.append(row)
    note = language("The best set to send under each part of the policy, beside the best without any (expected index).")
    return pl.DataFrame(rows, schema=COSTS), [note]


def _with_four_places(index: Fraction) -> Decimal:
    """An index or a difference of two with four places, enough to see what one innovation moves."""
    return Decimal(round(index * 10_000)).scaleb(-4)


def joint(
    snapshot: Snapshot,
    home: Home,
    frames: SeasonFrames,
    goal: Goal,
    policy: CityPolicy,
    context: CommandContext,
    *,
    keep: bool,
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The joint plan: its raises first, then what is sent and held."""
    from analysis.planning.goal import DEFAULT_BUDGET, target_of
    from analysis.planning.plans import plan_joint, plan_raises, raise_table, sending_table
    from analysis.planning.policy import CityPolicy, costs_of
    from analysis.planning.scenario import keep_scenario, scenario_of_joint
    from iga.planning.hold import submit_or_hold

    if goal.threshold is not None:
        raise typer.BadParameter(
            _("A joint plan takes --budget, --target, --pass or --top; a threshold is --at-least.")
        )
    language = context.language
    candidates = frames.candidates()
    target, rivals = target_of(snapshot, frames, goal)
    budget = DEFAULT_BUDGET if goal.budget is None and target is None else goal.budget
    found, is_reached = plan_joint(frames, home, policy.under(frames, candidates), budget=budget, target=target)

    def best_under(one: CityPolicy) -> Fraction:
        return plan_joint(frames, home, one.under(frames, candidates), budget=found.effort)[0].index

    costs = costs_of(policy, best_under) if policy.parts else ({}, Fraction(0))
    locked = CityPolicy().under(frames, candidates)
    alone = submit_or_hold(candidates, frames.spd_x100()[0], frames.terms, locked)
    notes = joint_notes(found, frames, plan_raises(frames, home, budget=found.effort), alone, language)
    if not is_reached and target is not None:
        text = language("The goal {target} cannot be reached; this is the most that the possible raises give.")
        notes.append(text.format(target=language.number(target)))
    notes += [*cost_notes(*costs, language), *(_rival_notes(rivals, language) if rivals else [])]
    if keep:
        scenario = scenario_of_joint(f"joint-{frames.region_code}-{frames.edition}", frames, found)
        notes += _kept_notes(keep_scenario(scenario, home, language), language)
    raised, sending = raise_table(frames, found.raises, language, divisor=found.divisor), sending_table(frames, found)
    lists = {
        language("Plan"): _whole_joint(raised, sending, context),
        language("Raises"): raised,
        language("Send or hold"): sending,
    }
    return lists, [*notes, *_doubts(frames, language)]


def _whole_joint(raised: pl.DataFrame, sending: pl.DataFrame, context: CommandContext) -> pl.DataFrame:
    """The whole joint plan in one list: the raises, then each innovation with whether it is sent or held.

    `action` is raise, send or hold. For people those that are sent as they are are left out: the note counts them.
    """
    action = pl.when("is_sent").then(pl.lit("send")).otherwise(pl.lit("hold")).alias("action")
    chosen = sending.with_columns(action)
    if context.is_for_people:
        chosen = chosen.filter(~pl.col("is_sent"))
    parts = [raised.with_columns(pl.lit("raise").alias("action")), chosen.drop("points", "effort")]
    whole = pl.concat(parts, how="diagonal").select("action", pl.exclude("action"))
    if not context.is_for_people:
        return whole
    told = {"raise": context.language("Raise"), "hold": context.language("Hold (simulation)")}
    return whole.drop("submission_id", "is_sent", "level_text").with_columns(pl.col("action").replace(told))


def scenarios(
    snapshot: Snapshot,
    home: Home,
    frames: SeasonFrames,
    texts: list[str],
    context: CommandContext,
    *,
    keep: bool,
) -> tuple[pl.DataFrame, list[str]]:
    """Index, predicate and place as the season stands and under each scenario."""
    from analysis.planning.scenario import keep_scenario, read_scenario
    from analysis.planning.what_if import WhatIf

    scenarios = [read_scenario(text, home) for text in texts]
    desk = WhatIf(frames, snapshot)
    compared = desk.compare(scenarios)
    notes = [context.language("Ranked among the regions of this snapshot, not nationally.")]
    notes += desk.holding_notes(scenarios, context.language)
    for scenario in scenarios if keep else ():
        notes += _kept_notes(keep_scenario(scenario, home, context.language), context.language)
    return compared_for(context, compared), notes


def _kept_notes(kept: Written, language: Language) -> list[str]:
    """Say under which name a scenario was kept, and what stayed in its place."""
    return [language("Kept as scenario {name}").format(name=kept.path.stem), *filter(None, [kept.told(language)])]


def compared_for(context: CommandContext, compared: pl.DataFrame) -> pl.DataFrame:
    """What `WhatIf.compare` gives, in words; for a program with the figures as numbers beside the words."""
    words = compared_in_words(compared, context.language)
    if context.is_for_people:
        return words
    figures = compared.select(
        "iid_lower", "iid_upper", pl.col("iid_change").alias("iid_difference"), "predicate_lower", "predicate_upper",
        "rank_low", "rank_high", "ranked_count",
    )  # fmt: skip
    return pl.concat([words, figures], how="horizontal")


def every_city(
    snapshot: Snapshot, home: Home, edition: int, goal: Goal, language: Language, score: str, rules: str | None
) -> tuple[pl.DataFrame, list[str]]:
    """The plan of every region of an edition, one row each."""
    from rich.progress import track

    from analysis.planning.goal import plan_for
    from analysis.season.frames import read_season_frames
    from iga.planning.single_valued_rules import PlanImpossible
    from warehouse.errors import UnknownName

    regions = snapshot.sql(
        """
        select distinct s.region_code, r.full_name from store.submission s join region r using (region_code)
        where s.edition = $edition order by s.region_code
        """,
        {"edition": edition},
    )
    rows = []
    for code, name in track(list(regions.iter_rows()), language("Planning"), console=messages(), transient=True):
        frames = read_season_frames(snapshot, code, edition, score_kind=score, rulebook=rulebook_named(snapshot, rules))
        try:
            found = plan_for(snapshot, frames, home, goal).plan
        except (UnknownName, PlanImpossible) as error:
            rows.append({"city": name, "obstacle": error.told(language)[0]})
            continue
        rows.append(
            {
                "city": name,
                "index_before": found.index_before,
                "index_after": found.index_after,
                "effort": found.effort,
                "raise_count": len(found.raises),
                "is_reached": found.is_reached,
                "is_proved": found.is_proved,
                "obstacle": None if frames.levels() else language.label("readiness_lacking", "levels"),
            }
        )
    frame = pl.DataFrame(rows, schema=EVERY_CITY, infer_schema_length=None)
    told = language("{planned} of {all} regions have raises to plan with.")
    with_raises = frame.filter(pl.col("raise_count") > 0).height
    return frame, [told.format(planned=language.whole(with_raises), all=language.whole(frame.height))]


EVERY_CITY: dict[str, Any] = {
    "city": pl.String,
    "index_before": pl.Decimal(12, 2),
    "index_after": pl.Decimal(12, 2),
    "effort": pl.Int64,
    "raise_count": pl.Int64,
    "is_reached": pl.Boolean,
    "is_proved": pl.Boolean,
    "obstacle": pl.String,
}
