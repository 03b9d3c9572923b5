"""The how-to pages are followed step by step in a copy of the tree, and what they show is what comes out."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import nbformat
import openpyxl
import pytest

from tests.conftest import ROOT
from tests.doc_tree import DocTree, blocks_of


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def test_a_layout_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    tree.follow(page("new_layout"))
    assert len(tree.ran) == 6


def test_a_column_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    tree.take_files(page("new_layout"))
    tree.run("mv data/layouts/usulan_kota.toml etl/layouts/")
    tree.follow(page("new_column"))
    assert len(tree.ran) == 6


def test_a_city_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    tree.follow(page("new_city"))
    assert len(tree.ran) == 7


def test_a_rulebook_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    inbox = tmp_path / "data" / "inbox" / "magelang"
    shutil.copytree(ROOT / "examples" / "inbox" / "magelang", inbox)
    tree.follow(page("new_rulebook"))
    assert len(tree.ran) == 8


def test_a_report_is_added_as_the_page_says(tmp_path: Path, example_home: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    for folder in ("archive", "snapshots"):
        shutil.copytree(example_home / folder, tmp_path / "data" / folder)
    shutil.copy(example_home / "current.json", tmp_path / "data")
    tree.follow(page("new_report"))
    assert len(tree.ran) == 3


def notebook_of(text: str, *, shows_all: bool) -> nbformat.NotebookNode:
    """The notebook that docs/own_notebook.md makes; without `shows_all` its cells show sentences only."""
    sources = [block.text.rstrip("\n") for block in blocks_of(text) if block.language == "python"]
    if not shows_all:
        sources = [source if "Markdown(" in source else without_what_is_shown(source) for source in sources]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    return nbformat.v4.new_notebook(cells=cells)


def without_what_is_shown(source: str) -> str:
    """The cell without the expression at its end."""
    tree = ast.parse(source)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        tree.body.pop()
    return ast.unparse(tree)


@pytest.fixture
def own_notebook_tree(tmp_path: Path, example_home: Path) -> DocTree:
    tree = DocTree.in_folder(tmp_path)
    for folder in ("archive", "lake", "snapshots"):
        shutil.copytree(example_home / folder, tmp_path / "data" / folder)
    shutil.copy(example_home / "current.json", tmp_path / "data")
    (tmp_path / "data" / "notebooks").mkdir()
    return tree


def follow_own_notebook(tree: DocTree, *, shows_all: bool) -> Path:
    """Make the notebook, do what the page says, and give the folder of its site."""
    text = page("own_notebook")
    path = tree.root / "data" / "notebooks" / "inovasi_unit.ipynb"
    nbformat.write(notebook_of(text, shows_all=shows_all), path)
    tree.follow(text)
    assert len(tree.ran) == 3
    site = tree.root / "data" / "reports" / "unit_kota"
    assert (site / "unit-bengkulu-2026.pdf").read_bytes().startswith(b"%PDF-")
    assert openpyxl.load_workbook(site / "unit-bengkulu-2026.xlsx").sheetnames
    assert "inovasi bernilai di bawah 70." in (site / "unit-bengkulu-2026.html").read_text(encoding="utf-8")
    return site


def test_a_notebook_of_ones_own_becomes_a_page_a_pdf_and_a_scheduled_site_as_the_page_says(
    own_notebook_tree: DocTree,
) -> None:
    tree = own_notebook_tree
    site = follow_own_notebook(tree, shows_all=False)
    state = json.loads((site.parent / "status.json").read_text(encoding="utf-8"))
    assert [(told["site"], told["state"]) for told in state["sites"]] == [("unit_kota", "unchanged")]

    path = tree.root / "data" / "notebooks" / "inovasi_unit.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("bernilai di bawah", "bernilai kurang dari"))
    tree.run("iga schedule run")
    assert "inovasi bernilai kurang dari 70." in (site / "unit-bengkulu-2026.html").read_text(encoding="utf-8")
    state = json.loads((site.parent / "status.json").read_text(encoding="utf-8"))
    assert [(told["state"], told["pages_built"]) for told in state["sites"]] == [("built", 1)]


def test_what_its_cells_show_is_in_the_page_the_pdf_and_the_workbook(own_notebook_tree: DocTree) -> None:
    site = follow_own_notebook(own_notebook_tree, shows_all=True)
    html = (site / "unit-bengkulu-2026.html").read_text(encoding="utf-8")
    assert "85,38" in html and "innovation_count" in html and "Inovasi per jenis unit" in html and "<svg" in html
    sheets = openpyxl.load_workbook(site / "unit-bengkulu-2026.xlsx")
    kinds = [row[0].value for sheet in sheets for row in sheet.iter_rows()]
    assert "puskesmas" in kinds


def test_a_page_that_shows_what_does_not_come_out_is_found(tmp_path: Path) -> None:
    tree = DocTree(tmp_path)
    tree.follow(
        "Write `a/b.txt`:\n\n```text\none\ntwo\n```\n\n```diff\n--- a/b.txt\n+++ a/b.txt\n@@\n one\n-two\n+2\n```\n"
    )
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "one\n2\n"
    with pytest.raises(AssertionError, match="0 places"):
        tree.change("+++ a/b.txt\n@@\n-three\n")
    with pytest.raises(AssertionError, match="not said by"):
        tree.follow("```sh\npython -c 'print(1)'\n```\n\n```text\n2\n```\n")
    with pytest.raises(AssertionError, match=r"SystemExit\(1\)': 1"):
        tree.follow("```sh\npython -c 'raise SystemExit(1)'\n```\n")
