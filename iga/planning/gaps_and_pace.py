"""Says how ready a city is before a deadline: who has sent what, what is missing, whether the pace will be enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from iga.planning.raises import Raise
from iga.rulebook import Rulebook


@dataclass(frozen=True)
class UnitStanding:
    """A unit against what it must send: `missing` innovations, and how many of those sent lie below the threshold."""

    unit: str
    sent: int
    required: int | None
    below_threshold: int

    @property
    def missing(self) -> int | None:
        """Innovations still owed; None where no number is required."""
        return None if self.required is None else max(0, self.required - self.sent)


def unit_standings(
    kinds: Mapping[str, str],
    received: Mapping[str, int],
    scores_x100: Mapping[str, Sequence[int | None]],
    required: Mapping[str, int],
    threshold_x100: int | None,
) -> list[UnitStanding]:
    """One standing per unit of the register.

    `kinds` gives the kind of each unit, `received` how many of its innovations were received, `scores_x100` the scores
    of those that are scored, `required` the number per kind. An unknown score is not counted as below the threshold.
    """
    standings = []
    for unit, kind in kinds.items():
        scores = scores_x100.get(unit, ())
        below = (
            0 if threshold_x100 is None else sum(1 for value in scores if value is not None and value < threshold_x100)
        )
        standings.append(UnitStanding(unit, received.get(unit, 0), required.get(kind), below))
    return standings


@dataclass(frozen=True)
class Pace:
    """Counts by day against a number needed by a deadline; rates are innovations per day.

    `forecast_low` and `forecast_high` use the slowest and the fastest stretch between two loads so far, `forecast` the
    pace over all of them. Rates and forecasts are None with fewer than two loads.
    """

    current: int
    needed: int | None
    days_left: int
    so_far: Fraction | None
    required: Fraction | None
    forecast: int | None
    forecast_low: int | None
    forecast_high: int | None

    @property
    def is_enough(self) -> bool | None:
        """Whether the forecast reaches the number; None where the range leaves it open or nothing is known."""
        if self.needed is None or self.forecast_low is None or self.forecast_high is None:
            return None
        if self.forecast_low >= self.needed:
            return True
        return False if self.forecast_high < self.needed else None


def pace_of(
    counts: Mapping[date, int],
    needed: int | None,
    on: date,
    deadline: date,
    *,
    current: int | None = None,
    rate: Fraction | None = None,
) -> Pace:
    """The pace of a season up to a day, from the count at each load until then.

    `current` stands instead of the last count where more is known than the loads say; `rate` instead of the pace over
    all loads.
    """
    days = sorted(day for day in counts if day <= on)
    last = counts[days[-1]] if days else 0
    current = last if current is None else current
    left = max(0, (deadline - on) // timedelta(days=1))
    required = None if needed is None or left == 0 else Fraction(max(0, needed - current), left)
    rates = [Fraction(counts[later] - counts[earlier], (later - earlier).days) for earlier, later in pairwise(days)]
    if not rates:
        return Pace(current, needed, left, None, required, None, None, None)
    overall = Fraction(last - counts[days[0]], (days[-1] - days[0]).days) if rate is None else rate

    def reached(pace: Fraction) -> int:
        return max(0, round(current + pace * left))

    low, high = min(overall, *rates), max(overall, *rates)
    return Pace(current, needed, left, overall, required, reached(overall), reached(low), reached(high))


@dataclass(frozen=True)
class BurnDown:
    """What was or will be still missing on a day: as counted, at the pace needed, and as forecast with its range.

    `remaining` is None after the day that the pace was taken on; the others are None before it. `forecast_low` is the
    fewest still missing (the fastest pace so far), `forecast_high` the most.
    """

    day: date
    remaining: int | None
    needed: Fraction | None
    forecast: Fraction | None
    forecast_low: Fraction | None
    forecast_high: Fraction | None


def burn_down(counts: Mapping[date, int], pace: Pace, on: date, deadline: date) -> list[BurnDown]:
    """The points of a burn-down chart up to the deadline; empty where the number needed is not known.

    Counted days first; then every day from `on` to the deadline, on which the needed pace ends at nothing missing and
    the forecast goes on at the pace so far.
    """
    if pace.needed is None:
        return []
    needed = pace.needed
    days = sorted(day for day in counts if day <= on)
    points = [BurnDown(day, max(0, needed - counts[day]), None, None, None, None) for day in days if day < on]
    left = max(0, (deadline - on) // timedelta(days=1))
    now = max(0, needed - pace.current)
    for passed in range(left + 1):
        share = Fraction(passed, left) if left else Fraction(0)

        def still(reached: int | None, share: Fraction = share) -> Fraction | None:
            return None if reached is None else max(Fraction(0), now - (reached - pace.current) * share)

        points.append(
            BurnDown(
                on + timedelta(days=passed),
                now if passed == 0 else None,
                now * (1 - share) if left else None,
                still(pace.forecast),
                still(pace.forecast_high),
                still(pace.forecast_low),
            )
        )
    return points


def missing_documents(
    key: str, levels: Mapping[str, int], rulebook: Rulebook, *, mandatory_only: bool = False
) -> list[Raise]:
    """The indicators of an innovation that have no valid evidence (level 0), each with what its top level would bring.

    An indicator that the data does not answer at all is not missing but unknown, and not listed.
    """
    return [
        Raise(key, group.number, 0, group.top_level, group.weight_x100 * group.top_level, 0)
        for group in rulebook.sid_groups
        if levels.get(group.number) == 0 and (group.members[0].is_mandatory or not mandatory_only)
    ]


def design_words(text: str | None) -> int | None:
    """The number of words of a design (rancang bangun) in plain text; None where there is no text to count."""
    return None if text is None else len(text.split())


def ineligible_because(
    stage: str | None, implemented: date | None, developed: date | None, rulebook: Rulebook
) -> tuple[str, ...]:
    """Why the edition would not accept an innovation: `stage`, `implementation_date`, `implementation_unknown`.

    A documented further development inside the window makes an older innovation eligible. Empty where nothing speaks
    against it, or where the edition's window is not known.
    """
    rule = rulebook.eligibility
    if rule is None:
        return ()
    causes = []
    if rule.stages and stage is not None and stage not in rule.stages:
        causes.append("stage")
    if rule.implementation_from and rule.implementation_to:
        days = [day for day in (implemented, developed) if day is not None]
        if not days:
            causes.append("implementation_unknown")
        elif not any(rule.implementation_from <= day <= rule.implementation_to for day in days):
            causes.append("implementation_date")
    return tuple(causes)
