"""Files of jury scores follow the precedence of all files: arrival under a path, coverage; and the range of a score."""

from __future__ import annotations

from datetime import date

import pytest

from analysis import open_snapshot
from tests.city_files import load, put, workbook
from warehouse.home import Home

HEADER = ("Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai")
PATH = "bengkulu/2025/nilai-juri.xlsx"
Scores = dict[str, tuple[float, float, float]]
FIRST: Scores = {"SIPAKBRO": (70, 71, 72), "SIMPEL": (80, 81, 82)}
CORRECTED: Scores = FIRST | {"SIPAKBRO": (95, 95, 95)}


def jury(scores: Scores, *, category: str = "Kelurahan", jurors: tuple[int, ...] = (1, 2, 3)) -> bytes:
    """A file of jury scores, one row per entry and juror."""
    rows = [
        (category, title, "Kelurahan Malabero", f"Juri {number}", given[number - 1])
        for title, given in scores.items()
        for number in jurors
    ]
    return workbook([HEADER, *rows])


def scores_of(home: Home, as_of: date | None = None) -> dict[str, list[int]]:
    """The scores that count, by title and in the order of jurors."""
    found: dict[str, list[int]] = {}
    with open_snapshot(home=home.root, as_of=as_of) as snapshot:
        rows = snapshot.sql(
            "select title, score from contest_entry join jury_score using (contest_entry_id) order by title, juror"
        ).rows()
        entries = {title for (title,) in snapshot.sql("select title from contest_entry").rows()}
    for title, score in rows:
        found.setdefault(title, []).append(int(score))
    assert entries == found.keys()
    return found


@pytest.mark.parametrize(
    ("order", "right"),
    [
        ((FIRST, CORRECTED), [95, 95, 95]),
        ((CORRECTED, FIRST), [70, 71, 72]),
        ((FIRST, CORRECTED, FIRST), [70, 71, 72]),
        ((CORRECTED, FIRST, CORRECTED), [95, 95, 95]),
    ],
)
def test_the_later_arrival_under_a_path_counts(empty_home: Home, order: tuple[Scores, ...], right: list[int]) -> None:
    for scores in order:
        put(empty_home, PATH, jury(scores))
        result = load(empty_home)
    assert scores_of(empty_home) == {"SIPAKBRO": right, "SIMPEL": [80, 81, 82]}
    assert load(empty_home).snapshot_id == result.snapshot_id  # what has not moved has not arrived anew


def test_an_entry_that_the_later_full_file_lacks_is_withdrawn(empty_home: Home) -> None:
    put(empty_home, PATH, jury(FIRST))
    load(empty_home, date(2026, 7, 1))
    put(empty_home, PATH, jury({"SIMPEL": FIRST["SIMPEL"]}))
    load(empty_home, date(2026, 7, 2))
    assert scores_of(empty_home) == {"SIMPEL": [80, 81, 82]}
    assert set(scores_of(empty_home, date(2026, 7, 1))) == {"SIMPEL", "SIPAKBRO"}


def test_a_file_of_another_juror_or_category_withdraws_nothing(empty_home: Home) -> None:
    for number in (1, 2, 3):
        put(empty_home, f"bengkulu/2025/juri-{number}.xlsx", jury(FIRST, jurors=(number,)))
        load(empty_home)
    put(empty_home, "bengkulu/2025/sd.xlsx", jury({"SLAWE": (60, 61, 62)}, category="SD"))
    load(empty_home)
    put(empty_home, "bengkulu/2025/juri-2-sebagian.xlsx", jury({"SIMPEL": (0, 85, 0)}, jurors=(2,)))
    put(
        empty_home,
        "bengkulu/2025/receipt.toml",
        "[[file]]\nname = 'juri-2-sebagian.xlsx'\ncoverage = 'partial'",
    )
    load(empty_home)
    assert scores_of(empty_home) == {"SIPAKBRO": [70, 71, 72], "SIMPEL": [80, 85, 82], "SLAWE": [60, 61, 62]}


def test_a_score_outside_its_range_is_set_aside_with_its_cell(empty_home: Home) -> None:
    put(empty_home, PATH, jury(FIRST | {"SIMPEL": (80, 8031, 82)}))
    result = load(empty_home)
    told = result.quarantine.select("row_number", "column_name", "rule", "original_text").rows()
    assert told == [(6, "Nilai", "score_out_of_range", "8031")]
    assert "100" in result.quarantine["message"].item()
    assert scores_of(empty_home) == {"SIPAKBRO": [70, 71, 72], "SIMPEL": [80, 82]}
