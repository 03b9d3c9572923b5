"""Carries bounds of maturity, SPD and count points on to the index, exactly, by the rulebook of an edition."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

from iga.index.exact import Span, count_bounds, divisor_bounds, index_of_bounds, mean_bounds
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook

DIGITS = 28
"""How many digits an exact fraction keeps as a decimal; rounded away from the middle of its range."""


def decimal_below(value: Fraction) -> Decimal:
    """Return the largest decimal of 28 digits that is not above a fraction."""
    return Context(DIGITS, ROUND_FLOOR).divide(Decimal(value.numerator), Decimal(value.denominator))


def decimal_above(value: Fraction) -> Decimal:
    """Return the smallest decimal of 28 digits that is not below a fraction."""
    return Context(DIGITS, ROUND_CEILING).divide(Decimal(value.numerator), Decimal(value.denominator))


def square_root(value: Fraction) -> Fraction:
    """Return the square root of a fraction, to 28 digits."""
    return Fraction(decimal_above(value).sqrt(Context(DIGITS)))


def spd_span(facts: RegionFacts, rulebook: Rulebook) -> Span | None:
    """Return what the SPD may be, in points: 0 to its maximum where it is missing; None where that is not known."""
    if facts.spd is not None:
        return Span(*facts.spd)
    maximum = rulebook.parameters.spd_maximum.upper
    return None if maximum is None else Span(Fraction(0), Fraction(maximum))


def mean_span(facts: RegionFacts, rulebook: Rulebook) -> Span | None:
    """Return what the mean maturity may be, in points; None where the divisor is not known."""
    divisor = divisor_bounds(rulebook.parameters.divisor_minimum, facts.in_divisor)
    return divisor and mean_bounds(Span(*facts.maturity_sum), divisor)


def count_span(facts: RegionFacts, rulebook: Rulebook) -> Span | None:
    """Return what the points for the number of innovations may be; None where not even their maximum is known."""
    return count_bounds(rulebook, facts.counted, facts.basic_services, facts.counted_surely)


def index_span(
    rulebook: Rulebook,
    facts: RegionFacts,
    *,
    spd: Span | None = None,
    mean: Span | None = None,
    count: Span | None = None,
) -> Span | None:
    """Return the index, 0 to 100 and not rounded, with what is given in the place of what the facts say of a part.

    None where a rule that it needs is not known. Formula: `iga.index.formula`.
    """
    spd = spd or spd_span(facts, rulebook)
    mean = mean or mean_span(facts, rulebook)
    count = count or count_span(facts, rulebook)
    maximum = rulebook.parameters.total_maximum
    if spd is None or mean is None or count is None or maximum.lower is None or maximum.upper is None:
        return None
    return index_of_bounds(spd + mean + count, Span(Fraction(maximum.lower), Fraction(maximum.upper)))


def within(inner: Span, outer: Span) -> Span:
    """Return a span cut to another; where they do not meet, the end of the outer one that is nearest."""
    low = min(max(inner.lower, outer.lower), outer.upper)
    return Span(low, max(low, min(inner.upper, outer.upper)))


def with_spd(facts: RegionFacts, spd: tuple[Fraction, Fraction]) -> RegionFacts:
    """Return the facts of a region with other bounds of its SPD."""
    return replace(facts, spd=spd)
