"""A large sheet is read as two halves at once: the reader of workbooks lets other threads run, and a core is idle.

The library reads both halves as it reads any sheet; here a worksheet is only cut between two of its rows. It is read
whole where a cut could mean anything else: markup that may hold the text of a row (comments, instructions), rows
without their numbers or out of order, several worksheets, a half that cannot be read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import python_calamine

LEAST_BYTES = 1 << 20
"""Below this a thread costs more than it saves."""
MOST_BYTES = 1 << 26
"""Sum of a workbook's parts above which copies of them would cost too much memory."""


@dataclass(frozen=True)
class HalvedSheet:
    """The two halves of a sheet, in order; what it tells is what the library tells of a whole one."""

    first: python_calamine.CalamineSheet
    second: python_calamine.CalamineSheet
    above: int
    """rows of the first half"""
    end: tuple[int, int]
    """row and column of the last cell, from 0"""

    def to_python(self, *, skip_empty_area: bool) -> list[list[Any]]:
        """The rows of both, all as wide as the wider half; always with the empty area above and left of the table."""
        halves = self.first.to_python(skip_empty_area=skip_empty_area), self.second.to_python(skip_empty_area=False)
        width = self.end[1] + 1
        rows: list[list[Any]] = [*halves[0], *halves[1][self.above :]]
        for row in rows:
            row.extend([""] * (width - len(row)))
        return rows


def sheet_in_halves(
    parts: Mapping[str, bytes], least: int = LEAST_BYTES
) -> tuple[python_calamine.CalamineWorkbook, HalvedSheet] | None:
    """The workbook of these parts (name -> bytes) and its one sheet; None where that is small or has to be read whole.

    The workbook tells name and visibility of the sheet; its cells are those of the first half.
    """
    worksheets = [name for name in parts if "worksheets/" in name and name.endswith(".xml")]
    cut = _cut(parts[worksheets[0]], least) if len(worksheets) == 1 else None
    if cut is None:
        return None
    try:
        with ThreadPoolExecutor(1) as beside:
            second = beside.submit(opened, {**parts, worksheets[0]: cut[1]})
            workbook, first = opened({**parts, worksheets[0]: cut[0]})
            last = second.result()[1]
    except (python_calamine.CalamineError, OSError, ValueError):
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the reader; the whole sheet tells what is wrong
            return None
        raise
    middle, start, end = first.end, last.start, last.end
    if middle is None or start is None or end is None or middle[0] >= start[0]:
        return None
    return workbook, HalvedSheet(first, last, middle[0] + 1, (end[0], max(middle[1], end[1])))


def _cut(worksheet: bytes, least: int) -> tuple[bytes, bytes] | None:
    """A worksheet with the first half of its rows, and with the second."""
    rows, end = worksheet.find(b"<row "), worksheet.rfind(b"</sheetData>")
    declared = worksheet.find(b"?>") + 1
    if end - rows < least or rows < 0 or b"!" in worksheet or worksheet.find(b"?", declared + 1) >= 0:
        return None
    middle = worksheet.find(b'<row r="', (rows + end) // 2, end)
    if middle < 0:
        return None
    return worksheet[:middle] + worksheet[end:], worksheet[:rows] + worksheet[middle:]


def opened(parts: Mapping[str, bytes]) -> tuple[python_calamine.CalamineWorkbook, python_calamine.CalamineSheet]:
    """Return the workbook of these parts (name -> bytes) and its one sheet. Raises ValueError where it has others."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:  # stored: what was unpacked for the checks is not packed again
        for name, part in parts.items():
            archive.writestr(name, part)
    stream.seek(0)
    workbook = python_calamine.CalamineWorkbook.from_filelike(stream)
    if len(workbook.sheets_metadata) != 1:
        raise ValueError("a sheet without a worksheet")
    return workbook, workbook.get_sheet_by_index(0)
