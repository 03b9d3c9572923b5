"""Spreadsheets that are one XML text: XML Spreadsheet 2003, and the tables of OpenDocument (ODS, FODS)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import lxml.etree

from etl.cells.sheet import Cell, Percent, Sheet, Uncomputed
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells
from etl.cells.xml_text import parsed_xml

_LEAST_REPEAT = 1_000
"""An empty row or cell that stands for more of its kind than this is the rest of the sheet."""


class _Grid:
    """Rows of cells that are put at their places, within the limits."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self.rows: list[list[Cell]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.cells = 0

    def put(self, row: int, column: int, cell: Cell) -> None:
        if cell is None:
            return
        if column >= self.limits.max_columns:
            raise UnreadableFile.because("too_many_columns", sheet=self.name, columns=column + 1)
        if row >= self.limits.max_rows:
            raise too_many_cells((row + 1) * (column + 1))
        self.rows += [[] for _ in range(row + 1 - len(self.rows))]
        line = self.rows[row]
        self.cells += column + 1 - len(line)
        if self.cells > self.limits.max_cells:
            raise too_many_cells(self.cells)
        line += [None] * (column - len(line))
        line.append(cell)

    def sheet(self, *, is_hidden: bool = False) -> Sheet:
        width = max(map(len, self.rows), default=0)
        if width * len(self.rows) > self.limits.max_cells:
            raise too_many_cells(width * len(self.rows))
        for row in self.rows:
            row.extend([None] * (width - len(row)))
        last_row, last_column = len(self.rows) - 1, width - 1
        merged = [
            (top, left, min(bottom, last_row), min(right, last_column))
            for top, left, bottom, right in self.merged
            if top <= last_row and left <= last_column
        ]
        return Sheet(
            self.name, self.rows, is_hidden, tuple(merged), frozenset(self.hidden_rows), frozenset(self.hidden_columns)
        )


def read_spreadsheet_xml(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the worksheets of an XML Spreadsheet 2003. Raises UnreadableFile where its XML is damaged."""
    root = _root(content)
    percents = {
        _attribute(style, "ID")
        for style in root.iter("{*}Style")
        for number in style.iterchildren("{*}NumberFormat")
        if "%" in _attribute(number, "Format") or _attribute(number, "Format") == "Percent"
    }
    return [_worksheet(sheet, percents, limits) for sheet in root.iterchildren("{*}Worksheet")]


def _worksheet(sheet: lxml.etree._Element, percents: set[str], limits: Limits) -> Sheet:
    grid = _Grid(_attribute(sheet, "Name"), limits)
    for table in sheet.iterchildren("{*}Table"):
        place = 0
        for column in table.iterchildren("{*}Column"):
            place = _number(column, "Index", place + 1) - 1
            width = 1 + _number(column, "Span", 0)
            if _attribute(column, "Hidden") == "1":
                grid.hidden_columns |= set(range(place, min(place + width, limits.max_columns)))
            place += width
        row = 0
        for line in table.iterchildren("{*}Row"):
            row = _number(line, "Index", row + 1) - 1
            height = 1 + _number(line, "Span", 0)
            if _attribute(line, "Hidden") == "1":
                grid.hidden_rows |= set(range(row, min(row + height, limits.max_rows)))
            _put_line(grid, row, line, percents)
            row += height
    state = next((str(one.text) for one in sheet.iter("{*}Visible")), "")
    return grid.sheet(is_hidden=state in ("SheetHidden", "SheetVeryHidden"))


def _put_line(grid: _Grid, row: int, line: lxml.etree._Element, percents: set[str]) -> None:
    column = 0
    for cell in line.iterchildren("{*}Cell"):
        column = max(column, _number(cell, "Index", column + 1) - 1)
        across, down = _number(cell, "MergeAcross", 0), _number(cell, "MergeDown", 0)
        if across or down:
            grid.merged.append((row, column, row + down, column + across))
        data = next(cell.iterchildren("{*}Data"), None)
        grid.put(row, column, _typed(cell, data, _attribute(cell, "StyleID") in percents))
        column += 1 + across


def _typed(cell: lxml.etree._Element, data: lxml.etree._Element | None, is_percent: bool) -> Cell:
    text = "" if data is None else "".join(map(str, data.itertext()))
    formula = _attribute(cell, "Formula")
    if data is None:
        return Uncomputed(formula) if formula else None
    kind = _attribute(data, "Type")
    if kind == "Number":
        return _share_or_number(text, is_percent)
    if kind == "DateTime":
        return _day(text) or text
    if kind == "Boolean":
        return "TRUE" if text.strip() == "1" else "FALSE"
    return text if text.strip() else None


def read_open_document(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the tables of the content of an OpenDocument spreadsheet. Raises UnreadableFile where it is damaged."""
    root = _root(content)
    hidden = {
        _attribute(style, "name")
        for style in root.iter("{*}style")
        for shown in style.iterchildren("{*}table-properties")
        if _attribute(shown, "display") == "false"
    }
    body = next(root.iter("{*}spreadsheet"), None)
    tables = [] if body is None else list(body.iterchildren("{*}table"))
    return [_open_table(table, _attribute(table, "style-name") in hidden, limits) for table in tables]


def _open_table(table: lxml.etree._Element, is_hidden: bool, limits: Limits) -> Sheet:
    grid = _Grid(_attribute(table, "name"), limits)
    place = 0
    for column in _parts_of(table, "table-column"):
        width = _number(column, "number-columns-repeated", 1)
        if _attribute(column, "visibility") in ("collapse", "filter"):
            grid.hidden_columns |= set(range(place, min(place + width, limits.max_columns)))
        place += width
    row = 0
    for line in _parts_of(table, "table-row"):
        times = _number(line, "number-rows-repeated", 1)
        cells = _open_cells(line, limits)
        if _attribute(line, "visibility") in ("collapse", "filter"):
            grid.hidden_rows |= set(range(row, min(row + times, limits.max_rows)))
        for number in range(row, row + (times if cells else 0)):
            for index, cell in cells:
                grid.put(number, index, cell)
        _put_merged(grid, row, line)
        row += times
    return grid.sheet(is_hidden=is_hidden)


_GROUPS = ("table-header-columns", "table-columns", "table-column-group", "table-header-rows", "table-rows",
           "table-row-group")  # fmt: skip


def _parts_of(table: lxml.etree._Element, name: str) -> Iterator[lxml.etree._Element]:
    """The rows or columns of a table, also where they stand in groups."""
    waiting = list(reversed(list(table.iterchildren("*"))))
    while waiting:
        inner = waiting.pop()
        local = lxml.etree.QName(inner).localname
        if local == name:
            yield inner
        elif local in _GROUPS:
            waiting += reversed(list(inner.iterchildren("*")))


def _open_cells(line: lxml.etree._Element, limits: Limits) -> list[tuple[int, Cell]]:
    found: list[tuple[int, Cell]] = []
    column = 0
    for cell in line.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        times = _number(cell, "number-columns-repeated", 1)
        value = _open_value(cell)
        if value is not None:
            found += [(number, value) for number in range(column, column + min(times, limits.max_columns + 1))]
        column += times
    return found


def _put_merged(grid: _Grid, row: int, line: lxml.etree._Element) -> None:
    column = 0
    for cell in line.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        down, across = _number(cell, "number-rows-spanned", 1), _number(cell, "number-columns-spanned", 1)
        if down > 1 or across > 1:
            grid.merged.append((row, column, row + down - 1, column + across - 1))
        column += _number(cell, "number-columns-repeated", 1)


def _open_value(cell: lxml.etree._Element) -> Cell:
    kind = _attribute(cell, "value-type", "office")
    text = "\n".join(_open_text(line) for line in cell.iterchildren("{*}p"))
    if kind in ("float", "currency", "percentage"):
        return _share_or_number(_attribute(cell, "value", "office"), kind == "percentage")
    if kind == "date":
        return _day(_attribute(cell, "date-value", "office")) or text
    if kind == "boolean":
        return _attribute(cell, "boolean-value", "office").upper()
    if not kind and not text and (formula := _attribute(cell, "formula")):
        return Uncomputed(re.sub(r"^\w+:", "", formula))
    stated = _attribute(cell, "string-value", "office")
    return (stated or text) if (stated or text).strip() else None


def _open_text(line: lxml.etree._Element) -> str:
    """The text of a paragraph; a space, a tab and a line break are elements of their own, a note is none of it."""
    text = str(line.text or "")
    for inner in line.iterchildren("*"):
        local = lxml.etree.QName(inner).localname
        if local == "s":
            text += " " * min(_number(inner, "c", 1), _LEAST_REPEAT)
        elif local in ("tab", "line-break"):
            text += "\t" if local == "tab" else "\n"
        elif local not in ("annotation", "ruby-text"):
            text += _open_text(inner)
        text += str(inner.tail or "")
    return text


def _share_or_number(text: str, is_percent: bool) -> Cell:
    try:
        number = float(text)
    except ValueError:
        return text if text.strip() else None
    return Percent.of(number) if is_percent else number


def _day(text: str) -> date | datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    is_day = (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date() if is_day else moment.replace(tzinfo=None)


def _root(content: bytes) -> lxml.etree._Element:
    try:
        return parsed_xml(content)
    except (lxml.etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile.because("xml_damaged", reason=str(error)) from error


def _attribute(element: Any, name: str, prefix: str = "") -> str:
    """An attribute by its local name; of OpenDocument, where two vocabularies share one, by that of `prefix`."""
    for key, value in element.attrib.items():
        space, _, local = str(key).rpartition("}")
        if local == name and (not prefix or f":{prefix}:" in space):
            return str(value)
    return ""


def _number(element: Any, name: str, default: int) -> int:
    text = _attribute(element, name)
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else default
