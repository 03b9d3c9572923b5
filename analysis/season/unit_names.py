"""The names of units that are not tied to the register of their region, with the units that they may mean.

A name is open until a rule or a person ties it to a unit. As long as it is open, the units that it may mean are open
too (`open_unit_ids`): nobody can say that they have sent nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language
from warehouse.reference import unit_kind_of
from warehouse.snapshot import Snapshot
from warehouse.unit_answers import NEW_UNIT, NOT_OURS, keep_unit_answer, name_key, unit_answers_of
from warehouse.unit_name_rules import (
    NO_KIND,
    KnownUnit,
    Reading,
    known_units,
    load_unit_words,
    possible_readings_of,
    readings_of,
    words_of,
)

CANDIDATES = 3
UNRESOLVED_SCHEMA: dict[str, Any] = {
    "region_code": pl.String,
    "edition": pl.Int32,
    "unit_name": pl.String,
    "unit_kind": pl.String,
    "innovation_count": pl.Int64,
    **{
        f"candidate_{number}_{part}": dtype
        for number in range(1, CANDIDATES + 1)
        for part, dtype in (("id", pl.String), ("name", pl.String), ("score", pl.Int64))
    },
    "question": pl.String,
    "answer": pl.String,
}
"""`unit_kind` is what the name says (`other`: it does not say). `answer` is what a person has said since the load."""

_NAMES = """
select s.unit_name, u.unit_id, count(distinct s.submission_id) as innovation_count
from store.submission as s
left join unit as u on u.unit_id = s.unit_id
where s.region_code = $region_code and s.edition = $edition
  and (u.unit_id is null or year(u.valid_to) < $edition or year(u.valid_from) > $edition)
group by all
order by innovation_count desc, s.unit_name
"""
_UNITS = "select * from unit where region_code = $region_code order by unit_code"

_OF_PART = 0.95
"""What it is worth that all words of one name stand in the other ("Dinas Pendidikan": which one?)."""
_WITHOUT_NUMBER = 0.9
"""What it is worth where only one of the two names has a number."""
_WITHOUT_WORDS = 80.0
"""What it is worth where one of the two names is a kind and a number alone ("SD 5")."""


@dataclass(frozen=True)
class Candidate:
    """A unit that a name may mean, and how alike the two are (0 to 100)."""

    unit: KnownUnit
    score: int


def unresolved_names(
    snapshot: Snapshot, home: Home, region_code: str, edition: int, *, lang: str = "id"
) -> pl.DataFrame:
    """Return the open names of units of a season (columns `UNRESOLVED_SCHEMA`), those of most innovations first.

    A name is open where it is tied to no unit, or to one that does not stand in the edition. Names that a person has
    answered with "not ours" are not. Empty for a region without a register: there nobody knows which names are open.
    """
    language = Language(lang)
    rows = [
        _row(region_code, edition, name, count, candidates[:CANDIDATES], answer, language)
        for name, count, candidates, answer in _open_names(snapshot, home, region_code, edition)
    ]
    return pl.DataFrame(rows, schema=UNRESOLVED_SCHEMA, orient="row")


def open_unit_ids(snapshot: Snapshot, home: Home, region_code: str, edition: int) -> frozenset[str]:
    """Return the units that an open name of their kind may mean: it has them among its three best candidates.

    Units that are as alike as the third are among them.
    """
    found = _open_names(snapshot, home, region_code, edition)
    return frozenset(one.unit.unit_id for _name, _count, candidates, _answer in found for one in candidates)


def confirm_unit_name(
    home: Home, region_code: str, name: str, unit_id: str | None, *, snapshot: Snapshot | None = None
) -> str:
    """Keep which unit a name means, for this region; the next load reads it. None: it is no unit of ours.

    `unit_id` may be the id, the code or the name of a unit, or `new_unit` for one that the register lacks. The register
    is that of `snapshot`, the current one unless it is given. Returns the answer as the home keeps it. Raises
    UnknownName where the register has no such unit, or the name has no letter.
    """
    if not name_key(name):
        raise UnknownName(
            "A name without letters is no name of a unit", next_step="see the names with `iga units CITY`"
        )
    if unit_id is None or unit_id in (NOT_OURS, NEW_UNIT):
        answer = unit_id or NOT_OURS
        keep_unit_answer(home, region_code, name, answer)
        return answer
    if snapshot is None:
        with Snapshot.open(home=home.root) as current:
            return confirm_unit_name(home, region_code, name, unit_id, snapshot=current)
    units = known_units(snapshot.sql(_UNITS, {"region_code": region_code}))
    meant = [one for one in units if unit_id in (one.unit_id, one.unit_code)]
    meant = meant or [one for one in units if name_key(one.name) == name_key(unit_id)]
    unit = meant[0] if len(meant) == 1 else None
    if unit is None:
        raise UnknownName(
            "The register has no unit {unit}",
            next_step="take an id or a code that `iga units` or the register shows, or not_ours, or new_unit",
            unit=unit_id,
        )
    keep_unit_answer(home, region_code, name, unit.unit_code, unit.name)
    return unit.unit_code


def _open_names(
    snapshot: Snapshot, home: Home, region_code: str, edition: int
) -> list[tuple[str, int, list[Candidate], str | None]]:
    """The open names: each with the number of its innovations, its candidates, and the answer that no load has read."""
    units = known_units(snapshot.sql(_UNITS, {"region_code": region_code}))
    if not units:
        return []
    answers = unit_answers_of(home)
    by_code = {unit.unit_code: unit for unit in units}
    named = snapshot.sql(_NAMES, {"region_code": region_code, "edition": edition}).select(
        "unit_name", "innovation_count"
    )
    counts = {name: int(count) for name, count in named.iter_rows()}
    proposed = candidates_of(counts, [unit for unit in units if unit.stands_in(edition)], region_code)
    found = []
    for name, count in counts.items():
        answer = answers.answer(region_code, name)
        if answer == NOT_OURS:
            continue
        candidates = proposed[name]
        if answer == NEW_UNIT:
            candidates = []
        elif answer in by_code:
            candidates = [Candidate(by_code[answer], 100)]
        found.append((name, count, candidates, answer))
    return found


def candidates_of(names: Iterable[str], units: Sequence[KnownUnit], region_code: str) -> dict[str, list[Candidate]]:
    """Return for each name the units of its kind and its number that are most alike, best first.

    Those stand in it that reach the score of `reference/unit_words.toml`: three, and what is as alike as the third.
    """
    limits = load_unit_words().proposals
    read = {
        name: tuple(dict.fromkeys(one for way in _ways_of(name) for one in possible_readings_of(way, region_code)))
        for name in names
    }
    if not read:
        return {}
    import numpy as np  # a season whose names are all known needs it not

    forms = [(place, one) for place, unit in enumerate(units) for one in unit.readings(region_code)]
    best: dict[str, dict[int, float]] = {name: {} for name in read}
    for kind in sorted({one.kind for ways in read.values() for one in ways}):
        asked = [(name, one) for name, ways in read.items() for one in ways if one.kind == kind]
        offered = [(place, one) for place, one in forms if kind in (one.kind, NO_KIND)]
        scores = _scores([one for _, one in asked], [one for _, one in offered])
        for row, column in zip(*np.nonzero(scores >= limits.least_score), strict=True):
            name, place = asked[row][0], offered[column][0]
            best[name][place] = max(best[name].get(place, 0.0), float(scores[row, column]))
    return {name: _most_alike(found, units, limits.most) for name, found in best.items()}


_LEAST_GLUED = 3
"""The letters that must follow a word for a kind which is written without a space: fewer are an ending."""
_LEAST_KIND = 5
"""The letters of a word for a kind that is looked for within another: "sd" begins many."""


def _ways_of(name: str) -> list[str]:
    """Return a name, and with the space that it lacks behind its kind ("KelurahanPenurunan"), which is asked only."""
    first, *others = words_of(name) or ("",)
    kind = next((word for word in _kind_words() if first.startswith(word)), None)
    if kind is None or len(first) - len(kind) < _LEAST_GLUED:
        return [name]
    return [name, " ".join((kind, first.removeprefix(kind), *others))]


@cache
def _kind_words() -> tuple[str, ...]:
    """The long words that say a kind at the beginning of a name, the longest first."""
    known = load_unit_words()
    words = {word for of_kind in known.kind_words.values() for word in of_kind} | known.little
    saying = [word for word in words if len(word) >= _LEAST_KIND and unit_kind_of(f"{word} x") != NO_KIND]
    return tuple(sorted(saying, key=lambda word: (-len(word), word)))


def _most_alike(scores: Mapping[int, float], units: Sequence[KnownUnit], most: int) -> list[Candidate]:
    ordered = sorted(
        (Candidate(units[place], round(score)) for place, score in scores.items()),
        key=lambda one: (-one.score, one.unit.unit_code),
    )
    return [one for one in ordered if len(ordered) <= most or one.score >= ordered[most - 1].score]


def _scores(names: Sequence[Reading], units: Sequence[Reading]) -> Any:
    """How alike each name is to each unit; 0 where their numbers differ."""
    import numpy as np
    from rapidfuzz import fuzz, process

    if not names or not units:
        return np.zeros((len(names), len(units)))
    left, right = [_telling(one) for one in names], [_telling(one) for one in units]
    ratio = process.cdist(left, right, scorer=fuzz.ratio)
    in_any_order = process.cdist(left, right, scorer=fuzz.token_sort_ratio)
    of_part = process.cdist(left, right, scorer=fuzz.token_set_ratio)
    scores = np.maximum(np.maximum(ratio, in_any_order), _OF_PART * of_part)
    empty_left = np.array([not text for text in left])[:, None]
    empty_right = np.array([not text for text in right])[None, :]
    scores = np.where(empty_left & empty_right, 100.0, np.where(empty_left | empty_right, _WITHOUT_WORDS, scores))
    numbers = {numbers: place for place, numbers in enumerate(dict.fromkeys(one.numbers for one in (*names, *units)))}
    left_numbers = np.array([numbers[one.numbers] for one in names])[:, None]
    right_numbers = np.array([numbers[one.numbers] for one in units])[None, :]
    none = numbers.get((), -1)
    is_missing = (left_numbers == none) | (right_numbers == none)
    is_same = left_numbers == right_numbers
    return np.where(is_same, scores, np.where(is_missing, _WITHOUT_NUMBER * scores, 0.0))


def _telling(reading: Reading) -> str:
    """The words that tell which unit it is, without those that many bear, unless there are no others."""
    little = load_unit_words().little
    return " ".join(word for word in reading.words if word not in little)


def kind_said_by(name: str, region_code: str) -> str:
    """Return the kind that a name says by its words, `other` where it says none."""
    return next((one.kind for one in readings_of(name, region_code)), unit_kind_of(name))


def _row(
    region_code: str,
    edition: int,
    name: str,
    count: int,
    candidates: Sequence[Candidate],
    answer: str | None,
    language: Language,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "region_code": region_code,
        "edition": edition,
        "unit_name": name,
        "unit_kind": kind_said_by(name, region_code),
        "innovation_count": count,
        "question": _question(candidates, language),
        "answer": answer,
    }
    for number, one in enumerate(candidates, start=1):
        row |= {
            f"candidate_{number}_id": one.unit.unit_id,
            f"candidate_{number}_name": one.unit.name,
            f"candidate_{number}_score": one.score,
        }
    return row


def _question(candidates: Sequence[Candidate], language: Language) -> str:
    if not candidates:
        return language("No unit of the register is like it: a new unit, or not one of ours?")
    named = language(" or ").join(one.unit.name for one in candidates)
    return language("Did you mean {names}?").format(names=named)
