"""Names follow the grammar of docs/naming.md: its tables are read, and columns, pages, queries and tests held to it."""

from __future__ import annotations

import re

import pytest

from reports.pages.registry import REGISTRY
from tests.conftest import ROOT
from warehouse.declared_tables import DeclaredColumn, declared_tables

PAGE = (ROOT / "docs" / "naming.md").read_text(encoding="utf-8")
GROUPS = {"integer": "integer", "tinyint": "integer", "bigint": "integer", "double": "number"}
"""Types of the schema by the word that the page uses for them; others are their own word, decimals aside."""
PLAIN_NUMBERS = {
    "divisor", "arrival", "place", "level", "stated_total", "schema_version", "population_2025", "area_km2",
    "latitude", "longitude", "basic_service",
}  # fmt: skip
"""Numbers whose whole name says what they are."""
FIXED_ENDINGS = ("is_", "has_")
ASKED_BY_FOLDER = ("warehouse/sql/audits",)
"""Folders whose queries are run as a whole."""


def endings() -> dict[str, str]:
    """Ending (`_count`), beginning (`is_`) or whole name (`edition`) -> type, as the page's table says."""
    section = PAGE.split("## Columns")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| (\w+) \|$", section, re.MULTILINE)
    return {name.strip("…"): kind for cell, kind in rows for name in re.findall(r"`([^`]+)`", cell)}


def kind_of(column: DeclaredColumn) -> str:
    return GROUPS.get(column.kind, column.kind.partition("(")[0])


def unbounded(name: str) -> str:
    """The name without the mark of a bound: `iid_lower_x100` is of the kind of `iid_x100`."""
    return re.sub(r"_(lower|upper)(?=_x100$|$)", "", name)


def breaches(column: DeclaredColumn) -> list[str]:
    """What in the name of a column speaks against its type."""
    name, kind = unbounded(column.name), kind_of(column)
    rules = endings()
    begins = name.startswith(FIXED_ENDINGS)
    if begins != (kind == "boolean"):
        return ["a boolean, and nothing else, begins with is_ or has_"]
    of_ending = [told for ending, told in rules.items() if ending.startswith("_") and name.endswith(ending)]
    said = [rules[name]] if name in rules else of_ending
    wrong = [f"{column.name} is {kind}, its ending says {told}" for told in said if told != kind]
    if kind in ("integer", "date") and not said and name not in PLAIN_NUMBERS:
        wrong.append(f"nothing in {column.name} says that it is a {kind}")
    return wrong


@pytest.mark.parametrize("table", declared_tables())
def test_the_names_of_columns_say_their_types(table: str) -> None:
    assert [breach for column in declared_tables()[table] for breach in breaches(column)] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("digital", "boolean"), ("is_digital", "varchar"), ("score_x100", "varchar"), ("innovations", "integer"),
     ("received", "date"), ("row_count", "varchar")],
)  # fmt: skip
def test_a_name_that_says_another_type_is_found(name: str, kind: str) -> None:
    assert breaches(DeclaredColumn(name, kind, is_required=False, check="", note=""))


def test_tables_are_singular_and_snake_case() -> None:
    names = [table.rpartition(".")[2] for table in declared_tables()]
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    assert [name for name in names if name.endswith("s") and not name.endswith(("ss", "alias"))] == []


def test_versions_of_a_table_say_their_days() -> None:
    for table, columns in declared_tables().items():
        names = {column.name for column in columns}
        assert ("valid_to" in names) <= ("valid_from" in names), table


def test_a_report_has_a_folder_and_a_notebook_of_its_name() -> None:
    folders = {path.parent.name for path in (ROOT / "reports" / "pages").glob("*/__init__.py")}
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert folders - {"basis"} == set(REGISTRY) == notebooks


def test_every_query_is_asked_by_its_name() -> None:
    packages = ("warehouse", "analysis", "etl", "reports", "workbench")
    queries = [path.relative_to(ROOT) for package in packages for path in (ROOT / package).rglob("*.sql")]
    asked = "\n".join(path.read_text("utf-8") for package in packages for path in (ROOT / package).rglob("*.py"))
    assert len(queries) > 40
    unasked = [
        path.as_posix()
        for path in queries
        if path.parent.as_posix() not in ASKED_BY_FOLDER
        if not re.search(rf'["/]{path.stem}(\.sql)?"', asked)
    ]
    assert unasked == []


def test_the_kinds_of_tests_are_the_folders_of_tests() -> None:
    section = PAGE.split("## Tests, by kind")[1]
    listed = re.findall(r"^\| `tests/(\w+)/` \|", section, re.MULTILINE)
    folders = [
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and any(file.is_file() and "__pycache__" not in file.parts for file in path.rglob("*"))
    ]
    assert sorted(listed) == sorted(folders)


def test_a_test_file_says_that_it_is_one() -> None:
    for kind in ("unit", "spec", "integration", "browser"):
        modules = [path.name for path in (ROOT / "tests" / kind).glob("*.py")]
        assert [name for name in modules if not name.startswith("test_") and name != "conftest.py"] == []
