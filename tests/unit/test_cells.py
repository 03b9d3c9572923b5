"""Files become cells: what the bytes are, which row and column a cell stands in, and what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from etl.cells.sheets import Cell, Limits, Sheet, UnreadableFile, as_text, load_limits, read_cells, sniff
from tests.city_files import workbook
from tests.conftest import ROOT

SMALL = Limits(
    max_file_bytes=100_000,
    max_unpacked_bytes=500_000,
    max_rows=50,
    max_columns=20,
    max_cells=600,
    max_pdf_pages=5,
    max_page_bytes=50_000,
    max_attributes=20,
)


def rows_of(content: bytes, limits: Limits | None = None) -> list[list[Cell]]:
    (sheet,) = read_cells(content, limits)[1]
    return sheet.rows


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t\x00", "empty"),
        (b"PK\x03\x04rest", "excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(60) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"%PDF-1.7\n", "pdf"),
        (b"<table><tr><td>1</td></tr></table>", "html"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><html>", "html"),
        (b'<?xml version="1.0"?><html><body><TABLE>', "html"),
        ("<table><tr><td>1</td></tr></table>".encode("utf-16"), "html"),
        (b"Nama;Nilai\n1;2\n", "csv"),
        ("Nama\tNilai\n".encode("utf-16"), "csv"),
        (b"a word", "unknown"),
        (b"\x89PNG\r\n\x1a\n\x00,", "unknown"),
    ],
)
def test_the_content_decides_what_a_file_is(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("  as written ", "  as written "),
        (78.0, "78"),
        (78.5, "78.5"),
        (0.1, "0.1"),
        (-3.0, "-3"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (date(2024, 3, 23), "2024-03-23"),
        (datetime.fromisoformat("2024-03-23 07:30:00"), "2024-03-23 07:30:00"),
    ],
)
def test_as_text(cell: Cell, text: str) -> None:
    assert as_text(cell) == text


def test_excel_keeps_rows_columns_and_types() -> None:
    content = workbook([[], [None, "Judul", 78.5, True], [], ["  ", "=1+1", date(2024, 3, 23), 12]])
    assert rows_of(content) == [
        [None, None, None, None],
        [None, "Judul", 78.5, "TRUE"],
        [None, None, None, None],
        [None, "=1+1", date(2024, 3, 23), 12.0],
    ]


def test_filled_rows_are_numbered_as_in_the_file() -> None:
    sheet = Sheet("s", [["a"], [None, None], [], ["b"]])
    assert [number for number, _ in sheet.filled_rows()] == [1, 4]


def test_merged_cells_hold_their_text_in_the_first_cell() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 1, 2, "Judul laporan")
    sheet.write(2, 0, "x")
    book.close()
    assert rows_of(stream.getvalue()) == [["Judul laporan"], [None], ["x"]]


def test_hidden_sheets_are_known_and_chart_sheets_are_no_tables() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.add_worksheet("Data").write(0, 0, 1)
    book.add_worksheet("Lama").hide()
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Data!$A$1:$A$1"})
    book.add_chartsheet("Grafik").set_chart(chart)
    book.close()
    assert [(sheet.name, sheet.is_hidden) for sheet in read_cells(stream.getvalue())[1]] == [
        ("Data", False),
        ("Lama", True),
    ]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("<tr><th>A</th><td>B</td></tr>", [["A", "B"]]),
        ("<tr><td colspan=2>A</td><td>B</td></tr>", [["A", None, "B"]]),
        ("<tr><td rowspan=2>A</td><td>B</td></tr><tr><td>C</td></tr>", [["A", "B"], [None, "C"]]),
        (
            "<tr><td rowspan=3>A</td><td>B</td></tr><tr><td>C</td></tr><tr><td>D</td></tr><tr><td>E</td></tr>",
            [["A", "B"], [None, "C"], [None, "D"], ["E"]],
        ),
        ("<tr><td> a <b>bold</b>\n word </td><td>&nbsp;</td></tr>", [["a bold word", None]]),
        ("<tr><td>&lt;script&gt;x&lt;/script&gt;</td></tr>", [["<script>x</script>"]]),
        ("<tr><td colspan='²'>A</td><td rowspan='-1'>B</td></tr>", [["A", "B"]]),
        (f"<tr><td colspan='{'9' * 5000}'>A</td></tr>", [["A"]]),
        ("<tr><td>A</td></tr><tr></tr><tr><td>B</td></tr>", [["A"], [], ["B"]]),
    ],
)
def test_html_rows(table: str, rows: list[list[Cell]]) -> None:
    assert rows_of(f"<table>{table}</table>".encode()) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_html_in_the_encodings_that_systems_write(encoding: str) -> None:
    text = "<table><tr><td>Pelayanan – “cepat”</td></tr></table>"
    assert rows_of(text.encode(encoding)) == [["Pelayanan – “cepat”"]]


def test_html_that_begins_as_xml_is_read() -> None:
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n<html><table><tr><td>A</td></tr></table></html>'
    assert rows_of(content) == [["A"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("A;B\n1,5;x\n", [["A", "B"], ["1,5", "x"]]),
        ("A\tB\r\n1\t\r\n", [["A", "B"], ["1", None]]),
        ('A,B\n"two\nlines",x\n', [["A", "B"], ["two\nlines", "x"]]),
        ("A,B\r1,2\r", [["A", "B"], ["1", "2"]]),
        ("\ufeffA,B\n\n1,2\n", [["A", "B"], [], ["1", "2"]]),
    ],
)
def test_csv_rows(text: str, rows: list[list[Cell]]) -> None:
    assert rows_of(text.encode()) == rows


def damaged(content: bytes) -> bytes:
    """The same workbook with a broken byte in its sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        member = book.getinfo("xl/worksheets/sheet1.xml")
    start = member.header_offset + 60
    return content[:start] + bytes([content[start] ^ 0xFF]) + content[start + 1 :]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7", "The PDF is damaged"),
        (b"a word", "neither a workbook nor"),
        (b"<html><table", "damaged|no table"),
        (b"<html><body>Sesi habis, silakan masuk kembali. <table</body>", "no table|damaged"),
        (b"PK\x03\x04" + bytes(200), "The workbook is damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(2000), "The workbook is damaged"),
        (workbook([["a"]])[:-200], "The workbook is damaged"),
        (damaged(workbook([["a"] * 20] * 20)), "The workbook is damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_a_next_step(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message) as caught:
        read_cells(content)
    assert caught.value.exit_code == 5
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<table>" + b" " * 100_000, "larger than 100000 bytes"),
        (workbook([["x"] * 21]), "21 columns"),
        (workbook([["x"] * 15] * 41), "cells, more than the limit"),
        (workbook([["x"]] * 51), "cells, more than the limit"),
        (b"<table>" + b"<tr><td colspan=21></td></tr></table>", "21 columns"),
        (b"<table>" + b"<tr><td>1</td></tr>" * 51 + b"</table>", "cells, more than the limit"),
        (b";".join([b"x"] * 21), "21 columns"),
    ],
)
def test_limits_hold(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_cells(content, SMALL)


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/image1.bmp", bytes(600_000))
    with pytest.raises(UnreadableFile, match="unpacks to 600000 bytes"):
        read_cells(stream.getvalue(), SMALL)


@pytest.mark.parametrize("last", [(1_048_575, 16_383), (1_048_575, 29), (299, 16_383)])
def test_one_stray_cell_in_a_far_corner_is_refused_and_does_not_end_the_process(last: tuple[int, int]) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Nama Inovasi")
    sheet.write(*last, "x")
    book.close()
    with pytest.raises(UnreadableFile, match="delete empty"):
        read_cells(stream.getvalue())


@pytest.mark.parametrize("name", ["far_lower", "far_moved", "far_newline", "far_single", "far_space", "far_upper"])
def test_a_far_cell_is_found_however_its_reference_is_written(name: str) -> None:
    with pytest.raises(UnreadableFile, match="delete empty"):
        read_cells((ROOT / "tests" / "fixtures" / "hostile" / f"{name}.xlsx").read_bytes())


def test_a_far_row_that_is_only_formatted_does_no_harm() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a"] * 30)
    sheet.write_blank(1_048_575, 29, None, book.add_format({"bold": True}))
    book.close()
    assert len(rows_of(stream.getvalue())) == 1


def test_the_limits_of_this_installation_allow_what_excel_allows() -> None:
    limits = load_limits()
    assert limits.max_rows == 1_048_576
    assert min(limits.max_file_bytes, limits.max_unpacked_bytes, limits.max_columns, limits.max_cells) > 0
