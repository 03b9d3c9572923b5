"""Full exports that take much away: which are held until somebody confirms them, and what the others withdrew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.season.precedence import load_precedence
from etl.season.receipt_columns import files_of
from etl.values.held import held_frames
from etl.values.normalise import title_key

WITHDRAWALS: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "file_name": pl.String,
    "from_file": pl.String,
    "count": pl.Int64,
    "is_same_day": pl.Boolean,
}


def with_doubtful_held(files: Sequence[LakeFile]) -> list[LakeFile]:
    """The files, with each full export set aside that lacks most of what stood before it (``precedence.toml``).

    `replaces = true` in the side file confirms it.
    """
    seasons: dict[tuple[str | None, int | None], list[LakeFile]] = {}
    for file in files_of(files, "innovation_list"):
        seasons.setdefault((file.receipt.region_code, file.receipt.edition), []).append(file)
    doubtful = {
        sha: detail for season in seasons.values() if len(season) > 1 for sha, detail in _doubtful(season).items()
    }
    return [
        _held(file, doubtful[file.receipt.file_sha256]) if file.receipt.file_sha256 in doubtful else file
        for file in files
    ]


def _held(file: LakeFile, detail: dict[str, str]) -> LakeFile:
    rule = "withdraws_too_many"
    frames = held_frames(file.frames["rows"], rule, detail, file.frames["quarantine"])
    return replace(file, frames=frames, held_rule=rule, held_detail=detail)


def _doubtful(season: Iterable[LakeFile]) -> dict[str, dict[str, str]]:
    """Hash of each doubtful full export of a season -> what its message is filled with; what counts comes last."""
    rules = load_precedence()
    found: dict[str, dict[str, str]] = {}
    known: dict[str, tuple[str, str]] = {}
    before = ""
    for file in season:
        receipt, keys = file.receipt, _keys(file)
        if not rules.is_withdrawing(receipt.coverage, file.layout):
            known |= keys
            continue
        missing = _missing(known, keys)
        is_much = len(known) >= rules.withdrawal.minimum and len(missing) > rules.withdrawal.maximum_share * len(known)
        if is_much and not receipt.replaces:
            found[receipt.file_sha256] = {
                "missing": str(len(missing)),
                "known": str(len(known)),
                "before": before,
            }
            continue
        known, before = keys, receipt.file_name
    return found


def _keys(file: LakeFile) -> dict[str, tuple[str, str]]:
    rows = file.frames["records"].select("match_key", "title", "unit_name").iter_rows()
    return {key: (title, unit) for key, title, unit in rows}


def _missing(known: dict[str, tuple[str, str]], keys: dict[str, tuple[str, str]]) -> set[str]:
    """The keys that are gone; an export of another system knows the same innovations by title and unit."""
    missing = known.keys() - keys.keys()
    if not missing:
        return set()
    titles = {title_key(*names) for names in keys.values()}
    return {key for key in missing if title_key(*known[key]) not in titles}


def withdrawals(observations: pl.DataFrame, submissions: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Per full export that counts how many innovations it took away from which file (columns `WITHDRAWALS`).

    Frames as `store.observation`, `store.submission` and `receipt`.
    """
    season = ["region_code", "edition"]
    files = receipts.select("file_sha256", "file_name", "received_date", "arrival", "is_withdrawing", *season)
    last = files.filter("is_withdrawing").sort("received_date", "arrival", "file_sha256").unique(season, keep="last")
    gone = observations.join(submissions.select("submission_id"), on="submission_id", how="anti")
    if gone.is_empty() or last.is_empty():
        return pl.DataFrame(schema=WITHDRAWALS)
    by_file = (
        gone.sort("received_date", maintain_order=True)
        .unique("submission_id", keep="last", maintain_order=True)
        .join(files.select("file_sha256", pl.col("file_name").alias("from_file")), on="file_sha256")
        .join(
            last.select(
                *season, "file_name", pl.col("received_date").alias("day"), pl.col("file_sha256").alias("last")
            ),
            on=season,
        )
        .filter(pl.col("file_sha256") != pl.col("last"))  # of the last export itself a correction withdrew it
    )
    counted = by_file.group_by(*season, "file_name", "from_file", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("count"), (pl.col("received_date") == pl.col("day")).any().alias("is_same_day")
    )
    return counted.select(list(WITHDRAWALS)).sort(list(WITHDRAWALS)[:4])
