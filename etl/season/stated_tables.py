"""Tables of what received files state beside innovations: figures of regions and offices, and scores of juries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from etl.lake import LakeFile
from etl.season.receipt_columns import hashed, received_rows
from etl.season.table_contracts import conform
from warehouse.errors import UnknownName
from warehouse.region import resolve_city


def received_tables(files: Sequence[LakeFile]) -> dict[str, pl.DataFrame]:
    """Received statements, contest entries and jury scores; every statement stays, beside those that contradict it.

    Of jury scores the receipt of a juror and entry that comes last by precedence counts, from its day on.
    """
    scores = _jury_scores(files)
    return {
        "history.received_statement": conform("history.received_statement", _statements(files)),
        "history.contest_entry": conform("history.contest_entry", _entries(scores)),
        "history.jury_score": conform("history.jury_score", scores),
    }


def _statements(files: Sequence[LakeFile]) -> pl.DataFrame:
    statements = received_rows(files, "statements")
    if statements.is_empty():
        return statements
    places = statements.select("source_id", "measure", "year_text").iter_rows()
    return statements.with_columns(
        pl.Series("statement_id", [hashed("statement", *place) for place in places], dtype=pl.String),
        pl.Series("subject_region_code", [_region_of(text) for text in statements["subject"]], dtype=pl.String),
    )


def _jury_scores(files: Sequence[LakeFile]) -> pl.DataFrame:
    scores = received_rows(files, "jury_scores")
    if scores.is_empty():
        return scores
    names = scores.select("region_code", "edition", "category", "title", "unit_name").iter_rows()
    scored = scores.with_columns(
        pl.Series("contest_entry_id", [hashed("contest", *name) for name in names]),
        (pl.col("score_x100") * pl.lit("0.01").cast(pl.Decimal(6, 2))).cast(pl.Decimal(6, 2)).alias("score"),
        pl.col("source_id").alias("source"),
        pl.col("received_date").alias("valid_from"),
    ).unique(["contest_entry_id", "juror", "valid_from"], keep="last", maintain_order=True)
    # Rows come in the order in which they count, by day first: the juror's next score takes the place of this one.
    until = pl.col("valid_from").shift(-1).over("contest_entry_id", "juror")
    return scored.with_columns(until.alias("valid_to"))


def _entries(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per contest entry, as its latest score names it."""
    if scores.is_empty():
        return scores
    latest = scores.unique("contest_entry_id", keep="last", maintain_order=True).drop("valid_from")
    first = scores.group_by("contest_entry_id").agg(pl.col("valid_from").min())
    return latest.join(first, on="contest_entry_id", how="left", maintain_order="left")


@cache
def _region_of(text: str) -> str | None:
    try:
        return resolve_city(text).region_code
    except UnknownName:
        return None
