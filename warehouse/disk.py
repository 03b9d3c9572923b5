"""Every file that the program writes, renames or deletes: whole or not at all, on the disk before it has its name.

A name is given in one step (`os.replace`) after the bytes are synced, and the folder is synced after that, so that a
power cut leaves the old file or the new one. Windows refuses to rename or delete what another program has open: such a
step waits and is tried again, and then names the file to close. Nothing else in this project calls the functions of the
operating system for these steps (`tests/unit/test_disk.py`).
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from warehouse.errors import ExitCode, WorkbenchError
from warehouse.open_programs import programs_with

PATIENCE = "IGA_FILE_PATIENCE"
"""Environment variable: how many seconds a step waits for another program to let go of a file."""

DEFAULT_PATIENCE = 10.0
_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_LONGEST_NAME = 200

IN_USE = {5, 32, 33}
"""Error codes of Windows for what another program has open: access denied, sharing violation, lock violation."""

Result = TypeVar("Result")


class FileInUse(WorkbenchError):
    """Another program has a file open that is to be replaced or deleted; what was there before stands."""

    exit_code = ExitCode.HOME


class Disk(Protocol):
    """What is asked of the operating system; tests put one in its place that fails, forgets, or has Windows's rules."""

    def write(self, stream: BinaryIO, content: bytes) -> None:
        """Write all of the bytes."""

    def sync(self, descriptor: int) -> None:
        """Bring what is written to a file or folder to the disk."""

    def replace(self, source: Path, target: Path) -> None:
        """Give a file or folder another name; a file of that name is replaced."""

    def unlink(self, path: Path) -> None:
        """Take a file away."""

    def rmdir(self, path: Path) -> None:
        """Take an empty folder away."""

    def mkdir(self, path: Path) -> None:
        """Make one folder whose parent stands; a folder of that name is an error."""


class OperatingSystem:
    """The disk of this machine."""

    def write(self, stream: BinaryIO, content: bytes) -> None:
        """Write all of the bytes."""
        stream.write(content)

    def sync(self, descriptor: int) -> None:
        """Bring what is written to a file or folder to the disk."""
        os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file or folder another name; a file of that name is replaced."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Take a file away."""
        path.unlink()

    def rmdir(self, path: Path) -> None:
        """Take an empty folder away."""
        path.rmdir()

    def mkdir(self, path: Path) -> None:
        """Make one folder whose parent stands; a folder of that name is an error."""
        path.mkdir()


system: Disk = OperatingSystem()
"""Where all steps of this process go. A test replaces it (`monkeypatch.setattr(disk, "system", ...)`)."""


def write_bytes(path: Path, content: bytes, *, synced: bool = True) -> None:
    """Write a file whole: a reader sees the former one or this one. Folders above are made.

    `synced=False` is for a file in a private folder, which is synced as a whole before it gets its name.
    """
    with new_file(path, synced=synced) as stream:
        system.write(stream, content)


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file, never writing it anew: two programs at once lose no line. Folders above are made."""
    make_folder(path.parent)
    with path.open("ab") as stream:
        system.write(stream, content)
        stream.flush()
        system.sync(stream.fileno())


def write_text(path: Path, text: str, encoding: str = "utf-8", *, synced: bool = True) -> None:
    """Write a text file whole, its line ends as they are in the text."""
    write_bytes(path, text.encode(encoding), synced=synced)


@contextmanager
def new_file(path: Path, *, synced: bool = True) -> Iterator[BinaryIO]:
    """Give a stream to a private file; at the end of the block it is synced and gets its name.

    Where the block raises, the private file goes, and a former file stands. For libraries that write to a stream.
    `synced=False` is for a file in a private folder, which is synced as a whole before it gets its name: the file has
    its own name at once, and a former one goes first, since it may be a second name of a file that stands elsewhere.
    """
    if not synced:
        with _file_of_private_folder(path) as stream:
            yield stream
        return
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_private_name(path))
    private = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            system.sync(stream.fileno())
        private.chmod(0o644)
        replace(private, path)
    except BaseException:
        remove(private)
        raise


@contextmanager
def _file_of_private_folder(path: Path) -> Iterator[BinaryIO]:
    make_folder(path.parent)
    if os.path.lexists(path):
        remove(path)
    try:
        with path.open("xb") as stream:
            yield stream
        path.chmod(0o644)
    except BaseException:
        remove(path)
        raise


@contextmanager
def made_by_library(path: Path) -> Iterator[Path]:
    """Give a private path beside `path`, for a library that makes the file itself; then sync it and give its name.

    Where the block raises, what was begun goes, with files that the library put beside it (`.wal`).
    """
    make_folder(path.parent)
    private = path.with_name(f"{_private_name(path)}{os.getpid()}")
    try:
        yield private
        sync_file(private)
        replace(private, path)
    finally:
        for leftover in path.parent.glob(f"{private.name}*"):
            remove(leftover)


@contextmanager
def new_folder(path: Path, prefix: str) -> Iterator[Path]:
    """Give a private folder beside `path`; at the end of the block all in it is synced and it gets its name.

    A folder of that name is taken away before: what must never be missing is put aside by its owner instead. Where the
    block raises, the private folder goes.
    """
    private = private_folder(path.parent, prefix)
    try:
        yield private
        sync_tree(private)
        remove(path)
        replace(private, path)
    except BaseException:
        discard(private)
        raise


def private_folder(parent: Path, prefix: str) -> Path:
    """Make an empty folder of a name that nothing else bears, for what is to get its name when it is finished."""
    make_folder(parent)
    return Path(tempfile.mkdtemp(dir=parent, prefix=prefix))


def replace(source: Path, target: Path, *, synced: bool = True) -> None:
    """Give a finished file or folder its name in one step, and bring the name to the disk.

    Raises FileInUse when another program keeps the target open for longer than the patience of the settings.
    """
    _patiently(lambda: system.replace(source, target), target, source)
    if synced:
        sync_folder(target.parent)


def remove(path: Path) -> None:
    """Take a file, a link or a folder with all in it away; what is not there is no error. Raises FileInUse."""
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    if is_folder:
        for inside in list(path.iterdir()):
            remove(inside)
    step = system.rmdir if is_folder else system.unlink
    try:
        _patiently(lambda: step(path), path)
    except FileNotFoundError:
        return


def discard(path: Path) -> bool:
    """Take away what nobody needs any more, without waiting; whether it is gone.

    What another program has open stays for now; the next who tidies up takes it.
    """
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            for inside in list(path.iterdir()):
                discard(inside)
            system.rmdir(path)
        else:
            system.unlink(path)
    return not os.path.lexists(path)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; one that stands is no error. New names are brought to the disk."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        system.mkdir(path)
    except FileExistsError:  # made by another process in between, or a file is in the way
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None
        return
    sync_folder(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file under a name of its own, whole or not at all."""
    with source.open("rb") as read, new_file(target) as stream:
        while piece := read.read(1 << 20):
            system.write(stream, piece)


def sync_file(path: Path) -> None:
    """Bring a file that a library has written to the disk."""
    # POSIX syncs through a descriptor that only reads, so that a file that is read-only is no fault; Windows does not.
    with path.open("rb" if os.name == "posix" else "rb+") as stream:
        system.sync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a power cut keeps their order; Windows keeps it by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        system.sync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Bring every file below a folder to the disk, and all names, the innermost first; before the folder is named."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name, reverse=True)
    for entry in found:
        if entry.is_symlink():
            continue
        if entry.is_dir():
            sync_tree(Path(entry.path))
        else:
            sync_file(Path(entry.path))
    sync_folder(folder)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no links. Neither is ever written to again."""
    make_folder(target.parent)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _patiently(step: Callable[[], Result], *paths: Path) -> Result:
    """Do a step; while another program has one of the files open, wait and try again."""
    until = time.monotonic() + _patience()
    pause = _PAUSE
    while True:
        try:
            return step()
        except OSError as error:
            if getattr(error, "winerror", None) not in IN_USE:
                raise
            if time.monotonic() >= until:
                path = _held_in(*paths)
                if programs := programs_with(path):
                    raise FileInUse(
                        "{name} is open in {programs} and cannot be replaced or deleted",
                        next_step="close it there, then run the command again",
                        place=str(path),
                        name=path.name,
                        programs=", ".join(programs),
                    ) from error
                raise FileInUse(
                    "{name} is open in another program and cannot be replaced or deleted",
                    next_step="close it there (a spreadsheet, a text program, a reader of PDFs), then run the command "
                    "again",
                    place=str(path),
                    name=path.name,
                ) from error
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _private_name(path: Path) -> str:
    """Return how a private file beside a path begins; a long name is cut, since systems take 255 bytes at most."""
    return f".{path.name.encode()[:_LONGEST_NAME].decode(errors='ignore')}."


def _held_in(*paths: Path) -> Path:
    """Return the file that is held open: the first, in a folder too, that cannot be given its own name again."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            try:
                if file.is_file():
                    system.replace(file, file)
            except OSError:
                return file
    return paths[0]


def _patience() -> float:
    try:
        return float(os.environ.get(PATIENCE, "") or DEFAULT_PATIENCE)
    except ValueError:
        return DEFAULT_PATIENCE
