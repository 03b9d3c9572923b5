"""Dates of one column: which of day and month comes first, and each text as the day that it names.

A text that names no day (`Maret 2024`, `2024`) is no date: none is invented.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

from etl.cells.sheets import Cell
from etl.values.cleaned import typed_text
from etl.values.normalise import Converted, Converter, is_missing, load_vocabulary

_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: outside, a bare number in a date column is no date
_YEARS = (1954, 2119)
"""Years of a date written as one number, as 20240323."""
_LONGEST_DATE = 60
_PART = r"\s*[/.\-–]\s*|\s+"
_TIME = re.compile(
    r"(?<=\d)(?:\s*T|\s*,?\s)\s*(?:(?:pukul|jam|pkl\.?)\s*)?\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?"
    r"\s*(?:[ap]\.?m\.?|wib|wita|wit|z|utc|gmt|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_NUMERIC = re.compile(rf"(\d{{1,2}})(?:{_PART})(\d{{1,2}})(?:{_PART})['’]?(\d{{4}}|\d{{2}})")
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:{_PART})(\d{{1,2}})(?:{_PART})(\d{{1,2}})")
_IN_ONE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?")
_BETWEEN = r"[\s,./–-]+"
_WORD = r"([^\W\d_]+)"
_YEAR = r"['’]?(\d{4}|\d{2})"
_DAY_MONTH_YEAR = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?{_BETWEEN}{_WORD}{_BETWEEN}{_YEAR}")
_JOINED = re.compile(rf"(\d{{1,2}}){_WORD}(\d{{4}}|\d{{2}})")
_MONTH_DAY_YEAR = re.compile(rf"{_WORD}{_BETWEEN}(\d{{1,2}})(?:st|nd|rd|th)?{_BETWEEN}(\d{{4}})")
_YEAR_MONTH_DAY = re.compile(rf"(\d{{4}}){_BETWEEN}{_WORD}{_BETWEEN}(\d{{1,2}})")
_WITHOUT_DAY = re.compile(
    rf"(?:(?P<word>[^\W\d_]+){_BETWEEN})?['’]?\d{{4}}|\d{{1,2}}\s*[/.-]\s*\d{{4}}|\d{{4}}\s*[/.-]\s*\d{{1,2}}"
)


@dataclass(frozen=True)
class _Words:
    months: dict[str, int]
    prefix: re.Pattern[str]
    first_century_year: int


@cache
def _words() -> _Words:
    vocabulary = load_vocabulary()
    named = "|".join(map(re.escape, sorted(vocabulary.date_prefixes, key=len, reverse=True)))
    # A weekday, or the town that a letter is dated from, stands before a comma.
    prefix = re.compile(rf"(?:(?:[^\W\d_]+\s){{0,2}}[^\W\d_]+,\s*)?(?:(?:{named})\b[.:]?\s*)*(?=[^\W_])", re.IGNORECASE)
    return _Words(vocabulary.months, prefix, vocabulary.two_digit_years_from)


def date_of(date_order: str) -> Converter:
    """Return a converter to dates: numbers in the column's order, year first, month names, Excel serials."""
    is_day_first = date_order == "day_first"
    low_serial, high_serial = _EXCEL_DAYS

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, str):
            if parts := _numeric_date(cell):
                first, second, year = parts
                return _date(year, second, first) if is_day_first else _date(year, first, second)
            if is_missing(cell):
                return None, None
            found = _written_date(cell)
            return (found, None) if found is not None else (None, "date_invalid")
        if isinstance(cell, datetime):
            return cell.date(), None
        if isinstance(cell, float):
            if low_serial < cell < high_serial:
                return _EXCEL_EPOCH + timedelta(days=int(cell)), None
            if cell.is_integer() and (found := _in_one_number(str(int(cell)))):
                return found, None
            return None, "date_invalid"
        return cell, None

    return convert


def names_no_day(text: str) -> bool:
    """Return whether a text names a month or a year and no day (`Maret 2024`, `03/2024`, `2024`)."""
    found = _WITHOUT_DAY.fullmatch(_bare(text)) if len(text) <= _LONGEST_DATE else None
    return found is not None and (found["word"] is None or _month_of(found["word"]) is not None)


def _month_of(word: str) -> int | None:
    return _words().months.get(word.casefold())


def _bare(text: str) -> str:
    """The text of a date without invisible characters, the time of day and the words before it."""
    plain = _TIME.sub("", typed_text(text)).strip(" .,;")
    return plain if plain[:1].isdigit() and "," not in plain else _words().prefix.sub("", plain, count=1)


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    first = _words().first_century_year
    year = first - first % 100 + int(digits)
    return year if year >= first else year + 100


def _written_date(cell: str) -> date | None:
    """The day of a text whose order needs no column: year first, or the month as a word, or a number of days."""
    if len(cell) > _LONGEST_DATE:
        return None
    text = _bare(cell)
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))[0]
    if found := _SERIAL.fullmatch(text):
        days = int(found[1])
        return _EXCEL_EPOCH + timedelta(days=days) if _EXCEL_DAYS[0] < days < _EXCEL_DAYS[1] else None
    if in_one := _in_one_number(text):
        return in_one
    if (found := _DAY_MONTH_YEAR.fullmatch(text) or _JOINED.fullmatch(text)) and (month := _month_of(found[2])):
        return _date(_full_year(found[3]), month, int(found[1]))[0]
    if (found := _MONTH_DAY_YEAR.fullmatch(text)) and (month := _month_of(found[1])):
        return _date(int(found[3]), month, int(found[2]))[0]
    if (found := _YEAR_MONTH_DAY.fullmatch(text)) and (month := _month_of(found[2])):
        return _date(int(found[1]), month, int(found[3]))[0]
    return None


def _in_one_number(text: str) -> date | None:
    found = _IN_ONE.fullmatch(text)
    if found is None or not _YEARS[0] <= int(found[1]) <= _YEARS[1]:
        return None
    return _date(int(found[1]), int(found[2]), int(found[3]))[0]


def _numeric_date(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a date written with numbers only, in the order of the text; the year in full."""
    return _numbers_of_date(text) if len(text) <= _LONGEST_DATE else None


@lru_cache(maxsize=10_000)
def _numbers_of_date(text: str) -> tuple[int, int, int] | None:
    # Columns of dates share theirs, and are looked at twice: for their order, then for their values.
    found = _NUMERIC.fullmatch(text) or _NUMERIC.fullmatch(_bare(text))
    return None if found is None else (int(found[1]), int(found[2]), _full_year(found[3]))


def _date(year: int, month: int, day: int) -> tuple[date | None, str | None]:
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "date_invalid"


def date_order_of(cells: Sequence[Cell], declared: str) -> tuple[str, str | None]:
    """Whether a column's dates have the day or the month first, and the rule that holds the file where it is open.

    A number over 12 decides. Where a layout states the order, a column that speaks against it more often than for it
    holds the file; where it leaves the order to evidence, a column without any does.
    """
    dates = {cell: found for cell in set(cells) if isinstance(cell, str) and (found := _numeric_date(cell))}
    months_first = {cell for cell, (first, second, _) in dates.items() if second > 12 >= first}
    days_first = {cell for cell, (first, second, _) in dates.items() if first > 12 >= second}
    if declared != "evidence" and not (months_first if declared == "day_first" else days_first):
        return declared, None
    counts = Counter(cells)
    day_first, month_first = (sum(counts[cell] for cell in found) for found in (days_first, months_first))
    if declared != "evidence":
        for_it, against = (day_first, month_first) if declared == "day_first" else (month_first, day_first)
        return declared, "date_order_contradicted" if against > for_it else None
    if day_first == month_first:
        is_open = day_first > 0 or any(first != second for first, second, _ in dates.values())
        return "day_first", "date_order_open" if is_open else None
    return ("day_first" if day_first > month_first else "month_first"), None
