"""Names of units as offices write them: which unit each means, or which ones are proposed (`unit_names.csv`)."""

from __future__ import annotations

import csv

import pytest

from analysis.season.unit_names import candidates_of
from tests.conftest import ROOT
from tests.unit_register import units_of
from warehouse.unit_name_rules import UnitNames

CASES = list(csv.DictReader((ROOT / "tests" / "spec" / "unit_names.csv").open(encoding="utf-8")))
EDITION = 2026
REGISTERS = {code: units_of(code) for code in ("17.71", "33.71")}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['region_code']} {case['name']}" for case in CASES])
def test_a_name_means_its_unit_or_is_asked(case: dict[str, str]) -> None:
    region_code, name = case["region_code"], case["name"]
    units = REGISTERS[region_code]
    unit = UnitNames(region_code, units).unit_of(name, EDITION)
    assert (unit.name if unit else "") == case["unit"]
    if unit is None:
        standing = [one for one in units if one.stands_in(EDITION)]
        proposed = [one.unit.name for one in candidates_of([name], standing, region_code)[name]]
        assert "|".join(proposed) == case["candidates"]


def test_the_table_holds_names_that_mean_a_unit_and_traps() -> None:
    assert len(CASES) > 80
    assert 30 < sum(not case["unit"] for case in CASES) < 50


@pytest.mark.parametrize(("edition", "unit"), [(2023, "K1"), (2024, "K2"), (2026, "K2")])
def test_a_renamed_office_is_the_one_that_stands_in_the_edition(edition: int, unit: str) -> None:
    found = UnitNames("17.71", REGISTERS["17.71"]).unit_of("Diskominfo", edition)
    assert found is not None and found.unit_code == unit
