"""Commands that load: demo, ingest, status, snapshots."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from warehouse.errors import HomeUnusable, InputHeld
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import region_of_code, resolve_city
from warehouse.region_history import former_note
from warehouse.sql_files import sql_text
from workbench.options import (
    AsOfOption,
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    JobsOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
    snapshot_of,
)
from workbench.output import Format, messages, show
from workbench.publishing import build_with_progress, raise_if_incomplete
from workbench.share import example_inbox

if TYPE_CHECKING:
    from etl.publish import LoadResult, Progress as LoadProgress
    from etl.receipt import Statement

_ = language_of_environment()

DEMO_SITE = "three_cities"

STEPS = {"parse": "Reading files", "resolve": "Resolving the seasons", "publish": "Auditing and publishing"}

MOST_LINES = 12
"""Withdrawals that are told one by one; of a nation's load only the sum and what needs a look."""

FILE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "file_name": "File",
    "layout": "Layout",
    "status": "State",
    "row_count": "Rows",
    "accepted_count": "Accepted",
    "merged_count": "Merged",
    "quarantined_count": "Quarantined",
    "structural_count": "Structural",
}
SEASON_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "files": "Files",
    "held": "Set aside",
    "superseded": "Superseded",
    "last_received": "Last received",
    "innovations": "Innovations",
    "quarantined": "Quarantined",
    "spd": "SPD",
    "levels": "Levels",
    "register": "Register",
    "is_simulated": "Simulated",
}
USE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "received_date": "Received",
    "file_name": "File",
    "coverage": "Coverage",
    "use": "What counts of it",
    "counting_count": "Rows that count",
    "accepted_count": "Accepted",
    "is_in_inbox": "In the inbox",
}


def demo(
    home: HomeOption = None,
    lang: LanguageOption = None,
    jobs: JobsOption = None,
) -> None:
    """Example inbox and published results, through a snapshot and notebooks, to a report site."""
    place, language, console = home_of(home), language_of(lang), messages()
    _copy_examples(place)
    result = _load(place, [], None, language, console)
    _tell(result, language, console)
    built = build_with_progress(place, DEMO_SITE, language, console, lang=language.code, jobs=jobs)
    raise_if_incomplete(built)
    console.print(f"\n[bold green]{language('The report site is ready. Open this page:')}[/]")
    typer.echo(built.front_page.as_uri())


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help=_("Files or folders beside the inbox."), show_default=False)
    ] = None,
    home: HomeOption = None,
    city: Annotated[str | None, typer.Option(help=_("City of the paths given."), show_default=False)] = None,
    edition: Annotated[int | None, typer.Option(help=_("Edition of the paths given."), show_default=False)] = None,
    received: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=_("Day on which the paths given were received."), show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Read and tell; keep and publish nothing."))] = False,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Read the inbox (or the paths given) and publish a snapshot; a file that cannot be read is set aside."""
    from etl.receipt import Statement

    place, language, console = home_of(home), language_of(lang), messages()
    if city:
        resolve_city(city)
    stated = Statement(city=city, edition=edition, received=received.date() if received else None)
    result = _load(place, paths or [], stated, language, console, dry_run=dry_run)
    names = [region_of_code(code).full_name if code else None for code in result.receipts["region_code"]]
    shown = result.receipts.with_columns(pl.Series("city", names, dtype=pl.String)).select(list(FILE_HEADERS))
    _show_files(shown, form, language, console)
    _tell(result, language, console)
    if dry_run:
        console.print(language("Tried only: nothing was kept or published."))
    else:
        _return_to_senders(place, result, language, console)
    if result.held.height:
        raise InputHeld(
            "{count} file(s) were set aside; the others were read",
            next_step="correct them, or name city, edition and layout in receipt.toml, then run `iga ingest` again",
            place=", ".join(result.held["file_name"]),
            count=result.held.height,
        )


MOST_FILES = 60
"""Files that a person is shown after a load; of more, those with something to mend come first."""


def _show_files(files: pl.DataFrame, form: Format, language: Language, console: Console) -> None:
    """What became of each file; of very many a person sees those with the most to mend, a program all."""
    is_short = form is not Format.table or files.height <= MOST_FILES
    urgent = files.sort(pl.col("status") != "held", -pl.col("quarantined_count"), maintain_order=True).head(MOST_FILES)
    show(files if is_short else urgent, form, language, title=language("Files"), headers=FILE_HEADERS)
    if not is_short:
        text = language("{shown} of {count} files are shown, those with the most to mend; all: iga status --files")
        console.print(text.format(shown=language.whole(MOST_FILES), count=language.whole(files.height)))


def status(
    home: HomeOption = None,
    files: Annotated[
        bool, typer.Option("--files", help=_("Every received file: whether it counts, for what, and why."))
    ] = False,
    city: CityOption = None,
    edition: EditionOption = None,
    as_of: AsOfOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """What is in, what is missing, what was set aside; with --files which export counts and why."""
    from analysis.history.changes.words import uses_in_words
    from warehouse.build import statements

    place, language = home_of(home), language_of(lang)
    wanted = {"region_code": resolve_city(city).region_code if city else None, "edition": edition}
    with snapshot_of(place, as_of=as_of) as snapshot:
        seasons = snapshot.sql(sql_text("analysis.season", "status"), dict(wanted))
        used = snapshot.sql(sql_text("analysis.season", "files"), dict(wanted))
        same_day = snapshot.sql(statements("same_day_exports"), dict(wanted))
        notes = [f"{language('Snapshot')} {snapshot.snapshot_id} · {place.root}", *snapshot.day_notes(language)]
        notes += _former_lines(snapshot.sql("select region_text from receipt")["region_text"], language)
        if snapshot.is_simulated:
            notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    held = used.filter(pl.col("use") == "held").select("file_name", "held_reason")
    notes += [f"{language('Set aside')}: {name}: {reason}" for name, reason in held.iter_rows()]
    notes += _withdrawal_lines(same_day, language)
    used, gone = _with_presence(place, used)
    if gone:
        told = language(
            "{count} file(s) are no longer in the inbox and go on counting: {names}. To take one out, put it back and "
            "write ignore = true for it in receipt.toml."
        )
        notes.append(told.format(count=len(gone), names=", ".join(gone)))
    notes += _report_notes(place, language)
    if files:
        shown = uses_in_words(used, language).select(list(USE_HEADERS)) if form is Format.table else used
        show(shown, form, language, title=language("Files"), headers=USE_HEADERS, notes=notes)
        return
    show(seasons, form, language, title=language("Seasons"), headers=SEASON_HEADERS, notes=notes)


def _report_notes(home: Home, language: Language) -> list[str]:
    """How the last run of the schedule went, and which site's build was cut off."""
    from reports.site.site_builder import builds_cut_off
    from workbench.schedule.status import read_status, told_in_words

    last = read_status(home)
    notes = told_in_words(last, language)[:1] if last else []
    text = language("The last build of {site} was cut off; the old site stands: iga report build {site}")
    return notes + [text.format(site=name) for name in builds_cut_off(home)]


def _with_presence(home: Home, used: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The files with `is_in_inbox`, and the names of those that count although they have left the inbox.

    A file that was loaded from elsewhere (`iga ingest PATH`) never was in the inbox; it is told of as well.
    """
    from etl.receipt import inbox_hashes

    present = inbox_hashes(home)
    told = used.with_columns(pl.col("file_sha256").is_in(list(present)).alias("is_in_inbox"))
    gone = told.filter(~pl.col("is_in_inbox") & ~pl.col("use").is_in(["held", "superseded", "nothing"]))
    return told, gone["file_name"].to_list()


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
    shutil.copytree(source, home.inbox, dirs_exist_ok=True)


def _load(
    home: Home,
    paths: list[Path],
    stated: Statement | None,
    language: Language,
    console: Console,
    *,
    dry_run: bool = False,
) -> LoadResult:
    from etl.publish import ingest as load

    today = datetime.now(tz=UTC).astimezone().date()
    with _progress(language, console) as report:
        return load(home, paths, stated, today=today, dry_run=dry_run, progress=report)


@contextmanager
def _progress(language: Language, console: Console) -> Iterator[LoadProgress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(language(STEPS[step]), total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield report


def _return_to_senders(home: Home, result: LoadResult, language: Language, console: Console) -> None:
    from etl.outgoing.return_to_sender import write_returns

    written = write_returns(home, result.receipts, result.quarantine)
    for returned in written:
        text = language("To return to the sender: {path} ({count} note(s))")
        console.print(escape(text.format(path=returned.path, count=returned.cell_count)))


def _withdrawal_lines(withdrawals: pl.DataFrame, language: Language) -> list[str]:
    """Which full export took innovations away, and what to do where it was only a part."""
    lines = []
    told = withdrawals if withdrawals.height <= MOST_LINES else withdrawals.filter("is_same_day")
    if told.height < withdrawals.height:
        text = language("Withdrawn: {count} innovation(s) that earlier exports held; see `iga status --files`.")
        lines.append(text.format(count=language.whole(int(withdrawals["count"].sum()))))
    for row in told.iter_rows(named=True):
        text = language("Withdrawn: {file} does not hold {count} innovation(s) of {before}.")
        if row["is_same_day"]:
            text = language(
                "Two full exports of one day: {file} withdraws {count} innovation(s) of {before}. If both are parts, "
                'write coverage = "partial" for both in receipt.toml.'
            )
        lines.append(text.format(file=row["file_name"], count=row["count"], before=row["from_file"]))
    return lines


def _former_lines(texts: pl.Series, language: Language) -> list[str]:
    """Whom the former codes and names mean that files were laid down under."""
    notes = (former_note(text, language) for text in texts.drop_nulls().unique().sort())
    return [note for note in notes if note is not None]


def _correction_lines(corrections: pl.DataFrame, language: Language) -> list[str]:
    """How many corrections were applied, and each that was not, with the reason."""
    if corrections.is_empty():
        return []
    applied = corrections.filter(pl.col("outcome") == "applied").height
    lines = [language("{count} correction(s) applied").format(count=applied)]
    for row in corrections.filter(pl.col("outcome") != "applied").iter_rows(named=True):
        text = language("Correction {id} of {file} was not applied: {reason} (found: {found})")
        reason = language.label("correction_outcome", row["outcome"])
        lines.append(
            text.format(id=row["correction_id"], file=row["file_name"], reason=reason, found=row["found"] or "–")
        )
    return lines


def _tell(result: LoadResult, language: Language, console: Console) -> None:
    receipts = result.receipts
    counts = {name: receipts[f"{name}_count"].sum() for name in ("accepted", "merged", "quarantined", "structural")}
    line = language(
        "{files} files, {rows} rows: {accepted} accepted, {merged} merged, {quarantined} quarantined, "
        "{structural} structural"
    )
    console.print(line.format(files=receipts.height, rows=language.whole(int(receipts["row_count"].sum())), **counts))
    cells = result.quarantine.filter(pl.col("scope") == "cell").height
    if cells:
        text = language("{count} cell(s) were left empty with a reason; see the table quarantine")
        console.print(text.format(count=cells))
    for name, reason in result.held.select("file_name", "held_reason").iter_rows():
        console.print(f"[yellow]{language('Set aside')}:[/] {escape(name)}: {escape(reason)}")
    for line in _withdrawal_lines(result.withdrawals, language):
        console.print(f"[yellow]{escape(line)}[/]")
    for line in _correction_lines(result.corrections, language):
        console.print(escape(line))
    for line in _former_lines(receipts["region_text"], language):
        console.print(f"[yellow]{escape(line)}[/]")
    for edition in result.editions_without_rulebook:
        text = language("Edition {edition} has no rulebook: its rows are kept, its index is not computed.")
        console.print(f"[yellow]{text.format(edition=edition)}[/]")
    if receipts["is_simulated"].any():
        console.print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    told = "New snapshot {id}" if result.is_new else "Nothing has changed; snapshot {id} stays"
    console.print(language(told).format(id=result.snapshot_id))
