"""Notebooks and sites of the home from file to page: which snapshot they read, and when they are built again."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest

from analysis import open_snapshot
from etl.publish import ingest
from reports.run.own_sites import site_of_home
from reports.site.build_facts import stale_pages
from reports.site.site_builder import build_site
from tests.city_files import exported, html_export, put
from tests.conftest import TODAY
from warehouse.home import Home
from warehouse.snapshot import current_snapshot_id

NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)
SITE = """\
title: {id: Uji, en: Trial}
subtitle: {id: Uji, en: Trial}
front: contents
languages: [en]
parts:
  - {name: a, title: {id: A, en: A}, notebook: saya, page: saya, heading: {id: A, en: A}, subtitle: {id: A, en: A}}
"""
CELL = """\
from analysis import open_snapshot
from IPython.display import Markdown
from pembantu import GREETING
snapshot = open_snapshot()
Markdown(f"{GREETING} {snapshot.snapshot_id} {snapshot.language.code}")
"""


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    for folder in ("archive", "lake", "snapshots"):
        shutil.copytree(example_home / folder, tmp_path / "home" / folder)
    shutil.copy2(example_home / "current.json", tmp_path / "home")
    home = Home.at(tmp_path / "home")
    home.sites.mkdir()
    home.notebooks.mkdir()
    (home.sites / "uji.yaml").write_text(SITE, encoding="utf-8")
    (home.notebooks / "pembantu.py").write_text("GREETING = 'Halo'\n", encoding="utf-8")
    (home.notebooks / "reports.py").write_text("raise RuntimeError('not ours')\n", encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)]), home.notebooks / "saya.ipynb")
    return home


def test_a_notebook_without_parameters_reads_the_snapshot_of_the_build_in_the_language_of_the_page(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = str(current_snapshot_id(home))
    put(home, "bengkulu/2026/kedua.xls", html_export(exported("901", "Satu lagi")))
    ingest(home, today=TODAY)
    assert current_snapshot_id(home) != before
    built = build_site("uji", before, home=home.root, now=NOW)
    assert built.exit_code == 0, built.outcomes
    assert f"Halo {before} en" in (built.path / "saya.html").read_text(encoding="utf-8")

    monkeypatch.setenv("IGA_SNAPSHOT", before)
    monkeypatch.setenv("IGA_HOME", str(home.root))
    with open_snapshot() as of_page, open_snapshot(home=home.root) as current:
        assert (of_page.snapshot_id, current.snapshot_id) == (before, current_snapshot_id(home))


def test_its_page_is_of_one_day_one_text_and_the_modules_beside_it(home: Home) -> None:
    site, snapshot_id = site_of_home("uji", home), str(current_snapshot_id(home))
    folder = home.reports / "uji"

    def stale(now: datetime = NOW) -> list[str]:
        return stale_pages(site, snapshot_id, folder, home, now)

    assert stale() == ["saya"]
    assert build_site("uji", home=home.root, now=NOW).exit_code == 0
    assert stale() == [] and stale(NOW + timedelta(days=1)) == ["saya"]
    assert stale_pages(site_of_home("mayor_brief", home), snapshot_id, folder, home, NOW) != []
    (home.notebooks / "pembantu.py").write_text("GREETING = 'Salam'\n", encoding="utf-8")
    assert stale() == ["saya"]
    (home.notebooks / "pembantu.py").write_text("GREETING = 'Halo'\n", encoding="utf-8")
    assert stale() == []
    notebook = nbformat.read(home.notebooks / "saya.ipynb", as_version=4)
    notebook.cells[0].source += "\n"
    nbformat.write(notebook, home.notebooks / "saya.ipynb")
    assert stale() == ["saya"]
