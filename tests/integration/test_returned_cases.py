"""An export of twelve rows and two of its returned workbooks, as an office sent them: written without ids of rows."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

import openpyxl
import pytest
from rich.console import Console

from analysis import open_snapshot
from etl.outgoing.return_to_sender import write_returns
from etl.publish import LoadResult, ingest
from tests.city_files import LIST_HEADER, innovation, load, put, workbook
from tests.conftest import ROOT
from warehouse.home import Home
from warehouse.language import Language
from workbench.loading import say_what_came

CASES = ROOT / "tests" / "fixtures" / "returned"
SEASON = "bengkulu/2025"
MENDED = {"Pojok Gizi Balita 3": "71.00", "Bank Sampah Digital 9": "80.00", "Taman Baca Keliling 6": "65.00"}


def lay(home: Home, name: str, case: str) -> LoadResult:
    place = home.inbox / SEASON
    place.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CASES / case, place / name)
    return ingest(home, today=date(2026, 7, 1))


def innovations(home: Home) -> dict[str, tuple[Any, ...]]:
    columns = "title, submission_id, innovation_id, unit_name, stage, trial_date, implementation_date, claimed_score"
    with open_snapshot(home=home.root) as snapshot:
        return {row[0]: row[1:] for row in snapshot.sql(f"select {columns} from submission").iter_rows()}


@pytest.mark.parametrize("case", ["return-r1_lo_xlsx.xlsx", "return-r12_only_fixed_rows.xlsx"])
def test_only_the_mended_rows_of_a_workbook_without_ids_change(empty_home: Home, case: str) -> None:
    lay(empty_home, "ekspor.xlsx", "return-0-original-export.xlsx")
    before = innovations(empty_home)
    result = lay(empty_home, "kembali.xlsx", case)
    after = innovations(empty_home)
    assert result.held.is_empty()
    assert len(after) == 12
    assert {title for title in after if after[title] != before.get(title)} == MENDED.keys()
    assert {title: str(after[title][-1]) for title in MENDED} == MENDED
    assert all(after[title][:2] == facts[:2] for title, facts in before.items())


def test_the_rows_that_did_not_return_are_told_by_the_load_and_not_to_the_sender(
    empty_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(empty_home, "ekspor.xlsx", "return-0-original-export.xlsx")
    result = lay(empty_home, "kembali.xlsx", "return-r12_only_fixed_rows.xlsx")
    say_what_came(result, Language("id"), Console(width=400))
    told = capsys.readouterr().out
    assert "kembali.xlsx: 9 baris berkas asal tidak kembali dan tetap seperti semula: Jemput Bola Akta 1;" in told
    assert "1 sel" in told  # the date of the export; the note empties none
    assert {one.file_name for one in write_returns(empty_home, result.receipts, result.quarantine)} == {
        f"{SEASON}/ekspor.xlsx"
    }


def summary_of(home: Home, content: bytes) -> list[list[Any]]:
    put(home, "bengkulu/2026/daftar.xlsx", content)
    result = load(home)
    (written,) = write_returns(home, result.receipts, result.quarantine)
    summary = openpyxl.load_workbook(written.path).worksheets[0]
    return [[cell.value for cell in row] for row in summary.iter_rows()]


def test_the_summary_says_what_became_of_every_row_and_asks_nothing_of_who_signed(empty_home: Home) -> None:
    rows = [
        innovation("Satu"),
        innovation("Satu"),
        innovation("Dua", "x"),
        innovation("", "50"),
        ["Kepala Bappeda Kota Bengkulu", None, None, None, None],
        [None, "Nama Saja", None, None, None],
        *map(innovation, ["Tiga", "Empat", "Lima"]),
    ]
    texts = summary_of(empty_home, workbook([LIST_HEADER, *rows]))
    with open_snapshot(home=empty_home.root) as snapshot:
        (counts,) = snapshot.sql(
            "select row_count, accepted_count, merged_count, quarantined_count, structural_count from receipt"
        ).iter_rows()
    row, accepted, merged, quarantined, structural = counts
    assert row == accepted + merged + quarantined + structural == 10
    asked = [line[1] for line in texts[8:]]
    assert "6" not in asked and {"4", "5", "7"} <= set(asked)
    assert texts[2][0] == (
        f"{len(asked)} catatan. {row} baris berisi = {accepted} diterima + {merged} digabung + {quarantined} ditolak"
        f" + {structural} bukan data (judul, kepala tabel, jumlah, tanda tangan)."
    )
