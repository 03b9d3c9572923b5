"""The cells of one column below the header: its distinct cells, and a value for each row from one per distinct cell.

A file has few distinct cells beside its titles: each is converted once, and the rows take their value by its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.cells.sheet import Cell, Sheet, as_text

_FEW = 1_000  # distinct numbers, of which to make the texts costs less than those of all rows
_SHORT = 500  # rows up to which a value is looked up sooner for each than arrays are made of them


@dataclass(frozen=True)
class CellColumn:
    """The cells of one column; what is told of them is found when first asked for."""

    cells: tuple[Cell, ...]

    @cached_property
    def counted(self) -> npt.NDArray[np.uint16] | None:
        """The cells as places in a table, where all are small whole numbers, as points and levels are; else None.

        Of few rows it is None too: nothing is gained there.
        """
        if len(self.cells) <= _SHORT or type(self.cells[0]) is not float:
            return None
        try:
            written = pl.Series(self.cells, dtype=pl.Float64)
        except TypeError:  # a text or a date among them
            return None
        if written.has_nulls():
            return None
        numbers = written.to_numpy()
        with np.errstate(invalid="ignore"):
            whole = numbers.astype(np.uint16)
        # Unequal where a number is below 0, too large, none, or has decimals.
        return whole if bool((whole == numbers).all()) else None

    @cached_property
    def is_filled(self) -> bool:
        """Whether no cell is empty."""
        return self.counted is not None or None not in self.cells

    @cached_property
    def distinct(self) -> tuple[Cell, ...]:
        """Each cell once; in the order of the rows where all of them differ."""
        if self.counted is None:
            return tuple(dict.fromkeys(self.cells))
        found = np.flatnonzero(np.bincount(self.counted))
        return tuple(map(float, found.tolist())) if len(found) < len(self.cells) else self.cells

    @cached_property
    def places(self) -> pl.Series:
        """For each row the place of its cell in `distinct`; of small whole numbers the cell itself."""
        if self.counted is not None:
            return pl.Series(self.counted, dtype=pl.UInt32)
        place_of = {cell: place for place, cell in enumerate(self.distinct)}
        return pl.Series(list(map(place_of.__getitem__, self.cells)), dtype=pl.UInt32)

    def taken(self, values: Sequence[object], dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
        """The value of each row, of one value per distinct cell."""
        if not self.cells:
            return pl.Series([], dtype=dtype)
        if self.counted is None and len(self.cells) <= _SHORT:
            taken = dict(zip(self.distinct, values, strict=True))
            return pl.Series([taken[cell] for cell in self.cells], dtype=dtype)
        if self.counted is None:
            return pl.Series(values, dtype=dtype)[self.places]
        value_of = dict(zip(self.distinct, values, strict=True))
        by_number = [value_of.get(number) for number in range(int(max(value_of)) + 1)]  # type: ignore[type-var,arg-type]
        return pl.Series(by_number, dtype=dtype)[self.places]

    @cached_property
    def quoted(self) -> pl.Series:
        """What stands between the quotation marks where a cell is written as a JSON text."""
        distinct = self.distinct
        if self.counted is not None and len(distinct) > _FEW:
            return pl.Series(self.counted)
        texts = [cell for cell in distinct if isinstance(cell, str)]
        if len(texts) == len(distinct) - (None in distinct) and _is_plain("".join(texts)):
            cells = self.cells if len(texts) == len(distinct) else ["" if cell is None else cell for cell in self.cells]
            return pl.Series(cells, dtype=pl.String)
        return self.taken([encode_basestring(as_text(cell))[1:-1] for cell in distinct], pl.String)


def _is_plain(text: str) -> bool:
    """Whether a text stands in JSON as it is: no quotation mark, no backslash, no control character."""
    return '"' not in text and "\\" not in text and text.isprintable()


def columns_below(sheet: Sheet, header_row: int) -> list[CellColumn]:
    """The columns of a sheet with all rows below its header; made once, since several steps look at them."""
    if header_row not in sheet.below:
        sheet.below[header_row] = [CellColumn(cells[header_row:]) for cells in sheet.columns]
    return sheet.below[header_row]
