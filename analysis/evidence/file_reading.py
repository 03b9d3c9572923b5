"""What was read of one file, as the check of evidence takes it; who reads and keeps it is given from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

READINGS = ".evidence"
"""The folder of a home with what was read and checked: it is made again, and is in no backup."""

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


class Reader(Protocol):
    """Reads the bytes of a file, and keeps what it read by their hash so that the same bytes are read once."""

    def known(self, sha256: str) -> FileReading | None:
        """Return what was read of these bytes; None where nothing was, or where more can be read now."""

    def read(self, content: bytes, sha256: str) -> FileReading:
        """Return what is read of these bytes, and keep it."""

    def left_unread(self, head: bytes, sha256: str) -> FileReading:
        """Return the kind of a file that is too large to be read, by its first bytes, and keep it."""
