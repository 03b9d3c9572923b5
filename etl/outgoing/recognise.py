"""Marked-up workbooks that went back to their senders: how they are known again when they return."""

from __future__ import annotations

import re
from collections.abc import Sequence

from etl.cells.sheets import Sheet

SUMMARY = "Ringkasan Perbaikan"
SUMMARY_WIDTH = 7
"""Columns of the summary sheet; what stands beside them its receivers wrote."""
ORIGIN = "Berkas asal: "
_ORIGIN = re.compile(re.escape(ORIGIN) + "([0-9a-f]{64})")
_HEAD_ROWS = 12


def origin_of(sheets: Sequence[Sheet]) -> str | None:
    """The sha256 of the file that a returned workbook corrects, as its summary sheet says; None for any other file."""
    for sheet in sheets:
        if sheet.name == SUMMARY:
            for row in sheet.rows[:_HEAD_ROWS]:
                for cell in row:
                    if isinstance(cell, str) and (found := _ORIGIN.fullmatch(cell.strip())):
                        return found[1]
    return None
