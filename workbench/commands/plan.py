"""The command plan: the cheapest raises to a goal, what to submit or hold, or what a scenario would bring."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.planning.words import season_notes
from warehouse.region import resolve_city
from workbench import plan_answers as answers
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption
from workbench.lists import EditionArgument, ScoreOption, WorkbookOption, number_of, rulebook_named, tell, write_lists
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from analysis.planning.goal import Goal
    from analysis.planning.policy import CityPolicy

_ = language_of_environment()

ALL = "all"


@with_context
def plan(
    context: CommandContext,
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
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """The cheapest raises to a goal, what to submit or hold, or what a scenario would bring; solved exactly."""
    from analysis.season.frames import read_season_frames

    language, place = context.language, context.home
    goal = _goal(budget, target, threshold, passing, top, tuple(rival or ()))
    policy = _policy(per_unit, at_least, lock, withhold, quota)
    if keep:
        context.refuse_past("--keep")
    lists: dict[str, pl.DataFrame] = {}
    with context.open() as opened:
        if city == ALL:
            frame, notes = answers.every_city(opened, place, edition, goal, language, score, rules)
        else:
            region = resolve_city(city)
            frames = read_season_frames(
                opened, region.region_code, edition, score_kind=score, rulebook=rulebook_named(rules)
            )
            if what_if:
                frame, notes = answers.scenarios(opened, place, frames, what_if, language, keep=keep)
            elif fetch:
                frame, notes = answers.sheets(frames, fetch, language)
            elif hold:
                frame, notes = answers.held(frames, rejection, policy, language)
            elif joint:
                lists, notes = answers.joint(opened, place, frames, goal, policy, language, keep=keep)
                frame = next(iter(lists.values()))
            else:
                frame, notes = answers.raises(opened, place, frames, goal, language, keep=keep)
            notes += season_notes(frames, language)
        notes = [*opened.day_notes(language), *notes]
    write_lists(workbook, lists or {language("Plan"): frame}, language, notes)
    tell(context, frame, language("Plan for {city} {edition}").format(city=city, edition=edition), notes)


def _goal(
    budget: int | None,
    target: str | None,
    threshold: str | None,
    passing: str | None,
    top: int | None,
    rival: tuple[str, ...],
) -> Goal:
    """What a plan is to reach, as the options state it."""
    from analysis.planning.goal import Goal

    stated = [one for one in (budget, target, threshold, passing, top) if one is not None]
    if len(stated) > 1:
        raise typer.BadParameter(_("Give one goal: --budget, --target, --threshold, --pass or --top."))
    return Goal(
        budget=budget,
        target=None if target is None else number_of(target, "--target"),
        threshold=None if threshold is None else number_of(threshold, "--threshold"),
        passing=passing,
        top=top,
        entered=dict(_rival(text) for text in rival),
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
