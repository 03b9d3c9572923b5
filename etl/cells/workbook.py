"""The sheets of a workbook, checked before they are read: what it unpacks to, how far its cells reach."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

import lxml.etree
import python_calamine

from etl.cells.condensed_sheet import CondensedSheet, condensed
from etl.cells.parallel_sheet import MOST_BYTES, HalvedSheet, opened, sheet_in_halves
from etl.cells.sheet import Cell, Note, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells
from etl.cells.worksheet_marks import (
    WorksheetMarks,
    column_number,
    has_lying_dimension,
    marks_of,
    marks_of_condensed,
    percent_styles,
    shared_texts,
    without_dimension,
    without_outliers,
)
from etl.cells.xml_text import parsed_xml


def read_workbook(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the worksheets of a workbook of any kind that Excel writes."""
    package = _checked_package(content, limits) if content.startswith(b"PK") else Package()
    try:
        if (sheet := _from_condensed(package, limits)) is not None:
            return [sheet]
        if halved := sheet_in_halves(package.parts):
            workbook, halves = halved
            return [_excel_sheet(halves, meta, limits, package) for meta in _worksheets(workbook)]
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(package.mended(content)))
        return [
            _excel_sheet(workbook.get_sheet_by_name(meta.name), meta, limits, package) for meta in _worksheets(workbook)
        ]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise damaged_workbook(error) from error
    except BaseException as error:
        # A panic of the reader is not an Exception, so that it would end the whole load.
        if type(error).__name__ == "PanicException":
            raise damaged_workbook(error) from error
        raise


@dataclass
class Package:
    """The parts of a workbook that is an archive, and what was found in its worksheets."""

    parts: dict[str, bytes] = field(default_factory=dict)
    """name -> bytes; empty where they are many bytes or one name stands twice"""
    worksheets: dict[str, str] = field(default_factory=dict)
    """name of a sheet -> name of its part"""
    marks: dict[str, WorksheetMarks] = field(default_factory=dict)
    notes: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    changed: dict[str, bytes] = field(default_factory=dict)
    """worksheets that the reader gets otherwise than they were sent"""
    condensed: dict[str, CondensedSheet] = field(default_factory=dict)
    """the one worksheet of a workbook, where it is read by its distinct cells"""

    def mended(self, content: bytes) -> bytes:
        """Return the archive with the worksheets that were changed."""
        if not self.changed:
            return content
        stream = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as received, zipfile.ZipFile(stream, "w") as archive:
            for member in received.infolist():
                name = member.filename
                archive.writestr(name, self.changed.get(name) or inflated(content, member))
        return stream.getvalue()


def _worksheets(workbook: python_calamine.CalamineWorkbook) -> list[python_calamine.SheetMetadata]:
    return [meta for meta in workbook.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet]


def damaged_workbook(error: BaseException) -> UnreadableFile:
    """Return the refusal of a workbook that its reader cannot take, with the reader's reason."""
    return UnreadableFile.because(
        "workbook_damaged",
        reason=str(error) or type(error).__name__,
    )


def _checked_package(content: bytes, limits: Limits) -> Package:
    """The parts of a workbook, and what its worksheets say beside the values of their cells.

    Refuses a workbook that unpacks to too much, or whose sheets span more cells than the limit: the reader allocates
    the whole span of a sheet, so one stray cell in the last corner would end the process.
    """
    package = Package()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if unpacked > limits.max_unpacked_bytes:
                raise UnreadableFile.because("unpacks_too_large", unpacked=unpacked)
            first = {member.filename: member for member in members if member.filename in _READ_FIRST}
            read = {name: inflated(content, member) for name, member in first.items()}
            package.worksheets = _worksheet_parts(read)
            percents = percent_styles(read.get(_STYLES, b""))
            worksheets = [member.filename for member in members if "worksheets/" in member.filename]
            large = worksheets if len(worksheets) == 1 and unpacked <= MOST_BYTES else []
            for member in members:
                name = member.filename
                part = read[name] if member is first.get(name) else inflated(content, member)
                if unpacked <= MOST_BYTES:
                    package.parts[name] = part
                if b"sheetData" in part:  # whatever the part is called, and wherever it lies
                    if name in large and (sheet := _condensed(part, limits)) is not None:
                        package.condensed[name] = sheet
                        package.marks[name] = marks_of_condensed(sheet, percents, limits.max_columns)
                        continue
                    part = _mended_worksheet(name, part, limits, package, read)
                    package.marks[name] = marks_of(part, percents, limits.max_columns)
            if len(package.parts) != len(members):
                package.parts = {}
            elif package.changed:
                package.parts |= package.changed
            return package
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise damaged_workbook(error) from error


def _condensed(part: bytes, limits: Limits) -> CondensedSheet | None:
    """A worksheet by its distinct cells; None where it is not, or its extent has to be looked at."""
    sheet = None if has_lying_dimension(part) else condensed(part)
    return sheet if sheet is not None and sheet.span <= limits.max_cells else None


def _from_condensed(package: Package, limits: Limits) -> Sheet | None:
    """The sheet that is read by its distinct cells; None where it has to be read as it is."""
    for name, sheet in package.condensed.items():
        if (found := _expanded(name, sheet, package, limits)) is not None:
            return found
        # What was found in its distinct cells is looked for in all of them.
        percents = percent_styles(package.parts.get(_STYLES, b""))
        package.marks[name] = marks_of(package.parts[name], percents, limits.max_columns)
    return None


def _expanded(name: str, condensed_sheet: CondensedSheet, package: Package, limits: Limits) -> Sheet | None:
    try:
        workbook, sheet = opened({**package.parts, name: condensed_sheet.worksheet})
        values = condensed_sheet.values_of(sheet.to_python(skip_empty_area=False))
    except (python_calamine.CalamineError, OSError, ValueError):
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the reader; the whole sheet tells what is wrong
            return None
        raise
    meta = workbook.sheets_metadata[0]
    table = None if values is None else condensed_sheet.table_of(_excel_column(tuple(values)))
    if table is None or package.worksheets.get(meta.name) != name or not _worksheets(workbook):
        return None
    height, width = table.shape
    _refuse_too_wide(meta.name, height, width, limits)
    columns: list[tuple[Cell, ...]] = list(map(tuple, table.T.tolist()))
    return _sheet_of(table.tolist(), columns, meta, package.marks[name], ())


_STYLES, _TEXTS = "xl/styles.xml", "xl/sharedStrings.xml"
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_READ_FIRST = (_STYLES, _TEXTS, _BOOK, _RELATIONS)


def _mended_worksheet(name: str, part: bytes, limits: Limits, package: Package, read: Mapping[str, bytes]) -> bytes:
    """A worksheet that the reader can take: without an extent that is none, without cells far from its table."""
    mended = without_dimension(part) if has_lying_dimension(part) else part
    cells = _span_of(mended, limits.max_cells)
    if cells > limits.max_cells:
        is_in_place = name.startswith("xl/worksheets/")
        cut = without_outliers(mended, shared_texts(read.get(_TEXTS, b"")), limits.max_columns) if is_in_place else None
        if cut is None or _span_of(cut.worksheet, limits.max_cells) > limits.max_cells:
            raise too_many_cells(cells)
        mended = cut.worksheet
        package.notes[name] = tuple(_stray(reference, text) for reference, text in cut.cells.items())
    if mended is not part:
        package.changed[name] = mended
    return mended


def _stray(reference: str, text: str) -> Note:
    row = int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return Note("stray_cell", row, reference.rstrip("0123456789"), text)


def _worksheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The part of each sheet by the name of the sheet; nothing where the workbook does not say it plainly."""
    if _BOOK not in parts or _RELATIONS not in parts:
        return {}
    try:
        book, relations = (parsed_xml(parts[name]) for name in (_BOOK, _RELATIONS))
    except lxml.etree.XMLSyntaxError:
        return {}
    targets = {str(one.get("Id")): str(one.get("Target", "")) for one in relations.iter("{*}Relationship")}
    found = {}
    for sheet in book.iter("{*}sheet"):
        reference = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        target = targets.get(str(reference), "")
        found[str(sheet.get("name"))] = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return found


_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def inflated(content: bytes, member: zipfile.ZipInfo) -> bytes:
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
    return bottom * max(map(column_number, columns), default=0)


def _excel_sheet(
    sheet: python_calamine.CalamineSheet | HalvedSheet,
    meta: python_calamine.SheetMetadata,
    limits: Limits,
    package: Package,
) -> Sheet:
    last_row, last_column = sheet.end or (-1, -1)
    height, width = last_row + 1, last_column + 1
    _refuse_too_wide(meta.name, height, width, limits)
    raw: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    part = package.worksheets.get(meta.name, "")
    marks = package.marks.get(part) or WorksheetMarks(merged=_merged_of(sheet))
    _put_into(raw, marks.cells, width)
    written = list(zip(*raw, strict=True))
    columns = [_excel_column(values) for values in written]
    for index, (cells, values) in enumerate(zip(columns, written, strict=True)):
        if cells is not values:
            for row, cell in zip(raw, cells, strict=True):
                row[index] = cell
    return _sheet_of(raw, columns, meta, marks, package.notes.get(part, ()))


def _refuse_too_wide(name: str, height: int, width: int, limits: Limits) -> None:
    if width > limits.max_columns:
        raise UnreadableFile.because(
            "too_many_columns",
            sheet=name,
            columns=width,
        )
    if height * width > limits.max_cells:
        raise too_many_cells(height * width)


def _sheet_of(
    rows: list[list[Cell]],
    columns: list[tuple[Cell, ...]],
    meta: python_calamine.SheetMetadata,
    marks: WorksheetMarks,
    notes: tuple[Note, ...],
) -> Sheet:
    is_hidden = meta.visible != python_calamine.SheetVisibleEnum.Visible
    found = Sheet(meta.name, rows, is_hidden, marks.merged, marks.hidden_rows, marks.hidden_columns, notes)
    found.__dict__["columns"] = columns  # made already
    return found


def _merged_of(sheet: python_calamine.CalamineSheet | HalvedSheet) -> tuple[tuple[int, int, int, int], ...]:
    ranges = None if isinstance(sheet, HalvedSheet) else sheet.merged_cell_ranges
    return tuple(sorted((*first, *last) for first, last in ranges or ()))


def _put_into(rows: list[list[Any]], cells: Mapping[tuple[int, int], Cell], width: int) -> None:
    """Put cells into the rows of a sheet, which grow where one lies behind what the reader gave."""
    if not cells:
        return
    width = max(width, 1 + max(column for _, column in cells))
    height = max(len(rows), 1 + max(row for row, _ in cells))
    rows += [[] for _ in range(height - len(rows))]
    for row in rows:
        row.extend([""] * (width - len(row)))
    for (place, column), cell in cells.items():
        rows[place][column] = cell


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
