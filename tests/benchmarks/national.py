"""How long a season of many regions takes from files to a published snapshot, and a second run on the same inbox.

The nation, on two cores and within 2 GiB:

    IGA_BENCH_REGIONS=546 python tests/benchmarks/national.py

Each load is a process of its own. It may run on `CORES` cores and hold `MEMORY_MIB` of memory: the system refuses it
more (RLIMIT_DATA: every private writable page that it asks for, used or not), so that a load that needs more ends with
an error. What it did use at its peak is told beside the times. Where a system has no such limits the table says so.
`IGA_BENCH_INBOX=FOLDER` keeps the generated inbox there and takes it from there the next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGIONS = int(os.environ.get("IGA_BENCH_REGIONS", "40"))
KEPT = os.environ.get("IGA_BENCH_INBOX", "")
CORES = 2
MEMORY_MIB = 2048
_LOAD = """
import os, resource, sys, time
folder, today, cores, mebibytes = sys.argv[1:]
bounds = []
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    bounds.append(f"{len(os.sched_getaffinity(0))} cores")
if sys.platform == "linux":
    resource.setrlimit(resource.RLIMIT_DATA, (int(mebibytes) << 20,) * 2)
    bounds.append(f"{mebibytes} MiB")
from datetime import date
from pathlib import Path
from etl.publish import ingest
from etl.worker.pool import close_shared_pool
from warehouse.home import Home
steps, started = {}, time.perf_counter()
def told(step, done, total):
    steps.setdefault(step, time.perf_counter() - started)
result = ingest(Home.at(Path(folder)), today=date.fromisoformat(today), progress=told)
# The processes that read files stay for the next load; what they used is known once they have ended.
close_shared_pool()
usage, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
processor = sum(one.ru_utime + one.ru_stime for one in (usage, below))
counts = result.receipts.height, int(result.receipts["accepted_count"].sum())
memory = (usage.ru_maxrss + below.ru_maxrss) // 1024
shown = ", ".join(f"{step} from {start:.1f} s" for step, start in steps.items())
print("|".join(map(str, ["", *counts, processor, memory, " and ".join(bounds) or "no bounds", shown])))
"""


def run() -> list[dict[str, Any]]:
    """Files with all answers (60 innovations each) loaded in a process of its own, then loaded again unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        home = _inbox(Path(folder))
        first, again = (_load(home) for _ in range(2))
    name = f"{first['files']} files, {first['accepted']} rows"
    told = (
        f"first load: {first['cpu_s']:.1f} s of processor, {first['memory_mib']} MiB at its peak, on {first['bounds']}"
    )
    return [
        {
            "name": f"unchanged inbox of {name} ({again['cpu_s']:.2f} s of processor)",
            "ours_s": again["wall_s"],
            "alternative": told,
            "alternative_s": first["wall_s"],
            "ratio": first["wall_s"] / again["wall_s"],
            "steps": first["steps"],
        }
    ]


def _inbox(folder: Path) -> Path:
    """A home with the simulated inbox, not loaded yet."""
    from simulation.files import Simulation, simulate

    source = Path(KEPT) if KEPT else folder / "home"
    if not (source / "inbox").is_dir():
        simulate(Simulation(REGIONS, 1, 60, 1, ("l3_wide_points",)), source)
    if not KEPT:
        return source
    shutil.copytree(source / "inbox", folder / "home" / "inbox")
    return folder / "home"


def _load(home: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", _LOAD, str(home), str(date(2026, 8, 10)), str(CORES), str(MEMORY_MIB)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    started = time.perf_counter()
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    wall = time.perf_counter() - started
    _, files, accepted, cpu, memory, bounds, steps = ran.stdout.splitlines()[-1].split("|")
    return {
        "files": int(files),
        "accepted": int(accepted),
        "cpu_s": float(cpu),
        "memory_mib": int(memory),
        "bounds": bounds,
        "steps": steps,
        "wall_s": wall,
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    for row in run():
        for fact, value in row.items():
            print(f"{fact}: {value:.2f}" if isinstance(value, float) else f"{fact}: {value}")
