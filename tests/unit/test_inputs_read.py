"""What a page is made from is recorded as it is read, and makes its fingerprint: files of the home, and the day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from analysis import open_snapshot
from analysis.contest.results import known_contests
from analysis.portfolio.city_portfolio import read_portfolio
from analysis.season.target_files import read_targets
from reports.city_settings import read_settings, report_letterhead
from reports.pages.season_day import day_of_page
from reports.run.declaration import Report, list_reports, load_sites
from reports.site.build_facts import Fingerprints
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.inputs_read import RECORD, TODAY, InputsRead, noted, recorded, recording

AUGUST = date(2026, 8, 10)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "read.jsonl"
    monkeypatch.setenv(RECORD, str(path))
    return path


def write(home: Home, name: str, text: str) -> Path:
    path = home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def page() -> Report:
    return list_reports(load_sites()["mayor_brief"])[0]


def fingerprints(home: Home, day: date) -> Fingerprints:
    return Fingerprints("abc", load_sites()["mayor_brief"], home, day)


def test_each_reader_of_the_home_records_what_it_read(empty_home: Home, record: Path) -> None:
    write(empty_home, "targets/thresholds.csv", "region_code,edition,valid_from,threshold,source,confidence,note\n")
    read_targets("thresholds", empty_home)
    read_targets("deadlines", empty_home)
    read_settings(empty_home, "17.71")
    known_contests(empty_home)
    read = recorded(record).files
    assert {name: content is not None for name, content in read.items()} == {
        "targets/thresholds.csv": True,
        "targets/deadlines.csv": False,
        "city/17.71.toml": False,
        "contests": False,
    }


def test_an_award_is_among_what_a_portfolio_reads(example: Snapshot, empty_home: Home, record: Path) -> None:
    read_portfolio(example, empty_home, "33.71")
    assert "portfolio/awards-33.71.csv" in recorded(record).files


@pytest.mark.parametrize("change", ["targets/deadlines.csv", "contests/baru.toml"])
def test_a_page_is_stale_when_a_file_that_it_read_has_changed(empty_home: Home, record: Path, change: str) -> None:
    name = change.split("/", maxsplit=1)[0] if change.startswith("contests") else change
    noted(empty_home, empty_home.root / name)
    read = recorded(record)
    made = {"inputs": read.files}
    prints = fingerprints(empty_home, AUGUST)
    assert prints.of(page(), read) == prints.of_now(page(), made)
    write(empty_home, "targets/efforts.csv", "not read\n")
    assert prints.of(page(), read) == prints.of_now(page(), made)
    write(empty_home, change, "changed\n")
    assert prints.of(page(), read) != prints.of_now(page(), made)


def test_only_a_page_of_an_open_season_is_of_one_day(empty_home: Home) -> None:
    for day, is_of_day in (("2026-08-10", True), (None, False)):
        made = {"day": day} if day else {}
        before = fingerprints(empty_home, AUGUST).of(page(), InputsRead({}, day))
        assert before == fingerprints(empty_home, AUGUST).of_now(page(), made)
        assert (before != fingerprints(empty_home, date(2026, 8, 11)).of_now(page(), made)) is is_of_day


def test_the_day_of_a_page_is_that_of_its_build_while_its_season_is_open(
    example: Snapshot, empty_home: Home, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TODAY, "2026-08-12")
    assert day_of_page(example, empty_home, "17.71", 2024) == date(2024, 8, 23)  # the day after its last deadline
    assert recorded(record).day is None
    assert day_of_page(example, empty_home, "17.71", 2026) == date(2026, 8, 12)
    assert recorded(record).day == "2026-08-12"
    monkeypatch.setenv(TODAY, "2026-11-30")
    assert day_of_page(example, empty_home, "17.71", 2026) == date(2026, 8, 15)  # nothing is left of a past deadline


def test_what_the_build_reads_for_an_output_is_recorded_where_it_writes_one(
    empty_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RECORD, raising=False)
    path = tmp_path / "outputs.jsonl"
    with recording(path):
        assert report_letterhead(empty_home, "bengkulu") is None
    assert recorded(path).files == {"city/17.71.toml": None}  # one that is written later makes the page stale
    report_letterhead(empty_home, "magelang")
    assert "city/33.71.toml" not in recorded(path).files


def test_nothing_is_recorded_outside_a_build(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RECORD, raising=False)
    home = Home.at(example_home)
    with open_snapshot(home=example_home) as snapshot:
        assert day_of_page(snapshot, home, "17.71", 2026, AUGUST) == AUGUST
    assert noted(home, home.root / "targets") == home.root / "targets"
