"""Innovations of a season drawn at random to be read again, and what was read: files of the home, bound to each other.

`<home>/audit_samples/<region_code>/` holds for each draw `<name>.draw.json` (seed, size, what was drawn from what),
`<name>.xlsx` (the sheet that people fill in) and `<name>.readings.json` (what a returned sheet said). The name bears a
hash of the population, so that a season has one draw for one list of innovations: whoever could draw again until the
sample pleases would draw no random sample.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from analysis.index.recompute import Scored, entering_index
from iga.estimate.audit_sample import draw_audit_sample
from warehouse import disk
from warehouse.errors import DataFileInvalid, UnknownName
from warehouse.home import Home
from warehouse.inputs_read import noted

FOLDER = "audit_samples"
DRAW, SHEET, READINGS = ".draw.json", ".xlsx", ".readings.json"
_NAME_DIGITS = 8

Levels = Mapping[str, int]
"""By number of an indicator the level that was read."""


@dataclass(frozen=True)
class DrawnInnovation:
    """An innovation of a sample, as the sheet shows it."""

    submission_id: str
    title: str
    unit_name: str


@dataclass(frozen=True)
class DrawnSample:
    """A random sample of the scored innovations of a season, to be read under a rulebook.

    `population` is the hash of the ids that were drawn from, `population_count` how many they are.
    """

    region_code: str
    edition: int
    rulebook: str
    score_kind: str
    seed: int
    population: str
    population_count: int
    innovations: tuple[DrawnInnovation, ...]

    @property
    def name(self) -> str:
        """The name that the files of the draw share."""
        return f"{self.edition}-{self.rulebook}-{self.score_kind}-{self.population[:_NAME_DIGITS]}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The submissions that were drawn."""
        return tuple(innovation.submission_id for innovation in self.innovations)

    @property
    def drawn_hash(self) -> str:
        """The hash of who was drawn by which seed; titles may be corrected, or erased with a person's name."""
        return hash_of_population([f"seed {self.seed}", *self.ids])


@dataclass(frozen=True)
class SampleReadings:
    """What a returned sheet says: the levels of each innovation of the draw, and which file that was."""

    file: str
    file_sha256: str
    levels: Mapping[str, Levels] = field(default_factory=dict)


def sampled_population(scored: Scored) -> pl.DataFrame:
    """Return what a sample of a season is drawn from: the scored innovations that no quarantine keeps, by their id."""
    return entering_index(scored)["scored"].filter(~pl.col("is_quarantined")).sort("submission_id")


def hash_of_population(ids: Collection[str]) -> str:
    """Return the hash of the ids that a sample is drawn from; their order says nothing."""
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def draw_sample(scored: Scored, region_code: str, kind: str, count: int, seed: int) -> DrawnSample:
    """Draw innovations of a season at random. Raises UnknownName where there are fewer than asked for."""
    population = sampled_population(scored)
    ids = population["submission_id"].to_list()
    if not 0 < count <= len(ids):
        raise UnknownName(
            "{count} innovations cannot be drawn from {population}",
            next_step="draw between 1 and {population}",
            count=count,
            population=len(ids),
        )
    chosen = set(draw_audit_sample(ids, count, seed))
    rows = population.filter(pl.col("submission_id").is_in(list(chosen))).sort("unit_name", "title", "submission_id")
    innovations = [
        DrawnInnovation(row["submission_id"], row["title"] or "", row["unit_name"] or "")
        for row in rows.iter_rows(named=True)
    ]
    walk = scored.walk
    return DrawnSample(
        region_code,
        int(population["edition"][0]),
        walk.target_rules.name,
        kind,
        seed,
        hash_of_population(ids),
        len(ids),
        tuple(innovations),
    )


def folder_of(home: Home, region_code: str) -> Path:
    """Return the folder with the samples of a region."""
    return home.root / FOLDER / region_code


def path_of(home: Home, sample: DrawnSample, kind: str) -> Path:
    """Return a file of a draw: `DRAW`, `SHEET` or `READINGS`."""
    return folder_of(home, sample.region_code) / f"{sample.name}{kind}"


def keep_draw(home: Home, sample: DrawnSample) -> None:
    """Write a draw down. Raises DataFileInvalid where the same list was drawn from with another seed or size."""
    path = path_of(home, sample, DRAW)
    if (kept := _read_draw(path)) is not None and kept.drawn_hash != sample.drawn_hash:
        raise DataFileInvalid(
            "A sample of {count} with seed {seed} was drawn of this list already",
            next_step="fill in {sheet}; who draws again until a sample pleases draws none at random",
            place=path.as_posix(),
            count=len(kept.innovations),
            seed=kept.seed,
            sheet=path_of(home, kept, SHEET).name,
        )
    disk.make_folder(path.parent)
    disk.write_text(path, json.dumps(asdict(sample), ensure_ascii=False, indent=1) + "\n")


def keep_readings(home: Home, sample: DrawnSample, readings: SampleReadings) -> Path:
    """Write down what was read of a sample, and return where."""
    path = path_of(home, sample, READINGS)
    told = {
        "file": readings.file,
        "file_sha256": readings.file_sha256,
        "drawn": sample.drawn_hash,
        "levels": {name: dict(sorted(levels.items())) for name, levels in sorted(readings.levels.items())},
    }
    disk.write_text(path, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return path


@dataclass(frozen=True)
class SampleState:
    """What the home holds of a season's sample: the draw and its readings, or why neither can be used.

    `problem`: `not_drawn`, `list_changed` (the draw is of another list of innovations), `not_read`, `draw_changed`
    (the files do not hold what the seed draws); None where the sample can be used.
    """

    sample: DrawnSample | None = None
    readings: SampleReadings | None = None
    problem: str | None = "not_drawn"


def read_sample(home: Home, scored: Scored, region_code: str, edition: int, kind: str) -> SampleState:
    """Return the sample of a season under a rulebook, held against what its seed draws from the list of today."""
    folder = noted(home, folder_of(home, region_code))
    ids = sampled_population(scored)["submission_id"].to_list()
    stem = f"{edition}-{scored.walk.target_rules.name}-{kind}-"
    path = folder / f"{stem}{hash_of_population(ids)[:_NAME_DIGITS]}{DRAW}"
    try:
        sample = _read_draw(path)
    except DataFileInvalid:
        return SampleState(problem="draw_changed")
    if sample is None:
        return SampleState(problem="list_changed" if any(folder.glob(f"{stem}*{DRAW}")) else "not_drawn")
    count = len(sample.innovations)
    if count > len(ids) or set(sample.ids) != set(draw_audit_sample(ids, count, sample.seed)):
        return SampleState(sample, problem="draw_changed")
    return _with_readings(home, sample)


def _with_readings(home: Home, sample: DrawnSample) -> SampleState:
    path = path_of(home, sample, READINGS)
    if not path.is_file():
        return SampleState(sample, problem="not_read")
    try:
        told = _json_of(path)
        levels = {name: {number: int(level) for number, level in each.items()} for name, each in told["levels"].items()}
        readings = SampleReadings(str(told["file"]), str(told["file_sha256"]), levels)
    except (AttributeError, DataFileInvalid, KeyError, TypeError, ValueError):
        return SampleState(sample, problem="draw_changed")
    if told.get("drawn") != sample.drawn_hash or set(levels) != set(sample.ids):
        return SampleState(sample, problem="draw_changed")
    return SampleState(sample, readings, None)


def _read_draw(path: Path) -> DrawnSample | None:
    """Return a draw as it was written down; None where there is none. Raises DataFileInvalid."""
    if not path.is_file():
        return None
    told = _json_of(path)
    try:
        innovations = tuple(DrawnInnovation(**each) for each in told.pop("innovations"))
        return DrawnSample(**told, innovations=innovations)
    except (KeyError, TypeError) as error:
        raise _unreadable(path) from error


def _json_of(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unreadable(path) from error
    if not isinstance(told, dict):
        raise _unreadable(path)
    return told


def _unreadable(path: Path) -> DataFileInvalid:
    return DataFileInvalid(
        "{file} is not as it was written",
        next_step="lay it back from a backup; a sample that was changed by hand is no random one",
        place=path.as_posix(),
        file=path.name,
    )
