"""The parts of a rulebook file: parameters, bands, indicators and switches, each checked on its own."""

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  # a field of that name stands beside it
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from iga.errors import RulebookInvalid, ValueRefused

Confidence = Literal["high", "medium", "low", "unknown"]
Aspect = Literal["spd", "sid"]
Stage = Literal["initiative", "trial", "implementation"]
PredicateCode = Literal["very_innovative", "innovative", "less_innovative", "not_assessable"]

CENT = Decimal("0.01")
"""The grid on which indices, bands and points are stated."""

NOT_REPORTED = ("draft", "returned")
"""Statuses of submissions that the ministry does not have before it."""

Status = Literal["sent", "accepted"]
"""The statuses of what the ministry has before it and has not rejected."""


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Rule):
    """Where a value was read, and when that was published; a file may give the text alone."""

    text: str
    date: Date | None = None


class Reason(_Rule):
    """Why something is not known."""

    reason_id: str
    reason_en: str


class _Sourced(_Rule):
    source: tuple[str, ...]
    confidence: Confidence
    date: Date | None = None
    reason_id: str = ""
    reason_en: str = ""

    @property
    def reason(self) -> str:
        """Why the value is an interval or absent, or how it was derived; Indonesian."""
        return self.reason_id


class Parameter(_Sourced):
    """One number of an edition: a `value`, an `interval` (lower, upper), or neither, with a reason."""

    value: Decimal | None = None
    interval: tuple[Decimal, Decimal] | None = None

    @property
    def lower(self) -> Decimal | None:
        """The smallest value that the sources allow; None if absent."""
        return self.interval[0] if self.interval else self.value

    @property
    def upper(self) -> Decimal | None:
        """The largest value that the sources allow; None if absent."""
        return self.interval[1] if self.interval else self.value

    @property
    def is_absent(self) -> bool:
        """Neither a value nor an interval is known."""
        return self.value is None and self.interval is None

    @model_validator(mode="after")
    def _is_explicit(self) -> Self:
        if self.value is not None and self.interval is not None:
            raise ValueRefused("has both a value and an interval; keep one")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueRefused("interval is upside down; write [lower, upper]")
        if self.value is None and not (self.reason_id and self.reason_en):
            raise ValueRefused("is not a single value; say why in reason_id and reason_en")
        if self.is_absent != (self.confidence == "unknown"):
            raise ValueRefused('confidence "unknown" belongs to absent values, and only to them')
        if not self.is_absent and not self.source:
            raise ValueRefused("has no source; name a key of [sources]")
        if any(bound is not None and bound * 100 != int(bound * 100) for bound in (self.lower, self.upper)):
            raise ValueRefused("is finer than 0.01; scores are kept in hundredths")
        return self


class Parameters(_Rule):
    """The numbers of the formula, in points (maxima, count_weight) or as counts (the others)."""

    maturity_maximum: Parameter
    spd_maximum: Parameter
    sid_maximum: Parameter
    total_maximum: Parameter
    divisor_minimum: Parameter
    count_weight: Parameter
    count_cap: Parameter
    count_maximum: Parameter
    basic_services_required: Parameter


class PredicateBand(_Sourced):
    """The published band of a predicate on the rounded index, both ends inclusive; None where unknown.

    On a raw scale the best band has no upper end: `is_open_above`.
    """

    code: PredicateCode
    lower: Decimal | None = None
    upper: Decimal | None = None
    is_open_above: bool = False

    def holds(self, score: Decimal) -> bool:
        """Return whether a rounded score lies in the band."""
        is_reached = self.lower is not None and self.lower <= score
        return is_reached and (self.is_open_above or (self.upper is not None and score <= self.upper))

    @model_validator(mode="after")
    def _is_explicit(self) -> Self:
        if self.is_open_above and (self.lower is None or self.upper is not None):
            raise ValueRefused("a band that is open above needs lower alone")
        if not self.is_open_above and (self.lower is None) != (self.upper is None):
            raise ValueRefused("needs both lower and upper, or neither")
        if self.lower is None and not (self.reason_id and self.reason_en):
            raise ValueRefused("has no bounds; say why in reason_id and reason_en")
        if (self.lower is None) != (self.confidence == "unknown"):
            raise ValueRefused('confidence "unknown" belongs to absent bands, and only to them')
        return self


class OtherReading(_Rule):
    """Another value of a switch by which others compute, with where that was seen."""

    value: bool | str | tuple[str, ...]
    source: tuple[str, ...]
    note_id: str
    note_en: str


class Switch(_Rule):
    """The default of one assumption, with how sure it is, why it is needed, and how others read the rules."""

    default: bool | str | tuple[str, ...]
    source: tuple[str, ...]
    confidence: Confidence
    date: Date | None = None
    note_id: str
    note_en: str
    others: tuple[OtherReading, ...] = ()


class Assumptions(_Rule):
    """The named switches that the published rules leave open; the defaults are those of a rulebook.

    A switch with a default here came later: a rulebook that does not name it goes by it, and so does an assumption id.
    """

    rejected_in_divisor: bool = Field(description="Rejected innovations enter the divisor of the mean.")
    rejected_in_count: bool = Field(description="Rejected innovations enter the count of innovations.")
    stages_scored: tuple[Stage, ...] = Field(description="Stages whose maturity enters the mean.")
    other_stages_in_divisor: bool = Field(description="Innovations in other stages enter the divisor.")
    other_stages_in_count: bool = Field(description="Innovations in other stages enter the count of innovations.")
    cross_affairs_cover_basic_service: bool = Field(description="A cross-cutting affair covers a basic service.")
    shared_band_edge: Literal["better", "worse"] = Field(description="Level of a value that two SPD bands share.")
    spd_carries_over: bool = Field(description="An SPD score of another edition is taken as it stands.")
    ties: Literal["min", "max"] = Field(description="Equal indices share the best (min) or the worst (max) place.")
    predicate_read_from: Literal["rounded_index", "unrounded_index"] = Field(
        "rounded_index",
        description="Whether the predicate is read off the index as it is published, or before rounding.",
    )
    statuses_counted: tuple[Status, ...] = Field(
        (), description="Innovations of these statuses count; without any: all that the ministry has."
    )
    index_rounding: Literal["half_up"] = Field("half_up", description="How the index is rounded to two places.")

    @property
    def uncounted_statuses(self) -> tuple[str, ...]:
        """The statuses of submissions that enter nothing; one without a status always counts as reported."""
        waiting = [
            status for status in get_args(Status) if self.statuses_counted and status not in self.statuses_counted
        ]
        return (*NOT_REPORTED, *waiting)

    def canonical(self) -> dict[str, object]:
        """Return the values that name a set of assumptions: a switch that came later only where it is not at rest."""
        fields = type(self).model_fields
        return {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if fields[name].is_required() or getattr(self, name) != fields[name].default
        }


class Level(_Rule):
    """One level of an indicator: its text, its points, and for numeric SPD lines its published bounds (inclusive)."""

    level: int
    text_id: str
    points: Decimal
    lower: Decimal | None = None
    upper: Decimal | None = None


class Indicator(_Rule):
    """One scored line of the edition. Alternatives of which the best counts share a `group`."""

    number: str
    key: str
    code: str
    group: str
    aspect: Aspect
    variable: str
    name_id: str
    name_en: str
    weight: Decimal
    is_mandatory: bool
    evidence: str
    levels: tuple[Level, ...]
    source: tuple[str, ...]
    confidence: Confidence
    date: Date | None = None
    note_id: str = ""
    note_en: str = ""
    unit: str | None = None
    direction: Literal["higher", "lower"] | None = None
    grid: Decimal | None = None

    @property
    def top_level(self) -> int:
        """The highest level."""
        return self.levels[-1].level

    @property
    def top_points(self) -> Decimal:
        """The points of the highest level."""
        return self.levels[-1].points

    @property
    def weight_x100(self) -> int:
        """The points of one level, in hundredths."""
        return int(self.weight * 100)

    def level_of(self, value: Decimal | int | str, *, shared_band_edge: Literal["better", "worse"] = "better") -> int:
        """The level of a measured value, in the indicator's `unit`; 0 if no published band holds it.

        The value is rounded half-up to the indicator's grid first, since bands are published on it. Bands that share a
        value are decided by `shared_band_edge`. Raises RulebookInvalid for an indicator without numeric bands.
        """
        if self.grid is None:
            raise RulebookInvalid(
                "this indicator is not measured by a number.",
                place="indicator {indicator}",
                fix="Choose its level by the level texts instead.",
                indicator=self.number,
            )
        measured = (Decimal(value) / self.grid).to_integral_value(ROUND_HALF_UP) * self.grid
        holding = [
            band.level
            for band in self.levels
            if (band.lower is None or measured >= band.lower) and (band.upper is None or measured <= band.upper)
        ]
        if not holding:
            return 0
        return max(holding) if shared_band_edge == "better" else min(holding)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.levels or [level.level for level in self.levels] != list(range(1, len(self.levels) + 1)):
            raise ValueRefused("levels must run 1, 2, 3 without a hole")
        if self.weight * 100 != int(self.weight * 100):
            raise ValueRefused("weight is finer than 0.01; scores are kept in hundredths")
        for level in self.levels:
            if level.points != self.weight * level.level:
                raise ValueRefused(
                    "points of level {level} must be weight x level = {points}",
                    level=level.level,
                    points=self.weight * level.level,
                )
        if len({self.unit is None, self.direction is None, self.grid is None}) != 1:
            raise ValueRefused("unit, direction and grid belong together; give all three or none")
        if self.grid is not None:
            self._check_bounds(self.grid)
        return self

    def _check_bounds(self, grid: Decimal) -> None:
        upwards = self.levels if self.direction == "higher" else self.levels[::-1]
        for below, above in pairwise(upwards):
            if below.upper is None or above.lower is None:
                raise ValueRefused(
                    "levels {below} and {above} need a bound between them", below=below.level, above=above.level
                )
            if above.lower > below.upper + grid:
                raise ValueRefused(
                    "bounds leave a gap between levels {below} and {above}", below=below.level, above=above.level
                )
            if above.lower < below.upper - grid:
                raise ValueRefused(
                    "bounds of levels {below} and {above} overlap by more than one unit",
                    below=below.level,
                    above=above.level,
                )


class Alternatives(_Rule):
    """The name of a group of alternative indicators of which the best counts once."""

    group: str
    key: str
    name_id: str
    name_en: str


class CountIndicator(_Rule):
    """The indicator that counts innovations; computed by the formula, never answered."""

    number: str
    key: str
    code: str
    variable: str
    name_id: str
    name_en: str


class BasicServices(_Sourced):
    """The codes of the government affairs that are basic services."""

    affairs: tuple[str, ...]


class Eligibility(_Rule):
    """Which innovations the edition accepts; fields are None where not stated."""

    implementation_from: Date | None = None
    implementation_to: Date | None = None
    stages: tuple[Stage, ...] | None = None
    design_minimum_words: int | None = None
    most_entries: int | None = None
    """In how many editions one innovation may be entered at most; never taken over from another edition."""
    rule_id: str
    rule_en: str
    source: tuple[str, ...]
    confidence: Confidence
    date: Date | None = None


@dataclass(frozen=True)
class Group:
    """What is scored once: one indicator, or alternatives of which the best counts; a column `level_<number>`."""

    number: str
    key: str
    name_id: str
    name_en: str
    aspect: Aspect
    members: tuple[Indicator, ...]

    @property
    def column(self) -> str:
        """The column of this group in a wide frame of answers."""
        return f"level_{self.number}"

    @property
    def numbers(self) -> tuple[str, ...]:
        """The indicator numbers that answer this group."""
        return tuple(dict.fromkeys((self.number, *(member.number for member in self.members))))

    @property
    def weight_x100(self) -> int:
        """Points per level in hundredths."""
        return self.members[0].weight_x100

    @property
    def top_level(self) -> int:
        """The highest level."""
        return self.members[0].top_level

    @property
    def top_points(self) -> Decimal:
        """The points of the highest level."""
        return self.members[0].top_points


Scale = Literal["index", "raw_total"]
"""What an edition's result is: an index of 0 to 100, or a raw total of points without a maximum."""


class Document(_Rule):
    """A rulebook with every value in it; checks that need more than one key are in iga/rules/consistency.py.

    What a file leaves to the edition that it is based on is put in by iga/rules/chain.py: `based_on` and `bases` name
    the editions of the chain, the nearest first, and `taken_over` says by key which edition a value is taken from.
    `taken_sources` has the sources of a value that stands beside stated ones, whose sources are others.
    """

    edition: int
    based_on: int | None = None
    bases: tuple[int, ...] = ()
    states_all_changes: bool = False
    is_complete: bool = False
    source: tuple[str, ...] = ()
    date: Date | None = None
    estimated_under: int | None = None
    scale: Scale = "index"
    title_id: str
    title_en: str
    legal_basis: str
    taken_over: dict[str, int] = {}
    taken_sources: dict[str, tuple[str, ...]] = {}
    not_known: dict[str, Reason] = {}
    sources: dict[str, Source]
    parameters: Parameters
    basic_services: BasicServices
    eligibility: Eligibility | None = None
    predicate: tuple[PredicateBand, ...]
    assumptions: dict[str, Switch]
    count_indicator: CountIndicator | None = None
    alternatives: tuple[Alternatives, ...] = ()
    indicator: tuple[Indicator, ...] = ()
