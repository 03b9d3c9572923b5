"""Commands that plan the next edition: readiness, plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from warehouse.language import Language
from warehouse.planning_words import (
    compared_in_words,
    cost_notes,
    counted_by,
    hold_notes,
    in_words,
    joint_notes,
    plan_notes,
    readiness_notes,
    season_notes,
)
from warehouse.region import resolve_city
from workbench.indices import RulesOption
from workbench.options import (
    AsOfOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
    refuse_past,
    snapshot_of,
)
from workbench.output import Format, messages, show

if TYPE_CHECKING:
    from iga.hold import HoldPlan
    from iga.rulebook import Rulebook
    from warehouse.goal import Goal, GoalPlan
    from warehouse.home import Home
    from warehouse.planning import Rival
    from warehouse.policy import CityPolicy
    from warehouse.readiness import Readiness
    from warehouse.season_frames import SeasonFrames
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

ALL = "all"
SHOWN_OUT_OF_REACH = 5

LIST_HEADERS = {
    "hold_below": "Hold below",
    "weights": "Weights tried",
    "gap_id": "Gap",
    "kind": "What is missing",
    "parent": "Parent unit",
    "district": "District",
    "unit_name": "Unit",
    "unit_kind": "Kind of unit",
    "unit_count": "Units",
    "innovation": "Innovation",
    "title": "Innovation",
    "indicator": "Indicator",
    "document": "Document",
    "level_text": "Level text",
    "from_level": "From level",
    "to_level": "To level",
    "points": "Points",
    "effort": "Effort",
    "index_gain": "Gain of the index",
    "state": "State",
    "promised_date": "Promised by",
    "is_mandatory": "Mandatory",
    "is_sent": "Send",
    "maturity": "Maturity",
    "maturity_after": "Maturity after",
    "sent": "Sent",
    "required": "Required",
    "missing": "Missing",
    "below_threshold": "Below the threshold",
    "none": "None",
    "one": "One",
    "two_or_more": "Two or more",
    "causes": "Cause",
    "stage": "Stage",
    "implementation_date": "Implemented on",
    "development_date": "Developed on",
    "contact": "Contact",
    "mentor": "Mentor",
    "unit": "Code",
    "day": "Day",
    "remaining": "Still missing",
    "needed": "Pace needed",
    "forecast": "Forecast",
    "forecast_low": "Forecast, least",
    "forecast_high": "Forecast, most",
    "text": "Message",
    "gap_count": "Gaps",
    "submission_id": "Id",
    "city": "City",
    "index_before": "Index before",
    "index_after": "Index after",
    "is_reached": "Goal reached",
    "is_proved": "Proved",
    "raise_count": "Raises",
    "obstacle": "What is missing",
    "scenario": "Scenario",
    "note": "Note",
    "held_count": "Held",
    "sent_count": "Sent",
    "level_count": "Levels changed",
    "iid_change": "Change of the index",
    "rulebook": "Rulebook",
    "iid": "IID",
    "predicate": "Predicate",
    "rank": "Place",
    "innovation_count": "Innovations",
}

ScoreOption = Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))]
CityArgument = Annotated[str, typer.Argument(help=_("City: name, alias or Kemendagri code."))]
EditionArgument = Annotated[int, typer.Argument(help=_("Edition (year of the award)."))]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help=_("Day to stand on (otherwise today)."), show_default=False),
]
WorkbookOption = Annotated[
    Path | None, typer.Option("--workbook", help=_("Write the lists to this Excel workbook."), show_default=False)
]


class ReadinessList(StrEnum):
    """The lists of a city's readiness."""

    kinds = "kinds"
    districts = "districts"
    units = "units"
    gaps = "gaps"
    messages = "messages"
    mentors = "mentors"
    burn_down = "burn-down"
    ineligible = "ineligible"
    assignments = "assignments"


def readiness(
    city: CityArgument,
    edition: EditionArgument,
    on: OnOption = None,
    shown: Annotated[ReadinessList, typer.Option("--list", help=_("Which list to print."))] = ReadinessList.kinds,
    threshold: Annotated[
        str | None, typer.Option(help=_("Threshold to use instead of the one on file."), show_default=False)
    ] = None,
    mark: Annotated[
        list[str] | None,
        typer.Option(help=_("Set a gap's state: GAP=received, or GAP=promised:2026-08-12."), show_default=False),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help=_("Show the names of contact persons and mentors (personal data)."))
    ] = False,
    workbook: WorkbookOption = None,
    home: HomeOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
    as_of: AsOfOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Who has sent what, what is missing, and whether the pace will be enough by the deadline."""
    from warehouse.followup import mark as mark_gap
    from warehouse.readiness import read_readiness

    language, place, region = language_of(lang), home_of(home), resolve_city(city)
    if mark:
        refuse_past(as_of, "--mark")
    day = (on or as_of or datetime.now(tz=UTC).astimezone()).date()
    for text in mark or []:
        mark_gap(place, region.region_code, edition, text, day)
    limit = None if threshold is None else _number(threshold, "--threshold")
    with snapshot_of(place, snapshot, as_of) as opened:
        found = read_readiness(
            opened,
            place,
            region.region_code,
            edition,
            day,
            score_kind=score,
            rulebook=rulebook_named(rules),
            threshold=limit,
            lang=language.code,
        )
        days = opened.day_notes(language)
    if days:
        days.append(language("The states of gaps are those of now."))
    notes = [*days, *readiness_notes(found, region.full_name, language)]
    lists = readiness_lists(found, language, with_names=names)
    sheets = {language(name): frame for name, frame in lists.items() if name != "assignments"}
    sheets |= one_each(lists["gaps"], "parent") | one_each(lists["mentors"], "mentor")
    write_lists(workbook, sheets, language, notes)
    title = language("Readiness of {city} for {edition}").format(city=region.full_name, edition=edition)
    _tell(lists[shown.value], form, language, title, notes)


def readiness_lists(found: Readiness, language: Language, *, with_names: bool) -> dict[str, pl.DataFrame]:
    """The lists of a readiness by name, codes in words; people's names only where they are asked for."""
    from warehouse.assignment import assignment_table
    from warehouse.readiness import by_mentor, messages_of

    coded = {"kind": "gap_kind", "state": "gap_state"}
    causes = [
        "; ".join(language.label("ineligible", code) for code in codes.split("|"))
        for codes in found.ineligible["causes"]
    ]
    return {
        "kinds": in_words(counted_by(found.units, "unit_kind"), language, {"unit_kind": "unit_kind"}),
        "districts": counted_by(found.units.filter(pl.col("district").is_not_null()), "district"),
        "units": in_words(found.units.drop("unit_id"), language, {"unit_kind": "unit_kind"}).sort(
            "missing", "unit_name", descending=[True, False], nulls_last=True
        ),
        "gaps": in_words(found.gaps.drop("unit_id"), language, coded),
        "messages": messages_of(found, language, with_names=with_names),
        "mentors": in_words(by_mentor(found, language, with_names=with_names).drop("unit_id"), language, coded),
        "burn-down": found.burn_down(),
        "ineligible": in_words(
            found.ineligible.with_columns(pl.Series("causes", causes, dtype=pl.String)), language, {"stage": "stage"}
        ),
        "assignments": assignment_table(found.register, found.people, with_names=with_names),
    }


def one_each(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    """One list per value of a column: a parent unit, which answers for its schools or kelurahan, or a mentor."""
    parts = sorted(frame.group_by(column, maintain_order=True), key=lambda part: str(part[0][0]))
    return {str(value): part.drop(column) for (value,), part in parts}


def plan(
    city: Annotated[str, typer.Argument(help=_("City: name, alias or code; `all` for every city of the edition."))],
    edition: EditionArgument,
    budget: Annotated[int | None, typer.Option(help=_("Effort that may be spent."), show_default=False, min=0)] = None,
    target: Annotated[str | None, typer.Option(help=_("Index to reach, such as 85.50."), show_default=False)] = None,
    threshold: Annotated[
        str | None, typer.Option(help=_("Maturity that every scored innovation is to reach."), show_default=False)
    ] = None,
    passing: Annotated[
        str | None, typer.Option("--pass", help=_("City whose index is to be passed."), show_default=False)
    ] = None,
    top: Annotated[int | None, typer.Option(help=_("Place to reach, such as 5."), show_default=False, min=1)] = None,
    rival: Annotated[
        list[str] | None, typer.Option(help=_("Index of another city: CITY=INDEX."), show_default=False)
    ] = None,
    hold: Annotated[bool, typer.Option("--hold", help=_("Which innovations to send and which to hold."))] = False,
    joint: Annotated[
        bool,
        typer.Option("--joint", help=_("Raises and what to send or hold in one plan, within a budget or to a goal.")),
    ] = False,
    rejection: Annotated[str, typer.Option(help=_("With --hold: probability of rejection, such as 0.1."))] = "0",
    per_unit: Annotated[
        int, typer.Option(help=_("Policy (--hold, --joint): innovations that each unit must send."), min=0)
    ] = 0,
    at_least: Annotated[str, typer.Option(help=_("Policy: nothing below this maturity is sent."))] = "0",
    lock: Annotated[
        list[str] | None,
        typer.Option(help=_("Policy: an innovation that is sent in any case (id or title)."), show_default=False),
    ] = None,
    withhold: Annotated[
        list[str] | None,
        typer.Option(help=_("Policy: an innovation that is held in any case (id or title)."), show_default=False),
    ] = None,
    quota: Annotated[
        list[str] | None,
        typer.Option(help=_("Policy: innovations of a basic service, SERVICE=NUMBER."), show_default=False),
    ] = None,
    fetch: Annotated[
        int | None, typer.Option(help=_("Which control sheets to fetch first: how many."), show_default=False, min=1)
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if", help=_("Scenario: a TOML file, or a kept name; may be repeated."), show_default=False
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=_("Keep the scenarios (or the plan) under their names."))
    ] = False,
    workbook: WorkbookOption = None,
    home: HomeOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
    as_of: AsOfOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The cheapest raises to a goal, what to submit or hold, or what a scenario would bring; solved exactly."""
    from warehouse.season_frames import read_season_frames

    language, place = language_of(lang), home_of(home)
    goal = _goal(budget, target, threshold, passing, top, tuple(rival or ()))
    policy = _policy(per_unit, at_least, lock, withhold, quota)
    if keep:
        refuse_past(as_of, "--keep")
    lists: dict[str, pl.DataFrame] = {}
    with snapshot_of(place, snapshot, as_of) as opened:
        if city == ALL:
            frame, notes = _every_city(opened, place, edition, goal, language, score, rules)
        else:
            region = resolve_city(city)
            frames = read_season_frames(
                opened, region.region_code, edition, score_kind=score, rulebook=rulebook_named(rules)
            )
            if what_if:
                frame, notes = _scenarios(opened, place, frames, what_if, language, keep=keep)
            elif fetch:
                frame, notes = _sheets(frames, fetch, language)
            elif hold:
                frame, notes = _held(frames, rejection, policy, language)
            elif joint:
                lists, notes = _joint(opened, place, frames, goal, policy, language, keep=keep)
                frame = next(iter(lists.values()))
            else:
                frame, notes = _raises(opened, place, frames, goal, language, keep=keep)
            notes += season_notes(frames, language)
        notes = [*opened.day_notes(language), *notes]
    write_lists(workbook, lists or {language("Plan"): frame}, language, notes)
    _tell(frame, form, language, language("Plan for {city} {edition}").format(city=city, edition=edition), notes)


def _goal(
    budget: int | None,
    target: str | None,
    threshold: str | None,
    passing: str | None,
    top: int | None,
    rival: tuple[str, ...],
) -> Goal:
    """What a plan is to reach, as the options state it."""
    from warehouse.goal import Goal

    stated = [one for one in (budget, target, threshold, passing, top) if one is not None]
    if len(stated) > 1:
        raise typer.BadParameter(_("Give one goal: --budget, --target, --threshold, --pass or --top."))
    return Goal(
        budget=budget,
        target=None if target is None else _number(target, "--target"),
        threshold=None if threshold is None else _number(threshold, "--threshold"),
        passing=passing,
        top=top,
        entered=dict(_rival(text) for text in rival),
    )


def _goal_notes(found: GoalPlan, frames: SeasonFrames, language: Language) -> list[str]:
    """What the plan rests on: rivals, a budget that stands in for a goal, innovations out of reach."""
    notes = _rival_notes(list(found.rivals), language) if found.has_rivals else []
    if found.default_budget is not None:
        text = language("The highest predicate stands already; planned within an effort of {budget}.")
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


def _raises(
    snapshot: Snapshot, home: Home, frames: SeasonFrames, goal: Goal, language: Language, *, keep: bool
) -> tuple[pl.DataFrame, list[str]]:
    from warehouse.goal import plan_for
    from warehouse.planning import raise_table
    from warehouse.scenario import keep_scenario, scenario_of_raises

    reached = plan_for(snapshot, frames, home, goal)
    found, notes = reached.plan, _goal_notes(reached, frames, language)
    if keep:
        path = keep_scenario(scenario_of_raises(f"plan-{frames.region_code}-{frames.edition}", found.raises), home)
        notes.append(language("Kept as scenario {name}").format(name=path.stem))
    return raise_table(frames, found.raises, language), [
        *plan_notes(found, language),
        *notes,
        *_doubts(frames, language),
    ]


def _doubts(frames: SeasonFrames, language: Language) -> list[str]:
    without = frames.scored().height - len(set(frames.levels()) & set(frames.scored()["submission_id"]))
    told = []
    if without:
        text = language("{count} scored innovations have no levels: fetch their control sheets (--fetch).")
        told.append(text.format(count=without))
    disagreeing = frames.disagreeing().height
    if disagreeing:
        text = language("{count} innovations state another score than their levels give; they are left out.")
        told.append(text.format(count=disagreeing))
    return told


def _rival_notes(rivals: list[Rival], language: Language) -> list[str]:
    told = ", ".join(f"{one.name} {language.number(one.index)} ({language(one.basis)})" for one in rivals)
    return [
        language("Assumption, indices of the others: {rivals}").format(rivals=told or "–"),
        language("Index rank is not award rank."),
    ]


def _sheets(frames: SeasonFrames, fetch: int, language: Language) -> tuple[pl.DataFrame, list[str]]:
    from warehouse.planning import fetch_table

    why = language("A sheet can bring at most what is missing to the maximum: the widest gaps come first.")
    return fetch_table(frames, fetch), [why]


def _policy(
    per_unit: int, at_least: str, lock: list[str] | None, withhold: list[str] | None, quota: list[str] | None
) -> CityPolicy:
    from warehouse.policy import CityPolicy

    return CityPolicy(
        per_unit,
        int(_number(at_least, "--at-least") * 100),
        tuple(lock or ()),
        tuple(withhold or ()),
        dict(_quota(text) for text in quota or ()),
    )


def _quota(text: str) -> tuple[str, int]:
    service, _, least = text.rpartition("=")
    if not service or not least.isdigit():
        raise typer.BadParameter(text, param_hint="--quota")
    return service, int(least)


def _held(
    frames: SeasonFrames, rejection: str, policy: CityPolicy, language: Language
) -> tuple[pl.DataFrame, list[str]]:
    from iga.hold import submit_or_hold
    from warehouse.planning import hold_table
    from warehouse.policy import costs_of

    rate = Fraction(_number(rejection, "--rejection"))
    if not 0 <= rate < 1:
        raise typer.BadParameter("0 … 1", param_hint="--rejection")
    candidates, spd, terms = frames.candidates(rate), frames.position().spd_x100, frames.terms

    def under(one: CityPolicy) -> HoldPlan:
        return submit_or_hold(candidates, spd, terms, one.under(frames, candidates))

    found = under(policy)
    costs = costs_of(policy, lambda one: under(one).index) if policy.parts else ({}, Fraction(0))
    return hold_table(frames, found), [*hold_notes(found, language), *cost_notes(*costs, language)]


def _joint(
    snapshot: Snapshot,
    home: Home,
    frames: SeasonFrames,
    goal: Goal,
    policy: CityPolicy,
    language: Language,
    *,
    keep: bool,
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """The joint plan: its raises first, then what is sent and held."""
    from iga.hold import submit_or_hold
    from warehouse.goal import DEFAULT_BUDGET, target_of
    from warehouse.planning import plan_joint, plan_raises, raise_table, sending_table
    from warehouse.policy import CityPolicy, costs_of
    from warehouse.scenario import keep_scenario, scenario_of_joint

    if goal.threshold is not None:
        raise typer.BadParameter(
            _("A joint plan takes --budget, --target, --pass or --top; a threshold is --at-least.")
        )
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
        path = keep_scenario(scenario_of_joint(f"joint-{frames.region_code}-{frames.edition}", frames, found), home)
        notes.append(language("Kept as scenario {name}").format(name=path.stem))
    lists = {
        language("Raises"): raise_table(frames, found.raises, language, divisor=found.divisor),
        language("Send or hold"): sending_table(frames, found),
    }
    return lists, [*notes, *_doubts(frames, language)]


def _scenarios(
    snapshot: Snapshot, home: Home, frames: SeasonFrames, texts: list[str], language: Language, *, keep: bool
) -> tuple[pl.DataFrame, list[str]]:
    from warehouse.scenario import keep_scenario, read_scenario
    from warehouse.what_if import WhatIf

    scenarios = [read_scenario(text, home) for text in texts]
    compared = WhatIf(frames, snapshot).compare(scenarios)
    for scenario in scenarios if keep else ():
        keep_scenario(scenario, home)
    note = language("Ranked among the regions of this snapshot, not nationally.")
    return compared_in_words(compared, language), [note]


def _every_city(
    snapshot: Snapshot, home: Home, edition: int, goal: Goal, language: Language, score: str, rules: str | None
) -> tuple[pl.DataFrame, list[str]]:
    from rich.progress import track

    from iga.terms import PlanImpossible
    from warehouse.errors import UnknownName
    from warehouse.goal import plan_for
    from warehouse.season_frames import read_season_frames

    regions = snapshot.sql(
        """
        select distinct s.region_code, r.full_name from store.submission s join region r using (region_code)
        where s.edition = $edition order by s.region_code
        """,
        {"edition": edition},
    )
    rows = []
    for code, name in track(list(regions.iter_rows()), language("Planning"), console=messages(), transient=True):
        frames = read_season_frames(snapshot, code, edition, score_kind=score, rulebook=rulebook_named(rules))
        try:
            found = plan_for(snapshot, frames, home, goal).plan
        except (UnknownName, PlanImpossible) as error:
            cause = error.told(language)[0] if isinstance(error, UnknownName) else language(error.cause)
            rows.append({"city": name, "obstacle": cause})
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


def write_lists(
    workbook: Path | None,
    sheets: dict[str, pl.DataFrame],
    language: Language,
    notes: list[str],
    headers: Mapping[str, str] = LIST_HEADERS,
) -> None:
    """Write lists to a workbook, if one was asked for, and say where it is."""
    if workbook is None:
        return
    from reports.workbook import write_workbook

    write_workbook(workbook, sheets, language, headers, notes)
    messages().print(language("Workbook written: {path}").format(path=workbook), soft_wrap=True, markup=False)


def _tell(frame: pl.DataFrame, form: Format, language: Language, title: str, notes: list[str]) -> None:
    if form is not Format.table:
        for note in notes:
            messages().print(note, markup=False, soft_wrap=True)
    show(frame, form, language, title=title, headers=LIST_HEADERS, notes=notes)


def _rival(text: str) -> tuple[str, Decimal]:
    city, _, index = text.rpartition("=")
    return resolve_city(city).full_name, _number(index, "--rival")


def _number(text: str, option: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise typer.BadParameter(text, param_hint=option) from None


def rulebook_named(rules: str | None) -> Rulebook | None:
    """The rulebook that an option names; None without one."""
    from iga.rulebook import load_rulebook

    return None if rules is None else load_rulebook(rules)
