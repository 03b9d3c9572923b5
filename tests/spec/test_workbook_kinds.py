"""Workbooks that Excel writes under other names say the same: strict Office Open XML, and a workbook with macros."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest

from etl.cells.sheets import read_cells
from tests.city_files import Rows, workbook

TRANSITIONAL = b"http://schemas.openxmlformats.org/"
ROWS: Rows = [["Nama Inovasi", "Tanggal", "Kematangan"], ["Satu", date(2026, 3, 1), 70.5], ["Dua", None, "1.234,50"]]


def strict(part: bytes) -> bytes:
    return (
        part.replace(TRANSITIONAL + b"spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        .replace(TRANSITIONAL + b"officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/")
        .replace(b"extended-properties", b"extendedProperties")
    )


def with_macros(part: bytes) -> bytes:
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return part.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")


def with_each_part(content: bytes, changed: Callable[[bytes], bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, changed(before.read(name)))
    return written.getvalue()


@pytest.mark.parametrize("kind", [strict, with_macros], ids=["strict", "macros"])
def test_it_says_the_same(kind: Callable[[bytes], bytes]) -> None:
    plain = workbook(ROWS)
    other = with_each_part(plain, kind)
    assert other != plain
    file_format, sheets = read_cells(other)
    assert file_format == "excel"
    assert [sheet.rows for sheet in sheets] == [sheet.rows for sheet in read_cells(plain)[1]]
    assert sheets[0].rows[1][1] == date(2026, 3, 1)
