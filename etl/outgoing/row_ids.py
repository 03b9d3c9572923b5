"""The id of each row of a workbook that goes back to its sender: written in a hidden column, taken out when it returns.

A row may then be sorted, moved to another sheet or workbook, or saved by another program, and is still known. The id
names the file and the row that it was read from, and ends in a check code, so that a changed one is noticed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from etl.cells.sheets import Cell, Sheet
from etl.values.canonical_rows import source_id_of

HEAD = "IGA-"
KEPT_OF_HASH = 16
"""Digits of the file's hash that an id begins with."""
_ID = re.compile(re.escape(HEAD) + r"([0-9a-f]{16})-([0-9a-f]{16})-([0-9a-f]{4})")
_LOOKED_AT = 40  # rows of a sheet among which an id stands, if the sheet has any
_SCHEMA = {"sheet": pl.String, "row_number": pl.Int64, "file": pl.String, "source_id": pl.String}


def row_id(file_sha256: str, sheet: str, row_number: int) -> str:
    """Return the id of a row of a received file, as its hidden cell holds it."""
    file, row = file_sha256[:KEPT_OF_HASH], source_id_of(file_sha256, sheet, row_number)
    return f"{HEAD}{file}-{row}-{_check_code(file, row)}"


def _check_code(file: str, row: str) -> str:
    return hashlib.sha256(f"kembali|{file}|{row}".encode()).hexdigest()[:4]


def without_row_ids(sheets: Sequence[Sheet], *, is_searched: bool = False) -> tuple[list[Sheet], pl.DataFrame]:
    """Return the sheets without the ids of rows, and the ids: sheet, row_number, file, source_id.

    `file` is the beginning of the hash of the file that went back. Both are null where the id was changed. Sheets
    without an id among their first rows are left as they are, unless the whole of them `is_searched`.
    """
    kept, found = [], []
    for sheet in sheets:
        columns = sorted({place for row in sheet.rows[: None if is_searched else _LOOKED_AT] for place in _places(row)})
        if not columns:
            kept.append(sheet)
            continue
        rows, ids = _taken_out(sheet, columns)
        kept.append(replace(sheet, rows=rows, below={}))
        found += ids
    return kept, pl.DataFrame(found, schema=_SCHEMA, orient="row") if found else pl.DataFrame()


def _places(row: Sequence[Cell]) -> list[int]:
    return [place for place, cell in enumerate(row) if isinstance(cell, str) and cell.startswith(HEAD) and _is_id(cell)]


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text.strip()) is not None


def _taken_out(
    sheet: Sheet, columns: Sequence[int]
) -> tuple[list[list[Cell]], list[tuple[str, int, str | None, str | None]]]:
    ids: list[tuple[str, int, str | None, str | None]] = []
    rows = [list(row) for row in sheet.rows]
    for number, row in enumerate(rows, start=1):
        for column in columns:
            cell = row[column] if column < len(row) else None
            if isinstance(cell, str) and cell.strip().startswith(HEAD):
                ids.append((sheet.name, number, *_parts(cell)))
                row[column] = None
    # Only an empty column at the right end goes: in front of others it would move them.
    for column in reversed(columns):
        is_last = all(len(row) <= column + 1 for row in rows)
        if is_last and all(len(row) <= column or row[column] is None for row in rows):
            rows = [row[:column] for row in rows]
    return rows, ids


def _parts(text: str) -> tuple[str | None, str | None]:
    """File and row of an id; nothing of one that was changed."""
    found = _ID.fullmatch(text.strip())
    if found is None or _check_code(found[1], found[2]) != found[3]:
        return None, None
    return found[1], found[2]


def file_of(ids: pl.DataFrame) -> str | None:
    """Return the beginning of the hash of the file that most ids name; None where there is none."""
    if ids.is_empty() or ids["file"].null_count() == ids.height:
        return None
    return str(ids["file"].drop_nulls().value_counts().sort("count", "file", descending=[True, False])["file"][0])
