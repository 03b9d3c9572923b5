"""The parts of a block as HTML: the one way in which a report's HTML is made. Everything from data is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from reports.blocks.column_room import rooms_of
from reports.blocks.content import INTERVALS, NUMBERS, Card, Figure, Part, Quantity, Table, TableColumn, Words
from reports.blocks.drawing import framed
from reports.blocks.scale import share, ticks
from reports.blocks.templates import Finished, templates
from reports.blocks.words import origin_told, told_rows, told_words
from warehouse.language import Language

_ADDRESS = re.compile(r"#[\w-]*|([\w-]+/)*[\w-]+\.(html(#[\w-]*)?|pdf|xlsx|ipynb)|https?://\S+|mailto:\S+")


def html_of(parts: Iterable[Part], language: Language) -> str:
    """Return the HTML of the parts, one after the other."""
    pieces = _pieces()
    made = (str(getattr(pieces, part.kind)(part, language)).strip() for part in parts if hasattr(pieces, part.kind))
    return in_pieces(bidi_isolated("\n".join(made)))


LONGEST_WORD, PIECE = 64, 30
"""Letters from which on a word may break in a cell, and of its pieces; a hash is as long, and stays whole."""
_LONG = re.compile(rf"[^\s<>]{{{LONGEST_WORD + 1},}}")
_LETTER = re.compile(r"&[#\w]+;|.")


def in_pieces(html: str) -> str:
    """Return HTML whose words of more than `LONGEST_WORD` letters may break, so that no cell is as wide as its word."""

    def broken(piece: re.Match[str]) -> str:
        text = piece[0]
        return text if text.startswith("<") or len(text) <= LONGEST_WORD else _LONG.sub(_in_pieces, text)

    return _MARKUP_OR_WORDS.sub(broken, html)


def _in_pieces(word: re.Match[str]) -> str:
    letters, made, length = _LETTER.findall(word[0]), [""], 0
    for letter in letters:
        is_joined = unicodedata.category(letter[0])[0] == "M" or letter == "\u200d" or made[-1].endswith("\u200d")
        if length >= PIECE and not is_joined:
            made.append("")
            length = 0
        made[-1] += letter
        length += 1
    return "<wbr>".join(made)


_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_IS_MIXED = re.compile(f"[{_RIGHT_TO_LEFT}]|{_TURNING.pattern}")
_MARKUP_OR_WORDS = re.compile(r"<(svg|option|bdi)\b.*?</\1>|<[^>]*>|[^<]+", re.DOTALL)
"""Drawings and lists of choices are passed over: they hold text only. What is isolated already stays so."""
_RUN = re.compile(f"[{_RIGHT_TO_LEFT}](?:[^A-Za-z<>&]*[{_RIGHT_TO_LEFT}])?")


def bidi_isolated(html: str) -> str:
    """Return HTML in which words from right to left stand in a <bdi>, so that they turn nothing around them.

    Marks that turn the direction of what follows them are left out: with them a name is read as another one.
    """
    if not _IS_MIXED.search(html):
        return html

    def isolated(piece: re.Match[str]) -> str:
        text = _TURNING.sub("", piece[0])
        return text if text.startswith("<") else _RUN.sub(r"<bdi>\g<0></bdi>", text)

    return _MARKUP_OR_WORDS.sub(isolated, html)


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
                "ticks": ticks,
                "share": share,
                "classes": _classes,
                "kind_told": _kind_told,
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


def _kind_told(column: TableColumn) -> Finished:
    """The kind of a column whose cells bear a value that is none of its words, for whoever saves the table as CSV."""
    return Finished(f' data-kind="{column.kind.replace(" ", "-")}"' if column.kind in BEARS_KIND else "")


BEARS_KIND = INTERVALS | {"date", "moment"}
SORTED_BY_VALUE = NUMBERS | INTERVALS | {"year", "date", "moment"}


def _sort_keys(table: Table) -> list[list[Finished]]:
    """What each cell is worth where its column is sorted, as attributes; none in columns of words, or not known."""
    shown = table.values[: table.rows_shown]
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
