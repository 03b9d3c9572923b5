"""Words, numbers and dates come out in the reader's language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from warehouse.language import Language, UnknownLanguage, format_number, label, translator


def test_a_message_is_translated() -> None:
    assert translator("id")("Estimate under the {rulebook} rules, not an official score") == (
        "Estimasi dengan aturan {rulebook}, bukan skor resmi"
    )


def test_an_unknown_message_stays_english() -> None:
    assert translator("id")("no such message") == "no such message"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownLanguage, match="fr"):
        translator("fr")("x")


@pytest.mark.parametrize(
    ("value", "lang", "places", "told"),
    [
        (Decimal("71.42"), "id", 2, "71,42"),
        (Decimal("71.42"), "en", 2, "71.42"),
        (Decimal("71.4"), "id", 2, "71,40"),
        (1214, "id", 0, "1.214"),
        (1214, "en", 0, "1,214"),
        (None, "id", 2, "–"),
    ],
)
def test_numbers_by_locale(value: Decimal | int | None, lang: str, places: int, told: str) -> None:
    assert format_number(value, lang, places) == told


def test_dates_by_locale() -> None:
    assert Language("id").date(date(2025, 7, 18)) == "18 Juli 2025"
    assert Language("en").date(date(2025, 7, 18)) == "18 July 2025"


def test_labels() -> None:
    assert label("predicate", "very_innovative", "id") == "Sangat Inovatif"
    assert label("predicate", "no_such_code", "id") == "no_such_code"


def test_bounds_in_words() -> None:
    assert Language("id").interval(Decimal("1.5"), Decimal("2.25")) == "1,50–2,25"
    assert Language("id").interval(Decimal("1.5"), Decimal("1.50")) == "1,50"
