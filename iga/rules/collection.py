"""The rulebooks that hold together: those that the package carries, and with them those that a home adds.

Texts come in from outside and are read when they are asked for; what was read is kept by the hash of all texts, so that
two collections of the same texts are one and the same.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from iga.errors import RulebookNotFound
from iga.rules.book import Rulebook, RulebookUse
from iga.rules.parts import Assumptions


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


class Rulebooks:
    """The rulebooks of `files`, each read once; equal to another collection of the same texts."""

    def __init__(self, files: RuleFiles) -> None:
        self.files = files
        self.hash = files.hash
        self._read: dict[str, Rulebook] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebooks) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.names)})"

    def __contains__(self, edition: object) -> bool:
        return str(edition) in self.files.rulebooks

    def __iter__(self) -> Iterator[Rulebook]:
        return (self.of(name) for name in self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rulebooks, oldest edition first."""
        return tuple(sorted(self.files.rulebooks))

    def of(self, edition: int | str) -> Rulebook:
        """Return the rulebook of an edition.

        Raises RulebookNotFound naming the known ones, RulebookInvalid for a bad file.
        """
        name = str(edition)
        if name not in self.files.rulebooks:
            raise RulebookNotFound(
                "there is no rulebook for this edition.",
                place="edition {name}",
                fix="Known rulebooks: {known}.",
                name=name,
                known=", ".join(self.names),
            )
        if name not in self._read:
            self._read[name] = Rulebook(name, self.files.rulebooks[name])
        return self._read[name]

    def newest_complete(self) -> Rulebook:
        """Return the rulebook of the latest edition whose rules are complete; estimates are made under it."""
        return max((rulebook for rulebook in self if rulebook.is_complete), key=lambda rulebook: rulebook.edition)

    def uses_for(self, edition: int | str) -> list[RulebookUse]:
        """Return the rulebooks that apply to an edition: its own, then the newest complete one as an estimate.

        An estimate is left out when the edition states another maturity maximum (its scores are on another scale), and
        bears the note `maturity_scale_assumed` when the edition states none. An edition without a file gets none at
        all.
        """
        if edition not in self:
            return []
        own, newest = self.of(edition), self.newest_complete()
        uses = [RulebookUse(own, is_estimate=False)]
        stated = own.parameters.maturity_maximum
        if own != newest and (stated.is_absent or stated.value == newest.parameters.maturity_maximum.value):
            uses.append(RulebookUse(newest, True, ("maturity_scale_assumed",) if stated.is_absent else ()))
        return uses


@cache
def shipped_files() -> RuleFiles:
    """Return the texts that the package carries."""
    folder = resources.files("iga.rules")
    return RuleFiles(
        rulebooks={
            entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
            for entry in folder.joinpath("rulebooks").iterdir()
            if entry.name.endswith(".toml")
        },
        crosswalks={
            entry.name.removesuffix(".csv"): entry.read_text(encoding="utf-8")
            for entry in folder.joinpath("crosswalks").iterdir()
            if entry.name.endswith(".csv")
        },
        level_lists=folder.joinpath("crosswalks", "level_lists.toml").read_text(encoding="utf-8"),
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
