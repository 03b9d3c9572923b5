"""A control sheet says what the season's one plan asks of each innovation, and is read back when it is filled in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from analysis import open_snapshot
from analysis.planning.one_plan import season_plan
from analysis.planning.plan_list import plan_rows
from analysis.season.frames import read_season_frames
from etl.outgoing.template import ASKED, HEADER_ROW
from tests.city_files import CONTROL_HEADER, load, portal_list, put, workbook
from tests.conftest import Ran
from warehouse.home import Home
from warehouse.language import Language
from workbench.control_sheets import By, control_sheets

DAY = date(2026, 8, 10)


@pytest.mark.parametrize("region_code", ["17.71", "33.71"])
def test_a_sheet_asks_what_the_plan_asks_and_nothing_else(region_code: str, example_home: Path) -> None:
    home = Home.at(example_home)
    with open_snapshot(home=example_home) as snapshot:
        plan = season_plan(snapshot, home, region_code, 2026, DAY)
        rows = plan_rows(plan, Language("id"))
    raised = rows.filter(kind="raise")
    expected = {(row["title"], f"{row['indicator']}: sampai level {row['to_level']}") for row in raised.to_dicts()}
    sheets = rows.filter(kind="fill_sheets")["title"]
    expected |= {(title, "Isi semua parameter lebih dahulu") for title in sheets}
    told = control_sheets(home, region_code, 2026, By.unit, DAY)
    stated = {
        (row[1], line)
        for sheet in told.values()
        for row, asked in zip(sheet.rows, sheet.asked or (), strict=True)
        for line in asked.split("; ")
        if line
    }
    assert stated == expected and expected


def test_a_filled_in_sheet_is_read_back_as_levels(empty_home: Home, iga: Callable[..., Ran], tmp_path: Path) -> None:
    rows = [["Dinas Sosial", f"Peduli {name}", "Penerapan", 60, "x"] for name in ("Lansia", "Yatim")]
    put(empty_home, "magelang/2026/daftar-2026-08-07.xlsx", portal_list(*rows))
    load(empty_home, DAY)
    asked = ("control-sheet", "--city", "magelang", "--edition", "2026", "--on", "2026-08-10", "--out", str(tmp_path))
    iga("template", *asked, home=empty_home.root)
    [written] = tmp_path.glob("*.xlsx")
    cells = CalamineWorkbook.from_path(str(written)).get_sheet_by_index(0).to_python()
    assert "Keadaan per 10 Agustus 2026" in str(cells[2][0]) and "Inovasi dilaporkan: 2" in str(cells[2][0])
    header = cells[HEADER_ROW - 1]
    place = header.index(ASKED)
    assert [row[place] for row in cells[HEADER_ROW:][:2]] == ["Isi semua parameter lebih dahulu"] * 2
    level = next(column for column, text in enumerate(header) if str(text).startswith("16. "))
    filled = [[*row[:level], "1", *row[level + 1 :]] for row in cells[HEADER_ROW:][:2]]
    put(empty_home, f"magelang/2026/{written.name}", workbook([*cells[:HEADER_ROW], *filled]))
    load(empty_home, DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        levels = read_season_frames(snapshot, "33.71", 2026).levels()
        held = snapshot.sql("select * from quarantine").filter(pl.col("scope") == "file")
    assert list(levels.values()) == [{"16": 1}] * 2
    assert held.is_empty()


def test_a_message_asks_for_the_sheets_and_promises_no_gain(example_home: Path, iga: Callable[..., Ran]) -> None:
    asked = ("readiness", "magelang", "2026", "--on", "2026-08-10", "--list", "messages", "--format", "json")
    rows = json.loads(iga(*asked, home=example_home, lang="id").out)
    assert rows and {row["index_gain"] for row in rows} == {None}
    asked_for, owed = "lembar kendali perlu diisi", "Belum semua inovasi wajib kami terima"
    assert any(asked_for in row["text"] for row in rows)
    assert all(asked_for in row["text"] or owed in row["text"] for row in rows)


def test_a_sheet_comes_with_the_levels_that_are_known(
    empty_home: Home, iga: Callable[..., Ran], tmp_path: Path
) -> None:
    rows = [["Dinas Sosial", f"Peduli {name}", "Penerapan", 60, "x"] for name in ("Lansia", "Yatim")]
    put(empty_home, "magelang/2026/daftar-2026-08-07.xlsx", portal_list(*rows))
    header = ("Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Dok. 16", "Dok. 17", *CONTROL_HEADER[3:])
    answered = [
        (None, "Peduli Lansia", "Dinas Sosial", "v", "-", 2, 1, *[None] * 18),
        (None, "Peduli Yatim", "Dinas Sosial", "x", "✓", None, 3, *[None] * 18),
    ]
    put(empty_home, "magelang/2026/kendali-2026-08-08.xlsx", workbook([header, *answered]))
    load(empty_home, DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        asked_words = snapshot.sql("select original_text, rule from quarantine where rule = 'word_unknown'").rows()
    assert asked_words == [("x", "word_unknown")], "whoever crossed a cell is asked what it means"
    asked = ("control-sheet", "--city", "magelang", "--edition", "2026", "--on", "2026-08-10", "--out", str(tmp_path))
    iga("template", *asked, home=empty_home.root)
    [written] = tmp_path.glob("*.xlsx")
    cells = CalamineWorkbook.from_path(str(written)).get_sheet_by_index(0).to_python()
    heads = [str(text) for text in cells[HEADER_ROW - 1]]
    places = {
        number: next(at for at, text in enumerate(heads) if text.startswith(f"{number}. ")) for number in (16, 17)
    }
    shown = {
        row[1]: [row[at + more] for at in places.values() for more in (0, 1)]
        for row in cells[HEADER_ROW : HEADER_ROW + 2]
    }
    assert shown == {"Peduli Lansia": [2.0, "Ya", 1.0, "Tidak"], "Peduli Yatim": ["", "", 3.0, "Ya"]}
    put(empty_home, f"magelang/2026/{written.name}", written.read_bytes())
    load(empty_home, DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        levels = sorted(read_season_frames(snapshot, "33.71", 2026).levels().values(), key=str)
    assert levels == [{"16": 2, "17": 1}, {"17": 3}], "a sheet that returns as it went says what was known"
