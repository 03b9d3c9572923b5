"""A notebook of a person's own, made from the code of its cells and run as a report runs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

import reports.run.notebook as run_module
from reports.pages.parameters import NotebookParameters
from reports.pages.registry import REGISTRY

NAME = "coba"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
FIRST = 2
"""The number of the first cell given: before it stand the parameters, and those that papermill injects."""


def write_notebook(folder: Path, cells: Sequence[str]) -> Path:
    """Write a notebook; a cell that begins with `# md` is Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    given = nbformat.v4.new_code_cell("rulebook = score = lang = snapshot = ''", metadata={"tags": ["parameters"]})
    made = [
        nbformat.v4.new_markdown_cell(cell.removeprefix("# md").strip())
        if cell.startswith("# md")
        else nbformat.v4.new_code_cell(cell.strip())
        for cell in cells
    ]
    path = folder / f"{NAME}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[given, *made], metadata=KERNEL), path)
    return path


def install(folder: Path, cells: Sequence[str], patch: pytest.MonkeyPatch) -> None:
    """Let reports find a notebook of these cells under the name `coba`."""
    write_notebook(folder, cells)
    patch.setattr(run_module, "NOTEBOOK_FOLDERS", (folder,))
    patch.setitem(REGISTRY, NAME, NotebookParameters)


def run_cells(folder: Path, cells: Sequence[str], home: Path, lang: str = "id") -> Any:
    """Return the executed notebook of these cells."""
    with pytest.MonkeyPatch.context() as patch:
        install(folder, cells, patch)
        return run_module.run_notebook(NAME, {"lang": lang}, home=home)
