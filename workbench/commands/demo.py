"""The command demo: from an example inbox to a report site."""

from __future__ import annotations

import typer

from warehouse import disk
from warehouse.errors import HomeUnusable
from warehouse.home import Home
from workbench.loading import load_with_progress, say_what_came
from workbench.options import (
    FormatOption,
    HomeOption,
    JobsOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show_row
from workbench.share import example_inbox
from workbench.site_build import build_with_progress, raise_if_incomplete

_ = language_of_environment()

DEMO_SITE = "three_cities"


def demo(
    home: HomeOption = None,
    lang: LanguageOption = None,
    jobs: JobsOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Example inbox and published results, through a snapshot and notebooks, to a report site."""
    place, language, console = home_of(home), language_of(lang), messages()
    _copy_examples(place)
    result = load_with_progress(place, [], None, language, console)
    say_what_came(result, language, console)
    built = build_with_progress(place, DEMO_SITE, language, console, lang=language.code, jobs=jobs)
    raise_if_incomplete(built)
    console.print()
    console.print(f"[bold green]{language('The report site is ready. Open this page:')}[/]")
    if form is Format.table:
        typer.echo(built.front_page.as_uri())
    page = {"page_count": len(built.pages) + 1, "front_page": built.front_page.as_uri()}
    show_row({"snapshot_id": result.snapshot_id, "site": DEMO_SITE, **page}, form, language)


def _copy_examples(home: Home) -> None:
    """Lay the example inbox into the home's; an inbox with files of its own is not mixed with simulated ones."""
    source = example_inbox()
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    present = {path.relative_to(home.inbox) for path in home.inbox.rglob("*") if path.is_file()}
    if foreign := sorted(present - wanted):
        raise HomeUnusable(
            "The inbox holds files of its own; simulated examples are not mixed with them",
            next_step="run `iga demo --home FOLDER` with another folder, or `iga ingest` for your own files",
            place=str(home.inbox / foreign[0]),
        )
    home.create()
    for name in sorted(wanted):
        disk.copy(source / name, home.inbox / name)
