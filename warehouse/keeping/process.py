"""Which process is meant: its number alone is given again to others, so its start and its machine are said with it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process of a machine, as a file names it for others: number, start in the machine's own count, host."""

    number: int
    start: str
    host: str

    @property
    def is_here(self) -> bool:
        """Whether it is one of this machine, so that it can be asked for."""
        return self.host == platform.node()

    @property
    def is_dead(self) -> bool:
        """Whether it is one of this machine that has ended; of another machine's nothing is known."""
        return self.is_here and not is_alive(self.number, self.start)


def this_process() -> Process:
    """Return the process that asks."""
    return Process(os.getpid(), start_of(os.getpid()), platform.node())


def is_alive(number: int, start: str = "") -> bool:
    """Return whether a process of this machine runs; with its start, not a later one of the same number."""
    found = start_of(number)
    return bool(found) and (not start or found == start)


def start_of(number: int) -> str:
    """Return when a process began, in the machine's own count; empty for one that has ended."""
    if Path("/proc/self/stat").is_file():
        return _start_on_linux(number)
    import psutil

    try:
        process = psutil.Process(number)
        return "" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""
    except psutil.Error:  # it is there, but another user's
        return "?"


def _start_on_linux(number: int) -> str:
    """Return the clock ticks from the start of the machine to that of a process: no clock that is set moves them."""
    try:
        words = Path(f"/proc/{number}/stat").read_text("ascii", "replace").rpartition(") ")[2].split()
    except OSError:
        return ""
    return "" if words[0] in "ZX" else words[19]
