"""Every value and every level of the shipped editions, as they stood before rules became a chain, and as they stay.

The tables were written by the release before (0.2.0); a line changes only together with what its guideline says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from iga.rulebook import Rulebook, load_rulebook, rulebooks_for
from iga.rules.crosswalk import crosswalk
from iga.rules.parts import Indicator, Parameters

HERE = Path(__file__).parent
VALUES = list(csv.reader((HERE / "shipped_values.csv").read_text(encoding="utf-8").splitlines()))[1:]
LEVELS = list(csv.DictReader((HERE / "shipped_crosswalks.csv").read_text(encoding="utf-8").splitlines()))
EDITIONS = sorted({row[0] for row in VALUES})
SWITCHES = sorted({row[1].removeprefix("assumptions.") for row in VALUES if row[1].startswith("assumptions.")})


def span(lower: object, upper: object) -> str:
    return "" if lower is None else f"{lower:f}" if lower == upper else f"{lower:f} to {upper:f}"


def line(indicator: Indicator) -> str:
    ends = [(level.lower, level.upper) for level in indicator.levels] if indicator.grid else []
    bands = "; ".join("~".join("" if end is None else f"{end:f}" for end in pair) for pair in ends)
    mark = " *" if indicator.is_mandatory else ""
    text = f"{indicator.key} {indicator.weight:f} x {indicator.top_level}{mark} {indicator.group} {bands}"
    return text.strip()


def stated(rules: Rulebook) -> Iterator[tuple[str, str, str]]:
    for name in Parameters.model_fields:
        value = getattr(rules.parameters, name)
        yield f"parameters.{name}", span(value.lower, value.upper), value.confidence
    yield "basic_services", " ".join(rules.basic_service_affairs), rules.basic_services.confidence
    for band in rules.predicates:
        bounds = "" if band.lower is None else f"{band.lower:f} to {band.upper:f}"
        yield f"predicate.{band.code}", bounds, band.confidence
    if window := rules.eligibility:
        facts = [
            window.implementation_from,
            window.implementation_to,
            *(window.stages or ()),
            window.design_minimum_words,
        ]
        yield "eligibility", " ".join(str(fact) for fact in facts if fact is not None), window.confidence
    if rules.count_indicator:
        yield "count_indicator", rules.count_indicator.number, ""
    for name in SWITCHES:
        default = rules.switches[name].default
        text = " ".join(default) if isinstance(default, tuple) else str(default).lower()
        yield f"assumptions.{name}", text, rules.switches[name].confidence
    for indicator in rules.indicators:
        yield f"indicator.{indicator.number}", line(indicator), indicator.confidence
    yield "assumption_id", rules.assumption_id(), ""
    yield "assumption_id.ties=max", rules.assumption_id(rules.assume(ties="max")), ""
    two = rules.assume(stages_scored=["trial", "implementation"], spd_carries_over=True)
    yield "assumption_id.two", rules.assumption_id(two), ""
    uses = [use.rulebook.name + "".join(f"+{note}" for note in use.coverage_notes) for use in rulebooks_for(rules.name)]
    yield "estimates", " ".join(uses), ""


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_value_of_a_shipped_edition_is_as_before(edition: str) -> None:
    before = {row[1]: (row[2], row[3]) for row in VALUES if row[0] == edition}
    now = {rule: (value, confidence) for rule, value, confidence in stated(load_rulebook(edition))}
    assert now == before


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_level_means_what_it_meant_under_another_edition(edition: str) -> None:
    before = {(row["to"], row["indicator"]): row["levels"] for row in LEVELS if row["from"] == edition}
    now = {}
    for other in EDITIONS:
        walk = crosswalk(edition, other)
        for source, _ in walk.groups if edition != other and walk.basis != "absent" else ():
            for number in source.numbers if source else ():
                intervals = [walk.interval(number, level) for level in range(source.top_level + 1)]
                now[other, number] = " ".join(f"{lower}-{upper}" for lower, upper in intervals)
    assert now == before
