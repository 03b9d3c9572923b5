"""The folder of a site on disk: kept pages are linked, not copied, and a finished folder is swapped in at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the disk knows no links. Both are replaced, never written to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def swap(private: Path, target: Path, kept: Path | None = None) -> None:
    """Put the new folder in the place of the old one; should that fail, the old one comes back.

    The old folder is moved to `kept` or, without one, removed.
    """
    old = private.with_name(private.name + ".old")
    if target.exists():
        target.rename(old)
    try:
        private.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    if old.exists() and kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        old.rename(kept)
    shutil.rmtree(old, ignore_errors=True)


def give_up(private: Path, target: Path) -> None:
    """Take away what a build has begun that is stopped in the middle; the folder that it had put aside comes back."""
    old = private.with_name(private.name + ".old")
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(private, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def restore(target: Path) -> None:
    """Mend what a build that was killed has left: bring back the folder it had put aside, remove what it had begun."""
    for old in sorted(target.parent.glob(f".{target.name}.*.old")):
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)
    for begun in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(begun, ignore_errors=True)


def forget_oldest(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` entries of a folder whose names sort by age."""
    entries = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    for entry in entries[keep:]:
        shutil.rmtree(entry, ignore_errors=True)
