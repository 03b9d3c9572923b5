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
from tests.city_files import load, portal_list, put, workbook
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
    assert all("lembar kendali perlu diisi" in row["text"] for row in rows)
