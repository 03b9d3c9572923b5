"""The lists of the example inbox with their structure damaged: every value is right, or told at its cell."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache

import pytest

from etl.lake import scale_of
from simulation.draft import Original
from simulation.structure import STRUCTURES, mutations
from simulation.structure_truth import Judgement, judged, undamaged
from tests.conftest import ROOT
from warehouse.region import region_of_code

INBOX = ROOT / "examples" / "inbox"
LISTS = ("daftar-inovasi", "rekap-inovasi", "ekspor")
"""How the names of the lists of innovations begin."""
SEED = 17
WRONG = ("other_region", "other_year")


@cache
def originals_of(city: str) -> tuple[Original, ...]:
    found = []
    for side_file in sorted((INBOX / city).rglob("receipt.toml")):
        facts = tomllib.loads(side_file.read_text(encoding="utf-8"))
        region, edition = region_of_code(facts["city"]), facts["edition"]
        found += [
            undamaged((side_file.parent / file["name"]).read_bytes(), scale_of(edition), region, edition)
            for file in facts["file"]
            if file["name"].startswith(LISTS)
        ]
    return tuple(found)


def judged_by_kind(originals: tuple[Original, ...], count: int) -> dict[str, Judgement]:
    table: dict[str, Judgement] = defaultdict(Judgement)
    for name, draft in mutations(originals, count, SEED):
        table[name].add(judged(draft, scale_of(draft.original.edition)))
    print(shown(table))
    return table


def shown(table: dict[str, Judgement]) -> str:
    lines = [f"{'damage':24} files  held   values    right     told  silent"]
    for name, one in sorted(table.items()):
        counts = f"{one.files:5} {one.held:5} {one.values:8} {one.right:8} {one.told:8} {len(one.silent):7}"
        lines.append(f"{name:24} {counts}")
    return "\n".join(lines)


def check(table: dict[str, Judgement]) -> None:
    assert {name: one.silent[:3] for name, one in table.items() if one.silent} == {}
    assert table.keys() == {damage.__name__ for damage in STRUCTURES}
    assert all(one.right + one.told == one.values > 0 for one in table.values())
    assert all(table[name].held == table[name].files for name in WRONG)


def test_a_sample_of_damaged_lists_is_right_or_told() -> None:
    check(judged_by_kind(originals_of("magelang"), 40))


@pytest.mark.slow
def test_two_thousand_damaged_lists_are_right_or_told() -> None:
    cities = sorted(path.name for path in INBOX.iterdir() if path.is_dir())
    table = judged_by_kind(tuple(one for city in cities for one in originals_of(city)), 2_000)
    check(table)
    assert sum(one.files for one in table.values()) == 2_000
