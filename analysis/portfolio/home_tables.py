"""The CSV files of a home's portfolio as people keep them: other headings, Excel's marks, odd cells, broken rows.

A row is shown with what can be read of it. What cannot is told as a fault with file, row, column and next step.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from iga.errors import Sentence
from iga.portfolio.spellings import spelling_key
from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted

FOLDER = "portfolio"
HOME_TABLES: dict[str, tuple[str, ...]] = {
    "awards": ("year", "scheme", "title", "result", "score", "source"),
    "programmes": ("code", "programme", "affair_codes", "keywords", "titles"),
    "idsd": ("region_code", "year", "score", "source"),
    "replications": (
        "replicator", "origin", "innovation", "interest_letter_number", "interest_letter_date", "mou_number",
        "mou_date", "start_date", "proof_file", "note",
    ),
}  # fmt: skip
"""The files of the home, with their columns; several values in a cell are parted by `|`."""

DELIMITERS = (",", ";", "\t")
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
YEAR = re.compile(r"([12]\d{3})(?:[.,]0+)?")
FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST = Decimal(10) ** 9
FAULTS: dict[str, Any] = {
    "file": pl.String, "row": pl.Int64, "column": pl.String, "cell": pl.String, "problem": pl.String,
}  # fmt: skip


class PortfolioInvalid(WorkbenchError):
    """A file of the portfolio is no table, or lacks a column without which its rows say nothing."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Fault:
    """What could not be read: where, the cell as written, and the code of the problem and its next step."""

    file: str
    row: int
    column: str | None
    cell: str | None
    problem: str


@dataclass(frozen=True)
class HomeRow:
    """One row of a file, by our own names of its columns; an empty cell is None."""

    file: str
    number: int
    cells: dict[str, str | None]

    def fault(self, column: str | None, problem: str) -> Fault:
        """Return a fault of a cell of the row, or of the whole row where no column is named."""
        return Fault(self.file, self.number, column, self.cells.get(column) if column else None, problem)


@dataclass(frozen=True)
class HomeTable:
    """The rows of a file that say something, and the faults of the others."""

    rows: tuple[HomeRow, ...] = ()
    faults: tuple[Fault, ...] = ()


@cache
def _spellings() -> dict[str, dict[str, Any]]:
    text = files("warehouse").joinpath("reference", FOLDER, "columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def needed_columns(name: str) -> tuple[str, ...]:
    """Return the columns without which a file of that name cannot be read."""
    return tuple(_spellings()[name]["needed"])


def read_home_table(home: Home, name: str, stem: str) -> HomeTable:
    """Return the rows of `<home>/portfolio/<stem>.csv`; none without the file.

    Raises PortfolioInvalid for what is no table of text, or lacks a needed column, naming both.
    """
    path = noted(home, home.root / FOLDER / f"{stem}.csv")
    if not path.is_file():
        return HomeTable()
    try:
        lines = _lines(path.read_bytes())
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise invalid(path, reason_of(error), HOME_TABLES[name]) from error
    if not lines:
        return HomeTable()
    places = _places(name, lines[0][1])
    if missing := [column for column in needed_columns(name) if column not in places]:
        reason = Sentence("columns that are missing: {columns}", columns=", ".join(missing))
        raise invalid(path, reason, HOME_TABLES[name])
    rows: list[HomeRow] = []
    faults: list[Fault] = []
    for number, cells in lines[1:]:
        told = {
            column: (cells[place].strip() or None) if place < len(cells) else None for column, place in places.items()
        }
        row = HomeRow(path.name, number, dict.fromkeys(HOME_TABLES[name]) | told)
        if not any(told.values()):
            faults.append(row.fault(None, "nothing_known"))
            continue
        rows.append(row)
        if any(cell.strip() for cell in cells[len(lines[0][1]) :]):
            faults.append(row.fault(None, "more_cells"))
    return HomeTable(tuple(rows), tuple(faults))


def invalid(path: Path, reason: Sentence, columns: Sequence[str]) -> PortfolioInvalid:
    """Return the error of a file that cannot be used at all."""
    return PortfolioInvalid(
        "A file of the portfolio cannot be used: {reason}",
        next_step="columns: {columns}",
        place=str(path),
        reason=reason,
        columns=", ".join(columns),
    )


def _places(name: str, header: Sequence[str]) -> dict[str, int]:
    """Return where each column stands, our own names before other spellings, the first of several."""
    keys = [spelling_key(text) for text in header]
    found: dict[str, int] = {}
    for is_own in (True, False):
        for column in HOME_TABLES[name]:
            names = [column] if is_own else _spellings()[name].get(column, [])
            place = next((keys.index(key) for key in map(spelling_key, names) if key in keys), None)
            if column not in found and place is not None and place not in found.values():
                found[column] = place
    return found


def _lines(content: bytes) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV with their numbers as an office program shows them, rows without any cell left out."""
    text = _decoded(content)
    stated = re.match(r"sep=([,;\t])\r?\n", text, re.IGNORECASE)
    start = 0
    if stated:
        text, start = text[stated.end() :], 1
    head = next((line for line in text.splitlines() if line.strip(" \t,;")), "")
    delimiter = stated[1] if stated else max(DELIMITERS, key=head.count)
    read = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    return [
        (number, cells) for number, cells in enumerate(read, start=start + 1) if any(cell.strip() for cell in cells)
    ]


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def year_in(row: HomeRow, column: str, faults: list[Fault]) -> int | None:
    """Return the year of a cell; None where it is none or more than one ("2021/2022"), which is told."""
    text = row.cells[column]
    if text is None:
        return None
    found = YEAR.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        faults.append(row.fault(column, "not_a_year"))
        return None
    return int(found[1])


def number_in(row: HomeRow, column: str, faults: list[Fault]) -> Decimal | None:
    """Return the number of a cell with a decimal comma or dot; None where it is none, which is told."""
    text = row.cells[column]
    if text is None or text == "-":
        return None
    plain = text.replace(" ", "")
    if "," in plain and "." in plain:
        last = max(plain.rfind(","), plain.rfind("."))
        plain = re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :]
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= MOST:
        faults.append(row.fault(column, "not_a_number"))
        return None
    return value


def day_in(row: HomeRow, column: str, faults: list[Fault]) -> date | None:
    """Return the day of a cell as an Indonesian office program writes it; None where it is none, which is told."""
    text = row.cells[column]
    if text is None or text == "-":
        return None
    plain = MIDNIGHT.sub("", text)
    for written in DAYS:
        try:
            return datetime.strptime(plain, written).date()  # noqa: DTZ007
        except ValueError:
            continue
    faults.append(row.fault(column, "not_a_day"))
    return None


def fault_frame(faults: Iterable[Fault]) -> pl.DataFrame:
    """Return faults as a list, each once, in the order of files and rows."""
    told = sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.row, fault.column or ""))
    return pl.DataFrame([vars(fault) for fault in told], schema=FAULTS)
