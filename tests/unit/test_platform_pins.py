"""The check of the pins names the system, the package and the line to add; what the index says is put in its place."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def platform_pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The script, which is no package, as a module."""
    specification = importlib.util.spec_from_file_location("platform_pins", ROOT / "tools" / "platform_pins.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(__import__("sys").modules, "platform_pins", module)
    specification.loader.exec_module(module)
    yield module


@pytest.mark.parametrize("name", ["pywinpty", "colorama", "aiohttp", "yarl", "appnope", "soupsieve"])
def test_what_one_system_alone_needs_is_pinned(platform_pins: Any, name: str) -> None:
    assert platform_pins.pinned()[name]


def test_a_version_that_nobody_chose_is_told_with_the_line_to_add(
    platform_pins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = platform_pins.Target("windows", "3.13")
    chosen = {name: next(iter(versions)) for name, versions in platform_pins.pinned().items()}
    monkeypatch.setattr(platform_pins, "resolved", lambda *_, **__: chosen)
    assert list(platform_pins.faults(target)) == []
    monkeypatch.setattr(platform_pins, "resolved", lambda *_, **__: chosen | {"pywin-new": "1.2", "polars": "99.0"})
    told = list(platform_pins.faults(target))
    assert [line.partition(": ")[2].split(" is")[0] for line in told] == ["polars 99.0", "pywin-new 1.2"]
    assert told[1].startswith("windows, Python 3.13.0") and told[1].endswith("add pywin-new==1.2 to constraints.txt")


def test_a_missing_wheel_is_told_in_the_words_of_the_resolver(
    platform_pins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> dict[str, str]:
        raise platform_pins.NotResolved("polars==2.1.0 has no usable wheels")

    monkeypatch.setattr(platform_pins, "resolved", refused)
    [told] = platform_pins.faults(platform_pins.Target("macos-arm", "3.12"))
    assert told == "macos-arm, Python 3.12.0: polars==2.1.0 has no usable wheels"
