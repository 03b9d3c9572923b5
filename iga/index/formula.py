"""States the formula of the index once, as functions of plain numbers; an edition's own numbers come in from outside.

    divisor = innovations that enter it, at least `divisor_minimum`
    mean    = sum of maturities / divisor
    count   = `count_weight` x innovations counted (at most `count_cap`); 0 below `basic_services_required`
    SID     = mean + count
    total   = SPD + SID
    IID     = 100 x total / `total_maximum`, rounded half-up to hundredths, once and at the end

Points may be in any one unit (points, hundredths); bounds come from calling a function at either end.

These call the functions here: the exact form (`exact`, and through it `why_moved`, `what_narrows` and
`analysis.planning.what_if`), the plans (`iga.planning`: `Terms`, `Position`), and the values on the sheet "Cek Hitung".
These write the formula again, for a reason, and are held to it by tests:

- `iga.score`, as expressions on frames: tests/unit/test_score.py, tests/unit/test_scale.py, tests/spec/
- the live formulas of "Cek Hitung" (`reports.render.check_sheet`): tests/unit/test_formula.py
- the integer programs of `iga.planning.plan_solver`: tests/unit/test_best_plan.py, tests/unit/test_hold.py
- `iga.robustness`, in floats for thousands of draws: tests/unit/test_robustness.py
- docs/method.md, in words: its worked cases are those of tests/spec/
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

from iga.rules import parts

Exact = TypeVar("Exact", int, Fraction)

NOT_REPORTED: Final = parts.NOT_REPORTED

MAXIMUM: Final = 100
"""The greatest index."""


def divisor_of(in_divisor: Exact, minimum: Exact) -> Exact:
    """Return the divisor of the mean for a number of innovations that enter it."""
    return max(minimum, in_divisor)


def mean_of(maturity_sum: Exact, divisor: Exact) -> Fraction:
    """Return the mean maturity, not rounded."""
    return _quotient(maturity_sum, divisor)


def count_points(counted: Exact, services: int, weight: Exact, cap: Exact, required: int) -> Exact:
    """Return the points for the number of innovations: none unless they cover the basic services required."""
    return weight * min(counted, cap) if services >= required else 0 * weight


def index_of_total(total: Fraction | int, maximum: Fraction | int) -> Fraction:
    """Return the index of total points, 0 to 100, not rounded."""
    return _quotient(total, maximum, times=MAXIMUM)


def _quotient(value: Fraction | int, divisor: Fraction | int, *, times: int = 1) -> Fraction:
    # Reduced once: plans ask for tens of thousands of these.
    return Fraction(value.numerator * divisor.denominator * times, value.denominator * divisor.numerator)


def weighed_points(spd: int, count: int, maturity_sum: int, divisor: int) -> int:
    """Return total points times the divisor: the whole number that the index of hundredths grows with."""
    return (spd + count) * divisor + maturity_sum


def least_weighed_points(index_x100: int, divisor: int, maximum: int) -> int:
    """Return the least weighed points whose index, rounded half-up, is at least `index_x100`."""
    return -((1 - 2 * index_x100) * maximum * divisor // (200 * MAXIMUM))


def half_up(numerator: int, denominator: int) -> int:
    """Return the whole number nearest to a quotient, the upper one of two that are equally near."""
    return (numerator * 2 + denominator) // (denominator * 2)


def hundredths(value: Fraction | int) -> int:
    """Return a value rounded half-up to whole hundredths."""
    return half_up(100 * value.numerator, value.denominator)


def cut(value: Fraction | int) -> Decimal:
    """Return a value cut to two places: it lies in a band exactly where the value before rounding does."""
    return Decimal(100 * value.numerator // value.denominator).scaleb(-2)


def rounded(value: Fraction | int) -> Decimal:
    """Return a value rounded half-up to two places, as the ministry publishes an index."""
    return Decimal(hundredths(value)).scaleb(-2)
