"""Building a report site from a command: its progress, and the error that ends it when a page failed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from warehouse.errors import WorkIncomplete
from warehouse.home import Home
from warehouse.language import Language
from workbench.settings import settings

if TYPE_CHECKING:
    from reports.site.site_builder import SiteBuild


class ReportIncomplete(WorkIncomplete):
    """At least one page could not be built; its last good version stands."""


def build_with_progress(
    home: Home,
    site: str,
    language: Language,
    console: Console,
    *,
    lang: str | None,
    jobs: int | None,
    only: list[str] | None = None,
    limit: int | None = None,
    continue_on_error: bool = True,
    snapshot: str | None = None,
    on: date | None = None,
) -> SiteBuild:
    """Build a site and show its progress."""
    from reports.run.kernel.spare_kernels import warm

    warm()  # what kernels start from gets ready while the rest is imported
    from reports.run.own_sites import fault_of_same_name
    from reports.site.site_builder import build_site

    if (fault := fault_of_same_name(site, home)) is not None:
        console.print(f"[yellow]{escape(fault.error.in_one_line(language))}[/]")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(language("Running notebooks"), total=None)

        def report(page: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{language('Running notebooks')}: {page}")

        built = build_site(
            site,
            snapshot,
            home.root,
            lang,
            jobs,
            only,
            report,
            limit=limit,
            continue_on_error=continue_on_error,
            cell_seconds=settings().cell_seconds,
            on=on,
        )
    text = language("{count} pages in {path}")
    console.print(escape(text.format(count=len(built.pages) + 1, path=built.path)))
    return built


def raise_if_incomplete(built: SiteBuild) -> None:
    """Raise ReportIncomplete when a page of a build failed, or lacks a file."""
    if not built.exit_code:
        return
    failed = [outcome for outcome in built.outcomes if outcome.status in ("kept", "failed")]
    partly = [outcome for outcome in built.outcomes if outcome.status == "partly"]
    if not partly:
        raise ReportIncomplete(
            built.exit_code,
            "{count} page(s) could not be built; their last good version stands",
            next_step="mend the cause named above, then run `iga report build` again",
            place=str(built.front_page),
            count=len(failed),
        )
    # A page tells its causes in its own language; what the first language says of it stands for the others.
    told = [outcome for outcome in (*failed, *partly) if outcome.lang == built.lang] or [*failed, *partly]
    advice = {outcome.next_step for outcome in told}
    raise ReportIncomplete(
        built.exit_code,
        "{count} page(s) lack a file; their other files are new"
        if not failed
        else "{failed} page(s) could not be built, {count} page(s) lack a file; the last good ones stand",
        next_step=advice.pop() if len(advice) == 1 else "do what is said above of each page, then build again",
        place=str(built.front_page),
        count=len(partly),
        failed=len(failed),
    )
