"""The nominee's pack: figures from the data, criteria only where they are known, questions only from gaps, no names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from analysis import open_snapshot
from analysis.nominee.nominee_facts import (
    Flagship,
    MissionsInvalid,
    criteria_of,
    flagships,
    write_mission_templates,
)
from iga.rulebook import Rulebook
from reports.city_settings import letterhead_of, read_settings
from reports.letters.fact_sheet import fact_sheet
from reports.letters.official import Official
from reports.letters.reading_copy import reading_copy
from reports.letters.word import word_of
from tests.city_files import innovation, load, portal_list, put
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.region import region_of_code
from warehouse.snapshot import Snapshot

CITY = region_of_code("17.71")
ON = date(2026, 8, 10)


def sheet(home: Home, flagship: Flagship, rules: Rulebook, edition: int = 2026) -> Official:
    settings = read_settings(home, CITY.region_code)
    head = letterhead_of(home, CITY, settings)
    criteria = criteria_of(home, edition)
    return fact_sheet(flagship, criteria, rules, CITY, edition, ON, head, settings, "", is_simulated=True)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from texts(each)


def told(document: Official) -> str:
    points = [section.points for section in document.sections]
    return "\n".join(texts([*points, *(grid.rows for grid in document.tables)]))


def test_criteria_are_those_that_are_known_and_no_others(empty_home: Home) -> None:
    known = criteria_of(empty_home, 2023)
    assert [criterion.weight for criterion in known] == [30, 25, 20, 15, 10]
    assert criteria_of(empty_home, 2022) == []
    assert {criterion.edition for criterion in criteria_of(empty_home, 2026)} == {2023}
    own = empty_home.root / "targets" / "award_criteria.csv"
    own.parent.mkdir(exist_ok=True)
    own.write_text(
        "edition;stage;position;name_id;weight\n2026;presentation;1;Dampak;60,5\n2026;presentation;2;Lain;39,5\n"
    )
    assert [(each.name_id, each.weight) for each in criteria_of(empty_home, 2026)] == [
        ("Dampak", Decimal("60.50")),
        ("Lain", Decimal("39.50")),
    ]


def test_the_most_mature_are_taken_unless_some_are_named(example: Snapshot, empty_home: Home) -> None:
    found, _rules, is_simulated = flagships(example, empty_home, CITY, 2026)
    scores = [each.of_edition.best_known for each in found]
    best = example.sql(
        "select max(claimed_score) from submission where region_code = '17.71' and edition = 2026"
    ).item()
    assert is_simulated and scores[0] == best and scores == sorted(scores, reverse=True, key=lambda score: score or 0)
    named = found[1].row["innovation_id"]
    (one,), _rules, _simulated = flagships(example, empty_home, CITY, 2026, [named])
    assert one.row["title"] == found[1].row["title"]
    for wanted in ("zzzzzzzz", ""):
        with pytest.raises(UnknownName):
            flagships(example, empty_home, CITY, 2026, [wanted])


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose list is not simulated: what people write of an innovation is tied to none that is made up."""
    home = Home(tmp_path_factory.mktemp("real") / "home")
    titles = ("Antar Obat", "Baca Yuk", "Cepat Izin", "Desa Digital", "Edukasi Gizi")
    rows = [innovation(title, 90 - 5 * place) for place, title in enumerate(titles)]
    put(home, "bengkulu/2026/daftar.xlsx", portal_list(*rows))
    put(home, "bengkulu/2026/receipt.toml", 'city = "17.71"\nedition = 2026\n')
    load(home)
    return home


def test_missions_and_replications_come_from_the_citys_files(real: Home) -> None:
    with open_snapshot(home=real.root) as snapshot:
        (first, *_), rules, is_simulated = flagships(snapshot, real, CITY, 2026)
        before = told(sheet(real, first, rules))
        assert first.row["title"] == "Antar Obat" and not is_simulated
        assert "Belum ada replikasi" in before and "Misi RPJMD mana" in before and "Daerah mana yang dapat" in before
        missions, ties = write_mission_templates(real)
        assert all(path.read_text(encoding="utf-8-sig").startswith("region_code,") for path in (missions, ties))
        missions.write_text("region_code;code;text;source\n17.71;2;Layanan publik;RPJMD\n", encoding="utf-8-sig")
        ties.write_text("innovation;mission\nAntar obat;2\n", encoding="utf-8")
        assert write_mission_templates(real)[0].read_text(encoding="utf-8-sig").endswith("RPJMD\n")
        register = real.root / "portfolio" / "replications.csv"
        register.parent.mkdir(exist_ok=True)
        register.write_text(
            "innovation,replicator,interest_letter_number\nAntar Obat,Kota Magelang,400/12/2026\n", encoding="utf-8"
        )
        (again, *_), rules, _simulated = flagships(snapshot, real, CITY, 2026)
        after = told(sheet(real, again, rules))
        assert "Misi 2: Layanan publik (RPJMD)" in after and "Misi RPJMD mana" not in after
        assert "Kota Magelang: surat minat 400/12/2026" in after and "Daerah mana yang dapat" not in after
        ties.write_text("innovation;mission\nAntar Obat;9\n", encoding="utf-8")
        with pytest.raises(MissionsInvalid, match="9"):
            flagships(snapshot, real, CITY, 2026)
        ties.unlink()


def test_the_winner_of_the_citys_contest_comes_besides(real: Home) -> None:
    path = real.root / "portfolio" / "awards-17.71.csv"
    path.parent.mkdir(exist_ok=True)
    with open_snapshot(home=real.root) as snapshot:
        for result, expected in (("Juara 11", 3), ("Juara 2", 3), ("Juara 1", 4), ("1", 4), ("Juara I", 4)):
            row = f"2026,city_contest,Edukasi Gizi,{result},,SK"
            path.write_text(f"year,scheme,title,result,score,source\n{row}\n", encoding="utf-8")
            found, rules, _simulated = flagships(snapshot, real, CITY, 2026)
            assert len(found) == expected, result
        assert found[-1].row["title"] == "Edukasi Gizi"
        assert "Lomba kota 2026: Juara I." in told(sheet(real, found[-1], rules))


def test_a_question_is_asked_only_where_the_data_has_a_gap(example: Snapshot, empty_home: Home) -> None:
    (first, *_), rules, _simulated = flagships(example, empty_home, CITY, 2026)
    questions = sheet(empty_home, first, rules).sections[-1].points
    assert first.lines["replication"].level and "tetapi belum ada replikasi yang tercatat" in " ".join(questions)
    tops = {group.number: group.top_level for group in rules.sid_groups}
    open_lines = [line for line in first.sheet.indicators if line.level != tops[line.number]]
    about = [text for text in questions if text[:2].isdigit() and "replikasi yang tercatat" not in text]
    assert len(about) == min(len(open_lines), 8)
    assert {text.partition(".")[0] for text in about} <= {line.number for line in open_lines}


def test_the_sheet_is_a_word_file_and_an_accessible_pdf_without_names(example: Snapshot, empty_home: Home) -> None:
    (first, *_), rules, _simulated = flagships(example, empty_home, CITY, 2026)
    document = sheet(empty_home, first, rules)
    word = Document(io.BytesIO(word_of(document, empty_home, 10.5)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "Kebaruan" in cells and "30" in cells
    assert any("2026 belum diketahui" in paragraph.text for paragraph in word.paragraphs)
    pdf = PdfReader(io.BytesIO(reading_copy(document)[0]))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "Kebaruan" in text and "Pertanyaan yang mungkin" in text and str(first.row["title"])[:20] in text
    assert document.signature is None and document.jurors == ()
