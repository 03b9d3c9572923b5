"""The command mentoring: rounds, moves, re-entries of a season, its sheets and letters, one innovation's story."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.errors import HomeUnusable
from warehouse.region import resolve_city
from workbench.command_context import CommandContext
from workbench.command_group import ArgumentsOrCommand
from workbench.lists import CityArgument, EditionArgument, OnOption, WorkbookOption, write_lists
from workbench.mentoring_sheets import CutBy
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show_paths, show_row

_ = language_of_environment()

app = typer.Typer(cls=ArgumentsOrCommand, no_args_is_help=False)


class MentoringList(StrEnum):
    """The lists of a season's mentoring."""

    moves = "moves"
    lowered = "lowered"
    rounds = "rounds"
    steps = "steps"
    resubmit = "resubmit"
    faults = "faults"


NamesOption = Annotated[bool, typer.Option("--names", help=_("Show the names of persons (personal data)."))]


@app.callback(invoke_without_command=True)
def mentoring(
    context: typer.Context,
    city: CityArgument,
    edition: EditionArgument,
    shown: Annotated[MentoringList, typer.Option("--list", help=_("Which list to print."))] = MentoringList.moves,
    innovation: Annotated[
        str | None,
        typer.Option(
            "--innovation", help=_("The story of one innovation over the editions: id, number or title."),
            show_default=False,
        ),
    ] = None,
    names: NamesOption = False,
    workbook: WorkbookOption = None,
    on: OnOption = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:  # fmt: skip
    """Whose move it is in a season's mentoring, what was lowered, and which innovations can be entered again."""
    if context.invoked_subcommand is not None:
        return
    asked = CommandContext(home_of(home), language_of(lang), form, snapshot, None)
    if names:
        from warehouse.keeping.personal_log import log_opened

        log_opened(asked.home, "iga mentoring --names", city, edition, datetime.now(tz=UTC).astimezone())
    region_code = resolve_city(city).region_code
    if innovation is not None:
        _show_story(asked, region_code, innovation, _day(on), workbook, with_names=names)
        return
    _show_lists(asked, region_code, edition, shown, _day(on), workbook, with_names=names)


def _show_lists(
    asked: CommandContext, region_code: str, edition: int, shown: MentoringList, day: date, workbook: Path | None,
    *, with_names: bool,
) -> None:  # fmt: skip
    from analysis.mentoring.reentry import read_reentries
    from analysis.mentoring.rounds import read_mentoring
    from analysis.mentoring.words import MENTORING_HEADERS, faults_frame, in_words, mentoring_notes, reentry_notes

    language = asked.language
    with asked.open() as opened:
        if shown is MentoringList.resubmit:
            found = read_reentries(opened, asked.home, region_code, edition)
            notes = reentry_notes(found, language)
            raw = {"resubmit": found.rows}
        else:
            told = read_mentoring(opened, asked.home, region_code, edition, day)
            notes = mentoring_notes(told, objection_day(asked.home, region_code, edition, day, language), language)
            raw = {
                "moves": told.moves, "lowered": told.lowered, "rounds": told.rounds, "steps": told.steps,
                "faults": faults_frame(told.log.faults, language),
            }  # fmt: skip
    states = "reentry_state" if shown is MentoringList.resubmit else "mentoring_state"
    words = {name: in_words(frame, language, states=states, with_names=with_names) for name, frame in raw.items()}
    write_lists(workbook, {language(name): frame for name, frame in words.items()}, language, notes, MENTORING_HEADERS)
    if not asked.is_for_people:
        data = raw[shown.value]
        if "by" in data.columns:
            data = data.with_columns(in_words(data.select("by"), language, with_names=with_names)["by"])
        asked.show(data)
        return
    asked.show(words[shown.value], title=language("Mentoring"), headers=MENTORING_HEADERS, notes=notes)


def objection_day(home: object, region_code: str, edition: int, day: date, language: object) -> str | None:
    """Return the last day of the objection window in words; None where no file states it."""
    from reports.letters.objection_letter import objection_deadline

    return objection_deadline(home, region_code, edition, day, language)  # type: ignore[arg-type]


def _show_story(
    asked: CommandContext, region_code: str, innovation: str, day: date, workbook: Path | None, *, with_names: bool
) -> None:
    from analysis.mentoring.story import read_story
    from analysis.mentoring.words import MENTORING_HEADERS, in_words, portal_in_words, story_notes

    language = asked.language
    with asked.open() as opened:
        story = read_story(opened, asked.home, region_code, innovation, day)
    lists = {
        "story": story.events,
        "submissions": story.editions,
        "levels": story.levels,
        "steps": story.steps,
        "evidence": story.evidence,
        "schemes": story.schemes,
        "portal": portal_in_words(story.portal, language),
    }
    words = {language(name): in_words(frame, language, with_names=with_names) for name, frame in lists.items()}
    write_lists(workbook, words, language, story_notes(story, language), MENTORING_HEADERS)
    if not asked.is_for_people:
        by = in_words(story.events.select("by"), language, with_names=with_names)["by"]
        asked.show(story.events.with_columns(by))
        return
    asked.show(
        words[language("story")], title=story.title, headers=MENTORING_HEADERS, notes=story_notes(story, language)
    )
    if story.is_simulated:
        messages().print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))


@app.command("sheet", help=_("Write the sheets of mentoring to fill in, with what is known already."))
def sheet(
    city: CityArgument,
    edition: EditionArgument,
    by: Annotated[CutBy, typer.Option("--by", help=_("One file per city, parent unit, unit or mentor."))] = CutBy.city,
    development: Annotated[
        bool, typer.Option("--development", help=_("The sheet that asks for proof of development instead."))
    ] = False,
    out: Annotated[Path, typer.Option("--out", help=_("Folder to write to."))] = Path(),
    names: NamesOption = False,
    on: OnOption = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the sheets of mentoring; an existing file is not overwritten."""
    from warehouse import disk
    from workbench.mentoring_sheets import development_sheet, mentoring_sheets, sheet_file_name

    asked, region = CommandContext(home_of(home), language_of(lang), form, snapshot, None), resolve_city(city)
    with asked.open() as opened:
        if development:
            made = {"": development_sheet(opened, asked.home, region, edition)}
        else:
            made = mentoring_sheets(opened, asked.home, region, edition, by, _day(on), with_names=names)
    paths = {
        out / sheet_file_name(region, edition, cut, is_development=development): book for cut, book in made.items()
    }
    for path in paths:
        if path.exists():
            raise HomeUnusable(
                "{path} exists already and is not overwritten", next_step="choose another folder with --out", path=path
            )
    disk.make_folder(out)
    for path, content in paths.items():
        disk.write_bytes(path, content)
    show_paths(list(paths), form, asked.language)
    messages().print(asked.language("{count} file(s) written").format(count=len(paths)))


@app.command("read", help=_("Read returned sheets of mentoring into the log."))
def read(
    city: CityArgument,
    edition: EditionArgument,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("Returned sheets (.xlsx or .csv)."))],
    on: OnOption = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Add what returned sheets say to the log; a row that stands there already is not added again."""
    from analysis.mentoring.words import fault_lines
    from iga.reasons import reason_of
    from workbench.mentoring_sheets import read_sheet

    place, language, region = home_of(home), language_of(lang), resolve_city(city)
    steps = added = faults = 0
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise HomeUnusable(
                "{file} cannot be read: {reason}", next_step="check its name and close it where it is open",
                file=file.name, reason=reason_of(error),
            ) from error  # fmt: skip
        done = read_sheet(place, region.region_code, edition, content, file.name, _day(on))
        steps, added, faults = steps + done.step_count, added + done.new_count, faults + len(done.faults)
        for line in fault_lines(done.faults, language):
            messages().print(line, markup=False, soft_wrap=True)
    text = language("{count} step(s) read, {new} new; they stand in {path}")
    path = f"mentoring/{region.region_code}/{edition}.csv"
    messages().print(text.format(count=steps, new=added, path=path), markup=False, soft_wrap=True)
    if form is not Format.table:
        show_row({"path": path, "step_count": steps, "new_count": added, "fault_count": faults}, form, language)


@app.command("people", help=_("Take contacts and mentors from a workbook or CSV into the file of assignments."))
def people(
    city: CityArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("Workbook or CSV: unit, contact, mentor."))],
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Fill in who answers for a unit and who mentors it; what stands in the file of assignments stays."""
    from iga.reasons import reason_of
    from workbench.people_file import take_people

    asked, region = CommandContext(home_of(home), language_of(lang), form, None, None), resolve_city(city)
    language = asked.language
    with asked.open() as opened:
        register = opened.sql(
            "select unit_id, unit_code, name from unit where region_code = $region", {"region": region.region_code}
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise HomeUnusable(
            "{file} cannot be read: {reason}", next_step="check its name and close it where it is open",
            file=file.name, reason=reason_of(error),
        ) from error  # fmt: skip
    taken = take_people(asked.home, region.region_code, register, content, file.name)
    text = language("{added} unit(s) added and {filled} cell(s) filled in assignments/{code}.csv")
    told = text.format(added=taken.added, filled=taken.filled, code=region.region_code)
    messages().print(told, markup=False, soft_wrap=True)
    for place in taken.differing:
        line = language("{place}: the file of assignments says otherwise, and stays").format(place=place)
        messages().print(line, markup=False, soft_wrap=True)
    if not asked.is_for_people:
        show_row(
            {"added_count": taken.added, "filled_count": taken.filled, "differing_count": len(taken.differing)},
            form, language,
        )  # fmt: skip


@app.command("letters", help=_("Write a draft of a letter of objection for each lowered indicator."))
def letters(
    city: CityArgument,
    edition: EditionArgument,
    innovation: Annotated[
        str | None, typer.Option("--innovation", help=_("Only of this innovation: id or title."), show_default=False)
    ] = None,
    on: OnOption = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the drafts as Word files and PDFs; a file that somebody has changed stays."""
    from reports.letters.objection_letter import write_objections

    language = language_of(lang)
    written = write_objections(
        city,
        edition,
        innovation=innovation,
        on=_day(on),
        home=home_of(home).root,
        snapshot=snapshot,
        lang=language.code,
    )
    show_paths(list(written.files), form, language)
    for file in written.beside:
        messages().print(file.told(language), markup=False, soft_wrap=True)
    messages().print("; ".join(written.draft), markup=False, soft_wrap=True)


def _day(on: datetime | None) -> date:
    return (on or datetime.now(tz=UTC).astimezone()).date()
