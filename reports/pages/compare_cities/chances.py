"""Where compared cities stand in the last edition: places as probabilities, distance to the best and to the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.index.level_profiles import read_profiles
from iga.errors import RobustnessInvalid
from iga.robustness import IndexUncertainty, WeightPerturbation, analyse_robustness
from iga.robustness.bounds import places_between, share_first
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.robustness.figures import UNSTATED_RULES
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse import Snapshot
from warehouse.errors import WorkbenchError

TAIL = 0.05
"""The share of the draws that likely ranks leave out at each end."""
HUNDREDTHS = pl.Decimal(12, 2)


@dataclass(frozen=True)
class Chances:
    """How likely each place is: region_code, share_first, likely_low and likely_high; and how that was drawn."""

    places: pl.DataFrame
    draws: int
    seed: int
    weight_spread: float
    level_error: float


def read_chances(
    snapshot: Snapshot, parameters: CompareCitiesParameters, edition: int, rulebook: str
) -> Chances | None:
    """Return what the robustness engine says of the places of one edition; None where it has no levels to draw from."""
    drawn = RobustnessParameters(**parameters.model_dump(exclude={"editions"}), editions=(edition,))
    uncertainty = IndexUncertainty(
        weights=WeightPerturbation("percent", indicator=drawn.weight_spread),
        rules=UNSTATED_RULES,
        level_error=drawn.level_error,
    )
    try:
        profiles = read_profiles(
            snapshot, cities=drawn.cities, editions=drawn.editions, score=drawn.score, rulebook=rulebook
        )
        if profiles.count < 2:
            return None
        claims = analyse_robustness(profiles, uncertainty, draws=drawn.draws, seed=drawn.seed).claims
    except (WorkbenchError, RobustnessInvalid):
        return None
    low, high = places_between(claims, TAIL, 1 - TAIL)
    places = pl.DataFrame(
        {
            "region_code": list(claims.units["region_code"]),
            "share_first": share_first(claims),
            "likely_low": low,
            "likely_high": high,
        },
        schema_overrides={"region_code": pl.String, "likely_low": pl.Int64, "likely_high": pl.Int64},
    )
    return Chances(places, drawn.draws, drawn.seed, drawn.weight_spread, drawn.level_error)


def distances(group: pl.DataFrame, region_codes: list[str]) -> pl.DataFrame:
    """Return for each region the bounds of what it lacks to the best other one, and of its distance to the mean.

    `group` has region_code, iid_lower and iid_upper of all regions of the group, those asked for among them. Columns:
    region_code, to_best and to_mean, each a struct of lower and upper; null without another region. Bounds are exact:
    each index may lie anywhere within its own.
    """
    known: dict[str, tuple[int, int]] = {
        code: (int(lower * 100), int(upper * 100))
        for code, lower, upper in group.select("region_code", "iid_lower", "iid_upper").iter_rows()
    }
    rows: list[dict[str, Any]] = []
    for code in region_codes:
        others = [bounds for other, bounds in known.items() if other != code]
        if code not in known or not others:
            rows.append({"region_code": code, "to_best": None, "to_mean": None})
            continue
        (low, high), count = known[code], len(others) + 1
        best = (max(0, max(lower for lower, _ in others) - high), max(0, max(upper for _, upper in others) - low))
        mean = (
            _half_up(low * (count - 1) - sum(upper for _, upper in others), count),
            _half_up(high * (count - 1) - sum(lower for lower, _ in others), count),
        )
        rows.append({"region_code": code, "to_best": _bounds(best), "to_mean": _bounds(mean)})
    bounds = pl.Struct({"lower": pl.Int64, "upper": pl.Int64})
    frame = pl.DataFrame(rows, schema={"region_code": pl.String, "to_best": bounds, "to_mean": bounds})
    return frame.with_columns(_points("to_best"), _points("to_mean"))


def _bounds(ends: tuple[int, int]) -> dict[str, int]:
    return {"lower": ends[0], "upper": ends[1]}


def _half_up(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _points(name: str) -> pl.Expr:
    ends = [
        (pl.col(name).struct.field(end).cast(pl.Decimal(18, 2)) / 100).cast(HUNDREDTHS) for end in ("lower", "upper")
    ]
    made = pl.struct(lower=ends[0], upper=ends[1])
    return pl.when(pl.col(name).is_null()).then(None).otherwise(made).alias(name)
