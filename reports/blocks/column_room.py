"""Which columns of a table a narrow page leaves out: those of least importance, before the table would scroll.

How wide a column has to be is reckoned from its words, in the page's letters. The style sheet does the rest: a column
bears the name of the room from which on it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.blocks.content import INTERVALS, NUMBERS, Table

ROOMS = (26, 30, 34, 38, 42, 46, 50, 54, 58, 62, 66, 70, 74)
"""Widths of a table in letters of the page's size (rem) from which on a column may be shown; style.css has the same."""
ALWAYS = 22
"""What the narrowest phone has room for."""
LEAST_SHOWN = 2
"""Columns that every page shows."""
LETTER, HEAD_LETTER, GAP, SORT_SIGN = 0.5, 0.47, 1.2, 1.0
"""Widths in rem: of a letter in a cell and in a heading, of what stands around a cell, and of the sign of sorting."""
LEAST, LEAST_HEADING = 4.0, 7.5
LINES = 2
"""A longer text may take so many lines before its column is made wider."""
MOST_LETTERS = 26
USUAL = 2.5
"""The priority of a column that states none."""


def rooms_of(table: Table, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return for each column the class of the room from which on it is shown, "" where it always is.

    `rows` are the words of its cells. Columns take their room in the order of their priority; what has found none of
    the rooms is shown in the widest.
    """
    needs = [_need(table, place, rows) for place in range(len(table.columns))]
    order = sorted(range(1, len(needs)), key=lambda place: (table.columns[place].priority or USUAL, place))
    classes, taken = [""] * len(needs), needs[0] if needs else 0.0
    for rank, place in enumerate(order, start=1):
        taken += needs[place]
        if rank >= LEAST_SHOWN and taken > ALWAYS:
            classes[place] = f"room-{next((room for room in ROOMS if taken <= room), ROOMS[-1])}"
    return classes


def _need(table: Table, place: int, rows: Sequence[Sequence[str]]) -> float:
    """The width of a column in rem below which its words would break or take too many lines."""
    column = table.columns[place]
    texts = [row[place] for row in rows]
    head = max(map(len, column.heading.split()), default=0) * HEAD_LETTER + SORT_SIGN
    longest = max(map(len, texts), default=0)
    if column.kind not in NUMBERS | INTERVALS:
        word = max((len(word) for text in texts for word in text.split()), default=0)
        longest = max(min(word, MOST_LETTERS), min(-(-longest // LINES), MOST_LETTERS))
    is_heading = place == 0 and column.kind != "year"
    return max(longest * LETTER, head, LEAST_HEADING if is_heading else LEAST) + GAP
