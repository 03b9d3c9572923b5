"""A large worksheet is read by its distinct cells: the reader of workbooks gets each once, and rows take its value.

Wide workbooks repeat themselves: a few points, levels, units and words stand in nearly every cell. What stands behind
the reference of a cell (style, type, value) decides what it holds, wherever it lies. So the cells are found in the
bytes by whole arrays, and the library reads a worksheet in which each content stands once. A worksheet is read as it
was sent where anything is not as programs write it plainly: other markup, rows or cells without their numbers or out
of order, or hardly fewer contents than cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from etl.cells.sheet import Cell

LEAST_BYTES, MOST_BYTES = 1 << 17, 1 << 25
"""Below, nothing is gained; above, the arrays would take too much memory."""
MOST_WRITTEN, MOST_DISTINCT = 0.3, 0.5
"""Shares of the cells: of those whose content is long, and of contents, from which the library itself is faster."""
_LAST = b"8.6420975308642e+299"
"""What the last row of the worksheet of contents holds, so that none of the others can be missing unseen."""

_HEAD = re.compile(rb"[^<]*(?:<(?!!|sheetData)[^<]*)*<sheetData>")
_ROW_TAGS = re.compile(rb'(?:<row r="[1-9][0-9]*+"(?: [\w:]++="[^"<>&]*+")*+ ?/?>)*+')
_ATTRIBUTES = rb'(?:(?: s="[0-9]+")?(?: t="\w+")?| t="\w+" s="[0-9]+")'  # each once
_CONTENTS = re.compile(
    rb"(?:<c" + _ATTRIBUTES + rb"(?:><v>[^<]*+</v></c>|/>|>(?:[^<]++|<(?!/?(?:c[\s/>]|row|sheetData)))*+</c>))*+"
)
_NOTHING = re.compile(_ATTRIBUTES + rb"/>")
_CELL, _ROW, _ROW_END, _BARE_ROW = range(4)
"""What begins at a tag: a cell, a row, the end of a row, a row without cells; rows are the odd ones."""
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
"""What leaves so many of the first bytes of a word of eight."""
_BLOCK = 1 << 19  # bytes of rows that are worked on together, so that they stay near the processor
_WORDS = 4  # of eight bytes, in which the content of most cells stands
_MIXED = np.uint64(0x9E3779B97F4A7C15)  # an odd number whose bits are mixed, as hashing multiplies with
_MOST_DIGITS = 7  # of the number of a row
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
"""What a worksheet may have; beyond, the reader says what is wrong."""
_SLOTS = 16  # bits of the number of slots in which equal contents meet

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CondensedSheet:
    """The cells of a worksheet that are no empty tags: row and column of each, from 0, and which content it has."""

    rows: Numbers
    columns: Numbers
    places: Numbers
    contents: list[bytes]
    """each content once, as it stands behind the reference of a cell: attributes, value, end of the cell"""
    row_tags: bytes
    head: bytes
    tail: bytes
    instead: dict[int, Cell] = field(default_factory=dict)
    """place of a content -> the cell that it means, where the reader of workbooks does not give that"""

    @property
    def span(self) -> int:
        """How many cells lie between A1 and the last one."""
        return int((self.rows[-1] + 1) * (self.columns.max() + 1)) if len(self.rows) else 0

    @property
    def worksheet(self) -> bytes:
        """A worksheet of the contents, one in each row, and of a last row that is known."""
        written = b"</row><row><c".join([*self.contents, b"><v>%b</v></c></row>" % _LAST])
        return b"".join([self.head, b"<row><c", written, self.tail])

    def cells(self, *, is_numbered: bool = False) -> bytes:
        """The contents as cells; where they are numbered, each in the first column of a row of its own."""
        if not is_numbered:
            return b"".join([b"<c", b"<c".join(self.contents)])
        return b"".join([b'<c r="A%d"%b' % (number, content) for number, content in enumerate(self.contents, start=1)])

    def values_of(self, raw: Sequence[Sequence[object]]) -> list[object] | None:
        """Return the value of each content from the rows of that worksheet; None where they are others."""
        if len(raw) != len(self.contents) + 1 or any(len(row) != 1 for row in raw) or raw[-1][0] != float(_LAST):
            return None
        values = [value for (value,) in raw[:-1]]
        for place, cell in self.instead.items():
            values[place] = cell
        return values

    def table_of(self, cells: Sequence[Cell]) -> npt.NDArray[np.object_] | None:
        """Return rows and columns of the cells, of one cell for each content.

        None where it is not known how far the sheet reaches: a cell without a value may be an empty text, or nothing.
        """
        rows, columns = self.rows, self.columns
        if None in cells:
            is_filled = np.array([cell is not None for cell in cells], dtype=np.bool_)[self.places]
            rows, columns = rows[is_filled], columns[is_filled]
        if not len(rows) or self.rows[-1] > rows[-1] or self.columns.max() > columns.max():
            return None
        of_content = np.empty(len(cells), dtype=object)
        of_content[:] = cells
        height, width = int(rows[-1]) + 1, int(columns.max()) + 1
        if len(self.places) == height * width:
            return of_content[self.places].reshape(height, width)
        table = np.full(height * width, None, dtype=object)
        table[self.rows * width + self.columns] = of_content[self.places]
        return table.reshape(height, width)


def condensed(worksheet: bytes, least: int = LEAST_BYTES) -> CondensedSheet | None:
    """Return a worksheet by its distinct cells; None where it is small or has to be read as it is."""
    if not least <= len(worksheet) <= MOST_BYTES:
        return None
    head, end = _HEAD.match(worksheet), worksheet.rfind(b"</sheetData>")
    if head is None or not worksheet.startswith(b"<row ", head.end()) or head.end() > end:
        return None
    sheet = _Bytes(worksheet)
    blocks: list[_Block] = []
    place_of: dict[bytes, int] = {}
    for first, last in pairwise(_cuts(worksheet, head.end(), end)):
        block = _block_of(_Tags(sheet, first, last), place_of)
        if block is None:
            return None
        blocks.append(block)
    rows, columns, places = (np.concatenate(arrays) for arrays in list(zip(*blocks, strict=True))[:3])
    contents = list(place_of)
    if (rows[1:] < rows[:-1]).any() or len(contents) > MOST_DISTINCT * len(places) or not _are_plain(contents):
        return None
    if any(content.endswith(b"/>") for content in contents):
        filled = np.array([_NOTHING.fullmatch(content) is None for content in contents], dtype=np.bool_)[places]
        rows, columns, places = rows[filled], columns[filled], places[filled]
    row_tags = b"".join([block.row_tags for block in blocks])
    return CondensedSheet(rows, columns, places, contents, row_tags, worksheet[: head.end()], worksheet[end:])


def _cuts(worksheet: bytes, first: int, end: int) -> Iterator[int]:
    """Places between rows, some of which are worked on together: so much stays near the processor."""
    yield first
    while 0 <= (first := worksheet.find(b"</row>", first + _BLOCK, end)) < end - len(b"</row>"):
        first += len(b"</row>")
        yield first
    yield end


class _Block(NamedTuple):
    """The cells of some rows: row and column of each, and which content it has."""

    rows: Numbers
    columns: Numbers
    places: Numbers
    row_tags: bytes


def _block_of(tags: _Tags, place_of: dict[bytes, int]) -> _Block | None:
    """The cells of some rows; None where these are not plain, or many contents are long.

    Contents that are new are given a place.
    """
    references = _References(tags) if tags.are_plain else None
    distinct = _distinct(tags, references.ends) if references is not None and references.are_plain else None
    if references is None or distinct is None:
        return None
    places, contents = distinct
    known = np.array([place_of.setdefault(content, len(place_of)) for content in contents], dtype=np.int64)
    return _Block(references.rows, references.columns, known[places], tags.row_tags)


class _Bytes:
    """A worksheet whose bytes are looked at from many places at once."""

    def __init__(self, worksheet: bytes) -> None:
        self.worksheet = worksheet
        padded = worksheet + bytes(8 * (_WORDS + 1))  # so that words may be looked at up to the end
        self.bytes = np.frombuffer(padded, dtype=np.uint8)
        self._words = np.ndarray(shape=(len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))

    def between(self, starts: Numbers, ends: Numbers) -> list[bytes]:
        """The bytes from each start to its end."""
        return [self.worksheet[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def words(self, places: Numbers, count: int | npt.NDArray[np.integer] = 8) -> Words:
        """The first bytes, eight at most, from each of the places on."""
        words = self._words[places]
        return words if isinstance(count, int) and count == 8 else words & _FIRST_BYTES[count]


class _Tags:
    """Where cells and rows begin and end in the bytes of a worksheet."""

    def __init__(self, sheet: _Bytes, first: int, end: int) -> None:
        self.sheet, self.bytes, self.first = sheet, sheet.bytes, first
        signs, name, second = (self.bytes[first + step : end + step] for step in range(3))
        found = name == ord("c")
        found |= (name == ord("r")) & (second == ord("o"))
        found |= (name == ord("/")) & (second == ord("r"))
        found &= signs == ord("<")
        self.starts = np.flatnonzero(found) + first
        self.ends = np.append(self.starts[1:], end)
        name = self.bytes[self.starts + 1]
        self.kinds = (name == ord("r")) * np.uint8(_ROW) + (name == ord("/")) * np.uint8(_ROW_END)
        self.kinds[(self.kinds == _ROW) & (self.bytes[self.ends - 2] == ord("/"))] = _BARE_ROW
        is_cell = self.kinds == _CELL
        self.cell_starts, self.cell_ends = self.starts[is_cell], self.ends[is_cell]
        self.row_places = np.flatnonzero((self.kinds == _ROW) | (self.kinds == _BARE_ROW))
        self.row_starts = self.starts[self.row_places]
        self.row_tags = b"".join(sheet.between(self.row_starts, self.ends[self.row_places]))
        self.has_comments = any(
            sheet.worksheet.find(sign, first, end) >= 0 and sheet.worksheet.find(b"<" + sign, first, end) >= 0
            for sign in (b"!", b"?")
        )

    @property
    def are_plain(self) -> bool:
        """Whether cells stand in rows, one row behind the other, and there is nothing else."""
        kinds = self.kinds
        row_ends, after = self.starts[kinds == _ROW_END], self.ends[kinds == _ROW_END]
        rows, outside = kinds % 2 == _ROW, kinds >= _ROW_END
        return bool(
            not self.has_comments
            and len(self.starts)
            and self.starts[0] == self.first
            and rows[0]
            and outside[-1]
            and (outside[:-1] == rows[1:]).all()
            and (self.sheet.words(row_ends, 6) == _word(b"</row>")).all()
            and (after == row_ends + len(b"</row>")).all()
            and _ROW_TAGS.fullmatch(self.row_tags)
        )

    @property
    def cells_of_rows(self) -> Numbers:
        """How many cells each row has; all that stands between the tags of two rows is cells and the end of one."""
        until = np.append(self.row_places[1:], len(self.kinds))
        return np.asarray(until - self.row_places - 1 - (self.kinds[self.row_places] == _ROW))


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


class _References:
    """Row and column of each cell, from 0, and where its reference ends; the tag of a cell begins with it."""

    def __init__(self, tags: _Tags) -> None:
        starts, begin = tags.cell_starts, tags.sheet.words(tags.cell_starts)
        first, second = ((begin >> np.uint64(shift)).astype(np.uint8) for shift in (48, 56))
        third = tags.bytes[starts + 8]
        is_longer = second >= ord("A")
        is_longest = is_longer & (third >= ord("A"))
        columns = first.astype(np.int64) - ord("A")
        if is_longer.any():
            columns = np.where(is_longer, columns * 26 + (26 - ord("A")) + second, columns)
        if is_longest.any():
            columns = np.where(is_longest, columns * 26 + (26 - ord("A")) + third, columns)
        self.columns: Numbers = columns
        # A row says its number first, and each of its cells says it again.
        row_starts, count = tags.row_starts, tags.cells_of_rows
        numbers, lengths = _row_numbers(tags, row_starts + len(b'<row r="'))
        quoted = np.repeat(tags.sheet.words(row_starts + len(b'<row r="'), lengths + 1), count)
        digits, length = starts + 7 + is_longer + is_longest, np.repeat(lengths, count)
        self.ends: Numbers = digits + length
        self.rows: Numbers = np.repeat(numbers - 1, count)
        order = ((self.rows + 1) << 16) + columns
        self.are_plain = bool(
            (begin & _FIRST_BYTES[6] == _word(b'<c r="')).all()
            and (tags.sheet.words(row_starts) == _word(b'<row r="')).all()
            and ((numbers > 0) & (numbers <= _MOST_ROWS)).all()
            and columns.max(initial=0) < _MOST_COLUMNS
            and ((first >= ord("A")) & (first <= ord("Z")) & (second <= ord("Z"))).all()
            and not (is_longer & (third > ord("Z"))).any()
            and (tags.sheet.words(digits, length + 1) == quoted).all()
            and (order[1:] > order[:-1]).all()
        )


def _row_numbers(tags: _Tags, starts: Numbers) -> tuple[Numbers, Numbers]:
    """The number of each row and how many digits it has; 0 where none is written plainly."""
    numbers, ends = np.zeros(len(starts), dtype=np.int64), starts.copy()
    for _ in range(_MOST_DIGITS):
        digits = tags.bytes[ends] - np.uint8(ord("0"))  # what is no digit is beyond 9
        is_digit = digits < 10
        numbers = np.where(is_digit, numbers * 10 + digits, numbers)
        ends += is_digit
    is_plain = (tags.bytes[starts] != ord("0")) & (tags.bytes[ends] == ord('"'))
    return np.where(is_plain, numbers, 0), np.where(is_plain, ends - starts, 0)


def _distinct(tags: _Tags, references: Numbers) -> tuple[Numbers, list[bytes]] | None:
    """Return which content each cell has, and the contents; None where many of them are long.

    Equal contents meet in a slot, where they are held against one of them; what is not equal to it, or long, is
    compared as bytes.
    """
    starts, ends = references + 1, tags.cell_ends
    lengths = ends - starts
    is_short = lengths <= 8 * _WORDS
    written_short = np.where(is_short, lengths, 0).astype(np.int8)
    places_of_words = range(0, int(written_short.max(initial=0)), 8)
    words = [tags.sheet.words(starts + place, np.clip(written_short - place, 0, 8)) for place in places_of_words]
    mixed = lengths.astype(np.uint64)
    for word in words:
        mixed = (mixed ^ word) * _MIXED
        mixed ^= mixed >> np.uint64(32)
    slots = ((mixed * _MIXED) >> np.uint64(64 - _SLOTS)).astype(np.int64)
    cells = np.arange(len(starts))
    holders = np.zeros(1 << _SLOTS, dtype=np.int32)
    holders[slots] = cells
    holder = holders[slots].astype(np.int64)
    is_equal = is_short & (lengths[holder] == lengths)
    for word in words:
        is_equal &= word[holder] == word
    written = np.flatnonzero(~is_equal)
    if len(written) > MOST_WRITTEN * len(starts):
        return None
    is_first = is_equal & (holder == cells)
    firsts = np.flatnonzero(is_first)
    contents = tags.sheet.between(starts[firsts], ends[firsts])
    places = (np.cumsum(is_first) - 1)[holder]
    place_of: dict[bytes, int] = {}
    texts = tags.sheet.between(starts[written], ends[written])
    places[written] = [place_of.setdefault(text, len(place_of)) + len(contents) for text in texts]
    contents += place_of
    return places, contents


def _are_plain(contents: Sequence[bytes]) -> bool:
    """Whether each is attributes, value and end of one cell: none has the beginning of another in it."""
    return _CONTENTS.fullmatch(b"".join([b"<c", b"<c".join(contents)])) is not None
