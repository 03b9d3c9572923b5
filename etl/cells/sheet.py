"""A sheet of cells as it was read: nothing dropped, nothing typed, row numbers as in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import Any

Cell = str | float | date | datetime | None
"""Text as written, a number or a date where the file itself says so, or None for an empty cell."""


ERRORS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!")
)
"""What a cell shows whose formula failed; as text it is the same, so that a copy of values is no better."""


class Percent(str):
    """A number that the file shows as a percentage: its text is what people see (0.455 is `45.5%`)."""

    __slots__ = ()

    @classmethod
    def of(cls, share: float) -> Percent:
        """Return the cell of a stored number."""
        return cls(f"{share * 100:.13g}%")  # the product has less exact digits than the number


class Uncomputed(str):
    """A formula whose value the file does not hold: no program with formulas has saved it. Its text is the formula."""

    __slots__ = ()


@dataclass(frozen=True)
class Note:
    """Something of a file that is no cell of a sheet as it was read, and must be told."""

    rule: str
    row: int
    """from 1"""
    column: str
    """its letters, or what stands in their place"""
    text: str


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows[i]`` are the cells of the sheet's row ``i + 1``."""

    name: str
    rows: list[list[Cell]] = field(repr=False)
    is_hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """ranges shown as one cell: first row, first column, last row, last column, from 0, inclusive"""
    hidden_rows: frozenset[int] = frozenset()
    """rows that the file does not show, from 0"""
    hidden_columns: frozenset[int] = frozenset()
    """columns that the file does not show, from 0"""
    notes: tuple[Note, ...] = ()
    below: dict[int, list[Any]] = field(default_factory=dict, repr=False, compare=False)
    """header row -> the columns below it (`etl.cells.distinct_column`), kept for those who ask again"""

    @cached_property
    def columns(self) -> list[tuple[Cell, ...]]:
        """The same cells column by column, each as long as the sheet: most of the work is done on whole columns."""
        return list(zip_longest(*self.rows))

    def filled_rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Row number (from 1) and cells of every row that has a non-empty cell."""
        for number, row in enumerate(self.rows, start=1):
            # The first test settles nearly every row; only a row of zeros needs the second.
            if any(row) or any(cell is not None for cell in row):
                yield number, row


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal point, dates as ISO, an empty cell as the empty string."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None else _typed_as_text(cell)


@lru_cache(maxsize=10_000)
def _typed_as_text(cell: float | date | datetime) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
