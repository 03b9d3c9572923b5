"""The executed notebook as a file that can be handed on: without parameters, paths, host names or timings."""

from __future__ import annotations

import copy
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.blocks.content import MIME, language_of, unpacked
from reports.blocks.html import html_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

INJECTED, PARAMETERS = "injected-parameters", "parameters"
KEPT_METADATA = ("tags",)
_WITHOUT_PARAMETERS = "# Parameter laporan tidak ikut / the report's parameters are left out"
_HIDDEN = "…"
_LONG_ENOUGH = 4


def scrubbed(notebook: NotebookNode, private: Iterable[Path] = ()) -> NotebookNode:
    """A copy that says nothing of the machine or of the run.

    Left out: the parameters, what papermill notes down (paths, times), and warnings. The parts of a block stand there
    as HTML, which every reader of notebooks shows. Paths of `private`, of this project, of the person and the name of
    the machine are hidden wherever a text still holds them. Cells are numbered, so that the same report gives the same
    file.
    """
    clean = copy.copy(notebook)
    clean["metadata"] = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    names = _private_names(private)
    kept = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    clean["cells"] = [_clean(cell, number, names) for number, cell in enumerate(kept)]
    return clean


def written(notebook: NotebookNode) -> str:
    """The text of a notebook file."""
    import json

    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _clean(cell: NotebookNode, number: int, names: list[str]) -> NotebookNode:
    clean = copy.deepcopy(cell)
    clean["id"] = f"cell-{number}"
    clean["metadata"] = {name: value for name, value in cell.metadata.items() if name in KEPT_METADATA}
    if PARAMETERS in cell.metadata.get("tags", []):
        clean["source"] = _WITHOUT_PARAMETERS
    if cell.cell_type == "code":
        clean["outputs"] = [_output(output, names) for output in clean["outputs"] if _is_kept(output)]
    return clean


def _is_kept(output: NotebookNode) -> bool:
    return bool(output.output_type in ("display_data", "execute_result"))


def _output(output: NotebookNode, names: list[str]) -> NotebookNode:
    output["metadata"] = {}
    data = dict(output["data"])
    if MIME in data:
        told = data.pop(MIME)
        data["text/html"] = html_of(unpacked(told), language_of(told))
    output["data"] = {kind: _hidden(value, names) for kind, value in data.items()}
    return output


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
