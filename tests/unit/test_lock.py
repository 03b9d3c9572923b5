"""The lock of a home where no lock can be had: told in a sentence."""

from __future__ import annotations

import errno
from pathlib import Path

import filelock
import pytest

from warehouse.errors import HomeUnusable
from warehouse.lock import LockTaken, lock_held


@pytest.mark.parametrize("fault", [OSError(errno.ENOLCK, "No locks available"), RuntimeError("no locks")])
def test_a_share_without_locks_is_refused(fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(HomeUnusable, match="cannot lock files"), lock_held(tmp_path / "load.lock"):
        pass


def test_a_folder_in_the_place_of_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "load.lock").mkdir()
    with pytest.raises(HomeUnusable, match=r"name of the lock file load\.lock"), lock_held(tmp_path / "load.lock"):
        pass


def test_a_lock_is_had_once(tmp_path: Path) -> None:
    with lock_held(tmp_path / "lock"), pytest.raises(LockTaken), lock_held(tmp_path / "lock"):
        pass
    with lock_held(tmp_path / "lock"):
        pass
