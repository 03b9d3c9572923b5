"""The folders are the architecture: imports run one way, between packages, between rooms and between files."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from etl.load_code import load_code
from tests.conftest import ROOT

MAY_IMPORT = {
    "iga": {"iga"},
    "warehouse": {"warehouse", "iga"},
    "analysis": {"analysis", "warehouse", "iga"},
    "etl": {"etl", "warehouse", "iga"},
    "simulation": {"simulation", "etl", "warehouse", "iga"},
    "reports": {"reports", "analysis", "warehouse", "iga"},
    "workbench": {"workbench", "simulation", "reports", "analysis", "etl", "warehouse", "iga"},
}
ROOMS = {
    "iga": "former_names exit_codes errors written_toml reasons rules rulebook index score estimate composite "
    "robustness planning contest portfolio",
    "analysis": "season clinic evidence index published estimate result history planning contest panel portfolio "
    "reminders portal nominee mentoring citation personal composite api",
    "etl": "load_code contracts tombstones cells tables worker documents layout values recaps recognition receipt "
    "outgoing parse parse_apart lake season publish forgetting",
    "reports": "library_patches queries city_settings blocks shown pages run render letters portal site deposit",
}
"""The rooms of a package from the lowest up; a room imports from rooms before it."""
PIECES_OF_A_PAGE = {"blocks", "charts", "figures", "parameters", "tables"}
REPEATED = {*PIECES_OF_A_PAGE, "errors", "season", "words", "__init__", "__main__"}
"""Module names that stand more than once, since the folder says whose they are."""
STARTERS = {"iga/__main__.py": {"workbench"}}
"""What starts the command, beside the imports that run one way: `python -m iga` is `iga`."""
PURE_CORE = {"narwhals", "numpy", "pydantic", "scipy"}
"""What `iga/` may use beside the standard library: no files, no database, no clock, no network."""

COMMANDS = ROOT / "workbench" / "commands"

MODULES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


BY_NAME = {name_of(path): path for path in MODULES}


@cache
def ours_imported_by(name: str) -> frozenset[str]:
    """Return the modules of this project that one of them imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(BY_NAME[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset((names & BY_NAME.keys()) - {name})


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
    ours = (imported_by(path) & set(MAY_IMPORT)) - STARTERS.get(path.relative_to(ROOT).as_posix(), set())
    assert ours <= MAY_IMPORT[package], f"{path.name} imports {ours - MAY_IMPORT[package]}"


def test_what_starts_the_command_does_nothing_else() -> None:
    for name in STARTERS:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) < 10


def test_there_is_no_circle_of_files() -> None:
    graph = TopologicalSorter({name: ours_imported_by(name) - {name.partition(".")[0]} for name in BY_NAME})
    graph.prepare()  # raises CycleError, which names the files


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_one_way(package: str) -> None:
    place = {room: number for number, room in enumerate(ROOMS[package].split())}
    rooms = {path.relative_to(ROOT / package).parts[0].removesuffix(".py") for path in (ROOT / package).rglob("*.py")}
    assert rooms - {"__init__", "__main__"} == place.keys()
    own = [name for name in BY_NAME if name.startswith(f"{package}.") and name.split(".")[1] in place]
    back = [
        (name, other)
        for name in own
        for other in ours_imported_by(name)
        if other in own and place[other.split(".")[1]] > place[name.split(".")[1]]
    ]
    assert back == []


def test_a_module_name_repeats_only_where_its_folder_gives_it_its_meaning() -> None:
    # A command is a file of its name, whatever else bears the name of what it is about.
    times = Counter(path.stem for path in MODULES if path.parent != COMMANDS or path.stem.startswith("__"))
    assert {name for name, count in times.items() if count > 1} - REPEATED == set()


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.is_relative_to(ROOT / "iga") and path.name != "__main__.py"],
    ids=lambda path: path.name,
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
    """What is asked of a snapshot has its room in `analysis/`; the store is left with what makes and keeps one.

    The rules of a home (`warehouse/rules/`) are read here since a load and every question need them. What keeps a home
    (`warehouse/keeping/`: backups, retention, checks, people's own files) is counted by itself: of it a load needs only
    what holds bytes to their hashes.
    """
    store = [path for path in MODULES if path.is_relative_to(ROOT / "warehouse")]
    store = [path for path in store if not path.is_relative_to(ROOT / "warehouse" / "keeping")]
    run = [ROOT / name for name in load_code("etl.publish").modules if name.startswith("warehouse/")]
    run = [path for path in run if path in store]
    # disk.py and temporary.py came: every step on the disk; unit_name_rules.py, unit_answers.py: units by their names;
    # what innovations in quarantine may bring the index; what a page has read of the home (inputs_read.py); names of
    # units of a nation, looked at once each; on whose behalf the lock is held; catalogues that are parsed once
    # (catalogue_files.py), and rows that are read without PyArrow
    assert lines_of(store) < 4_740
    assert lines_of(run) >= 0.8 * lines_of(store)


def test_a_load_runs_no_words() -> None:
    """What makes sentences, and what knows a reader's language, decides nothing about a snapshot."""
    assert not {"warehouse/language.py", "warehouse/locale"} & load_code("etl.publish").modules.keys()


def test_no_module_has_an_empty_name() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [path for path in MODULES if path.stem in empty]


def test_only_the_core_goes_by_the_shipped_rules_alone() -> None:
    """A home may state rules of its own: whoever asks a snapshot or loads files takes the collection that is given."""
    shipped = {"load_rulebook", "known_rulebooks", "rulebooks_for", "newest_complete_rulebook"}
    by_name = {"analysis/index/lake_scores.py": {"newest_complete_rulebook"}}  # a program may ask without a home
    for path in MODULES:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("iga/"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            used = {node.id for node in nodes if isinstance(node, ast.Name)} & shipped
            assert used == by_name.get(name, set()), name
