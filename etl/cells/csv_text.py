"""Text with delimiters becomes rows, whatever delimiter and encoding an office program wrote.

Which character delimits is decided by the records themselves: with the right one they have the same number of cells.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from itertools import islice

from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells

DELIMITERS = ";,\t|"
_STATED = re.compile(r"""\ufeff?["']?sep=(.)["']?\r?(?:\n|$)""", re.IGNORECASE)
"""The first line by which a file tells Excel its delimiter; Excel does not show it as a row."""
_LOOKED_AT = 2_000  # records that decide on the delimiter
_END = "\u2063"  # a line after the last one: where it is no record of its own, a quotation mark was never closed


def read_csv(content: bytes, limits: Limits) -> list[Sheet]:
    """Return the one sheet of a delimited text. Raises UnreadableFile where a quotation mark is never closed."""
    text = decoded(content).lstrip("\ufeff")
    stated = _STATED.match(text)
    if stated:
        text = text[stated.end() :]
    rows: list[list[Cell]] = []
    count = 0
    try:
        for line in _records(text, stated[1] if stated else delimiter_of(text)):
            count += len(line)
            if count > limits.max_cells or len(rows) > limits.max_rows:
                raise too_many_cells(count)
            rows.append([cell if cell.strip() else None for cell in line])
    except csv.Error as error:
        raise UnreadableFile.because("csv_damaged", reason=str(error)) from error
    if not rows or rows.pop() != [_END]:
        raise UnreadableFile.because("csv_quote_open", row=len(rows) + 1)
    if rows and not rows[-1]:
        rows.pop()
    if any(len(row) > limits.max_columns for row in rows):
        raise UnreadableFile.because("too_many_columns", sheet="csv", columns=max(len(row) for row in rows))
    return [Sheet("csv", rows)]


def _records(text: str, delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    ended = text if text.endswith(("\n", "\r")) else f"{text}\n"
    return csv.reader(io.StringIO(f"{ended}{_END}", newline=""), delimiter=delimiter)


def delimiter_of(text: str) -> str:
    """Return the delimiter with which most records have one number of cells, and more than one."""
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        try:
            widths = Counter(len(record) for record in islice(_records(text, delimiter), _LOOKED_AT) if any(record))
        except csv.Error:
            continue
        width, times = max(
            ((width, times) for width, times in widths.items() if width > 1),
            default=(1, 0),
            key=lambda pair: (pair[1], pair[0]),
        )
        # A comma in every score parts each record in two; the delimiter parts it in more, or in all of them.
        agreement = (times / sum(widths.values())) ** 2 * math.log2(width)
        if agreement > most:
            best, most = delimiter, agreement
    return best


def decoded(content: bytes) -> str:
    """Return bytes as text: UTF-8 and UTF-16 with and without their mark, else Windows-1252."""
    encoding = encoding_of(content)
    return content.decode(encoding, errors="strict" if encoding == "utf-8-sig" else "replace")


def encoding_of(content: bytes) -> str:
    """Return the encoding that the bytes are written in; of UTF-16 without a mark by where its zero bytes stand."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = content[:4096]
    pairs = len(head) // 2
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if pairs and head[first::2].count(0) > pairs / 2 and head[1 - first :: 2].count(0) == 0:
            return encoding
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
