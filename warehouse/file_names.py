"""Names of files made from text: of people, units, regions, or of files that came from elsewhere.

No name is one that Windows forbids, none leads to another folder, and none is longer than 120 bytes.
"""

from __future__ import annotations

import hashlib
import re

LONGEST = 120
"""Bytes of a name with its ending. Windows takes 260 letters for a whole path, other systems 255 bytes for a name."""

SMALL_LETTERS = "a-z0-9"
ANY_LETTERS = r"\w"

DEVICE_NAMES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
"""Names that Windows keeps for devices, with any ending."""

_HASH = 8


def hyphenated(text: str, letters: str = SMALL_LETTERS) -> str:
    """Return text in small letters with a hyphen for all else; it may be empty, long, or the name of a device."""
    return re.sub(f"[^{letters}]+", "-", text.casefold()).strip("-")


def slug(text: str, letters: str = SMALL_LETTERS) -> str:
    """Return the name of a file or folder, without an ending, in small letters, digits and hyphens."""
    return fitting(hyphenated(text, letters))


def fitting(name: str, longest: int = LONGEST) -> str:
    """Return a name that any system takes: `name` itself where it fits.

    A longer one is cut before its ending and bears a hash of the whole, so that two long names stay two.
    """
    name = re.sub(r'[<>:"/|?*\\\x00-\x1f]+', "-", name).rstrip(". ")
    first, dot, rest = name.partition(".")
    if first.strip().casefold() in DEVICE_NAMES:
        name = f"{first.strip()}_{dot}{rest}"
    encoded = name.encode(errors="replace")
    if len(encoded) <= longest:
        return name
    stem, dot, ending = name.rpartition(".")
    kept = f".{ending}" if stem and len(ending) <= _HASH and ending.isalnum() else ""
    mark = f"-{hashlib.sha256(encoded).hexdigest()[:_HASH]}{kept}"
    return encoded[: longest - len(mark.encode())].decode(errors="ignore").rstrip("-. ") + mark
