"""Scenarios: named changes applied to a copy of a season, with index, predicate and rank before and after."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.planning.reweigh import rescaled
from analysis.season.frames import SeasonFrames
from iga.index.formula import NOT_REPORTED
from iga.planning.best_plan import OnePlan
from iga.planning.raises import REGION, Raise
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.disk import make_folder
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.file_names import fitting
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.keeping.own_work import Written, write_unless_changed
from warehouse.language import Language
from warehouse.snapshot import Snapshot


class ScenarioInvalid(WorkbenchError):
    """A scenario file cannot be read, or names something that the season does not have."""

    exit_code = ExitCode.USAGE


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelChange(_Written):
    """An indicator's level: of an innovation (its submission_id), or of the region where `innovation` is left out."""

    innovation: str = ""
    indicator: str
    level: int


class TriedWeight(_Written):
    """A weight that is tried, not official: points per level of an indicator; the other weights shrink or grow."""

    indicator: str
    points: Decimal = Field(ge=0, max_digits=6, decimal_places=2)


class Scenario(_Written):
    """What is changed: levels, innovations sent or held, weights tried, and the rulebook. A file holds one, in TOML.

    `hold_below` says below which maturity innovations are held: `hold` names those that this meant when it was kept, so
    that the figure stays the one that was shown.
    """

    name: str
    note: str = ""
    rulebook: str = ""
    hold: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    hold_below: Decimal | None = None
    level: tuple[LevelChange, ...] = ()
    weight: tuple[TriedWeight, ...] = ()

    @property
    def weights_x100(self) -> dict[str, int]:
        """The weights tried by indicator, in hundredths of points per level."""
        return {one.indicator: round(one.points * 100) for one in self.weight}


@dataclass(frozen=True)
class Outcome:
    """Index (bounds where it is not single), predicate and rank of a state of the data."""

    rulebook: str
    iid_lower: Decimal | None
    iid_upper: Decimal | None
    predicate_lower: str | None
    predicate_upper: str | None
    rank_low: int | None
    rank_high: int | None
    ranked_count: int | None
    innovation_count: int | None
    """None where no list of innovations has come"""


def read_scenario(text: str | Path, home: Home) -> Scenario:
    """A scenario from a TOML file, or one that was kept under a name. Raises ScenarioInvalid, UnknownName."""
    path = Path(text)
    if not path.is_file():
        path = noted(home, _folder(home) / f"{text}.toml")
    if not path.is_file():
        raise UnknownName(
            "There is no scenario {name}",
            next_step="give a file, or one that was kept: {known}",
            name=str(text),
            known=", ".join(kept_scenarios(home)) or "-",
        )
    try:
        return Scenario.model_validate(parsed_toml(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise ScenarioInvalid(
            "The scenario cannot be read: {reason}",
            next_step="keys: name, note, rulebook, hold, send, hold_below, [[level]] with innovation, indicator, "
            "level, and [[weight]] with indicator, points",
            place=str(path),
            reason=reason_of(error),
        ) from error


def kept_scenarios(home: Home) -> list[str]:
    """The names of the scenarios that were kept in a home."""
    return sorted(path.stem for path in _folder(home).glob("*.toml"))


def keep_scenario(scenario: Scenario, home: Home, language: Language) -> Written:
    """Keep a scenario under its name in the home, and return where it lies.

    One of the same name is replaced where nobody has changed its file; a person's stays, and this one lies beside it.
    """
    name = re.sub(r"[^\w-]+", "-", scenario.name).strip("-")
    path = _folder(home) / fitting(f"{name or 'skenario'}.toml")
    make_folder(path.parent)
    return write_unless_changed(home, {path: scenario_text(scenario).encode()}, language)[0]


def _folder(home: Home) -> Path:
    return home.root / "scenarios"


def scenario_text(scenario: Scenario) -> str:
    """The scenario as TOML."""
    import json

    lines = [
        f"{name} = {json.dumps(getattr(scenario, name), ensure_ascii=False)}"
        for name in ("name", "note", "rulebook", "hold", "send")
    ]
    if scenario.hold_below is not None:
        lines.append(f"hold_below = {json.dumps(str(scenario.hold_below))}")
    for heading, changes in (("level", scenario.level), ("weight", scenario.weight)):
        for change in changes:
            keys = change.model_dump(mode="json").items()
            lines += ["", f"[[{heading}]]", *[f"{key} = {json.dumps(value)}" for key, value in keys]]
    return "\n".join(lines) + "\n"


def scenario_of_raises(name: str, raises: tuple[Raise, ...]) -> Scenario:
    """The scenario in which a plan's raises have been made."""
    changes = tuple(LevelChange(innovation=one.key, indicator=one.indicator, level=one.to_level) for one in raises)
    return Scenario(name=name, level=changes)


def scenario_of_joint(name: str, frames: SeasonFrames, plan: OnePlan) -> Scenario:
    """The scenario in which a joint plan's raises have been made, and its innovations sent and held."""
    waiting = set(frames.submissions.filter(pl.col("status").is_in(NOT_REPORTED))["submission_id"])
    raised = scenario_of_raises(name, plan.raises)
    send = tuple(key for key in plan.sent if key in waiting)
    return raised.model_copy(update={"hold": plan.held, "send": send})


def apply_scenario(frames: SeasonFrames, scenario: Scenario) -> SeasonFrames:
    """A changed copy of a season.

    Raises ScenarioInvalid for an innovation, indicator or level that is not there, and for weights: they move no row of
    a season, only its index (`analysis.planning.what_if`).
    """
    if scenario.weight:
        raise ScenarioInvalid(
            "Weights cannot be tried here: scores lie outside their range, or levels change under other rules",
            next_step="take the season's own rulebook and mend the scores first",
            place=scenario.name,
        )
    raises = checked_raises(frames, scenario)
    changed = (
        frames.with_raises(raises).with_status(set(scenario.hold), "draft").with_status(set(scenario.send), "sent")
    )
    return changed.with_rulebook(frames.rulebooks.of(scenario.rulebook)) if scenario.rulebook else changed


def checked_raises(
    frames: SeasonFrames, scenario: Scenario, levels: Mapping[str, Mapping[str, int]] | None = None
) -> list[Raise]:
    """The level changes of a scenario as raises (down too), after a check that all it names is in the season.

    `levels` are those of the season (the region's under ""), where they have been read already. Raises
    ScenarioInvalid for an innovation, indicator, level or weight that is not there, WeightsInvalid.
    """
    known = set(frames.submissions["submission_id"])
    named = {*scenario.hold, *scenario.send, *(change.innovation for change in scenario.level)} - {REGION}
    if unknown := sorted(named - known):
        raise ScenarioInvalid(
            "The season has no innovation {unknown}",
            next_step='use submission_id: iga sql "select submission_id, title from submission"',
            place=scenario.name,
            unknown=", ".join(unknown),
        )
    _check_weights(frames, scenario)
    if not scenario.level:
        return []
    levels = {**frames.levels(), REGION: frames.spd_levels()} if levels is None else levels
    return [_raise_of(frames, scenario, change, levels.get(change.innovation, {})) for change in scenario.level]


def _check_weights(frames: SeasonFrames, scenario: Scenario) -> None:
    """Whether the weights tried are weights of the season's own rules, and of indicators whose levels are known.

    Raises ScenarioInvalid, WeightsInvalid.
    """
    if not scenario.weight:
        return
    rules = frames.rulebook
    unknown = [
        one.indicator for one in scenario.weight if one.indicator not in {group.number for group in rules.sid_groups}
    ]
    if unknown or frames.is_estimate or scenario.rulebook not in ("", rules.name):
        raise ScenarioInvalid(
            "The weights of a scenario belong to indicators of the season's own rulebook",
            next_step="leave rulebook and --rules out, and name indicators of rulebook {rulebook}",
            place=scenario.name,
            rulebook=frames.edition,
        )
    rescaled(rules, scenario.weights_x100)


def _raise_of(frames: SeasonFrames, scenario: Scenario, change: LevelChange, levels: Mapping[str, int]) -> Raise:
    """The change as a step from the present level; downwards its points are below zero."""
    try:
        group = frames.rulebook.group(change.indicator)
        level = levels[group.number]
    except KeyError:
        raise ScenarioInvalid(
            "Indicator {indicator} has no level to change",
            next_step="only levels that are in the data can be changed; load the control sheet first",
            place=f"{scenario.name}: {change.innovation or frames.region_code}",
            indicator=change.indicator,
        ) from None
    if not 0 <= change.level <= group.top_level:
        raise ScenarioInvalid(
            "Level {level} of indicator {indicator} does not exist",
            next_step="levels run from 0 to {top}",
            place=f"{scenario.name}: {change.innovation or frames.region_code}",
            level=change.level,
            indicator=change.indicator,
            top=group.top_level,
        )
    points = group.weight_x100 * (change.level - level)
    return Raise(change.innovation, group.number, level, change.level, points, 0)


def outcome_of(frames: SeasonFrames, snapshot: Snapshot) -> Outcome:
    """The index of these frames as the warehouse computes it, and its rank among the other regions of the snapshot.

    Ranked in the same edition and rules, among the regions that the snapshot has, not nationally. Raises UnknownName
    where nothing is known that an index could be computed from.
    """
    row = frames.index()
    bounds = row["iid_lower_x100"], row["iid_upper_x100"]
    return outcome_among(frames, *bounds, row["innovation_count"], others_of(frames, snapshot))


Others = dict[str, list[tuple[int, int]]]
"""Per rulebook the index bounds (hundredths) of the other regions of the edition."""


def others_of(frames: SeasonFrames, snapshot: Snapshot) -> Others:
    """The other regions of the snapshot that have an index in the season's edition."""
    rows = snapshot.sql(
        """
        select rulebook, iid_lower_x100, iid_upper_x100 from store.region_index
        where edition = $edition and score_kind = $score and region_code <> $region
          and iid_lower_x100 is not null and iid_upper_x100 is not null
        """,
        {"edition": frames.edition, "score": frames.score_kind, "region": frames.region_code},
    )
    others: Others = {}
    for name, lower, upper in rows.iter_rows():
        others.setdefault(name, []).append((lower, upper))
    return others


def outcome_among(
    frames: SeasonFrames, lower: int | None, upper: int | None, count: int | None, others: Others
) -> Outcome:
    """The outcome of an index (bounds in hundredths) of a number of innovations, ranked among others."""
    rules = frames.rulebook
    held = others.get(rules.name, [])
    is_known = lower is not None and upper is not None
    surely = possibly = 0
    if lower is not None and upper is not None:
        # With `max`, equal indices share the worst of their places, so that equals stand above each other.
        even = rules.assumptions.ties == "max"
        surely = sum(1 for low, _high in held if low > upper or (even and low == upper))
        possibly = sum(1 for _low, high in held if high > lower or (even and high == lower))
    bounds = [None if value is None else Decimal(value).scaleb(-2) for value in (lower, upper)]
    return Outcome(
        rulebook=rules.name,
        iid_lower=bounds[0],
        iid_upper=bounds[1],
        predicate_lower=None if bounds[0] is None else rules.predicate_of(bounds[0]),
        predicate_upper=None if bounds[1] is None else rules.predicate_of(bounds[1]),
        rank_low=surely + 1 if is_known else None,
        rank_high=possibly + 1 if is_known else None,
        ranked_count=len(held) + 1 if is_known else None,
        innovation_count=count,
    )
