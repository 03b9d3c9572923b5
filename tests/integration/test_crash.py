"""Loads that are killed, meet a lock, a full disk or a changed layout; long trials: `tests/fuzz/kill_load.py`."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import etl.lake
import etl.parse
import etl.publish
from analysis import open_snapshot
from etl.layout.declared import Layout, load_layouts
from etl.worker.pool import InThisProcess
from tests.city_files import exported, html_export, innovation, load, portal_list, put
from tests.conftest import ROOT, Ran
from warehouse.errors import HomeUnusable
from warehouse.home import Home
from warehouse.lock import held_by_this_process, holder_of

KILL_LOAD = ROOT / "tests" / "fuzz" / "kill_load.py"


def _kill_load(*options: str) -> str:
    ran = subprocess.run(
        [sys.executable, str(KILL_LOAD), *options], capture_output=True, text=True, timeout=3_600, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_killed_load_leaves_the_snapshot_and_the_next_run_clean() -> None:
    told = _kill_load("--kills", "2", "--publishes", "1", "--readers", "2")
    assert re.search(r"2 kills .*: 0 fault", told)
    assert "0 reader(s) failed" in told


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_two_hundred_kills_and_eight_readers() -> None:
    told = _kill_load("--kills", "200", "--publishes", "20", "--readers", "8")
    assert re.search(r"200 kills .*: 0 fault", told)


def test_the_second_of_two_loads_is_told_who_holds_the_lock(iga: Callable[..., Ran], empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu")))
    first = load(empty_home)
    with held_by_this_process(empty_home, "iga ingest"):
        since = holder_of(empty_home)["since"]
        second = iga("ingest", home=empty_home.root)
        assert second.exit_code == 9
        assert f"process {os.getpid()}" in second.err
        assert since in second.err
        assert "wait until it has finished" in second.err
        # Who only reads or only tries is not kept waiting.
        assert iga("status", home=empty_home.root).exit_code == 0
        assert iga("ingest", "--dry-run", home=empty_home.root).exit_code == 0
    assert load(empty_home).snapshot_id == first.snapshot_id


@pytest.mark.parametrize("step", ["etl.receipt._keep", "etl.lake._store", "warehouse.disk.sync_file"])
def test_a_full_disk_ends_with_its_cause_and_the_old_snapshot(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    put(empty_home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu")))
    before = load(empty_home)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Dua")))
    with monkeypatch.context() as patched:
        patched.setattr(step, full)
        with pytest.raises(HomeUnusable, match="disk is full"):
            load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.snapshot_id == before.snapshot_id
    assert not list(empty_home.snapshots.glob(".*.duckdb*"))
    assert load(empty_home).is_new


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_is_really_full(iga: Callable[..., Ran], tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no mount allowed here")
    try:
        home = Home(place / "home")
        put(home, "bengkulu/2026/a.xlsx", portal_list(*[innovation(f"Inovasi {number}") for number in range(300)]))
        ran = iga("ingest", home=home.root)
        assert ran.exit_code == 10
        assert "The disk is full" in ran.err
        assert not list(home.snapshots.glob("*"))
    finally:
        subprocess.run(["umount", str(place)], check=False)


def test_a_changed_layout_parses_again_what_it_affects_and_nothing_else(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu"), exported("2", "Dua")))
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga")))
    put(empty_home, "bandar-lampung/2026/c.xlsx", b"no workbook")
    load(empty_home)
    read = etl.parse.read_file
    parsed: list[str] = []

    def counting(match: object, *arguments: object, **named: object) -> object:
        parsed.append(match.layout.name)  # type: ignore[attr-defined]
        return read(match, *arguments, **named)  # type: ignore[arg-type]

    def changed(*names: str) -> dict[str, Layout]:
        return known | {name: known[name].model_copy(update={"content_hash": "other"}) for name in names}

    monkeypatch.setattr(etl.publish, "shared_pool", InThisProcess)
    monkeypatch.setattr(etl.parse, "read_file", counting)
    known = load_layouts()
    for layouts, wanted in (
        (known, []),
        (changed("l8_html_export"), ["l8_html_export"]),
        (changed("l8_html_export", "l6_assistance_flags"), []),
        ({name: layout for name, layout in changed("l8_html_export").items() if name != "l10_unit_index"}, []),
    ):
        parsed.clear()
        monkeypatch.setattr(etl.lake, "load_layouts", lambda layouts=layouts: layouts)
        monkeypatch.setattr(etl.publish, "code_hash", lambda layouts=layouts: str(id(layouts)))
        result = load(empty_home)
        assert parsed == wanted
        assert result.parsed_count == len(wanted)


def test_a_changed_normaliser_parses_everything_again(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu")))
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga")))
    assert load(empty_home).parsed_count == 2
    monkeypatch.setattr(etl.publish, "code_hash", lambda: "other code, the same normaliser")
    assert load(empty_home).parsed_count == 0
    monkeypatch.setattr(etl.lake, "normaliser_hash", lambda: "other")
    assert load(empty_home).parsed_count == 2


def test_a_damaged_parse_is_made_again(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga")))
    first = load(empty_home)
    for damaged in empty_home.lake.glob("*/*/*/frames.arrow"):
        damaged.write_bytes(b"")
    monkeypatch.setattr(etl.publish, "code_hash", lambda: "so that the parse is asked for")
    assert load(empty_home).receipts.equals(first.receipts)
