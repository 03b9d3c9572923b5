"""Which row of a returned workbook is which: by id and by content, whatever people did to the table."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from etl.cells.sheets import Cell, Sheet, read_cells
from etl.lake import LakeFile, scale_of
from etl.layout.declared import load_layout
from etl.outgoing.recognise import ORIGIN, SUMMARY
from etl.outgoing.return_to_sender import marked_workbook
from etl.outgoing.row_ids import row_id, without_row_ids
from etl.parse_apart import FRAMES, parse_here
from etl.receipt import Receipt
from etl.season.returned_rows import with_changed_rows_only
from etl.season.snapshot_tables import Tables, tables_of
from tests.city_files import workbook
from tests.saved_again import SAVED

HEADER = (
    "No", "Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba Inovasi Daerah",
    "Waktu Penerapan Inovasi Daerah", "Estimasi Skor Kematangan", "Aksi",
)  # fmt: skip
TITLES = [
    "Jemput Bola",
    "Kartu Lansia",
    "Pojok Gizi",
    "Lapor Lurah",
    "Antre Daring",
    "Taman Baca",
    "Sapa Malam",
    "Pasar Murah",
]
UNITS = ["Dinas Kesehatan", "Dinas Sosial", "Kecamatan Gading", "Kelurahan Anggut"]
ROWS: list[list[Any]] = [
    [
        place + 1.0,
        UNITS[place % 4],
        title,
        "Penerapan",
        f"{place + 1:02d}/11/2022",
        f"{place + 13}/01/2023",
        f"{40 + place}.50",
        "Detail",
    ]
    for place, title in enumerate(TITLES)
]
ROWS[2][6], ROWS[5][3] = "abc", "Dipasarkan"  # what the sender is asked to mend
SENT = workbook(sheets={"Data": [HEADER, *ROWS]})
MENDED = {2: (6, "71.00"), 5: (3, "Uji Coba")}
TITLE, SCORE, STAGE, UNIT, ID = 2, 6, 3, 1, 8

Table = list[list[Cell]]


def read(content: bytes, name: str, arrival: int, **stated: Any) -> LakeFile:
    reading = parse_here(lambda: content, scale_of(2025), None, None)
    receipt = Receipt(
        hashlib.sha256(content).hexdigest(), name, "17.71", 2025, date(2026, 7, 1 + arrival), arrival=arrival, **stated
    )
    parsed = reading.parsed
    return LakeFile(
        receipt, reading.layout, {}, parsed.held_rule, parsed.held_detail, parsed.stated_total,
        {frame: getattr(parsed, frame) for frame in FRAMES}, was_parsed=True, corrects=parsed.corrects,
        declared=None if reading.layout is None else load_layout(reading.layout),
    )  # fmt: skip


ORIGIN_FILE = read(SENT, "ekspor.xlsx", 0)


def book_of(file: LakeFile, content: bytes) -> dict[str, Table]:
    """The sheets of the workbook that goes back, ids and all."""
    counts = {f"{name}_count": 0 for name in ("row", "accepted", "merged", "quarantined", "structural")}
    facts = {**vars(file.receipt), **counts}
    return {sheet.name: sheet.rows for sheet in read_cells(marked_workbook(content, facts, []))[1]}


BOOK = book_of(ORIGIN_FILE, SENT)
TABLE = BOOK["Data"]


def returned(table: Table, ending: str = "xlsx", *, summary: bool = True, sheet: str = "Data") -> LakeFile:
    """A table that the sender gave back."""
    pages = {SUMMARY: BOOK[SUMMARY]} if summary else {}
    return read(SAVED[ending]({**pages, sheet: table}), f"kembali.{ending}", 1)


def season(*files: LakeFile) -> Tables:
    return tables_of(with_changed_rows_only(files))


def stated(tables: Tables) -> dict[str, tuple[Any, ...]]:
    """Submission -> what counts of it."""
    rows = tables["store.submission"].select(
        "submission_id", "innovation_id", "title", "unit_name", "stage", "trial_date", "implementation_date",
        "claimed_score_x100", "verified_score_x100", "final_score_x100",
    )  # fmt: skip
    return {row[0]: row[1:] for row in rows.iter_rows()}


def ids_by_title(tables: Tables) -> dict[str, str]:
    return dict(tables["store.submission"].select("title", "submission_id").iter_rows())


BEFORE = season(ORIGIN_FILE)
WHOLE = season(read(workbook(sheets={"Data": [HEADER, *[
    [*row[: MENDED[place][0]], MENDED[place][1], *row[MENDED[place][0] + 1 :]] if place in MENDED else row
    for place, row in enumerate(ROWS)
]]}), "benar.xlsx", 0))  # fmt: skip


def rules(file: LakeFile) -> list[str]:
    (_, back) = with_changed_rows_only([ORIGIN_FILE, file])
    return back.frames["quarantine"]["rule"].to_list()


def mended(table: Table) -> Table:
    rows = [list(row) for row in table]
    for place, (column, text) in MENDED.items():
        rows[place + 1][column] = text
    return rows


def without_ids(table: Table) -> Table:
    return [row[:ID] for row in table]


def test_a_row_bears_its_id_and_a_check_code_in_the_last_column() -> None:
    sha = ORIGIN_FILE.receipt.file_sha256
    assert [row[ID] for row in TABLE] == [row_id(sha, "Data", number) for number in range(1, 10)]
    sheets, ids = without_row_ids([Sheet("Data", TABLE)])
    assert sheets[0].rows == read_cells(SENT)[1][0].rows
    assert ids["file"].unique().to_list() == [sha[:16]] and ids["row_number"].to_list() == list(range(1, 10))


@pytest.mark.parametrize("place", range(4, 41))
def test_a_changed_id_is_noticed(place: int) -> None:
    text = str(TABLE[3][ID])
    changed = text[:place] + ("-" if text[place] == "-" else "0" if text[place] != "0" else "1") + text[place + 1 :]
    table = [*TABLE[:3], [*TABLE[3][:ID], changed], *TABLE[4:]]
    _, ids = without_row_ids([Sheet("Data", table)])
    is_known = ids.filter(ids["row_number"] == 4)["source_id"].item() is not None
    assert is_known == (changed == text)


def test_a_file_that_bears_no_ids_is_left_as_it_is() -> None:
    sheets = read_cells(SENT)[1]
    kept, ids = without_row_ids(sheets)
    assert kept[0] is sheets[0] and ids.is_empty()


@pytest.mark.parametrize("ending", SAVED)
@pytest.mark.parametrize("is_marked", [True, False])
def test_mended_rows_count_and_all_others_stay(ending: str, is_marked: bool) -> None:
    if ending == "csv" and not is_marked:
        pytest.skip("a table without summary and ids says nothing of where it comes from")
    table = mended(TABLE) if is_marked else without_ids(mended(TABLE))
    after = season(ORIGIN_FILE, returned(table, ending))
    assert stated(after) == stated(WHOLE)
    assert ids_by_title(BEFORE).items() <= ids_by_title(after).items()


@pytest.mark.parametrize("is_marked", [True, False])
def test_deleted_rows_are_told_and_change_nothing(is_marked: bool) -> None:
    table = mended(TABLE) if is_marked else without_ids(mended(TABLE))
    back = returned([table[0], table[3], table[6]])
    assert stated(season(ORIGIN_FILE, back)) == stated(WHOLE)
    (_, left) = with_changed_rows_only([ORIGIN_FILE, back])
    told = left.frames["quarantine"].row(0, named=True)
    assert (told["rule"], told["scope"], told["row_number"]) == ("row_not_returned", "cell", None)
    assert told["original_text"] == "; ".join(TITLES[place] for place in (0, 1, 3, 4, 6, 7))


def changed(place: int, column: int, value: Cell, table: Table | None = None) -> Table:
    rows = [list(row) for row in table or TABLE]
    rows[place + 1][column] = value
    return rows


NEW: list[Cell] = [9.0, "Dinas Baru", "Inovasi Baru", "Inisiatif", "09/09/2022", "30/09/2023", "12.50", "Detail", None]
COPY: list[Cell] = [*TABLE[1][:TITLE], "Salinan Berbeda", *TABLE[1][TITLE + 1 :]]
OLD = without_ids(TABLE)

# What the sender did -> how many innovations are added, what is told, and the title of the first one if it was changed.
CASES: dict[str, tuple[Table, int, list[str], str | None]] = {
    "nothing": (TABLE, 0, [], None),
    "a title corrected": (changed(0, TITLE, "Jemput Bola Akta"), 0, [], "Jemput Bola Akta"),
    "a title replaced": (changed(0, TITLE, "Sama Sekali Lain"), 0, [], "Sama Sekali Lain"),
    "a unit changed": (changed(0, UNIT, "Dinas Pendidikan"), 0, [], "Jemput Bola"),
    "a title corrected, without ids": (changed(0, TITLE, "Jemput Bola Akta", OLD), 0, [], "Jemput Bola Akta"),
    "a title replaced, without ids": (changed(0, TITLE, "Sama Sekali Lain", OLD), 0, [], "Sama Sekali Lain"),
    "a row added": ([*TABLE, NEW], 1, [], None),
    "a row added at the top, without ids": ([OLD[0], NEW[:ID], *OLD[1:]], 1, [], None),
    "a row added where another was deleted": ([TABLE[0], NEW, *TABLE[2:]], 1, ["row_not_returned"], None),
    "the same, without ids": ([OLD[0], NEW[:ID], *OLD[2:]], 1, ["row_not_returned"], None),
    "a row copied for another innovation": ([*TABLE, COPY], 1, [], None),
    "the copy above its row": ([TABLE[0], COPY, *TABLE[1:]], 1, [], None),
    "a row rewritten for another innovation": (
        [TABLE[0], [*NEW[:ID], TABLE[1][ID]], *TABLE[2:]], 0, ["return_row_rewritten"], None,
    ),
    "the ids gone, the titles kept": (OLD, 0, [], None),
    "sorted, the ids left behind": (
        [TABLE[0], *([*row[:ID], kept[ID]] for row, kept in zip(TABLE[:0:-1], TABLE[1:], strict=True))], 0, [], None,
    ),
    "an id changed": (changed(0, ID, str(TABLE[1][ID])[:-1] + "x"), 0, [], None),
    "a new row with an id of nothing": ([*TABLE, [*NEW[:ID], "IGA-x"]], 0, ["return_id_changed"], None),
    "renamed, and its old name given to a new row": (
        [*changed(0, TITLE, "Jemput Bola Akta"), [9.0, UNITS[0], TITLES[0], *NEW[3:]]], 0, ["return_name_taken"],
        "Jemput Bola Akta",
    ),
    "remarks in a column of their own": (
        [[*row, None if place != 2 else "sudah diperbaiki"] for place, row in enumerate(TABLE)], 0, ["text_beside"],
        None,
    ),
    "two rows made of one, without ids": (
        [OLD[0], *([*OLD[1][:TITLE], f"Jemput Bola {name}", *OLD[1][TITLE + 1 :]] for name in "AB"), *OLD[2:]],
        0, ["return_row_ambiguous", "return_row_ambiguous", "row_not_returned"], None,
    ),
    "two rows in one another's place": ([TABLE[0], TABLE[2], TABLE[1], *TABLE[3:]], 0, [], None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_people_do_to_a_table(name: str) -> None:
    table, added, held, title = CASES[name]
    file = returned(table)
    assert [rule for rule in rules(file) if rule.startswith(("return", "row_", "text_"))] == held
    after, before = stated(season(ORIGIN_FILE, file)), stated(BEFORE)
    first = ids_by_title(BEFORE)[TITLES[0]]
    assert len(after) == len(before) + added and before.keys() <= after.keys()
    assert {key for key in before if after[key] != before[key]} == (set() if title is None else {first})
    assert title is None or after[first][1] == title
    assert after[first][0] == before[first][0]


def test_two_rows_that_differ_by_title_alone_are_held_where_both_titles_went() -> None:
    rows: Table = [list(HEADER), *[[float(n), "Dinas Satu", title, "Penerapan", None, None, "50.00", "Detail"]
            for n, title in enumerate(["Alpha Beta", "Gamma Delta", "Epsilon Zeta"])]]  # fmt: skip
    content = workbook(sheets={"Data": rows})
    origin = read(content, "ekspor.xlsx", 0)
    again: Table = [
        rows[0],
        [*rows[1][:TITLE], "Qwerty", *rows[1][3:]],
        [*rows[2][:TITLE], "Uiopas", *rows[2][3:]],
        rows[3],
    ]
    summary: Table = [[f"{ORIGIN}{origin.receipt.file_sha256}"]]
    back = read(SAVED["ods"]({SUMMARY: summary, "Data": again}), "kembali.ods", 1)
    (_, left) = with_changed_rows_only([origin, back])
    assert left.frames["quarantine"]["rule"].to_list() == ["return_row_ambiguous"] * 2 + ["row_not_returned"]
    assert stated(season(origin, back)) == stated(season(origin))


def test_a_cell_that_was_not_changed_leaves_the_word_to_a_later_export() -> None:
    content = workbook(sheets={"Data": [HEADER, [*ROWS[0][:SCORE], "99.00", "Detail"]]})
    later, back = read(content, "lalu.xlsx", 1), returned(changed(0, STAGE, "Uji Coba"))
    back = replace(back, receipt=replace(back.receipt, arrival=2, received_date=date(2026, 7, 9)))
    (row,) = stated(season(ORIGIN_FILE, later, back)).values()
    assert row[3] == "trial" and 9900 in row


def test_a_table_in_another_workbook_is_known_by_its_ids() -> None:
    back = returned(mended(TABLE), summary=False, sheet="Lembar Baru")
    assert back.corrects == ORIGIN_FILE.receipt.file_sha256[:16]
    assert stated(season(ORIGIN_FILE, back)) == stated(WHOLE)


def test_rows_that_were_moved_to_a_sheet_without_a_header_are_told() -> None:
    pages = {SUMMARY: BOOK[SUMMARY], "Data": TABLE[:5], "Catatan": TABLE[5:]}
    back = read(SAVED["xlsx"](pages), "kembali.xlsx", 1)
    (_, left) = with_changed_rows_only([ORIGIN_FILE, back])
    told = {row["rule"]: row["original_text"] for row in left.frames["quarantine"].iter_rows(named=True)}
    assert told == {"number_invalid": "abc", "row_not_returned": "; ".join(TITLES[4:]), "text_beside": "Catatan"}
    assert stated(season(ORIGIN_FILE, back)) == stated(BEFORE)


def test_a_workbook_of_another_year_is_held() -> None:
    back = returned(mended(TABLE))
    (_, held) = with_changed_rows_only([ORIGIN_FILE, replace(back, receipt=replace(back.receipt, edition=2024))])
    assert (held.held_rule, held.held_detail) == ("return_elsewhere", {"region": "Kota Bengkulu", "edition": "2025"})


def test_a_workbook_that_comes_back_twice_stays_tied_to_the_first_file() -> None:
    once_table = changed(0, TITLE, "Jemput Bola Akta", changed(1, SCORE, "xyz"))
    content = SAVED["xlsx"]({SUMMARY: BOOK[SUMMARY], "Data": once_table})
    once = read(content, "kembali.xlsx", 1)
    table = book_of(once, content)["Data"]
    table[2][SCORE] = "66.00"
    table = [table[0], *table[:0:-1]]
    summary: Table = [[f"{ORIGIN}{once.receipt.file_sha256}"]]
    twice = read(SAVED["ods"]({SUMMARY: summary, "Data": table}), "kembali-2.ods", 2)
    tables = season(ORIGIN_FILE, once, twice)
    assert stated(tables).keys() == stated(BEFORE).keys()
    found = {row[1]: row for row in stated(tables).values()}
    assert "Jemput Bola Akta" in found and 6600 in found["Kartu Lansia"]
    merged = tables["source_row"].filter(pl.col("outcome") == "merged")["merged_into"]
    accepted = tables["source_row"].filter(pl.col("outcome") == "accepted")["source_id"]
    assert set(merged) <= set(accepted)


RETURNS = (st.integers(0, 2**32), st.sampled_from(sorted(SAVED)), st.booleans())


@settings(max_examples=8, deadline=None)
@given(*RETURNS)
def test_exactly_what_was_changed_changes(seed: int, ending: str, is_marked: bool) -> None:
    _hold_a_return_to_what_was_done(seed, ending, is_marked=is_marked)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(*RETURNS)
def test_exactly_what_was_changed_changes_in_many_returns(seed: int, ending: str, is_marked: bool) -> None:
    _hold_a_return_to_what_was_done(seed, ending, is_marked=is_marked)


def _hold_a_return_to_what_was_done(seed: int, ending: str, *, is_marked: bool) -> None:
    """Shuffle, delete, insert and change rows, save the workbook by another program: the right innovations change."""
    chance = random.Random(seed)
    is_marked = is_marked or ending == "csv"
    rows = [list(row) for row in TABLE[1:]]
    before = stated(BEFORE)
    expected = dict(before)
    keys = ids_by_title(BEFORE)
    for place, row in enumerate(rows):
        if place in MENDED or chance.random() < 0.6:
            continue
        key, value = keys[TITLES[place]], f"{chance.randrange(1000, 9900) / 100:.2f}"
        row[SCORE] = value
        facts = list(expected[key])
        facts[6] = round(float(value) * 100)
        if chance.random() < 0.5:
            row[TITLE] = facts[1] = f"{TITLES[place]} {chance.choice(['Baru', 'Plus', '2.0'])}"
        expected[key] = tuple(facts)
    kept = [row for row in rows if chance.random() < 0.7]
    for key in keys.values():
        if not any(expected[key][1] == row[TITLE] for row in kept):
            expected[key] = before[key]
    kept = chance.sample(kept, len(kept))
    is_added = chance.random() < 0.5
    if is_added:
        kept.insert(chance.randrange(len(kept) + 1), list(NEW))
    table = [TABLE[0], *kept]
    back = returned(table if is_marked else without_ids(table), ending)
    after = stated(season(ORIGIN_FILE, back))
    added = {key: facts for key, facts in after.items() if key not in expected}
    assert {key: facts for key, facts in after.items() if key in expected} == expected
    assert [facts[1] for facts in added.values()] == (["Inovasi Baru"] if is_added else [])


def in_quarantine(tables: Tables) -> list[tuple[str, bool]]:
    """The innovations that stood only in quarantine, and whether they still do."""
    table = tables["history.quarantined_innovation"].sort("title", "valid_from")
    return [(title, until is None) for title, until in table.select("title", "valid_to").iter_rows()]


def test_a_row_that_comes_back_put_right_is_in_quarantine_no_longer() -> None:
    bad = [TITLES[2], TITLES[5]]
    assert in_quarantine(BEFORE) == sorted((title, True) for title in bad)
    assert in_quarantine(season(ORIGIN_FILE, returned(mended(TABLE)))) == sorted((title, False) for title in bad)


def test_a_row_that_comes_back_renamed_and_right_is_the_one_that_was_set_aside() -> None:
    table = mended(TABLE)
    table[3][TITLE] = "Pojok Gizi Anak"
    tables = season(ORIGIN_FILE, returned(table))
    assert in_quarantine(tables) == sorted((title, False) for title in (TITLES[2], TITLES[5]))
    assert "Pojok Gizi Anak" in ids_by_title(tables)


def test_a_row_that_comes_back_unchanged_is_set_aside_once() -> None:
    tables = season(ORIGIN_FILE, returned([list(row) for row in TABLE]))
    assert in_quarantine(tables) == sorted((title, True) for title in (TITLES[2], TITLES[5]))
