"""A second implementation of a recipe's steps for tests: plain Python on lists, by other formulas than the toolbox.

Moments come from power sums in fractions, ranks from counting, means from loops, benefit of the doubt from its dual
(the envelopment form), so that a slip in one is not one in the other. None is a missing cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp, log, prod, sqrt

from scipy.optimize import linprog

Cells = Sequence[float | None]


def moments(values: Sequence[float]) -> tuple[float, float]:
    """Skewness G1 and excess kurtosis G2 from k-statistics of exact power sums (Fisher, 1929)."""
    n = len(values)
    exact = [Fraction(value) for value in values]
    s1, s2, s3, s4 = (sum((value**power for value in exact), Fraction(0)) for power in (1, 2, 3, 4))
    k2 = (n * s2 - s1**2) / (n * (n - 1))
    if k2 == 0:
        return 0.0, 0.0
    k3 = (2 * s1**3 - 3 * n * s1 * s2 + n**2 * s3) / (n * (n - 1) * (n - 2))
    top = -6 * s1**4 + 12 * n * s1**2 * s2 - 3 * n * (n - 1) * s2**2 - 4 * n * (n + 1) * s1 * s3
    k4 = (top + n**2 * (n + 1) * s4) / (n * (n - 1) * (n - 2) * (n - 3))
    return float(k3) / float(k2) ** 1.5, float(k4 / k2**2)


def is_outlying(values: Sequence[float]) -> bool:
    skewness, kurtosis = moments(values)
    return abs(skewness) > 2 and kurtosis > 3.5


def treated(cells: Cells, method: str) -> list[float | None]:
    """Winsorise by replacing the tail of a sorted list; then, where that was not enough, the original's logarithm."""
    present = [value for value in cells if value is not None]
    if method == "none" or not is_outlying(present):
        return list(cells)
    is_right = moments(present)[0] > 0
    pulled = present
    if method != "log":
        tried = sorted(set(present), reverse=is_right)
        for steps in range(1, 6):
            edge = tried[min(steps, len(tried) - 1)]
            pulled = [min(value, edge) if is_right else max(value, edge) for value in present]
            if not is_outlying(pulled):
                break
    if method == "log" or (method == "winsorise_then_log" and is_outlying(pulled)):
        least, most = min(present), max(present)
        width = (most - least) / 100
        pulled = [log(x - least + width) if is_right else -log(most - x + width) for x in present]
    found = iter(pulled)
    return [None if value is None else next(found) for value in cells]


def normalised(cells: Cells, direction: int, method: str, scale: tuple[float, float], posts: Cells = ()) -> list:
    """One column on its scale, each method by counting or by a weighted mean of the ends of the scale."""
    present = [value * direction for value in cells if value is not None]
    least, most = min(present), max(present)

    def score(x: float) -> float:
        below, n = sum(other < x for other in present), len(present)
        if method == "rank":
            return below + 1
        if method == "borda":
            return below
        if method == "percentile":
            return below / (n - 1)
        if method == "zscore":
            mean = sum(present) / n
            return (x - mean) / sqrt(sum((a - b) ** 2 for a in present for b in present) / (2 * n * (n - 1)))
        low, high = least, most
        if method in ("goalposts", "scaled"):
            low, high = sorted(post * direction for post in posts if post is not None)
        if method == "goalposts":
            x = min(max(x, low), high)
        if method == "distance_to_maximum":
            return (x - least) / (most - least)
        if method == "fraction_of_maximum":
            return x / most if direction > 0 else most / x
        return (scale[0] * (high - x) + scale[1] * (x - low)) / (high - low)

    return [None if value is None else score(value * direction) for value in cells]


def node(cells: Cells, weights: Sequence[float], method: str, exponent: float = 0.0) -> float | None:
    """One unit's node from its children that are there."""
    pairs = [(x, w) for x, w in zip(cells, weights, strict=True) if x is not None]
    total = sum(w for _, w in pairs)
    if not total:
        return None
    if method == "geometric":
        return prod(x ** (w / total) for x, w in pairs)
    if method == "harmonic":
        return total / sum(w / x for x, w in pairs)
    if method == "generalised":
        return exp(log(sum(w * x**exponent for x, w in pairs) / total) / exponent)
    mean = sum(w * x for x, w in pairs) / total
    if method == "mazziotta_pareto":
        square = sum(w * x * x for x, w in pairs) / total - mean**2
        cv = sqrt(max(square, 0.0)) / mean
        return mean * (1 - cv**2)
    return mean


def doubt(rows: Sequence[Cells]) -> list[float]:
    """Benefit of the doubt by its dual: the least sum of others' parts that covers a unit; missing counts as zero."""
    filled = [[0.0 if x is None else x for x in row] for row in rows]
    found = []
    for own in filled:
        covers = [[-row[j] for row in filled] for j in range(len(own))]
        solved = linprog([1.0] * len(rows), A_ub=covers, b_ub=[-x for x in own], method="highs-ipm")
        found.append(float(solved.fun))
    return found


def copeland(rows: Sequence[Sequence[float]], weights: Sequence[float]) -> list[int]:
    """Wins minus losses in every pair, counted one by one in exact weights."""
    exact = [Fraction(w) for w in weights]

    def duel(one: Sequence[float], other: Sequence[float]) -> int:
        won = sum((w for a, b, w in zip(one, other, exact, strict=True) if a > b), Fraction(0))
        lost = sum((w for a, b, w in zip(one, other, exact, strict=True) if a < b), Fraction(0))
        return (won > lost) - (won < lost)

    return [sum(duel(one, other) for other in rows) for one in rows]
