"""A series of published figures over editions, refused where it would cross a break in method."""

from __future__ import annotations

from typing import Literal

import polars as pl

from analysis.panel.breaks import refused_between
from analysis.panel.contents import PanelContents
from analysis.panel.panel_rows import score_of_edition
from analysis.panel.rules import BreakInMethod, panel_rules
from warehouse.language import Language
from warehouse.region import resolve_city


def published_trend(
    panel: PanelContents,
    city: str,
    first: int,
    last: int,
    *,
    quantity: Literal["score", "predicate"] = "score",
    language: Language | None = None,
) -> pl.DataFrame:
    """Return the preferred published figures of a city from one edition to another.

    Columns: edition, value, measure (the scale of a score), confidence, statement_id. Editions without a figure have no
    row; a city that publishes in some years alone chose them, so that no trend follows from its figures by themselves
    (`analysis.panel.publication_limits.selection_bounds`).

    Raises BreakInMethod, with the reason and where to cut, when the editions lie on both sides of a break after which
    figures do not compare.
    """
    crossed = refused_between(panel.breaks, first, last, quantity)
    if crossed:
        told = language or Language("en")
        broken = crossed[0]
        raise BreakInMethod(
            "No trend is shown across {first}|{last}: {reason}",
            next_step="ask for editions up to {first}, or from {last} on",
            place=f"{city}, {quantity}",
            first=broken.between[0],
            last=broken.between[1],
            reason=broken.reason_id if told.code == "id" else broken.reason_en,
        )
    code = resolve_city(city).region_code
    rows = panel.frame.filter((pl.col("region_code") == code) & pl.col("edition").is_between(first, last))
    if quantity == "score":
        scored = score_of_edition(rows)
        confidence = pl.coalesce(
            pl.when(pl.col("measure") == measure).then(f"published_{measure}_confidence")
            for measure in panel_rules().index_measures
        )
        told_rows = scored.select(
            "edition", pl.col("score").alias("value"), "measure", confidence.alias("confidence"),
            pl.col("score_statement_id").alias("statement_id"),
        )  # fmt: skip
    else:
        told_rows = rows.filter(pl.col(f"published_{quantity}").is_not_null()).select(
            "edition", pl.col(f"published_{quantity}").alias("value"), pl.lit(None, pl.String).alias("measure"),
            pl.col(f"published_{quantity}_confidence").alias("confidence"),
            pl.col(f"published_{quantity}_statement_id").alias("statement_id"),
        )  # fmt: skip
    return told_rows.sort("edition")
