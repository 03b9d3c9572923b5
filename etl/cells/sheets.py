"""A received file becomes sheets of cells: nothing dropped, nothing typed, row numbers as in the file.

The content decides what a file is, never its name: portals send HTML called ``.xls``.
"""

from __future__ import annotations

import csv
import gc
import io
import logging
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from importlib import resources
from itertools import zip_longest
from typing import Any

import lxml.html
import python_calamine

from etl.cells.parallel_sheet import MOST_BYTES, HalvedSheet, sheet_in_halves
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.set_aside_words import cause_words

Cell = str | float | date | datetime | None
"""Text as written, a number or a date where the file itself says so, or None for an empty cell."""


class UnreadableFile(WorkbenchError):
    """The bytes are not a file that can be read, or are larger than the limits allow; the file is held."""

    exit_code = ExitCode.INPUT_HELD
    cause = ""

    @classmethod
    def because(cls, cause: str, **values: object) -> UnreadableFile:
        """Return the error of a cause that `warehouse/locale/set_aside.toml` has words for."""
        message, fix = (cause_words("unreadable", cause, part, "en") for part in ("message", "fix"))
        error = cls(message, fix, "", **values)
        error.cause = cause
        return error

    @property
    def detail(self) -> dict[str, str]:
        """The cause and its values, from which a reader's words are made."""
        return {"cause": self.cause, **{name: str(value) for name, value in self.values.items()}}


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of the sheet's row ``i + 1``."""

    name: str
    rows: list[list[Cell]] = field(repr=False)
    is_hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """ranges shown as one cell: first row, first column, last row, last column, from 0, inclusive"""
    hidden_rows: frozenset[int] = frozenset()
    """rows that the file does not show, from 0"""
    hidden_columns: frozenset[int] = frozenset()
    """columns that the file does not show, from 0"""
    below: dict[int, list[Any]] = field(default_factory=dict, repr=False, compare=False)
    """header row -> the columns below it (`etl.cells.distinct_column`), kept for those who ask again"""

    @cached_property
    def columns(self) -> list[tuple[Cell, ...]]:
        """The same cells column by column, each as long as the sheet: most of the work is done on whole columns."""
        return list(zip_longest(*self.rows))

    def filled_rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Row number (from 1) and cells of every row that has a non-empty cell."""
        for number, row in enumerate(self.rows, start=1):
            # The first test settles nearly every row; only a row of zeros needs the second.
            if any(row) or any(cell is not None for cell in row):
                yield number, row


@dataclass(frozen=True)
class Limits:
    """What one received file may cost, from ``limits.toml``."""

    max_file_bytes: int
    max_unpacked_bytes: int
    max_rows: int
    max_columns: int
    max_cells: int
    max_pdf_pages: int
    max_page_bytes: int
    max_attributes: int


@cache
def load_limits() -> Limits:
    """The limits of this installation."""
    text = resources.files("etl.cells").joinpath("limits.toml").read_text(encoding="utf-8")
    return Limits(**tomllib.loads(text))


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal point, dates as ISO, an empty cell as the empty string."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None else _typed_as_text(cell)


@lru_cache(maxsize=10_000)
def _typed_as_text(cell: float | date | datetime) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()


def sniff(content: bytes) -> str:
    """What the bytes are: ``excel``, ``html``, ``csv``, ``pdf``, ``encrypted``, ``empty`` or ``unknown``."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="ignore").encode()
    if not content.strip(b"\x00 \t\r\n"):
        return "empty"
    if head.startswith(b"PK\x03\x04"):
        return "excel"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        # An encrypted .xlsx is an OLE file with this stream; its name is stored as UTF-16.
        return "encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "excel"
    if head.startswith(b"%PDF-"):
        return "pdf"
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")) or b"<table" in lowered:
        return "html"
    if b"\x00" not in head and any(mark in head for mark in (b",", b";", b"\t")):
        return "csv"
    return "unknown"


def refuse_too_large(size: int, limits: Limits) -> None:
    """Raise UnreadableFile where a file has more bytes than the limits allow."""
    if size > limits.max_file_bytes:
        raise UnreadableFile.because(
            "too_large",
            limit=limits.max_file_bytes,
        )


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the collector of cycles: a sheet has none, and it would walk over all its cells again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@collector_paused()
def read_cells(content: bytes, limits: Limits | None = None) -> tuple[str, list[Sheet]]:
    """What the bytes are, and their sheets.

    Raises UnreadableFile with a reason when they are damaged, encrypted, too large or of a kind that is not read.
    """
    bounds = limits or load_limits()
    refuse_too_large(len(content), bounds)
    kind = sniff(content)
    readers = {"excel": _read_excel, "html": _read_html, "csv": _read_csv, "pdf": _read_pdf}
    if kind not in readers:
        raise UnreadableFile.because(_REFUSED[kind])
    sheets = readers[kind](content, bounds)
    cells = sum(len(row) for sheet in sheets for row in sheet.rows)
    # Sheets are worked on column by column, so that one long row counts as if all were that long.
    spans = sum(len(sheet.rows) * max(map(len, sheet.rows), default=0) for sheet in sheets)
    if max(cells, spans) > bounds.max_cells or any(len(sheet.rows) > bounds.max_rows for sheet in sheets):
        raise _too_many_cells(max(cells, spans))
    return kind, sheets


_REFUSED = {"empty": "empty", "encrypted": "password", "unknown": "unknown_kind"}
"""What bytes are that no reader takes -> the cause that is told."""


def _read_excel(content: bytes, limits: Limits) -> list[Sheet]:
    parts = _checked_parts(content, limits) if content.startswith(b"PK") else {}
    try:
        if halved := sheet_in_halves(parts):
            workbook, sheet = halved
            return [_excel_sheet(sheet, meta, limits) for meta in _worksheets(workbook)]
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [_excel_sheet(workbook.get_sheet_by_name(meta.name), meta, limits) for meta in _worksheets(workbook)]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(error) from error
    except BaseException as error:
        # A panic of the reader is not an Exception, so that it would end the whole load.
        if type(error).__name__ == "PanicException":
            raise _damaged(error) from error
        raise


def _worksheets(workbook: python_calamine.CalamineWorkbook) -> list[python_calamine.SheetMetadata]:
    return [meta for meta in workbook.sheets_metadata if meta.typ == python_calamine.SheetTypeEnum.WorkSheet]


def _damaged(error: BaseException) -> UnreadableFile:
    return UnreadableFile.because(
        "workbook_damaged",
        reason=str(error) or type(error).__name__,
    )


def _too_many_cells(cells: int) -> UnreadableFile:
    return UnreadableFile.because(
        "too_many_cells",
        cells=cells,
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
                        raise _too_many_cells(cells)
            return parts if len(parts) == len(archive.infolist()) else {}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise _damaged(error) from error


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
        raise _too_many_cells(height * width)
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


def _read_html(content: bytes, limits: Limits) -> list[Sheet]:
    try:
        # The text is decoded already; lxml refuses it while an XML declaration still names an encoding.
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _decode(content), count=1)
        if _most_attributes(text) > limits.max_attributes:
            raise UnreadableFile.because("too_many_attributes")
        document = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(huge_tree=False))
    except (lxml.etree.LxmlError, ValueError) as error:
        raise UnreadableFile.because(
            "html_damaged",
            reason=str(error),
        ) from error
    tables = [table for table in document.iter("table") if not any(True for _ in table.iterancestors("table"))]
    if not tables:
        raise UnreadableFile.because(
            "html_without_table",
        )
    return [Sheet(f"table {number}", _html_rows(table, limits)) for number, table in enumerate(tables, start=1)]


def _most_attributes(text: str) -> int:
    """How many attributes one tag has at most: a reader compares each with all others."""
    if len(text) <= _LONG_TAG:
        return 0
    return max(tag.partition(">")[0].count("=") for tag in text.split("<"))


_LONG_TAG = 100_000  # characters, in which a few thousand attributes find room


def _html_rows(table: lxml.html.HtmlElement, limits: Limits) -> list[list[Cell]]:
    """Rows of a table with ``colspan`` and ``rowspan`` laid out: the text stands in the first cell of its span."""
    rows: list[list[Cell]] = []
    held_down: dict[int, int] = {}
    laid_out = 0
    for line in table.iter("tr"):
        row: list[Cell] = []
        covered = {column for column, left in held_down.items() if left > 0}
        held_down = {column: left - 1 for column, left in held_down.items() if left > 1}
        for cell in line:
            if cell.tag not in ("td", "th"):
                continue
            while len(row) in covered:
                row.append(None)
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            if len(row) + width > limits.max_columns:
                raise UnreadableFile.because(
                    "too_many_columns",
                    sheet="table",
                    columns=len(row) + width,
                )
            for column in range(len(row), len(row) + width):
                if height > 1:
                    held_down[column] = height - 1
            text = _text_with_lines(cell)
            row.extend([text or None, *[None] * (width - 1)])
        rows.append(row)
        laid_out += len(row)
        if laid_out > limits.max_cells or len(rows) > limits.max_rows:
            raise _too_many_cells(laid_out)
    return rows


_LINE_END = "\u2028"
_BLOCKS = ("br", "p", "div", "li")


def _text_with_lines(cell: lxml.html.HtmlElement) -> str:
    """The text of a cell as a browser shows it: spaces run together, a line where markup starts one."""
    if len(cell) == 0:
        return " ".join((cell.text or "").split())
    lines = (" ".join(line.split()) for line in "".join(_pieces(cell)).split(_LINE_END))
    return "\n".join(line for line in lines if line)


def _pieces(cell: lxml.html.HtmlElement) -> Iterator[str]:
    """The texts inside a cell, with a line end where a break stands and around each block."""
    for event, inner in lxml.etree.iterwalk(cell, events=("start", "end", "comment", "pi")):
        if event == "start":
            if inner is not cell and inner.tag in _BLOCKS:
                yield _LINE_END
            yield inner.text or ""
        elif inner is not cell:
            if event == "end" and inner.tag in _BLOCKS:
                yield _LINE_END
            yield inner.tail or ""


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, min(int(text), 10_000)) if re.fullmatch("[0-9]{1,9}", text) else 1


_LABELLED = re.compile(r"\s*(?=[^:]*[^\W\d_])([^:]{2,80}?)\s*:(?:\s+(.*\S))?\s*")


def _read_pdf(content: bytes, limits: Limits) -> list[Sheet]:
    """The lines of a PDF, page by page in one sheet; `label : value` becomes two cells, a ruled table its cells."""
    import pypdf  # only for a PDF: the import costs more than reading a small workbook

    from etl.cells.pdf_tables import printed_rows

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is told once, by its receipt
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise UnreadableFile.because("password")
        if len(reader.pages) > limits.max_pdf_pages:
            raise UnreadableFile.because(
                "too_many_pages",
                pages=len(reader.pages),
            )
        if any(_content_size(page) > limits.max_page_bytes for page in reader.pages):
            raise UnreadableFile.because("page_too_large")
        has_rules = any(_draws_rules(page) for page in reader.pages)
        printed = printed_rows(content) if has_rules else None
        lines = [] if printed else [line for page in reader.pages for line in page.extract_text().splitlines()]
    except (pypdf.errors.PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _damaged_pdf(error) from error
    except (RuntimeError, OverflowError, AssertionError, zlib.error) as error:
        # RuntimeError: nested too deeply, or with a feature that the reader of PDFs does not know.
        raise _damaged_pdf(error) from error
    rows: list[list[Cell]] = [list(row) for row in printed] if printed else [_pdf_row(line) for line in lines]
    if not any(cell is not None for row in rows for cell in row):
        raise UnreadableFile.because(
            "pdf_of_pictures",
        )
    return [Sheet("pdf", rows)]


def _draws_rules(page: Any) -> bool:
    """Whether a page may hold a ruled table: one that draws hardly anything does not, nor does a picture of lines."""
    contents = page.get_contents()
    return contents is not None and len(_DRAWN.findall(contents.get_data())) in _RULES


def _content_size(page: Any) -> int:
    contents = page.get_contents()
    return 0 if contents is None else len(contents.get_data())


_DRAWN = re.compile(rb"\b(?:re|l)\s")
_RULES = range(4, 20_000)


def _damaged_pdf(error: BaseException) -> UnreadableFile:
    return UnreadableFile.because(
        "pdf_damaged",
        reason=str(error) or type(error).__name__,
    )


def _pdf_row(line: str) -> list[Cell]:
    found = _LABELLED.fullmatch(line)
    return [found[1].strip(), found[2]] if found else [line.strip() or None]


def _read_csv(content: bytes, limits: Limits) -> list[Sheet]:
    text = _decode(content)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:65_536], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows: list[list[Cell]] = []
    count = 0
    try:
        for line in csv.reader(io.StringIO(text, newline=""), dialect):
            count += len(line)
            if count > limits.max_cells or len(rows) > limits.max_rows:
                raise _too_many_cells(count)
            rows.append([cell if cell.strip() else None for cell in line])
    except csv.Error as error:
        raise UnreadableFile.because(
            "csv_damaged",
            reason=str(error),
        ) from error
    if any(len(row) > limits.max_columns for row in rows):
        raise UnreadableFile.because(
            "too_many_columns",
            sheet="csv",
            columns=max(len(row) for row in rows),
        )
    return [Sheet("csv", rows)]


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")
