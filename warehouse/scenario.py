"""Scenarios: named changes applied to a copy of a season, with index, predicate and rank before and after."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from iga.plan import REGION, Raise
from iga.rank import rank_regions
from iga.rulebook import load_rulebook
from warehouse.errors import UnknownName, WorkbenchError
from warehouse.home import Home, write_atomically
from warehouse.season_frames import SeasonFrames
from warehouse.snapshot import Snapshot


class ScenarioInvalid(WorkbenchError):
    """A scenario file cannot be read, or names something that the season does not have."""

    exit_code = 2


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelChange(_Written):
    """An indicator's level: of an innovation (its submission_id), or of the region where `innovation` is left out."""

    innovation: str = ""
    indicator: str
    level: int


class Scenario(_Written):
    """What is changed: levels, innovations sent or held, and the rulebook. A file holds one, in TOML."""

    name: str
    note: str = ""
    rulebook: str = ""
    hold: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    level: tuple[LevelChange, ...] = ()


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
    innovation_count: int


def read_scenario(text: str | Path, home: Home) -> Scenario:
    """A scenario from a TOML file, or one that was kept under a name. Raises ScenarioInvalid, UnknownName."""
    path = Path(text)
    if not path.is_file():
        path = _folder(home) / f"{text}.toml"
    if not path.is_file():
        raise UnknownName(
            "There is no scenario {name}",
            next_step="give a file, or one that was kept: {known}",
            name=str(text),
            known=", ".join(kept_scenarios(home)) or "-",
        )
    try:
        return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise ScenarioInvalid(
            "The scenario cannot be read: {reason}",
            next_step="keys: name, note, rulebook, hold, send, and [[level]] with innovation, indicator, level",
            place=str(path),
            reason=str(error).replace("\n", " "),
        ) from error


def kept_scenarios(home: Home) -> list[str]:
    """The names of the scenarios that were kept in a home."""
    return sorted(path.stem for path in _folder(home).glob("*.toml"))


def keep_scenario(scenario: Scenario, home: Home) -> Path:
    """Keep a scenario under its name in the home; one of the same name is replaced."""
    name = re.sub(r"[^\w-]+", "-", scenario.name).strip("-")
    path = _folder(home) / f"{name}.toml"
    write_atomically(path, scenario_text(scenario))
    return path


def _folder(home: Home) -> Path:
    return home.root / "scenarios"


def scenario_text(scenario: Scenario) -> str:
    """The scenario as TOML."""
    import json

    lines = [
        f"{name} = {json.dumps(getattr(scenario, name), ensure_ascii=False)}"
        for name in ("name", "note", "rulebook", "hold", "send")
    ]
    for change in scenario.level:
        lines += ["", "[[level]]", *[f"{key} = {json.dumps(value)}" for key, value in change.model_dump().items()]]
    return "\n".join(lines) + "\n"


def scenario_of_raises(name: str, raises: tuple[Raise, ...]) -> Scenario:
    """The scenario in which a plan's raises have been made."""
    changes = tuple(LevelChange(innovation=one.key, indicator=one.indicator, level=one.to_level) for one in raises)
    return Scenario(name=name, level=changes)


def apply_scenario(frames: SeasonFrames, scenario: Scenario) -> SeasonFrames:
    """A changed copy of a season. Raises ScenarioInvalid for an innovation, indicator or level that is not there."""
    known = set(frames.submissions["submission_id"])
    named = {*scenario.hold, *scenario.send, *(change.innovation for change in scenario.level)} - {REGION}
    if unknown := sorted(named - known):
        raise ScenarioInvalid(
            "The season has no innovation {unknown}",
            next_step='use submission_id: iga sql "select submission_id, title from submission"',
            place=scenario.name,
            unknown=", ".join(unknown),
        )
    raises = [_raise_of(frames, scenario, change) for change in scenario.level]
    changed = (
        frames.with_raises(raises).with_status(set(scenario.hold), "draft").with_status(set(scenario.send), "sent")
    )
    return changed.with_rulebook(load_rulebook(scenario.rulebook)) if scenario.rulebook else changed


def _raise_of(frames: SeasonFrames, scenario: Scenario, change: LevelChange) -> Raise:
    """The change as a step from the present level; downwards its points are below zero."""
    levels = frames.levels().get(change.innovation, {}) if change.innovation else frames.spd_levels()
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
    """The index of these frames, and its rank among the other regions of the snapshot in the same edition and rules.

    The rank is among the regions that the snapshot has, not nationally.
    """
    row = frames.index()
    others = snapshot.sql(
        """
        select region_code, iid_lower_x100, iid_upper_x100 from store.region_index
        where edition = $edition and rulebook = $rulebook and score_kind = $score and region_code <> $region
        """,
        {
            "edition": frames.edition,
            "rulebook": frames.rulebook.name,
            "score": frames.score_kind,
            "region": frames.region_code,
        },
    ).with_columns(pl.col("iid_lower_x100", "iid_upper_x100").cast(pl.Int64))
    own = pl.DataFrame(
        {
            "region_code": [frames.region_code],
            "iid_lower_x100": [row["iid_lower_x100"]],
            "iid_upper_x100": [row["iid_upper_x100"]],
        },
        schema=others.schema,
    )
    ranked = pl.DataFrame(rank_regions(pl.concat([others, own]), ties=frames.rulebook.assumptions.ties))
    place = ranked.filter(pl.col("region_code") == frames.region_code).row(0, named=True)
    lower, upper = row["iid_lower_x100"], row["iid_upper_x100"]
    return Outcome(
        rulebook=frames.rulebook.name,
        iid_lower=None if lower is None else Decimal(lower).scaleb(-2),
        iid_upper=None if upper is None else Decimal(upper).scaleb(-2),
        predicate_lower=row["predicate_lower"],
        predicate_upper=row["predicate_upper"],
        rank_low=place["rank_low"],
        rank_high=place["rank_high"],
        ranked_count=place["ranked_count"],
        innovation_count=int(row["innovation_count"]),
    )
