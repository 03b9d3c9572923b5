"""Says what donor cities bring to a prediction, which of them may, and when a prediction must be refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from iga.estimate.estimate_limits import limits
from iga.estimate.likely_range import Refusal


@dataclass(frozen=True)
class NeighbouringSpd:
    """An SPD in points with the code of the thresholds that it was scored by; None where it is not known."""

    edition: int
    points: Decimal | None
    thresholds: str


@dataclass(frozen=True)
class DonorCity:
    """A city whose answers of the old list are known: per innovation its total and the ends of its mapped maturity.

    `totals`, `mapped_low` and `mapped_high` are in points and in one order. `spd` is the city's SPD in the edition that
    is predicted, `neighbour` that of the edition beside it.
    """

    region_code: str
    totals: Sequence[float]
    mapped_low: Sequence[float]
    mapped_high: Sequence[float]
    spd: NeighbouringSpd | None = None
    neighbour: NeighbouringSpd | None = None
    is_simulated: bool = False


@dataclass(frozen=True)
class TargetCity:
    """The city that is predicted: per scored innovation its total (None: not known) and its hard bounds, in points.

    `divisor` is what the sum of maturities is divided by; None where that is the number of innovations. `thresholds`
    is the code of those that the SPD asked for is scored by.
    """

    region_code: str
    totals: Sequence[float | None]
    hard_low: Sequence[float]
    hard_high: Sequence[float]
    divisor: int | None = None
    thresholds: str = ""
    neighbour: NeighbouringSpd | None = None
    is_simulated: bool = False


def usable_donors(
    target: TargetCity, donors: Sequence[DonorCity], *, is_trial: bool = False
) -> tuple[DonorCity, ...] | Refusal:
    """Return the donors in the order of their codes, without the target itself, or why they must not be used.

    Refused with `simulated_mixed` where a simulated city stands beside a real one, with `too_few_donors` under the
    least number of real cities. A simulated city is none, unless `is_trial`: that is for calibration on simulated
    nations. Raises ValueError for a city that stands twice or whose columns differ in length.
    """
    others = tuple(sorted((city for city in donors if city.region_code != target.region_code), key=_code))
    if len({city.region_code for city in others}) < len(others):
        message = "a donor city stands twice"
        raise ValueError(message)
    for city in others:
        if not len(city.totals) == len(city.mapped_low) == len(city.mapped_high) > 0:
            message = f"the columns of donor {city.region_code} do not have one length above 0"
            raise ValueError(message)
    least = int(limits().least_donors)
    real = sum(not city.is_simulated for city in others)
    counted = len(others) if is_trial else real
    if counted < least:
        return Refusal.of("prediction", "too_few_donors", donors=real, simulated=len(others) - real, least=least)
    if len({target.is_simulated, *(city.is_simulated for city in others)}) > 1:
        return Refusal.of("prediction", "simulated_mixed", donors=real, simulated=len(others) - real)
    return others


def outside_donors(target: TargetCity, donors: Sequence[DonorCity]) -> Refusal | None:
    """Return a refusal `outside_donors` where too many of the target's totals lie outside those of all donors.

    An innovation without a total counts as outside. A target without innovations is refused with `no_innovations`.
    """
    if not target.totals:
        return Refusal.of("prediction", "no_innovations", region_code=target.region_code)
    low, high = min(min(city.totals) for city in donors), max(max(city.totals) for city in donors)
    outside = sum(total is None or not low <= total <= high for total in target.totals)
    if Decimal(outside) / len(target.totals) > limits().most_outside_donors:
        return Refusal.of("prediction", "outside_donors", outside=outside, population=len(target.totals))
    return None


def _code(city: DonorCity) -> str:
    return city.region_code
