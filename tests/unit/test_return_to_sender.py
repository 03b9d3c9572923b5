"""The workbook that goes back: the sender's cells in their places, bad ones marked and explained, and a summary."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from analysis import open_snapshot
from etl.cells.sheets import read_cells
from etl.outgoing.return_to_sender import SUMMARY, write_returns
from etl.outgoing.row_ids import without_row_ids
from tests.city_files import exported, html_export, innovation, load, portal_list, put
from warehouse.home import Home

LIST = portal_list(
    innovation("Satu"),
    innovation("=1+1", score="belum diisi"),
    innovation("Tiga", stage="DIPASARKAN"),
    innovation("Satu"),
)


def returned(home: Home, name: str, content: bytes) -> openpyxl.Workbook:
    put(home, name, content)
    result = load(home)
    (written,) = write_returns(home, result.receipts, result.quarantine)
    assert write_returns(home, result.receipts, result.quarantine) == []
    return openpyxl.load_workbook(io.BytesIO(written.path.read_bytes()))


def test_bad_cells_bear_their_reason_and_the_fix(empty_home: Home) -> None:
    book = returned(empty_home, "bengkulu/2026/daftar.xlsx", LIST)
    assert book.sheetnames == [SUMMARY, "Sheet1"]
    sheet = book["Sheet1"]
    marked = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert set(marked) == {"D3", "C4"}
    assert "Bukan angka: belum diisi" in marked["D3"]
    assert "Perbaikan: Tulis Inisiatif" in marked["C4"]
    assert sheet["D3"].fill.bgColor.rgb or sheet["D3"].fill.fgColor.rgb
    assert sheet["D3"].value == "belum diisi"


def test_every_cell_keeps_its_place_and_no_text_becomes_a_formula(empty_home: Home) -> None:
    book = returned(empty_home, "bengkulu/2026/daftar.xlsx", LIST)
    assert book["Sheet1"]["B3"].data_type == "s"
    stream = io.BytesIO()
    book.save(stream)
    sent = read_cells(LIST)[1][0]
    written = next(sheet for sheet in read_cells(stream.getvalue())[1] if sheet.name == "Sheet1")
    (again,), ids = without_row_ids([written])
    assert again.rows == sent.rows
    assert ids["row_number"].to_list() == [1, 2, 3, 4, 5]
    assert book["Sheet1"].column_dimensions["F"].hidden


def test_the_summary_lists_what_to_mend_in_indonesian(empty_home: Home) -> None:
    sheet = returned(empty_home, "bengkulu/2026/daftar.xlsx", LIST)[SUMMARY]
    texts = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "Perbaiki sel yang ditandai merah" in texts[3][0]
    assert texts[7][:3] == ["Lembar", "Baris", "Kolom"]
    assert [(row[1], row[2], row[6]) for row in texts[8:]] == [
        ("4", "Tahapan Inovasi", "Baris tidak dihitung"),
        ("3", "Kematangan", "Baris tidak dihitung"),
    ]


def test_html_comes_back_as_a_workbook(empty_home: Home) -> None:
    content = html_export(exported("1", "Satu"), exported("2", "Dua", score="x"))
    sheet = returned(empty_home, "bengkulu/2026/ekspor.xls", content)["table 1"]
    assert sheet["E4"].comment is not None


def test_a_corrected_workbook_is_read_like_the_first_one(empty_home: Home) -> None:
    book = returned(empty_home, "bengkulu/2026/daftar.xlsx", LIST)
    book["Sheet1"]["D3"], book["Sheet1"]["C4"] = "80", "Penerapan"
    stream = io.BytesIO()
    book.save(stream)
    put(empty_home, "bengkulu/2026/daftar-2.xlsx", stream.getvalue())
    result = load(empty_home)
    assert result.held.is_empty()
    counts = {row["file_name"]: (row["accepted_count"], row["merged_count"]) for row in result.receipts.to_dicts()}
    assert counts["bengkulu/2026/daftar-2.xlsx"] == (2, 2)  # the unchanged row and its repeat are no news


@pytest.mark.parametrize("content", [b"not a file", b"%PDF-1.7"])
def test_a_file_that_cannot_be_read_gives_the_summary_alone(empty_home: Home, content: bytes) -> None:
    assert returned(empty_home, "bengkulu/2026/rusak.xlsx", content).sheetnames == [SUMMARY]


def uses(home: Home) -> dict[str, str]:
    with open_snapshot(home=home.root) as snapshot:
        found = snapshot.sql("select file_name, use from receipt_use")
    return {Path(name).name: use for name, use in found.iter_rows()}


JULY_AND_AUGUST = """
[[file]]
name = "juli.xlsx"
received = 2026-07-01
[[file]]
name = "agustus.xlsx"
received = 2026-08-01
"""


def test_an_export_that_a_later_one_replaced_does_not_go_back(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/juli.xlsx", portal_list(innovation("Satu"), innovation("Dua", score="x")))
    put(empty_home, "bengkulu/2026/agustus.xlsx", portal_list(innovation("Satu"), innovation("Tiga", score="y")))
    put(empty_home, "bengkulu/2026/receipt.toml", JULY_AND_AUGUST)
    result = load(empty_home)
    (written,) = write_returns(empty_home, result.receipts, result.quarantine)
    assert written.file_name == "bengkulu/2026/agustus.xlsx"
    assert uses(empty_home) == {"juli.xlsx": "superseded", "agustus.xlsx": "base"}


def test_a_file_of_which_nothing_could_be_read_goes_back(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/juli.xlsx", portal_list(innovation("Satu")))
    put(empty_home, "bengkulu/2026/agustus.xlsx", portal_list(innovation("Dua", score="x")))
    put(empty_home, "bengkulu/2026/receipt.toml", JULY_AND_AUGUST)
    result = load(empty_home)
    (written,) = write_returns(empty_home, result.receipts, result.quarantine)
    assert written.file_name == "bengkulu/2026/agustus.xlsx"
    assert uses(empty_home)["agustus.xlsx"] == "nothing"
