# ruff: noqa: E501  tables of papers, one a line
"""A paper of evidence is judged by the rule of decrees that the clinic has: which year counts, a blank number, its kind."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.clinic.decree import levels_of_paper
from analysis.clinic.demands import Window
from analysis.evidence.accepted_types import accepted_files
from analysis.evidence.file_checks import checks_of
from analysis.evidence.file_reading import FileReading
from analysis.evidence.folder_matching import Innovation
from analysis.evidence.season_evidence import HIGHER_PAPER, LOWER_PAPER, _of_papers
from iga.rulebook import load_rulebook

WINDOWS = {
    2026: Window.of(load_rulebook(2026), 2026),
    2024: Window(2024, date(2022, 1, 1), date(2023, 12, 31), None),
    2021: Window.of(load_rulebook(2021), 2021),
}
SK = "KEPUTUSAN WALI KOTA BENGKULU"
PERWAL = "PERATURAN WALI KOTA BENGKULU"
PERDA = "PERATURAN DAERAH KOTA BENGKULU"


def paper(head: str, day: str, number: str = "NOMOR 12", beside: str = "") -> str:
    lines = [head, number, "TENTANG", "INOVASI SIPATEN", "MEMUTUSKAN:", "Ditetapkan di Bengkulu", f"pada tanggal {day}"]
    return "\n".join([*lines, "WALI KOTA BENGKULU,", "HELMI HASAN", beside])


PAPERS = [
    # edition, implemented, text, answer about the year, kind
    (2026, 2025, paper(SK, "3 Maret 2025"), "passed", "decree"),
    (2026, None, paper(SK, "3 Maret 2024"), "passed", "decree"),
    (2026, 2024, paper(SK, "3 Maret 2025"), "unknown", "decree"),  # within the window, of another year: asked
    (2026, 2025, paper(SK, "3 Maret 2026"), "failed", "decree"),
    (2026, 2025, paper(SK, "3 Maret 2019"), "failed", "decree"),
    (2026, 2025, paper(SK, "........ 2025"), "unknown", "decree"),
    (2026, 2025, paper(PERWAL, "3 Maret 2019"), "passed", "head_regulation"),
    (2026, 2025, paper(PERDA, "30 Desember 2025"), "passed", "regional_regulation"),
    (2026, 2025, paper(PERDA, "2 Januari 2026"), "failed", "regional_regulation"),
    (2026, 2025, paper(PERWAL, "30 Desember 2025", beside="Diundangkan di Bengkulu\npada tanggal 2 Januari 2026"), "unknown", "head_regulation"),
    (2026, 2025, "catatan rapat 3 Maret 2025", "unknown", ""),
    (2024, 2023, paper(PERWAL, "3 Maret 2019"), "failed", "head_regulation"),  # that edition takes all of the window
    (2024, 2023, paper(PERWAL, "3 Maret 2023"), "passed", "head_regulation"),
    (2021, 2020, paper(SK, "3 Maret 2012"), "not_judged", ""),  # nothing is stated of its papers
]  # fmt: skip


@pytest.mark.parametrize(("edition", "implemented", "text", "year", "kind"), PAPERS)
def test_the_year_that_counts_is_that_of_the_kind_of_paper(
    edition: int, implemented: int | None, text: str, year: str, kind: str
) -> None:
    accepted = accepted_files(edition, ["regulation"])
    innovation = Innovation("a", "b", "SIPATEN (Sistem Terpadu)", "Dinas", implemented)
    checks = checks_of(FileReading("pdf", text=text, text_is_known=True), 9, accepted, innovation, WINDOWS[edition], ())
    assert (checks.year, checks.paper) == (year, kind)


NUMBERS = [
    ("NOMOR 12", False, "passed"),
    ("NOMOR TAHUN 2025", False, "failed"),
    ("NOMOR : ....... TAHUN 2025", False, "failed"),
    ("NOMOR : ....... TAHUN 2025", True, "unknown"),  # written by hand, perhaps
]


@pytest.mark.parametrize(("number", "is_recognised", "expected"), NUMBERS)
def test_a_number_left_blank_is_none(number: str, is_recognised: bool, expected: str) -> None:
    reading = FileReading(
        "pdf", text=paper(SK, "3 Maret 2025", number), is_recognised=is_recognised, text_is_known=True
    )
    checks = checks_of(
        reading, 9, accepted_files(2026, ["regulation"]), Innovation("a", "b", "SIPATEN", "D"), WINDOWS[2026], ()
    )
    assert (checks.number, checks.signature, checks.names_innovation) == (expected, "passed", "passed")


NAMES = [
    # title, text, kind, recognised, answer
    ("BAIK (Bayar Pajak Lewat Kelurahan)", "tata kelola yang baik", "pdf", False, "unknown"),
    ("BAIK (Bayar Pajak Lewat Kelurahan)", "inovasi BAIK", "pdf", False, "passed"),
    ("SIPATEN", "lain sama sekali", "pdf", False, "failed"),
    ("SIPATEN", "lain sama sekali", "pdf", True, "unknown"),
    ("SIPATEN", "lain sama sekali", "jpeg", True, "not_judged"),
    ("SIPATEN", "spanduk SIPATEN 2025", "jpeg", True, "passed"),
]


@pytest.mark.parametrize(("title", "text", "kind", "is_recognised", "expected"), NAMES)
def test_a_text_names_an_innovation_as_in_the_clinic(
    title: str, text: str, kind: str, is_recognised: bool, expected: str
) -> None:
    reading = FileReading(kind, text=text, is_recognised=is_recognised, text_is_known=True)
    checks = checks_of(
        reading, 9, accepted_files(2026, ["work_tools"]), Innovation("a", "b", title, "D"), WINDOWS[2026], ()
    )
    assert checks.names_innovation == expected


LEVELS = [
    # edition, level claimed, papers, contradiction
    (2026, 3, ["decree"], LOWER_PAPER),
    (2026, 3, ["decree", "regional_regulation"], ""),
    (2026, 1, ["head_regulation"], HIGHER_PAPER),
    (2026, 2, ["head_regulation"], ""),
    (2026, 2, ["decree", ""], ""),  # one of them could not be read as any kind: nothing is held against it
    (2026, 2, ["assignment"], ""),
    (2024, 3, ["head_regulation"], ""),
    (2024, 2, ["decree"], ""),
    (2022, 3, ["decree"], ""),
    (2026, None, ["decree"], ""),
]


@pytest.mark.parametrize(("edition", "level", "papers", "expected"), LEVELS)
def test_a_level_is_held_against_the_kind_of_paper(
    edition: int, level: int | None, papers: list[str], expected: str
) -> None:
    rows = [{"indicator_key": "regulation", "paper": kind} for kind in papers]
    assert _of_papers(level, rows, edition) == expected
    assert _of_papers(level, [{"indicator_key": "people", "paper": "decree"}], edition) == ""


@pytest.mark.parametrize("edition", [2021, 2023, 2024, 2026])
def test_levels_of_papers_are_those_of_the_rulebook(edition: int) -> None:
    regulation = next(one for one in load_rulebook(edition).indicators if one.key == "regulation")
    words = {"decree": ("SK ",), "head_regulation": ("Peraturan Kepala Daerah",), "regional_regulation": ("Peraturan Daerah",)}  # fmt: skip
    for kind, told in words.items():
        stated = [level.level for level in regulation.levels if any(word in level.text_id for word in told)]
        assert list(levels_of_paper(kind, edition)) == stated
