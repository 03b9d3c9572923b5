"""A received file becomes sheets of cells: nothing dropped, nothing typed, row numbers as in the file.

The content decides what a file is, never its name: portals send HTML called ``.xls``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from etl.cells.archives import is_locked_document, kind_of_archive, members_of, part_of
from etl.cells.csv_text import read_csv
from etl.cells.document_tables import read_document
from etl.cells.file_kinds import refused, sniff
from etl.cells.html_tables import read_html, read_mhtml
from etl.cells.pdf_lines import read_pdf
from etl.cells.sheet import Cell, Note, Sheet, as_text
from etl.cells.spreadsheet_xml import read_open_document, read_spreadsheet_xml
from etl.cells.unreadable import Limits, UnreadableFile, load_limits, refuse_too_large, too_many_cells
from etl.cells.workbook import read_workbook

__all__ = [
    "Cell", "Limits", "Sheet", "UnreadableFile", "as_text", "collector_paused", "load_limits", "read_cells",
    "refuse_too_large", "sniff",
]  # fmt: skip


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
    """Return what the bytes are to a layout (``excel``, ``html``, ``csv`` or ``pdf``), and their sheets.

    Raises UnreadableFile with a reason when they are damaged, encrypted, too large or of a kind that is not read.
    """
    bounds = limits or load_limits()
    refuse_too_large(len(content), bounds)
    file_format, sheets = _read(content, bounds, depth=0)
    cells = sum(len(row) for sheet in sheets for row in sheet.rows)
    # Sheets are worked on column by column, so that one long row counts as if all were that long.
    spans = sum(len(sheet.rows) * max(map(len, sheet.rows), default=0) for sheet in sheets)
    if max(cells, spans) > bounds.max_cells or any(len(sheet.rows) > bounds.max_rows for sheet in sheets):
        raise too_many_cells(max(cells, spans))
    return file_format, sheets


_REFUSED = {"empty": "empty", "encrypted": "password", "unknown": "unknown_kind"}
"""What bytes are that no reader takes -> the cause that is told."""
_FORMATS = {"spreadsheet_xml": "excel", "flat_open_document": "excel", "mhtml": "html"}
"""What bytes are -> what they are to a layout, where that has another name."""


def _read(content: bytes, limits: Limits, depth: int) -> tuple[str, list[Sheet]]:
    kind = sniff(content)
    if kind in ("unknown", "excel") and (error := refused(content)):
        raise error
    if kind in _REFUSED:
        raise UnreadableFile.because(_REFUSED[kind])
    if kind == "excel" and content.startswith(b"PK"):
        return _read_archive(content, limits, depth)
    readers = {
        "excel": read_workbook,
        "html": read_html,
        "mhtml": read_mhtml,
        "csv": read_csv,
        "pdf": read_pdf,
        "spreadsheet_xml": read_spreadsheet_xml,
        "flat_open_document": read_open_document,
    }
    return _FORMATS.get(kind, kind), readers[kind](content, limits)


def _read_archive(content: bytes, limits: Limits, depth: int) -> tuple[str, list[Sheet]]:
    kind = kind_of_archive(content)
    if kind == "workbook":
        return "excel", read_workbook(content, limits)
    if kind == "document":
        return "excel", read_document(part_of(content, "word/document.xml", limits), limits)
    if kind == "open_document":
        if is_locked_document(content, limits):
            raise UnreadableFile.because("password")
        sheets = read_open_document(part_of(content, "content.xml", limits), limits)
        if not sheets:
            raise UnreadableFile.because("letter")
        return "excel", sheets
    if depth >= limits.max_archive_depth:
        raise UnreadableFile.because("archive_too_deep")
    return _read_members(members_of(content, limits), limits, depth)


_NO_TABLES = {
    "unknown_kind",
    "photo",
    "letter",
    "old_document",
    "packed",
    "empty",
    "html_without_table",
    "pdf_of_pictures",
}
"""Causes of a member of an archive that is no table, as a letter beside the workbooks: it is told, the rest is read."""


def _read_members(members: Sequence[tuple[str, bytes]], limits: Limits, depth: int) -> tuple[str, list[Sheet]]:
    """The sheets of all files of an archive, each named by its file; what is no table is told with the first sheet."""
    found: list[Sheet] = []
    formats: set[str] = set()
    notes: list[Note] = []
    cells = 0
    for name, member in members:
        try:
            file_format, sheets = _read(member, limits, depth + 1)
        except UnreadableFile as error:
            if error.cause not in _NO_TABLES:
                raise UnreadableFile.because("member_unreadable", member=name, reason=error.cause) from error
            notes.append(Note("member_not_read", 1, "", name))
            continue
        formats.add(file_format)
        found += [replace(sheet, name=f"{name}/{sheet.name}", below={}) for sheet in sheets]
        cells += sum(len(sheet.rows) * max(map(len, sheet.rows), default=0) for sheet in sheets)
        if cells > limits.max_cells:
            raise too_many_cells(cells)
    if not found:
        raise UnreadableFile.because("archive_without_workbook")
    found[0] = replace(found[0], notes=(*found[0].notes, *notes), below={})
    return formats.pop() if len(formats) == 1 else "excel", found
