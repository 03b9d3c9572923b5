"""Snapshots of every released schema stay readable: their figures are those that their own version gave.

The homes lie in `tests/fixtures/schema_1`, `schema_2`, `version_0_1` (schema 3) and `schema_5`; a README in each
says how it was made.
"""

from __future__ import annotations

import json
import shlex
import shutil
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis import open_snapshot
from tests.city_files import load
from tests.conftest import ROOT, Ran
from warehouse.home import Home
from workbench.command import app

FIXTURES = ROOT / "tests" / "fixtures"


def expected(schema: int) -> dict[str, Any]:
    """What the version of a schema answered."""
    found: dict[str, Any] = json.loads((FIXTURES / f"schema_{schema}" / "expected.json").read_text(encoding="utf-8"))
    return found


def run(*arguments: str, home: Path, lang: str = "id") -> Ran:
    """An `iga` command in this process."""
    ran = CliRunner().invoke(app, arguments, env={"IGA_HOME": str(home), "IGA_LANG": lang})
    return Ran(ran.exit_code, ran.stdout, ran.stderr or repr(ran.exception))


def home_of(schema: int, folder: Path) -> Home:
    """A home as the version of a schema left it."""
    source = FIXTURES / f"schema_{schema}" / ("home.tar.gz" if schema == 1 else "backup.tar.gz")
    with tarfile.open(source) as packed:
        packed.extractall(folder if schema == 1 else folder / "home", filter="data")
    return Home(folder / "home")


def answers(home: Home, commands: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What the commands answer now, cut to the columns that were answered then."""
    found = {}
    for command, rows in commands.items():
        ran = run(*shlex.split(command)[1:], "--format", "json", home=home.root)
        assert ran.exit_code == 0, ran.err
        found[command] = [{name: row[name] for name in rows[0]} for row in json.loads(ran.out)]
    return found


@pytest.mark.parametrize("schema", [1, 2, 5])
def test_a_former_snapshot_answers_what_it_answered(schema: int, tmp_path: Path) -> None:
    home, told = home_of(schema, tmp_path), expected(schema)
    path = home.snapshots / f"{told['snapshot_id']}.duckdb"
    before = sha256(path.read_bytes()).hexdigest()
    assert answers(home, told["commands"]) == told["commands"]
    with open_snapshot(home=home.root) as snapshot, snapshot.at(None) as again:
        assert snapshot.snapshot_id == told["snapshot_id"] == again.snapshot_id
        assert snapshot.is_migrated and snapshot.facts["schema_version"] == schema
        assert "snapshot_rule_file" in snapshot.tables
        assert snapshot.sql("select * from region_history").is_empty() is (schema < 5)  # schema 5 kept it itself
        seasons = snapshot.sql("select as_of, count(*) as n from submission group by all").rows()
    assert len(seasons) == 1 and seasons[0][0] is not None
    assert sha256(path.read_bytes()).hexdigest() == before
    ran = run("sql", "select 1 as one", home=home.root, lang="en")
    assert f"schema {schema}, read through a migration" in ran.err
    assert "lewat migrasi" in run("index", home=home.root).out


@pytest.mark.parametrize("schema", [1, 2, pytest.param(5, marks=pytest.mark.slow)])
def test_a_former_snapshot_is_compared_with_a_load_of_today(schema: int, tmp_path: Path) -> None:
    home, told = home_of(schema, tmp_path), expected(schema)
    assert load(home).is_new
    [index] = told["commands"]["iga index"]
    ran = run("index", "--snapshot", told["snapshot_id"], "--format", "json", home=home.root)
    assert [{name: row[name] for name in index} for row in json.loads(ran.out)] == [index]
    ran = run("diff", told["snapshot_id"], "--list", "seasons", "--format", "json", home=home.root)
    assert ran.exit_code == 0, ran.err
    [season] = json.loads(ran.out)
    assert season["innovations_before"] == season["innovations_after"] == 103


@pytest.mark.slow
@pytest.mark.parametrize("schema", [1, 2, 5])
def test_a_report_of_a_former_snapshot_is_built(iga: Callable[..., Ran], schema: int, tmp_path: Path) -> None:
    home, told = home_of(schema, tmp_path), expected(schema)
    page = "ringkasan-magelang-2026"
    ran = iga("report", "build", "mayor_brief", "--only", page, "--snapshot", told["snapshot_id"], home=home.root)
    assert ran.exit_code == 0, ran.err
    text = (home.reports / "mayor_brief" / f"{page}.html").read_text(encoding="utf-8")
    assert told["snapshot_id"] in text and "lewat migrasi" in text


def test_the_snapshots_are_enough_without_what_was_made_of_them(tmp_path: Path) -> None:
    home = home_of(2, tmp_path)
    for folder in (home.archive, home.inbox):
        shutil.rmtree(folder)
    home.pointer.chmod(0o444)
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.index("magelang", 2026).frame.height == 1


@pytest.mark.parametrize("schema", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_a_backup_of_a_former_version_is_restored_and_its_snapshot_answers(schema: int, tmp_path: Path) -> None:
    told = expected(schema)
    ran = run("restore", str(FIXTURES / f"schema_{schema}" / "backup.tar.gz"), home=tmp_path / "new")
    assert ran.exit_code == 0, ran.err
    assert answers(Home(tmp_path / "new"), told["commands"]) == told["commands"]
    assert (tmp_path / "new" / "current.json").read_text(encoding="utf-8").count(told["snapshot_id"]) == 1
