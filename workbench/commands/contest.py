"""The command about city contests: contest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, WorkbookOption, write_lists
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from analysis.contest.results import Contest, JuryTable
    from analysis.season.frames import SeasonFrames

_ = language_of_environment()

CONTEST_HEADERS = {
    "category": "Category",
    "place": "Placed",
    "title": "Innovation",
    "unit_name": "Unit",
    "mean": "Mean",
    "juror_count": "Jurors",
    "entry_count": "Entries",
    "band": "Band",
    "prize": "Prize (Rp)",
    "is_nominee": "National nominee",
    "kendalls_w": "Kendall's W",
    "juror": "Juror",
    "scored_count": "Scored",
    "offset": "Above the others",
    "agreement": "Agreement",
    "is_outlying": "Outlying",
    "submission_id": "Id",
    "status": "State",
    "maturity": "Maturity",
    "place_text": "Called",
    "stage": "Stage of the contest",
    "outcome": "Outcome of the stage",
    "decided_by": "Decided by",
    "criterion": "Criterion",
    "reason": "Reason",
    "file_name": "File",
    "sheet": "Sheet",
    "row_number": "Row",
    "column": "Column",
    "goes_on_count": "Go on",
    "open_count": "Open",
    "state": "State of the draft",
}


class ContestList(StrEnum):
    """The lists of a contest."""

    entries = "entries"
    agreement = "agreement"
    jurors = "jurors"
    nominees = "nominees"
    stages = "stages"
    ties = "ties"
    unused = "unused"
    minutes = "minutes"


@with_context
def contest(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    scores: Annotated[
        Path | None,
        typer.Option(
            help=_("CSV file of jury scores instead of those in the snapshot: category,title,unit_name,juror,score."),
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--contest", help=_("Name of the contest, where a city has several."), show_default=False),
    ] = None,
    shown: Annotated[ContestList, typer.Option("--list", help=_("Which list to print."))] = ContestList.entries,
    names: Annotated[bool, typer.Option("--names", help=_("Show the names of jurors (personal data)."))] = False,
    workbook: WorkbookOption = None,
) -> None:
    """Places, stages, prizes, nominees, ties and unused scores of a jury; without scores what was published."""
    from analysis.contest.results import judge, nominees_of, read_scores
    from reports.letters.minutes import JudgedContest, minutes_list
    from reports.pages.contest.blocks import (
        categories_in_words,
        contest_notes,
        published_winners,
        result_notes,
        unnamed_jurors,
    )
    from reports.pages.contest.outcome_words import outcome_notes, stages_in_words, unused_rows
    from warehouse.keeping.personal_log import log_opened

    language, region = context.language, resolve_city(city)
    declared = _declared(context, region.region_code, edition, name)
    title = declared.name_id if language.code == "id" else declared.name_en
    if scores is not None:
        context.refuse_past("--scores")
    given, frames, days, set_aside = _given(context, declared, edition)
    if scores is not None:
        given = replace(given, scores=read_scores(scores), is_simulated=False)
    if given.scores.is_empty() and given.unused.is_empty():
        notes = [language("Published winners; no scores were given (--scores).")] if declared.winner else []
        notes = [
            *days,
            *notes,
            language("No jury scores: fill in `iga template jury-scores`."),
            *outcome_notes(declared, given, None, language),
            *contest_notes(declared, language),
        ]
        context.show(published_winners(declared, language), title=title, headers=CONTEST_HEADERS, notes=notes)
        return
    found = judge(declared, given.scores)
    if names:
        log_opened(context.home, "iga contest --names", city, edition, datetime.now(tz=UTC).astimezone())
    notes = [*days, *result_notes(declared, found, given, language, with_names=names)]
    lists = {
        ContestList.entries: found.entries,
        ContestList.agreement: found.agreement,
        ContestList.jurors: unnamed_jurors(found.jurors, language, with_names=names),
        ContestList.nominees: nominees_of(declared, found, frames),
        ContestList.stages: found.stages,
        ContestList.ties: found.ties,
        ContestList.unused: unused_rows(declared, given, found, language, with_names=names),
        ContestList.minutes: minutes_list(JudgedContest(declared, edition, given, found, set_aside, ""), language),
    }
    told = {
        one: stages_in_words(declared, categories_in_words(declared, frame, language), language)
        for one, frame in lists.items()
    }
    write_lists(workbook, {language(one.value): frame for one, frame in told.items()}, language, notes, CONTEST_HEADERS)
    context.show(told[shown], title=title, headers=CONTEST_HEADERS, notes=notes)


def _declared(context: CommandContext, region_code: str, edition: int, name: str | None) -> Contest:
    """The contest that is asked for; where none is declared, what the files of scores say of one."""
    from analysis.contest.jury_table import undeclared
    from analysis.contest.results import contest_of
    from warehouse.errors import NoSnapshot

    if name is None:
        try:
            with context.open() as opened:
                if written := undeclared(opened, region_code, edition, context.home):
                    return written
        except NoSnapshot:
            pass
    return contest_of(region_code, edition, name, context.home)


def _given(
    context: CommandContext, declared: Contest, edition: int
) -> tuple[JuryTable, SeasonFrames | None, list[str], int]:
    """The snapshot's jury scores, its season, of which day, and rows set aside; nothing where nothing was loaded."""
    from analysis.contest.results import JuryTable, scores_in
    from analysis.season.frames import read_season_frames
    from reports.letters.minutes import set_aside_in
    from warehouse.errors import NoSnapshot, UnknownName

    nothing = pl.DataFrame(schema=dict.fromkeys(("category", "title", "unit_name", "juror", "score"), pl.String))
    try:
        with context.open() as opened:
            given = scores_in(opened, declared, edition, context.home)
            days = opened.day_notes(context.language)
            set_aside = set_aside_in(opened, declared.region_code, edition)
            try:
                return given, read_season_frames(opened, declared.region_code, edition), days, set_aside
            except UnknownName:
                return given, None, days, set_aside
    except NoSnapshot:
        return JuryTable(nothing, {}, is_simulated=False), None, [], 0
