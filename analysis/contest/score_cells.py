"""In which column of its file a score stands, from the row as it was received and the headings above it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from analysis.history.trace.figure_cells import column_letters
from iga.contest.common_categories import plain
from iga.contest.scored_by import ScoredBy
from warehouse.snapshot import Snapshot

_ROWS = """
select file_sha256, sheet, row_number, outcome, original from source_row
where file_sha256 in (select file_sha256 from source_row where list_contains($ids, source_id))
order by file_sha256, sheet, row_number
"""
_SCORE_WORDS = ("nilai", "skor", "score")


def columns_of(snapshot: Snapshot, scores: Sequence[tuple[str | None, str, Decimal]]) -> list[str | None]:
    """Return the column letters of scores (source row, juror as kept, score); None where the row does not say it.

    Where several cells of the row hold the same figure, the headings above decide; where they do not, all are named.
    """
    ids = sorted({source for source, _juror, _score in scores if source})
    if not ids:
        return [None] * len(scores)
    rows = snapshot.sql(_ROWS, {"ids": ids})
    own = dict(
        snapshot.sql("select source_id, row_number from source_row where list_contains($ids, source_id)", {"ids": ids})
        .iter_rows()
    )  # fmt: skip
    places = snapshot.sql(
        "select source_id, file_sha256, sheet from source_row where list_contains($ids, source_id)", {"ids": ids}
    )
    sheets = {(sha, sheet): part for (sha, sheet), part in rows.group_by("file_sha256", "sheet", maintain_order=True)}
    of_source = {source: sheets[sha, sheet] for source, sha, sheet in places.iter_rows()}
    return [
        _columns(of_source[source], own[source], juror, score) if source in of_source else None
        for source, juror, score in scores
    ]


def _columns(sheet: pl.DataFrame, row: int, juror: str, score: Decimal) -> str | None:
    cells = next((_cells(text) for number, text in sheet.select("row_number", "original").iter_rows() if number == row))
    equal = [place for place, text in enumerate(cells) if _number(text) == score]
    if len(equal) > 1:
        above = sheet.filter((pl.col("row_number") < row) & (pl.col("outcome") == "structural"))["original"].to_list()
        equal = _by_heading(equal, [_cells(text) for text in above], ScoredBy.read(juror)) or equal
    return " / ".join(column_letters(place + 1) for place in equal) or None


def _by_heading(places: list[int], above: list[list[str]], by: ScoredBy) -> list[int]:
    """Return the columns whose headings name the juror, stage and criterion best, else those headed as a score."""
    wanted = [plain(text) for text in (by.juror, by.stage, by.criterion) if text]
    headings = {place: " ".join(_heading(row, place) for row in above) for place in places}
    named = {place: sum(f" {word} " in f" {heading} " for word in wanted) for place, heading in headings.items()}
    most = max(named.values())
    if most:
        return [place for place in places if named[place] == most]
    return [place for place in places if set(headings[place].split()) & set(_SCORE_WORDS)]


def _heading(row: list[str], place: int) -> str:
    """Return what a row says above a column; a juror above several criteria stands over the first of them alone."""
    return plain(next((text for text in reversed(row[: place + 1]) if text), ""))


def _cells(original: str) -> list[str]:
    told: Any = json.loads(original)
    return [str(each) for each in told] if isinstance(told, list) else []


def _number(text: str) -> Decimal | None:
    told = re.sub(r"\s", "", text)
    if "," in told and "." not in told:
        told = told.replace(",", ".")
    try:
        return Decimal(told)
    except InvalidOperation:
        return None
