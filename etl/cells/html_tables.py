"""The tables of an HTML page, as a browser shows them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace

import lxml.html

from etl.cells.csv_text import decoded
from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells


def read_mhtml(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the tables of the pages that a browser or Excel saved as one file. Raises UnreadableFile as for HTML."""
    from email import message_from_bytes, policy  # only for such a file: the import costs more than a small workbook

    message = message_from_bytes(content, policy=policy.default)
    sheets: list[Sheet] = []
    for part in message.walk():
        page = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if not isinstance(page, bytes):
            continue
        text = page.decode(_known_encoding(part.get_content_charset()), errors="replace")
        if "<table" in text.casefold():
            sheets += read_html(text.encode(), limits)
    if not sheets:
        raise UnreadableFile.because("html_without_table")
    return [replace(sheet, name=f"table {number}", below={}) for number, sheet in enumerate(sheets, start=1)]


def _known_encoding(name: str | None) -> str:
    try:
        return codecs.lookup(name or "utf-8").name
    except LookupError:
        return "utf-8"


def read_html(content: bytes, limits: Limits) -> list[Sheet]:
    """Return each outer table of a page as a sheet; a table within a cell is the text of that cell."""
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
    tables = list(_outermost(document))
    if not tables:
        raise UnreadableFile.because(
            "html_without_table",
        )
    return [_html_sheet(f"table {number}", table, limits) for number, table in enumerate(tables, start=1)]


def _outermost(element: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """The tables that hold data: a table in a cell is the text of that cell, but in a frame it is a table."""
    waiting = list(reversed(list(element.iterchildren("*"))))
    while waiting:
        inner = waiting.pop()
        if inner.tag == "table" and not _is_frame(inner):
            yield inner
        else:
            waiting += reversed(list(inner.iterchildren("*")))


def _is_frame(table: lxml.html.HtmlElement) -> bool:
    """Whether a table only places another: its rows are narrow, and one inside has more rows and more cells."""
    own = _lines_of(table)
    if max((len(line) for line in own), default=0) > _FRAME_CELLS:
        return False
    inside = [_lines_of(inner) for inner in table.iterdescendants("table")]
    return any(len(lines) > len(own) and max(map(len, lines), default=0) > _FRAME_CELLS for lines in inside)


_FRAME_CELLS = 2


def _lines_of(table: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """The rows of a table itself, without those of tables inside its cells."""
    lines = []
    waiting = list(reversed(list(table.iterchildren("*"))))
    while waiting:
        inner = waiting.pop()
        if inner.tag == "tr":
            lines.append(inner)
        elif inner.tag not in ("table", "td", "th"):
            waiting += reversed(list(inner.iterchildren("*")))
    return lines


def _most_attributes(text: str) -> int:
    """How many attributes one tag has at most: a reader compares each with all others."""
    if len(text) <= _LONG_TAG:
        return 0
    return max(tag.partition(">")[0].count("=") for tag in text.split("<"))


_LONG_TAG = 100_000  # characters, in which a few thousand attributes find room


def _html_sheet(name: str, table: lxml.html.HtmlElement, limits: Limits) -> Sheet:
    """Rows of a table with ``colspan`` and ``rowspan`` laid out: the text stands in the first cell of its span."""
    rows: list[list[Cell]] = []
    merged: list[tuple[int, int, int, int]] = []
    held_down: dict[int, int] = {}
    laid_out = 0
    for line in _lines_of(table):
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
            if width > 1 or height > 1:
                merged.append((len(rows), len(row), len(rows) + height - 1, len(row) + width - 1))
            text = _text_with_lines(cell)
            row.extend([text or None, *[None] * (width - 1)])
        rows.append(row)
        laid_out += len(row)
        if laid_out > limits.max_cells or len(rows) > limits.max_rows:
            raise too_many_cells(laid_out)
    last = len(rows) - 1
    return Sheet(name, rows, merged=tuple((top, left, min(down, last), right) for top, left, down, right in merged))


_LINE_END = "\u2028"
_BLOCKS = ("br", "p", "div", "li", "tr", "td", "th")


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
