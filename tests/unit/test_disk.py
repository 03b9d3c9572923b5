"""Files are whole or not there, their names come last, and what another program has open is waited for and named."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.failing_disk import FailingDisk, LosingDisk, PowerCut, in_place_of_the_disk
from warehouse import disk
from warehouse.disk import FileInUse, OperatingSystem
from warehouse.errors import ExitCode


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
        disk.put(private / "en" / "page.html", "<p>")
        disk.sync_tree(private)
        disk.replace(private, target)
    losing.lose()
    assert (target / "en" / "page.html").read_bytes() == b"<p>"


class Held(OperatingSystem):
    """A disk on which another program has files open, for some tries."""

    def __init__(self, name: str, tries: int) -> None:
        self.name, self.tries = name, tries

    def _refuse(self, *paths: Path) -> None:
        if self.tries > 0 and any(path.name == self.name for path in paths):
            self.tries -= 1
            error = PermissionError(errno.EACCES, "used by another process")
            error.winerror = 32  # type: ignore[attr-defined, unused-ignore]
            raise error

    def replace(self, source: Path, target: Path) -> None:
        self._refuse(source, target)
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self._refuse(path)
        super().unlink(path)


def test_a_file_that_is_open_elsewhere_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "surat.docx"
    path.write_bytes(b"former")
    with in_place_of_the_disk(Held("surat.docx", 2)):
        disk.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_file_that_stays_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(disk.PATIENCE, "0.2")
    path = tmp_path / "surat.docx"
    path.write_bytes(b"former")
    started = time.monotonic()
    with (
        in_place_of_the_disk(Held("surat.docx", 1_000)),
        pytest.raises(FileInUse, match=r"surat\.docx is open") as told,
    ):
        disk.write_bytes(path, b"new")
    assert told.value.place == str(path) and told.value.exit_code == ExitCode.HOME
    assert 0.2 <= time.monotonic() - started < 5
    assert path.read_bytes() == b"former" and [inside.name for inside in tmp_path.iterdir()] == ["surat.docx"]
    with in_place_of_the_disk(Held("surat.docx", 1_000)), pytest.raises(FileInUse):
        disk.remove(path, waits=False)


def test_another_refusal_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Path) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(disk.system, "unlink", refused, raising=False)
    (tmp_path / "a").touch()
    started = time.monotonic()
    with pytest.raises(PermissionError):
        disk.remove(tmp_path / "a")
    assert time.monotonic() - started < 1


def test_folders_files_and_links_are_removed_with_what_is_in_them(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "folder"
    disk.put(folder / "deep" / "a", b"")
    if hasattr(os, "symlink"):
        (folder / "link").symlink_to(outside)
    disk.remove(folder)
    disk.remove(folder)
    assert not folder.exists() and (outside / "kept").exists()


def test_a_private_name_is_no_longer_than_the_file_system_takes(tmp_path: Path) -> None:
    name = "é" * 125 + ".txt"
    disk.write_text(tmp_path / name, "x")
    assert (tmp_path / name).read_text(encoding="utf-8") == "x"
