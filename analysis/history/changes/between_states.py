"""What changed between two states of the seasons: two snapshots, or two days of one.

Every change of an innovation is a row (`CHANGE_SCHEMA`), so that it can be counted, filtered and printed in one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

SCORES = ("claimed_score", "verified_score", "final_score")
WORDS = {
    "status": "status_changed",
    "title": "title_changed",
    "unit_name": "unit_changed",
    "stage": "stage_changed",
}
"""Fields of which each change is told with both words, and what such a change is called."""
KEY = ("region_code", "edition")

CHANGE_SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "change": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "unit_id": pl.String,
    "column_name": pl.String,
    "before": pl.String,
    "after": pl.String,
    "difference": pl.Decimal(12, 2),
    "submission_id": pl.String,
    "innovation_id": pl.String,
    "is_simulated": pl.Boolean,
}
CHANGES = (
    "new",
    "gone",
    "score_up",
    "score_down",
    "score_given",
    "score_taken",
    "status_changed",
    "title_changed",
    "unit_changed",
    "stage_changed",
    "document_added",
    "document_removed",
    "level_up",
    "level_down",
    "level_given",
    "level_taken",
)
"""The kinds of change. `score_given`, `level_given`: there was none before; `_taken`: there is none any more."""


@dataclass(frozen=True)
class Changes:
    """What changed from one state to another.

    `innovations`: one row per change (`CHANGE_SCHEMA`). `units`: region_code, edition, unit_name, a count per kind of
    change, and `score_difference`, the sum of the differences of claimed scores. `seasons`: region_code, edition,
    innovations before and after, and the claimed index under the edition's rulebooks before and after.
    """

    innovations: pl.DataFrame
    units: pl.DataFrame
    seasons: pl.DataFrame
    before: str
    after: str
    is_simulated: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return self.innovations.is_empty()


def changes_between(
    before: Snapshot, after: Snapshot, *, region_code: str | None = None, edition: int | None = None
) -> Changes:
    """What changed between two open snapshots (or two days of one, `Snapshot.at`), of one season or of all.

    An innovation is the same where its submission is, else where its innovation_id is and nothing else bears it.
    """
    place: dict[str, object] = {"region_code": region_code, "edition": edition}
    old, new = (
        snapshot.sql(sql_text("analysis.history.changes", "submissions"), dict(place)) for snapshot in (before, after)
    )
    pairs = _paired(old, new)
    answers = [
        snapshot.sql(sql_text("analysis.history.changes", "answers"), dict(place)) for snapshot in (before, after)
    ]
    found = pl.concat([*_come_and_gone(old, new, pairs), *_fields(pairs), *_answers(pairs, *answers)])
    order = pl.Enum(CHANGES)
    changes = found.select(list(CHANGE_SCHEMA)).sort(
        *KEY, pl.col("change").cast(order), "unit_name", "title", "column_name", nulls_last=True
    )
    indices = [
        snapshot.sql(sql_text("analysis.history.changes", "indices"), dict(place)) for snapshot in (before, after)
    ]
    return Changes(
        innovations=changes,
        units=_by_unit(changes),
        seasons=_seasons(old, new, *indices),
        before=before.state,
        after=after.state,
        is_simulated=before.is_simulated or after.is_simulated,
    )


def changes_on(
    snapshot: Snapshot, first: date, last: date, *, region_code: str | None = None, edition: int | None = None
) -> Changes:
    """What changed between the ends of two days of one snapshot."""
    with snapshot.at(first) as before, snapshot.at(last) as after:
        return changes_between(before, after, region_code=region_code, edition=edition)


def export_days(snapshot: Snapshot, region_code: str, edition: int) -> list[date]:
    """The days on which a list of innovations of the city and edition was received, oldest first."""
    query = """
    select day from season_day
    where has_list and day <= on_day() and region_code = $region_code and edition = $edition order by day
    """
    days: list[date] = snapshot.sql(query, {"region_code": region_code, "edition": edition})["day"].to_list()
    return days


def changes_since_previous_export(snapshot: Snapshot, region_code: str, edition: int) -> Changes | None:
    """What changed since the export before the last one ("Berubah sejak ekspor sebelumnya"), up to now or `as_of`.

    None where fewer than two days brought a list of innovations: there is nothing to compare with.
    """
    days = export_days(snapshot, region_code, edition)
    if len(days) < 2:
        return None
    with snapshot.at(days[-2]) as before:
        return changes_between(before, snapshot, region_code=region_code, edition=edition)


def _paired(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The innovations that stand on both sides: the new row, with the old one's columns as ``old_...``."""
    names = {name: f"old_{name}" for name in old.columns if name not in KEY}
    before = old.rename(names)
    same = new.join(before, left_on=[*KEY, "submission_id"], right_on=[*KEY, "old_submission_id"], how="inner")
    same = same.with_columns(pl.col("submission_id").alias("old_submission_id"))
    left = before.join(same.select("old_submission_id"), on="old_submission_id", how="anti")
    right = new.join(same.select("submission_id"), on="submission_id", how="anti")
    by = [*KEY, "innovation_id"]
    once_old = left.filter(pl.len().over(*KEY, "old_innovation_id") == 1)
    once_new = right.filter(pl.len().over(*by) == 1)
    moved = once_new.join(once_old, left_on=by, right_on=[*KEY, "old_innovation_id"], how="inner")
    moved = moved.with_columns(pl.col("innovation_id").alias("old_innovation_id"))
    return pl.concat([same, moved.select(same.columns)])


def _come_and_gone(old: pl.DataFrame, new: pl.DataFrame, pairs: pl.DataFrame) -> list[pl.DataFrame]:
    come = new.join(pairs.select("submission_id"), on="submission_id", how="anti")
    gone = old.join(pairs.select(pl.col("old_submission_id").alias("submission_id")), on="submission_id", how="anti")
    score = pl.col("claimed_score").cast(pl.String)
    nothing = pl.lit(None, dtype=pl.String)
    return [
        _told(come, "new", "claimed_score", nothing, score, pl.col("claimed_score")),
        _told(gone, "gone", "claimed_score", score, nothing, -pl.col("claimed_score")),
    ]


def _fields(pairs: pl.DataFrame) -> list[pl.DataFrame]:
    frames = []
    for name in SCORES:
        before, after = pl.col(f"old_{name}"), pl.col(name)
        for change, condition in _directions("score", before, after):
            frames.append(
                _told(
                    pairs.filter(condition), change, name, before.cast(pl.String), after.cast(pl.String), after - before
                )
            )
    for name, change in WORDS.items():
        before, after = pl.col(f"old_{name}"), pl.col(name)
        frames.append(_told(pairs.filter(before.ne_missing(after)), change, name, before, after, None))
    return frames


def _directions(what: str, before: pl.Expr, after: pl.Expr) -> list[tuple[str, pl.Expr]]:
    return [
        (f"{what}_up", after > before),
        (f"{what}_down", after < before),
        (f"{what}_given", before.is_null() & after.is_not_null()),
        (f"{what}_taken", before.is_not_null() & after.is_null()),
    ]


def _answers(pairs: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame) -> list[pl.DataFrame]:
    """Changes of levels, and of whether a document is there."""
    key = ["submission_id", "indicator_number", "score_kind"]
    ids = pairs.select("submission_id", "old_submission_id")
    before = (
        old.rename({"submission_id": "old_submission_id"})
        .join(ids, on="old_submission_id", how="inner")
        .drop("old_submission_id")
    )
    both = new.join(ids.select("submission_id"), on="submission_id", how="semi").join(
        before, on=key, how="full", coalesce=True, suffix="_before"
    )
    was, now = pl.col("level_before"), pl.col("level")
    had = pl.col("is_complete_before").fill_null(False)
    has = pl.col("is_complete").fill_null(False)
    moved = both.filter(was.ne_missing(now) | (had != has)).join(pairs, on="submission_id", how="inner")
    number = pl.col("indicator_number")
    frames = [
        _told(moved.filter(condition), change, number, was.cast(pl.String), now.cast(pl.String), now - was)
        for change, condition in _directions("level", was, now)
    ]
    word = {True: pl.lit("true"), False: pl.lit("false")}
    for change, condition in (("document_added", has & ~had), ("document_removed", had & ~has)):
        is_added = change == "document_added"
        frames.append(_told(moved.filter(condition), change, number, word[not is_added], word[is_added], None))
    return frames


def _told(
    rows: pl.DataFrame, change: str, column: str | pl.Expr, before: pl.Expr, after: pl.Expr, difference: pl.Expr | None
) -> pl.DataFrame:
    """Rows of `CHANGE_SCHEMA`."""
    told = rows.select(
        *KEY,
        pl.lit(change).alias("change"),
        "title",
        "unit_name",
        "unit_id",
        (pl.lit(column) if isinstance(column, str) else column).alias("column_name"),
        before.alias("before"),
        after.alias("after"),
        (pl.lit(None) if difference is None else difference).cast(pl.Decimal(12, 2)).alias("difference"),
        "submission_id",
        "innovation_id",
        "is_simulated",
    )
    return told.cast(pl.Schema(CHANGE_SCHEMA))


def _by_unit(changes: pl.DataFrame) -> pl.DataFrame:
    is_claimed = pl.col("column_name") == "claimed_score"
    return (
        changes.group_by(*KEY, "unit_name")
        .agg(
            *((pl.col("change") == change).sum().alias(change) for change in CHANGES),
            pl.col("difference").filter(is_claimed).sum().alias("score_difference"),
            pl.col("is_simulated").any(),
        )
        .sort(*KEY, "unit_name")
    )


def _seasons(old: pl.DataFrame, new: pl.DataFrame, old_index: pl.DataFrame, new_index: pl.DataFrame) -> pl.DataFrame:
    """Per season and rulebook the number of innovations and the claimed index on both sides."""
    counts = [
        frame.group_by(KEY).agg(pl.len().cast(pl.Int64).alias(f"innovations_{side}"))
        for frame, side in ((old, "before"), (new, "after"))
    ]
    seasons = (
        counts[0]
        .join(counts[1], on=KEY, how="full", coalesce=True)
        .with_columns(pl.col("innovations_before", "innovations_after").fill_null(0))
    )
    values = ["iid", "iid_lower", "iid_upper"]
    keys = [*KEY, "rulebook"]
    sides = [
        frame.select(*keys, "is_estimate", *(pl.col(name).alias(f"{name}_{side}") for name in values))
        for frame, side in ((old_index, "before"), (new_index, "after"))
    ]
    both = (
        sides[0]
        .join(sides[1], on=keys, how="full", coalesce=True)
        .with_columns(pl.coalesce("is_estimate", "is_estimate_right").alias("is_estimate"))
    )
    told = seasons.join(both.drop("is_estimate_right"), on=list(KEY), how="left")
    return told.with_columns((pl.col("iid_after") - pl.col("iid_before")).alias("iid_difference")).sort(
        *KEY, "is_estimate", "rulebook", nulls_last=True
    )


DETAILS = ("level_up", "level_down", "level_given", "level_taken", "document_added", "document_removed")
"""Kinds of change of which one innovation may have twenty at once."""


def summarised(changes: pl.DataFrame) -> pl.DataFrame:
    """The rows of changes with those of levels and documents put together: one row per innovation and kind.

    `column_name` then names the indicators, joined by commas; `before` and `after` stay where all of them agree.
    """
    is_detail = pl.col("change").is_in(DETAILS)
    by = [name for name in CHANGE_SCHEMA if name not in ("column_name", "before", "after", "difference")]
    agreed = [
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name) for name in ("before", "after")
    ]
    together = (
        changes.filter(is_detail)
        .sort(pl.col("column_name").str.extract(r"^(\d+)").cast(pl.Int64), "column_name", maintain_order=True)
        .group_by(by, maintain_order=True)
        .agg(pl.col("column_name").str.join(", "), *agreed, pl.lit(None, dtype=pl.Decimal(12, 2)).alias("difference"))
    )
    order = [*KEY, pl.col("change").cast(pl.Enum(CHANGES)), "unit_name", "title", "submission_id"]
    rows = pl.concat([changes.filter(~is_detail), together.select(list(CHANGE_SCHEMA))])
    return rows.sort(order, nulls_last=True, maintain_order=True)


def net_score(changes: Changes) -> Decimal:
    """The sum of the differences of claimed scores: what came, went, rose and fell together."""
    claimed = changes.innovations.filter(pl.col("column_name") == "claimed_score")["difference"].drop_nulls()
    return sum(claimed, Decimal(0))
