"""Dates of one column: which of day and month comes first, and each text as the day that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from etl.cells.sheets import Cell, as_text
from etl.values.normalise import Converted, Converter, is_missing, load_vocabulary

_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: outside, a bare number in a date column is no date
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_LONGEST_DATE = 10  # of the numeric kind


def date_of(date_order: str) -> Converter:
    """A converter to dates: ISO, day or month first as the column says, month names, Excel serials."""
    months = load_vocabulary().months
    is_day_first = date_order == "day_first"
    low_serial, high_serial = _EXCEL_DAYS
    serial = re.compile(r"\d{5}")
    iso = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
    named = re.compile(r"(?:[^\W\d_]+,\s*)?(\d{1,2})[\s,.-]+([^\W\d_]+)\.?[\s,.-]+(\d{4})")

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, str) and (parts := _numeric_date(cell)):
            first, second, year = parts
            return _date(year, second, first) if is_day_first else _date(year, first, second)
        if isinstance(cell, datetime):
            return cell.date(), None
        if isinstance(cell, date):
            return cell, None
        if isinstance(cell, float):
            is_serial = low_serial < cell < high_serial
            return (_EXCEL_EPOCH + timedelta(days=int(cell)), None) if is_serial else (None, "date_invalid")
        if is_missing(cell):
            return None, None
        text = as_text(cell).strip()
        if serial.fullmatch(text) and low_serial < int(text) < high_serial:
            return _EXCEL_EPOCH + timedelta(days=int(text)), None
        if found := iso.fullmatch(text):
            return _date(int(found[1]), int(found[2]), int(found[3]))
        if (found := named.fullmatch(text)) and (month := months.get(found[2].casefold())):
            return _date(int(found[3]), month, int(found[1]))
        return None, "date_invalid"

    return convert


def _numeric_date(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a date written with numbers only, in the order of the text."""
    stripped = text.strip()
    return _numbers_of_date(stripped) if len(stripped) <= _LONGEST_DATE else None


@lru_cache(maxsize=10_000)
def _numbers_of_date(text: str) -> tuple[int, int, int] | None:
    # Columns of dates share theirs, and are looked at twice: for their order, then for their values.
    found = _NUMERIC_DATE.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _date(year: int, month: int, day: int) -> Converted:
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
