"""The command readiness: who has sent what, what is missing, and whether the pace will be enough."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.planning.words import counted_by, in_words, readiness_notes
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption
from workbench.lists import (
    CityArgument,
    EditionArgument,
    OnOption,
    ScoreOption,
    WorkbookOption,
    number_of,
    rulebook_named,
    tell,
    write_lists,
)
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from analysis.planning.one_plan import SeasonPlan
    from analysis.season.readiness import Readiness

_ = language_of_environment()


class ReadinessList(StrEnum):
    """The lists of a city's readiness."""

    kinds = "kinds"
    districts = "districts"
    units = "units"
    asked = "asked"
    gaps = "gaps"
    messages = "messages"
    mentors = "mentors"
    burn_down = "burn-down"
    ineligible = "ineligible"
    assignments = "assignments"
    below_threshold = "below-threshold"
    without_documents = "without-documents"
    mature_first = "mature-first"


class By(StrEnum):
    """What a list of innovations is ordered by."""

    unit = "unit"
    parent = "parent"
    mentor = "mentor"


@with_context
def readiness(
    context: CommandContext,
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
    by: Annotated[
        By | None,
        typer.Option(help=_("Order a list of innovations by unit, parent unit or mentor."), show_default=False),
    ] = None,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Who has sent what, what is missing, and whether the pace will be enough by the deadline."""
    from analysis.planning.asked import plan_asked_for
    from analysis.season.followup import mark as mark_gap
    from analysis.season.readiness import read_readiness
    from warehouse.keeping.personal_log import log_opened

    language, place, region = context.language, context.home, resolve_city(city)
    if mark:
        context.refuse_past("--mark")
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    for text in mark or []:
        mark_gap(place, region.region_code, edition, text, day)
    limit = None if threshold is None else number_of(threshold, "--threshold")
    with context.open() as opened:
        found = read_readiness(
            opened,
            place,
            region.region_code,
            edition,
            day,
            score_kind=score,
            rulebook=rulebook_named(opened, rules),
            threshold=limit,
            lang=language.code,
        )
        plan = plan_asked_for(opened, place, found)
        days = opened.day_notes(language)
    if days:
        days.append(language("The states of gaps are those of now."))
    notes = [*days, *readiness_notes(found, region.full_name, language)]
    if names:
        log_opened(place, "iga readiness --names", city, edition, datetime.now(tz=UTC).astimezone())
    lists = readiness_lists(found, plan, language, with_names=names, by=by)
    sheets = {language(name): frame for name, frame in lists.items() if name != "assignments"}
    sheets |= one_each(lists["asked"], "parent") | one_each(lists["mentors"], "mentor")
    write_lists(workbook, sheets, language, notes)
    title = language("Readiness of {city} for {edition}").format(city=region.full_name, edition=edition)
    tell(context, lists[shown.value], title, notes)


def readiness_lists(
    found: Readiness, plan: SeasonPlan | None, language: Language, *, with_names: bool, by: str | None = None
) -> dict[str, pl.DataFrame]:
    """The lists of a readiness by name, codes in words; people's names only where they are asked for.

    Messages, mentors' lists and what is asked for rest on the plan; the gaps are facts, whether asked for or not.
    """
    from analysis.planning.asked import asked_of_offices, asked_of_units, gaps_with_asked
    from analysis.planning.work_lists import listed_by, work_lists
    from analysis.season.assignment import assignment_table
    from analysis.season.readiness import by_mentor, messages_of

    coded = {"kind": "gap_kind", "state": "gap_state"}
    asked = asked_of_units(found, plan, language)
    every = pl.concat([asked, asked_of_offices(plan, language)])
    return {
        "kinds": in_words(counted_by(found.units, "unit_kind"), language, {"unit_kind": "unit_kind"}),
        "districts": counted_by(found.units.filter(pl.col("district").is_not_null()), "district"),
        "units": in_words(found.units.drop("unit_id"), language, {"unit_kind": "unit_kind"}).sort(
            "missing", "unit_name", descending=[True, False], nulls_last=True
        ),
        "asked": in_words(every.drop("unit_id", "submission_id"), language, coded),
        "gaps": in_words(gaps_with_asked(found, asked).drop("unit_id"), language, coded),
        "messages": messages_of(found, asked, language, with_names=with_names),
        "mentors": in_words(by_mentor(found, asked, language, with_names=with_names).drop("unit_id"), language, coded),
        "burn-down": found.burn_down(),
        "assignments": assignment_table(found.register, found.people, with_names=with_names),
        **{
            name: listed_by(rows, by) for name, rows in work_lists(found, plan, language, with_names=with_names).items()
        },
    }


def one_each(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    """One list per value of a column: a parent unit, which answers for its schools or kelurahan, or a mentor."""
    parts = sorted(frame.group_by(column, maintain_order=True), key=lambda part: str(part[0][0]))
    return {str(value): part.drop(column) for (value,), part in parts}
