"""What a reader sees of a value: the one place where numbers, dates and intervals become words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from reports.blocks.content import Figure, Form, Quantity, Table, Words, plain
from warehouse.language import Language

NONE = "–"
MINUS = "−"

Number = Decimal | int | float
Ends = tuple[Number, Number]


def told(value: Any, form: Form, language: Language) -> str:
    """Return a value as a reader sees it: "1.214,50", "53,43–92,02", "18 Juli 2025"; the word for one not known.

    `form` is a column of a table or any other statement of kind, places and missing word.
    """
    if value is None:
        return form.missing or NONE
    return _TELLERS[form.kind](value, form.places, language)


def told_words(value: Words | Quantity, language: Language) -> str:
    """Return the value of a fact as a reader sees it."""
    return told(value.value, value, language) if isinstance(value, Quantity) else plain(value)


def told_rows(table: Table, language: Language) -> list[tuple[str, ...]]:
    """Return the rows of a table as a reader sees them: those of a long one that a page shows."""
    shown = table.values[: table.rows_shown]
    if not shown:
        return []
    columns = [
        [_cut(told(value, column, language), column.longest) for value in values]
        for column, values in zip(table.columns, zip(*shown, strict=True), strict=True)
    ]
    for row, place, words in table.instead:
        if row < len(shown):
            columns[place][row] = words
    return list(zip(*columns, strict=True))


def _cut(text: str, longest: int) -> str:
    """A text of at most so many letters, cut between words; whole where no length is given."""
    if not longest or len(text) <= longest:
        return text
    return f"{text[: longest - 1].rsplit(' ', 1)[0]} …"


def origin_told(part: Table | Figure, language: Language) -> str:
    """Return what marks the figures of a part besides being made up: "angka terbit", "memuat estimasi".

    It is empty where none applies, and where the words above or below the part say so already.
    """
    said = " ".join((part.caption, part.note) if isinstance(part, Table) else (part.title, part.units, part.source))
    marks = (
        (part.is_published, language("published"), language("published figures")),
        (part.is_estimate, language("estimate"), language("with estimates")),
    )
    return ", ".join(words for applies, stem, words in marks if applies and stem not in said.lower())


def signed(value: Number, places: int, language: Language) -> str:
    """Return a change with its sign; one that rounds to nothing has none."""
    size = language.number(value if value > 0 else -value, places)
    if not any(digit in size for digit in "123456789"):
        return size
    return f"{'+' if value > 0 else MINUS}{size}"


def _percent(value: Number, places: int, language: Language) -> str:
    return f"{language.number(_exact(value) * 100, places)}%"


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _interval(ends: Ends, places: int, language: Language) -> str:
    return _between(ends, lambda end: language.number(end, places))


def _percent_interval(ends: Ends, places: int, language: Language) -> str:
    return _between(ends, lambda end: _percent(end, places, language))


def _between(ends: Ends, tell: Callable[[Number], str]) -> str:
    """One number where both ends are told alike, else both."""
    least, most = map(tell, ends)
    return least if least == most else f"{least}–{most}"


def _moment(value: datetime, language: Language) -> str:
    hour = f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    if language.code == "id":
        hour = hour.replace(":", ".")
    return f"{language.date(value.date())} {hour}"


_TELLERS: dict[str, Callable[[Any, int, Language], str]] = {
    "text": lambda value, _places, _language: str(value),
    "year": lambda value, _places, _language: str(int(value)),
    "whole": lambda value, _places, language: language.number(value, 0),
    "decimal": lambda value, places, language: language.number(value, places),
    "percent": _percent,
    "signed": signed,
    "interval": _interval,
    "percent interval": _percent_interval,
    "date": lambda value, _places, language: language.date(value),
    "moment": lambda value, _places, language: _moment(value, language),
    "boolean": lambda value, _places, language: language("yes") if value else language("no"),
}
