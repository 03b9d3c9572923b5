"""Layouts are found by their headers: below title rows, under other spellings, best first, and only where they fit."""

from __future__ import annotations

import pytest

from etl.cells.sheets import Sheet, read_cells
from etl.layout.declared import find_layout, load_layout, load_layouts, simplified
from etl.values.normalise import load_vocabulary
from iga.rulebook import load_rulebook
from tests.city_files import (
    CONTROL_HEADER,
    EXPORT_HEADER,
    LIST_HEADER,
    REGISTER_HEADER,
    SPD_HEADER,
    Rows,
    html_export,
    workbook,
)
from warehouse.errors import UnknownName
from warehouse.set_aside_words import rule_words

WIDE_HEADER = (
    *(column.headers[0] for column in load_layout("l3_wide_points").columns),
    *(names[0] for names in (load_layout("l3_wide_points").indicators or pytest.fail()).headers.values()),
)


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("Nama  Inovasi", "nama inovasi"),
        (" NAMA_INOVASI* ", "nama inovasi"),
        ("Non-Digital", "non digital"),
        ("Perangkat Daerah/OPD\n(wajib)", "perangkat daerah opd wajib"),
        ("…", ""),
    ],
)
def test_headers_and_words_are_compared_without_case_spacing_and_punctuation(text: str, simple: str) -> None:
    assert simplified(text) == simple


@pytest.mark.parametrize("layout", load_layouts().values(), ids=lambda layout: layout.name)
def test_a_layout_file_is_sound(layout) -> None:
    fields = [column.field for column in layout.columns]
    assert len(fields) == len(set(fields))
    assert set(layout.signature) <= set(fields)
    for column in layout.columns:
        assert column.headers
        assert (column.type == "word") == bool(column.vocabulary)
        assert not column.vocabulary or column.vocabulary in load_vocabulary().words
    whole = [column for column in layout.columns if not column.pattern and column.type != "account_unit"]
    headers = [simplified(header) for column in whole for header in column.headers]
    assert len(headers) == len(set(headers)), "one header would fill two fields"
    if layout.indicators is not None and layout.indicators.headers:
        assert set(layout.indicators.headers) == {group.number for group in load_rulebook("2026").sid_groups}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (LIST_HEADER, "l1_portal_list"),
        (EXPORT_HEADER, "l8_html_export"),
        (WIDE_HEADER, "l3_wide_points"),
        (CONTROL_HEADER, "template_control_sheet"),
        (SPD_HEADER, "template_spd_answers"),
        (REGISTER_HEADER, "template_unit_register"),
    ],
)
def test_each_layout_is_found_by_its_header(header: tuple[str, ...], name: str) -> None:
    matches = find_layout(*read_cells(workbook([header])))
    assert matches[0].layout.name == name
    assert [match.layout.name for match in matches if match.recognised == matches[0].recognised] == [name]


@pytest.mark.parametrize("above", [0, 1, 3, 5])
def test_title_rows_may_stand_above_the_header(above: int) -> None:
    (match,) = find_layout("excel", [Sheet("s", [*[["DAFTAR INOVASI"]] * above, list(LIST_HEADER)])])
    assert match.header_row == above + 1
    assert match.columns["title"] == 1
    assert match.evidence["row"] == str(above + 1)
    assert "header in row" in rule_words("layout_taken", "message", {"cause": "found", **match.evidence})


def test_a_header_further_down_than_the_layout_looks_is_not_found() -> None:
    depth = load_layout("l1_portal_list").header_rows
    assert find_layout("excel", [Sheet("s", [*[["x"]] * depth, list(LIST_HEADER)])]) == []


def test_the_row_with_most_known_headers_is_the_header() -> None:
    short, full = ["Nama Inovasi", "Tahapan Inovasi", "Kematangan", "Aksi"], [*LIST_HEADER, "Urusan Utama"]
    (match,) = find_layout("excel", [Sheet("s", [short, full])])
    assert (match.header_row, match.recognised) == (2, 6)


def test_a_newer_name_of_a_column_is_the_same_column() -> None:
    header = [name if name != "Kematangan" else "ESTIMASI SKOR KEMATANGAN*" for name in LIST_HEADER]
    (match,) = find_layout("excel", [Sheet("s", [header])])
    assert match.columns["claimed_score"] == LIST_HEADER.index("Kematangan")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["catatan rapat"]],
        [["Nama Inovasi", "Tahapan Inovasi"]],
        [CONTROL_HEADER[:10]],
    ],
)
def test_what_lacks_the_signature_fits_no_layout(rows: Rows) -> None:
    assert find_layout(*read_cells(workbook([["x"], *rows]))) == []


@pytest.mark.parametrize("name", ["l1_portal_list", "l3_wide_points", "l8_html_export", "template_control_sheet"])
def test_a_header_without_a_column_that_every_row_must_state_is_not_the_layouts(name: str) -> None:
    header = {"l3_wide_points": WIDE_HEADER, "l8_html_export": EXPORT_HEADER, "template_control_sheet": CONTROL_HEADER}
    texts = list(header.get(name, LIST_HEADER))
    assert find_layout("excel", [Sheet("s", [texts])], name)
    texts[texts.index("Nama Inovasi")] = "Inovasi apa"
    assert find_layout("excel", [Sheet("s", [texts])], name) == []


def test_a_layout_is_only_tried_on_the_formats_it_comes_in() -> None:
    file_format, sheets = read_cells(html_export(header=CONTROL_HEADER))
    assert file_format == "html"
    assert find_layout(file_format, sheets) == []


def test_a_stated_layout_is_the_only_one_tried() -> None:
    sheets = [Sheet("s", [list(EXPORT_HEADER)])]
    assert find_layout("excel", sheets, "l1_portal_list") == []
    assert [match.layout.name for match in find_layout("excel", sheets, "l8_html_export")] == ["l8_html_export"]


def test_an_unknown_layout_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UnknownName, match=r"l9_word.*l1_portal_list"):
        find_layout("excel", [], "l9_word")


def test_visible_sheets_come_before_hidden_ones() -> None:
    rich = [*LIST_HEADER, "Urusan Utama"]
    matches = find_layout("excel", [Sheet("Lama", [rich], is_hidden=True), Sheet("Baru", [list(LIST_HEADER)])])
    assert [match.sheet.name for match in matches] == ["Baru", "Lama"]


def test_indicator_columns_are_known_by_name_in_every_spelling_of_the_guidelines() -> None:
    indicators = load_layout("l3_wide_points").indicators
    assert indicators is not None
    fixed = list(WIDE_HEADER[: len(load_layout("l3_wide_points").columns)])
    for position in (0, -1):
        (match,) = find_layout(
            "excel", [Sheet("s", [fixed + [names[position] for names in indicators.headers.values()]])]
        )
        assert list(match.levels) == list(indicators.headers)
        assert list(match.levels.values()) == list(range(len(fixed), len(fixed) + 20))


def test_control_sheet_columns_are_known_by_number() -> None:
    header = [*CONTROL_HEADER[:3], *(name for number in range(16, 36) for name in (f"{number}. X", f"Dok. {number}"))]
    (match,) = find_layout("excel", [Sheet("s", [header])])
    assert (match.levels["16"], match.documents["16"], match.levels["35"], match.documents["35"]) == (3, 4, 41, 42)
