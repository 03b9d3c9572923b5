"""Commands about plans: raises to a goal, what to send or hold, both together, sheets to fetch, policies, what-if."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import polars as pl
import typer
from rich.markup import escape

from analysis.planning.words import season_notes
from warehouse.region import resolve_city
from workbench import plan_answers as answers
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption
from workbench.lists import (
    CityArgument,
    EditionArgument,
    ScoreOption,
    WorkbookOption,
    number_of,
    rulebook_named,
    tell,
    write_lists,
)
from workbench.options import language_of_environment
from workbench.output import messages
from workbench.plan_spelling import FORMER, PlanGroup, mode_of

if TYPE_CHECKING:
    from analysis import Questions
    from analysis.planning.goal import Goal
    from analysis.planning.policy import CityPolicy
    from analysis.season.frames import SeasonFrames

_ = language_of_environment()

app = typer.Typer(cls=PlanGroup, no_args_is_help=True)

ALL = "all"

BudgetOption = Annotated[
    int | None, typer.Option(help=_("Working days (estimated) that may be spent."), show_default=False, min=0)
]
TargetOption = Annotated[str | None, typer.Option(help=_("Index to reach, such as 85.50."), show_default=False)]
ThresholdOption = Annotated[
    str | None, typer.Option(help=_("Maturity that every scored innovation is to reach."), show_default=False)
]
PassOption = Annotated[
    str | None, typer.Option("--pass", help=_("City whose index is to be passed."), show_default=False)
]
TopOption = Annotated[int | None, typer.Option(help=_("Place to reach, such as 5."), show_default=False, min=1)]
RivalOption = Annotated[
    list[str] | None, typer.Option(help=_("Index of another city: CITY=INDEX."), show_default=False)
]
RejectionOption = Annotated[str, typer.Option(help=_("Probability of rejection, such as 0.1."))]
PerUnitOption = Annotated[int, typer.Option(help=_("Policy: innovations that each unit must send."), min=0)]
AtLeastOption = Annotated[str, typer.Option(help=_("Policy: nothing below this maturity is sent."))]
LockOption = Annotated[
    list[str] | None,
    typer.Option(help=_("Policy: an innovation that is sent in any case (id or title)."), show_default=False),
]
WithholdOption = Annotated[
    list[str] | None,
    typer.Option(help=_("Policy: an innovation that is held in any case (id or title)."), show_default=False),
]
QuotaOption = Annotated[
    list[str] | None,
    typer.Option(help=_("Policy: innovations of a basic service, SERVICE=NUMBER."), show_default=False),
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help=_("Day to stand on (otherwise today)."), show_default=False),
]
WithHoldingOption = Annotated[
    bool,
    typer.Option(
        "--with-holding",
        help=_("Simulation: let the plan hold innovations back. It shows what the index rewards and is no advice."),
    ),
]
KeepPlanOption = Annotated[bool, typer.Option("--keep", help=_("Keep the plan as a scenario."))]
OneOrAllCities = Annotated[
    str, typer.Argument(metavar="CITY", help=_("City: name, alias or code; `all` for every city of the edition."))
]


class Shared(TypedDict):
    """The options that every kind of plan has."""

    workbook: Path | None
    rules: str | None
    score: str


@dataclass(frozen=True)
class Season:
    """The season that a plan is made for, open for reading, and how its answer is given."""

    context: CommandContext
    opened: Questions
    frames: SeasonFrames
    city: str
    edition: int
    workbook: Path | None

    def answer(self, frame: pl.DataFrame, notes: list[str], lists: dict[str, pl.DataFrame] | None = None) -> None:
        """Print a plan with what it rests on, and write its lists to a workbook if one was asked for."""
        notes = [*self.opened.day_notes(self.context.language), *notes]
        notes += season_notes(self.frames, self.context.language)
        _print(self.context, self.city, self.edition, frame, notes, self.workbook, lists)


@contextmanager
def _season(
    context: CommandContext, city: str, edition: int, score: str, rules: str | None, workbook: Path | None
) -> Iterator[Season]:
    from analysis.season.frames import read_season_frames

    with context.open() as opened:
        code = resolve_city(city).region_code
        frames = read_season_frames(opened, code, edition, score_kind=score, rulebook=rulebook_named(opened, rules))
        yield Season(context, opened, frames, city, edition, workbook)


def _print(
    context: CommandContext,
    city: str,
    edition: int,
    frame: pl.DataFrame,
    notes: list[str],
    workbook: Path | None,
    lists: dict[str, pl.DataFrame] | None = None,
) -> None:
    language = context.language
    write_lists(workbook, lists or {language("Plan"): frame}, language, notes)
    name = language("every city") if city == ALL else resolve_city(city).full_name
    tell(context, frame, language("Plan for {city} {edition}").format(city=name, edition=edition), notes)


@app.command("list", help=_("The one ordered list of the plan: who does what until when, everything sent."))
@with_context
def list_actions(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    on: OnOption = None,
    budget: BudgetOption = None,
    target: TargetOption = None,
    with_holding: WithHoldingOption = False,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """The one ordered list of the plan: who does what until when; everything is sent unless the simulation is asked."""
    if budget is not None and target is not None:
        raise typer.BadParameter(_("Give one goal: --budget or --target."))
    index = None if target is None else number_of(target, "--target")
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(
            *answers.listed(
                season.opened, season.frames, day, context, budget=budget, target=index, with_holding=with_holding
            )
        )


@app.command("calendar", help=_("The calendar of the plan backwards from each deadline: until when each step begins."))
@with_context
def calendar(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    on: OnOption = None,
    budget: BudgetOption = None,
    place: Annotated[int, typer.Option("--place", help=_("Place aimed at, as it was published last."), min=1)] = 5,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """The calendar of the one plan, backwards from each deadline: until when each step must have begun, by whom."""
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(*answers.calendar(season.opened, season.frames, day, context, budget=budget, place=place))


@app.command("raise", help=_("The cheapest raises to a goal, or within a budget; without one to the next predicate."))
@with_context
def raise_levels(
    context: CommandContext,
    city: OneOrAllCities,
    edition: EditionArgument,
    budget: BudgetOption = None,
    target: TargetOption = None,
    threshold: ThresholdOption = None,
    passing: PassOption = None,
    top: TopOption = None,
    rival: RivalOption = None,
    keep: KeepPlanOption = False,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """The cheapest raises to a goal, or within a budget; without one to the next predicate; solved exactly."""
    goal = _goal(budget, target, threshold, passing, top, rival)
    _raise(context, city, edition, goal, keep=keep, workbook=workbook, rules=rules, score=score)


def _raise(
    context: CommandContext,
    city: str,
    edition: int,
    goal: Goal,
    *,
    keep: bool,
    workbook: Path | None,
    rules: str | None,
    score: str,
) -> None:
    if keep:
        context.refuse_past("--keep")
    if city != ALL:
        with _season(context, city, edition, score, rules, workbook) as season:
            season.answer(
                *answers.raises(season.opened, context.home, season.frames, goal, context.language, keep=keep)
            )
        return
    if keep:
        raise typer.BadParameter(_("keeps the plan of one city, not of all"), param_hint="--keep")
    with context.open() as opened:
        frame, notes = answers.every_city(opened, context.home, edition, goal, context.language, score, rules)
        notes = [*opened.day_notes(context.language), *notes]
    _print(context, city, edition, frame, notes, workbook)


@app.command("hold", help=_("Which innovations to send and which to hold, under a policy."))
@with_context
def hold(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    rejection: RejectionOption = "0",
    per_unit: PerUnitOption = 0,
    at_least: AtLeastOption = "0",
    lock: LockOption = None,
    withhold: WithholdOption = None,
    quota: QuotaOption = None,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Which innovations to send and which to hold, with what the policy costs; solved exactly."""
    policy = _policy(per_unit, at_least, lock, withhold, quota)
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(*answers.held(season.frames, rejection, policy, context.language))


@app.command("joint", help=_("Raises and what to send or hold in one plan, within a budget or to a goal."))
@with_context
def joint(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    budget: BudgetOption = None,
    target: TargetOption = None,
    passing: PassOption = None,
    top: TopOption = None,
    rival: RivalOption = None,
    per_unit: PerUnitOption = 0,
    at_least: AtLeastOption = "0",
    lock: LockOption = None,
    withhold: WithholdOption = None,
    quota: QuotaOption = None,
    keep: KeepPlanOption = False,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Raises and what to send or hold in one plan, within a budget or to a goal; solved exactly."""
    goal, policy = (
        _goal(budget, target, None, passing, top, rival),
        _policy(per_unit, at_least, lock, withhold, quota),
    )
    _joint(context, city, edition, goal, policy, keep=keep, workbook=workbook, rules=rules, score=score)


def _joint(
    context: CommandContext,
    city: str,
    edition: int,
    goal: Goal,
    policy: CityPolicy,
    *,
    keep: bool,
    workbook: Path | None,
    rules: str | None,
    score: str,
) -> None:
    if keep:
        context.refuse_past("--keep")
    with _season(context, city, edition, score, rules, workbook) as season:
        lists, notes = answers.joint(season.opened, context.home, season.frames, goal, policy, context, keep=keep)
        season.answer(next(iter(lists.values())), notes, lists)


@app.command("fetch", help=_("Which control sheets to fetch first, where only total scores are known."))
@with_context
def fetch(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    count: Annotated[int, typer.Option("--count", help=_("How many sheets."), min=1)] = 10,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Which control sheets to fetch first: the widest gaps to the maximum come first."""
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(*answers.sheets(season.frames, count, context.language))


@app.command("policy", help=_("What each part of a policy costs in index, alone and all together."))
@with_context
def policy_costs(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    rejection: RejectionOption = "0",
    per_unit: PerUnitOption = 0,
    at_least: AtLeastOption = "0",
    lock: LockOption = None,
    withhold: WithholdOption = None,
    quota: QuotaOption = None,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """What each part of a policy costs in index: the best set of innovations under it, beside the best without it."""
    policy = _policy(per_unit, at_least, lock, withhold, quota)
    if not policy.parts:
        raise typer.BadParameter(_("Name a part of the policy: --per-unit, --at-least, --lock, --withhold or --quota."))
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(*answers.policy_costs(season.frames, rejection, policy, context))


@app.command("what-if", help=_("What scenarios would bring: index, predicate and place under each."))
@with_context
def what_if(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    scenarios: Annotated[list[str], typer.Argument(help=_("Scenarios: TOML files, or kept names."))],
    keep: Annotated[bool, typer.Option("--keep", help=_("Keep the scenarios under their names."))] = False,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """What scenarios would bring; `iga scenario compare` does the same with those that are kept."""
    _what_if(context, city, edition, scenarios, keep=keep, workbook=workbook, rules=rules, score=score)


def _what_if(
    context: CommandContext,
    city: str,
    edition: int,
    scenarios: list[str],
    *,
    keep: bool,
    workbook: Path | None,
    rules: str | None,
    score: str,
) -> None:
    if keep:
        context.refuse_past("--keep")
    with _season(context, city, edition, score, rules, workbook) as season:
        season.answer(*answers.scenarios(season.opened, context.home, season.frames, scenarios, context, keep=keep))


@app.command(FORMER, hidden=True, help=_("The spelling of version 0.1: `iga plan CITY EDITION`."))
@with_context
def former_spelling(
    context: CommandContext,
    city: OneOrAllCities,
    edition: EditionArgument,
    budget: BudgetOption = None,
    target: TargetOption = None,
    threshold: ThresholdOption = None,
    passing: PassOption = None,
    top: TopOption = None,
    rival: RivalOption = None,
    hold: Annotated[bool, typer.Option("--hold")] = False,
    joint: Annotated[bool, typer.Option("--joint")] = False,
    rejection: RejectionOption = "0",
    per_unit: PerUnitOption = 0,
    at_least: AtLeastOption = "0",
    lock: LockOption = None,
    withhold: WithholdOption = None,
    quota: QuotaOption = None,
    fetch: Annotated[int | None, typer.Option(min=1)] = None,
    what_if: Annotated[list[str] | None, typer.Option("--what-if")] = None,
    keep: KeepPlanOption = False,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """The spelling of version 0.1, which goes on working until 0.5.0: one command with all modes."""
    goal_options = {"--budget": budget, "--target": target, "--pass": passing, "--top": top, "--rival": rival}
    policy_options = {
        "--per-unit": per_unit, "--lock": lock, "--withhold": withhold, "--quota": quota,
        "--at-least": at_least if at_least != "0" else None,
    }  # fmt: skip
    given = {
        **goal_options, **policy_options, "--threshold": threshold, "--keep": keep,
        "--rejection": rejection if rejection != "0" else None,
    }  # fmt: skip
    mode = mode_of(
        {"hold": hold, "joint": joint, "fetch": fetch, "what-if": what_if},
        [option for option, value in given.items() if value or (option == "--budget" and value == 0)],
    )
    if city == ALL and mode != "raise":
        raise typer.BadParameter(_("every city at once is for `iga plan raise`"), param_hint="all")
    text = context.language("`iga plan CITY EDITION` goes on working in this version; write from now on: {spelling}")
    messages().print(escape(text.format(spelling=_spelling(mode, city, edition, fetch, what_if, given))))
    policy = _policy(per_unit, at_least, lock, withhold, quota)
    shared: Shared = {"workbook": workbook, "rules": rules, "score": score}
    if what_if:
        _what_if(context, city, edition, what_if, keep=keep, **shared)
    elif joint:
        goal = _goal(budget, target, None, passing, top, rival)
        _joint(context, city, edition, goal, policy, keep=keep, **shared)
    elif hold or fetch:
        with _season(context, city, edition, score, rules, workbook) as season:
            if fetch:
                season.answer(*answers.sheets(season.frames, fetch, context.language))
            else:
                season.answer(*answers.held(season.frames, rejection, policy, context.language))
    else:
        goal = _goal(budget, target, threshold, passing, top, rival)
        _raise(context, city, edition, goal, keep=keep, **shared)


def _spelling(
    mode: str, city: str, edition: int, fetch: int | None, scenarios: list[str] | None, given: Mapping[str, object]
) -> str:
    """Return what to write instead of the former spelling, with all that was asked."""
    words = ["iga", "plan", mode, city, str(edition), *(scenarios or [])]
    words += ["--count", str(fetch)] if fetch else []
    for option, value in given.items():
        if value is True:
            words.append(option)
        elif value or (option == "--budget" and value == 0):
            stated = value if isinstance(value, list) else [value]
            words += [word for each in stated for word in (option, str(each))]
    return shlex.join(words)


def _goal(
    budget: int | None,
    target: str | None,
    threshold: str | None,
    passing: str | None,
    top: int | None,
    rival: list[str] | None,
) -> Goal:
    """What a plan is to reach, as the options state it."""
    from analysis.planning.goal import Goal

    stated = [one for one in (budget, target, threshold, passing, top) if one is not None]
    if len(stated) > 1:
        raise typer.BadParameter(_("Give one goal: --budget, --target, --threshold, --pass or --top."))
    if rival and passing is None and top is None:
        raise typer.BadParameter(_("has a meaning beside --pass or --top only"), param_hint="--rival")
    return Goal(
        budget=budget,
        target=None if target is None else number_of(target, "--target"),
        threshold=None if threshold is None else number_of(threshold, "--threshold"),
        passing=passing,
        top=top,
        entered=dict(_rival(text) for text in rival or ()),
    )


def _policy(
    per_unit: int, at_least: str, lock: list[str] | None, withhold: list[str] | None, quota: list[str] | None
) -> CityPolicy:
    from analysis.planning.policy import CityPolicy

    return CityPolicy(
        per_unit,
        int(number_of(at_least, "--at-least") * 100),
        tuple(lock or ()),
        tuple(withhold or ()),
        dict(_quota(text) for text in quota or ()),
    )


def _quota(text: str) -> tuple[str, int]:
    service, _, least = text.rpartition("=")
    if not service or not least.isdigit():
        raise typer.BadParameter(text, param_hint="--quota")
    return service, int(least)


def _rival(text: str) -> tuple[str, Decimal]:
    city, _, index = text.rpartition("=")
    return resolve_city(city).full_name, number_of(index, "--rival")
