# ruff: noqa: E501  tables of names, one a line
"""Evidence in folders and hostile archives: what answers what, and what is passed over."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from analysis.clinic.decree import OwnRegion
from analysis.clinic.demands import Window
from analysis.evidence.decisions import decisions_of, keep_decisions
from analysis.evidence.proposals import (
    Innovation,
    contradictions,
    duplicates_of,
    indicator_of,
    innovation_of,
    proposal_of,
)
from etl.documents.evidence_files import evidence_files
from etl.documents.kept_readings import reading_of
from iga.rulebook import load_rulebook
from warehouse.home import Home, sha256_of

BOOK = load_rulebook(2026)
WINDOW = Window.of(BOOK, 2026)
OWN = OwnRegion("Bengkulu", "kota")
KNOWN = [Innovation("a1", "SI CANTIK (Sistem Catatan)", {"16": 2, "28": 1}), Innovation("b2", "Lapor Cepat")]


def test_hostile_names_and_bombs_of_an_archive_are_passed_over(tmp_path: Path) -> None:
    place = tmp_path / "bukti.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "../keluar.pdf",
            "/etc/x.pdf",
            "C:\\x.pdf",
            "SI CANTIK/NUL.pdf",
            "SI CANTIK/Thumbs.db",
            "SI CANTIK/~$sk.docx",
        ):
            archive.writestr(name, b"x")
        archive.writestr("SI CANTIK/bom.pdf", bytes(8 << 20))
        archive.writestr("SI CANTIK/16 SK.pdf", b"%PDF-1.4 x")
    causes = {file.path.rpartition("/")[2]: file.cause for file in evidence_files(place)}
    assert causes == {
        "keluar.pdf": "name_leads_outside", "x.pdf": "name_leads_outside", "NUL.pdf": "name_leads_outside",
        "Thumbs.db": "left_by_system", "~$sk.docx": "left_by_system", "bom.pdf": "bomb", "16 SK.pdf": "",
    }  # fmt: skip
    broken = tmp_path / "rusak.zip"
    broken.write_bytes(b"PK\x03\x04 half")
    assert [file.cause for file in evidence_files(broken)] == ["damaged"]


def test_a_folder_is_tied_to_its_innovation_and_a_file_to_its_indicator() -> None:
    ties = {path: getattr(innovation_of(path, KNOWN), "submission_id", None) for path in ("a1/x.pdf", "01. Si Cantik/x.pdf", "Lapor Cepatt/x.pdf", "Lain/x.pdf")}  # fmt: skip
    assert list(ties.values()) == ["a1", "a1", "b2", None]
    assert indicator_of("a/Indikator 16/scan.pdf", BOOK) == ("16", "high")
    assert indicator_of("a/28 SOP.pdf", BOOK) == ("28", "high")
    assert indicator_of("a/Perwal inovasi.pdf", BOOK) == ("16", "medium")
    assert indicator_of("a/scan0001.pdf", BOOK) == ("", "")


def test_bytes_that_serve_two_innovations_and_levels_without_files_are_told() -> None:
    facts = {"kind": "png", "cause": "scan", "paragraphs": []}
    proposals = [
        proposal_of(f"{folder}/25 foto.png", 9, "same", facts, KNOWN, BOOK, WINDOW, OWN) for folder in ("a1", "b2")
    ]
    assert duplicates_of(proposals) == {"same": ["a1/25 foto.png", "b2/25 foto.png"]}
    assert contradictions(proposals, KNOWN) == [
        ("a1", "16", "claimed_without_file"), ("a1", "28", "claimed_without_file"), ("a1", "25", "file_without_level"),
        ("b2", "25", "file_without_level"),
    ]  # fmt: skip
    wrong = proposal_of("a1/28 SOP.png", 9, "s", {"kind": "png", "paragraphs": []}, KNOWN, BOOK, WINDOW, OWN)
    assert [finding.code for finding in wrong.findings] == ["wrong_format"]


def test_a_reading_is_kept_by_its_hash(empty_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Dasar hukum: ada", encoding="utf-8")
    sha = sha256_of(path)
    first = reading_of(empty_home, path.read_bytes(), sha)
    assert first["paragraphs"][0][0] == "Dasar hukum: ada"
    assert reading_of(empty_home, b"is not read again", sha) == first


def test_answers_are_kept_by_hash_and_a_changed_file_asks_again(empty_home: Home, tmp_path: Path) -> None:
    ticked = tmp_path / "daftar.csv"
    ticked.write_text("\ufeffsubmission_id;indicator_number;sha256;answer\na1;16;h1;Ya\na1;17;h2;\n", encoding="utf-8")
    assert keep_decisions(empty_home, ticked, date(2026, 8, 1)) == 1
    assert keep_decisions(empty_home, ticked, date(2026, 8, 2)) == 0
    ticked.write_text("submission_id,indicator_number,sha256,answer\na1,16,h1,tidak\n", encoding="utf-8")
    assert keep_decisions(empty_home, ticked, date(2026, 8, 3)) == 1
    assert decisions_of(empty_home) == {("a1", "16", "h1"): "no"}
    assert ("a1", "16", "changed") not in decisions_of(empty_home)
