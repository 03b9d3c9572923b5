"""How large a home is, folder by folder."""

from __future__ import annotations

import contextlib
import os

from warehouse.home import Home

FOLDERS = ("inbox", "archive", "lake", "snapshots", "reports")
"""Told by name; everything else is `other`."""


def sizes_of(home: Home) -> dict[str, int]:
    """Return the bytes of each folder of a home, largest first, and of what else lies there as `other`.

    A file with two names (a page that an earlier build keeps as well) counts once; links are not followed.
    """
    sizes: dict[str, int] = {}
    seen: set[tuple[int, int]] = set()
    with contextlib.suppress(OSError), os.scandir(home.root) as entries:
        for entry in entries:
            name = entry.name if entry.name in FOLDERS else "other"
            sizes[name] = sizes.get(name, 0) + _size(entry, seen)
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def _size(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> int:
    try:
        if entry.is_dir(follow_symlinks=False):
            with os.scandir(entry.path) as inside:
                return sum(_size(below, seen) for below in inside)
        facts = entry.stat(follow_symlinks=False)
    except OSError:  # it has gone meanwhile, or may not be read
        return 0
    if facts.st_nlink > 1:
        name = (facts.st_dev, facts.st_ino)
        if name in seen:
            return 0
        seen.add(name)
    return facts.st_size
