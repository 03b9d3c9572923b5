"""Innovations of a season that stand only in quarantine, with what is known of their maturity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from iga.rules.crosswalk import crosswalk
from warehouse.scoring.quarantined_maturity import Waiting, quarantined_maturity
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


def read_waiting(
    snapshot: Snapshot, *, region_code: str | None = None, editions: Iterable[int] | None = None
) -> Waiting:
    """Return the innovations that stand only in quarantine, of one region or all, of some editions or all.

    A snapshot that does not say which they are has none.
    """
    where = (
        "where ($region is null or region_code = $region) and ($editions is null or list_contains($editions, edition))"
    )
    parameters: dict[str, object] = {"region": region_code, "editions": None if editions is None else list(editions)}
    chosen = f"select * from store.quarantined_innovation {where}"
    answers = f"select a.* from store.quarantined_answer a semi join ({chosen}) using (source_id)"
    ordered = f"{chosen} order by region_code, edition, file_sha256, sheet, row_number"
    # Few rows, and tied to their season by what they are of.
    values = "select * from store.quarantined_value order by source_id, field_name"
    return Waiting.of(
        snapshot.sql(ordered, dict(parameters)), snapshot.sql(answers, dict(parameters)), snapshot.sql(values)
    )


def quarantined_innovations(snapshot: Snapshot, region_code: str, edition: int) -> pl.DataFrame:
    """Return one row per innovation of a region and edition that stands only in quarantine (columns: `SCHEMA`).

    `maturity_lower_x100` and `maturity_upper_x100` are under the edition's own rules, null where these state no
    maximum. A snapshot that does not say which they are (`Snapshot.knows_quarantined`) has no row: they are not known.
    """
    waiting = read_waiting(snapshot, region_code=region_code, editions=[edition])
    rows, answers = waiting.innovations, waiting.answers
    if rows.is_empty():
        return pl.DataFrame(schema=SCHEMA)
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
