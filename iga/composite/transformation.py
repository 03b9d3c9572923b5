"""Changes the form of one indicator before it is scaled: its logarithm, or a power after Box and Cox."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from iga.composite.table import Values
from iga.errors import MethodRefused

TRANSFORMATIONS = ("identity", "log", "boxcox")


@dataclass(frozen=True)
class Transformed:
    """The transformed values, and the method that any other number in the indicator's unit goes the same way by."""

    method: str
    power: float
    values: Values

    def of(self, value: float, name: str) -> float:
        """Return a goalpost or target transformed like the values. Raises MethodRefused where it is not positive."""
        return float(_applied(np.array([float(value)]), self.method, self.power, name)[0])


def transformed(x: Values, method: str, name: str, *, power: float | None = None) -> Transformed:
    """Return the values of an indicator under a transformation; NaN stays NaN, and the order never changes.

    `identity` x; `log` ln x; `boxcox` (x^p - 1) / p, ln x for p = 0 (Box and Cox, 1964), with p by maximum likelihood
    of a normal distribution unless `power` gives it. Raises MethodRefused for another method, and naming the indicator
    that is not positive, or whose power cannot be estimated.
    """
    if method not in TRANSFORMATIONS:
        raise MethodRefused(
            "there is no transformation {method}.",
            place="indicator {name}",
            fix="Known: {known}.",
            method=method,
            known=", ".join(TRANSFORMATIONS),
            name=name,
        )
    exponent = 0.0 if power is None else float(power)
    if method == "boxcox" and power is None:
        _require_positive(x, name)
        present = x[~np.isnan(x)]
        if np.ptp(present) == 0:
            raise MethodRefused(
                "a power cannot be estimated from one value.",
                place="indicator {name}",
                fix="Give `power`, or leave the transformation out.",
                name=name,
            )
        exponent = float(stats.boxcox_normmax(present, method="mle"))
    return Transformed(method, exponent, _applied(x, method, exponent, name))


def _applied(x: Values, method: str, power: float, name: str) -> Values:
    if method == "identity":
        return x
    _require_positive(x, name)
    if method == "log" or power == 0:
        return np.asarray(np.log(x))
    return np.asarray(np.expm1(power * np.log(x)) / power)


def _require_positive(x: Values, name: str) -> None:
    least = np.nanmin(x)
    if not least > 0:
        raise MethodRefused(
            "it has {value:g}, and a logarithm or a power needs more than zero.",
            place="indicator {name}",
            fix="Add what makes it positive, or use another transformation.",
            value=least,
            name=name,
        )
