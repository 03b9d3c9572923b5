"""Tables of what a cell means in its column: text -> value, or the rule that it breaks."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, strategies as st

from etl.cells.sheets import Cell
from etl.layout.declared import all_simplified, simplified
from etl.values.dates import date_of
from etl.values.normalise import (
    affair,
    affairs_of,
    hundredths_of,
    is_missing,
    level_to,
    load_vocabulary,
    number_of,
    prose_of,
    split_title,
    split_titles,
    text_of,
    texts_of,
    title_key,
    title_keys,
    word_of,
)

MARCH_23 = date(2024, 3, 23)
MARCH_4 = date(2024, 3, 4)


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "–", " NaN ", "Belum Ditentukan", "#N/A", "null"])
def test_missing_markers_are_no_value_and_break_no_rule(cell: Cell) -> None:
    assert is_missing(cell)
    for convert in (
        text_of,
        affair,
        level_to(3),
        number_of("comma"),
        date_of("day_first"),
        word_of("stage", "stage_unknown"),
    ):
        assert convert(cell) == (None, None)


@pytest.mark.parametrize(
    ("order", "cell", "value"),
    [
        ("day_first", "23/03/2024", MARCH_23),
        ("day_first", "4/3/2024", MARCH_4),
        ("day_first", "04-03-2024", MARCH_4),
        ("day_first", "04.03.2024", MARCH_4),
        ("month_first", "03/23/2024", MARCH_23),
        ("month_first", "3/4/2024", MARCH_4),
        ("day_first", "2024-03-23", MARCH_23),
        ("month_first", "2024-03-23 00:00:00", MARCH_23),
        ("month_first", "2024-03-23T08:15", MARCH_23),
        ("day_first", "23 Maret 2024", MARCH_23),
        ("day_first", "23 MARET 2024", MARCH_23),
        ("day_first", "23-Mar-2024", MARCH_23),
        ("day_first", "Sabtu, 23 Mar 2024", MARCH_23),
        ("month_first", "4 March 2024", MARCH_4),
        ("day_first", "1 Pebruari 2024", date(2024, 2, 1)),
        ("day_first", "17 Ags. 2024", date(2024, 8, 17)),
        ("day_first", "10 Nopember 2024", date(2024, 11, 10)),
        ("day_first", "29/02/2024", date(2024, 2, 29)),
        ("day_first", MARCH_23, MARCH_23),
        ("day_first", datetime.fromisoformat("2024-03-23 17:00"), MARCH_23),
        ("day_first", 45374.0, MARCH_23),
        ("day_first", 45374.75, MARCH_23),
    ],
)
def test_dates(order: str, cell: Cell, value: date) -> None:
    assert date_of(order)(cell) == (value, None)


@pytest.mark.parametrize(
    ("order", "cell"),
    [
        ("day_first", "31/02/2022"),
        ("month_first", "02/31/2022"),
        ("month_first", "23/03/2024"),
        ("day_first", "29/02/2023"),
        ("day_first", "00/00/0000"),
        ("day_first", "23/03"),
        ("day_first", "23 Martius 2024"),
        ("day_first", "2024"),
        ("day_first", "Maret 2024"),
        ("day_first", "sudah diterapkan"),
        ("day_first", 2024.0),
        ("day_first", 78.5),
        ("day_first", float("nan")),
        ("day_first", float("inf")),
    ],
)
def test_what_is_no_date_is_never_guessed(order: str, cell: Cell) -> None:
    assert date_of(order)(cell) == (None, "date_invalid")


@pytest.mark.parametrize(
    ("mark", "cell", "value"),
    [
        ("comma", "78,50", "78.50"),
        ("comma", "78", "78"),
        ("comma", "1.110", "1110"),
        ("comma", "1.110,25", "1110.25"),
        ("comma", " 0,01 ", "0.01"),
        ("dot", "78.50", "78.50"),
        ("dot", "1,110", "1110"),
        ("dot", "1,110.25", "1110.25"),
        ("dot", "-3", "-3"),
        ("comma", 78.5, "78.5"),
        ("dot", 29.1 * 3, "87.3"),
        ("comma", 0.1 + 0.2, "0.3"),
    ],
)
def test_numbers_follow_the_decimal_mark_of_their_layout(mark: str, cell: Cell, value: str) -> None:
    assert number_of(mark)(cell) == (Decimal(value), None)


@pytest.mark.parametrize(
    ("mark", "cell"),
    [
        ("comma", "78.5"),
        ("comma", "78,5,0"),
        ("dot", "78,5"),
        ("dot", "1.110.000"),
        ("comma", "belum diisi"),
        ("comma", "78,50% dari 100"),
        ("comma", "1e3"),
        ("comma", "87 dari 111"),
        ("dot", "=SUM(A1:A9)"),
        ("dot", float("nan")),
        ("dot", float("inf")),
        ("dot", date(2024, 3, 23)),
    ],
)
def test_what_is_no_number_under_its_decimal_mark_is_never_guessed(mark: str, cell: Cell) -> None:
    assert number_of(mark)(cell) == (None, "number_invalid")


@pytest.mark.parametrize(
    ("maximum", "cell", "value", "rule"),
    [
        (111, "0,00", 0, None),
        (111, "111,00", 11_100, None),
        (111, "111,01", None, "score_out_of_range"),
        (111, "1110", None, "score_out_of_range"),
        (111, "-0,01", None, "score_out_of_range"),
        (111, "78,505", None, "number_invalid"),
        (111, "78,500", 7_850, None),
        (111, "kosong", None, "number_invalid"),
        (None, "1110", 111_000, None),
        (None, "21474836,47", 2**31 - 1, None),
        (None, "21474836,48", None, "score_out_of_range"),
        (None, "9" * 40, None, "score_out_of_range"),
        (None, 1e300, None, "score_out_of_range"),
    ],
)
def test_scores_are_whole_hundredths_within_the_editions_maximum(
    maximum: int | None, cell: Cell, value: int | None, rule: str | None
) -> None:
    convert = hundredths_of("comma", None if maximum is None else Decimal(maximum))
    assert convert(cell) == (value, rule)


@given(st.integers(0, 11_100))
def test_a_score_written_in_any_way_is_the_same_score(hundredths: int) -> None:
    whole, rest = divmod(hundredths, 100)
    expected = (hundredths, None)
    assert hundredths_of("comma", Decimal(111))(f"{whole},{rest:02}") == expected
    assert hundredths_of("dot", Decimal(111))(f"{whole}.{rest:02}") == expected
    assert hundredths_of("dot", Decimal(111))(hundredths / 100) == expected


@given(st.dates(date(1955, 1, 1), date(2100, 1, 1)))
def test_a_date_written_in_any_way_is_the_same_date(day: date) -> None:
    month = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober"]
    name = [*month, "November", "Desember"][day.month - 1]
    expected = (day, None)
    assert date_of("day_first")(f"{day.day}/{day.month}/{day.year}") == expected
    assert date_of("month_first")(f"{day.month}/{day.day}/{day.year}") == expected
    assert date_of("month_first")(day.isoformat()) == expected
    assert date_of("day_first")(f"{day.day} {name} {day.year}") == expected
    assert date_of("day_first")(float((day - date(1899, 12, 30)).days)) == expected


@pytest.mark.parametrize(
    ("cell", "value", "rule"),
    [
        ("0", 0, None),
        (" 3 ", 3, None),
        (2.0, 2, None),
        ("4", None, "level_out_of_range"),
        ("-1", None, "level_out_of_range"),
        (1.5, None, "level_out_of_range"),
        ("dua", None, "level_out_of_range"),
        ("²", None, "level_out_of_range"),
    ],
)
def test_levels(cell: Cell, value: int | None, rule: str | None) -> None:
    assert level_to(3)(cell) == (value, rule)


def test_levels_reach_as_far_as_the_rules_say() -> None:
    assert [level_to(4)(cell) for cell in ("4", 4.0, "5")] == [(4, None), (4, None), (None, "level_out_of_range")]


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("stage", "Penerapan", "implementation"),
        ("stage", " UJI  COBA ", "trial"),
        ("stage", "uji_coba", "trial"),
        ("stage", "Inisiatif", "initiative"),
        ("initiator_kind", "OPD/Perangkat Daerah", "unit"),
        ("is_digital", "Non-Digital", "false"),
        ("is_complete", "Ya", "true"),
        ("is_complete", "Tidak Ada", "false"),
        *(("is_complete", tick, "true") for tick in ("v", " V ", "✓", "✔", "√", "1", 1.0, "sudah", "Lengkap")),
        *(("is_complete", tick, "false") for tick in ("-", "–", "0", 0.0, "belum", "Tidak")),
        ("unit_kind", "PERUMDA", "bumd"),
        ("status", "Dikembalikan", "returned"),
    ],
)
def test_words(field: str, cell: str, code: str) -> None:
    assert word_of(field, "word_unknown")(cell) == (code, None)


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("stage", "DIPASARKAN"), ("is_digital", "digitalisasi"), ("status", 1.0),
        ("is_complete", "x"), ("is_complete", "X"), ("is_complete", "*"),
    ],
)  # fmt: skip
def test_a_word_that_is_not_in_the_vocabulary_is_not_guessed(field: str, cell: Cell) -> None:
    assert word_of(field, "a_rule")(cell) == (None, "a_rule")


def test_a_word_has_one_meaning() -> None:
    assert {"stage", "is_complete", "unit_kind"} <= load_vocabulary().words.keys()
    for words in load_vocabulary().words.values():
        assert all(alias == " ".join(alias.split()).casefold() and alias for alias in words)


@pytest.mark.parametrize(
    ("cell", "is_known"),
    [
        ("Pendidikan", True),
        (" pendidikan ", True),
        ("Kesehatan", True),
        ("Inovasi Smart City", False),
        ("Pendidikan yang Baik", False),
    ],
)
def test_affairs_are_known_by_their_whole_name(cell: str, is_known: bool) -> None:
    value, rule = affair(cell)
    assert (value is not None, rule) == (is_known, None if is_known else "affair_unknown")


def test_training_is_not_the_basic_service_education() -> None:
    assert affair("Pendidikan dan Pelatihan")[0] != affair("Pendidikan")[0]


@pytest.mark.parametrize(
    ("cell", "title", "note"),
    [
        ("SLAWE", "SLAWE", None),
        ("  Halo   PTSP ", "Halo PTSP", None),
        ("SLAWE (lihat indikator 5)", "SLAWE", "lihat indikator 5"),
        ("SLAWE…. (mohon lengkapi video)", "SLAWE", "mohon lengkapi video"),
        ("SLAWE … perbaiki tahapan", "SLAWE", "perbaiki tahapan"),
        ("SLAWE ... kurang dokumen", "SLAWE", "kurang dokumen"),
        ("SLAWE (Sistem Layanan Warga)", "SLAWE (Sistem Layanan Warga)", None),
        ("Lihat Bumi (LIBU)", "Lihat Bumi (LIBU)", None),
        ("(lihat indikator 5)", "(lihat indikator 5)", None),
        ("... lihat indikator 5", "... lihat indikator 5", None),
        (2024.0, "2024", None),
    ],
)
def test_a_reviewers_remark_is_split_off_the_title(cell: Cell, title: str, note: str | None) -> None:
    assert split_title(text_of(cell)[0]) == (title, note)


@pytest.mark.parametrize("filler", [".", "…", "(", "( ", " ."])
def test_a_title_of_nothing_but_dots_does_not_stop_a_load(filler: str) -> None:
    # With a pattern that is quadratic in the length of the title this would run for many minutes.
    title = "Judul " + filler * (1_000_000 // len(filler))
    assert split_title(text_of(title)[0]) == (" ".join(title.split()), None)


def test_the_key_of_a_title_does_not_depend_on_how_it_is_written() -> None:
    titles, units = ["Halo PTSP!", "HALO  ptsp", "Halo PTSP"], ["DPMPTSP", "dpmptsp", "Dinas Kesehatan"]
    first, shouted, other = title_keys(titles, units)
    assert first == shouted == title_key(titles[0], units[0]) != other


def test_a_number_that_no_float_holds_is_no_code() -> None:
    assert affairs_of({"1": "01"})(f"[1, {'9' * 400}]") == (None, "code_unknown")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<p>Satu</p><p>Dua&nbsp;&amp; tiga</p>", "Satu Dua & tiga"),
        ("<b>B</b>ank<br>sampah<style>p {}</style>", "Bank sampah"),
        ("biaya <5 juta & a <b tanpa akhir", "biaya <5 juta & a <b tanpa akhir"),
        ("baris satu\nbaris dua", "baris satu baris dua"),
        ("<p>-</p>", None),
        ("", None),
        (None, None),
    ],
)
def test_rich_text_becomes_plain(cell: str | None, text: str | None) -> None:
    assert prose_of(cell) == (text, None)


WRITTEN = [
    "Inovasi satu", "Inovasi  dua", " Tiga", "Empat ", "Li\nma", "Enam\u00a0", "~ tujuh", "Delapan ~ lagi", "-", "",
    "nan", "Ünit É", "_x_", "A-B.C", "SIPINTAR (lihat proposal)", "Judul … perbaiki", "ends(", "a\tb", "x" * 50, None,
    3.0, date(2026, 1, 2), "İ", "ß", "²", "a\u2028b", "\x1f",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_many_at_once_are_read_as_one_by_one(seed: int) -> None:
    random = Random(seed)
    cells = random.choices(WRITTEN, k=random.randrange(6))
    texts = ["" if cell is None else str(cell) for cell in cells]
    assert texts_of(cells) == [text_of(cell)[0] for cell in cells]
    assert all_simplified(texts) == [simplified(text) for text in texts]
    assert split_titles(texts) == [split_title(text) for text in texts]


def test_title_notes_can_be_looked_for_in_many_titles_at_once() -> None:
    # `split_titles` searches lines; the ends of a whole text would hide from it.
    assert not any(re.search(r"\\[AZ]", pattern.pattern) for pattern in load_vocabulary().title_notes)
