"""A workbook as another program saves it again: xlsx, OpenDocument, the old xls, CSV; cells alone, hidden columns kept.

For tests: OpenDocument and xls are written by hand, since no library here writes them.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

from etl.cells.sheets import Cell, as_text
from tests.city_files import workbook

Table = Sequence[Sequence[Cell]]
Book = Mapping[str, Table]


def as_xlsx(book: Book) -> bytes:
    """Return a workbook of Excel."""
    return workbook(sheets={name: [list(row) for row in rows] for name, rows in book.items()})


def as_ods(book: Book) -> bytes:
    """Return a spreadsheet of OpenDocument, as LibreOffice writes it."""
    tables = "".join(
        f'<table:table table:name="{escape(name, {chr(34): "&quot;"})}">{"".join(map(_ods_row, rows))}</table:table>'
        for name, rows in book.items()
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, float):
        return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    text = "</text:p><text:p>".join(map(escape, cell.split("\n")))
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def as_csv(book: Book) -> bytes:
    """Return the last sheet with the semicolons of an Indonesian Excel."""
    stream = io.StringIO()
    rows = list(book.values())[-1]
    csv.writer(stream, delimiter=";").writerows([as_text(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def as_xls(book: Book) -> bytes:
    """Return an old workbook: BIFF8 records in a compound file of one stream."""
    pages = [_record(0x0809, struct.pack("<4HII", 0x0600, 0x0010, 0, 0, 0, 0)) + _cells(rows) for rows in book.values()]
    pages = [page + _record(0x000A, b"") for page in pages]
    head = _record(0x0809, struct.pack("<4HII", 0x0600, 0x0005, 0, 0, 0, 0))
    names = [name.encode("utf-16-le") for name in book]
    start = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    bounds = b""
    for name, page in zip(names, pages, strict=True):
        bounds += _record(0x0085, struct.pack("<IHBB", start, 0, len(name) // 2, 1) + name)
        start += len(page)
    return _compound(head + bounds + _record(0x000A, b"") + b"".join(pages))


def _cells(rows: Table) -> bytes:
    records = []
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<3H", number, column, 0)
            if isinstance(cell, float):
                records.append(_record(0x0203, place + struct.pack("<d", cell)))
            elif cell is not None:
                text = as_text(cell)
                records.append(_record(0x0204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")))
    return b"".join(records)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<2H", kind, len(content)) + content


_SECTOR, _FREE, _END, _TABLE = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _compound(stream: bytes) -> bytes:
    """The compound file: header, stream, directory, table of sectors."""
    stream += bytes(max(0, 4096 - len(stream)))  # a shorter one would lie in the small sectors
    count = -(-len(stream) // _SECTOR)
    tables = 1
    while count + 1 + tables > tables * 128:
        tables += 1
    chain = [*range(1, count), _END, _END, *[_TABLE] * tables]
    chain += [_FREE] * (tables * 128 - len(chain))
    fat = struct.pack(f"<{len(chain)}I", *chain)
    sectors = [count + 1 + number for number in range(tables)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, count, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *sectors, *[_FREE] * (109 - tables))
    entries = [_entry("Root Entry", 5, child=1, start=_END, size=0), _entry("Workbook", 2, start=0, size=len(stream))]
    directory = b"".join([*entries, *[_entry("", 0, start=0, size=0)] * 2])
    return header + stream.ljust(count * _SECTOR, b"\0") + directory + fat


def _entry(name: str, kind: int, *, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    content = text.ljust(64, b"\0") + struct.pack("<HBB3I", length, kind, 1, _FREE, _FREE, child)
    return content + bytes(36) + struct.pack("<IQ", start, size)


SAVED = {"xlsx": as_xlsx, "ods": as_ods, "xls": as_xls, "csv": as_csv}
"""How a workbook may be saved again, by the ending of its name."""
