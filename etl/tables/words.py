"""The words by which the furniture of a table is known, from ``words.toml``, and texts made ready to compare."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from etl.cells.sheets import Cell, as_text

_SEPARATORS = re.compile(r"[\W_]+")
_ENUMERATED = re.compile(r"\s*(?:[A-Z]|[IVX]{1,5}|\d{1,2})[.)]\s*(?=\S)")
_NUMBER = re.compile(r"[\d.,()%+/\s-]*\d[\d.,()%+/\s-]*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_HEADER = 200


@dataclass(frozen=True)
class Words:
    """The patterns of ``words.toml``."""

    average: re.Pattern[str]
    total: re.Pattern[str]
    note: re.Pattern[str]
    signature: re.Pattern[str]
    unit_header: re.Pattern[str]
    unit: re.Pattern[str]
    copy: re.Pattern[str]
    made_unit_header: str


@cache
def load_words() -> Words:
    """Return the words of this installation."""
    content = tomllib.loads(resources.files("etl.tables").joinpath("words.toml").read_text(encoding="utf-8"))
    made = content.pop("made_unit_header")
    return Words(**{name: re.compile(text, re.IGNORECASE) for name, text in content.items()}, made_unit_header=made)


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """Return a text for comparing: letters and digits only, lower case, single spaces."""
    return _SEPARATORS.sub(" ", text).strip().casefold()


def unnumbered(text: str) -> str:
    """Return the text of a section without the letter or number before it ("A. KECAMATAN")."""
    return _ENUMERATED.sub("", text, count=1).strip()


def is_enumerated(text: str) -> bool:
    """Return whether a text begins with a letter or number of a list."""
    return _ENUMERATED.match(text) is not None


def is_number(cell: Cell) -> bool:
    """Return whether a cell is a number, a day, or a text of digits."""
    return cell is not None and (not isinstance(cell, str) or _NUMBER.fullmatch(cell) is not None)


def filled_places(row: Sequence[Cell]) -> list[int]:
    """Return the columns in which a row has something."""
    return [place for place, cell in enumerate(row) if cell is not None]


def is_header_text(cell: Cell) -> bool:
    """Return whether a cell may be the text of a header; a year may."""
    if not is_number(cell):
        return isinstance(cell, str) and len(cell) <= _LONGEST_HEADER
    return _YEAR.fullmatch(as_text(cell).strip()) is not None


def looks_like_header(row: Sequence[Cell]) -> bool:
    """Return whether a row may be the header of a table: three texts at least, and nothing but texts."""
    filled = filled_places(row)
    return len(filled) >= 3 and all(is_header_text(row[place]) for place in filled)


def header_place(rows: Sequence[Sequence[Cell]], depth: int = 40) -> int | None:
    """Return the place of the first row that may be a header."""
    return next((place for place, row in enumerate(rows[:depth]) if looks_like_header(row)), None)
