"""Strengths and weaknesses of a unit: the indicators on which it stands highest and lowest among all units."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable
from functools import cache
from importlib.resources import files

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.hierarchy import Hierarchy
from iga.composite.index import CompositeIndex, ranks_of
from iga.composite.rounding_noise import is_constant, without_rounding_noise
from iga.composite.table import IndicatorTable, Values, frame_of
from iga.composite.unit_summary import place_of


@cache
def profile_limits() -> dict[str, float]:
    """Return the limits of `unit_profile_limits.toml`."""
    text = files("iga.composite").joinpath("unit_profile_limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def strengths_and_weaknesses(
    index: CompositeIndex[IntoDataFrameT],
    unit: Hashable,
    *,
    raw: IndicatorTable[IntoDataFrameT] | None = None,
    most: int | None = None,
) -> IntoDataFrameT:
    """Return the strongest indicators of a unit, best first, and then its weakest, worst first.

    Places and percentiles are of the normalised indicators, so that a low value of a "lower is better" indicator is a
    strength. Columns: kind (strength, weakness), element, parent, value (as in `raw`, the table before treatment;
    without it the normalised one), rank (1 for the best), ranked_count, percentile (0 to 1, share of the other units
    that are worse, ties count half). An indicator without a value is neither; one on which all units are equal is
    neither. `most` limits each list (otherwise `unit_profile_limits.toml`). Raises IndicatorTableInvalid naming a unit
    that is not in the table.
    """
    limits, hierarchy = profile_limits(), index.hierarchy
    place = place_of(index.normalised, unit)
    limit = int(limits["most"]) if most is None else most
    rows = []
    for code in hierarchy.indicators:
        values = index.normalised.column(code)
        percentile = percentile_of(values, place)
        present = values[~np.isnan(values)]
        if np.isnan(percentile) or len(present) < limits["fewest_units"] or is_constant(present):
            continue
        rows.append((code, percentile, int(ranks_of(values)[place]), len(present)))
    best = [row for row in sorted(rows, key=lambda row: -row[1]) if row[1] > limits["strength_from"]][:limit]
    worst = [row for row in sorted(rows, key=lambda row: row[1]) if row[1] < 1 - limits["strength_from"]][:limit]
    return _frame(
        index, hierarchy, place, raw, [("strength", row) for row in best] + [("weakness", row) for row in worst]
    )


def percentile_of(values: Values, place: int) -> float:
    """Return the share of the other units with a value that are worse; ties count half; NaN without one or alone."""
    cleaned = without_rounding_noise(values)
    own, others = cleaned[place], np.delete(cleaned, place)
    others = others[~np.isnan(others)]
    if np.isnan(own) or others.size == 0:
        return float("nan")
    return float(((others < own) + 0.5 * (others == own)).mean())


def _frame(
    index: CompositeIndex[IntoDataFrameT],
    hierarchy: Hierarchy,
    place: int,
    raw: IndicatorTable[IntoDataFrameT] | None,
    rows: list[tuple[str, tuple[str, float, int, int]]],
) -> IntoDataFrameT:
    told = raw if raw is not None else index.normalised
    return frame_of(
        index.normalised,
        {
            "kind": [kind for kind, _row in rows],
            "element": [row[0] for _kind, row in rows],
            "parent": [hierarchy.by_code[row[0]].parent for _kind, row in rows],
            "value": np.array([told.column(row[0])[place] for _kind, row in rows], dtype=float),
            "rank": [row[2] for _kind, row in rows],
            "ranked_count": [row[3] for _kind, row in rows],
            "percentile": np.array([row[1] for _kind, row in rows], dtype=float),
        },
    )
