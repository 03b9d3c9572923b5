"""docs/composite.md runs as written, its figures are true, and it names every method."""

from __future__ import annotations

import ast
import re

from iga.composite import AGGREGATIONS, IMPUTATIONS, NORMALISATIONS, OUTLIER_TREATMENTS
from tests.conftest import ROOT
from tests.unit.test_research_page import CHECKED

PAGE = (ROOT / "docs" / "composite.md").read_text(encoding="utf-8")


def test_every_block_runs_and_every_figure_is_true() -> None:
    names: dict[str, object] = {}
    checked = 0
    for number, block in enumerate(re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL), start=1):
        exec(compile(block, f"docs/composite.md, block {number}", "exec"), names)
        for found in CHECKED.finditer(block):
            assert eval(found["expression"], names) == ast.literal_eval(found["value"]), found["expression"]
            checked += 1
    assert checked > 6


def test_every_method_is_on_the_page() -> None:
    methods = {*AGGREGATIONS, *IMPUTATIONS, *NORMALISATIONS, *OUTLIER_TREATMENTS}
    assert sorted(method for method in methods if f"`{method}`" not in PAGE) == []
