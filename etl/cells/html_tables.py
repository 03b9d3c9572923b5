"""The tables of an HTML page, as a browser shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html

from etl.cells.csv_text import decoded
from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells


def read_html(content: bytes, limits: Limits) -> list[Sheet]:
    try:
        # The text is decoded already; lxml refuses it while an XML declaration still names an encoding.
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(content), count=1)
        if _most_attributes(text) > limits.max_attributes:
            raise UnreadableFile.because("too_many_attributes")
        document = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(huge_tree=False))
    except (lxml.etree.LxmlError, ValueError) as error:
        raise UnreadableFile.because(
            "html_damaged",
            reason=str(error),
        ) from error
    tables = [table for table in document.iter("table") if not any(True for _ in table.iterancestors("table"))]
    if not tables:
        raise UnreadableFile.because(
            "html_without_table",
        )
    return [Sheet(f"table {number}", _html_rows(table, limits)) for number, table in enumerate(tables, start=1)]


def _most_attributes(text: str) -> int:
    """How many attributes one tag has at most: a reader compares each with all others."""
    if len(text) <= _LONG_TAG:
        return 0
    return max(tag.partition(">")[0].count("=") for tag in text.split("<"))


_LONG_TAG = 100_000  # characters, in which a few thousand attributes find room


def _html_rows(table: lxml.html.HtmlElement, limits: Limits) -> list[list[Cell]]:
    """Rows of a table with ``colspan`` and ``rowspan`` laid out: the text stands in the first cell of its span."""
    rows: list[list[Cell]] = []
    held_down: dict[int, int] = {}
    laid_out = 0
    for line in table.iter("tr"):
        row: list[Cell] = []
        covered = {column for column, left in held_down.items() if left > 0}
        held_down = {column: left - 1 for column, left in held_down.items() if left > 1}
        for cell in line:
            if cell.tag not in ("td", "th"):
                continue
            while len(row) in covered:
                row.append(None)
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            if len(row) + width > limits.max_columns:
                raise UnreadableFile.because(
                    "too_many_columns",
                    sheet="table",
                    columns=len(row) + width,
                )
            for column in range(len(row), len(row) + width):
                if height > 1:
                    held_down[column] = height - 1
            text = _text_with_lines(cell)
            row.extend([text or None, *[None] * (width - 1)])
        rows.append(row)
        laid_out += len(row)
        if laid_out > limits.max_cells or len(rows) > limits.max_rows:
            raise too_many_cells(laid_out)
    return rows


_LINE_END = "\u2028"
_BLOCKS = ("br", "p", "div", "li")


def _text_with_lines(cell: lxml.html.HtmlElement) -> str:
    """The text of a cell as a browser shows it: spaces run together, a line where markup starts one."""
    if len(cell) == 0:
        return " ".join((cell.text or "").split())
    lines = (" ".join(line.split()) for line in "".join(_pieces(cell)).split(_LINE_END))
    return "\n".join(line for line in lines if line)


def _pieces(cell: lxml.html.HtmlElement) -> Iterator[str]:
    """The texts inside a cell, with a line end where a break stands and around each block."""
    for event, inner in lxml.etree.iterwalk(cell, events=("start", "end", "comment", "pi")):
        if event == "start":
            if inner is not cell and inner.tag in _BLOCKS:
                yield _LINE_END
            yield inner.text or ""
        elif inner is not cell:
            if event == "end" and inner.tag in _BLOCKS:
                yield _LINE_END
            yield inner.tail or ""


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, min(int(text), 10_000)) if re.fullmatch("[0-9]{1,9}", text) else 1
