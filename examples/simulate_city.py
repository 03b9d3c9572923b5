"""A simulated city: its units, and its innovations with titles, stages, dates and levels over the editions.

Names of kecamatan and kelurahan and the innovations of `data/named_titles.csv` are real; everything that is said about
them here (levels, maturities, stages, dates) is simulated, and so is every other title, office, health centre, school.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent / "data"
REFERENCE = Path(__file__).parents[1] / "warehouse" / "reference"
BASIC_SERVICES = ("01", "02", "03", "04", "05", "06")


@dataclass(frozen=True)
class Unit:
    """A unit that must report; `subdistrict_code` for kecamatan and kelurahan only."""

    code: str
    name: str
    kind: str
    parent_code: str
    subdistrict_code: str
    affair_code: str
    valid_from: date
    valid_to: date | None
    aliases: str
    successor: str

    def is_active(self, edition: int) -> bool:
        """Whether the unit exists at the middle of the year before the edition's closing."""
        day = date(edition, 7, 1)
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass
class Innovation:
    """An innovation over the years, with what stays the same: title, unit, affair, how good its answers are."""

    serial: int
    title: str
    unit: Unit
    affair_code: str
    first_edition: int
    quality: float
    luck: tuple[float, ...]
    is_named: bool = False
    stage: str = "implementation"
    trial_date: date | None = None
    implementation_date: date | None = None


@dataclass(frozen=True)
class Entry:
    """An innovation as an edition reports it; `levels` in the order of the SID indicators."""

    serial: int
    title: str
    unit: Unit
    affair_code: str
    stage: str
    trial_date: date | None
    implementation_date: date | None
    levels: tuple[int, ...]
    is_named: bool = False

    @property
    def maturity(self) -> int:
        """Sum of weight x level."""
        return sum(indicator.weight * level for indicator, level in zip(sid_indicators(), self.levels, strict=True))


@dataclass(frozen=True)
class Indicator:
    """A line of the column map: number, weight and the header of each edition."""

    number: str
    weight_text: str
    names: dict[int, str]

    @property
    def weight(self) -> int:
        """The weight of a SID indicator, a whole number in every edition simulated here."""
        return int(self.weight_text)


@dataclass
class City:
    """What `data/cities.toml` says about a city, and its units."""

    region_code: str
    folder: str
    settings: dict[str, Any]
    units: list[Unit] = field(default_factory=list)

    def unit_named(self, name: str, edition: int) -> Unit:
        """The unit of that name, or the unit that took its work over by the edition."""
        unit = next(unit for unit in self.units if unit.name == name)
        while not unit.is_active(edition) and unit.successor:
            unit = next(other for other in self.units if other.name == unit.successor)
        return unit


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of `examples/data/`."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def plan() -> dict[str, Any]:
    """`data/cities.toml`."""
    return tomllib.loads((DATA / "cities.toml").read_text(encoding="utf-8"))


@cache
def sid_indicators() -> tuple[Indicator, ...]:
    """The indicators of an innovation, in order."""
    return tuple(indicator for indicator in _indicators() if len(indicator.names) > 1)


@cache
def spd_indicators() -> tuple[Indicator, ...]:
    """The indicators of the region, in order."""
    return tuple(indicator for indicator in _indicators() if len(indicator.names) == 1)


def _indicators() -> list[Indicator]:
    return [
        Indicator(
            row["number"],
            row["weight"],
            {edition: row[f"name_{edition}"] for edition in plan()["editions"] if row[f"name_{edition}"]},
        )
        for row in rows_of("indicator_names.csv")
    ]


@cache
def affair_names() -> dict[str, str]:
    """Affair code -> official name."""
    with (REFERENCE / "government_affairs.csv").open(encoding="utf-8", newline="") as stream:
        return {row["affair_code"]: row["name_id"] for row in csv.DictReader(stream)}


def load_cities() -> list[City]:
    """The three cities with their units."""
    cities = [City(row["region_code"], row["folder"], row) for row in plan()["city"]]
    for city in cities:
        city.units = _units(city)
    return cities


def _units(city: City) -> list[Unit]:
    units = [_office(city, number, row) for number, row in enumerate(_offices(city), start=1)]
    parents = {unit.name: unit.code for unit in units}
    head = {
        "bagian": parents["Sekretariat Daerah"],
        "puskesmas": parents["Dinas Kesehatan"],
        "sd": parents["Dinas Pendidikan dan Kebudayaan"],
        "smp": parents["Dinas Pendidikan dan Kebudayaan"],
    }
    units = [
        Unit(**{**unit.__dict__, "parent_code": head.get(unit.kind, "")}) if unit.kind in head else unit
        for unit in units
    ]
    return units + _subdistricts(city)


def _offices(city: City) -> list[dict[str, str]]:
    return [row for row in rows_of("offices.csv") if row["region_code"] == city.region_code]


def _office(city: City, number: int, row: dict[str, str]) -> Unit:
    return Unit(
        code=f"{city.settings['unit_prefix']}-{number:03d}",
        name=row["name"],
        kind=row["unit_kind"],
        parent_code="",
        subdistrict_code="",
        affair_code=row["affair_code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        aliases=row["aliases"],
        successor=row["successor"],
    )


def _subdistricts(city: City) -> list[Unit]:
    with (REFERENCE / "subdistricts.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["region_code"] == city.region_code]
    prefix = city.settings["unit_prefix"]
    return [
        Unit(
            code=f"{prefix}-{row['code']}",
            name=f"{row['unit_kind'].title()} {row['name']}",
            kind=row["unit_kind"],
            parent_code=f"{prefix}-{row['parent_code']}" if row["unit_kind"] == "kelurahan" else "",
            subdistrict_code=row["code"],
            affair_code="",
            valid_from=date(2017, 1, 1),
            valid_to=None,
            aliases="",
            successor="",
        )
        for row in rows
    ]


class Simulation:
    """The innovations of one city, edition by edition, from one seed."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.random = Random(f"{plan()['seed']}|{city.region_code}")
        self.titles: set[str] = set()
        self.innovations: list[Innovation] = []
        # Some units send nothing, many send one, some send several: as every season shows.
        self.zeal = {unit.code: self.random.choice((0.0, 0.4, 1.0, 1.0, 2.0)) for unit in city.units}

    def editions(self) -> dict[int, list[Entry]]:
        """The entries of every edition in the order in which they were entered."""
        return {edition: self._edition(edition) for edition in plan()["editions"]}

    def withdrawn(self, edition: int, count: int) -> list[Entry]:
        """Entries of schools that are there early in a running season and withdrawn before its end."""
        units = [unit for unit in self.city.units if unit.kind == "sd" and unit.is_active(edition)]
        entries = []
        for _ in range(count):
            unit = self.random.choice(units)
            self._enter(self._title(unit, unit.affair_code), unit, unit.affair_code, edition)
            entries.append(self._entry(self.innovations.pop(), edition))
        return entries

    def _edition(self, edition: int) -> list[Entry]:
        mix = self.city.settings["mix"][str(edition)]
        silent = set(self.city.settings["silent_affairs"].get(str(edition), ()))
        self._end_and_move_units(edition)
        self._drop(edition)
        self._enter_named(edition)
        for kind in sorted({unit.kind for unit in self.city.units}):
            self._fill(kind, mix.get(kind, 0), edition, silent)
        entries = [self._entry(innovation, edition) for innovation in self.innovations]
        self.random.shuffle(entries)
        return entries

    def _end_and_move_units(self, edition: int) -> None:
        kept = []
        for innovation in self.innovations:
            if not innovation.unit.is_active(edition):
                if not innovation.unit.successor:
                    continue
                innovation.unit = self.city.unit_named(innovation.unit.name, edition)
            kept.append(innovation)
        self.innovations = kept

    def _drop(self, edition: int) -> None:
        if edition == plan()["editions"][0]:
            return
        self.innovations = [
            innovation for innovation in self.innovations if innovation.is_named or self.random.random() > 0.09
        ]

    def _enter_named(self, edition: int) -> None:
        for row in rows_of("named_titles.csv"):
            if row["region_code"] == self.city.region_code and int(row["first_edition"]) == edition:
                unit = self.city.unit_named(row["unit_name"], edition)
                self._enter(row["title"], unit, row["affair_code"], edition, is_named=True)

    def _fill(self, kind: str, wanted: int, edition: int, silent: set[str]) -> None:
        present = [innovation for innovation in self.innovations if innovation.unit.kind == kind]
        surplus = len(present) - wanted
        for innovation in [one for one in present if not one.is_named][: max(surplus, 0)]:
            self.innovations.remove(innovation)
        units = [
            unit
            for unit in self.city.units
            if unit.kind == kind and unit.is_active(edition) and unit.affair_code not in silent
        ]
        for _ in range(-surplus):
            unit = self._unit_to_report(units, kind)
            affair = self._affair(unit)
            self._enter(self._title(unit, affair), unit, affair, edition)

    def _unit_to_report(self, units: list[Unit], kind: str) -> Unit:
        counts = dict.fromkeys((unit.code for unit in units), 0)
        for innovation in self.innovations:
            if innovation.unit.code in counts:
                counts[innovation.unit.code] += 1
        if kind == "opd":
            # Where an export states no affair, the office's own affair is all that is known: offices cover the six.
            covered = {one.unit.affair_code for one in self.innovations if one.stage == "implementation"}
            missing = [unit for unit in units if unit.affair_code in BASIC_SERVICES and unit.affair_code not in covered]
            if missing:
                return missing[0]
        weights = [self.zeal[unit.code] / (1 + counts[unit.code]) ** 2 for unit in units]
        if not sum(weights):
            weights = [1.0] * len(units)
        return self.random.choices(units, weights)[0]

    def _affair(self, unit: Unit) -> str:
        if unit.affair_code:
            return unit.affair_code
        if unit.kind in ("kelurahan", "kecamatan"):
            return str(self.random.choice(self.city.settings["kelurahan_affairs"]))
        return "38"

    def _title(self, unit: Unit, affair: str) -> str:
        parts = title_parts()
        while True:
            words = [
                self.random.choice(parts["heads"]["bagian" if affair >= "33" else unit.kind]),
                self.random.choice(parts["objects"][affair]),
                self.random.choice(parts["endings"]),
            ]
            name = " ".join(words)
            if self.random.random() < 0.6:
                name = f"{acronym(name)} ({name})"
            if name not in self.titles:
                return name

    def _enter(self, title: str, unit: Unit, affair: str, edition: int, *, is_named: bool = False) -> None:
        self.titles.add(title)
        spread = self.random.betavariate(1.4, 3.2)
        quality = self.city.settings["quality"] + 0.18 - 0.62 * spread
        stages = ("implementation", "trial", "initiative")
        stage = stages[0] if is_named else self.random.choices(stages, (82, 11, 7))[0]
        self.innovations.append(
            Innovation(
                serial=len(self.titles),
                title=title,
                unit=unit,
                affair_code=affair,
                first_edition=edition,
                quality=quality,
                luck=tuple(self.random.random() for _ in sid_indicators()),
                is_named=is_named,
                stage=stage,
            )
        )

    def _entry(self, innovation: Innovation, edition: int) -> Entry:
        if innovation.first_edition < edition:
            innovation.quality += self.random.gauss(0.022, 0.03)
            later = {"initiative": "trial", "trial": "implementation"}
            if self.random.random() < 0.7:
                innovation.stage = later.get(innovation.stage, innovation.stage)
        self._set_dates(innovation, edition)
        is_unfilled = not innovation.is_named and innovation.first_edition == edition and self.random.random() < 0.02
        levels = (0,) * len(innovation.luck) if is_unfilled else _levels(innovation)
        return Entry(
            serial=innovation.serial,
            title=innovation.title,
            unit=innovation.unit,
            affair_code=innovation.affair_code,
            stage=innovation.stage,
            trial_date=innovation.trial_date,
            implementation_date=innovation.implementation_date,
            levels=levels,
            is_named=innovation.is_named,
        )

    def _set_dates(self, innovation: Innovation, edition: int) -> None:
        """Dates inside the window (two years before the edition), mostly: what falls out of it is mostly renewed."""
        first, last = date(edition - 2, 1, 1), date(edition - 1, 12, 31)
        if innovation.stage != "implementation":
            innovation.implementation_date = None
        elif innovation.implementation_date is None:
            is_inside = self.random.random() < 0.94
            innovation.implementation_date = self._day(first, last) if is_inside else self._day(date(2018, 1, 1), first)
        elif innovation.implementation_date < first and self.random.random() < 0.9:
            innovation.implementation_date = self._day(first, last)
        if innovation.stage == "initiative":
            innovation.trial_date = None
        elif innovation.implementation_date is not None:
            innovation.trial_date = innovation.implementation_date - timedelta(days=self.random.randint(30, 240))
        elif innovation.trial_date is None:
            innovation.trial_date = self._day(date(edition - 1, 7, 1), date(edition, 5, 31))

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.random.randint(0, (last - first).days))


@cache
def title_parts() -> dict[str, Any]:
    """`data/title_parts.toml`."""
    return tomllib.loads((DATA / "title_parts.toml").read_text(encoding="utf-8"))


def acronym(name: str) -> str:
    """The acronym that offices like to make: the beginning of each word up to its first vowel."""
    pieces = []
    for word in name.split():
        end = next((place for place, letter in enumerate(word.lower()) if letter in "aiueo"), len(word) - 1)
        pieces.append(word[: end + 1])
    return "".join(pieces).upper()


def _levels(innovation: Innovation) -> tuple[int, ...]:
    levels = []
    for indicator, luck in zip(sid_indicators(), innovation.luck, strict=True):
        # Heavy indicators (regulation, replication, video) are the hard ones in every season.
        hardness = 0.035 * (indicator.weight - 1)
        score = innovation.quality + 0.5 * (luck - 0.5) - hardness
        levels.append(sum(score > edge for edge in (0.2, 0.46, 0.76)))
    return tuple(levels)
