"""Builds that go wrong with real kernels: a cell that raises, a kernel that dies or hangs, a kill, a full disk."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import reports.run.notebook as run_module
import reports.site.site_builder as site_module
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.registry import REGISTRY
from reports.run.declaration import Part, Site, Words
from reports.site.builds_cut_off import builds_cut_off
from reports.site.folder import restore
from reports.site.site_builder import build_site
from tests.conftest import ROOT
from warehouse.errors import HomeUnusable, WorkbenchError
from warehouse.home import Home

NAMES = {"sound": "pass", "raises": "1 / 0", "dies": "import os\nos._exit(3)", "hangs": "import time\ntime.sleep(60)"}
SAME = Words(id="{city} {edition}", en="{city} {edition}")


def failing_site() -> Site:
    """A page for each way to fail; the edition of a page says which, so that one notebook serves all."""
    part = Part(
        name="pages",
        title=Words(id="Halaman", en="Pages"),
        notebook="failing",
        parameters={"city": "bengkulu"},
        each={"edition": [2020 + number for number in range(len(NAMES))]},
        page="{edition}",
        heading=SAME,
        subtitle=SAME,
    )
    words = Words(id="Uji", en="Trial")
    return Site(name="failing", title=words, subtitle=words, front="contents", parts=(part,))


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A notebook that does what the file beside it says for its edition."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    given = "edition = 2020\ncity = score = rulebook = lang = snapshot = ''"
    parameters = nbformat.v4.new_code_cell(given, metadata={"tags": ["parameters"]})
    act = nbformat.v4.new_code_cell(f"exec(open({str(folder / 'act')!r} + str(edition)).read())")
    path = folder / "failing.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[parameters, act], metadata=_KERNEL), path)
    monkeypatch.setattr(run_module, "NOTEBOOK_FOLDERS", (folder,))
    monkeypatch.setitem(REGISTRY, "failing", CityIndexParameters)
    for number in range(len(NAMES)):
        (folder / f"act{2020 + number}").write_text("pass", encoding="utf-8")
    yield path


_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    root = tmp_path / "home"
    root.mkdir()
    shutil.copy2(example_home / "current.json", root / "current.json")
    shutil.copytree(example_home / "snapshots", root / "snapshots")
    return Home.at(root)


def contents(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home.reports / "failing").iterdir() if path.name != "build.json"}


def test_each_failure_is_told_with_its_cell_and_costs_no_good_page(
    home: Home, notebook: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sound = build_site(failing_site(), home=home.root)
    assert sound.exit_code == 0 and len(sound.pages) == len(NAMES)
    good = contents(home)
    for number, code in enumerate(NAMES.values()):
        notebook.with_name(f"act{2020 + number}").write_text(code, encoding="utf-8")
    started = time.monotonic()
    failed = build_site(failing_site(), home=home.root, cell_seconds=3)
    assert time.monotonic() - started < 50
    gc.collect()
    assert "Task was destroyed" not in caplog.text and "Timeout waiting" not in caplog.text
    outcomes = dict(zip(NAMES, failed.outcomes, strict=True))
    assert [outcome.status for outcome in outcomes.values()] == ["built", "kept", "kept", "kept"]
    assert "ZeroDivisionError" in outcomes["raises"].cause and outcomes["raises"].cell == 2
    assert "Kernel died" in outcomes["dies"].cause and outcomes["dies"].cell == 2
    assert "3 detik" in outcomes["hangs"].cause and outcomes["hangs"].cell == 2
    now = contents(home)
    assert all(now[name] == good[name] for name in good if name != "index.html")
    front = now["index.html"].decode()
    assert "ZeroDivisionError" in front and "Kernel died" in front and "3 detik" in front

    for number in range(len(NAMES)):
        notebook.with_name(f"act{2020 + number}").write_text("pass", encoding="utf-8")
    assert build_site(failing_site(), home=home.root).failures == ()
    assert contents(home) == good


def test_a_full_disk_leaves_the_old_site_and_says_so(
    home: Home, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_site(failing_site(), home=home.root, limit=1)
    good = contents(home)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for step in ("write_outputs", "contents_body"):
        with monkeypatch.context() as patched:
            patched.setattr(site_module, step, full)
            with pytest.raises(HomeUnusable, match="disk is full") as caught:
                build_site(failing_site(), home=home.root, limit=1)
        assert caught.value.exit_code == 10
        now = contents(home)
        front = now.pop("index.html").decode()
        assert now == {name: page for name, page in good.items() if name != "index.html"}
        assert "tidak dapat dibangun lagi" in front and "Disk penuh" in front and front.count("site-failed") == 2
        assert not list(home.reports.glob(".failing.*"))
    build_site(failing_site(), home=home.root, limit=1)
    assert contents(home) == good
    with pytest.raises(WorkbenchError):
        build_site(failing_site(), "0" * 16, home=home.root, limit=1)
    assert contents(home) == good, "a mistyped snapshot says nothing of the pages that stand"


@pytest.mark.slow
def test_a_build_that_is_killed_leaves_the_old_site_and_no_process_and_the_next_mends_it(
    home: Home, notebook: Path
) -> None:
    build_site(failing_site(), home=home.root, limit=1)
    good = contents(home)
    mark = notebook.with_name("kernel")
    act = f"import os, time, pathlib\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    notebook.with_name("act2020").write_text(act, encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; import reports.run.notebook as run\n"
        "from reports.pages.city_index.parameters import CityIndexParameters\n"
        "from reports.pages.registry import REGISTRY\n"
        "from tests.integration.test_build_failures import failing_site\n"
        "from reports.site.site_builder import build_site\n"
        "run.NOTEBOOK_FOLDERS = (Path(sys.argv[1]),); REGISTRY['failing'] = CityIndexParameters\n"
        "build_site(failing_site(), home=sys.argv[2], limit=1)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", program, str(notebook.parent), str(home.root)]
    building = subprocess.Popen(arguments, env=environment)
    assert until(lambda: mark.is_file() and mark.read_text() != "", 60)
    building.send_signal(signal.SIGKILL)
    building.wait()
    kernel = Path(f"/proc/{mark.read_text()}")
    assert contents(home) == good and builds_cut_off(home) == ["failing"]
    if sys.platform == "linux":
        assert until(lambda: not kernel.exists(), 15), "the kernel outlives its build"

    notebook.with_name("act2020").write_text("pass", encoding="utf-8")
    assert build_site(failing_site(), home=home.root, limit=1).failures == ()
    assert contents(home) == good and builds_cut_off(home) == []


def until(is_so: Any, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def test_a_swap_that_was_cut_between_its_two_steps_is_undone(tmp_path: Path) -> None:
    put_aside = tmp_path / ".site.abc.old"
    put_aside.mkdir()
    (put_aside / "index.html").write_text("good", encoding="utf-8")
    (tmp_path / ".site.def").mkdir()
    restore(tmp_path / "site")
    assert (tmp_path / "site" / "index.html").read_text(encoding="utf-8") == "good"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_mendable_fault_in_a_notebook_is_told_in_the_language_of_the_page(home: Home, notebook: Path) -> None:
    act = notebook.with_name("act2020")
    act.write_text("from iga.rulebook import load_rulebook\nload_rulebook(1999)", encoding="utf-8")
    cause = build_site(failing_site(), home=home.root, limit=1).outcomes[0].cause
    told = (
        "Notebook failing berhenti di sel 2: edisi 1999: belum ada buku aturan untuk edisi ini. Buku aturan yang ada:"
    )
    assert cause.startswith(told)
