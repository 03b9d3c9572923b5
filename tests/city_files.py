"""Small files as cities send them, for tests: workbooks and HTML exports with the rows that a test needs."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.layout.declared import find_layout
from etl.publish import LoadResult, ingest
from etl.values.canonical_rows import ParsedFile, read_file
from warehouse.home import Home

Value = str | int | float | bool | date | datetime | None
Rows = Sequence[Sequence[Value]]

DAY = date(2026, 8, 10)

LIST_HEADER = ("Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Kematangan", "Aksi")
"""The national portal's list (layout L1), required columns only."""

EXPORT_HEADER = ("Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Tahapan Inovasi", "Kematangan")
"""The HTML export (layout L8), required columns only."""

CONTROL_HEADER = (
    "Nomor",
    "Nama Inovasi",
    "Nama Perangkat Daerah",
    *(f"{number}. Indikator" for number in range(16, 36)),
)

SPD_HEADER = ("Kode", "Indikator", "Level", "Skor", "Nilai Data")

REGISTER_HEADER = ("Kode Unit", "Nama Unit", "Jenis", "Unit Induk", "Urusan Utama", "Alias")


def innovation(title: str, score: Value = 70, stage: str = "Penerapan", unit: str = "Dinas Kesehatan") -> list[Value]:
    """A row of the national portal's list."""
    return [unit, title, stage, score, "Lihat"]


def exported(
    number: str, title: str, score: str = "70,00", stage: str = "Penerapan", unit: str = "Dinas Kesehatan"
) -> list[Value]:
    """A row of the HTML export."""
    return [number, title, unit, stage, score]


def workbook(rows: Rows = (), *, sheets: dict[str, Rows] | None = None, hidden: Sequence[str] = ()) -> bytes:
    """A workbook with these sheets (or one, ``Sheet1``); dates become real date cells."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, lines in (sheets or {"Sheet1": rows}).items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        else:
            sheet.activate()
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, day)
                elif value is not None:
                    sheet.write(row, column, value)
    book.close()
    return stream.getvalue()


def portal_list(*rows: Sequence[Value]) -> bytes:
    """A workbook in the national portal's layout."""
    return workbook([LIST_HEADER, *rows])


def html_export(*rows: Sequence[Value], total: int | None = None, header: Sequence[Value] = EXPORT_HEADER) -> bytes:
    """An HTML table called ``.xls``, with a title and, where given, the total that the system states."""
    title = "Daftar Inovasi" if total is None else f"Total Data: {total} | Di export oleh admin"
    lines = "".join(
        f"<tr>{''.join(f'<td>{html.escape(str(cell))}</td>' if cell is not None else '<td></td>' for cell in row)}</tr>"
        for row in (header, *rows)
    )
    return f'<table><tr><td colspan="5">{title}</td></tr>{lines}</table>'.encode()


def put(home: Home, name: str, content: bytes | str) -> Path:
    """Lay a file into the inbox under ``<city>/<edition>/<name>``."""
    path = home.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load(home: Home, today: date = DAY) -> LoadResult:
    """Load the inbox."""
    return ingest(home, today=today)


def parsed(content: bytes, edition: int | None = 2026, layout: str | None = None) -> ParsedFile:
    """Read a file as a load does, without a home."""
    file_format, sheets = read_cells(content)
    return read_file(find_layout(file_format, sheets, layout)[0], sheets, scale_of(edition))
