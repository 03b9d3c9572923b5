"""The layer of physical tables: a small table of cells in, cells out; every row keeps its sheet and number."""

from __future__ import annotations

from typing import Any

import pytest

from etl.cells.sheets import Cell, Sheet
from etl.lake import scale_of
from etl.recognition.detect import choose_layout
from etl.tables.furniture import numbers_columns
from etl.tables.make_ready import ready_sheets
from etl.tables.ready import ReadySheet
from etl.values.canonical_rows import ParsedFile, read_file

UNIT, TITLE, STAGE, SCORE = "Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Estimasi Skor Kematangan"
HEADER: list[Cell] = ["No", UNIT, TITLE, STAGE, "Waktu Uji Coba", "Waktu Penerapan", SCORE, "Aksi"]


def data(number: int, unit: str | None, title: str, score: str = "40.50") -> list[Cell]:
    return [float(number), unit, title, "Penerapan", "03/11/2022", "12/01/2023", score, "Detail"]


def only(text: Cell, place: int = 0, width: int = 8) -> list[Cell]:
    return [text if column == place else None for column in range(width)]


def read(*sheets: Sheet) -> ParsedFile:
    """Read sheets as a load does."""
    scale = scale_of(2025)
    choice = choose_layout("excel", ready_sheets(sheets), scale)
    assert choice.match is not None, choice.held_rule
    return read_file(choice.match, sheets, scale)


def stated(parsed: ParsedFile) -> list[tuple[Any, ...]]:
    return parsed.records.select("unit_name", "title").rows()


def told(parsed: ParsedFile) -> list[tuple[Any, ...]]:
    return parsed.quarantine.select("sheet", "row_number", "rule").rows()


def outcomes(parsed: ParsedFile) -> list[tuple[Any, ...]]:
    return [(sheet, number, str(outcome)) for sheet, number, outcome in
            parsed.rows.select("sheet", "row_number", "outcome").iter_rows()]  # fmt: skip


def test_a_clean_table_passes_through_as_the_same_object() -> None:
    sheet = Sheet("Data", [HEADER, data(1, "Dinas Sosial", "Satu")])
    assert ready_sheets([sheet])[0] is sheet


def test_a_unit_merged_over_its_innovations_stands_in_each_of_them() -> None:
    rows = [HEADER, data(1, "Dinas Sosial", "Satu"), data(2, None, "Dua"), data(3, "Dinas Kesehatan", "Tiga")]
    parsed = read(Sheet("Data", rows, merged=((1, 1, 2, 1),)))
    assert stated(parsed) == [("Dinas Sosial", "Satu"), ("Dinas Sosial", "Dua"), ("Dinas Kesehatan", "Tiga")]
    assert told(parsed) == []
    assert rows[2][1] is None  # what the file says stays what it says


def test_a_range_over_blank_rows_makes_no_rows() -> None:
    rows = [HEADER, data(1, "Dinas Sosial", "Satu"), only(None), only(None)]
    assert ready_sheets([Sheet("Data", rows, merged=((1, 1, 3, 1),))])[0].rows[2:] == [only(None), only(None)]


@pytest.mark.parametrize("merged", [True, False])
def test_two_levels_of_a_header_are_joined(merged: bool) -> None:
    upper: list[Cell] = ["No", UNIT, TITLE, STAGE, "Waktu", None, SCORE, "Aksi"]
    lower: list[Cell] = [None, None, None, None, "Uji Coba", "Penerapan", None, None]
    ranges = ((0, 4, 0, 5), *((0, place, 1, place) for place in (0, 1, 2, 3, 6, 7))) if merged else ()
    sheet = Sheet("Data", [upper, lower, data(1, "Dinas Sosial", "Satu")], merged=ranges)
    assert ready_sheets([sheet])[0].rows[:2] == [only(None), HEADER]
    parsed = read(sheet)
    assert parsed.records.select("row_number", "trial_date", "implementation_date").null_count().row(0) == (0, 0, 0)
    assert [number for _, number, _ in outcomes(parsed)] == [1, 2, 3]


def test_the_lower_text_alone_is_a_header_too() -> None:
    upper: list[Cell] = ["No", "Profil", None, None, "Waktu", None, "Hasil", None]
    ranges = ((0, 1, 0, 3), (0, 4, 0, 5), (0, 6, 0, 7))
    lower: list[Cell] = [None, UNIT, TITLE, STAGE, "Uji Coba", "Penerapan", SCORE, "Aksi"]
    parsed = read(Sheet("Data", [upper, lower, data(1, "Dinas Sosial", "Satu")], merged=ranges))
    assert parsed.records.select("trial_date", "implementation_date").null_count().row(0) == (0, 0)


def test_a_header_of_three_levels_with_numbered_columns() -> None:
    first: list[Cell] = ["No", UNIT, TITLE, STAGE, "Jadwal", None, SCORE, "Aksi"]
    second: list[Cell] = [None, None, None, None, "Waktu", None, None, None]
    third: list[Cell] = [None, None, None, None, "Uji Coba", "Penerapan", None, None]
    ranges = ((0, 4, 0, 5), (1, 4, 1, 5), *((0, place, 2, place) for place in (0, 1, 2, 3, 6, 7)))
    numbering: list[Cell] = [f"({place})" for place in range(1, 9)]
    rows = [first, second, third, numbering, data(1, "Dinas Sosial", "Satu")]
    parsed = read(Sheet("Data", rows, merged=ranges))
    assert stated(parsed) == [("Dinas Sosial", "Satu")]
    assert parsed.records["row_number"].to_list() == [5]


def test_data_below_a_header_with_a_nameless_column_is_no_level_of_it() -> None:
    header: list[Cell] = ["Judul", "Nama", None, "Skor"]
    row: list[Cell] = ["Satu", "Dinas", "Sosial", "baik"]
    sheet = Sheet("Data", [header, row])
    assert ready_sheets([sheet])[0] is sheet


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1.0, 2.0, 3.0, 4.0], True),
        (["(1)", "(2)", "(3)", "(4 = 2+3)"], True),
        (["a", "b", "c"], True),
        ([1.0, 2.0], False),
        ([1.0, "Dinas Sosial", 3.0], False),
        ([1.0, 2.0, 4.0], False),
    ],
)
def test_rows_that_number_columns(row: list[Cell], expected: bool) -> None:
    assert numbers_columns(row) is expected


FOOTER: list[list[Cell]] = [
    ["Jumlah", None, None, None, None, None, "81.00", None],
    ["Rata-rata", None, None, None, None, None, "40.50", None],
    only(None),
    only("Keterangan: skor belum diverifikasi"),
    only("*) Sumber: aplikasi", 1),
    only("Bengkulu, 20 Agustus 2025", 4),
    only("Kepala Bappeda", 2),
    only("NAMA PEJABAT, S.E.", 2),
    only("NIP. 19700101 199503 1 001", 2),
]


def test_what_stands_under_a_table_is_no_data_and_is_not_told() -> None:
    parsed = read(Sheet("Data", [HEADER, data(1, "Dinas Sosial", "Satu"), data(2, "Dinas Sosial", "Dua"), *FOOTER]))
    assert stated(parsed) == [("Dinas Sosial", "Satu"), ("Dinas Sosial", "Dua")]
    assert told(parsed) == []
    assert outcomes(parsed)[3:] == [("Data", number, "structural") for number in (4, 5, 7, 8, 9, 10, 11, 12)]


def test_a_broken_row_of_data_is_told_not_taken_for_furniture() -> None:
    broken: list[list[Cell]] = [
        [2.0, None, "Catatan Guru", None, None, None, None, None],
        [None, "Dinas Sosial", "Camat Menyapa", None, None, None, None, None],
    ]
    rows = [HEADER, data(1, "Dinas Sosial", "Satu"), *broken, data(4, "Dinas Sosial", "Empat")]
    parsed = read(Sheet("Data", rows))
    assert {number for _, number, outcome in outcomes(parsed) if outcome == "quarantined"} == {3, 4}


def test_totals_between_blocks_are_of_the_rows_since_the_last() -> None:
    total: list[Cell] = ["Jumlah", None, None, None, None, None, "40.50", None]
    rows = [HEADER, data(1, "Dinas Sosial", "Satu"), total, data(2, "Dinas Kesehatan", "Dua"), total]
    parsed = read(Sheet("Data", rows))
    assert (parsed.held_rule, told(parsed), len(stated(parsed))) == (None, [], 2)


def test_a_wrong_sum_is_told_and_costs_no_row() -> None:
    total: list[Cell] = ["Jumlah", None, None, None, None, None, "99.00", None]
    parsed = read(Sheet("Data", [HEADER, data(1, "Dinas Sosial", "Satu"), total]))
    assert told(parsed) == [("Data", 3, "stated_sum_differs")]
    assert len(stated(parsed)) == 1


def test_sections_and_a_header_printed_again_are_structural() -> None:
    rows = [
        HEADER, only("A. PERANGKAT DAERAH"), data(1, "Dinas Sosial", "Satu"), only(None), only("B. KECAMATAN", 1),
        HEADER, data(2, "Kecamatan Selebar", "Dua"),
    ]  # fmt: skip
    parsed = read(Sheet("Data", rows))
    assert stated(parsed) == [("Dinas Sosial", "Satu"), ("Kecamatan Selebar", "Dua")]
    assert told(parsed) == []


@pytest.mark.parametrize("place", [0, 1])
def test_sections_name_the_unit_where_no_column_does(place: int) -> None:
    header = [cell for cell in HEADER if cell != UNIT]
    one, two, three = ([cell for cell in data(number, "x", title) if cell != "x"]
                       for number, title in enumerate(["Satu", "Dua", "Tiga"], start=1))  # fmt: skip
    sections = [only("A. Dinas Kesehatan", place, 7), only("Kecamatan Selebar", place, 7)]
    parsed = read(Sheet("Data", [header, sections[0], one, two, sections[1], three]))
    units = ["Dinas Kesehatan", "Dinas Kesehatan", "Kecamatan Selebar"]
    assert stated(parsed) == list(zip(units, ["Satu", "Dua", "Tiga"], strict=True))
    assert parsed.records["row_number"].to_list() == [3, 4, 6]
    made = parsed.origins.filter(field_name="unit_name")
    assert made["column_number"].to_list() == [None]  # no column of the file says it


def test_a_unit_on_the_first_row_of_its_block_is_filled_down_and_told_once() -> None:
    units = ["Dinas Sosial", None, None, "Dinas Kesehatan", None]
    rows = [HEADER, *(data(number, unit, f"Inovasi {number}") for number, unit in enumerate(units))]
    parsed = read(Sheet("Data", rows))
    assert [unit for unit, _ in stated(parsed)] == ["Dinas Sosial"] * 3 + ["Dinas Kesehatan"] * 2
    assert told(parsed) == [("Data", 3, "unit_filled_down")]


def test_a_unit_that_is_missing_is_not_guessed() -> None:
    units = ["Dinas Sosial", "Dinas Sosial", None, None, "Dinas Kesehatan"]
    rows = [HEADER, *(data(number, unit, f"Inovasi {number}") for number, unit in enumerate(units))]
    parsed = read(Sheet("Data", rows))
    assert told(parsed) == [("Data", 4, "unit_missing"), ("Data", 5, "unit_missing")]


def test_sheets_of_one_header_are_one_list_and_keep_their_places() -> None:
    first = Sheet("OPD", [only("DAFTAR"), HEADER, data(1, "Dinas Sosial", "Satu"), only("Catatan: -")])
    second = Sheet(
        "Kecamatan", [HEADER, data(1, "Kecamatan Selebar", "Dua"), data(2, "Dinas Sosial", "Satu"), *FOOTER[3:]]
    )
    parsed = read(first, second)
    assert stated(parsed) == [("Dinas Sosial", "Satu"), ("Kecamatan Selebar", "Dua")]
    placed = parsed.rows.filter(~parsed.rows["outcome"].cast(str).eq("structural"))
    assert placed.select("sheet", "row_number", "merged_into", "merged_sheet", "read_as").rows() == [
        ("OPD", 3, None, None, 3), ("Kecamatan", 2, None, None, 5), ("Kecamatan", 3, 3, "OPD", 6),
    ]  # fmt: skip
    assert parsed.rows.height == 3 + 1 + 3 + 6
    assert ("Kecamatan", 3, "duplicate_row") in told(parsed)


def test_a_sheet_names_the_unit_where_no_column_does() -> None:
    header = [cell for cell in HEADER if cell != UNIT]
    rows = [[cell for cell in data(1, "x", title) if cell != "x"] for title in ("Satu", "Dua")]
    parsed = read(Sheet("Dinas Sosial", [header, rows[0]]), Sheet("SDN 12", [header, rows[1]]))
    assert stated(parsed) == [("Dinas Sosial", "Satu"), ("SDN 12", "Dua")]


@pytest.mark.parametrize("names", [("2024", "2025"), ("Data", "Data (2)"), ("Data", "Data lama")])
def test_years_and_copies_are_no_parts_of_one_list(names: tuple[str, str]) -> None:
    sheets = [Sheet(name, [HEADER, data(1, "Dinas Sosial", "Satu")]) for name in names]
    assert ready_sheets(sheets) == sheets
    choice = choose_layout("excel", ready_sheets(sheets), scale_of(2025))
    assert choice.held_rule == "sheets_several"


def test_what_is_hidden_is_told() -> None:
    rows = [HEADER, data(1, "Dinas Sosial", "Satu"), data(2, "Dinas Sosial", "Dua")]
    shown = Sheet("Data", rows, hidden_rows=frozenset({2}), hidden_columns=frozenset({6}))
    hidden = Sheet("Lama", rows, is_hidden=True)
    parsed = read(shown, hidden)
    assert len(stated(parsed)) == 2
    assert told(parsed) == [("Data", 1, "sheet_hidden"), ("Data", 3, "rows_hidden"), ("Data", 1, "columns_hidden")]


def test_a_header_of_levels_is_marked_as_made() -> None:
    upper: list[Cell] = ["No", UNIT, TITLE, "Waktu", None]
    lower: list[Cell] = [None, None, None, "Uji Coba", "Penerapan"]
    [ready] = ready_sheets([Sheet("Data", [upper, lower], merged=((0, 3, 0, 4),))])
    assert isinstance(ready, ReadySheet)
    assert ready.other_headers == {2: [["No", UNIT, TITLE, "Uji Coba", "Penerapan"]]}
    assert ready.place_of(2) == ("Data", 2)
