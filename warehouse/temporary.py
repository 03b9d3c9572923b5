"""Our temporary folders: all in one private folder, each named after its process, so that a dead one's can be cleared.

They hold the keys of kernels and pieces of pages. What a process is about to leave behind it has stated here as well,
so that it goes when the process is ended in the middle (`clear_ours`).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_clearing: dict[object, Callable[[], object]] = {}


def own_folder() -> Path:
    """Return the folder of this user in the machine's temporary folder, which nobody else can read.

    Where another user has taken its name, a new one is made each time.
    """
    user = str(os.getuid()) if os.name == "posix" else re.sub(r"\W", "_", getpass.getuser())
    folder = Path(tempfile.gettempdir()) / f"iga-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or (os.name == "posix" and facts.st_uid != os.getuid()):
        return Path(tempfile.mkdtemp(prefix="iga-"))
    if os.name == "posix" and stat.S_IMODE(facts.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


@contextmanager
def temporary_folder(kind: str) -> Iterator[Path]:
    """Give a private temporary folder, which goes at the end of the block; `kind` says in its name what it is for."""
    folder = Path(tempfile.mkdtemp(dir=own_folder(), prefix=f"{os.getpid()}-{kind}-"))

    def clear() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with cleared_when_ended(folder, clear, has_threads=True):
        try:
            yield folder
        finally:
            clear()


@contextmanager
def cleared_when_ended(key: object, clear: Callable[[], object], *, has_threads: bool = False) -> Iterator[None]:
    """State what is to be taken away should this process be ended in the middle of the block.

    With `has_threads` it stays stated after a block that was interrupted: they may write until the process has ended.
    """
    _clearing[key] = clear
    is_written_to = False
    try:
        yield
    except KeyboardInterrupt:
        is_written_to = has_threads
        raise
    finally:
        if not is_written_to:
            _clearing.pop(key, None)


def clear_ours() -> None:
    """Take away all that this process has begun and not finished: for one that ends now, whatever its threads do."""
    for clear in list(_clearing.values()):
        with contextlib.suppress(Exception):
            clear()
