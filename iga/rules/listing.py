"""Lists every value of a rulebook with where it comes from, and what differs between two rulebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from iga.rules.book import Rulebook
from iga.rules.chain import LISTS
from iga.rules.parts import Confidence, Indicator, Parameters

Kind = Literal["parameter", "predicate", "basic_services", "eligibility", "assumption", "indicator", "list"]
State = Literal["stated", "assumed", "taken_over", "not_known"]
"""The edition's file states it, it is assumed as no source does, an earlier edition states it, or it is not known."""


@dataclass(frozen=True)
class RuleEntry:
    """One value of a rulebook: what it is, and who states it (`edition`) with which sources, date and confidence.

    `lower` and `upper` are the bounds of a number or a band, `value` holds anything else: the default of a switch,
    codes, a day, an indicator. `reason_id` and `reason_en` say why it is not known, or how it was read. `taken_parts`
    are the parts of an indicator, `weight` or `levels`, that a file leaves to an earlier edition where it changes the
    rest: which one.
    """

    kind: Kind
    name: str
    state: State
    edition: int
    confidence: Confidence
    source: tuple[str, ...]
    stated_date: date | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    value: object = None
    reason_id: str = ""
    reason_en: str = ""
    taken_parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The place of the value in a rulebook, such as `parameter.spd_maximum`."""
        return f"{self.kind}.{self.name}"

    @property
    def meaning(self) -> tuple[object, ...]:
        """What counts when two rulebooks are compared: not who says it, nor how surely."""
        if isinstance(self.value, Indicator):
            line = self.value
            levels = tuple((level.text_id, level.lower, level.upper) for level in line.levels)
            return line.number, line.weight, levels, line.is_mandatory, line.group
        return self.lower, self.upper, self.value


@dataclass(frozen=True)
class RuleChange:
    """A value that two rulebooks state differently, or that only one of them has."""

    key: str
    before: RuleEntry | None
    after: RuleEntry | None


def entries_of(rules: Rulebook) -> list[RuleEntry]:
    """Return every value of a rulebook, in the order in which files state them."""
    return [*_parameters(rules), *_bands(rules), *_others(rules), *_switches(rules), *_lines(rules), *_lists(rules)]


def changes_between(before: Rulebook, after: Rulebook) -> list[RuleChange]:
    """Return what differs between two rulebooks, in the order of the later one, then what it no longer has."""
    first, second = ({entry.key: entry for entry in entries_of(rules)} for rules in (before, after))
    keys = [*second, *(key for key in first if key not in second)]
    pairs = [(key, first.get(key), second.get(key)) for key in keys]
    return [RuleChange(key, old, new) for key, old, new in pairs if not _is_same(old, new)]


def _is_same(old: RuleEntry | None, new: RuleEntry | None) -> bool:
    return old is not None and new is not None and old.meaning == new.meaning


def _parameters(rules: Rulebook) -> Iterator[RuleEntry]:
    for name in Parameters.model_fields:
        stated = getattr(rules.parameters, name)
        yield RuleEntry(
            "parameter",
            name,
            *_origin(rules, f"parameters.{name}", is_known=not stated.is_absent),
            stated.confidence,
            stated.source,
            _date(rules, stated.date, stated.source),
            stated.lower,
            stated.upper,
            reason_id=stated.reason_id,
            reason_en=stated.reason_en,
        )


def _bands(rules: Rulebook) -> Iterator[RuleEntry]:
    for band in rules.predicates:
        yield RuleEntry(
            "predicate",
            band.code,
            *_origin(rules, f"predicate.{band.code}", is_known=band.lower is not None),
            band.confidence,
            band.source,
            _date(rules, band.date, band.source),
            band.lower,
            band.upper,
            reason_id=band.reason_id,
            reason_en=band.reason_en,
        )


def _others(rules: Rulebook) -> Iterator[RuleEntry]:
    services = rules.basic_services
    yield RuleEntry(
        "basic_services",
        "affairs",
        *_origin(rules, "basic_services"),
        services.confidence,
        services.source,
        _date(rules, services.date, services.source),
        value=services.affairs,
    )
    window = rules.eligibility
    for name in (
        ("implementation_from", "implementation_to", "stages", "design_minimum_words", "most_entries") if window else ()
    ):
        value = getattr(window, name)
        if window and value is not None:
            state, edition = _origin(rules, f"eligibility.{name}")
            confidence: Confidence = "low" if state == "taken_over" else window.confidence
            # What is taken over beside a window that the file states has a source, and a date, of its own.
            source = rules.document.taken_sources.get(f"eligibility.{name}", window.source)
            dated = _date(rules, None if state == "taken_over" else window.date, source)
            yield RuleEntry("eligibility", name, state, edition, confidence, source, dated, value=value)


def _switches(rules: Rulebook) -> Iterator[RuleEntry]:
    for name, switch in rules.switches.items():
        state, edition = _origin(rules, f"assumptions.{name}")
        yield RuleEntry(
            "assumption",
            name,
            "assumed" if state == "stated" and not switch.source else state,
            edition,
            switch.confidence,
            switch.source,
            _date(rules, switch.date, switch.source),
            value=switch.default,
            reason_id=switch.note_id,
            reason_en=switch.note_en,
        )


def _lines(rules: Rulebook) -> Iterator[RuleEntry]:
    for line in rules.indicators:
        yield RuleEntry(
            "indicator",
            line.key,
            *_origin(rules, f"indicator.{line.key}"),
            line.confidence,
            line.source,
            _date(rules, line.date, line.source),
            value=line,
            reason_id=line.note_id,
            reason_en=line.note_en,
            taken_parts={
                part: rules.taken_over[key]
                for part in ("weight", "levels")
                if (key := f"indicator.{line.key}.{part}") in rules.taken_over
            },
        )


def _lists(rules: Rulebook) -> Iterator[RuleEntry]:
    """The lists that are not known: those that a file names, and lines that it has none of."""
    aspects = {line.aspect for line in rules.indicators}
    empty = {"count_indicator": rules.count_indicator is None, "eligibility": rules.eligibility is None}
    for key in LISTS:
        if empty.get(key, key.removeprefix("indicators.") not in aspects):
            reason = rules.document.not_known.get(key)
            edition = rules.taken_over.get(key, rules.edition)
            told = (reason.reason_id, reason.reason_en) if reason else ("", "")
            yield RuleEntry("list", key, "not_known", edition, "unknown", (), reason_id=told[0], reason_en=told[1])


def _origin(rules: Rulebook, key: str, *, is_known: bool = True) -> tuple[State, int]:
    edition = rules.taken_over.get(key)
    state: State = "not_known" if not is_known else "stated" if edition is None else "taken_over"
    return state, rules.edition if edition is None else edition


def _date(rules: Rulebook, own: date | None, sources: tuple[str, ...]) -> date | None:
    """The date that a value states, else that of its latest source."""
    dated = [source.date for key in sources if (source := rules.document.sources.get(key)) and source.date]
    return own or max(dated, default=None)
