"""Windows's rules for files, simulated (`tests/windows_rules`): what a home and its pages do under them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT

RULES = ROOT / "tests" / "windows_rules"


def environment(root: Path) -> dict[str, str]:
    """What a process is given so that it, and all that it starts, obeys the rules below a folder."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(RULES), str(ROOT))),
        "IGA_WINDOWS_RULES": "1",
        "IGA_WINDOWS_RULES_ROOTS": str(root),
        "IGA_FILE_PATIENCE": "0.5",
        "IGA_LANG": "en",
    }


def under_the_rules(root: Path, program: str) -> str:
    """Run a program in a process that obeys the rules; return what it printed."""
    arguments = [sys.executable, "-c", program, str(root)]
    done = subprocess.run(arguments, env=environment(root), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


@contextmanager
def held_open(path: Path) -> Iterator[None]:
    """Have another process keep a file open."""
    program = "import sys; stream = open(sys.argv[1], 'rb'); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        yield
    finally:
        other.communicate("")


OPERATIONS = {
    "p('free').rename(p('free2'))": None,
    "p('free3').replace(p('free2'))": None,
    "p('free2').unlink()": None,
    "p('folder').rename(p('folder2'))": None,
    "p('folder2').rmdir()": None,
    "p('held').replace(p('new'))": 32,
    "p('held').unlink()": 32,
    "p('source').replace(p('held'))": 32,
    "p('around').rename(p('elsewhere'))": 32,
    "shutil.rmtree(p('around'))": 32,
    "own = p('own').open('w'); p('own').unlink()": 32,
    "os.chdir(p('work')); p('work').rmdir()": 32,
    "os.chdir('/'); p('work').rmdir()": None,
    "p('empty1').replace(p('empty2'))": 5,
    "p('source').replace(p('source'))": None,
    "p('held').read_text()": None,
    "p('a:b').write_text('')": 123,
    "p('Aux.txt').write_text('')": 123,
    "p('com1').mkdir()": 123,
    "p('ends.').mkdir()": 123,
    "p('ends ').mkdir()": 123,
    "p('source').rename(p('why?'))": 123,
    "p('control\\n').write_text('')": 123,
    "p('console.txt').write_text('')": None,
    "open('/dev/null', 'w').close()": None,
}
"""Operation -> the error code of Windows that refuses it. They run in this order."""


def test_the_rules_hold(tmp_path: Path) -> None:
    for name in ("free", "free3", "held", "source"):
        (tmp_path / name).write_text("x")
    for name in ("folder", "around", "work", "empty1", "empty2"):
        (tmp_path / name).mkdir()
    (tmp_path / "around" / "inside").write_text("x")
    program = (
        "import json, os, shutil, sys\nfrom pathlib import Path\np = lambda name: Path(sys.argv[1]) / name\n"
        "codes = {}\n"
        f"for operation in {list(OPERATIONS)!r}:\n"
        "    try:\n        exec(operation)\n        codes[operation] = None\n"
        "    except OSError as error:\n        codes[operation] = getattr(error, 'winerror', str(error))\n"
        "print(json.dumps(codes))"
    )
    with held_open(tmp_path / "held"), held_open(tmp_path / "around" / "inside"):
        assert json.loads(under_the_rules(tmp_path, program)) == OPERATIONS
    assert (tmp_path / "held").read_text() == "x"


HOME = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from analysis import open_snapshot
from tests.city_files import innovation, load, portal_list, put
from tests.integration.test_windows_rules import held_open
from warehouse import list_snapshots
from warehouse.home import Home
from warehouse.keeping.backup import back_up, restore
from warehouse.keeping.retention import Retention, prune

root = Path(sys.argv[1])
home = Home.at(root / "home")
home.create()
put(home, "bengkulu/2026/satu.xlsx", portal_list(innovation("Satu")))
first = load(home).snapshot_id
later = datetime.now(tz=UTC) + timedelta(days=100)
with held_open(home.snapshots / f"{first}.duckdb"):
    put(home, "bengkulu/2026/dua.xlsx", portal_list(innovation("Dua"), innovation("Tiga")))
    second = load(home).snapshot_id
    judged = prune(home, Retention(keep_newest=1, keep_days=1), later)
    assert dict(judged.select("snapshot_id", "kept_by").rows()) == {second: "current", first: "open"}, judged
    assert set(list_snapshots(home.root)["snapshot_id"]) == {first, second}
    back_up(home, root / "copy.tar.gz", later)
    restore(root / "copy.tar.gz", Home.at(root / "again"))
assert prune(home, Retention(keep_newest=1, keep_days=1), later)["is_pruned"].sum() == 1
assert list_snapshots(home.root)["snapshot_id"].to_list() == [second]
with open_snapshot(home=root / "again") as snapshot:
    assert snapshot.snapshot_id == second
left = [path.name for path in root.rglob(".*") if path.name.startswith((".restore", ".build", ".tmp"))]
assert not left, left
print("whole")
"""


def test_loads_pruning_backup_and_restore_while_a_reader_has_the_first_snapshot_open(tmp_path: Path) -> None:
    assert under_the_rules(tmp_path, HOME).endswith("whole\n")


SITE = """
import sys
from pathlib import Path
import nbformat
import reports.run.notebook as run
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.registry import REGISTRY
from reports.site.site_builder import build_site
from tests.city_files import innovation, load, portal_list, put
from tests.integration.test_build_failures import failing_site
from tests.integration.test_windows_rules import held_open
from warehouse.disk import FileInUse
from warehouse.home import Home

root = Path(sys.argv[1])
(root / "notebooks").mkdir()
given = nbformat.v4.new_code_cell(
    "edition = 2020\\ncity = score = rulebook = lang = snapshot = ''", metadata={"tags": ["parameters"]}
)
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
nbformat.write(nbformat.v4.new_notebook(cells=[given], metadata=kernel), root / "notebooks" / "failing.ipynb")
run.NOTEBOOK_FOLDERS = (root / "notebooks",)
REGISTRY["failing"] = CityIndexParameters
home = Home.at(root / "home")
home.create()
put(home, "bengkulu/2026/satu.xlsx", portal_list(innovation("Satu")))
load(home)
build = lambda: build_site(failing_site(), home=home.root, limit=1)
assert build().failures == ()
site = home.reports / "failing"
page = next(site.rglob("2020*.html"))
read = lambda: {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
before = read()
with held_open(page):
    try:
        build()
    except FileInUse as error:
        assert page.name in str(error), error
    else:
        raise AssertionError("built over an open file")
    now = read()
    # The front page alone says that the last build failed, and why.
    changed = [path.name for path in {*now, *before} if now.get(path) != before.get(path)]
    assert changed == ["index.html"] and page.name.encode() in now[site / "index.html"], changed
assert build().failures == ()
left = [path.name for path in home.reports.iterdir() if path.name.startswith(".failing.")]
assert not left, left
print("whole")
"""


SWAP = """
import sys
from pathlib import Path
from reports.site.folder import swap
from tests.integration.test_windows_rules import held_open
from warehouse.disk import FileInUse

site, private = Path(sys.argv[1]) / "situs", Path(sys.argv[1]) / ".situs.1"
for folder, text in ((site, "old"), (private, "new")):
    folder.mkdir()
    for name in ("bengkulu-2026.html", "bengkulu-2026.pdf"):
        (folder / name).write_text(text)
with held_open(site / "bengkulu-2026.pdf"):
    try:
        swap(private, site)
    except FileInUse as error:
        assert str(error).startswith("bengkulu-2026.pdf is open"), error
    else:
        raise AssertionError("swapped under an open file")
    assert {path.read_text() for path in site.iterdir()} == {"old"}
swap(private, site)
assert {path.read_text() for path in site.iterdir()} == {"new"}
assert [path.name for path in site.parent.iterdir()] == ["situs"]
print("whole")
"""


def test_a_site_of_which_a_file_is_open_stands_whole_and_the_file_is_named(tmp_path: Path) -> None:
    assert under_the_rules(tmp_path, SWAP).endswith("whole\n")


@pytest.mark.slow
def test_a_build_over_an_open_page_is_told_on_the_front_page_and_made_once_it_is_closed(tmp_path: Path) -> None:
    assert under_the_rules(tmp_path, SITE).endswith("whole\n")


SAMPLE = "tests/integration/test_keeping.py::test_pruning_spares_what_the_rule_a_report_or_a_citation_keeps"
"""It tells apart whether the rules hold: what a reader has open stays."""


def outcomes_under_the_rules(*arguments: str) -> dict[str, int]:
    """Run tests in a process that obeys the rules in all that they write; how many had which outcome."""
    # Sockets of tests are files below it, and the name of a socket has 107 letters at most: a short name.
    with tempfile.TemporaryDirectory(prefix="w", ignore_cleanup_errors=True) as short:
        below = Path(short) / "t"
        words = ["-q", "-rfEs", "--maxfail=1000", "-n", "1", f"--basetemp={below}", *arguments]
        settings = {**environment(below), "TMPDIR": short}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            env={name: value for name, value in settings.items() if not name.startswith(("PYTEST_", "IGA_LANG"))},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    print(done.stdout[-20_000:])
    assert done.returncode == 0, done.stdout[-20_000:]
    return {outcome: int(count) for count, outcome in re.findall(r"(\d+) ([a-z]+)", done.stdout.splitlines()[-1])}


@pytest.mark.slow
def test_a_test_of_the_integration_suite_passes_under_the_rules() -> None:
    assert outcomes_under_the_rules(SAMPLE)["passed"] == 1


@pytest.mark.slow
def test_the_whole_integration_suite_passes_under_the_rules() -> None:
    # Those marked slow (many kills, every fault) are left out, as in the ordinary suite.
    outcomes = outcomes_under_the_rules("--ignore", str(Path(__file__)), "tests/integration")
    assert outcomes["passed"] > 700, outcomes
