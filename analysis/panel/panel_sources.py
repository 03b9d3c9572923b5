"""What a panel is made from: the tables that it reads from a snapshot, and that a deposit holds beside it.

A panel follows from these tables alone (`read_panel.panel_of`), so that whoever has a deposit can make it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from typing import Any

import polars as pl

from analysis.estimate.likely_ranges import likely_ranges
from analysis.panel.breaks import breaks_frame, breaks_from, breaks_of
from analysis.panel.rules import Break, codebook, panel_rules
from warehouse.keeping.personal_data import masked_frame
from warehouse.region import resolve_city
from warehouse.region_history import stands_in, with_provinces
from warehouse.snapshot import Snapshot

KEYS = ("region_key", "region_code", "edition", "is_simulated")
"""What names a row of the panel; region_key says what region_code says, as a text that no reader takes for a number."""

PUBLISHER = "IGA Workbench"


@dataclass(frozen=True)
class About:
    """What a panel says of itself: the snapshot that it was made from, its day, and who publishes it.

    `made_on` is the day of the latest file that the snapshot had received, so that the same snapshot gives the same
    bytes. `state` adds to the snapshot's id the day that the panel is as of, where it is not now. `written_by` is the
    version of the software that wrote it.
    """

    snapshot_id: str
    state: str
    software_version: str
    has_simulated: bool
    made_on: date | None
    publisher: str = PUBLISHER
    written_by: str = ""


@dataclass(frozen=True)
class PanelSources:
    """The tables that a panel follows from.

    `region_edition` has a row per row of the panel: its keys, region_type, region_name, province, population_2025.
    `statements` are the published statements of these regions and editions as the snapshot has them; `computed` the
    indices and counts by region_code, edition and is_simulated; `national` what is known of all regions: edition,
    region_type (`all` or one of them), good, count; `own` a table that was joined, by the panel's keys;
    `likely_range` the estimates of seasons whose index is no single value, by its codebook, where they were asked for.
    """

    about: About
    region_edition: pl.DataFrame
    statements: pl.DataFrame
    computed: pl.DataFrame
    national: pl.DataFrame
    breaks: tuple[Break, ...]
    own: pl.DataFrame | None = None
    likely_range: pl.DataFrame | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by the name of their file; `own` and `likely_range` where there are any."""
        tables = {
            "region_edition": self.region_edition,
            "statements": self.statements,
            "computed": self.computed,
            "national": self.national,
            "breaks": breaks_frame(self.breaks),
        }
        others = {"own": self.own, "likely_range": self.likely_range}
        return tables | {name: table for name, table in others.items() if table is not None}

    def masked(self) -> PanelSources:
        """Return the sources with a mark in place of what a rule finds to be personal data."""
        return replace(
            self,
            region_edition=masked_frame(self.region_edition),
            statements=masked_frame(self.statements),
            computed=masked_frame(self.computed),
            own=None if self.own is None else masked_frame(self.own),
            likely_range=None if self.likely_range is None else masked_frame(self.likely_range),
        )


def sources_from(about: About, tables: dict[str, pl.DataFrame]) -> PanelSources:
    """Return the sources that tables by the name of their file make up. Raises KeyError for one that is missing."""
    return PanelSources(
        about=about,
        region_edition=tables["region_edition"],
        statements=tables["statements"],
        computed=tables["computed"],
        national=tables["national"],
        breaks=breaks_from(tables["breaks"]),
        own=tables.get("own"),
        likely_range=tables.get("likely_range"),
    )


def sources_of(
    snapshot: Snapshot,
    *,
    cities: Sequence[str],
    editions: Iterable[int],
    has_simulated: bool,
    has_computed: bool,
    has_ranges: bool,
    score: str,
) -> PanelSources:
    """Read what a panel is made from, for the regions and editions asked for. Raises UnknownName for a city."""
    codes = sorted({resolve_city(city).region_code for city in cities})  # a city may be named twice, in two ways
    statements = _whole(_statements(snapshot))
    computed = _whole(snapshot.sql(_COMPUTED, {"score": score, "has_simulated": has_simulated}))
    computed = computed if has_computed else computed.clear()
    years = sorted(set(editions)) or _span([*statements["edition"], *computed["edition"]])
    wanted = codes or sorted({*statements["region_code"], *computed["region_code"]} - {None})
    is_asked = pl.col("region_code").is_in(wanted) & pl.col("edition").is_in(years)
    statements, computed = statements.filter(is_asked), computed.filter(is_asked)
    regions = _region_editions(snapshot, wanted, years, computed)
    return PanelSources(
        about=About(
            snapshot.snapshot_id, snapshot.state, str(snapshot.facts["software_version"]), has_simulated,
            _made_on(snapshot), written_by=metadata.version("iga-workbench"),
        ),
        region_edition=regions,
        statements=statements.sort("region_code", "edition", "statement_id"),
        computed=computed.sort("region_code", "edition", "is_simulated"),
        national=_national(snapshot),
        breaks=breaks_of(snapshot),
        likely_range=_likely_range(snapshot, computed, score) if has_ranges and has_computed else None,
    )  # fmt: skip


def _likely_range(snapshot: Snapshot, computed: pl.DataFrame, score: str) -> pl.DataFrame:
    """Return the likely ranges of the seasons of a panel that were computed, in the columns of their codebook."""
    names = codebook("likely_range")["column"]
    keys = ["region_code", "edition", "is_simulated"]
    codes, editions = (computed[name].unique().sort().to_list() for name in keys[:2])
    if not codes:  # without a city every city would be asked for
        codes, editions = [], [0]
    ranges = _whole(likely_ranges(snapshot, codes, editions, score=score)).join(computed, on=keys, how="semi")
    keyed = ranges.with_columns(region_key=pl.format("ID-{}", "region_code")).select(names.to_list())
    return keyed.sort("region_code", "edition", "is_simulated", "rulebook", "measure", "kind", "variant")


def _made_on(snapshot: Snapshot) -> date | None:
    found: date | None = snapshot.sql("select max(received_date) as day from receipt")["day"].item()
    return found


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with whole numbers of one type, whatever the store keeps them in."""
    return frame.with_columns(pl.col(pl.Int8, pl.Int16, pl.Int32, pl.UInt32).cast(pl.Int64))


def _statements(snapshot: Snapshot) -> pl.DataFrame:
    schemes = list(panel_rules().preference.schemes)
    return snapshot.sql(
        "select * from published_result where region_code is not null and list_contains($schemes, scheme)",
        {"schemes": schemes},
    )


def _region_editions(
    snapshot: Snapshot, codes: Sequence[str], years: Sequence[int], computed: pl.DataFrame
) -> pl.DataFrame:
    """Return a row for every region and edition in which it stood, and one more for each that is simulated."""
    real = pl.DataFrame({"region_code": codes}, schema={"region_code": pl.String}).join(
        pl.DataFrame({"edition": years}, schema={"edition": pl.Int64}), how="cross"
    )
    standing = [stands_in(*key) for key in real.select("region_code", "edition").iter_rows()]
    real = real.filter(pl.Series(standing, dtype=pl.Boolean)).with_columns(is_simulated=pl.lit(value=False))
    simulated = computed.filter("is_simulated").select("region_code", "edition", "is_simulated")
    regions = snapshot.sql(
        "select region_code, region_type, full_name as region_name, province, population_2025 from region"
    )
    rows = pl.concat([real, simulated], how="vertical_relaxed").join(_whole(regions), on="region_code", how="left")
    rows = with_provinces(rows).with_columns(region_key=pl.format("ID-{}", "region_code"))
    return rows.select(*KEYS, "region_type", "region_name", "province", "population_2025").sort(*KEYS)


_COMPUTED = """
with chosen as (
    select * from region_index where score_kind = $score and ($has_simulated or not is_simulated)
), own as (
    select
        region_code, edition, is_simulated, rulebook as computed_rulebook, iid as computed_iid,
        iid_lower as computed_iid_lower, iid_upper as computed_iid_upper, predicate as computed_predicate,
        coverage as computed_coverage, spd_score, mean_maturity, innovation_count, scored_count
    from chosen where not is_estimate
), estimate as (
    select
        region_code, edition, is_simulated, rulebook as estimate_rulebook, iid as estimate_iid,
        iid_lower as estimate_iid_lower, iid_upper as estimate_iid_upper, spd_score as estimate_spd_score,
        mean_maturity as estimate_mean_maturity, innovation_count as estimate_innovation_count,
        scored_count as estimate_scored_count
    from chosen where is_estimate
), reporting as (
    select region_code, edition, count(distinct coalesce(unit_id, unit_name)) as reporting_unit_count
    from submission group by all
), register as (
    select region_code, count(*) as unit_count from unit group by all
)
select
    region_code, edition, is_simulated, computed_rulebook, computed_iid, computed_iid_lower, computed_iid_upper,
    computed_predicate, computed_coverage, estimate_rulebook, estimate_iid, estimate_iid_lower, estimate_iid_upper,
    coalesce(spd_score, estimate_spd_score) as spd_score,
    coalesce(mean_maturity, estimate_mean_maturity) as mean_maturity,
    coalesce(innovation_count, estimate_innovation_count) as innovation_count,
    coalesce(scored_count, estimate_scored_count) as scored_count,
    reporting_unit_count, unit_count
from own full join estimate using (region_code, edition, is_simulated)
left join reporting using (region_code, edition)
left join register using (region_code)
"""


def _national(snapshot: Snapshot) -> pl.DataFrame:
    """Return national counts of predicates, where all are known: edition, region_type, good, count.

    A value such as `195 (21 provinsi, 131 kabupaten, 43 kota)` gives the kinds of regions rows of their own.
    """
    metrics = panel_rules().bias.national_metrics
    wanted = [metrics.good, *metrics.others]
    totals = snapshot.sql("select edition, metric, value from national_total")
    totals = _whole(totals).filter(pl.col("metric").is_in(wanted) & pl.col("value").is_not_null())
    kinds = [pl.col("value").str.extract(rf"(\d+) {kind}").alias(kind) for kind in ("provinsi", "kabupaten", "kota")]
    long = (
        totals.select("edition", "metric", pl.col("value").str.extract(r"^(\d+)").alias("all"), *kinds)
        .unpivot(index=["edition", "metric"], variable_name="region_type", value_name="regions")
        .with_columns(pl.col("regions").cast(pl.Int64))
        .drop_nulls("regions")
        .group_by("edition", "region_type", "metric")
        .agg(pl.col("regions").first())
    )
    counted = long.group_by("edition", "region_type").agg(
        pl.col("regions").filter(pl.col("metric") == metrics.good).first().alias("good"),
        pl.col("regions").sum().alias("count"),
        pl.len().alias("_metrics"),
    )
    known = counted.filter(pl.col("_metrics") == len(wanted)).drop("_metrics")
    return known.sort("edition", "region_type")


def _span(editions: Iterable[Any]) -> list[int]:
    known = sorted(set(editions))
    return list(range(known[0], known[-1] + 1)) if known else []
