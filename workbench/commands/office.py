"""Commands for an office: a folder of reports for colleagues without accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from warehouse.language import Language
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show, show_row

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

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


def _kind(kind: str, language: Language) -> str:
    return language(FINDING_MESSAGES[kind]) if kind in FINDING_MESSAGES else language.label("personal_rule", kind)
