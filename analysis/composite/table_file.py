"""Reads a person's own table as text: CSV or a sheet of a workbook, every cell with the row and column it stands in."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from iga.errors import Sentence
from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (",", ";", "\t", "|")
_POINT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$")
_COMMA = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?(?:[eE][+-]?\d+)?$")


class OwnFileInvalid(WorkbenchError):
    """A file of an own index cannot be read: which file, sheet, row and column, and what to do."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class TextTable:
    """A table as text: its header, its rows with their numbers in the file (from 1), and where it stands."""

    path: Path
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]

    def place(self, row: int | None = None, column: str | None = None) -> Sentence:
        """Return where something stands: file, sheet, row (a place in `rows`) and column."""
        file = f"{self.path.name} [{self.sheet}]" if self.sheet else self.path.name
        if row is None:
            return (
                Sentence("{file}, column {column}", file=file, column=column)
                if column
                else Sentence("{file}", file=file)
            )
        number = str(self.row_numbers[row])
        if column is None:
            return Sentence("{file}, row {row}", file=file, row=number)
        return Sentence("{file}, row {row}, column {column}", file=file, row=number, column=column)

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of a column. Raises OwnFileInvalid if it is not there."""
        if name not in self.header:
            raise OwnFileInvalid(
                "There is no column {column}",
                next_step="those that exist: {known}",
                place=self.place(),
                column=name,
                known=", ".join(self.header),
            )
        at = self.header.index(name)
        return tuple(row[at] for row in self.rows)


@cache
def file_rules() -> dict[str, Any]:
    """Return `own_files.toml`."""
    text = files("analysis.composite").joinpath("own_files.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_text_table(path: Path, kind: str = "table") -> TextTable:
    """Read a CSV file or a sheet of a workbook; `kind` (`table`, `structure`) says which sheet is meant.

    The first row with a text in it is the header; empty rows are left out, and the others keep their numbers. Encoding
    and delimiter of a CSV file are found by themselves. Raises OwnFileInvalid with the file, and where it is known the
    sheet, row and column: a file that is not there, too large, damaged, empty, or has two columns of one name.
    """
    if not path.is_file():
        raise OwnFileInvalid("There is no file {path}", next_step="check its name and folder", path=path)
    if path.stat().st_size > file_rules()["largest_bytes"]:
        raise OwnFileInvalid(
            "The file is larger than {most} MB",
            next_step="keep one row per unit and one column per indicator",
            place=path.name,
            most=file_rules()["largest_bytes"] // 1_000_000,
        )
    if path.suffix.casefold() in WORKBOOKS:
        sheet, cells = _sheet_of(path, kind)
    else:
        sheet, cells = "", _csv_cells(path)
    return text_table(path, sheet, cells)


def has_sheet(path: Path, kind: str) -> bool:
    """Return whether a workbook has a sheet of this kind by its name."""
    return path.suffix.casefold() in WORKBOOKS and any(_is_of(name, kind) for name in _workbook(path).sheet_names)


def text_table(path: Path, sheet: str, cells: Sequence[Sequence[str]]) -> TextTable:
    """Return the table that rows of cells make; raises as `read_text_table` does."""
    filled = [(number, row) for number, row in enumerate(cells, start=1) if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        raise OwnFileInvalid(
            "There are no rows below the header", next_step="put one row per unit below the header", place=path.name
        )
    header = [cell.strip() for cell in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    rules, width = file_rules(), len(header)
    if len(filled) - 1 > rules["most_rows"] or width > rules["most_columns"]:
        raise OwnFileInvalid(
            "It has {rows} rows and {columns} columns, and at most {most_rows} and {most_columns} are read",
            next_step="keep one row per unit and one column per indicator",
            place=path.name,
            rows=len(filled) - 1,
            columns=width,
            most_rows=rules["most_rows"],
            most_columns=rules["most_columns"],
        )
    numbers = tuple(number for number, _row in filled[1:])
    rows = [[cell.strip() for cell in row] + [""] * (width - len(row)) for _number, row in filled[1:]]
    table = TextTable(path, sheet, tuple(header), tuple(tuple(row[:width]) for row in rows), numbers)
    for place, name in enumerate(header, start=1):
        if not name:
            raise OwnFileInvalid(
                "Column {column} has no heading",
                next_step="name the column, or delete it",
                place=table.place(),
                column=str(place),
            )
        if header.count(name) > 1:
            raise OwnFileInvalid(
                "Two columns are called {column}",
                next_step="give each column a name of its own",
                place=table.place(),
                column=name,
            )
    for at, row in enumerate(rows):
        if any(row[width:]):
            raise OwnFileInvalid(
                "The row has more cells than the header",
                next_step="check delimiters and quotation marks in this row",
                place=table.place(at),
            )
    return table


def numbers_of(table: TextTable, column: str, decimal: str = "") -> list[float | None]:
    """Return a column as numbers, None where a cell has no value.

    `decimal` is the decimal mark, "." or "," (see `decimal_mark`). Without it the mark is found from the column: the
    one under which every cell is a number. Raises OwnFileInvalid naming the cell that is no number, and the column
    whose cells are numbers under both marks but not the same ones (1.234 is a thousand or a little more than one).
    """
    cells = table.column(column)
    missing = set(file_rules()["missing"])
    given = [(row, cell) for row, cell in enumerate(cells) if cell.casefold() not in missing]
    read = {mark: _read(given, mark) for mark in (".", ",") if decimal in ("", mark)}
    whole = {mark: values for mark, values in read.items() if None not in values}
    if len(whole) == 2 and whole["."] != whole[","]:
        row = next(at for (at, _cell), one, other in zip(given, whole["."], whole[","], strict=True) if one != other)
        raise OwnFileInvalid(
            "{cell} is one number with a decimal point and another with a decimal comma",
            next_step="say which mark the file uses: --decimal . or --decimal ,",
            place=table.place(row, column),
            cell=cells[row],
        )
    if not whole:
        mark = min(read, key=lambda one: read[one].count(None))
        row, cell = given[read[mark].index(None)]
        raise OwnFileInvalid(
            "{cell} is no number",
            next_step="correct the cell, or leave it empty where the value is not known",
            place=table.place(row, column),
            cell=cell,
        )
    found: list[float | None] = [None] * len(cells)
    for (row, _cell), value in zip(given, next(iter(whole.values())), strict=True):
        found[row] = value
    return found


def decimal_mark(table: TextTable, columns: Sequence[str]) -> str:
    """Return the decimal mark of a table: the one that columns with a single reading agree on, else "".

    The cells of a workbook are numbers, which are told with a point. A column whose cells are numbers under both marks
    (52.345) follows the others.
    """
    if table.sheet:
        return "."
    missing = set(file_rules()["missing"])
    found = set()
    for column in columns:
        given = [(row, cell) for row, cell in enumerate(table.column(column)) if cell.casefold() not in missing]
        read = {mark: _read(given, mark) for mark in (".", ",")}
        whole = [mark for mark, values in read.items() if None not in values]
        if len(whole) == 1:
            found.add(whole[0])
    return found.pop() if len(found) == 1 else ""


def is_missing(cell: str) -> bool:
    """Return whether a cell says that there is no value."""
    return cell.casefold() in set(file_rules()["missing"])


def _read(cells: list[tuple[int, str]], mark: str) -> list[float | None]:
    values: list[float | None] = []
    for _row, cell in cells:
        text = cell.replace("\u00a0", "").replace(" ", "").replace("−", "-")
        if mark == ".":
            values.append(float(text) if _POINT.match(text) else None)
        else:
            values.append(float(text.replace(".", "").replace(",", ".")) if _COMMA.match(text) else None)
    return values


def _csv_cells(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    text = None
    for encoding in ENCODINGS if data[:2] in (b"\xff\xfe", b"\xfe\xff") else (ENCODINGS[0], ENCODINGS[2]):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise OwnFileInvalid("The file is no text", next_step="save it as CSV (UTF-8) or as .xlsx", place=path.name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise OwnFileInvalid(
            "The file is no CSV: {reason}",
            next_step="check its quotation marks, or save it as .xlsx",
            place=path.name,
            reason=reason_of(error),
        ) from error


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception as error:  # the reader raises its own kinds, of which some are not exported
        raise OwnFileInvalid(
            "The workbook cannot be read: {reason}",
            next_step="open and save it anew, without a password, or save it as CSV",
            place=path.name,
            reason=reason_of(error),
        ) from error


def _is_of(name: str, kind: str) -> bool:
    return name.strip().casefold() in file_rules()["sheets"][kind]


def _sheet_of(path: Path, kind: str) -> tuple[str, list[list[str]]]:
    book = _workbook(path)
    names = list(book.sheet_names)
    name = next((name for name in names if _is_of(name, kind)), names[0])
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return name, [[_told(cell) for cell in row] for row in rows]


def _told(cell: Any) -> str:
    """The text of a cell of a workbook; a whole number without the decimals that the format of workbooks keeps."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)
