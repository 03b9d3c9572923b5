"""Which unit of a register a name means, by rules alone: short forms, kinds, numbers, places, former names.

A name is written out (`reference/unit_words.toml`), its kind, its words and its numbers are told apart, and it means a
unit where exactly one of the register has the same three. "SDN 05" is "SD Negeri 5" and never "SD Negeri 15";
"Kel. Magelang Utara" is never the kecamatan of that name. What is only alike is not tied here: it is asked.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any

import polars as pl

from warehouse.reference import load_reference, unit_kind_of
from warehouse.region import RegionNotFound, region_of_code

NO_KIND = "other"
"""The kind of a name that has no word for its kind."""
_MOST_READINGS = 16
_MOST_WORDS = 60
"""A cell with more words is a text and no name of a unit."""
_APOSTROPHES = re.compile(r"[\u0027\u2019\u2018\u02bc\u0060\u00b4]")
_SEPARATORS = re.compile(r"[\W_]+")
_LETTERS_NUMBER = re.compile(r"(?P<word>sdn?|smpn?|sdit|smpit|pkm|puskesmas|negeri|n|no)(?P<number>\d+)")
_TENS, _ONES = ("", "x", "xx", "xxx"), ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = {
    f"{tens}{ones}": 10 * ten + one for ten, tens in enumerate(_TENS) for one, ones in enumerate(_ONES) if tens or ones
}


@dataclass(frozen=True)
class Proposals:
    """Which units are proposed for a name that no rule ties: from which score on, and how many."""

    least_score: int
    most: int


@dataclass(frozen=True)
class UnitWords:
    """The content of ``reference/unit_words.toml``; phrases are tuples of words."""

    proposals: Proposals
    without_meaning: frozenset[str]
    optional: Mapping[str, tuple[str, ...]]
    little: frozenset[str]
    kind_words: Mapping[str, frozenset[str]]
    named_by_place: frozenset[str]
    within_kecamatan: frozenset[str]
    of_the_region: frozenset[str]
    any_order: frozenset[str]
    written_out: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]
    may_mean: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]


@cache
def load_unit_words() -> UnitWords:
    """Return the words by which names of units are read."""
    text = files("warehouse").joinpath("reference", "unit_words.toml").read_text(encoding="utf-8")
    content: dict[str, Any] = tomllib.loads(text)
    kinds: dict[str, list[str]] = content["kinds"]
    said = ("named_by_place", "within_kecamatan", "of_the_region", "any_order")
    empty = content["without_meaning"]
    return UnitWords(
        proposals=Proposals(content["proposals"]["least_score"], content["proposals"]["most"]),
        without_meaning=frozenset(empty["words"]),
        optional={row["word"]: tuple(row["after"]) for row in empty["optional"]},
        little=frozenset(empty["little"]),
        kind_words={kind: frozenset(words) for kind, words in kinds.items() if kind not in said},
        **{name: frozenset(kinds[name]) for name in said},
        written_out=_phrases(content["written_out"]),
        may_mean=_phrases(content["may_mean"]),
    )


def _phrases(table: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    return {tuple(short.split()): tuple(tuple(long.split()) for long in longs) for short, longs in table.items()}


@dataclass(frozen=True)
class Reading:
    """One way to read a name: the kind that its words say, the other words, its numbers, and its kecamatan if named."""

    kind: str
    words: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    within: str | None = None

    @property
    def texts(self) -> frozenset[str]:
        """What two names are compared by: the words without spaces; in any order for kinds of `any_order`."""
        plain = "".join(self.words)
        if self.kind not in load_unit_words().any_order:
            return frozenset((plain,))
        return frozenset((plain, " ".join(sorted(self.words))))


@lru_cache(maxsize=50_000)
def readings_of(name: str, region_code: str = "") -> tuple[Reading, ...]:
    """Return how a name may be read; the name of its own region ("Kota Bengkulu") is no part of it."""
    return tuple(dict.fromkeys(_reading(one, region_code) for one in _ways_to_write(name) if one))


@lru_cache(maxsize=50_000)
def _ways_to_write(name: str) -> tuple[tuple[str, ...], ...]:
    """A name written out, without regard to its region: the registers of a country share most names."""
    words = words_of(name)
    if not words or len(words) > _MOST_WORDS:
        return ()
    return tuple(_written_out(words, load_unit_words().written_out))


@lru_cache(maxsize=50_000)
def kind_by_name(name: str) -> str:
    """Return the kind of a unit that no register knows, by its name as written, else written out; `other` if none."""
    kind = unit_kind_of(name)
    return kind if kind != NO_KIND else next((one.kind for one in readings_of(name)), NO_KIND)


@lru_cache(maxsize=50_000)
def possible_readings_of(name: str, region_code: str = "") -> tuple[Reading, ...]:
    """Return how a name may be read, those ways among them that only propose a unit (`may_mean`)."""
    words = words_of(name)
    more: tuple[Reading, ...] = ()
    if words and len(words) <= _MOST_WORDS:
        first = _written_out(words, load_unit_words().may_mean)
        again = [longer for one in first for longer in _written_out(one, load_unit_words().written_out)]
        more = tuple(_reading(one, region_code) for one in again[:_MOST_READINGS] if one)
    return tuple(dict.fromkeys((*readings_of(name, region_code), *more)))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without punctuation and without signs that nobody sees."""
    seen = name if name.isascii() else _without_unseen(name)
    words = _SEPARATORS.sub(" ", _APOSTROPHES.sub("", seen.casefold()).replace("&", " dan ")).split()
    parted: list[str] = []
    for word in words:
        found = _LETTERS_NUMBER.fullmatch(word)
        parted += [found["word"], found["number"]] if found else [word]
    return tuple(_with_letters_joined(parted))


def _without_unseen(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")


def _with_letters_joined(words: Sequence[str]) -> list[str]:
    """Single letters that follow each other are one short form: "S.D.N. 5"."""
    joined: list[str] = []
    run = ""
    for word in (*words, ""):
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        if word:
            joined.append(word)
    return joined


def _written_out(
    words: tuple[str, ...], phrases: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]
) -> list[tuple[str, ...]]:
    """The words with each short form written out, the longest first; several where it has several long forms."""
    parts: list[tuple[tuple[str, ...], ...]] = []
    place = 0
    while place < len(words):
        length = next((n for n in range(min(6, len(words) - place), 0, -1) if words[place : place + n] in phrases), 0)
        parts.append(phrases[words[place : place + length]] if length else ((words[place],),))
        place += length or 1
    ways = []
    for way in product(*parts):
        ways.append(tuple(word for part in way for word in part))
        if len(ways) == _MOST_READINGS:
            break
    return ways


def _reading(words: tuple[str, ...], region_code: str) -> Reading:
    known = load_unit_words()
    words = tuple(word for word in words if word not in known.without_meaning)
    words = _said_once(_without_office_above(words))
    kind = unit_kind_of(" ".join(words))
    bare = _told_apart(_without_region(words, region_code, kind), kind)
    return bare if bare.words or bare.numbers else _told_apart(words, kind)


def _said_once(words: tuple[str, ...]) -> tuple[str, ...]:
    """ "BPKAD (Badan Pengelolaan Keuangan dan Aset Daerah)" says one name twice."""
    half = len(words) // 2
    return words[:half] if half and len(words) % 2 == 0 and words[:half] == words[half:] else words


def _without_office_above(words: tuple[str, ...]) -> tuple[str, ...]:
    """A bagian is one of the sekretariat daerah, an office is no building, a kelurahan comes before its kecamatan."""
    above = ("sekretariat", "daerah")
    if words[:3] == (*above, "bagian"):
        words = words[2:]
    if words[:1] == ("bagian",) and len(words) > 3:
        place = next((at for at in range(2, len(words) - 1) if words[at : at + 2] == above), 0)
        words = (*words[:place], *words[place + 2 :]) if place else words
    if words[:2] in (("kantor", "dinas"), ("kantor", "badan")):
        words = words[1:]
    if words[:1] == ("kecamatan",) and "kelurahan" in words[2:]:
        place = words.index("kelurahan", 2)
        words = (*words[place:], *words[:place])
    return words


def _without_region(words: tuple[str, ...], region_code: str, kind: str) -> tuple[str, ...]:
    """The words without "(pemerintah) kota X" behind the first; for schools without a bare X at the end too."""
    for full, bare in _names_of_region(region_code):
        for name in (("pemerintah", *full), full):
            place = next((at for at in range(1, len(words)) if words[at : at + len(name)] == name), 0)
            if place:
                words = (*words[:place], *words[place + len(name) :])
        if kind in load_unit_words().of_the_region and len(words) > len(bare) + 1 and words[-len(bare) :] == bare:
            words = words[: -len(bare)]
    return words


@cache
def _names_of_region(region_code: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    if not region_code:
        return ()
    try:
        region = region_of_code(region_code)
    except RegionNotFound:
        return ()
    return ((words_of(f"{region.region_type} {region.name}"), words_of(region.name)),)


def _told_apart(words: tuple[str, ...], kind: str) -> Reading:
    known = load_unit_words()
    of_kind = known.kind_words.get(kind, frozenset())
    start = next((place for place, word in enumerate(words) if word not in of_kind), len(words))
    rest = words[start:]
    within = None
    if kind in known.within_kecamatan and "kecamatan" in rest[1:]:
        place = rest.index("kecamatan", 1)
        within = "".join(rest[place + 1 :]) or None
        rest = rest[:place] if within else rest
    kept: list[str] = []
    numbers: list[int] = []
    for place, word in enumerate(rest):
        if word.isdecimal():
            numbers.append(int(word))
        elif kind not in known.any_order and word in _ROMAN and (place or kind in known.within_kecamatan):
            numbers.append(_ROMAN[word])
        elif not (word in known.optional and place and rest[0] in known.optional[word]):
            kept.append(word)
    return Reading(kind, tuple(kept), tuple(numbers), within)


@dataclass(frozen=True)
class KnownUnit:
    """A unit of a register, as names are held against it: kecamatan and years are None where nobody states them."""

    unit_id: str
    unit_code: str
    name: str
    unit_kind: str
    aliases: tuple[str, ...] = ()
    kecamatan: str | None = None
    first_year: int | None = None
    last_year: int | None = None
    successor_id: str | None = None

    def stands_in(self, edition: int) -> bool:
        """Whether it was there in the year of the edition."""
        return (self.first_year or edition) <= edition <= (self.last_year or edition)

    def readings(self, region_code: str) -> tuple[Reading, ...]:
        """Return how its name and its aliases are read; where they do not say its kind, the register does."""
        return tuple(
            Reading(self.unit_kind, one.words, one.numbers, one.within) if one.kind == NO_KIND else one
            for name in (self.name, *self.aliases)
            for one in readings_of(name, region_code)
        )


def known_units(register: pl.DataFrame) -> list[KnownUnit]:
    """Return the units of a register as the table `unit` has them; aliases are in its column `alias`, if it has one."""
    places = _subdistricts()
    names = dict(register.select("unit_id", "name").iter_rows()) if register.height else {}
    units = []
    for row in register.iter_rows(named=True):
        above = names.get(row["parent_unit_id"])
        units.append(
            KnownUnit(
                unit_id=row["unit_id"],
                unit_code=row["unit_code"],
                name=row["name"],
                unit_kind=row["unit_kind"],
                aliases=tuple(alias for alias in (row.get("alias") or "").split("|") if alias.strip()),
                kecamatan=_kecamatan(row["subdistrict_code"], above, places),
                first_year=row["valid_from"].year if row["valid_from"] else None,
                last_year=row["valid_to"].year if row["valid_to"] else None,
                successor_id=row["successor_unit_id"],
            )
        )
    return units


@cache
def _subdistricts() -> dict[str, tuple[str, str]]:
    """The name of each subdistrict and the code of what it lies in, by its own code."""
    rows = load_reference("subdistrict").select("code", "name", "parent_code").iter_rows()
    return {code: (name, parent) for code, name, parent in rows}


def _kecamatan(code: str | None, above: str | None, places: Mapping[str, tuple[str, str]]) -> str | None:
    """The kecamatan that a unit lies in, as `Reading.within` writes one: by its code, else its parent unit."""
    name, parent = places.get(code or "", (None, ""))
    if name is not None:
        name = places[parent][0] if parent in places else name
        return "".join(words_of(name))
    found = [one for one in readings_of(above or "") if one.kind == "kecamatan"]
    return "".join(found[0].words) if found else None


_Named = list[tuple[KnownUnit, str | None]]


class UnitNames:
    """The names of one region's register. `unit_of` gives the unit that a name means, or None where that is open.

    The names are read when a name is first asked for: most files write them as the register does.
    """

    def __init__(self, region_code: str, units: Iterable[KnownUnit]) -> None:
        self.region_code = region_code
        self.units = {unit.unit_id: unit for unit in units}

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str, tuple[int, ...]], _Named]:
        found: dict[tuple[str, str, tuple[int, ...]], _Named] = {}
        for unit in self.units.values():
            for reading in unit.readings(self.region_code):
                for text in reading.texts:
                    found.setdefault((reading.kind, text, reading.numbers), []).append((unit, reading.within))
        return found

    @cached_property
    def _by_place(self) -> dict[tuple[str, tuple[int, ...]], _Named]:
        found: dict[tuple[str, tuple[int, ...]], _Named] = {}
        for (kind, text, numbers), named in self._by_kind.items():
            if kind in load_unit_words().named_by_place:
                found.setdefault((text, numbers), []).extend(named)
        return found

    def unit_of(self, name: str, edition: int) -> KnownUnit | None:
        """Return the one unit that a name means by rule in an edition, or the one that has taken its place by then."""
        meant = self._meant(name)
        standing = {unit.unit_id: unit for unit in meant if unit.stands_in(edition)}
        if not standing:
            standing = {unit.unit_id: unit for one in meant if (unit := self.standing_for(one, edition)) is not None}
        return next(iter(standing.values())) if len(standing) == 1 else None

    def standing_for(self, unit: KnownUnit, edition: int) -> KnownUnit | None:
        """Return the unit itself, or the one that took its place, that stands in an edition."""
        seen = {unit.unit_id}
        while not unit.stands_in(edition):
            following = self.units.get(unit.successor_id or "")
            if following is None or following.unit_id in seen:
                return None
            seen.add(following.unit_id)
            unit = following
        return unit

    def _meant(self, name: str) -> list[KnownUnit]:
        found = []
        for reading in readings_of(name, self.region_code):
            for text in reading.texts:
                named = self._by_kind.get((reading.kind, text, reading.numbers), [])
                if reading.kind == NO_KIND:
                    named = [*named, *self._by_place.get((text, reading.numbers), [])]
                found += [unit for unit, within in named if reading.within in (None, within, unit.kecamatan)]
        return found
