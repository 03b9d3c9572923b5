"""One city in one edition: the figures that its report shows, read from one snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from analysis import open_snapshot
from analysis.estimate.likely_ranges import likely_ranges
from analysis.history.trace.figure_cells import SCHEMA as TRACE_SCHEMA, cells_of_index
from analysis.index.hand_check import counted_innovations
from analysis.index.other_readings import ReadOtherwise, read_otherwise
from analysis.index.recompute import Stored
from analysis.season.account import reported_in_quarantine
from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.quarantined import quarantined_innovations
from iga.index.coverage import Coverage, CoverageCode
from iga.rulebook import Rulebook
from reports.blocks.rule_maxima import Scale, scale_of
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.likely_range_blocks import no_ranges
from reports.queries import ask
from warehouse import Snapshot
from warehouse.language import Language
from warehouse.region import resolve_city

BIN_WIDTH = 10


@dataclass(frozen=True)
class IndexStatement:
    """The index under one rulebook: a value, or bounds, or nothing where the rule is unknown."""

    row: dict[str, Any]
    scale: Scale

    @property
    def rulebook(self) -> str:
        """Name of the rulebook, for example "2026"."""
        return str(self.row["rulebook"])

    @property
    def is_estimate(self) -> bool:
        """Whether the rulebook is not the edition's own."""
        return bool(self.row["is_estimate"])

    @property
    def is_computed(self) -> bool:
        """Whether the rules known suffice for bounds at least."""
        return self.row["iid_lower"] is not None

    def gaps(self, language: Language) -> list[str]:
        """Why the index is not a single value, in words; a rule that is unknown is named."""
        return [
            f"{language.label('coverage', note.code)}: {language.label('parameter', note.subject)}"
            if note.code == CoverageCode.RULE_UNKNOWN
            else language.coverage_note(note)
            for note in Coverage.parse(self.row["coverage"] or "").notes
        ]


@dataclass(frozen=True)
class CitySeason:
    """Everything that the report of one city and edition shows; frames are sorted and ready to draw.

    `submissions`: one row per innovation (title, unit_name, unit_kind, stage, main_affair_code, maturity as Decimal).
    `units`, `receipts`, `quarantine`, `affairs`, `assumptions`: as the queries of the same names say. `counted`: per
    rulebook what each innovation enters (see `analysis.index.hand_check`).
    """

    snapshot: dict[str, Any]
    region: dict[str, Any]
    edition: int
    score: str
    language: Language
    statements: tuple[IndexStatement, ...]
    submissions: pl.DataFrame
    units: pl.DataFrame
    receipts: pl.DataFrame
    quarantine: pl.DataFrame
    affairs: pl.DataFrame
    assumptions: dict[str, pl.DataFrame]
    counted: dict[str, pl.DataFrame] = field(default_factory=dict)
    other_readings: tuple[ReadOtherwise, ...] = ()
    """the predicates of the statements that a convention decides"""
    rules: dict[str, Rulebook] = field(default_factory=dict)
    """the rulebooks of the statements, by name"""
    lineage: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TRACE_SCHEMA))
    """the cells behind the parts of the index (columns: `analysis.history.trace.figure_cells.SCHEMA`)"""
    in_quarantine: int = 0
    """the innovations reported that stand in quarantine alone"""
    ranges: pl.DataFrame = field(default_factory=no_ranges)
    """the likely ranges inside the bounds (columns: `analysis.estimate.likely_ranges.SCHEMA`)"""

    @property
    def is_simulated(self) -> bool:
        """Whether any figure of the season comes from simulated files."""
        frames = (self.submissions, self.receipts)
        return any(bool(frame["is_simulated"].any()) for frame in frames) or any(
            bool(statement.row["is_simulated"]) for statement in self.statements
        )

    @cached_property
    def traced(self) -> frozenset[str]:
        """The figures and the innovations whose cells are known."""
        return frozenset(self.lineage["figure"]) | frozenset(self.lineage["subject"])

    @property
    def reported_count(self) -> int | None:
        """Return the innovations reported: those of the index, which has no drafts, and those in quarantine.

        None where no list has come: nobody has counted them.
        """
        if not self.statements:
            return self.submissions.height + self.in_quarantine
        standing = self.statements[-1].row["innovation_count"]
        return None if standing is None else int(standing) + self.in_quarantine

    @property
    def has_data(self) -> bool:
        """Whether the snapshot holds any innovation or index of this season."""
        return bool(self.statements) or not self.submissions.is_empty()

    @property
    def as_of(self) -> date | None:
        """The date that the figures stand for."""
        dates = [statement.row["as_of"] for statement in self.statements if statement.row["as_of"]]
        return max(dates) if dates else None

    @property
    def name(self) -> str:
        """Full name of the region, for example "Kota Bengkulu"."""
        return str(self.region["full_name"])

    @property
    def source_line(self) -> str:
        """Where the figures of this season come from, for the foot of charts and tables."""
        _ = self.language
        systems = sorted({str(system) for system in self.receipts["system"].drop_nulls().to_list()})
        origin = ", ".join(systems) or _("files received")
        return _("Source: {origin}; snapshot {snapshot}").format(
            origin=origin, snapshot=str(self.snapshot["snapshot_id"])[:12]
        )

    def scored(self) -> pl.DataFrame:
        """The submissions that have a maturity."""
        return self.submissions.filter(pl.col("maturity").is_not_null())

    def maturity_bins(self) -> pl.DataFrame:
        """Innovations per ten points of maturity and stage: lower, stage, innovation_count; empty bins included."""
        scored = self.scored().select(
            (pl.col("maturity").cast(pl.Float64) // BIN_WIDTH * BIN_WIDTH).cast(pl.Int64).alias("lower"),
            pl.col("stage").fill_null("unstated"),
        )
        counted = scored.group_by("lower", "stage").agg(pl.len().alias("innovation_count"))
        stages = counted.select("stage").unique()
        top = max(int(scored["lower"].max() or 0), 0)  # type: ignore[arg-type]
        grid = pl.DataFrame({"lower": list(range(0, top + BIN_WIDTH, BIN_WIDTH))}).join(stages, how="cross")
        return (
            grid.join(counted, on=["lower", "stage"], how="left")
            .with_columns(pl.col("innovation_count").fill_null(0))
            .sort("lower", "stage")
        )

    def by_unit_kind(self) -> pl.DataFrame:
        """Innovations and mean maturity per kind of unit: unit_kind, innovation_count, mean_maturity; most first."""
        return _by(self.submissions.with_columns(pl.col("unit_kind").fill_null("unstated")), "unit_kind")

    def by_affair(self) -> pl.DataFrame:
        """Innovations and mean maturity per main affair.

        Columns: affair_code, affair_group, is_basic_service, name, innovation_count, mean_maturity. All basic services
        are listed, also those without innovation; other affairs only when they have one. Which they are is said by the
        rules; without any by the law (`government_affair`).
        """
        name = pl.col("name_id" if self.language.code == "id" else "name_en").alias("name")
        counted = _by(self.submissions.with_columns(pl.col("main_affair_code").alias("affair_code")), "affair_code")
        by_law = pl.col("affair_group") == "basic_service"
        by_rules = [self.rules[each.rulebook].basic_service_affairs for each in self.statements[:1]]
        is_basic = pl.col("affair_code").is_in(by_rules[0]) if by_rules else by_law
        listed = self.affairs.select("affair_code", "affair_group", is_basic.alias("is_basic_service"), name)
        return (
            listed.join(counted, on="affair_code", how="left")
            .with_columns(pl.col("innovation_count").fill_null(0))
            .filter((pl.col("innovation_count") > 0) | pl.col("is_basic_service"))
            .sort(~pl.col("is_basic_service"), -pl.col("innovation_count").cast(pl.Int64), "affair_code")
        )

    def without_affair(self) -> int:
        """Number of innovations whose main affair is not known."""
        return int(self.submissions["main_affair_code"].null_count())

    def unit_coverage(self) -> pl.DataFrame:
        """Units by kind and number of innovations sent: unit_kind, unit_count, none, one, two_or_more."""
        count = pl.col("innovation_count")
        return (
            self.units.group_by("unit_kind")
            .agg(
                pl.len().alias("unit_count"),
                (count == 0).sum().alias("none"),
                (count == 1).sum().alias("one"),
                (count >= 2).sum().alias("two_or_more"),
            )
            .sort(-pl.col("unit_count").cast(pl.Int64), "unit_kind")
        )

    def lowest(self, rows: int = 10) -> pl.DataFrame:
        """The innovations of lowest maturity among those of scored stages: where a repair lifts the mean most."""
        stages = {stage for each in self.statements for stage in self.rules[each.rulebook].assumptions.stages_scored}
        # Without rules it is not known which stages are scored, and all are shown.
        is_scored = pl.col("stage").is_null() | pl.col("stage").is_in(sorted(stages)) | pl.lit(not stages)
        return self.scored().filter(is_scored).sort("maturity", "submission_id").head(rows)


def _by(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    hundredths = (pl.col("maturity") * 100).cast(pl.Int64)
    total, scored = hundredths.sum(), pl.col("maturity").count().cast(pl.Int64)
    return (
        frame.filter(pl.col(column).is_not_null())
        .group_by(column)
        .agg(
            pl.len().cast(pl.Int64).alias("innovation_count"),
            pl.when(scored > 0).then((2 * total + scored) // (2 * scored)).alias("mean_x100"),
        )
        .with_columns((pl.col("mean_x100").cast(pl.Decimal(14, 2)) / 100).alias("mean_maturity"))
        .drop("mean_x100")
        .sort(-pl.col("innovation_count"), column)
    )


def open_city_season(parameters: CityIndexParameters) -> CitySeason:
    """Read one city's edition from the snapshot that the parameters name, and close it again."""
    with open_snapshot(parameters.snapshot or None) as snapshot:
        return read_city_season(snapshot, parameters)


def read_city_season(snapshot: Snapshot, parameters: CityIndexParameters) -> CitySeason:
    """Read one city's edition from an open snapshot."""
    city = resolve_city(parameters.city)
    key: dict[str, Any] = {"region_code": city.region_code, "edition": parameters.edition}
    index = ask(
        snapshot, "reports.pages.city_index", "index", **key, score=parameters.score, rulebook=parameters.rulebook
    )
    rulebooks = snapshot.rulebooks
    statements = tuple(
        IndexStatement(row, scale_of(rulebooks.of(row["rulebook"]), parameters.lang))
        for row in index.iter_rows(named=True)
    )
    frames = _frames(snapshot, key, parameters.score, statements)
    return CitySeason(
        snapshot=snapshot.facts,
        region=ask(snapshot, "reports.pages.city_index", "region", region_code=city.region_code).row(0, named=True),
        edition=parameters.edition,
        score=parameters.score,
        language=Language(parameters.lang),
        statements=statements,
        submissions=ask(snapshot, "reports.pages.city_index", "submissions", **key, score=parameters.score),
        units=ask(snapshot, "reports.pages.city_index", "units", **key),
        receipts=ask(snapshot, "reports.pages.city_index", "receipts", **key),
        quarantine=ask(snapshot, "reports.pages.city_index", "quarantine", **key),
        affairs=ask(snapshot, "reports.pages.city_index", "affairs"),
        assumptions={
            str(statement.row["assumption_id"]): ask(
                snapshot, "reports.pages.city_index", "assumptions", assumption_id=statement.row["assumption_id"]
            )
            for statement in statements
        },
        counted={rulebook: counted_innovations(each) for rulebook, each in frames.items()},
        other_readings=_other_readings(index, frames),
        rules={name: each.rulebook for name, each in frames.items()},
        lineage=_cells(snapshot, next(iter(frames.values()), None)),
        in_quarantine=reported_in_quarantine(quarantined_innovations(snapshot, **key)).height,
        ranges=likely_ranges(
            snapshot, [city.region_code], [parameters.edition], score=parameters.score, rulebook=parameters.rulebook
        ),
    )


def _frames(
    snapshot: Snapshot, key: Mapping[str, Any], score: str, statements: Sequence[IndexStatement]
) -> dict[str, SeasonFrames]:
    """The season's rows, read once, under the rulebook of each statement."""
    if not statements:
        return {}
    rulebooks = [snapshot.rulebooks.of(statement.rulebook) for statement in statements]
    read = read_season_frames(snapshot, **key, score_kind=score, rulebook=rulebooks[0])
    return {rulebook.name: read.with_rulebook(rulebook) for rulebook in rulebooks}


def _other_readings(index: pl.DataFrame, frames: Mapping[str, SeasonFrames]) -> tuple[ReadOtherwise, ...]:
    season = next(iter(frames.values()), None)
    if season is None:
        return ()
    stored = Stored(season.submissions, season.answers, season.region_answers, season.rulebooks)
    in_hundredths = (pl.col("iid") * 100).cast(pl.Int64).alias("iid_x100")
    return tuple(read_otherwise(stored, index.with_columns(in_hundredths)))


def _cells(snapshot: Snapshot, frames: SeasonFrames | None) -> pl.DataFrame:
    return pl.DataFrame(schema=TRACE_SCHEMA) if frames is None else cells_of_index(snapshot, frames)
