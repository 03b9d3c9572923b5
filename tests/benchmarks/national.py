"""How long a season of many regions takes from files to a published snapshot, and a second run on the same inbox."""

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
REGIONS = int(os.environ.get("IGA_BENCH_REGIONS", "40"))
"""The nation is 546: `IGA_BENCH_REGIONS=546 python tests/benchmarks/national.py`."""
_LOAD = """
import resource, sys
from datetime import date
from pathlib import Path
from etl.publish import ingest
from warehouse.home import Home
result = ingest(Home.at(Path(sys.argv[1])), today=date.fromisoformat(sys.argv[2]))
usage = resource.getrusage(resource.RUSAGE_SELF)
counts = result.receipts.height, result.receipts["accepted_count"].sum()
print(*counts, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
"""


def run() -> list[dict[str, Any]]:
    """Files with all answers (60 innovations each) loaded in a process of its own, then loaded again unchanged."""
    from workbench.simulation.files import Simulation, simulate

    with tempfile.TemporaryDirectory() as folder:
        simulate(Simulation(REGIONS, 1, 60, 1, ("l3_wide_points",)), Path(folder))
        first, again = (_load(folder) for _ in range(2))
    name = f"{first['files']} files, {first['accepted']} rows"
    told = f"first load: {first['cpu_s']:.1f} s of processor, {first['memory_mib']:.0f} MiB"
    return [
        {
            "name": f"unchanged inbox of {name}",
            "ours_s": again["wall_s"],
            "alternative": told,
            "alternative_s": first["wall_s"],
            "ratio": first["wall_s"] / again["wall_s"],
        }
    ]


def _load(folder: str) -> dict[str, float]:
    command = [sys.executable, "-c", _LOAD, folder, str(date(2026, 8, 10))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    names = ("files", "accepted", "cpu_s", "memory_mib")
    # A long query shows its progress before them.
    counts = {name: float(text) for name, text in zip(names, ran.stdout.split()[-len(names) :], strict=True)}
    return {**counts, "files": int(counts["files"]), "accepted": int(counts["accepted"])} | {
        "wall_s": time.perf_counter() - started
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for row in run():
        print(row)
