"""What is merged over several cells of a table stands in each of them."""

from __future__ import annotations

from collections.abc import Sequence

from etl.cells.sheets import Cell
from etl.tables.header_levels import Range

_MOST_CELLS = 5_000_000  # that the ranges of a sheet may cover together; beyond, they are no table's


def filled_rows(rows: Sequence[list[Cell]], merged: Sequence[Range], below: int) -> dict[int, list[Cell]]:
    """Return the rows that change where each range below the header's last row (`below`, from 0) is filled, by place.

    A row that is empty but for a range stays empty, and a text over half the width or more is a section's or a note's.
    """
    height, width = len(rows), max(map(len, rows), default=0)
    ranges = [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for top, left, bottom, right in merged
        if below < top < height and left < width
    ]
    if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in ranges) > _MOST_CELLS:
        return {}
    changed: dict[int, list[Cell]] = {}
    for top, left, bottom, right in ranges:
        value = rows[top][left] if left < len(rows[top]) else None
        columns = right - left + 1
        if value is None or (columns > 1 and 2 * columns >= width):
            continue
        for place in range(top, bottom + 1):
            row = rows[place]
            if not any(cell is not None for column, cell in enumerate(row) if not left <= column <= right):
                continue
            line = changed.setdefault(place, [*row, *[None] * (right + 1 - len(row))])
            for column in range(left, right + 1):
                if line[column] is None:
                    line[column] = value
    return changed
