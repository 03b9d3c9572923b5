"""Tables that a system printed to PDF: ruled cells become cells again, and what stands around them stays as lines.

A line that ends because the next word did not fit is one with the next; any other line end was in the original.
"""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdfplumber.page import Page

Row = list[str | None]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in points from the top left."""

FEWEST_COLUMNS = 3
"""A profile has a label and a value: only what has more columns is a list."""
_TOLERANCE = 1.0


def printed_rows(content: bytes) -> list[Row] | None:
    """The rows of a PDF that holds ruled tables, page by page from the top, lines outside of them as rows of one cell.

    None where no page has such a table. Raises ValueError where the PDF is damaged.
    """
    import pdfplumber  # only for a PDF: the import costs more than reading a small workbook
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import PdfminerException

    for name in ("pdfminer", "pdfplumber"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is wrong with a file is told once, by its receipt
    rows: list[Row] = []
    has_table = False
    try:
        with pdfplumber.open(io.BytesIO(content)) as document:
            for page in document.pages:
                tables = [table for table in page.find_tables() if _width(table) >= FEWEST_COLUMNS]
                has_table = has_table or bool(tables)
                rows += _page_rows(page, tables)
                page.close()
    except (PDFException, PSException, PdfminerException, struct.error) as error:
        raise ValueError(str(error) or type(error).__name__) from error
    return rows if has_table else None


def _width(table: Any) -> int:
    return max((len(row.cells) for row in table.rows), default=0)


def _page_rows(page: Page, tables: Sequence[Any]) -> list[Row]:
    words = page.extract_words()
    placed: list[tuple[float, Row]] = []
    inside: set[int] = set()
    for table in tables:
        for row in table.rows:
            cells: Row = []
            for cell in row.cells:
                found = [] if cell is None else [place for place, word in enumerate(words) if _is_in(word, cell)]
                inside.update(found)
                cells.append(_text([words[place] for place in found], cell) if found else None)
            placed.append((row.bbox[1], cells))
    outside = [word for place, word in enumerate(words) if place not in inside]
    placed += [(line[0]["top"], [" ".join(word["text"] for word in line)]) for line in _lines(outside)]
    return [row for _, row in sorted(placed, key=lambda one: one[0])]


def _is_in(word: dict[str, Any], box: Box) -> bool:
    across, down = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] <= across <= box[2] and box[1] <= down <= box[3])


def _lines(words: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The words line by line, each from the left."""
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda one: (one["top"], one["x0"])):
        if lines and word["top"] < (lines[-1][0]["top"] + lines[-1][0]["bottom"]) / 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda one: one["x0"]) for line in lines]


def _text(words: Sequence[dict[str, Any]], box: Box) -> str:
    lines = _lines(words)
    margin = max(0.0, min(word["x0"] for word in words) - box[0])
    text = " ".join(word["text"] for word in lines[0])
    for line, following in pairwise(lines):
        height = line[-1]["bottom"] - line[-1]["top"]
        needed = following[0]["x1"] - following[0]["x0"] + height / 4  # a space is about a quarter of a line
        before = line[-1]["text"]
        has_room = line[-1]["x1"] + needed <= box[2] - margin - _TOLERANCE
        # A word with a hyphen is broken after it and goes on without a space.
        joint = "\n" if has_room else "" if before.endswith("-") and len(before) > 1 else " "
        text += joint + " ".join(word["text"] for word in following)
    return text
