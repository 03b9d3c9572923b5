"""Runs of the schedule that die: their parent tells it, and the next run makes what an undisturbed one does."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from aiosmtpd.controller import Controller

from tests.city_files import innovation, portal_list, put
from tests.conftest import ROOT, Ran, run_iga
from tests.unit.test_own_sites import GOOD
from warehouse.home import Home
from warehouse.keeping.process import this_process
from warehouse.snapshot import current_snapshot_id
from workbench.schedule.plan import SchedulePlan
from workbench.schedule.status import begin, read_status
from workbench.schedule.status_page import write_status
from workbench.schedule.supervise import supervise


class Inbox:
    """A local SMTP server's handler: keeps the mails."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()


def made_home(root: Path, port: int = 0) -> Home:
    """Return a home with a file to load, a site of one page, and a plan that mails."""
    home = Home.at(root)
    put(home, "bengkulu/2026/a.xlsx", portal_list(innovation("Satu"), innovation("Dua")))
    home.sites.mkdir()
    home.notebooks.mkdir()
    (home.sites / "uji.yaml").write_text(GOOD.replace('[bengkulu, "33.71"]', "[bengkulu]"), encoding="utf-8")
    parameters = nbformat.v4.new_code_cell("city = 'bengkulu'\nedition = 2026", metadata={"tags": ["parameters"]})
    shown = nbformat.v4.new_code_cell("f'{city} {edition}'")
    nbformat.write(nbformat.v4.new_notebook(cells=[parameters, shown]), home.notebooks / "saya.ipynb")
    plan = 'sites = ["uji"]\nlang = "en"\n'
    if port:
        plan += f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        plan += 'sender = "a@example.id"\nrecipients = ["b@example.id"]\nwhen = "failed"\n'
    (home.root / "schedule.toml").write_text(plan, encoding="utf-8")
    return home


def stated(home: Home) -> dict[str, Any]:
    """Return what the status says that a run has written."""
    try:
        facts: dict[str, Any] = json.loads((home.reports / "status.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def begun(home: Home) -> subprocess.Popen[str]:
    """Start a run as a scheduler does."""
    environment = {**os.environ, "IGA_LANG": "en", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "workbench.command", "schedule", "run", "--home", str(home.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def run_of(process: subprocess.Popen[str], home: Home, step: str = "") -> int:
    """Wait until the run is at a step; the number of its process."""
    children = [child.pid for child in psutil.Process(process.pid).children()]
    until = time.monotonic() + 120
    while True:
        facts = stated(home)
        children = [child.pid for child in psutil.Process(process.pid).children()]
        if facts.get("process", {}).get("number") in children and facts["step"] == (step or facts["step"]):
            return int(facts["process"]["number"])
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def what_stands(home: Home) -> tuple[str | None, dict[str, bytes]]:
    """Return the snapshot and the pages of a home."""
    pages = {path.name: path.read_bytes() for path in (home.reports / "uji").glob("*.html")}
    return current_snapshot_id(home), pages


def test_a_run_that_is_killed_is_told_mailed_and_mended(tmp_path: Path, smtp: tuple[Inbox, int]) -> None:
    inbox, port = smtp
    home, undisturbed = made_home(tmp_path / "home", port), made_home(tmp_path / "undisturbed")
    running = begun(undisturbed)
    for step in ("inbox", "inbox", "uji"):
        killed = begun(home)
        number = run_of(killed, home, step)
        if step == "uji":
            time.sleep(random.uniform(0, 1.5))
        os.kill(number, signal.SIGKILL)
        said = killed.communicate(timeout=60)[1]
        assert killed.returncode == 1 and "did not come to its end" in said and "Traceback" not in said
        facts = stated(home)
        assert facts["state"] == "died" and "SIGKILL" in facts["cause"] and facts["mail_state"] == "sent"
        page = (home.reports / "status.html").read_text(encoding="utf-8")
        assert "ended abnormally" in page and "SIGKILL" in page
    assert len(inbox.mails) == 3 and all("ended abnormally" in mail for mail in inbox.mails)
    done = begun(home)
    said = done.communicate(timeout=200)[1]
    assert done.returncode == 0, said
    assert running.wait(200) == 0
    assert stated(home)["earlier"][0]["state"] == "died"
    assert what_stands(home) == what_stands(undisturbed)
    assert not [path for path in home.reports.glob(".*") if path.name != ".kept"]


@pytest.mark.slow
def test_sixty_kills(tmp_path: Path, smtp: tuple[Inbox, int]) -> None:
    _, port = smtp
    home, undisturbed = made_home(tmp_path / "home", port), made_home(tmp_path / "undisturbed")
    assert begun(undisturbed).wait(200) == 0
    for _ in range(60):
        for folder in ("reports", "lake", "snapshots", "archive"):
            if random.random() < 0.3:
                shutil.rmtree(home.root / folder, ignore_errors=True)
        killed = begun(home)
        number = run_of(killed, home)
        time.sleep(random.uniform(0, 5))
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            killed.wait(60)
            continue
        killed.communicate(timeout=60)
        assert stated(home)["state"] in ("died", "done")
        done = begun(home)
        said = done.communicate(timeout=200)[1]
        assert done.returncode == 0, said
        assert what_stands(home) == what_stands(undisturbed)


def test_a_run_that_takes_too_long_is_ended_and_told(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    plan = SchedulePlan(sites=("uji",), lang="en", longest_minutes=0.02)
    arguments = ["schedule", "run", "--supervised", "--home", str(home.root)]
    ended = supervise(home, plan, arguments, lambda: datetime.now(tz=UTC).astimezone())
    assert ended.exit_code == 1 and ended.abnormal is not None
    assert stated(home)["state"] == "timed_out" and "took more than 0.02 minutes" in stated(home)["cause"]


@pytest.mark.slow
def test_a_step_that_takes_too_long_is_ended_with_its_parent_and_told(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    notebook = nbformat.read(home.notebooks / "saya.ipynb", 4)
    notebook.cells.append(nbformat.v4.new_code_cell("import time\ntime.sleep(300)"))
    nbformat.write(notebook, home.notebooks / "saya.ipynb")
    plan = SchedulePlan(sites=("uji",), lang="en", longest_step_minutes=0.2)
    arguments = ["schedule", "run", "--supervised", "--home", str(home.root)]
    ended = supervise(home, plan, arguments, lambda: datetime.now(tz=UTC).astimezone())
    assert ended.exit_code == 1 and ended.abnormal is not None
    facts = stated(home)
    assert facts["state"] == "timed_out" and "step uji took more than 0.2 minutes" in facts["cause"]
    assert not list(home.reports.glob(".uji.*"))


def test_a_parent_that_dies_takes_its_run_along_and_show_says_so(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    parent = begun(home)
    number = run_of(parent, home)
    run = psutil.Process(number)
    parent.kill()
    parent.communicate()
    run.wait(10)
    last = read_status(home)
    assert last is not None and last.state in ("interrupted", "died")


def test_a_dead_run_is_no_running_one(empty_home: Home) -> None:
    now = datetime.now(tz=UTC)
    alive = replace(begin(empty_home, now), process={**vars(this_process())})
    write_status(empty_home, alive, "id")
    assert getattr(read_status(empty_home), "state", "") == "running"
    write_status(empty_home, replace(alive, process={**alive.process, "start": "another"}), "id")
    assert getattr(read_status(empty_home), "state", "") == "died"
    shown: Ran = run_iga("schedule", "show", home=empty_home.root)
    assert "ended abnormally" in shown.out


def test_a_run_without_a_console(tmp_path: Path) -> None:
    home = made_home(tmp_path / "home")
    (home.root / "schedule.toml").write_text('sites = ["no_such_site"]', encoding="utf-8")
    program = (
        "import sys; sys.stdout = sys.stderr = sys.stdin = None\n"
        f"sys.argv = ['iga', 'schedule', 'run', '--home', {str(home.root)!r}]\n"
        "from workbench.command import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", program], env=environment, timeout=200, check=False)
    assert (ran.returncode, stated(home)["state"]) == (3, "failed")
