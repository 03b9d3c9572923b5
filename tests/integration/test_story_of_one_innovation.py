"""One innovation over three editions: contest, mentoring, verification, objection, re-entry, final score; and its page.

Every file is simulated: it is written here in the form in which a city would have it.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import docx
import polars as pl
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.evidence.decisions import Decision, keep_decisions
from analysis.mentoring.reentry import read_reentries
from analysis.mentoring.rounds import read_mentoring
from analysis.mentoring.story import read_story
from etl.forgetting.erasure import remains
from etl.forgetting.person_text import person_of
from tests.city_files import load, put, workbook
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command import app
from workbench.desk.innovation_links import linked
from workbench.desk.pages.mentoring_pages import innovation, mentoring
from workbench.desk.pages.season_pages import innovations, portfolio
from workbench.desk.people import Person, Role
from workbench.desk.question import question_of
from workbench.mentoring_sheets import (
    HEADER_ROW,
    SHEET,
    CutBy,
    development_sheet,
    is_mentoring_sheet,
    mentoring_sheets,
    take_sheets_of_inbox,
)

DAY = date(2026, 8, 10)
TITLE, UNIT, CITY = "Antar Obat Lansia", "Dinas Kesehatan", "17.71"
OTHER = "Kelas Malam"
LIST_HEADER = ("Nomor", "Judul", "Pemda", "Waktu Penerapan", "Kematangan", "Skor Verifikasi", "QC", "Hasil QC")
JURY_HEADER = ("Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai")
CLAIMED_HEADER = (
    "Nomor",
    "Nama Inovasi",
    "Nama Perangkat Daerah",
    *(f"{number}. Indikator" for number in range(16, 36)),
)
PORTAL_HEADER = (
    "Nama Pemda", "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba Inovasi Daerah", "Waktu Penerapan Inovasi Daerah",
    "Kematangan", "Aksi",
)  # fmt: skip
VERIFIED_LAYOUT = """
name = "level_verifikasi"
title_id = "Level verifikasi (contoh)"
title_en = "Verified levels (example)"
source = "example"
kind = "control_sheet"
formats = ["excel", "csv"]
header_rows = 8
score_kind = "verified"
date_order = "day_first"
decimal_mark = "comma"
external_system = "portal"
signature = ["title", "unit_name"]
[[column]]
field = "title"
type = "title"
required = true
headers = ["Inovasi Diverifikasi"]
[[column]]
field = "unit_name"
type = "text"
required = true
headers = ["Perangkat Daerah Diverifikasi"]
[indicators]
unit = "level"
level_header = '^Verifikasi (\\d+[a-z]?)\\.$'
minimum = 20
"""
FINAL_LAYOUT = """
name = "hasil_akhir"
title_id = "Hasil akhir (contoh)"
title_en = "Final results (example)"
source = "example"
kind = "innovation_list"
formats = ["excel", "csv"]
header_rows = 8
score_kind = "claimed"
date_order = "day_first"
decimal_mark = "comma"
external_system = "portal"
signature = ["title", "unit_name", "claimed_score", "final_score"]
[[column]]
field = "title"
type = "title"
required = true
headers = ["Inovasi Dinilai"]
[[column]]
field = "unit_name"
type = "text"
required = true
headers = ["Perangkat Daerah Dinilai"]
[[column]]
field = "stage"
type = "stage"
headers = ["Tahapan Dinilai"]
[[column]]
field = "implementation_date"
type = "date"
headers = ["Penerapan Dinilai"]
[[column]]
field = "claimed_score"
type = "score"
required = true
headers = ["Nilai Mandiri Dinilai"]
[[column]]
field = "verified_score"
type = "score"
headers = ["Nilai Verifikasi Dinilai"]
[[column]]
field = "final_score"
type = "score"
headers = ["Nilai Akhir Dinilai"]
"""
FINAL_HEADER = (
    "Inovasi Dinilai", "Perangkat Daerah Dinilai", "Tahapan Dinilai", "Penerapan Dinilai", "Nilai Mandiri Dinilai",
    "Nilai Verifikasi Dinilai", "Nilai Akhir Dinilai",
)  # fmt: skip


RECEIPT = """
city = "17.71"
edition = 2026
[[file]]
name = "daftar.xlsx"
received = 2026-07-01
layout = "l1_portal_list"
system = "aplikasi kota"
coverage = "full"
"""
PORTAL_FILE = """
[[file]]
name = "portal.xlsx"
received = 2026-07-10
layout = "l1_portal_list"
system = "portal nasional"
coverage = "full"
"""


def portal_rows(score: float) -> list[tuple[Any, ...]]:
    return [
        (UNIT, TITLE, "Penerapan", date(2022, 1, 10), date(2023, 6, 1), score, "Lihat"),
        ("SMP Negeri 1", OTHER, "Penerapan", date(2024, 1, 10), date(2024, 6, 1), 50.0, "Lihat"),
    ]


def portal(score: float) -> bytes:
    """The list of a season, with the score of the innovation."""
    return workbook([PORTAL_HEADER, *portal_rows(score)])


def claimed(level_19: int) -> bytes:
    return workbook([CLAIMED_HEADER, (None, TITLE, UNIT, 2, 2, 2, level_19, *[1] * 16)])


def verified(level_19: int) -> bytes:
    header = ("Inovasi Diverifikasi", "Perangkat Daerah Diverifikasi", *(f"Verifikasi {n}." for n in range(16, 36)))
    return workbook([header, (TITLE, UNIT, 2, 2, 2, level_19, *[1] * 16)])


def final(score: float, verified_score: float, final_score: float) -> bytes:
    row = (TITLE, UNIT, "Penerapan", date(2023, 6, 1), score, verified_score, final_score)
    other = (OTHER, "SMP Negeri 1", "Penerapan", date(2024, 6, 1), 50.0, 50.0, 50.0)
    return workbook([FINAL_HEADER, row, other])


@pytest.fixture(scope="module")
def story_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which three editions were worked through as an office would: files, sheets, loads, letters."""
    home = Home.at(tmp_path_factory.mktemp("story") / "home")
    home.create()
    for name, text in (("level_verifikasi", VERIFIED_LAYOUT), ("hasil_akhir", FINAL_LAYOUT)):
        path = home.layouts / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    # 2024: the city's contest and the first entry; a mentor asks, the unit answers, both by the sheet.
    put(home, "bengkulu/2024/daftar-2024-07-01.xlsx", portal(60.0))
    put(home, "bengkulu/2024/kendali-2024-07-02.xlsx", claimed(2))
    jury = [("Perangkat Daerah", title, unit, juror, score) for title, unit, score in
            ((TITLE, UNIT, 90), ("Lain", "Dinas Sosial", 70)) for juror in ("Ani Contoh", "Budi Contoh")]  # fmt: skip
    put(home, "bengkulu/2024/nilai-juri.xlsx", workbook([JURY_HEADER, *jury]))
    load(home, date(2024, 8, 1))
    fill(
        home,
        2024,
        {"19": {"Alasan Penilai": "SK belum bertanggal", "Tanggal": "01/08/2024", "Oleh": "Citra Contoh"}},
    )
    fill(home, 2024, {"19": {"Jawaban Unit": "SK diganti", "Bukti": "sk-2024.pdf", "Hasil": "diterima",
                                  "Tanggal": "05/08/2024", "Oleh": "Citra Contoh"}})  # fmt: skip
    # 2025: entered again, lowered in verification, objected to, restored.
    put(home, "bengkulu/2025/daftar-2025-07-01.xlsx", portal(80.0))
    put(home, "bengkulu/2025/kendali-2025-07-02.xlsx", claimed(3))
    put(home, "bengkulu/2025/verifikasi-2025-09-01.xlsx", verified(1))
    load(home, date(2025, 9, 2))
    return home


def fill(home: Home, edition: int, said: dict[str, dict[str, Any]], *, is_development: bool = False) -> None:
    """Make the sheet, fill it in by indicator ("": the innovation), lay it into the inbox renamed, and read it."""
    with open_snapshot(home=home.root) as snapshot:
        if is_development:
            made = development_sheet(snapshot, home, resolve_city(CITY), edition)
        else:
            made = mentoring_sheets(snapshot, home, resolve_city(CITY), edition, CutBy.city, DAY)[""]
    returned = put(home, f"bengkulu/{edition}/kembali dari unit.xlsx", filled_in(made, said))
    assert is_mentoring_sheet(returned)
    [done], refused = take_sheets_of_inbox(home, DAY)
    assert (done.new_count, done.faults, refused) == (1, (), [])
    assert not returned.exists(), "what was read is kept beside the log"


def told_by(home: Home, *words: str) -> Any:
    """What a command answers, run in this process: its output and its messages."""
    return CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "en"])


def filled_in(made: bytes, said: dict[str, dict[str, Any]]) -> bytes:
    book = load_workbook(io.BytesIO(made))
    sheet = book[SHEET]
    heads = {cell.value: cell.column for cell in sheet[HEADER_ROW]}
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        number = str(row[heads["Indikator"] - 1].value or "").partition(".")[0] if "Indikator" in heads else ""
        if row[heads["Nama Inovasi"] - 1].value == TITLE and number in said:
            for name, value in said[number].items():
                row[heads[name] - 1].value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def asked(home: Home, edition: int, role: Role = Role.reader, **arguments: str) -> Any:
    person = Person("pembaca", role)
    return question_of(
        home, person, {"city": CITY, "edition": str(edition), "on": "2026-09-10", "lang": "id", **arguments}
    )


def test_the_story_runs_from_the_contest_to_the_final_score(story_home: Home) -> None:
    home = story_home
    # 2025: what the verification lowered is listed with both levels, and is Bappeda's move.
    with open_snapshot(home=home.root) as snapshot:
        told = read_mentoring(snapshot, home, CITY, 2025, date(2025, 9, 10))
    [row] = told.lowered.to_dicts()
    assert (row["title"], row["indicator_number"], row["claimed_level"], row["verified_level"]) == (TITLE, "19", 3, 1)
    assert row["claimed_points"] is None, "the points of a level are not known where the edition's list is not"
    assert told.moves.filter(indicator_number="19")["who"].to_list() == ["bappeda"]
    fill(home, 2025, {"19": {"Putaran": "sanggahan", "Alasan Penilai": "foto kurang jelas",
                                  "Jawaban Unit": "foto baru",
                                  "Bukti": "foto.jpg", "Tanggal": "11/09/2025", "Oleh": "Citra Contoh"}})  # fmt: skip
    ran = told_by(home, "mentoring", "letters", "bengkulu", "2025", "--on", "2025-09-12", "--format", "json")
    assert ran.exit_code == 0, ran.output
    [letter] = [Path(path) for path in map(str, home.root.rglob("sanggahan-*.docx"))]
    words = " ".join(
        node.text or "" for node in docx.Document(str(letter)).element.body.iter() if node.tag.endswith("}t")
    )
    for text in ("tanggal tidak diketahui", "foto baru", "foto.jpg", "foto kurang jelas", TITLE, "indikator 19"):
        assert text in words, text
    assert "Citra Contoh" not in words
    header = docx.Document(str(letter)).sections[0].header
    marked = words + " ".join(node.text or "" for node in header._element.iter() if node.tag.endswith("}t"))
    assert "konsep; sah setelah nomor naskah dan tanda tangan pejabat" in marked
    fill(home, 2025, {"19": {"Putaran": "sanggahan", "Hasil": "dikirim", "Tanggal": "13/09/2025"}})
    with open_snapshot(home=home.root) as snapshot:
        told = read_mentoring(snapshot, home, CITY, 2025, date(2025, 9, 20))
    assert told.moves.filter(indicator_number="19").select("who", "days_waiting").row(0) == ("reviewer", 7)
    fill(home, 2025, {"19": {"Putaran": "akhir", "Hasil": "diterima", "Level Hasil": 3, "Tanggal": "01/10/2025"}})
    with open_snapshot(home=home.root) as snapshot:
        told = read_mentoring(snapshot, home, CITY, 2025, date(2025, 10, 20))
    assert told.rounds.filter(indicator_number="19")["state"].to_list() == ["restored"]
    assert told.moves.filter(indicator_number="19")["who"].to_list() == ["nobody"]
    # 2026: older than the window, so its development is proved by the sheet; then it counts.
    put(home, "bengkulu/2026/receipt.toml", RECEIPT)
    put(home, "bengkulu/2026/daftar.xlsx", portal(90.0))
    load(home, date(2026, 7, 2))
    with open_snapshot(home=home.root) as snapshot:
        before = read_reentries(snapshot, home, CITY, 2026).rows.filter(title=TITLE).row(0, named=True)
    assert (before["times_count"], before["state"], before["proof"]) == (2, "counts_with_proof", "missing")
    fill(
        home, 2026,
        {"": {"Tanggal Pengembangan": date(2025, 3, 1), "Jawaban Unit": "ditambah kanal telepon", "Bukti": "bap.pdf"}},
        is_development=True,
    )  # fmt: skip
    with open_snapshot(home=home.root) as snapshot:
        after = read_reentries(snapshot, home, CITY, 2026).rows.filter(title=TITLE).row(0, named=True)
    assert (after["state"], after["proof"], after["explanation"]) == ("counts", "there", "ditambah kanal telepon")
    # What was typed into the portal from the package comes back as its export; then the final scores.
    put(home, "bengkulu/2026/receipt.toml", RECEIPT + PORTAL_FILE)
    put(home, "bengkulu/2026/portal.xlsx", workbook([PORTAL_HEADER, *reversed(portal_rows(90.0))]))
    put(home, "bengkulu/2026/akhir-2026-09-01.xlsx", final(90.0, 85.0, 88.0))
    load(home, date(2026, 9, 2))
    # The page tells it, in order, and says nobody's name.
    with open_snapshot(home=home.root) as snapshot:
        story = read_story(snapshot, home, CITY, TITLE.upper(), date(2026, 9, 10))
    assert story.times_entered == 3
    events = [(row["edition"], row["event"], row["act"]) for row in story.events.to_dicts()]
    assert events == [
        (2024, "contest", None),
        (2024, "submitted", None),
        (2024, "step", "asked"),
        (2024, "step", "accepted"),
        (2025, "submitted", None),
        (2025, "step", "answered"),
        (2025, "step", "sent"),
        (2025, "step", "accepted"),
        (2025, "lowered", "restored"),
        (2026, "submitted", None),
        (2026, "step", "answered"),
        (2026, "package", None),
        (2026, "portal", None),
        (2026, "lowered", "lowered"),
        (2026, "final", None),
    ]
    page = innovation(asked(home, 2026, innovation=story.innovation_id))
    assert page.heading == TITLE
    shown = json.dumps([table.for_browser(Language("id")) for table in page.tables.values()], ensure_ascii=False)
    for text in (
        "SK belum bertanggal",
        "foto baru",
        "ditambah kanal telepon",
        "3 → 1 → 3",
        "88,00",
        "Orang 1",
        "lomba kota",
    ):
        assert text in shown, text
    assert "Citra Contoh" not in shown
    assert any("diajukan 3 kali: 2024, 2025, 2026" in line for line in page.sentences)
    listed = mentoring(asked(home, 2026))
    assert "Citra Contoh" not in json.dumps(
        [table.for_browser(Language("id")) for table in listed.tables.values()], ensure_ascii=False
    )
    # What a mentor confirmed of its evidence is told with the day and who did; a reader sees no name of a file.
    assert any("Belum ada buktinya" in line for line in page.sentences)
    own = story.editions.filter(edition=2026)["submission_id"][0]
    paper = Decision(CITY, 2026, own, "19", "socialisation", "sk-citra.pdf", "a" * 64, "confirmed")
    keep_decisions(home, [paper, replace(paper, file_name="lain.pdf", answer="refused")], "Citra Contoh")
    with open_snapshot(home=home.root) as snapshot:
        later = read_story(snapshot, home, CITY, story.innovation_id, date(2026, 9, 10))
    [told_of] = later.events.filter(event="evidence").to_dicts()
    assert (told_of["indicator_number"], told_of["text"], told_of["by"]) == ("19", "sk-citra.pdf", "Citra Contoh")
    assert told_of["date"] == datetime.now(tz=UTC).astimezone().date()
    for role, is_named in ((Role.reader, False), (Role.planner, True)):
        seen = innovation(asked(home, 2026, role, innovation=story.innovation_id))
        text = json.dumps([one.for_browser(Language("id")) for one in seen.tables.values()], ensure_ascii=False)
        assert ("sk-citra.pdf" in text) is is_named
        assert "dikonfirmasi" in text and "Orang 1" in text and "Citra Contoh" not in text
        assert any("Bukti yang dikonfirmasi pendamping: 1 berkas" in line for line in seen.sentences)
    # Tables that name it lead here, by its id and else by its title; a title that two innovations bear leads nowhere.
    for made, name in ((mentoring, "rounds"), (innovations, "innovations"), (portfolio, "catalogue")):
        of_season = asked(home, 2026)
        table = linked(made(of_season), of_season).tables[name]
        links = dict(zip(table.frame["title"], table.links, strict=True))
        assert TITLE in unquote_plus(links[TITLE]) or story.innovation_id in links[TITLE], name
        assert table.for_browser(Language("id"))["linked"] == "title"
    # Whoever asks for names by name is given them, and that is written down; `iga forget` takes them away.
    named = told_by(home, "mentoring", "bengkulu", "2024", "--list", "steps", "--names", "--format", "json")
    assert {row["by"] for row in json.loads(named.stdout)} == {"Citra Contoh"}
    assert "mentoring --names" in (home.runs / "personal_log.csv").read_text(encoding="utf-8")
    ran = told_by(home, "forget", "person", "Citra Contoh", "--reason", "diminta", "--yes")
    assert ran.exit_code == 0, ran.output
    kept = [path.relative_to(home.root).parts[2] for path in (home.root / "mentoring").rglob("*") if path.is_file()]
    assert {"2024.csv", "received"} <= set(kept), "the log and the sheets that came back are still there"
    assert remains(home, person_of(["Citra Contoh"])) == []
    with open_snapshot(home=home.root) as snapshot:
        assert read_story(snapshot, home, CITY, story.innovation_id, date(2026, 9, 10)).events.height == len(events) + 1


def test_totals_alone_are_lowered_as_a_whole(empty_home: Home) -> None:
    rows = [("091", TITLE, "Kota Bengkulu", date(2025, 1, 1), 80.0, 60.0, None, None),
            ("092", OTHER, "Kota Bengkulu", date(2025, 1, 1), 50.0, 50.0, None, None)]  # fmt: skip
    put(empty_home, "bengkulu/2026/tinjauan-2026-08-01.xlsx", workbook([LIST_HEADER, *rows]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        told = read_mentoring(snapshot, empty_home, CITY, 2026, date(2026, 8, 10))
    assert told.rounds.select("title", "state").rows() == [(TITLE, "lowered"), (OTHER, "kept")]
    assert told.moves.select("who", "title", "indicator_number").rows() == [("bappeda", TITLE, None)]


def test_a_season_without_a_log_says_so(example_home: Path) -> None:
    page = mentoring(asked(Home.at(example_home), 2026))
    assert any(line.startswith("Belum ada catatan") for line in page.sentences)
    assert page.is_simulated
    assert isinstance(page.tables["resubmit"].frame, pl.DataFrame) and page.tables["resubmit"].frame.height > 100


def test_a_returned_sheet_is_read_by_the_load_and_by_the_command(empty_home: Home, tmp_path: Path) -> None:
    put(empty_home, "bengkulu/2024/daftar-2024-07-01.xlsx", portal(60.0))
    put(empty_home, "bengkulu/2024/kendali-2024-07-02.xlsx", claimed(2))
    load(empty_home)
    ran = told_by(empty_home, "mentoring", "sheet", "bengkulu", "2024", "--out", str(tmp_path))
    assert ran.exit_code == 0, ran.output
    [path] = tmp_path.glob("*.xlsx")
    cells = load_workbook(path)[SHEET]
    known = {str(row[3].value or "").partition(".")[0]: row[4].value for row in cells.iter_rows(min_row=HEADER_ROW + 1)}
    assert known["19"] == 2, "the level that is known stands in the sheet already"
    said = {"19": {"Jawaban Unit": "sudah", "Hasil": "entah"}}
    path.write_bytes(filled_in(path.read_bytes(), said))
    first = told_by(empty_home, "mentoring", "read", "bengkulu", "2024", str(path), "--format", "json")
    [row] = json.loads(first.stdout)
    assert (row["step_count"], row["new_count"], row["fault_count"]) == (1, 1, 1)
    assert "row" in first.stderr and "entah" in first.stderr
    put(empty_home, "bengkulu/2024/yang sama.xlsx", path.read_bytes())
    put(empty_home, "bengkulu/2025/edisi lain.xlsx", path.read_bytes())
    second = told_by(empty_home, "ingest")
    assert "1 step(s) read, 0 new" in second.stderr
    assert "2024" in second.stderr and (empty_home.inbox / "bengkulu" / "2025" / "edisi lain.xlsx").exists()
