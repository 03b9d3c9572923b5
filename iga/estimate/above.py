"""Gives the probability that one region stands above another as an interval, from their likely ranges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import hypot, inf

from iga.estimate.estimate_limits import limits
from iga.estimate.likely_range import LikelyRange, Refusal
from iga.estimate.student import t_probability

SHARE_GRID = Decimal("0.01")


@dataclass(frozen=True)
class Above:
    """The probability that A stands above B: its lower and upper end, 0 to 1, and what that lets one say.

    `is_certain` only where the hard bounds of the two do not meet: then it is no probability but a fact.
    """

    low: Decimal
    high: Decimal
    is_certain: bool = False

    @property
    def is_likely_above(self) -> bool:
        """Whether A is likely above B: the lower end reaches the limit."""
        return self.low >= limits().likely_above

    @property
    def is_likely_below(self) -> bool:
        """Whether A is likely below B: the upper end leaves that much to B."""
        return self.high <= 1 - limits().likely_above

    def rounded_outward(self) -> tuple[Decimal, Decimal]:
        """Return both ends in hundredths, away from each other; 0 and 1 only where nothing else is possible."""
        low, high = self.low.quantize(SHARE_GRID, ROUND_FLOOR), self.high.quantize(SHARE_GRID, ROUND_CEILING)
        if self.is_certain:
            return low, high
        return min(low, 1 - SHARE_GRID), max(high, SHARE_GRID)


def probability_above(a: LikelyRange, b: LikelyRange) -> Above | Refusal:
    """Return the probability that A stands above B, as an interval, from ranges of one measure.

    The lower end sets the lower central value of A against the higher one of B, the upper end the other way round; the
    errors are Student's t with the fewer degrees of freedom and do not depend on each other. A range without an error
    (deterministic, scenario) enters with its own ends. Refused with `simulated_mixed` for a simulated range beside a
    real one. Raises ValueError for ranges of two measures.
    """
    if a.measure != b.measure:
        message = f"{a.measure} and {b.measure} cannot be compared"
        raise ValueError(message)
    if a.is_simulated != b.is_simulated:
        return Refusal.of("prediction", "simulated_mixed")
    if a.hard_low > b.hard_high:
        return Above(Decimal(1), Decimal(1), is_certain=True)
    if b.hard_low > a.hard_high:
        return Above(Decimal(0), Decimal(0), is_certain=True)
    (a_low, a_high), (b_low, b_high) = _ends(a), _ends(b)
    degrees = min((each.degrees for each in (a, b) if each.degrees), default=1)
    a_error, b_error = _errors(a), _errors(b)
    low = _probability(float(a_low - b_high), hypot(a_error[0], b_error[1]), degrees)
    high = _probability(float(a_high - b_low), hypot(a_error[1], b_error[0]), degrees)
    return Above(_share(min(low, high), ROUND_FLOOR), _share(max(low, high), ROUND_CEILING))


def _ends(found: LikelyRange) -> tuple[Decimal, Decimal]:
    return found.central or (found.low, found.high)


def _errors(found: LikelyRange) -> tuple[float, float]:
    return (float(found.spread[0]), float(found.spread[1])) if found.spread else (0.0, 0.0)


def _probability(difference: float, error: float, degrees: int) -> float:
    """The probability that a difference with this error is above 0; without an error it is or is not."""
    if error == 0:
        return t_probability(inf if difference > 0 else -inf, degrees)
    return t_probability(difference / error, degrees)


def _share(value: float, rounding: str) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.0001"), rounding)
