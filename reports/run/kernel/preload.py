"""What every kernel needs, imported once in the fork server, which then has one thread only.

A fork copies only the thread that forks, so a lock that another thread held would stay locked for ever. NumPy's linear
algebra, jemalloc (within Polars and Arrow) and Polars' cleaner of spilled files start threads when they are imported;
the first two are told not to. The cleaner cannot be; so the process that has imported everything forks once, while that
thread sleeps, and the fork goes on as the server: single-threaded. Kernels must not spill then (`KERNEL_ENVIRONMENT`).
Polars' and DuckDB's workers start with the first query, which is why nothing is computed here. A kernel makes sure
(`fork_server`): with a second thread in its server, it starts plainly instead.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

THREADLESS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "_RJEM_MALLOC_CONF": "background_thread:false",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""Read by libraries when they are imported."""

KERNEL_ENVIRONMENT = {"POLARS_OOC_DISK_BUDGET_MB": "0"}
"""Added to the environment of forked kernels unless it says otherwise."""

MODULES = (
    "reports.library_patches",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completer",
    "IPython.core.magics",
    "zmq.asyncio",
    "pyarrow",
    "polars",
    "duckdb",
    "polars._utils.udfs",
    "narwhals.stable.v2",
    "narwhals.group_by",
    "narwhals._polars.namespace",
    "narwhals._polars.dataframe",
    "narwhals._polars.group_by",
    "narwhals._interchange.dataframe",
    "narwhals.stable.v1",
    "altair",
    "ipywidgets",
    "rapidfuzz.fuzz",
    "scipy.optimize",
    "scipy.special",
    "babel.dates",
    "babel.numbers",
    "jinja2",
    "warehouse",
    "analysis.index.explanation",
    "analysis.planning.plan_result",
    "iga.score",
    "iga.index.rank",
    "reports.shown.own_answers",
    "reports.shown.displays",
    "reports.shown.words_of_analyst",
    "reports.pages.city_index.charts",
    "reports.pages.city_index.tables",
    "reports.pages.compare_cities.figures",
    "reports.pages.compare_cities.charts",
    "reports.pages.compare_cities.tables",
    "reports.pages.explain.figures",
    "reports.pages.explain.blocks",
    "reports.pages.next_edition.blocks",
    "reports.pages.city_index.headline",
    "reports.pages.city_index.season",
)
"""Imported in this order; one that is not installed, or not yet, is left to the notebook that asks for it."""


def preload() -> None:
    """Import everything, read what never changes (catalogues, templates), and keep it out of later collections."""
    from reports.library_patches import quick_imports

    with quick_imports():
        for module in MODULES:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
    _read_once()
    # Objects that the collector never visits again stay in pages that all kernels share.
    gc.collect()
    gc.freeze()


class EndWithParent:
    """Ends this process as soon as its parent is gone: asked at each import, since no thread may watch while it lasts.

    The fork server itself looks for its parent only when everything is imported: many seconds on a busy machine.
    """

    def __init__(self) -> None:
        self.parent = os.getppid()

    def find_spec(self, *_: object) -> None:
        """Find nothing; end the process where its parent is another than at the start."""
        if os.getppid() != self.parent:
            os._exit(0)


@contextlib.contextmanager
def ending_with_parent() -> Iterator[None]:
    """Let this process end with its parent while it imports."""
    watcher: Any = EndWithParent()
    sys.meta_path.insert(0, watcher)
    try:
        yield
    finally:
        sys.meta_path.remove(watcher)


def _read_once() -> None:
    from iga.rulebook import shipped_rulebooks
    from reports.blocks.rule_maxima import scale_of
    from reports.blocks.templates import style_sheet, templates
    from reports.library_patches import quick_altair
    from warehouse.language import LANGUAGES, catalogue, label

    for language in LANGUAGES:
        catalogue(language)
    # Those of a home come with its snapshot; most pages need no other than the shipped ones.
    for rulebook in shipped_rulebooks():
        for language in LANGUAGES:
            scale_of(rulebook, language)
    quick_altair()
    label("predicate", "innovative")
    style_sheet()
    environment = templates()
    environment.auto_reload = False  # templates stay those of the code that was imported, also while it is upgraded
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def thread_count(process: int | str = "self") -> int:
    """Number of threads of a process, by Linux's own account."""
    return sum(1 for _ in Path(f"/proc/{process}/task").iterdir())


def leave_threads_behind() -> None:
    """Go on as a fork of this process, in which only this thread exists; the process itself waits, and ends with it."""
    _await_sleep()
    if sys.platform != "win32" and (child := os.fork()):
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _await_sleep(patience_s: float = 1.0) -> None:
    """Return when every other thread sleeps, that is, holds no lock in the middle of something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        others = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
        if all((task / "stat").read_text("ascii", "replace").rpartition(") ")[2].startswith("S") for task in others):
            return
        time.sleep(0.001)


def _end_quietly(server: int) -> None:
    """The server ends without taking its libraries apart, which some of them comment on at length."""
    if os.getpid() == server:
        os._exit(0)


if os.environ.get("IGA_FORK_SERVER") == "preload":
    # Ctrl-C is for the command, which ends this process; kernels, which are interrupted by it, take it back.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update({name: value for name, value in THREADLESS.items() if name not in os.environ})
    with ending_with_parent():
        preload()
    leave_threads_behind()
    atexit.register(_end_quietly, os.getpid())
