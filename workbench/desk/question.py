"""What a page of the desk is asked: whose season, of which day, under which threshold, in which language."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from warehouse.errors import NoSnapshot
from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES, Language
from warehouse.snapshot import current_snapshot_id
from workbench.desk.people import Person
from workbench.desk.refusals import refused

if TYPE_CHECKING:
    from analysis import Questions

SEASON = ("city", "edition", "on", "threshold", "lang")
"""The parts of an address that hold for every page, and go with every link."""


@dataclass(frozen=True)
class Question:
    """What is asked. `city` and `edition` are None while nothing is loaded; `arguments` are those of the address."""

    home: Home
    person: Person
    language: Language
    on: date
    city: str | None = None
    city_name: str = ""
    edition: int | None = None
    threshold: Decimal | None = None
    seasons: tuple[tuple[str, str, int], ...] = ()
    snapshot_id: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_today(self) -> bool:
        """Whether the day is not one that somebody has chosen."""
        return "on" not in self.arguments or not self.arguments["on"]

    @property
    def season(self) -> tuple[str, int]:
        """The code of the city and the edition. Raises NoSnapshot while nothing is loaded."""
        if self.city is None or self.edition is None:
            raise NoSnapshot("Nothing has been loaded yet", next_step="add a file, then load it")
        return self.city, self.edition

    @contextmanager
    def open(self) -> Iterator[Questions]:
        """Give the snapshot that is asked, open for reading, in the reader's language. Raises NoSnapshot."""
        from analysis import open_snapshot

        with open_snapshot(self.snapshot_id, self.home.root) as snapshot:
            snapshot.use_language(self.language.code)
            yield snapshot

    def query(self, **changed: Any) -> str:
        """Return the season as the query of an address, with what is changed; what is empty is left out."""
        kept: dict[str, Any] = {name: self.arguments.get(name, "") for name in SEASON}
        kept |= {"city": self.city or "", "edition": self.edition or ""}
        return urlencode({name: value for name, value in (kept | changed).items() if value not in ("", None)})


def question_of(home: Home, person: Person, arguments: Mapping[str, str]) -> Question:
    """Read what an address asks; what it leaves out is the season that is open, today, and the home's language.

    Raises RequestRefused for a day, edition or threshold that is none, CityUnknown and EditionUnknown.
    """
    named = arguments.get("lang") or os.environ.get("IGA_LANG", DEFAULT_LANGUAGE)
    language = Language(named if named in LANGUAGES else DEFAULT_LANGUAGE)
    bare = Question(
        home=home,
        person=person,
        language=language,
        on=_day(arguments.get("on", "")),
        threshold=_number(arguments.get("threshold", "")),
        snapshot_id=current_snapshot_id(home),
        arguments=arguments,
    )
    if bare.snapshot_id is None:
        return bare
    seasons = _seasons(str(home.root), bare.snapshot_id)
    if not seasons:
        return bare
    city, edition = _season(bare, seasons, arguments)
    name = next(name for code, name, _ in seasons if code == city)
    return replace(bare, city=city, city_name=name, edition=edition, seasons=seasons)


@lru_cache(maxsize=8)
def _seasons(home: str, snapshot_id: str) -> tuple[tuple[str, str, int], ...]:
    """The seasons of a snapshot, which never change: code and name of the city, edition."""
    from analysis import open_snapshot

    with open_snapshot(snapshot_id, home) as snapshot:
        return tuple(snapshot.seasons.select("region_code", "city", "edition").iter_rows())


def _city_named(question: Question, seasons: tuple[tuple[str, str, int], ...], named: str) -> str:
    """The code of a city that the snapshot holds. Raises CityUnknown and what a name that is none raises."""
    if any(code == named for code, _, _ in seasons):
        return named
    with question.open() as snapshot:
        return snapshot.region_of(named).region_code


def _season(
    question: Question, seasons: tuple[tuple[str, str, int], ...], arguments: Mapping[str, str]
) -> tuple[str, int]:
    """The season that is named; without a city the one with most to do next, without an edition the latest."""
    newest = max(edition for _, _, edition in seasons)
    named = arguments.get("city", "")
    first = next(code for code, _, year in seasons if year == newest)
    city = _city_named(question, seasons, named) if named else first
    own = [edition for code, _, edition in seasons if code == city]
    wanted = arguments.get("edition", "")
    if not wanted:
        return city, max(own)
    if not wanted.isdecimal():
        raise refused("edition")
    if int(wanted) not in own:  # another city was chosen that has not this edition
        return city, max(own)
    return city, int(wanted)


def _day(text: str) -> date:
    if not text:
        return datetime.now(tz=UTC).astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refused("on") from None


def _number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise refused("threshold") from None
    if not number.is_finite() or number < 0:
        raise refused("threshold")
    return number
