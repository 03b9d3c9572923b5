"""The sheets of a workbook, checked before they are read: what it unpacks to, how far its cells reach."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from datetime import date, time, timedelta
from typing import Any

import python_calamine

from etl.cells.parallel_sheet import MOST_BYTES, HalvedSheet, sheet_in_halves
from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells


def read_workbook(content: bytes, limits: Limits) -> list[Sheet]:
    parts = _checked_parts(content, limits) if content.startswith(b"PK") else {}
    try:
        if halved := sheet_in_halves(parts):
            workbook, sheet = halved
            return [_excel_sheet(sheet, meta, limits) for meta in _worksheets(workbook)]
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [_excel_sheet(workbook.get_sheet_by_name(meta.name), meta, limits) for meta in _worksheets(workbook)]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged_workbook(error) from error
    except BaseException as error:
        # A panic of the reader is not an Exception, so that it would end the whole load.
        if type(error).__name__ == "PanicException":
            raise damaged_workbook(error) from error
        raise


def _worksheets(workbook: python_calamine.CalamineWorkbook) -> list[python_calamine.SheetMetadata]:
    return [meta for meta in workbook.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet]


def damaged_workbook(error: BaseException) -> UnreadableFile:
    return UnreadableFile.because(
        "workbook_damaged",
        reason=str(error) or type(error).__name__,
    )


def _checked_parts(content: bytes, limits: Limits) -> dict[str, bytes]:
    """The parts of a workbook by name, or nothing where they are many bytes or one name stands twice.

    Refuses a workbook that unpacks to too much, or whose sheets span more cells than the limit: the reader allocates
    the whole span of a sheet, so one stray cell in the last corner would end the process.
    """
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > limits.max_unpacked_bytes:
                raise UnreadableFile.because(
                    "unpacks_too_large",
                    unpacked=unpacked,
                )
            for member in archive.infolist():
                part = _inflated(content, member)
                if unpacked <= MOST_BYTES:
                    parts[member.filename] = part
                if b"sheetData" in part:  # whatever the part is called, and wherever it lies
                    cells = _span_of(part, limits.max_cells)
                    if cells > limits.max_cells:
                        raise too_many_cells(cells)
            return parts if len(parts) == len(archive.infolist()) else {}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise damaged_workbook(error) from error


_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def _inflated(content: bytes, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes, never more than the archive states: the reader behind would unpack all that is there."""
    signature, _, _, method, *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(content, member.header_offset)
    start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    packed = content[start : start + member.compress_size]
    if signature != b"PK\x03\x04" or method != member.compress_type or member.flag_bits & 1:
        raise zipfile.BadZipFile(f"{member.filename}: its header differs from the archive's list")
    if method == zipfile.ZIP_STORED:
        return packed
    if method != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"{member.filename}: unknown compression")
    part = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.file_size + 1)
    if len(part) != member.file_size:
        raise zipfile.BadZipFile(f"{member.filename}: holds more or less than the archive states")
    return part


_CELL_REFERENCE = re.compile(rb' r="([A-Z]{0,3})([0-9]{1,7})"')
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c (?:[^>]*? )?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_ANY_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']\s*\$?([A-Za-z]+)\s*\$?([0-9]+)\s*["'][^>]*(?<!/)>""")
"""A cell whose reference is written as hardly a program writes it: other quotes, spaces, line breaks, small letters."""
_TWO_LETTERS = 26 + 26 * 26  # columns A to ZZ


def _span_of(worksheet: bytes, enough: int) -> int:
    """At most how many cells lie between A1 and the last filled cell; exact only where it is more than ``enough``."""
    place = worksheet.rfind(b' r="')
    last = _CELL_REFERENCE.match(worksheet, place)
    # What the last cell looks like is looked at, not each: the process that reads a file is there for all others.
    if last is None or place < worksheet.rfind(b"<c", 0, worksheet.rfind(b"</sheetData>")):
        return _widest(_ANY_CELL, worksheet)
    # Rows stand in order, and hardly a table is wider than ZZ: this settles nearly every sheet at once.
    if int(last[2]) * _TWO_LETTERS <= enough and re.search(rb' r="[A-Z]{3}', worksheet) is None:
        return int(last[2]) * _TWO_LETTERS
    return _widest(_FILLED_CELL, worksheet)


def _widest(pattern: re.Pattern[bytes], worksheet: bytes) -> int:
    bottom, columns = 0, set()
    for cell in pattern.finditer(worksheet):
        columns.add(cell[1].upper())
        bottom = max(bottom, int(cell[2]))
    return bottom * max(map(_column_number, columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _excel_sheet(
    sheet: python_calamine.CalamineSheet | HalvedSheet, meta: python_calamine.SheetMetadata, limits: Limits
) -> Sheet:
    last_row, last_column = sheet.end or (-1, -1)
    height, width = last_row + 1, last_column + 1
    if width > limits.max_columns:
        raise UnreadableFile.because(
            "too_many_columns",
            sheet=meta.name,
            columns=width,
        )
    if height * width > limits.max_cells:
        raise too_many_cells(height * width)
    raw: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    written = list(zip(*raw, strict=True))
    columns = [_excel_column(values) for values in written]
    for index, (cells, values) in enumerate(zip(columns, written, strict=True)):
        if cells is not values:
            for row, cell in zip(raw, cells, strict=True):
                row[index] = cell
    found = Sheet(meta.name, raw, is_hidden=meta.visible != python_calamine.SheetVisibleEnum.Visible)
    found.__dict__["columns"] = columns  # made already
    return found


_WRITTEN = {float, str}
_HEAD = 12  # rows among which a header stands, mostly


def _excel_column(values: tuple[Any, ...]) -> tuple[Cell, ...]:
    """A column as cells. Nearly all columns are numbers and words only: their distinct values settle what is blank."""
    kinds = set(map(type, values[_HEAD:]))
    # Below its header a column of points or levels is numbers only.
    words = values[:_HEAD] if kinds == {float} else values
    if not kinds <= _WRITTEN or not set(map(type, words)) <= _WRITTEN:
        return tuple(map(_excel_cell, values))
    blank = {value for value in set(words) if isinstance(value, str) and (not value or value.isspace())}
    return tuple([None if value in blank else value for value in values]) if blank else values


def _excel_cell(value: object) -> Cell:
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return float(value)
    if isinstance(value, float | date):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    return None if value is None else str(value)
