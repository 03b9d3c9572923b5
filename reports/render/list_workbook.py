"""Lists as Excel workbooks that people take along: one sheet per list, texts as texts, never as formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import polars as pl

from warehouse.keeping.personal_data import masked_frame
from warehouse.language import Language

LONGEST_NAME = 31


def write_workbook(
    path: Path | IO[bytes],
    sheets: Mapping[str, pl.DataFrame],
    language: Language,
    headers: Mapping[str, str],
    notes: list[str],
) -> None:
    """Write each frame to a sheet of its name, with translated headings; `notes` stand on a first sheet.

    A text that begins like a formula stays a text, and personal data in texts is masked. Sheet names are cut and made
    distinct as Excel asks for.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path) if isinstance(path, Path) else path, options) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        first = book.add_worksheet(language("About"))
        first.set_column(0, 0, 110, wrapped)
        for row, note in enumerate(notes):
            first.write_string(row, 0, note)
        used = {language("About").casefold()}
        for title, frame in sheets.items():
            sheet = book.add_worksheet(sheet_name(title, used))
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(frame.columns):
                sheet.write_string(0, column, language(headers.get(name, name)), bold)
                sheet.set_column(column, column, _width(frame[name]), wrapped)
            for row, values in enumerate(masked_frame(frame).iter_rows(), start=1):
                for column, value in enumerate(values):
                    _write(sheet, row, column, value, day)
            if frame.height:
                sheet.autofilter(0, 0, frame.height, frame.width - 1)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value))


def _width(values: pl.Series) -> int:
    longest = max((len(text) for text in values.cast(pl.String).drop_nulls()), default=0)
    return min(50, max(12, longest + 2))


def sheet_name(title: str, used: set[str]) -> str:
    """A sheet name that Excel takes: no []:*?/\\, no longer than 31 characters, not used yet."""
    clean = re.sub(r"[\[\]:*?/\\']", " ", title).strip() or "-"
    name, number = clean[:LONGEST_NAME], 2
    while name.casefold() in used:
        suffix = f" {number}"
        name, number = clean[: LONGEST_NAME - len(suffix)] + suffix, number + 1
    used.add(name.casefold())
    return name
