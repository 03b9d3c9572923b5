"""Evidence from folders and ZIPs to decisions: every file has one fate, levels are held against files, ticks return."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import docx
import openpyxl
import polars as pl
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

from analysis import open_snapshot
from analysis.evidence.check_index import FATES, CheckIndex, read_index
from analysis.evidence.decided_at_desk import decide, file_named
from analysis.evidence.decisions import confirmed_evidence, decisions_path
from analysis.evidence.evidence_check import check_evidence, places_of
from analysis.evidence.file_reading import FileReading
from analysis.evidence.season_evidence import SeasonEvidence, read_season_evidence
from analysis.season.frames import SeasonFrames, read_season_frames
from etl.documents.kept_readings import picture_of
from etl.documents.recognised_text import recognition_at_hand
from tests.conftest import Ran
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.evidence_list import TickListInvalid, take_back, write_tick_list
from workbench.evidence_reading import EvidenceReader, checked_season

CITY, EDITION = "17.71", 2026
REGION = resolve_city(CITY)


def pdf(text: str, password: str = "") -> bytes:
    """Return a PDF of one page with a line of text."""
    stream = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    if not password:
        return body
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(body)))
    writer.encrypt(password, algorithm="RC4-128")
    sealed = io.BytesIO()
    writer.write(sealed)
    return sealed.getvalue()


def word_file(*lines: str) -> bytes:
    document, stream = docx.Document(), io.BytesIO()
    for line in lines:
        document.add_paragraph(line)
    document.save(stream)
    return stream.getvalue()


def photo(kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").save(stream, kind)
    return stream.getvalue()


def read_apart(home: Home, content: bytes) -> FileReading:
    return EvidenceReader(home).read(content, sha256(content).hexdigest())


@pytest.fixture(scope="module")
def frames(example_home: Path) -> Iterator[SeasonFrames]:
    with open_snapshot(home=example_home) as snapshot:
        yield read_season_frames(snapshot, CITY, EDITION)


@pytest.fixture
def titles(frames: SeasonFrames) -> list[str]:
    once = frames.submissions.filter(pl.col("title").is_unique() & ~pl.col("title").str.contains(r"[/:\\?*]"))
    return once.sort("title")["title"].to_list()


@pytest.fixture
def laid(empty_home: Home, titles: list[str]) -> Home:
    """A home with evidence of two innovations, good and faulty, and a folder and a ZIP that are nobody's."""
    root = empty_home.root / "evidence" / CITY / str(EDITION)
    first, second = titles[0], titles[1]
    paper = f"KEPUTUSAN NOMOR 12 TAHUN 2025 tentang {first} Ditetapkan di Bengkulu"
    files = {
        f"{first}/16. Regulasi/SK.pdf": pdf(paper),
        f"{first}/23_SK Tim Pelaksana.docx": word_file("Surat tanpa apa pun"),
        f"{first}/31 MoU.pdf": pdf("rahasia", "kunci"),
        f"{first}/20 bimtek.pdf": b"%PDF-1.4 rusak",
        f"{first}/28 SOP.pdf": b"",
        f"{first}/foto kegiatan.jpg": photo(),
        f"{first}/catatan.txt": b"catatan biasa",
        f"{first}/Thumbs.db": b"x",
        f"{first}/~$SK.docx": b"x",
        f"{second.upper()}/25 sosialisasi.pdf": pdf("Publikasi"),
        f"{second.upper()}/35 video.url": b"[InternetShortcut]\r\nURL=https://youtu.be/x",
        f"{second.upper()}/16 SK sama.pdf": pdf(paper),
        "Tidak dikenal sama sekali/sk.pdf": pdf("SK"),
        "lepas.pdf": pdf("lepas"),
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with zipfile.ZipFile(root / f"{titles[2]}.zip", "w") as archive:
        archive.writestr("RKPD 2025.pdf", pdf(titles[2]))
        archive.writestr("../keluar.pdf", b"x")
    return empty_home


def checked(home: Home, frames: SeasonFrames) -> CheckIndex:
    return checked_season(home, frames, places_of(home, REGION, EDITION, None))


def lines(found: SeasonEvidence, file_name: str) -> dict[str, dict[str, object]]:
    rows = found.proposals.filter(pl.col("file_name") == file_name).iter_rows(named=True)
    return {str(row["indicator_key"]): row for row in rows}


def test_every_file_has_one_fate_and_none_is_lost(laid: Home, frames: SeasonFrames, titles: list[str]) -> None:
    index = checked(laid, frames)
    root = laid.root / "evidence" / CITY / str(EDITION)
    on_disk = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    in_zip = {f"{titles[2]}/RKPD 2025.pdf", f"{titles[2]}/../keluar.pdf"}
    assert sorted(file.path for file in index.files) == sorted((on_disk - {f"{titles[2]}.zip"}) | in_zip)
    assert sum(index.count(fate) for fate in FATES) == len(index.files)
    aside = {file.file_name: file.reason for file in index.files if file.fate == "set_aside"}
    assert aside == {"Thumbs.db": "system_file", "~$SK.docx": "lock_file", "keluar.pdf": "outside"}
    assert {file.file_name for file in index.files if file.fate == "without_innovation"} == {"sk.pdf", "lepas.pdf"}
    assert {file.file_name for file in index.files if file.fate == "without_indicator"} == {"catatan.txt"}
    assert {folder.folder for folder in index.folders} == {"Tidak dikenal sama sekali", ""}


def test_files_are_checked_for_their_indicator(laid: Home, frames: SeasonFrames) -> None:
    checked(laid, frames)
    found = read_season_evidence(laid, frames)
    paper = lines(found, "SK.pdf")["regulation"]
    assert {name: paper[f"check_{name}"] for name in ("opens", "type", "names_innovation", "number", "signature")} == {
        "opens": "passed", "type": "passed", "names_innovation": "passed", "number": "passed", "signature": "passed",
    }  # fmt: skip
    assert paper["years"] == "2025" and paper["check_own_bytes"] == "failed"  # another innovation brings the same bytes
    assert paper["check_size"] == "not_judged"
    letter = lines(found, "23_SK Tim Pelaksana.docx")["implementing_team"]
    failed = {name for name, answer in letter.items() if name.startswith("check_") and answer == "failed"}
    assert failed == {"check_type", "check_names_innovation", "check_number", "check_signature"}
    sealed = lines(found, "31 MoU.pdf")["replication"]
    assert (sealed["fault"], sealed["check_opens"], sealed["check_number"]) == ("password", "failed", "unknown")
    assert lines(found, "20 bimtek.pdf")["training"]["fault"] == "corrupt"
    assert lines(found, "28 SOP.pdf")["process_ease"]["fault"] == "empty"
    photo = lines(found, "foto kegiatan.jpg")["dissemination"]
    assert (photo["check_type"], photo["check_names_innovation"]) == ("passed", "not_judged")
    assert lines(found, "25 sosialisasi.pdf")["dissemination"]["check_type"] == "failed"
    assert lines(found, "35 video.url")["video"]["check_type"] == "passed"


def test_levels_are_held_against_files(laid: Home, frames: SeasonFrames, titles: list[str]) -> None:
    key = frames.submissions.filter(pl.col("title") == titles[0])["submission_id"][0]
    answers = frames.answers.with_columns(
        pl.when((pl.col("submission_id") == key) & (pl.col("indicator_number") == "16"))
        .then(None)
        .otherwise(pl.col("level"))
        .alias("level")
    )
    season = SeasonFrames(
        frames.region_code, EDITION, frames.score_kind, frames.rulebook, frames.submissions, answers,
        frames.region_answers, frames.rulebooks,
    )  # fmt: skip
    checked(laid, season)
    found = read_season_evidence(laid, season)
    told = {
        (row["indicator_number"], row["contradiction"])
        for row in found.contradictions.filter(pl.col("submission_id") == key).iter_rows(named=True)
    }
    assert ("16", "file_without_level") in told
    assert ("18", "level_without_file") in told
    assert ("25", "level_only_unsure") in told
    assert ("31", "level_without_file") in told  # a file that does not open is none
    assert not {kind for number, kind in told if number == "23"}
    # of innovations without a folder nothing is said: no evidence was received
    assert set(found.contradictions["title"]) <= set(titles[:3])
    assert found.without_evidence == found.innovation_count - 3


def test_a_place_that_is_not_there_is_no_fault_of_anybody(empty_home: Home, frames: SeasonFrames) -> None:
    assert places_of(empty_home, REGION, EDITION, None) == []
    found = read_season_evidence(empty_home, frames)
    assert found.index is None and found.proposals.is_empty() and found.contradictions.is_empty()
    assert confirmed_evidence(empty_home, CITY, EDITION).is_empty()


def test_what_is_known_by_its_bytes_is_not_read_again(laid: Home, frames: SeasonFrames) -> None:
    first = checked(laid, frames)

    class Refusing(EvidenceReader):
        def read(self, content: bytes, sha256: str) -> FileReading:
            raise AssertionError(sha256)

    again = check_evidence(laid, frames, places_of(laid, REGION, EDITION, None), Refusing(laid))
    assert again.files == first.files
    assert read_index(laid, CITY, EDITION) == again


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_ticks_are_taken_back_and_a_changed_file_asks_again(
    laid: Home, frames: SeasonFrames, tmp_path: Path, titles: list[str], suffix: str
) -> None:
    checked(laid, frames)
    found = read_season_evidence(laid, frames)
    path = tmp_path / f"bukti.{suffix}"
    write_tick_list(path, found, Language("id"))
    tick(path, {"SK.pdf": "v", "31 MoU.pdf": "tidak", "foto kegiatan.jpg": "mungkin"})
    taken = take_back(laid, path, found, CITY, EDITION)
    assert taken.kept == 2 and set(taken.not_understood) == {"mungkin"}
    assert take_back(laid, path, found, CITY, EDITION).kept == 0  # the same said twice is said once
    confirmed = confirmed_evidence(laid, CITY, EDITION)
    assert confirmed.columns == [
        "submission_id", "indicator_number", "indicator_key", "file_name", "sha256", "decided_by", "decided_at",
    ]  # fmt: skip
    assert confirmed.select("indicator_number", "indicator_key", "file_name").rows() == [("16", "regulation", "SK.pdf")]
    before = decisions_path(laid).read_bytes()
    paper = laid.root / "evidence" / CITY / str(EDITION) / titles[0] / "16. Regulasi" / "SK.pdf"
    paper.write_bytes(pdf("lain"))
    checked(laid, frames)
    later = read_season_evidence(laid, frames)
    assert lines(later, "SK.pdf")["regulation"]["state"] == "changed"
    assert confirmed_evidence(laid, CITY, EDITION).is_empty()
    assert take_back(laid, path, later, CITY, EDITION).not_as_it_was != ()
    assert decisions_path(laid).read_bytes() == before  # nothing is overwritten, and nothing new was said
    row = lines(later, "SK.pdf")["regulation"]
    told = {"city": CITY, "edition": str(EDITION), "submission": str(row["submission_id"]), "indicator": "16",
            "sha256": str(row["sha256"]), "answer": "confirmed"}  # fmt: skip
    assert decide(laid, told, "Mentor") == "confirmed"
    assert confirmed_evidence(laid, CITY, EDITION)["decided_by"].to_list() == ["Mentor"]
    assert decisions_path(laid).read_bytes().startswith(before)
    with pytest.raises(UnknownName):
        decide(laid, {**told, "sha256": "0"}, "Mentor")
    decide(laid, {**told, "answer": "open"}, "Mentor")
    assert confirmed_evidence(laid, CITY, EDITION).is_empty()


def tick(path: Path, answers: dict[str, str], others: dict[str, str] | None = None) -> None:
    """Write answers into the first column and other indicators into the second, by the file name of a line."""
    given: tuple[dict[str, str], dict[str, str]] = (answers, others or {})
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        place = rows[0].index("Berkas")
        for row in rows[1:]:
            row[:2] = [told.get(row[place], "") for told in given]
        stream = io.StringIO()
        csv.writer(stream, delimiter=";").writerows(rows)
        path.write_text("\ufeff" + stream.getvalue(), encoding="utf-8")
        return
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    names = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        for cell, told in zip(row, given, strict=False):
            cell.value = told.get(str(row[names.index("Berkas")].value))
    book.save(path)


def test_another_file_is_no_list_of_ticks(laid: Home, frames: SeasonFrames, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(TickListInvalid):
        take_back(laid, path, read_season_evidence(laid, frames), CITY, EDITION)


def test_a_mentor_confirms_for_another_indicator_and_of_a_file_that_tells_none(
    laid: Home, frames: SeasonFrames, titles: list[str]
) -> None:
    index = checked(laid, frames)
    key = frames.submissions.filter(pl.col("title") == titles[0])["submission_id"][0]

    def say(file_name: str, number: str, answer: str = "confirmed", submission: str = key) -> None:
        file = file_named(index, file_name)
        told = {"city": CITY, "edition": str(EDITION), "submission": submission, "indicator": number,
                "sha256": file.sha256, "answer": answer}  # fmt: skip
        decide(laid, told, "Mentor")

    assert set(read_season_evidence(laid, frames).unproposed["file_name"]) == {"catatan.txt", "sk.pdf", "lepas.pdf"}
    say("catatan.txt", "32")
    say("lepas.pdf", "20")
    say("foto kegiatan.jpg", "19")
    confirmed = {
        ("32", "creation_speed", "catatan.txt"),
        ("20", "training", "lepas.pdf"),
        ("19", "work_tools", "foto kegiatan.jpg"),
    }
    for _time in ("before the next check", "and after it"):
        found = read_season_evidence(laid, frames)
        rows = lines(found, "catatan.txt")["creation_speed"], lines(found, "lepas.pdf")["training"]
        assert {(row["by"], row["state"], row["submission_id"]) for row in rows} == {("mentor", "confirmed", key)}
        assert set(found.unproposed["file_name"]) == {"sk.pdf"}
        kept = confirmed_evidence(laid, CITY, EDITION).select("indicator_number", "indicator_key", "file_name").rows()
        assert set(kept) == confirmed
        index = checked(laid, frames)
    assert lines(read_season_evidence(laid, frames), "lepas.pdf")["training"]["check_names_innovation"] == "failed"
    (laid.root / "evidence" / CITY / str(EDITION) / "lepas.pdf").write_bytes(pdf("diganti"))
    (laid.root / "evidence" / CITY / str(EDITION) / titles[0] / "catatan.txt").write_bytes(b"catatan lain")
    index = checked(laid, frames)
    found = read_season_evidence(laid, frames)
    assert {lines(found, "catatan.txt")["creation_speed"]["state"], lines(found, "lepas.pdf")["training"]["state"]} == {
        "changed"
    }
    assert confirmed_evidence(laid, CITY, EDITION)["file_name"].to_list() == ["foto kegiatan.jpg"]
    say("foto kegiatan.jpg", "19", "open")
    assert lines(read_season_evidence(laid, frames), "foto kegiatan.jpg").keys() == {
        "dissemination"
    }  # what its name tells
    with pytest.raises(UnknownName):
        say("lepas.pdf", "99")
    with pytest.raises(UnknownName):
        say("lepas.pdf", "20", submission="niemand")
    with pytest.raises(UnknownName):
        say("tidak ada.pdf", "20")


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_ticked_list_names_other_indicators(
    laid: Home, frames: SeasonFrames, tmp_path: Path, titles: list[str], suffix: str
) -> None:
    checked(laid, frames)
    found = read_season_evidence(laid, frames)
    path = tmp_path / f"bukti.{suffix}"
    write_tick_list(path, found, Language("id"))
    tick(path, {"SK.pdf": "x"}, {"SK.pdf": "17; 23", "catatan.txt": "32", "28 SOP.pdf": "99"})
    taken = take_back(laid, path, found, CITY, EDITION)
    assert (taken.kept, taken.not_understood, taken.not_as_it_was) == (4, ("99",), ())
    confirmed = confirmed_evidence(laid, CITY, EDITION).select("indicator_number", "file_name").rows()
    assert confirmed == [("17", "SK.pdf"), ("23", "SK.pdf"), ("32", "catatan.txt")]


@pytest.mark.skipif(recognition_at_hand() is None, reason="tesseract is not installed")
def test_a_scan_is_read_as_a_proposal_with_its_picture(empty_home: Home) -> None:
    drawn = Image.new("L", (1400, 400), 255)
    font = ImageFont.load_default(size=64)
    ImageDraw.Draw(drawn).text((60, 80), "KEPUTUSAN WALI KOTA", font=font, fill=0)
    stream = io.BytesIO()
    drawn.save(stream, "PDF", resolution=150)
    read = read_apart(empty_home, stream.getvalue())
    assert read.is_scan and read.is_recognised and "KEPUTUSAN" in read.text
    picture = picture_of(empty_home, sha256(stream.getvalue()).hexdigest())
    assert picture is not None and picture.startswith(b"\x89PNG")


def test_readers_name_what_they_find(empty_home: Home) -> None:
    assert read_apart(empty_home, pdf("satu dua")).text.strip() == "satu dua"
    assert read_apart(empty_home, word_file("tiga")).text.strip() == "tiga"
    assert read_apart(empty_home, b"PK\x03\x04 rusak").fault == "corrupt"
    assert read_apart(empty_home, b"\x89PNG\r\n\x1a\n").fault == "corrupt"
    assert read_apart(empty_home, b"\xff\xd8\xff\xe0 \xff\xd9").fault == "corrupt"
    assert read_apart(empty_home, photo()) == FileReading("jpeg")
    assert read_apart(empty_home, b"http://bengkulukota.go.id/a") == FileReading(
        "link", text="http://bengkulukota.go.id/a", text_is_known=True
    )


def test_the_command_says_that_nothing_was_received(iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga("evidence", "bengkulu", "2026", home=example_home)
    assert ran.exit_code == 0
    assert "No evidence was received" in ran.out
