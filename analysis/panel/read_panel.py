"""Puts the panel together from a snapshot: one row per region and edition, simulated and real never in one row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.export import write_panel
from analysis.panel.join import join_table
from analysis.panel.rules import codebook, panel_rules
from analysis.panel.statements import marked_contradictions, preferred
from analysis.result import Result
from warehouse.language import DEFAULT_LANGUAGE, Language
from warehouse.region import resolve_city
from warehouse.region_history import stands_in, with_provinces
from warehouse.snapshot import Snapshot

KEYS = ("region_code", "edition", "is_simulated")
QUANTITIES = {
    "score": ("score", "measure"),
    "predicate": ("predicate",),
    "innovation_count": ("innovation_count",),
    "rank": ("rank_low", "rank_high", "rank_scope"),
    "award": ("award",),
}
"""What statements state: each quantity with its columns; the first decides whether it is stated."""

TYPES: dict[str, Any] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Decimal(12, 2),
    "boolean": pl.Boolean,
}


@dataclass(frozen=True)
class Panel(PanelContents):
    """A panel with what makes it checkable, to join with an own table, to write, and to look at in a notebook."""

    def join(self, own: pl.DataFrame, *, region: str, prefix: str, **options: Any) -> Panel:
        """The panel with an own table beside it; options as `join_table` takes them. Raises JoinRefused."""
        return replace(self, frame=join_table(self.frame, own, region=region, prefix=prefix, **options))

    def write(self, folder: str | Path) -> list[Path]:
        """Write the panel as Parquet, CSV and data package, with codebook, breaks and citation; the files."""
        return write_panel(self, Path(folder))

    def as_result(self) -> Result:
        """Return its first columns with what it cannot say, to be looked at."""
        language = Language(os.environ.get("IGA_LANG", DEFAULT_LANGUAGE))
        columns = ("region_name", "edition", "published_score", "published_predicate", "published_rank_low", "iid")
        shown = {name: name for name in columns if name in self.frame.columns}
        if self.has_simulated:
            shown["is_simulated"] = language("Simulated")
        title = f"{language('Research panel')} · {self.snapshot_id[:12]}"
        return Result(frame=self.frame, title=title, language=language, notes=(self.bias(language),), shown=shown)

    def _repr_html_(self) -> str:
        return self.as_result()._repr_html_()


def read_panel(
    snapshot: Snapshot,
    *,
    cities: Sequence[str] = (),
    editions: Iterable[int] = (),
    has_simulated: bool = False,
    has_computed: bool = True,
    score: str = "claimed",
) -> Panel:
    """The panel of the regions and editions asked for; without them, of all that a statement or a computation has.

    Every region asked for has a row in every edition in which it stood, so that gaps are seen. Simulated computations
    are left out unless asked for; then they stand in rows of their own, which hold no published figure. Raises
    UnknownName for a city.
    """
    codes = [resolve_city(city).region_code for city in cities]
    statements = marked_contradictions(_statements(snapshot))
    computed = _computed(snapshot, score, has_simulated) if has_computed else _computed(snapshot, score, True).clear()
    years = sorted(set(editions)) or _span([*statements["edition"], *computed["edition"]])
    wanted = codes or sorted({*statements["region_code"], *computed["region_code"]} - {None})
    statements = statements.filter(pl.col("region_code").is_in(wanted) & pl.col("edition").is_in(years))
    computed = computed.filter(pl.col("region_code").is_in(wanted) & pl.col("edition").is_in(years))
    statements, published = _published(statements)
    real = pl.DataFrame({"region_code": wanted}).join(
        pl.DataFrame({"edition": years}, schema={"edition": pl.Int32}), how="cross"
    )
    standing = [stands_in(*key) for key in real.select("region_code", "edition").iter_rows()]
    real = real.filter(pl.Series(standing, dtype=pl.Boolean)).with_columns(is_simulated=pl.lit(value=False))
    simulated = computed.filter("is_simulated").select(KEYS)
    rows = pl.concat([real, simulated], how="vertical_relaxed").join(published, on=KEYS, how="left")
    rows = rows.join(computed, on=KEYS, how="left").join(_regions(snapshot), on="region_code", how="left")
    rows = with_provinces(rows)
    frame = _typed(_with_breaks(rows)).sort("region_code", "edition", "is_simulated")
    return Panel(
        frame,
        statements.sort("region_code", "edition", "statement_id"),
        _coverage(frame),
        snapshot.snapshot_id,
        str(snapshot.facts["software_version"]),
        has_simulated,
        _national(snapshot),
        snapshot.state,
    )


def _statements(snapshot: Snapshot) -> pl.DataFrame:
    schemes = list(panel_rules().preference.schemes)
    return snapshot.sql(
        "select * from published_result where region_code is not null and list_contains($schemes, scheme)",
        {"schemes": schemes},
    )


def _published(statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The statements with what each is preferred for, and one row per region and edition with the preferred values."""
    keys = ["region_code", "edition"]
    rows = statements.group_by(keys).agg(
        pl.len().cast(pl.Int64).alias("statement_count"),
        pl.col("contradiction").drop_nulls().unique().sort().str.join("; ").alias("contradictions"),
    )
    chosen_for = []
    for quantity, columns in QUANTITIES.items():
        chosen = preferred(statements, quantity, columns[0])
        chosen_for.append(chosen.select("statement_id", pl.lit(quantity).alias("quantity")))
        names = {column: f"published_{column}" for column in columns}
        names |= {"stage": f"published_{quantity}_stage", "statement_id": f"published_{quantity}_statement_id"}
        rows = rows.join(chosen.select(*keys, *names).rename(names), on=keys, how="left")
    quantities = pl.concat(chosen_for).group_by("statement_id").agg(pl.col("quantity").sort().str.join("|"))
    marked = statements.join(quantities.rename({"quantity": "is_preferred_for"}), on="statement_id", how="left")
    said = pl.col("contradictions") != ""
    rows = rows.with_columns(
        is_simulated=pl.lit(value=False),
        is_contradicted=said,
        contradictions=pl.when(said).then("contradictions"),
        published_predicate=pl.col("published_predicate").replace_strict(_predicate_codes(), default=None),
    )
    return marked, rows


def _predicate_codes() -> dict[str, str]:
    from warehouse.reference import load_reference

    labels = load_reference("label").filter(pl.col("field") == "predicate")
    return dict(labels.select("label_id", "code").iter_rows())


def _computed(snapshot: Snapshot, score: str, has_simulated: bool) -> pl.DataFrame:
    return snapshot.sql(_COMPUTED, {"score": score, "has_simulated": has_simulated})


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


def _regions(snapshot: Snapshot) -> pl.DataFrame:
    return snapshot.sql(
        "select region_code, region_type, full_name as region_name, province, population_2025 from region"
    )


def _with_breaks(rows: pl.DataFrame) -> pl.DataFrame:
    breaks = panel_rules().breaks
    return rows.with_columns(
        pl.col("edition")
        .is_in([b.between[1] for b in breaks if affected in b.affects])
        .alias(f"{affected}_break_before")
        for affected in ("score", "predicate", "levels")
    )


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the codebook, in its order and types; counts of nothing are zero, flags of nothing false."""
    book = codebook()
    columns = [
        pl.col(name).cast(TYPES[kind], strict=True).alias(name)
        for name, kind in book.select("column", "type").iter_rows()
    ]
    filled = rows.with_columns(pl.col("statement_count").fill_null(0), pl.col("is_contradicted").fill_null(value=False))
    return filled.select(columns)


def _coverage(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per region (and mark of simulation), a column per edition with the letters of what is known."""
    has_bounds = pl.any_horizontal(
        pl.col(f"{kind}_iid_lower").is_not_null() & pl.col(f"{kind}_iid").is_null() for kind in ("computed", "estimate")
    )
    has_value = pl.any_horizontal(pl.col(f"{kind}_iid").is_not_null() for kind in ("computed", "estimate"))
    letters = pl.concat_str(
        pl.when(pl.col("statement_count") > 0).then(pl.lit("s")).otherwise(pl.lit("")),
        pl.when(pl.col("published_predicate").is_not_null()).then(pl.lit("p")).otherwise(pl.lit("")),
        pl.when(pl.col("published_score").is_not_null()).then(pl.lit("n")).otherwise(pl.lit("")),
        pl.when(has_value).then(pl.lit("c")).when(has_bounds).then(pl.lit("b")).otherwise(pl.lit("")),
    )
    told = frame.with_columns(known=pl.when(letters == "").then(pl.lit("-")).otherwise(letters))
    return told.pivot(
        on="edition", index=["region_code", "region_name", "is_simulated"], values="known", sort_columns=True
    )


def _national(snapshot: Snapshot) -> pl.DataFrame:
    """National counts by predicate, for the editions in which all are known: edition, good, count."""
    metrics = panel_rules().bias.national_metrics
    totals = snapshot.sql("select edition, metric, value from national_total").with_columns(
        pl.col("value").str.extract(r"^(\d+)").cast(pl.Int64)
    )
    wide = (
        totals.filter(pl.col("metric").is_in([metrics.good, *metrics.others]) & pl.col("value").is_not_null())
        .group_by("edition", "metric")
        .agg(pl.col("value").first())
        .group_by("edition")
        .agg(
            pl.col("value").filter(pl.col("metric") == metrics.good).first().alias("good"),
            pl.col("value").sum().alias("count"),
            pl.len().alias("metrics"),
        )
    )
    return wide.filter(pl.col("metrics") == 1 + len(metrics.others)).select("edition", "good", "count").sort("edition")


def _span(editions: Iterable[Any]) -> list[int]:
    known = sorted(set(editions))
    return list(range(known[0], known[-1] + 1)) if known else []
