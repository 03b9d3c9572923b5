"""Predicts a season known by its totals alone from cities whose answers are known, with an error of the whole city.

Innovations of one city are alike: a season's 40 to 320 are worth a handful of independent ones, so that the error is
taken from cities, each left out once. With J donor cities, f_lo and f_hi the two ends of the mapped maturity as cubic
curves of the total (every city weighted alike), and s_lo, s_hi the spread of the errors of city means:

    [ mean of f_lo - t s_lo sqrt(1 + 1/J),  mean of f_hi + t s_hi sqrt(1 + 1/J) ],    t = t(J - 1, certainty)

cut to the hard bounds. The SPD: that of the city's neighbouring edition plus the donors' mean difference, or the
donors' mean, each +- t s sqrt(1 + 1/J). Student's t prediction interval for one more city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from iga.estimate.donor_cities import DonorCity, NeighbouringSpd, TargetCity, outside_donors, usable_donors
from iga.estimate.estimate_limits import limits
from iga.estimate.formula_bounds import decimal_above, decimal_below, spd_span, square_root, within
from iga.estimate.index_range import index_range
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.estimate.student import t_quantile
from iga.index.exact import Span
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook

MODEL, SPD_OF_NEIGHBOUR, SPD_ACROSS_CITIES = "m1_ends", "spd_of_neighbour", "spd_across_cities"
DEGREE = 3
"""The degree of the curves: a cubic bends where levels run out at both ends."""
UNIT = 100.0
"""Totals are powers of about 1 in it, so that the curves are well conditioned."""
GRID = 6
"""Decimal places that predictions keep: what lies beyond differs between machines."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class _LeftOut:
    """City means of the two ends, a row per city: as the other cities predict them, and as they are."""

    predicted: Values
    actual: Values

    @property
    def errors(self) -> Values:
        """How far each city's ends lie above what the other cities predict."""
        return self.actual - self.predicted


def donor_maturity_range(
    target: TargetCity, donors: Sequence[DonorCity], *, certainty: Decimal | None = None, is_trial: bool = False
) -> LikelyRange | Refusal:
    """Return the mean maturity that donor cities predict for the target, in points.

    Refused as in `usable_donors` and `outside_donors`, and with `leave_one_out_misses` where too few donors lie in
    their own ranges. The two central values are the predicted ends without an error.
    """
    certainty = limits().certainty if certainty is None else certainty
    others = usable_donors(target, donors, is_trial=is_trial)
    if isinstance(others, Refusal):
        return others
    refusal = outside_donors(target, others)
    if refusal:
        return refusal
    left_out, count = _left_out(others), len(others)
    hits = leave_one_out_hits(left_out.predicted, left_out.actual, certainty)
    if Decimal(hits) / count < limits().least_leave_one_out_hits:
        return Refusal.of("prediction", "leave_one_out_misses", hits=hits, donors=count)
    scale = Fraction(len(target.totals), target.divisor or len(target.totals))
    low, high = sorted(_grid(each) * scale for each in _target_ends(target, _curves(others)))
    errors = [_grid(each) * scale for each in _spread(left_out.errors) * sqrt(1 + 1 / count)]
    reach, hard = Fraction(t_quantile(count - 1, certainty)), _hard(target, scale)
    span = within(Span(low - reach * errors[0], high + reach * errors[1]), hard)
    return LikelyRange(
        measure="mean_maturity",
        kind="prediction",
        **_limits_of(span, within(Span(low, high), span), hard),
        certainty=certainty,
        model=MODEL,
        conditions=(Condition.of("donors_alike", donors=count), Condition.of("left_out_hits", hits=hits, donors=count)),
        donors=count,
        population=len(target.totals),
        is_simulated=target.is_simulated,
        spread=(decimal_above(errors[0]), decimal_above(errors[1])),
        degrees=count - 1,
    )


def donor_spd_range(
    target: TargetCity,
    donors: Sequence[DonorCity],
    hard: tuple[Fraction, Fraction],
    *,
    certainty: Decimal | None = None,
    is_trial: bool = False,
) -> LikelyRange | Refusal:
    """Return the SPD of the target in points, from that of its neighbouring edition or else across cities.

    `hard` are the hard bounds. Donors without an SPD are left aside, and so are those without a neighbouring one where
    the target has one. Refused with `other_thresholds` where an SPD was scored by others than the target's, and as in
    `usable_donors`.
    """
    certainty = limits().certainty if certainty is None else certainty
    has_neighbour = target.neighbour is not None and target.neighbour.points is not None
    having = [city for city in donors if _has(city.spd) and (_has(city.neighbour) or not has_neighbour)]
    others = usable_donors(target, having, is_trial=is_trial)
    if isinstance(others, Refusal):
        return others
    stated = [city.spd for city in others] + ([city.neighbour for city in others] if has_neighbour else [])
    others_thresholds = {each.thresholds for each in (*stated, target.neighbour if has_neighbour else None) if each}
    if others_thresholds != {target.thresholds}:
        return Refusal.of("prediction", "other_thresholds", thresholds=target.thresholds)
    values = [_points(city.spd) - (_points(city.neighbour) if has_neighbour else 0) for city in others]
    count, mean = len(values), sum(values, Fraction(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / (count - 1)
    error = square_root(variance * (1 + Fraction(1, count)))
    centre = mean + (_points(target.neighbour) if has_neighbour else 0)
    reach = Fraction(t_quantile(count - 1, certainty)) * error
    span = within(Span(centre - reach, centre + reach), Span(*hard))
    return LikelyRange(
        measure="spd_score",
        kind="prediction",
        **_limits_of(span, within(Span(centre, centre), span), Span(*hard)),
        certainty=certainty,
        model=SPD_OF_NEIGHBOUR if has_neighbour else SPD_ACROSS_CITIES,
        conditions=(Condition.of("same_thresholds", thresholds=target.thresholds, donors=count),),
        donors=count,
        is_simulated=target.is_simulated,
        spread=(decimal_above(error), decimal_above(error)),
        degrees=count - 1,
    )


def donor_range(
    target: TargetCity,
    donors: Sequence[DonorCity],
    region: RegionFacts,
    rulebook: Rulebook,
    *,
    certainty: Decimal | None = None,
    is_trial: bool = False,
) -> LikelyRange | Refusal:
    """Return the index that donor cities predict for the target, by the rulebook's exact formula.

    Where the region's SPD is not known and the donors cannot tell it, it keeps its hard bounds, and the condition
    `spd_not_narrowed` names the reason. Refused as in `donor_maturity_range`.
    """
    mean = donor_maturity_range(target, donors, certainty=certainty, is_trial=is_trial)
    if isinstance(mean, Refusal):
        return mean
    hard = spd_span(region, rulebook)
    if hard is None or hard.lower == hard.upper:
        return index_range(mean, region, rulebook)
    spd = donor_spd_range(target, donors, (hard.lower, hard.upper), certainty=certainty, is_trial=is_trial)
    if isinstance(spd, Refusal):
        reason = Condition.of("spd_not_narrowed", reason=spd.reason)
        return index_range(replace(mean, conditions=(*mean.conditions, reason)), region, rulebook)
    return index_range(mean, region, rulebook, spd)


def leave_one_out_hits(predicted: Values, actual: Values, certainty: Decimal) -> int:
    """Count the donor cities, a row each, whose two ends lie in the range that the other cities give them."""
    count = len(predicted)
    errors = actual - predicted
    reach = float(t_quantile(count - 2, certainty)) * sqrt(1 + 1 / (count - 1))
    hits = 0
    for place in range(count):
        spread = _spread(np.delete(errors, place, axis=0)) * reach
        hits += bool(errors[place, 0] >= -spread[0] and errors[place, 1] <= spread[1])
    return hits


def _left_out(donors: Sequence[DonorCity]) -> _LeftOut:
    """Predict the ends of each city by the others: what all of them add to the normal equations, less its own part."""
    parts = [_normal_equations(city) for city in donors]
    all_left, all_right = (np.sum(sides, axis=0) for sides in zip(*parts, strict=True))
    predicted = [
        _powers(city.totals).mean(axis=0) @ _solved(all_left - left, all_right - right)
        for city, (left, right) in zip(donors, parts, strict=True)
    ]
    return _LeftOut(np.array(predicted), np.array([_mapped(city).mean(axis=0) for city in donors]))


def _curves(donors: Sequence[DonorCity]) -> Values:
    """The coefficients of the two curves, a column each."""
    left, right = (np.sum(sides, axis=0) for sides in zip(*map(_normal_equations, donors), strict=True))
    return _solved(left, right)


def _normal_equations(city: DonorCity) -> tuple[Values, Values]:
    """Both sides of the least squares of one city; every city weighs alike, however long its list."""
    powers = _powers(city.totals)
    return powers.T @ powers / len(powers), powers.T @ _mapped(city) / len(powers)


def _solved(left: Values, right: Values) -> Values:
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0], dtype=np.float64)


def _powers(totals: Sequence[float]) -> Values:
    powers: Values = np.vander(np.asarray(totals, dtype=np.float64) / UNIT, DEGREE + 1)
    return powers


def _mapped(city: DonorCity) -> Values:
    return np.column_stack([np.asarray(city.mapped_low, np.float64), np.asarray(city.mapped_high, np.float64)])


def _spread(errors: Values) -> Values:
    """The root mean square of the errors of city means: about 0, so that a common miss widens the range too."""
    return np.asarray(np.sqrt((errors**2).sum(axis=0) / (len(errors) - 1)), dtype=np.float64)


def _target_ends(target: TargetCity, curves: Values) -> Values:
    """The mean of the two ends over the target's innovations; one without a total keeps its hard bounds."""
    known = [total for total in target.totals if total is not None]
    low, high = (_powers(known) @ curves).sum(axis=0)
    for total, least, most in zip(target.totals, target.hard_low, target.hard_high, strict=True):
        if total is None:
            low, high = low + least, high + most
    return np.array([low, high]) / len(target.totals)


def _hard(target: TargetCity, scale: Fraction) -> Span:
    low, high = (
        sum((Fraction(str(each)) for each in ends), Fraction(0)) / len(target.totals) * scale
        for ends in (target.hard_low, target.hard_high)
    )
    return Span(low, high)


def _grid(value: float) -> Fraction:
    return Fraction(str(round(float(value), GRID)))


def _has(spd: NeighbouringSpd | None) -> bool:
    return spd is not None and spd.points is not None


def _points(spd: NeighbouringSpd | None) -> Fraction:
    if spd is None or spd.points is None:
        message = "a city without an SPD has no points"
        raise ValueError(message)
    return Fraction(spd.points)


class _Ends(TypedDict):
    low: Decimal
    high: Decimal
    central: tuple[Decimal, Decimal]
    hard_low: Decimal
    hard_high: Decimal


def _limits_of(span: Span, centre: Span, hard: Span) -> _Ends:
    return {
        "low": decimal_below(span.lower),
        "high": decimal_above(span.upper),
        "central": (decimal_below(centre.lower), decimal_above(centre.upper)),
        "hard_low": decimal_below(hard.lower),
        "hard_high": decimal_above(hard.upper),
    }
