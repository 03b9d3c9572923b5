"""Principal components of a group of indicators, as a table to read: eigenvalues, shares, and loadings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.association import principal_components
from iga.composite.table import Column, IndicatorTable, frame_of

KAISER = 1.0
"""A component is kept whose eigenvalue is above that of a single indicator (Kaiser, 1960)."""


def component_summary(
    table: IndicatorTable[IntoDataFrameT], indicators: Sequence[str] | None = None
) -> tuple[IntoDataFrameT, IntoDataFrameT]:
    """Return the principal components of standardised indicators, and the loadings on them.

    The first frame has a row per component: component (1, 2, ...), eigenvalue, share (of the variance), cumulative,
    is_kept (eigenvalue above 1). The second has indicator, component, loading (the indicator's share in the unit vector
    of the component) and correlation (of indicator and component). Only units with every indicator count. Raises
    MethodRefused when there are not more of these than indicators.
    """
    chosen = table if indicators is None else table.select(indicators)
    complete = chosen.keep(np.asarray(~np.isnan(chosen.values).any(axis=1)))
    shares, loadings = principal_components(complete)
    eigenvalues = shares * len(complete.indicators)
    count = len(shares)
    rows: dict[str, list[Hashable]] = {name: [] for name in ("indicator", "component", "loading", "correlation")}
    for place, name in enumerate(complete.indicators):
        for component in range(count):
            loading = float(loadings[place, component])
            figures = (name, component + 1, loading, loading * float(np.sqrt(max(eigenvalues[component], 0.0))))
            for column, figure in zip(rows, figures, strict=True):
                rows[column].append(figure)
    summary: dict[str, Column] = {
        "component": list(range(1, count + 1)),
        "eigenvalue": eigenvalues,
        "share": shares,
        "cumulative": np.cumsum(shares),
        "is_kept": [bool(value > KAISER) for value in eigenvalues],
    }
    return frame_of(table, summary), frame_of(table, rows)
