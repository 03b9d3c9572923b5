"""The whole way under rules in which every number is another one: load, index, plans, the Lab, letters, pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from analysis import open_snapshot
from analysis.planning.plans import plan_joint
from analysis.planning.scenario import (
    LevelChange,
    Scenario,
    ScenarioInvalid,
    apply_scenario,
    outcome_of,
    scenario_of_joint,
    scenario_of_raises,
)
from analysis.planning.what_if import WhatIf
from analysis.season.frames import SeasonFrames
from analysis.season.targets import efforts_of
from etl.outgoing.template import template_workbook
from etl.publish import LoadResult, ingest
from iga.index.formula import rounded
from iga.planning.candidates import Policy
from iga.planning.hold import submit_or_hold
from iga.planning.raise_plan import plan_within
from iga.rulebook import load_rulebook
from iga.score import index_of
from reports.letters import write_letters
from reports.pages.city_index import charts
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import read_city_season
from reports.run.notebook import notebook_path
from simulation.files import bytes_of, export_of
from tests.city_files import put
from tests.other_rules import EDITION, shipping_other_rules
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.region import region_of_code
from workbench.desk.pages.what_if_page import answered, what_if
from workbench.desk.people import Person, Role
from workbench.desk.question import question_of

CITY, BENGKULU = "bengkulu", region_of_code("17.71")
TODAY = date(EDITION, 8, 10)
COUNT = 60
EFFORTS = "indicator_key,step_1,step_2,step_3,step_4,source,note_id,note_en\n{lines}\n"


def fill(home: Home, edition: int) -> None:
    """Lay a city's season into the inbox: list, control sheet and SPD answers."""
    side = f'simulated = true\n[[file]]\nname = "{{name}}"\nreceived = {edition}-08-01\nsystem = "simulasi"\n'
    names = []
    for layout, name in (("l8_html_export", "daftar.xls"), ("template_control_sheet", "kendali.xlsx")):
        # The same draws give the same innovations in both files.
        export = export_of(layout, BENGKULU, edition, COUNT, Random(edition), 0)
        put(home, f"{CITY}/{edition}/{name}", bytes_of(export))
        names.append(name)
    rules = load_rulebook(edition)
    lines = [[line.number, line.name_id, line.top_level - (n % 2)] for n, line in enumerate(rules.spd_indicators)]
    put(home, f"{CITY}/{edition}/spd.xlsx", template_workbook("spd-answers", "Kota Bengkulu", edition, lines))
    parts = side.partition("[[file]]")
    files = "".join((parts[1] + parts[2]).format(name=name) for name in (*names, "spd.xlsx"))
    put(home, f"{CITY}/{edition}/receipt.toml", parts[0] + files)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, LoadResult]]:
    with shipping_other_rules():
        home = Home.at(tmp_path_factory.mktemp("other") / "home")
        for edition in (2026, EDITION):
            fill(home, edition)
        keys = [group.key for group in load_rulebook(EDITION).groups]
        targets = home.root / "targets" / "efforts.csv"
        targets.parent.mkdir(parents=True)
        targets.write_text(
            EFFORTS.format(lines="\n".join(f"{key},1,2,2,3,uji,,,"[:-1] for key in keys)), encoding="utf-8"
        )
        yield home, ingest(home, today=TODAY)


@pytest.fixture
def home(loaded: tuple[Home, LoadResult]) -> Home:
    return loaded[0]


@pytest.fixture
def snapshot(home: Home) -> Iterator[Snapshot]:
    with open_snapshot(home=home.root) as opened:
        yield opened


@pytest.fixture
def frames(snapshot: Any) -> SeasonFrames:
    season: SeasonFrames = snapshot.season(CITY, EDITION)
    return season


def test_the_season_is_read_whole_and_scored_by_its_own_rules(
    loaded: tuple[Home, LoadResult], snapshot: Any, frames: SeasonFrames
) -> None:
    assert loaded[1].quarantine.is_empty() and not loaded[1].editions_without_rulebook
    row = snapshot.sql("select * from region_index where edition = 2030").row(0, named=True)
    scored = frames.scored()
    assert (row["rulebook"], row["coverage"], row["is_estimate"]) == ("2030", "complete", False)
    assert set(scored["stage"]) == {"trial", "implementation"}
    expected = index_of(
        Decimal(frames.spd_x100()[0]) / 100,
        [Decimal(value) / 100 for value in scored["maturity_lower_x100"]],
        int(row["basic_service_lower"]),
        frames.rulebook,
        other_stage_count=frames.reported().height - scored.height,
    )
    assert (row["iid"], row["predicate"], row["divisor"]) == (expected.iid, expected.predicate, expected.divisor)
    assert snapshot.sql("select max(level) from answer where indicator_number = '16'").item() == 4
    assert snapshot.sql("select count(distinct indicator_number) from answer join submission using (submission_id) "
                        "where edition = 2030").item() == 22  # fmt: skip
    keys = "select distinct indicator_key from answer join submission using (submission_id) where edition = 2030 and "
    assert snapshot.sql(keys + "indicator_number = '22'").item() == "implementing_team"
    assert row["count_score"] == min(160, scored.height) * Decimal("0.25")


def test_the_earlier_edition_is_what_it_is_without_the_later_one(
    snapshot: Any, tmp_path: Path, loaded: tuple[Home, LoadResult]
) -> None:
    from iga.rulebook import shipped_files
    from tests.other_rules import shipping

    text = "select * from region_index where edition = 2026 and rulebook = '2026'"
    with_later = snapshot.sql(text)
    alone = Home.at(tmp_path / "home")
    with shipping(shipped_files()):
        fill(alone, 2026)
        ingest(alone, today=TODAY)
        with open_snapshot(home=alone.root) as opened:
            assert opened.sql(text).equals(with_later)


def test_plans_predict_what_the_data_gives(frames: SeasonFrames, home: Home, snapshot: Any) -> None:
    raises = frames.raises(efforts_of(frames.rulebook, home))
    assert {each.to_level for each in raises} == {1, 2, 3, 4}
    position, terms = frames.position(), frames.terms
    assert position.index(terms) == Decimal(frames.index()["iid_x100"]).scaleb(-2)
    plan = plan_within(raises, position, terms, 200)
    changed = apply_scenario(frames, scenario_of_raises("plan", plan.raises))
    assert plan.is_proved and plan.index_after == Decimal(changed.index()["iid_x100"]).scaleb(-2)
    joint, _ = plan_joint(frames, home, Policy(), budget=60)
    raised = apply_scenario(frames, scenario_of_joint("joint", frames, joint))
    assert joint.is_proved and rounded(joint.index) == Decimal(raised.index()["iid_x100"]).scaleb(-2)
    held = submit_or_hold(frames.candidates(), frames.spd_x100()[0], terms)
    kept = apply_scenario(frames, Scenario(name="hold", hold=held.held))
    assert held.is_proved and rounded(held.index) == Decimal(kept.index()["iid_x100"]).scaleb(-2)
    risky = submit_or_hold(frames.candidates(Fraction(1, 5)), frames.spd_x100()[0], terms)
    assert risky.index <= held.index and risky.gap >= 0


def test_what_if_reaches_the_fourth_level_and_no_further(frames: SeasonFrames, snapshot: Any) -> None:
    desk = WhatIf(frames, snapshot)
    key = next(key for key, levels in frames.levels().items() if levels["16"] < 4)
    scenario = Scenario(name="x", level=(LevelChange(innovation=key, indicator="16", level=4),))
    assert desk.outcome(scenario) == outcome_of(apply_scenario(frames, scenario), snapshot)
    with pytest.raises(ScenarioInvalid, match="from 0 to 3"):
        desk.outcome(Scenario(name="x", level=(LevelChange(innovation=key, indicator="17", level=4),)))


def test_the_sliders_of_the_desk_have_the_range_of_each_indicator(home: Home) -> None:
    asked = {"city": CITY, "edition": str(EDITION), "lang": "id"}
    question = question_of(home, Person("uji", Role.planner), asked)
    values = what_if(question).values
    tops = {group["number"]: group["top"] for group in values["groups"]}
    of_one = next(own for key, own in values["levels"].items() if key)
    assert [tops[number] for number in ("16", "17", "37", "38")] == [4, 3, 3, 4]
    assert (len(of_one), values["maximum"]) == (22, "128")
    key = next(key for key in values["levels"] if key)
    level = 0 if values["levels"][key]["38"] else 4
    moved = answered(question, {"levels": [{"of": key, "indicator": "38", "level": level}]})
    assert moved["after"]["low"] != moved["before"]["low"] and moved["change"]


def test_why_the_index_moved_between_editions_of_other_rules(snapshot: Any) -> None:
    explained = snapshot.explain(CITY, 2026, EDITION)
    before, after = explained.before, explained.after
    # Under the later rules, the SPD of 2026 is not known and its fourth levels may be either top.
    assert (before["rulebook"], before["iid"], after["rulebook"]) == ("2030", None, "2030")
    for side in ("lower", "upper"):
        moved = (after[f"iid_{side}"] - before[f"iid_{side}"]) * 100
        assert explained.parts[f"part_{side}_x100"].sum() == moved


def test_the_page_of_a_city_counts_the_basic_services_of_the_rules(snapshot: Any) -> None:
    season = read_city_season(snapshot, CityIndexParameters(city=CITY, edition=EDITION))
    affairs = season.by_affair()
    assert affairs.filter("is_basic_service")["affair_code"].sort().to_list() == [f"0{code}" for code in range(1, 8)]
    assert " dari 7 pelayanan dasar" in charts.by_affair(season).html
    assert set(season.lowest(COUNT)["stage"]) == {"trial", "implementation"}


def test_letters_are_written(home: Home, tmp_path: Path) -> None:
    written = write_letters(CITY, EDITION, on=TODAY, home=home.root, out=tmp_path)
    names = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert written and {".docx", ".pdf"} <= names


NOTEBOOKS: dict[str, dict[str, Any]] = {
    "city_index": {"edition": EDITION},
    "compare_cities": {"cities": [CITY], "editions": [EDITION]},
    "explain": {"from_edition": 2026, "to_edition": EDITION},
    "index_audit": {"editions": [EDITION], "cities": [CITY], "draws": 200},
    "mayor_brief": {"edition": EDITION},
    "national_ranking": {"edition": EDITION},
    "next_edition": {"edition": EDITION},
    "robustness": {"editions": [EDITION], "cities": [CITY], "draws": 200},
    "weekly_progress": {"edition": EDITION},
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_pages_of_the_edition_run(name: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: a kernel of its own would know the shipped rules alone."""
    monkeypatch.setenv("IGA_HOME", str(home.root))
    shell = InteractiveShell()
    try:
        for cell in nbformat.read(notebook_path(name), as_version=4).cells:
            if cell.cell_type != "code":
                continue
            source = cell.source
            if "parameters" in cell.metadata.get("tags", []):
                source += "\n" + "\n".join(
                    f"{key} = {value!r}" for key, value in chosen(source, NOTEBOOKS[name]).items()
                )
            ran = shell.run_cell(source)
            assert ran.success, f"{name}: {ran.error_before_exec or ran.error_in_exec!r}\n{source}"
    finally:
        shell.history_manager.end_session()


def chosen(source: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values for those parameters that the notebook has."""
    known = {
        target.id
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {key: value for key, value in ({"city": CITY} | values).items() if key in known}
