"""Seasons in time: any past day can be asked for, and what changed between two states is told row by row."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from analysis import open_snapshot
from analysis.history.changes.between_states import (
    CHANGES,
    changes_between,
    changes_on,
    changes_since_previous_export,
    net_score,
)
from etl.publish import ingest
from tests.city_files import CONTROL_HEADER, exported, html_export, put, workbook
from warehouse import Snapshot
from warehouse.home import Home

BENGKULU = "17.71"
DAYS = (date(2026, 7, 1), date(2026, 7, 9), date(2026, 7, 20), date(2026, 7, 25))


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season of three exports and a control sheet between them."""
    home = Home.at(tmp_path_factory.mktemp("season"))
    fill(home, len(DAYS))
    return home.root


def fill(home: Home, count: int) -> None:
    """The first ``count`` files of the season, loaded."""
    files = [
        ("a.xls", html_export(exported("1", "Satu", "50,00"), exported("2", "Dua", "60,00"))),
        (
            "b.xls",
            html_export(
                exported("1", "SATU (revisi)", "55,00"), exported("3", "Tiga", "70,00"), exported("4", "Empat", "10,00")
            ),
        ),
        ("c.xlsx", workbook([CONTROL_HEADER, ["3", "Tiga", "Dinas", *[2] * 20]])),
        ("d.xls", html_export(exported("1", "Satu", "55,00", unit="Dinas Sosial"), exported("4", "Empat", "8,00"))),
    ][:count]
    lines = "".join(
        f'[[file]]\nname = "{name}"\nreceived = {day}\n' for (name, _), day in zip(files, DAYS, strict=False)
    )
    for name, content in files:
        put(home, f"bengkulu/2026/{name}", content)
    put(home, "bengkulu/2026/receipt.toml", lines)
    ingest(home, today=date(2026, 8, 1))


TABLES = {
    "submission": "select * exclude (as_of, is_simulated) from submission order by submission_id",
    "answer": "select * exclude (source_id) from answer order by all",
    "observation": "select * from observation order by observation_id",
    "region_index": "select * exclude (as_of) from region_index order by all",
}


@pytest.mark.parametrize("count", [2, 3])
def test_a_past_day_is_answered_as_if_nothing_had_come_later(season: Path, tmp_path: Path, count: int) -> None:
    home = Home.at(tmp_path / "then")
    fill(home, count)
    with (
        open_snapshot(home=home.root) as then,
        open_snapshot(home=season, as_of=DAYS[count - 1]) as past,
    ):
        for name, query in TABLES.items():
            assert past.sql(query).equals(then.sql(query)), name
        assert past.sql("select count(*) from receipt").item() == count
        assert past.relation("receipt").count("*").fetchall() == [(count,)]


def test_before_the_first_receipt_there_is_nothing(season: Path) -> None:
    with open_snapshot(home=season, as_of=date(2026, 6, 30)) as before:
        for name in TABLES:
            assert before.sql(f"select * from {name}").is_empty()


def told(snapshot: Snapshot, first: date, last: date) -> list[tuple[str, str, str | None, str | None]]:
    changes = changes_on(snapshot, first, last, region_code=BENGKULU, edition=2026)
    return changes.innovations.select("change", "title", "before", "after").rows()


def test_each_change_is_a_row(season: Path) -> None:
    with open_snapshot(home=season) as snapshot:
        assert told(snapshot, DAYS[0], DAYS[1]) == [
            ("new", "Empat", None, "10.00"),
            ("new", "Tiga", None, "70.00"),
            ("gone", "Dua", "60.00", None),
            ("score_up", "SATU", "50.00", "55.00"),
            ("title_changed", "SATU", "Satu", "SATU"),
        ]
        assert told(snapshot, DAYS[1], DAYS[2]) == [("level_given", "Tiga", None, "2")] * 20
        assert {row[0] for row in told(snapshot, DAYS[2], DAYS[3])} == {
            "gone",
            "score_down",
            "title_changed",
            "unit_changed",
        }
        assert told(snapshot, DAYS[1], DAYS[1]) == []


def test_since_the_previous_export_a_control_sheet_is_no_export(season: Path) -> None:
    with open_snapshot(home=season) as snapshot:
        since = changes_since_previous_export(snapshot, BENGKULU, 2026)
        assert since is not None
        assert since.before.endswith(DAYS[1].isoformat())
        assert net_score(since) == Decimal("-72.00")  # Tiga went with 70, Empat lost 2
        assert changes_since_previous_export(snapshot, BENGKULU, 2025) is None


def test_two_snapshots_compare_as_two_days_do(season: Path, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "earlier")
    shutil.copytree(season / "inbox", home.inbox)
    (home.inbox / "bengkulu/2026/d.xls").unlink()
    ingest(home, today=date(2026, 8, 1))
    with open_snapshot(home=home.root) as before, open_snapshot(home=season) as after:
        between = changes_between(before, after)
        on = changes_on(after, DAYS[2], DAYS[3])
        assert between.innovations.equals(on.innovations)
        assert set(between.innovations["change"]) <= set(CHANGES)
        (row,) = between.seasons.filter(between.seasons["rulebook"] == "2026").rows(named=True)
        assert (row["innovations_before"], row["innovations_after"]) == (3, 2)
