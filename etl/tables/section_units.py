"""Rows that name a unit over its innovations: where no column says the unit, they do."""

from __future__ import annotations

from collections.abc import Sequence

from etl.cells.sheets import Cell
from etl.tables.words import filled_places, load_words, unnumbered


def unit_column(header: Sequence[Cell]) -> int | None:
    """Return the column whose header names units."""
    words = load_words()
    return next(
        (place for place, cell in enumerate(header) if isinstance(cell, str) and words.unit_header.search(cell)), None
    )


def section_unit(row: Sequence[Cell]) -> str | None:
    """Return the unit that a row names where it holds nothing else."""
    filled = filled_places(row)
    texts = [cell for cell in (row[place] for place in filled) if isinstance(cell, str)]
    # "A. | Dinas Kesehatan": the letter may stand in a column of its own.
    if not texts or len(filled) > 2 or (len(filled) == 2 and len(str(row[filled[0]]).strip(" .)")) > 4):
        return None
    text = unnumbered(texts[-1])
    return text if load_words().unit.match(text) else None


def units_by_section(rows: Sequence[Sequence[Cell]], header: int) -> dict[int, str] | None:
    """Return the unit of each row of the table, by place, as the section rows above it name it.

    None where a row stands under no section, or there is none.
    """
    width = len(filled_places(rows[header]))
    units: dict[int, str] = {}
    current: str | None = None
    for place in range(header + 1, len(rows)):
        row = rows[place]
        count = len(filled_places(row))
        if count <= 2 and (unit := section_unit(row)) is not None:
            current = unit
        elif 2 * count > width and any(isinstance(cell, str) for cell in row) and row != rows[header]:
            if current is None:
                return None
            units[place] = current
    return units or None
