"""Rows of a table that are no data: numbers of columns, sections, averages, notes, signatures."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import pairwise
from statistics import median

from etl.cells.sheets import Cell, as_text
from etl.tables.words import filled_places, is_enumerated, is_number, load_words, unnumbered

_COLUMN_NUMBER = re.compile(r"[(\[]?\s*(\d{1,3})\s*[)\]]?(?:\s*=.*)?")
_COLUMN_LETTER = re.compile(r"[(\[]?\s*([a-z])\s*[)\]]?")
_MOST_WORDS, _LONG_RUN = 3, 4
_SAMPLE = 200  # whole rows by which the usual number of filled cells is known


def numbers_columns(row: Sequence[Cell]) -> bool:
    """Return whether a row numbers the columns under a header: 1 2 3, (1) (2) (3), a b c."""
    texts = [as_text(row[place]).strip().casefold() for place in filled_places(row)]
    if len(texts) < 3:
        return False
    found = [_COLUMN_NUMBER.fullmatch(text) for text in texts]
    if all(found):
        numbers = [int(each[1]) for each in found if each]
        return numbers[0] <= 2 and all(after == before + 1 for before, after in pairwise(numbers))
    letters = [_COLUMN_LETTER.fullmatch(text) for text in texts]
    return all(letters) and [each[1] for each in letters if each] == [chr(97 + place) for place in range(len(texts))]


def furniture_places(
    rows: Sequence[Sequence[Cell]],
    doubtful: Sequence[int],
    required: Set[int],
    header_width: int,
    made_column: int | None = None,
    *,
    has_totals: bool = True,
) -> set[int]:
    """Return which doubtful rows (places, in order) are no data; `required` are the columns that data rows fill.

    A row that may be a broken row of data is not among them: it is told to its sender.
    """
    most = max(1, (_usual_width(rows, doubtful, header_width) - 1) // 2)
    last_data = _last_data(rows, doubtful)
    apart = _places_apart(doubtful, last_data)
    found: set[int] = set()
    is_footer = False
    for place in doubtful:
        is_footer = is_footer and place in apart
        row = rows[place]
        filled = [column for column in filled_places(row) if column != made_column]
        texts = dict.fromkeys(cell.strip() for cell in (row[column] for column in filled) if isinstance(cell, str))
        words = [text for text in texts if not is_number(text)]
        if not filled or len(words) > _MOST_WORDS or _is_running(row, filled, required):
            continue
        kind = _kind(words, has_totals=has_totals)
        is_sparse = len(filled) <= most
        # A title may begin like a note ("Camat Menyapa"): the words decide where no data follows at once.
        is_named = kind in ("note", "signature") and is_sparse and place in apart
        is_named = is_named and (is_footer or len(required & set(filled)) <= 1)
        is_sum = kind in ("average", "total") and len(words) == 1
        is_part = is_sparse and (is_footer or not required & set(filled))
        is_section = place < last_data and _is_section(row, filled, required, header_width)
        if is_named or is_sum or is_part or is_section:
            found.add(place)
            is_footer = place in apart and not (is_section and not (is_named or is_sum))
    return found


def _places_apart(doubtful: Sequence[int], last_data: int) -> set[int]:
    """The places of footers: below the last row of data, or in a long row of rows without any."""
    found = {place for place in doubtful if place > last_data}
    run: list[int] = []
    for place in doubtful:
        run = [*run, place] if run and place == run[-1] + 1 else [place]
        if len(run) == _LONG_RUN:
            found |= set(run)
        elif len(run) > _LONG_RUN:
            found.add(place)
    return found


def _usual_width(rows: Sequence[Sequence[Cell]], doubtful: Sequence[int], header_width: int) -> int:
    """How many cells a row of data fills."""
    gone = set(doubtful)
    sample = [len(filled_places(row)) for place, row in enumerate(rows[: _SAMPLE + len(gone)]) if place not in gone]
    return int(median(sample)) if sample else header_width


def _last_data(rows: Sequence[Sequence[Cell]], doubtful: Sequence[int]) -> int:
    gone = set(doubtful)
    return next((place for place in range(len(rows) - 1, -1, -1) if place not in gone), -1)


def _kind(words: Sequence[str], *, has_totals: bool) -> str:
    patterns = load_words()
    if not words:
        return ""
    if has_totals and patterns.average.match(words[0]):
        return "average"
    if has_totals and patterns.total.match(words[0]):
        return "total"
    if any(patterns.note.match(text) for text in words):
        return "note"
    return "signature" if any(patterns.signature.match(text) for text in words) else ""


def _is_running(row: Sequence[Cell], filled: Sequence[int], required: Set[int]) -> bool:
    """Whether a row begins with a number of its own, left of what it must have: a broken row of data."""
    first = filled[0]
    return len(filled) > 1 and is_number(row[first]) and first < min(required, default=first + 1)


def _is_section(row: Sequence[Cell], filled: Sequence[int], required: Set[int], header_width: int) -> bool:
    """Whether a row between data names a section."""
    if len(filled) > 2 or header_width < 4:
        return False
    text = row[filled[-1]]
    if not isinstance(text, str) or (
        len(filled) == 2 and not is_enumerated(f"{as_text(row[filled[0]]).strip(' .')}. x")
    ):
        return False
    if len(filled) == 2:
        return not is_number(row[filled[0]])
    letters = [letter for letter in unnumbered(text) if letter.isalpha()]
    is_loud = bool(letters) and all(letter.isupper() for letter in letters)
    return is_loud or is_enumerated(text) or filled[0] not in required or bool(load_words().unit.match(text))
