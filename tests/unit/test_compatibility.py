"""What docs/compatibility.md promises is there: names import, exit codes exist, and what 0.1.0 had has not gone."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tarfile
from importlib import import_module
from pathlib import Path

import duckdb

from iga.score import index_of
from tests.conftest import ROOT
from tests.unit.test_architecture import BY_NAME
from tests.unit.test_docs_architecture import resolves
from warehouse import Snapshot
from warehouse.errors import WorkbenchError

PAGE = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
HOME_OF_0_1 = ROOT / "tests" / "fixtures" / "version_0_1" / "home.tar.gz"
COLUMNS = "select table_name, column_name from information_schema.columns where table_schema = 'main'"


def section(heading: str) -> str:
    return PAGE.split(f"### {heading}\n")[1].split("\n#")[0]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)


def test_public_names_import() -> None:
    names = [name for cell in first_cells(section("Python")) for name in re.findall(r"`([\w.]+)`", cell)]
    assert len(names) > 7
    assert [name for name in names if not resolves(name)] == []


def test_packages_whose_names_are_public_list_them() -> None:
    for package in ("iga.composite", "iga.robustness"):
        module = import_module(package)
        assert len(module.__all__) > 15
        assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_the_exact_index_takes_and_gives_what_is_said() -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith("| `iga.score.index_of`")]
    [taken] = re.findall(r"region: `([^`]+)`", row)
    assert taken.split(", ") == list(inspect.signature(index_of).parameters)
    given = re.findall(r"`(\w+)`", row.split(";")[1])
    result = index_of(None, ["80"], basic_services=1, rulebook=2026)
    assert len(given) > 8 and [name for name in given if not hasattr(result, name)] == []


def test_every_exit_code_of_the_promise_has_its_cause() -> None:
    [last] = re.findall(r"Exit codes 0 to (\d+)", PAGE)
    table = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert set(range(int(last) + 1)) <= listed
    for name, path in BY_NAME.items():
        if "exit_code" in path.read_text(encoding="utf-8"):
            import_module(name)
    used = {int(error.exit_code) for error in subclasses(WorkbenchError)}
    assert set(range(3, int(last) + 1)) <= used
    assert used <= listed


def subclasses(error: type[WorkbenchError]) -> set[type[WorkbenchError]]:
    direct = error.__subclasses__()
    return {*direct, *(deeper for each in direct for deeper in subclasses(each))}


def test_what_a_home_is_said_to_hold_is_there(example_home: Path) -> None:
    named = {path for cell in first_cells(section("A home")) for path in re.findall(r"`([^`]+)`", cell)}
    made = [path for path in named if re.match(r"(inbox|archive|lake|snapshots|current)\b", path)]
    assert len(made) == 5
    missing = [path for path in made if not list(example_home.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))]
    assert missing == []


def test_no_table_or_column_of_the_previous_version_has_gone(example: Snapshot, tmp_path: Path) -> None:
    with tarfile.open(HOME_OF_0_1) as packed:
        packed.extractall(tmp_path, filter="data")
    files = list((tmp_path / "home" / "snapshots").glob("*.duckdb"))
    before: set[tuple[object, ...]] = set()
    for file in files:
        with duckdb.connect(str(file), read_only=True) as connection:
            before |= set(connection.execute(COLUMNS).fetchall())
    now = set(example.sql(COLUMNS).rows())
    assert len(files) == 2 and len(before) > 200
    assert sorted(before - now) == []


def test_the_warning_is_the_one_that_the_page_shows() -> None:
    [shown] = re.findall(r"DeprecationWarning: (.+)", PAGE)
    [former] = re.findall(r"^(\S+) is now", shown)
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", f"import {former}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and shown in done.stderr


def test_what_goes_is_named_with_the_release_with_which_it_goes() -> None:
    text = (ROOT / "iga" / "former_names.py").read_text(encoding="utf-8")
    [release] = set(re.findall(r"goes with (\d+\.\d+\.\d+)", text))
    table = PAGE.split("## How something goes")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| .+ \| (\d+\.\d+\.\d+) \|", table, re.MULTILINE)) == {release}
