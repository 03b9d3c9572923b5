"""The page on what a cell may show: its cells run in a report, and its limits are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from reports.blocks.content import Figure, Table
from reports.render.cells import parts_of, requests_in
from reports.shown import refused
from tests.conftest import ROOT
from tests.shown_cells import run_cells
from warehouse.language import Language

PAGE = (ROOT / "docs" / "shown.md").read_text(encoding="utf-8")


def test_the_cells_of_the_page_give_what_it_says(example_home: Path, tmp_path: Path) -> None:
    cells = re.findall(r"^```python\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    table, figure = parts_of(run_cells(tmp_path, cells, example_home), Language("id"), is_simulated=True)
    assert isinstance(table, Table) and table.caption == "Inovasi menurut tahap, 2026" and table.is_simulated
    assert table.note == "Semua kota dalam snapshot."
    assert isinstance(figure, Figure) and figure.description == "Sebagian besar inovasi 2026 sudah diterapkan."
    assert requests_in([table, figure]) == ()


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    stated = {name: int(value) for name, value in re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", PAGE, re.MULTILINE)}
    assert stated == {name: value for name, value in vars(refused).items() if name.isupper() and isinstance(value, int)}
