"""The report site for researchers: robustness, audit and panel, run by papermill from the example data."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from lxml import html

from analysis import open_snapshot
from reports.site.site_builder import build_site

PAGES = ("ketahanan", "audit", "panel")


@pytest.fixture(scope="module")
def site(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("research")
    shutil.copytree(example_home / "snapshots", home / "snapshots")
    shutil.copy(example_home / "current.json", home / "current.json")
    build = build_site("research", home=home)
    assert build.failures == ()
    return build.path


def words(path: Path) -> str:
    tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    for style in tree.xpath("//style"):
        style.drop_tree()
    return re.sub(r"\s+", " ", " ".join(tree.itertext()))


def test_every_page_is_there_and_self_contained(site: Path) -> None:
    assert {path.stem for path in site.glob("*.html")} == {*PAGES, "index", "cari", "istilah"}
    for path in site.glob("*.html"):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        assert not tree.xpath("//script[@src] | //iframe | //link | //img")
        assert len(tree.xpath("//@id")) == len(set(tree.xpath("//@id")))
    assert json.loads((site / "build.json").read_text(encoding="utf-8"))["failures"] == []


def test_ranks_are_claims_with_probabilities(site: Path) -> None:
    told = words(site / "ketahanan.html")
    assert "DATA SIMULASI" in told
    assert "10.000 undian, benih 2026" in told
    assert re.search(r"Bengkulu di atas Bandar Lampung 2026 8[5-7],\d% 0,\d% 0,\d% 0,(7|8)\d", told)
    assert "di bawah semua bobot" in told
    assert "Jawaban yang hilang" in told
    assert "Magelang 2026 104" in told, "totals without levels, and the row in quarantine, are said"


def test_audit_is_numbered_and_graded(site: Path) -> None:
    told = words(site / "audit.html")
    for number in range(1, 11):
        assert f"Tabel {number}. " in told
    assert all(verdict in told for verdict in ("Lulus", "Perlu perhatian", "Gagal"))
    assert "≥ 65%" in told
    assert "Magelang 2026" in told, "no innovation of this city states levels"


def test_panel_page_is_real_and_says_what_it_holds(site: Path) -> None:
    told = words(site / "panel.html")
    assert "DATA SIMULASI" not in told
    assert "21 daerah-edisi: pernyataan pada 14, predikat pada 8, skor pada 4." in told
    assert "59,28" in told and "41.100,00" in told and "63,95" not in told
    assert "2020|2021" in told and "ditolak" in told
    with open_snapshot(home=site.parent.parent) as snapshot:
        assert f"Snapshot {snapshot.snapshot_id}" in told
