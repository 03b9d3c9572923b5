"""Every notebook runs in each language, with its own parameters, on the example inbox."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest

from reports.parameters import REGISTRY
from reports.run import notebook_path, run_notebook
from warehouse.language import LANGUAGES

SMALL: dict[str, Any] = {"draws": 200}
"""Less to compute, where a notebook has such a parameter."""


def defaults_of(name: str) -> dict[str, Any]:
    """The parameters that stand in a notebook."""
    notebook = nbformat.read(notebook_path(name), as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_every_notebook_is_declared() -> None:
    notebooks = {path.stem for path in notebook_path("city_index").parent.glob("*.ipynb")}
    assert notebooks == set(REGISTRY)


@pytest.mark.parametrize(
    "lang",
    # Indonesian is what the sites of the other tests are built in; all twelve once more are run by name.
    [pytest.param(lang, marks=pytest.mark.slow) if lang == "id" else lang for lang in LANGUAGES],
)
@pytest.mark.parametrize("name", REGISTRY)
def test_notebook_runs(name: str, lang: str, example_home: Path) -> None:
    values = defaults_of(name)
    values |= {"lang": lang} | {key: value for key, value in SMALL.items() if key in values}
    executed = run_notebook(name, values, home=example_home)
    assert [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
