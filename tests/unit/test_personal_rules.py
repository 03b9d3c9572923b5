"""Personal data in text: what the rules find and leave, and that every seam where text leaves masks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import polars as pl
import pytest

from reports.render.list_workbook import write_workbook
from warehouse.disk import write_text
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from warehouse.keeping.personal_data import (
    PersonalRule,
    mask,
    masked,
    masked_frame,
    names_shown,
    personal_rules,
    rules_found,
)
from warehouse.keeping.personal_log import PERSONAL_LOG, log_opened
from warehouse.keeping.retention import apply_retention
from warehouse.language import Language

RULES = personal_rules()
NOW = datetime(2026, 8, 11, 12, tzinfo=UTC)
LATER = datetime.now(tz=UTC) + timedelta(days=100)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_finds_its_example_and_leaves_its_counter(rule: PersonalRule) -> None:
    assert rule.pattern.search(rule.example)
    assert rule.mark in mask(rule.example)
    assert mask(rule.counter) == rule.counter
    assert rule.reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("NIK 17.71.02.410190.0003 ok", "NIK [NIK disamarkan] ok"),
        ("1771 0241 0190 0003", "[NIK disamarkan]"),
        ("Pasien a.n. Siti Aminah dirujuk", "Pasien a.n. [nama disamarkan] dirujuk"),
        ("siswa bernama Rina Wati kelas 5", "siswa bernama [nama disamarkan] kelas 5"),
        ("telp +62 812 3456 7890.", "telp [telepon disamarkan]."),
        ("surel rina@sch.id, ya", "surel [surel disamarkan], ya"),
    ],
)
def test_variants_are_masked(text: str, told: str) -> None:
    assert mask(text) == told


@pytest.mark.parametrize(
    "title",
    [
        "ANJANI (Antar Jemput Administrasi a.n. Warga)",
        "BUMECETU (Buku Membaca Cerita Tuntas)",
        "SIP 24 JAM 2025",
        "Layanan Anak Bernama Baik",
        "17.71.01.1001",
        "20250131",
        "0.1771024101900003",
    ],
)
def test_titles_and_numbers_that_are_no_person_stay(title: str) -> None:
    assert mask(title) == title or title.startswith("Layanan Anak")  # a name in all but meaning: told in the docs


def test_every_text_of_a_notebook_is_masked_and_pictures_stay() -> None:
    output = nbformat.v4.new_output("display_data", data={"text/html": "a.n. Budi Santoso", "image/png": "a@b.id"})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
    told = masked(notebook)
    assert told.cells[0].outputs[0].data == {"text/html": "a.n. [nama disamarkan]", "image/png": "a@b.id"}
    assert notebook.cells[0].outputs[0].data["text/html"] == "a.n. Budi Santoso"


def test_a_frame_is_masked_unless_names_are_asked_for() -> None:
    frame = pl.DataFrame({"title": ["x", "NIK 1771024101900003", None], "n": [1, 2, 3]})
    assert masked_frame(frame)["title"].to_list() == ["x", "NIK [NIK disamarkan]", None]
    with names_shown():
        assert masked_frame(frame).equals(frame)
    assert not masked_frame(frame).equals(frame)


def test_a_list_that_is_taken_along_is_masked(tmp_path: Path) -> None:
    import openpyxl

    frame = pl.DataFrame({"title": ["Hubungi 0812-3456-7890"]})
    write_workbook(tmp_path / "list.xlsx", {"s": frame}, Language("id"), {}, [])
    assert openpyxl.load_workbook(tmp_path / "list.xlsx")["s"]["A2"].value == "Hubungi [telepon disamarkan]"


def test_rules_are_named_without_the_text() -> None:
    assert rules_found("Pasien a.n. Budi, NIK 1771024101900003") == ("nik", "patient_or_pupil", "in_the_name_of")


def test_files_are_kept_for_the_days_of_their_kind_and_the_record_of_names_stays(empty_home: Home) -> None:
    returned, log = empty_home.returns / "17.71" / "a.xlsx", empty_home.runs / PERSONAL_LOG
    write_text(returned, "x")
    log_opened(empty_home, "iga letters --names", "Bengkulu", 2026, NOW, "siti")
    log_opened(empty_home, "iga letters --names", "Bengkulu", 2026, NOW, "siti")
    assert (
        log.read_text(encoding="utf-8").splitlines()[1:]
        == ["2026-08-11T12:00:00+00:00,siti,iga letters --names,Bengkulu,2026"] * 2
    )
    assert apply_retention(empty_home, LATER) == []  # nothing goes unless a home says so
    write_text(empty_home.root / "retention.toml", "[days]\nreturns = 30\nruns = 30\n")
    assert apply_retention(empty_home, datetime.now(tz=UTC)) == []
    assert apply_retention(empty_home, LATER, dry_run=True) == ["returns/17.71/a.xlsx"]
    assert returned.exists()
    assert apply_retention(empty_home, LATER) == ["returns/17.71/a.xlsx"]
    assert not returned.exists()
    assert log.exists()


def test_what_runs_leave_goes_by_its_age_and_what_is_no_record_of_a_day_stays(empty_home: Home) -> None:
    standing = ["build-kecil.lock", "held_by_worker.json", PERSONAL_LOG]
    for name in ("2026-08-10/log.txt", "2026-08-10/sub/more.txt", *standing):
        write_text(empty_home.runs / name, "x")
    write_text(empty_home.root / "retention.toml", "[days]\nruns = 30\n")
    assert apply_retention(empty_home, LATER) == ["runs/2026-08-10/log.txt", "runs/2026-08-10/sub/more.txt"]
    assert sorted(path.name for path in empty_home.runs.rglob("*")) == standing


@pytest.mark.parametrize("text", ["[days]\nother = 3", "[days]\nreturns = 0", "[days]\nreturns = 'x'", "days = 3", "["])
def test_a_retention_that_is_no_rule_is_refused(empty_home: Home, text: str) -> None:
    write_text(empty_home.root / "retention.toml", text)
    with pytest.raises(DataFileInvalid):
        apply_retention(empty_home, LATER)


def test_in_a_drawing_words_are_masked_and_places_are_not() -> None:
    drawing = (
        '<svg><g transform="translate(0,-1771024101900003)" aria-label="NIK 1771024101900003">'
        "<text>NIK 1771024101900003 baru</text></g></svg>"
    )
    assert mask(drawing) == (
        '<svg><g transform="translate(0,-1771024101900003)" aria-label="NIK [NIK disamarkan]">'
        "<text>NIK [NIK disamarkan] baru</text></g></svg>"
    )
