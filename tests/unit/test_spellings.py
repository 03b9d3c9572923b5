"""Tables of the spellings that offices use: dates, numbers, words, coordinates, and what cannot be seen in a text."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from etl.cells.sheets import Cell
from etl.values.cleaned import cleaned, visible
from etl.values.coordinates import coordinate, degrees
from etl.values.dates import date_of, date_order_of, names_no_day
from etl.values.normalise import (
    affair,
    affairs_of,
    decimal_mark_of,
    hundredths_of,
    identifier_of,
    is_missing,
    level_to,
    load_vocabulary,
    number_of,
    text_of,
    word_of,
)

JUNE_1 = date(2023, 6, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "1/6/2023", "01-06-23", "1.6.23", "1 / 6 / 2023", "01 06 2023", "1/6/'23", "01-06-2023 00:00",
        "1/6/2023 08.15 WIB",        "1/6/2023, 8:15:00 AM", "2023-06-01T00:00:00", "2023-06-01T00:00:00.000Z",
        "2023-06-01 08:15:00+07:00",
        "2023/06/01", "2023.6.1", "20230601", "45078", "45078.5", "45078,25", "1 Juni 2023", "1 JUNI 2023", "1-Jun-23",
        "1 jun '23", "01Jun2023", "1 Juni, 2023", "1 Juni 2023 pukul 08.15", "tgl 1 JUNI 2023", "Tgl. 1-6-2023",
        "tanggal: 1 Juni 2023", "Kamis, 1 Juni 2023", "hari Kamis tanggal 1 Juni 2023", "Kota Bengkulu, 1 Juni 2023",
        "June 1, 2023", "Thursday, June 1st, 2023", "1 June 2023", "2023-Jun-01", "1\u00a0Juni\u00a02023\u00a0",
        "'01/06/2023", "01/06/2023\u200b", "\ufeff1 Juni 2023", "01\u201106\u20112023", "1–6–2023", 45078.0, 20230601.0,
    ],
)  # fmt: skip
def test_one_day_in_every_spelling(cell: Cell) -> None:
    assert date_of("day_first")(cell) == (JUNE_1, None)


@pytest.mark.parametrize(
    ("cell", "is_without_day"),
    [
        ("Maret 2024", True), ("2024", True), ("03/2024", True), ("2024-03", True), ("'24", False),
        ("Tahun 2024", False), ("Triwulan I 2024", False), ("1 Juni s.d. 3 Juni 2023", False),
        ("31/02/2023", False), ("31 Juni 2023", False),
        ("12:30", False), ("1 Juno 2023", False), ("10000101", False), ("12/30", False), ("9" * 5_000, False),
    ],
)  # fmt: skip
def test_no_day_is_invented(cell: str, is_without_day: bool) -> None:
    assert date_of("day_first")(cell) == (None, "date_invalid")
    assert names_no_day(cell) == is_without_day


def test_two_digits_of_a_year_begin_at_the_stated_one() -> None:
    first = load_vocabulary().two_digit_years_from
    assert date_of("day_first")(f"1/2/{first % 100:02}") == (date(first, 2, 1), None)
    assert date_of("day_first")(f"1/2/{(first - 1) % 100:02}") == (date(first + 99, 2, 1), None)


def test_short_years_and_times_are_evidence_of_the_order_too() -> None:
    assert date_order_of(["03/16/23", "03/03/23"], "evidence") == ("month_first", None)
    assert date_order_of(["16-03-2023 00:00", "03-03-2023 00:00"], "evidence") == ("day_first", None)
    assert date_order_of(["03/04/23"], "evidence") == ("day_first", "date_order_open")


MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November")
NAMES = (*MONTHS, "Desember")
ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@given(st.dates(date(1955, 1, 1), date(2049, 12, 31)))
def test_every_date_in_every_spelling_is_itself(day: date) -> None:
    number, month, year, short = day.day, day.month, day.year, f"{day.year % 100:02}"
    name, english = NAMES[month - 1], ENGLISH[month - 1]
    day_first, month_first = date_of("day_first"), date_of("month_first")
    spelled = [
        f"{number:02}/{month:02}/{short}", f"{number}-{month}-{year}", f"{number}.{month}.{short}",
        f"{number:02}-{month:02}-{year} 23:59", f"tgl {number} {name.upper()} {year}", f"{number:02}-{english}-{short}",
        f"{number} {name}, {year}", f"{english} {number}, {year}", f"{year}/{month:02}/{number:02}",
        f"{year}{month:02}{number:02}", f"{day.isoformat()}T00:00:00", str((day - date(1899, 12, 30)).days),
        f"Bengkulu, {number} {name} {year}", f"'{number:02}/{month:02}/{year}\u200b",
    ]  # fmt: skip
    assert [day_first(text) for text in spelled] == [(day, None)] * len(spelled)
    assert month_first(f"{month}/{number}/{short}") == month_first(f"{month}-{number}-{year} 0:00") == (day, None)


@pytest.mark.parametrize(
    ("mark", "cell", "value"),
    [
        ("dot", "40.50\u00a0", "40.50"), ("dot", "\u00a045.00", "45.00"), ("dot", "'50.00", "50.00"),
        ("dot", "’50.00", "50.00"), ("dot", "60.00\u200b", "60.00"), ("dot", "\ufeff60.00", "60.00"),
        ("dot", "\u221260.5", "-60.5"), ("comma", "45,50%", "45.50"), ("comma", "45,50 %", "45.50"),
        ("comma", "1 110,25", "1110.25"), ("comma", "1\u202f110,25", "1110.25"), ("dot", "60.00\x00", "60.00"),
    ],
)  # fmt: skip
def test_numbers_without_what_cannot_be_seen(mark: str, cell: str, value: str) -> None:
    assert number_of(mark)(cell) == (Decimal(value), None)


@pytest.mark.parametrize(
    ("cells", "declared", "maximum", "mark"),
    [
        (["40,50", "45,00"], "dot", 111, "comma"), (["40.50", "45.00"], "comma", 111, "dot"),
        (["40.50", "45,00", "50.00"], "dot", 111, "dot"), (["40.50", "45,00"], "dot", 111, "dot"),
        (["40", "45"], "dot", 111, "dot"), (["78,500", "60,250"], "dot", 111, "comma"),
        (["1.234", "2.345"], "dot", None, "dot"), (["1.234,5", "2.345"], "dot", None, "comma"),
        (["40,50%", "45,00 %"], "dot", 111, "comma"), (["'40,50", "45,00\u200b"], "dot", 111, "comma"),
        ([40.5, None, "45,00"], "dot", 111, "comma"),
    ],
)  # fmt: skip
def test_the_column_decides_its_decimal_mark(cells: list[Cell], declared: str, maximum: int | None, mark: str) -> None:
    assert decimal_mark_of(cells, declared, None if maximum is None else Decimal(maximum)) == (mark, None)


def test_a_column_of_which_both_readings_stand_is_open() -> None:
    assert decimal_mark_of(["1.234", "2.345"], "evidence") == ("dot", "decimal_mark_open")


@given(st.integers(0, 11_100), st.sampled_from(["comma", "dot"]))
def test_every_score_in_every_spelling_is_itself(hundredths: int, mark: str) -> None:
    sign = "," if mark == "comma" else "."
    text = f"{hundredths // 100}{sign}{hundredths % 100:02}"
    convert = hundredths_of(mark, Decimal(111))
    spelled = [text, f"'{text}", f"\u00a0{text}\u00a0", f"{text}\u200b", f"{text}%", f"\ufeff{text}", hundredths / 100]
    assert [convert(cell) for cell in spelled] == [(hundredths, None)] * len(spelled)
    assert decimal_mark_of([text], "comma" if mark == "dot" else "dot") == (mark, None)


@pytest.mark.parametrize(
    ("field", "words", "code"),
    [
        ("stage", ["Inisiatif", "Ide", "1. Inisiatif", "Tahap Inisiatif", "IDE/GAGASAN"], "initiative"),
        ("stage", ["Uji Coba", "Ujicoba", "uji-coba", "Pilot", "Pilot Project", "Masih dalam tahap uji coba"], "trial"),
        ("stage", ["Tahap penerapan", "Sudah diterapkan", "Implementasi", "3) Penerapan", "\uf0b7 Penerapan"],
         "implementation"),
        ("is_digital", ["TRUE", "Ya", "Digital", "Teknologi", "1", 1.0, "Berbasis Digital"], "true"),
        ("is_digital", ["FALSE", "Tidak", "Non Digital", "Nondigital", "Bukan digital", "0", 0.0], "false"),
        ("is_complete", ["Lengkap", "Sudah ada", "TRUE"], "true"),
        ("is_complete", ["Tidak Ada", "Belum lengkap", "FALSE"], "false"),
    ],
)  # fmt: skip
def test_words_that_people_use(field: str, words: list[Cell], code: str) -> None:
    convert = word_of(field, "word_unknown")
    assert [convert(word) for word in words] == [(code, None)] * len(words)


@pytest.mark.parametrize("word", ["belum diterapkan", "Uji Coba / Penerapan", "belum uji coba", "tahap"])
def test_a_stage_that_is_denied_or_double_is_not_guessed(word: str) -> None:
    assert word_of("stage", "stage_unknown")(word) == (None, "stage_unknown")


@pytest.mark.parametrize("cell", ["Tidak Ada", "-", "nihil", "n/a", "N.A.", "—", "\u200b-", "...", "\uf0b7"])
def test_nothing_in_many_words(cell: str) -> None:
    assert affairs_of()(cell) == text_of(cell) == coordinate(cell) == (None, None)
    assert level_to(3)(cell) == word_of("stage", "stage_unknown")(cell) == (None, None)
    assert is_missing(cell)
    assert is_missing(f"'{cell}")


def test_the_official_name_of_other_supporting_functions_is_known() -> None:
    name = "Fungsi Penunjang lainnya sesuai dengan ketentuan peraturan perundang-undangan"
    assert affair(name) == affairs_of()(name) == ("38", None)
    assert affairs_of()(f"Pendidikan, {name}") == ("01|38", None)


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("-7.15, 113.48", ("-7.15", "113.48")), ("(-7.6727, 111.7034)", ("-7.6727", "111.7034")),
        ("[-7,25; 112,75]", ("-7.25", "112.75")), ("\u22127.25, 112.75", ("-7.25", "112.75")),
        ("7°34'40.8\"S 112°20'00.2\"E", ("-7.578", "112.333388889")),
        ("7°34′40.8″ LS, 112°20′00.2″ BT", ("-7.578", "112.333388889")),
        ("S 7° 34' 40.8'' E 112° 20' 0.2''", ("-7.578", "112.333388889")),
        ("7.8718715°S 112.5231250°E", ("-7.8718715", "112.523125")), ("7,25 LS 112,75 BT", ("-7.25", "112.75")),
        ("3°47'S, 102°15'E", ("-3.783333333", "102.25")), ("Lat: -7.25, Long: 112.75", ("-7.25", "112.75")),
        ("LS 7.25 BT 112.75", ("-7.25", "112.75")), ("5°33'N 95°19'E", ("5.55", "95.316666667")),
        ("https://www.google.com/maps/place/X/@-7.2,112.7,17z/data=!3m1!4b1!3d-7.25!4d112.75", ("-7.25", "112.75")),
        ("https://www.google.com/maps/@-7.25,112.75,17z", ("-7.25", "112.75")),
        ("https://maps.google.com/?q=-7.25%2C112.75", ("-7.25", "112.75")),
    ],
)  # fmt: skip
def test_coordinates_as_people_write_them(cell: str, place: tuple[str, str]) -> None:
    assert coordinate(cell) == ((Decimal(place[0]), Decimal(place[1])), None)


@pytest.mark.parametrize(
    "cell", ["-7.15-113.48", "-7.25,112.75,17", "7°61'S 112°20'E", "https://goo.gl/maps/abc", "Surabaya", "7" * 5_000]
)
def test_a_place_that_cannot_be_read_is_not_guessed(cell: str) -> None:
    assert coordinate(cell) == (None, "coordinate_invalid")


@pytest.mark.parametrize(
    ("cell", "value"), [("7°34'40.8\"S", "-7.578"), ("112,75", "112.75"), ("112.75° BT", "112.75"), ("-7.25", "-7.25")]
)
def test_one_coordinate_by_itself(cell: str, value: str) -> None:
    assert degrees(cell) == (Decimal(value), None)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\uf0b7 Jemput Bola", "Jemput Bola"), ("Jemput \uf0b7 Bola", "Jemput \u2022 Bola"),
        ("\U0001d5dd\U0001d5f2mput \uff22ola e\ufb00ektif \u2116 2", "Jemput Bola effektif \u2116 2"),
        ("Jemput\x0bBola\x07", "Jemput Bola"),
        ("\ufeffJemput Bola", "Jemput Bola"), ("Jemput\u200bBola", "JemputBola"), ("Jem\u00adput", "Jemput"),
        ("Kartu\u200d", "Kartu"), ("A\u202eB", "AB"),
        ("\U0001f469\u200d\U0001f33e Tani", "\U0001f469\u200d\U0001f33e Tani"),
        ("\ua98f\ua9c0\u200c\ua98f", "\ua98f\ua9c0\u200c\ua98f"), ("'Aisyiyah", "'Aisyiyah"), ("a\u00a0 b\n", "a b"),
    ],
)  # fmt: skip
def test_text_without_what_cannot_be_seen(text: str, seen: str) -> None:
    assert cleaned(text) == seen
    assert text_of(text) == (seen, None)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)
    assert visible(visible(text)) == visible(text)


def test_messages_show_what_cannot_be_seen() -> None:
    assert visible("60.00\u200b") == "60.00⟨U+200B⟩"
    assert visible("satu\nbaris\u00a0") == "satu baris⟨U+00A0⟩"
    assert visible("Uji Coba") == "Uji Coba"


def test_levels_and_identifiers_without_what_cannot_be_seen() -> None:
    assert level_to(3)("'2\u200b") == (2, None)
    assert identifier_of(4)("'0017\u00a0") == ("0017", None)


def test_a_day_far_off_is_still_a_day() -> None:
    assert date_of("day_first")("29/02/2024 00:00") == (date(2024, 3, 1) - timedelta(days=1), None)
