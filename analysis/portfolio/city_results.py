"""What is known of a city itself over years and schemes: awards, published results of IGA and IDSD, KIPP's rules."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from warehouse.snapshot import Snapshot

CITY_RESULTS: dict[str, Any] = {
    "year": pl.Int64,
    "scheme": pl.String,
    "stage": pl.String,
    "result": pl.String,
    "measure": pl.String,
    "score": pl.Decimal(12, 2),
    "rank_text": pl.String,
    "rank_scope": pl.String,
    "innovation_count": pl.Int64,
    "basis": pl.String,
    "confidence": pl.String,
    "source": pl.String,
    "note": pl.String,
}
IDSD: dict[str, Any] = {"year": pl.String, "score": pl.String, "basis": pl.String, "source": pl.String}
KIPP: dict[str, Any] = {
    "year": pl.Int64,
    "state": pl.String,
    "group_count": pl.Int64,
    "groups": pl.String,
    "category_count": pl.Int64,
    "years_running": pl.Int64,
    "entry_count": pl.Int64,
    "note_id": pl.String,
    "note_en": pl.String,
    "source": pl.String,
    "confidence": pl.String,
}
_PUBLISHED = """
select
    edition as year, lower(scheme) as scheme, stage, predicate, award, measure, score, rank_text, rank_scope,
    innovation_count, confidence, source, note
from published_result
where region_code = $region and edition <= $edition and scheme in ('IGA', 'IDSD')
order by edition desc, scheme, statement_id
"""


def published_of_city(snapshot: Snapshot, region_code: str, edition: int) -> pl.DataFrame:
    """Return every published statement of IGA and IDSD about a city; contradictions stand side by side."""
    rows = snapshot.sql(_PUBLISHED, {"region": region_code, "edition": edition})
    told = rows.with_columns(
        pl.concat_str(pl.col("predicate"), pl.col("award"), separator="; ", ignore_nulls=True)
        .replace("", None)
        .alias("result"),
        pl.lit("published").alias("basis"),
    )
    return told.select(pl.col(name).cast(kind) for name, kind in CITY_RESULTS.items())


def city_results(entries: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Return awards of the city itself (entries that name no innovation), then what was published; newest first."""
    own = entries.filter(pl.col("title").is_null())
    added = [pl.lit(None, dtype=kind).alias(name) for name, kind in CITY_RESULTS.items() if name not in own.columns]
    together = pl.concat([own.with_columns(added).select(list(CITY_RESULTS)), published])
    order = [pl.col("basis") == "published", pl.col("year"), pl.col("scheme")]
    return together.sort(order, descending=[False, True, False], nulls_last=True, maintain_order=True)


def idsd_of_city(own: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Return IDSD by year: what the home states (year, score, source as text), and what was published."""
    stated = own.with_columns(pl.lit("home").alias("basis")).select(list(IDSD))
    known = published.filter((pl.col("measure") == "idsd") & pl.col("score").is_not_null()).select(
        pl.col("year").cast(pl.String), pl.col("score").cast(pl.String), "basis", "source"
    )
    return pl.concat([stated, known]).sort("year", "basis", nulls_last=True, maintain_order=True)


@cache
def kipp_rules() -> dict[int, dict[str, str]]:
    """Return what is known of KIPP's groups and conditions by year."""
    text = files("warehouse").joinpath("reference", "schemes", "kipp.csv").read_text(encoding="utf-8")
    return {int(row["edition"]): row for row in csv.DictReader(text.splitlines())}


def kipp_by_year(entries: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return KIPP's rules of each year up to one, with the city's entries; a year that nobody states is unknown."""
    rules = kipp_rules()
    entered = entries.filter(pl.col("scheme").is_in(["kipp", "sinovik"]) & pl.col("year").is_not_null())
    years = sorted({*range(min(rules), max(last, min(rules)) + 1), *entered["year"].to_list()}, reverse=True)
    rows: list[dict[str, Any]] = []
    for year in years:
        rule = rules.get(year, {})
        counts = {
            name: int(rule[name]) if rule.get(name) else None
            for name in ("group_count", "category_count", "years_running")
        }
        texts = {name: rule.get(name) or None for name in ("groups", "note_id", "note_en", "source", "confidence")}
        state = "held" if rule else "unknown"
        entry_count = entered.filter(pl.col("year") == year).height or None
        rows.append({"year": year, "state": state, **counts, **texts, "entry_count": entry_count})
    return pl.DataFrame(rows, schema=KIPP)
