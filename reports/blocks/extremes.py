"""What stands for a chart in one line: its first, last, highest and lowest values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.blocks.content import INTERVALS, NUMBERS, Table
from reports.blocks.words import told
from warehouse.language import Language

LEAST_ROWS = 2


def extremes_told(data: Table, language: Language) -> str:
    """Return the first, last, highest and lowest values of the first column of figures; empty where there are none.

    A range counts by its upper end for the highest value, by its lower end for the lowest.
    """
    place = next((place for place, column in enumerate(data.columns) if column.kind in NUMBERS | INTERVALS), None)
    if place is None or place == 0:
        return ""
    rows = [row for row in data.values if row[place] is not None]
    if len(rows) < LEAST_ROWS:
        return ""
    highest = max(rows, key=lambda row: _ends(row[place])[1])
    lowest = min(rows, key=lambda row: _ends(row[place])[0])
    text = language("First: {first}. Last: {last}. Highest: {highest}. Lowest: {lowest}.")
    return text.format(
        **{
            name: _row_told(data, row, place, language)
            for name, row in (("first", rows[0]), ("last", rows[-1]), ("highest", highest), ("lowest", lowest))
        }
    )


def _ends(value: Any) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (value, value)


def _row_told(data: Table, row: Sequence[Any], place: int, language: Language) -> str:
    """A row by the words before its figure, and the figure."""
    names = [told(row[at], data.columns[at], language) for at in range(place) if row[at] is not None]
    return f"{', '.join(names)} {told(row[place], data.columns[place], language)}"
