"""Types are stated: the core hardly says `Any`, few packages go unchecked, and the wheel says that it is typed."""

from __future__ import annotations

import re
import tomllib
from typing import TypedDict

import pytest

from tests.conftest import ROOT

MOST_ANY = 40
"""How often `iga/` may say `Any`, imports and texts included."""
MOST_IGNORED = 10
"""How many packages the type checker may take without types; two of them come with the office alone."""


class Override(TypedDict, total=False):
    """One of the type checker's exceptions."""

    module: str | list[str]
    ignore_missing_imports: bool


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL_PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_core_states_its_types() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): len(re.findall(r"\bAny\b", path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "iga").rglob("*.py"))
    }
    assert sum(found.values()) <= MOST_ANY, {name: count for name, count in found.items() if count}


def test_few_packages_are_taken_without_types() -> None:
    checker = PROJECT["tool"]["mypy"]
    assert checker["strict"]
    assert not checker.get("ignore_missing_imports", False)
    overrides: list[Override] = checker["overrides"]
    ignored = set()
    for override in overrides:
        if override.get("ignore_missing_imports"):
            modules = override.get("module", [])
            ignored |= {modules} if isinstance(modules, str) else set(modules)
    assert len(ignored) <= MOST_IGNORED, sorted(ignored)


@pytest.mark.parametrize("package", WHEEL_PACKAGES)
def test_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file(), "without the marker a checker takes nothing from this package"
    assert package in PROJECT["tool"]["mypy"]["packages"]
