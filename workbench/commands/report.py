"""Commands about report sites: list them, build them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.markup import escape
from rich.tree import Tree

from warehouse.home import Home
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.options import (
    FormatOption,
    HomeOption,
    JobsOption,
    LanguageOption,
    SnapshotOption,
    complete_site,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, console_for_people, messages, show
from workbench.site_build import build_with_progress, raise_if_incomplete, write_letters_of

if TYPE_CHECKING:
    from reports.run.declaration import Report, Site
    from reports.run.own_sites import SiteFault
    from reports.site.site_builder import Outcome

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)

OUTCOME_HEADERS = {
    "report": "Report",
    "lang": "Language",
    "status": "State",
    "cell": "Cell",
    "cause": "Cause",
    "next_step": "What to do",
    "missing": "Missing",
    "seconds": "Seconds",
}
REQUEST_HEADERS = {"report": "Report", "lang": "Language", "asked": "What its notebook should still say"}
OUTCOME_MESSAGES = {
    "built": "built",
    "partly": "built in part; files are missing",
    "kept": "failed; the last good page stands",
    "failed": "failed; there is no earlier page",
    "left": "not tried",
    "empty": "not published; there are no data yet",
}
PAGES_SHOWN = 24
"""Pages of a part that the tree lists by name; of more it tells the number and the first."""


@app.command("list", help=_("The report sites of the software and of the home, as the tree that they resolve to."))
def list_sites(
    site: Annotated[
        str | None, typer.Argument(help=_("Name of the site."), show_default=False, autocompletion=complete_site)
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The report sites of the software and of the home: parts, notebooks, pages, parameters, outputs, languages.

    A file of the home that cannot be used is told with its line and what to do; the others are listed all the same.
    """
    from reports.run.own_sites import site_of_home, sites_of_home
    from reports.site.site_builder import list_reports

    place, language = home_of(home), language_of(lang)
    found = sites_of_home(place)
    faults = () if site else found.faults
    sites = [site_of_home(site, place)] if site else list(found.usable.values())
    if form is Format.table:
        console = console_for_people()
        for declared in sites:
            console.print(_tree(declared, list_reports(declared), language))
        for fault in faults:
            console.print(_unusable(fault, language))
        _tell_of_copies(place, language)
        return
    rows = [
        {
            "site": report.site,
            "part": report.part,
            "page": report.page,
            "notebook": report.notebook,
            "outputs": ", ".join(report.outputs),
            "languages": ", ".join(report.languages or declared.languages),
            "parameters": ", ".join(f"{name}={value}" for name, value in report.parameters.items()),
            "file": declared.place,
        }
        for declared in sites
        for report in list_reports(declared)
    ]
    rows += [
        {"site": fault.name, "file": str(fault.path), "fault": fault.error.in_one_line(language)} for fault in faults
    ]
    names = ("site", "part", "page", "notebook", "outputs", "languages", "parameters", "file", "fault")
    show(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)), form, language)


def _unusable(fault: SiteFault, language: Language) -> Tree:
    """A file of the home that cannot be used, among the sites that can."""
    cause, place, next_step = fault.error.told(language)
    tree = Tree(f"[bold]{escape(visible(fault.name))}[/]  [bold red]{escape(language('cannot be used'))}[/]")
    for line in (cause, place, next_step):
        if line:
            tree.add(escape(visible(line)))
    return tree


def _tell_of_copies(home: Home, language: Language) -> None:
    """Say which changed copies of our notebooks lie in the home: sites run ours, not these."""
    from workbench.lab.workspace import changed_copies

    text = language("{file} is your changed copy; sites run the notebook that comes with the software")
    for path in changed_copies(home):
        next_step = language("save it under another name to use it on a site")
        messages().print(escape(f"{text.format(file=path.relative_to(home.root))}; {next_step}"))


def _tree(site: Site, reports: list[Report], language: Language) -> Tree:
    title = escape(visible(site.title.told(language.code)))
    place = f"  [dim]{escape(visible(site.place))}[/]" if site.is_own else ""
    tree = Tree(f"[bold]{escape(site.name)}[/]  {title}  {_facts(site.outputs, site.languages)}{place}")
    for part in site.parts:
        of_part = [report for report in reports if report.part == part.name]
        first = of_part[0]
        told = language("{count} page(s)").format(count=language.whole(len(of_part)))
        branch = tree.add(
            f"[bold]{escape(visible(part.name))}[/]  {escape(visible(part.notebook))}.ipynb  {told}"
            f"  {_facts(first.outputs, first.languages or site.languages)}"
        )
        shown = of_part if len(of_part) <= PAGES_SHOWN else of_part[:3]
        for report in shown:
            values = ", ".join(f"{name}={value}" for name, value in report.parameters.items())
            branch.add(f"{escape(visible(report.page))}  [dim]{escape(visible(values))}[/]")
        if len(shown) < len(of_part):
            text = language("and {count} more")
            branch.add(text.format(count=language.whole(len(of_part) - len(shown))))
    return tree


def _facts(outputs: Sequence[str], languages: Sequence[str]) -> str:
    return escape(f"[{', '.join(outputs)}] [{', '.join(languages)}]")


@app.command("build", help=_("Build a report site from the current snapshot."))
def build(
    site: Annotated[str, typer.Argument(help=_("Name of the site."), autocompletion=complete_site)] = "three_cities",
    home: HomeOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help=_("Build this page only; may be repeated."), show_default=False)
    ] = None,
    city: Annotated[
        list[str] | None,
        typer.Option("--city", help=_("Build the pages of this city only; may be repeated."), show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help=_("Build the first so many pages only."), min=1, show_default=False)
    ] = None,
    jobs: JobsOption = None,
    continue_on_error: Annotated[
        bool,
        typer.Option("--continue-on-error/--stop-on-error", help=_("Whether pages are still begun after one failed.")),
    ] = True,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            help=_("Day that the pages of open seasons are of (otherwise today)."),
            show_default=False,
        ),
    ] = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: Annotated[
        str | None,
        typer.Option("--lang", help=_("Build in this language only (otherwise those declared)."), show_default=False),
    ] = None,
) -> None:
    """Build a report site of the software or of the home from the current snapshot.

    A page that fails keeps its last good version; of one that lacks a file, the others are new. What the snapshot holds
    nothing of is left out and told. `city` is a site of all that there is of a city, with its letters.
    """
    language, place = language_of(lang), home_of(home)
    day = on.date() if on else None
    built = build_with_progress(
        place,
        site,
        language,
        messages(),
        lang=lang,
        jobs=jobs,
        only=only or None,
        limit=limit,
        continue_on_error=continue_on_error,
        snapshot=snapshot,
        on=day,
        cities=city or (),
    )
    letters = write_letters_of(built, place, language, messages(), day)
    if letters:
        text = language.ngettext("{count} letter in {path}", "{count} letters in {path}", len(letters))
        told = text.format(count=language.whole(len(letters)), path=place.root / "letters")
        messages().print(escape(told), soft_wrap=True)
    if form is not Format.table:
        show(_outcomes(built.outcomes, language, form), form, language)
    elif built.exit_code:
        show(_outcomes(built.outcomes, language, form), form, language, headers=OUTCOME_HEADERS)
    if form is Format.table and (asked := _requests(built.outcomes)).height:
        show(asked, form, language, headers=REQUEST_HEADERS)
    raise_if_incomplete(built)
    if form is Format.table:
        typer.echo(built.front_page.as_uri())


def _outcomes(outcomes: Sequence[Outcome], language: Language, form: Format) -> pl.DataFrame:
    """What became of each report: report, lang, status, cell, cause, next_step, missing, seconds; for people only those
    that are not whole."""
    is_for_people = form is Format.table
    rows = [
        {
            "report": outcome.page,
            "lang": outcome.lang,
            "status": language(OUTCOME_MESSAGES[outcome.status]) if is_for_people else outcome.status,
            "cell": outcome.cell,
            "cause": outcome.cause,
            "next_step": outcome.next_step,
            "missing": ", ".join(output.upper() if is_for_people else output for output in outcome.missing),
            "seconds": outcome.seconds,
            **({} if is_for_people else {"requests": "; ".join(outcome.requests)}),
            **({} if is_for_people else {"replaced": "; ".join(outcome.replaced)}),
        }
        for outcome in outcomes
        if not is_for_people or outcome.status != "built"
    ]
    texts = dict.fromkeys(("report", "lang", "status", "cell", "cause", "next_step", "missing"), pl.String)
    asked = {} if is_for_people else {"requests": pl.String, "replaced": pl.String}
    return pl.DataFrame(rows, schema={**texts, "cell": pl.Int64, "seconds": pl.Float64, **asked})


def _requests(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """What the pages that were built ask of whoever makes their notebooks: report, lang, asked."""
    rows = [(outcome.page, outcome.lang, request) for outcome in outcomes for request in outcome.requests]
    return pl.DataFrame(rows, schema=dict.fromkeys(("report", "lang", "asked"), pl.String), orient="row")
