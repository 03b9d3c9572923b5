"""What a worksheet says beside the values of its cells: merged ranges, what it hides, errors, formulas, percentages.

The reader of workbooks leaves an error and a formula without a stored value empty, and gives a percentage as its bare
number. Here the XML of a worksheet is searched for them. A search that finds nothing costs next to nothing, and only
where it finds something is a cell looked at.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from etl.cells.condensed_sheet import CondensedSheet
from etl.cells.sheet import Cell, Percent, Uncomputed

Range = tuple[int, int, int, int]
_REGULAR = re.compile(
    rb"""<(?:\w+:)?dimension\b[^<>]*\bref\s*=\s*["'](?:[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?)?["']"""
)
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^<>]*?(?:/>|>\s*</(?:\w+:)?dimension>)")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^<>]*\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_HIDDEN_ROW = re.compile(
    rb"""<(?:\w+:)?row\b(?=[^<>]*\shidden\s*=\s*["'](?:1|true)["'])[^<>]*?\sr\s*=\s*["'](\d{1,7})["']"""
)
_COLUMNS = re.compile(rb"""<(?:\w+:)?col\b(?=[^<>]*\shidden\s*=\s*["'](?:1|true)["'])[^<>]*>""")
_ERRORS = (b't="e"', b"t='e'")
"""How programs mark a cell whose formula failed; plain words are found ten times as fast as a pattern."""
_UNCOMPUTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*[^<>/])>([^<]*(?:<(?!/?(?:\w+:)?c[\s>])[^<]*)*)</(?:\w+:)?c>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_STYLE = re.compile(rb"""\bs\s*=\s*["'](\d{1,6})["']""")
_KIND = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^<>]*>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^<>]*>([^<]*)</")
_FORMATS = re.compile(rb"<(?:\w+:)?numFmt\b[^<>]*>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_XF = re.compile(rb"<(?:\w+:)?xf\b[^<>]*>")
_BUILT_IN_PERCENT = {9, 10}
_MOST_RANGES = 100_000
"""Merged ranges that are looked at; a sheet with more is drawn, not a table."""


@dataclass
class WorksheetMarks:
    """What one worksheet says; rows and columns from 0."""

    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    """what the reader of workbooks leaves out, or gives without its format"""
    merged: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def has_lying_dimension(worksheet: bytes) -> bool:
    """Return whether a worksheet states an extent that is none, such as `A0:H13`."""
    place = worksheet.find(b"dimension", 0, worksheet.find(b"sheetData"))
    return place >= 0 and _REGULAR.search(worksheet, max(0, place - 20), place + 200) is None


def without_dimension(worksheet: bytes) -> bytes:
    """Return a worksheet that does not state its extent: the reader finds it by the cells."""
    return _DIMENSION.sub(b"", worksheet, count=1)


def percent_styles(styles: bytes) -> frozenset[int]:
    """Return the numbers of the cell styles of a workbook that show a number as a percentage."""
    if b"cellXfs" not in styles:
        return frozenset()
    formats = set(_BUILT_IN_PERCENT)
    for tag in _FORMATS.findall(styles):
        code, number = _attribute(tag, b"formatCode"), _attribute(tag, b"numFmtId")
        # A percent sign in quotation marks is a word behind the number, which is stored as it is shown.
        if (
            code
            and number
            and number.isdigit()
            and "%" in _QUOTED.sub("", html.unescape(code.decode("utf-8", "replace")))
        ):
            formats.add(int(number))
    found = _STYLES.search(styles)
    numbers = [_attribute(tag, b"numFmtId") for tag in _XF.findall(found[0])] if found else []
    return frozenset(
        place for place, number in enumerate(numbers) if number and number.isdigit() and int(number) in formats
    )


_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def _attribute(tag: bytes, name: bytes) -> bytes | None:
    found = re.search(rb"\b" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return None if found is None else found[1] if found[1] is not None else found[2]


def marks_of(worksheet: bytes, percents: frozenset[int], most_columns: int) -> WorksheetMarks:
    """Return what a worksheet says; `percents` are the styles of `percent_styles`."""
    end = max(worksheet.rfind(b"sheetData>"), worksheet.rfind(b"sheetData/>"), 0)
    marks = WorksheetMarks(merged=_merged_after(worksheet, end))
    if b"hidden" in worksheet:
        marks.hidden_rows = frozenset(int(row) - 1 for row in _HIDDEN_ROW.findall(worksheet))
        marks.hidden_columns = _hidden_columns(worksheet[: max(0, worksheet.find(b"sheetData"))], most_columns)
    if _has_marked_cells(worksheet, percents):
        _mark_cells(worksheet, percents, marks.cells)
    return marks


def marks_of_condensed(sheet: CondensedSheet, percents: frozenset[int], most_columns: int) -> WorksheetMarks:
    """Return what a worksheet says that is read by its distinct cells; what one of those means stands in the sheet."""
    marks = WorksheetMarks(merged=_merged_after(sheet.tail, 0))
    if b"hidden" in sheet.row_tags:
        marks.hidden_rows = frozenset(int(row) - 1 for row in _HIDDEN_ROW.findall(sheet.row_tags))
    if b"hidden" in sheet.head:
        marks.hidden_columns = _hidden_columns(sheet.head, most_columns)
    if _has_marked_cells(sheet.cells(), percents):
        cells: dict[tuple[int, int], Cell] = {}
        _mark_cells(sheet.cells(is_numbered=True), percents, cells)
        sheet.instead.update({place: cell for (place, _), cell in cells.items()})
    return marks


def _has_marked_cells(cells: bytes, percents: frozenset[int]) -> bool:
    return bool(
        (percents and _any_style(cells, percents))
        or any(mark in cells for mark in _ERRORS)
        or (b"f>" in cells and _UNCOMPUTED.search(cells))
    )


def _any_style(worksheet: bytes, percents: frozenset[int]) -> bool:
    written = b"|".join(str(style).encode() for style in sorted(percents))
    return re.search(rb"""\ss\s*=\s*["'](?:""" + written + rb""")["']""", worksheet) is not None


def _merged_after(worksheet: bytes, end: int) -> tuple[Range, ...]:
    if b"mergeCell" not in worksheet[end:]:
        return ()
    ranges = []
    for found in _MERGED.finditer(worksheet, end):
        left, right = column_number(found[1]) - 1, column_number(found[3]) - 1
        ranges.append((int(found[2]) - 1, left, int(found[4]) - 1, right))
        if len(ranges) > _MOST_RANGES:
            return ()
    return tuple(sorted(one for one in ranges if 0 <= one[0] <= one[2] and one[1] <= one[3]))


def _hidden_columns(head: bytes, most: int) -> frozenset[int]:
    hidden: set[int] = set()
    for tag in _COLUMNS.findall(head):
        first, last = _attribute(tag, b"min"), _attribute(tag, b"max")
        if first and last and first.isdigit() and last.isdigit():
            hidden |= set(range(int(first) - 1, min(int(last), most)))
    return frozenset(hidden)


def _mark_cells(worksheet: bytes, percents: frozenset[int], cells: dict[tuple[int, int], Cell]) -> None:
    for found in _CELL.finditer(worksheet):
        attributes, content = found[1], found[2]
        kind, style = _KIND.search(attributes), _STYLE.search(attributes)
        cell = _marked(kind[1] if kind else b"n", int(style[1]) in percents if style else False, content)
        reference = _REFERENCE.search(attributes) if cell is not None else None
        if reference is not None and int(reference[2]) > 0:
            cells[int(reference[2]) - 1, column_number(reference[1]) - 1] = cell


def _marked(kind: bytes, is_percent: bool, content: bytes) -> Cell:
    """The cell that a content means where the reader of workbooks does not give it, else None."""
    value = _VALUE.search(content)
    text = value[1].strip() if value else b""
    if kind == b"e":
        return _words(text) or None
    if not text and kind != b"inlineStr" and (b"f>" in content or b"f " in content):
        # A formula may give an empty text, which is stored as such (t="str").
        formula = _FORMULA.search(content)
        return Uncomputed(f"={_words(formula[1]) if formula else ''}") if kind != b"str" else None
    if is_percent and kind == b"n" and text:
        try:
            return Percent.of(float(text))
        except ValueError:
            return None
    return None


def _words(text: bytes) -> str:
    return html.unescape(text.decode("utf-8", "replace"))


def column_number(letters: bytes) -> int:
    """Return the number of a column, from 1, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


@dataclass(frozen=True)
class Outliers:
    """A worksheet without the few cells that stand far from its table, and those cells by their references."""

    worksheet: bytes
    cells: Mapping[str, str]


_GAP_ROWS = 1_000
_GAP_COLUMNS = 200
_MOST_OUTLIERS = 20
_LEAST_TIMES = 10  # as many cells has the table at least, for each that lies far from it
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"((?:\s[a-z]+="[^"<>]*")*)\s*>([^<]*(?:<(?!/?c[\s>])[^<]*)*)</c>'
    rb'|<c r="[A-Z]{1,3}[0-9]{1,7}"[^<>]*/>'
)
_ANY_OPENING = re.compile(rb"<(?:\w+:)?c[\s>]")


def without_outliers(worksheet: bytes, texts: list[str], most_columns: int) -> Outliers | None:
    """Return a worksheet cut to its table; None where it is not written plainly, or too many cells lie far from it.

    So it is where one with a text lies beyond the most columns that a sheet may have.

    A far cell of spaces alone is not told: programs leave them behind where somebody pressed the bar.
    """
    filled: dict[tuple[int, int], re.Match[bytes]] = {}
    plain = 0
    for found in _PLAIN_CELL.finditer(worksheet):
        plain += 1
        if found[1]:
            filled[int(found[2]), column_number(found[1])] = found
    if not filled or plain != len(_ANY_OPENING.findall(worksheet)):
        return None
    last_row = _before_gap(sorted({row for row, _ in filled}), _GAP_ROWS)
    last_column = _before_gap(sorted({column for row, column in filled if row <= last_row}), _GAP_COLUMNS)
    far = [found for (row, column), found in filled.items() if row > last_row or column > last_column]
    if not far or len(far) > min(_MOST_OUTLIERS, len(filled) // _LEAST_TIMES):
        return None
    cells = {}
    for found in sorted(far, key=lambda one: one.start(), reverse=True):
        worksheet = worksheet[: found.start()] + worksheet[found.end() :]
        text = _text_of(found, texts)
        if text.strip():
            if column_number(found[1]) > most_columns:
                return None
            cells[(found[1] + found[2]).decode()] = text
    return Outliers(worksheet, dict(reversed(list(cells.items()))))


def _before_gap(places: list[int], gap: int) -> int:
    last = places[0]
    for place in places[1:]:
        if place - last > gap:
            break
        last = place
    return last


def _text_of(cell: re.Match[bytes], texts: list[str]) -> str:
    attributes, content = cell[3], cell[4]
    value = _VALUE.search(content)
    kind = _KIND.search(attributes)
    if kind and kind[1] == b"s" and value and value[1].strip().isdigit():
        number = int(value[1])
        return texts[number] if number < len(texts) else ""
    return _words(value[1]) if value else _words(re.sub(rb"<[^<>]*>", b"", content))


def shared_texts(part: bytes) -> list[str]:
    """Return the texts that the cells of a workbook share, in their order."""
    items = re.findall(rb"<(?:\w+:)?si\b[^<>]*?(?:/>|>([^<]*(?:<(?!/?(?:\w+:)?si\b)[^<]*)*)</(?:\w+:)?si>)", part)
    return [_words(re.sub(rb"<[^<>]*>", b"", item)) for item in items]
