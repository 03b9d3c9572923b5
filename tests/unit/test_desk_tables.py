"""Tables of the desk: what the browser gets, and the same rows as CSV and workbook, filtered and sorted alike."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, strategies as st
from openpyxl import load_workbook

from warehouse.language import Language
from workbench.desk.desk_tables import DeskTable, distinct
from workbench.desk.pages.page_content import table_of

ID = Language("id")
FRAME = pl.DataFrame(
    {
        "title": ["Béta", "=HYPERLINK(1)", "alfa", None],
        "unit_id": ["u1", "u2", "u3", "u4"],
        "score": [Decimal("71.50"), None, Decimal("9.00"), Decimal("71.50")],
        "day": [date(2026, 8, 9), None, date(2025, 1, 2), date(2026, 8, 9)],
        "bounds": [{"lower": Decimal("1.00"), "upper": Decimal("2.50")}, None, None, None],
        "nothing": pl.Series([None] * 4, dtype=pl.String),
    },
    schema_overrides={"score": pl.Decimal(6, 2)},
)
TABLE = table_of("list", "Daftar", FRAME, {"title": "Innovation", "score": "Points", "day": "Day"}, ID, "note")


def test_the_browser_gets_words_in_the_language_and_keys_to_sort_by() -> None:
    told = TABLE.for_browser(ID)
    assert [column["name"] for column in told["columns"]] == ["title", "score", "day", "bounds", "nothing"]
    assert [column["kind"] for column in told["columns"]] == ["text", "number", "date", "number", "text"]
    assert [column["hidden"] for column in told["columns"]] == [False, False, False, False, True]
    assert told["texts"][1] == ["71,50", "–", "9,00", "71,50"]
    assert told["texts"][2][0] == "9 Agustus 2026"
    assert told["texts"][3] == ["1,00–2,50", "–", "–", "–"]
    assert told["keys"][0] is None
    assert told["keys"][1] == [71.5, None, 9.0, 71.5]
    assert told["keys"][2] == ["2026-08-09", None, "2025-01-02", "2026-08-09"]


@pytest.mark.parametrize(
    ("view", "titles"),
    [
        ({}, ["Béta", "=HYPERLINK(1)", "alfa", None]),
        ({"q": "ALFA"}, ["alfa"]),
        ({"q": "71,5"}, ["Béta", None]),
        ({"f.score": "9,00"}, ["alfa"]),
        ({"s": "score:asc"}, ["alfa", "Béta", None, "=HYPERLINK(1)"]),
        ({"s": "score:desc"}, ["Béta", None, "alfa", "=HYPERLINK(1)"]),
        ({"s": "day:asc", "q": "2"}, ["alfa", "Béta", None]),
        ({"s": "no_column:asc"}, ["Béta", "=HYPERLINK(1)", "alfa", None]),
        ({"q": "nowhere"}, []),
    ],
)
def test_a_view_chooses_and_orders_rows(view: dict[str, str], titles: list[str | None]) -> None:
    assert TABLE.chosen(view, ID).frame["title"].to_list() == titles


def test_csv_has_the_chosen_columns_and_no_formula() -> None:
    text = TABLE.chosen({"c": "title,score"}, ID).as_csv().decode("utf-8-sig")
    assert text.splitlines()[0] == "Inovasi,Poin"
    assert "'=HYPERLINK(1)" in text


def test_a_workbook_has_typed_cells_and_bounds_as_two_columns() -> None:
    book = load_workbook(io.BytesIO(TABLE.as_workbook(ID)))
    rows = list(book.worksheets[1].iter_rows(values_only=True))
    assert rows[0][:5] == ("Inovasi", "Poin", "Hari", "bounds (terendah)", "bounds (tertinggi)")
    assert rows[1][1] == 71.5
    assert rows[1][2].date() == date(2026, 8, 9)
    assert rows[2][0] == "=HYPERLINK(1)"
    assert rows[1][3:5] == (1, 2.5)


def test_control_characters_and_personal_data_do_not_pass() -> None:
    frame = pl.DataFrame({"title": ["a\x1b[31mb", "NIK 3171014101900001"]})
    told = table_of("list", "Daftar", frame, {}, ID).for_browser(ID)
    assert told["texts"][0][0] == "a␛[31mb"
    assert "3171014101900001" not in told["texts"][0][1]


@given(st.lists(st.sampled_from(["a", "a 1", "b", "a 2"]), max_size=8))
def test_headings_are_each_there_once(titles: list[str]) -> None:
    told = distinct(titles)
    assert len(set(told)) == len(told) == len(titles)


def test_of_a_result_the_columns_that_people_read() -> None:
    from analysis.result import Result

    result = Result(frame=FRAME, title="Hasil", language=ID, notes=("n",), shown={"title": "Judul", "gone": "X"})
    table = DeskTable.of_result("hasil", result)
    assert table.columns == ["title"]
    assert table.notes == ("n",)
