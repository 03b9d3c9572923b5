"""Records of parsed files with the columns of their receipt: who sent them, when, with which coverage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

from etl.lake import LakeFile
from etl.layout.declared import load_layouts
from etl.season.precedence import load_precedence
from etl.values.canonical_rows import source_id_of


def hashed(*parts: object) -> str:
    """A deterministic key of 16 hex digits."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


def records_of(files: Iterable[LakeFile], kind: str) -> Iterable[tuple[LakeFile, pl.DataFrame]]:
    """The files of one kind of layout that hold records, with them."""
    for file in files:
        records = file.frames["records"]
        if file.layout is not None and load_layouts()[file.layout].kind == kind and not records.is_empty():
            yield file, records


def _of_receipt(file: LakeFile) -> list[pl.Expr]:
    receipt, rules = file.receipt, load_precedence()
    is_withdrawing = rules.is_withdrawing(receipt.coverage, file.layout)
    is_mild = receipt.coverage in rules.withdraws and not is_withdrawing
    return [
        pl.lit(receipt.file_sha256).alias("file_sha256"),
        pl.lit(receipt.region_code).alias("region_code"),
        pl.lit(receipt.edition, dtype=pl.Int32).alias("edition"),
        pl.lit(receipt.received_date, dtype=pl.Date).alias("received_date"),
        pl.lit(receipt.is_simulated).alias("is_simulated"),
        pl.lit(receipt.coverage).alias("coverage"),
        pl.lit(rules.coverage_order("partial" if is_mild else receipt.coverage)).alias("coverage_order"),
        pl.lit(is_withdrawing).alias("is_withdrawing"),
        pl.lit(file.layout in rules.reviewers).alias("is_reviewer"),
        pl.lit(receipt.arrival).alias("arrival"),
        pl.lit(file.layout).alias("layout"),
    ]


def with_source(file: LakeFile, records: pl.DataFrame) -> pl.DataFrame:
    """Records with their `source_id` and the columns of their receipt."""
    told = [source_ids(file, records["row_number"]), *_of_receipt(file)]
    stated = file.receipt.status
    if stated is not None and "status" in records.columns:
        told.append(pl.coalesce("status", pl.lit(stated)).alias("status"))
    return records.with_columns(told)


def source_ids(file: LakeFile, row_numbers: pl.Series) -> pl.Series:
    """The `source_id` of rows of the sheet that the records of a file were read from."""
    sha, sheet = file.receipt.file_sha256, sheet_of(file)
    ids = [source_id_of(sha, sheet, number) for number in row_numbers.to_list()]
    return pl.Series("source_id", ids, dtype=pl.String)


def sheet_of(file: LakeFile) -> str:
    """The sheet that the records of a file were read from."""
    rows = file.frames["rows"]
    if rows.is_empty():
        return ""
    # Plain lists: a nation's season asks this of thousands of small files.
    places = zip(rows["sheet"].to_list(), rows["outcome"].to_list(), strict=True)
    return next((str(sheet) for sheet, outcome in places if outcome != "structural"), "")
