"""What was read of one file's content, kept by the hash of its bytes so that the same bytes are read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from warehouse import disk
from warehouse.home import Home

READINGS = ".evidence"
"""The folder of a home with what was read: it is made again, and is in no backup."""
VERSION = 2
"""Raised when a file is read otherwise than before; what was read until then is read again."""

EMPTY, PASSWORD, CORRUPT, TOO_LARGE = "empty", "password", "corrupt", "too_large"
UNREAD = "unread"
FAULT_MESSAGES = {
    EMPTY: "It is empty",
    PASSWORD: "It is protected by a password",
    CORRUPT: "It does not open",
    TOO_LARGE: "It is too large to be read here",
    UNREAD: "It could not be read here",
}
"""Why nothing was read of a file, as catalogue keys."""


@dataclass(frozen=True)
class FileReading:
    """What was read: the kind by content, a fault or none, the text, and how it came about.

    `is_scan`: pages are pictures. `is_recognised`: the text was recognised from pictures, so that each word is a
    proposal. `text_is_known` is false where no text could be read, which is not the same as no text.
    """

    kind: str
    fault: str = ""
    text: str = ""
    page_count: int | None = None
    is_scan: bool = False
    is_recognised: bool = False
    text_is_known: bool = False


Reader = Callable[[bytes, str], FileReading]
"""Reads bytes; the second argument is the name of the file, which is shown and never trusted."""


class Readings:
    """The readings of a home, one small file each."""

    def __init__(self, home: Home) -> None:
        self.folder = home.root / READINGS / "read"

    def known(self, sha256: str) -> FileReading | None:
        """Return what was read of these bytes; None where nothing was, or by another version."""
        try:
            told = json.loads(self._path(sha256).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(told, dict) or told.pop("version", None) != VERSION:
            return None
        names = {each.name for each in fields(FileReading)}
        return FileReading(**told) if told.keys() <= names and isinstance(told.get("kind"), str) else None

    def keep(self, sha256: str, reading: FileReading) -> None:
        """Keep what was read."""
        told = {"version": VERSION, **asdict(reading)}
        disk.write_text(self._path(sha256), json.dumps(told, ensure_ascii=False), synced=False)

    def __iter__(self) -> Iterator[Path]:
        """Iterate over the files that hold readings."""
        return iter(sorted(self.folder.rglob("*.json"))) if self.folder.is_dir() else iter(())

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.json"
