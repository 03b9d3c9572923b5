"""What dead processes leave is cleared, and nothing that a live one owns."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from warehouse import temporary as temporary_module
from warehouse.home import Home
from warehouse.keeping.dead_temporaries import clear_dead_temporaries
from warehouse.keeping.leftovers import QUIET_S, clear_leftovers, clear_partial
from warehouse.keeping.process import Process, is_alive, start_of, this_process
from warehouse.temporary import clear_ours, cleared_when_ended, own_folder, temporary_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporaries of this test alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def quiet(path: Path, seconds: float = QUIET_S + 5) -> Path:
    """Let nobody have written to a file or folder for so long."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def dead_number() -> int:
    """Return the number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_the_folders_of_dead_processes_go_and_those_of_live_ones_stay(temporary: Path) -> None:
    dead = own_folder() / f"{dead_number()}-run-abcdefgh"
    (dead / "kernel").mkdir(parents=True)
    (dead / "connection.json").write_text("key", encoding="utf-8")
    of_others = own_folder() / "a note of mine"
    of_others.mkdir()
    former, young = temporary / "iga-run-x", temporary / "iga-svg-y"
    former.mkdir()
    young.mkdir()
    quiet(former, 2 * 24 * 3600)
    with temporary_folder("run") as live:
        (live / "connection.json").write_text("key", encoding="utf-8")
        assert sorted(clear_dead_temporaries()) == sorted([dead.name, former.name])
        assert live.is_dir() and of_others.is_dir() and young.is_dir()
        if os.name == "posix":
            assert live.parent.stat().st_mode & 0o077 == 0
    assert not live.exists()


def test_what_is_begun_beside_a_file_goes_when_it_is_quiet(tmp_path: Path) -> None:
    target = tmp_path / "cadangan.tar.gz"
    names = [".cadangan.tar.gz.4711", ".cadangan.tar.gz.ab_9defg"]
    others = [".cadangan.tar.gz.markdown9", ".lain.tar.gz.4711", "cadangan.tar.gz.4711", ".cadangan.tar.gz.4712"]
    for name in (*names, *others):
        (tmp_path / name).write_text("x", encoding="utf-8")
    for name in (*names, *others[:3]):
        quiet(tmp_path / name)
    assert sorted(clear_partial(target)) == names
    assert all((tmp_path / name).exists() for name in others), "of another name, or being written"


def test_a_home_is_cleared_of_loads_and_restores_that_ended(empty_home: Home) -> None:
    root = empty_home.root
    (root / "load.holder.json").write_text("{}", encoding="utf-8")
    of_load = root / "snapshots" / ".abc.duckdb.4711"
    restored, restoring = root.parent / ".restore-ab_9defg", root.parent / ".restore-bb_9defg"
    of_another = root.parent / ".restore-cb_9defg"
    files = (restored / "archive" / "a", restoring / "archive" / "a", of_another / "settings")
    for path in (of_load, root / ".notes.markdown", *files):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    for path in (files[0], files[2], *(path.parent for path in files), restored, restoring, root / ".notes.markdown"):
        quiet(path)
    clear_leftovers(empty_home)
    assert not of_load.exists() and not restored.exists()
    assert restoring.exists() and of_another.exists() and (root / ".notes.markdown").exists()


def test_what_was_begun_of_a_decision_goes_and_what_people_keep_beside_it_stays(empty_home: Home) -> None:
    folder = empty_home.root / "identity"
    begun, writing = folder / ".innovations.csv.ts_dhgm_", folder / ".units.csv.ab_9defg"
    kept = [folder / name for name in ("innovations.csv", ".catatan", ".innovations.csv.salinan", "lama.csv.ab_9defg")]
    folder.mkdir(exist_ok=True)
    for path in (begun, writing, *kept):
        path.write_text("x", encoding="utf-8")
    for path in (begun, *kept):
        quiet(path)
    assert clear_leftovers(empty_home) == [begun.name]
    assert writing.exists() and all(path.exists() for path in kept)


def test_a_process_is_known_by_its_start(tmp_path: Path) -> None:
    here = this_process()
    assert not here.is_dead and is_alive(here.number, here.start)
    assert Process(here.number, "another start", here.host).is_dead
    assert not Process(here.number, "another start", "another machine").is_dead
    assert start_of(dead_number()) == ""


def test_what_is_begun_goes_when_the_process_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary_module, "_ending", threading.Event())
    begun = tmp_path / "begun"
    begun.touch()
    with pytest.raises(KeyboardInterrupt), cleared_when_ended(begun, begun.unlink, has_threads=True):
        raise KeyboardInterrupt
    clear_ours()
    assert not begun.exists()
    begun.touch()
    with pytest.raises(ValueError, match="done"), cleared_when_ended(begun, begun.unlink):
        raise ValueError("done")
    clear_ours()
    assert begun.exists()
    with pytest.raises(KeyboardInterrupt), temporary_folder("late"):
        pass
    assert list(own_folder().iterdir()) == []
