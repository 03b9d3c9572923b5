"""Readiness, plans and scenarios of a season as answers of a snapshot: frames, notes in words, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from iga.hold import HoldPlan, Policy, submit_or_hold
from iga.plan import RaisePlan
from warehouse.goal import GoalPlan
from warehouse.language import Language
from warehouse.planning import hold_table, raise_table
from warehouse.planning_words import counted_by, hold_notes, in_words, plan_notes, readiness_notes, season_notes
from warehouse.readiness import Readiness
from warehouse.result import Result
from warehouse.scenario import Outcome, Scenario, apply_scenario, outcome_of
from warehouse.season_frames import SeasonFrames
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
    "kind": "What is missing",
    "indicator": "Indicator",
    "document": "Document",
    "index_gain": "Gain of the index",
    "state": "State",
}
RAISE_HEADERS = {
    "unit_name": "Unit",
    "innovation": "Innovation",
    "indicator": "Indicator",
    "from_level": "From level",
    "to_level": "To level",
    "document": "Document",
    "effort": "Effort",
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
    "predicate": "Predicate",
    "rank": "Place",
    "innovation_count": "Innovations",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class ReadinessResult(Result):
    """Readiness by kind of unit; `units`, `gaps` and `ineligible` are lists of their own, `found` is the whole."""

    found: Readiness

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
        """One row per thing to do, the greatest gain of the index first."""
        shown = in_words(self.found.gaps, self.language, {"kind": "gap_kind", "state": "gap_state"})
        return _season_result(self.found.frames, shown, self.language("Gaps"), self.language, GAP_HEADERS)


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
    """Index, predicate and place as it is and under each scenario."""

    outcomes: tuple[Outcome, ...]
    is_of_simulated: bool

    @property
    def is_simulated(self) -> bool:
        """Whether the season comes from simulated files."""
        return self.is_of_simulated

    def chart(self) -> alt.LayerChart:
        """The bounds of the index under each scenario; an Altair chart that can be changed further."""
        import altair as alt

        rows = [
            {"scenario": name, "lower": float(one.iid_lower), "upper": float(one.iid_upper)}
            for name, one in zip(self.frame["scenario"], self.outcomes, strict=True)
            if one.iid_lower is not None and one.iid_upper is not None
        ]
        mark = f" ({self.language('SIMULATED DATA')})" if self.is_simulated else ""
        base = alt.Chart(pl.DataFrame(rows)).properties(title=self.title + mark, width=520)
        place = base.encode(y=alt.Y("scenario:N", title=None, sort=None))
        bars = place.mark_bar(height=10).encode(x=alt.X("lower:Q", title="IID").scale(zero=False), x2="upper:Q")
        layers: alt.LayerChart = bars + place.mark_point(filled=True, size=60).encode(x="upper:Q")
        return layers


def readiness_result(found: Readiness, name: str, language: Language) -> ReadinessResult:
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
    states = [(language("as it is"), frames), *((one.name, apply_scenario(frames, one)) for one in scenarios)]
    outcomes = [(name, outcome_of(state, snapshot)) for name, state in states]
    return ScenarioResult(
        frame=pl.DataFrame([outcome_row(name, outcome, language) for name, outcome in outcomes]),
        title=language("Scenarios") + about,
        language=language,
        notes=(
            language("Ranked among the regions of this snapshot, not nationally."),
            *season_notes(frames, language),
        ),
        shown={column: language(text) for column, text in SCENARIO_HEADERS.items()},
        outcomes=tuple(outcome for _, outcome in outcomes),
        is_of_simulated=frames.is_simulated,
    )


def outcome_row(name: str, outcome: Outcome, language: Language) -> dict[str, Any]:
    """Index, predicate and place of a state in words, ranges where they are not single."""
    lower, upper = outcome.predicate_lower, outcome.predicate_upper
    predicate = language.label("predicate", lower) + (
        "" if lower == upper else f"–{language.label('predicate', upper)}"
    )
    place = language.interval_of_counts(outcome.rank_low, outcome.rank_high)
    return {
        "scenario": name,
        "rulebook": outcome.rulebook,
        "iid": language.interval(outcome.iid_lower, outcome.iid_upper),
        "predicate": predicate,
        "rank": f"{place} / {outcome.ranked_count}",
        "innovation_count": outcome.innovation_count,
    }


def _season_result(
    frames: SeasonFrames, rows: pl.DataFrame, title: str, language: Language, headers: dict[str, str]
) -> Result:
    marked = rows.with_columns(pl.lit(frames.is_simulated).alias("is_simulated"))
    headings = {column: language(text) for column, text in headers.items()}
    return Result(frame=marked, title=title, language=language, shown=headings)
