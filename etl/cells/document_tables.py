"""The tables of a Word document as sheets: an office often pastes its list into a letter."""

from __future__ import annotations

import lxml.etree

from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells
from etl.cells.xml_text import parsed_xml


def read_document(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the tables of the main part of a document; a table in a cell is the text of that cell.

    Raises UnreadableFile where there is none.
    """
    try:
        root = parsed_xml(content)
    except (lxml.etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile.because("xml_damaged", reason=str(error)) from error
    tables = [table for table in root.iter("{*}tbl") if next(table.iterancestors("{*}tbl"), None) is None]
    if not tables:
        raise UnreadableFile.because("letter")
    return [_table(f"table {number}", table, limits) for number, table in enumerate(tables, start=1)]


def _table(name: str, table: lxml.etree._Element, limits: Limits) -> Sheet:
    rows: list[list[Cell]] = []
    merged: list[tuple[int, int, int, int]] = []
    open_down: dict[int, tuple[int, int]] = {}
    laid_out = 0
    for line in table.iterchildren("{*}tr"):
        row: list[Cell] = [None] * _property(line, "trPr", "gridBefore", 0)
        for cell in line.iter("{*}tc"):
            if next(cell.iterancestors("{*}tc"), None) is not next(line.iterancestors("{*}tc"), None):
                continue
            column, width = len(row), max(1, _property(cell, "tcPr", "gridSpan", 1))
            if column + width > limits.max_columns:
                raise UnreadableFile.because("too_many_columns", sheet=name, columns=column + width)
            is_below = _goes_on(cell)
            if is_below is True and column in open_down:
                merged[open_down[column][0]] = (*merged[open_down[column][0]][:2], len(rows), open_down[column][1])
            else:
                open_down.pop(column, None)
                if is_below is False or width > 1:
                    open_down[column] = (len(merged), column + width - 1)
                    merged.append((len(rows), column, len(rows), column + width - 1))
            text = "" if is_below else _text(cell)
            row += [text or None, *[None] * (width - 1)]
        rows.append(row)
        laid_out += len(row)
        if laid_out > limits.max_cells or len(rows) > limits.max_rows:
            raise too_many_cells(laid_out)
    return Sheet(name, rows, merged=tuple(one for one in merged if one[:2] != one[2:]))


def _goes_on(cell: lxml.etree._Element) -> bool | None:
    """Whether a cell goes on from the one above it; False where it begins what goes on, None where neither."""
    mark = cell.find("{*}tcPr/{*}vMerge")
    if mark is None:
        return None
    return not any(value == "restart" for value in mark.attrib.values())


def _property(element: lxml.etree._Element, part: str, name: str, default: int) -> int:
    found = element.find(f"{{*}}{part}/{{*}}{name}")
    text = next((str(value) for value in found.attrib.values()), "") if found is not None else ""
    return min(int(text), 10_000) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _text(cell: lxml.etree._Element) -> str:
    lines = []
    for paragraph in cell.iter("{*}p"):
        pieces = []
        for inner in paragraph.iter("{*}t", "{*}tab", "{*}br", "{*}noBreakHyphen"):
            local = lxml.etree.QName(inner).localname
            pieces.append({"tab": " ", "br": "\n", "noBreakHyphen": "-"}.get(local, str(inner.text or "")))
        lines.append("".join(pieces).strip())
    return "\n".join(line for line in lines if line)
