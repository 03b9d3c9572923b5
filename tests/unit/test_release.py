"""A release is stated once and said alike: by the package, the citation and the changelog."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date

import yaml

from tests.conftest import ROOT
from warehouse.snapshot import SCHEMA_VERSION

HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] — (\d{4}-\d{2}-\d{2}) — schema_version (\d+)$")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def releases() -> list[tuple[str, str, int]]:
    """Version, day and schema version of each release of the changelog, newest first."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    headings = [line for line in lines if line.startswith("## ")]
    matches = [HEADING.match(line) for line in headings]
    assert None not in matches, [line for line, match in zip(headings, matches, strict=True) if match is None]
    return [(match[1], match[2], int(match[3])) for match in matches if match]


def test_the_newest_release_of_the_changelog_is_the_version_of_the_package() -> None:
    assert releases()[0][0] == PROJECT["version"]


def test_the_citation_names_the_newest_release_and_its_day() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["date-released"]) == (releases()[0][0], date.fromisoformat(releases()[0][1]))


def test_the_extension_of_jupyterlab_bears_the_version() -> None:
    package = ROOT / "workbench" / "lab" / "labextensions" / "iga-start" / "package.json"
    assert json.loads(package.read_text(encoding="utf-8"))["version"] == PROJECT["version"]


def test_releases_follow_each_other() -> None:
    found = releases()
    numbers = [tuple(map(int, version.split("."))) for version, _, _ in found]
    assert numbers == sorted(set(numbers), reverse=True) and len(found) > 1
    assert [day for _, day, _ in found] == sorted((day for _, day, _ in found), reverse=True)
    assert [schema for _, _, schema in found] == sorted((schema for _, _, schema in found), reverse=True)


def test_the_newest_release_states_the_schema_that_it_writes() -> None:
    assert releases()[0][2] == SCHEMA_VERSION


def test_the_package_says_that_it_is_typed() -> None:
    assert "Typing :: Typed" in PROJECT["classifiers"]
