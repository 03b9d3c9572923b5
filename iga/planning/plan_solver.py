"""Solves one number of innovations of a plan: as a linear program for its prices, as an integer program for its choice.

Both are solved by HiGHS, which SciPy brings. What is read from it is checked in whole numbers by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from iga.planning.candidates import RESOLUTION
from iga.planning.plan_model import EFFORT_UNIT, VALUE_UNIT, Model, Node, Prices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

LONGEST_S = 60.0
"""An integer program ends after so many seconds, and what it leaves open is shown as a gap."""

TOLERANCE = 1e-4
"""Bounds of HiGHS, in double precision, are taken as the whole number that lies within this."""

LARGEST = 2**61
"""Sums of priced worth stay below this, so that they fit 64 bits."""

INFEASIBLE = 2
"""How SciPy names the end of a program that has no solution."""

Sparse = Any
"""A matrix of SciPy or a row of one: SciPy is imported where a plan is solved, not for its types."""


@dataclass(frozen=True)
class Solution:
    """Which columns and which option of SPD are taken, and the proved bound of the objective (None: no solution)."""

    columns: tuple[int, ...]
    region: int
    bound: Fraction


@dataclass(frozen=True)
class Aim:
    """What is sought: the greatest worth within `budget`, or (`needed` given) the least effort for a worth."""

    budget: int | None = None
    needed: int | None = None

    @property
    def is_least_effort(self) -> bool:
        """Whether effort is what is made small."""
        return self.needed is not None


class Program:
    """One number of innovations in the divisor over some columns, as rows of HiGHS."""

    def __init__(self, model: Model, node: Node, size: int, aim: Aim, columns: NDArray[np.int64]) -> None:
        import numpy as np

        self.model, self.node, self.size, self.aim, self.columns = model, node, size, aim, columns
        self.multiplier = float(model.multiplier(size))
        self.item_of = model.item_of[columns]
        self.regions = len(model.region.efforts)
        self.width = len(columns) + self.regions + 1
        weight = model.choice.terms.count_weight_x100
        region_worth = self.multiplier * model.region.points.astype(float)
        self.worth = np.concatenate((model.values[columns].astype(float), region_worth, [self.multiplier * weight]))
        # A count that the number alone bounds is no variable: what remains is whole, which HiGHS proves far sooner.
        self.offset = Fraction(0)
        if model.bounds_count_by_number(node, size):
            self.worth[-1] = 0.0
            self.offset = model.multiplier(size) * weight * Fraction(model.count_most(node, size))
        self.is_whole = model.multiplier(size).denominator == 1 and (model.is_exact or not self.worth[-1])
        self.cost = np.concatenate((model.efforts[columns], model.region.efforts, [0])).astype(float)

    def _inequalities(self) -> tuple[csr_array, NDArray[np.float64]]:
        """Return rows `<= limit`: effort or worth, the count, those of the policy and the box, items that may be held.

        The first three kinds come first, in this order; prices are read by place.
        """
        import numpy as np
        from scipy.sparse import csr_array, vstack

        model, many = self.model, len(self.columns)
        if self.aim.needed is not None:
            first, limit = -self.worth, -float(self._needed_of_whole(self.aim.needed))
        else:
            first, limit = self.cost, float(self.aim.budget or 0)
        counted = np.zeros(self.width)
        counted[:many] = -self.node.gains[self.item_of] if self.worth[-1] else -1.0
        counted[-1] = 1.0
        policy = np.zeros((len(self.node.limits), self.width))
        policy[:, :many] = self.node.rows[:, self.item_of]
        free = np.flatnonzero(~model.is_locked[self.item_of])
        held = self._items(free)[np.flatnonzero(~model.is_locked)]
        matrix = vstack([csr_array(np.array([first, counted])), csr_array(policy), held], format="csr")
        limits = np.concatenate(([limit, 0.0], self.node.limits.astype(float), np.ones(held.shape[0])))
        return matrix, limits

    def _equalities(self) -> tuple[csr_array, NDArray[np.float64]]:
        """Return rows `= limit`: the number in the divisor, one option of SPD, items that are sent in any case."""
        import numpy as np
        from scipy.sparse import csr_array, vstack

        model, many = self.model, len(self.columns)
        number, region = np.zeros(self.width), np.zeros(self.width)
        number[:many] = model.divides[self.item_of]
        region[many : many + self.regions] = 1.0
        fixed = np.flatnonzero(model.is_locked[self.item_of])
        sent = self._items(fixed)[np.flatnonzero(model.is_locked)]
        matrix = vstack([csr_array(np.array([number, region])), sent], format="csr")
        return matrix, np.concatenate(([float(self.size), 1.0], np.ones(sent.shape[0])))

    def _items(self, columns: Sparse) -> Sparse:
        """Return a row per item over some of its columns. SciPy's types know vectors only, hence none here."""
        import numpy as np
        from scipy.sparse import csr_array

        cells: Sparse = (np.ones(len(columns)), (self.item_of[columns], columns))
        shape: Sparse = (len(self.model.items), self.width)
        return csr_array(cells, shape=shape)

    @property
    def _objective(self) -> NDArray[np.float64]:
        return self.cost if self.aim.is_least_effort else -self.worth

    @property
    def _upper(self) -> NDArray[np.float64]:
        import numpy as np

        upper = np.ones(self.width)
        upper[-1] = self.model.count_most(self.node, self.size) if self.worth[-1] else 0.0
        return upper

    def prices(self) -> Prices | None:
        """Return the prices of the rows at the best mixture of columns; None where no mixture satisfies the rows."""
        import numpy as np

        matrix, limits = self._inequalities()
        same, sums = self._equalities()
        bounds = np.stack((np.zeros(self.width), self._upper), axis=1)
        solved = _linear(self._objective, matrix, limits, bounds, same, sums)
        if solved.status == INFEASIBLE:
            return None
        if solved.x is None:
            return Prices(VALUE_UNIT, 0, (0,) * len(self.node.limits))
        marginals = np.maximum(0.0, -solved.ineqlin.marginals)
        first, rows = float(marginals[0]), marginals[2 : 2 + len(self.node.limits)]
        unit = EFFORT_UNIT if self.aim.is_least_effort else VALUE_UNIT
        size = max(1.0, first, float(rows.max(initial=0.0))) * max(1.0, float(np.abs(self.worth).max()))
        while unit > 1 and unit * size * self.width > LARGEST:
            unit //= 2
        priced = tuple(round(float(price) * unit) for price in rows)
        if self.aim.is_least_effort:
            return Prices(round(first * unit), unit, priced)
        return Prices(unit, round(first * unit), priced)

    def solution(self) -> Solution | None:
        """Return the best choice of whole columns; None where there is none."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        matrix, limits = self._inequalities()
        same, sums = self._equalities()
        integrality = np.ones(self.width, dtype=np.uint8)
        integrality[-1] = 0
        solved = milp(
            self._objective,
            integrality=integrality,
            bounds=Bounds(np.zeros(self.width), self._upper),
            constraints=[LinearConstraint(matrix, -np.inf, limits), LinearConstraint(same, sums, sums)],
            options={"mip_rel_gap": self._slack(), "time_limit": LONGEST_S},
        )
        if solved.x is None:
            return None
        many = len(self.columns)
        taken = tuple(int(self.columns[place]) for place in np.flatnonzero(np.round(solved.x[:many])))
        region = int(np.argmax(solved.x[many : many + self.regions]))
        return Solution(taken, region, self._bound(float(solved.mip_dual_bound)))

    def _needed_of_whole(self, needed: int) -> Fraction:
        """Return what the columns must be worth: where they are whole, the next whole number."""
        left = needed - self.offset
        return Fraction(ceil(left)) if self.is_whole else left

    def _slack(self) -> float:
        """Return how far from its bound a solution may lie, as a share: nothing where every worth is whole."""
        if self.is_whole or self.aim.is_least_effort:
            return 0.0
        terms = self.model.choice.terms
        worth = float(self.model.values.max(initial=0)) * self.size
        worth += self.multiplier * (float(self.model.region.points.max()) + terms.count_weight_x100 * terms.count_cap)
        return float(RESOLUTION) / 8 * terms.total_maximum_x100 / 100 * self.multiplier / worth

    def _bound(self, dual: float) -> Fraction:
        """Return the bound of the objective as it is meant: whole where every worth is whole."""
        if self.aim.is_least_effort:
            return Fraction(ceil(dual - TOLERANCE))
        return self.offset + (Fraction(floor(-dual + TOLERANCE)) if self.is_whole else Fraction(-dual))


def feasible_sizes(model: Model) -> range:
    """Return the numbers in the divisor that the policy can allow, by two linear programs over what is sent."""
    import numpy as np

    sizes = model.sizes
    if not len(model.limits):
        return sizes
    if not model.items:
        return sizes if (model.limits >= 0).all() else range(0)
    inside = model.divides.astype(float)
    bounds = np.stack((model.is_locked.astype(float), np.ones(len(model.items))), axis=1)
    ends = []
    for sign in (1.0, -1.0):
        solved = _linear(sign * inside, model.rows, model.limits, bounds)
        if solved.x is None:
            return range(0)
        ends.append(sign * float(solved.fun))
    return range(max(sizes.start, ceil(ends[0] - 1e-6)), min(sizes.stop, floor(ends[1] + 1e-6) + 1))


def _linear(
    costs: Sparse, rows: Sparse, limits: Sparse, bounds: Sparse, same: Sparse = None, sums: Sparse = None
) -> Sparse:
    """Solve a linear program by HiGHS. SciPy's types know no sparse rows, hence no types here."""
    from scipy.optimize import linprog

    return linprog(costs, A_ub=rows, b_ub=limits, A_eq=same, b_eq=sums, bounds=bounds, method="highs")
