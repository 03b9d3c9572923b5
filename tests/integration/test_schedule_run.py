"""Runs of the schedule: only what is stale is built, a failure is told and mended, and nothing good is ever lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest

import reports.site.site_builder as site_module
from reports.run.declaration import Site, SiteInvalid, load_sites
from reports.run.notebook import NotebookFailed
from reports.site.site_builder import build_site
from tests.city_files import exported, html_export, put
from tests.conftest import Ran
from warehouse.errors import HomeLocked
from warehouse.home import Home
from warehouse.lock import lock_held
from workbench.schedule import run as run_module
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.run import is_due, run_schedule
from workbench.schedule.status import RunStatus, begin, read_status, run_lock
from workbench.schedule.status_page import write_status

PLAN = SchedulePlan(sites=("three_cities",), keep=2)
NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)


class Notebooks:
    """Stands for the kernels: each notebook is run at once, and those that are named fail."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failing: set[str] = set()

    def __call__(self, name: str, values: dict[str, Any], **_options: Any) -> Any:
        page = f"{values.get('city', name)}-{values.get('edition', '')}"
        self.ran.append(page)
        if page in self.failing:
            raise NotebookFailed(
                "Notebook {notebook} stopped at cell {cell}: {cause}", notebook=name, cell=4, cause="no memory"
            )
        cell = nbformat.v4.new_markdown_cell(f"## {page}\n\n{values['snapshot']}")
        return nbformat.v4.new_notebook(cells=[cell])


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    shutil.copytree(example_home, tmp_path / "home")
    return Home.at(tmp_path / "home")


@pytest.fixture
def notebooks(monkeypatch: pytest.MonkeyPatch) -> Notebooks:
    """No kernels, and of the site its pages of cities and the comparison only: more would show nothing else here."""
    whole = load_sites()["three_cities"]
    monkeypatch.setitem(load_sites(), "three_cities", whole.model_copy(update={"parts": whole.parts[:2]}))
    notebooks = Notebooks()
    monkeypatch.setattr(site_module, "run_notebook", notebooks)
    return notebooks


def run(home: Home, plan: SchedulePlan = PLAN, at: datetime = NOW) -> RunStatus:
    return run_schedule(home, plan, clock=lambda: at, cell_seconds=60, tell=lambda _: None)


def test_only_what_is_stale_is_built_and_a_failed_page_is_told_and_mended(home: Home, notebooks: Notebooks) -> None:
    assert is_due(home, PLAN, NOW)
    first = run(home)
    assert (first.state, first.sites[0].state, first.sites[0].pages_built) == ("done", "built", 13)
    assert not is_due(home, PLAN, NOW + timedelta(hours=1)) and is_due(home, PLAN, NOW + timedelta(days=2))

    notebooks.ran.clear()
    assert run(home, at=NOW + timedelta(days=1)).sites[0].state == "unchanged"
    assert notebooks.ran == []

    put(home, "bengkulu/2026/kedua.xls", html_export(exported("901", "Satu lagi")))
    notebooks.failing = {"magelang-2026"}
    good = (home.reports / "three_cities" / "magelang-2026.html").read_bytes()
    failed = run(home, at=NOW + timedelta(days=2))
    assert failed.load is not None and failed.load.state in ("new", "held"), failed.load
    assert (failed.state, failed.sites[0].exit_code) == ("incomplete", 8)
    assert [failure.page for failure in failed.sites[0].failures] == ["magelang-2026"]
    assert (home.reports / "three_cities" / "magelang-2026.html").read_bytes() == good
    front = (home.reports / "three_cities" / "index.html").read_text(encoding="utf-8")
    assert "sejak 12 Agustus 2026" in front and "no memory" in front
    page = (home.reports / "status.html").read_text(encoding="utf-8")
    assert "no memory" in page and "12 Agustus 2026" in page

    notebooks.ran.clear()
    again = run(home, at=NOW + timedelta(days=3))
    assert notebooks.ran == ["magelang-2026"]
    assert again.sites[0].failures[0].since == failed.sites[0].failures[0].since

    notebooks.failing = set()
    notebooks.ran.clear()
    mended = run(home, at=NOW + timedelta(days=4))
    assert notebooks.ran == ["magelang-2026"] and mended.sites[0].failures == ()
    assert "no memory" not in (home.reports / "three_cities" / "index.html").read_text(encoding="utf-8")
    assert [entry["state"] for entry in mended.earlier] == ["incomplete", "incomplete", "done", "done"]
    assert len(list((home.reports / ".kept" / "three_cities").iterdir())) == PLAN.keep


def test_a_load_that_fails_leaves_the_reports_and_a_run_that_was_cut_off_is_told(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_load(*_: Any, **__: Any) -> None:
        raise RuntimeError("inbox on fire")

    monkeypatch.setattr(run_module, "ingest", no_load)
    status = run(home)
    assert (status.state, status.sites[0].state) == ("failed", "built")
    assert status.load is not None and "inbox on fire" in status.load.cause
    run(home, at=NOW + timedelta(days=1))
    front = home.reports / "three_cities" / "index.html"
    told = front.read_text(encoding="utf-8")
    assert "Berkas baru tidak dapat dimuat." in told and "inbox on fire (sejak 10 Agustus 2026" in told.replace(
        "\n", " "
    )

    write_status(home, begin(home, NOW), "id")  # as a run leaves it that is killed here
    told = read_status(home)
    assert told is not None and told.state == "interrupted"
    monkeypatch.undo()
    monkeypatch.setattr(site_module, "run_notebook", notebooks)
    assert run(home, at=NOW + timedelta(days=1)).earlier[0]["state"] == "interrupted"
    assert "dapat dimuat" not in front.read_text(encoding="utf-8")

    with lock_held(run_lock(home)), pytest.raises(HomeLocked):
        run(home)


def test_a_site_that_cannot_be_built_is_told_with_its_first_day_and_does_not_stop_others(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = PLAN.model_copy(update={"sites": ("no_such_site", "three_cities")})
    first = run(home, plan)
    second = run(home, plan, NOW + timedelta(days=1))
    assert [site.state for site in second.sites] == ["failed", "unchanged"]
    assert second.sites[0].since == first.sites[0].since and "no_such_site" in second.sites[0].cause
    assert second.sites[0].exit_code == 3


def test_a_site_that_fails_as_a_whole_says_so_on_its_front_page_until_it_is_mended(
    home: Home, notebooks: Notebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(home)
    front = home.reports / "three_cities" / "index.html"
    good = front.read_bytes()

    def broken(_name: str, _home: Home) -> Site:
        raise SiteInvalid("Site file {file} cannot be used: {cause}", file="<three_cities>", cause="x")

    with monkeypatch.context() as patched:
        patched.setattr(run_module, "site_of_home", broken)
        run(home)
        run(home, at=NOW + timedelta(days=1))
    told = front.read_text(encoding="utf-8")
    assert told.count("site-failed") == 2 and "sejak 10 Agustus 2026" in told and "&lt;three_cities&gt;" in told
    run(home, at=NOW + timedelta(days=2))
    assert front.read_bytes() == good


def test_two_builds_of_the_same_inputs_differ_in_durations_only(home: Home, notebooks: Notebooks) -> None:
    def built() -> dict[str, bytes]:
        folder = build_site("three_cities", home=home.root, now=NOW).path
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        facts = json.loads(files.pop("build.json"))
        assert facts.pop("durations")["reports"]
        return files | {"facts": json.dumps(facts).encode()}

    first = built()
    assert built() == first
    facts = json.loads(first["facts"])
    assert len(facts["inputs"]) == 31 and len(facts["inputs"][0]["sha256"]) == 64
    assert facts["inputs"][0]["received_date"] and facts["rulebooks"][0]["confidence"] and facts["assumptions"]


@pytest.mark.parametrize("is_continued", [True, False])
def test_one_failing_city_stops_others_only_when_asked_to(home: Home, notebooks: Notebooks, is_continued: bool) -> None:
    notebooks.failing = {"bengkulu-2026"}
    built = build_site("three_cities", home=home.root, jobs=1, limit=4, continue_on_error=is_continued)
    rest = ["built"] * 3 if is_continued else ["left"] * 3
    assert [outcome.status for outcome in built.outcomes] == ["failed", *rest]
    assert (built.outcomes[0].cell, built.exit_code) == (4, 8)


def test_languages_lie_in_folders_of_their_own_and_keep_each_other(home: Home, notebooks: Notebooks) -> None:
    build_site("three_cities", home=home.root, limit=1)
    top = home.reports / "three_cities"
    before = (top / "bengkulu-2026.html").read_bytes()
    english = build_site("three_cities", home=home.root, limit=1, lang="en")
    assert english.front_page == top / "en" / "index.html"
    assert 'lang="en"' in (top / "en" / "bengkulu-2026.html").read_text(encoding="utf-8")
    assert (top / "bengkulu-2026.html").read_bytes() == before
    build_site("three_cities", home=home.root, limit=1)
    assert (top / "en" / "bengkulu-2026.html").is_file()
    facts = json.loads((top / "build.json").read_text(encoding="utf-8"))
    assert sorted(facts["languages"]) == ["en", "id"]


def test_the_command_shows_the_plan_and_refuses_a_wrong_one(iga: Callable[..., Ran], empty_home: Home) -> None:
    shown = json.loads(iga("schedule", "show", "--with", "cron", "--format", "json", home=empty_home.root).out)
    assert {"name": "sites", "value": ["three_cities"]} in shown
    ran = iga("schedule", "install", "--at", "25:99", home=empty_home.root)
    assert ran.exit_code == 2 and "Traceback" not in ran.err
    assert iga("schedule", "install", "--site", "no_such", home=empty_home.root).exit_code == 3
