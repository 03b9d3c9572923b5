"""Loads the dated rules of the index: one TOML file per edition, each value with its source and confidence.

A parameter is a value, an interval, or absent with a reason; nothing is filled in. Loading checks that the numbers of a
file agree with each other, and says which file and key to repair when they do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import get_origin

from iga.errors import AssumptionUnknown, RulebookInvalid, RulebookNotFound, Sentence
from iga.rules.consistency import contradictions
from iga.rules.parts import Assumptions
from iga.rules.stated import StatedRules


class Rulebook(StatedRules):
    """The rules of one edition, read-only, in which every part agrees with the others."""

    def __init__(self, name: str, content: str) -> None:
        """Reads TOML text. Raises RulebookInvalid naming the file, the key and the repair."""
        super().__init__(name, content)
        for key, cause, fix in contradictions(self):
            raise RulebookInvalid(cause, place=Sentence("{rulebook}.toml, {key}", rulebook=name, key=key), fix=fix)


def rules_of(rulebook: Rulebook | int | str, assumptions: Assumptions | None = None) -> tuple[Rulebook, Assumptions]:
    """A rulebook and its assumptions, from a rulebook or an edition, and from given assumptions or its defaults."""
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook)
    return rules, assumptions or rules.assumptions


def switches_of(texts: Iterable[str]) -> dict[str, object]:
    """Assumptions as people write them (`rejected_in_divisor=false`, `stages_scored=trial,initiative`), to be assumed.

    Raises AssumptionUnknown for a text without `=` or an unknown switch; values are checked by the rulebook.
    """
    switches: dict[str, object] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        field = Assumptions.model_fields.get(name)
        if not sign or field is None:
            raise AssumptionUnknown(
                "this is not a switch and its value.",
                place="{text}",
                fix="Write NAME=VALUE. Known switches: {known}.",
                text=text.strip(),
                known=", ".join(Assumptions.model_fields),
            )
        is_list = get_origin(field.annotation) is tuple
        switches[name] = [word.strip() for word in value.split(",") if word.strip()] if is_list else value
    return switches


@dataclass(frozen=True)
class RulebookUse:
    """A rulebook that is applied to an edition; an estimate if it is not the edition's own."""

    rulebook: Rulebook
    is_estimate: bool
    coverage_notes: tuple[str, ...] = ()


def known_rulebooks() -> tuple[str, ...]:
    """The names of the rulebooks that the package carries, oldest edition first."""
    names = (entry.name for entry in resources.files("iga.rules").joinpath("rulebooks").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_rulebook(edition: int | str) -> Rulebook:
    """The rulebook of an edition. Raises RulebookNotFound naming the known ones, RulebookInvalid for a bad file."""
    return _load(str(edition))


@cache
def _load(name: str) -> Rulebook:
    if name not in known_rulebooks():
        raise RulebookNotFound(
            "there is no rulebook for this edition.",
            place="edition {name}",
            fix="Known rulebooks: {known}.",
            name=name,
            known=", ".join(known_rulebooks()),
        )
    return Rulebook(
        name, resources.files("iga.rules").joinpath("rulebooks", f"{name}.toml").read_text(encoding="utf-8")
    )


def newest_complete_rulebook() -> Rulebook:
    """The rulebook of the latest edition whose rules are complete; estimates are made under it."""
    complete = [rulebook for rulebook in map(load_rulebook, known_rulebooks()) if rulebook.is_complete]
    return max(complete, key=lambda rulebook: rulebook.edition)


def rulebooks_for(edition: int | str) -> list[RulebookUse]:
    """The rulebooks that apply to an edition: its own, then the newest complete one as an estimate.

    An estimate is left out when the edition states another maturity maximum (its scores are on another scale), and
    bears the note `maturity_scale_assumed` when the edition states none. An edition without a file gets none at all.
    """
    if str(edition) not in known_rulebooks():
        return []
    own, newest = load_rulebook(edition), newest_complete_rulebook()
    uses = [RulebookUse(own, is_estimate=False)]
    stated = own.parameters.maturity_maximum
    if own != newest and (stated.is_absent or stated.value == newest.parameters.maturity_maximum.value):
        uses.append(RulebookUse(newest, True, ("maturity_scale_assumed",) if stated.is_absent else ()))
    return uses
