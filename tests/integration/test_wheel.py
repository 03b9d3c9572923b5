"""The wheel carries all that the packages need, and nothing else: it is what people install who have no clone.

`.ci/run` builds a wheel and names its folder in `IGA_WHEELS`; without one it is built here, which asks a package index
for the build backend.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
ALSO: dict[str, str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
KINDS = {".py", ".typed", ".sql", ".toml", ".csv", ".po", ".typ", ".ttf", ".html", ".css", ".js", ".yaml", ".ipynb"}
"""Kinds of files that a program without them would miss only when it is too late."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    named = os.environ.get("IGA_WHEELS")
    folder = Path(named) if named else tmp_path_factory.mktemp("wheel")
    if not named:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
        subprocess.run(command, check=True)
    [path] = folder.glob("iga_workbench-*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder that belong to the project, relative to it."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path.relative_to(folder)


def test_the_wheel_bears_the_version(wheel: Path) -> None:
    assert wheel.name.startswith(f"iga_workbench-{PROJECT['project']['version']}-")


def test_every_file_of_the_packages_is_in_it(names: set[str]) -> None:
    wanted = {f"{package}/{path.as_posix()}" for package in PACKAGES for path in files_below(ROOT / package)}
    wanted = {name for name in wanted if not name.startswith("workbench/share/")}
    assert {Path(name).suffix for name in wanted} >= KINDS
    assert sorted(wanted - names) == []


def test_notebooks_and_the_example_inbox_are_in_it(names: set[str]) -> None:
    for folder, place in ALSO.items():
        wanted = {f"{place}/{path.as_posix()}" for path in files_below(ROOT / folder)}
        assert len(wanted) > 10 and sorted(wanted - names) == []


def test_nothing_else_is_in_it(names: set[str]) -> None:
    foreign = [name for name in names if name.split("/")[0] not in PACKAGES and ".dist-info/" not in name]
    assert foreign == []
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".duckdb"))] == []


def test_it_answers_where_there_is_no_clone(wheel: Path, tmp_path: Path) -> None:
    """Data files are found as package data: rulebooks, layouts, words, reference data and the example inbox."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "IGA_HOME": str(tmp_path / "home"), "IGA_LANG": "id"}
    program = (
        "import iga; print(iga.__file__)\n"
        "from workbench.share import example_inbox\n"
        "from reports.run.notebook import notebook_path\n"
        "print(notebook_path('city_index')); print(example_inbox())\n"
    )
    for command in (["-c", program], ["-m", "workbench", "layout", "list"], ["-m", "workbench", "rules", "2026"]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if command[0] == "-c":
            assert all(Path(line).is_relative_to(tmp_path) for line in done.stdout.splitlines()), done.stdout
