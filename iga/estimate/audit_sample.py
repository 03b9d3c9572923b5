"""Draws innovations at random to be read again, and gives the mean maturity with the interval of that sample.

The difference estimator of survey sampling (Cochran, Sampling Techniques, 1977, section 7.2, b = 1): with the middle h
of the hard bounds known for all n innovations and the maturity y read for m of them,

    mean = mean of h over all + mean of (y - h) over the sample,
    standard error = s / sqrt(m) x sqrt(1 - m / n),     s: standard deviation of (y - h) in the sample.

It needs no other city and no model of practice: chance alone decides who is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

from iga.estimate.estimate_limits import limits
from iga.estimate.formula_bounds import decimal_above, decimal_below, square_root, within
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.estimate.student import t_quantile
from iga.index.exact import Number, Span

MODEL = "audit_sample"


def draw_audit_sample(keys: Iterable[str], draw: int, seed: int) -> tuple[str, ...]:
    """Return `draw` of the keys at random, in the order drawn; all of them where there are not more.

    The same keys and seed give the same sample on every machine, in whatever order the keys come, and a larger draw of
    the same seed begins with the smaller one: a sample can be extended. Raises ValueError for a negative draw.
    """
    if draw < 0:
        message = f"{draw} innovations cannot be drawn"
        raise ValueError(message)

    def place(key: str) -> tuple[bytes, str]:
        return sha256(f"{seed}\n{key}".encode()).digest(), key

    return tuple(sorted(set(keys), key=place)[:draw])


def audit_sample_range(
    hard_low_by_innovation: Mapping[str, Number],
    hard_high_by_innovation: Mapping[str, Number],
    read: Mapping[str, Number],
    drawn: Sequence[str],
    population: int,
    certainty: Decimal | None = None,
    *,
    divisor: int | None = None,
    is_simulated: bool = False,
) -> LikelyRange | Refusal:
    """Return the mean maturity of a season, in points, from innovations drawn at random and read again.

    The bounds are those of every scored innovation, `population` of them; `read` is the maturity of each drawn one
    under the edition that is asked for. `divisor` is what the sum is divided by where that is not `population`.
    Refused with `sample_too_small`, `sample_not_drawn` (something else was read), `sample_unread` (a drawn one was
    not), `readings_outside_bounds` (too many contradict the bounds). Raises ValueError where the bounds are not those
    of `population` innovations.
    """
    limit = limits()
    certainty = limit.certainty if certainty is None else certainty
    lows = {key: _exact(value) for key, value in hard_low_by_innovation.items()}
    highs = {key: _exact(value) for key, value in hard_high_by_innovation.items()}
    if lows.keys() != highs.keys() or len(lows) != population:
        message = f"bounds of {len(lows)} and {len(highs)} innovations are not those of {population}"
        raise ValueError(message)
    refusal = _refusal(lows.keys(), set(read), list(drawn), population)
    if refusal:
        return refusal
    sample, readings = len(drawn), {key: _exact(value) for key, value in read.items()}
    outside = sum(not lows[key] <= readings[key] <= highs[key] for key in drawn)
    if Fraction(outside, sample) > Fraction(limit.most_readings_outside):
        return Refusal.of("sampling", "readings_outside_bounds", outside=outside, sample_size=sample)
    scale = Fraction(population, population if divisor is None else divisor)
    middle = {key: (lows[key] + highs[key]) / 2 for key in lows}
    mean, error = _difference_estimate(middle, readings, drawn)
    mean, error = mean * scale, error * scale
    hard = Span(_mean(lows.values()) * scale, _mean(highs.values()) * scale)
    reach = Fraction(t_quantile(sample - 1, certainty)) * error
    span, centre = within(Span(mean - reach, mean + reach), hard), within(Span(mean, mean), hard)
    conditions = [Condition.of("drawn_at_random", sample_size=sample, population=population)]
    if outside:
        conditions.append(Condition.of("readings_outside_bounds", outside=outside, sample_size=sample))
    return LikelyRange(
        measure="mean_maturity",
        kind="sampling",
        low=decimal_below(span.lower),
        high=decimal_above(span.upper),
        central=(decimal_below(centre.lower), decimal_above(centre.upper)),
        hard_low=decimal_below(hard.lower),
        hard_high=decimal_above(hard.upper),
        certainty=certainty,
        model=MODEL,
        conditions=tuple(conditions),
        sample_size=sample,
        population=population,
        is_simulated=is_simulated,
        spread=(decimal_above(error), decimal_above(error)),
        degrees=sample - 1,
    )


def _refusal(keys: Iterable[str], read: set[str], drawn: list[str], population: int) -> Refusal | None:
    least = int(limits().least_sample)
    if not drawn or len(set(drawn)) < len(drawn) or not set(drawn) <= set(keys) or read - set(drawn):
        return Refusal.of("sampling", "sample_not_drawn", outside=len(read - set(drawn)), drawn=len(drawn))
    if len(drawn) < min(least, population) or len(drawn) < 2:
        return Refusal.of("sampling", "sample_too_small", sample_size=len(drawn), least=least)
    if set(drawn) - read:
        return Refusal.of("sampling", "sample_unread", unread=len(set(drawn) - read), drawn=len(drawn))
    return None


def _difference_estimate(
    middle: Mapping[str, Fraction], readings: Mapping[str, Fraction], drawn: Sequence[str]
) -> tuple[Fraction, Fraction]:
    """The mean over all innovations and its standard error."""
    sample, population = len(drawn), len(middle)
    differences = [readings[key] - middle[key] for key in drawn]
    shift = _mean(differences)
    variance = sum(((each - shift) ** 2 for each in differences), Fraction(0)) / (sample - 1)
    squared = variance / sample * (1 - Fraction(sample, population))
    return _mean(middle.values()) + shift, square_root(squared)


def _mean(values: Iterable[Fraction]) -> Fraction:
    each = list(values)
    return sum(each, Fraction(0)) / len(each)


def _exact(number: Number) -> Fraction:
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)
