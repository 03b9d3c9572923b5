"""How a table fits a terminal: figures are never cut, texts wrap, and rows are stacked where columns do not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

FIGURE = re.compile(r"(?=.*\d)[\d\s.,:/%()+\-−–×≥≤<>=]+|–|-|")
"""A number, a range, a place among many, a day, a code: whatever is wrong to read in half."""
FRAME, NARROW_FRAME = 3, 2
"""Columns of a terminal that each column of a table takes beside its text: with lines between columns, and without."""
LEAST_TEXT = 14
"""Columns that a text has at least before rows are stacked; below, it would be a ladder of single words."""
LONGEST_WORD = 32
"""A longer word of a text (a hash, an address) may be broken over lines; nothing of it is lost."""
MOST_LINES = 7
"""Lines that a row of a table may take before rows are stacked instead."""


@dataclass(frozen=True)
class Column:
    """A column's header with the least width that keeps its figures and words whole, and the width that it wants."""

    name: str
    is_figure: bool
    least: int
    wanted: int


def print_cells(
    console: Console, names: Sequence[str], cells: Sequence[Sequence[str]], *, title: str, are_numbers: Sequence[bool]
) -> None:
    """Print rows as a table that fits the console.

    Where it does not fit, what is alike in every row stands once above it; where that is not enough, each row becomes a
    block of its own.
    """
    columns = [
        _column(name, [row[place] for row in cells], is_number)
        for place, (name, is_number) in enumerate(zip(names, are_numbers, strict=True))
    ]
    if _fits(console, columns, cells):
        _print_table(console, columns, cells, title)
        return
    alike = [place for place in range(len(columns)) if len(cells) > 1 and len({row[place] for row in cells}) == 1]
    varying = [place for place in range(len(columns)) if place not in alike]
    fewer, shorter = [columns[place] for place in varying], [[row[place] for place in varying] for row in cells]
    if alike and varying and _fits(console, fewer, shorter):
        if title:
            console.print(f"[italic]{escape(title)}[/]")
        console.print(escape("; ".join(f"{columns[place].name}: {cells[0][place]}" for place in alike)))
        _print_table(console, fewer, shorter, "")
        return
    _print_stacked(console, columns, cells, title)


def _fits(console: Console, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> bool:
    widths = _widths(console, columns)[0]
    return widths is not None and all(_lines(row, widths) <= MOST_LINES for row in cells)


def _widths(console: Console, columns: Sequence[Column]) -> tuple[list[int] | None, bool]:
    """Return the widths of the columns on this console, and whether lines stand between them."""
    widths = widths_within(columns, console.width - FRAME * len(columns) - 1)
    if widths is not None:
        return widths, True
    return widths_within(columns, console.width - NARROW_FRAME * (len(columns) - 1)), False


def widths_within(columns: Sequence[Column], room: int) -> list[int] | None:
    """Return the width of each column within the room, the least first; None if they do not fit."""
    widths = [column.least for column in columns]
    left = room - sum(widths)
    if left < 0:
        return None
    # Those that want least are given it first, so that a long text takes what is left and not all of it.
    waiting = sorted(range(len(columns)), key=lambda place: columns[place].wanted - columns[place].least)
    for done, place in enumerate(waiting):
        given = min(columns[place].wanted - columns[place].least, left // (len(waiting) - done))
        widths[place] += given
        left -= given
    return widths


def _column(name: str, cells: list[str], is_number: bool) -> Column:
    header = max((cell_len(word) for word in name.split()), default=0)
    longest = max((cell_len(line) for cell in cells for line in cell.splitlines()), default=0)
    if is_number or (any(cells) and all(FIGURE.fullmatch(cell) for cell in cells)):
        return Column(name, True, max(header, longest), max(cell_len(name), longest))
    words = (word for cell in cells for word in cell.split())
    word = max((cell_len(word) if _is_whole(word) else min(cell_len(word), LONGEST_WORD) for word in words), default=0)
    return Column(name, False, max(header, word, min(longest, LEAST_TEXT)), max(cell_len(name), longest))


def _is_whole(word: str) -> bool:
    return FIGURE.fullmatch(word) is not None


def _lines(row: Sequence[str], widths: Sequence[int]) -> int:
    return max((-(-cell_len(cell) // max(width, 1)) for cell, width in zip(row, widths, strict=True)), default=0)


def _print_table(console: Console, columns: Sequence[Column], cells: Sequence[Sequence[str]], title: str) -> None:
    widths, has_lines = _widths(console, columns)
    table = Table(title=escape(title) or None, title_justify="left", header_style="bold")
    if not has_lines:
        table.box, table.padding, table.pad_edge = None, (0, NARROW_FRAME, 0, 0), False
        table.collapse_padding = True
    for column, width in zip(columns, widths or (), strict=True):
        justify: JustifyMethod = "right" if column.is_figure else "left"
        table.add_column(escape(column.name), justify=justify, width=width, overflow="fold")
    for row in cells:
        table.add_row(*map(escape, row))
    console.print(table)


def _print_stacked(console: Console, columns: Sequence[Column], cells: Sequence[Sequence[str]], title: str) -> None:
    """Print one block a row: each label with its value beside it, long values wrapped under themselves."""
    if title:
        console.print(f"[italic]{escape(title)}[/]")
    widest = max((cell_len(column.name) for column in columns), default=0)
    room = max(console.width - widest - 3, console.width // 2)
    rule = ("-" if console.options.ascii_only else "─") * console.width
    indent = " " * (widest + 3)
    labels = [f"{column.name}:".ljust(len(indent) - cell_len(column.name) + len(column.name)) for column in columns]
    # Text as it is: a library's own layout takes a millisecond a cell, and a query may give a hundred thousand.
    for row in cells:
        for label, cell in zip(labels, row, strict=True):
            lines = [line for part in cell.splitlines() for line in wrap(part, room)] or [""]
            console.file.write(label + f"\n{indent}".join(lines) + "\n")
        console.file.write(rule + "\n")
