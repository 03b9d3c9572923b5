"""Nota dinas, letters and berita acara: order and wording, one page, drafts, a city's own settings and templates."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import shutil
import struct
import subprocess
import tomllib
import zipfile
import zlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import docx
import polars as pl
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.contest.results import JuryTable, contest_of, judge
from reports.city_settings import (
    CitySettings,
    CitySettingsInvalid,
    addressee,
    letterhead_of,
    read_settings,
    settings_path,
)
from reports.letters import write_letters, write_settings, write_templates
from reports.letters.minutes import JudgedContest, minutes
from reports.letters.nota_dinas import nota_dinas
from reports.letters.official import Official
from reports.letters.reading_copy import reading_copy, replaced_in
from reports.letters.season_facts import LetterSeason, read_letter_season
from reports.letters.unit_letter import unit_letters
from reports.letters.word import TemplateRefused, template_path, word_of
from reports.render import typesetting
from tests.accessible_pdf import faults_of
from tests.city_files import load, portal_list, put, workbook
from warehouse import Snapshot
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command import app
from workbench.site_build import REPLACED_SHOWN, replaced_letters

BENGKULU = resolve_city("bengkulu")
NASTY = 'A & B <w:p> {{ 7 * 7 }} {% raw %} #panic("x") $x$ @y *z* \\ "kutip"'


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    """A home with the example's snapshot, that a test may add settings and templates to."""
    root = tmp_path / "home"
    root.mkdir()
    shutil.copy2(example_home / "current.json", root / "current.json")
    (root / "snapshots").symlink_to(example_home / "snapshots")
    return Home.at(root)


@pytest.fixture(scope="module")
def season(example_home: Path) -> LetterSeason:
    on = datetime(2026, 8, 9, 14, 30)  # noqa: DTZ001 - as the command takes it: the hour of the office
    with open_snapshot(home=example_home) as snapshot:
        return read_letter_season(snapshot, Home.at(example_home), BENGKULU, 2026, on, with_names=False)


def real(season: LetterSeason) -> LetterSeason:
    """The season as if its files were real and nothing were set aside."""
    frames = season.readiness.frames
    told = dataclasses.replace(
        frames,
        submissions=frames.submissions.with_columns(is_simulated=pl.lit(value=False)),
        region_answers=frames.region_answers.with_columns(is_simulated=pl.lit(value=False)),
    )
    return dataclasses.replace(season, readiness=dataclasses.replace(season.readiness, frames=told), set_aside=0)


SETTINGS = """
agency = "Badan Perencanaan Pembangunan Daerah"
address = "Jalan Contoh 1, Bengkulu"
coat_of_arms = "lambang.png"
paper = "F4"
font = "Bookman Old Style"
[signer]
office = "Kepala Badan Perencanaan Pembangunan Daerah"
name = "Nama Pejabat, S.E."
rank = "Pembina Utama Muda"
nip = "19700101 199503 1 001"
[copies]
nota_dinas = ["Sekretaris Daerah"]
letters = ["Wali Kota Bengkulu", "Inspektur Daerah"]
[addressees]
"Dinas Kesehatan" = "Plt. Kepala Dinas Kesehatan"
"""


def with_settings(home: Home) -> Home:
    path = settings_path(home, "17.71")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SETTINGS, encoding="utf-8")
    (path.parent / "lambang.png").write_bytes(picture())
    return home


def picture() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00\x10\x20\x30\x10\x20\x30" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf_words(content: bytes) -> list[str]:
    """The words of each page of a reading copy, which is one that a screen reader can read."""
    assert faults_of(content) == []
    return words_of_pages(content)


def words_of_pages(content: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def word_words(content: bytes) -> str:
    """Every text of a Word file in reading order, tables, headers and footers included."""
    document = docx.Document(io.BytesIO(content))
    section = document.sections[0]
    texts = [node.text or "" for node in document.element.body.iter() if node.tag.endswith("}t")]
    margins = [paragraph.text for part in (section.header, section.footer) for paragraph in part.paragraphs]
    return re.sub(r"\s+", " ", " ".join(texts + margins))


def in_order(text: str, words: list[str]) -> bool:
    place = -1
    for word in words:
        place = text.find(word, place + 1)
        if place < 0:
            return False
    return True


ORDER = ["NOTA DINAS", "Yth.", "Dari", "Tembusan", "Tanggal", "Nomor", "Sifat", "Lampiran", "Hal"]
ORDER += ["1. Posisi per 9 Agustus 2026 pukul 14.30 WIB", "2. Masalah utama", "3. Rekomendasi"]
ORDER += ["4. Keputusan yang dimohon", "Demikian"]


def test_the_nota_dinas_is_one_page_in_the_order_of_the_office(season: LetterSeason, home: Home) -> None:
    document = nota_dinas(season)
    pdf, size = reading_copy(document)
    [page] = pdf_words(pdf)
    word = word_words(word_of(document, home, size))
    for text in (page, word):
        assert in_order(text, ORDER)
        assert "Perkiraan Indeks (Pengukuran Mandiri)" in text
        assert "Target Pemkot 80,00 (bukan ambang Kemendagri" in text
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "id"


def test_the_longest_nota_dinas_is_still_one_page(season: LetterSeason) -> None:
    document = nota_dinas(season)
    longer = tuple(dataclasses.replace(one, points=(*one.points, one.points[0])) for one in document.sections)
    assert len(pdf_words(reading_copy(dataclasses.replace(document, sections=longer))[0])) == 1


def test_the_figures_are_those_of_the_snapshot(season: LetterSeason, example: Snapshot) -> None:
    row = example.sql("select iid, innovation_count from region_index where region_code = '17.71' and edition = 2026")
    told = " ".join(nota_dinas(season).sections[0].points)
    assert str(row["iid"].item()).replace(".", ",") in told and f"dilaporkan {row['innovation_count'].item()}" in told


@pytest.mark.parametrize(("is_real", "set_aside"), [(False, 0), (True, 3), (True, 0)])
def test_simulated_data_or_an_open_quarantine_makes_a_draft(
    season: LetterSeason, home: Home, is_real: bool, set_aside: int
) -> None:
    with_settings(home)
    told = dataclasses.replace(real(season) if is_real else season, set_aside=set_aside)
    told = dataclasses.replace(
        told, settings=CitySettings.model_validate({"signer": {"office": "Kepala", "nip": "123"}})
    )
    is_draft = not is_real or set_aside > 0
    for document in (nota_dinas(told), unit_letters(told)[0]):
        pages, word = pdf_words(reading_copy(document)[0]), word_words(word_of(document, home, 11))
        for text in (*pages, word):
            assert ("DRAF" in text) == is_draft
        for text in (" ".join(pages), word):
            assert ("NIP 123" in text) == (not is_draft)
            assert ("(ruang tanda tangan elektronik)" in text) == (not is_draft)


def test_a_file_that_is_held_keeps_a_document_a_draft(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/daftar.xlsx", portal_list(["Dinas Sosial", "Peduli", "Penerapan", 80, "x"]))
    put(empty_home, "magelang/2026/rusak.xlsx", workbook([["Entah", "Apa"], ["1", "x"]]))
    load(empty_home, date(2026, 8, 10))
    with open_snapshot(home=empty_home.root) as snapshot:
        region = resolve_city("magelang")
        found = read_letter_season(snapshot, empty_home, region, 2026, date(2026, 8, 10), with_names=False)
    assert found.draft[:1] == ("1 baris atau sel masih dikarantina",)
    assert nota_dinas(found).signature is None


def test_one_letter_for_each_parent_with_its_units(season: LetterSeason, home: Home) -> None:
    letters = {document.addressee: document for document in unit_letters(season)}
    education = letters["Kepala Dinas Pendidikan dan Kebudayaan"]
    assert education.annex is not None
    assert list(education.annex.heads) == [
        "No", "Unit", "Inovasi", "Skor Kini", "Target", "Indikator", "Dokumen Diminta", "Tambahan Skor", "Batas Waktu",
        "Pendamping",
    ]  # fmt: skip
    assert all(row[1].startswith(("SD ", "SMP ", "Dinas Pendidikan")) for row in education.annex.rows)
    assert any(row[1].startswith("Puskesmas") for row in letters["Kepala Dinas Kesehatan"].annex.rows)  # type: ignore[union-attr]
    district = letters["Camat Ratu Samban"]
    assert all(row[1].startswith(("Kelurahan", "Kecamatan")) for row in district.annex.rows)  # type: ignore[union-attr]
    assert sum(len(document.annex.rows) for document in letters.values() if document.annex) == season.asked.height
    order = ["Bengkulu,", "Nomor", "Sifat", "Lampiran", "Hal", "Yth.", "Berdasarkan", "Demikian", "LAMPIRAN"]
    pages, word = pdf_words(reading_copy(education)[0]), word_words(word_of(education, home, 11))
    assert in_order(" ".join(pages), order) and in_order(word, order)
    assert all("Dokumen Diminta" in page for page in pages[1:]), "the heading of the annex is repeated"
    for row in education.annex.rows:
        assert row[2] in word


def test_no_predicate_is_said_of_an_innovation(season: LetterSeason) -> None:
    for document in unit_letters(season):
        told = " ".join(text for row in (document.annex.rows if document.annex else ()) for text in row)
        assert "inovatif" not in told.casefold() and "inovatif" not in " ".join(document.opening).casefold()


def test_a_city_states_its_letterhead_paper_signer_and_copies(season: LetterSeason, home: Home) -> None:
    settings = read_settings(with_settings(home), "17.71")
    told = dataclasses.replace(real(season), settings=settings, head=letterhead_of(home, BENGKULU, settings))
    letters = {document.addressee: document for document in unit_letters(told)}
    document = letters["Plt. Kepala Dinas Kesehatan"]
    pdf, _size = reading_copy(document)
    assert tuple(round(float(side) * 25.4 / 72) for side in PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]) == (
        215,
        330,
    )
    word = word_of(document, home, 11)
    for text in (" ".join(pdf_words(pdf)), word_words(word)):
        assert in_order(text, ["BADAN PERENCANAAN", "Nama Pejabat, S.E.", "19700101 199503 1 001"])
        assert in_order(text, ["Tembusan:", "Wali Kota Bengkulu", "Inspektur Daerah"])
    opened = docx.Document(io.BytesIO(word))
    assert round(opened.sections[0].page_height.mm) == 330 and opened.styles["Normal"].font.name == "Bookman Old Style"
    assert any(name.startswith("word/media/") for name in zipfile.ZipFile(io.BytesIO(word)).namelist())
    assert len(pdf_words(reading_copy(nota_dinas(told))[0])) == 1


@pytest.mark.parametrize(
    "text", ["papre = 'A4'", "paper = 'A3'", "coat_of_arms = '../rahasia.png'", "coat_of_arms = 'hilang.png'", "= x"]
)
def test_settings_that_cannot_be_used_are_named(home: Home, text: str) -> None:
    path = settings_path(home, "17.71")
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CitySettingsInvalid):
        write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root)


def test_text_from_data_is_never_code(season: LetterSeason, home: Home) -> None:
    document = unit_letters(season)[0]
    assert document.annex is not None
    rows = ((*document.annex.rows[0][:2], NASTY, *document.annex.rows[0][3:]),)
    nasty = dataclasses.replace(
        document, opening=(NASTY,), annex=dataclasses.replace(document.annex, rows=rows), addressee=NASTY
    )
    word = word_words(word_of(nasty, home, 11))
    assert word.count(NASTY) == 3
    pdf = re.sub(r"\s+", "", " ".join(pdf_words(reading_copy(nasty)[0])))
    assert pdf.count(re.sub(r"\s+", "", NASTY)) >= 3


def test_what_a_letter_shows_as_a_box_is_told_once(season: LetterSeason) -> None:
    document = nota_dinas(season)
    assert replaced_in(document, Language("id")) == []
    odd = dataclasses.replace(document, opening=("Layanan 漢 \u0007", "Layanan 漢 \u0007", "Tanpa tanda asing"))
    [told] = replaced_in(odd, Language("id"))
    assert "U+6F22" in told and "U+0007" in told and f"({document.name}.pdf)" in told and "Layanan" in told
    letter = next(letter for letter in unit_letters(season) if letter.annex is not None)
    assert letter.annex is not None
    rows = (tuple("漢" for _ in letter.annex.heads),)
    listed = dataclasses.replace(letter, annex=dataclasses.replace(letter.annex, rows=rows))
    assert [f"({letter.name}.pdf)" in told for told in replaced_in(listed, Language("id"))] == [True]


def test_what_is_shown_as_a_box_is_told_by_whoever_writes_letters(
    season: LetterSeason, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = dataclasses.replace(nota_dinas(season), opening=("Layanan 漢",))
    monkeypatch.setattr("reports.letters.writing.nota_dinas", lambda _season: odd)
    asked = ["letters", "bengkulu", "2026", "--kind", "nota-dinas", "--home", str(home.root), "--lang", "id"]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    assert f"Tidak tampil utuh di PDF: “Layanan 漢” ({odd.name}.pdf): U+6F22" in " ".join(ran.stderr.split())
    written = write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root, lang="en")
    many = dataclasses.replace(written, replaced=written.replaced * (REPLACED_SHOWN + 2))
    lines = replaced_letters(many, Language("en"))
    assert len(lines) == REPLACED_SHOWN + 1 and lines[-1] == "Not shown in the PDF as they are: 2 more"


def test_a_template_of_the_city_is_used_and_cannot_run_code(season: LetterSeason, home: Home) -> None:
    document = nota_dinas(season)
    own = template_path(home, "nota-dinas")
    own.parent.mkdir()
    written = docx.Document()
    written.add_paragraph("Templat kota: {{ hal }}")
    written.save(str(own))
    assert "Templat kota: Perkiraan Indeks (Pengukuran Mandiri)" in word_words(word_of(document, home, 11))
    for attack in ("{{ ''.__class__.__mro__ }}", "{{ kepala.append(1) }}", "{{ tidak_ada }}", "{% for %}"):
        written = docx.Document()
        written.add_paragraph(attack)
        written.save(str(own))
        with pytest.raises(TemplateRefused):
            word_of(document, home, 11)
    own.write_bytes(b"not a Word file")
    with pytest.raises(TemplateRefused):
        word_of(document, home, 11)


def test_the_same_documents_are_the_same_bytes(home: Home, tmp_path: Path) -> None:
    first = write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root, out=tmp_path / "a")
    second = write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root, out=tmp_path / "b")
    unsigned = "konsep; sah setelah nomor naskah dan tanda tangan pejabat"
    assert first.draft == ("DATA SIMULASI", "3 baris atau sel masih dikarantina", unsigned)
    assert [path.read_bytes() for path in first.files] == [path.read_bytes() for path in second.files]
    assert [path.suffix for path in first.files] == [".docx", ".pdf"]


def test_settings_and_templates_are_written_once(season: LetterSeason, home: Home) -> None:
    path = write_settings("bengkulu", home.root)
    assert path == settings_path(home, "17.71")
    templates = write_templates("bengkulu", home.root)
    assert [one.name for one in templates] == ["nota-dinas.docx", "surat-unit.docx", "berita-acara.docx"]
    assert in_order(word_words(word_of(nota_dinas(season), home, 11)), ORDER)
    path.write_text('paper = "F4"', encoding="utf-8")
    assert write_settings("bengkulu", home.root).read_text(encoding="utf-8") == 'paper = "F4"'


def test_the_berita_acara_shows_the_places_and_the_jurors_without_names(home: Home) -> None:
    contest = contest_of("17.71", 2024, None, home)
    scores = pl.DataFrame(
        [
            ("sd", title, f"SD Negeri {number}", juror, Decimal(score))
            for number, (title, given) in enumerate([("Satu", (90, 80)), ("Dua", (70, 95)), (NASTY, (60, 60))])
            for juror, score in zip(("Ani", "Budi"), given, strict=True)
        ],
        schema={"category": pl.String, "title": pl.String, "unit_name": pl.String, "juror": pl.String,
                "score": pl.Decimal(12, 2)},
        orient="row",
    )  # fmt: skip
    given = JuryTable(scores, {}, is_simulated=False)
    judged = JudgedContest(contest, 2024, given, judge(contest, scores), 0, "")
    settings = CitySettings.model_validate({"signer": {"name": "Nama"}})
    head = letterhead_of(home, BENGKULU, settings)

    def told(document: Official) -> tuple[str, str]:
        return " ".join(pdf_words(reading_copy(document)[0])), word_words(word_of(document, home, 11))

    for text in told(minutes(judged, head, settings, with_names=False)):
        assert in_order(text, ["BERITA ACARA", "Lomba inovasi Kota Bengkulu 2024", "Nomor:", "SD", "Peringkat"])
        assert in_order(text, ["1 Satu", "85,00", "3.500.000", "Juri 1", "Juri 2", "Mengetahui,"])
        assert "Ani" not in text and "DRAF" not in text
    for text in told(minutes(judged, head, settings, with_names=True)):
        assert "Ani" in text
    simulated = dataclasses.replace(judged, given=dataclasses.replace(given, is_simulated=True))
    for text in told(minutes(simulated, head, settings, with_names=False)):
        assert "DRAF" in text and "Mengetahui," not in text


def test_a_berita_acara_says_what_is_open(home: Home) -> None:
    contest = contest_of("17.71", 2024, None, home)
    rows = [("sd", "Satu", "SD Negeri 1", "Ani", Decimal(90)), ("sd", "Satu", "SD Negeri 1", "Budi", Decimal(80))]
    rows += [("sd", "Dua", "SD Negeri 2", "Ani", Decimal(70))]
    columns = ["category", "title", "unit_name", "juror", "score"]
    scores = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    given = JuryTable(scores, {"Kategori Lain": 2}, is_simulated=False)
    judged = JudgedContest(contest, 2024, given, judge(contest, scores), 1, "")
    settings = CitySettings.model_validate({})
    assert minutes(judged, letterhead_of(home, BENGKULU, settings), settings, with_names=False).draft == (
        "1 baris atau sel masih dikarantina",
        "2 nilai juri tanpa kategori yang dikenal",
        "1 peserta belum dinilai semua juri",
        "konsep; sah setelah nomor naskah dan tanda tangan pejabat",
    )


def test_nothing_but_the_plan_is_asked_for_and_nothing_is_held(season: LetterSeason) -> None:
    plan = season.plan
    assert plan is not None and not plan.plan.held
    planned = {(step.key, step.indicator) for action in plan.actions for step in action.steps}
    asked = season.asked.filter(pl.col("submission_id").is_not_null())
    told = {(key, label.partition(".")[0]) for key, label in asked["submission_id", "indicator"].iter_rows()}
    lines = season.asked.filter(kind="spd_line")["indicator"]
    assert told | {("", label.partition(".")[0]) for label in lines} == {
        (key if key in plan.submissions else "", number) for key, number in planned
    }
    assert set(season.asked.filter(pl.col("submission_id").is_null(), pl.col("kind") != "spd_line")["kind"]) <= {
        "no_innovation", "too_few_innovations",
    }  # fmt: skip
    recommended = " ".join(nota_dinas(season).sections[2].points)
    before, after = (str(value).replace(".", ",") for value in (plan.index_before, plan.index))
    assert f"dari {before} menjadi {after}" in recommended
    for document in (nota_dinas(season), *unit_letters(season)):
        said = [text for section in document.sections for text in section.points] + list(document.opening)
        assert "menahan" not in " ".join(said) and "ditahan" not in " ".join(said)


def test_a_range_has_no_single_figure_of_the_plan_beside_it(example_home: Path) -> None:
    magelang, day = resolve_city("magelang"), datetime(2026, 8, 10)  # noqa: DTZ001 - the day of the office
    with open_snapshot(home=example_home) as snapshot:
        told = read_letter_season(snapshot, Home.at(example_home), magelang, 2026, day, with_names=False)
    assert told.plan is not None
    words = " ".join(text for section in nota_dinas(told).sections for text in section.points)
    assert "antara 71,93 dan 73,59" in words and "73,53" not in words
    assert f"menambah {str(told.plan.index - told.plan.index_before).replace('.', ',')} poin" in words


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("Kecamatan Selebar", "Camat Selebar"),
        ("Dinas Kesehatan", "Kepala Dinas Kesehatan"),
        ("Inspektorat Daerah", "Inspektur Daerah"),
        ("Bagian Umum", "Kepala Bagian Umum"),
        ("Sekretariat DPRD", "Sekretaris DPRD"),
        ("Rumah Sakit Umum Daerah", "Direktur Rumah Sakit Umum Daerah"),
    ],
)
def test_who_is_addressed(unit: str, expected: str) -> None:
    assert addressee(unit, CitySettings.model_validate({})) == expected


def test_an_unknown_kind_or_season_is_named(home: Home) -> None:
    with pytest.raises(UnknownName, match="surat-cinta"):
        write_letters("bengkulu", 2026, kind="surat-cinta", home=home.root)
    with pytest.raises(UnknownName):
        write_letters("bengkulu", 2019, home=home.root)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice sets the Word file")
def test_the_word_file_of_the_nota_dinas_is_one_page(season: LetterSeason, home: Home, tmp_path: Path) -> None:
    with_settings(home)
    settings = tomllib.loads(SETTINGS.replace("F4", "A4").replace("Bookman Old Style", "Arial"))
    told = dataclasses.replace(real(season), settings=CitySettings.model_validate(settings))
    document = nota_dinas(told)
    (tmp_path / "nota.docx").write_bytes(word_of(document, home, reading_copy(document)[1] - 0.5))
    fonts = Path(typesetting.__file__).parent / "typst" / "fonts"
    same = '<match><test name="family"><string>Arial</string></test><edit name="family" binding="strong" mode="assign">'
    same += "<string>Arimo</string></edit></match>"
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{fonts}</dir><cachedir>{tmp_path}/cache</cachedir>{same}</fontconfig>", encoding="utf-8"
    )
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "nota.docx"]
    environment = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    subprocess.run(command, check=True, capture_output=True, timeout=180, cwd=tmp_path, env=environment)
    [page] = words_of_pages((tmp_path / "nota.pdf").read_bytes())
    assert "NIP 19700101" in page


def test_an_edited_letter_stays_and_the_new_one_lies_beside_it(home: Home) -> None:
    first = write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root)
    letter = next(path for path in first.files if path.suffix == ".docx")
    letter.write_bytes(b"mine")
    for _time in range(2):
        again = write_letters("bengkulu", 2026, kind="nota-dinas", home=home.root)
    assert letter.read_bytes() == b"mine"
    assert [file.kept for file in again.beside] == [letter]
    assert len(list(letter.parent.iterdir())) == 3
