"""A drafted layout reads the file that it was drafted from; templates are read back by their own layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.cells.sheets import UnreadableFile, read_cells
from etl.lake import scale_of
from etl.layout.declared import load_layouts, parse_layout
from etl.outgoing.template import load_templates, template_workbook
from etl.recognition.detect import choose_layout
from etl.recognition.propose import guess_header, propose_layout
from etl.values.canonical_rows import read_file
from iga.rulebook import Rulebooks, RuleFiles, shipped_files, shipped_rulebooks
from tests.city_files import workbook
from tests.conftest import EXAMPLES
from tests.rulebook_texts import complete

FILES = [
    EXAMPLES / "inbox/bengkulu/2026/ekspor-2026-08-09.xls",
    EXAMPLES / "inbox/magelang/2025/daftar-inovasi-2025.xlsx",
    EXAMPLES / "inbox/bandar-lampung/2026/rekap-inovasi-2026.xlsx",
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_draft_reads_what_the_known_layout_reads(path: Path) -> None:
    file_format, sheets = read_cells(path.read_bytes())
    drafted = parse_layout(propose_layout("draft", file_format, sheets))
    known = choose_layout(file_format, sheets, scale_of(2026))
    tried = choose_layout(file_format, sheets, scale_of(2026), layouts=[drafted])
    assert known.match is not None
    assert tried.match is not None
    expected, found = (read_file(choice.match, sheets, scale_of(2026)) for choice in (known, tried))
    fields = ["row_number", "title", "unit_name", "stage", "claimed_score_x100", "implementation_date"]
    assert found.records.select(fields).equals(expected.records.select(fields))
    assert found.answers.equals(expected.answers)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Nama Inovasi", "title"),
        ("Nama-nama Inovasi", "title"),
        ("TAHAPAN INOVASI", "stage"),
        ("Waktu Penerapan Inovasi", "implementation_date"),
        ("Warna Kesukaan", None),
    ],
)
def test_headers_are_matched_by_their_words(header: str, field: str | None) -> None:
    guess = guess_header(header, 0, shipped_rulebooks())
    assert (guess.column.field if guess.column else None) == field


def test_an_indicator_is_known_by_its_name_in_a_rulebook_of_the_home() -> None:
    header, text = "Baru 0", complete(2030, 2026, added=2)
    rulebooks = Rulebooks(shipped_files().with_added(RuleFiles({"2030": text})))
    assert guess_header(header, 0, shipped_rulebooks()).indicator == ""
    assert guess_header(header, 0, rulebooks).indicator == "37"
    sheets = read_cells(workbook([["Nama Inovasi", "Tahapan Inovasi", header], ["Satu", "Penerapan", "2"]]))[1]
    drafted = parse_layout(propose_layout("draft", "excel", sheets, rulebooks))
    assert drafted.indicators and "37" in drafted.indicators.headers


def test_a_hostile_header_stays_inside_its_quotes() -> None:
    rows = [["Nama Inovasi", 'x"]\n[evil]\nname="y', "Tahapan Inovasi"], ["Satu", '"""\n[[column]]', "Penerapan"]]
    layout = parse_layout(propose_layout("draft", "excel", read_cells(workbook(rows))[1]))
    assert [column.field for column in layout.columns] == ["title", "column_2", "stage"]


def test_a_file_without_a_header_gets_no_draft() -> None:
    with pytest.raises(UnreadableFile, match="No row looks like"):
        propose_layout("draft", "excel", read_cells(workbook([["a", "b"], ["c", "d"]]))[1])


@pytest.mark.parametrize("name", load_templates())
def test_a_template_is_read_back_by_its_layout(name: str) -> None:
    template = load_templates()[name]
    file_format, sheets = read_cells(template_workbook(name, "Kota Bengkulu", 2026))
    choice = choose_layout(file_format, sheets, scale_of(2026))
    assert choice.match is not None
    assert choice.match.layout.name == template.layout
    assert not read_file(choice.match, sheets, scale_of(2026)).held_rule


def test_every_template_layout_has_its_template() -> None:
    ours = {name for name in load_layouts() if name.startswith("template_")}
    assert {template.layout for template in load_templates().values()} == ours
