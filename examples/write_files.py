"""Exports and templates as bytes, the same bytes at every run."""

from __future__ import annotations

import html
import io
from datetime import UTC, datetime

import xlsxwriter
from city_exports import Export, Row
from city_templates import HEADER_ROW, Template

# A workbook carries the moment of its making; a fixed one keeps the bytes equal from run to run.
_CREATED = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def html_bytes(export: Export) -> bytes:
    """An HTML table with merged title rows, a blank row and the header: what portals call .xls."""
    width = len(export.header)
    lines = ['<html><head><meta charset="utf-8"></head><body>', '<table border="1">']
    lines += [f'<tr><td colspan="{width}">{html.escape(title)}</td></tr>' for title in export.title_rows]
    lines.append(f'<tr><td colspan="{width}"></td></tr>')
    lines.append(_html_row("th", list(export.header)))
    lines += [_html_row("td", row) for row in export.rows]
    lines += ["</table>", "</body></html>", ""]
    return "\n".join(lines).encode()


def _html_row(tag: str, cells: Row) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"


def export_bytes(export: Export) -> bytes:
    """An export as .xlsx (header in row 1) or, with title rows, as HTML."""
    if export.title_rows:
        return html_bytes(export)
    stream = io.BytesIO()
    with _workbook(stream) as workbook:
        sheet = workbook.add_worksheet(export.sheet)
        bold = workbook.add_format({"bold": True, "text_wrap": True})
        _write_row(sheet, 0, list(export.header), bold)
        for position, row in enumerate(export.rows):
            _write_row(sheet, export.row_number(position) - 1, row)
        sheet.freeze_panes(1, 3)
        sheet.set_column(1, 2, 40)
    return stream.getvalue()


def template_bytes(template: Template) -> bytes:
    """A template workbook with title, how to fill, header in row 4, and drop-downs."""
    stream = io.BytesIO()
    with _workbook(stream) as workbook:
        sheet = workbook.add_worksheet(template.sheet)
        bold = workbook.add_format({"bold": True, "text_wrap": True})
        sheet.write_string(0, 0, template.title, workbook.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, template.how_to_fill)
        _write_row(sheet, HEADER_ROW - 1, list(template.header), bold)
        for position, row in enumerate(template.rows):
            _write_row(sheet, HEADER_ROW + position, row)
        last = HEADER_ROW + len(template.rows) - 1
        for column, choices in template.choices.items():
            sheet.data_validation(HEADER_ROW, column, last, column, {"validate": "list", "source": choices})
        sheet.freeze_panes(HEADER_ROW, 2)
        sheet.set_column(1, 2, 40)
    return stream.getvalue()


def _workbook(stream: io.BytesIO) -> xlsxwriter.Workbook:
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    workbook.set_properties({"title": "Data simulasi", "comments": "Data simulasi IGA Workbench", "created": _CREATED})
    return workbook


def _write_row(sheet: xlsxwriter.worksheet.Worksheet, place: int, row: Row, style: object = None) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(place, column, cell, style)
        elif cell:
            # Text is written as text: a title that begins with "=" is no formula.
            sheet.write_string(place, column, cell, style)
