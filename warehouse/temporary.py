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
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

_clearing: dict[object, Callable[[], object]] = {}
_beginning = threading.Lock()
_ending = threading.Event()


def own_folder() -> Path:
    """Return the folder of this user in the machine's temporary folder, which nobody else can read.

    Where another user has taken its name, a new one is made each time.
    """
    if sys.platform == "win32":
        user = re.sub(r"\W", "_", getpass.getuser())
    else:
        user = str(os.getuid())
    folder = Path(tempfile.gettempdir()) / f"iga-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or (sys.platform != "win32" and facts.st_uid != os.getuid()):
        return Path(tempfile.mkdtemp(prefix="iga-"))
    if os.name == "posix" and stat.S_IMODE(facts.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


@contextmanager
def temporary_folder(kind: str) -> Iterator[Path]:
    """Give a private temporary folder, which goes at the end of the block; `kind` says in its name what it is for.

    Raises KeyboardInterrupt in a process that ends: a thread of it must not begin anything.
    """
    with ExitStack() as closing:
        with _beginning:
            if _ending.is_set():
                raise KeyboardInterrupt
            folder = Path(tempfile.mkdtemp(dir=own_folder(), prefix=f"{os.getpid()}-{kind}-"))
            clear = partial(shutil.rmtree, folder, ignore_errors=True)
            closing.enter_context(cleared_when_ended(folder, clear, has_threads=True))
            closing.callback(clear)
        yield folder


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


def begin_no_more() -> None:
    """Let no thread of this process begin anything, since it ends."""
    _ending.set()


def begins_no_more() -> bool:
    """Return whether this process ends, so that nothing is to be begun."""
    return _ending.is_set()


def clear_ours() -> None:
    """Take away all that this process has begun and not finished: for one that ends now, whatever its threads do."""
    with _beginning:
        begin_no_more()
    for _ in range(20):  # a thread may write to a folder, or empty it as well, while it is emptied
        for clear in list(_clearing.values()):
            with contextlib.suppress(Exception):
                clear()
        if not any(isinstance(key, Path) and key.exists() for key in list(_clearing)):
            return
        time.sleep(0.01)
