"""The researcher's path in docs/research.md runs as written, and its figures are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "research.md"
BLOCKS = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
CHECKED = re.compile(r"^(?P<expression>.+?)  # → (?P<value>.+)$", re.MULTILINE)


def test_every_block_runs_and_every_figure_is_true(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    names: dict[str, object] = {}
    checked = 0
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"docs/research.md, block {number}", "exec"), names)
        for found in CHECKED.finditer(block):
            value = eval(found["expression"], names)
            assert value == ast.literal_eval(found["value"]), found["expression"]
            checked += 1
    assert checked > 20
