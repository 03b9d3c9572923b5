"""Which row of a returned workbook is which row of the file that went back: by its id, else by what it says.

The place of a row decides nothing. What cannot be told for sure is held, and never taken for another innovation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

ALIKE, PERHAPS_ALIKE = 85, 60
"""How alike (0 to 100) two titles of one unit are where one is a correction of the other, and where it may be."""
TELLING_CELLS = 2
"""How many cells that no other row of the file holds make a row known without its title."""
_MOST_PAIRS = 1_000_000


@dataclass(frozen=True)
class Row:
    """A data row: `name` is its title and unit, simplified; `texts` its other fields as text, empty ones left out.

    `mark` is the source_id that its hidden cell states, or its own where it is a row of the file that went back.
    """

    number: int
    title: str
    name: str
    texts: Mapping[str, str]
    external_id: str | None = None
    mark: str | None = None
    is_mark_broken: bool = False


@dataclass
class Matches:
    """What became of each row of a returned workbook, by its number."""

    sent: dict[int, int] = field(default_factory=dict)
    """the row of the file that went back which it is"""
    added: list[int] = field(default_factory=list)
    """rows that the sender added"""
    held: dict[int, str] = field(default_factory=dict)
    """rows of which it cannot be told, with the rule"""
    missing: list[int] = field(default_factory=list)
    """rows of the file that went back which did not return"""


def matched_rows(sent: Sequence[Row], back: Sequence[Row]) -> Matches:
    """Return which of the rows that came `back` is which of those that were `sent`.

    Ids decide while nothing speaks against them. Where the cells were sorted and the ids stayed behind, no id counts.
    A row without an id is known by its number, its name, or cells that only one row of the file holds.
    """
    matches = Matches()
    claimed = _claimed(sent, back)
    taken = _match_by_id(sent, claimed, matches)
    free = [row for row in sent if row.number not in taken]
    rest = [row for row in back if row.number not in matches.sent and row.number not in matches.held]
    _match_by_content(sent, free, rest, matches)
    returned = {*matches.sent.values(), *taken}
    matches.missing = [row.number for row in sent if row.number not in returned]
    return matches


def _claimed(sent: Sequence[Row], back: Sequence[Row]) -> dict[int, list[Row]]:
    """Row that was sent -> the rows that bear its id; nothing where the ids stayed behind when the cells were sorted.

    They did where a row says more of what another row said than of what the row of its id said.
    """
    by_mark = {row.mark: row for row in sent}
    by_name = _grouped(sent, "name")
    claimed: dict[int, list[Row]] = defaultdict(list)
    for row in back:
        origin = by_mark.get(row.mark) if row.mark is not None else None
        if origin is None:
            continue
        if row.name != origin.name:
            others = [other for other in by_name.get(row.name, ()) if other is not origin]
            if any(_agreeing(other, row) > _agreeing(origin, row) for other in others):
                return {}
        claimed[origin.number].append(row)
    return claimed


def _match_by_id(sent: Sequence[Row], claimed: Mapping[int, Sequence[Row]], matches: Matches) -> set[int]:
    """Match the rows whose ids hold; return the rows that were sent of which something came back by its id."""
    by_number = {row.number: row for row in sent}
    names = {row.name: row.number for row in sent}
    for number, rows in claimed.items():
        origin = by_number[number]
        # A row that was copied for another innovation bears the id of the first: the one that kept its name has it.
        chosen = rows if len(rows) == 1 else [row for row in rows if row.name == origin.name]
        if len(chosen) != 1:
            matches.held |= dict.fromkeys((row.number for row in rows), "return_id_repeated")
        elif names.get(chosen[0].name, number) != number and _agreeing(origin, chosen[0]) < len(origin.texts):
            matches.held[chosen[0].number] = "return_row_contradicts"
        elif _is_another(origin, chosen[0]):
            matches.held[chosen[0].number] = "return_row_rewritten"
        else:
            matches.sent[chosen[0].number] = number
    return set(claimed)


def _is_another(origin: Row, row: Row) -> bool:
    """Whether a row bears the id of another: title and most of the rest are not what they were."""
    if row.title == origin.title or fuzz.ratio(row.title, origin.title) >= PERHAPS_ALIKE:
        return False
    return 2 * _agreeing(origin, row) < len(origin.texts)


def _agreeing(origin: Row, row: Row) -> int:
    """How many cells beside the title say what they said."""
    return sum(row.texts.get(name) == text for name, text in origin.texts.items())


def _match_by_content(sent: Sequence[Row], free: list[Row], rest: list[Row], matches: Matches) -> None:
    for trait in ("external_id", "name"):
        _match_by_trait(trait, free, rest, matches)
        known = {*matches.sent, *matches.held}
        rest = [row for row in rest if row.number not in known]
        gone = set(matches.sent.values())
        free = [row for row in free if row.number not in gone]
    if len(free) * len(rest) > _MOST_PAIRS:
        matches.held |= dict.fromkeys((row.number for row in rest), "return_row_ambiguous")
        return
    _match_by_evidence(sent, free, rest, matches)


def _match_by_trait(trait: str, free: Sequence[Row], rest: Sequence[Row], matches: Matches) -> None:
    """Match the rows that share a number or a name with one row; of several the one that says the same in all."""
    candidates = _grouped(free, trait)
    for value, rows in _grouped(rest, trait).items():
        open_rows = [row for row in rows if any(_may_be(origin, row) for origin in candidates.get(value, ()))]
        origins = list(candidates.get(value, ()))
        for row in list(open_rows):
            same = [origin for origin in origins if origin.texts == row.texts and _may_be(origin, row)]
            if len(same) == 1 and (len(open_rows) > 1 or len(origins) > 1):
                matches.sent[row.number] = same[0].number
                origins.remove(same[0])
                open_rows.remove(row)
        if len(open_rows) == len(origins) == 1 and _may_be(origins[0], open_rows[0]):
            matches.sent[open_rows[0].number] = origins[0].number
        elif origins:
            matches.held |= dict.fromkeys((row.number for row in open_rows), "return_row_ambiguous")


def _may_be(origin: Row, row: Row) -> bool:
    """Whether no number of a system speaks against two rows being one."""
    return None in (origin.external_id, row.external_id) or origin.external_id == row.external_id


def _match_by_evidence(sent: Sequence[Row], free: Sequence[Row], rest: Sequence[Row], matches: Matches) -> None:
    """Match rows whose title was changed and that bear no id; hold those that may be one of several, or of none."""
    times = Counter((name, text) for row in sent for name, text in row.texts.items())
    sure: dict[int, list[int]] = {}
    doubtful: set[int] = set()
    for row in rest:
        weighed = {origin.number: _evidence(origin, row, times) for origin in free if _may_be(origin, row)}
        sure[row.number] = [number for number, weight in weighed.items() if weight == 2]
        if any(weighed.values()):
            doubtful.add(row.number)
    wanted = Counter(numbers[0] for numbers in sure.values() if len(numbers) == 1)
    for row in rest:
        numbers = sure[row.number]
        if len(numbers) == 1 and wanted[numbers[0]] == 1:
            matches.sent[row.number] = numbers[0]
        elif row.number in doubtful:
            matches.held[row.number] = "return_row_ambiguous"
        elif row.is_mark_broken:
            matches.held[row.number] = "return_id_changed"
        else:
            matches.added.append(row.number)


def _evidence(origin: Row, row: Row, times: Mapping[tuple[str, str], int]) -> int:
    """2 where a row surely is the one that was sent, 1 where it may be, 0 where nothing says so."""
    same = [(name, text) for name, text in origin.texts.items() if row.texts.get(name) == text]
    telling = sum(times[cell] == 1 for cell in same)
    is_unit_same = origin.texts.get("unit_name") == row.texts.get("unit_name")
    likeness = fuzz.ratio(origin.title, row.title) if is_unit_same else 0.0
    if telling >= TELLING_CELLS or likeness >= ALIKE:
        return 2
    return int(telling > 0 or likeness >= PERHAPS_ALIKE or (len(same) > 1 and len(same) == len(origin.texts)))


def _grouped(rows: Iterable[Row], trait: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if value := getattr(row, trait):
            groups[value].append(row)
    return groups
