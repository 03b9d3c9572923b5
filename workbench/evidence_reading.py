"""Reads evidence files by the one reader of documents, and checks a season's files with a word on how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analysis.evidence.check_index import CheckIndex
from analysis.evidence.evidence_check import check_evidence
from analysis.evidence.file_reading import CORRUPT, EMPTY, PASSWORD, READINGS, TOO_LARGE, UNREAD, FileReading
from analysis.evidence.received_files import KIB, limits
from analysis.season.frames import SeasonFrames
from etl.documents.content_kind import PICTURE_KINDS, kind_of_head
from etl.documents.kept_readings import keep_unread, known_reading, reading_of, text_of
from warehouse import disk
from warehouse.home import Home

FAULTS = {
    "empty": EMPTY, "password": PASSWORD, "damaged": CORRUPT, "costs_too_much": UNREAD, "too_large": TOO_LARGE,
}  # fmt: skip
"""The causes of the reader that are faults of a file; the others say that a kind is not read."""
FORMER = "read"
"""The folder of readings of a reader that is no more."""


class EvidenceReader:
    """Reads evidence files in limited processes, and keeps in the home what was read (`etl.documents`)."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def known(self, sha256: str) -> FileReading | None:
        """Return what was read of these bytes; None where nothing was, or where more can be read now."""
        facts = known_reading(self.home, sha256)
        return None if facts is None else file_reading(facts)

    def read(self, content: bytes, sha256: str) -> FileReading:
        """Return what a limited process reads of the bytes; of a scan the text that is recognised, where it can be."""
        return file_reading(reading_of(self.home, content, sha256))

    def left_unread(self, head: bytes, sha256: str) -> FileReading:
        """Return the kind of a file that is too large to be read."""
        return file_reading(keep_unread(self.home, sha256, kind_of_head(head), "too_large"))


def file_reading(facts: Mapping[str, Any]) -> FileReading:
    """Return the facts of the reader of documents as the check of evidence takes them; the text is cut to its limit."""
    cause = str(facts.get("cause", ""))
    text = text_of(dict(facts))[: limits()["texts_kept_kib"] * KIB]
    pages, kind = facts.get("pages"), str(facts["kind"])
    return FileReading(
        kind=kind,
        fault=FAULTS.get(cause, ""),
        text=text,
        page_count=pages if isinstance(pages, int) else None,
        is_scan=bool(facts.get("is_scan")) and kind not in PICTURE_KINDS,
        is_recognised=bool(facts.get("is_recognised")),
        text_is_known=not cause and bool(text.strip()),
    )


def checked_season(
    home: Home, frames: SeasonFrames, places: list[Path], progress: Callable[[int, int], None] | None = None
) -> CheckIndex:
    """Check a season's evidence, reading apart what is new."""
    disk.remove(home.root / READINGS / FORMER)
    return check_evidence(home, frames, places, EvidenceReader(home), progress)
