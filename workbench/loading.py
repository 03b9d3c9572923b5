"""Loading from a command: its progress, and what came of it in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from warehouse.home import Home
from warehouse.language import Language
from warehouse.set_aside_words import rule_words
from workbench.options import language_of_environment
from workbench.progress_file import note_result, note_step
from workbench.rule_notes import fault_notes

if TYPE_CHECKING:
    from etl.publish import LoadResult, Progress as LoadProgress
    from etl.receipt import Statement
    from etl.recognition.home_layouts import LayoutFault

_ = language_of_environment()

STEPS = {"parse": "Reading files", "resolve": "Resolving the seasons", "publish": "Auditing and publishing"}

MOST_LINES = 12
"""Withdrawals that are told one by one; of a nation's load only the sum and what needs a look."""


def load_with_progress(
    home: Home,
    paths: list[Path],
    stated: Statement | None,
    language: Language,
    console: Console,
    *,
    dry_run: bool = False,
    retry_held: bool = False,
) -> LoadResult:
    """Load the inbox and the paths, with a progress bar on standard error; sheets of mentoring go into their log."""
    from etl.publish import ingest as load

    today = datetime.now(tz=UTC).astimezone().date()
    if not dry_run:
        _take_mentoring_sheets(home, today, language, console)
        _take_tick_lists(home, language, console)
    with _progress(language, console) as report:
        return load(home, paths, stated, today=today, dry_run=dry_run, retry_held=retry_held, progress=report)


def _take_mentoring_sheets(home: Home, today: date, language: Language, console: Console) -> None:
    """Read the sheets of mentoring that lie in the inbox into their log: a load would find no list in them."""
    from workbench.mentoring_sheets import take_sheets_of_inbox

    done, refused = take_sheets_of_inbox(home, today)
    text = language("{file}: sheet of mentoring, {count} step(s) read, {new} new")
    for read in done:
        line = text.format(file=read.file, count=read.step_count, new=read.new_count)
        console.print(escape(line), soft_wrap=True)
        if read.faults:
            from analysis.mentoring.words import fault_lines

            for fault in fault_lines(read.faults, language):
                console.print(f"[yellow]{escape(fault)}[/]", soft_wrap=True)
    for error in refused:
        console.print(f"[yellow]{escape(error.in_one_line(language))}[/]", soft_wrap=True)


def _take_tick_lists(home: Home, language: Language, console: Console) -> None:
    """Take the ticked lists of evidence that lie in the inbox: a load would find no list in them."""
    from workbench.dropped_files import take_tick_lists
    from workbench.evidence_list import told_back

    done, refused = take_tick_lists(home)
    for name, taken in done:
        for line in told_back(taken, language):
            console.print(escape(f"{name}: {line}"), soft_wrap=True)
    for error in refused:
        console.print(f"[yellow]{escape(error.in_one_line(language))}[/]", soft_wrap=True)


@contextmanager
def _progress(language: Language, console: Console) -> Iterator[LoadProgress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(language(STEPS[step]), total=total)
            bar.update(tasks[step], completed=done, total=total)
            note_step(language(STEPS[step]), done, total)

        yield report


def withdrawal_lines(withdrawals: pl.DataFrame, language: Language) -> list[str]:
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


def former_lines(texts: pl.Series, language: Language) -> list[str]:
    """Whom the former codes and names mean that files were laid down under."""
    from analysis.history.former_regions import former_note

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


def layout_fault_notes(faults: Iterable[LayoutFault], language: Language) -> list[str]:
    """Return what is wrong with each file of a layout that is not used."""
    return [language("Not used: {fault}").format(fault=fault.error.in_one_line(language)) for fault in faults]


def difference_lines(receipts: pl.DataFrame, language: Language) -> list[str]:
    """Return what is not as expected in the columns of each file that was read: renamed, absent, empty throughout."""
    if "layout_detail" not in receipts.columns:
        return []
    lines = []
    for name, detail in receipts.filter(status="read").select("file_name", "layout_detail").iter_rows():
        told = json.loads(detail) if detail else {}
        texts = {
            "renamed": language("read under another name: {columns}"),
            "absent": language("columns absent: {columns}"),
            "empty": language("columns empty throughout: {columns}"),
        }
        parts = [text.format(columns=told[key]) for key, text in texts.items() if told.get(key)]
        if parts:
            lines.append(f"{name}: {'; '.join(parts)}")
    if len(lines) > MOST_LINES:
        text = language("{count} files have columns that are absent, empty or named otherwise: iga status --files")
        return [text.format(count=language.whole(len(lines)))]
    return lines


def say_what_came(result: LoadResult, language: Language, console: Console) -> None:
    """Say what came of a load: counts, what was set aside, withdrawals, corrections, the snapshot."""
    receipts = result.receipts
    counts = {name: receipts[f"{name}_count"].sum() for name in ("accepted", "merged", "quarantined", "structural")}
    line = language(
        "{files} files, {rows} rows: {accepted} accepted, {merged} merged, {quarantined} quarantined, "
        "{structural} structural"
    )
    console.print(line.format(files=receipts.height, rows=language.whole(int(receipts["row_count"].sum())), **counts))
    is_note = pl.col("row_number").is_null() & (pl.col("scope") == "cell")
    cells = result.quarantine.filter((pl.col("scope") == "cell") & ~is_note).height
    if cells:
        text = language("{count} cell(s) were left empty with a reason; see the table quarantine")
        console.print(text.format(count=cells))
    for name, reason in result.held.select("file_name", "held_reason").iter_rows():
        console.print(f"[yellow]{language('Set aside')}:[/] {escape(name)}: {escape(reason)}")
    names = dict(receipts.select("file_sha256", "file_name").iter_rows())
    for sha, rule, detail in result.quarantine.filter(is_note).select("file_sha256", "rule", "detail").iter_rows():
        told = rule_words(rule, "message", detail, language.code)
        console.print(f"[yellow]{escape(str(names.get(sha, sha)))}: {escape(told)}[/]")
    for line in withdrawal_lines(result.withdrawals, language):
        console.print(f"[yellow]{escape(line)}[/]")
    for line in _correction_lines(result.corrections, language):
        console.print(escape(line))
    for line in former_lines(receipts["region_text"], language):
        console.print(f"[yellow]{escape(line)}[/]")
    for line in [*fault_notes(result.rule_faults, language), *layout_fault_notes(result.layout_faults, language)]:
        console.print(f"[yellow]{escape(line)}[/]")
    for line in difference_lines(receipts, language):
        console.print(escape(line), soft_wrap=True)
    for edition in result.editions_without_rulebook:
        text = language("Edition {edition} has no rulebook: its rows are kept, its index is not computed.")
        console.print(f"[yellow]{text.format(edition=edition)}[/]")
    if receipts["is_simulated"].any():
        console.print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    note_result(
        snapshot_id=result.snapshot_id,
        is_new=result.is_new,
        file_count=receipts.height,
        held=result.held["file_name"].to_list(),
    )
    told = "New snapshot {id}" if result.is_new else "Nothing has changed; snapshot {id} stays"
    console.print(language(told).format(id=result.snapshot_id))
