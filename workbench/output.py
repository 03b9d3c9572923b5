"""What a command prints: data on standard output as table, JSON or CSV; progress and messages on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from warehouse.language import Language


class Format(StrEnum):
    """How data is printed."""

    table = "table"
    json = "json"
    csv = "csv"


def messages() -> Console:
    """The console for progress and messages: standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show(
    frame: pl.DataFrame,
    form: Format,
    language: Language,
    *,
    title: str = "",
    headers: Mapping[str, str] | None = None,
    notes: list[str] | None = None,
) -> None:
    """Print a frame. JSON and CSV keep names, codes and dots; a table is for people, in their language and locale.

    ``headers`` give a table its column titles, translated; ``notes`` stand below it.
    """
    if form is Format.csv:
        sys.stdout.write(safe_csv(frame))
    elif form is Format.json:
        sys.stdout.write(json.dumps(frame.to_dicts(), default=_plain, ensure_ascii=False, indent=1) + "\n")
    else:
        _print_table(frame, language, title, headers or {}, notes or [])


def safe_csv(frame: pl.DataFrame) -> str:
    """CSV whose texts no spreadsheet takes for a formula: a leading = + - @ gets an apostrophe before it."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    frame = frame.with_columns(
        pl.Series(name, [json.dumps(value, default=_plain, ensure_ascii=False) for value in frame[name].to_list()])
        for name in nested
    )
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    guarded = [
        pl.when(pl.col(name).str.contains(r"^([=@\t\r]|[+\-].)")).then("'" + pl.col(name)).otherwise(name).alias(name)
        for name in texts
    ]
    return frame.with_columns(guarded).write_csv()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _print_table(
    frame: pl.DataFrame, language: Language, title: str, headers: Mapping[str, str], notes: list[str]
) -> None:
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    for name, dtype in frame.schema.items():
        table.add_column(language(headers.get(name, name)), justify="right" if dtype.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*[escape(_cell(value, language)) for value in row])
    # A pipe or a file gets the whole width of the table, a terminal its own.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True, markup=False)


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return language.number(value, -int(value.as_tuple().exponent))
    if isinstance(value, bool):
        return language("yes") if value else language("no")
    return value.isoformat() if isinstance(value, date) else str(value)
