"""City contests as they are declared: categories, stages, criteria, jurors, prizes, and what was published of them.

Declarations are data: `reference/contests/*.toml` here, and `<home>/contests/*.toml` for a city's own (one of the same
name replaces ours).
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iga.contest.common_categories import category_of_unit, common_category, plain, spellings_of
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Declared):
    """A category of a contest; it is not a kind of unit: one may hold several."""

    code: str
    name_id: str
    name_en: str
    aliases: tuple[str, ...] = ()
    """Further spellings of the category in files of jury scores."""

    @property
    def spellings(self) -> set[str]:
        """How the category may be written, simplified."""
        return {plain(text) for text in (self.code, self.name_id, self.name_en, *self.aliases)}

    @property
    def common(self) -> set[str]:
        """The common categories (`iga/contest/common_categories.toml`) that this one takes in."""
        texts = (self.code, self.name_id, *self.aliases)
        return {code for text in texts if (code := common_category(text))}


class Criterion(_Declared):
    """A criterion of a stage and its weight; without a weight the recap says it."""

    name: str
    weight: Decimal | None = None
    source: str = ""


class Stage(_Declared):
    """A stage of a contest, in the order of the declaration.

    `checklist`: documents that are there or not, which an entry passes. `finalists` is how many entries of a category
    go into this stage from the one before. With `weight` the stage counts so much in the final score; where no stage
    has one, the last that has scores replaces the others.
    """

    code: str
    name_id: str
    name_en: str
    kind: Literal["checklist", "scores"] = "scores"
    aliases: tuple[str, ...] = ()
    weight: Decimal | None = None
    finalists: int | None = None
    criteria: tuple[Criterion, ...] = ()
    source: str = ""

    def is_called(self, text: str) -> bool:
        """Return whether a recap that says this means the stage."""
        return plain(text) in {plain(name) for name in (self.code, self.name_id, self.name_en, *self.aliases)}


class DeclaredJuror(_Declared):
    """A juror and the juror's own units, whose entries the juror does not score."""

    name: str
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def leaves_for(self, juror: str, unit_name: str | None) -> bool:
        """Return whether this is the juror, and the unit one of the juror's own."""
        is_juror = plain(juror) in {plain(name) for name in (self.name, *self.aliases)}
        return is_juror and plain(unit_name or "") in {plain(unit) for unit in self.units}


class Figure(_Declared):
    """A published count of a contest that no file of scores holds."""

    text_id: str
    text_en: str
    count: int
    edition: int
    source: str


class Unknown(_Declared):
    """Something of a contest that no public source says."""

    text_id: str
    text_en: str


class Winner(_Declared):
    """A published winner."""

    category: str
    place: int
    place_text: str = ""
    title: str


class Contest(_Declared):
    """A contest of a city: categories, prizes in rupiah by place, bands, and published winners.

    Without an edition it is held every year. `is_own_entity`: its entries are no IGA innovations (but citizens'
    inventions), so that they are never looked for among the submissions.
    """

    name: str
    region_code: str
    edition: int | None = None
    name_id: str
    name_en: str
    source: str
    confidence: str
    nominee_places: int = 0
    supersedes: str = ""
    """the name of a contest of every year that this one takes the place of in its edition"""
    main_places: int = 3
    harapan_places: int = 0
    is_own_entity: bool = False
    prizes: dict[int, int] = Field(default_factory=dict)
    bands: dict[str, Decimal] = Field(default_factory=dict)
    category: tuple[Category, ...]
    stage: tuple[Stage, ...] = ()
    tie: tuple[str, ...] = ("median",)
    """what decides between equal entries, in order: `median`, the name of a criterion, or of a stage"""
    juror: tuple[DeclaredJuror, ...] = ()
    figure: tuple[Figure, ...] = ()
    not_known: tuple[Unknown, ...] = ()
    sources: dict[str, str] = Field(default_factory=dict)
    """a field -> its source, where that is another than `source`"""
    winner: tuple[Winner, ...] = ()
    is_declared: bool = True

    def place_text(self, place: int) -> str:
        """Return how a place is called: Juara I, Harapan 1; empty for one without a name."""
        if place <= self.main_places:
            return f"Juara {_ROMAN[place - 1] if place <= len(_ROMAN) else place}"
        is_named = place <= self.main_places + self.harapan_places
        return f"Harapan {place - self.main_places}" if is_named else ""

    def category_code(self, text: str, unit_name: str | None) -> str | None:
        """Return the category that an entry belongs to, by the word of its file, else by its unit; None for none."""
        for part in spellings_of(text):
            for one in self.category:
                if part in one.spellings:
                    return one.code
        if text.strip() and (code := self._by_common({common_category(text)} - {""})):
            return code
        parts = [part for part in re.split(r"[/,&+]| dan ", text) if part.strip()]
        codes = {self._by_common({common_category(part)} - {""}) for part in parts}
        if len(codes) == 1 and (only := codes.pop()):
            return only
        if text.strip() and not (len(parts) > 1 and None not in codes):
            return None
        return self._by_common({category_of_unit(unit_name or "")} - {""})

    def _by_common(self, common: set[str]) -> str | None:
        return next((one.code for one in self.category if one.common & common), None)

    def stage_called(self, text: str) -> Stage | None:
        """Return the declared stage that a recap calls so."""
        return next((stage for stage in self.stage if stage.is_called(text)), None)


_ROMAN = ("I", "II", "III", "IV", "V", "VI")


class ContestInvalid(WorkbenchError):
    """A file that declares a contest cannot be used."""

    exit_code = ExitCode.USAGE


@cache
def _packaged() -> dict[str, Contest]:
    folder = files("warehouse").joinpath("reference", "contests")
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            name = entry.name.removesuffix(".toml")
            found[name] = Contest.model_validate({"name": name, **parsed_toml(entry.read_text(encoding="utf-8"))})
    return found


def known_contests(home: Home | None = None) -> dict[str, Contest]:
    """Every declared contest by its name, those of a home after ours. Raises ContestInvalid naming the file."""
    found = dict(_packaged())
    for path in sorted(noted(home, home.root / "contests").glob("*.toml")) if home else ():
        try:
            content = parsed_toml(path.read_text(encoding="utf-8"))
            found[path.stem] = Contest.model_validate({"name": path.stem, **content})
        except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
            raise ContestInvalid(
                "The contest cannot be read: {reason}",
                next_step="compare it with warehouse/reference/contests/bengkulu-2024.toml",
                place=str(path),
                reason=reason_of(error),
            ) from error
    return found


def contests_of(region_code: str, edition: int, home: Home | None = None) -> list[Contest]:
    """The contests of a city that are held in an edition, by name."""
    known = known_contests(home)
    held = [
        known[name]
        for name in sorted(known)
        if known[name].region_code == region_code and known[name].edition in (None, edition)
    ]
    superseded = {contest.supersedes for contest in held}
    return [contest for contest in held if contest.name not in superseded]


def contest_of(region_code: str, edition: int, name: str | None = None, home: Home | None = None) -> Contest:
    """The contest of a city for an edition, or the one named. Raises UnknownName with those that are declared."""
    fitting = [one for one in contests_of(region_code, edition, home) if name is None or one.name == name]
    if len(fitting) != 1:
        known = known_contests(home).values()
        raise UnknownName(
            "{count} contests fit this choice",
            next_step="name one with --contest: {known}",
            count=len(fitting),
            known=", ".join(one.name for one in known if one.region_code == region_code) or "-",
        )
    return fitting[0]
