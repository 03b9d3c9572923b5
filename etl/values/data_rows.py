"""The data rows of a sheet, column by column: which rows they are, and their original text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from json.encoder import encode_basestring

import polars as pl

from etl.cells.distinct_column import CellColumn, columns_below
from etl.cells.sheets import Cell, Sheet, as_text
from etl.layout.declared import Column, Match, header_text, simplified
from etl.tables.furniture import furniture_places, numbers_columns
from etl.tables.ready import ReadySheet, parts_of
from etl.tables.unit_blocks import filled_down
from etl.values.normalise import load_vocabulary

TOTALLED = ("innovation_list", "control_sheet", "jury_scores", "statements")
"""Kinds of files in which a row that begins with "Jumlah" states a total; in SPD answers it is an answer."""
_LONGEST_TOTAL_LABEL = 60


@dataclass(frozen=True)
class Table:
    """The data rows of a sheet: their numbers, and their cells column by column."""

    numbers: list[int]
    columns: Sequence[CellColumn]
    totals: list[tuple[int, list[Cell]]] = field(default_factory=list)
    """rows that state the total of the rows above them"""
    filled_units: dict[int, Cell] = field(default_factory=dict)
    """row number -> the unit that the first row of its block names"""

    def of(self, index: int) -> CellColumn:
        """One column; one that no row reaches is empty."""
        return self.columns[index] if index < len(self.columns) else CellColumn((None,) * len(self.numbers))

    def column(self, index: int) -> tuple[Cell, ...]:
        """The cells of one column."""
        return self.of(index).cells

    def where(self, index: int, broken: Mapping[Cell, str]) -> list[tuple[int, Cell]]:
        """Row number and cell of every cell that breaks a rule; most columns have none."""
        if not broken:
            return []
        cells = self.column(index)
        return list(compress(zip(self.numbers, cells, strict=True), map(broken.__contains__, cells)))


def table_of(match: Match) -> Table:
    """The rows that a layout reads: those of a table, or the one of a form."""
    return _form_row(match) if match.form else _data_rows(match)


def _form_row(match: Match) -> Table:
    """A form is one row: each label a column."""
    cells = [CellColumn((match.form[name].value,)) for name in match.columns]
    return Table([_record_row(match)], cells)


def _record_row(match: Match) -> int:
    first = match.form.get("title") or next(iter(match.form.values()))
    return first.row_number


def _data_rows(match: Match) -> Table:
    """The rows below the header that hold data: no totals, no header printed again, nothing of the footer."""
    known = known_columns(match)
    rows = match.sheet.rows[match.header_row :]
    below: Sequence[CellColumn] = columns_below(match.sheet, match.header_row)
    is_whole, is_printed = _whole_rows(match, below, len(rows)), _printed_again(match, known, below, len(rows))
    numbers = range(match.header_row + 1, match.header_row + 1 + len(rows))
    filled_units = _filled_units(match, below, is_whole, is_printed)
    if filled_units:
        below = _with_units(match, below, filled_units)
        is_whole = [whole or place in filled_units for place, whole in enumerate(is_whole)]
    named = {numbers[place]: unit for place, unit in filled_units.items()}
    numbering = _numbering_rows(rows, is_printed)
    doubtful = _doubtful_rows(is_whole, is_printed)
    if not doubtful and not numbering:
        return Table(list(numbers), below, filled_units=named)
    kept = [True] * len(rows)
    footer = _footer_row(match)
    totals: list[tuple[int, list[Cell]]] = []
    labels = load_vocabulary().totals if match.layout.kind in TOTALLED else frozenset()
    header = [simplified(match.headers[index]) for index in known]
    furniture = _furniture(match, rows, is_whole)
    for place in sorted({*doubtful, *numbering}):
        row, number = rows[place], numbers[place]
        kept[place] = False
        if place in numbering:
            continue
        # A row that is empty in every known column but not elsewhere is a footnote, and structural.
        if not is_whole[place] and not any(index < len(row) and row[index] is not None for index in known):
            continue
        if not is_whole[place] and _states_total(row, labels):
            totals.append((number, row))
        elif place in furniture:
            continue
        elif number < footer or is_whole[place]:
            kept[place] = not (is_printed[place] and _repeats(row, known, header))
    if all(kept):
        return Table(list(numbers), below, totals, named)
    columns = [CellColumn(tuple(compress(column.cells, kept))) for column in below]
    return Table(list(compress(numbers, kept)), columns, totals, named)


def _furniture(match: Match, rows: Sequence[list[Cell]], is_whole: list[bool]) -> set[int]:
    """The places of rows that lack something required and are no data."""
    lacking = [place for place, whole in enumerate(is_whole) if not whole]
    required = {match.columns[column.field] for column in match.layout.columns if _is_required(match, column)}
    made_column = match.sheet.made_column if isinstance(match.sheet, ReadySheet) else None
    has_totals = match.layout.kind in TOTALLED
    if not lacking or not required:
        return set()
    found: set[int] = set()
    for part in parts_of(match.sheet):  # each sheet of several has a footer of its own
        first, last = max(part.start - match.header_row, 0), part.end - match.header_row
        here = [place - first for place in lacking if first <= place < last]
        if here:
            width = match.filled_headers
            of_part = furniture_places(rows[first:last], here, required, width, made_column, has_totals=has_totals)
            found |= {place + first for place in of_part}
    return found


def _numbering_rows(rows: Sequence[list[Cell]], is_printed: list[bool]) -> set[int]:
    """The places of the rows that number the columns, right under the header and where it is printed again."""
    under = {0, 1, *(place + 1 for place, printed in enumerate(is_printed) if printed)}
    return {place for place in under if place < len(rows) and numbers_columns(rows[place])}


def _filled_units(
    match: Match, below: Sequence[CellColumn], is_whole: list[bool], is_printed: list[bool]
) -> dict[int, Cell]:
    """Place -> unit of the rows that lack nothing but their unit, where it stands on the first row of a block only."""
    index = match.columns.get("unit_name")
    if index is None or index >= len(below) or below[index].is_filled:
        return {}
    others = [
        match.columns[column.field]
        for column in match.layout.columns
        if _is_required(match, column) and column.field != "unit_name"
    ]
    if "title" not in match.columns or not others or max(others) >= len(below):
        return {}
    columns = [below[place].cells for place in {*others, match.columns["title"]}]
    is_data = [
        (whole or None not in cells) and not printed
        for whole, printed, cells in zip(is_whole, is_printed, zip(*columns, strict=True), strict=True)
    ]
    return filled_down(below[index].cells, is_data) or {}


def _with_units(match: Match, below: Sequence[CellColumn], units: Mapping[int, Cell]) -> list[CellColumn]:
    index = match.columns["unit_name"]
    cells = tuple(units.get(place, cell) for place, cell in enumerate(below[index].cells))
    return [CellColumn(cells) if place == index else column for place, column in enumerate(below)]


def _doubtful_rows(is_whole: list[bool], is_printed: list[bool]) -> list[int]:
    """The places of the rows that may not be data: something required is missing, or they look like the header."""
    if all(is_whole) and not any(is_printed):
        return []
    return [place for place, whole in enumerate(is_whole) if not whole or is_printed[place]]


def _whole_rows(match: Match, below: Sequence[CellColumn], height: int) -> list[bool]:
    """Whether a row has something in every required column, so that a footer's words cannot swallow it."""
    required = [match.columns[column.field] for column in match.layout.columns if _is_required(match, column)]
    if not required or max(required) >= len(below):
        return [False] * height
    open_columns = [below[index].cells for index in required if not below[index].is_filled]
    if not open_columns:
        return [True] * height
    return [None not in cells for cells in zip(*open_columns, strict=True)]


def _printed_again(match: Match, known: list[int], below: Sequence[CellColumn], height: int) -> list[bool]:
    """Whether the first known cell of a row is that of the header, as where the header is printed on every page."""
    first = known[0]
    column = below[first] if first < len(below) else CellColumn((None,) * height)
    printed = match.headers[first].casefold()
    texts = {cell for cell in column.distinct if isinstance(cell, str) and header_text(cell).casefold() == printed}
    return [cell in texts for cell in column.cells] if texts else [False] * height


def _repeats(row: list[Cell], known: list[int], header: list[str]) -> bool:
    texts = [simplified(header_text(row[index])) if index < len(row) else "" for index in known]
    return texts == header


def _is_required(match: Match, column: Column) -> bool:
    return column.required and column.field in match.columns


def _footer_row(match: Match) -> int:
    """The first row of the footer; beyond the last row where there is none."""
    rows = match.sheet.rows
    if match.layout.footer:
        pattern = re.compile(match.layout.footer, re.IGNORECASE)
        for number, row in enumerate(rows[match.header_row :], start=match.header_row + 1):
            if any(isinstance(cell, str) and pattern.match(cell.strip()) for cell in row):
                return number
    return len(rows) + 1


def _states_total(row: list[Cell], labels: frozenset[str]) -> bool:
    first = next((cell for cell in row if cell is not None), None)
    if not labels or not isinstance(first, str) or len(first) > _LONGEST_TOTAL_LABEL:
        return False
    return re.sub(r"[\d ]+$", "", simplified(first)) in labels


def known_columns(match: Match) -> list[int]:
    """The columns that the layout reads."""
    places = (match.columns, match.levels, match.documents, match.years)
    return sorted({index for columns in places for index in columns.values()})


_MANY = 300  # rows from which whole columns are written faster than single cells


def originals(sheet: Sheet, header_row: int = 0) -> tuple[list[int], pl.Series]:
    """Number of each non-empty row, and the row as a JSON array of its cells' texts.

    The rows below ``header_row`` are written column by column, where there are many.
    """
    width = len(sheet.columns)
    if len(sheet.rows) < _MANY or not width or any(len(row) != width for row in sheet.rows):
        numbers = [number for number, _ in sheet.filled_rows()]
        return numbers, pl.Series([_line(sheet.rows[number - 1]) for number in numbers], dtype=pl.String)
    below = columns_below(sheet, header_row)
    texts = pl.DataFrame([column.quoted.alias(str(place)) for place, column in enumerate(below)])
    line = '","'.join(["{}"] * len(below))
    lines = texts.select(pl.format(f'["{line}"]', *texts.columns)).to_series()
    above = pl.Series([_line(row) for row in sheet.rows[:header_row]], dtype=pl.String)
    everything = pl.concat([above, lines.alias("")])
    numbers = _filled_numbers(sheet, header_row, below)
    if len(numbers) == len(everything):
        return numbers, everything
    return numbers, everything[pl.Series(numbers, dtype=pl.UInt32) - 1]


def _filled_numbers(sheet: Sheet, header_row: int, below: Sequence[CellColumn]) -> list[int]:
    """The number of each non-empty row; a column without an empty cell settles all rows below the header."""
    if not any(column.is_filled for column in below):
        return [number for number, _ in sheet.filled_rows()]
    head = Sheet(sheet.name, sheet.rows[:header_row])
    return [*(number for number, _ in head.filled_rows()), *range(header_row + 1, len(sheet.rows) + 1)]


def _line(row: Sequence[Cell]) -> str:
    texts = [encode_basestring(cell) if type(cell) is str else _quoted(cell) for cell in row]
    return f"[{','.join(texts)}]"


@lru_cache(maxsize=10_000)
def _quoted(cell: Cell) -> str:
    """A cell as a JSON text; the same few numbers and days stand in many rows."""
    return encode_basestring(as_text(cell))
