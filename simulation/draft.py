"""A list before it is written: lines that know where they come from, cells as programs store them, and its bytes."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from etl.cells.sheet import Cell, Sheet, as_text
from etl.layout.declared import Layout, Match
from warehouse.region import Region

Range = tuple[int, int, int, int]
_CREATED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class ErrorCell:
    """A cell whose formula failed, as Excel shows it: `#REF!`."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula whose value is not stored."""

    text: str


@dataclass(frozen=True)
class Share:
    """A number that is shown as a percentage."""

    number: float


Value = str | float | date | ErrorCell | Formula | Share | None


@dataclass
class Line:
    """One line of a page; `source` is the row of the undamaged file that it comes from, None where it is no data."""

    cells: list[Value]
    source: int | None = None


@dataclass
class Page:
    """One sheet as it will be written; places are counted from 0."""

    name: str
    lines: list[Line]
    merged: list[Range] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    """places of lines that are not shown"""
    far: list[tuple[int, int, str]] = field(default_factory=list)
    """stray cells: line, column, text"""


@dataclass(frozen=True)
class Dialect:
    """How a text file is written."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    first_line: str = ""
    quotes_all: bool = False


@dataclass(frozen=True)
class Original:
    """An undamaged list and its truth; only rows that are right throughout are kept."""

    layout: Layout
    file_format: str
    sheet_name: str
    rows: Sequence[Sequence[Cell]]
    header_row: int
    columns: dict[str, int]
    levels: dict[str, int]
    truth: dict[int, dict[str, Any]]
    """row number -> canonical field -> value"""
    region: Region
    edition: int


@dataclass
class Draft:
    """A list that is being damaged."""

    original: Original
    pages: list[Page]
    header: int
    """place of the header on the first page"""
    columns: dict[str, int]
    """canonical field -> column that is read for it, as it stands now"""
    levels: dict[str, int]
    file_format: str
    dialect: Dialect = Dialect()
    absent: set[str] = field(default_factory=set)
    """fields whose column was taken away"""
    is_elsewhere: bool = False
    """whether the file says itself that it is of another region or year"""

    @property
    def page(self) -> Page:
        """The first page."""
        return self.pages[0]

    @property
    def headers(self) -> list[Value]:
        """The cells of the header."""
        return self.page.lines[self.header].cells

    @property
    def data(self) -> list[Line]:
        """The lines of data of the first page."""
        return [line for line in self.page.lines if line.source is not None]

    def column_cells(self, name: str) -> list[Value]:
        """Return the cells of a field in the lines of data."""
        return [line.cells[self.columns[name]] for line in self.data]

    def set_data(self, lines: list[Line]) -> None:
        """Put other lines below the header in place of those that stand there."""
        self.page.lines[self.header + 1 :] = lines

    def take_away(self, column: int) -> None:
        """Take a column away from every line; what was read from it is gone."""
        for line in self.page.lines[self.header :]:
            del line.cells[column]
        self.columns = _without(self.columns, column)
        self.levels = _without(self.levels, column)

    def put_in(self, column: int, header: str, cells: Sequence[Value]) -> None:
        """Put a column before another one."""
        self.headers.insert(column, header)
        for line, cell in zip(self.data, cells, strict=True):
            line.cells.insert(column, cell)
        self.columns = {name: place + (place >= column) for name, place in self.columns.items()}
        self.levels = {name: place + (place >= column) for name, place in self.levels.items()}

    def places(self) -> dict[tuple[str, int], int]:
        """Return the row of the undamaged file of each row of data: sheet and row number -> row number."""
        single = {"csv": "csv", "html": "table 1"}.get(self.file_format)
        return {
            (single or page.name, number): line.source
            for page in self.pages
            for number, line in enumerate(page.lines, start=1)
            if line.source is not None
        }

    def content(self) -> bytes:
        """Return the file; the same bytes at every run."""
        writers: dict[str, Callable[[Draft], bytes]] = {"csv": _csv, "html": _html}
        return writers.get(self.file_format, _workbook)(self)


def _without(columns: dict[str, int], gone: int) -> dict[str, int]:
    return {name: place - (place > gone) for name, place in columns.items() if place != gone}


def original_of(
    match: Match,
    sheets: Sequence[Sheet],
    file_format: str,
    truth: dict[int, dict[str, Any]],
    region: Region,
    edition: int,
) -> Original:
    """Return an undamaged file as it was recognised, with the truth of the rows that are right throughout."""
    sheet = next(sheet for sheet in sheets if sheet.name == match.sheet.name)
    return Original(
        match.layout,
        file_format,
        sheet.name,
        sheet.rows,
        match.header_row,
        dict(match.columns),
        {**match.levels, **{f"document {number}": place for number, place in match.documents.items()}},
        truth,
        region,
        edition,
    )


def draft_of(original: Original) -> Draft:
    """Return the titles, the header and the rows of data that are right throughout, to be damaged."""
    width = max(len(original.rows[original.header_row - 1]), max(map(len, original.rows), default=0))
    above = [Line(list(row)) for row in original.rows[: original.header_row]]
    data = [Line([*original.rows[number - 1]], number) for number in sorted(original.truth)]
    for line in [above[-1], *data]:
        line.cells += [None] * (width - len(line.cells))
    for line in above[:-1]:
        texts = list(dict.fromkeys(cell for cell in line.cells if cell is not None))
        line.cells = [
            re.sub(r"Total Data: \d+", f"Total Data: {len(data)}", text) if isinstance(text, str) else text
            for text in texts
        ]
    page = Page(original.sheet_name, [*above, *data])
    columns, levels = dict(original.columns), dict(original.levels)
    return Draft(original, [page], original.header_row - 1, columns, levels, original.file_format)


def _workbook(draft: Draft) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": "Data simulasi", "created": _CREATED})
        formats = {name: workbook.add_format({"num_format": text}) for name, text in _FORMATS.items()}
        for page in draft.pages:
            sheet = workbook.add_worksheet(page.name)
            for span in page.merged:
                sheet.merge_range(*span, "")
            for place, line in enumerate(page.lines):
                for column, cell in enumerate(line.cells):
                    _write(sheet, place, column, cell, formats)
            for place in page.hidden:
                sheet.set_row(place, None, None, {"hidden": True})
            for place, column, text in page.far:
                sheet.write_string(place, column, text)
    return stream.getvalue()


_FORMATS = {"day": "yyyy-mm-dd", "share": "0%"}


def _write(sheet: Any, place: int, column: int, cell: Value, formats: dict[str, Any]) -> None:
    if isinstance(cell, ErrorCell):
        sheet.write_formula(place, column, "=1/0", None, cell.text)
    elif isinstance(cell, Formula):
        sheet.write_formula(place, column, cell.text, None, "")
    elif isinstance(cell, Share):
        sheet.write_number(place, column, cell.number, formats["share"])
    elif isinstance(cell, date):
        sheet.write_datetime(place, column, cell, formats["day"])
    elif isinstance(cell, int | float):
        sheet.write_number(place, column, cell)
    elif cell:
        sheet.write_string(place, column, cell)


def _csv(draft: Draft) -> bytes:
    dialect = draft.dialect
    stream = io.StringIO(newline="")
    is_quoted = dialect.quotes_all
    writer = csv.writer(stream, delimiter=dialect.delimiter, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL)
    for line in draft.page.lines:
        # Cells that are written bare are joined as they are: a decimal comma that nobody has quoted.
        if any(isinstance(cell, Bare) for cell in line.cells):
            stream.write(dialect.delimiter.join(map(shown, line.cells)) + "\r\n")
        else:
            writer.writerow(map(shown, line.cells))
    return (dialect.first_line + stream.getvalue()).encode(dialect.encoding)


class Bare(str):
    """A text that is written without the quotation marks that it needs."""

    __slots__ = ()


def shown(cell: Value) -> str:
    """Return a cell as a program shows it."""
    if isinstance(cell, ErrorCell | Formula):
        return cell.text
    return f"{cell.number * 100:g}%" if isinstance(cell, Share) else as_text(cell)


def _html(draft: Draft) -> bytes:
    """A table in which merged cells span rows and columns."""
    page = draft.page
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in page.merged}
    covered = {
        (row, column)
        for top, left, bottom, right in page.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    } - spans.keys()
    written = ['<html><head><meta charset="utf-8"></head><body><table border="1">']
    for place, line in enumerate(page.lines):
        written.append("<tr>")
        for column, cell in enumerate(line.cells):
            if (place, column) not in covered:
                rows, columns = spans.get((place, column), (1, 1))
                text = html.escape(shown(cell)).replace("\n", "<br>")
                written.append(f'<td rowspan="{rows}" colspan="{columns}">{text}</td>')
        written.append("</tr>")
    return "\n".join([*written, "</table></body></html>", ""]).encode()
