"""The regions of the whole country in one edition: who has data, where they stand, and what was published."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from analysis import open_snapshot
from reports.pages.compare_cities.figures import contradictions, ranked
from reports.pages.national_ranking.parameters import NationalParameters
from reports.queries import ask
from warehouse import Snapshot
from warehouse.language import Language

CLUSTERS = ("provinsi", "kabupaten", "kota")
"""The kinds of region among which the award ranks."""

PLACES = ("rank_low", "rank_high", "cluster_rank_low", "cluster_rank_high")


@dataclass(frozen=True)
class Tile:
    """A province on the tile map: its place counted from the north-west corner."""

    province_code: str
    short_name: str
    column: int
    row: int


@dataclass(frozen=True)
class National:
    """What a report on all regions shows.

    `regions`: one row per region that the award ranks (region_code, region_type, name, full_name, province_code,
    province). `index`: the ranked ones with the columns of `region_index`, all under one rulebook, the range of their
    place among all (rank_low, rank_high) and in their cluster (cluster_rank_low, cluster_rank_high), best first.
    `published`: one row per published statement about the award, with `is_contradicted`.
    """

    snapshot: dict[str, Any]
    edition: int
    score: str
    language: Language
    regions: pl.DataFrame
    index: pl.DataFrame
    published: pl.DataFrame

    @property
    def is_simulated(self) -> bool:
        """Whether any computed figure comes from simulated files."""
        return bool(self.index["is_simulated"].any())

    @property
    def is_estimate(self) -> bool:
        """Whether the indices stand under the rules of another edition."""
        return bool(self.index["is_estimate"].any())

    @property
    def rulebook(self) -> str | None:
        """The rulebook that all ranked regions stand under; None where none is ranked."""
        return None if self.index.is_empty() else str(self.index["rulebook"][0])

    @property
    def source_line(self) -> str:
        """Where the computed figures come from."""
        return self.language("Source: files of the regions, computed by IGA Workbench; snapshot {snapshot}").format(
            snapshot=str(self.snapshot["snapshot_id"])[:12]
        )

    def of_cluster(self, cluster: str) -> pl.DataFrame:
        """The ranked regions of a cluster, best first."""
        return self.index.filter(pl.col("region_type") == cluster)

    def provinces(self) -> pl.DataFrame:
        """Per province: province_code, province, region_count, ranked_count, mean_lower, mean_upper of their indices.

        The mean is over the ranked regions of the province, its own government among them; without any it is null.
        """
        counted = self.regions.group_by("province_code", "province").agg(pl.len().alias("region_count"))
        means = self.index.group_by("province_code").agg(
            pl.len().alias("ranked_count"), mean_lower=_mean("iid_lower"), mean_upper=_mean("iid_upper")
        )
        joined = counted.join(means, on="province_code", how="left")
        return joined.with_columns(pl.col("ranked_count").fill_null(0)).sort("province_code")


def _mean(name: str) -> pl.Expr:
    """The mean of a column of hundredths, rounded half up in whole numbers."""
    total, count = (pl.col(name) * 100).cast(pl.Int64).sum(), pl.len().cast(pl.Int64)
    return (((2 * total + count) // (2 * count)).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(12, 2))


@cache
def province_tiles() -> tuple[Tile, ...]:
    """The tile map of the provinces, as `reports/pages/national_ranking/provinces.csv` keeps it."""
    text = files("reports.pages.national_ranking").joinpath("provinces.csv").read_text(encoding="utf-8")
    return tuple(
        Tile(row["province_code"], row["short_name"], int(row["column"]), int(row["row"]))
        for row in csv.DictReader(text.splitlines())
    )


def open_national(parameters: NationalParameters) -> National:
    """Read the country's edition from the snapshot that the parameters name, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_national(snapshot, parameters)


def read_national(snapshot: Snapshot, parameters: NationalParameters) -> National:
    """Read the country's edition from an open snapshot."""
    regions = ask(snapshot, "reports.pages.national_ranking", "autonomous_regions")
    rows = ask(
        snapshot,
        "reports.pages.national_ranking",
        "index",
        edition=parameters.edition,
        score=parameters.score,
        rulebook=parameters.rulebook,
    )
    return National(
        snapshot=snapshot.facts,
        edition=parameters.edition,
        score=parameters.score,
        language=Language(parameters.lang),
        regions=regions,
        index=_ranked_index(rows, regions),
        published=contradictions(
            ask(snapshot, "reports.pages.national_ranking", "published").with_columns(scheme=pl.lit("IGA"))
        ),
    )


def _ranked_index(rows: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """The rows with an index under one rulebook (the edition's own first), ranked in all and by cluster."""
    computed = rows.filter(pl.col("iid_lower").is_not_null()).join(regions, on="region_code")
    if computed.is_empty():
        return computed.with_columns(pl.lit(None, pl.Int64).alias(place) for place in PLACES)
    rulebook = computed.sort("is_estimate", "rulebook")["rulebook"][0]
    alike = computed.filter(pl.col("rulebook") == rulebook)
    within = pl.concat([ranked(alike.filter(pl.col("region_type") == cluster)) for cluster in CLUSTERS])
    places = within.select("region_code", *(pl.col(place).alias(f"cluster_{place}") for place in PLACES[:2]))
    return (
        ranked(alike)
        .join(places, on="region_code")
        .sort("rank_low", "rank_high", pl.col("iid_upper"), "region_code", descending=[False, False, True, False])
    )
