"""One rulebook file as values: parameters, bands, groups of indicators, switches; nothing filled in."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal

from pydantic import ValidationError

from iga.errors import AssumptionUnknown, RulebookInvalid, Sentence
from iga.reasons import reason_of, slip_of
from iga.rules.chain import Raw, place_of, resolved
from iga.rules.parts import Assumptions, Document, Group, Indicator, Switch
from iga.rules.toml_text import line_below, line_of, line_of_entry, written
from iga.written_toml import parsed_toml


class StatedRules:
    """The rules of one edition as its file states them, with what it takes over; not yet checked against each other.

    `content` is TOML that stands alone: the text of a file without a base as it is, else every value with the edition
    that it is taken from. Reading it again gives the same rules. `text` is what the file itself says.
    """

    def __init__(self, name: str, content: str, base: "StatedRules | None" = None) -> None:
        """Read TOML text; `base` is the rulebook that it names with `based_on`.

        Raises RulebookInvalid naming the file, the line, the key and the repair.
        """
        stated = parsed(name, content)
        _check_base(name, content, stated, base)
        document = _document(name, content, stated, base)
        self.name = name
        self.text = content
        self.content = content if base is None else written(_plain(document))
        self.hash = hashlib.sha256(self.content.encode()).hexdigest()
        self.document = document
        self.edition = document.edition
        self.based_on = document.based_on
        self.bases = document.bases
        self.is_complete = document.states_all_changes or document.is_complete
        self.estimated_under = document.estimated_under
        self.scale = document.scale
        self.taken_over: Mapping[str, int] = document.taken_over
        self.title_id = document.title_id
        self.title_en = document.title_en
        self.legal_basis = document.legal_basis
        self.sources: Mapping[str, str] = {key: source.text for key, source in document.sources.items()}
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
        """Return the predicate code of a rounded index, or of a raw total on that `scale`; None if no band holds it."""
        return next((band.code for band in self.predicates if band.holds(iid)), None)

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
        canonical = json.dumps(assumptions.canonical(), sort_keys=True, separators=(",", ":"))
        return f"{self.name}.{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def parsed(name: str, text: str) -> Raw:
    """Return the values of a rulebook's text. Raises RulebookInvalid, with the line, if it is not TOML."""
    try:
        return parsed_toml(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise RulebookInvalid(
            "not valid TOML: {reason}.",
            place="{rulebook}.toml",
            fix="Repair the line named.",
            rulebook=name,
            reason=reason_of(error),
        ) from None


def _check_base(name: str, text: str, stated: Raw, base: StatedRules | None) -> None:
    named = None if stated.get("bases") else stated.get("based_on")
    if named == (None if base is None else base.edition):
        return
    raise RulebookInvalid(
        "its base, edition {base}, is not at hand.",
        place=place_of(name, "based_on", line_of(text, ("based_on",))),
        fix="Read it together with the rulebook of that edition.",
        base=named,
    )


def _document(name: str, text: str, stated: Raw, base: StatedRules | None) -> Document:
    whole = resolved(name, text, stated, None if base is None else base.document)
    try:
        return Document.model_validate(whole)
    except ValidationError as error:
        key, reason = slip_of(error)
        fix = Sentence("Repair this key; `reason_id` and `reason_en` say why a value is unknown.")
        if base is None and "parameters" not in stated:
            fix = Sentence("Name the edition that it changes with based_on, or state every value.")
        shown, line = _place(text, key, whole, is_whole=base is None)
        raise RulebookInvalid("{reason}.", place=place_of(name, shown, line), fix=fix, reason=reason) from None


def _place(text: str, key: str, whole: Raw, *, is_whole: bool) -> tuple[str, int | None]:
    """A key that a model does not take, and its line; entries of a list are counted in the whole, not in the file."""
    section, *rest = key.split(".")
    entries = whole.get(section)
    if not rest or not rest[0].isdigit() or not isinstance(entries, list):
        return key, line_of(text, (section, *rest))
    entry = entries[int(rest[0])]
    name = next((name for name in ("key", "number", "code", "group") if name in entry), "")
    start = line_of_entry(text, section, {name: entry.get(name)})
    line = start and (line_below(text, start, rest[1:]) or start)
    return (key if is_whole else ".".join([section, str(entry.get(name, "")), *rest[1:]])), line


def _plain(document: Document) -> Raw:
    return document.model_dump(exclude_none=True, exclude_defaults=True)


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
