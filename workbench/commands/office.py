"""Commands for an office: what is published, a province at a glance, letters to its heads, handing over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.language import Language
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, OnOption, WorkbookOption
from workbench.options import (
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    UnreadHomeOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show, show_paths, show_row

if TYPE_CHECKING:
    from reports.letters import Letters

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

ProvinceOption = Annotated[str, typer.Option("--province", help=_("Province: name or Kemendagri code."))]

STATE_MESSAGES = {
    "nothing_received": "nothing received",
    "files_held": "files set aside",
    "open": "something open",
    "nothing_open": "nothing open",
}
OVERVIEW_HEADERS = {
    "region_name": "Region",
    "state": "State",
    "file_count": "Files",
    "last_received_date": "Last received",
    "innovations_reported": "Innovations",
    "units_silent": "Units silent",
    "units_unresolved": "Unit names unknown",
    "open_count": "Open",
    "days_left": "Days left",
    "iid": "IID",
    "iid_lower": "at least",
    "iid_upper": "at most",
    "predicate": "Predicate",
}
FINDING_HEADERS = {"file": "File", "place": "Place", "kind": "What", "words": "Words around it"}
FINDING_MESSAGES = {
    "initiator": "name of an initiator",
    "contact": "name of a contact person",
    "mentor": "name of a mentor",
    "juror": "name of a juror",
    "person": "name of a person",
    "signer": "name of the signer",
    "unreadable": "a file that cannot be looked into",
}
"""What was found, by its kind; those of rules have their own words."""


FolderArgument = Annotated[Path, typer.Argument(help=_("Folder of the office, with its settings."))]


@app.command("init", help=_("Write the settings of an office to fill in."))
def init(
    folder: FolderArgument,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the settings of an office to fill in: office.toml, JupyterHub's, a unit for systemd."""
    from workbench.office.starting import write_examples

    language = language_of(lang)
    written, stayed = write_examples(folder, home_of(home))
    show_paths(written, form, language)
    for path in stayed:
        messages().print(language("{path} is there and stays").format(path=path), markup=False, soft_wrap=True)
    messages().print(language("Fill in office.toml, then as root: iga office start {folder}").format(folder=folder))


@app.command("start", help=_("Start JupyterHub with the desk for several people (Linux, as root)."))
def start(folder: FolderArgument, home: UnreadHomeOption = None, lang: LanguageOption = None) -> None:
    """Start JupyterHub by the settings of a folder: one desk for all, a Lab for those who get one."""
    from workbench.office.starting import start as start_office

    language_of(lang)
    start_office(folder)


@app.command("publish", help=_("Write all reports to a folder that any web server or shared drive serves as it is."))
def publish(
    folder: Annotated[Path, typer.Argument(help=_("Folder to write to; a former one of this command is replaced."))],
    site: Annotated[
        list[str] | None, typer.Option("--site", help=_("Only this site (may be given again)."), show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help=_("Only look for names of persons; write nothing."))] = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write a folder with all reports, a front page and a search, after a check that it holds no names of persons."""
    from workbench.office.published_folder import NamesFound, publish as write_folder

    language, place = language_of(lang), home_of(home)
    published = write_folder(place, folder, sites=site or (), is_check=check)
    if published.findings:
        rows = [
            {
                "file": one.file,
                "place": one.place,
                "kind": _kind(one.kind, language) if form is Format.table else one.kind,
                "words": one.words,
            }
            for one in published.findings
        ]
        show(
            pl.DataFrame(rows),
            form,
            language,
            title=language("Found in what was to be published"),
            headers=FINDING_HEADERS,
        )
        raise NamesFound(
            "Personal data stands in {count} place(s) of what was to be published; nothing was written",
            next_step="correct the source and build the reports anew, or state in {file} what is no name",
            place=str(published.folder),
            count=len(published.findings),
            file=place.root / "publication.toml",
        )
    console = messages()
    text = language(
        "No name of a person that this home knows ({names}) stands in {files} file(s), and nothing that a rule finds."
    )
    console.print(text.format(names=language.whole(published.name_count), files=language.whole(published.file_count)))
    if published.is_simulated:
        console.print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    console.print(
        language(
            "Publication is approved by the PPID (UU 14/2008): ask before others can read the folder. A name that no "
            "file of this home states is not found by the check."
        )
    )
    if check:
        return
    if form is Format.table:
        typer.echo(str(published.folder))
    show_row(
        {"path": str(published.folder), "site_count": len(published.sites), "file_count": published.file_count},
        form,
        language,
    )


@app.command("overview", help=_("The regencies and cities of a province: who has sent what, sorted by what is open."))
@with_context
def overview(
    context: CommandContext,
    province: ProvinceOption,
    edition: EditionOption = None,
    on: OnOption = None,
    workbook: WorkbookOption = None,
) -> None:
    """Every regency and city of a province: what it has sent, what is open, the days left; what lacks most first."""
    from analysis.season.province import overview_columns, province_overview
    from warehouse.region import resolve_region

    language, region = context.language, resolve_region(province, region_type="provinsi")
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    with context.open() as opened:
        year = edition or opened.sql("select max(edition) as edition from receipt")["edition"].item()
        frame = province_overview(opened, context.home, region.region_code, year, day, lang=language.code)
        notes = opened.day_notes(language)
    notes.append(language("Received is what reached this home: a region may have entered more on the portal."))
    if frame["is_simulated"].any():
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    title = language("{province} {edition} on {day}").format(
        province=region.full_name, edition=year, day=language.date(day)
    )
    told = overview_in_words(frame, language)
    if workbook is not None:
        from reports.render.list_workbook import write_workbook

        write_workbook(workbook, {region.full_name: told}, language, OVERVIEW_HEADERS, notes)
        messages().print(language("Workbook written: {path}").format(path=workbook), soft_wrap=True, markup=False)
    shown = told.select(overview_columns()) if context.is_for_people else frame
    context.show(shown, title=title, headers=OVERVIEW_HEADERS, notes=notes)


def overview_in_words(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the overview of a province with states and predicates in words."""
    states = {state: language(text) for state, text in STATE_MESSAGES.items()}
    predicates = {code: language.label("predicate", code) for code in frame["predicate"].drop_nulls().unique()}
    return frame.with_columns(
        pl.col("state").replace_strict(states), pl.col("predicate").replace_strict(predicates, default=None)
    )


@app.command("letters", help=_("Letters of a province to the heads of its regencies and cities, about what is open."))
def region_letters(
    province: ProvinceOption,
    edition: Annotated[int, typer.Option("--edition", help=_("Edition (year of the award)."))],
    on: OnOption = None,
    all_regions: Annotated[bool, typer.Option("--all", help=_("Also to those of which nothing is open."))] = False,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write letters to the heads of the regencies and cities of a province, as Word files and PDFs in Indonesian."""
    from reports.letters import write_region_letters

    language, place = language_of(lang), home_of(home)
    written = write_region_letters(
        province,
        edition,
        on=on.date() if on else None,
        home=place.root,
        snapshot=snapshot,
        with_all=all_regions,
        lang=language.code,
    )
    _tell_written(written, form, language)


@app.command("handover", help=_("The sheet for the next official: deadlines, open questions, where things are."))
def handover(
    city: CityArgument,
    edition: EditionArgument,
    on: OnOption = None,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the handover sheet of a season as a Word file and a PDF, in Indonesian and without names of persons."""
    from reports.letters import write_handover

    language, place = language_of(lang), home_of(home)
    day = on.date() if on else None
    written = write_handover(city, edition, on=day, home=place.root, snapshot=snapshot, lang=language.code)
    _tell_written(written, form, language)


def _tell_written(written: Letters, form: Format, language: Language) -> None:
    from workbench.site_build import replaced_letters

    show_paths(written.files, form, language)
    for line in replaced_letters(written, language):
        messages().print(line, markup=False)
    for file in written.beside:
        messages().print(file.told(language), markup=False)
    if written.is_draft:
        text = language("Drafts without signature: {reasons}")
        messages().print(text.format(reasons="; ".join(written.draft)), markup=False)


def _kind(kind: str, language: Language) -> str:
    return language(FINDING_MESSAGES[kind]) if kind in FINDING_MESSAGES else language.label("personal_rule", kind)
