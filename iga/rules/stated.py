"""One rulebook file as values: parameters, bands, groups of indicators, switches; nothing filled in."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal

from pydantic import ValidationError

from iga.errors import AssumptionUnknown, RulebookInvalid, Sentence
from iga.reasons import reason_of, slip_of
from iga.rules.parts import Assumptions, Document, Group, Indicator, Switch


class StatedRules:
    """The rules of one edition as its file states them, not yet checked against each other."""

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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StatedRules) and (self.name, self.hash) == (other.name, other.hash)

    def __hash__(self) -> int:
        return hash((self.name, self.hash))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def spd_indicators(self) -> tuple[Indicator, ...]:
        """The lines answered by the region (SPD); empty where the edition's lines are unknown."""
        return tuple(indicator for indicator in self.indicators if indicator.aspect == "spd")

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

    def assume(self, **changes: object) -> Assumptions:
        """The default assumptions with the given switches changed. Raises AssumptionUnknown for a wrong switch."""
        values = {switch: stated.default for switch, stated in self.switches.items()} | changes
        try:
            return Assumptions.model_validate(values)
        except ValidationError as error:
            switch, reason = slip_of(error)
            kind = AssumptionUnknown if switch.split(".")[0] in changes else RulebookInvalid
            raise kind(
                "{reason}.",
                place=Sentence("{rulebook}.toml, assumptions.{switch}", rulebook=self.name, switch=switch),
                fix=Sentence("Known switches: {known}.", known=", ".join(Assumptions.model_fields)),
                reason=reason,
            ) from None

    def assumption_id(self, assumptions: Assumptions | None = None) -> str:
        """`2026.default` for the defaults, else the edition and 8 hex digits of the assumptions' sha256."""
        if assumptions is None or assumptions == self.assumptions:
            return f"{self.name}.default"
        canonical = json.dumps(assumptions.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return f"{self.name}.{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def _read(name: str, content: str) -> Document:
    try:
        return Document.model_validate(tomllib.loads(content, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise RulebookInvalid(
            "not valid TOML: {reason}.",
            place="{rulebook}.toml",
            fix="Repair the line named.",
            rulebook=name,
            reason=reason_of(error),
        ) from None
    except ValidationError as error:
        key, reason = slip_of(error)
        raise RulebookInvalid(
            "{reason}.",
            place="{rulebook}.toml, {key}",
            fix="Repair this key; `reason_id` and `reason_en` say why a value is unknown.",
            reason=reason,
            rulebook=name,
            key=key,
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
