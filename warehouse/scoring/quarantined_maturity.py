"""Innovations that stand only in quarantine, as submissions whose maturity is what their row still says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from iga.rules.crosswalk import Crosswalk
from warehouse.declared_tables import dtypes_of
from warehouse.scoring.submission_maturity import BOUNDS, maturity_of_all

SEASON = ["region_code", "edition"]

SUBMISSION = (
    "submission_id", "region_code", "edition", "title", "unit_name", "stage", "status", "is_scored_unknown",
    "main_affair_code", "cross_affair_codes", "claimed_score_x100", "verified_score_x100", "final_score_x100",
    "is_simulated",
)  # fmt: skip


def as_submissions(quarantined: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `store.quarantined_innovation` with the columns of submissions; their id is that of the row."""
    named = quarantined.with_columns(pl.col("source_id").alias("submission_id"))
    return named.select(*SUBMISSION, pl.lit(True).alias("is_quarantined"))


def quarantined_maturity(quarantined: pl.DataFrame, answers: pl.DataFrame, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """Return the innovations as `maturity_of` returns submissions, with `is_quarantined` and `is_scored_unknown`.

    Frames of one edition as in ``store.quarantined_innovation`` and ``store.quarantined_answer``. The maturity is the
    stated total or the sum of the parts where these are known, else between 0 and the maximum. Where stage or status
    could not be read it is between 0 and the maximum too, whatever the row states: a row that is not scored adds 0,
    and the mean of the others lies below the maximum.
    """
    of_kind = answers.filter(pl.col("score_kind") == kind).rename({"source_id": "submission_id"})
    known = maturity_of_all(as_submissions(quarantined), of_kind, kind, walk)
    maximum = walk.target_rules.parameters.maturity_maximum.upper
    most = None if maximum is None else int(maximum * 100)
    lower, upper = (pl.col(name) for name in BOUNDS)
    is_open = pl.col("is_scored_unknown") | lower.is_null() | upper.is_null()
    is_stated_outside = pl.lit(False) if most is None else (upper > most).fill_null(False)
    is_open = is_open | is_stated_outside
    zero, highest = (pl.lit(value, dtype=pl.Int64) for value in (None if most is None else 0, most))
    return known.with_columns(
        pl.when(is_open).then(zero).otherwise(lower).alias(BOUNDS[0]),
        pl.when(is_open).then(highest).otherwise(upper).alias(BOUNDS[1]),
    )


@dataclass(frozen=True)
class Waiting:
    """Innovations that stand only in quarantine, what their rows say of indicators, and emptied cells of other rows.

    Columns as in ``store.quarantined_innovation``, ``store.quarantined_answer`` and ``store.quarantined_value``.
    """

    innovations: pl.DataFrame
    answers: pl.DataFrame
    values: pl.DataFrame

    @classmethod
    def of(
        cls,
        innovations: pl.DataFrame | None = None,
        answers: pl.DataFrame | None = None,
        values: pl.DataFrame | None = None,
    ) -> Waiting:
        """Put them together; None is none."""
        return cls(
            _or_empty(innovations, "history.quarantined_innovation"),
            _or_empty(answers, "store.quarantined_answer"),
            _or_empty(values, "store.quarantined_value"),
        )

    def beside(
        self, maturity: pl.DataFrame, spd: pl.DataFrame, submissions: pl.DataFrame, edition: int, kind: str
    ) -> Waiting:
        """Return the innovations of an edition that enter the index of a score kind.

        They are those of regions that have the kind, by submissions with `maturity` or answers about their `spd`, and
        those whose file states the kind where the region has no submission at all.
        """
        here = self.innovations.filter(pl.col("edition") == edition)
        if here.is_empty():
            return replace(self, innovations=here)
        known = [*maturity["region_code"].unique(), *spd["region_code"].unique()]
        has_kind = pl.col("region_code").is_in(known)
        is_first = ~pl.col("region_code").is_in(submissions["region_code"].unique().implode()) & (
            pl.col("score_kind") == kind
        )
        return replace(self, innovations=here.filter(has_kind | is_first))


def _or_empty(frame: pl.DataFrame | None, table: str) -> pl.DataFrame:
    given = pl.DataFrame() if frame is None else frame
    return given if given.width else pl.DataFrame(schema=dict(dtypes_of(table)))


def with_quarantined(maturity: pl.DataFrame, waiting: Waiting, kind: str, walk: Crosswalk) -> pl.DataFrame:
    """Return submissions with their maturity, and beside them, marked by `is_quarantined`, those that wait."""
    stood = maturity.with_columns(pl.lit(False).alias("is_quarantined"), pl.lit(False).alias("is_scored_unknown"))
    if waiting.innovations.is_empty():
        return stood
    return pl.concat(
        [stood, quarantined_maturity(waiting.innovations, waiting.answers, kind, walk)], how="diagonal_relaxed"
    )
