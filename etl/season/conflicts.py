"""Answers of several files about the same innovation: which one counts, and which contradict each other."""

from __future__ import annotations

import json

import polars as pl

from etl.season.precedence import load_precedence

KEY = ("submission_id", "indicator_number", "score_kind")
PRECEDENCE = load_precedence().order
"""What says which of several files counts: the later day, then corrections over exports, then the later arrival."""


def resolved_answers(stated: pl.DataFrame) -> pl.DataFrame:
    """One row per submission, indicator and score kind, of all that files state (columns of the table `answer`,
    with those of `PRECEDENCE`).

    The latest file that gives a level or points counts. A file that says of a document only whether it is there (flags,
    a control sheet without levels) never takes a level away; what it says of the document counts where it is later, and
    `document_source_id` then names its row.
    """
    ordered = stated.sort(PRECEDENCE, maintain_order=True)
    has_grade = pl.col("level").is_not_null() | pl.col("points_x100").is_not_null()
    graded = ordered.filter(has_grade).unique(KEY, keep="last", maintain_order=True)
    document = ordered.filter(pl.col("is_complete").is_not_null()).unique(KEY, keep="last", maintain_order=True)
    only = document.join(graded, on=KEY, how="anti", maintain_order="left")
    later = document.select(
        *KEY, pl.col("is_complete").alias("document"), pl.col("source_id").alias("document_source_id")
    )
    both = graded.join(later, on=KEY, how="left", maintain_order="left")
    is_elsewhere = pl.col("document_source_id") != pl.col("source_id")
    kept = both.with_columns(
        pl.coalesce("document", "is_complete").alias("is_complete"),
        pl.when(is_elsewhere).then("document_source_id").alias("document_source_id"),
    ).drop("document")
    return pl.concat([kept, only], how="diagonal")


def contradictions(stated: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table `quarantine` (with ``detail``): levels of one day that differ between two control sheets.

    The one of the later arrival counts; the other one is shown at its cell.
    ``rows`` is the table `source_row`.
    """
    levels = stated.filter((pl.col("basis") == "level") & pl.col("level").is_not_null())
    day = [*KEY, "received_date"]
    several = levels.filter(pl.col("level").n_unique().over(day) > 1).sort(PRECEDENCE)
    if several.is_empty():
        return pl.DataFrame()
    first = several.unique(day, keep="last", maintain_order=True).select(*day, pl.col("level").alias("kept"))
    lost = several.join(first, on=day).filter(pl.col("level") != pl.col("kept"))
    placed = lost.join(rows.select("source_id", "sheet", "row_number"), on="source_id", how="left")
    found = [
        {
            "file_sha256": row["file_sha256"],
            "sheet": row["sheet"],
            "row_number": row["row_number"],
            "column_name": row["indicator_number"],
            "rule": "answer_contradicts",
            "original_text": str(row["level"]),
            "scope": "cell",
            "detail": json.dumps({"text": str(row["level"]), "kept": str(row["kept"])}),
        }
        for row in placed.sort("file_sha256", "row_number", "indicator_number").iter_rows(named=True)
    ]
    return pl.DataFrame(found)
