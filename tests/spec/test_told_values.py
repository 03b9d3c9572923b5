"""What a reader sees of a value, by its kind and language; and the words and the value say the same."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import format_decimal
from hypothesis import given, strategies as st

from reports.blocks.content import INTERVALS, Form, Quantity, Table, TableColumn, typed
from reports.blocks.words import told, told_rows, told_words
from tests.outputs import figures_in, percent_in
from warehouse.language import LANGUAGES, Language

with (Path(__file__).parent / "told_values.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))


def given_value(case: dict[str, str]) -> Any:
    """The value of a case as JSON would hold it."""
    text = case["value"]
    if not text:
        return None
    if case["kind"] in INTERVALS:
        return [end or None for end in text.split("|")]
    if case["kind"] == "boolean":
        return text == "true"
    return int(text) if case["kind"] in ("year", "whole") else text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['value']} {case['kind']}")
def test_a_value_is_told_by_its_kind(case: dict[str, str], lang: str) -> None:
    quantity = Quantity(kind=case["kind"], places=int(case["places"]), value=given_value(case))  # type: ignore[arg-type]
    assert told_words(quantity, Language(lang)) == case[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_value_that_is_not_known_has_the_word_of_its_column_or_of_its_row(lang: str) -> None:
    language = Language(lang)
    assert told(None, Form(kind="decimal", missing="tidak dihitung"), language) == "tidak dihitung"
    column = TableColumn(heading="n", kind="whole", missing="x")
    table = Table(key="t", caption="c", columns=(column,), values=((None,), (None,)), instead=((1, 0, "y"),))
    assert told_rows(table, language) == [("x",), ("y",)]


def half_up(value: Decimal, places: int) -> Decimal:
    """A value on its grid, as a spreadsheet shows it."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


AMOUNTS = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=4)
IN_LANGUAGE = st.sampled_from([Language(lang) for lang in LANGUAGES])
PLACES = st.sampled_from([0, 1, 2, 4])


@given(AMOUNTS, IN_LANGUAGE, PLACES, st.sampled_from(["decimal", "signed"]))
def test_the_words_of_a_number_are_its_value_rounded(
    amount: Decimal, language: Language, places: int, kind: Any
) -> None:
    words = told(amount, Form(kind=kind, places=places), language)
    read = figures_in(words.replace("−", "-"), language)
    assert read is not None and read[0] == read[1] == half_up(amount, places)


@given(st.decimals(min_value=-10, max_value=10, places=6), IN_LANGUAGE, PLACES)
def test_the_words_of_a_share_are_its_value_rounded(share: Decimal, language: Language, places: int) -> None:
    read = percent_in(told(share, Form(kind="percent", places=places), language), language)
    assert read is not None and read[0] == half_up(share * 100, places)


@given(AMOUNTS, AMOUNTS, IN_LANGUAGE, PLACES)
def test_the_words_of_an_interval_are_both_its_ends(
    one: Decimal, other: Decimal, language: Language, places: int
) -> None:
    ends = (min(abs(one), abs(other)), max(abs(one), abs(other)))
    read = figures_in(told(ends, Form(kind="interval", places=places), language), language)
    assert read is not None and read[:2] == tuple(half_up(end, places) for end in ends)


@given(AMOUNTS, IN_LANGUAGE, PLACES)
def test_a_number_has_the_marks_of_its_locale(amount: Decimal, language: Language, places: int) -> None:
    pattern = "#,##0" + ("." + "0" * places if places else "")
    assert language.number(amount, places) == format_decimal(
        half_up(amount, places), format=pattern, locale=language.code
    )


@given(AMOUNTS)
def test_a_value_is_itself_after_it_was_sent(amount: Decimal) -> None:
    sent = Quantity.model_validate_json(Quantity(kind="interval", value=(amount, amount)).model_dump_json())
    assert sent.value == (amount, amount) and typed(str(amount), "decimal") == amount
