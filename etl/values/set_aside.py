"""What can be read of rows that are set aside: one unreadable cell costs the row, the other cells still say much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from etl import contracts
from etl.layout.declared import Layout

Place = tuple[str, int]
"""Sheet and row of a file."""


def holds_innovations(layout: Layout) -> bool:
    """Return whether each row of such a file is one innovation: not its evidence, its answers, a unit or a juror."""
    return layout.kind == "innovation_list" and layout.grain == "row"


def set_aside_rows(
    numbers: Sequence[int],
    places: Sequence[Place],
    records: Mapping[str, Sequence[Any]],
    unread: Collection[int],
    unplaced: Collection[Place],
) -> pl.DataFrame:
    """Return the rows that are set aside (`contracts.SetAsideRecord`): where each stands, and what was read of it.

    `numbers` and `records` are those of the rows, `places` their sheets and rows. Of a row in `unread`, whose cells are
    not believed, nothing but its place is kept. `unplaced` are the rows whose stage or status could not be read: it is
    not known whether they are scored.
    """
    named = {name: list(column) for name, column in records.items() if name not in ("row_number", "match_key")}
    is_believed = [number not in unread for number in numbers]
    columns: dict[str, list[Any]] = {
        name: [value if believed else None for value, believed in zip(column, is_believed, strict=True)]
        for name, column in named.items()
    }
    columns["title"] = [title or None for title in columns.get("title", [None] * len(numbers))]
    columns |= {"read_as": list(numbers), "sheet": [sheet for sheet, _ in places]}
    columns["is_scored_unknown"] = [
        place in unplaced or not believed for place, believed in zip(places, is_believed, strict=True)
    ]
    columns["row_number"] = [row for _, row in places]
    kept = {name: columns[name] for name in contracts.SetAsideRecord.column_names() if name in columns}
    return contracts.checked(contracts.SetAsideRecord, kept)
