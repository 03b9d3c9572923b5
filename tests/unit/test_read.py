"""Rows of a file become records: every row one outcome, every rejected cell its rule, place and original text."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

from etl.cells.sheets import Sheet
from etl.lake import scale_of
from etl.layout.declared import load_layout
from etl.values.canonical_rows import ParsedFile, hold, source_id_of
from tests.city_files import (
    CONTROL_HEADER,
    LIST_HEADER,
    REGISTER_HEADER,
    SPD_HEADER,
    Rows,
    Value,
    exported,
    html_export,
    innovation,
    parsed,
    portal_list,
    workbook,
)

WIDE = load_layout("l3_wide_points")


def outcomes(file: ParsedFile) -> list[str]:
    return file.rows["outcome"].to_list()


def rejected(file: ParsedFile) -> list[tuple[int, str, str, str, str]]:
    columns = ("row_number", "column_name", "rule", "original_text", "scope")
    return file.quarantine.select(columns).rows()


def wide(*rows: dict[str, Value], points: Value = 2) -> bytes:
    """A workbook in layout L3; a row states what differs from an innovation with ``points`` for every indicator."""
    fields = {column.field: column.headers[0] for column in WIDE.columns}
    indicators = {number: names[0] for number, names in WIDE.indicators.headers.items()}
    usual: dict[str, Value] = {
        "unit_name": "Dinas Kesehatan",
        "sub_activity": "x",
        "stage": "Penerapan",
        "trial_date": "01/31/2025",
        "implementation_date": "12/30/2025",
    }
    lines = [
        [
            ({**usual, "title": f"Inovasi {place}", **row}).get(name, points if name in indicators else None)
            for name in (*fields, *indicators)
        ]
        for place, row in enumerate(rows)
    ]
    return workbook([[*fields.values(), *indicators.values()], *lines])


def test_every_row_has_one_outcome_and_rows_keep_their_numbers() -> None:
    file = parsed(
        workbook(
            [
                ["DAFTAR INOVASI"],
                [],
                LIST_HEADER,
                innovation("Satu"),
                [],
                innovation("Dua", score="kosong"),
                innovation("Satu"),
                [None] * 6 + ["catatan kaki di luar tabel"],
            ]
        )
    )
    assert file.rows.select("row_number", "outcome", "merged_into").rows() == [
        (1, "structural", None),
        (3, "structural", None),
        (4, "accepted", None),
        (6, "quarantined", None),
        (7, "merged", 4),
        (8, "structural", None),
    ]
    assert file.records["row_number"].to_list() == [4]


def test_a_record_holds_what_its_row_states() -> None:
    header = [*LIST_HEADER, "Urusan Utama", "Waktu Uji Coba", "Waktu Penerapan"]
    row = [
        "Dinas  Kesehatan",
        "SLAWE (lihat indikator 5)",
        "UJI COBA",
        "78.50",
        "x",
        "Kesehatan",
        "23/03/2024",
        "2 Mei 2025",
    ]
    (record,) = parsed(workbook([header, row])).records.rows(named=True)
    assert record["title"] == "SLAWE"
    assert record["title_note"] == "lihat indikator 5"
    assert record["title_original"] == "SLAWE (lihat indikator 5)"
    assert record["unit_name"] == "Dinas Kesehatan"
    assert record["stage"] == "trial"
    assert record["claimed_score_x100"] == 7850
    assert record["verified_score_x100"] is None
    assert (record["trial_date"], record["implementation_date"]) == (date(2024, 3, 23), date(2025, 5, 2))
    assert record["match_key"] == "slawe|dinas kesehatan"


def test_the_original_of_a_row_is_kept_as_text() -> None:
    file = parsed(portal_list(innovation('Judul "kutip" \\ é', score=78.5)))
    assert json.loads(file.rows["original"][1]) == [
        "Dinas Kesehatan",
        'Judul "kutip" \\ é',
        "Penerapan",
        "78.5",
        "Lihat",
    ]


@pytest.mark.parametrize(
    ("row", "column", "rule", "original"),
    [
        (innovation(""), "Nama Inovasi", "title_missing", ""),
        (innovation("Satu", unit="-"), "Nama Perangkat Daerah", "unit_missing", "-"),
        (innovation("Satu", score=None), "Kematangan", "value_missing", ""),
        (innovation("Satu", score="belum diisi"), "Kematangan", "number_invalid", "belum diisi"),
        (innovation("Satu", score=1110), "Kematangan", "score_out_of_range", "1110"),
        (innovation("Satu", stage="DIPASARKAN"), "Tahapan Inovasi", "stage_unknown", "DIPASARKAN"),
        (innovation("Satu", stage="belum ditentukan"), "Tahapan Inovasi", "value_missing", "belum ditentukan"),
    ],
)
def test_an_unreadable_required_cell_costs_its_row(row: list[Value], column: str, rule: str, original: str) -> None:
    file = parsed(portal_list(row, innovation("Dua")))
    assert outcomes(file) == ["structural", "quarantined", "accepted"]
    assert rejected(file) == [(2, column, rule, original, "row")]


@pytest.mark.parametrize(
    ("header", "cell", "rule"),
    [
        ("Waktu Penerapan", "31/02/2022", "date_invalid"),
        ("Urusan Utama", "Inovasi Smart City", "affair_unknown"),
    ],
)
def test_another_unreadable_cell_is_left_empty_and_its_row_is_kept(header: str, cell: str, rule: str) -> None:
    file = parsed(workbook([[*LIST_HEADER, header], [*innovation("Satu"), cell]]))
    assert outcomes(file) == ["structural", "accepted"]
    assert rejected(file) == [(2, header, rule, cell, "cell")]
    assert file.records.select("implementation_date", "main_affair_code").row(0) == (None, None)


def test_two_broken_cells_of_one_row_are_both_told() -> None:
    file = parsed(portal_list(innovation("", score="kosong")))
    assert {rule for _, _, rule, _, _ in rejected(file)} == {"title_missing", "number_invalid"}
    assert outcomes(file) == ["structural", "quarantined"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([innovation("Satu"), innovation("Satu")], ["accepted", "merged"]),
        ([innovation("Satu"), innovation("Satu", score=71)], ["quarantined", "accepted"]),
        ([innovation("Satu"), innovation("Satu", unit="Dinas Sosial")], ["accepted", "accepted"]),
        ([innovation("Satu"), innovation("SATU!", score=70)], ["quarantined", "accepted"]),
        ([innovation("Satu", score="?"), innovation("Satu")], ["quarantined", "accepted"]),
        ([innovation("Satu"), innovation("Satu"), innovation("Satu")], ["accepted", "merged", "merged"]),
        ([innovation("A"), innovation("A", score=1), innovation("A")], ["accepted", "quarantined", "merged"]),
    ],
)
def test_equal_rows_are_merged_and_of_contradicting_ones_the_later_counts(rows: Rows, expected: list[str]) -> None:
    assert outcomes(parsed(portal_list(*rows))) == ["structural", *expected]


def test_the_running_number_does_not_make_rows_differ() -> None:
    file = parsed(workbook([["No", *LIST_HEADER], [1, *innovation("Satu")], [2, *innovation("Satu")]]))
    assert outcomes(file) == ["structural", "accepted", "merged"]


def test_the_number_of_a_system_goes_before_the_title() -> None:
    file = parsed(html_export(exported("017", "Sama"), exported("018", "Sama"), exported("017", "Lain")))
    assert outcomes(file) == ["structural", "structural", "quarantined", "accepted", "accepted"]
    assert file.records["match_key"].to_list() == ["018", "017"]


@pytest.mark.parametrize(
    ("stated", "held_rule"),
    [(None, None), (2, None), (3, "stated_total_differs"), (1, "stated_total_differs")],
)
def test_a_file_that_states_another_total_is_held_as_a_whole(stated: int | None, held_rule: str | None) -> None:
    file = parsed(html_export(exported("1", "Satu"), exported("2", "Dua"), total=stated))
    assert (file.held_rule, file.stated_total) == (held_rule, stated)
    if held_rule:
        assert set(outcomes(file)) == {"quarantined"}
        assert file.records.is_empty()
        assert file.quarantine["scope"].to_list() == ["file"]


@pytest.mark.parametrize(
    ("text", "total"), [("Total Data: 1.214 |", 1214), ("Total Data: . |", None), ("Total: 9", None)]
)
def test_the_stated_total_is_a_number_or_not_stated(text: str, total: int | None) -> None:
    header = ["Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Tahapan Inovasi", "Kematangan"]
    assert parsed(workbook([[text], header, exported("1", "Satu")])).stated_total == total


def test_points_become_levels_by_the_weights_of_the_edition() -> None:
    weights = scale_of(2026).weights
    full = {number: int(3 * weight) for number, weight in weights.items()}
    file = parsed(wide({**full, "claimed_score": sum(full.values())}))
    assert rejected(file) == []
    for number, weight in weights.items():
        assert file.answers.select(f"level_{number}", f"points_{number}").row(0) == (3, 300 * weight)
    assert file.records["implementation_date"].to_list() == [date(2025, 12, 30)]


@pytest.mark.parametrize(
    ("cell", "level", "points", "rule"),
    [
        (0, 0, 0, None),
        (None, None, None, None),
        (1000, None, None, "points_not_multiple"),
        (-1, None, None, "score_out_of_range"),
        ("x", None, None, "number_invalid"),
    ],
)
def test_points_that_no_level_gives_are_rejected(
    cell: Value, level: int | None, points: int | None, rule: str | None
) -> None:
    file = parsed(wide({"35": cell, "claimed_score": 50}, points=None))
    assert file.answers.select("level_35", "points_35").row(0) == (level, points)
    assert [rule for _, _, rule, _, _ in rejected(file)] == ([rule] if rule else [])
    assert outcomes(file) == ["structural", "accepted"]


def test_without_a_rulebook_points_are_kept_and_no_level_is_guessed() -> None:
    file = parsed(wide({"claimed_score": 50}), edition=2022)
    assert file.answers.select("level_16", "points_16").row(0) == (None, 200)


def test_a_total_that_differs_from_its_points_is_kept_and_told() -> None:
    file = parsed(wide({"claimed_score": 12}, points=0))
    assert rejected(file) == [(2, "Kematangan", "total_differs", "12", "cell")]
    assert file.records["claimed_score_x100"].to_list() == [1200]
    assert json.loads(file.quarantine["detail"][0]) == {"text": "12", "sum": "0"}


def test_a_total_is_not_held_against_points_that_are_not_all_there() -> None:
    assert rejected(parsed(wide({"16": None, "claimed_score": 12}, points=0))) == []


def test_a_control_sheet_gives_levels_and_documents() -> None:
    header = [*CONTROL_HEADER, "Dok. 16", "Dok. 17", "Dok. 18"]
    row = ["017", "Satu", "Dinas", *[1] * 19, 3, "Ya", "Tidak", "mungkin"]
    file = parsed(workbook([header, row]))
    assert file.answers.select("level_16", "level_35", "points_35").row(0) == (1, 3, 300 * scale_of(2026).weights["35"])
    assert file.answers.select("document_16", "document_17", "document_18", "document_19").row(0) == (
        True,
        False,
        None,
        None,
    )
    assert rejected(file) == [(2, "Dok. 18", "word_unknown", "mungkin", "cell")]


def test_a_level_out_of_range_is_left_empty() -> None:
    file = parsed(workbook([CONTROL_HEADER, ["017", "Satu", "Dinas", 4, *[1] * 19]]))
    assert rejected(file) == [(2, "16. Indikator", "level_out_of_range", "4", "cell")]
    assert file.answers["level_16"].to_list() == [None]


def test_spd_answers_are_levels_or_a_total_in_points() -> None:
    file = parsed(workbook([SPD_HEADER, ["SPD-01", "Visi", 3, None, None], ["TOTAL", "Skor SPD", None, "53,25", None]]))
    assert file.records.select("indicator_number", "level", "points_x100").rows() == [
        ("SPD-01", 3, None),
        ("TOTAL", None, 5325),
    ]


def test_a_unit_code_stands_once_in_a_register() -> None:
    file = parsed(
        workbook(
            [
                REGISTER_HEADER,
                ["U1", "Dinas Kesehatan", "OPD", None, "Kesehatan", None],
                ["U2", "Puskesmas A", "Puskesmas", "U1", None, None],
                ["U1", "Dinas Sosial", "OPD", None, "Sosial", None],
                ["U3", "Kantor X", "kantor", None, None, None],
            ]
        )
    )
    assert outcomes(file) == ["structural", "accepted", "accepted", "quarantined", "quarantined"]
    assert [rule for _, _, rule, _, _ in rejected(file)] == ["word_unknown", "unit_code_repeated"]


def test_rows_of_other_sheets_are_structural() -> None:
    file = parsed(workbook(sheets={"Petunjuk": [["Isi lembar Data"]], "Data": [LIST_HEADER, innovation("Satu")]}))
    assert file.rows.select("sheet", "outcome").rows() == [
        ("Petunjuk", "structural"),
        ("Data", "structural"),
        ("Data", "accepted"),
    ]


def test_short_and_long_rows_of_html_are_read_alike() -> None:
    rows = "<tr><td>1</td><td>Satu</td><td>Dinas</td><td>Penerapan</td></tr>"
    rows += "<tr><td>2</td><td>Dua</td><td>Dinas</td><td>Penerapan</td><td>70,00</td><td>lebih</td></tr>"
    content = html_export().replace(b"</table>", rows.encode() + b"</table>")
    file = parsed(content)
    assert outcomes(file) == ["structural", "structural", "quarantined", "accepted"]


def test_formulas_and_markup_stay_text() -> None:
    titles = ['=HYPERLINK("http://x")', "<script>alert(1)</script>", "@SUM(A1)", "'; drop table submission; --"]
    file = parsed(html_export(*(exported(str(place), title) for place, title in enumerate(titles))))
    assert file.records["title"].to_list() == titles


def test_a_held_file_quarantines_each_of_its_rows() -> None:
    file = hold([Sheet("a", [["x"], [None], ["y"]]), Sheet("b", [["z"]])], "layout_unknown", detail="excel")
    assert outcomes(file) == ["quarantined"] * 3
    assert file.quarantine.select("row_number", "rule", "scope").rows() == [(None, "layout_unknown", "file")]


def test_a_header_without_rows_is_a_file_without_records() -> None:
    file = parsed(portal_list())
    assert outcomes(file) == ["structural"]
    assert file.records.is_empty()
    assert file.records.schema["match_key"] == pl.String


def test_the_name_of_a_row_depends_on_its_file_sheet_and_number_only() -> None:
    assert source_id_of("ab", "S", 12) == source_id_of("ab", "S", 12)
    assert len({source_id_of("ab", "S", 12), source_id_of("ab", "S1", 2), source_id_of("ab", "S", 1)}) == 3
