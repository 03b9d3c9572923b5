"""What was erased for good, known again without being named: hashes of files, salted hashes of names and numbers.

A tombstone stands in ``forgotten.jsonl`` of a home, one JSON object a line, and in the same file of this user, so that
a backup from before an erasure is laid back without what was erased. Whoever has the file can try a name against it,
and read none from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from warehouse.disk import write_text
from warehouse.home import Home

NAME = "forgotten.jsonl"
USER_LIST = "IGA_FORGOTTEN"
"""Environment variable: the file of this user's tombstones (otherwise in the folder for data of this user)."""

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9](?:[ .\-]?[0-9])*")


@dataclass(frozen=True)
class Tombstone:
    """One erasure: a file by its sha256, a person by the salted hash of `length` words, or of `length` digits.

    `former` are bytes that were written anew without a person: not received again, and written anew where a backup
    brings them back.
    """

    kind: Literal["file", "former", "words", "digits"]
    key: str
    day: str
    by: str = ""
    reason: str = ""
    salt: str = ""
    length: int = 0


def words_of(text: str) -> list[str]:
    """Return the words of a text as names are compared: without case, points or spaces."""
    return _WORD.findall(text.casefold())


def tombstone_of_person(text: str, day: str, by: str, reason: str) -> Tombstone:
    """Return the tombstone of a name, or of a number (NIK, NIP, telephone), with a salt of its own."""
    digits = re.sub(r"\D", "", text)
    kind: Literal["words", "digits"] = "words" if re.search(r"[^\W\d_]", text) else "digits"
    parts = list(digits) if kind == "digits" else words_of(text)
    salt = secrets.token_hex(16)
    return Tombstone(kind, _hashed(salt, parts), day, by, reason, salt, len(parts))


def tombstones_in(path: Path) -> tuple[Tombstone, ...]:
    """Return the tombstones of a file; none where there is no such file. A line that was cut off is passed over."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(Tombstone(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return tuple(found)


def tombstones_of(home: Home) -> tuple[Tombstone, ...]:
    """Return the tombstones of a home."""
    return tombstones_in(home.root / NAME)


def user_list() -> Path:
    """Return the file of this user's tombstones, which outlives every home."""
    if stated := os.environ.get(USER_LIST):
        return Path(stated)
    from platformdirs import user_data_path

    return user_data_path("iga-workbench", appauthor=False) / NAME


def add_tombstones(path: Path, added: Iterable[Tombstone]) -> None:
    """Add tombstones to a file that it does not hold yet."""
    known = tombstones_in(path)
    new = [stone for stone in added if stone not in known]
    if new:
        lines = [json.dumps(asdict(stone), ensure_ascii=False, sort_keys=True) for stone in (*known, *new)]
        write_text(path, "\n".join(lines) + "\n")


def forgotten_files(stones: Iterable[Tombstone]) -> frozenset[str]:
    """Return the sha256 of every file that is gone, erased or written anew."""
    return frozenset(stone.key for stone in stones if stone.kind in ("file", "former"))


def known_again(text: str, stones: Sequence[Tombstone]) -> set[str]:
    """Return the names and numbers in a text that were erased, each as its words with a space between."""
    found = set()
    words = words_of(text)
    numbers = [re.sub(r"\D", "", run) for run in _DIGITS.findall(text)]
    for stone in stones:
        sequences: list[Sequence[str]] = [words] if stone.kind == "words" else []
        if stone.kind == "digits":
            sequences = [*numbers]
        for sequence in sequences:
            for start in range(len(sequence) - stone.length + 1):
                window = sequence[start : start + stone.length]
                if hmac.compare_digest(_hashed(stone.salt, window), stone.key):
                    found.add((" " if stone.kind == "words" else "").join(window))
    return found


def _hashed(salt: str, parts: Sequence[str]) -> str:
    return hmac.new(bytes.fromhex(salt), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
