"""What a dropped file is, in words, before it is loaded; and ticked lists of evidence that the next load takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.evidence.check_index import CheckedFile, CheckIndex, ProposedAnswer, write_index
from analysis.evidence.decisions import confirmed_evidence
from tests.city_files import LIST_HEADER, innovation, load, put, workbook
from tests.conftest import ROOT
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command import app
from workbench.dropped_files import told_file
from workbench.mentoring_sheets import CutBy, mentoring_sheets

CITY, EDITION, DAY = "17.71", 2026, date(2026, 8, 10)
RECAPS = ROOT / "tests" / "fixtures" / "contest_recaps"


@pytest.fixture
def listed_home(empty_home: Home) -> Home:
    put(empty_home, "bengkulu/2026/daftar-2026-07-01.xlsx", workbook([LIST_HEADER, innovation("Antar Obat")]))
    load(empty_home)
    return empty_home


def told(home: Home, name: str, content: bytes) -> tuple[str, str]:
    path = put(home, f"bengkulu/2026/{name}", content)
    answer = told_file(home, path, EDITION, Language("id"))
    return answer["what"], answer["next_step"]


def ticked(home: Home, folder: Path, suffix: str) -> tuple[Path, str]:
    """A list of evidence written by the command for one file, ticked."""
    with open_snapshot(home=home.root) as snapshot:
        own = snapshot.sql("select submission_id from submission")["submission_id"][0]
    proposal = ProposedAnswer("16", "regulation", 90, "number", "16")
    file = CheckedFile(
        "evidence/17.71/2026", f"{own}/16 SK.pdf", "16 SK.pdf", 1, 1, "answered", sha256="a" * 64, submission_id=own,
        proposals=(proposal,),
    )  # fmt: skip
    write_index(home, CITY, EDITION, CheckIndex("evidence/17.71/2026", "2026-08-01T08:00:00", "2026", True, (file,)))
    path = folder / f"bukti.{suffix}"
    words = ["evidence", "bengkulu", "2026", "--last", "--write-list", str(path), "--home", str(home.root)]
    ran = CliRunner().invoke(app, [*words, "--lang", "id"])
    assert ran.exit_code == 0, ran.output
    if suffix == "csv":
        text = path.read_text(encoding="utf-8-sig").split("\n")
        first = "v" + text[1].removeprefix('""')
        path.write_text("\n".join([text[0], first, *text[2:]]), encoding="utf-8-sig")
        return path, own
    book = load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            if any(str(cell.value).startswith(f"e{own}") for cell in row):
                row[0].value = "v"
    book.save(path)
    return path, own


def test_every_dropped_file_is_named_for_what_it_is(listed_home: Home, tmp_path: Path) -> None:
    home = listed_home
    with open_snapshot(home=home.root) as snapshot:
        sheets = mentoring_sheets(snapshot, home, resolve_city(CITY), EDITION, CutBy.city, DAY)
    assert told(home, "kembali.xlsx", sheets[""])[0] == "lembar pendampingan"
    assert told(home, "apa saja.xlsx", (RECAPS / "rekap-juri-lebar-2023.xlsx").read_bytes()) == (
        "Rekap nilai lomba (per juri, per kriteria, per tahap, atau daftar kelengkapan)",
        "Tekan Muat: berkas ini dibaca.",
    )  # fmt: skip
    words = ["template", "control-sheet", "--city", "bengkulu", "--edition", "2026", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, [*words, "--home", str(home.root)]).exit_code == 0
    [sheet] = tmp_path.glob("*.xlsx")
    assert told(home, "k.xlsx", sheet.read_bytes())[0] == "Lembar kendali level indikator"
    what, step = told(home, "lain.xlsx", workbook([("Warna", "Jumlah"), ("merah", 3)]))
    assert what == "daftar yang belum dikenal" and "arti kolomnya" in step
    what, step = told(home, "SK.pdf", b"%PDF-1.4")
    assert what == "dokumen" and "folder evidence" in step
    assert told(home, "rusak.xlsx", b"PK\x03\x04 rusak") == ("", "")


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_ticked_list_is_taken_by_the_next_load(listed_home: Home, tmp_path: Path, suffix: str) -> None:
    home = listed_home
    path, own = ticked(home, tmp_path, suffix)
    assert told(home, path.name, path.read_bytes())[0] == "daftar bukti yang dicentang"
    laid = home.inbox / "bengkulu" / "2026" / path.name
    assert confirmed_evidence(home, CITY, EDITION).is_empty()
    ran = CliRunner().invoke(app, ["ingest", "--home", str(home.root), "--lang", "id"])
    assert ran.exit_code == 0, ran.output
    assert confirmed_evidence(home, CITY, EDITION)["submission_id"].to_list() == [own]
    assert not laid.exists() and len(list((home.root / "evidence" / "received").iterdir())) == 1
    assert path.name in ran.output
