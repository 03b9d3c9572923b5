"""Ranks regions by their index within an edition and a scope, as a range of places where indices are bounds."""

from collections.abc import Sequence
from typing import Literal

import narwhals as nw
from narwhals.typing import IntoFrameT

from iga.index.frame_expressions import LazyFrame, as_given, lazy, require, single_of, when

RANK_COLUMNS = ("rank", "rank_low", "rank_high", "ranked_count")

SEPARATE = ("edition", "rulebook", "score_kind", "assumption_id")
"""Columns that keep rankings apart: regions are only ranked among rows that agree in those which are there."""


def rank_regions(
    frame: IntoFrameT, *, scope_column: str | None = None, ties: Literal["min", "max"] = "min"
) -> IntoFrameT:
    """The frame with rank_low (best place possible), rank_high (worst), rank (where these agree) and ranked_count.

    `frame` holds iid_lower_x100 and iid_upper_x100, one row per region_code and per what keeps rankings apart (edition,
    rulebook, score_kind, assumption_id: those that are there). `scope_column` names a further column within whose
    values regions are ranked; where it is null a region is in no scope. Regions without bounds are unranked (null).

    With the true index anywhere within its bounds, a region can be no better than behind all whose lower bound is above
    its upper one, and no worse than behind all others whose upper bound is above its lower one. `ties` says whether
    equal indices share the best place (min) or the worst (max). Raises ScoreInvalid for missing columns.
    """
    rows = lazy(frame)
    names = rows.collect_schema().names()
    scope = [scope_column] if scope_column else []
    require(names, ("region_code", "iid_lower_x100", "iid_upper_x100", *scope), "frame")
    within = [*[name for name in SEPARATE if name in names], *scope]
    places = _places(rows, within, ties)
    kept = [name for name in names if name not in RANK_COLUMNS]
    ranked = rows.select(*kept).join(places, on=["region_code", *within], how="left")
    single = ranked.with_columns(single_of("rank_low", "rank_high").alias("rank"))
    return as_given(single.select(*kept, *RANK_COLUMNS), frame)


def _places(rows: LazyFrame, within: Sequence[str], ties: Literal["min", "max"]) -> LazyFrame:
    """rank_low, rank_high and ranked_count of each region that has bounds and a scope."""
    keys = ["region_code", *within]
    known = [~nw.col(name).is_null() for name in ("iid_lower_x100", "iid_upper_x100", *within)]
    has_index = rows.filter(nw.all_horizontal(*known, ignore_nulls=True))
    bounds = _with_order(_stacked(has_index, keys), within, ties)
    others = nw.col("order_all") - nw.col("order_same")
    is_lower = nw.col("is_lower")
    ranked = bounds.group_by(*keys).agg(
        when(~is_lower, others).max().alias("above_surely"),
        when(is_lower, others).max().alias("above_possibly"),
        when(is_lower, nw.col("value")).max().alias("lower"),
        when(~is_lower, nw.col("value")).max().alias("upper"),
        nw.col("ranked_count").max().alias("ranked_count"),
    )
    lower, upper = nw.col("lower"), nw.col("upper")
    is_above_itself_surely = (lower > upper) if ties == "min" else (lower >= upper)
    is_above_itself_possibly = (upper > lower) if ties == "min" else (upper >= lower)
    return ranked.select(
        *keys,
        (nw.col("above_surely") - is_above_itself_surely.cast(nw.Int64) + 1).alias("rank_low"),
        (nw.col("above_possibly") - is_above_itself_possibly.cast(nw.Int64) + 1).alias("rank_high"),
        "ranked_count",
    )


def _stacked(rows: LazyFrame, keys: Sequence[str]) -> LazyFrame:
    """Two rows per region: its lower bound and its upper bound, as `value`."""
    lower = rows.select(*keys, nw.col("iid_lower_x100").alias("value"), nw.lit(True).alias("is_lower"))
    upper = rows.select(*keys, nw.col("iid_upper_x100").alias("value"), nw.lit(False).alias("is_lower"))
    return nw.concat([lower, upper], how="vertical")


def _with_order(bounds: LazyFrame, within: Sequence[str], ties: Literal["min", "max"]) -> LazyFrame:
    """The place of each bound among all bounds and among those of its own kind.

    Their difference is the number of bounds of the other kind above it (with `max`, above or equal), which saves
    comparing every pair of regions.
    """
    place = nw.col("value").rank(method=ties, descending=True).cast(nw.Int64)
    # A constant stands in where nothing keeps rankings apart: a window needs a partition.
    apart = bounds.with_columns(nw.lit(1).alias("everywhere"))
    whole = list(within) or ["everywhere"]
    return apart.with_columns(
        place.over(*whole).alias("order_all"),
        place.over(*whole, "is_lower").alias("order_same"),
        nw.col("is_lower").cast(nw.Int64).sum().over(*whole).cast(nw.Int64).alias("ranked_count"),
    )
