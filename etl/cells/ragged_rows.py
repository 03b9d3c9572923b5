"""Rows of a text file with more or fewer cells than their header, and a file that ends in the middle of a row.

An unquoted decimal comma makes a row longer, a lost delimiter or a cut makes it shorter: each cell behind it then
stands under another header, so that none of the row is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from etl.cells.sheets import Cell, Sheet, as_text

RULE = "row_ragged"
CUT = "possibly_cut"
"""The last row of a file without a line end, whose last cell may be the beginning of a longer one."""


def ragged_rows(sheet: Sheet, header_row: int, read: Iterable[int]) -> dict[int, dict[str, str]]:
    """Return the rows below the header whose cells do not fit it, each with the arguments of its words.

    Empty cells beyond the header, and missing ones of columns that are empty in every whole row, do no harm: programs
    write or leave them out at will. Where a row is longer than its header and bears two numbers that may be one with a
    decimal comma, an empty last cell proves nothing. `read` are the columns that the layout reads: a row in which none
    of them is filled is a note.
    """
    below = sheet.rows[header_row:]
    width = _filled_width(sheet.rows[header_row - 1])
    columns = frozenset(read)
    used = max((_filled_width(row[:width]) for row in below), default=0)
    found = {}
    for number, row in enumerate(below, start=header_row + 1):
        is_longer = len(row) > len(sheet.rows[header_row - 1]) and _may_be_split(row)
        if len(row) >= used and not any(cell is not None for cell in row[width:]) and not is_longer:
            continue
        if sum(index in columns for index, cell in enumerate(row) if cell is not None) < 2:
            continue
        found[number] = {"cells": str(len(row)), "expected": str(width), "text": " | ".join(map(as_text, row))[:500]}
    return found


def _may_be_split(row: Sequence[Cell]) -> bool:
    """Whether a number is followed by one or two digits, as where the decimal comma of `43,50` parts two cells."""
    texts = [as_text(cell).strip() for cell in row]
    return any(number.isdecimal() and part.isdecimal() and len(part) <= 2 for number, part in pairwise(texts))


def _filled_width(row: Sequence[Cell]) -> int:
    """How many cells a row has up to its last filled one."""
    return max((place for place, cell in enumerate(row, start=1) if cell is not None), default=0)


def has_open_end(content: bytes) -> bool:
    """Return whether a text file ends without a line end, although its other lines have one."""
    end = content.rstrip(b"\x00 \t")
    return end[-1:] not in (b"\r", b"\n", b"\x1a") and (b"\n" in end or b"\r" in end)


def is_cut(sheet: Sheet, header_row: int) -> bool | None:
    """Return whether the last row of a file with an open end was cut: True, False, or None where nothing says it.

    It was cut where it has fewer cells than the others, or where its last cell is shorter than all others of the column
    are written: fewer decimals, or the beginning of a word that the others bear.
    """
    rows = [row for row in sheet.rows[header_row:] if any(cell is not None for cell in row)]
    if len(rows) < 2:
        return None
    last, others = rows[-1], rows[:-1]
    if len(last) < min(map(len, others)):
        return True
    place = len(last) - 1
    if last[place] is None:
        return False
    text = as_text(last[place]).strip()
    texts = [as_text(row[place]).strip() for row in others if place < len(row) and row[place] is not None]
    if re.fullmatch(r"[\d.,]+", text):
        return _is_cut_number(text, texts)
    return any(other != text and other.startswith(text) for other in texts) and text not in texts


def _is_cut_number(text: str, others: Sequence[str]) -> bool | None:
    """Return whether a number has fewer decimals than all others; None where they do not all have the same."""
    decimals = {_decimals(other) for other in others}
    if len(decimals) != 1 or decimals == {0}:
        return None
    return _decimals(text) < next(iter(decimals))


def _decimals(text: str) -> int:
    found = re.fullmatch(r"\d*[.,](\d*)", text)
    return len(found[1]) if found else 0
