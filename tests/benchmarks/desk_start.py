"""How soon a planner can work: the desk against the former start page, a form of widgets in JupyterLab.

    python tests/benchmarks/desk_start.py CHECKOUT [ROUNDS]

CHECKOUT is a checkout of a commit that still has the form (0.4.1 and before). Both serve a home with the example in it,
on the same machine, in turns. Measured from the start of `iga lab` until the page can be used, and on a server that
runs and has come to rest; by the clock and in processor time of server and browser together, with all that they
started. The browser is sent to the page once the server listens, as `iga lab` itself opens it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
TOKEN = "a-token-for-measuring"
USABLE = {"desk": ".cards .figure", "form": ".iga-desk .iga-load:not([disabled])"}
PATHS = {"desk": "iga/", "form": "lab/tree/mulai.ipynb"}


def processor_s(number: int) -> float:
    """Processor seconds of a process and of all below it, those that have ended too."""
    import psutil

    total = 0.0
    process = psutil.Process(number)
    for each in [process, *process.children(recursive=True)]:
        try:
            told = each.cpu_times()
        except psutil.Error:
            continue
        total += told.user + told.system + told.children_user + told.children_system
    return total


def until_listening(port: int, seconds: float = 180) -> None:
    """Wait until a port of this machine answers. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(port)


def until_at_rest(number: int, seconds: float = 60) -> None:
    """Wait until a process and all below it have used almost no processor time for a second (or `seconds` are over).

    What the first visit still has under way (a plan, a kernel) would otherwise count as the second's.
    """
    until, before = time.monotonic() + seconds, processor_s(number)
    while time.monotonic() < until:
        time.sleep(1)
        now = processor_s(number)
        if now - before < 0.05:
            return
        before = now


def measured(tree: Path, kind: str, home: Path, browser: Any, port: int) -> dict[str, float]:
    """Start the server, open the page until it can be used, then once more; ends the server."""
    began, before = time.monotonic(), processor_s(os.getpid())
    server = subprocess.Popen(
        [sys.executable, "-m", "workbench.command", "lab", "--home", str(home), "--port", str(port), "--no-browser"],
        env=os.environ | {"IGA_LAB_TOKEN": TOKEN, "PYTHONPATH": str(tree), "IGA_LANG": "id"},
        cwd=tree,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        context = browser.new_context()
        page = context.new_page()
        address = f"http://127.0.0.1:{port}/{PATHS[kind]}?token={TOKEN}"
        until_listening(port)
        page.goto(address)
        page.wait_for_selector(USABLE[kind], timeout=180_000)
        first = time.monotonic() - began
        spent = processor_s(os.getpid()) - before
        context.close()
        until_at_rest(server.pid)
        context = browser.new_context()
        page = context.new_page()
        began, before = time.monotonic(), processor_s(os.getpid())
        page.goto(address)
        page.wait_for_selector(USABLE[kind], timeout=180_000)
        again = time.monotonic() - began
        spent_again = processor_s(os.getpid()) - before
        context.close()
        return {"first": first, "first_cpu": spent, "again": again, "again_cpu": spent_again}
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def main() -> None:
    """Print the figures of both and their ratios."""
    from playwright.sync_api import sync_playwright

    from etl.publish import ingest
    from warehouse.home import Home

    before, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found: dict[str, list[dict[str, float]]] = {"desk": [], "form": []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        shutil.copytree(ROOT / "examples" / "inbox", home / "inbox")
        ingest(Home.at(home), today=date(2026, 8, 10))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for number in range(rounds):
            for kind, tree in (("form", before), ("desk", ROOT)):
                own = Path(folder) / f"{kind}-{number}"
                shutil.copytree(home, own)
                found[kind].append(measured(tree, kind, own, browser, 8930 + number * 2 + (kind == "desk")))
        browser.close()
    print(f"{'':34}{'form':>8}{'desk':>8}{'ratio':>8}")
    for name, told in (
        ("first", "from iga lab, clock (s)"),
        ("first_cpu", "from iga lab, processor (s)"),
        ("again", "on a running server, clock (s)"),
        ("again_cpu", "on a running server, processor (s)"),
    ):
        form, desk = (median(one[name] for one in found[kind]) for kind in ("form", "desk"))
        print(f"{told:34}{form:8.2f}{desk:8.2f}{form / max(desk, 0.01):8.1f}")


if __name__ == "__main__":
    main()
