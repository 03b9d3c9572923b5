"""Tables of what received files state beside innovations: figures of regions and offices, and scores of juries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.season.precedence import load_precedence
from etl.season.receipt_columns import hashed, received_rows
from etl.season.table_contracts import conform
from iga.contest.scored_by import ScoredBy
from warehouse.errors import UnknownName
from warehouse.region import resolve_city


def received_tables(files: Sequence[LakeFile]) -> dict[str, pl.DataFrame]:
    """Received statements, contest entries and jury scores; every statement stays, beside those that contradict it.

    Of jury scores the receipt of a juror and entry that comes last by precedence counts, from its day on, until a later
    full file lacks it (`_lacking`).
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
    )
    return _versions(scored, {file.receipt.file_sha256: file for file in files})


_Key = tuple[str, tuple[str, str, str]]
"""Contest entry, and who scored it for what (`ScoredBy.key`): a changed weight makes no other score of it."""


@dataclass
class _Standing:
    """A score that counts: its row, the file it is of, and what a later file must speak of to withdraw it."""

    row: int
    day: date
    file_sha256: str
    group: tuple[Any, ...]


def _versions(scored: pl.DataFrame, files: Mapping[str, LakeFile]) -> pl.DataFrame:
    """The scores with the day until which each counts; one that counted on no whole day is left out.

    Rows come in the order in which they count: the next score of an entry by the same juror takes the place of the
    one before, and a full file withdraws what it lacks.
    """
    standing: dict[_Key, _Standing] = {}
    until: dict[int, date] = {}
    columns = ("contest_entry_id", "juror", "region_code", "edition", "category", "received_date", "file_sha256")
    rows = list(scored.select(columns).iter_rows())
    for sha, numbered in groupby(enumerate(rows), key=lambda row: row[1][-1]):
        said: dict[_Key, _Standing] = {}
        for number, (entry, juror, region, edition, category, day, _) in numbered:
            by = ScoredBy.read(juror).key
            said[entry, by] = _Standing(number, day, sha, (region, edition, category, by))
        for key in {*(said.keys() & standing.keys()), *_lacking(said, standing, files)}:
            until[standing.pop(key).row] = next(iter(said.values())).day
        standing |= said
    kept = {one.row for one in standing.values()} | {row for row, day in until.items() if rows[row][5] < day}
    ends = pl.Series("valid_to", [until.get(number) for number in range(len(rows))], dtype=pl.Date)
    return scored.with_columns(ends).filter(pl.Series([number in kept for number in range(len(rows))]))


def _lacking(
    said: Mapping[_Key, _Standing], standing: Mapping[_Key, _Standing], files: Mapping[str, LakeFile]
) -> set[_Key]:
    """What a full file withdraws: scores of the jurors and categories that it holds, and of files under its own path.

    A file of one juror or of one category says nothing of the others.
    """
    first = next(iter(said.values()))
    receipt = files[first.file_sha256].receipt
    if receipt.coverage not in load_precedence().withdraws:
        return set()
    groups = {one.group for one in said.values()}
    replaced = {
        sha
        for sha in {one.file_sha256 for one in standing.values()}
        if (files[sha].receipt.file_name, files[sha].receipt.place) == (receipt.file_name, receipt.place)
    }
    return {
        key for key, one in standing.items() if key not in said and (one.group in groups or one.file_sha256 in replaced)
    }


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
