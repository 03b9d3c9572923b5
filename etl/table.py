"""The data rows of a sheet, column by column: which rows they are, and each column's distinct cells.

A file has few distinct cells beside its titles: each is converted once, and the rows take their value by its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from json.encoder import encode_basestring

import polars as pl

from etl.cells import Cell, Sheet, as_text
from etl.layout import Column, Match, header_text, simplified
from etl.normalise import load_vocabulary

TOTALLED = ("innovation_list", "control_sheet", "jury_scores", "statements")
"""Kinds of files in which a row that begins with "Jumlah" states a total; in SPD answers it is an answer."""
_LONGEST_TOTAL_LABEL = 60


@dataclass(frozen=True)
class CellColumn:
    """The cells of one column; its distinct cells and each row's place among them are found when first asked for."""

    cells: tuple[Cell, ...]

    @cached_property
    def counted(self) -> pl.Series | None:
        """The cells as places in a table, where all are small whole numbers, as points and levels are; else None."""
        if not self.cells or set(map(type, self.cells)) != {float}:
            return None
        numbers = pl.Series(self.cells, dtype=pl.Float64)
        whole = numbers.cast(pl.UInt16, strict=False)
        # Null where a number is below 0, too large or none; unequal where it has decimals.
        return None if whole.has_nulls() or not (whole == numbers).all() else whole

    @cached_property
    def distinct(self) -> tuple[Cell, ...]:
        """Each cell once, in the order of the rows."""
        if self.counted is not None:
            return tuple(map(float, self.counted.unique(maintain_order=True).to_list()))
        return tuple(dict.fromkeys(self.cells))

    @cached_property
    def places(self) -> pl.Series:
        """For each row the place of its cell in `distinct`."""
        place_of = {cell: place for place, cell in enumerate(self.distinct)}
        return pl.Series(list(map(place_of.__getitem__, self.cells)), dtype=pl.UInt32)

    def taken(self, values: Sequence[object], dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
        """The value of each row, of one value per distinct cell."""
        if not self.cells:
            return pl.Series([], dtype=dtype)
        if self.counted is None:
            return pl.Series(values, dtype=dtype)[self.places]
        value_of = dict(zip(self.distinct, values, strict=True))
        by_number = [value_of.get(number) for number in range(int(max(value_of)) + 1)]  # type: ignore[type-var,arg-type]
        return pl.Series(by_number, dtype=dtype).gather(self.counted)

    def encoded(self) -> pl.Series:
        """Each cell as a JSON text."""
        if self.counted is not None:
            return pl.DataFrame(self.counted).select(pl.format('"{}"', pl.all())).to_series()
        if set(map(type, self.cells)) == {str}:
            return pl.Series(list(map(encode_basestring, self.cells)), dtype=pl.String)  # type: ignore[arg-type]
        return self.taken([encode_basestring(as_text(cell)) for cell in self.distinct], pl.String)


@dataclass(frozen=True)
class Table:
    """The data rows of a sheet: their numbers, and their cells column by column."""

    numbers: list[int]
    columns: Sequence[CellColumn]
    below: Sequence[CellColumn] = ()
    """the columns with all rows below the header"""
    totals: list[tuple[int, list[Cell]]] = field(default_factory=list)
    """rows that state the total of the rows above them"""

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
        return [(number, cell) for number, cell in zip(self.numbers, self.column(index), strict=True) if cell in broken]


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
    below = [cells[match.header_row :] for cells in match.sheet.columns]
    is_whole, is_printed = _whole_rows(match, below, len(rows)), _printed_again(match, known, below, len(rows))
    footer = _footer_row(match)
    totals: list[tuple[int, list[Cell]]] = []
    labels = load_vocabulary().totals if match.layout.kind in TOTALLED else frozenset()
    header = [simplified(match.headers[index]) for index in known]
    kept = [whole and not printed for whole, printed in zip(is_whole, is_printed, strict=True)]
    for place in [place for place, is_kept in enumerate(kept) if not is_kept]:
        row, number = rows[place], match.header_row + 1 + place
        # A row that is empty in every known column but not elsewhere is a footnote, and structural.
        if not is_whole[place] and not any(index < len(row) and row[index] is not None for index in known):
            continue
        if not is_whole[place] and _states_total(row, labels):
            totals.append((number, row))
        elif number < footer or is_whole[place]:
            kept[place] = not (is_printed[place] and _repeats(row, known, header))
    numbers = list(compress(range(match.header_row + 1, match.header_row + 1 + len(rows)), kept))
    columns = [CellColumn(cells) for cells in below]
    if len(numbers) == len(rows):
        return Table(numbers, columns, columns, totals)
    return Table(numbers, [CellColumn(tuple(compress(cells, kept))) for cells in below], columns, totals)


def _whole_rows(match: Match, below: Sequence[tuple[Cell, ...]], height: int) -> list[bool]:
    """Whether a row has something in every required column, so that a footer's words cannot swallow it."""
    required = [match.columns[column.field] for column in match.layout.columns if _is_required(match, column)]
    if not required or max(required) >= len(below):
        return [False] * height
    return [None not in cells for cells in zip(*(below[index] for index in required), strict=True)]


def _printed_again(match: Match, known: list[int], below: Sequence[tuple[Cell, ...]], height: int) -> list[bool]:
    """Whether the first known cell of a row is that of the header, as where the header is printed on every page."""
    first = known[0]
    cells = below[first] if first < len(below) else (None,) * height
    printed = match.headers[first].casefold()
    texts = {cell for cell in set(cells) if isinstance(cell, str) and header_text(cell).casefold() == printed}
    return [cell in texts for cell in cells] if texts else [False] * height


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


def originals(
    sheet: Sheet, header_row: int = 0, below: Sequence[CellColumn] | None = None
) -> tuple[list[int], pl.Series]:
    """Number of each non-empty row, and the row as a JSON array of its cells' texts.

    ``below`` are the columns under ``header_row`` where they are known already.
    """
    numbers = [number for number, _ in sheet.filled_rows()]
    width = len(sheet.columns)
    if any(len(row) != width for row in sheet.rows) or not width:
        return numbers, pl.Series([_line(sheet.rows[number - 1]) for number in numbers], dtype=pl.String)
    above = pl.Series([_line(row) for row in sheet.rows[:header_row]], dtype=pl.String)
    columns = below if below else [CellColumn(cells[header_row:]) for cells in sheet.columns]
    texts = pl.DataFrame([column.encoded().alias(str(place)) for place, column in enumerate(columns)])
    lines = texts.select(pl.format("[{}]", pl.concat_str(pl.all(), separator=","))).to_series()
    everything = pl.concat([above, lines.alias("")])
    places = pl.Series(numbers, dtype=pl.UInt32) - 1
    return numbers, everything if len(numbers) == len(everything) else everything[places]


def _line(row: Sequence[Cell]) -> str:
    return f"[{','.join([encode_basestring(as_text(cell)) for cell in row])}]"
