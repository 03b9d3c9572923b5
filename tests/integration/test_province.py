"""A province: all its folders in one load, who has sent what, letters to its heads, and a sheet to hand over."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from docx import Document

from analysis import open_snapshot
from analysis.season.province import OVERVIEW_SCHEMA, STATES, overview_columns, province_overview, regions_of_province
from reports.letters import write_handover, write_region_letters
from simulation.files import Simulation, simulate
from tests.conftest import Ran, _made_once
from warehouse.home import Home

PROVINCE, SILENT, DAY = "34", "34.03", date(2026, 8, 1)
"""DI Yogyakarta has four regencies and a city; one of them has sent nothing."""


@pytest.fixture(scope="session")
def province_home(tmp_path_factory: pytest.TempPathFactory, iga: Callable[..., Ran]) -> Path:
    """A home with the inbox of a province, loaded by one command."""

    def make(folder: Path) -> None:
        simulation = Simulation(50, 1, 3, 7, ("l1_portal_list", "l3_wide_points"), province=PROVINCE)
        simulate(simulation, folder / "simulated")
        shutil.move(folder / "simulated" / "inbox", folder / "inbox")
        shutil.rmtree(folder / "inbox" / SILENT)
        broken = folder / "inbox" / "34.71" / "2026" / "foto.xlsx"
        broken.write_bytes(b"no workbook")
        ran = iga("ingest", home=folder)
        assert ran.exit_code == 5, ran.err  # all are loaded; the one that no reader can read is set aside

    return _made_once(tmp_path_factory, "province-home", make)


def test_a_province_has_its_regencies_and_cities_and_not_itself() -> None:
    assert [region.region_code for region in regions_of_province(PROVINCE)] == [
        "34.01", "34.02", "34.03", "34.04", "34.71",
    ]  # fmt: skip
    assert len(regions_of_province("35")) == 38


def test_what_is_furthest_from_done_stands_first(province_home: Path) -> None:
    with open_snapshot(home=province_home) as snapshot:
        frame = province_overview(snapshot, Home.at(province_home), PROVINCE, 2026, DAY)
    assert dict(frame.schema) == OVERVIEW_SCHEMA
    assert set(overview_columns()) < set(frame.columns)
    rows = frame.to_dicts()
    assert [row["region_code"] for row in rows[:2]] == [SILENT, "34.71"]
    assert (rows[0]["state"], rows[0]["file_count"], rows[0]["open_count"]) == ("nothing_received", 0, None)
    assert (rows[1]["state"], rows[1]["held_count"]) == ("files_held", 1)
    assert len(rows) == 5
    order = [(STATES.index(row["state"]), -(row["open_count"] or 0)) for row in rows[1:]]
    assert order == sorted(order)
    for row in rows[1:]:
        assert row["innovations_reported"] is not None and row["units_silent"] > 0
        assert row["open_count"] == sum(
            row[name] for name in row if name.endswith("_count") and name not in ("open_count", "file_count")
        )


def test_heads_are_written_to_about_what_is_open(province_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(province_home / "current.json", home)
    (home / "snapshots").symlink_to(province_home / "snapshots", target_is_directory=True)
    written = write_region_letters("DI Yogyakarta", 2026, on=DAY, home=home)
    names = sorted(path.name for path in written.files if path.suffix == ".docx")
    assert names == [
        "surat-kabupaten-bantul-2026.docx",
        "surat-kabupaten-gunungkidul-2026.docx",
        "surat-kabupaten-kulon-progo-2026.docx",
        "surat-kabupaten-sleman-2026.docx",
        "surat-kota-yogyakarta-2026.docx",
    ]
    assert written.folder == home / "letters" / "provinsi-daerah-istimewa-yogyakarta" / "2026"

    def told(name: str) -> str:
        document = Document(io.BytesIO((written.folder / name).read_bytes()))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])

    silent, city = told("surat-kabupaten-gunungkidul-2026.docx"), told("surat-kota-yogyakarta-2026.docx")
    assert "Bupati Gunungkidul" in silent and "belum menerima berkas" in silent and "Jumlah" not in silent
    assert "Wali Kota Yogyakarta" in city and "Berkas yang belum dapat dibaca\n1" in city
    assert "bertanda" not in city and written.is_draft, "simulated data makes a draft"
    again = write_region_letters("DI Yogyakarta", 2026, on=DAY, home=home)
    assert not again.beside


def test_the_sheet_says_deadlines_questions_and_places_and_no_name(province_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(province_home / "current.json", home)
    (home / "snapshots").symlink_to(province_home / "snapshots", target_is_directory=True)
    with open_snapshot(home=home) as snapshot:
        unit = snapshot.sql("select unit_code, unit_id from unit where region_code = '34.71' limit 1").row(0)
    (home / "assignments").mkdir()
    lines = f"unit,contact,mentor\n{unit[0] or unit[1]},Budi Santoso,Siti Nuraini\n"
    (home / "assignments" / "34.71.csv").write_text(lines, encoding="utf-8")
    written = write_handover("Kota Yogyakarta", 2026, home=home)
    document = Document(io.BytesIO(written.files[0].read_bytes()))
    told = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for text in ("Tenggat", "Pertanyaan yang masih terbuka", "foto.xlsx", "Letak berkas", "assignments/34.71.csv"):
        assert text in told
    assert "Budi" not in told and "Nuraini" not in told
    assert written.files[0].name == "serah-terima-2026.docx"


def test_the_command_shows_the_overview_and_writes_it_as_a_workbook(
    province_home: Path, tmp_path: Path, iga: Callable[..., Ran]
) -> None:
    asked = ["office", "overview", "--province", "DI Yogyakarta", "--on", "2026-08-01"]
    ran = iga(*asked, "--format", "json", "--workbook", str(tmp_path / "a.xlsx"), home=province_home)
    assert ran.exit_code == 0, ran.err
    rows = json.loads(ran.out)
    assert [row["region_code"] for row in rows[:2]] == [SILENT, "34.71"]
    assert (tmp_path / "a.xlsx").stat().st_size > 1000
    assert iga("office", "overview", "--province", "Kota Bengkulu", home=province_home).exit_code == 3
