"""Sheets that bear one header are one list: one sheet per unit, or per kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from etl.cells.sheets import Cell, Sheet, as_text
from etl.tables.words import filled_places, load_words, looks_like_header, plain

_HEAD = 40
_YEAR = re.compile(r"(?:19|20)\d\d")

Header = tuple[str, ...]


def headers_of(sheet: Sheet) -> dict[Header, int]:
    """Return the rows that may be a sheet's header: texts for comparing -> row number."""
    found: dict[Header, int] = {}
    for number, row in enumerate(sheet.rows[:_HEAD], start=1):
        if looks_like_header(row):
            found.setdefault(_compared(row), number)
    return found


def _compared(row: Sequence[Cell]) -> Header:
    filled = filled_places(row)
    return tuple(plain(as_text(cell)) for cell in row[: filled[-1] + 1])


def groups_of(sheets: Sequence[Sheet]) -> list[tuple[list[int], Header]]:
    """Return the sheets that are parts of one list, by place, with the header that they share.

    Sheets of several years and copies of a sheet are no parts of one list.
    """
    headers = [headers_of(sheet) for sheet in sheets]
    holders: dict[Header, list[int]] = {}
    for place, found in enumerate(headers):
        for header in found:
            holders.setdefault(header, []).append(place)
    groups: list[tuple[list[int], Header]] = []
    taken: set[int] = set()
    for header, places in sorted(holders.items(), key=lambda held: -sum(map(bool, held[0]))):
        free = [place for place in places if place not in taken]
        if len(free) < 2:
            continue
        taken |= set(free)
        if _is_one_list([sheets[place] for place in free], [headers[place][header] for place in free]):
            groups.append((free, header))
    return groups


def _is_one_list(sheets: Sequence[Sheet], header_rows: Sequence[int]) -> bool:
    if any(load_words().copy.search(sheet.name) for sheet in sheets):
        return False
    years = {
        frozenset(_YEAR.findall(" ".join([sheet.name, *_texts_above(sheet, header_row)])))
        for sheet, header_row in zip(sheets, header_rows, strict=True)
    }
    return len(years - {frozenset()}) <= 1


def _texts_above(sheet: Sheet, header_row: int) -> list[str]:
    return [as_text(cell) for row in sheet.rows[: header_row - 1] for cell in row if isinstance(cell, str)]
