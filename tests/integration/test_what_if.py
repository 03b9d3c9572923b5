"""The quick answer to "what if" is the warehouse's own, and needs no more than a blink."""

from __future__ import annotations

import random
from dataclasses import replace

import polars as pl
import pytest

from analysis.planning.scenario import LevelChange, Scenario, ScenarioInvalid, apply_scenario, outcome_of
from analysis.planning.what_if import WhatIf
from analysis.season.frames import SeasonFrames, read_season_frames
from iga.rulebook import load_rulebook
from warehouse import Snapshot
from warehouse.language import Language

CITIES = ("17.71", "33.71", "18.71")


def random_scenario(frames: SeasonFrames, chance: random.Random) -> Scenario:
    keys = frames.submissions["submission_id"].to_list()
    levels, spd = frames.levels(), frames.spd_levels()
    some = chance.sample(sorted(levels), min(len(levels), chance.randint(0, 6)))
    changes = {(key, chance.choice(sorted(levels[key]))) for key in some}
    if spd and chance.random() < 0.4:
        changes.add(("", chance.choice(sorted(spd))))
    return Scenario(
        name="random",
        rulebook=chance.choice(["", "", "2027"]),
        hold=tuple(chance.sample(keys, min(len(keys), chance.choice([0, 1, 30])))),
        send=tuple(chance.sample(keys, min(len(keys), chance.choice([0, 2])))),
        level=tuple(
            LevelChange(
                innovation=key, indicator=number, level=chance.randint(0, frames.rulebook.group(number).top_level)
            )
            for key, number in sorted(changes)
        ),
    )


@pytest.mark.parametrize("region_code", CITIES)
def test_the_quick_answer_is_the_computed_one(example: Snapshot, region_code: str) -> None:
    chance = random.Random(int(region_code.replace(".", "")))
    frames = read_season_frames(example, region_code, 2026)
    desk = WhatIf(frames, example)
    assert desk.before == outcome_of(frames, example)
    for _ in range(8):
        scenario = random_scenario(frames, chance)
        assert desk.outcome(scenario) == outcome_of(apply_scenario(frames, scenario), example)


def test_statuses_and_stages_count_as_the_rules_say(example: Snapshot) -> None:
    frames = read_season_frames(example, "17.71", 2026)
    chance = random.Random(3)
    statuses = [
        chance.choice([None, "sent", "rejected", "draft", "returned"]) for _ in range(frames.submissions.height)
    ]
    stages = [chance.choice([None, "trial", "implementation"]) for _ in statuses]
    mixed = frames.submissions.with_columns(
        pl.Series("status", statuses, dtype=pl.String), pl.Series("stage", stages, dtype=pl.String)
    )
    frames = replace(frames, submissions=mixed)
    assert WhatIf(frames, example).before == outcome_of(frames, example)


def test_a_rulebook_of_another_edition_gives_bounds_the_long_way(example: Snapshot) -> None:
    frames = read_season_frames(example, "17.71", 2026, rulebook=load_rulebook(2024))
    assert WhatIf(frames, example).before == outcome_of(frames, example)


def test_scenarios_are_compared_with_the_season_as_it_stands(example: Snapshot) -> None:
    frames = read_season_frames(example, "17.71", 2026)
    held = tuple(frames.submissions["submission_id"].head(20))
    table = WhatIf(frames, example).compare(
        [Scenario(name="hold 20", hold=held), Scenario(name="2027", rulebook="2027")]
    )
    assert table["scenario"].to_list() == ["", "hold 20", "2027"]
    assert table["iid_change"][0] == 0
    assert table["innovation_count"].to_list() == [274, 254, 274]


def test_a_scenario_that_holds_says_the_duty_and_the_gain_with_and_without(example: Snapshot) -> None:
    frames = read_season_frames(example, "17.71", 2026)
    held, indonesian = tuple(frames.submissions["submission_id"].head(20)), Language("id")
    desk = WhatIf(frames, example)
    assert desk.holding_notes([Scenario(name="2027", rulebook="2027")], indonesian) == []
    gain, duty = desk.holding_notes([Scenario(name="tahan 20", hold=held)], indonesian)
    assert "dengan menahan" in gain and gain.endswith("0,00 tanpa menahan.")
    assert duty.startswith("Semua inovasi wajib dilaporkan (UU 23/2014 ps. 388; PP 38/2017 ps. 20).")


def test_a_scenario_that_names_nobody_is_refused(example: Snapshot) -> None:
    desk = WhatIf(read_season_frames(example, "17.71", 2026), example)
    with pytest.raises(ScenarioInvalid, match="nobody"):
        desk.outcome(Scenario(name="wrong", hold=("nobody",)))
