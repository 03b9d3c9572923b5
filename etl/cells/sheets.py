"""A received file becomes sheets of cells: nothing dropped, nothing typed, row numbers as in the file.

The content decides what a file is, never its name: portals send HTML called ``.xls``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from etl.cells.csv_text import read_csv
from etl.cells.html_tables import read_html
from etl.cells.pdf_lines import read_pdf
from etl.cells.sheet import Cell, Sheet, as_text
from etl.cells.unreadable import Limits, UnreadableFile, load_limits, refuse_too_large, too_many_cells
from etl.cells.workbook import read_workbook

__all__ = [
    "Cell", "Limits", "Sheet", "UnreadableFile", "as_text", "collector_paused", "load_limits", "read_cells",
    "refuse_too_large", "sniff",
]  # fmt: skip


def sniff(content: bytes) -> str:
    """What the bytes are: ``excel``, ``html``, ``csv``, ``pdf``, ``encrypted``, ``empty`` or ``unknown``."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="ignore").encode()
    if not content.strip(b"\x00 \t\r\n"):
        return "empty"
    if head.startswith(b"PK\x03\x04"):
        return "excel"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        # An encrypted .xlsx is an OLE file with this stream; its name is stored as UTF-16.
        return "encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "excel"
    if head.startswith(b"%PDF-"):
        return "pdf"
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")) or b"<table" in lowered:
        return "html"
    if b"\x00" not in head and any(mark in head for mark in (b",", b";", b"\t")):
        return "csv"
    return "unknown"


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the collector of cycles: a sheet has none, and it would walk over all its cells again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@collector_paused()
def read_cells(content: bytes, limits: Limits | None = None) -> tuple[str, list[Sheet]]:
    """What the bytes are, and their sheets.

    Raises UnreadableFile with a reason when they are damaged, encrypted, too large or of a kind that is not read.
    """
    bounds = limits or load_limits()
    refuse_too_large(len(content), bounds)
    kind = sniff(content)
    readers = {"excel": read_workbook, "html": read_html, "csv": read_csv, "pdf": read_pdf}
    if kind not in readers:
        raise UnreadableFile.because(_REFUSED[kind])
    sheets = readers[kind](content, bounds)
    cells = sum(len(row) for sheet in sheets for row in sheet.rows)
    # Sheets are worked on column by column, so that one long row counts as if all were that long.
    spans = sum(len(sheet.rows) * max(map(len, sheet.rows), default=0) for sheet in sheets)
    if max(cells, spans) > bounds.max_cells or any(len(sheet.rows) > bounds.max_rows for sheet in sheets):
        raise too_many_cells(max(cells, spans))
    return kind, sheets


_REFUSED = {"empty": "empty", "encrypted": "password", "unknown": "unknown_kind"}
"""What bytes are that no reader takes -> the cause that is told."""
