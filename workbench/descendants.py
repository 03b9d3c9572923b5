"""The processes that this one has started, and how they are ended with it."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any


def end_descendants() -> None:
    """End every process that this one has started, and those that they have started, at once.

    A kernel is in a group of its own and may have started others; the tree is looked at again until none is left.
    """
    _adopt_orphans()
    for _ in range(10):
        found = _descendants()
        for process in found:
            with contextlib.suppress(Exception):  # it has ended by itself, or may not be touched
                process.kill()
        if not found:
            return
        time.sleep(0.01)


def _adopt_orphans() -> None:
    """Become the parent of those whose parent ends: one that is forked while its server is ended is found as well."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


_SET_CHILD_SUBREAPER = 36


def _descendants() -> list[Any]:
    import psutil

    found = []
    tracker = getattr(sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None)
    ends_by_itself = getattr(tracker, "_pid", None)  # and would be begun anew, with a warning, by threads that fork
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and process.pid != ends_by_itself:
                    found.append(process)
    return found
