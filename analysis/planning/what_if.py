"""Answers "what if" about one season in milliseconds: a form, a loop or a comparison of scenarios asks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from analysis.planning.reweigh import reweighed
from analysis.planning.scenario import (
    Outcome,
    Scenario,
    apply_scenario,
    checked_raises,
    others_of,
    outcome_among,
)
from analysis.planning.words import duty_to_report, holding_lines
from analysis.season.frames import SeasonFrames
from iga.index.exact import index_bounds
from iga.index.formula import hundredths
from iga.planning.raises import REGION, Raise
from warehouse.language import Language
from warehouse.snapshot import Snapshot


class WhatIf:
    """One season made ready to be asked "what if": each answer takes milliseconds, and needs the snapshot no more.

        with open_snapshot() as snapshot:
            desk = WhatIf(read_season_frames(snapshot, "17.71", 2026), snapshot)
        desk.before                                                     # the Outcome as it stands
        desk.outcome(Scenario(name="form", hold=("a1", "b2")))          # the Outcome after
        desk.compare([Scenario(...), ...])                              # one row each, as it stands first

    The answer is that of `outcome_of(apply_scenario(frames, scenario), snapshot)`, exactly (a test holds both
    together; weights, that move no row, are this class's own); maturities and the other regions' indices are read once.
    A scenario that changes levels under another rulebook than the season's is computed the long way (about 0.1 s).
    """

    def __init__(self, frames: SeasonFrames, snapshot: Snapshot) -> None:
        self.frames = frames
        self._others = others_of(frames, snapshot)
        self._levels = {**frames.levels(), REGION: frames.spd_levels()}
        self._rows: dict[str, list[_Row]] = {}
        self._spd: dict[str, tuple[Fraction, Fraction] | None] = {}

    @cached_property
    def before(self) -> Outcome:
        """The outcome of the season as it stands."""
        return self.outcome(Scenario(name=""))

    def outcome(self, scenario: Scenario) -> Outcome:
        """Index, predicate and rank after a scenario.

        Raises ScenarioInvalid for an innovation, indicator, level or weight that is not there, WeightsInvalid for
        weights above the maximum, UnknownName where nothing is known that an index could be computed from.
        """
        raises = checked_raises(self.frames, scenario, self._levels)
        rules = self.frames.rulebooks.of(scenario.rulebook) if scenario.rulebook else self.frames.rulebook
        frames = self.frames.with_rulebook(rules)
        rows = self._rows_under(frames)
        is_moved = bool(raises) and rules.name != self.frames.rulebook.name
        if is_moved or not rows or not rules.is_complete or any(one.is_outside for one in rows):
            changed = apply_scenario(self.frames, scenario)
            index = changed.index()
            bounds = index["iid_lower_x100"], index["iid_upper_x100"]
            return outcome_among(changed, *bounds, index["innovation_count"], self._others)
        lower, upper, count = self._index(frames, rows, raises, scenario)
        return outcome_among(frames, lower, upper, count, self._others)

    def compare(self, scenarios: Iterable[Scenario]) -> pl.DataFrame:
        """The season as it stands (scenario "") and after each scenario: the fields of `Outcome`, and iid_change.

        `iid_change` is between the lower bounds; the whole index where it is single.
        """
        found = [("", self.before), *((one.name, self.outcome(one)) for one in scenarios)]
        base = self.before.iid_lower
        rows = [
            {
                "scenario": name,
                **asdict(one),
                "iid_change": None if one.iid_lower is None or base is None else one.iid_lower - base,
            }
            for name, one in found
        ]
        return pl.DataFrame(rows, schema=COMPARED, infer_schema_length=None)

    def holding_notes(self, scenarios: Iterable[Scenario], language: Language) -> list[str]:
        """What stands with scenarios that hold: the gain with and without holding, and the duty to report."""
        told = [
            line
            for each in scenarios
            if each.hold
            for line in holding_lines(
                each.name, self.before, self.outcome(each), self.outcome(sent_all(each)), language
            )
        ]
        return [*told, duty_to_report(language)] if told else []

    def _rows_under(self, frames: SeasonFrames) -> list[_Row]:
        name = frames.rulebook.name
        if name not in self._rows:
            maximum = frames.rulebook.parameters.maturity_maximum.upper
            top = None if maximum is None else int(maximum * 100)
            self._rows[name] = [_row(row, frames, top) for row in frames.maturities().iter_rows(named=True)]
        return self._rows[name]

    def _index(
        self,
        frames: SeasonFrames,
        rows: list[_Row],
        raises: list[Raise],
        scenario: Scenario,
    ) -> tuple[int | None, int | None, int]:
        """The index bounds in hundredths, and the number of innovations that are reported."""
        rules = frames.rulebook
        assumed = rules.assumptions
        gained = self._gained_by_weights(scenario, raises)
        for one in raises:
            gained[one.key] = gained.get(one.key, 0) + one.points_x100
        status = dict.fromkeys(scenario.hold, "draft") | dict.fromkeys(scenario.send, "sent")
        least = most = reported = dividing = counted = unknown = 0
        covered: set[str] = set()
        for row in rows:
            stands = status.get(row.key, row.status)
            if stands in assumed.uncounted_statuses:
                continue
            reported += 1
            is_rejected = stands == "rejected"
            if not is_rejected and not row.is_other_stage:
                least += row.lower + gained.get(row.key, 0)
                most += row.upper + gained.get(row.key, 0)
            dividing += (assumed.rejected_in_divisor or not is_rejected) and (
                assumed.other_stages_in_divisor or not row.is_other_stage
            )
            if (assumed.rejected_in_count or not is_rejected) and (
                assumed.other_stages_in_count or not row.is_other_stage
            ):
                counted += 1
                covered |= row.services
                unknown += row.is_affair_unknown
        services = (len(covered), min(len(covered) + unknown, len(rules.basic_service_affairs)))
        found = index_bounds(
            rules,
            spd=self._spd_of(frames, raises),
            maturity_sum=(Fraction(least, 100), Fraction(most, 100)),
            in_divisor=dividing,
            counted=counted,
            basic_services=services,
        )
        if found is None:
            return None, None, reported
        return hundredths(found[0]), hundredths(found[1]), reported

    def _gained_by_weights(self, scenario: Scenario, raises: list[Raise]) -> dict[str, int]:
        """Hundredths that innovations gain or lose by the weights tried, at the levels that the scenario gives them."""
        if not scenario.weight:
            return {}
        levels = {key: dict(own) for key, own in self._levels.items() if key != REGION}
        for one in raises:
            if one.key != REGION:
                levels[one.key][one.indicator] = one.to_level
        return reweighed(self.frames.rulebook, scenario.weights_x100, levels)

    def _spd_of(self, frames: SeasonFrames, raises: list[Raise]) -> tuple[Fraction, Fraction] | None:
        own = [one for one in raises if one.key == REGION]
        if own:
            return _spd(frames.with_raises(own))
        name = frames.rulebook.name
        if name not in self._spd:
            self._spd[name] = _spd(frames)
        return self._spd[name]


def sent_all(scenario: Scenario) -> Scenario:
    """Return a scenario without its holding: every innovation sent, all else as it is."""
    return scenario.model_copy(update={"hold": (), "hold_below": None})


COMPARED: dict[str, Any] = {
    "scenario": pl.String,
    "rulebook": pl.String,
    "iid_lower": pl.Decimal(12, 2),
    "iid_upper": pl.Decimal(12, 2),
    "predicate_lower": pl.String,
    "predicate_upper": pl.String,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "ranked_count": pl.Int64,
    "innovation_count": pl.Int64,
    "iid_change": pl.Decimal(12, 2),
}


@dataclass(frozen=True)
class _Row:
    """A submission as the index sees it; maturity in hundredths."""

    key: str
    status: str | None
    lower: int
    upper: int
    is_other_stage: bool
    services: frozenset[str]
    is_affair_unknown: bool
    is_outside: bool


def _row(row: dict[str, Any], frames: SeasonFrames, maximum: int | None) -> _Row:
    assumed = frames.rulebook.assumptions
    lower, upper = row["maturity_lower_x100"], row["maturity_upper_x100"]
    is_known = lower is not None and upper is not None
    codes = {row["main_affair_code"]}
    if assumed.cross_affairs_cover_basic_service and row["cross_affair_codes"]:
        codes |= set(row["cross_affair_codes"].split("|"))
    return _Row(
        key=row["submission_id"],
        status=row["status"],
        lower=0 if lower is None else lower,
        upper=(maximum or 0) if upper is None else upper,
        is_other_stage=row["stage"] is not None and row["stage"] not in assumed.stages_scored,
        services=frozenset(codes & set(frames.rulebook.basic_service_affairs)),
        is_affair_unknown=row["main_affair_code"] is None,
        is_outside=is_known and not 0 <= lower <= upper <= (maximum if maximum is not None else upper),
    )


def _spd(frames: SeasonFrames) -> tuple[Fraction, Fraction] | None:
    """The SPD in points as bounds; None where it is missing."""
    bounds = frames.spd_bounds()
    return None if bounds is None else (Fraction(bounds[0], 100), Fraction(bounds[1], 100))
