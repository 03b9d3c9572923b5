"""A file is recognised by evidence: harmless differences are looked past and told, others hold it with a next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.layout.declared import parse_layout
from etl.parse import parse
from etl.recognition.confirm import (
    columns_as_stored,
    confirmed_layout,
    free_name,
    header_of,
    keep,
    preview,
    with_guesses,
)
from etl.recognition.detect import Choice, choose_layout
from etl.recognition.evidence import is_typing_error
from etl.recognition.home_layouts import home_layouts
from etl.values.canonical_rows import read_file
from tests.city_files import (
    EXPORT_HEADER,
    LIST_HEADER,
    Rows,
    exported,
    html_export,
    innovation,
    load,
    portal_list,
    put,
    workbook,
)
from tests.conftest import Ran
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.set_aside_words import rule_words

SCALE = scale_of(2026)
ROWS = [innovation(f"Inovasi {number}", f"{number + 40}.50") for number in range(12)]
DATED = (*LIST_HEADER[:3], "Waktu Uji Coba Inovasi Daerah", "Waktu Penerapan Inovasi Daerah", "Kematangan")
DATED_ROWS = [
    ["Dinas Kesehatan", f"Inovasi {number}", "Penerapan", "03/11/2022", "12/01/2023", f"{number + 40}.50"]
    for number in range(12)
]
OWN = ("Kegiatan", "Pelaksana", "Fase", "Poin Diri")
OWN_ROWS = [[f"Kegiatan {number}", "Dinas Sosial", "Penerapan", "71,00"] for number in range(12)]


def chosen(rows: Rows, stated: str | None = None) -> Choice:
    return choose_layout(*read_cells(workbook(rows)), SCALE, stated)


def titles(rows: Rows, stated: str | None = None) -> list[str]:
    file_format, sheets = read_cells(workbook(rows))
    choice = choose_layout(file_format, sheets, SCALE, stated)
    assert choice.match is not None, choice.held_rule
    return read_file(choice.match, sheets, SCALE).records["title"].to_list()


def renamed(header: tuple[str, ...], old: str, new: str) -> list[str]:
    return [new if text == old else text for text in header]


def test_a_list_without_its_column_of_buttons_gives_the_same_records() -> None:
    whole, bare = [LIST_HEADER, *ROWS], [LIST_HEADER[:-1], *[row[:-1] for row in ROWS]]
    frames = []
    for rows in (whole, bare):
        file_format, sheets = read_cells(workbook(rows))
        match = choose_layout(file_format, sheets, SCALE).match
        assert match is not None
        frames.append(read_file(match, sheets, SCALE).records)
    assert frames[0].equals(frames[1])
    assert chosen(bare).reason["absent"].startswith("Aksi")


def test_the_export_without_the_registration_number_is_read() -> None:
    rows = [exported(str(number), f"Inovasi {number}", "70,50")[1:] for number in range(12)]
    file_format, sheets = read_cells(html_export(*rows, total=12, header=EXPORT_HEADER[1:]))
    choice = choose_layout(file_format, sheets, SCALE)
    assert choice.match is not None
    assert choice.match.layout.name == "l8_html_export"
    assert "Nomor" in choice.reason["absent"]


@pytest.mark.parametrize("slip", ["Tahapn Inovasi", "Tahapan Inovsai", "TAHAPAN  INOVASII"])
def test_one_clear_typing_error_is_read_and_told(slip: str) -> None:
    assert titles([renamed(LIST_HEADER, "Tahapan Inovasi", slip), *ROWS]) == [row[1] for row in ROWS]
    reason = chosen([renamed(LIST_HEADER, "Tahapan Inovasi", slip), *ROWS]).reason
    assert reason["renamed"].endswith("→ Tahapan Inovasi")
    assert slip.strip() in rule_words("layout_taken", "message", reason)


def test_a_known_synonym_is_read_and_told() -> None:
    header = renamed(DATED, "Nama Perangkat Daerah", "OPD")
    header = renamed(tuple(header), "Kematangan", "Skor Kematangan")
    assert len(titles([header, *DATED_ROWS])) == 12
    assert "OPD → Nama Perangkat Daerah" in chosen([header, *DATED_ROWS]).reason["renamed"]


def test_a_synonym_whose_values_are_something_else_is_not_taken() -> None:
    rows = [[*row[:-1], "sangat baik"] for row in DATED_ROWS]
    choice = chosen([renamed(DATED, "Kematangan", "Skor Kematangan"), *rows])
    assert (choice.match, choice.held_rule) == (None, "layout_unknown")
    assert choice.held_detail["cause"] == "near_values"


@pytest.mark.parametrize(
    ("header", "wanted", "is_slip"),
    [
        ("tahapn inovasi", "tahapan inovasi", True),
        ("kematagan", "kematangan", True),
        ("nilai 2023", "nilai 2024", False),
        ("aksi", "asi", False),
        ("nilai awal", "nilai akhir", False),
        ("nama inovasi", "nama inovasi", False),
    ],
)
def test_what_a_slip_is(header: str, wanted: str, is_slip: bool) -> None:
    assert is_typing_error(header, wanted) is is_slip


def test_two_columns_that_could_be_the_same_slip_are_neither() -> None:
    header = [*renamed(LIST_HEADER, "Tahapan Inovasi", "Tahapn Inovasi"), "Tahapan Inovsi"]
    assert chosen([header, *[[*row, "x"] for row in ROWS]]).match is None


@pytest.mark.parametrize("stated", [None, "l1_portal_list"])
def test_two_columns_of_one_name_with_different_cells_hold_the_file(stated: str | None) -> None:
    header = [*LIST_HEADER, "Kematangan"]
    choice = chosen([header, *[[*row, "30.00"] for row in ROWS]], stated)
    assert (choice.match, choice.held_rule) == (None, "columns_repeated")
    assert "Kematangan#2" in rule_words(choice.held_rule, "fix", choice.held_detail)


def test_two_columns_of_one_name_with_the_same_cells_are_read() -> None:
    assert len(titles([[*LIST_HEADER, "Kematangan"], *[[*row, row[3]] for row in ROWS]])) == 12


def test_a_column_that_is_empty_throughout_or_absent_is_told() -> None:
    rows = [[*row[:3], None, *row[4:]] for row in DATED_ROWS]
    reason = chosen([[*DATED, "Aksi"], *[[*row, "Detail"] for row in rows]]).reason
    assert reason["empty"] == "Waktu Uji Coba Inovasi Daerah"
    assert reason["cause"] == "alone_differs_dated"


def test_a_near_miss_names_the_layout_and_the_columns() -> None:
    choice = chosen([renamed(LIST_HEADER, "Kematangan", "Bobot"), *ROWS])
    assert (choice.match, choice.held_rule) == (None, "layout_unknown")
    told = rule_words(choice.held_rule, "message", choice.held_detail)
    assert "mirip" in told
    assert "kolom Kematangan tidak ada, kolom Bobot tidak dikenal" in told
    assert "iga layout confirm" in rule_words(choice.held_rule, "fix", choice.held_detail)


def test_a_stated_layout_reads_what_lacks_an_optional_column_of_its_signature() -> None:
    rows = [exported(str(number), f"Inovasi {number}", "70,50")[1:] for number in range(12)]
    assert len(titles([EXPORT_HEADER[1:], *rows], "l8_html_export")) == 12


def test_confirmed_columns_read_the_file_and_no_other_sender(empty_home: Home) -> None:
    content = workbook([OWN, *OWN_ROWS])
    file_format, sheets = read_cells(content)
    answers = dict(zip(OWN, ("title", "unit_name", "stage", "claimed_score"), strict=True))
    header = header_of(sheets, answers)
    text = confirmed_layout("usulan", file_format, header, answers, ["34.71"])
    choice, columns = preview(parse_layout(text), file_format, sheets, SCALE)
    assert choice.match is not None
    assert {column.field: column.stored[0] for column in columns}["claimed_score"] == "71.00"
    keep(empty_home, text)
    put(empty_home, "yogyakarta/2026/a.xlsx", content)
    put(empty_home, "bengkulu/2026/a.xlsx", workbook([OWN, *OWN_ROWS[1:]]))
    read = dict(load(empty_home).receipts.select("region_code", "status").iter_rows())
    assert read == {"34.71": "read", "17.71": "held"}


def test_a_held_file_is_read_as_soon_as_its_columns_are_confirmed(empty_home: Home) -> None:
    content = workbook([OWN, *OWN_ROWS])
    put(empty_home, "yogyakarta/2026/a.xlsx", content)
    before = load(empty_home)
    assert before.held.height == 1
    file_format, sheets = read_cells(content)
    answers = dict(zip(OWN, ("title", "unit_name", "stage", "claimed_score"), strict=True))
    keep(empty_home, confirmed_layout("usulan", file_format, header_of(sheets, answers), answers, []))
    after = load(empty_home)
    assert after.held.is_empty()
    assert after.snapshot_id != before.snapshot_id
    assert after.receipts["layout"].to_list() == ["usulan"]
    assert load(empty_home).snapshot_id == after.snapshot_id
    (empty_home.layouts / "usulan.toml").unlink()
    assert load(empty_home).snapshot_id == before.snapshot_id


def test_which_of_two_columns_of_one_name_counts_can_be_confirmed() -> None:
    rows = [[*LIST_HEADER, "Kematangan"], *[[*row, "30.00"] for row in ROWS]]
    file_format, sheets = read_cells(workbook(rows))
    header = header_of(sheets, {"Kematangan#2": "claimed_score"})
    text = confirmed_layout("kedua", file_format, header, {"Kematangan#2": "claimed_score"}, [])
    choice, _ = preview(parse_layout(text), file_format, sheets, SCALE)
    assert choice.match is not None
    assert set(read_file(choice.match, sheets, SCALE).records["claimed_score_x100"]) == {3000}


def test_answers_go_before_guesses_and_a_slip_in_them_is_told() -> None:
    sheets = read_cells(workbook([[*OWN, "Nama Inovasi"], *[[*row, "x"] for row in OWN_ROWS]]))[1]
    answers = {"kegiatan": "title", "Pelaksana": "unit_name"}
    given = with_guesses(header_of(sheets, answers), answers)
    assert (given["Kegiatan"], "Nama Inovasi" in given) == ("title", False)
    for wrong in ({"Kegiatan": "judul"}, {"Kegiatan": "title", "Pelaksana": "title"}):
        with pytest.raises(UnknownName):
            with_guesses(header_of(sheets, wrong), wrong)
    with pytest.raises(UnknownName, match="Kolom Lain"):
        header_of(sheets, {"Kolom Lain": "title"})
    with pytest.raises(UnknownName, match="unit_name"):
        confirmed_layout("x", "excel", header_of(sheets, {}), {}, [])


FAULTY = {
    "no_toml.toml": "name = ",
    "l1_portal_list.toml": "",
    "other_name.toml": 'name = "elsewhere"',
    "not text.toml": "\udcff",
}


def test_a_faulty_layout_of_a_home_stops_only_itself(empty_home: Home) -> None:
    file_format, sheets = read_cells(workbook([OWN, *OWN_ROWS]))
    answers = {"Kegiatan": "title", "Pelaksana": "unit_name"}
    good = confirmed_layout("usulan", file_format, header_of(sheets, answers), answers, [])
    keep(empty_home, good)
    for name, text in FAULTY.items():
        own = good.replace('"usulan"', '"l1_portal_list"', 1) if name.startswith("l1") else text
        (empty_home.layouts / name).write_bytes(own.encode(errors="surrogateescape"))
    for number, (old, new) in enumerate(
        [('type = "title"', 'type = "tittle"'), ('field = "title"', 'field = "titel"'), ("header_rows", "header_row")]
    ):
        text = good.replace('"usulan"', f'"slip{number}"', 1).replace(old, new)
        (empty_home.layouts / f"slip{number}.toml").write_text(text, encoding="utf-8")
    own_layouts = home_layouts(empty_home)
    assert [layout.name for layout in own_layouts.layouts] == ["usulan"]
    assert len(own_layouts.faults) == len(FAULTY) + 3
    put(empty_home, "yogyakarta/2026/a.xlsx", portal_list(*ROWS))
    result = load(empty_home)
    assert result.held.is_empty()
    assert {fault.path for fault in result.layout_faults} == {fault.path for fault in own_layouts.faults}


def test_confirming_the_same_columns_again_replaces_the_answer(empty_home: Home) -> None:
    file_format, sheets = read_cells(workbook([OWN, *OWN_ROWS]))
    answers = {"Kegiatan": "title", "Pelaksana": "unit_name"}
    header = header_of(sheets, answers)
    name = free_name(home_layouts(empty_home), "Daftar (2026)", header, [])
    assert name == "daftar_2026"
    keep(empty_home, confirmed_layout(name, file_format, header, answers, []))
    assert free_name(home_layouts(empty_home), "Lain", header, []) == name
    assert free_name(home_layouts(empty_home), "daftar 2026", replace(header, texts=("A",)), []) == "daftar_2026_2"
    with pytest.raises(UnknownName):
        keep(empty_home, confirmed_layout("l1_portal_list", file_format, header, answers, []))


def test_naming_a_layout_of_the_home_in_the_side_file_reads_by_it(empty_home: Home) -> None:
    file_format, sheets = read_cells(portal_list(*ROWS))
    header = header_of(sheets, {})
    keep(empty_home, confirmed_layout("punya_kami", file_format, header, {}, []))
    path = put(empty_home, "yogyakarta/2026/a.xlsx", portal_list(*ROWS))
    side = '[[file]]\nname = "a.xlsx"\nlayout = "punya_kami"\n'
    Path(path.parent / "receipt.toml").write_text(side, encoding="utf-8")
    assert load(empty_home).receipts["layout"].to_list() == ["punya_kami"]


def test_a_clean_file_is_never_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an exact header needs no evidence")

    monkeypatch.setattr("etl.recognition.detect.likenesses", refuse)
    choice, parsed = parse(lambda: portal_list(*ROWS), SCALE)
    assert (choice.match is not None, parsed.held_rule) == (True, None)


def test_what_check_shows_is_what_is_stored() -> None:
    match = choose_layout(*read_cells(workbook([EXPORT_HEADER, exported("7", "Satu", "71,00")])), SCALE).match
    assert match is not None
    assert {column.field: column.stored for column in columns_as_stored(match, SCALE)}["claimed_score"] == ("71.00",)


NEW_LIST = (
    "Nama Pemda", "Nama Akun", "Nama Inovasi", "Tahapan", "Koordinat", "Urusan Utama", "Waktu Uji Coba",
    "Waktu Penerapan", "Waktu Pengembangan", "Estimasi Skor Kematangan",
)  # fmt: skip
NEW_ROWS = [
    [
        "Kota Bengkulu", "DinasSosial.kota.bengkulu", f"Inovasi {number}", "Penerapan", "-3.80,102.26", "Sosial",
        "03/11/2024", "12/01/2025", "15/01/2025", f"{number + 40}.00",
    ]
    for number in range(12)
]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "typed"),
    [("Nama Akun", "Namaa Akun"), ("Nama Akun", "Nam Akun"), ("Waktu Pengembangan", "Waktu Pengembngan")],
)
@pytest.mark.parametrize("more", [(), ("Tahapan Inovasi", "Aksi")])
def test_a_slip_in_the_header_that_tells_two_lists_apart_does_not_take_the_poorer(
    header: str, typed: str, more: tuple[str, ...]
) -> None:
    headers = [typed if text == header else text for text in NEW_LIST]
    rows = [list(row) for row in NEW_ROWS]
    if more:  # what the older list needs, to the letter
        headers = [more[0] if text == "Tahapan" else text for text in headers] + [more[1]]
        rows = [[*row, "Lihat"] for row in rows]
    choice = chosen([headers, *rows])
    assert choice.match is None or {"development_date", "coordinate", "unit_name"} <= choice.match.columns.keys()


def test_status_names_a_layout_of_the_home_that_is_not_used(empty_home: Home, iga: Callable[..., Ran]) -> None:
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(*ROWS))
    load(empty_home)
    empty_home.layouts.mkdir(exist_ok=True)
    (empty_home.layouts / "rusak.toml").write_text("x = [", encoding="utf-8")
    ran = iga("status", home=empty_home.root)
    assert ran.exit_code == 0
    assert "layouts/rusak.toml" in ran.out + ran.err
