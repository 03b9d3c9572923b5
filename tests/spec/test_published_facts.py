"""Likely ranges by hand: what published facts prove of a weight and of a region, case by case."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from iga.estimate import LikelyRange, PublishedFact, WeightBounds, deterministic_bounds, weight_bounds
from iga.index.formula import rounded
from iga.index.what_narrows import RegionFacts
from iga.rulebook import load_rulebook

CASES = tomllib.loads((Path(__file__).parent / "published_facts.toml").read_text(encoding="utf-8"))


def fact_of(case: dict[str, Any]) -> PublishedFact:
    return PublishedFact(
        "33.28", case["edition"], Decimal(case["iid"]), case["counted"], Decimal(case["mean_maturity"])
    )


@pytest.mark.parametrize("case", CASES["weight"], ids=lambda case: case["name"].partition(":")[0])
def test_a_published_result_bounds_the_weight_of_all(case: dict[str, Any]) -> None:
    maxima = load_rulebook(case["maxima_of"]) if "maxima_of" in case else None
    found = weight_bounds([fact_of(case)], load_rulebook(case["edition"]), maxima)
    assert isinstance(found, WeightBounds)
    points, _, counted = case["exact"].partition(" / ")
    assert found.lower == Fraction(points) / int(counted)
    assert Decimal(round(float(found.lower), 3)).quantize(Decimal("0.001")) == Decimal(case["at_least"])


@pytest.mark.parametrize("case", CASES["region"], ids=lambda case: case["name"].partition(":")[0])
def test_the_weight_narrows_another_region(case: dict[str, Any]) -> None:
    mean, counted = Fraction(case["mean"]), case["counted"]
    region = RegionFacts(None, (mean * counted, mean * counted), counted, counted, (6, 6))
    found = deterministic_bounds([fact_of(CASES["weight"][case["facts"]])], region, load_rulebook(case["edition"]))
    assert isinstance(found, LikelyRange)
    assert [str(rounded(Fraction(end))) for end in (found.hard_low, found.hard_high)] == case["hard"]
    assert [str(rounded(Fraction(end))) for end in (found.low, found.high)] == case["range"]
    assert list(found.rounded_outward()) == case["whole"]
    assert found.kind == "deterministic"
    assert {condition.code for condition in found.conditions} == {
        "one_count_weight",
        "published_count_counts",
        "services_condition",
    }
