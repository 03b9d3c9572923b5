"""The command ingest: the inbox, or paths beside it, read and published."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer
from rich.console import Console
from rich.markup import escape

from warehouse.errors import InputHeld, RulesUnusable
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import region_of_code, resolve_city
from workbench.loading import load_with_progress, say_what_came
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show
from workbench.progress_file import note_result

if TYPE_CHECKING:
    from etl.publish import LoadResult

_ = language_of_environment()

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
MOST_FILES = 60
"""Files that a person is shown after a load; of more, those with something to mend come first."""


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
    retry_held: Annotated[
        bool, typer.Option("--retry-held", help=_("Read files again that ended or outlasted the process reading them."))
    ] = False,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Read the inbox (or the paths given) and publish a snapshot; a file that cannot be read is set aside."""
    from etl.forgetting.erasure import is_cut_off
    from etl.receipt import Statement

    place, language, console = home_of(home), language_of(lang), messages()
    if city:
        resolve_city(city)
    if is_cut_off(place):
        console.print(language("An erasure was cut off: end it with `iga forget resume`"))
    stated = Statement(city=city, edition=edition, received=received.date() if received else None)
    result = load_with_progress(place, paths or [], stated, language, console, dry_run=dry_run, retry_held=retry_held)
    names = [region_of_code(code).full_name if code else None for code in result.receipts["region_code"]]
    shown = result.receipts.with_columns(pl.Series("city", names, dtype=pl.String)).select(list(FILE_HEADERS))
    show_files(shown, form, language, console)
    say_what_came(result, language, console)
    for line in _taken_back_lines(place, paths or [], language):
        console.print(f"[yellow]{escape(line)}[/]", soft_wrap=True)
    if not dry_run:
        _say_balance(place, result, language, console)
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
    if result.editions_lost:
        raise RulesUnusable(
            "Nothing was computed for {editions}: their rulebook in the home cannot be used; the others were computed",
            next_step="mend the file that is named above, then run `iga ingest` again",
            place=", ".join(fault.path for fault in result.rule_faults),
            editions=", ".join(map(str, result.editions_lost)),
        )


def _taken_back_lines(home: Home, paths: list[Path], language: Language) -> list[str]:
    """Say of each path that holds a file which `iga undo` has taken back that it does not count."""
    from etl.receipt import hashes_below, taken_back

    undone = taken_back(home) if paths else []
    given = set().union(*map(hashes_below, paths)) if undone else set()
    text = language("{name} was taken back and does not count: iga undo --back --file {name}")
    return [text.format(name=receipt.file_name) for receipt in undone if receipt.file_sha256 in given]


def _say_balance(home: Home, result: LoadResult, language: Language, console: Console) -> None:
    """Say the balance of all files, green only where nothing is open, and how many cells hold personal data."""
    from analysis.api import open_snapshot
    from analysis.personal.personal_cells import personal_cells, personal_note
    from analysis.season.balance import read_balance

    with open_snapshot(result.snapshot_id, home.root) as snapshot:
        balance = read_balance(snapshot)
        colour = "green" if balance.is_closed and result.held.is_empty() else "yellow"
        for line in balance.told(language):
            console.print(f"[{colour}]{escape(line)}[/]", soft_wrap=True)
        if note := personal_note(personal_cells(snapshot), language):
            console.print(escape(note), soft_wrap=True)


def show_files(files: pl.DataFrame, form: Format, language: Language, console: Console) -> None:
    """What became of each file; of very many a person sees those with the most to mend, a program all."""
    is_short = form is not Format.table or files.height <= MOST_FILES
    urgent = files.sort(pl.col("status") != "held", -pl.col("quarantined_count"), maintain_order=True).head(MOST_FILES)
    show(files if is_short else urgent, form, language, title=language("Files"), headers=FILE_HEADERS)
    if not is_short:
        text = language("{shown} of {count} files are shown, those with the most to mend; all: iga status --files")
        console.print(text.format(shown=language.whole(MOST_FILES), count=language.whole(files.height)))


def _return_to_senders(home: Home, result: LoadResult, language: Language, console: Console) -> None:
    from etl.outgoing.return_to_sender import write_returns

    written = write_returns(home, result.receipts, result.quarantine)
    note_result(returned=[returned.path.relative_to(home.root).as_posix() for returned in written])
    for returned in written:
        text = language("To return to the sender: {path} ({count} note(s))")
        console.print(escape(text.format(path=returned.path, count=returned.cell_count)))
