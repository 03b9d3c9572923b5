"""The folder of a site on disk: kept pages are linked, not copied, and a finished folder is swapped in at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from warehouse import disk


def link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the disk knows no links. Both are replaced, never written to."""
    disk.link(source, target)


def swap(private: Path, target: Path, kept: Path | None = None) -> None:
    """Put the new folder in the place of the old one, all of it on the disk; should that fail, the old one comes back.

    The old folder is moved to `kept` or, without one, removed.
    """
    old = private.with_name(private.name + ".old")
    disk.sync_tree(private)
    if target.exists():
        disk.replace(target, old)
    try:
        disk.replace(private, target)
    except BaseException:
        if old.exists() and not target.exists():
            disk.replace(old, target)
        raise
    if old.exists() and kept is not None:
        disk.make_folder(kept.parent)
        disk.remove(kept)
        disk.replace(old, kept)
    _let_go(old)


def _let_go(folder: Path) -> None:
    """Remove a folder that nobody names any more; what another program holds open goes at the next build."""
    with suppress(OSError, disk.FileInUse):
        disk.remove(folder)


def restore(target: Path) -> None:
    """Mend what a build that was killed has left: bring back the folder it had put aside, remove what it had begun."""
    for old in sorted(target.parent.glob(f".{target.name}.*.old")):
        if target.exists():
            _let_go(old)
        else:
            disk.replace(old, target)
    for begun in target.parent.glob(f".{target.name}.*"):
        _let_go(begun)


def forget_oldest(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` entries of a folder whose names sort by age."""
    entries = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    for entry in entries[keep:]:
        _let_go(entry)
