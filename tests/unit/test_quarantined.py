"""Which innovations stand only in quarantine: rows set aside in files that count, and that nothing has replaced."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from etl.lake import LakeFile, parse_into_lake
from etl.receipt import Receipt
from etl.season.snapshot_tables import tables_of
from tests.city_files import (
    CONTROL_HEADER,
    EXPORT_HEADER,
    LIST_HEADER,
    SPD_HEADER,
    Value,
    exported,
    html_export,
    innovation,
    portal_list,
    workbook,
)
from warehouse.home import Home
from warehouse.scoring.index_over_time import index_of_submissions

Received = Callable[..., LakeFile]

GOOD = innovation("SATU")


@pytest.fixture
def received(tmp_path: Path) -> Received:
    """Parse a file of Magelang 2026 as it was received on a day of July."""
    home = Home(tmp_path)
    home.create()

    def receive(content: bytes, day: int = 1, coverage: str = "full") -> LakeFile:
        sha = hashlib.sha256(content).hexdigest()
        receipt = Receipt(sha, f"{day}.xlsx", "33.71", 2026, date(2026, 7, day), coverage=coverage, is_simulated=False)
        return parse_into_lake(home, receipt, lambda: content)

    return receive


def alone(*files: LakeFile) -> list[tuple[object, ...]]:
    """Title, rule and days of the innovations that stand only in quarantine."""
    table = tables_of(files)["history.quarantined_innovation"]
    days = [
        (title, rule, since.day, None if until is None else until.day)
        for title, rule, since, until in table.select("title", "rule", "valid_from", "valid_to").iter_rows()
    ]
    return sorted(days, key=str)


@pytest.mark.parametrize(
    ("bad", "rule", "said"),
    [
        (innovation("DUA", "belum diisi"), "number_invalid", ("DUA", "Dinas Kesehatan", "implementation", None, False)),
        (innovation("DUA", 1110), "score_out_of_range", ("DUA", "Dinas Kesehatan", "implementation", None, False)),
        (innovation("DUA", 80, "DIPASARKAN"), "stage_unknown", ("DUA", "Dinas Kesehatan", None, 8000, True)),
        (innovation("DUA", 80, unit=""), "unit_missing", ("DUA", None, "implementation", 8000, False)),
        (innovation("", 80), "title_missing", (None, "Dinas Kesehatan", "implementation", 8000, False)),
    ],
)
def test_what_a_row_says_is_kept_when_one_cell_costs_it_its_place(
    received: Received, bad: Sequence[Value], rule: str, said: tuple[object, ...]
) -> None:
    tables = tables_of([received(portal_list(GOOD, bad))])
    names = ("title", "unit_name", "stage", "claimed_score_x100", "is_scored_unknown", "rule", "score_kind")
    assert tables["history.quarantined_innovation"].select(names).rows() == [(*said, rule, "claimed")]
    assert tables["store.submission"]["title"].to_list() == ["SATU"]


def test_a_season_of_nothing_but_a_row_in_quarantine_knows_of_it(received: Received) -> None:
    assert alone(received(portal_list(innovation("DUA", "belum diisi")))) == [("DUA", "number_invalid", 1, None)]


def test_a_later_full_export_takes_the_place_of_what_was_set_aside(received: Received) -> None:
    first = received(portal_list(GOOD, innovation("DUA", "belum diisi")))
    assert alone(first, received(portal_list(GOOD, innovation("TIGA")), 5)) == [("DUA", "number_invalid", 1, 5)]
    mended = received(portal_list(GOOD, innovation("DUA", 75)), 5)
    assert alone(first, mended) == [("DUA", "number_invalid", 1, 5)]


def test_a_part_that_comes_later_puts_right_only_its_own_rows(received: Received) -> None:
    first = received(portal_list(GOOD, innovation("DUA", "x"), innovation("TIGA", "y")))
    part = received(portal_list(innovation("DUA", 75)), 5, "partial")
    assert alone(first, part) == [("DUA", "number_invalid", 1, 5), ("TIGA", "number_invalid", 1, None)]


def test_an_innovation_that_stands_is_not_in_quarantine_beside_it(received: Received) -> None:
    first = received(portal_list(GOOD, innovation("DUA", 75)))
    worse = received(portal_list(innovation("DUA", "x"), innovation("SATU", 60, unit="")), 5, "partial")
    other = received(portal_list(innovation("DUA", "x", unit="Dinas Sosial")), 6, "partial")
    assert alone(first, worse) == []
    assert alone(first, worse, other) == [("DUA", "number_invalid", 6, None)]


def test_the_same_innovation_set_aside_twice_is_one(received: Received) -> None:
    first = received(portal_list(GOOD, innovation("DUA", "x")))
    again = received(portal_list(innovation("DUA", "y")), 5, "partial")
    assert alone(first, again) == [("DUA", "number_invalid", 1, 5), ("DUA", "number_invalid", 5, None)]


def test_the_number_of_a_system_says_which_innovation_a_row_is(received: Received) -> None:
    first = received(html_export(exported("11", "SATU"), exported("12", "DUA", "x"), header=EXPORT_HEADER))
    renamed = received(html_export(exported("12", "DUA BARU")), 5, "partial")
    other = received(html_export(exported("13", "DUA")), 5, "partial")
    assert alone(first, renamed) == [("DUA", "number_invalid", 1, 5)]
    assert alone(first, other) == [("DUA", "number_invalid", 1, None)]


def test_an_earlier_entry_of_an_innovation_is_not_a_second_one(received: Received) -> None:
    assert alone(received(portal_list(GOOD, innovation("SATU", 90)))) == []


def test_rows_of_control_sheets_are_not_innovations(received: Received) -> None:
    listed = received(portal_list(GOOD))
    sheet = received(workbook([CONTROL_HEADER, ["1", "", "Dinas Kesehatan", *[2] * 20]]), 5, "partial")
    assert sheet.declared is not None and sheet.declared.kind == "control_sheet"
    assert alone(listed, sheet) == []


def test_a_file_that_is_held_is_told_as_a_file_not_as_innovations(received: Received) -> None:
    rows = [innovation("SATU"), innovation("DUA", "x"), ["Jumlah", "9", None, None, None]]
    held = received(workbook([LIST_HEADER, *rows]))
    assert held.held_rule == "stated_total_differs" and alone(held) == []


def emptied(*files: LakeFile) -> list[str]:
    """The fields of accepted rows that stand empty since their cell is in quarantine."""
    return tables_of(files)["store.quarantined_value"]["field_name"].to_list()


def indicators(*levels: Value) -> list[Value]:
    return [*levels, *[2] * (20 - len(levels))]


def test_an_emptied_cell_is_kept_only_where_an_index_rests_on_it(received: Received) -> None:
    header = (*LIST_HEADER[:-1], "Waktu Penerapan Inovasi Daerah", LIST_HEADER[-1])
    assert (
        emptied(received(workbook([header, ["Dinas Kesehatan", "SATU", "Penerapan", 70, "31/02/2025", "Lihat"]]))) == []
    )
    sheet = [CONTROL_HEADER, ["1", "SATU", "Dinas Kesehatan", *indicators(9)]]
    assert emptied(received(portal_list(GOOD)), received(workbook(sheet), 5, "partial")) == ["level_16"]
    assert emptied(received(portal_list(innovation("DUA", "x")))) == []


def covered(*files: LakeFile) -> str:
    """What the index of the last state says of its coverage."""
    tables = tables_of(files)
    index = index_of_submissions(
        tables["store.submission"],
        tables["store.answer"],
        tables["store.region_answer"],
        quarantined=tables["history.quarantined_innovation"].filter(pl.col("valid_to").is_null()),
        quarantined_answers=tables["store.quarantined_answer"],
        quarantined_values=tables["store.quarantined_value"],
    )
    return str(index["coverage"][0])


LINES = [["SPD-01", "Visi", 1, None, None], ["TOTAL", "Jumlah", None, 63, None]]


def test_a_document_and_a_score_in_quarantine_take_complete_away_and_are_counted(received: Received) -> None:
    listed, spd = received(portal_list(GOOD)), received(workbook([SPD_HEADER, *LINES]), 2, "partial")
    assert "quarantine" not in covered(listed, spd)
    sheet = received(workbook([CONTROL_HEADER, ["1", "SATU", "Dinas Kesehatan", *indicators(9, 8)]]), 5, "partial")
    assert "value_in_quarantine:2" in covered(listed, spd, sheet).split("|")
    mended = received(workbook([CONTROL_HEADER, ["1", "SATU", "Dinas Kesehatan", *indicators(2, 8)]]), 6, "partial")
    assert "value_in_quarantine:1" in covered(listed, spd, sheet, mended).split("|")


def test_a_unit_in_quarantine_takes_complete_away(received: Received) -> None:
    assert "in_quarantine:1" in covered(received(portal_list(GOOD, innovation("DUA", 80, unit="")))).split("|")


def test_a_line_of_spd_answers_in_quarantine_is_counted(received: Received) -> None:
    lines = [[f"SPD-{number:02}", "Baris", 9 if number == 3 else 1, None, None] for number in range(1, 6)]
    notes = covered(received(portal_list(GOOD)), received(workbook([SPD_HEADER, *lines]), 2, "partial")).split("|")
    assert {"spd_partial", "value_in_quarantine:1"} <= set(notes)


def test_a_season_of_one_row_in_quarantine_has_bounds(received: Received) -> None:
    tables = tables_of([received(portal_list(innovation("DUA", "belum diisi")))])
    alone_table = tables["history.quarantined_innovation"]
    empty = (tables["store.submission"], tables["store.answer"], tables["store.region_answer"])
    row = index_of_submissions(*empty, quarantined=alone_table).row(0, named=True)
    assert (row["innovation_count"], row["quarantined_count"], row["divisor"]) == (0, 1, 12)
    assert row["iid_lower_x100"] < row["iid_upper_x100"] and row["is_simulated"] is False
