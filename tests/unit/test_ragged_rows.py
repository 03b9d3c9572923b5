"""Rows that do not fit their header, and a text file that ends in the middle of a row."""

from __future__ import annotations

import pytest

from etl.cells.ragged_rows import has_open_end, is_cut, ragged_rows
from etl.cells.sheets import Cell, Sheet

HEADER: list[Cell] = ["No", "Nama", "Nilai", "Aksi"]


@pytest.mark.parametrize(
    ("row", "is_ragged"),
    [
        (["2", "b", "43.50", "Detail"], False),
        (["2", "b", "43", "50", "Detail"], True),
        (["2", "b", "43", "50", None], True),
        (["2", "b", "43"], True),
        (["2", "b", "43.50", "Detail", None, None], False),
        (["Catatan"], False),
    ],
)
def test_a_row_fits_its_header_or_not(row: list[Cell], is_ragged: bool) -> None:
    sheet = Sheet("csv", [HEADER, ["1", "a", "40.50", "Detail"], row])
    assert (3 in ragged_rows(sheet, 1, [0, 1, 2])) is is_ragged


def test_a_column_that_is_empty_throughout_may_be_left_out() -> None:
    sheet = Sheet("csv", [HEADER, ["1", "a", "40.50", None], ["2", "b", "43.50"]])
    assert ragged_rows(sheet, 1, [0, 1, 2]) == {}


@pytest.mark.parametrize(
    ("content", "is_open"), [(b"a\nb\n", False), (b"a\r\nb", True), (b"a", False), ("a\nb".encode("utf-16"), True)]
)
def test_the_end_of_a_text_file(content: bytes, is_open: bool) -> None:
    assert has_open_end(content) is is_open


@pytest.mark.parametrize(
    ("cells", "was_cut"),
    [
        (["40.50", "43.50", "55.50"], False),
        (["40.50", "43.50", "55.5"], True),
        (["40.50", "43.50", "5"], True),
        (["40", "43", "5"], None),
        (["Detail", "Detail", "Deta"], True),
        (["Detail", "Detail", "Detail"], False),
    ],
)
def test_whether_the_last_cell_was_cut(cells: list[str], was_cut: bool | None) -> None:
    rows: list[list[Cell]] = [["x", cell] for cell in cells]
    assert is_cut(Sheet("csv", [["Nama", "Nilai"], *rows]), 1) is was_cut


def test_a_last_row_of_fewer_cells_was_cut() -> None:
    assert is_cut(Sheet("csv", [HEADER, ["1", "a", "2", "D"], ["2", "b", "3", "D"], ["3", "c", "4"]]), 1) is True
