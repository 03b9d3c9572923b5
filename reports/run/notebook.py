"""Runs a notebook through papermill with checked parameters, on a kernel of this very environment."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.api import SNAPSHOT
from reports.blocks.block import PARTS_ONLY
from reports.library_patches import quick_imports, quick_papermill
from reports.run.kernel.notebook_folder import NOTEBOOK_FOLDER
from reports.run.kernel.told_errors import PAGE_LANGUAGE
from reports.run.own_notebooks import NotebookMissing, checked_parameters, own_notebook, taken_by
from warehouse.errors import ExitCode, MendableError, WorkbenchError
from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE
from warehouse.snapshot import THREADS
from warehouse.temporary import temporary_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from pydantic import BaseModel

LONGEST_SOCKET_PATH = 90

UNATTENDED = (
    "--HistoryManager.enabled=False",
    "--IPKernelApp.extra_extensions=reports.run.kernel.told_errors",
    "--IPKernelApp.extra_extensions=reports.run.kernel.shown",
    # It warns each time where sockets cannot be files, as on Windows: the ports are this machine's and ask for a key.
    "--IPKernelApp.log_level=ERROR",
)
"""Options of a kernel that nobody types into."""

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK_FOLDERS = (PACKAGE_ROOT / "notebooks", PACKAGE_ROOT / "workbench" / "share" / "notebooks")
"""Where notebooks lie in the project, and in the installed package."""


@dataclass(frozen=True)
class Limits:
    """What one run may take: seconds until the kernel is ready, seconds for one cell, and threads."""

    start_s: int = 120
    cell_s: int = 600
    threads: int = 2


def usual_jobs() -> int:
    """How many notebooks run side by side unless someone says: three more than cores, since a kernel that starts, or
    has given a chart to be drawn, waits."""
    return (os.cpu_count() or 1) + 3


class NotebookFailed(WorkbenchError):
    """A notebook stopped: which one, at which cell, and why."""

    exit_code = ExitCode.REPORT


def notebook_path(name: str, home: Home | None = None) -> Path:
    """Where a notebook lies: in the project, in the installed package, or in the home. Raises NotebookMissing."""
    own = None if home is None else own_notebook(name, home)
    if own is not None:
        return own.path
    for folder in NOTEBOOK_FOLDERS:
        path = folder / f"{name}.ipynb"
        if path.is_file():
            return path
    raise NotebookMissing(
        "There is no notebook {name}", next_step="put it into notebooks/, or correct the site file", name=name
    )


def run_notebook(
    name: str,
    values: Mapping[str, Any],
    *,
    home: str | Path | None = None,
    keep: Path | None = None,
    limits: Limits | None = None,
    environment: Mapping[str, str] | None = None,
) -> NotebookNode:
    """The executed notebook. `keep` is where its executed copy is written; without it none is left behind.

    `environment` is added to what the kernel finds around it. Raises ParameterError before any kernel starts,
    NotebookMissing, and NotebookFailed with the notebook, the cell and the cause when a cell raises, the kernel dies or
    a cell takes too long.
    """
    place = Home.at(home)
    parameters = checked_parameters(name, dict(values), place)
    path = notebook_path(name, place)
    limits = limits or Limits()
    lang = getattr(parameters, "lang", DEFAULT_LANGUAGE)
    around_it = {
        PAGE_LANGUAGE: lang,
        "IGA_LANG": lang,
        NOTEBOOK_FOLDER: str(path.parent),
        **(environment or {}),
    }
    with temporary_folder("run") as private:
        around = _environment(home, private, limits.threads) | around_it
        return _executed(name, path, keep, parameters, _kernel_manager(around, private), limits)


def values_of_page(name: str, values: Mapping[str, Any], home: Home, *, lang: str, snapshot: str) -> dict[str, Any]:
    """Return the values of a page with its language and snapshot, as far as its notebook takes these."""
    known = taken_by(name, home).model_fields
    return {**values, **{key: value for key, value in (("lang", lang), ("snapshot", snapshot)) if key in known}}


def around_page(lang: str, snapshot: str) -> dict[str, str]:
    """Return what a kernel finds around it that makes a page: its language, and the one snapshot of the whole build.

    A notebook that takes neither as a parameter opens that snapshot and is answered in that language all the same.
    """
    return {PAGE_LANGUAGE: lang, "IGA_LANG": lang, SNAPSHOT: snapshot}


def _environment(home: str | Path | None, private: Path, threads: int) -> dict[str, str]:
    """What the kernel finds around it: this project's packages, this home, its threads, nobody's IPython profile."""
    environment = dict(os.environ)
    if home is not None:
        environment["IGA_HOME"] = str(Path(home).resolve())
    paths = [str(PACKAGE_ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    environment["IPYTHONDIR"] = str(private / "ipython")
    environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    environment[PARTS_ONLY] = "1"
    return environment | {name: str(threads) for name in (THREADS, "POLARS_MAX_THREADS", "OMP_NUM_THREADS")}


def _executed(
    name: str, path: Path, keep: Path | None, parameters: BaseModel, manager: type, limits: Limits
) -> NotebookNode:
    papermill = quick_papermill()
    with quick_imports():
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # the error that is raised says it, with its place
    begun: list[int] = []  # the cells that were sent to the kernel: whatever ends it, ends it in the last of them
    try:
        executed: NotebookNode = papermill.execute_notebook(
            str(path),
            None if keep is None else str(keep),
            parameters=parameters.model_dump(mode="json"),
            kernel_name="python3",
            language="python",
            kernel_manager_class=manager,
            shutdown_kernel="immediate",
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=limits.start_s,
            execution_timeout=limits.cell_s,
            on_cell_execute=lambda cell, cell_index: begun.append(cell_index),
        )
        return executed
    except PapermillExecutionError as error:
        raise NotebookFailed(
            "Notebook {notebook} stopped at cell {cell}: {cause}",
            next_step="open the notebook with the same parameters in JupyterLab and run it cell by cell",
            place=_shown(path),
            notebook=name,
            cell=error.cell_index,
            cause=error.evalue if error.ename == MendableError.__name__ else f"{error.ename}: {error.evalue}",
        ) from error
    except CellTimeoutError as error:
        raise NotebookFailed(
            "Notebook {notebook} stopped at cell {cell}: it ran for more than {seconds} seconds",
            next_step="raise IGA_CELL_SECONDS if the cell needs longer, then build the report again",
            place=_shown(path),
            notebook=name,
            cell=begun[-1],
            seconds=limits.cell_s,
        ) from error
    except (DeadKernelError, RuntimeError, ValueError, OSError) as error:
        cause = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if not begun:
            raise NotebookFailed(
                "Notebook {notebook} did not end: {cause}",
                next_step="check memory and disk, then build the report again",
                place=_shown(path),
                notebook=name,
                cell=None,
                cause=cause,
            ) from error
        raise NotebookFailed(
            "Notebook {notebook} stopped at cell {cell}: {cause}",
            next_step="check memory and disk, then build the report again",
            place=_shown(path),
            notebook=name,
            cell=begun[-1],
            cause=cause,
        ) from error
    finally:
        _let_cancelled_tasks_end()


def _shown(path: Path) -> str:
    """Return the path of a notebook as it is told: of ours the short one, of a person's the whole."""
    return f"notebooks/{path.name}" if path.parent in NOTEBOOK_FOLDERS else str(path)


def _let_cancelled_tasks_end() -> None:
    """Let what a run that was broken off has cancelled come to its end; forgotten, asyncio would complain on stderr."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    waiting = [] if loop.is_running() else asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    if waiting:
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))


def _kernel_manager(environment: dict[str, str], private: Path) -> type:
    """A kernel manager that starts this interpreter, whatever kernels are registered on the machine.

    What a kernel is spoken to with (its sockets, the file with its key) lies in a private folder that goes with it.
    """
    from reports.run.kernel.specification import kernel_spec

    with quick_imports():
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

    sockets = private / "kernel"
    specification = KernelSpec(**_started_quickly(kernel_spec(options=UNATTENDED)))

    class ThisInterpreter(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return specification

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
            # Sockets that are files in a folder of this user, instead of ports that everyone on the machine can reach.
            if os.name == "posix" and len(str(sockets)) < LONGEST_SOCKET_PATH:
                self.transport, self.ip = "ipc", str(sockets)
            self.connection_file = str(private / "connection.json")
            await super().start_kernel(**{**options, "env": environment})

    return ThisInterpreter


def _started_quickly(specification: dict[str, Any]) -> dict[str, Any]:
    """The kernel spec as it is, or for a plain start where our provisioner is not registered (not installed)."""
    from importlib.metadata import entry_points

    from reports.run.kernel.specification import PROVISIONER

    if not entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER):
        del specification["metadata"]["kernel_provisioner"]
    return specification
