"""Tables of what received files state beside innovations: figures of regions and offices, and scores of juries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache

import polars as pl

from etl import contracts
from etl.lake import LakeFile
from etl.layout.declared import load_layouts
from etl.values.canonical_rows import source_id_of
from warehouse.errors import UnknownName
from warehouse.region import resolve_city


def received_tables(files: Sequence[LakeFile]) -> dict[str, pl.DataFrame]:
    """Received statements, contest entries and jury scores; every statement stays, beside those that contradict it.

    Of jury scores the latest receipt of a juror and entry counts, from its day on.
    """
    scores = _jury_scores(files)
    return {
        "history.received_statement": contracts.conform(contracts.ReceivedStatement, _statements(files)),
        "history.contest_entry": contracts.conform(contracts.ContestEntry, _entries(scores)),
        "history.jury_score": contracts.conform(contracts.JuryScore, scores),
    }


def _records(files: Sequence[LakeFile], kind: str) -> Iterable[tuple[LakeFile, pl.DataFrame]]:
    """The records of a kind with the columns of their receipt, earliest receipt first."""
    for file in sorted(files, key=lambda file: (str(file.receipt.received_date), file.receipt.file_sha256)):
        records = file.frames["records"]
        if file.layout is None or load_layouts()[file.layout].kind != kind or records.is_empty():
            continue
        receipt, sheet = file.receipt, _sheet(file)
        ids = [source_id_of(receipt.file_sha256, sheet, number) for number in records["row_number"]]
        yield (
            file,
            records.with_columns(
                pl.Series("source_id", ids, dtype=pl.String),
                pl.lit(receipt.file_sha256).alias("file_sha256"),
                pl.lit(file.layout).alias("layout"),
                pl.lit(receipt.region_code).alias("region_code"),
                pl.lit(receipt.edition, dtype=pl.Int32).alias("edition"),
                pl.lit(receipt.received_date, dtype=pl.Date).alias("received_date"),
                pl.lit(receipt.is_simulated).alias("is_simulated"),
            ),
        )


def _sheet(file: LakeFile) -> str:
    return str(file.frames["rows"].filter(pl.col("outcome") == "accepted")["sheet"][0])


def _statements(files: Sequence[LakeFile]) -> pl.DataFrame:
    frames = [records for _, records in _records(files, "statements")]
    if not frames:
        return pl.DataFrame()
    statements = pl.concat(frames)
    places = statements.select("source_id", "measure", "year_text").iter_rows()
    return statements.with_columns(
        pl.Series("statement_id", [_key("statement", *place) for place in places], dtype=pl.String),
        pl.Series("subject_region_code", [_region_of(text) for text in statements["subject"]], dtype=pl.String),
    )


def _jury_scores(files: Sequence[LakeFile]) -> pl.DataFrame:
    frames = [records for _, records in _records(files, "jury_scores")]
    if not frames:
        return pl.DataFrame()
    scores = pl.concat(frames)
    names = scores.select("region_code", "edition", "category", "title", "unit_name").iter_rows()
    scored = scores.with_columns(
        pl.Series("contest_entry_id", [_key("contest", *name) for name in names]),
        (pl.col("score_x100") * pl.lit("0.01").cast(pl.Decimal(6, 2))).cast(pl.Decimal(6, 2)).alias("score"),
        pl.col("source_id").alias("source"),
        pl.col("received_date").alias("valid_from"),
    ).unique(["contest_entry_id", "juror", "valid_from"], keep="last", maintain_order=True)
    # Receipts come in the order of their days: the next score of the juror takes the place of this one.
    until = pl.col("valid_from").shift(-1).over("contest_entry_id", "juror")
    return scored.with_columns(until.alias("valid_to"))


def _entries(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per contest entry, as its latest score names it."""
    if scores.is_empty():
        return scores
    latest = scores.unique("contest_entry_id", keep="last", maintain_order=True).drop("valid_from")
    first = scores.group_by("contest_entry_id").agg(pl.col("valid_from").min())
    return latest.join(first, on="contest_entry_id", how="left", maintain_order="left")


def _key(*parts: object) -> str:
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


@cache
def _region_of(text: str) -> str | None:
    try:
        return resolve_city(text).region_code
    except UnknownName:
        return None
