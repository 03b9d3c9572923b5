"""Among whom a region is ranked: all, its cluster, its province, all cities, or a membership list given as data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from math import log
from pathlib import Path

import polars as pl

from warehouse.errors import UnknownName

COLUMNS = {"all": None, "cluster": "region_type", "type": "region_type", "province": "province"}
"""Scopes that a column of the region table forms; a cluster is provinces, regencies or cities."""

CITIES = "cities"


@dataclass(frozen=True)
class RankScope:
    """A scope by name: the column whose values keep rankings apart, and the members it is limited to (None: all)."""

    name: str
    column: str | None
    region_type: str | None = None
    members: frozenset[str] | None = None

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows (region_code, region_type) that belong to the scope."""
        if self.region_type is not None:
            frame = frame.filter(pl.col("region_type") == self.region_type)
        return frame if self.members is None else frame.filter(pl.col("region_code").is_in(list(self.members)))


def known_scopes() -> tuple[str, ...]:
    """The names that a scope may have, membership lists of ``warehouse/reference/scopes`` included."""
    folder = resources.files("warehouse").joinpath("reference", "scopes")
    lists = sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv"))
    return (*COLUMNS, CITIES, *lists)


def scope_named(name: str) -> RankScope:
    """The scope of a name, or of a CSV file with a column ``region_code``. Raises UnknownName for another one."""
    if name in COLUMNS:
        return RankScope(name, COLUMNS[name])
    if name == CITIES:
        return RankScope(name, None, region_type="kota")
    if name in known_scopes():
        text = resources.files("warehouse").joinpath("reference", "scopes", f"{name}.csv").read_text(encoding="utf-8")
        return RankScope(name, None, members=_members(text, f"{name}.csv"))
    if name.endswith(".csv") and Path(name).is_file():
        return RankScope(Path(name).stem, None, members=_members(Path(name).read_text(encoding="utf-8-sig"), name))
    raise UnknownName(
        "No ranking scope is named {name}",
        next_step="those that exist: {known}; or a CSV file with a column region_code",
        name=name,
        known=", ".join(known_scopes()),
    )


def _members(text: str, place: str) -> frozenset[str]:
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "region_code" not in rows[0]:
        raise UnknownName(
            "The membership list has no column region_code",
            next_step="write one region code a line under the header region_code",
            place=place,
        )
    return frozenset(str(row["region_code"]).strip() for row in rows)


def peers_of(regions: pl.DataFrame, region_code: str, *, limit: int = 10) -> pl.DataFrame:
    """The regions of the same kind that are most like one in size, the nearest first, itself included.

    ``regions``: region_code, region_type, population_2025, innovation_count (null where the snapshot has none). Like
    means the sum of the absolute natural logarithms of the ratios of population and, where both are known, of the
    numbers of innovations; added are population_ratio, innovation_ratio and distance. Raises UnknownName if the
    region's population is not known.
    """
    own = regions.filter(pl.col("region_code") == region_code)
    if own.is_empty() or own["population_2025"][0] is None:
        raise UnknownName("No population is known for {region}", next_step="choose another city", region=region_code)
    facts = own.row(0, named=True)
    population = pl.col("population_2025") / facts["population_2025"]
    innovations = pl.col("innovation_count") / facts["innovation_count"] if facts["innovation_count"] else pl.lit(None)
    same = regions.filter(
        (pl.col("region_type") == facts["region_type"])
        & (pl.col("population_2025") > 0)
        & pl.col("is_autonomous").fill_null(True)
    )
    ratios = same.with_columns(
        population.alias("population_ratio"), innovations.cast(pl.Float64).alias("innovation_ratio")
    )
    distance = [
        sum(abs(log(ratio)) for ratio in pair if ratio)
        for pair in ratios.select("population_ratio", "innovation_ratio").iter_rows()
    ]
    return (
        ratios.with_columns(pl.Series("distance", distance, dtype=pl.Float64))
        .sort("distance", "region_code")
        .head(limit + 1)
    )
