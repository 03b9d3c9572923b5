"""Observations become submissions, as of each day on which something was received: which file counts, field by field.

The latest full receipt of a city and edition replaces what came before it; what comes after it (partial exports,
corrections, lists of reviewers) speaks of its own rows only. A field is taken from the last receipt whose file states
it at all, so that a list of verified scores empties no date; whose word goes first is data (``precedence.toml``).
Absence from a full receipt means withdrawn; the observations stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from etl.season.precedence import load_precedence
from etl.season.table_contracts import STATED

SEASON = ("region_code", "edition")
FIELDS = STATED
TOGETHER = {"title_original": "title", "title_note": "title", "longitude": "latitude"}
"""Fields that are taken from where another one is taken from."""

DAYS = {"region_code": pl.String, "edition": pl.Int32, "day": pl.Date, "until": pl.Date, "number": pl.UInt32}


@dataclass(frozen=True)
class Round:
    """All seasons as of their n-th day.

    `cut`: region_code, edition, day, until (the next day of the season or null). `submissions`: one row each,
    with the columns of an observation, of which `source_id` is that of the observation that counts. `counting`: the
    source_id of every observation that may still speak. `borrowed`: submission_id, column_name, source_id of fields
    that another observation gave.
    """

    cut: pl.DataFrame
    submissions: pl.DataFrame
    counting: pl.Series
    borrowed: pl.DataFrame


def season_days(received: pl.DataFrame) -> pl.DataFrame:
    """The days of each season (columns `DAYS`), from a frame of region_code, edition and received_date."""
    if received.is_empty():
        return pl.DataFrame(schema=DAYS)
    days = received.select(*SEASON, pl.col("received_date").alias("day")).unique().sort(*SEASON, "day")
    return days.with_columns(
        pl.col("day").shift(-1).over(SEASON).alias("until"),
        pl.int_range(pl.len(), dtype=pl.UInt32).over(SEASON).alias("number"),
    ).select(list(DAYS))


def cuts(days: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The first day of every season, then the second of those that have one, and so on."""
    for number in range(days["number"].n_unique()):
        yield days.filter(pl.col("number") == number).drop("number")


def rounds(observations: pl.DataFrame, days: pl.DataFrame) -> Iterator[Round]:
    """The seasons as of each of their days; `observations` in order of precedence (`table_contracts.contract`)."""
    states = _stated_fields(observations)
    for cut in cuts(days):
        seen = observations.join(cut, on=SEASON, how="inner", maintain_order="left")
        seen = seen.filter(pl.col("received_date") <= pl.col("day"))
        yield _resolved(seen, cut, states)


def _stated_fields(observations: pl.DataFrame) -> pl.DataFrame:
    """Per file which fields it states in at least one row (columns ``states_<field>``)."""
    return observations.group_by("file_sha256").agg(
        pl.col(TOGETHER.get(name, name)).is_not_null().any().alias(f"states_{name}") for name in FIELDS
    )


def _resolved(seen: pl.DataFrame, cut: pl.DataFrame, states: pl.DataFrame) -> Round:
    placed = seen.with_row_index("order").with_columns(may_still_speak().alias("counts"))
    # Of those that count the last one stands for the innovation; a reviewers' list only where no other file knows it.
    weight = pl.col("order").cast(pl.Int64) - pl.when("is_reviewer").then(placed.height).otherwise(0)
    counting = placed.filter("counts").with_columns(weight.alias("weight"))
    base = counting.filter(pl.col("weight") == pl.col("weight").max().over("submission_id"))
    several = placed.filter(
        pl.col("submission_id").is_in(base["submission_id"].implode()) & (pl.len().over("submission_id") > 1)
    )
    submissions, borrowed = _with_fields(base, several, states)
    return Round(cut, submissions.drop("order", "counts", "weight"), counting["source_id"], borrowed)


def may_still_speak() -> pl.Expr:
    """Return whether an observation may still speak: it is of the last full receipt of its season, or came after it."""
    full_days = pl.col("received_date").filter("is_withdrawing")
    full_files = pl.col("file_sha256").filter("is_withdrawing")
    last_day, last_file = full_days.max().over(SEASON), full_files.last().over(SEASON)
    return (
        last_day.is_null()
        | (pl.col("received_date") > last_day)
        | (pl.col("is_withdrawing") & (pl.col("file_sha256") == last_file))
        | (~pl.col("is_withdrawing") & (pl.col("received_date") == last_day))
    )


def _with_fields(base: pl.DataFrame, several: pl.DataFrame, states: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The base with each field from the last file that states it, and which fields other observations gave."""
    none_borrowed = pl.DataFrame(schema={"submission_id": pl.String, "column_name": pl.String, "source_id": pl.String})
    if several.is_empty():
        return base, none_borrowed
    has_silent = several["silent_fields"].null_count() < several.height
    spoken = several.join(states, on="file_sha256", how="left", maintain_order="left")
    is_alone = pl.col("is_reviewer").all().over("submission_id")
    spoken = spoken.with_columns(is_alone.alias("is_alone"))
    found = spoken.group_by("submission_id", maintain_order=True).agg(
        *(_last(name, name, has_silent=has_silent).alias(f"new_{name}") for name in FIELDS),
        *(_last(name, "source_id", has_silent=has_silent).alias(f"from_{name}") for name in FIELDS),
        pl.col("is_simulated").any().alias("any_simulated"),
    )
    joined = base.join(found, on="submission_id", how="left", maintain_order="left")
    is_found = pl.col("any_simulated").is_not_null()
    taken = joined.with_columns(
        *(pl.when(is_found).then(f"new_{name}").otherwise(name).alias(name) for name in FIELDS),
        (pl.col("is_simulated") | pl.col("any_simulated").fill_null(False)).alias("is_simulated"),
    )
    origins = taken.filter(is_found).select(
        "submission_id", "source_id", *(pl.col(f"from_{name}").alias(name) for name in FIELDS)
    )
    borrowed = origins.unpivot(
        index=["submission_id", "source_id"], variable_name="column_name", value_name="origin"
    ).filter(pl.col("origin") != pl.col("source_id"))
    told = borrowed.select("submission_id", "column_name", pl.col("origin").alias("source_id"))
    return taken.select(base.columns), told


def _last(name: str, column: str, *, has_silent: bool) -> pl.Expr:
    """The value of a column in the last observation whose file states the field, and whose row speaks of it."""
    rules = load_precedence()
    silent = [layout for layout, reviewer in rules.reviewers.items() if name not in reviewer.speaks_of]
    speaks = pl.col("is_alone") | ~pl.col("layout").is_in(silent)
    stated = pl.col(f"states_{name}") & speaks
    if has_silent:  # of a returned row only the cells that its sender changed are news
        listed = pl.lit("|") + pl.col("silent_fields") + "|"
        stated &= ~listed.str.contains(f"|{name}|", literal=True).fill_null(value=False)
    values = pl.col(column).filter(stated)
    if name in rules.verified_fields:
        values = values.sort_by(pl.col("is_reviewer").filter(stated), maintain_order=True)
    return values.last()


def compressed(versions: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Versions (with valid_from and valid_to) of which those that follow each other and say the same are one."""
    if versions.is_empty() or not versions["valid_to"].is_not_null().any():
        return versions
    content = [name for name in versions.columns if name not in ("valid_from", "valid_to")]
    ordered = versions.sort(*key, "valid_from")
    is_gap = (pl.col("valid_from") != pl.col("valid_to").shift(1)).fill_null(True)
    runs = ordered.with_columns(pl.struct(content).rle_id().alias("run"), is_gap.cum_sum().alias("gap"))
    # A gap also opens where one key ends and the next begins, which costs nothing: the content differs there anyway.
    joined = runs.group_by("run", "gap", maintain_order=True).agg(
        *(pl.col(name).first() for name in content), pl.col("valid_from").first(), pl.col("valid_to").last()
    )
    return joined.select(versions.columns)
