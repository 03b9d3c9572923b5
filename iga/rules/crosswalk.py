"""Says what a level of one edition's list means in another's: an interval of levels, with reason and source.

The files `iga/rules/crosswalks/<from>_<to>.csv` hold one row per indicator and level that the sources let us compare.
Level 0, no valid evidence, is 0 in every edition unless a file says otherwise. Where no file leads straight from one
list to the other, a file is read backwards (which levels could have become this one), or two are joined through the
newest complete edition; both give every level that is possible, and so are wider but true. What no file speaks of may
be any level.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from iga.errors import RulebookInvalid, Sentence
from iga.rules.book import Rulebook
from iga.rules.collection import Rulebooks, shipped_rulebooks
from iga.rules.parts import Confidence, Group

Basis = Literal["same", "file", "inverse", "joined", "absent"]
"""How the two lists are tied: one list, a file, a file read backwards, two files, or not at all."""

_ORDER: tuple[Confidence, ...] = ("unknown", "low", "medium", "high")


@dataclass(frozen=True)
class LevelMap:
    """What one level of an indicator becomes: the lowest and the highest level possible in the other list."""

    number: str
    level: int
    lower: int
    upper: int
    confidence: Confidence
    source: str
    reason_id: str
    reason_en: str

    @property
    def is_single(self) -> bool:
        """The level becomes exactly one level."""
        return self.lower == self.upper


@dataclass(frozen=True)
class LevelList:
    """The edition by whose list the levels of an edition are read; another one's where its own was not found."""

    edition: str
    confidence: Confidence
    source: tuple[str, ...]
    reason_id: str
    reason_en: str


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """The levels of `from_edition` under the rules of `to_edition`; one object for each collection of rules."""

    from_edition: str
    to_edition: str
    source_rules: Rulebook | None
    target_rules: Rulebook
    basis: Basis
    reading: LevelList | None
    maps: Mapping[tuple[str, int], LevelMap]

    @property
    def confidence(self) -> Confidence:
        """The lowest confidence among what the crosswalk rests on."""
        stated = [each.confidence for each in self.maps.values()]
        if self.reading is not None:
            stated.append(self.reading.confidence)
        return min(stated, key=_ORDER.index, default="high" if self.basis == "same" else "unknown")

    @property
    def groups(self) -> tuple[tuple[Group | None, Group], ...]:
        """Each scored line of the target with the line of the source that bears the same key, if there is one."""
        known = {group.key: group for group in self.source_rules.sid_groups} if self.source_rules else {}
        return tuple((known.get(group.key), group) for group in self.target_rules.sid_groups)

    def interval(self, number: str, level: int) -> tuple[int, int]:
        """The lowest and the highest level that `level` of the indicator `number` can be in the other list."""
        stated = self.maps.get((number, level))
        if stated is not None:
            return stated.lower, stated.upper
        if self.basis == "same":
            return level, level
        return 0, _top_of(self.target_rules, self.source_rules, number)

    def is_unmapped(self, stated: LevelMap) -> bool:
        """The texts say no more than whether there is evidence at all: any level from 0 or 1 to the top."""
        return stated.lower <= 1 and stated.upper == _top_of(self.target_rules, self.source_rules, stated.number)

    def widening(self) -> tuple[LevelMap, ...]:
        """The levels that become more than one level, in the order of the list: what widens the bounds."""
        return tuple(each for each in self.maps.values() if not each.is_single)


def crosswalk(from_edition: int | str, to_edition: int | str, rulebooks: Rulebooks | None = None) -> Crosswalk:
    """Return the crosswalk between the lists of two editions of a collection, the shipped one unless it is given.

    Raises RulebookNotFound if `to_edition` has no rulebook.

    An edition whose own list was not found is read by the list that `level_lists.toml` names (`reading` says so, with
    low confidence). An edition without any list gives basis `absent`: each of its levels may be any level.
    """
    return _crosswalk(str(from_edition), str(to_edition), rulebooks or shipped_rulebooks())


@cache
def _crosswalk(from_edition: str, to_edition: str, rulebooks: Rulebooks) -> Crosswalk:
    target = rulebooks.of(to_edition)
    reading = level_lists(rulebooks).get(from_edition)
    source_name = reading.edition if reading else from_edition
    source = rulebooks.of(source_name) if source_name in rulebooks else None
    if source is not None and not source.sid_groups:
        source = None
    basis, maps = _tie(source, target, rulebooks)
    return Crosswalk(from_edition, target.name, source, target, basis, reading, maps)


@cache
def level_lists(rulebooks: Rulebooks) -> Mapping[str, LevelList]:
    """Return the editions that are read by another edition's list, from `level_lists.toml`."""
    return {
        edition: LevelList(
            str(stated["list_of"]),
            stated["confidence"],
            tuple(stated["source"]),
            stated["reason_id"],
            stated["reason_en"],
        )
        for edition, stated in tomllib.loads(rulebooks.files.level_lists).items()
    }


def known_crosswalks(rulebooks: Rulebooks | None = None) -> tuple[tuple[str, str], ...]:
    """Return the pairs of editions that a file ties."""
    pairs = (name.partition("_") for name in (rulebooks or shipped_rulebooks()).files.crosswalks)
    return tuple(sorted((source, target) for source, _, target in pairs))


Maps = dict[tuple[str, int], LevelMap]


def _tie(source: Rulebook | None, target: Rulebook, rulebooks: Rulebooks) -> tuple[Basis, Maps]:
    if source is None or not target.sid_groups:
        return "absent", {}
    if source == target:
        return "same", {}
    known = known_crosswalks(rulebooks)
    if (source.name, target.name) in known:
        return "file", _file(source, target, rulebooks)
    if (target.name, source.name) in known:
        return "inverse", _backwards(_file(target, source, rulebooks))
    hub = rulebooks.newest_complete()
    first, second = _tie(source, hub, rulebooks), _tie(hub, target, rulebooks)
    if hub in (source, target) or "absent" in (first[0], second[0]):
        return "absent", {}
    return "joined", _joined(first[1], second[1])


@cache
def _file(source: Rulebook, target: Rulebook, rulebooks: Rulebooks) -> Maps:
    """The rows of a file, checked against both lists, with level 0 added where the file leaves it out."""
    pair = f"{source.name}_{target.name}"
    name = f"{pair}.csv"
    stated = [_row(row, name, source, target) for row in csv.DictReader(rulebooks.files.crosswalks[pair].splitlines())]
    by_place = {(each.number, each.level): each for each in stated}
    if len(by_place) != len(stated):
        raise RulebookInvalid(
            "an indicator and level stands twice.", place="{name}", fix="Keep one row of each.", name=name
        )
    numbers = dict.fromkeys(each.number for each in stated)
    whole: Maps = {}
    for number in numbers:
        for level in range(_top(source, number) + 1):
            found = by_place.get((number, level)) or _nothing(number, level, name)
            whole[number, level] = found
    return whole


def _row(row: Mapping[str, str], name: str, source: Rulebook, target: Rulebook) -> LevelMap:
    place = Sentence(
        "{file}, indicator {number}, level {level}", file=name, number=row["indicator_number"], level=row["level"]
    )
    try:
        number, level = row["indicator_number"], int(row["level"])
        lower, upper = int(row["lower"]), int(row["upper"])
        is_possible = 0 <= level <= _top(source, number) and 0 <= lower <= upper <= _top_of(target, source, number)
    except (KeyError, ValueError, TypeError) as error:
        raise RulebookInvalid(
            "the row cannot be read ({reason}).", place=place, fix="Repair the row.", reason=error
        ) from None
    if (
        not is_possible
        or row["confidence"] not in _ORDER
        or not (row["source"] and row["reason_id"] and row["reason_en"])
    ):
        raise RulebookInvalid(
            "a level is outside its list, or confidence, source or reason is missing.",
            place=place,
            fix="Write levels of both lists with lower <= upper, and say why.",
        )
    told = row["source"], row["reason_id"], row["reason_en"]
    return LevelMap(number, level, lower, upper, row["confidence"], *told)


def _nothing(number: str, level: int, name: str) -> LevelMap:
    if level != 0:
        raise RulebookInvalid(
            "level {level} of indicator {number} has no row.",
            place="{name}",
            fix="Add it, with the interval possible.",
            level=level,
            number=number,
            name=name,
        )
    reason = ("Tanpa bukti sah bernilai 0 di setiap edisi.", "Without valid evidence 0 in every edition.")
    return LevelMap(number, 0, 0, 0, "high", "rules.md", *reason)


def _backwards(forward: Maps) -> Maps:
    """For each level of the other list, the levels that could have become it."""
    found: Maps = {}
    for number in dict.fromkeys(number for number, _ in forward):
        rows = [each for (other, _), each in forward.items() if other == number]
        for level in range(max(each.upper for each in rows) + 1):
            sources = [each for each in rows if each.lower <= level <= each.upper]
            if sources:
                found[number, level] = _hull(number, level, sources, [each.level for each in sources])
    return found


def _joined(first: Maps, second: Maps) -> Maps:
    """Each level through the middle list: every level that any of its levels there can become."""
    found: Maps = {}
    for (number, level), step in first.items():
        steps = [second.get((number, middle)) for middle in range(step.lower, step.upper + 1)]
        if None not in steps:
            known = [each for each in steps if each is not None]
            levels = [bound for each in known for bound in (each.lower, each.upper)]
            found[number, level] = _hull(number, level, [step, *known], levels)
    return found


def _hull(number: str, level: int, rows: list[LevelMap], levels: list[int]) -> LevelMap:
    telling = [each for each in rows if not each.is_single] or rows
    return LevelMap(
        number,
        level,
        min(levels),
        max(levels),
        min((each.confidence for each in rows), key=_ORDER.index),
        "; ".join(dict.fromkeys(each.source for each in rows)),
        " ".join(dict.fromkeys(each.reason_id for each in telling)),
        " ".join(dict.fromkeys(each.reason_en for each in telling)),
    )


def _top(rules: Rulebook, number: str) -> int:
    return rules.group(number).top_level


def _top_of(target: Rulebook, source: Rulebook | None, number: str) -> int:
    """The top level of the target's line that bears the key of the source's `number`; its own number without one."""
    key = _key(source, number)
    tops = [group.top_level for group in target.sid_groups if group.key == key or number in group.numbers]
    return max(tops, default=0)


def _key(source: Rulebook | None, number: str) -> str | None:
    groups: Iterator[Group] = iter(source.sid_groups if source else ())
    return next((group.key for group in groups if number in group.numbers), None)
