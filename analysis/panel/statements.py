"""Which of several published statements is preferred, by the panel's rule, and which contradict each other."""

from __future__ import annotations

import polars as pl

from analysis.panel.rules import panel_rules

CONTRADICTABLE = {"score": ("measure", "stage"), "predicate": ("stage",), "innovation_count": ("stage",)}
"""Quantities whose values contradict each other when they differ, and what else must agree for that."""


def preferred(statements: pl.DataFrame, quantity: str, column: str) -> pl.DataFrame:
    """One statement per region and edition that states the quantity: by stage, confidence, agreement, number.

    `column` is the quantity's own column; statements without it are passed over.
    """
    rule = panel_rules().preference
    stated = statements.filter(pl.col(column).is_not_null())
    keys = ["region_code", "edition"]
    ordered = stated.with_columns(
        pl.col("stage").replace_strict({name: place for place, name in enumerate(rule.stages)}, default=99).alias("_s"),
        pl.col("confidence")
        .replace_strict({name: place for place, name in enumerate(rule.confidences)}, default=99)
        .alias("_c"),
        pl.col("source").n_unique().over([*keys, column]).alias("_agreeing"),
        pl.lit(quantity).alias("quantity"),
    ).sort(["_s", "_c", "_agreeing", "statement_id"], descending=[False, False, True, False])
    return ordered.unique(keys, keep="first", maintain_order=True).drop("_s", "_c", "_agreeing")


def marked_contradictions(statements: pl.DataFrame) -> pl.DataFrame:
    """The statements with `contradiction`: quantity and all values stated, where those of one stage differ."""
    frame = statements.with_columns(contradiction=pl.lit(None, pl.String))
    for quantity, alike in CONTRADICTABLE.items():
        stated = statements.filter(pl.col(quantity).is_not_null())
        keys = ["region_code", "edition", *alike]
        told = (
            stated.sort("statement_id")
            .group_by(keys)
            .agg(
                pl.col(quantity).n_unique().alias("values"),
                pl.format("{} ({})", pl.col(quantity).cast(pl.String), "statement_id").str.join(", ").alias("told"),
            )
            .filter(pl.col("values") > 1)
            .select(*keys, pl.format("{}: {}", pl.lit(quantity), "told").alias("found"))
        )
        frame = (
            frame.join(told, on=keys, how="left", nulls_equal=True)
            .with_columns(
                contradiction=pl.when(pl.col(quantity).is_not_null() & pl.col("found").is_not_null())
                .then(pl.concat_str("contradiction", "found", separator="; ", ignore_nulls=True))
                .otherwise("contradiction")
            )
            .drop("found")
        )
    return frame
