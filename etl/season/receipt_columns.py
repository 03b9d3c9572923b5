"""The one join of received rows with their receipts: lists, juries, statements, registers and SPD answers alike.

Rows come in the order in which they count, as ``precedence.toml`` states it: of two files that state the same, the one
that comes last here is the one that counts. A hash decides only between files that are equal in all else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.season.precedence import load_precedence
from etl.season.table_contracts import types_of
from etl.values.canonical_rows import source_id_of


def hashed(*parts: object) -> str:
    """Return a deterministic key of 16 hex digits."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


def received_rows(files: Iterable[LakeFile], kind: str) -> pl.DataFrame:
    """Return the records of all files of a kind of layout with `source_id` and the columns of their receipts."""
    frames = [rows for _, rows in received_files(files, kind)]
    return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()


def received_files(files: Iterable[LakeFile], kind: str) -> Iterator[tuple[LakeFile, pl.DataFrame]]:
    """Yield the files of a kind of layout, each with its rows as in `received_rows`; what counts comes last."""
    for file in files_of(files, kind):
        yield file, _with_receipt(file)


def files_of(files: Iterable[LakeFile], *kinds: str) -> list[LakeFile]:
    """Return the files of some kinds of layout that hold records, in the order in which they count.

    A held file holds none.
    """
    speaking = (
        file
        for file in files
        if file.declared is not None and file.declared.kind in kinds and not file.frames["records"].is_empty()
    )
    return sorted(speaking, key=place_of)


def place_of(file: LakeFile) -> tuple[Any, ...]:
    """Return the place of a file in the order of ``precedence.toml``, to sort by."""
    columns = receipt_columns(file)
    return tuple(columns[name] for name in load_precedence().order)


def receipt_columns(file: LakeFile) -> dict[str, Any]:
    """Return what the rows of a file take over from its receipt, by column."""
    receipt, rules = file.receipt, load_precedence()
    is_withdrawing = rules.is_withdrawing(receipt.coverage, file.layout)
    is_mild = receipt.coverage in rules.withdraws and not is_withdrawing
    return {
        "file_sha256": receipt.file_sha256,
        "layout": file.layout,
        "region_code": receipt.region_code,
        "edition": receipt.edition,
        "received_date": receipt.received_date,
        "coverage": receipt.coverage,
        "coverage_order": rules.coverage_order("partial" if is_mild else receipt.coverage),
        "arrival": receipt.arrival,
        "is_withdrawing": is_withdrawing,
        "is_reviewer": file.layout in rules.reviewers,
        "is_simulated": receipt.is_simulated,
    }


def _with_receipt(file: LakeFile) -> pl.DataFrame:
    records, stated_status = file.frames["records"], file.receipt.status
    types = types_of("history.observation")
    complete = records.hstack(
        [
            source_ids(file, records["row_number"]),
            *in_every_row(receipt_columns(file), types, records.height),
        ]
    )
    if stated_status is not None and "status" in records.columns:
        return complete.with_columns(pl.coalesce("status", pl.lit(stated_status)).alias("status"))
    return complete


def in_every_row(values: Mapping[str, Any], types: Mapping[str, Any], height: int) -> Iterator[pl.Series]:
    """Yield a column for each value, which stands in every row; made at once, since files have few rows."""
    for name, value in values.items():
        yield pl.Series(name, [value], dtype=types[name]).new_from_index(0, height)


def source_ids(file: LakeFile, row_numbers: pl.Series) -> pl.Series:
    """Return the `source_id` of rows of the sheet that the records of a file were read from."""
    places = places_of(file)
    sha, sheet = file.receipt.file_sha256, "" if places else sheet_of(file)
    ids = [source_id_of(sha, *places.get(number, (sheet, number))) for number in row_numbers.to_list()]
    return pl.Series("source_id", ids, dtype=pl.String)


def places_of(file: LakeFile) -> dict[int, tuple[str, int]]:
    """Return sheet and row of each number that records bear, where several sheets were read as one; else nothing."""
    rows = file.frames["rows"]
    if rows.is_empty() or rows["read_as"].null_count() == rows.height:
        return {}
    placed = rows.filter(pl.col("read_as").is_not_null()).select("read_as", "sheet", "row_number")
    return {number: (sheet, row) for number, sheet, row in placed.iter_rows()}


def read_number() -> pl.Expr:
    """Return the number under which records know a row of `frames["rows"]`."""
    return pl.coalesce("read_as", "row_number")


def read_targets(file: LakeFile) -> list[int | None]:
    """Return for each row of `frames["rows"]` the number under which records know the row that it was merged into."""
    rows = file.frames["rows"]
    number_of = {place: number for number, place in places_of(file).items()}
    merged = rows.select("sheet", "merged_sheet", "merged_into").iter_rows()
    return [
        None if target is None else number_of.get((other or sheet, target), target) for sheet, other, target in merged
    ]


def sheet_of(file: LakeFile) -> str:
    """Return the sheet that the records of a file were read from; empty where none of its rows was accepted.

    Only the accepted rows say it: those of a form's other sheets are merged into the one that names the innovation.
    """
    rows = file.frames["rows"]
    if rows.is_empty():
        return ""
    # Plain lists: a nation's season asks this of thousands of small files.
    places = zip(rows["sheet"].to_list(), rows["outcome"].to_list(), strict=True)
    return next((str(sheet) for sheet, outcome in places if outcome == "accepted"), "")
