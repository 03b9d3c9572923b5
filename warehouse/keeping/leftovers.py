"""What a dead process has left, and how it is cleared: never what a live one owns.

Temporary folders name their process. A private file beside another has no owner that another machine could ask for, so
it is left alone until nobody has written to it for a while. What a load leaves in a home is cleared under its lock.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from warehouse.build import remove_leftovers
from warehouse.errors import HomeLocked
from warehouse.home import Home
from warehouse.keeping.dead_temporaries import clear_dead_temporaries, cleared, is_quiet
from warehouse.lock import held_by_this_process

QUIET_S = 15 * 60
"""How long nobody has written to a private file or folder whose owner cannot be asked for."""
_PRIVATE = r"\.{name}\.(?:\d+|[a-z0-9_]{{8}})"
"""How `warehouse.disk` names what is not finished: after the process, or with eight letters."""
_ANY_PRIVATE = re.compile(_PRIVATE.format(name=r".+\.(?:csv|toml|jsonl?)"))
_RESTORED = re.compile(r"\.restore-[a-z0-9_]{8}")
_OF_SINGLE_FILES = (
    ("", "backups.json"),
    ("", "cited.csv"),
    ("", "schedule.toml"),
    ("", "vocabulary.toml"),
    ("reports", "status.json"),
    ("reports", "status.html"),
)
"""Files of ours that are written whole without the lock of a load: their folders and names."""
_OF_PEOPLE = (
    "identity", "corrections", "layouts", "targets", "city", "contests", "portfolio", "scenarios", "rulebooks",
    "crosswalks", "portal", "mentoring", "audit_samples", "assignments", "reminders", "evidence", ".evidence", "clinic",
)  # fmt: skip
"""Folders of a home in which commands write what people decide, one file at a time."""


def clear_leftovers(home: Home) -> list[str]:
    """Take away what dead processes have left in the temporary folder, in a home and beside it; return the names.

    While a load runs, what loads leave is passed over.
    """
    gone = clear_dead_temporaries()
    with contextlib.suppress(HomeLocked), held_by_this_process(home, "iga schedule") as was_cut_off:
        if was_cut_off:
            remove_leftovers(home)
    beside = home.root.parent.glob(".restore-*")
    gone += cleared(path for path in beside if _is_half_a_home(path) and is_quiet(path, QUIET_S))
    for folder, name in _OF_SINGLE_FILES:
        gone += clear_partial(home.root / folder / name)
    for folder in _OF_PEOPLE:
        private = [path for path in (home.root / folder).rglob(".*") if _ANY_PRIVATE.fullmatch(path.name)]
        gone += cleared(path for path in private if path.is_file() and is_quiet(path, QUIET_S))
    return gone


def _is_half_a_home(path: Path) -> bool:
    """Return whether a folder is what a restore has begun: ours by its name, and with nothing but pieces of a home."""
    if not _RESTORED.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    inside = {piece.name for piece in path.iterdir()}
    return not inside or bool(inside & {"archive", "inbox", "snapshots", "runs", "current.json"})


def clear_partial(target: Path) -> list[str]:
    """Take away what was begun beside a file, to be given its name, by one that was ended; return the names."""
    named = re.compile(_PRIVATE.format(name=re.escape(target.name)))
    beside = list(target.parent.iterdir()) if target.parent.is_dir() else []
    return cleared(path for path in beside if named.fullmatch(path.name) and is_quiet(path, QUIET_S))
