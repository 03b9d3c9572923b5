"""The regions of the whole country in one edition: who has data, where they stand, and what was published."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from analysis import open_snapshot
from iga.robustness import RankClaims
from iga.robustness.bounds import claims_among, claims_within_bounds, places_between, share_first
from iga.robustness.claims import claims_of
from reports.pages.compare_cities.figures import contradictions, ranked
from reports.pages.national_ranking.parameters import NationalParameters
from reports.queries import ask
from warehouse import Snapshot
from warehouse.language import Language

POINTS = pl.Decimal(12, 2)
CLUSTERS = ("provinsi", "kabupaten", "kota")
"""The kinds of region among which the award ranks."""


@dataclass(frozen=True)
class EstimateRules:
    """How likely ranks are drawn: number of draws, seed, and the share left out at each end."""

    draws: int
    seed: int
    tail: float

    @property
    def share(self) -> float:
        """The share of the draws that likely ranks hold."""
        return 1 - 2 * self.tail


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
    `estimate` is the middle of the bounds, by which they are in order; `order` and `cluster_order` are places by it.
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
    def is_open(self) -> bool:
        """Whether any index is known by its bounds alone, so that places are estimates."""
        return not self.index.is_empty() and bool((self.index["iid_lower"] != self.index["iid_upper"]).any())

    @cached_property
    def claims(self) -> RankClaims:
        """Indices drawn evenly within their bounds, one unit per row of `index`."""
        rules = estimate_rules()
        low, high = (_hundredths(self.index[bound]) for bound in ("iid_lower", "iid_upper"))
        units = {"region_code": self.index["region_code"].to_list()}
        return claims_within_bounds(units, low, high, draws=rules.draws, seed=rules.seed)

    @cached_property
    def ranking(self) -> pl.DataFrame:
        """The rows of `index` with their likely places among all and in the cluster, and share_first in the cluster."""
        if self.index.is_empty():
            empty = ("likely_low", "likely_high", "cluster_likely_low", "cluster_likely_high")
            nothing = self.index.with_columns(pl.lit(None, pl.Int64).alias(name) for name in empty)
            return nothing.with_columns(share_first=pl.lit(None, pl.Float64))
        tail = estimate_rules().tail
        low, high = places_between(self.claims, tail, 1 - tail)
        within = claims_among(self.claims, self.index["region_type"].to_list())
        cluster_low, cluster_high = places_between(within, tail, 1 - tail)
        return self.index.with_columns(
            pl.Series("likely_low", low, dtype=pl.Int64),
            pl.Series("likely_high", high, dtype=pl.Int64),
            pl.Series("cluster_likely_low", cluster_low, dtype=pl.Int64),
            pl.Series("cluster_likely_high", cluster_high, dtype=pl.Int64),
            pl.Series("share_first", share_first(within), dtype=pl.Float64),
        )

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
        """The ranked regions of a cluster with their likely places, best first."""
        return self.ranking.filter(pl.col("region_type") == cluster)

    def provinces(self) -> pl.DataFrame:
        """Per province: province_code, province, region_count, ranked_count, mean_lower, mean_upper of their indices.

        The mean is over the ranked regions of the province, its own government among them; without any it is null.
        `estimate` is the mean of their estimates, likely_low and likely_high the places of the province by its mean.
        """
        counted = self.regions.group_by("province_code", "province").agg(pl.len().alias("region_count"))
        means = self.index.group_by("province_code").agg(
            pl.len().alias("ranked_count"),
            mean_lower=_mean("iid_lower"),
            mean_upper=_mean("iid_upper"),
            estimate=_mean("estimate"),
        )
        joined = counted.join(means, on="province_code", how="left").join(
            self._province_places(), on="province_code", how="left"
        )
        return joined.with_columns(pl.col("ranked_count").fill_null(0)).sort("province_code")

    def _province_places(self) -> pl.DataFrame:
        codes = list(dict.fromkeys(self.index["province_code"]))
        names = ("likely_low", "likely_high")
        if not codes:
            return pl.DataFrame(schema={"province_code": pl.String} | dict.fromkeys(names, pl.Int64))
        member = np.array([[own == code for code in codes] for own in self.index["province_code"]], dtype=float)
        means = self.claims.scores @ (member / member.sum(axis=0))
        tail = estimate_rules().tail
        places = places_between(claims_of(means, {"province_code": codes}), tail, 1 - tail)
        return pl.DataFrame({"province_code": codes} | dict(zip(names, places, strict=True)))


def _hundredths(values: pl.Series) -> list[int]:
    return (values * 100).cast(pl.Int64).to_list()


@cache
def estimate_rules() -> EstimateRules:
    """Return the rules of the estimate, as `reports/pages/national_ranking/estimate.toml` keeps them."""
    text = files("reports.pages.national_ranking").joinpath("estimate.toml").read_text(encoding="utf-8")
    return EstimateRules(**tomllib.loads(text))


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
        orders = [pl.lit(None, pl.Int64).alias(place) for place in (*PLACES, "order", "cluster_order")]
        return computed.with_columns(*orders, pl.lit(None, POINTS).alias("estimate"))
    rulebook = computed.sort("is_estimate", "rulebook")["rulebook"][0]
    alike = computed.filter(pl.col("rulebook") == rulebook)
    within = pl.concat([ranked(alike.filter(pl.col("region_type") == cluster)) for cluster in CLUSTERS])
    places = within.select("region_code", *(pl.col(place).alias(f"cluster_{place}") for place in PLACES[:2]))
    placed = ranked(alike).join(places, on="region_code").with_columns(estimate=_middle())
    best_first = pl.col("estimate").rank("min", descending=True).cast(pl.Int64)
    ordered = placed.with_columns(order=best_first, cluster_order=best_first.over("region_type"))
    return ordered.sort("order", "rank_low", "region_code")


def _middle() -> pl.Expr:
    """The middle of the bounds, rounded half up in whole hundredths."""
    lower, upper = ((pl.col(bound) * 100).cast(pl.Int64) for bound in ("iid_lower", "iid_upper"))
    total = lower + upper
    return (((total + 1) // 2).cast(pl.Decimal(18, 2)) / 100).cast(POINTS)
