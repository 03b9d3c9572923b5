"""Records which files of a home a page was made from, and the day it is of, as they are read.

A page is made in a kernel of its own. The build names a file in its environment, to which each read adds a line; what a
file held at that moment makes the page's fingerprint. What the build itself reads while it writes the outputs of a page
is added to the same record (`recording`). Outside a build nothing is recorded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from warehouse.home import Home

RECORD = "IGA_INPUTS_READ"
"""The variable that names the file to which reads are added."""
TODAY = "IGA_BUILD_DAY"
"""The variable that names the day of a build; without it, today is the day of the clock."""
DAY = "day"
_HERE: ContextVar[str | None] = ContextVar("inputs_read", default=None)
"""The record of the page whose outputs this thread writes: several threads of one process write pages at once."""


@dataclass(frozen=True)
class InputsRead:
    """The files that were read, by their path in the home, each with its hash (None: it was looked for and not there).

    `day` is the day that a page counts from, None where it would be the same on any other.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    day: str | None = None


@contextmanager
def recording(record: Path) -> Iterator[None]:
    """Add what this thread reads to a record."""
    token = _HERE.set(str(record))
    try:
        yield
    finally:
        _HERE.reset(token)


def _record() -> str | None:
    return _HERE.get() or os.environ.get(RECORD)


def noted(home: Home, path: Path) -> Path:
    """Record that a file of the home is read, or a folder with all files in it, and return the path."""
    if (record := _record()) and path.is_relative_to(home.root):
        name = path.relative_to(home.root).as_posix()
        _add(record, [name, hash_of_input(home, name)])
    return path


def hash_of_input(home: Home, name: str) -> str | None:
    """Return the hash of what a file or a folder of the home holds now; None where it is not there."""
    path = home.root / name
    if path.is_dir():
        entries = sorted(entry for entry in path.iterdir() if entry.is_file())
        parts = [f"{entry.name} {sha256(entry.read_bytes()).hexdigest()}" for entry in entries]
        return sha256("\n".join(parts).encode()).hexdigest()
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def today() -> date:
    """Return the day of the build, or of the clock outside one."""
    if stated := os.environ.get(TODAY):
        return date.fromisoformat(stated)
    return datetime.now(tz=UTC).astimezone().date()


def note_day(day: date) -> date:
    """Record that a page counts from the day of its build, and return the day."""
    if record := _record():
        _add(record, [DAY, day.isoformat()])
    return day


def recorded(path: Path) -> InputsRead:
    """Return what was added to a record; of a file that was read twice, what it held first."""
    files: dict[str, str | None] = {}
    day: str | None = None
    for name, value in _lines_of(path):
        if name == DAY:
            day = value
        else:
            files.setdefault(str(name), value)
    return InputsRead(dict(sorted(files.items())), day)


def _lines_of(path: Path) -> Iterator[tuple[str, str | None]]:
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            name, value = json.loads(line)
            yield name, value


def _add(record: str, entry: list[str | None]) -> None:
    with Path(record).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
