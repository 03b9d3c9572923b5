"""Levels by indicator from files, as claimed, verified, objected to and final, by the templates that are shipped."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.mentoring.log_file import Step, append_steps
from analysis.mentoring.rounds import Mentoring, read_mentoring
from tests.city_files import LIST_HEADER, innovation, load, put, workbook
from warehouse.home import Home
from workbench.command import app

CITY, EDITION, TITLE = "17.71", 2026, "Antar Obat"
HEADER_ROW = 4


def filled(home: Home, folder: Path, template: str, levels: dict[str, int]) -> tuple[bytes, list[object]]:
    """A template of the command with levels filled in by number; and what its first row holds before."""
    words = ["template", template, "--city", "bengkulu", "--edition", str(EDITION), "--out", str(folder / template)]
    ran = CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "id"])
    assert ran.exit_code == 0, ran.output
    [path] = (folder / template).glob("*.xlsx")
    book = load_workbook(path)
    sheet = book.active
    assert sheet is not None
    heads = {str(cell.value): cell.column for cell in sheet[HEADER_ROW] if cell.value}
    before = [cell.value for cell in sheet[HEADER_ROW + 1]]
    for number, level in levels.items():
        [column] = [at for head, at in heads.items() if f" {number}. " in f" {head}"]
        row = next(row for row in range(HEADER_ROW + 1, 20) if sheet.cell(row, 2).value == TITLE)
        sheet.cell(row, column, level)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue(), before


def told(home: Home, on: date) -> Mentoring:
    with open_snapshot(home=home.root) as snapshot:
        return read_mentoring(snapshot, home, CITY, EDITION, on)


@pytest.mark.parametrize("number", ["16", "31"])
def test_a_level_is_followed_from_the_claim_to_the_final_score(empty_home: Home, tmp_path: Path, number: str) -> None:
    home = empty_home
    rows = [LIST_HEADER, innovation(TITLE, 60), innovation("Kelas Malam", 50)]
    put(home, "bengkulu/2026/daftar-2026-07-01.xlsx", workbook(rows))
    load(home, date(2026, 7, 1))
    sheet, _before = filled(home, tmp_path, "control-sheet", {"16": 3, "18": 2, "31": 3})
    put(home, "bengkulu/2026/kendali-2026-07-02.xlsx", sheet)
    load(home, date(2026, 7, 2))
    assert told(home, date(2026, 7, 3)).lowered.is_empty()
    sheet, before = filled(home, tmp_path, "verified-levels", {number: 1, "18": 2})
    assert before[1] in (TITLE, "Kelas Malam") and not any(isinstance(cell, int) for cell in before)
    put(home, "bengkulu/2026/verifikasi-2026-09-01.xlsx", sheet)
    load(home, date(2026, 9, 1))
    lowered = told(home, date(2026, 9, 2)).lowered
    assert lowered.select("title", "indicator_number", "claimed_level", "verified_level", "final_level").rows() == [
        (TITLE, number, 3, 1, None)
    ]
    objection = Step(date(2026, 9, 5), "", TITLE, "", number, "objection", None, "", "ada", "sk.pdf", "sent")
    append_steps(home, CITY, EDITION, [objection])
    moves = told(home, date(2026, 9, 9)).moves.filter(indicator_number=number)
    assert moves.select("who", "days_waiting").rows() == [("reviewer", 4)]
    sheet, _before = filled(home, tmp_path, "final-levels", {number: 3, "18": 2})
    put(home, "bengkulu/2026/akhir-2026-10-01.xlsx", sheet)
    load(home, date(2026, 10, 1))
    after = told(home, date(2026, 10, 2))
    kept = {row["indicator_number"]: row for row in after.rounds.filter(title=TITLE).to_dicts()}
    levels = [kept[number][f"{kind}_level"] for kind in ("claimed", "verified", "final")]
    assert (levels, kept[number]["state"], kept["18"]["state"]) == ([3, 1, 3], "restored", "kept")
    other = "31" if number == "16" else "16"
    assert kept[other]["verified_level"] is None, "what was not judged is not known"
    assert after.moves.filter(indicator_number=number)["who"].to_list() == ["nobody"]
