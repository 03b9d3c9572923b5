"""The start notebooks and a notebook of ours on the kernel that they name, forked, started ahead, and plain."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from reports import library_patches
from reports.run.kernel import fork_server, spare_kernels
from tests.conftest import ROOT
from warehouse.home import Home
from workbench.lab.server import Access, environment
from workbench.lab.workspace import prepare_workspace

COMPLETE = """
from IPython.core.completer import provisionalcompleter
completer = get_ipython().Completer
def offered(text):
    with provisionalcompleter():
        return {each.text for each in completer.completions(text, len(text))}
for has_jedi in (True, False):
    completer.use_jedi = has_jedi
    assert "bengkulu" in offered("snapshot.cities."), has_jedi
    assert 'Kota Bengkulu"]' in offered('snapshot.cities["'), has_jedi
"""


def executed(path: Path, *more: str) -> Any:
    """Run a notebook on the kernel that it names, with cells after its own; the notebook with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in more]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    # In a thread of its own: a browser test before this one may have left a running loop in the main thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(client.execute).result()
    return notebook


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("", "mulai.ipynb"),
        pytest.param("spare", "start.ipynb", marks=pytest.mark.slow),
        pytest.param("plain", "notebooks/explain.ipynb", marks=pytest.mark.slow),
    ],
)
def test_a_notebook_of_the_workspace_runs_on_the_kernel_that_it_names(
    way: str, name: str, example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way and sys.platform != "linux":
        pytest.skip("kernels are forked on Linux only: this is the way that others take")
    home = Home.at(tmp_path / "home")
    folder = prepare_workspace(home)
    for variable, value in environment(home, folder, "id", Access()).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("JUPYTER_PATH", os.environ["JUPYTER_DATA_DIR"])
    monkeypatch.setenv("IGA_HOME", str(example_home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    if way:
        monkeypatch.setenv(fork_server.WAY, way)
    library_patches.why_plain.cache_clear()
    try:
        of_cities = (COMPLETE,) if name == "mulai.ipynb" else ()
        notebook = executed(folder / name, *of_cities)
    finally:
        library_patches.why_plain.cache_clear()
        spare_kernels._end()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source)
