"""One unit through the tree: its score and place at the index, at every node, and at every indicator."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from narwhals.typing import IntoDataFrame, IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex, ranks_of
from iga.composite.table import IndicatorTable, frame_of
from iga.errors import IndicatorTableInvalid


def unit_summary(index: CompositeIndex[IntoDataFrameT], unit: Hashable) -> IntoDataFrameT:
    """Return the index, its nodes and indicators for one unit, from the top of the tree down.

    Columns: element, parent (null for the index), depth (0 for the index), weight (share among siblings), score (of
    indicators: normalised), rank (1 for the best), ranked_count (units that have a score), median (over units). Score
    and rank are NaN where the unit has none. Raises IndicatorTableInvalid naming a unit that is not in the table.
    """
    place = place_of(index.scores, unit)
    hierarchy = index.hierarchy
    rows = [(code, depth) for code, depth in downwards(hierarchy)]
    columns = {code: index.scores.column(code) for code, _depth in rows}
    return frame_of(
        index.scores,
        {
            "element": [code for code, _depth in rows],
            "parent": [hierarchy.by_code[code].parent for code, _depth in rows],
            "depth": [depth for _code, depth in rows],
            "weight": [hierarchy.share(code) for code, _depth in rows],
            "score": np.array([columns[code][place] for code, _depth in rows]),
            "rank": np.array([ranks_of(columns[code])[place] for code, _depth in rows]),
            "ranked_count": [int((~np.isnan(columns[code])).sum()) for code, _depth in rows],
            "median": np.array([_median(columns[code]) for code, _depth in rows]),
        },
    )


def downwards(hierarchy: Hierarchy) -> list[tuple[str, int]]:
    """Return every element with its depth (0 for the index), each before what is below it."""
    order: list[tuple[str, int]] = []
    waiting = [(hierarchy.root, 0)]
    while waiting:
        code, depth = waiting.pop()
        order.append((code, depth))
        waiting += [(child, depth + 1) for child in reversed(hierarchy.children.get(code, ()))]
    return order


def place_of(table: IndicatorTable[IntoDataFrame], unit: Hashable) -> int:
    """Return the row of a unit. Raises IndicatorTableInvalid if it is not in the table."""
    if unit not in table.units:
        raise IndicatorTableInvalid(
            "there is no such unit in the table.",
            place="unit {unit}",
            fix="Known: {known}.",
            unit=unit,
            known=", ".join(map(str, table.units)),
        )
    return table.units.index(unit)


def _median(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    present = values[~np.isnan(values)]
    return float(np.median(present)) if present.size else float("nan")
