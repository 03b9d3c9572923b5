"""Tables of what received files state beside innovations: figures of regions and offices, and scores of juries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache

import polars as pl

from etl import contracts
from etl.lake import LakeFile
from etl.layout import load_layouts
from etl.read import source_id_of
from warehouse.errors import UnknownName
from warehouse.region import resolve_city


def received_tables(files: Sequence[LakeFile]) -> dict[str, pl.DataFrame]:
    """`received_statement`, `contest_entry` and `jury_score`; every statement stays, beside those that contradict it.

    Of jury scores the latest receipt of a juror and entry counts.
    """
    scores = _jury_scores(files)
    entries = scores.unique("contest_entry_id", keep="last", maintain_order=True) if not scores.is_empty() else scores
    return {
        "received_statement": contracts.conform(contracts.ReceivedStatement, _statements(files)),
        "contest_entry": contracts.conform(contracts.ContestEntry, entries),
        "jury_score": contracts.conform(contracts.JuryScore, scores),
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
    return scores.with_columns(
        pl.Series("contest_entry_id", [_key("contest", *name) for name in names]),
        (pl.col("score_x100") * pl.lit("0.01").cast(pl.Decimal(6, 2))).cast(pl.Decimal(6, 2)).alias("score"),
        pl.col("source_id").alias("source"),
    ).unique(["contest_entry_id", "juror"], keep="last", maintain_order=True)


def _key(*parts: object) -> str:
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


@cache
def _region_of(text: str) -> str | None:
    try:
        return resolve_city(text).region_code
    except UnknownName:
        return None
