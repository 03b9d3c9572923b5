"""Disks for tests: one whose n-th step fails, and one that loses at a power cut what was not synced.

Both stand in the place of `warehouse.disk.system`, through which every write, rename and deletion of the packages goes.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest

from warehouse import disk
from warehouse.disk import OperatingSystem


class PowerCut(BaseException):
    """The machine goes off: nothing that stands in an `except Exception` or after it is done any more."""


@dataclass
class FailingDisk(OperatingSystem):
    """A disk that counts its steps and fails at one of them.

    `fails_at` counts from 1; 0 never fails. With `for_good` every later step fails as well, as on a full disk.
    """

    fails_at: int = 0
    code: int = errno.EIO
    for_good: bool = False
    steps: list[str] = field(default_factory=list)

    def _step(self, name: str) -> None:
        self.steps.append(name)
        count = len(self.steps)
        if self.fails_at and (count == self.fails_at or (self.for_good and count > self.fails_at)):
            raise OSError(self.code, os.strerror(self.code), name)

    def write(self, stream: BinaryIO, content: bytes) -> None:
        """Count, then write; a write that fails has written half."""
        try:
            self._step("write")
        except OSError:
            stream.write(content[: len(content) // 2])
            raise
        super().write(stream, content)

    def sync(self, descriptor: int) -> None:
        """Count, then sync."""
        self._step("sync")
        super().sync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Count, then rename."""
        self._step(f"replace {target.name}")
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        """Count only: a deletion that fails is met with a write that fails before it."""
        super().unlink(path)

    def mkdir(self, path: Path) -> None:
        """Count, then make."""
        self._step(f"mkdir {path.name}")
        super().mkdir(path)


class LosingDisk(OperatingSystem):
    """A disk that is cut off before its n-th step and loses, below `root`, what nobody has synced.

    A file that was written and not synced is found full of zeros, which is what a journal that keeps names before
    contents leaves. A name that was given in a folder that was not synced afterwards is not there: the former file is.
    """

    def __init__(self, root: Path, aside: Path, cut_at: int = 0) -> None:
        self.root = root
        self.aside = aside
        self.cut_at = cut_at
        self.count = 0
        self.is_off = False
        self.synced = self._states()
        self.pending: list[tuple[Path, Callable[[], None]]] = []

    def _states(self) -> set[tuple[int, int, int]]:
        return {self._state(path.stat()) for path in self.root.rglob("*") if path.is_file()}

    @staticmethod
    def _state(found: os.stat_result) -> tuple[int, int, int]:
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _step(self) -> None:
        self.count += 1
        if self.is_off or self.count == self.cut_at:
            self.is_off = True
            raise PowerCut

    def write(self, stream: BinaryIO, content: bytes) -> None:
        """Write into the memory of the machine."""
        self._step()
        super().write(stream, content)

    def sync(self, descriptor: int) -> None:
        """Keep what the file holds, or the names of a folder."""
        self._step()
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        if place.is_dir():
            self.pending = [(folder, undo) for folder, undo in self.pending if folder != place]
        else:
            self.synced.add(self._state(os.fstat(descriptor)))

    def replace(self, source: Path, target: Path) -> None:
        """Rename, and remember how to undo it."""
        self._step()
        former: Path | None = None
        if target.is_file():
            former = self.aside / f"former-{self.count}"
            shutil.copy2(target, former)
            state = self._state(target.stat())
        super().replace(source, target)

        def undo() -> None:
            if target.exists() and source.parent.is_dir():
                target.replace(source)
            elif target.is_file():  # the folder that it came from was taken away, and the file with it
                target.unlink()
            if former is not None:
                shutil.copy2(former, target)
                if state in self.synced:
                    self.synced.add(self._state(target.stat()))

        self.pending.append((target.parent, undo))

    def unlink(self, path: Path) -> None:
        """Take away; whether a deletion outlives a cut is not waited for by anybody."""
        if self.is_off:
            raise PowerCut
        super().unlink(path)

    def rmdir(self, path: Path) -> None:
        """Take away."""
        if self.is_off:
            raise PowerCut
        super().rmdir(path)

    def mkdir(self, path: Path) -> None:
        """Make a folder, and remember how to undo it."""
        self._step()
        super().mkdir(path)
        self.pending.append((path.parent, lambda: shutil.rmtree(path, ignore_errors=True)))

    def lose(self) -> list[str]:
        """Do what the cut did; the files that were lost."""
        for _, undo in reversed(self.pending):
            undo()
        lost = []
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.is_symlink() and self._state(path.stat()) not in self.synced:
                path.write_bytes(bytes(path.stat().st_size))
                lost.append(path.relative_to(self.root).as_posix())
        return lost


@contextmanager
def in_place_of_the_disk(system: OperatingSystem) -> Iterator[None]:
    """Let every file step go through this disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "system", system)
        yield


def steps_of(work: Callable[[], object]) -> list[str]:
    """The steps that a work takes when nothing fails."""
    counting = FailingDisk()
    with in_place_of_the_disk(counting):
        work()
    return counting.steps
