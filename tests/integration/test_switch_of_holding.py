"""The plan page folds the simulation of holding beside the plan that sends everything, with the duty to report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from analysis import open_snapshot
from analysis.planning.one_plan import season_plan
from analysis.planning.words import duty_to_report
from iga.index.formula import rounded
from reports.blocks.content import Bullets, Details, Table
from reports.pages.next_edition import blocks as next_edition
from reports.pages.next_edition.parameters import NextEditionParameters
from warehouse.home import Home
from warehouse.language import Language

DAY = date(2026, 8, 10)


def test_the_switch_shows_the_gain_with_and_without_holding(
    example_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    page = next_edition.open_next_edition(NextEditionParameters(city="bengkulu", edition=2026, on=DAY, lang="id"))
    told, folded = next_edition.held(page).parts
    assert isinstance(told, Bullets) and isinstance(folded, Details) and not folded.is_printed
    duty = duty_to_report(Language("id"))
    [compared] = folded.parts
    assert isinstance(compared, Table)
    assert duty in list(told.texts()) and duty in compared.note
    with open_snapshot(home=example_home) as snapshot:
        plans = [
            season_plan(snapshot, Home.at(example_home), "17.71", 2026, DAY, with_holding=way, budget=100)
            for way in (False, True)
        ]
    expected = [
        [plan.index for plan in plans],
        [rounded(plan.plan.index - plan.plan.index_before) for plan in plans],
        [rounded(plan.if_tenth_rejected.gain) for plan in plans],
        [rounded(plan.if_shifted.gain) for plan in plans if plan.if_shifted is not None],
    ]
    assert [list(row[1:]) for row in compared.values] == expected
    assert compared.note.startswith(f"{len(plans[1].held)} inovasi ditahan")
    # A switch that is off: what is folded is opened by whoever asks for it.
    assert "<details" in next_edition.held(page).html and "<details open" not in next_edition.held(page).html
