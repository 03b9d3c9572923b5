"""Loads the dated rules of the index: one TOML file per edition, each value with its source and confidence.

A parameter is a value, an interval, or absent with a reason; nothing is filled in. Loading checks that the numbers of a
file agree with each other, and says which file and key to repair when they do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_origin

from iga.errors import AssumptionUnknown, RulebookInvalid
from iga.rules.chain import place_of
from iga.rules.consistency import contradictions, line_of_contradiction
from iga.rules.parts import Assumptions
from iga.rules.stated import StatedRules


class Rulebook(StatedRules):
    """The rules of one edition, read-only, in which every part agrees with the others."""

    def __init__(self, name: str, content: str, base: "Rulebook | None" = None) -> None:
        """Read TOML text; `base` is the rulebook that it names with `based_on`.

        Raises RulebookInvalid naming the file, the line, the key and the repair.
        """
        super().__init__(name, content, base)
        for key, cause, fix in contradictions(self):
            raise RulebookInvalid(cause, place=place_of(name, key, line_of_contradiction(self, key)), fix=fix)


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
