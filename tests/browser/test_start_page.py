"""The start page of `iga lab` in Chromium: drop a file, load, report, what if; nobody beyond this machine is asked.

With IGA_SCREENSHOTS set to a folder the pictures of the documentation are taken on the way.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from analysis import open_snapshot
from etl.publish import ingest
from tests.conftest import EXAMPLES, ROOT
from warehouse.home import Home
from warehouse.snapshot import current_snapshot_id

pytestmark = [pytest.mark.browser]

TOKEN = "a-token-for-tests-only"
EXPORT = "ekspor-2026-08-09.xls"
"""The last export of Bengkulu's season: an HTML table called .xls that says `Total Data: 274`, with decimal commas."""
PATIENCE_MS = 90_000


@dataclass
class Lab:
    """A running JupyterLab, and the one page that is open in it."""

    home: Home
    address: str
    page: Any = None
    asked: list[str] = field(default_factory=list)

    def open(self, browser: Any) -> None:
        """Open the start page with a browser that may reach this server only."""
        context = browser.new_context(viewport={"width": 1400, "height": 1100}, locale="id-ID")
        self.page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{self.address}/lab/tree/mulai.ipynb?token={TOKEN}")
        self.page.wait_for_selector(".iga-desk .iga-load:not([disabled])", timeout=PATIENCE_MS)

    def press(self, button: str, awaited: str) -> Any:
        """Press a button of the form and wait for what it is to bring."""
        self.page.locator(f".iga-{button}").click()
        self.page.wait_for_selector(f".iga-desk {awaited}", timeout=PATIENCE_MS)
        self.page.wait_for_selector(".iga-desk .iga-load:not([disabled])", timeout=PATIENCE_MS)
        return self.page.locator(".iga-desk")

    def drop(self, file: Path) -> None:
        """Put a file into the folder that the file browser shows."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator('.jp-FileBrowser [title*="Upload"]').first.click()
        chooser.value.set_files(file)
        self.page.wait_for_selector(f'.jp-DirListing-item:has-text("{file.name}")', timeout=PATIENCE_MS)

    def enter(self, *folders: str) -> None:
        """Go down the folders in the file browser."""
        for folder in folders:
            self.page.locator(".jp-DirListing-item", has_text=folder).first.dblclick()
            self.page.wait_for_selector(f'.jp-BreadCrumbs-item:has-text("{folder}")', timeout=PATIENCE_MS)

    def start_at(self, *folders: str) -> None:
        """Go to a folder from the top: a page that was loaded again may show another one than before."""
        self.page.locator(".jp-BreadCrumbs-home").first.click()
        self.enter(*folders)

    def picture(self, name: str) -> None:
        """Take a picture for the documentation where one is asked for."""
        folder = os.environ.get("IGA_SCREENSHOTS")
        if folder:
            self.page.wait_for_timeout(600)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a home with two of the three exports of the running season."""
    root = tmp_path_factory.mktemp("lab-home")
    shutil.copytree(EXAMPLES / "inbox" / "bengkulu" / "2026", root / "inbox" / "bengkulu" / "2026")
    (root / "inbox" / "bengkulu" / "2026" / EXPORT).unlink()
    home = Home.at(root)
    ingest(home, today=date(2026, 8, 5))
    port = free_port()
    environment = {**os.environ, "IGA_LAB_TOKEN": TOKEN, "IGA_LANG": "id", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "workbench.command",
        "lab",
        "--home",
        str(root),
        "--no-browser",
        "--port",
        str(port),
    ]
    with (root / "lab.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(port, running, root / "lab.log")
            yield Lab(home, f"http://127.0.0.1:{port}")
        finally:
            running.terminate()
            running.wait(30)


def _await(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert running.poll() is None, log.read_text(errors="replace")
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text(errors="replace"))


def test_five_days_before_closing(lab: Lab, browser: Any) -> None:
    """A new export is dropped, loaded with one button, reported and tried further, all in the browser."""
    lab.open(browser)
    lab.picture("lab-start")
    before = current_snapshot_id(lab.home)
    lab.enter("inbox", "bengkulu", "2026")
    lab.drop(EXAMPLES / "inbox" / "bengkulu" / "2026" / EXPORT)

    pressed = time.monotonic()
    desk = lab.press("load", ':text("terbaca 274")')
    told = desk.inner_text()
    assert time.monotonic() - pressed < 120
    assert "tertulis 274, terbaca 274, karantina 0" in told
    for name in ("Belum kami terima per ", "Baru satu: ", "Di bawah 70: ", "Berubah sejak ekspor sebelumnya: "):
        assert name in told
    assert "load_inbox()" in told
    lab.picture("lab-loaded")
    after = current_snapshot_id(lab.home)
    assert after != before
    assert not (lab.home.root / "letters").exists()  # a load writes none unasked
    lab.press("letters", ':text("Surat: ")')
    letters = {path.name for path in (lab.home.root / "letters").rglob("*.docx")}
    assert {"surat-dinas-kesehatan-2026.docx", "surat-dinas-pendidikan-dan-kebudayaan-2026.docx"} <= letters
    assert sum(name.startswith("surat-kecamatan-") for name in letters) == 9

    lab.press("report", 'a[href^="/files/reports/lab/"]')
    with lab.page.context.expect_page() as opened:
        lab.page.locator('.iga-desk a[href$=".html"]').click()
    opened.value.wait_for_load_state()
    with open_snapshot(home=lab.home.root) as snapshot:
        iid = snapshot.language.number(snapshot.index("bengkulu", 2026, rules=2026).iid)
    assert iid in opened.value.inner_text("body")
    opened.value.close()

    lab.press("what_if", ".iga-what-if .vega-embed svg, .iga-what-if .vega-embed canvas")
    figures = lab.page.locator(".iga-figures")
    stood = figures.inner_text()
    assert iid in stood
    lab.page.locator(".iga-with-holding input").check()  # holding is a simulation that is off
    slider = lab.page.locator(".iga-what-if .noUi-handle").last
    slider.wait_for(state="visible", timeout=PATIENCE_MS)
    slider.focus()
    for _ in range(14):
        slider.press("PageUp")
    lab.page.wait_for_function(
        "text => document.querySelector('.iga-figures').innerText !== text", arg=stood, timeout=PATIENCE_MS
    )
    changed = figures.inner_text()
    assert "dicoba (0,00)" not in changed
    lab.picture("lab-what-if")
    lab.page.locator(".iga-keep").click()
    lab.page.wait_for_selector(".iga-what-if code:has-text('what_if')", timeout=PATIENCE_MS)
    assert [path.name for path in (lab.home.root / "scenarios").glob("*.toml")] == ["percobaan.toml"]

    outside = [
        url
        for url in lab.asked
        if not url.startswith((lab.address, "data:", "blob:", lab.address.replace("http", "ws")))
    ]
    assert outside == []


def test_the_form_comes_back_when_the_page_is_loaded_again(lab: Lab, browser: Any) -> None:
    """The kernel stays; every part of its form is found again, and its buttons work."""
    if lab.page is None:
        lab.open(browser)
    lab.page.reload()
    lab.page.wait_for_selector(".iga-desk .iga-load:not([disabled])", timeout=PATIENCE_MS)
    assert "javascript error" not in lab.page.locator(".iga-desk").inner_text()
    lab.press("readiness", "pre:has-text('snapshot.readiness')")


def test_a_returned_control_sheet_changes_its_own_rows_only(lab: Lab, browser: Any, tmp_path: Path) -> None:
    """One level of one innovation is corrected in the control sheet; after the load nothing else has moved."""
    if lab.page is None:
        lab.open(browser)
    lab.start_at("inbox", "bengkulu", "2026")
    query = "select submission_id, indicator_number, level, points from answer order by all"
    with open_snapshot(home=lab.home.root) as snapshot:
        before = snapshot.sql(query)
    returned, title = _corrected_sheet(tmp_path)
    lab.drop(returned)
    lab.press("load", f':text("{returned.name}")')
    with open_snapshot(home=lab.home.root) as snapshot:
        moved = snapshot.sql(query).join(before, on=before.columns, how="anti", nulls_equal=True)
        own = snapshot.sql("select submission_id from submission where title = $title", {"title": title})
    assert not moved.is_empty()
    assert set(moved["submission_id"]) <= set(own["submission_id"])


def _corrected_sheet(folder: Path) -> tuple[Path, str]:
    """The control sheet with one innovation's row only, and one of its levels changed; with the title of that row."""
    book = load_workbook(EXAMPLES / "inbox" / "bengkulu" / "2026" / "lembar-kendali.xlsx")
    sheet = book.active
    head = next(row for row in range(1, 12) if "Nama Inovasi" in [cell.value for cell in sheet[row]])
    names = [cell.value for cell in sheet[head]]
    kept = head + 5
    title = str(sheet.cell(kept, names.index("Nama Inovasi") + 1).value)
    column = next(place for place, name in enumerate(names, start=1) if str(name).startswith("20"))
    level = sheet.cell(kept, column).value
    sheet.cell(kept, column).value = 0 if level else 1
    sheet.delete_rows(kept + 1, sheet.max_row)
    sheet.delete_rows(head + 1, kept - head - 1)
    path = folder / "lembar-kendali-kembali.xlsx"
    book.save(path)
    return path, title
