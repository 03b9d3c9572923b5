"""Readings of documents, kept in the home by the hash of their bytes, so that a second look costs nothing."""

from __future__ import annotations

import json
from typing import Any

from etl.cells.sheets import UnreadableFile
from etl.documents.read_document import READER
from etl.documents.recognised_text import recognition_at_hand
from etl.worker.pool import WorkerPool, shared_pool
from warehouse import disk
from warehouse.home import Home

FOLDER = ".evidence/documents"
"""The folder of a home: it is made again, is in no backup, and `iga forget` looks into its texts."""


def picture_of(home: Home, sha256: str) -> bytes | None:
    """Return the small picture of a scan that was read; None where there is none."""
    try:
        return (home.root / FOLDER / sha256[:2] / f"{sha256}.png").read_bytes()
    except OSError:
        return None


def reading_of(home: Home, content: bytes, sha256: str, pool: WorkerPool | None = None) -> dict[str, Any]:
    """Return the facts of a document, kept or read now in a limited process."""
    path = home.root / FOLDER / sha256[:2] / f"{sha256}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        may_differ = facts.get("cause") == "scan" and recognition_at_hand() is not None
        if facts.get("reader") == READER and not may_differ:
            return dict(facts)
    except (OSError, ValueError, AttributeError, RecursionError):
        pass
    try:
        answer = (pool or shared_pool()).run("document", content)
    except UnreadableFile:
        return {"kind": "unknown", "cause": "costs_too_much", "paragraphs": [], "reader": READER}
    facts, picture = dict(answer.facts), answer.blocks.get("picture", b"")
    if "kind" not in facts:
        return {"kind": "unknown", "cause": "costs_too_much", "paragraphs": [], "reader": READER}
    if picture:
        disk.write_bytes(path.with_suffix(".png"), picture)
    disk.write_text(path, json.dumps(facts, ensure_ascii=False).encode(errors="replace").decode())
    return facts
