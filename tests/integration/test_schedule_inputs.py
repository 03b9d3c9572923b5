"""A changed file of the home rebuilds the pages that read it and no others; the next day those of open seasons.

The short form runs the whole schedule with the readers of the pages in the place of their kernels; the long form (slow)
runs notebooks as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import pytest

import reports.site.site_builder as site_module
from analysis import open_snapshot
from analysis.season.account import season_account
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.season import open_city_season
from reports.pages.mayor_brief.blocks import open_brief
from reports.pages.mayor_brief.parameters import MayorBriefParameters
from reports.pages.portfolio.blocks import open_portfolio
from reports.pages.portfolio.parameters import PortfolioParameters
from reports.pages.weekly_progress.blocks import open_week
from reports.pages.weekly_progress.parameters import WeeklyProgressParameters
from tests.city_files import exported, html_export, load, put
from warehouse.home import Home
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.run import run_schedule

NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)
PLAN = SchedulePlan(sites=("kecil",), jobs=1, keep=0, verify_days=0)
PAGES = {
    "ringkasan": ("mayor_brief", 2026),
    "pekanan-lalu": ("weekly_progress", 2024),
    "kota": ("city_index", 2026),
    "portofolio": ("portfolio", 2026),
}
"""The pages of the site: notebook and edition. The season of 2026 is open on the day of the runs, that of 2024 over."""

THRESHOLDS = """region_code,edition,valid_from,threshold,source,confidence,note
17.71,2026,2026-07-01,95,surat sekda 1 Juli 2026,high,naik
"""
FIRST_DEADLINES = """region_code,edition,kind,phase,date,source,confidence,note
17.71,2026,internal,input,2026-08-15,surat sekda,high,
"""
DEADLINES = """region_code,edition,kind,phase,date,source,confidence,note
17.71,2026,internal,input,2026-12-20,surat sekda,high,mundur
"""
AWARDS = """year,scheme,title,result,score,source
2026,kipp,Satu 2026,Top 99,,surat (simulasi)
"""
SETTINGS = 'agency = "Bappeda 1 (simulasi)"\n'


def site_file() -> str:
    words = "{id: Kecil, en: Small}"
    parts = [
        f"  - name: {page}\n    title: {words}\n    notebook: {notebook}\n"
        f"    parameters: {{city: bengkulu, edition: {edition}}}\n    page: {page}\n"
        f"    heading: {words}\n    subtitle: {words}\n"
        for page, (notebook, edition) in PAGES.items()
    ]
    return f"title: {words}\nsubtitle: {words}\nfront: contents\noutputs: [html]\nparts:\n{''.join(parts)}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A small home: two editions of a city, and a site of four pages."""
    home = Home.at(tmp_path / "home")
    home.create()
    for edition, days in ((2024, ("07-01", "07-20")), (2026, ("07-15", "08-05"))):
        side = [
            f'[[file]]\nname = "{name}.xls"\nreceived = {edition}-{day}\n' for name, day in zip("ab", days, strict=True)
        ]
        rows = [exported("1", f"Satu {edition}", "80,00"), exported("2", f"Dua {edition}", "60,00")]
        put(home, f"bengkulu/{edition}/a.xls", html_export(*rows))
        put(home, f"bengkulu/{edition}/b.xls", html_export(*rows, exported("3", f"Tiga {edition}", "72,00")))
        put(home, f"bengkulu/{edition}/receipt.toml", "".join(side))
    home.sites.mkdir(parents=True, exist_ok=True)
    (home.sites / "kecil.yaml").write_text(site_file(), encoding="utf-8")
    write(home, "targets/deadlines.csv", FIRST_DEADLINES)
    load(home)
    return home


def write(home: Home, name: str, text: str) -> None:
    path = home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Readers:
    """Stands for the kernels: the page's own code reads the season in this process, in the environment of its build."""

    READ: ClassVar[dict[str, Callable[[dict[str, Any]], object]]] = {
        "mayor_brief": lambda values: open_brief(MayorBriefParameters.model_validate(values)),
        "weekly_progress": lambda values: open_week(WeeklyProgressParameters.model_validate(values)),
        "city_index": lambda values: open_city_season(CityIndexParameters.model_validate(values)),
        "portfolio": lambda values: open_portfolio(PortfolioParameters.model_validate(values)),
    }

    def __call__(self, name: str, values: dict[str, Any], *, home: Path, environment: dict[str, str], **_: Any) -> Any:
        with pytest.MonkeyPatch.context() as patched:
            for variable, value in {**environment, "IGA_HOME": str(home)}.items():
                patched.setenv(variable, value)
            self.READ[name](values)
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"## {name}")])


class Runs:
    """Runs of the schedule on a home, and which pages each has made."""

    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def facts(self) -> dict[str, Any]:
        path = self.home.reports / "kecil" / "build.json"
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return facts

    def made(self, at: datetime = NOW) -> set[str]:
        """Run the schedule and return the pages that it has built; the files of the others are as they were."""
        site = self.home.reports / "kecil"
        before = {page: (site / f"{page}.html").read_bytes() for page in PAGES if (site / f"{page}.html").is_file()}
        status = run_schedule(self.home, PLAN, clock=lambda: at, cell_seconds=120, tell=lambda _: None)
        [built] = status.sites
        assert (built.failures, built.state) in (((), "built"), ((), "unchanged")), built
        if built.state == "unchanged":
            return set()
        pages = {name.partition(".")[0] for name in self.facts["durations"]["reports"]}
        for page in set(before) - pages:
            assert (site / f"{page}.html").read_bytes() == before[page], page
        return pages

    def reading(self, name: str) -> set[str]:
        """The pages whose record lists a file of the home, or the folder that it lies in."""
        folder = name.partition("/")[0]
        return {record["page"] for record in self.facts["reports"] if {name, folder} & set(record["inputs"])}

    def of_the_day(self) -> set[str]:
        return {record["page"] for record in self.facts["reports"] if record.get("day")}

    def changed(self, *files: tuple[str, str], at: datetime = NOW) -> set[str]:
        """Change files of the home, run again, and hold what was made against what the records list."""
        listed: set[str] = set()
        for name, text in files:
            listed |= self.reading(name)
            write(self.home, name, text)
        made = self.made(at)
        assert made == listed, files
        return made


def fact(home: Home, name: str, at: datetime = NOW) -> object:
    with open_snapshot(home=home.root) as snapshot:
        return season_account(snapshot, home, "17.71", 2026, at.date())[name].value


TARGETS, AWARD, CITY = "targets/thresholds.csv", "portfolio/awards-17.71.csv", "city/17.71.toml"
TOMORROW = NOW + timedelta(days=1)


def hold_the_next_day(runs: Runs) -> None:
    """On the next day the page of the open season counts anew, and no other page is made."""
    left = fact(runs.home, "days_left")
    assert runs.of_the_day() == {"ringkasan"}
    assert runs.made(TOMORROW) == {"ringkasan"}
    assert {record.get("day") for record in runs.facts["reports"]} == {None, TOMORROW.date().isoformat()}
    assert isinstance(left, int) and fact(runs.home, "days_left", TOMORROW) == left - 1


def test_changed_files_rebuild_the_pages_that_read_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_module, "run_notebook", Readers())
    runs = Runs(home)
    assert runs.made() == set(PAGES)
    assert fact(home, "threshold") != 95 and fact(home, "days_left") == 5
    assert runs.changed((TARGETS, THRESHOLDS), (AWARD, AWARDS)) == {"ringkasan", "pekanan-lalu", "portofolio"}
    assert fact(home, "threshold") == 95
    hold_the_next_day(runs)


@pytest.mark.slow
@pytest.mark.parametrize("is_whole", [False, True])
def test_each_changed_file_rebuilds_the_pages_that_read_it(
    home: Home, is_whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_whole:
        monkeypatch.setattr(site_module, "run_notebook", Readers())
    runs = Runs(home)
    assert runs.made() == set(PAGES)
    assert runs.made() == set()
    assert runs.changed((TARGETS, THRESHOLDS)) == {"ringkasan", "pekanan-lalu"}
    assert runs.changed((AWARD, AWARDS)) == {"portofolio"}
    assert runs.changed(("targets/deadlines.csv", DEADLINES)) == {"ringkasan", "pekanan-lalu"}
    assert fact(home, "days_left") == 132
    assert runs.changed((CITY, SETTINGS)) == set(PAGES)  # the letterhead: a city without settings has none
    assert runs.changed((CITY, SETTINGS.replace("1", "2"))) == set(PAGES)
    hold_the_next_day(runs)
    if is_whole:
        site = home.reports / "kecil"
        pages = {page: (site / f"{page}.html").read_text(encoding="utf-8") for page in PAGES}
        assert "11 Agustus 2026" in pages["ringkasan"] and "95,00" in pages["ringkasan"]
        assert all("Bappeda 2 (simulasi)" in text for text in pages.values())
