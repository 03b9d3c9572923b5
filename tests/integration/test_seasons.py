"""Seasons in time, by command: which file counts and why, past days, what changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import Ran


def test_status_says_which_export_counts_and_why(iga: Callable[..., Ran], example_home: Path) -> None:
    ran = iga("status", "--files", "--city", "bengkulu", "--edition", "2026", "--format", "json", home=example_home)
    uses = {Path(row["file_name"]).name: (row["use"], row["superseded_by"]) for row in json.loads(ran.out)}
    last = "bengkulu/2026/ekspor-2026-08-09.xls"
    assert uses == {
        "daftar-unit.xlsx": ("counts", None),
        "ekspor-2026-07-15.xls": ("superseded", last),
        "ekspor-2026-07-31.xls": ("superseded", last),
        "ekspor-2026-08-09.xls": ("base", None),
        "jawaban-spd.xlsx": ("counts", None),
        "lembar-kendali.xlsx": ("counts", None),
    }


def test_a_past_day_and_what_changed_since(iga: Callable[..., Ran], example_home: Path) -> None:
    place = ("--city", "bengkulu", "--edition", "2026")
    then, now = (
        json.loads(iga("index", *place, *day, "--format", "json", home=example_home).out)[0]["innovation_count"]
        for day in (("--as-of", "2026-07-20"), ())
    )
    ran = iga("diff", "2026-07-20", *place, "--format", "json", home=example_home)
    counted = [row["change"] for row in json.loads(ran.out)]
    assert counted.count("new") - counted.count("gone") == now - then > 0
    told = iga("diff", *place, home=example_home, lang="id").out
    assert "Skor naik" in told and "DATA SIMULASI" in told


def test_a_comparison_with_nothing_says_what_to_name(iga: Callable[..., Ran], example_home: Path) -> None:
    for arguments in (("diff",), ("diff", "2026-02-30"), ("diff", "--city", "magelang", "--edition", "2026")):
        ran = iga(*arguments, home=example_home)
        assert (ran.exit_code, "Traceback" in ran.err) == (3, False)
        assert "next" in ran.err


def test_the_page_of_changes_says_the_same_as_the_command(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reports.pages.changes import blocks as changes
    from reports.pages.changes.parameters import ChangesParameters

    monkeypatch.setenv("IGA_HOME", str(example_home))
    page = changes.open_changes(ChangesParameters(city="bengkulu", edition=2026, lang="id"))
    assert page.changes is not None
    counted = page.changes.innovations.filter(pl.col("change") == "new").height
    told = changes.summary(page).html
    assert f"Baru {counted}" in told and "Indeks menurut aturan 2026" in told
    assert "DATA SIMULASI" in changes.banner(page).html
    assert "ekspor-2026-08-09.xls" in changes.files(page).html
    assert "Indikator 16" in changes.documents(page).html
    assert changes.course(page).html.count("<svg") == 2
    at_start = changes.open_changes(
        ChangesParameters(city="bengkulu", edition=2026, lang="en", until=date(2026, 7, 20))
    )
    assert "Only one export has come in" in changes.summary(at_start).html
    assert at_start.course.height == 1
