"""Returned control sheets merge by key; what contradicts is shown, and a flag takes no level away."""

from __future__ import annotations

from pathlib import Path

from analysis import open_snapshot
from tests.city_files import CONTROL_HEADER, Value, exported, html_export, load, put, workbook
from warehouse.home import Home


def sheet(number: str, *levels: Value, documents: bool = False) -> bytes:
    header = [*CONTROL_HEADER, *(["Dok. 16"] if documents else [])]
    line: list[Value] = [number, "Satu", "Dinas Kesehatan", *levels, *[None] * (20 - len(levels))]
    return workbook([header, [*line, *(["Ya"] if documents else [])]])


def receipts(home: Home, **days: str) -> None:
    lines = "".join(f'[[file]]\nname = "{name}.xlsx"\nreceived = {day}\n' for name, day in days.items())
    Path(home.inbox / "bengkulu/2026/receipt.toml").write_text(lines, encoding="utf-8")


def answers(home: Home, query: str) -> list[tuple[object, ...]]:
    with open_snapshot(home=home.root) as snapshot:
        return snapshot.sql(query).rows()


LEVELS = "select indicator_number, level, is_complete from answer order by all"


def test_sheets_of_two_units_merge_by_key(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/ekspor.xls", html_export(exported("017", "Satu"), exported("018", "Dua")))
    put(empty_home, "bengkulu/2026/a.xlsx", sheet("017", 3))
    put(empty_home, "bengkulu/2026/b.xlsx", sheet("018", 1))
    assert load(empty_home).held.is_empty()
    assert [row[:2] for row in answers(empty_home, LEVELS)] == [("16", 1), ("16", 3)]


def test_levels_of_one_day_that_differ_are_shown(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/ekspor.xls", html_export(exported("017", "Satu")))
    put(empty_home, "bengkulu/2026/a.xlsx", sheet("017", 3, 2))
    put(empty_home, "bengkulu/2026/b.xlsx", sheet("017", 1, 2))
    receipts(empty_home, a="2026-08-01", b="2026-08-01")
    result = load(empty_home)
    shown = result.quarantine.filter(result.quarantine["rule"] == "answer_contradicts")
    ((kept,),) = answers(empty_home, "select level from answer where indicator_number = '16'")
    assert shown.select("row_number", "column_name", "original_text").rows() == [
        (2, "16", str(({1, 3} - {kept}).pop()))
    ]
    assert f"level {kept}" in shown["message"][0]


def test_a_later_sheet_corrects_without_contradicting(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/ekspor.xls", html_export(exported("017", "Satu")))
    put(empty_home, "bengkulu/2026/a.xlsx", sheet("017", 3))
    put(empty_home, "bengkulu/2026/b.xlsx", sheet("017", 1))
    receipts(empty_home, a="2026-08-01", b="2026-08-02")
    assert load(empty_home).quarantine.is_empty()
    assert answers(empty_home, LEVELS) == [("16", 1, None)]


def test_a_later_sheet_of_documents_takes_no_level_away(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/ekspor.xls", html_export(exported("017", "Satu")))
    put(empty_home, "bengkulu/2026/a.xlsx", sheet("017", 3))
    put(empty_home, "bengkulu/2026/b.xlsx", sheet("017", documents=True))
    receipts(empty_home, a="2026-08-01", b="2026-08-02")
    load(empty_home)
    assert answers(empty_home, LEVELS) == [("16", 3, True)]
