"""The command undo: the last received file taken back, or the last taking back itself."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from warehouse.errors import ExitCode, NoSnapshot, UnknownName, WorkbenchError
from warehouse.home import Home, acting_person
from warehouse.language import Language
from workbench.loading import load_with_progress, say_what_came
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_row

if TYPE_CHECKING:
    from etl.receipt import Receipt

_ = language_of_environment()

YES = ("y", "ya", "yes")


class NobodyToAsk(WorkbenchError):
    """A question stands before the change, and no terminal is there to answer it."""

    exit_code = ExitCode.USAGE


def undo(
    file: Annotated[
        str | None,
        typer.Option("--file", help=_("This received file instead of the last one."), show_default=False),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help=_("Let the file that was taken back last count again."))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Take the last received file back: it stays in the archive, and no snapshot is made of it until `--back`."""
    place, language, console = home_of(home), language_of(lang), messages()
    receipt = _chosen(place, file, is_back=back)
    asked = "This file counts again" if back else "This file is taken back; it stays in the archive"
    console.print(f"{language(asked)}: {escape(_described(place, receipt, language))}")
    if not yes and not _is_wanted(language):
        console.print(language("Nothing was changed."))
        return
    _mark(place, receipt, is_back=back)
    result = load_with_progress(place, [], None, language, console)
    say_what_came(result, language, console)
    told = "Taken back: {name}. To let it count again: iga undo --back" if not back else "Counts again: {name}"
    console.print(escape(language(told).format(name=receipt.file_name)))
    if form is not Format.table:
        show_row({"file_name": receipt.file_name, "is_back": back, "snapshot_id": result.snapshot_id}, form, language)


def _chosen(home: Home, name: str | None, *, is_back: bool) -> Receipt:
    """Return the receipt that is meant. Raises UnknownName where none is left, or none or several bear the name."""
    from etl.receipt import archived, taken_back

    counting = sorted((one for one in archived(home) if one.counts), key=lambda one: -one.arrival)
    receipts = taken_back(home) if is_back else counting
    if not receipts and is_back:
        raise UnknownName(
            "No file has been taken back", next_step="`iga status --files` tells of every file what counts of it"
        )
    if not receipts:
        raise UnknownName(
            "No received file is left that could be taken back",
            next_step="`iga undo --back` lets the last one that was taken back count again",
        )
    if name is None:
        return receipts[0]
    named = [one for one in receipts if one.file_name == name]
    named = named or [one for one in receipts if PurePosixPath(one.file_name).name == name]
    if len({one.file_name for one in named}) != 1:
        raise UnknownName(
            "{name} is not the name of one file that can be taken here",
            next_step="write one of these: {known}",
            name=name,
            known=", ".join(sorted({one.file_name for one in named or receipts})),
        )
    return named[0]


def _described(home: Home, receipt: Receipt, language: Language) -> str:
    """Return the file in words: its name, city, edition, and how many rows the current snapshot has of it."""
    from etl.receipt import region_name
    from warehouse.snapshot import Snapshot

    parts = [receipt.file_name, region_name(receipt.region_code), str(receipt.edition or "-")]
    try:
        with Snapshot.open(home=home.root) as snapshot:
            counts = snapshot.sql(
                "select row_count from receipt where file_sha256 = $sha", {"sha": receipt.file_sha256}
            )["row_count"]
    except NoSnapshot:
        return " · ".join(parts)
    rows = [language("{count} rows").format(count=language.whole(count)) for count in counts if count is not None]
    return " · ".join([*parts, *rows])


def _is_wanted(language: Language) -> bool:
    """Ask. Raises NobodyToAsk without a terminal."""
    if not sys.stdin.isatty():
        raise NobodyToAsk("Nobody is here to be asked", next_step="run the command again with --yes")
    messages().print(language("Go on? (y/N)"), end=" ")
    return sys.stdin.readline().strip().lower() in YES


def _mark(home: Home, receipt: Receipt, *, is_back: bool) -> None:
    """Write the mark into the archived receipt, in one step, while no load runs. Raises HomeLocked."""
    from etl.receipt import keep_receipt, taken_back
    from warehouse.build import remove_leftovers
    from warehouse.lock import held_by_this_process

    with held_by_this_process(home, "iga undo") as was_cut_off:
        if was_cut_off:
            remove_leftovers(home)
        undone_on = None
        if not is_back:
            now = datetime.now(tz=UTC)
            for last in taken_back(home)[:1]:  # a clock that was put back does not change which undoing is the last
                now = max(now, datetime.fromisoformat(last.undone_on or "") + timedelta(microseconds=1))
            undone_on = now.isoformat(timespec="microseconds")
        undone_by = acting_person() if undone_on else None
        keep_receipt(home, replace(receipt, undone_on=undone_on, undone_by=undone_by))
