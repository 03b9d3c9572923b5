"""Units that are written on the first row of their block only."""

from __future__ import annotations

from collections.abc import Sequence

from etl.cells.sheets import Cell, as_text
from etl.tables.words import plain

_LEAST_BLANK, _LEAST_SHARE = 2, 0.2


def filled_down(units: Sequence[Cell], is_data: Sequence[bool]) -> dict[int, Cell] | None:
    """Return the unit of each row of data that names none, by place; None unless it is clear that blocks are meant.

    It is clear where the first row of data names a unit, every unit is named once only, and enough rows name none. A
    list that names its units row by row names some of them again, and a gap in it is a unit that is missing.
    """
    places = [place for place, data in enumerate(is_data) if data]
    blank = [place for place in places if units[place] is None]
    named = [plain(as_text(units[place])) for place in places if units[place] is not None]
    if len(blank) < max(_LEAST_BLANK, _LEAST_SHARE * len(places)) or units[places[0]] is None:
        return None
    if len(set(named)) < len(named):
        return None
    found: dict[int, Cell] = {}
    current: Cell = None
    for place in places:
        if units[place] is None:
            found[place] = current
        else:
            current = units[place]
    return found
