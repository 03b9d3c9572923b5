"""One load at a time: the lock of a home, and who holds it. Readers never ask for it."""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock

from warehouse import disk
from warehouse.errors import HomeLocked, HomeUnusable
from warehouse.home import Home, acting_person
from warehouse.temporary import cleared_when_ended

WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What a file system without locks answers."""


class LockTaken(Exception):
    """Another process holds the lock."""


@contextmanager
def lock_held(path: Path) -> Iterator[None]:
    """Hold the lock of that path; the system takes it away from a process that dies.

    Raises LockTaken, and HomeUnusable where the lock cannot be had at all: the file system knows no locks (many shares
    of a network), or something else bears its name. Two loads at once would mix what they write, so nothing runs there.
    """
    if path.is_dir():
        raise HomeUnusable(
            "A folder has the name of the lock file {name}",
            next_step="delete or rename that folder, then run the command again",
            place=str(path),
            name=path.name,
        )
    lock = filelock.FileLock(path)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise LockTaken from error
    except (RuntimeError, OSError) as error:  # a system without locks is a RuntimeError of the library
        if isinstance(error, OSError) and error.errno not in WITHOUT_LOCKS:
            raise
        raise HomeUnusable(
            "The disk of this home cannot lock files, so that two loads could write at once",
            next_step="move the home to a disk of this computer (--home), or use a share that locks files",
            place=str(path.parent),
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def held_by_this_process(home: Home, action: str) -> Iterator[bool]:
    """Hold the home's lock while it is written to; ``action`` says to others what is being done (`iga ingest`).

    Gives whether the last holder was cut off: it has left its name, and perhaps private files. The system takes the
    lock itself away from a process that dies. Raises HomeLocked with process, host and time of the one that holds it.
    """
    try:
        with lock_held(home.lock):
            was_cut_off = home.lock_holder.is_file()
            # Of one that was ended while it wrote its name.
            for unnamed in home.root.glob(f".{home.lock_holder.name}.*"):
                disk.discard(unnamed)
            disk.write_text(home.lock_holder, json.dumps(_this_process(action)) + "\n")
            try:
                with cleared_when_ended(home.lock_holder, lambda: disk.remove(home.lock_holder)):
                    yield was_cut_off
            finally:
                disk.remove(home.lock_holder)
    except LockTaken as error:
        raise _locked(home) from error


def _this_process(action: str) -> dict[str, str | int]:
    now = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    person = acting_person()
    told: dict[str, str | int] = {"process": os.getpid(), "host": platform.node(), "since": now, "action": action}
    return told | ({"person": person} if person else {})


def holder_of(home: Home) -> dict[str, Any]:
    """Who holds the lock: process, host, since, action, in an office the person; empty where nobody has said so."""
    try:
        told = json.loads(home.lock_holder.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _locked(home: Home) -> HomeLocked:
    told = holder_of(home)
    if not told:
        return HomeLocked(
            "Another load is running on this home",
            next_step="wait until it has finished, then run the command again",
            place=str(home.lock),
        )
    action = f"{told.get('action', '?')} ({told['person']})" if told.get("person") else told.get("action", "?")
    return HomeLocked(
        "Another process is writing to this home: {action}, process {process} on {host}, since {since}",
        next_step="wait until it has finished (reading goes on meanwhile), or end it, then run the command again",
        place=str(home.lock),
        action=action,
        **{name: told.get(name, "?") for name in ("process", "host", "since")},
    )
