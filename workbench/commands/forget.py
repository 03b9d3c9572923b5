"""Commands that erase a person or a file for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.markup import escape

from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.options import (
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
    snapshot_of,
)
from workbench.output import Format, messages, show, show_row

if TYPE_CHECKING:
    from etl.forgetting.erasure import Erased

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

ReasonOption = Annotated[str, typer.Option("--reason", help=_("Why, for the record; without the name."))]
YesOption = Annotated[bool, typer.Option("--yes", help=_("Do not ask; it cannot be taken back."))]


@app.command("person", help=_("Erase a person: every name, NIK or telephone number that is given."))
def person(
    names: Annotated[list[str], typer.Argument(help=_("Full name without degrees; a NIK or telephone number beside."))],
    reason: ReasonOption = "",
    yes: YesOption = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Rewrite every received file, setting and text of the home without the person, and leave a tombstone."""
    from etl.forgetting.erasure import forget_person

    language, place = language_of(lang), home_of(home)
    _ask(language, yes)
    done = forget_person(place, names, reason, datetime.now(tz=UTC).astimezone().date())
    _tell(done, form, language)


@app.command("file", help=_("Erase a received file: its rows leave the figures too."))
def file(
    names: Annotated[list[str], typer.Argument(help=_("Name of a received file, or the beginning of its sha256."))],
    reason: ReasonOption = "",
    yes: YesOption = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Remove a received file from inbox, archive, snapshots and reports, and never receive it again."""
    from etl.forgetting.erasure import forget_files

    language, place = language_of(lang), home_of(home)
    _ask(language, yes)
    done = forget_files(place, names, reason, datetime.now(tz=UTC).astimezone().date())
    _tell(done, form, language)


FOUND_HEADERS = {
    "file_name": "File",
    "sheet": "Sheet",
    "row_number": "Row",
    "column_number": "Column",
    "rule": "Rule",
}


@app.command("find", help=_("Cells of received files in which a rule finds personal data; without their words."))
def find(
    city: CityOption = None,
    edition: EditionOption = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """List the cells of received files in which a rule finds personal data, without their words."""
    from analysis.personal.personal_cells import personal_cells, personal_note

    language = language_of(lang)
    region_code = resolve_city(city).region_code if city else None
    with snapshot_of(home_of(home)) as snapshot:
        cells = personal_cells(snapshot, region_code, edition)
    notes = [language("Rules find patterns, not every name: an empty list is no proof.")]
    if note := personal_note(cells, language):
        notes.insert(0, note)
    if form is Format.table:
        labels = {rule: language.label("personal_rule", rule) for rule in cells["rule"].unique()}
        told = [labels[rule] for rule in cells["rule"]]
        cells = cells.with_columns(pl.Series("rule", told, dtype=pl.String))
    show(cells, form, language, title=language("Personal data"), headers=FOUND_HEADERS, notes=notes)


@app.command("resume", help=_("End an erasure that was cut off."))
def resume(home: HomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """End an erasure that was cut off."""
    from etl.forgetting.erasure import resume as go_on

    language = language_of(lang)
    done = go_on(home_of(home), datetime.now(tz=UTC).astimezone().date())
    if done is None:
        messages().print(language("No erasure was cut off."))
        return
    _tell(done, form, language)


def _ask(language: Language, yes: bool) -> None:
    if not yes:
        typer.confirm(language("This cannot be taken back. Erase it for good?"), abort=True, err=True)


def _tell(done: Erased, form: Format, language: Language) -> None:
    """What was done, what ends with it, and what lies outside of the reach of this program."""
    out = messages()
    for text, names in (
        (language("Written anew without it: {names}"), done.rewritten),
        (language("Removed: {names}"), done.removed),
        (language("Snapshots removed: {names}"), done.snapshots),
        (language("Citations that end: {names}"), done.citations),
        (language("Report sites removed, build them again (iga report build): {names}"), done.sites),
        (language("Scans that perhaps show the name; look at them and remove them by hand: {names}"), done.scans),
        (language("STILL THERE, remove by hand: {names}"), done.remaining),
    ):
        if names:
            out.print(escape(text.format(names=", ".join(names))), soft_wrap=True)
    out.print(
        language(
            "Not reached: older backups (restoring one erases again), copies that were mailed or exported elsewhere, "
            "backups of the operating system, and traces on the disk. Delete those yourself."
        ),
        soft_wrap=True,
    )
    show_row({name: len(names) for name, names in done.told().items()}, form, language)
