"""Indices side by side: both ranks of every unit and the shift, and what leaving an element out would change."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.correlation import correlation_of
from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex, Recipe, build_index
from iga.composite.table import IndicatorTable, Values, frame_of
from iga.errors import MethodRefused, RuleProblem


def compare_ranks(indices: Mapping[str, CompositeIndex[IntoDataFrameT]]) -> IntoDataFrameT:
    """Return the rank of every unit under each index, and how far it moves from the first.

    Units are matched by name, in the order of the first index and then of those that only others have; a unit that an
    index lacks has no rank there. Columns: unit; for the index at place n (1, 2, ...) `score_n`, `rank_n`, and from the
    second on `shift_n`: places gained against the first (positive: better). Ranks are those among the units of each
    index. Raises MethodRefused for fewer than two.
    """
    if len(indices) < 2:
        raise MethodRefused(
            "there are {count} indices.", place="comparison", fix="Name at least two.", count=len(indices)
        )
    built = list(indices.values())
    units = list(dict.fromkeys(unit for index in built for unit in index.scores.units))
    columns: dict[str, list[Hashable] | Values] = {built[0].scores.unit_column: units}
    first = np.empty(0)
    for number, index in enumerate(built, start=1):
        ranks = _for_units(index, units, index.ranks)
        columns[f"score_{number}"] = _for_units(index, units, index.index)
        columns[f"rank_{number}"] = ranks
        if number == 1:
            first = ranks
        else:
            columns[f"shift_{number}"] = first - ranks
    return frame_of(built[0].scores, columns)


def compare_indices(indices: Mapping[str, CompositeIndex[IntoDataFrameT]]) -> IntoDataFrameT:
    """Return every pair of indices once, over the units that both rank.

    Columns: index_1, index_2, count, spearman, kendall (of the scores), mean_shift and max_shift (places, absolute).
    """
    names, built = list(indices), list(indices.values())
    rows: dict[str, list[Hashable]] = {
        name: [] for name in ("index_1", "index_2", "count", "spearman", "kendall", "mean_shift", "max_shift")
    }
    for one in range(len(built)):
        for other in range(one + 1, len(built)):
            units = [unit for unit in built[one].scores.units if unit in set(built[other].scores.units)]
            x, y = (_for_units(index, units, index.index) for index in (built[one], built[other]))
            shift = np.abs(
                *np.diff([_for_units(index, units, index.ranks) for index in (built[one], built[other])], axis=0)
            )
            shift = shift[~np.isnan(shift)]
            figures = (
                names[one],
                names[other],
                len(shift),
                correlation_of(x, y, "spearman", 3)[0],
                correlation_of(x, y, "kendall", 3)[0],
                float(shift.mean()) if shift.size else float("nan"),
                float(shift.max()) if shift.size else float("nan"),
            )
            for column, figure in zip(rows, figures, strict=True):
                rows[column].append(figure)
    return frame_of(built[0].scores, rows)


def remove_elements(
    table: IndicatorTable[IntoDataFrameT],
    hierarchy: Hierarchy,
    recipe: Recipe | None = None,
    *,
    elements: Sequence[str] | None = None,
) -> tuple[IntoDataFrameT, IntoDataFrameT]:
    """Return what changes when one element at a time is left out of the index: a summary, and every unit.

    `elements` are indicators or nodes (otherwise every one below the index); the weights of the others count
    relatively, as they do in the hierarchy. The summary has element, is_possible, reason (why it is not, else empty),
    changed_count (units whose rank moves), mean_shift, max_shift (places, absolute), most_shifted (unit). The second
    frame has element, unit, score, rank, shift (places gained without the element; positive: better), for the elements
    that can be left out.
    """
    chosen = [node.code for node in hierarchy.nodes if node.parent is not None] if elements is None else list(elements)
    full = build_index(table, hierarchy, recipe)
    summary: dict[str, list[Hashable]] = {
        name: []
        for name in ("element", "is_possible", "reason", "changed_count", "mean_shift", "max_shift", "most_shifted")
    }
    details: dict[str, list[Hashable]] = {name: [] for name in ("element", "unit", "score", "rank", "shift")}
    for code in chosen:
        try:
            without = build_index(table, hierarchy.without(code), recipe)
        except RuleProblem as problem:  # an index may not stand without its only pillar, nor a recipe without a target
            figures: tuple[Hashable, ...] = (code, False, str(problem), None, None, None, None)
        else:
            shift = full.ranks - without.ranks
            for place, unit in enumerate(table.units):
                row = (code, unit, float(without.index[place]), float(without.ranks[place]), float(shift[place]))
                for column, figure in zip(details, row, strict=True):
                    details[column].append(figure)
            figures = (code, True, "", *_shifts(shift, table))
        for column, figure in zip(summary, figures, strict=True):
            summary[column].append(figure)
    return frame_of(table, summary), frame_of(table, details)


def _shifts(shift: Values, table: IndicatorTable[IntoDataFrameT]) -> tuple[Hashable, ...]:
    known = np.abs(shift[~np.isnan(shift)])
    if not known.size:
        return (None, None, None, None)
    largest = int(np.nanargmax(np.abs(shift)))
    most = str(table.units[largest]) if known.max() > 0 else None
    return int((known > 0).sum()), float(known.mean()), float(known.max()), most


def _for_units(index: CompositeIndex[IntoDataFrameT], units: Sequence[Hashable], values: Values) -> Values:
    places = {unit: place for place, unit in enumerate(index.scores.units)}
    return np.array([values[places[unit]] if unit in places else np.nan for unit in units])
