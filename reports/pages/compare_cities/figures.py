"""Several cities over several editions: computed figures, ranks, and what was published about them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.estimate.likely_ranges import likely_ranges
from reports.pages.compare_cities.chances import Chances, read_chances
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.likely_range_blocks import no_ranges, one_per_season
from reports.queries import ask
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city

GROUP: dict[str, pl.DataType] = {
    "region_code": pl.String(),
    "iid_lower": pl.Decimal(12, 2),
    "iid_upper": pl.Decimal(12, 2),
}


@dataclass(frozen=True)
class Comparison:
    """What a report on several cities shows.

    `index`: one row per city, edition and rulebook (columns of `region_index`, with name and full_name). `published`:
    one row per published statement about the cities. `peers`: final published index values of all cities. `group`: the
    bounds of all regions of the same kind in the last edition; `chances`: how likely each place in it is, if known.
    `ranges`: the likely ranges inside the bounds (columns: `analysis.estimate.likely_ranges.SCHEMA`).
    """

    snapshot: dict[str, Any]
    region_codes: tuple[str, ...]
    names: tuple[str, ...]
    editions: tuple[int, ...]
    score: str
    language: Language
    index: pl.DataFrame
    published: pl.DataFrame
    peers: pl.DataFrame
    group: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=GROUP))
    chances: Chances | None = None
    ranges: pl.DataFrame = field(default_factory=no_ranges)

    def on_one_scale(self) -> pl.DataFrame:
        """The rows under the one rulebook by which the last edition is ranked, with `is_drawn` and their likely range.

        What has no bounds there, or bounds wider than `widest_drawn`, is not drawn, unless a likely range lies within
        that is no wider than `widest_likely`: likely_low, likely_high, central_low, central_high and likely_label,
        null where the bounds are drawn alone.
        """
        edition = self.latest_edition
        if edition is None:
            return _with_likely(self.index.clear().with_columns(is_drawn=pl.lit(None, pl.Boolean)), self)
        rulebook = self.ranking(edition)["rulebook"][0]
        width = pl.col("iid_upper") - pl.col("iid_lower")
        rows = _with_likely(self.index.filter(pl.col("rulebook") == rulebook), self)
        likely = (pl.col("likely_high") - pl.col("likely_low")) <= widest_likely()
        return rows.with_columns(is_drawn=(width <= widest_drawn()).fill_null(False) | likely.fill_null(False))

    @property
    def is_simulated(self) -> bool:
        """Whether any computed figure comes from simulated files."""
        return bool(self.index["is_simulated"].any())

    @property
    def source_line(self) -> str:
        """Where the computed figures come from."""
        return self.language("Source: files of the cities, computed by IGA Workbench; snapshot {snapshot}").format(
            snapshot=str(self.snapshot["snapshot_id"])[:12]
        )

    @property
    def latest_edition(self) -> int | None:
        """The last of the editions asked for that has an index."""
        computed = self.index.filter(pl.col("iid_lower").is_not_null())["edition"]
        return None if computed.is_empty() else max(computed.to_list())

    def ranking(self, edition: int) -> pl.DataFrame:
        """The cities of one edition in the order of their index, with rank_low and rank_high, all under one rulebook.

        The edition's own rulebook is taken where it gives an index, else the estimate; without bounds no rank.
        """
        rows = self.index.filter((pl.col("edition") == edition) & pl.col("iid_lower").is_not_null())
        if rows.is_empty():
            return rows.with_columns(rank_low=pl.lit(None, pl.Int64), rank_high=pl.lit(None, pl.Int64))
        rulebook = rows.sort("is_estimate", "rulebook")["rulebook"][0]
        return ranked(rows.filter(pl.col("rulebook") == rulebook))

    def published_iga(self) -> pl.DataFrame:
        """The statements about the award and its index, with `is_contradicted` where another statement disagrees."""
        return contradictions(self.published.filter(pl.col("scheme") == "IGA"))

    def published_others(self) -> pl.DataFrame:
        """The statements about other schemes, kept apart."""
        return contradictions(self.published.filter(pl.col("scheme") != "IGA"))


def _with_likely(rows: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """Return rows of the index with the likely range of each that rests on most, cut to the bounds."""
    keys = ["region_code", "edition", "rulebook"]
    cut = [
        pl.col(name).clip("hard_low", "hard_high").alias(drawn)
        for name, drawn in (("low", "likely_low"), ("high", "likely_high"))
    ]
    central = [pl.col(name).clip("hard_low", "hard_high") for name in ("central_low", "central_high")]
    label = pl.col(f"label_{comparison.language.code}").alias("likely_label")
    found = one_per_season(comparison.ranges).select(*keys, *cut, *central, label, pl.col("kind").alias("likely_kind"))
    return rows.join(found, on=keys, how="left", maintain_order="left")


def widest_drawn() -> Decimal:
    """Return how far apart bounds may lie that a chart draws, as `reports/pages/compare_cities/compare.toml` says."""
    return _limits()["widest_drawn"]


def widest_likely() -> Decimal:
    """Return how wide a likely range may be that makes a season drawn whose bounds are wider, from the same file."""
    return _limits()["widest_likely"]


@cache
def _limits() -> dict[str, Decimal]:
    text = files("reports.pages.compare_cities").joinpath("compare.toml").read_text(encoding="utf-8")
    return {name: Decimal(str(value)) for name, value in tomllib.loads(text).items()}


def ranked(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of one edition and rulebook with the range of their rank, rank_low to rank_high, best first."""
    from iga.index.rank import rank_regions

    hundredths = [(pl.col(bound) * 100).cast(pl.Int64).alias(f"{bound}_x100") for bound in ("iid_lower", "iid_upper")]
    return pl.DataFrame(rank_regions(rows.with_columns(hundredths))).sort(
        "rank_low", "rank_high", "region_code", nulls_last=True
    )


def contradictions(statements: pl.DataFrame) -> pl.DataFrame:
    """Statements with `is_contradicted`: another on the same city, edition and stage gives another score or count."""
    same = ["region_code", "edition", "scheme", "stage"]
    scores = pl.col("score").drop_nulls().n_unique().over([*same, "measure"])
    counts = pl.col("innovation_count").drop_nulls().n_unique().over(same)
    return statements.with_columns(
        (
            (pl.col("score").is_not_null() & (scores > 1)) | (pl.col("innovation_count").is_not_null() & (counts > 1))
        ).alias("is_contradicted")
    )


def open_comparison(parameters: CompareCitiesParameters) -> Comparison:
    """Read the comparison from the snapshot that the parameters name, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_comparison(snapshot, parameters)


def read_comparison(snapshot: Snapshot, parameters: CompareCitiesParameters) -> Comparison:
    """Read the comparison from an open snapshot."""
    cities = [resolve_city(city) for city in parameters.cities]
    codes = [city.region_code for city in cities]
    compared = Comparison(
        snapshot=snapshot.facts,
        region_codes=tuple(codes),
        names=tuple(city.name for city in cities),
        editions=tuple(parameters.editions),
        score=parameters.score,
        language=Language(parameters.lang),
        index=ask(
            snapshot,
            "reports.pages.compare_cities",
            "index",
            region_codes=codes,
            editions=list(parameters.editions),
            score=parameters.score,
            rulebook=parameters.rulebook,
        ),
        published=ask(snapshot, "reports.pages.compare_cities", "published", region_codes=codes),
        peers=ask(snapshot, "reports.pages.compare_cities", "published_peers"),
        ranges=likely_ranges(
            snapshot, codes, parameters.editions, score=parameters.score, rulebook=parameters.rulebook
        ),
    )
    edition = compared.latest_edition
    if edition is None:
        return compared
    rulebook = str(compared.ranking(edition)["rulebook"][0])
    group = ask(
        snapshot,
        "reports.pages.compare_cities",
        "group",
        region_codes=codes,
        edition=edition,
        score=parameters.score,
        rulebook=rulebook,
    )
    return replace(compared, group=group, chances=read_chances(snapshot, parameters, edition, rulebook))
