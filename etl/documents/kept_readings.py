"""Readings of documents, kept in the home by the hash of their bytes, so that a second look costs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etl.cells.sheets import UnreadableFile
from etl.documents.read_document import READER
from etl.documents.recognised_text import recogniser
from etl.worker.pool import WorkerPool, shared_pool
from warehouse import disk
from warehouse.home import Home

FOLDER = ".evidence/documents"
"""The folder of a home: it is made again, is in no backup, and `iga forget` looks into its texts."""
UNREAD = ("costs_too_much", "too_large")
"""Causes of a file that was not read; who asks for that file alone has it tried again."""


def picture_of(home: Home, sha256: str) -> bytes | None:
    """Return the small picture of a scan that was read; None where there is none."""
    try:
        return _path(home, sha256).with_suffix(".png").read_bytes()
    except OSError:
        return None


def known_reading(home: Home, sha256: str) -> dict[str, Any] | None:
    """Return the facts that are kept of these bytes; None where there are none, or other ones would be read now.

    A picture is read again when Tesseract or its Indonesian has come, and not when it has gone.
    """
    try:
        facts = json.loads(_path(home, sha256).read_text(encoding="utf-8"))
        is_current = isinstance(facts, dict) and facts.get("reader") == READER
    except (OSError, ValueError, RecursionError):
        return None
    if not is_current or (facts.get("is_scan") and len(str(facts.get("recogniser", ""))) < len(recogniser())):
        return None
    return dict(facts)


def reading_of(home: Home, content: bytes, sha256: str, pool: WorkerPool | None = None) -> dict[str, Any]:
    """Return the facts of a document, kept or read now in a limited process."""
    known = known_reading(home, sha256)
    if known is not None and known.get("cause") not in UNREAD:
        return known
    try:
        answer = (pool or shared_pool()).run("document", content)
    except UnreadableFile:
        return keep_unread(home, sha256, "unknown", "costs_too_much")
    facts, picture = dict(answer.facts), answer.blocks.get("picture", b"")
    if "kind" not in facts:
        return keep_unread(home, sha256, "unknown", "costs_too_much")
    if picture:
        disk.write_bytes(_path(home, sha256).with_suffix(".png"), picture)
    _keep(home, sha256, facts)
    return facts


def keep_unread(home: Home, sha256: str, kind: str, cause: str) -> dict[str, Any]:
    """Keep and return that a file was not read: the program's limits do not let it."""
    facts = {"kind": kind, "cause": cause, "paragraphs": [], "head": [], "foot": [], "reader": READER}
    _keep(home, sha256, facts)
    return facts


def kept_readings(home: Home) -> Iterator[Path]:
    """Iterate over the files of a home that hold readings, in the order of their hashes."""
    folder = home.root / FOLDER
    return iter(sorted(folder.rglob("*.json"))) if folder.is_dir() else iter(())


def text_of(facts: dict[str, Any]) -> str:
    """Return all text of a reading, line by line: headers, paragraphs, footers."""
    paragraphs = facts.get("paragraphs")
    lines = [str(line[0]) for line in paragraphs if line] if isinstance(paragraphs, list) else []
    return "\n".join([*map(str, facts.get("head", ())), *lines, *map(str, facts.get("foot", ()))])


def _keep(home: Home, sha256: str, facts: dict[str, Any]) -> None:
    told = json.dumps(facts, ensure_ascii=False).encode(errors="replace").decode()
    disk.write_text(_path(home, sha256), told, synced=False)


def _path(home: Home, sha256: str) -> Path:
    return home.root / FOLDER / sha256[:2] / f"{sha256}.json"
