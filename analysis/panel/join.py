"""Joins a researcher's own table to the panel by code or name: homonyms resolved, its own breaks marked."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analysis.panel.rules import panel_rules
from iga.errors import Sentence
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.region import RegionAmbiguous, RegionNotFound, resolve_region


class JoinRefused(WorkbenchError):
    """An own table cannot be joined: a column is missing, a region stands twice, or a name is not one region."""

    exit_code = ExitCode.JOIN


def join_table(
    panel: pl.DataFrame,
    own: pl.DataFrame,
    *,
    region: str,
    edition: str | None = None,
    region_type: str | None = None,
    prefix: str,
    breaks: Sequence[int] | None = None,
) -> pl.DataFrame:
    """The panel with the columns of an own table beside it, each named `<prefix>_<column>`.

    `region` is the column with codes (17.71, 1771) or names; `region_type` (kota, kabupaten, provinsi) tells homonyms
    apart where all rows are of one type. Without `edition` a value holds for all editions. `breaks` are the editions
    with which the table's own method changes; without them those known of a series of that name (idsd) are taken, and
    marked in `<prefix>_break_before`. Every panel row stays; simulated rows get no own figures, since those are real.

    Raises JoinRefused naming the missing column, the name that no region or several bear, or the region that stands
    twice for an edition.
    """
    missing = [name for name in (region, edition) if name is not None and name not in own.columns]
    if missing:
        raise JoinRefused(
            "Column {column} is missing", next_step="its columns: {known}", place=prefix, column=missing[0],
            known=", ".join(own.columns),
        )  # fmt: skip
    codes = [_code(str(text), place, prefix, region_type) for place, text in enumerate(own[region], start=1)]
    values = [name for name in own.columns if name not in (region, edition)]
    keyed = own.select(
        pl.Series("region_code", codes, dtype=pl.String),
        *([pl.col(edition).cast(panel.schema["edition"]).alias("edition")] if edition else []),
        *[pl.col(name).alias(f"{prefix}_{name}") for name in values],
    )
    keys = ["region_code", "edition"] if edition else ["region_code"]
    twice = keyed.filter(pl.struct(keys).is_duplicated())
    if not twice.is_empty():
        raise JoinRefused(
            "Region {region} stands twice", next_step="keep one row for each region and edition", place=prefix,
            region=" ".join(str(value) for value in twice.select(keys).row(0)),
        )  # fmt: skip
    joined = panel.join(keyed, on=keys, how="left")
    own_columns = [f"{prefix}_{name}" for name in values]
    marks = breaks if breaks is not None else _known_breaks(prefix)
    return joined.with_columns(
        *[pl.when(~pl.col("is_simulated")).then(pl.col(name)).alias(name) for name in own_columns],
        pl.col("edition").is_in(list(marks)).alias(f"{prefix}_break_before"),
    )


def _code(text: str, row: int, table: str, region_type: str | None) -> str:
    try:
        return resolve_region(text, region_type=region_type).region_code
    except (RegionNotFound, RegionAmbiguous) as error:
        raise JoinRefused(
            Sentence("Row {row}: {problem}", row=row, problem=error.what),
            error.how,
            place=table,
        ) from error


def _known_breaks(prefix: str) -> tuple[int, ...]:
    return next((series.breaks for series in panel_rules().series if series.name == prefix), ())
