"""Fixtures that tests share: the example inbox loaded once, and the demo's site built once, in part and in whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from analysis import open_snapshot
from etl.publish import ingest
from warehouse import Snapshot
from warehouse.home import Home

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
TODAY = date(2026, 8, 10)
"""The day on which the tests load files: five days before the simulated season closes."""
DEMO_PAGES = [
    *(f"{city}-{edition}" for city in ("bengkulu", "magelang", "bandar-lampung") for edition in range(2023, 2027)),
    "perbandingan",
    "mengapa-magelang-2025-2026",
    "kemajuan-magelang-2026",
]
"""The pages of the demo's site that the quick tests look at: its own parts, and one that it takes from another site."""


@dataclass(frozen=True)
class Ran:
    """A finished `iga` command."""

    exit_code: int
    out: str
    err: str


def run_iga(*arguments: str, home: Path | None = None, lang: str = "en", timeout: int = 300) -> Ran:
    """Run the `iga` command as a person would: in a process of its own."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "IGA_LANG": lang, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": path}
    environment.pop("IGA_HOME", None)
    if home is not None:
        environment["IGA_HOME"] = str(home)
    done = subprocess.run(
        [sys.executable, "-m", "workbench.command", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def iga() -> Callable[..., Ran]:
    """The `iga` command."""
    return run_iga


def _made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that is made by the first of the parallel test processes that needs it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder = shared / name
    with FileLock(shared / f"{name}.lock"):
        if not (folder / ".made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)
            (folder / ".made").touch()
    return folder


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the example inbox has been loaded. Tests read it; they do not change it."""

    def make(folder: Path) -> None:
        shutil.copytree(EXAMPLES / "inbox", folder / "inbox")
        ingest(Home.at(folder), today=TODAY)

    return _made_once(tmp_path_factory, "example-home", make)


@pytest.fixture
def example(example_home: Path) -> Iterator[Snapshot]:
    """The snapshot of the example inbox."""
    with open_snapshot(home=example_home) as snapshot:
        yield snapshot


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's inbox, its snapshot, and those pages of its site that the quick tests look at."""

    def make(folder: Path) -> None:
        shutil.copytree(EXAMPLES / "inbox", folder / "inbox")
        chosen = [word for page in DEMO_PAGES for word in ("--only", page)]
        for command in (["ingest"], ["report", "build", "three_cities", "--on", TODAY.isoformat(), *chosen]):
            ran = run_iga(*command, home=folder, lang="id", timeout=900)
            assert ran.exit_code == 0, ran.err

    return _made_once(tmp_path_factory, "demo-home", make)


@pytest.fixture(scope="session")
def whole_demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home in which `iga demo` has run. It takes a minute or two: for slow tests only."""

    def make(folder: Path) -> None:
        ran = run_iga("demo", home=folder, lang="id", timeout=900)
        assert ran.exit_code == 0, ran.err
        assert ran.out.rstrip().endswith("/reports/three_cities/index.html"), ran.out

    return _made_once(tmp_path_factory, "whole-demo-home", make)


@pytest.fixture
def empty_home(tmp_path: Path) -> Home:
    """A home without files."""
    home = Home.at(tmp_path / "home")
    home.create()
    return home
