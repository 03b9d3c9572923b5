"""A file is not held because other programs have the processor; one whose process hangs is."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from etl.worker import pool as worker_pool
from etl.worker.pool import close_shared_pool
from tests.city_files import exported, html_export, load
from warehouse.home import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal of Unix")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Return a home with one list, and limits of two seconds by the clock."""
    monkeypatch.setenv("IGA_WORKER_WALL_SECONDS", "2")
    monkeypatch.setenv("IGA_WORKER_WALL_STRETCHES", "6")
    monkeypatch.setattr(worker_pool, "_LOOK_S", 0.5)
    close_shared_pool()
    home = Home(tmp_path)
    path = home.inbox / "bengkulu" / "2026" / "a.xls"
    path.parent.mkdir(parents=True)
    path.write_bytes(html_export(exported("1", "Satu"), exported("2", "Dua")))
    yield home
    close_shared_pool()


def _slowed(share: float, until: threading.Event) -> None:
    """Let every process that reads files run for a share of the time only, as on a machine that others use."""
    while not until.is_set():
        readers = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):  # it may just have ended
                readers += [child] if "etl.worker" in " ".join(child.cmdline()) else []
        _send(readers, signal.SIGSTOP)
        time.sleep(0.1 * (1 - share))
        if share:
            _send(readers, signal.SIGCONT)
            time.sleep(0.1 * share)


def _send(processes: list[psutil.Process], signal_number: int) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal_number)


@pytest.mark.parametrize(("share", "is_read"), [(0.15, True), (0.0, False)])
def test_a_busy_machine_holds_no_file_and_one_that_hangs_is_ended(home: Home, share: float, is_read: bool) -> None:
    until = threading.Event()
    slowing = threading.Thread(target=_slowed, args=(share, until))
    slowing.start()
    try:
        started = time.monotonic()
        held_count = load(home).held.height
        took = time.monotonic() - started
    finally:
        until.set()
        slowing.join()
    assert took > 2, "the reading was not slowed enough to pass its limit"
    assert held_count == (0 if is_read else 1)
