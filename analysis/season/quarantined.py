"""Innovations of a season that stand only in quarantine, with what is known of their maturity."""

from __future__ import annotations

from typing import Any

import polars as pl

from iga.rules.crosswalk import crosswalk
from warehouse.scoring.quarantined_maturity import quarantined_maturity
from warehouse.scoring.submission_maturity import BOUNDS
from warehouse.snapshot import Snapshot

SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "file_sha256": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int32,
    "external_id": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "unit_id": pl.String,
    "stage": pl.String,
    "status": pl.String,
    "is_scored_unknown": pl.Boolean,
    "main_affair_code": pl.String,
    "score_kind": pl.String,
    "maturity_lower_x100": pl.Int64,
    "maturity_upper_x100": pl.Int64,
    "rule": pl.String,
    "source_id": pl.String,
    "is_simulated": pl.Boolean,
}


def quarantined_innovations(snapshot: Snapshot, region_code: str, edition: int) -> pl.DataFrame:
    """Return one row per innovation of a region and edition that stands only in quarantine (columns: `SCHEMA`).

    `maturity_lower_x100` and `maturity_upper_x100` are under the edition's own rules, null where these state no
    maximum. A snapshot that does not say which they are (`Snapshot.knows_quarantined`) has no row: they are not known.
    """
    place = {"region_code": region_code, "edition": edition}
    where = "where region_code = $region_code and edition = $edition"
    rows = snapshot.sql(f"select * from store.quarantined_innovation {where} order by sheet, row_number", dict(place))
    if rows.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    answers = snapshot.sql(
        f"select * from store.quarantined_answer semi join (select * from store.quarantined_innovation {where}) "
        "using (source_id)",
        dict(place),
    )
    rulebooks = snapshot.rulebooks
    nothing = [pl.lit(None, dtype=pl.Int64).alias(name) for name in BOUNDS]
    known = rows.with_columns(nothing)
    if edition in rulebooks:
        walk = crosswalk(edition, str(edition), rulebooks)
        frames = [
            quarantined_maturity(of_kind, answers, str(kind), walk)
            for (kind,), of_kind in rows.group_by("score_kind", maintain_order=True)
        ]
        bounds = pl.concat(frames).select(pl.col("submission_id").alias("source_id"), *BOUNDS)
        known = rows.join(bounds, on="source_id", how="left", maintain_order="left")
    return known.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
