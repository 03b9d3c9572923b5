"""JupyterLab beside the desk in Chromium: the desk opens as a tab, the start notebook runs, own cells stay.

Nobody beyond this machine is asked.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from warehouse.home import Home

pytestmark = [pytest.mark.browser]

TOKEN = "a-token-for-tests-only"
PATIENCE_MS = 90_000


@dataclass
class Lab:
    """A running server, and the one page that is open in it."""

    home: Home
    port: int
    running: subprocess.Popen[bytes] | None = None
    page: Any = None
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server as a person does, and wait until it answers."""
        log = self.home.root / "lab.log"
        environment = {**os.environ, "IGA_LAB_TOKEN": TOKEN, "IGA_LANG": "id", "PYTHONPATH": str(ROOT)}
        words = ["lab", "--home", str(self.home.root), "--no-browser", "--port", str(self.port)]
        with log.open("ab") as told:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "workbench.command", *words], env=environment, stdout=told, stderr=told
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.running.poll() is None, log.read_text(errors="replace")
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail(log.read_text(errors="replace"))

    def stop(self) -> None:
        """End the server with its kernels."""
        if self.running is not None:
            self.running.terminate()
            self.running.wait(30)

    def open(self, browser: Any, place: str = "lab") -> Any:
        """Open a place of JupyterLab with a browser that may reach this server only; the page."""
        if self.page is None:
            context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="id-ID")
            self.page = context.new_page()
            self.page.on("request", lambda request: self.asked.append(request.url))
            self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{self.address}/{place}?token={TOKEN}")
        self.page.wait_for_selector("#jp-main-dock-panel", timeout=PATIENCE_MS)
        return self.page

    def desk(self) -> Any:
        """The desk in its tab, once it stands there."""
        frame = self.page.frame_locator("#iga-start-desk iframe")
        frame.locator("h1").wait_for(timeout=PATIENCE_MS)
        return frame


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def lab(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server on a home with the three cities."""
    root = tmp_path_factory.mktemp("lab") / "home"
    shutil.copytree(example_home, root)
    started = Lab(Home.at(root), free_port())
    try:
        started.start()
        yield started
    finally:
        started.stop()


def outside(lab: Lab) -> list[str]:
    """What was asked of anybody but this server."""
    ours = (lab.address, "data:", "blob:", lab.address.replace("http", "ws"))
    return [url for url in lab.asked if not url.startswith(ours)]


def cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook, read again where JupyterLab is just writing it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
            return found
        except ValueError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def sources(path: Path) -> list[str]:
    """What stands in the cells; the open page may still save what the kernel says of itself."""
    return ["".join(cell["source"]) for cell in cells(path)]


def test_the_desk_opens_as_a_tab_by_card_menu_and_palette(lab: Lab, browser: Any) -> None:
    """All three show the same one tab, and after a reload it is there again."""
    page = lab.open(browser)
    card = page.locator(".jp-LauncherCard", has_text="Meja inovasi")
    card.wait_for(timeout=PATIENCE_MS)
    card.click()
    assert "iga/" in (page.locator("#iga-start-desk iframe").get_attribute("src") or "")
    assert lab.desk().locator("nav.pages").is_visible()
    lab.desk().locator("nav.pages a", has_text="Berkas").click()
    lab.desk().locator("h1", has_text="Berkas").wait_for(timeout=PATIENCE_MS)

    page.locator(".lm-MenuBar-item", has_text="IGA").click()
    page.locator(".lm-Menu-item", has_text="halaman depan meja").click()
    lab.desk().locator("#actions").wait_for(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    page.locator(".lm-MenuBar-item", has_text="IGA").click()
    page.locator(".lm-Menu-item", has_text="Meja inovasi").click()
    assert page.locator("#iga-start-desk").count() == 1

    # JupyterLab writes down what is open a moment after it has changed.
    with page.expect_response(lambda answer: "/lab/api/workspaces/" in answer.url and answer.request.method == "PUT"):
        page.evaluate("() => window.dispatchEvent(new Event('resize'))")
        page.locator(".jp-SideBar .lm-TabBar-tab").first.click()
    page.reload()
    lab.desk()
    assert outside(lab) == [] and lab.complaints == []


def test_the_start_notebook_runs_from_top_to_bottom(lab: Lab, browser: Any) -> None:
    page = lab.open(browser, "lab/tree/mulai.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE_MS)
    page.wait_for_selector('.jp-Toolbar-kernelName:has-text("IGA")', timeout=PATIENCE_MS)
    # What is run before the kernel has answered once is not run at all.
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=PATIENCE_MS)
    page.locator(".lm-MenuBar-item").nth(3).click()
    page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
    path, deadline = lab.home.root / "mulai.ipynb", time.monotonic() + 90
    code: list[dict[str, Any]] = []
    while not (code and code[-1]["outputs"]) and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.keyboard.press("Control+s")
        code = [one for one in cells(path) if one["cell_type"] == "code"]
    outputs = [output for one in code for output in one["outputs"]]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert all(one["outputs"] and one["execution_count"] for one in code)
    assert "Kota Bengkulu" in json.dumps(outputs)
    assert outside(lab) == []


def test_own_cells_are_there_after_the_server_was_restarted(lab: Lab, browser: Any) -> None:
    """A person's cell in the start notebook and in a copy of ours stays, and ours of another version lies beside it."""
    page = lab.open(browser, "lab/tree/mulai.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE_MS)
    page.wait_for_selector('.jp-Toolbar-kernelName:has-text("IGA")', timeout=PATIENCE_MS)
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# sel saya")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    path = lab.home.root / "mulai.ipynb"
    deadline = time.monotonic() + 30
    while not any("sel saya" in source for source in sources(path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    copy = lab.home.notebooks / "explain.ipynb"
    notebook = json.loads(copy.read_text(encoding="utf-8"))
    notebook["cells"][-1]["source"] = ["# sel saya"]
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    record = lab.home.root / ".lab" / "copied.json"
    copied = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**copied, "explain.ipynb": "of-a-version-before"}), encoding="utf-8")
    before = {name: sources(name) for name in (path, copy)}

    lab.stop()
    lab.start()
    assert {name: sources(name) for name in before} == before
    assert len(list(lab.home.root.glob("mulai (baru *.ipynb"))) == 1
    assert len(list(lab.home.notebooks.glob("explain (baru *.ipynb"))) == 1
    page = lab.open(browser, "lab/tree/mulai.ipynb")
    page.wait_for_selector('.jp-Notebook .cm-content:has-text("sel saya")', timeout=PATIENCE_MS)
