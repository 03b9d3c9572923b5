"""What a person has changed stays through loads, builds, letters and restarts; personal data is told by its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from docx import Document

from reports.letters.writing import write_letters
from tests.city_files import exported, html_export, load, put
from tests.conftest import run_iga
from warehouse.home import Home
from workbench.lab.workspace import prepare_workspace

CITY, EDITION = "bengkulu", 2026


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_an_edited_letter_control_sheet_and_start_notebook_survive(
    rounds: int, example_home: Path, tmp_path: Path
) -> None:
    home = Home.at(tmp_path / "home")
    shutil.copytree(example_home, home.root)
    is_whole = rounds == 10
    kind = None if is_whole else "nota-dinas"
    letter = next(
        path for path in write_letters(CITY, EDITION, kind=kind, home=home.root).files if path.suffix == ".docx"
    )
    prepare_workspace(home)
    sheet = home.root / "kendali"
    template = ["template", "control-sheet", "--city", CITY, "--edition", str(EDITION), "--out", str(sheet)]
    assert run_iga(*template, home=home.root).exit_code == 0
    control = next(sheet.glob("*.xlsx"))
    document = Document(str(letter))
    document.add_paragraph("Ditambahkan oleh kantor.")
    document.save(str(letter))
    start = home.root / "mulai.ipynb"
    notebook = nbformat.read(start, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, start)
    control.write_bytes(control.read_bytes() + b" ")
    edited = {path: path.read_bytes() for path in (letter, control, start)}
    for number in range(rounds):
        put(home, f"magelang/2025/tambahan-{number}.xls", html_export(exported(str(900 + number), f"Baru {number}")))
        load(home)
        write_letters(CITY, EDITION, kind=kind, home=home.root)
        prepare_workspace(home)
        assert run_iga(*template, home=home.root).exit_code != 0  # it stands, and is not overwritten
        if is_whole:
            built = run_iga("report", "build", "mayor_brief", "--lang", "id", home=home.root, timeout=600)
            assert built.exit_code == 0, built.err
    assert {path: path.read_bytes() for path in edited} == edited
    beside = [path for path in letter.parent.glob(f"{letter.stem} (*") if path.suffix == ".docx"]
    assert len(beside) == 1  # ours of each round made way for the next


def test_personal_data_is_told_at_ingest_by_place_and_without_its_words(empty_home: Home) -> None:
    put(
        empty_home,
        "bengkulu/2026/a.xls",
        html_export(exported("1", "Pasien atas nama budi santoso"), exported("2", "Dua")),
    )
    ran = run_iga("ingest", home=empty_home.root)
    assert "Personal data found by rule in 1 cell(s) of 1 file(s) (patient or pupil 1)" in ran.err
    assert "Personal data found" in run_iga("status", home=empty_home.root).out
    found = run_iga("forget", "find", "--format", "csv", home=empty_home.root)
    assert found.out.splitlines()[1:] == ["bengkulu/2026/a.xls,table 1,3,2,patient_or_pupil"]
    assert "budi" not in ran.err + found.out


def test_a_file_that_was_taken_back_is_told_when_it_is_given_again(empty_home: Home, tmp_path: Path) -> None:
    path = put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu")))
    load(empty_home)
    assert run_iga("undo", "--yes", home=empty_home.root).exit_code == 0
    outside = shutil.copy(path, tmp_path / "a.xls")
    ran = run_iga("ingest", str(outside), "--city", "bengkulu", "--edition", "2026", home=empty_home.root)
    assert "was taken back and does not count: iga undo --back --file bengkulu/2026/a.xls" in ran.err
