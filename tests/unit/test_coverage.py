"""What an index lacks: one value that reads and writes the text of the tables, and whose codes stand in one place."""

from __future__ import annotations

import ast
import csv
import re
from itertools import product

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, strategies as st

from iga.index import coverage
from iga.index.coverage import FORMULA_NOTES, Coverage, CoverageCode, CoverageNote
from iga.index.frame_expressions import text_where
from iga.rulebook import known_rulebooks, load_rulebook, rulebooks_for
from tests.conftest import ROOT
from warehouse.language import Language
from warehouse.scoring.index_over_time import WIDENED_BY

LABELS = list(csv.DictReader((ROOT / "warehouse/reference/labels.csv").read_text(encoding="utf-8").splitlines()))
NOTES = st.builds(
    CoverageNote,
    st.sampled_from([code for code in CoverageCode if code is not CoverageCode.COMPLETE]),
    st.sampled_from(["", "total_maximum", "count_weight"]),
)


@given(st.lists(NOTES, unique=True))
def test_the_text_says_all_of_the_value(notes: list[CoverageNote]) -> None:
    value = Coverage(tuple(notes))
    assert Coverage.parse(value.text) == value
    assert Coverage.of(value.texts) == value
    assert value.text == ("|".join(value.texts) if notes else "complete")
    assert value.is_complete == (not notes)


@given(st.lists(NOTES), st.lists(NOTES))
def test_two_are_put_together_in_order_and_once(first: list[CoverageNote], second: list[CoverageNote]) -> None:
    union = Coverage.of(first) | Coverage.of(second)
    assert list(union.notes) == list(dict.fromkeys([*first, *second]))
    assert all(union.has(note.code) for note in (*first, *second))


def test_what_a_text_says() -> None:
    value = Coverage.parse("spd_missing|rule_unknown:total_maximum|rule_unknown:count_weight")
    assert value.rules_unknown == ("total_maximum", "count_weight")
    assert value.has("spd_missing")
    assert not value.has("spd"), "a code is not a part of a text"
    assert not value.is_only("spd_missing")
    assert Coverage.parse("spd_missing").is_only("spd_unmapped", "spd_missing")
    assert Coverage.parse("") == Coverage.parse("complete") == Coverage()
    replaced = value.replaced({"spd_missing": Coverage.of(["spd_unmapped"]), "rule_unknown": Coverage()})
    assert replaced.text == "spd_unmapped"
    assert Coverage.parse("code_of_a_later_version:x").text == "code_of_a_later_version:x"


def test_in_words() -> None:
    english = Language("en")
    assert english.coverage("spd_missing|rule_unknown:total_maximum") == (
        "SPD answers missing; Rule unknown (total_maximum)"
    )
    assert english.coverage("complete") == "Complete"
    assert english.coverage(None) == ""


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_column_has_the_text_of_the_value(engine: str) -> None:
    chosen = FORMULA_NOTES[::2]
    rows = list(product([True, False, None], repeat=len(chosen)))
    names = [f"t{place}" for place in range(len(chosen))]
    tests = {note: nw.col(name) for note, name in zip(reversed(chosen), reversed(names), strict=True)}
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Boolean), orient="row")
    expected = [Coverage.where(dict(zip(chosen, map(bool, row), strict=True))).text for row in rows]
    if engine == "polars":
        native = frame.with_row_index("row")
        found = nw.from_native(native).select("row", text_where(tests).alias("text")).to_native()
    else:
        with duckdb.connect() as connection:
            given_rows = nw.from_native(connection.from_arrow(frame.with_row_index("row").to_arrow()))
            found = pl.DataFrame(given_rows.select("row", text_where(tests).alias("text")).to_native().to_arrow_table())
    assert found.sort("row")["text"].to_list() == expected


def test_every_code_has_a_label_and_every_label_a_code() -> None:
    labelled = {row["code"] for row in LABELS if row["field"] == "coverage"}
    assert labelled == set(CoverageCode)
    parameters = {row["code"] for row in LABELS if row["field"] == "parameter"}
    assert {note.subject for note in FORMULA_NOTES} - {""} <= parameters


def test_every_code_is_one_that_can_be_made() -> None:
    of_uses = {note for name in known_rulebooks() for use in rulebooks_for(name) for note in use.coverage_notes}
    beside_the_formula = {
        CoverageCode.COMPLETE,
        CoverageCode.LIST_MISSING,
        CoverageCode.SPD_UNMAPPED,
        CoverageCode.LIST_ASSUMED,
        CoverageCode.VALUE_IN_QUARANTINE,
    }
    made = {note.code for note in FORMULA_NOTES} | set(WIDENED_BY.values()) | of_uses | beside_the_formula
    assert made == set(CoverageCode)


def test_a_rule_that_can_be_unknown_is_a_parameter() -> None:
    subjects = {note.subject for note in FORMULA_NOTES if note.code == CoverageCode.RULE_UNKNOWN}
    assert subjects <= set(type(load_rulebook(2026).parameters).model_fields)


WRITTEN_ONCE_MORE = {"iga/rules/collection.py": {"maturity_scale_assumed"}}
"""Rulebooks are read before the index: the note of an estimate is theirs, as text."""


@pytest.mark.parametrize("package", ["iga", "warehouse", "analysis", "etl", "simulation", "reports", "workbench"])
def test_no_other_module_writes_or_takes_apart_a_code(package: str) -> None:
    codes = set(CoverageCode) - {CoverageCode.COMPLETE}
    for path in sorted((ROOT / package).rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place == "iga/index/coverage.py":
            continue
        text = path.read_text(encoding="utf-8")
        constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        assert constants & codes == WRITTEN_ONCE_MORE.get(place, set()), place
        assert not re.search(r"coverage\b[^\n]*\.(split|partition|str\.contains)\(", text), place


def test_queries_ask_for_codes_that_exist_and_for_whole_ones() -> None:
    asked = []
    for path in sorted(ROOT.glob("*/**/*.sql")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"coverage\s+(not\s+)?(i?like|similar)", text, re.IGNORECASE), path.name
        asked += re.findall(r"list_contains\(string_split\(coverage, '\|'\), '(\w+)'\)", text)
    assert asked == ["spd_missing"]
    assert set(asked) <= set(CoverageCode)


def test_names_of_notes_are_those_of_their_codes() -> None:
    for note in FORMULA_NOTES:
        name = f"{note.subject}_UNKNOWN".upper() if note.subject else note.code.upper()
        assert getattr(coverage, name) is note
