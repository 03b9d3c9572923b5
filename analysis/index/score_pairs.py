"""Reads pairs of scores that tell how far a claimed score lies from a later one, of innovations and as published."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from iga.robustness import ErrorFit, fit_errors
from iga.rulebook import Rulebook
from warehouse.snapshot import Snapshot

PAIRS = {"region_code": pl.String, "edition": pl.Int64, "earlier": pl.Float64, "later": pl.Float64}
LATER_SCORES = {"final": "final_score_x100", "verified": "verified_score_x100"}
"""What a claimed score is held against and its column of `submission`, the last word first."""


@dataclass(frozen=True)
class Calibration:
    """What the pairs of a snapshot say of errors: one fit per kind of pair that it has, real and simulated apart.

    `fits`: by source (`published`, or the score kind that claimed scores were held against) and whether simulated.
    `chosen`: the first fit that was not refused, of real pairs before simulated ones where the data themselves are
    simulated, of real pairs only where they are not; None where every fit was refused.
    """

    fits: tuple[tuple[str, ErrorFit], ...]
    chosen: ErrorFit | None

    @property
    def largest_published_change(self) -> float | None:
        """The greatest change between a published claimed and final index, in index points; None without a pair."""
        changes = [fit.largest_change for source, fit in self.fits if source == "published"]
        return changes[0] if changes else None


def calibrate(snapshot: Snapshot, rules: Rulebook, *, is_simulated: bool) -> Calibration:
    """Return the model of error that the pairs of a snapshot support, for data that are simulated or real."""
    fits: list[tuple[str, ErrorFit]] = []
    for later in LATER_SCORES:
        pairs, items = innovation_pairs(snapshot, later), item_pairs(snapshot, rules, later)
        for mark in (False, True):
            own = pairs.filter(pl.col("is_simulated") == mark)
            if not own.is_empty():
                of_items = items.filter(pl.col("is_simulated") == mark)
                fits.append((later, fit_errors(own, items=of_items)))
    published = published_pairs(snapshot)
    if not published.is_empty():
        fits.append(("published", fit_errors(published, unit="index")))
    usable = [fit for _, fit in fits if not fit.refused and (is_simulated or not fit.is_simulated)]
    usable.sort(key=lambda fit: fit.is_simulated)
    return Calibration(tuple(fits), usable[0] if usable else None)


def innovation_pairs(snapshot: Snapshot, later: str) -> pl.DataFrame:
    """Return one row per innovation that has a claimed and a later score, in maturity points.

    Columns: region_code, edition, earlier, later, is_simulated.
    """
    return snapshot.sql(_INNOVATIONS.format(later=LATER_SCORES[later])).cast(PAIRS)  # type: ignore[arg-type]


def item_pairs(snapshot: Snapshot, rules: Rulebook, later: str) -> pl.DataFrame:
    """Return one row per answer with a claimed and a later level: earlier_level, later_level, weight, is_simulated."""
    weights = pl.DataFrame(
        [(number, float(group.members[0].weight)) for group in rules.sid_groups for number in group.numbers],
        schema={"indicator_number": pl.String, "weight": pl.Float64},
        orient="row",
    )
    answers = snapshot.sql(_ITEMS, {"later": later})
    return answers.join(weights, on="indicator_number").drop("indicator_number")


def published_pairs(snapshot: Snapshot) -> pl.DataFrame:
    """Return one row per region and edition whose self-measured and final index are both published, in index points.

    Columns as in `innovation_pairs`. Where statements of a stage disagree, each pair of values stands once.
    """
    return snapshot.sql(_PUBLISHED).cast(PAIRS)  # type: ignore[arg-type]


_INNOVATIONS = """
select region_code, edition, claimed_score_x100 / 100 as earlier, {later} / 100 as later, is_simulated
from store.submission
where claimed_score_x100 is not null and {later} is not null
order by region_code, edition, submission_id
"""
_ITEMS = """
select indicator_number, claimed.level as earlier_level, checked.level as later_level, is_simulated
from store.answer as claimed
join store.answer as checked using (submission_id, indicator_number)
join store.submission using (submission_id)
where claimed.score_kind = 'claimed' and checked.score_kind = $later
    and claimed.level is not null and checked.level is not null
order by submission_id, indicator_number
"""
_PUBLISHED = """
select distinct region_code, edition, claimed.score as earlier, final.score as later, false as is_simulated
from published_result as claimed
join published_result as final using (region_code, edition, scheme, measure)
where scheme = 'IGA' and measure = 'iid' and claimed.stage = 'self_measured' and final.stage = 'final'
    and claimed.score is not null and final.score is not null
order by region_code, edition, earlier, later
"""
