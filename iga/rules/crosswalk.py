"""Says what a level of one edition's list means in another's: an interval of levels, with reason and source.

The files `<from>_<to>.csv` hold one row per indicator and level that the sources let us compare. Level 0, no valid
evidence, is 0 in every edition unless a file says otherwise. What a file states counts before anything else:

1. the file that leads straight from one list to the other;
2. the file of the other direction, read backwards: which levels could have become this one;
   of lines that a file between neighbours leaves out, those that were taken over as they were map level by level;
3. without either, steps along the chains of the two editions (`based_on`), as few as it takes. A step is a file in
   either direction; or, between neighbours, the lines that were taken over as they were, level by level.

Reading backwards and joining steps give every level that is possible, and so are wider but true. What nothing speaks of
may be any level. An edition is based on earlier ones alone: so a rulebook that is added later has no part in what two
earlier lists mean to each other.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from iga.errors import RulebookInvalid, Sentence
from iga.reasons import slip_of
from iga.rules.book import Rulebook
from iga.rules.chain import place_of
from iga.rules.collection import LEVEL_LISTS, Rulebooks, shipped_rulebooks
from iga.rules.parts import Confidence, Group, Indicator
from iga.rules.stated import parsed
from iga.rules.toml_text import line_of

Basis = Literal["same", "file", "inverse", "joined", "absent"]
"""How the two lists are tied: one list, a file, a file read backwards, steps along the chain, or not at all."""

COLUMNS = ("indicator_number", "level", "lower", "upper", "confidence", "source", "reason_id", "reason_en")
"""The columns of a file."""

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


@dataclass(frozen=True)
class Crosswalk:
    """The levels of `from_edition` under the rules of `to_edition`, by a collection of rulebooks."""

    from_edition: str
    to_edition: str
    source_rules: Rulebook | None = field(compare=False)
    target_rules: Rulebook = field(compare=False)
    basis: Basis = field(compare=False)
    reading: LevelList | None = field(compare=False)
    maps: Mapping[tuple[str, int], LevelMap] = field(compare=False)
    rulebooks: Rulebooks

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


@lru_cache(maxsize=1024)
def _crosswalk(from_edition: str, to_edition: str, rulebooks: Rulebooks) -> Crosswalk:
    target = rulebooks.of(to_edition)
    source = _with_list(from_edition, rulebooks)
    reading = None if source else level_lists(rulebooks).get(from_edition)
    if reading is not None:
        source = _with_list(reading.edition, rulebooks)
    basis, maps = _tie(source, target, rulebooks)
    return Crosswalk(from_edition, target.name, source, target, basis, reading, maps, rulebooks)


def _with_list(edition: str, rulebooks: Rulebooks) -> Rulebook | None:
    """The rulebook of an edition if it has a list of levels."""
    rules = rulebooks.of(edition) if edition in rulebooks else None
    return rules if rules is not None and rules.sid_groups else None


class _StatedList(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    list_of: int
    confidence: Confidence
    source: tuple[str, ...]
    reason_id: str
    reason_en: str


@lru_cache(maxsize=1024)
def level_lists(rulebooks: Rulebooks) -> Mapping[str, LevelList]:
    """Return the editions that are read by another edition's list, from `level_lists.toml`.

    Raises RulebookInvalid, with the line, for an entry that cannot be read.
    """
    text = rulebooks.files.level_lists
    return {edition: _level_list(edition, stated, text) for edition, stated in parsed(LEVEL_LISTS, text).items()}


def _level_list(edition: str, stated: object, text: str) -> LevelList:
    try:
        read = _StatedList.model_validate(stated)
    except ValidationError as error:
        key, reason = slip_of(error)
        raise RulebookInvalid(
            "{reason}.",
            place=place_of(LEVEL_LISTS, f"{edition}.{key}", line_of(text, (edition, key))),
            fix="Write list_of, confidence, source, reason_id and reason_en.",
            reason=reason,
        ) from None
    return LevelList(str(read.list_of), read.confidence, read.source, read.reason_id, read.reason_en)


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
    if (step := _by_file(source, target, rulebooks)) is not None:
        return step
    maps: Maps | None = None
    for first, second in pairwise(_steps(source, target, rulebooks)):
        step = _by_file(first, second, rulebooks) or ("joined", _taken_over(first, second))
        maps = step[1] if maps is None else _joined(maps, step[1], source, first)
    return ("joined", maps) if maps else ("absent", {})


def _by_file(source: Rulebook, target: Rulebook, rulebooks: Rulebooks) -> tuple[Basis, Maps] | None:
    """The file between two lists, or the one of the other direction read backwards."""
    known = rulebooks.files.crosswalks
    if f"{source.name}_{target.name}" in known:
        return "file", _filled(_file(source, target, rulebooks), source, target, rulebooks)
    if f"{target.name}_{source.name}" in known:
        backwards = _backwards(_file(target, source, rulebooks), target, source)
        return "inverse", _filled(backwards, source, target, rulebooks)
    return None


def _filled(stated: Maps, source: Rulebook, target: Rulebook, rulebooks: Rulebooks) -> Maps:
    """What a file states, and of the lines that it leaves out those that a neighbour has taken over."""
    later, earlier = sorted((source, target), key=lambda rules: rules.edition, reverse=True)
    if _lists_along(later, rulebooks)[1:2] != [earlier]:
        return stated
    numbers = {number for number, _ in stated}
    return stated | {place: row for place, row in _taken_over(source, target).items() if place[0] not in numbers}


def _steps(source: Rulebook, target: Rulebook, rulebooks: Rulebooks) -> list[Rulebook]:
    """The lists that lead from one to the other in the fewest steps; none if nothing leads there.

    They are those of the two editions and of what they are based on. A step is a file in either direction, or leads to
    a neighbour in a chain. Of ways with as few steps the one with more files counts, then the one of earlier editions.
    """
    chains = [_lists_along(rules, rulebooks) for rules in (source, target)]
    neighbours = {frozenset((one.name, other.name)) for chain in chains for one, other in pairwise(chain)}
    lists = {rules.name: rules for chain in chains for rules in chain}
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, 0, (source.name,))]
    reached: set[str] = set()
    while waiting:
        steps, unfiled, way = heappop(waiting)
        here = lists[way[-1]]
        if here == target:
            return [lists[name] for name in way]
        if here.name in reached:
            continue
        reached.add(here.name)
        for name, there in lists.items():
            is_filed = _by_file(here, there, rulebooks) is not None
            if name not in reached and (is_filed or frozenset((here.name, name)) in neighbours):
                heappush(waiting, (steps + 1, unfiled + (not is_filed), (*way, name)))
    return []


def _lists_along(rules: Rulebook, rulebooks: Rulebooks) -> list[Rulebook]:
    """The rulebooks with lists among an edition and those that it is based on, the latest first."""
    names = [rules.name, *map(str, rules.bases)]
    return [found for name in names if (found := _with_list(name, rulebooks)) is not None]


def _taken_over(source: Rulebook, target: Rulebook) -> Maps:
    """The levels of the lines whose list of levels is the same in both: of the same key, and with the same words."""
    earlier, later = sorted((source, target), key=lambda rules: rules.edition)
    place = f"{later.name}.toml"
    reason = (
        f"Daftar tingkat {later.name} tidak menyebut perubahan; diambil dari {earlier.name}.",
        f"The list of {later.name} states no change; taken over from {earlier.name}.",
    )
    targets = {group.key: group for group in target.sid_groups}
    found: Maps = {}
    for group in source.sid_groups:
        same = targets.get(group.key)
        if same is None:
            continue
        lines = {line.key: _levels_of(line) for line in same.members}
        kept = [line for line in group.members if lines.get(line.key) == _levels_of(line)]
        numbers = [line.number for line in kept]
        if len(kept) == len(group.members) == len(same.members):
            numbers = [*group.numbers]
        for number in numbers:
            for level in range(group.top_level + 1):
                found[number, level] = LevelMap(number, level, level, level, "low", place, *reason)
    return found


def _levels_of(line: Indicator) -> tuple[object, ...]:
    """What the levels of a line mean, whatever they weigh."""
    bounds = tuple((level.text_id, level.lower, level.upper) for level in line.levels)
    return (bounds, line.unit, line.direction, line.grid)


@lru_cache(maxsize=1024)
def _file(source: Rulebook, target: Rulebook, rulebooks: Rulebooks) -> Maps:
    """The rows of a file, checked against both lists, with level 0 added where the file leaves it out."""
    pair = f"{source.name}_{target.name}"
    name = f"{pair}.csv"
    rows = rows_of(rulebooks.files.crosswalks[pair])
    if lacks := [column for column in COLUMNS if column not in (rows.fieldnames or ())]:
        raise RulebookInvalid(
            "the column {column} is missing.",
            place=Sentence("{file}, line {line}", file=name, line=1),
            fix="Write as the first line: {columns}.",
            column=lacks[0],
            columns=",".join(COLUMNS),
        )
    stated = [_row(row, name, source, target) for row in rows]
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


def rows_of(text: str) -> "csv.DictReader[str]":
    """Return the rows of a crosswalk's text; between commas, or between semicolons as spreadsheets here write them."""
    head, _, _ = text.partition("\n")
    return csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")


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


def _backwards(forward: Maps, source: Rulebook, target: Rulebook) -> Maps:
    """For each level of the target's list, the levels of the source's that could have become it."""
    found: Maps = {}
    for number in dict.fromkeys(number for number, _ in forward):
        there = _number_in(target, source, number)
        rows = [each for (other, _), each in forward.items() if other == number]
        for level in range(max(each.upper for each in rows) + 1):
            sources = [each for each in rows if each.lower <= level <= each.upper]
            if sources and there is not None:
                found[there, level] = _hull(there, level, sources, [each.level for each in sources])
    return found


def _joined(first: Maps, second: Maps, source: Rulebook, middle: Rulebook) -> Maps:
    """Each level through the middle list: every level that any of its levels there can become."""
    found: Maps = {}
    for (number, level), step in first.items():
        there = _number_in(middle, source, number)
        steps = [second.get((there or "", reached)) for reached in range(step.lower, step.upper + 1)]
        if None not in steps:
            known = [each for each in steps if each is not None]
            levels = [bound for each in known for bound in (each.lower, each.upper)]
            found[number, level] = _hull(number, level, [step, *known], levels)
    return found


def _number_in(rules: Rulebook, source: Rulebook, number: str) -> str | None:
    """The number that the line `number` of the source bears in another list: keys stay, numbers may not."""
    group = source.group(number)
    same = next((each for each in rules.sid_groups if each.key == group.key), None)
    if same is None:
        return None
    line = next((line for line in group.members if line.number == number and number != group.number), None)
    if line is None:
        return same.number
    return next((each.number for each in same.members if each.key == line.key), None)


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
