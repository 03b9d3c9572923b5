"""What a command prints: data on standard output as table, JSON or CSV; progress and messages on standard error."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape

from warehouse.language import Language
from warehouse.visible_text import visible, visible_lines
from workbench.table_layout import print_cells

PIPE_WIDTH = 200
"""Columns of a table that goes to a pipe or a file; a terminal has its own number, and so has COLUMNS."""


class Format(StrEnum):
    """How data is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class SafeConsole(Console):
    """A console on which no control character of a file name, a sheet or a title reaches the terminal.

    A text is one line: a line break within it came from a file, and could begin a line that looks like one of ours.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does; of texts, control characters and line breaks are marks."""
        super().print(*(visible(each) if isinstance(each, str) else each for each in objects), **options)


def messages() -> Console:
    """The console for progress and messages: standard error."""
    return SafeConsole(stderr=True, highlight=False, soft_wrap=True)


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
        sys.stdout.write(json_of(frame.to_dicts()) + "\n")
    else:
        _print_table(frame, language, title, headers or {}, notes or [])


def show_row(row: Mapping[str, Any], form: Format, language: Language) -> None:
    """Print one row for a program; a person has read it as a message."""
    if form is not Format.table:
        show(pl.DataFrame([row], infer_schema_length=None), form, language)


def show_paths(paths: Sequence[Path], form: Format, language: Language) -> None:
    """Print files that a command wrote: for people one path a line, else rows with the column path."""
    if form is Format.table:
        for path in paths:
            sys.stdout.write(f"{visible(str(path)) if sys.stdout.isatty() else path}\n")
        return
    show(pl.DataFrame({"path": [str(path) for path in paths]}, schema={"path": pl.String}), form, language)


def safe_csv(frame: pl.DataFrame) -> str:
    """CSV whose texts no spreadsheet takes for a formula: a leading = + - @ gets an apostrophe before it."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    frame = frame.with_columns(pl.Series(name, [json_of(value) for value in frame[name].to_list()]) for name in nested)
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    guarded = [
        pl.when(pl.col(name).str.contains(r"^([=@\t\r]|[+\-].)")).then("'" + pl.col(name)).otherwise(name).alias(name)
        for name in texts
    ]
    return frame.with_columns(guarded).write_csv()


def json_of(value: Any, indent: int = 0) -> str:
    """Return JSON with types: numbers, true and false, null, days as ISO text.

    A decimal is a number with all its digits (`85.30`), not rounded to a binary fraction. What is no number (NaN,
    infinity) is null, since JSON has no word for it.
    """
    if isinstance(value, Mapping):
        return _enclosed(
            "{}", (f"{json_of(str(name))}: {json_of(each, indent + 1)}" for name, each in value.items()), indent
        )
    if isinstance(value, list | tuple):
        return _enclosed("[]", (json_of(each, indent + 1) for each in value), indent)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _enclosed(brackets: str, parts: Iterable[str], indent: int) -> str:
    lines = ",\n".join(" " * (indent + 1) + part for part in parts)
    return f"{brackets[0]}\n{lines}\n{' ' * indent}{brackets[1]}" if lines else brackets


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def console_for_people() -> Console:
    """The console for tables: a terminal's own width; a pipe or a file gets the whole width of a table."""
    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return SafeConsole(highlight=False, width=None if has_width else PIPE_WIDTH)


def _print_table(
    frame: pl.DataFrame, language: Language, title: str, headers: Mapping[str, str], notes: list[str]
) -> None:
    console = console_for_people()
    names = [language(headers.get(name, name)) for name in frame.columns]
    is_plan = "explain_value" in frame.columns  # a drawing of DuckDB, in lines of its own
    cells = [
        [visible_lines(str(value)) if is_plan else _cell(value, language) for value in row] for row in frame.iter_rows()
    ]
    numeric = [dtype.is_numeric() for dtype in frame.schema.dtypes()]
    print_cells(console, names, cells, title=visible(title), are_numbers=numeric)
    for note in notes:
        # A terminal breaks long notes between words; a file keeps each on one line.
        console.print(escape(note), soft_wrap=not sys.stdout.isatty())


def _cell(value: Any, language: Language) -> str:
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return language.number(value, -int(value.as_tuple().exponent))
    if isinstance(value, bool):
        return language("yes") if value else language("no")
    return value.isoformat() if isinstance(value, date) else visible(str(value))
