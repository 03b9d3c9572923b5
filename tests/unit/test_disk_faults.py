"""Files are whole or not there, their names come last, and what another program has open is waited for and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.failing_disk import FailingDisk, LosingDisk, PowerCut, in_place_of_the_disk
from warehouse import disk


def writers() -> dict[str, Callable[[Path], None]]:
    def by_stream(path: Path) -> None:
        with disk.new_file(path) as stream:
            disk.system.write(stream, b"new")

    def by_library(path: Path) -> None:
        with disk.made_by_library(path) as private:
            private.write_bytes(b"new")

    def copied(path: Path) -> None:
        source = path.with_name("source")
        source.write_bytes(b"new")
        disk.copy(source, path)
        source.unlink()

    return {
        "bytes": lambda path: disk.write_bytes(path, b"new"),
        "text": lambda path: disk.write_text(path, "new"),
        "stream": by_stream,
        "library": by_library,
        "copy": copied,
    }


@pytest.mark.parametrize("name", writers())
@pytest.mark.parametrize("step", range(1, 6))
def test_a_file_is_the_former_or_the_new_one_whichever_step_fails(name: str, step: int, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"former")
    with in_place_of_the_disk(FailingDisk(step)):
        try:
            writers()[name](path)
            is_done = True
        except OSError:
            is_done = False
    assert path.read_bytes() in ((b"new",) if is_done else (b"former", b"new"))
    assert {inside.name for inside in tmp_path.iterdir()} <= {"a.txt", "source"}


@pytest.mark.parametrize("name", writers())
def test_what_was_written_outlives_a_power_cut(name: str, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "deep" / "a.txt"
    losing = LosingDisk(tmp_path / "home", tmp_path / "aside")
    with in_place_of_the_disk(losing):
        path.parent.mkdir()
        writers()[name](path)
        with pytest.raises(PowerCut):
            losing.is_off = True
            disk.write_text(path, "later")
    losing.lose()
    assert path.read_bytes() == b"new"


def test_a_folder_is_whole_before_it_has_its_name(tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    private, target = tmp_path / "home" / ".site", tmp_path / "home" / "site"
    (tmp_path / "home").mkdir()
    losing = LosingDisk(tmp_path / "home", tmp_path / "aside")
    with in_place_of_the_disk(losing):
        disk.write_text(private / "en" / "page.html", "<p>", synced=False)
        disk.sync_tree(private)
        disk.replace(private, target)
    losing.lose()
    assert (target / "en" / "page.html").read_bytes() == b"<p>"


def test_folders_files_and_links_are_removed_with_what_is_in_them(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "folder"
    disk.write_bytes(folder / "deep" / "a", b"")
    if hasattr(os, "symlink"):
        (folder / "link").symlink_to(outside)
    disk.remove(folder)
    disk.remove(folder)
    assert not folder.exists() and (outside / "kept").exists()


def test_a_private_name_is_no_longer_than_the_file_system_takes(tmp_path: Path) -> None:
    name = "é" * 125 + ".txt"
    disk.write_text(tmp_path / name, "x")
    assert (tmp_path / name).read_text(encoding="utf-8") == "x"
