"""One load at a time: the lock of a home, and who holds it. Readers never ask for it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import filelock

from warehouse.disk import write_text
from warehouse.errors import HomeLocked
from warehouse.home import Home
from warehouse.temporary import cleared_when_ended


@contextmanager
def held_by_this_process(home: Home, action: str) -> Iterator[bool]:
    """Hold the home's lock while it is written to; ``action`` says to others what is being done (`iga ingest`).

    Gives whether the last holder was cut off: it has left its name, and perhaps private files. The system takes the
    lock itself away from a process that dies. Raises HomeLocked with process, host and time of the one that holds it.
    """
    try:
        with filelock.FileLock(home.lock).acquire(blocking=False):
            was_cut_off = home.lock_holder.is_file()
            for unnamed in home.root.glob(
                f".{home.lock_holder.name}.*"
            ):  # of one that was ended while it wrote its name
                unnamed.unlink(missing_ok=True)
            write_text(home.lock_holder, json.dumps(_this_process(action)) + "\n")
            try:
                with cleared_when_ended(home.lock_holder, lambda: home.lock_holder.unlink(missing_ok=True)):
                    yield was_cut_off
            finally:
                home.lock_holder.unlink(missing_ok=True)
    except filelock.Timeout as error:
        raise _locked(home) from error


def _this_process(action: str) -> dict[str, str | int]:
    now = datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
    return {"process": os.getpid(), "host": platform.node(), "since": now, "action": action}


def holder_of(home: Home) -> dict[str, Any]:
    """Who holds the lock: process, host, since, action; empty where nobody has said so."""
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
    return HomeLocked(
        "Another process is writing to this home: {action}, process {process} on {host}, since {since}",
        next_step="wait until it has finished (reading goes on meanwhile), or end it, then run the command again",
        place=str(home.lock),
        **{name: told.get(name, "?") for name in ("action", "process", "host", "since")},
    )
