"""A person's modules beside a notebook: `reports.py` or `etl.py` replaces nothing of ours, and helpers still import."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from reports.library_patches import SWITCH
from reports.run import notebook as run
from reports.run.kernel.specification import write_kernel_spec
from reports.run.notebook import notebook_path, run_notebook
from tests.conftest import ROOT
from warehouse.errors import NoSnapshot
from warehouse.home import Home
from workbench.lab.server import Access, environment as environment_of_lab
from workbench.lab.workspace import prepare_workspace
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.timers import Cron

PACKAGES = ("iga", "warehouse", "analysis", "etl", "simulation", "reports", "workbench")
ASK = f"""
import importlib, json, sys
names = {[name for name in PACKAGES if name != "workbench"]}
origins = [importlib.import_module(name).__file__ for name in names]
import warehouse.home, etl.publish, reports.site.site_builder, analysis.api, iga.score
import pembantu
print(json.dumps([origins, pembantu.ANSWER, sys.path[-1]]))
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose modules have the names of our packages and fail when they are imported, and a helper."""
    folder = tmp_path / "folder of a person"
    folder.mkdir()
    for name in PACKAGES:
        (folder / f"{name}.py").write_text("raise RuntimeError('a module of a person was imported')\n")
    (folder / "pembantu.py").write_text("ANSWER = 42\n")
    return folder


def is_ours(answer: list[Any]) -> bool:
    origins, helped, last = answer
    return all(Path(path).is_relative_to(ROOT) for path in origins) and helped == 42 and last == ""


async def told(manager: AsyncKernelManager, folder: Path, environment: dict[str, str], code: str) -> Any:
    """What a cell prints in a kernel that a Jupyter server starts in the folder of a notebook."""
    await manager.start_kernel(cwd=str(folder), env=environment)
    client = manager.client()
    client.start_channels()
    parts: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        parts.append(content.get("text", "") or "\n".join(content.get("traceback", [])))

    try:
        await client.wait_for_ready(timeout=120)
        await client.execute_interactive(code, output_hook=keep, timeout=120)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return json.loads("".join(parts))


def asked(kernel: str, data: Path, folder: Path, environment: dict[str, str]) -> Any:
    specifications = KernelSpecManager(kernel_dirs=[str(data / "kernels")])
    manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=specifications)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, told(manager, folder, environment, ASK)).result()


@pytest.mark.parametrize("way", ["forked", "plain", "of version 0.1", "of version 0.1, plain"])
def test_a_kernel_of_ours_imports_our_packages_and_the_helper(
    way: str, hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reports import library_patches

    path = write_kernel_spec(tmp_path / "jupyter")
    if "0.1" in way:
        written = json.loads(path.read_text(encoding="utf-8"))
        written["argv"] = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        path.write_text(json.dumps(written), encoding="utf-8")
    if "plain" in way:
        monkeypatch.setenv(SWITCH, "forked_kernels")
    library_patches.why_plain.cache_clear()
    try:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path / "ipython")}
        assert is_ours(asked("iga", tmp_path / "jupyter", hostile, environment))
    finally:
        library_patches.why_plain.cache_clear()


def test_jupyters_own_kernel_in_the_workspace_does_too(hostile: Path, tmp_path: Path) -> None:
    """Its path has our packages after the installed ones, as an editable installation has; IPython would put the folder
    before these."""
    home = Home.at(tmp_path / "home")
    folder = prepare_workspace(home)
    around = {**os.environ, **environment_of_lab(home, folder, "id", Access())}
    data = tmp_path / "jupyter"
    kernel = data / "kernels" / "stock" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "Stock", "language": "python"}), encoding="utf-8")
    site = tmp_path / "site" / "sitecustomize.py"
    site.parent.mkdir()
    site.write_text(
        "import os, sys\n"
        "others = [path for path in sys.path if not os.path.isfile(os.path.join(path, 'workbench', '__init__.py'))]\n"
        f"sys.path[:] = [*others, {str(ROOT)!r}]\n"
    )
    assert is_ours(asked("stock", data, hostile, around | {"PYTHONPATH": str(site.parent)}))


@pytest.mark.parametrize("switch", ["", "1"])
def test_a_notebook_beside_them_is_built(
    switch: str, hostile: Path, example_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = nbformat.read(notebook_path("mayor_brief"), as_version=4)
    own.cells.append(nbformat.v4.new_code_cell(ASK))
    nbformat.write(own, hostile / "mayor_brief.ipynb")
    program = (
        "import json, sys; from pathlib import Path\n"
        "from reports.run import notebook\n"
        "notebook.NOTEBOOK_FOLDERS = (Path(sys.argv[1]),)\n"
        "values = {'city': 'bengkulu', 'edition': 2026, 'lang': 'id'}\n"
        "executed = notebook.run_notebook('mayor_brief', values, home=sys.argv[2])\n"
        "print(executed.cells[-1].outputs[-1].text)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-c", program, str(hostile), str(example_home)],
        cwd=hostile, env={**os.environ, "PYTHONPATH": str(ROOT), SWITCH: switch},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert is_ours(json.loads(ran.stdout))


def test_a_helper_beside_the_notebook_is_found_from_another_folder(
    hostile: Path, example_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = nbformat.read(notebook_path("mayor_brief"), as_version=4)
    own.cells.append(nbformat.v4.new_code_cell(ASK))
    nbformat.write(own, hostile / "mayor_brief.ipynb")
    monkeypatch.setattr(run, "NOTEBOOK_FOLDERS", (hostile,))
    executed = run_notebook("mayor_brief", {"city": "bengkulu", "edition": 2026, "lang": "id"}, home=example_home)
    assert is_ours(json.loads(executed.cells[-1].outputs[-1].text))


@pytest.mark.parametrize("options", [("-P", "-m"), ("-m",)], ids=["as timers do", "as timers of version 0.1 do"])
def test_a_command_runs_in_a_folder_that_holds_them(options: tuple[str, ...], hostile: Path, tmp_path: Path) -> None:
    (hostile / "workbench.py").unlink()  # without -P, Python itself would take it for the program to run
    command = [sys.executable, *options, "workbench.command", "status", "--home", str(tmp_path / "home")]
    around = {**os.environ, "PYTHONPATH": str(ROOT), "IGA_LANG": "en"}
    ran = subprocess.run(command, cwd=hostile, env=around, capture_output=True, text=True, check=False)
    assert ran.returncode == NoSnapshot.exit_code, ran.stderr
    assert "no snapshot" in ran.stderr.casefold() and "of a person" not in ran.stderr


def test_what_a_scheduler_starts_imports_nothing_from_its_folder(tmp_path: Path) -> None:
    command = Cron(Home.at(tmp_path), SchedulePlan()).command("--if-due")
    assert command[1:4] == ["-P", "-m", "workbench.command"]
