"""Whether a page says only that there are no data yet, so that nobody is led to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from reports.blocks.content import (
    Bullets,
    Calculation,
    Card,
    Cards,
    Columns,
    Details,
    Facts,
    Figure,
    FreeHtml,
    Image,
    PageList,
    Part,
    Preformatted,
    Quantity,
    Table,
    Text,
    Words,
)
from warehouse.language import Language

SHOWN = (Calculation, Figure, FreeHtml, Image, PageList, Preformatted)
"""Parts that show something whenever they are there."""


def says_nothing(parts: Iterable[Part], language: Language) -> bool:
    """Return whether a part says that there are no data yet, and none holds a row, a value, a chart or a list.

    What a report rests on stands on every page and does not count, nor do days, zeros and words around the parts. A
    page without the statement is one of words, which its author meant.
    """
    shown, missing = list(_without_basis(parts)), language("no data yet")
    is_told = any(isinstance(part, Text) and part.text == missing for part in shown)
    return is_told and not any(_holds(part, missing) for part in shown)


def _without_basis(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts one after the other, without those on what the report rests on, which paper has unfolded."""
    for part in parts:
        if isinstance(part, Details):
            if not part.is_printed:
                yield from _without_basis(part.parts)
        elif isinstance(part, Columns):
            for group in part.groups:
                yield from _without_basis(group)
        else:
            yield part


def _holds(part: Part, missing: str) -> bool:
    if isinstance(part, Table):
        return bool(part.values)
    if isinstance(part, Cards):
        return any(_says(card, missing) for card in part.cards)
    if isinstance(part, Bullets):
        return any(item != missing for item in part.items)
    if isinstance(part, Facts):
        return any(_is_value(value) for _name, value in part.pairs)
    return isinstance(part, SHOWN)


def _says(card: Card, missing: str) -> bool:
    value = card.value.value if isinstance(card.value, Quantity) else card.value
    return value is not None and card.detail != missing


def _is_value(value: Words | Quantity) -> bool:
    """Whether a fact is a figure that tells something; days, years and zeros stand also where there are no data."""
    if not isinstance(value, Quantity) or value.kind == "year" or isinstance(value.value, date):
        return False
    return bool(value.value)
