"""Gives quantiles and probabilities of Student's t; SciPy is loaded when one is asked for."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from math import isinf

QUANTILE_GRID = Decimal("0.0001")
"""Quantiles are rounded up to it, so that another version of SciPy moves no figure."""


@lru_cache(maxsize=1024)
def t_quantile(degrees: int, certainty: Decimal) -> Decimal:
    """Return how many standard errors a two-sided range of a certainty (0 to 1) reaches to either side."""
    from scipy.special import stdtrit

    if degrees < 1 or not 0 < certainty < 1:
        message = f"no quantile of {degrees} degrees of freedom and certainty {certainty}"
        raise ValueError(message)
    quantile = float(stdtrit(degrees, float((1 + certainty) / 2)))
    return Decimal(repr(quantile)).quantize(QUANTILE_GRID, ROUND_CEILING)


def t_probability(value: float, degrees: int) -> float:
    """Return the probability that Student's t stays below a value, which may be infinite."""
    from scipy.special import stdtr

    if isinf(value):
        return float(value > 0)
    return float(stdtr(degrees, value))
