"""Headers of two or three rows become one: "Waktu" over "Uji Coba" and "Penerapan" gives two columns of both words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from etl.cells.sheets import Cell, as_text
from etl.tables.words import filled_places, is_header_text

Range = tuple[int, int, int, int]
_HEAD = 40  # rows among which the first header of a sheet is sought


@dataclass
class JoinedHeader:
    """A header of several levels: the rows it stands in, those that stand in their stead, and its other texts."""

    top: int
    bottom: int
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    others: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Span:
    first: int
    last: int
    is_tall: bool

    @property
    def width(self) -> int:
        return self.last - self.first + 1


def joined_header(rows: Sequence[Sequence[Cell]], merged: Sequence[Range]) -> JoinedHeader | None:
    """Return the first header of several levels, its texts joined in its last row; None where there is none.

    A lower level stands only under texts that span several columns: what stands under a column of its own is data.
    """
    starts: dict[int, list[Range]] = {}
    for span in merged:
        if span[0] < _HEAD:
            starts.setdefault(span[0], []).append(span)
    heads = [_is_head(row) for row in rows[: _HEAD + 1]]
    for top in range(min(len(rows), _HEAD) - 1):
        if not (heads[top] and heads[top + 1]):
            continue
        found = _joined(rows[top], rows[top + 1], _spans(rows[top], top, starts), [], is_merged=bool(merged))
        if found is None:
            continue
        header = JoinedHeader(top, top + 1, {top: [None] * len(rows[top])}, found[1])
        line = found[0]
        while header.bottom + 1 < len(rows):
            spans = _spans(line, header.bottom, starts, header.top)
            deeper = _joined(line, rows[header.bottom + 1], spans, header.others, is_merged=bool(merged))
            if deeper is None:
                break
            header.rows[header.bottom] = [None] * len(line)
            line, header.others = deeper
            header.bottom += 1
        header.rows[header.bottom] = line
        return header
    return None


def _is_head(row: Sequence[Cell]) -> bool:
    """Whether a row has nothing but texts that may stand in a header, and one at least."""
    is_filled = False
    for cell in row:
        if cell is not None:
            if not is_header_text(cell):
                return False
            is_filled = True
    return is_filled


def _spans(row: Sequence[Cell], place: int, starts: dict[int, list[Range]], top: int | None = None) -> list[_Span]:
    """The columns that each text of a row covers: as merged or, where a sheet has no merges, up to the next text."""
    filled = filled_places(row)
    found = []
    for column, following in zip(filled, [*filled[1:], len(row)], strict=True):
        merged = [
            span
            for above in range(place if top is None else top, place + 1)
            for span in starts.get(above, ())
            if span[1] <= column <= span[3] and span[2] >= place
        ]
        if merged:
            found.append(_Span(column, merged[-1][3], merged[-1][2] > place))
        else:
            found.append(_Span(column, column if starts else following - 1, is_tall=False))
    return found


def _joined(
    upper: Sequence[Cell], lower: Sequence[Cell], spans: Sequence[_Span], others: list[list[str]], *, is_merged: bool
) -> tuple[list[Cell], list[list[str]]] | None:
    """The two rows as one, and its other texts; None where they are no levels of one header."""
    below = filled_places(lower)
    if not below or not all(is_header_text(row[place]) for row in (upper, lower) for place in filled_places(row)):
        return None
    span_of = {column: span for span in spans for column in range(span.first, span.last + 1)}
    groups = [span for span in spans if span.width > 1 and not span.is_tall]
    wide = [group for group in groups if sum(group.first <= place <= group.last for place in below) > 1]
    if not wide or any(place in span_of and (span_of[place] not in groups) for place in below):
        return None
    # A title over the whole table is no level of its header.
    if len(spans) == 1 and (not is_merged or 2 * spans[0].width > len(below)):
        return None
    if not is_merged and (len(spans) < 3 or len(below) >= len(spans) + sum(group.width - 1 for group in groups)):
        return None
    width = max(len(upper), len(lower))
    under = [as_text(lower[place]).strip() if place < len(lower) else "" for place in range(width)]
    over = [as_text(upper[span_of[place].first]).strip() if place in span_of else "" for place in range(width)]
    line: list[Cell] = []
    for place in range(width):
        own = upper[place] if place < len(upper) else None
        line.append(f"{over[place]} {under[place]}".strip() if under[place] else own)
    above = [
        [f"{row[span_of[place].first]} {under[place]}" if under[place] and place in span_of else under[place]
         or row[place] for place in range(width)]
        for row in ([*row, *[""] * (width - len(row))] for row in others)
    ]  # fmt: skip
    return line, [*above, [text or as_text(cell) for text, cell in zip(under, line, strict=True)]]
