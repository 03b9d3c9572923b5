"""Every file of a folder or ZIP of evidence, each once: to be read, or set aside by name with the reason."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import BinaryIO

KIB, MIB = 1 << 10, 1 << 20
SYSTEM_FILES = {"thumbs.db", ".ds_store", "desktop.ini", "ehthumbs.db", ".localized"}
SHORTCUTS = {".lnk"}
UNFINISHED = {".crdownload", ".part", ".partial", ".tmp", ".download"}
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(\.|$)", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ARCHIVES = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
UTF8_NAME = 0x800
"""The flag of a member of a ZIP whose name is written in UTF-8."""
ENCRYPTED = 0x1
JUNCTION = 0xA0000003
"""The tag of a folder of Windows that stands for another one."""

REASON_MESSAGES = {
    "lock_file": "A lock file of an office program; close the file and send the real one",
    "system_file": "A file of the operating system",
    "shortcut": "A shortcut: the file itself was not sent",
    "unfinished": "A download that was not finished",
    "link": "A link to another place; it is not followed",
    "not_a_file": "Neither a file nor a folder",
    "cannot_be_read": "The system does not let it be read",
    "outside": "Its path leads out of the folder",
    "absolute": "Its path begins at the root or with a drive",
    "device_name": "Windows keeps this name for a device",
    "bad_name": "Windows cannot keep this name (dot or space at its end, forbidden sign)",
    "long_name": "Its path is too long",
    "same_name": "A file of the same name stands before it in the ZIP",
    "bomb": "It unpacks to a size that no paper has",
    "too_large": "It is larger than what is taken",
    "too_many": "There are more files than what is taken",
    "nested": "A packed file within; unpack it and send the files",
    "password": "It is protected by a password",
}
"""Why a file is set aside, as catalogue keys."""


HOSTILE = frozenset({"outside", "absolute", "link", "not_a_file", "device_name", "bomb"})
"""Reasons that no ZIP of papers has by accident."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file by its path in the folder or ZIP (with /). `reason` is empty, or says why it is set aside.

    `changed` is when it was written, in nanoseconds, or the checksum that a ZIP states: with the size it tells whether
    a file has changed since it was read.
    """

    path: str
    size: int
    changed: int
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of the file."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Received:
    """All files of a folder or ZIP, and how one is opened. Opening raises OSError, BadZipFile or RuntimeError."""

    files: tuple[ReceivedFile, ...]
    opened: Callable[[ReceivedFile], BinaryIO]


@cache
def limits() -> dict[str, int]:
    """Return how much is taken."""
    text = files("analysis.evidence").joinpath("received_limits.toml").read_text(encoding="utf-8")
    return {name: int(value) for name, value in tomllib.loads(text).items()}


@contextmanager
def received(place: Path) -> Iterator[Received]:
    """Give the files of a folder or of a ZIP. Raises BadZipFile and OSError for a file that is no ZIP."""
    if place.is_dir():
        yield Received(tuple(_in_folder(place)), lambda file: (place / file.path).open("rb"))
        return
    with zipfile.ZipFile(place) as archive:
        members: dict[str, zipfile.ZipInfo] = {}
        listed = tuple(_in_zip(archive, members))
        yield Received(listed, lambda file: _opened_member(archive, members[file.path]))


def files_in_zip(stream: BinaryIO) -> tuple[ReceivedFile, ...]:
    """Return the files that a ZIP lists, without opening any. Raises BadZipFile."""
    with zipfile.ZipFile(stream) as archive:
        return tuple(_in_zip(archive, {}))


def set_aside_by_name(name: str) -> str:
    """Return why a file of this name is no evidence; empty for any other."""
    small = name.casefold()
    if small.startswith(("~$", ".~lock.")):
        return "lock_file"
    if small in SYSTEM_FILES or small.startswith("."):
        return "system_file"
    suffix = PurePosixPath(small).suffix
    if suffix in SHORTCUTS:
        return "shortcut"
    return "unfinished" if suffix in UNFINISHED else ""


def _opened_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    stream = archive.open(member)
    return stream  # type: ignore[return-value]


def _in_folder(root: Path) -> Iterator[ReceivedFile]:
    """Give every file below a folder in the order of names; links and what is no file by their names."""
    waiting, count = [root], 0
    while waiting:
        folder = waiting.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            if folder == root:
                raise
            yield ReceivedFile(folder.relative_to(root).as_posix(), 0, 0, "cannot_be_read")
            continue
        for entry in entries:
            path = Path(entry.path).relative_to(root).as_posix()
            if _is_link(entry):
                yield ReceivedFile(path, 0, 0, "link")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name.startswith(".") or entry.name.casefold() == "__macosx":
                    yield ReceivedFile(path, 0, 0, "system_file")
                elif path.count("/") >= limits()["deepest"]:
                    yield ReceivedFile(path, 0, 0, "long_name")
                else:
                    waiting.append(Path(entry.path))
            else:
                count += 1
                yield _of_entry(entry, path, count)


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry leads to another place: a symbolic link, or a junction of Windows."""
    if entry.is_symlink():
        return True
    try:
        tag: int = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    except OSError:
        return False
    return tag == JUNCTION


def _of_entry(entry: os.DirEntry[str], path: str, count: int) -> ReceivedFile:
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return ReceivedFile(path, 0, 0, "cannot_be_read")
    reason = set_aside_by_name(entry.name)
    if not reason and not stat.S_ISREG(facts.st_mode):
        reason = "not_a_file"
    if not reason and count > limits()["most_files"]:
        reason = "too_many"
    if not reason and facts.st_size > limits()["most_file_mib"] * MIB:
        reason = "too_large"
    return ReceivedFile(path, facts.st_size, facts.st_mtime_ns, reason)


def _in_zip(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Iterator[ReceivedFile]:
    """Give every file of a ZIP; `members` gets those that may be opened, by path."""
    seen: set[str] = set()
    total = 0
    for count, member in enumerate(archive.infolist(), start=1):
        name = _name_of(member)
        if member.is_dir() or name.endswith("/"):
            continue
        path = "/".join(part for part in name.split("/") if part not in ("", "."))
        reason = fault_of_name(name) or _fault_of_member(member)
        if not reason and path.casefold() in seen:
            reason = "same_name"
        if not reason and count > limits()["most_files"]:
            reason = "too_many"
        if not reason and total + member.file_size > limits()["most_total_mib"] * MIB:
            reason = "bomb"
        if not reason:
            reason = "system_file" if "__macosx" in path.casefold().split("/") else set_aside_by_name(path)
            reason = reason or set_aside_by_name(PurePosixPath(path).name)
        if not reason and PurePosixPath(path).suffix.casefold() in ARCHIVES:
            reason = "nested"
        if not reason:
            seen.add(path.casefold())
            members[path] = member
            total += member.file_size
        yield ReceivedFile(path if not reason else name, member.file_size, member.CRC, reason)


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a member with /; old names that are UTF-8 without saying so are read as that."""
    name = member.orig_filename if "\x00" in member.orig_filename else member.filename
    if not member.flag_bits & UTF8_NAME:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):  # else in the old letters of DOS, as read
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def fault_of_name(name: str) -> str:
    """Return why a path of a file that comes from outside (with /) is not taken; empty for any other."""
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "absolute"
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        return "outside"
    if not parts or CONTROL.search(name):
        return "bad_name"
    if len(name) > limits()["longest_name"] or len(parts) > limits()["deepest"]:
        return "long_name"
    if any(DEVICE.match(part) for part in parts):
        return "device_name"
    if any(part.endswith((".", " ")) or re.search('[<>:"|?*]', part) for part in parts):
        return "bad_name"
    return ""


def _fault_of_member(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "link"
    if kind not in (0, stat.S_IFREG):
        return "not_a_file"
    is_large = member.file_size > limits()["ratio_from_kib"] * KIB
    if is_large and member.file_size > limits()["most_ratio"] * max(member.compress_size, 1):
        return "bomb"
    if member.file_size > limits()["most_file_mib"] * MIB:
        return "too_large"
    return "password" if member.flag_bits & ENCRYPTED else ""
