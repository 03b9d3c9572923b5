"""Commands that are stopped in the middle: they end at once, with one sentence, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")

LONGEST_S = 8.0
"""Two seconds on a machine that is not busy; tests run beside others."""


@dataclass
class Begun:
    """A command that runs, with a temporary folder of its own."""

    process: subprocess.Popen[str]
    temporary: Path
    children: list[psutil.Process]

    def kernels(self) -> list[Path]:
        """Return the connection files of its kernels."""
        return list(self.temporary.glob("iga-*/*-run-*/connection.json"))

    def await_that(self, is_reached: Callable[[], object], patience_s: float = 90) -> None:
        """Wait until the command has got so far."""
        until = time.monotonic() + patience_s
        while not is_reached():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < until, "it never got so far"
            time.sleep(0.02)
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def end(self, *numbers: int) -> tuple[int, str, float]:
        """Send signals; the exit code, what was said, and the seconds until the end."""
        started = time.monotonic()
        for number in numbers:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        seconds = time.monotonic() - started
        return self.process.returncode, said, seconds

    def assert_nothing_left(self, home: Path) -> None:
        """Hold that no child runs on, and that no private file lies about."""
        _, alive = psutil.wait_procs(self.children, timeout=3)
        assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
        assert [path for folder in self.temporary.glob("iga-*") for path in folder.iterdir()] == []
        private = [path for path in home.rglob(".*") if ".lab" not in path.parts and path.name != ".made"]
        assert [path for path in private if path.name != ".kept"] == []
        assert not (home / "load.holder.json").exists()


def begin(tmp_path: Path, home: Path, *words: str) -> Begun:
    """Start a command in a home, with a temporary folder of its own."""
    temporary = tmp_path / f"t{len(list(tmp_path.iterdir()))}"
    temporary.mkdir()
    environment = {**os.environ, "IGA_LANG": "en", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench.command", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"IGA_HOME": str(home), "TMPDIR": str(temporary)},
        start_new_session=True,
    )
    return Begun(process, temporary, [])


@pytest.fixture
def short() -> Path:
    """A folder with a short name, as the machine's own is: names of sockets must not be long."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="st-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_build_ends_at_once_with_its_kernels(short: Path, example_home: Path) -> None:
    begun = []
    for name in ("a", "b"):
        shutil.copytree(example_home, short / name)
        begun.append(begin(short, short / name, "report", "build", "three_cities", "--jobs", "2"))
    for build in begun:
        build.await_that(build.kernels)
    for build, name, number, code in zip(begun, "ab", (signal.SIGTERM, signal.SIGINT), (143, 130), strict=True):
        ended, said, seconds = build.end(number)
        print(f"{number.name}: {seconds:.2f} s")
        assert (ended, seconds < LONGEST_S) == (code, True), (said, seconds)
        assert len([line for line in said.splitlines() if line.strip()]) == 1 and "Traceback" not in said, said
        assert ("Stopped." in said) == (code == 130)
        build.assert_nothing_left(short / name)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize(
    "words",
    [
        ("ingest",),
        ("backup", "cadangan.tar.gz"),
        ("report", "build", "three_cities", "--jobs", "1"),
        ("schedule", "run"),
        ("demo",),
        ("lab", "--no-browser", "--port", "0"),
    ],
    ids=lambda words: words[0],
)
def test_any_command_ends_at_once(short: Path, example_home: Path, words: tuple[str, ...], number: int) -> None:
    home = short / "h"
    if words[0] != "demo":
        shutil.copytree(example_home, home)
    if words[0] == "ingest":
        for folder in ("archive", "lake", "snapshots"):
            shutil.rmtree(home / folder)
        (home / "current.json").unlink()
    if words[0] == "backup":
        (home / "inbox" / "large.bin").write_bytes(os.urandom(200_000_000))
        words = ("backup", str(short / "cadangan.tar.gz"))
    reached: dict[str, Callable[[], object]] = {
        "ingest": (home / "load.holder.json").exists,
        "backup": lambda: list(short.glob(".cadangan*")),
        "lab": lambda: list((home / ".lab").rglob("jpserver-*.json")),
    }
    ran = begin(short, home, *words)
    ran.await_that(reached.get(words[0], ran.kernels))
    time.sleep(0.3)
    code, said, seconds = ran.end(number)
    print(f"{words[0]} {signal.Signals(number).name}: {seconds:.2f} s")
    assert (code, seconds < LONGEST_S) == (130 if number == signal.SIGINT else 143, True), (said, seconds)
    assert "Traceback" not in said, said
    assert not list(short.glob(".cadangan*"))
    ran.assert_nothing_left(home)


@pytest.mark.slow
def test_a_second_signal_ends_without_patience(short: Path, example_home: Path) -> None:
    shutil.copytree(example_home, short / "h")
    ran = begin(short, short / "h", "report", "build", "three_cities")
    ran.await_that(ran.kernels)
    code, said, seconds = ran.end(signal.SIGINT, signal.SIGINT)
    assert (code, seconds < LONGEST_S) == (130, True), (said, seconds)
    assert "Traceback" not in said, said
