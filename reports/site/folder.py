"""The folder of a site on disk: a finished one is swapped in at once; should that fail, the old one comes back."""

from __future__ import annotations

from pathlib import Path

from warehouse import disk


def swap(private: Path, target: Path, kept: Path | None = None) -> None:
    """Put the new folder in the place of the old one; should that fail, the old one comes back.

    All in the new folder reaches the disk before it gets its name. The old folder is moved to `kept` or, without one,
    removed. Raises FileInUse when another program has a page of the old one open.
    """
    disk.sync_tree(private)
    old = private.with_name(private.name + ".old")
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
    disk.discard(old)


def give_up(private: Path, target: Path) -> None:
    """Take away what a build has begun that is stopped in the middle; the folder that it had put aside comes back."""
    old = private.with_name(private.name + ".old")
    if old.exists() and not target.exists():
        disk.replace(old, target)
    disk.discard(private)
    disk.discard(old)


def restore(target: Path) -> None:
    """Mend what a build that was killed has left: bring back the folder it had put aside, remove what it had begun."""
    for old in sorted(target.parent.glob(f".{target.name}.*.old")):
        if target.exists():
            disk.discard(old)
        else:
            disk.replace(old, target)
    for begun in target.parent.glob(f".{target.name}.*"):
        disk.discard(begun)


def forget_oldest(folder: Path, keep: int) -> None:
    """Remove all but the newest `keep` entries of a folder whose names sort by age."""
    entries = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    for entry in entries[keep:]:
        disk.discard(entry)
