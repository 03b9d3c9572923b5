"""Whether what was received is still what was received: content against its name, facts against the seal beside them.

A file of the archive is named by the hash of its bytes. Bytes that do not match their name are never a figure: they are
replaced where the good ones are at hand, and told otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from warehouse import disk
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home, sha256_of

SEAL = "sha256_of_facts"
"""The key under which a JSON file of facts states the hash of all others."""


class ArchiveDamaged(WorkbenchError):
    """Received files are not as they were received, and the good bytes are not at hand; nothing was published."""

    exit_code = ExitCode.BACKUP


def folder_of(home: Home, file_sha256: str) -> Path:
    """Return where a received file is kept, with its receipt."""
    return home.archive / file_sha256[:2] / file_sha256


def damaged(names: Iterable[str], place: str) -> ArchiveDamaged:
    """Return the fault that names the received files that are damaged."""
    listed = list(names)
    return ArchiveDamaged(
        "{count} received file(s) in the archive are damaged, and nothing was published: {names}",
        next_step="put the original files into the inbox again, or `iga verify --repair` takes them from a backup; the "
        "last snapshot stands",
        place=place,
        count=len(listed),
        names=", ".join(listed),
    )


def read_content(home: Home, file_sha256: str, elsewhere: Iterable[Path] = ()) -> bytes | None:
    """Return the bytes of a received file, held against its name; None where they are lost.

    Bytes that are damaged or missing are replaced by those of a file of the inbox, or of the files and folders
    `elsewhere`, that has the same hash.
    """
    content = _good_bytes(folder_of(home, file_sha256) / "content", file_sha256)
    if content is None:
        for path in _files_below([home.inbox, *elsewhere]):
            content = _good_bytes(path, file_sha256) if _has_hash(path, file_sha256) else None
            if content is not None:
                heal(home, file_sha256, content)
                break
    return content


def heal(home: Home, file_sha256: str, content: bytes) -> None:
    """Put good bytes in the place of damaged ones. Raises ValueError where they do not match the name."""
    if hashlib.sha256(content).hexdigest() != file_sha256:
        raise ValueError(f"other bytes than those of {file_sha256}")
    disk.write_bytes(folder_of(home, file_sha256) / "content", content)


def is_whole(home: Home, file_sha256: str) -> bool:
    """Whether the bytes of a received file match their name."""
    return _has_hash(folder_of(home, file_sha256) / "content", file_sha256)


def sealed(facts: dict[str, Any]) -> str:
    """Return facts, in their order, as JSON that states its own hash."""
    # A line for each fact; what is in it is written at once, which the indentation of all would not be.
    lines = [f" {_encoded(name)}: {_encoded(value)}" for name, value in {**facts, SEAL: _hash_of(facts)}.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


_encoded = json.JSONEncoder(ensure_ascii=False).encode
_encoded_in_order = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def unsealed(text: str, *, is_required: bool = True) -> dict[str, Any]:
    """Return the facts of such a JSON. Raises ValueError where they do not match their hash.

    Facts of former versions have none; they are accepted where it is not required.
    """
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("no facts")
    stated = facts.pop(SEAL, None)
    if stated != _hash_of(facts) and (is_required or stated is not None or _has_seal_of_other_name(facts)):
        raise ValueError("other facts than those that were written")
    return facts


def _has_seal_of_other_name(facts: dict[str, Any]) -> bool:
    """Whether one of the facts is the hash of the others: their seal, whose name is damaged."""
    return any(
        value == _hash_of({other: fact for other, fact in facts.items() if other != name})
        for name, value in facts.items()
    )


def _hash_of(facts: dict[str, Any]) -> str:
    return hashlib.sha256(_encoded_in_order(facts).encode()).hexdigest()


def _good_bytes(path: Path, file_sha256: str) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:  # missing, or the disk does not give it back
        return None
    return content if hashlib.sha256(content).hexdigest() == file_sha256 else None


def _has_hash(path: Path, file_sha256: str) -> bool:
    try:
        return sha256_of(path) == file_sha256
    except OSError:
        return False


def _files_below(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(place.rglob("*")) if place.is_dir() else [place]
