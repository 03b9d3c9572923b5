"""One text of one column becomes a typed value, or the name of the rule that it breaks.

Every converter takes a cell and gives ``(value, None)`` or ``(None, rule)``; an empty cell or a missing marker is
``(None, None)``. What a column holds is decided by its layout, not cell by cell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any

from etl.cells import Cell, as_text
from etl.layout import simplified
from warehouse.reference import affair_of

Converted = tuple[Any, str | None]
Converter = Callable[[Cell], Converted]

_EXCEL_EPOCH = date(1899, 12, 30)
_LARGEST_SCORE = Decimal(2**31 - 1) / 100  # scores are stored as 32-bit hundredths
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: outside, a bare number in a date column is no date


@dataclass(frozen=True)
class Vocabulary:
    """The words of ``vocabulary.toml``, simplified for comparison."""

    missing: frozenset[str]
    words: dict[str, dict[str, str]]
    months: dict[str, int]
    title_notes: tuple[re.Pattern[str], ...]


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary of this installation."""
    content = tomllib.loads(resources.files("etl").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    words = {
        field: {simplified(alias): code for code, aliases in table.items() for alias in aliases}
        for field, table in content.items()
        if isinstance(table, dict) and field not in ("months", "title_notes")
    }
    return Vocabulary(
        missing=frozenset(text.casefold() for text in content["missing"]),
        words=words,
        months={alias: int(number) for number, aliases in content["months"].items() for alias in aliases},
        title_notes=tuple(re.compile(pattern, re.IGNORECASE) for pattern in content["title_notes"]["patterns"]),
    )


def is_missing(cell: Cell) -> bool:
    """Whether a cell is empty or says that its value is missing."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in load_vocabulary().missing)


def text_of(cell: Cell) -> Converted:
    """Text with its spaces tidied."""
    return (None, None) if is_missing(cell) else (" ".join(as_text(cell).split()), None)


def word_of(field: str, rule: str) -> Converter:
    """A converter to the canonical codes of one field of the vocabulary."""
    words = load_vocabulary().words[field]

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        code = words.get(simplified(as_text(cell)))
        return (code, None) if code else (None, rule)

    return convert


def affair(cell: Cell) -> Converted:
    """The code of a government affair by its whole name."""
    if is_missing(cell):
        return None, None
    code = affair_of(as_text(cell))
    return (code, None) if code else (None, "affair_unknown")


def number_of(decimal_mark: str) -> Converter:
    """A converter to Decimal, for text with the column's decimal mark; a cell that is a number is taken as it is."""
    decimal, thousands = (",", ".") if decimal_mark == "comma" else (".", ",")
    grouped = re.compile(rf"[+-]?\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?")
    plain = re.compile(rf"[+-]?\d+(?:\{decimal}\d+)?")

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        if isinstance(cell, float):
            # A spreadsheet keeps 15 significant digits; what stands behind them is noise of its arithmetic.
            return _decimal(format(cell, ".15g"))
        text = as_text(cell).strip()
        if grouped.fullmatch(text):
            return _decimal(text.replace(thousands, "").replace(decimal, "."))
        if plain.fullmatch(text):
            return _decimal(text.replace(decimal, "."))
        return None, "number_invalid"

    return convert


def _decimal(text: str) -> Converted:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None, "number_invalid"
    return (value, None) if value.is_finite() else (None, "number_invalid")


def hundredths_of(decimal_mark: str, maximum: Decimal | None) -> Converter:
    """A converter to whole hundredths from 0 to ``maximum`` (None: to the largest number that the tables hold)."""
    number = number_of(decimal_mark)

    def convert(cell: Cell) -> Converted:
        value, rule = number(cell)
        if value is None:
            return None, rule
        if value < 0 or value > (_LARGEST_SCORE if maximum is None else maximum):
            return None, "score_out_of_range"
        scaled = value * 100
        return (int(scaled), None) if scaled == int(scaled) else (None, "number_invalid")

    return convert


def level(cell: Cell) -> Converted:
    """A level 0, 1, 2 or 3."""
    if cell is None or (isinstance(cell, str) and cell.strip().casefold() in load_vocabulary().missing):
        return None, None
    text = as_text(cell).strip()
    return (int(text), None) if text in ("0", "1", "2", "3") else (None, "level_out_of_range")


def date_of(date_order: str) -> Converter:
    """A converter to dates: ISO, day or month first as the column says, month names, Excel serials."""
    months = load_vocabulary().months
    numeric = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
    iso = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
    named = re.compile(r"(?:[^\W\d_]+,\s*)?(\d{1,2})[\s,.-]+([^\W\d_]+)\.?[\s,.-]+(\d{4})")

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, datetime):
            return cell.date(), None
        if isinstance(cell, date):
            return cell, None
        if isinstance(cell, float):
            low, high = _EXCEL_DAYS
            return (_EXCEL_EPOCH + timedelta(days=int(cell)), None) if low < cell < high else (None, "date_invalid")
        if is_missing(cell):
            return None, None
        text = as_text(cell).strip()
        if found := iso.fullmatch(text):
            return _date(int(found[1]), int(found[2]), int(found[3]))
        if found := numeric.fullmatch(text):
            first, second, year = (int(part) for part in found.groups())
            return _date(year, second, first) if date_order == "day_first" else _date(year, first, second)
        if (found := named.fullmatch(text)) and (month := months.get(found[2].casefold())):
            return _date(int(found[3]), month, int(found[1]))
        return None, "date_invalid"

    return convert


def _date(year: int, month: int, day: int) -> Converted:
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "date_invalid"


def split_title(cell: Cell) -> tuple[str, str | None]:
    """A title without the reviewer's remark, and the remark. The original stays in ``title_original``."""
    text = " ".join(as_text(cell).split())
    for pattern in load_vocabulary().title_notes:
        found = pattern.search(text)
        # Nothing but a remark is no title without one: it stays as it was sent.
        if found and (title := text[: found.start()].rstrip(" ….")):
            return title, found.group(0).strip(" ….()") or None
    return text, None


def title_key(title: str, unit_name: str | None) -> str:
    """What ties the same innovation together where no system gives it a number: title and unit, simplified.

    Capitals, spacing and punctuation do not count; the remark of a reviewer has been split off before.
    """
    return f"{simplified(title)}|{simplified(unit_name or '')}"
