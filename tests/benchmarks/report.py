"""Times one city report, notebook to page, against the stock commands `papermill` and `jupyter nbconvert --to html`.

Both run the same notebook with the same parameters on the same example data in the same run, each in a process of its
own, so that every start-up that a person would wait for is counted. The stock commands run in the environment as it
is installed; a page of a site that is being built (many reports in one process) is timed as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CITY, EDITION = "bengkulu", 2026
LOADED_ON = date(2026, 8, 10)

OURS = """
import sys
from reports.page import page_of
from reports.run import run_notebook
from warehouse.language import Language
notebook = run_notebook("city_index", {"city": sys.argv[1], "edition": int(sys.argv[2])}, home=sys.argv[3])
page = page_of(notebook, title="Laporan", subtitle="", site_title="IGA", language=Language("id"))
open(sys.argv[4], "w", encoding="utf-8").write(page)
"""


def run(home: Path | None = None) -> list[dict[str, Any]]:
    """One row per comparison: name, ours_s, alternative, alternative_s, ratio. `home` holds a loaded example inbox."""
    with tempfile.TemporaryDirectory(prefix="iga-benchmark-") as folder:
        private = Path(folder)
        loaded = home or _loaded_home(private)
        environment = {**os.environ, "IGA_HOME": str(loaded), "PYTHONPATH": str(ROOT)}
        ours = [sys.executable, "-c", OURS, CITY, str(EDITION), str(loaded), str(private / "ours.html")]
        ours_s = _timed([ours], environment)
        stock_s = _timed(_stock(private), environment)
        site_s = _page_of_a_site(loaded)
    alternative = "papermill, then jupyter nbconvert --to html"
    return [
        _row("one city report, notebook to page, own process", ours_s, alternative, stock_s),
        _row("one city report within a site, 2 at a time", site_s, alternative, stock_s),
    ]


def _loaded_home(private: Path) -> Path:
    import shutil

    from etl.publish import ingest
    from warehouse.home import Home

    home = private / "home"
    shutil.copytree(ROOT / "examples" / "inbox", home / "inbox")
    ingest(Home.at(home), today=LOADED_ON)
    return home


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


def _page_of_a_site(home: Path) -> float:
    """Seconds per page when a site's pages are built two at a time."""
    from reports.site import build_site

    pages = [f"{CITY}-{edition}" for edition in range(EDITION - 3, EDITION + 1)]
    started = time.perf_counter()
    build_site("three_cities", home=home, only=pages, jobs=2)
    return (time.perf_counter() - started) / len(pages)


def _row(name: str, ours_s: float, alternative: str, alternative_s: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours_s": round(ours_s, 2),
        "alternative": alternative,
        "alternative_s": round(alternative_s, 2),
        "ratio": round(alternative_s / ours_s, 1),
    }


if __name__ == "__main__":
    for measured in run():
        print(measured)
