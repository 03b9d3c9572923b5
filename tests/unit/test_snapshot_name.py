"""A snapshot is named by what made it: files, decisions of people, and the code that a load runs; never by words."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.load_code import NO_PART, PACKAGES, LoadCode, data_of, imports_of, load_code
from etl.publish import RULES_BY_THEMSELVES, code_hash
from tests.city_files import (
    CONTROL_HEADER,
    REGISTER_HEADER,
    SPD_HEADER,
    exported,
    html_export,
    innovation,
    load,
    portal_list,
    put,
    workbook,
)
from tests.conftest import ROOT
from warehouse.home import Home

ENTRY = "etl.publish"
FOLDERS = (*PACKAGES, "analysis", "reports", "simulation", "workbench")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, to be changed."""
    folder = tmp_path_factory.mktemp("tree")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def changed(tree: Path) -> Iterator[Callable[[str, str, str], str]]:
    """Change a text in one file of the copy, and give the hash that its loads are then named by."""
    kept: dict[Path, bytes | None] = {}

    def change(name: str, old: str, new: str) -> str:
        path = tree / name
        kept[path] = path.read_bytes() if path.exists() else None
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_code(ENTRY, tree).hash

    yield change
    for path, content in kept.items():
        path.unlink() if content is None else path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("analysis/portfolio/words.py", '"', '"* '),
        ("warehouse/locale/id/LC_MESSAGES/iga.po", 'msgstr "', 'msgstr "* '),
        ("warehouse/locale/set_aside.toml", "Nama inovasi kosong", "Nama inovasi belum diisi"),
        ("warehouse/reference/labels.csv", "Inovatif", "Berinovasi"),
        ("warehouse/reference/sources.toml", "title", "heading"),
        ("warehouse/language.py", "Raises UnknownLanguage.", "Raises an error."),
        ("warehouse/keeping/backup.py", "import", "import  "),
        ("warehouse/keeping/retention.toml", "=", " ="),
        ("warehouse/reference/targets/thresholds.csv", "\n", "\n\n"),
        ("reports/pages/city_index/tables.py", "Block", "Block "),
        ("reports/pages/city_index/quarantine.sql", "order by", "order  by"),
        ("reports/templates/parts.html", "<", " <"),
        ("workbench/loading.py", "Read", "Take"),
        ("etl/outgoing/return_to_sender.py", "Lembar", "Halaman"),
        ("etl/outgoing/templates.toml", "=", " ="),
        ("etl/recognition/propose.py", "import", "import  "),
        ("etl/corrections/README.md", "", "More to read.\n"),
        ("iga/planning/raises.py", "import", "import  "),
        ("iga/exit_codes.py", "import", "import  "),
        ("iga/former_names.py", "import", "import  "),
        ("iga/former_names.csv", "\n", "\n\n"),
        ("etl/py.typed", "", "\n"),
    ],
)
def test_words_pages_and_commands_leave_the_name(
    changed: Callable[[str, str, str], str], tree: Path, name: str, old: str, new: str
) -> None:
    before = load_code(ENTRY, tree).hash
    assert changed(name, old, new) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("iga/score.py", "return ", "return  "),
        ("iga/rules/later_switches.toml", "=", " ="),
        ("etl/layouts/l1_portal_list.toml", "Nama Inovasi", "Nama Ide"),
        ("etl/layouts/l99_new.toml", "", "a new layout"),
        ("etl/values/normalise.py", "return ", "return  "),
        ("etl/values/vocabulary.toml", "=", " ="),
        ("etl/cells/limits.toml", "=", " ="),
        ("etl/recognition/thresholds.toml", "=", " ="),
        ("etl/season/precedence.toml", "=", " ="),
        ("etl/corrections/new.toml", "", "[[correction]]"),
        ("warehouse/scoring/index_over_time.py", "return ", "return  "),
        ("warehouse/scoring/submission_maturity.py", "return ", "return  "),
        ("warehouse/reference/regions.csv", "17.71", "17.72"),
        ("warehouse/reference/unit_kinds.csv", "\n", "\n\n"),
        ("warehouse/sql/schema.sql", "varchar", "text"),
        ("warehouse/sql/views.sql", "select", "select "),
        ("warehouse/sql/audits/unit_key_is_unique.sql", "select", "select "),
        ("warehouse/sql/audits/a_new_audit.sql", "", "select 1 where false"),
        ("warehouse/set_aside_words.py", "return ", "return  "),
    ],
)
def test_rules_parsers_and_layouts_change_the_name(
    changed: Callable[[str, str, str], str], tree: Path, name: str, old: str, new: str
) -> None:
    before = load_code(ENTRY, tree).hash
    assert changed(name, old, new) != before


@pytest.mark.parametrize(
    ("name", "old", "new", "is_parsed_again"),
    [
        ("etl/values/normalise.py", "return ", "return  ", True),
        ("etl/cells/limits.toml", "=", " =", True),
        ("warehouse/reference/government_affairs.csv", "\n", "\n\n", True),
        ("etl/season/resolve.py", "return ", "return  ", False),
        ("etl/receipt.py", "return ", "return  ", False),
        ("warehouse/snapshot.py", "return ", "return  ", False),
        ("warehouse/sql/views.sql", "select", "select ", False),
        ("iga/rules/rulebooks/2026.toml", "38", "39", False),
        ("etl/layouts/l1_portal_list.toml", "Nama Inovasi", "Nama Ide", False),
        ("warehouse/locale/set_aside.toml", "Nama inovasi kosong", "Nama inovasi belum diisi", False),
    ],
)
def test_a_file_is_parsed_again_by_other_parsers_only(
    changed: Callable[[str, str, str], str], tree: Path, name: str, old: str, new: str, is_parsed_again: bool
) -> None:
    """Layouts and the scale of an edition stand in the key of a parse by themselves (`etl.lake`)."""

    def key() -> str:
        return load_code("etl.parse", tree).without("etl/layouts").hash

    before = key()
    changed(name, old, new)
    assert (key() != before) is is_parsed_again


def test_every_system_gives_the_same_name(tree: Path, tmp_path: Path) -> None:
    """A checkout on Windows ends its lines with CRLF; the copy lies elsewhere, and holds what Python compiled."""
    other = tmp_path / "elsewhere"
    for path in tree.rglob("*"):
        if path.is_file():
            copy = other / path.relative_to(tree)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    compiled = other / "etl" / "__pycache__" / "publish.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"compiled")
    assert load_code(ENTRY, other).hash == load_code(ENTRY, tree).hash
    assert code_hash() == load_code(ENTRY, tree).without("iga/rules/rulebooks").without("iga/rules/crosswalks").hash


PROGRAM = """
import json, sys
from datetime import date
from pathlib import Path

opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)

from etl.publish import ingest
from warehouse.home import Home

result = ingest(Home.at(sys.argv[1]), today=date(2026, 8, 1))
print(json.dumps({
    "id": result.snapshot_id,
    "is_new": result.is_new,
    "opened": opened,
    "modules": [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)],
}))
"""


def loaded(home: Home, tree: Path) -> dict[str, object]:
    """What a load by the code of a tree gives, in a process of its own: its name, files that were opened, modules."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home.root)],
        capture_output=True, text=True, encoding="utf-8", env=environment, cwd=tree, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.fixture
def home(empty_home: Home) -> Home:
    """A home with files of several kinds."""
    rows = [exported("1", "Satu"), exported("2", "Dua", score="kosong")]
    put(empty_home, "bengkulu/2026/daftar.xls", html_export(*rows))
    put(empty_home, "bengkulu/2026/kendali.xlsx", workbook([CONTROL_HEADER, ["1", "Satu", "Dinas", *[1] * 20]]))
    put(empty_home, "bengkulu/2026/spd.xlsx", workbook([SPD_HEADER, ["TOTAL", "Skor SPD", None, "50,00", None]]))
    unit = ["D1", "Dinas Kesehatan", "OPD", None, "Kesehatan", None]
    put(empty_home, "bengkulu/2026/unit.xlsx", workbook([REGISTER_HEADER, unit]))
    put(empty_home, "magelang/2024/daftar.xlsx", portal_list(innovation("Tiga")))
    put(empty_home, "magelang/2024/kosong.xlsx", b"\0")
    return empty_home


def below(tree: Path, files: object) -> set[str]:
    """The files of the packages, by their paths below the tree."""
    assert isinstance(files, list)
    paths = (Path(file) for file in files if Path(file).is_absolute() and Path(file).is_relative_to(tree))
    return {path.relative_to(tree).as_posix() for path in paths if path.relative_to(tree).parts[0] in FOLDERS}


def test_a_load_runs_and_reads_what_its_name_covers(home: Home, tree: Path) -> None:
    """What the module's text is searched for, held against a load: nothing that it opens is missing from the hash."""
    code = load_code(ENTRY, tree)
    told = loaded(home, tree)
    assert told["is_new"]
    modules = below(tree, told["modules"])
    assert modules and modules - set(NO_PART) <= code.modules.keys()
    read = {path for path in below(tree, told["opened"]) if not path.endswith((".py", ".pyc"))}
    for_readers = {path for path in read if path.startswith(NO_PART)}
    assert len(read) > 50
    rules = {path for path in read if path.startswith(RULES_BY_THEMSELVES)}
    assert read - for_readers - rules <= code.data.keys()


@pytest.mark.parametrize(
    ("name", "old", "new", "is_in_use"),
    [
        ("iga/rules/rulebooks/2026.toml", "# Rules", "# All rules", True),
        ("iga/rules/rulebooks/2024.toml", "# Rules", "# All rules", True),
        ("iga/rules/crosswalks/2024_2026.csv", "\n", "\n\n", True),
        ("iga/rules/rulebooks/2021.toml", "# Rules", "# All rules", False),
        ("iga/rules/crosswalks/2021_2026.csv", "\n", "\n\n", False),
        ("iga/rules/crosswalks/level_lists.toml", "Daftar", "Daftar itu", False),
    ],
)
def test_the_rules_in_use_change_the_name_and_others_leave_it(
    home: Home,
    tree: Path,
    changed: Callable[[str, str, str], str],
    name: str,
    old: str,
    new: str,
    is_in_use: bool,
) -> None:
    """The files are of 2024 and 2026, which is its own and the estimate of 2024."""
    first = loaded(home, tree)
    changed(name, old, new)
    assert (loaded(home, tree)["id"] != first["id"]) is is_in_use


def test_a_changed_label_leaves_a_home_unchanged_and_a_changed_rule_does_not(
    home: Home, tree: Path, changed: Callable[[str, str, str], str]
) -> None:
    first = loaded(home, tree)
    changed("warehouse/locale/set_aside.toml", "Bukan angka", "Ini bukan angka")
    changed("warehouse/reference/labels.csv", "Inovatif", "Berinovasi")
    second = loaded(home, tree)
    assert (second["id"], second["is_new"]) == (first["id"], False)
    changed("warehouse/sql/audits/unit_key_is_unique.sql", "select", "select ")
    third = loaded(home, tree)
    assert third["id"] != first["id"] and third["is_new"]


CORRECTION = """
[[correction]]
id = "c1"
city = "bengkulu"
edition = 2026
innovation = { number = "1" }
field = "claimed_score"
action = "replace"
value = 71
expect = 70
reason = "salah ketik"
author = "Bappeda"
date = 2026-08-02
"""


def test_what_people_decide_changes_the_name(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [load(home).snapshot_id]
    monkeypatch.setattr("etl.publish.software_version", lambda: "99.0")
    assert load(home).snapshot_id == names[0]
    home.corrections.mkdir()
    for value in ("71", "72"):
        text = CORRECTION.replace("value = 71", f"value = {value}")
        (home.corrections / "a.toml").write_text(text, encoding="utf-8", newline="\n")
        names.append(load(home).snapshot_id)
    (home.corrections / "a.toml").write_text(text, encoding="utf-8", newline="\r\n")
    assert load(home).snapshot_id == names[-1]
    home.identity.mkdir()
    header = "region_code,successor_code,valid_from,source\n"
    (home.identity / "regions.csv").write_text(header, encoding="utf-8")
    names.append(load(home).snapshot_id)
    put(home, "magelang/2024/lagi.xlsx", portal_list(innovation("Empat")))
    names.append(load(home).snapshot_id)
    assert len(set(names)) == len(names)


# How the code is searched


def names_by_tree(text: str) -> set[str]:
    """The imports of a module as its syntax tree has them."""
    names = set()
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        waiting += ast.iter_child_nodes(node)
    return names


def known(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in PACKAGES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_search_finds_what_the_syntax_tree_has(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert known(imports_of(text)) == known(names_by_tree(text))


def test_the_search_knows_every_form_of_an_import() -> None:
    text = """
import etl, iga.score as score  # and more
from warehouse import (  # the store
    build,
    lock as held,  # one load (at a time)
)
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from analysis import api

    import reports
def later():
    from etl.season import answers, resolve
    import simulation
"""
    assert imports_of(text) == names_by_tree(text)
    assert {"etl.season.resolve", "warehouse.lock", "iga.score", "simulation"} <= imports_of(text)
    assert not {"analysis", "reports"} & imports_of(text)


def test_the_search_knows_every_form_of_reading_data() -> None:
    assert data_of('files("etl").joinpath("layouts").iterdir()') == {"etl/layouts"}
    assert data_of('resources.files("iga.rules").joinpath("crosswalks", name)') == {"iga/rules/crosswalks"}
    assert data_of('files("a.b").joinpath("c", f"{name}.toml")') == {"a/b/c"}
    assert data_of('files("a").joinpath(\n    "c", "d.toml"\n)') == {"a/c/d.toml"}
    assert data_of('sql_text("warehouse", f"sql/{name}")') == {"warehouse/sql"}
    assert data_of('sql_text("etl.outgoing", "superseded")') == {"etl/outgoing/superseded"}
    assert data_of('sql_names("warehouse", "sql/audits")') == {"warehouse/sql/audits"}
    assert data_of('files("warehouse").joinpath(*parts)') == {"warehouse"}


READERS = {"files", "sql_text", "sql_names"}
OTHER_WAYS = {"__file__", "__path__", "pkgutil", "open_text", "open_binary"}


@pytest.mark.parametrize("name", sorted(load_code(ENTRY, ROOT).modules))
def test_package_data_is_read_where_the_search_sees_it(name: str) -> None:
    """By `files`, `sql_text` or `sql_names` with the package as a text; `sql_files.py` hands on what it is given."""
    text = (ROOT / name).read_text(encoding="utf-8")
    sites = 0
    for node in ast.walk(ast.parse(text)):
        assert not (isinstance(node, ast.Name) and node.id in OTHER_WAYS)
        assert not (isinstance(node, ast.Attribute) and node.attr in OTHER_WAYS)
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in READERS:
                is_text = isinstance(node.args[0], ast.Constant)
                assert is_text or name in ("warehouse/sql_files.py", "etl/load_code.py"), ast.unparse(node)
                sites += is_text
    if name != "etl/load_code.py":
        assert len(data_of(text)) <= sites and bool(data_of(text)) == bool(sites)


def test_words_for_readers_are_still_where_they_are_left_out() -> None:
    assert all((ROOT / path).exists() for path in NO_PART)
    assert isinstance(load_code(ENTRY), LoadCode)
