"""Faults of the machine that a person can mend: a full disk, a folder without permission, too little memory."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from iga.reasons import reason_of
from warehouse.errors import HomeUnusable

FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""The disk is full, or the share of it that this user may fill."""

NEXT_STEPS = {
    errno.EACCES: "check the permissions of this place, or whether another program holds the file open",
    errno.EPERM: "check the permissions of this place, or whether another program holds the file open",
    errno.EBUSY: "close the program that has the file open, then try again",
    errno.EROFS: "choose a folder that can be written, or make this one writable",
    errno.EFBIG: "choose a disk or a share that takes larger files; FAT32 ends at 4 GB",
    errno.ENAMETOOLONG: "give the file or its folders a shorter name",
    errno.EIO: "check cable, network share or disk, then try again; `iga verify` tells what was damaged",
    errno.ENOTDIR: "a file stands where a folder belongs: move it away",
    errno.EISDIR: "a folder stands where a file belongs: move it away",
    errno.EMFILE: "close other programs, then try again",
    errno.ENFILE: "close other programs, then try again",
}
"""What to do about a refusal of the system, by number, as catalogue keys."""

MORE_MEMORY = "close other programs, or ask for fewer rows and columns; a build takes less with --jobs 1"


def told_of_system(error: BaseException) -> HomeUnusable | None:
    """Return what to tell a person of an error of the operating system; None when it is a fault of the software.

    The place is the file that the system named. A library that words a full disk on its own is understood as well.
    """
    if isinstance(error, MemoryError):
        return HomeUnusable("The memory of this computer does not suffice", next_step=MORE_MEMORY)
    if is_full(error):
        return told_of_full_disk(error)
    if isinstance(error, OSError) and error.errno in NEXT_STEPS:
        return HomeUnusable(
            "A file or folder cannot be used: {reason}",
            next_step=NEXT_STEPS[error.errno],
            place=named_by(error),
            reason=reason_of(error),
        )
    return None


def is_full(error: BaseException) -> bool:
    """Return whether an error says that a disk is full."""
    return getattr(error, "errno", None) in FULL or "No space left" in str(error)


def told_of_full_disk(error: BaseException, place: Path | None = None) -> HomeUnusable:
    """Return what to tell of a full disk; the temporary folder is named as such, since it may be moved elsewhere.

    `place` is where was written, for a system that names no file.
    """
    name = named_by(error) or str(place or "")
    if name and is_temporary(Path(name)):
        return HomeUnusable(
            "The disk of the temporary folder is full",
            next_step="free some space there, or name another folder in {variable}, then try again",
            place=tempfile.gettempdir(),
            variable="TEMP" if os.name == "nt" else "TMPDIR",
        )
    return HomeUnusable("The disk is full", next_step="free some space there, then try again", place=name)


def is_temporary(path: Path) -> bool:
    """Return whether a path lies in the folder of the system for temporary files."""
    return path.absolute().is_relative_to(Path(tempfile.gettempdir()).absolute())


def named_by(error: BaseException) -> str:
    """Return the file that an error of the system names; of a rename, the new name, where something was missing."""
    name = getattr(error, "filename2", None) or getattr(error, "filename", None)
    return os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else ""
