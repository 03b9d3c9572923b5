"""Names that modules had before 0.2.0: each leads to the module that took its place, and says so."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import pytest

from iga.former_names import former_names
from tests.conftest import ROOT

PACKAGES_NOW = {former: now for former, now in former_names().items() if now.startswith(f"{former}.")}
"""Modules that have become packages of the same name: their members are handed on one by one."""


@pytest.mark.parametrize("former", sorted(former_names().keys() - PACKAGES_NOW.keys()))
def test_a_former_name_gives_the_module_of_now(former: str) -> None:
    now = former_names()[former]
    assert not (ROOT / f"{former.replace('.', '/')}.py").exists()
    sys.modules.pop(former, None)
    with pytest.warns(DeprecationWarning, match=rf"^{former} is now {now}; the former name goes with"):
        assert import_module(former) is import_module(now)


@pytest.mark.parametrize(
    ("package", "member"),
    [
        ("etl.cells", "Sheet"),
        ("etl.layout", "load_layouts"),
        ("etl.season", "tables_of"),
        ("iga.contest", "standings_of"),
        ("iga.portfolio", "words_of"),
        ("reports.run", "run_notebook"),
        ("reports.site", "build_site"),
    ],
)
def test_a_module_that_became_a_package_hands_its_members_on(package: str, member: str) -> None:
    now = import_module(PACKAGES_NOW[package])
    with pytest.warns(DeprecationWarning, match=rf"^{package}\.{member} is now {PACKAGES_NOW[package]}\.{member}"):
        assert getattr(import_module(package), member) is getattr(now, member)
    with pytest.raises(AttributeError):
        getattr(import_module(package), "nothing_of_that_name")  # noqa: B009


def test_every_package_that_was_a_module_hands_its_members_on() -> None:
    assert all(hasattr(import_module(package), "__getattr__") for package in PACKAGES_NOW)


def test_an_unknown_name_stays_unknown() -> None:
    assert find_spec("warehouse.nothing") is None


def test_the_place_of_the_import_is_named() -> None:
    program = "import warnings; warnings.simplefilter('error')\nfrom warehouse.what_if import WhatIf"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "DeprecationWarning: warehouse.what_if is now analysis.planning.what_if" in done.stderr


@pytest.mark.parametrize("name", ["open_snapshot", "Questions"])
def test_what_left_the_store_is_handed_on(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"^warehouse\.{name} is now analysis\.{name}; the former name goes"):
        assert getattr(import_module("warehouse"), name) is getattr(import_module("analysis"), name)
