"""The names of persons that a home knows: mentors and contacts, jurors, and initiators in received files.

They stand in files that the home keeps for good reason; what is published must hold none of them.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from analysis.mentoring.log_file import rows_of, steps_of_rows
from warehouse.errors import WorkbenchError
from warehouse.home import Home
from warehouse.keeping.personal_data import begins_as_office
from warehouse.language import LANGUAGES, catalogue
from warehouse.reference import load_reference
from warehouse.snapshot import Snapshot

MOST_WORDS = 6
"""Of more words it is a sentence."""
LEAST_LETTERS = 4
"""A name of one word with fewer letters stands within too many abbreviations."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAMED = "select sheet, row_number, original, file_sha256 from source_row order by file_sha256, sheet, row_number"
_UNITS = "select name from unit union select unit_name from store.submission"
_TITLES = "select distinct title from store.submission where title is not null"


@dataclass(frozen=True)
class RegisteredName:
    """A name as its words in small letters, without degrees, and where the home has it from (`mentor`, `juror` ...)."""

    words: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class NameFound:
    """Where in a text a registered name stands, and of what kind it is."""

    kind: str
    start: int
    end: int


class NameFinder:
    """Finds registered names in text, whatever the case, the spaces and the degrees around them."""

    def __init__(self, names: Iterable[RegisteredName]) -> None:
        self._by_first: dict[str, list[RegisteredName]] = {}
        for name in names:
            self._by_first.setdefault(name.words[0], []).append(name)

    def find(self, text: str) -> Iterator[NameFound]:
        """Yield every registered name of a text, in order."""
        found = list(_WORD.finditer(text))
        words = [_folded(match.group()) for match in found]
        for place, word in enumerate(words):
            for name in self._by_first.get(word, ()):
                end = place + len(name.words)
                if tuple(words[place:end]) == name.words:
                    yield NameFound(name.kind, found[place].start(), found[end - 1].end())


def registered_names(
    snapshot: Snapshot, home: Home, more: Iterable[tuple[str, str]] = (), *, excepted: Iterable[str] = ()
) -> frozenset[RegisteredName]:
    """Return the names of persons that the home knows, with those of `more` (text and kind).

    What a unit is called is no name of a person, nor what begins with the word of an office, nor what is `excepted`;
    nor is one word that stands in titles, in names of units and regions, or in our own words.
    """
    stated = [*_assigned(home), *_logged(home), *_jurors(snapshot), *_in_files(snapshot), *more]
    units = {_words(name) for name in snapshot.sql(_UNITS).to_series().drop_nulls()}
    not_names = units | {_words(text) for text in excepted}
    known = {RegisteredName(_words(text), kind) for text, kind in stated if is_name(text)}
    ordinary = _ordinary_words(snapshot) if any(len(name.words) == 1 for name in known) else frozenset()
    return frozenset(
        name
        for name in known
        if name.words not in not_names and not (len(name.words) == 1 and name.words[0] in ordinary)
    )


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a person that a search can tell from other words."""
    words = _words(text)
    if any(sign.isdigit() for sign in text) or begins_as_office(text):
        return False
    return 1 < len(words) <= MOST_WORDS or (len(words) == 1 and len(words[0]) >= LEAST_LETTERS)


def _ordinary_words(snapshot: Snapshot) -> frozenset[str]:
    """Every word of titles, units and regions, and of what pages say themselves: alone, it tells of nobody."""
    regions = load_reference("region")["name"]
    ours = [text for lang in LANGUAGES for pair in catalogue(lang).items() for text in pair]
    labels = load_reference("label").select("label_id", "label_en").rows()
    named = [*snapshot.sql(_UNITS).to_series().drop_nulls(), *snapshot.sql(_TITLES).to_series()]
    texts = [*named, *regions, *ours, *(text for pair in labels for text in pair if text)]
    return frozenset(_folded(match.group()) for text in texts for match in _WORD.finditer(text))


def _words(text: str) -> tuple[str, ...]:
    """The words of a name: what follows a comma are degrees, and so are some words before it."""
    words = [_folded(match.group()) for match in _WORD.finditer(text.partition(",")[0])]
    return tuple(word for word in words if word not in _rules()["degrees"])


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


@cache
def _rules() -> dict[str, Any]:
    text = resources.files("analysis.personal").joinpath("people_columns.toml").read_text(encoding="utf-8")
    rules: dict[str, Any] = tomllib.loads(text)
    return rules


@cache
def _headings() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(rule["heading"], re.IGNORECASE), rule["kind"]) for rule in _rules()["column"]]


def _kind_of(heading: str) -> str | None:
    return next((kind for pattern, kind in _headings() if pattern.fullmatch(" ".join(heading.split()))), None)


def _assigned(home: Home) -> Iterator[tuple[str, str]]:
    """Contacts and mentors; a file that cannot be read tells nothing here, and is told of by `iga readiness`."""
    folder = home.root / "assignments"
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for row in csv.DictReader(stream):
                yield from ((str(row[kind]), kind) for kind in ("contact", "mentor") if row.get(kind))


def _logged(home: Home) -> Iterator[tuple[str, str]]:
    """Whoever wrote a step of mentoring down, by all names that the column of its log may have."""
    for path in sorted((home.root / "mentoring").glob("*/*.csv")):
        try:
            steps = steps_of_rows(rows_of(path.read_bytes()), path.name).steps
        except (WorkbenchError, OSError):
            continue  # what cannot be read is told of by `iga mentoring`
        yield from ((step.by, "mentor") for step in steps if step.by)


def _jurors(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for name in snapshot.sql("select distinct juror from jury_score").to_series().drop_nulls():
        yield name, "juror"


def _in_files(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The cells of received files below, or in a form beside, a heading that names persons."""
    place: tuple[str, str] | None = None
    columns: dict[int, str] = {}
    for sheet, _number, original, sha256 in snapshot.sql(_NAMED).iter_rows():
        if (sha256, sheet) != place:
            place, columns = (sha256, sheet), {}
        cells = ["" if cell is None else str(cell) for cell in json.loads(original)]
        headings = {number: kind for number, text in enumerate(cells) if text and (kind := _kind_of(text))}
        if headings:
            columns = headings
            if sum(1 for text in cells if text.strip()) <= _rules()["cells_of_a_form"]:
                yield from ((text, kind) for number, kind in headings.items() for text in cells[number + 1 :])
            continue
        for number, kind in columns.items():
            if number < len(cells) and cells[number].strip():
                yield cells[number], kind
