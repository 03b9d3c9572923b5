"""A load that is ended while a process reads a file for it: that process ends as well, and nothing is left."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.city_files import innovation, load, portal_list, put
from tests.conftest import ROOT
from warehouse.home import Home
from warehouse.snapshot import current_snapshot_id

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process is allowed is asked of Linux")

PATIENCE_S = 60.0
"""How long a step may take on a machine that is busy."""


def reader_of(process: psutil.Process) -> psutil.Process:
    """Return the process that reads a file for a load, held still in the middle of it.

    It limits its processor time when it is given a file, so that it is known to be at work.
    """
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for child in process.children(recursive=True):
            allowed, _ = child.rlimit(psutil.RLIMIT_CPU)
            if "etl.worker" in child.cmdline() and allowed != resource.RLIM_INFINITY:
                child.suspend()
                return child
        time.sleep(0.002)
    raise AssertionError("no process reads a file")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_process_that_reads_a_file_ends_with_the_load(tmp_path: Path, number: int, code: int) -> None:
    home, temporary = Home(tmp_path / "home"), tmp_path / "t"
    temporary.mkdir()
    put(home, "magelang/2026/a.xlsx", portal_list(*(innovation(f"Inovasi {n}") for n in range(1_000))))
    loading = subprocess.Popen(
        [sys.executable, "-P", "-m", "workbench.command", "ingest", "--home", str(home.root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "IGA_LANG": "en"},
    )
    reader = reader_of(psutil.Process(loading.pid))
    loading.send_signal(number)
    said = loading.communicate(timeout=PATIENCE_S)[1]
    assert loading.returncode == code and "Traceback" not in said, said
    _, alive = psutil.wait_procs([reader], timeout=PATIENCE_S)
    assert alive == []
    assert current_snapshot_id(home) is None
    if number == signal.SIGKILL:  # could not tidy up: the next load does
        assert load(home).is_new
    assert list(temporary.rglob("*")) in ([], [temporary / f"iga-{os.getuid()}"])
    assert list(home.root.rglob(".*")) == []
    assert not home.lock_holder.exists()
