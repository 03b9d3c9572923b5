"""States a likely range beside the bounds of a figure, or why none is given."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

Kind = Literal["deterministic", "sampling", "scenario", "prediction"]
"""What stands behind a range: arithmetic on published facts, a random sample, an assumption, or other cities."""
Measure = Literal["iid", "mean_maturity", "spd_score", "count_score"]
Value = Decimal | int | str


@dataclass(frozen=True)
class Condition:
    """Something that a range rests on: a code, and the values that its sentence names."""

    code: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, code: str, **values: Value) -> Condition:
        """Put a condition together from its code and named values."""
        return cls(code, tuple(values.items()))

    @property
    def named(self) -> dict[str, Value]:
        """The values by name."""
        return dict(self.values)


@dataclass(frozen=True)
class Refusal:
    """An estimate that is not given: its kind, the code of the reason, and the values that its sentence names."""

    kind: Kind
    reason: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, kind: Kind, reason: str, **values: Value) -> Refusal:
        """Put a refusal together from its reason and named values."""
        return cls(kind, reason, tuple(values.items()))

    @property
    def named(self) -> dict[str, Value]:
        """The values by name."""
        return dict(self.values)


@dataclass(frozen=True)
class LikelyRange:
    """Where a figure likely lies inside its hard bounds, in points, with everything that the label must say.

    `central` are two central values, never a midpoint; None where the kind has none. `spread` are the standard errors
    at the two ends, before the range is cut to the hard bounds, and `degrees` their degrees of freedom. `certainty` is
    between 0 and 1, None where nothing is random. Raises ValueError for a range that is inverted or leaves its bounds.
    """

    measure: Measure
    kind: Kind
    low: Decimal
    high: Decimal
    central: tuple[Decimal, Decimal] | None
    hard_low: Decimal
    hard_high: Decimal
    certainty: Decimal | None
    model: str
    conditions: tuple[Condition, ...] = ()
    donors: int | None = None
    sample_size: int | None = None
    population: int | None = None
    is_simulated: bool = False
    spread: tuple[Decimal, Decimal] | None = None
    degrees: int | None = None

    def __post_init__(self) -> None:
        if not self.hard_low <= self.low <= self.high <= self.hard_high:
            message = f"{self.low} to {self.high} is no range inside {self.hard_low} to {self.hard_high}"
            raise ValueError(message)
        if self.central is not None and not self.low <= self.central[0] <= self.central[1] <= self.high:
            message = f"the central values {self.central[0]} and {self.central[1]} leave {self.low} to {self.high}"
            raise ValueError(message)

    @property
    def width(self) -> Decimal:
        """How wide the range is, in points."""
        return self.high - self.low

    @property
    def hard_width(self) -> Decimal:
        """How wide the hard bounds are, in points."""
        return self.hard_high - self.hard_low

    def rounded_outward(self) -> tuple[int, int]:
        """Return the range in whole points, rounded away from its middle.

        It never leaves the hard bounds rounded the same way, since it lies inside them before rounding.
        """
        return _whole(self.low, ROUND_FLOOR), _whole(self.high, ROUND_CEILING)

    def hard_rounded_outward(self) -> tuple[int, int]:
        """Return the hard bounds in whole points, rounded away from their middle."""
        return _whole(self.hard_low, ROUND_FLOOR), _whole(self.hard_high, ROUND_CEILING)

    def central_rounded(self) -> tuple[int, int] | None:
        """Return the two central values in whole points, rounded away from each other; None where there are none."""
        if self.central is None:
            return None
        return _whole(self.central[0], ROUND_FLOOR), _whole(self.central[1], ROUND_CEILING)


def _whole(value: Decimal, rounding: str) -> int:
    return int(value.to_integral_value(rounding))
