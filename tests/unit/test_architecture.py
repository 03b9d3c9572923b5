"""The folders are the architecture: imports run one way and never back."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from etl.load_code import load_code
from tests.conftest import ROOT

MAY_IMPORT = {
    "iga": {"iga"},
    "warehouse": {"warehouse", "iga"},
    "analysis": {"analysis", "warehouse", "iga"},
    "etl": {"etl", "warehouse", "iga"},
    "reports": {"reports", "analysis", "warehouse", "iga"},
    "simulation": {"simulation", "etl", "warehouse", "iga"},
    "workbench": {"workbench", "simulation", "reports", "analysis", "etl", "warehouse", "iga"},
}
PURE_CORE = {"narwhals", "numpy", "pydantic", "scipy"}
"""What `iga/` may use beside the standard library: no files, no database, no clock, no network."""

MODULES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported_by(path: Path) -> set[str]:
    """The top-level names that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = imported_by(path) & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[package], f"{path.name} imports {ours - MAY_IMPORT[package]}"


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.is_relative_to(ROOT / "iga")], ids=lambda path: path.name
)
def test_core_is_pure(path: Path) -> None:
    outside = imported_by(path) - set(sys.stdlib_module_names) - {"iga"} - PURE_CORE
    assert not outside
    assert not imported_by(path) & {"random", "time", "socket", "subprocess", "os", "sqlite3", "urllib"}


def test_duckdb_is_called_by_the_store_and_by_the_engine_that_scores_a_lake() -> None:
    callers = {path.relative_to(ROOT) for path in MODULES if "duckdb" in imported_by(path)}
    outside = {path.as_posix() for path in callers if path.parts[0] != "warehouse"}
    assert outside == {"analysis/index/lake_scores.py"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_public_functions_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


def lines_of(paths: Iterable[Path]) -> int:
    return sum(path.read_text(encoding="utf-8").count("\n") for path in paths)


def test_the_store_is_small_and_a_load_runs_nearly_all_of_it() -> None:
    """What is asked of a snapshot has its room in `analysis/`; the store is left with what makes and keeps one."""
    store = [path for path in MODULES if path.is_relative_to(ROOT / "warehouse")]
    run = [ROOT / name for name in load_code("etl.publish").modules if name.startswith("warehouse/")]
    assert lines_of(store) < 2_500
    assert lines_of(run) >= 0.8 * lines_of(store)


def test_a_load_runs_no_words() -> None:
    """What makes sentences, and what knows a reader's language, decides nothing about a snapshot."""
    assert not {"warehouse/language.py", "warehouse/locale"} & load_code("etl.publish").modules.keys()


def test_no_module_has_an_empty_name() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [path for path in MODULES if path.stem in empty]
