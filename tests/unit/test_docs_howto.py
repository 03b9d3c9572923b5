"""The how-to pages are followed step by step in a copy of the tree, and what they show is what comes out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.doc_tree import DocTree


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def test_a_layout_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    tree.follow(page("new_layout"))
    assert len(tree.ran) == 6


def test_a_column_is_added_as_the_page_says(tmp_path: Path) -> None:
    tree = DocTree.in_folder(tmp_path)
    tree.take_files(page("new_layout"))
    tree.run("mv usulan_kota.toml etl/layouts/")
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
