"""What is imported is declared, what is declared is needed, and the pinned and the lowest versions agree with it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("iga", "warehouse", "analysis", "etl", "simulation", "reports", "workbench")
OWN = {*PACKAGES, "tests", "docs", "examples", "notebooks"}
NEEDED_WITHOUT_IMPORT: dict[str, str] = {}
"""Declared, though no module of ours imports it: what asks for it."""
NOT_INSTALLED_HERE = {
    "pyspark": "pyspark",
    "jupyterhub": "jupyterhub",
    "configurable_http_proxy": "configurable-http-proxy",
}
"""Modules of extras that the tests do without."""


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def names(lines: list[str]) -> set[str]:
    return {folded(re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0]) for line in lines}


RUNTIME = names(PROJECT["dependencies"])
EXTRAS = {extra: names(lines) for extra, lines in PROJECT["optional-dependencies"].items()}


def imported(*folders: str) -> dict[str, set[str]]:
    """The modules from elsewhere that the files of the folders import, by their top name, with the files."""
    found: dict[str, set[str]] = {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        beside = {other.stem for other in path.parent.glob("*.py")}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            for module in (module.partition(".")[0] for module in modules):
                if module not in sys.stdlib_module_names and module not in OWN | beside:
                    found.setdefault(module, set()).add(str(path.relative_to(ROOT)))
    return found


@cache
def _installed() -> Mapping[str, list[str]]:
    return packages_distributions()  # reads the files of every installed package: a second or more


def distributions(module: str) -> set[str]:
    if module in NOT_INSTALLED_HERE:
        return {NOT_INSTALLED_HERE[module]}
    return {folded(name) for name in _installed().get(module, [])}


def test_all_that_the_packages_import_is_declared() -> None:
    declared = RUNTIME | EXTRAS["spark"] | EXTRAS["scheduler"] | EXTRAS["office"]
    missing = {module: files for module, files in imported(*PACKAGES).items() if not distributions(module) & declared}
    assert missing == {}


def test_all_that_is_declared_is_imported_or_has_a_reason() -> None:
    used = {name for module in imported(*PACKAGES) for name in distributions(module)}
    assert RUNTIME - used == set(NEEDED_WITHOUT_IMPORT)


def test_all_that_tests_and_tools_import_is_declared() -> None:
    declared = RUNTIME.union(*EXTRAS.values())
    known = {module: files for module, files in imported("tests", ".ci", "tools").items() if distributions(module)}
    assert {module: files for module, files in known.items() if not distributions(module) & declared} == {}


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_every_dependency_states_its_lowest_version(line: str) -> None:
    assert re.match(r"[\w.-]+>=[\d.]+", line)


def pinned(file: str) -> dict[str, str]:
    lines = [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)(; [\w'=!_ ]+)?", line) for line in lines]
    assert None not in found, "a name, a version and at most the systems that it is for; no address"
    # Where systems differ, the version of most stands first.
    return {folded(match[1]): match[2] for match in reversed(found) if match}


def test_every_dependency_is_pinned_within_what_is_declared() -> None:
    pins = pinned("constraints.txt")
    for line in PROJECT["dependencies"]:
        name, lowest, below = re.match(r"([\w.-]+)>=([\d.]+)(?:,<([\d.]+))?", line).groups()  # type: ignore[union-attr]
        version = _numbers(pins[folded(name)])
        assert _numbers(lowest) <= version and (below is None or version < _numbers(below)), line


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def test_the_list_of_lowest_versions_is_fresh() -> None:
    program = "import lowest_versions; print(lowest_versions.text(), end='')"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / ".ci", capture_output=True, text=True, encoding="utf-8", check=True
    )
    written = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")
    assert written == ran.stdout, "python .ci/lowest_versions.py writes it anew"
    assert set(pinned("constraints-lowest.txt")) >= RUNTIME
