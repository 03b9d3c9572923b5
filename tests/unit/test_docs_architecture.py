"""The page on how it is built: its walk runs and gives what it shows, and all that it names exists, rooms included."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.doc_tree import blocks_of

PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("iga", "warehouse", "analysis", "etl", "simulation", "reports", "workbench")
FOLDERS = (*PACKAGES, "notebooks", "examples", "tests", "docs")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OF_A_HOME = re.compile(r"reports/(status\.\w+|\.kept/)")
"""Files of a home, which has a folder `reports/` too."""


WRITTEN = {Path(block.path).name for page in PAGES for block in blocks_of(page.read_text("utf-8")) if block.path}
"""Files that a how-to page writes: they are there when it is followed."""


def examples_of(text: str, name: str) -> doctest.DocTest:
    """Every `>>>` of the page's `pycon` blocks as one session; lines between blocks are left out."""
    blocks = re.findall(r"^```pycon\n(.+?)^```", text, re.DOTALL | re.MULTILINE)
    return doctest.DocTestParser().get_doctest("\n".join(blocks), {}, name, name, 0)


def run(test: doctest.DocTest) -> str:
    """What did not come out as shown; empty where all did."""
    complaints: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=complaints.append)
    return "".join(complaints)


def test_the_walk_gives_what_the_page_shows(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(example_home))
    test = examples_of(PAGE.read_text(encoding="utf-8"), PAGE.name)
    assert len(test.examples) > 40
    assert run(test) == ""


def test_a_figure_that_does_not_come_out_is_told() -> None:
    assert "Expected:\n    3" in run(examples_of("```pycon\n>>> 1 + 1\n3\n```\n", "page"))


def test_the_walk_passes_every_station() -> None:
    headings = re.findall(r"^### (\d+)\. ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [str(number) for number in range(1, 13)]


def rooms() -> set[str]:
    """The rooms of each package: its folders with files of the project."""
    hidden = ("__", ".")
    return {
        f"{package}/{folder.name}/"
        for package in PACKAGES
        for folder in (ROOT / package).iterdir()
        if folder.is_dir() and not folder.name.startswith(hidden) and folder.name != "share"
        if any(path.is_file() and "__pycache__" not in path.parts for path in folder.rglob("*"))
    }


def test_the_page_lists_the_rooms_that_there_are() -> None:
    table = re.findall(r"^\| (`[a-z]+/[a-z]+/`(?:, `[a-z]+/[a-z]+/`)*) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = [room for cell in table for room in re.findall(r"`([^`]+)`", cell)]
    assert sorted(listed) == sorted(rooms())


def test_the_direction_of_imports_is_the_one_that_is_held() -> None:
    from tests.unit.test_architecture import MAY_IMPORT

    rows = re.findall(r"^\| `(\w+)/` \|.*\| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {package: set(re.findall(r"`(\w+)`", cell)) for package, cell in rows}
    told["workbench"] = set(PACKAGES) - {"workbench"}  # "all of them"
    assert told == {package: allowed - {package} for package, allowed in MAY_IMPORT.items()}


def resolves(dotted: str) -> bool:
    """Whether a dotted name is a module, or a member of one."""
    module, members = dotted, []
    while module:
        try:
            found: object = import_module(module)
        except ModuleNotFoundError:
            module, _, member = module.rpartition(".")
            members.insert(0, member)
            continue
        for member in members:
            if not hasattr(found, member):
                return False
            found = getattr(found, member)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_and_members_that_the_pages_name_exist(page: Path) -> None:
    text = re.sub(r"^```.+?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    suffixes = "toml|csv|py|sql|md|yaml|ipynb|json|typed"
    names = re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`", text)
    assert [name for name in names if not re.search(rf"\.(?:{suffixes})$", name) and not resolves(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_that_the_pages_name_exist(page: Path) -> None:
    text = re.sub(r"^```.+?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*)`", text)
    places = [path.rpartition("/")[0] if "*" in path else path for path in named if not OF_A_HOME.fullmatch(path)]
    places = [place for place in places if Path(place).name not in WRITTEN]
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_a_name_that_is_not_there_is_found() -> None:
    assert resolves("iga.score.index_of") and not resolves("iga.score.indx_of") and not resolves("etl.nothing.receive")
