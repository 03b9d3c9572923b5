"""The rulebooks that hold together: those that the package carries, and with them those that a home adds.

Texts come in from outside and are read when they are asked for; what was read is kept by the hash of all texts, so that
two collections of the same texts are one and the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from iga.errors import RulebookInvalid, RulebookNotFound
from iga.rules.book import Rulebook, RulebookUse
from iga.rules.chain import place_of
from iga.rules.parts import Assumptions
from iga.rules.stated import parsed
from iga.rules.toml_text import line_of, written

LEVEL_LISTS = "level_lists"
"""The name of the file that says by whose list an edition without one is read."""


@dataclass(frozen=True)
class RuleFiles:
    """The texts that rules are read from, by file name without its ending.

    `rulebooks` are TOML by edition ("2026"), `crosswalks` CSV by pair of editions ("2024_2026"), `level_lists` the TOML
    that says by whose list an edition without one is read.
    """

    rulebooks: Mapping[str, str]
    crosswalks: Mapping[str, str] = field(default_factory=dict)
    level_lists: str = ""

    @property
    def hash(self) -> str:
        """The sha256 of all texts with their names."""
        texts = [
            *(("rulebook", name, text) for name, text in sorted(self.rulebooks.items())),
            *(("crosswalk", name, text) for name, text in sorted(self.crosswalks.items())),
            ("level_lists", "", self.level_lists),
        ]
        return hashlib.sha256(repr(texts).encode()).hexdigest()

    def with_added(self, added: RuleFiles) -> RuleFiles:
        """Return these files with others beside them, such as a home's; of two of the same name the added one counts.

        Level lists are joined by edition. Raises RulebookInvalid if those added are not TOML.
        """
        return RuleFiles(
            rulebooks={**self.rulebooks, **added.rulebooks},
            crosswalks={**self.crosswalks, **added.crosswalks},
            level_lists=_joined_lists(self.level_lists, added.level_lists),
        )


def _joined_lists(first: str, second: str) -> str:
    if not (first and second):
        return first or second
    return written({**parsed(LEVEL_LISTS, first), **parsed(LEVEL_LISTS, second)})


class Rulebooks:
    """The rulebooks of `files`, each read once; equal to another collection of the same texts.

    A faulty one stops itself, and those that are based on it: `of` raises what is wrong with it, `faults` lists it, and
    everything else leaves it out.
    """

    def __init__(self, files: RuleFiles) -> None:
        self.files = files
        self.hash = files.hash
        self._read: dict[str, Rulebook | RulebookInvalid] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebooks) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.names)})"

    def __contains__(self, edition: object) -> bool:
        return str(edition) in self.files.rulebooks

    def __iter__(self) -> Iterator[Rulebook]:
        return (rulebook for name in self.names if isinstance(rulebook := self._reading(name), Rulebook))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rulebooks, oldest edition first."""
        return tuple(sorted(self.files.rulebooks, key=_by_edition))

    def announced(self) -> tuple[str, ...]:
        """Return the names of the rulebooks that only announce rules: incomplete, and later than every complete one."""
        books = tuple(self)
        newest = max((book.edition for book in books if book.is_complete), default=None)
        if newest is None:
            return ()
        return tuple(book.name for book in books if not book.is_complete and book.edition > newest)

    def faults(self) -> Mapping[str, RulebookInvalid]:
        """Return what is wrong with the rulebooks that cannot be used, by name."""
        readings = {name: self._reading(name) for name in self.names}
        return {name: reading for name, reading in readings.items() if isinstance(reading, RulebookInvalid)}

    def of(self, edition: int | str) -> Rulebook:
        """Return the rulebook of an edition.

        Raises RulebookNotFound naming the known ones, RulebookInvalid for a bad file.
        """
        name = str(edition)
        if name not in self.files.rulebooks:
            announced = self.announced()
            raise RulebookNotFound(
                "there is no rulebook for this edition.",
                place="edition {name}",
                fix="Known rulebooks: {known}; announced only: {announced}."
                if announced
                else "Known rulebooks: {known}.",
                name=name,
                known=", ".join(known for known in self.names if known not in announced),
                announced=", ".join(announced),
            )
        reading = self._reading(name)
        if isinstance(reading, RulebookInvalid):
            raise reading
        return reading

    def _reading(self, name: str) -> Rulebook | RulebookInvalid:
        if name not in self._read:
            try:
                self._read[name] = self._rulebook(name)
            except RulebookInvalid as fault:
                self._read[name] = fault
        return self._read[name]

    def _rulebook(self, name: str) -> Rulebook:
        text = self.files.rulebooks[name]
        stated = parsed(name, text)
        base = None if stated.get("bases") else stated.get("based_on")
        if base is None:
            return Rulebook(name, text)
        edition = stated.get("edition")
        if not isinstance(edition, int):
            raise RulebookInvalid(
                "the edition is missing, or is not a year.",
                place=place_of(name, "edition", line_of(text, ("edition",)) or 1),
                fix="Write edition = {name}.",
                name=name,
            )
        place = place_of(name, "based_on", line_of(text, ("based_on",)))
        if not isinstance(base, int):
            raise RulebookInvalid(
                "based_on is not a year.",
                place=place,
                fix="Write it as a number without quotation marks, such as based_on = {year}.",
                year=edition - 1,
            )
        if base >= edition:
            # Bases are earlier, so that no chain is a circle.
            raise RulebookInvalid(
                "{base} is not an earlier edition than {edition}.",
                place=place,
                fix="Name the edition whose rules this one changes.",
                base=base,
                edition=edition,
            )
        if str(base) not in self.files.rulebooks:
            raise RulebookInvalid(
                "there is no rulebook of edition {base}.",
                place=place,
                fix="Known rulebooks: {known}.",
                base=base,
                known=", ".join(self.names),
            )
        return Rulebook(name, text, self.of(base))

    def newest_complete(self) -> Rulebook:
        """Return the rulebook of the latest edition whose rules are complete."""
        return max((rulebook for rulebook in self if rulebook.is_complete), key=lambda rulebook: rulebook.edition)

    def uses_for(self, edition: int | str) -> list[RulebookUse]:
        """Return the rulebooks that apply to an edition: its own, then the one that it is estimated under, if any.

        An estimate is left out when the edition states another maturity maximum, or a raw scale (its scores are on
        another scale), and has the note `maturity_scale_assumed` when the edition states no maximum. An edition
        without a rulebook, or with a faulty one, gets none at all.
        """
        own = self._reading(str(edition)) if edition in self else None
        if not isinstance(own, Rulebook):
            return []
        uses = [RulebookUse(own, is_estimate=False)]
        other, stated = self.estimate_under(own), own.parameters.maturity_maximum
        if other is None or own.scale != other.scale:
            return uses
        if stated.is_absent or stated.value == other.parameters.maturity_maximum.value:
            uses.append(RulebookUse(other, True, ("maturity_scale_assumed",) if stated.is_absent else ()))
        return uses

    def estimate_under(self, own: Rulebook) -> Rulebook | None:
        """Return the complete rulebook that an edition is estimated under; None for a complete edition.

        It is the one that the edition names with `estimated_under`; else the latest complete one before it; else, as
        none comes before, the first one after it. So a rulebook that is added later moves no estimate of an edition
        that names its rulebook or follows an earlier one.
        """
        if own.is_complete:
            return None
        complete = {rulebook.edition: rulebook for rulebook in self if rulebook.is_complete}
        if own.estimated_under in complete:
            return complete[own.estimated_under]
        before = [edition for edition in complete if edition < own.edition]
        after = [edition for edition in complete if edition > own.edition]
        chosen = max(before) if before else min(after, default=None)
        return None if chosen is None else complete[chosen]


def _by_edition(name: str) -> tuple[bool, int, str]:
    return not name.isdecimal(), int(name) if name.isdecimal() else 0, name


@cache
def shipped_files() -> RuleFiles:
    """Return the texts that the package carries."""
    # Each folder is named where it is read, so that the name of a snapshot covers it (etl/load_code.py).
    return RuleFiles(
        rulebooks={
            entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
            for entry in resources.files("iga.rules").joinpath("rulebooks").iterdir()
            if entry.name.endswith(".toml")
        },
        crosswalks={
            entry.name.removesuffix(".csv"): entry.read_text(encoding="utf-8")
            for entry in resources.files("iga.rules").joinpath("crosswalks").iterdir()
            if entry.name.endswith(".csv")
        },
        level_lists=resources.files("iga.rules").joinpath("crosswalks", "level_lists.toml").read_text(encoding="utf-8"),
    )


@cache
def shipped_rulebooks() -> Rulebooks:
    """Return the rulebooks that the package carries."""
    return Rulebooks(shipped_files())


def load_rulebook(edition: int | str) -> Rulebook:
    """Return the shipped rulebook of an edition.

    Raises RulebookNotFound naming the known ones, RulebookInvalid for a bad file.
    """
    return shipped_rulebooks().of(edition)


def known_rulebooks() -> tuple[str, ...]:
    """Return the names of the shipped rulebooks, oldest edition first."""
    return shipped_rulebooks().names


def newest_complete_rulebook() -> Rulebook:
    """Return the shipped rulebook of the latest edition whose rules are complete."""
    return shipped_rulebooks().newest_complete()


def rulebooks_for(edition: int | str) -> list[RulebookUse]:
    """Return the shipped rulebooks that apply to an edition, as `Rulebooks.uses_for` says."""
    return shipped_rulebooks().uses_for(edition)


def rules_of(rulebook: Rulebook | int | str, assumptions: Assumptions | None = None) -> tuple[Rulebook, Assumptions]:
    """Return a rulebook and its assumptions, from a rulebook or a shipped edition, and from assumptions or defaults."""
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook)
    return rules, assumptions or rules.assumptions
