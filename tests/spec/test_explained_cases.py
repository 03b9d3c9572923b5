"""The worked cases of the explanation: index before and after, and the share of each cause."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from iga.index.why_moved import Entry, Rules, Season, explain, rounded_x100
from iga.rulebook import load_rulebook

CASES = tomllib.loads((Path(__file__).parent / "explain.toml").read_text(encoding="utf-8"))["case"]


def season(stated: dict[str, Any], rules: tuple[str, str]) -> Season:
    """A season from a case; levels mean the same under both rulebooks here."""
    spd = stated.get("spd")
    entries = [
        Entry(
            f"{group}{place}",
            dict.fromkeys(rules, (Fraction(facts["maturity"]), Fraction(facts["maturity"]))),
            status=facts.get("status"),
            main_affair_code=facts["affairs"][place % len(facts["affairs"])],
        )
        for group, facts in stated.items()
        if group != "spd"
        for place in range(facts["count"])
    ]
    return Season(0, dict.fromkeys(rules, None if spd is None else (Fraction(spd), Fraction(spd))), entries)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name_en"])
@pytest.mark.parametrize("end", ["lower", "upper"])
def test_worked_case(case: dict[str, Any], end: str) -> None:
    names = tuple(case.get("rules", ("2026", "2026")))
    before, after = (Rules(load_rulebook(name), load_rulebook(name).assumptions) for name in names)
    told = explain(season(case["before"], names), season(case["after"], names), before, after)
    assert told is not None
    place = 0 if end == "lower" else 1
    suffix = "_upper" if end == "upper" and "index_upper" in case else ""
    found = [f"{rounded_x100(bounds[place]) / 100:.2f}" for bounds in (told.before, told.after)]
    shares = {player: f"{share / 100:.2f}" for player, share in told.printed(end).items() if share}  # type: ignore[arg-type]
    assert (found, shares) == (case[f"index{suffix}"], case[f"shares{suffix}"])
