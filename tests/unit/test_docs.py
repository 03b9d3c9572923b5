"""The documentation tells what runs."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from etl.layout.declared import load_layouts
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_method_page_is_fresh() -> None:
    specification = importlib.util.spec_from_file_location("make_method", ROOT / "docs" / "make_method.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert page == module.write_method(), "run: python docs/make_method.py"


def test_worked_cases_of_the_explanation_are_fresh() -> None:
    specification = importlib.util.spec_from_file_location("make_explain", ROOT / "docs" / "make_explain.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    assert page == module.write_page(page), "run: python docs/make_explain.py"
    assert page.count("| IID |") == 1 and sum(line.startswith("| 1") for line in page.splitlines()) >= 4


def test_layout_page_names_every_layout() -> None:
    page = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
    assert [name for name in load_layouts() if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_readme_example_of_the_index_is_true() -> None:
    from iga.score import index_of

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```python\n(.+?)```", readme, re.DOTALL) if "index_of(" in block)
    names: dict[str, object] = {"index_of": index_of}
    exec(block, names)  # the README's own lines
    result = names["result"]
    assert f"# ({result.iid!r}, {result.predicate!r})" in block  # type: ignore[attr-defined]


def test_readme_has_its_two_commands_as_single_lines() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all("-c constraints.txt" in command for command in commands)
    assert commands[0].endswith("iga demo")
    assert "pytest" in commands[1]


def test_pins_hold_no_address() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    # At most with the system that it is for: two packages have no newer wheel for Macs with an Intel processor.
    system = r"(; sys_platform [!=]= 'darwin' (and|or) platform_machine [!=]= 'x86_64')?"
    pin = rf"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+{system}"
    assert all(re.fullmatch(pin, line) for line in pins if not line.startswith("#"))
