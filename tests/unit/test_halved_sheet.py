"""A sheet read as two halves is the sheet as read whole; where that is not sure it is read whole."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from random import Random

import pytest
import python_calamine
import xlsxwriter

from etl.cells.parallel_sheet import sheet_in_halves
from etl.cells.sheets import read_cells

SHEET = "xl/worksheets/sheet1.xml"
MOMENT = datetime.fromisoformat("2026-03-04T05:06")
VALUES = (None, "", " ", "teks", "ÆØ", 1, 2.5, -1, 1e300, True, date(2026, 3, 4), MOMENT, "#N/A")


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def book(random: Random, height: int, width: int, sheets: int = 1) -> bytes:
    """A workbook with values of all kinds, blank rows, rows of formats only and rows of unequal length."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        formats = [workbook.add_format({"num_format": text}) for text in ("yyyy-mm-dd", "0.00")]
        for _ in range(sheets):
            sheet = workbook.add_worksheet()
            for row in range(height):
                kind = random.randrange(8)
                if kind == 0:
                    continue
                for column in range(random.randrange(width + 1)):
                    if kind == 1:
                        sheet.write_blank(row + 2, column, None, formats[1])
                    elif random.random() < 0.1:
                        sheet.write_formula(row + 2, column, "=1+1", None, random.choice([2, "dua", "#VALUE"]))
                    else:
                        sheet.write(row + 2, column, random.choice(VALUES), random.choice(formats))
    return stream.getvalue()


@pytest.mark.parametrize("seed", range(30))
def test_two_halves_give_what_the_whole_sheet_gives(seed: int) -> None:
    random = Random(seed)
    content = book(random, random.randrange(2, 60), random.randrange(1, 9))
    whole = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    halved = sheet_in_halves(parts_of(content), least=0)
    if halved is not None:
        assert halved[1].end == whole.end
        assert halved[1].to_python(skip_empty_area=False) == whole.to_python(skip_empty_area=False)
        assert halved[0].sheets_metadata[0].name == "Sheet1"


def test_most_sheets_can_be_read_as_halves() -> None:
    assert sum(sheet_in_halves(parts_of(book(Random(seed), 40, 6)), least=0) is not None for seed in range(20)) > 15


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sheetData>", b"<sheetData><!-- <row r='9'> -->"),
        (b"<sheetData>", b'<sheetData><?note <row r="9"?>'),
        (b"<row r=", b"<row spans='1:2' r="),
        (b"<row ", b"<x:row "),
        (b'r="A40"', b'r="A4"'),
        (b'r="B10"', b'r="B50"'),
        (b"</sheetData>", b"</sheetdata>"),
    ],
)
def test_a_sheet_that_could_mean_something_else_is_read_whole(old: bytes, new: bytes) -> None:
    parts = parts_of(portrait())
    assert sheet_in_halves(parts, least=0) is not None
    assert old in parts[SHEET]
    assert sheet_in_halves({**parts, SHEET: parts[SHEET].replace(old, new)}, least=0) is None


def portrait() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for row in range(60):
            sheet.write_row(row, 0, [f"baris {row}", row])
    return stream.getvalue()


def test_several_sheets_and_small_ones_are_read_whole() -> None:
    assert sheet_in_halves(parts_of(book(Random(1), 40, 6, sheets=2)), least=0) is None
    assert sheet_in_halves(parts_of(portrait())) is None


def test_a_half_that_cannot_be_read_leaves_the_whole_to_be_read() -> None:
    parts = parts_of(portrait())
    assert sheet_in_halves({**parts, SHEET: parts[SHEET].replace(b"<v>59</v>", b"<v>59</w>")}, least=0) is None
    assert sheet_in_halves({**parts, "xl/workbook.xml": b"<"}, least=0) is None


def test_a_large_workbook_is_read_to_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Data")
        for row in range(4_000):
            sheet.write_row(row, 0, [f"baris {row}", row, *([0.5] * 12)])
    content = stream.getvalue()
    assert sheet_in_halves(parts_of(content)) is not None
    monkeypatch.setattr("etl.cells.workbook.condensed", lambda worksheet: None)
    in_halves = read_cells(content)
    monkeypatch.setattr("etl.cells.workbook.sheet_in_halves", lambda parts: None)
    assert read_cells(content) == in_halves
