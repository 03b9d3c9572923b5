"""Readiness, plans and scenarios of a season as answers of a snapshot: frames, notes in words, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analysis.planning.asked import asked_of_offices, asked_of_units, gaps_with_asked
from analysis.planning.goal import GoalPlan
from analysis.planning.one_plan import SeasonPlan
from analysis.planning.plan_list import plan_rows, season_plan_notes
from analysis.planning.plans import hold_table, raise_table
from analysis.planning.scenario import Scenario
from analysis.planning.what_if import WhatIf
from analysis.planning.words import (
    compared_in_words,
    counted_by,
    hold_notes,
    in_words,
    plan_notes,
    readiness_notes,
    season_notes,
)
from analysis.result import Result, with_bounds
from analysis.season.frames import SeasonFrames
from analysis.season.readiness import Readiness
from iga.planning.candidates import Policy
from iga.planning.hold import HoldPlan, submit_or_hold
from iga.planning.raises import RaisePlan
from warehouse.language import Language
from warehouse.snapshot import Snapshot

if TYPE_CHECKING:
    import altair as alt

KIND_HEADERS = {
    "unit_kind": "Kind of unit",
    "unit_count": "Units",
    "none": "None",
    "one": "One",
    "two_or_more": "Two or more",
    "missing": "Missing",
    "below_threshold": "Below the threshold",
}
GAP_HEADERS = {
    "parent": "Parent unit",
    "unit_name": "Unit",
    "innovation": "Innovation",
    "kind": "Not complete yet",
    "indicator": "Indicator",
    "document": "Document",
    "index_gain": "Gain of the index",
    "state": "State",
    "is_asked": "Asked for",
}
ASKED_HEADERS = {
    "parent": "Parent unit",
    "unit_name": "Unit",
    "innovation": "Innovation",
    "indicator": "Indicator",
    "document": "Document",
    "index_gain": "Gain of the index",
    "start_by_date": "Start by",
}
LIST_HEADERS = {
    "order": "Order",
    "action": "Action",
    "who": "Who",
    "title": "Innovation",
    "start_by_date": "Start by",
    "until_date": "Until",
    "index_gain": "Gain of the index",
}
RAISE_HEADERS = {
    "unit_name": "Unit",
    "innovation": "Innovation",
    "indicator": "Indicator",
    "from_level": "From level",
    "to_level": "To level",
    "document": "Document",
    "effort": "Working days (estimate)",
    "index_gain": "Gain of the index",
}
HOLD_HEADERS = {
    "unit_name": "Unit",
    "innovation": "Innovation",
    "is_sent": "Send",
    "maturity": "Maturity",
    "index_gain": "Gain of the index",
}
SCENARIO_HEADERS = {
    "scenario": "Scenario",
    "rulebook": "Rulebook",
    "iid": "IID",
    "iid_change": "Change",
    "predicate": "Predicate",
    "rank": "Place",
    "innovation_count": "Innovations",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class ReadinessResult(Result):
    """Readiness by kind of unit; `units`, `asked` and `gaps` are lists of their own, `found` is the whole.

    `plan` is what all that is asked for rests on; None where none can be made.
    """

    found: Readiness
    plan: SeasonPlan | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether the season comes from simulated files."""
        return self.found.frames.is_simulated

    @property
    def units(self) -> pl.DataFrame:
        """One row per unit of the register: what it sent, owes, and what lies below the threshold."""
        return self.found.units

    @property
    def gaps(self) -> Result:
        """One row per thing that is not complete yet: facts, of which `is_asked` says what the plan asks for."""
        asked = asked_of_units(self.found, self.plan, self.language)
        rows = gaps_with_asked(self.found, asked)
        shown = in_words(rows, self.language, {"kind": "gap_kind", "state": "gap_state"})
        return _season_result(self.found.frames, shown, self.language("Not complete yet"), self.language, GAP_HEADERS)

    @property
    def asked(self) -> Result:
        """One row per thing that the plan asks for of a unit or an office, the greatest gain of the index first."""
        rows = [asked_of_units(self.found, self.plan, self.language), asked_of_offices(self.plan, self.language)]
        shown = in_words(pl.concat(rows), self.language, {"kind": "gap_kind", "state": "gap_state"})
        return _season_result(self.found.frames, shown, self.language("Asked for"), self.language, ASKED_HEADERS)


@dataclass(frozen=True, kw_only=True, repr=False)
class PlanListResult(Result):
    """The ordered list of the one plan of a season, a row per document; `plan` is the whole."""

    plan: SeasonPlan

    @property
    def is_simulated(self) -> bool:
        """Whether the season comes from simulated files."""
        return self.plan.frames.is_simulated


@dataclass(frozen=True, kw_only=True, repr=False)
class PlanResult(Result):
    """The raises of a plan, the cheapest first among equals; `plan` has index, predicate, effort and proof."""

    plan: RaisePlan
    is_of_simulated: bool

    @property
    def is_simulated(self) -> bool:
        """Whether the season comes from simulated files."""
        return self.is_of_simulated


@dataclass(frozen=True, kw_only=True, repr=False)
class HoldResult(PlanResult):
    """Every innovation with whether to send it; `hold` has the index with all and at its best."""

    plan: HoldPlan  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True, repr=False)
class ScenarioResult(Result):
    """Index, predicate and place as it is (the first row) and under each scenario."""

    is_of_simulated: bool

    @property
    def is_simulated(self) -> bool:
        """Whether the season comes from simulated files."""
        return self.is_of_simulated

    def for_people(self) -> pl.DataFrame:
        """The rows with ranges and codes in words."""
        told = compared_in_words(self.frame, self.language)
        return Result(frame=told, title=self.title, language=self.language, shown=self.shown).for_people()

    def in_words(self) -> pl.DataFrame:
        """Return the rows with codes in words, and index and place as {lower, upper}."""
        told = compared_in_words(self.frame, self.language)
        bounds = with_bounds(self.frame, {"iid": "iid", "rank": "rank"}).select("iid", "rank", "iid_change")
        return told.with_columns(bounds.get_columns())

    def chart(self) -> alt.LayerChart:
        """The bounds of the index under each scenario; an Altair chart that can be changed further."""
        import altair as alt

        bounds = self.frame.select("scenario", pl.col("iid_lower", "iid_upper").cast(pl.Float64)).drop_nulls()
        named = bounds.with_columns(pl.col("scenario").replace({"": self.language("as it is")}))
        mark = f" ({self.language('SIMULATED DATA')})" if self.is_simulated else ""
        description = self.language(
            "A bar for each row, from the lowest to the highest value of its index; see the table."
        )
        base = alt.Chart(named).properties(title=self.title + mark, description=description, width=520)
        place = base.encode(y=alt.Y("scenario:N", title=None, sort=None))
        bars = place.mark_bar(height=10).encode(x=alt.X("iid_lower:Q", title="IID").scale(zero=False), x2="iid_upper:Q")
        layers: alt.LayerChart = bars + place.mark_point(filled=True, size=60).encode(x="iid_upper:Q")
        return layers


def readiness_result(
    found: Readiness, name: str, language: Language, plan: SeasonPlan | None = None
) -> ReadinessResult:
    """The readiness of a city with its notes."""
    kinds = in_words(counted_by(found.units, "unit_kind"), language, {"unit_kind": "unit_kind"})
    title = language("Readiness of {city} for {edition}").format(city=name, edition=found.frames.edition)
    return ReadinessResult(
        frame=kinds,
        title=title,
        language=language,
        notes=tuple(readiness_notes(found, name, language)),
        shown={column: language(text) for column, text in KIND_HEADERS.items()},
        found=found,
        plan=plan,
    )


def plan_list_result(plan: SeasonPlan, title: str, language: Language) -> PlanListResult:
    """The list of a plan with what it comes to, and what is left of it if things go worse."""
    return PlanListResult(
        frame=plan_rows(plan, language),
        title=title,
        language=language,
        notes=(language.date(plan.on), *season_plan_notes(plan, language), *season_notes(plan.frames, language)),
        shown={column: language(text) for column, text in LIST_HEADERS.items()},
        plan=plan,
    )


def plan_result(found: GoalPlan, frames: SeasonFrames, title: str, language: Language) -> PlanResult:
    """The raises of a plan with its notes."""
    return PlanResult(
        frame=raise_table(frames, found.plan.raises, language),
        title=title,
        language=language,
        notes=(*plan_notes(found.plan, language), *season_notes(frames, language)),
        shown={column: language(text) for column, text in RAISE_HEADERS.items()},
        plan=found.plan,
        is_of_simulated=frames.is_simulated,
    )


def hold_result(frames: SeasonFrames, title: str, language: Language) -> HoldResult:
    """What to send and what to hold, with the proof; what the ministry has rejected cannot be taken back."""
    candidates = frames.candidates()
    locked = frozenset(one.key for one in candidates if one.rejection == 1)
    found = submit_or_hold(candidates, frames.spd_x100()[0], frames.terms, Policy(locked=locked))
    return HoldResult(
        frame=hold_table(frames, found),
        title=title,
        language=language,
        notes=(*hold_notes(found, language), *season_notes(frames, language)),
        shown={column: language(text) for column, text in HOLD_HEADERS.items()},
        plan=found,
        is_of_simulated=frames.is_simulated,
    )


def scenario_result(
    snapshot: Snapshot, frames: SeasonFrames, scenarios: Sequence[Scenario], about: str, language: Language
) -> ScenarioResult:
    """The season as it is and under each scenario, a row each."""
    desk = WhatIf(frames, snapshot)
    compared = desk.compare(scenarios)
    return ScenarioResult(
        frame=compared,
        title=language("Scenarios") + about,
        language=language,
        notes=(
            language("Ranked among the regions of this snapshot, not nationally."),
            *desk.holding_notes(scenarios, language),
            *season_notes(frames, language),
        ),
        shown={column: language(text) for column, text in SCENARIO_HEADERS.items()},
        is_of_simulated=frames.is_simulated,
    )


def _season_result(
    frames: SeasonFrames, rows: pl.DataFrame, title: str, language: Language, headers: dict[str, str]
) -> Result:
    marked = rows.with_columns(pl.lit(frames.is_simulated).alias("is_simulated"))
    headings = {column: language(text) for column, text in headers.items()}
    return Result(frame=marked, title=title, language=language, shown=headings)
