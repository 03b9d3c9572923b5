"""Fits the model of error to pairs of scores of the same innovation: a part by city, one by innovation, one by item."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import narwhals as nw
import numpy as np
from narwhals.typing import IntoDataFrame
from numpy.typing import NDArray
from scipy.stats import chi2

from iga.composite.table import Values
from iga.errors import RobustnessInvalid
from iga.index.frame_expressions import REGION_KEYS, require
from iga.robustness.uncertainty import IndexUncertainty, stated_errors

Refusal = Literal["", "few_cities", "few_innovations"]
SHARE_HELD = 0.9
"""What the interval of the spread between cities holds."""


@dataclass(frozen=True)
class ErrorFit:
    """What pairs of an earlier and a later score say of errors.

    `unit` is what the scores were: `maturity` points of innovations, or `index` points of whole cities. `mean_change`
    is what all cities lose or gain alike, which moves no order; `city_sd` the standard deviation between cities beside
    it, with the ends of its 90 % interval; `innovation_sd` that between innovations of a city (0 for indices), without
    what items explain; `level_error` the share of levels that moved, None where no levels were paired. `largest_change`
    is the greatest change of a city. `refused` says why nothing is fitted: the spreads are then None.
    """

    unit: Literal["maturity", "index"]
    is_simulated: bool
    city_count: int
    pair_count: int
    mean_change: float | None
    largest_change: float | None
    city_sd: float | None = None
    city_sd_low: float | None = None
    city_sd_high: float | None = None
    innovation_sd: float | None = None
    level_error: float | None = None
    refused: Refusal = ""

    def city_error(self, total_maximum: float) -> float | None:
        """Return the spread between cities in index points; None where it was refused.

        A point of maturity is 100 / `total_maximum` points of the index.
        """
        if self.city_sd is None:
            return None
        return self.city_sd * (100 / total_maximum if self.unit == "maturity" else 1.0)

    def applied_to(self, uncertainty: IndexUncertainty, total_maximum: float) -> IndexUncertainty:
        """Return the uncertainty with what was fitted in place of what was assumed; unchanged where it was refused."""
        city_error = self.city_error(total_maximum)
        if city_error is None:
            return uncertainty
        return replace(
            uncertainty,
            city_error=city_error,
            innovation_error=uncertainty.innovation_error if self.innovation_sd is None else self.innovation_sd,
            level_error=uncertainty.level_error if self.level_error is None else min(self.level_error, 0.5),
        )


def fit_errors(
    pairs: IntoDataFrame,
    *,
    unit: Literal["maturity", "index"] = "maturity",
    items: IntoDataFrame | None = None,
) -> ErrorFit:
    """Return the components of variance of the change from an earlier to a later score.

    `pairs`: region_code, edition, earlier, later (points), is_simulated; one row per innovation that has both, or per
    city for `index`. `items`: earlier_level, later_level, weight (points per level); one row per answer of a paired
    innovation that has both. City and edition are one group. Spreads by the analysis of variance of one random factor
    with unequal groups (Searle, Casella and McCulloch, Variance Components, 1992); the interval of that between cities
    from their means (Thomas and Hultquist, 1978). Refused below the counts of `stated_errors`. Raises
    RobustnessInvalid for no pairs, and where simulated pairs stand beside real ones.
    """
    frame = nw.from_native(pairs, eager_only=True)
    require(frame.columns, (*REGION_KEYS, "earlier", "later", "is_simulated"), "pairs")
    marks = {bool(mark) for mark in frame["is_simulated"].to_list()}
    if len(marks) != 1:
        raise RobustnessInvalid(
            "they mix real and simulated scores." if marks else "there are none.",
            place="pairs",
            fix="Fit each kind on its own.",
        )
    change = np.array(frame["later"].to_list(), dtype=float) - np.array(frame["earlier"].to_list(), dtype=float)
    keys = list(zip(frame["region_code"].to_list(), frame["edition"].to_list(), strict=True))
    known = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    city = np.array([known[key] for key in keys], dtype=np.int64)
    counts = np.bincount(city)
    means = np.bincount(city, change) / counts
    largest = float(means[np.abs(means).argmax()])
    found = ErrorFit(unit, marks.pop(), len(counts), len(change), float(means.mean()), largest)
    stated = stated_errors()
    if len({code for code, _ in known}) < stated.fewest_cities:
        return replace(found, refused="few_cities")
    if unit == "index":
        sd = float(means.std(ddof=1))
        low, high = _interval(sd**2, len(means), 0.0)
        return replace(found, city_sd=sd, city_sd_low=low, city_sd_high=high, innovation_sd=None)
    if len(change) - len(counts) < stated.fewest_innovations:
        return replace(found, refused="few_innovations")
    return _components(found, change, city, counts, means, items)


def _components(
    found: ErrorFit,
    change: Values,
    city: NDArray[np.int64],
    counts: NDArray[np.int64],
    means: Values,
    items: IntoDataFrame | None,
) -> ErrorFit:
    cities, total = len(counts), len(change)
    within = float(((change - means[city]) ** 2).sum() / (total - cities))
    between = float((counts * (means - change.mean()) ** 2).sum() / (cities - 1))
    size = (total - (counts**2).sum() / total) / (cities - 1)
    low, high = _interval(float(means.var(ddof=1)), cities, within * float((1 / counts).mean()))
    level_error, explained = _item_part(items, total)
    return replace(
        found,
        city_sd=float(np.sqrt(max(0.0, (between - within) / size))),
        city_sd_low=low,
        city_sd_high=high,
        innovation_sd=float(np.sqrt(max(0.0, within - explained))),
        level_error=level_error,
    )


def _interval(of_means: float, cities: int, of_sampling: float) -> tuple[float, float]:
    """The 90 % interval of the standard deviation between cities, from the variance of their means."""
    tail = (1 - SHARE_HELD) / 2
    ends = [(cities - 1) * of_means / chi2.ppf(share, cities - 1) - of_sampling for share in (1 - tail, tail)]
    low, high = (float(np.sqrt(max(0.0, end))) for end in ends)
    return low, high


def _item_part(items: IntoDataFrame | None, innovations: int) -> tuple[float | None, float]:
    """The share of levels that moved, and the variance of an innovation's change that single levels explain."""
    if items is None:
        return None, 0.0
    frame = nw.from_native(items, eager_only=True)
    require(frame.columns, ("earlier_level", "later_level", "weight"), "items")
    if not len(frame):
        return None, 0.0
    step = np.array(frame["later_level"].to_list(), dtype=float) - np.array(
        frame["earlier_level"].to_list(), dtype=float
    )
    points = step * np.array(frame["weight"].to_list(), dtype=float)
    return float((step != 0).mean()), float(points.var() * len(points) / innovations)
