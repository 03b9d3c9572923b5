"""Times one city report, notebook to files, against the stock commands `papermill` and `jupyter nbconvert --to html`.

Both run the same notebook with the same parameters on the same example data. Ours is one report in a run of many (a
site of twelve in two languages, its start included), written as HTML, PDF and XLSX; the stock commands write HTML
alone, each in a process of its own, as a person would start them. Ours and theirs take turns, and the ratio is the
median of the turns, so that a machine that does other things at the same time favours neither. Kernels are compared in
the same way: a kernel of ours, ready and with everything imported, against the stock kernel that makes the same
imports.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CITY, EDITION = "bengkulu", 2026
LOADED_ON = date(2026, 8, 10)
TURNS = int(os.environ.get("IGA_BENCH_TURNS", "2"))
IMPORTS = (
    "import polars, duckdb, altair, narwhals\nfrom reports.pages.city_index import charts, headline, tables\n"
    "from reports.pages.explain import blocks"
)


def run(home: Path | None = None) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. `home` holds a loaded example inbox."""
    with tempfile.TemporaryDirectory(prefix="iga-benchmark-") as folder:
        private = Path(folder)
        loaded = home or _loaded_home(private)
        environment = {**os.environ, "IGA_HOME": str(loaded), "PYTHONPATH": str(ROOT)}
        reports = _in_turns(lambda: _report_of_many(loaded), lambda: _timed(_stock(private), environment))
        kernels = _in_turns(
            lambda: asyncio.run(_kernel(private, "iga-fork")), lambda: asyncio.run(_kernel(private, None))
        )
    return [
        _row("one city report of 24 (HTML, PDF, XLSX)", reports, "papermill, then jupyter nbconvert --to html"),
        _row("kernel ready with its imports", kernels, "stock kernel, the same imports"),
    ]


Turn = tuple[float, float]


def _in_turns(ours: Callable[[], float], theirs: Callable[[], float]) -> list[Turn]:
    return [(ours(), theirs()) for _ in range(TURNS)]


def _loaded_home(private: Path) -> Path:
    import shutil

    from etl.publish import ingest
    from warehouse.home import Home

    home = private / "home"
    shutil.copytree(ROOT / "examples" / "inbox", home / "inbox")
    ingest(Home.at(home), today=LOADED_ON)
    return home


def _report_of_many(home: Path) -> float:
    """Seconds per report when a site of 24 is built as usual, each as HTML, PDF and XLSX."""
    from reports.run.declaration import Site, site_named
    from reports.site.site_builder import build_site

    declared = site_named("three_cities")
    part = declared.parts[0].model_copy(update={"outputs": ("html", "pdf", "xlsx")})
    more = {"name": "benchmark", "parts": (part,), "languages": ("id", "en")}
    site = Site.model_validate({**declared.model_dump(), **more})
    started = time.perf_counter()
    built = build_site(site, home=home)
    if built.exit_code:
        raise RuntimeError(str(built.failures))
    return (time.perf_counter() - started) / len(built.outcomes)


def _stock(private: Path) -> list[list[str]]:
    executed = private / "executed.ipynb"
    notebook = ROOT / "notebooks" / "city_index.ipynb"
    parameters = ["-p", "city", CITY, "-p", "edition", str(EDITION), "-k", "python3"]
    return [
        [sys.executable, "-m", "papermill", str(notebook), str(executed), *parameters],
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(executed)],
    ]


def _timed(commands: list[list[str]], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    for command in commands:
        subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


async def _kernel(private: Path, provisioner: str | None) -> float:
    """Seconds until a kernel has answered and made its imports; the fork server is warm, as in a run of many."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    from reports.run.kernel.specification import kernel_spec

    specification = kernel_spec()
    if provisioner is None:
        del specification["metadata"]["kernel_provisioner"]

    class Manager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(**specification)

    for _ in range(2 if provisioner else 1):
        manager = Manager(transport="ipc", ip=str(private / f"k{time.monotonic_ns()}"))
        started = time.perf_counter()
        await manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=120)
        await client.execute_interactive(IMPORTS, timeout=120)
        seconds = time.perf_counter() - started
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return seconds


def _row(name: str, turns: list[Turn], alternative: str) -> dict[str, Any]:
    return {
        "name": name,
        "ours_s": round(statistics.median(ours for ours, _ in turns), 2),
        "alternative": alternative,
        "alternative_s": round(statistics.median(theirs for _, theirs in turns), 2),
        "ratio": round(statistics.median(theirs / ours for ours, theirs in turns), 1),
    }


if __name__ == "__main__":
    for measured in run():
        print(measured)
