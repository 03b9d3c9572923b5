# ruff: noqa: E501  tables of documents, one a line
"""Designs, decrees and videos, good and faulty: every fault is named, and no good one is refused."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import docx
import pytest
import typst
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter

from analysis.clinic.decree import OwnRegion, check_decree
from analysis.clinic.demands import Window, lines_of
from analysis.clinic.design import check_design
from analysis.clinic.video import check_video_file, check_video_text, evidence_rule, is_link_only, other_hosts
from analysis.clinic.words import told
from etl.documents.content_kind import kind_of_document
from etl.documents.kept_readings import keep_unread, known_reading, reading_of, text_of
from etl.documents.read_document import READER, read_document
from etl.documents.word_comments import comment_task
from etl.worker.messages import Answer
from iga.rulebook import load_rulebook
from warehouse.home import Home
from warehouse.language import Language
from workbench.season_documents import Innovation, SeasonDocuments, document_findings

BOOK = load_rulebook(2026)
WINDOW = Window.of(BOOK, 2026)
TITLE = "SI CANTIK (Sistem Informasi Catatan Tindak Lanjut Keluhan)"
OWN = OwnRegion("Bengkulu", "kota", "Bengkulu", frozenset({"bengkulu", "magelang", "padang", "metro"}))


def _words(about: str, count: int = 60) -> str:
    return " ".join(f"{about} uraian{number}" for number in range(count // 2)) + "."


PARTS = (
    "Dasar Hukum", "Permasalahan", "Isu Strategis", "Metode Pembaharuan", "Keunggulan dan Kebaharuan",
    "Tahapan Inovasi",
)  # fmt: skip
GOOD = [("SI CANTIK", ""), *((name, _words(name.split()[0])) for name in PARTS)]


def _text(sections: Sequence[tuple[str, str]], form: str = "{}") -> bytes:
    return "\n".join(f"{form.format(name)}\n{body}" for name, body in sections).encode()


def _word(sections: Sequence[tuple[str, str]], how: str = "heading") -> bytes:
    document = docx.Document()
    table = document.add_table(0, 2) if how == "table" else None
    for name, body in sections:
        if table is not None:
            row = table.add_row().cells
            row[0].text, row[1].text = name, body
        elif how == "bold":
            document.add_paragraph().add_run(name).bold = True
            document.add_paragraph(body)
        else:
            document.add_heading(name, 2)
            document.add_paragraph(body)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _pdf(lines: Sequence[str]) -> bytes:
    told = "\n".join(f"#raw({_quoted(line)})\\" for line in lines)
    return typst.compile(told.encode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _without(name: str) -> list[tuple[str, str]]:
    return [section for section in GOOD if section[0] != name]


ENGLISH = ["Legal Basis", "Background", "Strategic Issues", "Renewal Method", "Novelty", "How It Works"]
LETTERS = [(f"{'ABCDEF'[at]}. {name.upper()}", body) for at, (name, body) in enumerate(GOOD[1:])]
SLIPS = [
    "Dasar Hukm",
    "Permasalahn",
    "Isu Strategs",
    "Metode Pembaharuaan",
    "Keungulan dan Kebaharuan",
    "Tahapan Inovsi",
]
DESIGNS: list[tuple[str, bytes, set[str]]] = [
    ("good text", _text(GOOD), set()),
    ("good Word with headings", _word(GOOD), set()),
    ("good Word, bold", _word(GOOD, "bold"), set()),
    ("good Word in a table", _word(GOOD, "table"), set()),
    ("good, lettered", _text([("SI CANTIK", ""), *LETTERS]), set()),
    ("good, English and slips", _text([("SI CANTIK", ""), *zip(ENGLISH[:3] + SLIPS[3:], (b for _, b in GOOD[1:]), strict=True)]), set()),
    ("part missing", _word(_without("Isu Strategis")), {"part_missing Isu strategis"}),
    ("part empty", _text([(n, "..." if n == "Dasar Hukum" else b + " " + _words("lagi", 20)) for n, b in GOOD]), {"part_empty Dasar hukum", "placeholder"}),
    ("too short and repeated", _text([(n, "Kalimat yang sama ini diulang terus oleh pengusul tanpa isi lain.") for n in PARTS] + [("", "SI CANTIK")]), {"too_few_words", "repeated"}),
    ("placeholder, other innovation", _word([("", ""), *((n, b.replace("uraian1 ", "Lorem ipsum SIPEDAS JAYA ", 1)) for n, b in GOOD[1:])]), {"placeholder", "other_innovation"}),
]  # fmt: skip


def _told(codes: Any) -> set[str]:
    return {" ".join(filter(None, (one.code, one.values.get("name_id", "")))) for one in codes}


@pytest.mark.parametrize(("name", "content", "faults"), DESIGNS, ids=[name for name, *_ in DESIGNS])
def test_a_design_has_these_faults_and_no_others(name: str, content: bytes, faults: set[str]) -> None:
    facts, _picture = read_document(content)
    checked = check_design(lines_of(facts["paragraphs"]), WINDOW, TITLE, ["SIPEDAS JAYA", "Lapor Cepat"])
    assert _told(checked.faults) == faults, [(part.key, part.state, part.words) for part in checked.parts]


def test_a_text_without_headings_asks_and_accuses_of_no_missing_part_that_it_speaks_of() -> None:
    text = "Undang-Undang ini. Masalah itu. Isu nasional. Metode baru. Keunggulan kami. Tahapan kerja. " + _words(
        "isi", 320
    )
    checked = check_design(lines_of([[text, "", False, 0, 0]]), WINDOW)
    assert {part.state for part in checked.parts} == {"not_sure"}
    assert not checked.faults


def test_a_list_of_contents_and_headings_are_no_words_of_the_design() -> None:
    body = _text([("DAFTAR ISI", ""), *((f"{n} ........ 4", "") for n in PARTS), *GOOD])
    short = check_design(lines_of(read_document(body)[0]["paragraphs"]), WINDOW, TITLE)
    assert short.word_count == sum(len(b.split()) for _, b in GOOD)
    assert not short.faults


def test_an_edition_whose_words_are_not_stated_has_no_such_fault() -> None:
    old = Window.of(load_rulebook(2024), 2024)
    checked = check_design(
        lines_of([["Dasar hukum: satu dua tiga empat lima enam tujuh delapan", "", False, 0, 0]]), old
    )
    assert "words_not_known" in {finding.code for finding in checked.findings}
    assert "too_few_words" not in {finding.code for finding in checked.faults}


HEAD = ["PEMERINTAH KOTA BENGKULU", "KEPUTUSAN WALI KOTA BENGKULU"]
NUMBER = "NOMOR 188.45/123 TAHUN 2025"
ABOUT = [
    "TENTANG",
    "PENETAPAN INOVASI SI CANTIK",
    "Menimbang : bahwa perlu ditetapkan;",
    "MEMUTUSKAN:",
    "KESATU : Menetapkan inovasi.",
]
SIGNED = ["Ditetapkan di Bengkulu", "pada tanggal 12 Februari 2025", "WALI KOTA BENGKULU,", "ttd", "HELMI HASAN"]


def _decree(
    number: str = NUMBER, about: Sequence[str] = ABOUT, signed: Sequence[str] = SIGNED, head: Sequence[str] = HEAD
) -> list[str]:
    return [*head, number, *about, *signed]


PERWAL = ["PERATURAN WALI KOTA BENGKULU"]
DECREES: list[tuple[str, list[str], set[str]]] = [
    ("good", _decree(), set()),
    ("good, signed electronically", _decree(signed=[*SIGNED[:3], "Ditandatangani secara elektronik oleh", "HELMI HASAN"]), set()),
    ("good, of the head of an office", _decree(signed=[*SIGNED[:2], "a.n. WALI KOTA BENGKULU", "KEPALA DINAS KOMINFO,", "Drs. BUDI SANTOSO, M.Si", "NIP. 197001011990011001"], head=["PEMERINTAH KOTA BENGKULU", "KEPUTUSAN KEPALA DINAS KOMINFO"]), set()),
    ("good, number on its own line", _decree("NOMOR : 188/77/BAPPEDA/2024", signed=["Ditetapkan di Bengkulu", "Pada tanggal : 3 Pebruari 2024", *SIGNED[2:]]), set()),
    ("good Perwal of an older year", _decree("NOMOR 20 TAHUN 2022", head=PERWAL, signed=["Ditetapkan di Bengkulu", "pada tanggal 1 Maret 2022", *SIGNED[2:]]), set()),
    ("good, name in the attachment", _decree(about=["TENTANG", "PENETAPAN INOVASI DAERAH", "MEMUTUSKAN:"], signed=[*SIGNED, "LAMPIRAN", "1. SI PEDULI", "2. SI-CANTIK"]), set()),
    ("good, digits for the day", _decree(signed=["Ditetapkan di Bengkulu", "pada tanggal 12-02-2025", *SIGNED[2:]]), set()),
    ("good assignment", _decree("Nomor : 800/12/ST/2025", head=["PEMERINTAH KOTA BENGKULU", "SURAT TUGAS"]), set()),
    ("good, in two languages", _decree("NOMOR/NUMBER: 188.45/123 TAHUN/YEAR 2025", signed=["Ditetapkan di Bengkulu / Done in Bengkulu", "pada tanggal 12 Februari 2025 / on 12 February 2025", "WALI KOTA BENGKULU / MAYOR OF BENGKULU,", "HELMI HASAN"]), set()),
    ("good, of a school", _decree("Nomor : 421/05/SDN1/2025", head=["DINAS PENDIDIKAN", "KEPUTUSAN KEPALA SD NEGERI 1 KOTA BENGKULU"], signed=[*SIGNED[:2], "Kepala Sekolah,", "SRI WAHYUNI, S.Pd., M.Pd."]), set()),
    ("good, with the day of the hijri year", _decree(signed=["Ditetapkan di Bengkulu", "pada tanggal 13 Sya'ban 1446 H / 12 Februari 2025 M", "WALI KOTA BENGKULU,", "HELMI HASAN"]), set()),
    ("good, of the secretary on behalf", _decree(signed=[*SIGNED[:2], "a.n. WALI KOTA BENGKULU", "SEKRETARIS DAERAH,", "Drs. H. ARIF GUNADI, M.Si"]), set()),
    ("on behalf, and nobody's name", _decree(signed=[*SIGNED[:2], "a.n. WALI KOTA BENGKULU", "SEKRETARIS DAERAH,"]), {"no_signature"}),
    ("no number", _decree("Salinan"), {"no_number"}),
    ("number left blank", _decree("NOMOR :        TAHUN 2025"), {"draft_number"}),
    ("number of dots", _decree("NOMOR : 188.45/...../BAPPEDA/2025"), {"draft_number"}),
    ("day left blank", _decree(signed=["Ditetapkan di Bengkulu", "pada tanggal ........ 2025", *SIGNED[2:]]), {"no_date"}),
    ("31 February", _decree(signed=["Ditetapkan di Bengkulu", "pada tanggal 31 Februari 2025", *SIGNED[2:]]), {"impossible_date"}),
    ("too old", _decree("NOMOR 5 TAHUN 2019", signed=["Ditetapkan di Bengkulu", "pada tanggal 5 Mei 2019", *SIGNED[2:]]), {"year_outside"}),
    ("Perwal of the edition's year", _decree("NOMOR 2 TAHUN 2026", head=PERWAL, signed=["Ditetapkan di Bengkulu", "pada tanggal 5 Mei 2026", *SIGNED[2:]]), {"year_too_late"}),
    ("another innovation", _decree(about=["TENTANG", "PENETAPAN INOVASI LAPOR CEPAT", "MEMUTUSKAN:"]), {"innovation_not_named"}),
    ("no signature", _decree(signed=SIGNED[:2]), {"no_signature"}),
    ("another region", _decree(head=["PEMERINTAH KOTA PADANG", "KEPUTUSAN WALI KOTA PADANG"], signed=["Ditetapkan di Padang", "pada tanggal 12 Februari 2025", "WALI KOTA PADANG,", "ttd", "FADLY AMRAN"]), {"other_region"}),
    ("a draft", _decree("NOMOR ... TAHUN 2025", head=["RANCANGAN", *HEAD]), {"draft_number", "draft_word"}),
    ("attachment alone", ["LAMPIRAN KEPUTUSAN WALI KOTA BENGKULU", NUMBER, "DAFTAR INOVASI", "1. SI CANTIK", *SIGNED[1:]], {"attachment_only"}),
]  # fmt: skip


def _codes(findings: Any) -> set[str]:
    return {finding.code for finding in findings}


@pytest.mark.parametrize(("name", "texts", "faults"), DECREES, ids=[name for name, *_ in DECREES])
def test_a_decree_has_these_faults_and_no_others(name: str, texts: list[str], faults: set[str]) -> None:
    lines = lines_of([[text, "", False, 1, 0] for text in texts])
    checked = check_decree(lines, WINDOW, TITLE, OWN)
    assert _codes(checked.faults) == faults, checked


@pytest.mark.parametrize("at", [0, 1, 9, 17])
def test_a_decree_is_read_from_a_pdf_as_from_its_lines(at: int) -> None:
    _name, texts, faults = DECREES[at]
    facts, _picture = read_document(_pdf(texts))
    assert facts["kind"] == "pdf"
    assert _codes(check_decree(lines_of(facts["paragraphs"]), WINDOW, TITLE, OWN).faults) == faults


def test_bupati_and_wali_kota_of_one_name_are_two_regions() -> None:
    texts = [
        text.replace("WALI KOTA BENGKULU", "BUPATI MAGELANG").replace("KOTA BENGKULU", "KABUPATEN MAGELANG")
        for text in _decree()
    ]
    lines = lines_of([[text, "", False, 1, 0] for text in texts])
    city = OwnRegion("Magelang", "kota", "Jawa Tengah", OWN.known)
    regency = OwnRegion("Magelang", "kabupaten", "Jawa Tengah", OWN.known)
    assert "other_region" in _codes(check_decree(lines, WINDOW, TITLE, city).faults)
    assert "other_region" not in _codes(check_decree(lines, WINDOW, TITLE, regency).faults)


def test_a_year_within_the_window_but_not_that_of_implementation_is_asked_about() -> None:
    lines = lines_of([[text, "", False, 1, 0] for text in _decree()])
    checked = check_decree(lines, WINDOW, TITLE, OWN, 2024)
    assert not checked.faults
    assert "not_year_of_implementation" in _codes(checked.findings)


def _film(seconds: int, brand: bytes = b"isom", *, with_header: bool = True) -> bytes:
    head = struct.pack(">I4s4sI", 16, b"ftyp", brand, 0)
    times = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    header = struct.pack(">I4s", 8 + len(times), b"mvhd") + times
    inner = struct.pack(">I4s", 8 + len(header), b"moov") + header
    return head + (inner if with_header else b"") + struct.pack(">I4s", 16, b"mdat") + bytes(8)


VIDEO = next(one for one in BOOK.indicators if one.key == "video").evidence
SCRIPT = "Latar belakang: keluhan lama.\nPenjaringan ide bersama warga.\nIde terpilih ditetapkan.\nManfaat bagi warga.\nDampak nyata."
VIDEOS: list[tuple[str, bytes, set[str], str, set[str]]] = [
    ("good", _film(290), set(), SCRIPT, set()),
    ("too long", _film(400), {"too_long"}, SCRIPT, set()),
    ("wrong format", b"RIFF\x00\x00\x00\x00AVI LIST", {"wrong_format"}, SCRIPT.replace("Dampak nyata.", ""), {"part_missing Dampak"}),
    ("damaged", _film(1, with_header=False), {"unreadable_damaged"}, "Latar belakang: ada\nPenjaringan ide: tidak\nPemilihan ide: ya\nManfaat: v\nDampak: ada", {"part_missing Penjaringan ide"}),
    ("empty", b"", {"unreadable_empty"}, "Musik pembuka.", {"part_missing Latar belakang", "part_missing Penjaringan ide", "part_missing Pemilihan ide", "part_missing Manfaat", "part_missing Dampak"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "film", "of_file", "script", "of_text"), VIDEOS, ids=[one[0] for one in VIDEOS])
def test_a_video_has_these_faults_and_no_others(
    name: str, film: bytes, of_file: set[str], script: str, of_text: set[str]
) -> None:
    facts, _picture = read_document(film)
    findings = check_video_file(facts["kind"], len(film), facts.get("seconds"), facts["cause"], VIDEO)
    assert {finding.code for finding in findings if finding.is_fault} == of_file
    text = read_document(script.encode())[0]
    assert _told(check_video_text(lines_of(text["paragraphs"])).faults) == of_text


def test_the_words_of_a_rulebook_state_types_size_and_length() -> None:
    assert evidence_rule("video mp4 maks 5 menit, maks 100 MB") == evidence_rule("MP4, maks 100 MB maks 5 menit")
    assert evidence_rule("PDF/JPG/JPEG/PNG: foto").kinds == ("jpg", "pdf", "png")
    assert evidence_rule("data BPS").kinds == ()


def test_a_link_alone_is_said_to_be_one() -> None:
    assert is_link_only(lines_of([["https://youtu.be/abc", "", False, 0, 0]]))
    assert not is_link_only(lines_of([[SCRIPT, "", False, 0, 0]]))


def test_comments_lie_at_their_places_in_a_copy_of_the_word_file() -> None:
    made = comment_task(_word(GOOD), ((), [(2, "kurang lengkap"), (None, "umum")])).blocks["document"]
    comments = list(docx.Document(io.BytesIO(made)).comments)
    assert [comment.text for comment in comments] == ["kurang lengkap", "umum"]
    plain = comment_task(b"", (["a", "b"], [(1, "x")])).blocks["document"]
    assert [paragraph.text for paragraph in docx.Document(io.BytesIO(plain)).paragraphs] == ["a", "b"]


def test_a_word_bomb_is_refused_without_being_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * (40 << 20))
    assert read_document(stream.getvalue())[0]["cause"] == "damaged"


def test_an_entity_of_a_word_file_is_not_resolved() -> None:
    stream = io.BytesIO()
    xml = (
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:r><w:t>&e;</w:t></w:r></w:p>'
        "</w:document>"
    )
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    assert "root" not in str(read_document(stream.getvalue())[0])


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\x00\x00\x00\x18ftypisom", b"\xff\xd8\xff"]),
)
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    facts, _picture = read_document(start + content, with_recognition=False)
    assert facts["kind"] == kind_of_document(start + content)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_text_can_be_checked(texts: list[str]) -> None:
    lines = lines_of([[text, "", False, 0, at] for at, text in enumerate(texts)])
    assert len(check_design(lines, WINDOW, TITLE, ["Lain Sekali"]).parts) == len(PARTS)
    check_decree(lines, WINDOW, TITLE, OWN)
    check_video_text(lines)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_scanned_decree_is_recognised() -> None:
    import pypdfium2  # type: ignore[import-untyped]

    page = pypdfium2.PdfDocument(_pdf(DECREES[0][1]))[0].render(scale=200 / 72).to_pil().convert("RGB")
    stream = io.BytesIO()
    page.save(stream, "PDF", resolution=200)
    facts, picture = read_document(stream.getvalue())
    assert facts["is_recognised"]
    assert picture.startswith(b"\x89PNG")
    checked = check_decree(lines_of(facts["paragraphs"]), WINDOW, TITLE, OWN, is_recognised=True)
    assert not checked.faults, checked


def test_a_scan_without_recognition_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.documents.recognised_text.recognition_at_hand", lambda: None)
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(stream, "JPEG")
    facts, picture = read_document(stream.getvalue())
    assert facts["cause"] == "scan"
    assert picture


def _scanned(texts: Sequence[str], turn: int = 0, dots: int = 150, form: str = "PDF") -> bytes:
    import pypdfium2

    page = pypdfium2.PdfDocument(_pdf(texts))[0].render(scale=dots / 72).to_pil().convert("L")
    stream = io.BytesIO()
    page.rotate(turn, expand=True).save(stream, form)
    return stream.getvalue()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize(("turn", "dots", "form"), [(90, 150, "PDF"), (180, 75, "PNG"), (270, 75, "JPEG")])
def test_a_scan_is_recognised_however_it_lies(turn: int, dots: int, form: str) -> None:
    facts, small = read_document(_scanned(DECREES[0][1], turn, dots, form))
    assert Image.open(io.BytesIO(small)).height > Image.open(io.BytesIO(small)).width  # shown as it is read
    checked = check_decree(lines_of(facts["paragraphs"]), WINDOW, TITLE, OWN, is_recognised=True)
    assert (checked.number, checked.year, checked.faults) == ("188.45/123 TAHUN 2025", 2025, [])


def test_a_picture_is_read_again_when_more_can_be_read(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept before Tesseract was installed, then before its Indonesian was: each time it is read anew, and not after."""
    content = _scanned(["SURAT TUGAS"])
    sha = sha256(content).hexdigest()
    asked: list[str] = []
    for at_hand, expected in (("", 1), ("", 1), ("tesseract", 2), ("tesseract ind", 3), ("tesseract ind", 3), ("", 3)):
        monkeypatch.setattr("etl.documents.kept_readings.recogniser", lambda told=at_hand: told)

        class Pool:
            def run(self, _task: str, _content: bytes, told: str = at_hand) -> Answer:
                asked.append(told)
                cause = "" if told else "scan"
                return Answer({"kind": "pdf", "cause": cause, "is_scan": True, "recogniser": told, "reader": READER})

        facts = reading_of(empty_home, content, sha, Pool())  # type: ignore[arg-type]
        assert len(asked) == expected
    assert facts["recogniser"] == "tesseract ind"
    assert known_reading(empty_home, sha) == facts


def test_what_could_not_be_read_is_tried_again_where_it_is_asked_for_alone(empty_home: Home) -> None:
    assert keep_unread(empty_home, "a" * 64, "pdf", "too_large") == known_reading(empty_home, "a" * 64)
    content = b"Surat tugas"
    sha = sha256(content).hexdigest()
    keep_unread(empty_home, sha, "unknown", "costs_too_much")
    assert text_of(reading_of(empty_home, content, sha)) == "Surat tugas"


def _office_file(lines: Sequence[str], head: str = "", foot: str = "", picture: bytes = b"") -> bytes:
    document, stream = docx.Document(), io.BytesIO()
    document.sections[0].header.paragraphs[0].text = head
    document.sections[0].footer.paragraphs[0].text = foot
    for line in lines:
        document.add_paragraph(line)
    if picture:
        document.add_picture(io.BytesIO(picture))
    document.save(stream)
    return stream.getvalue()


def _sealed(content: bytes, password: str) -> bytes:
    writer, stream = PdfWriter(clone_from=PdfReader(io.BytesIO(content))), io.BytesIO()
    writer.encrypt(password, owner_password="pemilik", algorithm="RC4-128")
    writer.write(stream)
    return stream.getvalue()


def _boxed(content: bytes, text: str) -> bytes:
    """Return a Word file with a text box in its first paragraph, as Word writes it: twice."""
    box = f"<w:r><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent></w:r>"
    namespace = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = f'<mc:AlternateContent xmlns:mc="{namespace}"><mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name, part.replace(b"<w:p>", b"<w:p>" + both.encode(), 1) if name == "word/document.xml" else part
            )
    return stream.getvalue()


BLANK = typst.compile(b'#set page(paper: "a4")\n#pagebreak()')
ELECTRONIC = "Dokumen ini telah ditandatangani secara elektronik (BSrE)"
UNSIGNED = _decree(signed=[*SIGNED[:2], "WALI KOTA BENGKULU,"])
SEASON = SeasonDocuments([Innovation("a", TITLE)], {}, {}, BOOK, WINDOW, OWN)
PAPERS: list[tuple[str, bytes, set[str], set[str]]] = [
    # a decree as it is sent, its faults, and what is asked
    ("signed in the footer", _office_file(UNSIGNED, "PEMERINTAH KOTA BENGKULU", ELECTRONIC), set(), set()),
    ("not signed there either", _office_file(UNSIGNED, "PEMERINTAH KOTA BENGKULU", "halaman 1"), {"no_signature"}, set()),
    ("number in a text box", _boxed(_office_file(_decree("")), NUMBER), set(), set()),
    ("a picture in Word", _office_file([], picture=_scanned(["SURAT"], form="PNG")), set(), {"unreadable_pictures"}),
    ("an empty Word", _office_file([]), {"unreadable_empty"}, set()),
    ("a password", _sealed(_pdf(_decree()), "rahasia"), {"unreadable_password"}, set()),
    ("locked against printing alone", _sealed(_pdf(_decree()), ""), set(), set()),
    ("cut short", _pdf(_decree())[:900], {"unreadable_damaged"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "faults", "asked"), PAPERS, ids=[one[0] for one in PAPERS])
def test_a_decree_is_judged_in_the_form_in_which_it_is_sent(
    name: str, content: bytes, faults: set[str], asked: set[str]
) -> None:
    facts, _picture = read_document(content)
    findings, _count = document_findings(SEASON, "a", facts, len(content), "decree")
    assert {finding.code for finding in findings if finding.is_fault} == faults
    assert {finding.code for finding in findings if not finding.is_fault} == asked


def _stamped(texts: Sequence[str]) -> bytes:
    """Return a scan with a stamp and the stroke of a pen over the signature."""
    picture = Image.open(io.BytesIO(_scanned(texts, form="PNG"))).convert("RGB")
    width, height = picture.size
    drawn = ImageDraw.Draw(picture)
    drawn.ellipse((width // 3, height // 4, width // 3 + 220, height // 4 + 220), outline=(90, 60, 170), width=5)
    drawn.line((width // 8, height // 4, width // 2, height // 3), fill=(20, 20, 120), width=4)
    stream = io.BytesIO()
    picture.save(stream, "PDF")
    return stream.getvalue()


def _joined(*parts: bytes) -> bytes:
    writer, stream = PdfWriter(), io.BytesIO()
    for part in parts:
        writer.append(io.BytesIO(part))
    writer.write(stream)
    return stream.getvalue()


SCANS: list[tuple[str, bytes, set[str], set[str]]] = [
    ("stamped", _stamped(_decree()), set(), set()),
    ("number left blank, or written by hand", _scanned(_decree("NOMOR :            TAHUN 2025")), set(), {"draft_number"}),
    ("too old", _scanned(_decree("NOMOR 5 TAHUN 2019", signed=["Ditetapkan di Bengkulu", "pada tanggal 5 Mei 2019", *SIGNED[2:]])), {"year_outside"}, set()),
    ("blank pages in front, the decree last", _joined(BLANK, BLANK, _scanned(_decree())), set(), set()),
    ("nothing but blank pages", BLANK, set(), {"unreadable_no_text"}),
]  # fmt: skip


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize(("name", "content", "faults", "asked"), SCANS, ids=[one[0] for one in SCANS])
def test_a_scan_is_accused_of_nothing_that_could_not_be_read(
    name: str, content: bytes, faults: set[str], asked: set[str]
) -> None:
    facts, _picture = read_document(content)
    findings, _count = document_findings(SEASON, "a", facts, len(content), "decree")
    assert {finding.code for finding in findings if finding.is_fault} == faults
    assert {finding.code for finding in findings if not finding.is_fault} - {"recognised"} == asked


def test_a_scan_that_this_computer_cannot_read_is_no_fault_of_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.documents.recognised_text.recognition_at_hand", lambda: None)
    facts, _picture = read_document(_scanned(_decree()))
    findings, _count = document_findings(SEASON, "a", facts, 9, "decree")
    assert [(finding.code, finding.is_fault) for finding in findings] == [("unreadable_scan", False)]
    assert told(findings[0], Language("id")).startswith("Pindaian, tidak dapat dibaca")


def test_a_text_box_is_read_once() -> None:
    facts, _picture = read_document(_boxed(_office_file(["di luar kotak"]), "di dalam kotak"))
    texts = [text for text, *_ in facts["paragraphs"] if text]
    assert texts == ["di luar kotak", "di dalam kotak"]


@pytest.mark.parametrize(
    ("name", "part", "kind", "expected"),
    [
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Daftar</t></si><si><t>hadir &amp; nama</t></si></sst>",
            "xlsx",
            "Daftar\nhadir & nama",
        ),
        ("ppt/slides/slide2.xml", "<p><a:p><a:t>SOP</a:t></a:p></p>", "pptx", "SOP"),
        ("content.xml", "<o><text:p>Laporan</text:p><text:h>Hasil</text:h></o>", "odf", "Laporan\nHasil"),
    ],
)
def test_other_office_files_are_read_as_text(name: str, part: str, kind: str, expected: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("ppt/presentation.xml" if kind == "pptx" else "a.xml", "<a/>")
        archive.writestr(name, part)
    facts, _picture = read_document(stream.getvalue())
    assert (facts["kind"], facts["cause"], text_of(facts)) == (kind, "", expected)


LETTERHEAD = ["PEMERINTAH KOTA BENGKULU", "Jalan Melur No. 1 Telp. 0736-21310", HEAD[1]]
PROMULGATED = ["Diundangkan di Bengkulu", "pada tanggal 2 Januari 2026", "SEKRETARIS DAERAH,", "ARIF GUNADI"]
SET_IN_2025 = ["Ditetapkan di Bengkulu", "pada tanggal 30 Desember 2025", *SIGNED[2:]]
PERDA = ["PERATURAN DAERAH KOTA BENGKULU"]
OF_2023 = ["Ditetapkan di Bengkulu", "pada tanggal 3 Maret 2023", *SIGNED[2:]]


@pytest.mark.parametrize(
    ("texts", "faults", "asked"),
    [
        (_decree(head=LETTERHEAD), set(), set()),
        (_decree("NOMOR :        TAHUN 2025", head=LETTERHEAD), {"draft_number"}, set()),
        (
            _decree("NOMOR 44 TAHUN 2025", head=PERWAL, signed=[*SET_IN_2025, *PROMULGATED]),
            set(),
            {"promulgated_later"},
        ),
        (_decree("NOMOR 3 TAHUN 2023", head=PERDA, signed=OF_2023), set(), {"regulation_needs_list"}),
    ],
    ids=["a letterhead with a house number", "blank behind one", "promulgated later", "a Perda alone"],
)
def test_what_stands_around_a_decree_is_not_taken_for_it(texts: list[str], faults: set[str], asked: set[str]) -> None:
    checked = check_decree(lines_of([[text, "", False, 1, 0] for text in texts]), WINDOW, TITLE, OWN)
    assert _codes(checked.faults) == faults
    assert _codes(finding for finding in checked.findings if not finding.is_fault) == asked


@pytest.mark.parametrize(
    ("about", "asked"),
    [
        (["TENTANG", "TATA KELOLA YANG BAIK", "MEMUTUSKAN:", "KESATU : tata kelola yang baik."], True),
        (["TENTANG", "PENETAPAN INOVASI BAIK", "MEMUTUSKAN:", "KESATU : Menetapkan inovasi BAIK."], False),
    ],
)
def test_a_name_that_is_a_word_of_every_day_is_asked_about(about: list[str], asked: bool) -> None:
    lines = lines_of([[text, "", False, 1, 0] for text in _decree(about=about)])
    codes = _codes(check_decree(lines, WINDOW, "BAIK (Bayar Pajak Lewat Kelurahan)", OWN).findings)
    assert ("perhaps_a_word" in codes) is asked


def test_a_long_text_without_any_heading_is_asked_about_and_not_accused() -> None:
    checked = check_design(lines_of([[_words("warga membayar pajak", 340), "", False, 0, 0]]), WINDOW)
    assert {part.state for part in checked.parts} == {"missing"}
    assert not checked.faults


def test_parts_of_an_edition_that_are_not_known_are_no_faults() -> None:
    checked = check_design(
        lines_of([["DASAR HUKUM", "", True, 0, 0], ["satu", "", False, 0, 1]]), Window.of(BOOK, 2024)
    )
    assert "parts_not_known" in _codes(checked.findings)
    assert not {code for code in _codes(checked.faults) if code.startswith("part_")}


@pytest.mark.parametrize("left", ["[tuliskan keunggulan inovasi]", "(isi dengan penjelasan)", "<Uraikan di sini>"])
def test_an_instruction_that_was_left_is_named(left: str) -> None:
    checked = check_design(lines_of(read_document(_text([*GOOD, ("", left)]))[0]["paragraphs"]), WINDOW, TITLE)
    assert _codes(checked.faults) == {"placeholder"}


def test_another_innovation_is_known_by_its_short_name() -> None:
    content = _text(GOOD).replace(b"SI CANTIK", b"SEHATI MALAM")
    lines = lines_of(read_document(content)[0]["paragraphs"])
    checked = check_design(lines, WINDOW, TITLE, ["SEHATI MALAM (Sehat Ibu Malam Hari)"])
    assert "other_innovation" in _codes(checked.faults)


@pytest.mark.parametrize(
    ("script", "missing"),
    [
        (
            "Video ini belum memuat latar belakang.\nPenjaringan ide belum dibuat.\nPemilihan ide: belum ada\n"
            "Manfaat: ada\nDampak: ada",
            {"Latar belakang", "Penjaringan ide", "Pemilihan ide"},
        ),
        (
            "Jarak jauh melatarbelakangi inovasi kami.\nKami menghimpun gagasan dari warga.\nTim memilih mobil keliling.\n"
            "Manfaatnya, warga membayar dekat rumah.\nDampaknya kepatuhan naik.",
            set(),
        ),
        (_words("kami bercerita", 80), set()),
    ],
    ids=["denied", "plain speech", "a voice that names no part"],
)
def test_a_script_says_and_denies_in_the_words_of_people(script: str, missing: set[str]) -> None:
    checked = check_video_text(lines_of(read_document(script.encode())[0]["paragraphs"]))
    assert {finding.values["name_id"] for finding in checked.faults} == missing


def test_a_link_to_another_host_is_named() -> None:
    links = [["https://youtu.be/a", "", False, 0, 0], ["lihat https://www.tiktok.com/@x/1", "", False, 0, 1]]
    assert other_hosts(lines_of(links)) == ["www.tiktok.com"]
