"""What is replaced in other libraries is guarded: where a private part moves, the plain way is gone, and said so."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest

from reports import library_patches
from reports.library_patches import (
    PATCHES,
    PYTHON,
    SWITCH,
    left_plain,
    quick_imports,
    why_plain,
)
from reports.run.kernel import fork_server

ROOT = Path(__file__).resolve().parents[2]
PARTS = [(name, place) for name, patch in PATCHES.items() for place in patch.parts]


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is decided before a test, and nothing of it afterwards."""
    monkeypatch.delenv(SWITCH, raising=False)
    why_plain.cache_clear()
    library_patches._NOTED.clear()
    yield
    why_plain.cache_clear()
    library_patches._NOTED.clear()


def test_every_patch_is_made_with_the_versions_that_are_installed_here() -> None:
    """This fails when a library is upgraded: look at what it changed, run the tests, and state the new version."""
    if sys.platform == "linux":
        assert {name: why_plain(name) for name in PATCHES} == dict.fromkeys(PATCHES, "")


def test_every_patch_says_what_it_gains() -> None:
    assert all("%" in patch.gain or " s" in patch.gain for patch in PATCHES.values())


def owner_of(place: str) -> tuple[Any, str]:
    module, _, path = place.partition(":")
    *outer, last = path.split(".")
    owner: Any = import_module(module)
    for attribute in outer:
        owner = getattr(owner, attribute)
    return owner, last


@pytest.mark.parametrize(("name", "place"), PARTS, ids=[f"{name} {place}" for name, place in PARTS])
def test_a_private_part_that_is_gone_is_left_alone(name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_plain(name) == ""  # so that everything is imported before a part of it goes
    why_plain.cache_clear()
    owner, last = owner_of(place)
    for holder in owner.__mro__ if isinstance(owner, type) else [owner]:  # an inherited one would do, too
        if last in vars(holder):
            monkeypatch.delattr(holder, last)
    assert why_plain(name) == f"{place} is not there"
    assert left_plain() == {name: f"{place} is not there"}


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, place in PARTS if PATCHES[name].parts[place] is not None]
)
def test_a_private_part_that_is_called_otherwise_is_left_alone(
    name: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, last = owner_of(place)
    monkeypatch.setattr(owner, last, lambda first, second, third, fourth: None)
    assert why_plain(name) == f"{place} takes other parameters"


@pytest.mark.parametrize("name", PATCHES)
@pytest.mark.parametrize("moved", ["older", "newer", "missing"])
def test_a_version_that_was_not_tested_is_left_alone(name: str, moved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, after_last = PATCHES[name].tested
    version = {"older": "0.1.0", "newer": f"{after_last}.0", "missing": ""}[moved]
    monkeypatch.setattr(library_patches, "_version", lambda library: version)
    assert f"tested from {first} to before {after_last}" in why_plain(name)


def test_a_grammar_that_jsonschema_comes_to_need_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "rfc3987_syntax", raising=False)
    with quick_imports():
        assert sys.modules["rfc3987_syntax"] is None
    assert "rfc3987_syntax" not in sys.modules
    why_plain.cache_clear()
    monkeypatch.setattr(metadata, "requires", lambda name: ["attrs>=22", "rfc3987-syntax>=1.1.0"])
    with quick_imports():
        assert "rfc3987_syntax" not in sys.modules
    assert "optional_grammar" in left_plain()


def _older(name: str) -> library_patches.Patch:
    patch = PATCHES[name]
    return library_patches.Patch(name, patch.library, ("0.1", "0.2"), patch.parts, patch.replaces, patch.gain)


def test_kernels_start_plainly_where_multiprocessing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    from reports.run.kernel import provisioner

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "connection.json"]
    plain = [sys.executable, "-P", "-m", "reports.run.kernel.plain", "-f", "connection.json"]
    monkeypatch.setitem(library_patches.PATCHES, "forked_kernels", _older("forked_kernels"))
    assert provisioner._start_of(command, {}) is None
    assert provisioner._plain(command) == plain
    fork_server.warm()  # nothing to start, and nothing that fails


def test_they_can_be_switched_off_one_by_one_or_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "forked_kernels, optional_grammar")
    assert set(left_plain()) == {"forked_kernels", "optional_grammar"}
    monkeypatch.setenv(SWITCH, "forked_kernels")
    assert set(left_plain()) == {"forked_kernels"}
    monkeypatch.setenv(SWITCH, "1")
    assert set(left_plain()) == set(PATCHES)
    monkeypatch.setenv(SWITCH, "0")
    assert left_plain() == {}


def test_why_is_noted_for_those_who_look(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "1")
    with caplog.at_level(logging.DEBUG, "reports.library_patches"):
        why_plain("optional_grammar")
    assert f"optional_grammar: the plain way (asked for with {SWITCH})" in caplog.text


def test_tested_versions_cover_the_lowest_and_the_pinned_ones() -> None:
    stated = {
        name.casefold(): version
        for file in ("constraints.txt", "constraints-lowest.txt")
        for name, _, version in (
            line.partition("==") for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if "==" in line
        )
        for name in [f"{file} {name}"]
    }
    release = library_patches._release
    for patch in PATCHES.values():
        for file in ("constraints.txt", "constraints-lowest.txt"):
            version = "3.11" if patch.library == PYTHON else stated.get(f"{file} {patch.library}")
            if version is not None:
                assert release(patch.tested[0]) <= release(version) < release(patch.tested[1]), (patch.name, version)
