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


def test_missions_and_replications_come_from_the_citys_files(example: Snapshot, empty_home: Home) -> None:
    (first, *_), rules, _simulated = flagships(example, empty_home, CITY, 2026)
    before = told(sheet(empty_home, first, rules))
    assert "Belum ada replikasi" in before and "Misi RPJMD mana" in before and "Daerah mana" in before
    assert first.lines["replication"].level and "tetapi belum ada replikasi yang tercatat" in before
    for path in write_mission_templates(empty_home):
        assert path.read_text(encoding="utf-8-sig").startswith("region_code,")
    missions, ties = write_mission_templates(empty_home)
    missions.write_text("region_code;code;text;source\n17.71;2;Layanan publik;RPJMD 2025-2029\n", encoding="utf-8-sig")
    ties.write_text(f"innovation_id;mission\n{first.row['innovation_id']};2\n", encoding="utf-8")
    register = empty_home.root / "portfolio" / "replications.csv"
    register.parent.mkdir(exist_ok=True)
    register.write_text(
        f"innovation,replicator,interest_letter_number\n{first.row['title']},Kota Magelang,400/12/2026\n"
    )
    (again,), _rules, _simulated = flagships(example, empty_home, CITY, 2026, [first.row["innovation_id"]])
    after = told(sheet(empty_home, again, rules))
    assert "Misi 2: Layanan publik (RPJMD 2025-2029)" in after and "Misi RPJMD mana" not in after
    assert "Kota Magelang: surat minat 400/12/2026" in after and "Daerah mana" not in after
    ties.write_text(f"innovation_id;mission\n{first.row['innovation_id']};9\n", encoding="utf-8")
    with pytest.raises(MissionsInvalid, match="9"):
        flagships(example, empty_home, CITY, 2026)


def test_a_question_is_asked_only_where_the_data_has_a_gap(example: Snapshot, empty_home: Home) -> None:
    (first, *_), rules, _simulated = flagships(example, empty_home, CITY, 2026)
    questions = sheet(empty_home, first, rules).sections[-1].points
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
