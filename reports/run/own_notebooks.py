"""Notebooks of a person's own: `<home>/notebooks/*.ipynb`, but for the names that notebooks of the software have.

A name of ours always means our notebook: JupyterLab keeps copies of these in the same folder, to be tried out and
changed, and a site must not change with them. A notebook is read as data here; it is run as the code that it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from iga.errors import Sentence
from iga.reasons import reason_of
from reports.pages.parameters import checked_for
from reports.pages.registry import REGISTRY, checked_by, parameters_of
from reports.run.parameter_cell import OwnParameters, model_of_cell
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home

LARGEST_NOTEBOOK = 100_000_000
TAG = "parameters"


class NotebookMissing(WorkbenchError):
    """No notebook of that name is installed, and none lies in the home."""

    exit_code = ExitCode.UNKNOWN


class NotebookInvalid(WorkbenchError):
    """A file of the home is no notebook that a report can be made of."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class OwnNotebook:
    """A notebook of the home: its file, what it may be asked, and a hash of its cells without their outputs."""

    name: str
    path: Path
    parameters: type[OwnParameters]
    sha256: str


def own_notebooks(home: Home) -> dict[str, Path]:
    """Return the files of a home's own notebooks by their names."""
    try:
        paths = sorted(path for path in home.notebooks.glob("*.ipynb") if path.is_file())
    except OSError:
        return {}
    return {path.stem: path for path in paths if path.stem not in REGISTRY and not path.name.startswith(".")}


def own_notebook(name: str, home: Home) -> OwnNotebook | None:
    """Return a home's own notebook of that name, or None where the name is one of ours.

    Raises NotebookMissing with the names that there are; NotebookInvalid and CellInvalid for one that cannot be used.
    """
    if name in REGISTRY:
        return None
    paths = own_notebooks(home)
    if name not in paths:  # a name from a site file is looked up, never put together to a path
        raise NotebookMissing(
            "There is no notebook {name}",
            next_step="put it into notebooks/ of the home, or take one of those that exist: {known}",
            place=str(home.notebooks),
            name=name,
            known=", ".join([*paths, *REGISTRY]),
        )
    try:
        facts = paths[name].stat()
        return _read(paths[name], facts.st_mtime_ns, facts.st_size)
    except OSError as error:
        raise _invalid(paths[name], reason_of(error)) from error


def taken_by(name: str, home: Home) -> type[BaseModel]:
    """Return the model of what a notebook may be asked. Raises NotebookMissing, NotebookInvalid, CellInvalid."""
    own = own_notebook(name, home)
    return REGISTRY[name] if own is None else own.parameters


def checked_parameters(name: str, values: dict[str, Any], home: Home) -> BaseModel:
    """Return the checked parameters of one of our notebooks or of the home's. Raises what `taken_by` does, and
    ParameterError."""
    own = own_notebook(name, home)
    with checked_for(home):
        return parameters_of(name, values) if own is None else checked_by(own.parameters, name, values, str(own.path))


def content_hash(name: str, home: Home) -> str:
    """Return a hash of a home's own notebook and of the modules beside it; nothing for a notebook of ours."""
    own = own_notebook(name, home)
    if own is None:
        return ""
    digest = sha256(own.sha256.encode())
    folder = own.path.parent
    packages = [path.parent for path in folder.glob("*/__init__.py")]
    modules = [*folder.glob("*.py"), *(path for package in packages for path in package.rglob("*.py"))]
    for path in sorted(path for path in modules if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _read(path: Path, _modified: int, size: int) -> OwnNotebook:
    """Read a notebook; as long as its file stands unchanged it is read once."""
    if size > LARGEST_NOTEBOOK:
        raise _invalid(path, Sentence("it is larger than {most} MB", most=LARGEST_NOTEBOOK // 1_000_000))
    cells = _cells(path)
    tagged = [cell for cell in cells if cell["type"] == "code" and TAG in cell["tags"]]
    if len(tagged) > 1:
        raise _invalid(path, Sentence("more than one cell is tagged parameters"))
    model = model_of_cell(tagged[0]["source"], path.stem, str(path)) if tagged else OwnParameters
    return OwnNotebook(path.stem, path, model, sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest())


def _cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook file: type, tags, source."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if document.get("nbformat") != 4:
            raise _invalid(path, Sentence("its format is not that of JupyterLab today (nbformat 4)"))
        language = _language_of(document.get("metadata", {}))
        if language.casefold() not in ("", "python", "python3"):
            raise _invalid(path, Sentence("it is written in {language}; reports run Python", language=language))
        return [
            {
                "type": str(cell["cell_type"]),
                "tags": [str(tag) for tag in cell.get("metadata", {}).get("tags", [])],
                "source": "".join(cell["source"]),
            }
            for cell in document["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid(path, Sentence("the file is damaged, or no notebook")) from error


def _language_of(metadata: dict[str, Any]) -> str:
    return str(metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language") or "")


def _invalid(path: Path, cause: Sentence) -> NotebookInvalid:
    return NotebookInvalid(
        "Notebook {notebook} cannot be used: {cause}",
        next_step="open it in JupyterLab, mend and save it",
        place=str(path),
        notebook=path.stem,
        cause=cause,
    )
