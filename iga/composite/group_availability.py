"""What data there are, by group: the share of values that the units of each group have, per element of the index."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.table import IndicatorTable, frame_of


def availability_of_groups(
    table: IndicatorTable[IntoDataFrameT], groups: Mapping[Hashable, Hashable]
) -> IntoDataFrameT:
    """Return what values the units of each group have: group, unit_count, available_count, available_share (0 to 1).

    `groups` gives the group of units; units without one are counted together, under null. Groups stand in the order in
    which the table has them.
    """
    of_units = [groups.get(unit) for unit in table.units]
    present = ~np.isnan(table.values)
    named = list(dict.fromkeys(of_units))
    members = [np.array([group == one for one in of_units]) for group in named]
    return frame_of(
        table,
        {
            "group": named,
            "unit_count": [int(is_member.sum()) for is_member in members],
            "available_count": [int(present[is_member].sum()) for is_member in members],
            "available_share": [float(present[is_member].mean()) for is_member in members],
        },
    )


def availability_of_nodes(table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy) -> IntoDataFrameT:
    """Return what values each unit has below every node: unit, element, available_count, available_share (0 to 1).

    A unit may have most of its values and yet none of one pillar, which its share of the whole hides.
    """
    rows: dict[str, list[Hashable]] = {name: [] for name in ("unit", "element", "available_count", "available_share")}
    for code in reversed(hierarchy.upwards):
        present = ~np.isnan(table.select(hierarchy.leaves_of(code)).values)
        for unit, has_value in zip(table.units, present, strict=True):
            figures = (unit, code, int(has_value.sum()), float(has_value.mean()))
            for column, figure in zip(rows, figures, strict=True):
                rows[column].append(figure)
    return frame_of(table, rows)
