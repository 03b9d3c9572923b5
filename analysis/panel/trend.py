"""A series of published figures over editions, refused where it would cross a break in method."""

from __future__ import annotations

from typing import Literal

import polars as pl

from analysis.panel.read_panel import Panel
from analysis.panel.rules import BreakInMethod, panel_rules
from warehouse.language import Language
from warehouse.region import resolve_city


def published_trend(
    panel: Panel,
    city: str,
    first: int,
    last: int,
    *,
    quantity: Literal["score", "predicate"] = "score",
    language: Language | None = None,
) -> pl.DataFrame:
    """The preferred published figures of a city from one edition to another: edition, value, measure, statement_id.

    Raises BreakInMethod, with the reason and where to cut, when the editions lie on both sides of a break after which
    figures do not compare. Editions without a figure have no row.
    """
    crossed = panel_rules().refused_between(first, last, quantity)
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
    rows = panel.frame.filter(
        (pl.col("region_code") == code)
        & pl.col("edition").is_between(first, last)
        & pl.col(f"published_{quantity}").is_not_null()
    )
    return rows.select(
        "edition",
        pl.col(f"published_{quantity}").alias("value"),
        pl.col("published_measure").alias("measure"),
        pl.col(f"published_{quantity}_statement_id").alias("statement_id"),
    ).sort("edition")
