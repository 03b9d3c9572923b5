"""The executed notebook as a file that can be handed on: without parameters, paths, host names or timings."""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.blocks.content import MIME, language_of
from reports.blocks.html import html_of
from reports.shown.cell_outputs import joined, parts_of_outputs
from warehouse.language import Language

if TYPE_CHECKING:
    from nbformat import NotebookNode

INJECTED, PARAMETERS = "injected-parameters", "parameters"
KEPT_METADATA = ("tags",)
_WITHOUT_PARAMETERS = "# Parameter laporan tidak ikut / the report's parameters are left out"
_HIDDEN = "…"
_LONG_ENOUGH = 4


def scrubbed(
    notebook: NotebookNode,
    private: Iterable[Path] = (),
    language: Language | None = None,
    *,
    is_simulated: bool = False,
) -> NotebookNode:
    """A copy that says nothing of the machine or of the run.

    Left out: the parameters, and what papermill notes down (paths, times). What a cell shows stands there as HTML in
    `language`, made of the same parts as the page, which every reader of notebooks shows; `is_simulated` (of the
    snapshot) marks figures that do not say so themselves. Paths of `private`, of this project, of the person and the
    name of the machine are hidden wherever a text still holds them. Cells are numbered, so that the same report gives
    the same file.
    """
    clean = copy.copy(notebook)
    clean["metadata"] = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    names = _private_names(private)
    kept = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    numbers = {id(cell): number for number, cell in enumerate(notebook.cells)}

    def html_of_output(output: Mapping[str, Any], number: int) -> str:
        described = output.get("data", {}).get(MIME)
        told_in = language or Language() if described is None else language_of(described)
        parts = parts_of_outputs([output], number, told_in, is_simulated=is_simulated)
        return str(_hidden(html_of(parts, told_in), names))

    clean["cells"] = [_clean(cell, (number, numbers[id(cell)]), html_of_output) for number, cell in enumerate(kept)]
    return clean


def written(notebook: NotebookNode) -> str:
    """The text of a notebook file."""
    import json

    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _clean(
    cell: NotebookNode, numbers: tuple[int, int], html_of_output: Callable[[Mapping[str, Any], int], str]
) -> NotebookNode:
    """A cell with its number in the copy as its name; that in the run is what its outputs name it by."""
    clean = copy.copy(cell)
    clean["id"] = f"cell-{numbers[0]}"
    clean["metadata"] = {name: value for name, value in cell.metadata.items() if name in KEPT_METADATA}
    if PARAMETERS in cell.metadata.get("tags", []):
        clean["source"] = _WITHOUT_PARAMETERS
    if cell.cell_type == "code":
        shown = [html_of_output(output, numbers[1]) for output in joined(cell["outputs"])]
        clean["outputs"] = [_display(html) for html in shown if html]
    return clean


def _display(html: str) -> NotebookNode:
    from nbformat.v4 import new_output

    return new_output("display_data", data={"text/html": html})  # type: ignore[no-any-return,no-untyped-call]


def _hidden(value: Any, names: list[str]) -> Any:
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, _HIDDEN)
        return value
    if isinstance(value, list):
        return [_hidden(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _hidden(one, names) for key, one in value.items()}
    return value


def _private_names(private: Iterable[Path]) -> list[str]:
    """What must not be told, the longest first; short names of machines would hit words by chance and are left."""
    places = [str(path) for path in (*private, Path(__file__).resolve().parents[2], Path.home(), Path.cwd())]
    machine = [socket.gethostname()]
    return sorted({name for name in (*places, *machine) if len(name) >= _LONG_ENOUGH}, key=len, reverse=True)
