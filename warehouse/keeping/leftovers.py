"""What a dead process has left, and how it is cleared: never what a live one owns.

Temporary folders name their process. A private file beside another has no owner that another machine could ask for, so
it is left alone until nobody has written to it for a while. What a load leaves in a home is cleared under its lock.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from warehouse import disk
from warehouse.build import remove_leftovers
from warehouse.errors import HomeLocked
from warehouse.home import Home
from warehouse.keeping.process import is_alive
from warehouse.lock import held_by_this_process
from warehouse.temporary import own_folder

QUIET_S = 15 * 60
"""How long nobody has written to a private file or folder whose owner cannot be asked for."""
FORMER_QUIET_S = 24 * 3600
"""The same for temporary folders of former versions: a kernel that waits writes nothing."""

_NAMED = re.compile(r"(?P<number>\d+)-")
_FORMER = ("iga-run-*", "iga-fonts-*", "iga-svg-*")
_PRIVATE = r"\.{name}\.(?:\d+|[a-z0-9_]{{8}})"
"""How `warehouse.disk` names what is not finished: after the process, or with eight letters."""
_OF_SINGLE_FILES = (
    ("", "cited.csv"),
    ("", "schedule.toml"),
    ("reports", "status.json"),
    ("reports", "status.html"),
)
"""Files of ours that are written whole without the lock of a load: their folders and names."""


def clear_leftovers(home: Home) -> list[str]:
    """Take away what dead processes have left in the temporary folder, in a home and beside it; return the names.

    While a load runs, what loads leave is passed over.
    """
    gone = clear_dead_temporaries()
    with contextlib.suppress(HomeLocked), held_by_this_process(home, "iga schedule") as was_cut_off:
        if was_cut_off:
            remove_leftovers(home)
    gone += _cleared(path for path in home.root.parent.glob(".restore-*") if _is_quiet(path, QUIET_S))
    for folder, name in _OF_SINGLE_FILES:
        gone += clear_partial(home.root / folder / name)
    return gone


def clear_dead_temporaries() -> list[str]:
    """Take away the temporary folders of processes that have ended; return their names."""
    return _cleared(_dead_temporaries())


def clear_partial(target: Path) -> list[str]:
    """Take away what was begun beside a file, to be given its name, by one that was ended; return the names."""
    named = re.compile(_PRIVATE.format(name=re.escape(target.name)))
    beside = list(target.parent.iterdir()) if target.parent.is_dir() else []
    return _cleared(path for path in beside if named.fullmatch(path.name) and _is_quiet(path, QUIET_S))


def _dead_temporaries() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for folder in list(own_folder().iterdir()):
            named = _NAMED.match(folder.name)
            if named and not is_alive(int(named["number"])):
                yield folder
    parent = Path(tempfile.gettempdir())
    for folder in (found for pattern in _FORMER for found in parent.glob(pattern)):
        if _is_folder_of_ours(folder) and _is_quiet(folder, FORMER_QUIET_S):
            yield folder


def _is_folder_of_ours(path: Path) -> bool:
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and (os.name != "posix" or facts.st_uid == os.getuid())


def _is_quiet(path: Path, seconds: float) -> bool:
    """Return whether nothing in it was written for so long; a clock that was set back makes it wait, not go."""
    since = time.time() - seconds
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        return all(piece.lstat().st_mtime < since for piece in (path, *inside))
    except OSError:  # it is being written to, or has gone
        return False


def _cleared(paths: Iterable[Path]) -> list[str]:
    gone = []
    for path in paths:
        with contextlib.suppress(OSError, disk.FileInUse):
            disk.remove(path)
            gone.append(path.name)
    return gone
