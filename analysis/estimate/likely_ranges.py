"""Likely ranges of cities and editions as one table, apart from every table of computed figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from analysis.estimate.season_estimates import KnownDonors, SeasonEstimate, season_estimates
from analysis.estimate.words import conditions_of, label_of, reason_of_refusal
from analysis.index.recompute import Stored, index_under, stored_rows
from iga.estimate import LikelyRange, Refusal
from warehouse.language import Language
from warehouse.region import resolve_city
from warehouse.snapshot import Snapshot

_POINTS = pl.Decimal(12, 2)
_HUNDREDTH = Decimal("0.01")
WHOLE_POINTS = frozenset({"sampling", "prediction"})
"""The kinds whose ends are rounded outward to whole points: their decimals would say more than is known."""
LANGUAGES = ("id", "en")

_INDEX = """
select region_code, edition, rulebook, score_kind, iid, iid_lower, iid_upper, is_simulated
from region_index
where score_kind = $score and (len($codes) = 0 or list_contains($codes, region_code))
    and (len($editions) = 0 or list_contains($editions, edition)) and ($rulebook is null or rulebook = $rulebook)
"""

SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "rulebook": pl.String,
    "score_kind": pl.String,
    "measure": pl.String,
    "kind": pl.String,
    "model": pl.String,
    "variant": pl.String,
    "low": _POINTS,
    "high": _POINTS,
    "central_low": _POINTS,
    "central_high": _POINTS,
    "hard_low": _POINTS,
    "hard_high": _POINTS,
    "certainty": _POINTS,
    "sample_size": pl.Int64,
    "population": pl.Int64,
    "seed": pl.Int64,
    "donor_count": pl.Int64,
    "label_id": pl.String,
    "label_en": pl.String,
    "conditions": pl.String,
    "conditions_id": pl.String,
    "conditions_en": pl.String,
    "statement_ids": pl.String,
    "refusal": pl.String,
    "refusal_id": pl.String,
    "refusal_en": pl.String,
    "is_simulated": pl.Boolean,
    "snapshot_id": pl.String,
}
"""The columns of likely ranges; docs/audit_sample.md lists them for researchers."""


def likely_ranges(
    snapshot: Snapshot,
    cities: Sequence[str] = (),
    editions: Iterable[int] = (),
    *,
    score: str = "claimed",
    rulebook: str = "",
) -> pl.DataFrame:
    """Return the likely ranges of cities and editions (all without one), and those that are refused, with the reason.

    Columns `SCHEMA`: one row per estimate of a season under a rulebook whose index is no single value. `low` and
    `high` in points, null where refused; `central_low` and `central_high` are two values, never a middle. Bounds of the
    index itself stand in `hard_low` and `hard_high`. Raises UnknownName for a city or rulebook that is not known.
    """
    codes = sorted({resolve_city(city).region_code for city in cities})
    chosen = sorted(set(editions))
    rules = snapshot.rulebooks.of(rulebook) if rulebook else None
    asked = {"codes": codes, "editions": chosen, "score": score, "rulebook": rules.name if rules else None}
    index = snapshot.sql(_INDEX, asked)
    if index.is_empty():  # under rules that no snapshot keeps an index is computed now
        regions: list[str | None] = [*codes] or [None]
        every = [stored_rows(snapshot, region_code=code, editions=chosen or None) for code in regions]
        computed = [index_under(stored, rulebook=rules, score_kinds=(score,)) for stored in every]
        index = pl.concat([index, *(found.select(index.columns) for found in computed if not found.is_empty())])
    frames = [
        ranges_beside(snapshot, stored_rows(snapshot, region_code=str(code), editions=chosen or None), rows)
        for (code,), rows in index.filter(pl.col("iid").is_null()).sort("region_code").group_by(
            "region_code", maintain_order=True
        )
    ]  # fmt: skip
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames])


def ranges_beside(
    snapshot: Snapshot, stored: Stored, index: pl.DataFrame, changes: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """Return the likely ranges beside rows of the index as `index_under` gives them for `stored` and `changes`."""
    if index.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    donors: KnownDonors = {}
    rows = [
        _row(estimate, snapshot)
        for row in index.sort("region_code", "edition", "rulebook", "score_kind").iter_rows(named=True)
        for estimate in season_estimates(snapshot, stored, row, changes, donors)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def given(ranges: pl.DataFrame, measure: str = "iid") -> pl.DataFrame:
    """Return the ranges of a measure that are not refused."""
    return ranges.filter((pl.col("measure") == measure) & pl.col("low").is_not_null())


def _row(estimate: SeasonEstimate, snapshot: Snapshot) -> dict[str, Any]:
    found = estimate.found
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {
        "region_code": estimate.region_code,
        "edition": estimate.edition,
        "rulebook": estimate.rulebook,
        "score_kind": estimate.score_kind,
        "kind": found.kind,
        "variant": estimate.variant,
        "seed": estimate.seed,
        "statement_ids": "|".join(estimate.statement_ids),
        "is_simulated": estimate.is_simulated,
        "snapshot_id": snapshot.snapshot_id,
    }
    for code in LANGUAGES:
        language = Language(code)
        row[f"label_{code}"] = label_of(estimate, snapshot.snapshot_id, language)
        row[f"conditions_{code}"] = conditions_of(found, language)
        row[f"refusal_{code}"] = reason_of_refusal(found, language)
    if isinstance(found, Refusal):
        low, high = estimate.hard
        return row | {"measure": "iid", "refusal": found.reason, "hard_low": low, "hard_high": high}
    return row | _ends(found)


def _ends(found: LikelyRange) -> dict[str, Any]:
    """Return the figures of a range as they are shown: whole points outward, or hundredths as an index is rounded."""
    is_whole = found.kind in WHOLE_POINTS
    low, high = map(Decimal, found.rounded_outward()) if is_whole else map(_hundredths, (found.low, found.high))
    central = found.central_rounded() if is_whole else found.central and tuple(map(_hundredths, found.central))
    return {
        "measure": found.measure,
        "model": found.model,
        "low": low,
        "high": high,
        "central_low": central and Decimal(central[0]),
        "central_high": central and Decimal(central[1]),
        "hard_low": _hundredths(found.hard_low),
        "hard_high": _hundredths(found.hard_high),
        "certainty": found.certainty,
        "sample_size": found.sample_size,
        "population": found.population,
        "donor_count": found.donors,
        "conditions": "|".join(condition.code for condition in found.conditions),
    }


def _hundredths(value: Decimal) -> Decimal:
    """Return a value rounded as the index itself is."""
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)
