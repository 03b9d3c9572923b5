"""Temporary folders of processes that have ended: they name their process, so that nothing of a live one goes."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from warehouse import disk
from warehouse.keeping.process import is_alive
from warehouse.temporary import own_folder

FORMER_QUIET_S = 24 * 3600
"""The same for temporary folders of former versions: a kernel that waits writes nothing."""

_NAMED = re.compile(r"(?P<number>\d+)-")
_FORMER = ("iga-run-*", "iga-fonts-*", "iga-svg-*")


def clear_dead_temporaries() -> list[str]:
    """Take away the temporary folders of processes that have ended; return their names."""
    return cleared(_dead_temporaries())


def _dead_temporaries() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for folder in list(own_folder().iterdir()):
            named = _NAMED.match(folder.name)
            if named and not is_alive(int(named["number"])):
                yield folder
    parent = Path(tempfile.gettempdir())
    for folder in (found for pattern in _FORMER for found in parent.glob(pattern)):
        if _is_folder_of_ours(folder) and is_quiet(folder, FORMER_QUIET_S):
            yield folder


def _is_folder_of_ours(path: Path) -> bool:
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and (sys.platform == "win32" or facts.st_uid == os.getuid())


def is_quiet(path: Path, seconds: float) -> bool:
    """Return whether nothing in it was written for so long; a clock that was set back makes it wait, not go."""
    since = time.time() - seconds
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        return all(piece.lstat().st_mtime < since for piece in (path, *inside))
    except OSError:  # it is being written to, or has gone
        return False


def cleared(paths: Iterable[Path]) -> list[str]:
    """Take files and folders away, as far as that can be done; return their names."""
    gone = []
    for path in paths:
        with contextlib.suppress(OSError, disk.FileInUse):
            disk.remove(path)
            gone.append(path.name)
    return gone
