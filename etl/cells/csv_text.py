"""Text with delimiters becomes rows; the encodings that office programs write."""

from __future__ import annotations

import csv
import io

from etl.cells.sheet import Cell, Sheet
from etl.cells.unreadable import Limits, UnreadableFile, too_many_cells


def read_csv(content: bytes, limits: Limits) -> list[Sheet]:
    text = decoded(content)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:65_536], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows: list[list[Cell]] = []
    count = 0
    try:
        for line in csv.reader(io.StringIO(text, newline=""), dialect):
            count += len(line)
            if count > limits.max_cells or len(rows) > limits.max_rows:
                raise too_many_cells(count)
            rows.append([cell if cell.strip() else None for cell in line])
    except csv.Error as error:
        raise UnreadableFile.because(
            "csv_damaged",
            reason=str(error),
        ) from error
    if any(len(row) > limits.max_columns for row in rows):
        raise UnreadableFile.because(
            "too_many_columns",
            sheet="csv",
            columns=max(len(row) for row in rows),
        )
    return [Sheet("csv", rows)]


def decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace")
