"""Building a report site from a command: its progress, and the error that ends it when a page failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from warehouse.errors import MendableError, WorkIncomplete
from warehouse.home import Home
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.progress_file import note_result, note_step
from workbench.settings import settings

if TYPE_CHECKING:
    from reports.letters import Letters
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
    cities: Sequence[str] = (),
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
            told = f"{language('Running notebooks')}: {page}"
            bar.update(task, completed=done, total=total, description=told)
            note_step(told, done, total)

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
            cities=cities,
        )
    _tell_what_is_left_out(built, language, console)
    _tell_what_is_replaced(built, language, console)
    note_result(
        site=site,
        front_page=built.front_page.relative_to(home.reports).as_posix(),
        pages=len(built.pages),
        failed=[outcome.page for outcome in built.outcomes if outcome.status in ("kept", "failed", "partly")],
    )
    text = language.ngettext("{count} page in {path}", "{count} pages in {path}", len(built.pages) + 1)
    console.print(escape(text.format(count=len(built.pages) + 1, path=built.path)))
    return built


LEFT_OUT_SHOWN = 20
"""Pages that are named one by one; of more the number is told."""


def _tell_what_is_left_out(built: SiteBuild, language: Language, console: Console) -> None:
    for left in built.left_out[:LEFT_OUT_SHOWN]:
        cause = left.cause.told(language)
        text = language("Left out: {page}: {cause}") if left.page else language("Left out: {cause}")
        console.print(escape(visible(text.format(page=left.page, cause=cause))), soft_wrap=True)
    if (more := len(built.left_out) - LEFT_OUT_SHOWN) > 0:
        text = language("Left out: {count} more pages of which the snapshot holds nothing")
        console.print(escape(text.format(count=language.whole(more))))


REPLACED_SHOWN = 100
PAGES_SHOWN = 3


def _tell_what_is_replaced(built: SiteBuild, language: Language, console: Console) -> None:
    """Say which texts the PDFs do not show as they are."""
    for line in replaced_in_words(built, language):
        console.print(escape(line), soft_wrap=True)


def replaced_in_words(built: SiteBuild, language: Language) -> list[str]:
    """Return which texts the PDFs do not show as they are, each once with the pages that hold it."""
    lines = []
    pages: dict[str, list[str]] = {}
    for outcome in built.outcomes:
        if outcome.lang == built.lang:
            for replaced in outcome.replaced:
                pages.setdefault(replaced, []).append(outcome.page)
    for replaced, names in list(pages.items())[:REPLACED_SHOWN]:
        more = len(names) - PAGES_SHOWN
        told = ", ".join(names[:PAGES_SHOWN]) + (f", +{language.whole(more)}" if more > 0 else "")
        text = language("Not shown in the PDF as it is, {pages}: {text}")
        lines.append(visible(text.format(pages=told, text=replaced)))
    if (others := len(pages) - REPLACED_SHOWN) > 0:
        text = language("Not shown in the PDF as they are: {count} more texts; each page names its own")
        lines.append(text.format(count=language.whole(others)))
    return lines


def replaced_letters(written: Letters, language: Language) -> list[str]:
    """Return which texts the PDFs of letters do not show as they are; of many the first, and how many more."""
    text = language("Not shown in the PDF as it is: {text}")
    lines = [visible(text.format(text=replaced)) for replaced in written.replaced[:REPLACED_SHOWN]]
    if (others := len(written.replaced) - REPLACED_SHOWN) > 0:
        lines.append(language("Not shown in the PDF as they are: {count} more").format(count=language.whole(others)))
    return lines


def write_letters_of(built: SiteBuild, home: Home, language: Language, console: Console, on: date | None) -> list[Path]:
    """Write the letters of the cities of a build whose site asks for them; those that cannot be written are told."""
    from reports.letters import write_letters

    files: list[Path] = []
    for city, edition in built.seasons:
        try:
            day = datetime.combine(on, datetime.min.time()) if on else None
            written = write_letters(city, edition, on=day, home=home.root, lang=language.code)
            files += written.files
            for line in replaced_letters(written, language):
                console.print(escape(line), soft_wrap=True)
        except MendableError as error:
            console.print(f"[yellow]{escape(error.in_one_line(language))}[/]")
    return files


def raise_if_incomplete(built: SiteBuild) -> None:
    """Raise ReportIncomplete when a page of a build failed, or lacks a file."""
    if not built.exit_code:
        return
    failed = [outcome for outcome in built.outcomes if outcome.status in ("kept", "failed")]
    partly = [outcome for outcome in built.outcomes if outcome.status == "partly"]
    if not partly:
        is_kept = all(outcome.status == "kept" for outcome in failed)
        raise ReportIncomplete(
            built.exit_code,
            "{count} page(s) could not be built; their last good version stands"
            if is_kept
            else "{count} page(s) could not be built; where there was an earlier version, it stands"
            if any(outcome.status == "kept" for outcome in failed)
            else "{count} page(s) could not be built; there is no earlier version of them",
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
