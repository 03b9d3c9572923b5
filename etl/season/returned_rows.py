"""What a returned workbook revises: of the copy of a file that went back to its sender, only the changed rows speak.

The copy holds all rows of the sender's file. When it returns, the rows that still say what that file says are not news:
they must not undo what a later export said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.season.receipt_columns import source_ids


def with_changed_rows_only(files: Sequence[LakeFile]) -> list[LakeFile]:
    """The files, with each returned workbook as a correction of which only the changed rows speak.

    An unchanged row is merged into the row of the file that was returned. A row whose title was changed in its place
    stays the same innovation.
    """
    by_hash = {file.receipt.file_sha256: file for file in files}
    return [
        _corrected(file, by_hash.get(file.corrects)) if file.corrects and file.held_rule is None else file
        for file in files
    ]


def _corrected(file: LakeFile, origin: LakeFile | None) -> LakeFile:
    receipt = file.receipt if file.receipt.is_coverage_stated else replace(file.receipt, coverage="correction")
    file = replace(file, receipt=receipt)
    if origin is None or origin.layout != file.layout or origin.held_rule is not None:
        return file
    was, now = _rows(origin), _rows(file)
    same = {number for number, row in now.items() if was.get(_place_of(row, number, was)) == row}
    keys = _keys_in_place(was, now)
    records = file.frames["records"].filter(~pl.col("row_number").is_in(list(same)))
    records = records.with_columns(
        pl.Series(
            "match_key",
            [keys.get(number, key) for number, key in records.select("row_number", "match_key").iter_rows()],
            dtype=pl.String,
        )
    )
    numbers = sorted(same)
    places = pl.Series([_place_of(now[number], number, was) for number in numbers], dtype=pl.Int64)
    targets = dict(zip(numbers, source_ids(origin, places), strict=True))
    answers = file.frames["answers"]
    kept = answers.filter(~pl.col("row_number").is_in(list(same))) if answers.width else answers
    return replace(file, frames={**file.frames, "records": records, "answers": kept}, merged_elsewhere=targets)


def _rows(file: LakeFile) -> dict[int, dict[str, Any]]:
    """Row number -> everything that was read of the row."""
    rows = {row.pop("row_number"): row for row in file.frames["records"].iter_rows(named=True)}
    answers = file.frames["answers"]
    for answer in answers.iter_rows(named=True) if answers.width else ():
        number = answer.pop("row_number")
        if number in rows:
            rows[number] |= answer
    return rows


def _place_of(row: dict[str, Any], number: int, was: dict[int, dict[str, Any]]) -> int:
    """Where the row stood in the file that was returned: in its place, else (rows were deleted) at its key."""
    if number in was and was[number]["match_key"] == row["match_key"]:
        return number
    return next((place for place, other in was.items() if other["match_key"] == row["match_key"]), number)


def _keys_in_place(was: dict[int, dict[str, Any]], now: dict[int, dict[str, Any]]) -> dict[int, str]:
    """Row number -> the key that the row had before its title was changed in its place."""
    old, new = {row["match_key"] for row in was.values()}, {row["match_key"] for row in now.values()}
    return {
        number: was[number]["match_key"]
        for number, row in now.items()
        if number in was and row["match_key"] not in old and was[number]["match_key"] not in new
    }
