"""The cells of innovations in quarantine, beside those that the figures of a season were made of.

An innovation that stands in quarantine alone enters no table of submissions: its cells are behind the bounds of an
index, and whoever is to mend them looks for them here.
"""

from __future__ import annotations

import polars as pl

from analysis.history.trace.figure_cells import shown_cells, trace_figure
from warehouse.errors import UnknownName
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

QUARANTINED = "innovations_quarantined"
"""The figure that asks for the cells in quarantine alone."""
_RESTING_ON_THEM = (None, "iid", "mean_maturity", "innovation_count", "count_score")
"""The figures whose bounds an innovation in quarantine widens."""


def trace_season(
    snapshot: Snapshot,
    region_code: str,
    edition: int,
    *,
    innovation: str | None = None,
    column: str | None = None,
    indicator: str | None = None,
    unit: str | None = None,
    score: str = "claimed",
) -> pl.DataFrame:
    """Return the cells behind a figure as `trace_figure` does, then the cells that keep innovations in quarantine.

    ``column`` may be `QUARANTINED`, which asks for the latter alone; there may be none. Raises UnknownName as
    `trace_figure` does, where no innovation in quarantine is meant either.
    """
    waiting = _asked_for(
        _cells_in_quarantine(snapshot, region_code, edition), innovation, column, indicator=indicator, unit=unit
    )
    if column == QUARANTINED:
        return shown_cells(waiting)
    try:
        used = trace_figure(
            snapshot,
            region_code,
            edition,
            innovation=innovation,
            column=column,
            indicator=indicator,
            unit=unit,
            score=score,
        )
    except UnknownName:
        if waiting.is_empty():
            raise
        return shown_cells(waiting)
    return pl.concat([used, shown_cells(waiting)])


def _cells_in_quarantine(snapshot: Snapshot, region_code: str, edition: int) -> pl.DataFrame:
    query = sql_text("analysis.history.trace", "quarantined")
    return snapshot.sql(query, {"region_code": region_code, "edition": edition})


def _asked_for(
    cells: pl.DataFrame, innovation: str | None, column: str | None, *, indicator: str | None, unit: str | None
) -> pl.DataFrame:
    """The cells of the innovation, the unit, the column or the indicator that is asked for."""
    if innovation is not None:
        wanted = innovation.casefold()
        is_meant = (pl.col("label").str.to_lowercase() == wanted) | (pl.col("external_id") == innovation)
        cells = cells.filter(is_meant | (pl.col("subject") == innovation))
    if unit is not None:
        is_named = pl.col("unit_name").str.to_lowercase() == unit.casefold()
        cells = cells.filter(is_named | (pl.col("unit_id") == unit))
    if indicator is not None:
        return cells.filter(pl.col("column_name").is_in([f"level_{indicator}", f"document_{indicator}"]))
    if column in (*_RESTING_ON_THEM, QUARANTINED):
        return cells
    return cells.filter(pl.col("column_name") == column)
