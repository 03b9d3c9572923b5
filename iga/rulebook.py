"""Loads the dated rules of the index: one TOML file per edition, each value with its source and confidence.

A parameter is a value, an interval, or absent with a reason; nothing is filled in. Loading checks that the numbers of a
file agree with each other, and says which file and key to repair when they do not.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, get_origin

from pydantic import ValidationError

from iga.consistency import contradictions
from iga.problem import AssumptionUnknown, RulebookInvalid, RulebookNotFound, RuleProblem
from iga.rule import Assumptions, Document, Group, Indicator, Switch

__all__ = [
    "AssumptionUnknown",
    "Assumptions",
    "Group",
    "Indicator",
    "RuleProblem",
    "Rulebook",
    "RulebookInvalid",
    "RulebookNotFound",
    "RulebookUse",
    "known_rulebooks",
    "load_rulebook",
    "newest_complete_rulebook",
    "rulebooks_for",
    "switches_of",
]


class Rulebook:
    """The rules of one edition, read-only. Equal if name and content are equal."""

    def __init__(self, name: str, content: str) -> None:
        """Reads TOML text. Raises RulebookInvalid naming the file, the key and the repair."""
        self.name = name
        self.content = content
        self.hash = hashlib.sha256(content.encode()).hexdigest()
        document = _read(name, content)
        self.edition = document.edition
        self.is_complete = document.is_complete
        self.title_id = document.title_id
        self.title_en = document.title_en
        self.legal_basis = document.legal_basis
        self.sources: Mapping[str, str] = document.sources
        self.parameters = document.parameters
        self.basic_services = document.basic_services
        self.basic_service_affairs = document.basic_services.affairs
        self.eligibility = document.eligibility
        self.predicates = document.predicate
        self.switches: Mapping[str, Switch] = document.assumptions
        self.count_indicator = document.count_indicator
        self.indicators = document.indicator
        self.groups = _groups(document)
        self.assumptions = self.assume()
        for key, cause, fix in contradictions(self):
            raise RulebookInvalid(cause, place=f"{name}.toml, {key}", fix=fix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and (self.name, self.hash) == (other.name, other.hash)

    def __hash__(self) -> int:
        return hash((self.name, self.hash))

    def __repr__(self) -> str:
        return f"Rulebook({self.name!r})"

    @property
    def spd_indicators(self) -> tuple[Indicator, ...]:
        """The lines answered by the region (SPD); empty where the edition's lines are unknown."""
        return tuple(indicator for indicator in self.indicators if indicator.aspect == "spd")

    @property
    def sid_indicators(self) -> tuple[Indicator, ...]:
        """The indicators answered per innovation (SID), alternatives one by one; empty where unknown."""
        return tuple(indicator for indicator in self.indicators if indicator.aspect == "sid")

    @property
    def spd_groups(self) -> tuple[Group, ...]:
        """What is scored once per region, in the order of the file."""
        return tuple(group for group in self.groups if group.aspect == "spd")

    @property
    def sid_groups(self) -> tuple[Group, ...]:
        """What is scored once per innovation, in the order of the file."""
        return tuple(group for group in self.groups if group.aspect == "sid")

    @property
    def has_count_formula(self) -> bool:
        """The formula of the count term is known, not only its maximum."""
        return not (self.parameters.count_weight.is_absent or self.parameters.count_cap.is_absent)

    @property
    def is_count_rule_single(self) -> bool:
        """Every number of the count term is a single value."""
        numbers = self.parameters
        return None not in (numbers.count_weight.value, numbers.count_cap.value, numbers.basic_services_required.value)

    @property
    def services_required(self) -> tuple[int, int]:
        """How many basic services must be covered (least, most); where unknown, none to more than there are."""
        required = self.parameters.basic_services_required
        if required.lower is None or required.upper is None:
            return 0, len(self.basic_service_affairs) + 1
        return int(required.lower), int(required.upper)

    def indicator(self, number: str) -> Indicator:
        """The indicator of an official number such as "16" or "33a". Raises KeyError if there is none."""
        for indicator in self.indicators:
            if indicator.number == number:
                return indicator
        raise KeyError(number)

    def group(self, number: str) -> Group:
        """The group that an official number ("16", "33", "33a") belongs to. Raises KeyError if there is none."""
        for group in self.groups:
            if number in group.numbers:
                return group
        raise KeyError(number)

    def predicate_of(self, iid: Decimal) -> str | None:
        """The predicate code of a rounded index (0 to 100); None where the edition's band is unknown."""
        for band in self.predicates:
            if band.lower is not None and band.upper is not None and band.lower <= iid <= band.upper:
                return band.code
        return None

    def assume(self, **changes: Any) -> Assumptions:
        """The default assumptions with the given switches changed. Raises AssumptionUnknown for a wrong switch."""
        values = {switch: stated.default for switch, stated in self.switches.items()} | changes
        try:
            return Assumptions.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            switch = ".".join(str(part) for part in first["loc"])
            kind = AssumptionUnknown if switch.split(".")[0] in changes else RulebookInvalid
            raise kind(
                f"{first['msg']}.",
                place=f"{self.name}.toml, assumptions.{switch}",
                fix=f"Known switches: {', '.join(Assumptions.model_fields)}.",
            ) from None

    def assumption_id(self, assumptions: Assumptions | None = None) -> str:
        """`2026.default` for the defaults, else the edition and 8 hex digits of the assumptions' sha256."""
        if assumptions is None or assumptions == self.assumptions:
            return f"{self.name}.default"
        canonical = json.dumps(assumptions.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return f"{self.name}.{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def rules_of(rulebook: Rulebook | int | str, assumptions: Assumptions | None = None) -> tuple[Rulebook, Assumptions]:
    """A rulebook and its assumptions, from a rulebook or an edition, and from given assumptions or its defaults."""
    rules = rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook)
    return rules, assumptions or rules.assumptions


def switches_of(texts: Iterable[str]) -> dict[str, Any]:
    """Assumptions as people write them (`rejected_in_divisor=false`, `stages_scored=trial,initiative`), to be assumed.

    Raises AssumptionUnknown for a text without `=` or an unknown switch; values are checked by the rulebook.
    """
    switches: dict[str, Any] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        field = Assumptions.model_fields.get(name)
        if not sign or field is None:
            raise AssumptionUnknown(
                "this is not a switch and its value.",
                place=text.strip(),
                fix=f"Write NAME=VALUE. Known switches: {', '.join(Assumptions.model_fields)}.",
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
    names = (entry.name for entry in resources.files("iga").joinpath("rulebooks").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_rulebook(edition: int | str) -> Rulebook:
    """The rulebook of an edition. Raises RulebookNotFound naming the known ones, RulebookInvalid for a bad file."""
    return _load(str(edition))


@cache
def _load(name: str) -> Rulebook:
    if name not in known_rulebooks():
        raise RulebookNotFound(
            "there is no rulebook for this edition.",
            place=f"edition {name}",
            fix=f"Known rulebooks: {', '.join(known_rulebooks())}.",
        )
    return Rulebook(name, resources.files("iga").joinpath("rulebooks", f"{name}.toml").read_text(encoding="utf-8"))


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


def _read(name: str, content: str) -> Document:
    try:
        return Document.model_validate(tomllib.loads(content, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise RulebookInvalid(f"not valid TOML: {error}.", place=f"{name}.toml", fix="Repair the line named.") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RulebookInvalid(
            f"{first['msg'].removeprefix('Value error, ')}.",
            place=f"{name}.toml, {key}",
            fix="Repair this key; `reason_id` and `reason_en` say why a value is unknown.",
        ) from None


def _groups(document: Document) -> tuple[Group, ...]:
    named = {alternatives.group: alternatives for alternatives in document.alternatives}
    members: dict[str, list[Indicator]] = {}
    for indicator in document.indicator:
        members.setdefault(indicator.group, []).append(indicator)
    return tuple(
        Group(
            number=number,
            key=(named.get(number) or same[0]).key,
            name_id=(named.get(number) or same[0]).name_id,
            name_en=(named.get(number) or same[0]).name_en,
            aspect=same[0].aspect,
            members=tuple(same),
        )
        for number, same in members.items()
    )
