"""Readiness, plans and scenarios on the example season: what a plan predicts is what the data gives afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from analysis.planning.plans import plan_joint
from analysis.planning.policy import CityPolicy, costs_of
from analysis.planning.scenario import (
    apply_scenario,
    keep_scenario,
    outcome_of,
    read_scenario,
    scenario_of_joint,
    scenario_of_raises,
)
from analysis.planning.what_if import WhatIf
from analysis.planning.words import counted_by
from analysis.season.followup import mark
from analysis.season.frames import read_season_frames
from analysis.season.readiness import read_readiness
from analysis.season.targets import efforts_of, targets_of
from iga.planning.candidates import Policy
from iga.planning.hold import submit_or_hold
from iga.planning.raise_plan import plan_to, plan_within
from iga.planning.single_valued_rules import PlanImpossible, rounded
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import Language

BENGKULU, MAGELANG, BANDAR_LAMPUNG = "17.71", "33.71", "18.71"


@pytest.mark.parametrize("region_code", [BENGKULU, BANDAR_LAMPUNG])
def test_the_predicted_index_is_the_computed_one(example: Snapshot, empty_home: Home, region_code: str) -> None:
    frames = read_season_frames(example, region_code, 2026)
    raises, position, terms = frames.raises(efforts_of(frames.rulebook, empty_home)), frames.position(), frames.terms
    assert position.index(terms) == Decimal(frames.index()["iid_x100"]).scaleb(-2)
    for plan in (plan_within(raises, position, terms, 150), plan_to(raises, position, terms, Decimal("90"))):
        changed = apply_scenario(frames, scenario_of_raises("plan", plan.raises))
        assert plan.is_proved
        assert plan.index_after == Decimal(changed.index()["iid_x100"]).scaleb(-2)
        recomputed = changed.disagreeing()["submission_id"].to_list()
        assert recomputed == frames.disagreeing()["submission_id"].to_list()


def test_the_joint_plans_index_is_the_computed_one(example: Snapshot, empty_home: Home) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    asked = CityPolicy(per_unit=1, quota={"Kesehatan": 30}, withhold=(frames.submissions["submission_id"][0],))
    policy = asked.under(frames, frames.candidates())
    for plan, _ in (
        plan_joint(frames, empty_home, Policy(), budget=120),
        plan_joint(frames, empty_home, policy, budget=60),
        plan_joint(frames, empty_home, Policy(), target=Decimal("88.30")),
    ):
        assert plan.is_proved
        changed = apply_scenario(frames, scenario_of_joint("joint", frames, plan))
        assert rounded(plan.index) == Decimal(changed.index()["iid_x100"]).scaleb(-2)
        assert outcome_of(changed, example) == WhatIf(frames, example).outcome(scenario_of_joint("j", frames, plan))
        alone = submit_or_hold(frames.candidates(), frames.spd_x100()[0], frames.terms)
        assert plan.raises == () or all(one.key in plan.sent for one in plan.raises)
        assert rounded(plan.index) >= rounded(alone.index) or plan.effort == 60


def test_each_part_of_a_policy_has_its_cost(example: Snapshot) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    candidates, spd, terms = frames.candidates(), frames.spd_x100()[0], frames.terms
    asked = CityPolicy(per_unit=1, at_least_x100=20000, lock=(frames.submissions["title"][0],), quota={"01": 1})

    def best(one: CityPolicy) -> Fraction:
        return submit_or_hold(candidates, spd, terms, one.under(frames, candidates)).index

    costs, _together = costs_of(CityPolicy(per_unit=1, quota={"01": 1}), best)
    assert costs["per_unit"] is not None
    assert costs["per_unit"] > 0
    assert costs["quota"] == 0
    with pytest.raises(PlanImpossible):
        costs_of(asked, best)
    with pytest.raises(UnknownName):
        CityPolicy(quota={"Pertanian": 1}).under(frames, candidates)


@pytest.mark.parametrize("region_code", [BENGKULU, MAGELANG, BANDAR_LAMPUNG])
def test_the_index_of_holding_is_the_computed_one(example: Snapshot, region_code: str) -> None:
    frames = read_season_frames(example, region_code, 2026)
    plan = submit_or_hold(frames.candidates(), frames.spd_x100()[0], frames.terms)
    held = frames.with_status(set(plan.held), "draft").index()
    assert plan.is_proved
    assert rounded(plan.index) == Decimal(held["iid_lower_x100"]).scaleb(-2)
    assert rounded(plan.index_all_sent) == Decimal(frames.index()["iid_lower_x100"]).scaleb(-2)


def test_a_scenario_is_kept_named_and_compared(example: Snapshot, empty_home: Home, tmp_path: Path) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    first = frames.submissions["submission_id"][0]
    file = tmp_path / "four.toml"
    file.write_text(f'name = "next year"\nrulebook = "2027"\nhold = ["{first}"]\n', encoding="utf-8")
    scenario = read_scenario(file, empty_home)
    keep_scenario(scenario, empty_home, Language("id"))
    assert read_scenario("next-year", empty_home) == scenario
    changed = scenario.model_copy(update={"note": "second"})
    assert keep_scenario(changed, empty_home, Language("id")).kept is None  # ours, so that it is replaced
    path = empty_home.root / "scenarios" / "next-year.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    kept = keep_scenario(scenario, empty_home, Language("id"))
    assert kept.kept == path and "# by hand" in path.read_text(encoding="utf-8") and kept.path.is_file()
    scenario = read_scenario("next-year", empty_home)
    assert scenario.note == "second"
    outcome = outcome_of(apply_scenario(frames, scenario), example)
    assert outcome.rulebook == "2027"
    assert outcome.innovation_count == frames.index()["innovation_count"] - 1
    assert frames.index()["iid_x100"] == 8538


def test_readiness_of_the_example_season(example: Snapshot, empty_home: Home) -> None:
    found = read_readiness(example, empty_home, BENGKULU, 2026, date(2026, 8, 9))
    assert found.deadline is not None
    assert (found.deadline.kind, found.deadline.day) == ("ministry", date(2026, 8, 14))
    assert found.pace is not None
    assert found.pace.days_left == 5
    assert found.pace.is_enough is False
    assert found.threshold is not None
    assert (found.threshold.value, found.threshold.edition) == (Decimal("80.00"), 2025)
    gains = found.gaps["index_gain"].to_list()
    assert gains == sorted(gains, reverse=True)
    assert found.services["innovation_count"].min() > 0
    assert set(found.units["unit_kind"]) >= {"kelurahan", "puskesmas", "sd", "smp"}
    assert found.units.filter(unit_kind="kelurahan")["district"].null_count() == 0


def test_innovations_without_any_score_are_sent_all_the_same(example: Snapshot) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    nothing = [pl.lit(None, dtype=pl.Int32).alias(f"{kind}_score_x100") for kind in ("claimed", "verified", "final")]
    bare = replace(frames, submissions=frames.submissions.with_columns(nothing), answers=frames.answers.clear())
    assert bare.reported().height == frames.reported().height
    assert bare.maturities()["maturity_lower_x100"].null_count() == bare.submissions.height
    units = pl.DataFrame({"kind": ["sd"], "sent": [1], "missing": [None], "below_threshold": [None]}, schema=COUNTED)
    assert counted_by(units, "kind").row(0, named=True)["missing"] is None


COUNTED = {"kind": pl.String, "sent": pl.Int64, "missing": pl.Int64, "below_threshold": pl.Int64}


def test_the_state_of_a_gap_is_kept(example: Snapshot, empty_home: Home) -> None:
    day = date(2026, 8, 9)
    gap = read_readiness(example, empty_home, BENGKULU, 2026, day).gaps["gap_id"][0]
    mark(empty_home, BENGKULU, 2026, f"{gap}=promised:2026-08-12", day)
    row = read_readiness(example, empty_home, BENGKULU, 2026, day).gaps.row(0, named=True)
    assert (row["state"], row["promised_date"]) == ("promised", date(2026, 8, 12))


def test_with_totals_only_it_says_what_is_missing(example: Snapshot, empty_home: Home) -> None:
    found = read_readiness(example, empty_home, MAGELANG, 2026, date(2026, 8, 9))
    assert {"threshold", "levels", "history"} <= set(found.lacking)
    # Three innovations of each office are asked for since 2025 ("1 Institusi 3 Inovasi"); nothing else is known.
    assert "required" not in found.lacking
    assert set(found.gaps["kind"]) == {"no_innovation", "too_few_innovations"}


def test_thresholds_move_in_mid_season() -> None:
    nowhere = Home.at("/nonexistent")
    july = targets_of(BENGKULU, 2024, date(2024, 7, 12), nowhere)
    september = targets_of(BENGKULU, 2024, date(2024, 9, 14), nowhere)
    assert july.threshold is not None
    assert september.threshold is not None
    assert (july.threshold.value, september.threshold.value) == (Decimal(70), Decimal(90))
    assert {one.kind for one in july.deadlines} == {"internal", "ministry"}
    assert july.required["puskesmas"].value == 2


def test_plan_says_before_after_and_the_proof(iga: Callable[..., Ran], example_home: Path) -> None:
    told = iga("plan", "bengkulu", "2026", "--budget", "20", home=example_home, lang="en").out
    assert "Exact on the city's own scores; no guarantee of the ministry's." in told
    assert "SIMULATED DATA" in told
    rows = json.loads(iga("plan", "bengkulu", "2026", "--budget", "20", "--format", "json", home=example_home).out)
    assert {"unit_name", "innovation", "document", "points", "effort"} <= set(rows[0])
    assert sum(row["effort"] for row in rows) <= 20


def test_every_city_is_planned_in_one_command(iga: Callable[..., Ran], example_home: Path) -> None:
    rows = json.loads(iga("plan", "all", "2026", "--budget", "20", "--format", "json", home=example_home).out)
    assert [row["is_proved"] for row in rows] == [True, True, True]


def test_lists_open_as_a_workbook(iga: Callable[..., Ran], example_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "kesiapan.xlsx"
    arguments = ("readiness", "bengkulu", "2026", "--on", "2026-08-09", "--workbook", str(file))
    assert iga(*arguments, home=example_home, lang="id").exit_code == 0
    book = CalamineWorkbook.from_path(str(file))
    assert "Dinas Kesehatan" in book.sheet_names
    rows = book.get_sheet_by_name("Dinas Kesehatan").to_python()
    assert "Dokumen" in rows[0]
    assert len(rows) > 10


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("plan", "bengkulu", "2022"), 3, "holds nothing"),
        (("plan", "bengkulu", "2026", "--budget", "1", "--target", "90"), 2, "one goal"),
        (("plan", "bengkulu", "2026", "--what-if", "nothing"), 3, "nothing"),
        (("plan", "bengkulu", "2026", "--rules", "2024"), 3, "divisor_minimum"),
        (("plan", "bengkulu", "2026", "--top", "40"), 3, "place 40"),
    ],
)
def test_faults_say_what_to_do(
    iga: Callable[..., Ran], example_home: Path, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    ran = iga(*arguments, home=example_home)
    assert ran.exit_code == exit_code
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_the_page_says_what_the_plan_says(example_home: Path) -> None:
    from reports.pages.next_edition import blocks as next_edition
    from reports.pages.next_edition.parameters import NextEditionParameters
    from warehouse.home import Home as Place

    parameters = NextEditionParameters(city="bengkulu", edition=2026, budget=50, lang="en")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IGA_HOME", str(Place.at(example_home).root))
        page = next_edition.open_next_edition(parameters)
    assert page.hold is None  # the page sends everything; holding is a simulation that was not asked for
    assert page.season is not None
    told = next_edition.brief(page).html
    assert str(page.season.index) in told
    assert "This simulation is no advice" not in told
    assert "SIMULATED DATA" in told
    assert "Dinas Pendidikan dan Kebudayaan" in told
    assert "Document" in next_edition.gaps(page).html
    assert "Who has to act" in told


def test_a_page_with_totals_only_names_the_sheets_to_fetch(example_home: Path) -> None:
    from reports.pages.next_edition import blocks as next_edition
    from reports.pages.next_edition.parameters import NextEditionParameters

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IGA_HOME", str(example_home))
        page = next_edition.open_next_edition(NextEditionParameters(city="magelang", edition=2026, lang="en"))
    assert "Control sheets to fetch first" in next_edition.raises(page).html
    assert "There are no answers per indicator" in next_edition.brief(page).html
    # Below the innovations that each office still has to send, as Magelang asks for since 2025.
    assert "control sheet: the level of every indicator" in next_edition.gaps(page, most=page.asked.height).html
