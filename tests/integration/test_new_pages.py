"""The mayor's brief and the weekly page: what they say is what the snapshot holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.blocks.block import Block
from reports.pages.mayor_brief import blocks as mayor_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.weekly_progress import blocks as weekly_progress
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from reports.render.outputs import OutputContext, _letterhead
from reports.render.page import page
from reports.run.declaration import Report, Words, list_reports, load_sites
from warehouse.home import Home
from warehouse.language import Language

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def at_home(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv("IGA_BUILD_DAY", "2026-08-09")
    return example_home


def test_the_brief_names_the_index_the_obstacles_and_who_has_to_act(at_home: Path) -> None:
    brief = mayor_brief.open_brief(
        MayorBriefParameters.model_validate({"city": "bengkulu", "edition": 2026, "lang": "en"})
    )
    assert "85.38" in mayor_brief.position(brief).html and 'class="strip"' in mayor_brief.position(brief).html
    assert "href" not in mayor_brief.position(brief).html
    matters = mayor_brief.matters(brief).html
    assert "53 of 205 obliged units: nothing received by 9 August 2026" in matters and "Pace:" in matters
    acting = mayor_brief.acting(brief)
    assert acting.html.count("<tr") == 1 + mayor_brief.ACTING and "SIMULATED DATA" in acting.html
    assert mayor_brief.rests_on(brief).parts


def test_the_week_tells_what_changed_since_the_previous_export(at_home: Path) -> None:
    week = weekly_progress.open_week(
        WeeklyProgressParameters.model_validate({"city": "bengkulu", "edition": 2026, "lang": "en"})
    )
    assert week.changes is not None and len(week.days) == 3
    season = week.changes.seasons.row(0, named=True)
    told = weekly_progress.headline(week).html
    assert f"+{season['innovations_after'] - season['innovations_before']} since 31 July 2026" in told
    counted = week.changes.innovations.filter(change="new").height
    assert f"New: {counted}" in weekly_progress.counts(week).html
    assert 'data-facets="1 2"' in weekly_progress.changes(week).html


def test_a_day_to_compare_with_may_be_given(at_home: Path) -> None:
    values = {"city": "bengkulu", "edition": 2026, "lang": "en", "since": "2026-07-15"}
    week = weekly_progress.open_week(WeeklyProgressParameters.model_validate(values))
    assert week.changes is not None and "15 July 2026" in weekly_progress.headline(week).html


def test_one_export_is_nothing_to_compare_with(at_home: Path) -> None:
    week = weekly_progress.open_week(
        WeeklyProgressParameters.model_validate({"city": "magelang", "edition": 2026, "lang": "en"})
    )
    assert week.changes is None
    assert "no data yet" in weekly_progress.counts(week).html and "no earlier export yet" in week.span
    assert weekly_progress.changes(week).html == ""


def test_every_declared_parameter_is_one_that_its_notebook_takes() -> None:
    reports = [report for site in load_sites().values() for report in list_reports(site)]
    assert {"national", "mayor_brief", "weekly_progress"} <= {report.site for report in reports}
    for report in reports:
        assert report.checked(lang="en")


def test_the_letterhead_stands_where_the_city_has_settings(tmp_path: Path) -> None:
    words = Words(id="x", en="x")
    report = Report("s", "p", "x", "city_index", {"city": "bengkulu", "edition": 2026}, words, words)
    context = OutputContext("s", Language("id"), "0", "0", True, Home.at(tmp_path))
    assert _letterhead(report, context) is None
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "arms.png").write_bytes(PNG)
    (tmp_path / "city" / "17.71.toml").write_text(
        'government = "<Pemerintah>"\nagency = "Bappeda"\naddress = "Jalan"\ncoat_of_arms = "arms.png"\n',
        encoding="utf-8",
    )
    head = _letterhead(report, context)
    html = page(Block(), title="", subtitle="", site_title="", language=Language("id"), letterhead=head)
    assert "&lt;Pemerintah&gt;" in html and "Bappeda" in html and 'src="data:image/png;base64,' in html
    assert 'alt="Lambang Kota Bengkulu"' in html
