"""Commands about report sites: list them, build them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from warehouse.errors import WorkbenchError
from warehouse.home import Home
from warehouse.language import Language
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

HEADERS = {"site": "Site", "page": "Page", "notebook": "Notebook", "parameters": "Parameters"}


class ReportIncomplete(WorkbenchError):
    """At least one page could not be built; its last good version stands."""

    exit_code = 8


@app.command("list", help=_("The report sites that are declared, and their pages."))
def list_sites(form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The report sites that are declared, and their pages."""
    from reports.site import list_reports, load_sites

    rows = [
        {
            "site": site.name,
            "page": report.page,
            "notebook": report.notebook,
            "parameters": ", ".join(f"{name}={value}" for name, value in report.parameters.items()),
        }
        for site in load_sites().values()
        for report in list_reports(site)
    ]
    show(pl.DataFrame(rows), form, language_of(lang), headers=HEADERS)


@app.command("build", help=_("Build a report site from the current snapshot."))
def build(
    site: Annotated[str, typer.Argument(help=_("Name of the site."))] = "three_cities",
    home: HomeOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help=_("Build this page only; may be repeated."), show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(help=_("Notebooks that run side by side."), min=1)] = 2,
    snapshot: SnapshotOption = None,
    lang: LanguageOption = None,
) -> None:
    """Build a report site from the current snapshot; a page that fails keeps its last good version."""
    language = language_of(lang)
    path = build_with_progress(
        home_of(home), site, language, messages(), jobs=jobs, only=only or None, snapshot=snapshot
    )
    typer.echo(path.as_uri())


def build_with_progress(
    home: Home,
    site: str,
    language: Language,
    console: Console,
    *,
    jobs: int,
    only: list[str] | None = None,
    snapshot: str | None = None,
) -> Path:
    """Build a site and show its progress; the path of its front page. Raises ReportIncomplete when a page failed."""
    from reports.site import build_site

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(language("Running notebooks"), total=None)

        def report(page: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{language('Running notebooks')}: {page}")

        built = build_site(site, snapshot, home.root, language.code, jobs, only, report)
    text = language("{count} pages in {path}")
    console.print(escape(text.format(count=len(built.pages) + 1, path=built.path)))
    for failure in built.failures:
        console.print(f"[bold red]{escape(failure.page)}:[/] {escape(failure.cause)}")
    if built.failures:
        raise ReportIncomplete(
            "{count} page(s) could not be built; their last good version stands",
            next_step="mend the cause named above, then run `iga report build` again",
            place=str(built.front_page),
            count=len(built.failures),
        )
    return built.front_page
