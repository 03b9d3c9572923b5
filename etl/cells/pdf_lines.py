"""The lines of a PDF as a sheet: labels and values, or the cells of a ruled table."""

from __future__ import annotations

import io
import logging
import re
import zlib
from typing import Any

from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile

_LABELLED = re.compile(r"\s*(?=[^:]*[^\W\d_])([^:]{2,80}?)\s*:(?:\s+(.*\S))?\s*")


def read_pdf(content: bytes, limits: Limits) -> list[Sheet]:
    """The lines of a PDF, page by page in one sheet; `label : value` becomes two cells, a ruled table its cells."""
    import pypdf  # only for a PDF: the import costs more than reading a small workbook

    from etl.cells.pdf_tables import printed_rows

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is told once, by its receipt
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise UnreadableFile.because("password")
        if len(reader.pages) > limits.max_pdf_pages:
            raise UnreadableFile.because(
                "too_many_pages",
                pages=len(reader.pages),
            )
        if any(_content_size(page) > limits.max_page_bytes for page in reader.pages):
            raise UnreadableFile.because("page_too_large")
        has_rules = any(_draws_rules(page) for page in reader.pages)
        printed = printed_rows(content) if has_rules else None
        lines = [] if printed else [line for page in reader.pages for line in page.extract_text().splitlines()]
    except (pypdf.errors.PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _damaged_pdf(error) from error
    except (RuntimeError, OverflowError, AssertionError, zlib.error) as error:
        # RuntimeError: nested too deeply, or with a feature that the reader of PDFs does not know.
        raise _damaged_pdf(error) from error
    rows: list[list[Cell]] = [list(row) for row in printed] if printed else [_pdf_row(line) for line in lines]
    if not any(cell is not None for row in rows for cell in row):
        raise UnreadableFile.because(
            "pdf_of_pictures",
        )
    return [Sheet("pdf", rows)]


def _draws_rules(page: Any) -> bool:
    """Whether a page may hold a ruled table: one that draws hardly anything does not, nor does a picture of lines."""
    contents = page.get_contents()
    return contents is not None and len(_DRAWN.findall(contents.get_data())) in _RULES


def _content_size(page: Any) -> int:
    contents = page.get_contents()
    return 0 if contents is None else len(contents.get_data())


_DRAWN = re.compile(rb"\b(?:re|l)\s")
_RULES = range(4, 20_000)


def _damaged_pdf(error: BaseException) -> UnreadableFile:
    return UnreadableFile.because(
        "pdf_damaged",
        reason=str(error) or type(error).__name__,
    )


def _pdf_row(line: str) -> list[Cell]:
    found = _LABELLED.fullmatch(line)
    return [found[1].strip(), found[2]] if found else [line.strip() or None]
