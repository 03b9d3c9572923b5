"""Where compared cities stand in the last edition: places as probabilities, distance to the best and to the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from analysis.index.level_profiles import read_profiles
from iga.errors import RobustnessInvalid
from iga.robustness import Robustness, analyse_robustness, break_even, stated_errors
from iga.robustness.bounds import places_between, share_first
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.robustness.figures import uncertainty_of
from reports.pages.robustness.parameters import RobustnessParameters
from warehouse import Snapshot
from warehouse.errors import WorkbenchError

TAIL = 0.05
"""The share of the draws that likely ranks leave out at each end."""
HUNDREDTHS = pl.Decimal(12, 2)


@dataclass(frozen=True)
class Chances:
    """How likely each place is: region_code, share_first, likely_low and likely_high; and how that was drawn.

    `city_error`: the error that all answers of a city share, in index points, and `is_calibrated`, whether pairs of
    scores say so. `claims`: each pair in its likelier order with what overturns it: region_code, other_region_code,
    probability, threshold, holds_to (the greatest such error that keeps the threshold, null where none does), is_open.
    """

    places: pl.DataFrame
    draws: int
    seed: int
    weight_spread: float
    level_error: float
    city_error: float
    is_calibrated: bool
    claims: pl.DataFrame


def read_chances(
    snapshot: Snapshot, parameters: CompareCitiesParameters, edition: int, rulebook: str
) -> Chances | None:
    """Return what the robustness engine says of the places of one edition; None where it has no levels to draw from."""
    drawn = RobustnessParameters(**parameters.model_dump(exclude={"editions"}), editions=(edition,))
    try:
        profiles = read_profiles(
            snapshot, cities=drawn.cities, editions=drawn.editions, score=drawn.score, rulebook=rulebook
        )
        if profiles.count < 2:
            return None
        uncertainty, calibration = uncertainty_of(snapshot, profiles, drawn)
        analysis = analyse_robustness(profiles, uncertainty, draws=drawn.draws, seed=drawn.seed)
    except (WorkbenchError, RobustnessInvalid):
        return None
    claims = analysis.claims
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
    return Chances(
        places,
        drawn.draws,
        drawn.seed,
        drawn.weight_spread,
        uncertainty.level_error,
        uncertainty.city_error,
        calibration.chosen is not None,
        _city_error_limits(analysis),
    )


def _city_error_limits(analysis: Robustness) -> pl.DataFrame:
    """The claims with the shared error that overturns each, the weakest first."""
    limits = pl.DataFrame(break_even(analysis, thresholds=[min(stated_errors().thresholds)]).limits)
    names = ("region_code", "other_region_code", "probability", "threshold", "holds_to", "is_open")
    return limits.filter(assumption="city_error").select(names).sort("probability", "region_code", "other_region_code")


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
