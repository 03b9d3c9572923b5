"""Reads evidence files in limited processes, and checks a season's files with a word on how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from analysis.evidence.check_index import CheckIndex
from analysis.evidence.content_kind import HEAD_BYTES, kind_of_content
from analysis.evidence.evidence_check import check_evidence
from analysis.evidence.file_reading import UNREAD, FileReading
from analysis.season.frames import SeasonFrames
from etl.cells.sheets import UnreadableFile
from etl.documents.kept_readings import reading_of
from etl.worker.pool import shared_pool
from warehouse.home import Home

NEEDS_NO_READING = {"mp4", "gif", "webp", "rar", "unknown"}
"""Kinds of which nothing is read beyond the first bytes."""


def read_apart(home: Home, content: bytes, _name: str) -> FileReading:
    """Return what a limited process reads of the bytes; a file that ends it could not be read here.

    Of a scan the text is recognised where the system can, and its small picture is kept in the home.
    """
    kind = kind_of_content(content[:HEAD_BYTES])
    if kind in NEEDS_NO_READING:
        return FileReading(kind)
    try:
        answer = shared_pool().run("evidence", content, kind)
    except UnreadableFile:
        return FileReading(kind, UNREAD)
    facts = answer.facts
    pages = facts["page_count"]
    read = FileReading(
        kind=str(facts["kind"]),
        fault=str(facts["fault"]),
        text=bytes(answer.blocks["text"]).decode("utf-8", errors="replace"),
        page_count=pages if isinstance(pages, int) else None,
        is_scan=bool(facts["is_scan"]),
        text_is_known=bool(facts["text_is_known"]),
    )
    return _recognised(home, content, read) if read.is_scan and not read.text and not read.fault else read


def _recognised(home: Home, content: bytes, scan: FileReading) -> FileReading:
    """Return a scan with the text that is recognised in it, where the system can; each word is a proposal."""
    facts = reading_of(home, content, sha256(content).hexdigest())
    if not facts.get("is_recognised"):
        return scan
    lines = facts.get("paragraphs")
    text = "\n".join(str(line[0]) for line in lines) if isinstance(lines, list) else ""
    return replace(scan, text=text, is_recognised=True, text_is_known=bool(text))


def checked_season(
    home: Home, frames: SeasonFrames, places: list[Path], progress: Callable[[int, int], None] | None = None
) -> CheckIndex:
    """Check a season's evidence, reading apart what is new."""
    return check_evidence(home, frames, places, partial(read_apart, home), progress)
