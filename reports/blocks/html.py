"""The parts of a block as HTML: the one way in which a report's HTML is made. Everything from data is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from reports.blocks.column_room import rooms_of
from reports.blocks.content import INTERVALS, NUMBERS, Card, Figure, Part, Quantity, Strip, Table, Words
from reports.blocks.drawing import framed
from reports.blocks.templates import Finished, templates
from reports.blocks.words import origin_told, told_rows, told_words
from warehouse.language import Language

_ADDRESS = re.compile(r"#[\w-]*|([\w-]+/)*[\w-]+\.(html(#[\w-]*)?|pdf|xlsx|ipynb)|https?://\S+|mailto:\S+")


def html_of(parts: Iterable[Part], language: Language) -> str:
    """Return the HTML of the parts, one after the other."""
    pieces = _pieces()
    return "\n".join(
        str(getattr(pieces, part.kind)(part, language)).strip() for part in parts if hasattr(pieces, part.kind)
    )


@cache
def _pieces() -> Any:
    """The macros of `parts.html`, one of the name of each kind of part; what has none has no place on a page."""

    def shown(parts: Iterable[Part], language: Language) -> Finished:
        return Finished(html_of(parts, language))

    def drawn(figure: Figure, form: str, language: Language) -> Finished:
        return Finished(framed(figure, form, language))

    return (
        templates()
        .get_template("parts.html")
        .make_module(
            {
                "shown": shown,
                "drawn": drawn,
                "told_rows": told_rows,
                "told_words": told_words,
                "origin_told": origin_told,
                "is_address": is_address,
                "spans": _spans,
                "is_range": _is_range,
                "ticks": _ticks,
                "share": _share,
                "classes": _classes,
                "sort_keys": _sort_keys,
                "rooms_of": rooms_of,
            }
        )
    )


def is_address(text: str) -> bool:
    """Return whether a link may lead there: a place of the page, a page of the site, or the web."""
    return _ADDRESS.fullmatch(text) is not None


def _spans(words: Words | Quantity, language: Language) -> list[dict[str, str]]:
    """The pieces of a text with their style and where they lead."""
    if isinstance(words, Quantity):
        return [{"text": told_words(words, language), "style": "plain", "href": words.href}]
    if isinstance(words, str):
        return [{"text": words, "style": "plain", "href": ""}]
    return [span.model_dump() for span in words]


def _is_range(card: Card) -> bool:
    """Whether the figure of a card is long: two ends that differ, or words."""
    value = card.value
    if isinstance(value, str):
        return True
    if not isinstance(value, Quantity) or value.kind not in INTERVALS or value.value is None:
        return False
    return bool(value.value[0] != value.value[1])


def _classes(table: Table, rooms: Sequence[str] | None = None) -> list[Finished]:
    """How the cells of each column are aligned, and the room that it needs, as attributes; to the left needs none.

    A year at the head is narrow.
    """
    looks = ["" if column.align == "left" else column.align for column in table.columns]
    if table.columns and table.columns[0].kind == "year":
        looks[0] = "year"
    named = [" ".join(filter(None, pair)) for pair in zip(looks, rooms or [""] * len(looks), strict=True)]
    return [Finished(f' class="{names}"' if names else "") for names in named]


SORTED_BY_VALUE = NUMBERS | INTERVALS | {"year", "date", "moment"}


def _sort_keys(table: Table) -> list[list[Finished]]:
    """What each cell is worth where its column is sorted, as attributes; none in columns of words, or not known."""
    shown = table.values[: table.rows_shown]
    if table.groups:  # rows stay under their group
        return [[Finished("")] * len(table.columns)] * len(shown)
    by_value = [column.kind in SORTED_BY_VALUE for column in table.columns]
    return [
        [
            Finished(f' data-value="{_worth(value)}"') if is_told and value is not None else Finished("")
            for value, is_told in zip(row, by_value, strict=True)
        ]
        for row in shown
    ]


def _worth(value: Any) -> str:
    """A value as numbers in whose order its kind is sorted: an interval by its lower end, then by the upper."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, date):
        return f"{value:%Y%m%d%H%M%S}" if isinstance(value, datetime) else f"{value:%Y%m%d}"
    return str(value)


def _share(strip: Strip, value: Decimal) -> str:
    """Where a value lies on a scale, in hundredths of its length."""
    lower, upper = strip.bands[0].lower, strip.bands[-1].upper
    return f"{(value - lower) / (upper - lower) * 100:.2f}"


def _ticks(strip: Strip, language: Language) -> list[tuple[str, str]]:
    """The ends of the bands with their places: whole ones at the ends of the scale, two decimals between."""
    first, *others = strip.bands
    return [
        ("0", language.number(first.lower, 0)),
        *((_share(strip, band.lower), language.number(band.lower)) for band in others),
        ("100", language.number(strip.bands[-1].upper, 0)),
    ]
