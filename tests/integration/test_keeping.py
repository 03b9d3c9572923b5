"""Backups that come back with the same figures; snapshots pruned by a rule and spared where they are named."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import etl.publish
from analysis import open_snapshot
from tests.city_files import innovation, load, portal_list, put
from tests.conftest import Ran
from tests.file_rules import OPEN_FILES_STAY
from warehouse import list_snapshots
from warehouse.errors import BackupInvalid, HomeLocked, HomeUnusable, UnknownName
from warehouse.home import Home
from warehouse.keeping.backup import back_up, restore
from warehouse.keeping.retention import Retention, cite, load_retention, prune
from warehouse.lock import held_by_this_process

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
LATER = datetime.now(tz=UTC) + timedelta(days=100)
INDEX = "select * from region_index order by all"


def test_a_backup_comes_back_with_the_same_figures_and_the_same_hash(
    iga: Callable[..., Ran], example_home: Path, tmp_path: Path
) -> None:
    home, copy, new = Home.at(example_home), tmp_path / "cadangan.tar.gz", Home.at(tmp_path / "baru")
    told = back_up(home, copy, NOW)
    assert restore(copy, new) == told
    with open_snapshot(home=home.root) as before, open_snapshot(home=new.root) as after:
        assert after.snapshot_id == before.snapshot_id == told["snapshot_id"]
        assert after.sql(INDEX).equals(before.sql(INDEX))
    # Parses are made again, and nothing has changed.
    again = load(new)
    assert not again.is_new
    assert again.snapshot_id == told["snapshot_id"]
    assert iga("restore", str(copy), home=new.root).exit_code == 10


def test_a_damaged_or_foreign_backup_leaves_nothing(empty_home: Home, tmp_path: Path) -> None:
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu")))
    load(empty_home)
    copy = tmp_path / "a.tar.gz"
    back_up(empty_home, copy, NOW)
    with pytest.raises(HomeUnusable, match="a file of that name"):
        back_up(empty_home, copy, NOW)
    content = bytearray(gzip.decompress(copy.read_bytes()))
    place = content.index(b"snapshots/") + 5_000
    content[place] ^= 1
    bad = {"damaged": gzip.compress(bytes(content)), "cut": copy.read_bytes()[:5_000], "none": b"no archive"}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, text in {
            "manifest.json": json.dumps({"format": 1, "snapshot_id": None, "made_at": "", "files": {"../x": ""}}),
            "../x": "out",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    bad["outside"] = stream.getvalue()
    for name, written in bad.items():
        file = tmp_path / f"{name}.tar.gz"
        file.write_bytes(written)
        with pytest.raises(BackupInvalid):
            restore(file, Home(tmp_path / "new"))
    assert not (tmp_path / "x").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".restore-", "new"))]


@pytest.fixture
def several(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, list[str]]:
    """A home with five snapshots, oldest first."""
    ids = []
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu")))
    for number in range(5):
        monkeypatch.setattr(etl.publish, "code_hash", lambda number=number: str(number))
        ids.append(load(empty_home).snapshot_id)
    return empty_home, ids


def test_pruning_spares_what_the_rule_a_report_or_a_citation_keeps(several: tuple[Home, list[str]]) -> None:
    home, ids = several
    rule = Retention(keep_newest=2, keep_days=30)
    page = home.reports / "kota" / "index.html"
    page.parent.mkdir()
    page.write_text(f"<code>{ids[1]}</code>", encoding="utf-8")
    cite(home, ids[2], date(2026, 8, 10), "makalah")
    assert not prune(home, rule, datetime.now(tz=UTC))["is_pruned"].any()
    told = prune(home, rule, LATER, dry_run=True)
    assert list_snapshots(home.root).height == 5
    assert told.filter("is_pruned")["snapshot_id"].to_list() == [ids[0]]
    reasons = dict(told.select("snapshot_id", "kept_by").iter_rows())
    wanted = {ids[1]: "reports/kota/index.html", ids[2]: "cited: makalah", ids[3]: "newest", ids[4]: "current"}
    assert reasons == {ids[0]: None, **wanted}
    with open_snapshot(ids[0], home.root) as reader:
        pruned = prune(home, rule, LATER)
        assert reader.sql("select count(*) as n from submission")["n"][0] == 1
    if OPEN_FILES_STAY:
        assert dict(pruned.select("snapshot_id", "kept_by").iter_rows()) == {ids[0]: "open", **wanted}
        pruned = prune(home, rule, LATER)
    assert pruned.equals(told)
    assert set(list_snapshots(home.root)["snapshot_id"]) == set(ids[1:])
    with held_by_this_process(home, "iga ingest"), pytest.raises(HomeLocked):
        prune(home, rule, LATER)
    with pytest.raises(UnknownName):
        cite(home, "0" * 16, date(2026, 8, 10), "makalah")


def test_the_commands_keep_and_prune(iga: Callable[..., Ran], several: tuple[Home, list[str]], tmp_path: Path) -> None:
    home, ids = several
    assert iga("snapshots", "keep", ids[0], "--reason", "surat", home=home.root).exit_code == 0
    out = str(tmp_path / "panel")
    assert iga("export", "panel", "--simulated", "--snapshot", ids[1], "--out", out, home=home.root).exit_code == 0
    ran = iga("snapshots", "prune", "--keep-newest", "1", "--keep-days", "0", "--format", "json", home=home.root)
    kept = {row["snapshot_id"]: row["kept_by"] for row in json.loads(ran.out)}
    assert kept[ids[0]] == "cited: surat"
    assert kept[ids[1]].startswith("cited: iga export panel")
    assert kept[ids[2]] is None
    assert json.loads(iga("snapshots", "--format", "json", home=home.root).out)[0]["is_current"]
    assert list_snapshots(home.root).filter(pl.col("snapshot_id") == ids[2]).is_empty()


def test_the_rule_is_data_that_can_be_asked_for_otherwise() -> None:
    assert load_retention() == Retention(keep_newest=10, keep_days=30)
    assert load_retention(keep_days=0).keep_days == 0
