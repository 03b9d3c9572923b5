"""Benefit of the doubt: each unit is scored under the weights that suit it best, and no unit may pass 1 under them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from iga.composite.table import Values
from iga.errors import MethodRefused


def benefit_of_the_doubt(values: Values, *, least_share: float = 0.0, most_share: float = 1.0) -> Values:
    """Return the score of each row, from 0 to 1 (1: no unit is better under the weights that suit this one best).

    Solves, for unit i, the largest sum of w_j y_ij such that the sum of w_j y_kj is at most 1 for every unit k and w is
    not negative (Melyn and Moesen, 1991; Cherchye, Moesen, Rogge and Van Puyenbroeck, 2007). `least_share` and
    `most_share` bound what each child that the unit has gives to its score. A missing cell counts 0 as output, which
    can only lower the unit and never helps to judge another (Kuosmanen, 2009); a row without any value is NaN. Values
    must not be negative, and more of each is better; their units of measure do not matter. Raises MethodRefused for
    shares that cannot add to 1.
    """
    count = values.shape[1]
    if not 0 <= least_share <= 1 / count <= most_share <= 1:
        raise MethodRefused(
            "shares from {least:g} to {most:g} of {count} parts cannot add to 1.",
            place="least_share, most_share",
            fix="Write a least share of at most 1 / {count} and a most share of at least that.",
            least=least_share,
            most=most_share,
            count=count,
        )
    filled = np.where(np.isnan(values), 0.0, values)
    tops = filled.max(axis=0)
    outputs = filled / np.where(tops > 0, tops, 1.0)
    front = _not_dominated(outputs)
    scores = np.full(len(values), np.nan)
    for unit, is_present in enumerate(~np.isnan(values)):
        if is_present.any():
            scores[unit] = _score(outputs[unit], front, is_present, (least_share, most_share))
    return scores


def _score(own: Values, front: Values, is_present: Values, shares: tuple[float, float]) -> float:
    if not own.any():
        return 0.0
    count = len(own)
    least, most = min(shares[0], 1 / is_present.sum()), max(shares[1], 1 / is_present.sum())
    limits, bounds = [front], [np.ones(len(front))]
    # What part j gives, w_j y_j, lies between a share and another share of the whole sum of w y.
    parts = np.diag(own)[is_present]
    if least > 0:
        limits.append(least * own - parts)
    if most < 1:
        limits.append(parts - most * own)
    bounds += [np.zeros(len(parts)) for _ in limits[1:]]
    found = linprog(
        -own, A_ub=np.vstack(limits), b_ub=np.concatenate(bounds), bounds=[(0, None)] * count, method="highs"
    )
    return min(1.0, float(np.dot(own, np.asarray(found.x))))


def _not_dominated(outputs: Values) -> Values:
    """The rows that no other row equals or passes everywhere: the limits of all others follow from theirs."""
    kept: list[Values] = []
    for row in outputs[np.argsort(-outputs.sum(axis=1), kind="stable")]:
        if not kept or not (np.array(kept) >= row).all(axis=1).any():
            kept.append(row)
    return np.array(kept)
