"""Whether what people keep in a home has changed: a page that was computed before holds while it has not."""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.home import Home

READ_BY_PAGES = (
    "targets", "city", "contests", "portfolio", "identity", "scenarios", "followup", "rulebooks", "layouts",
    "assignments", "reminders", "portal", "evidence", "mentoring", "clinic",
    ".evidence/checked",
)  # fmt: skip
"""The folders of a home, beside its snapshot, that pages of the desk read."""
FILES_READ = ("vocabulary.toml", "schedule.toml", "evidence/decisions.csv")


def state_of(home: Home) -> tuple[tuple[str, int, int], ...]:
    """Return name, size and time of change of every file that pages read; equal as long as nothing has changed."""
    found: list[tuple[str, int, int]] = []
    for name in READ_BY_PAGES:
        _add(found, home.root / name)
    for name in FILES_READ:
        path = home.root / name
        if path.is_file():
            facts = path.stat()
            found.append((name, facts.st_size, facts.st_mtime_ns))
    return tuple(sorted(found))


def _add(found: list[tuple[str, int, int]], folder: Path) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            _add(found, Path(entry.path))
        else:
            facts = entry.stat()
            found.append((entry.path, facts.st_size, facts.st_mtime_ns))
