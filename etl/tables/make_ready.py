"""The sheets of a file become sheets ready for recognition; what needs nothing passes through as the same object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from etl.cells.sheets import Cell, Sheet
from etl.tables.header_levels import JoinedHeader, joined_header
from etl.tables.merged_ranges import filled_rows
from etl.tables.ready import Notice, Part, ReadySheet, parts_of
from etl.tables.same_headers import Header, groups_of, headers_of
from etl.tables.section_units import unit_column, units_by_section
from etl.tables.words import filled_places, header_place, load_words


def ready_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets with merges filled, header levels joined, units of sections, and one sheet for one list."""
    made = [_in_one_sheet(sheet) for sheet in sheets]
    visible = [place for place, sheet in enumerate(made) if not sheet.is_hidden]
    if len(visible) == len(made) == 1:
        return made
    groups = groups_of([made[place] for place in visible])
    stacked: dict[int, Sheet] = {}
    gone: set[int] = set()
    for places, header in groups:
        members = [visible[place] for place in places]
        stacked[members[0]] = _stacked([made[place] for place in members], header)
        gone |= set(members[1:])
    ready = [stacked.get(place, sheet) for place, sheet in enumerate(made) if place not in gone]
    return _with_hidden_told(ready)


def _in_one_sheet(sheet: Sheet) -> Sheet:
    header = joined_header(sheet.rows, sheet.merged)
    last = header.bottom if header else header_place(sheet.rows)
    changed = dict(header.rows) if header else {}
    if header:
        changed |= _printed_again(sheet.rows, header)
    if sheet.merged and last is not None:
        changed |= filled_rows(sheet.rows, sheet.merged, last)
    rows = [changed.get(place, row) for place, row in enumerate(sheet.rows)] if changed else sheet.rows
    units = None if last is None else _section_units(rows, last)
    made_column = None
    if units is not None and last is not None:
        rows, made_column = _with_units(rows, last, units)
    if not changed and units is None:
        return sheet
    others = {header.bottom + 1: header.others} if header else {}
    return ReadySheet(
        sheet.name,
        rows,
        sheet.is_hidden,
        hidden_rows=sheet.hidden_rows,
        hidden_columns=sheet.hidden_columns,
        parts=(Part(sheet),),
        other_headers=others,
        made_column=made_column,
    )


def _printed_again(rows: Sequence[list[Cell]], header: JoinedHeader) -> dict[int, list[Cell]]:
    """The same header further down, as where a list is printed on pages or in blocks."""
    block = [list(row) for row in rows[header.top : header.bottom + 1]]
    found: dict[int, list[Cell]] = {}
    place = header.bottom + 1
    while place + len(block) <= len(rows):
        if rows[place] == block[0] and [list(row) for row in rows[place : place + len(block)]] == block:
            found |= {place + step: header.rows[header.top + step] for step in range(len(block))}
            place += len(block)
        else:
            place += 1
    return found


def _section_units(rows: Sequence[list[Cell]], header: int) -> dict[int, str] | None:
    column = unit_column(rows[header])
    if column is not None:
        below = (row[column] if column < len(row) else None for row in rows[header + 1 : header + 4])
        if sum(cell is not None for cell in below) > 1:  # a column of units that says them
            return None
    units = units_by_section(rows, header)
    if units is None or column is None:
        return units
    said = [place for place in units if column < len(rows[place]) and rows[place][column] is not None]
    return None if said else units


def _with_units(rows: Sequence[list[Cell]], header: int, units: dict[int, str]) -> tuple[list[list[Cell]], int | None]:
    """The rows with the unit of each, and the column that was made for it."""
    column = unit_column(rows[header])
    target = max(map(len, rows)) if column is None else column
    made = list(rows)
    for place in [header, *units] if column is None else units:
        row = [*rows[place], *[None] * (target + 1 - len(rows[place]))]
        row[target] = load_words().made_unit_header if place == header else units[place]
        made[place] = row
    return made, target if column is None else None


def _stacked(sheets: Sequence[Sheet], header: Header) -> Sheet:
    """The rows of all sheets under the header of the first; each row keeps the place that it has in the file."""
    first = sheets[0]
    rows: list[list[Cell]] = []
    parts: list[Part] = []
    below = headers_of(sheets[0])[header]
    for place, sheet in enumerate(sheets):
        skipped = headers_of(sheet)[header] if place else 0
        parts.append(Part(parts_of(sheet)[0].sheet, len(rows), skipped))
        rows.extend(sheet.rows[skipped:])
    made_column = first.made_column if isinstance(first, ReadySheet) else None
    width = len(filled_places(rows[below - 1]))
    if unit_column(rows[below - 1]) is None:
        units = {
            place: part.sheet.name.strip()
            for part in parts
            for place in range(max(part.start, below), part.end)
            if 2 * len(filled_places(rows[place])) > width
        }
        rows, made_column = _with_units(rows, below - 1, units)
    names = ", ".join(sheet.name for sheet in sheets)
    told = Notice("sheets_joined", first.name, below, {"sheets": names, "count": str(len(sheets))})
    return ReadySheet(
        first.name,
        rows,
        hidden_rows=frozenset(
            place for part, sheet in zip(parts, sheets, strict=True) for place in _moved(part, sheet)
        ),
        hidden_columns=frozenset(place for sheet in sheets for place in sheet.hidden_columns),
        parts=tuple(parts),
        other_headers=first.other_headers if isinstance(first, ReadySheet) else {},
        made_column=made_column,
        notices=(told,),
    )


def _moved(part: Part, sheet: Sheet) -> list[int]:
    numbers = (part.number_of(place + 1) for place in sheet.hidden_rows)
    return [number - 1 for number in numbers if number is not None]


def _with_hidden_told(sheets: list[Sheet]) -> list[Sheet]:
    """Hidden sheets that bear the header of one that is shown are not read, and that is told."""
    hidden = [sheet for sheet in sheets if sheet.is_hidden and headers_of(sheet)]
    if not hidden:
        return sheets
    found: list[Sheet] = []
    for sheet in sheets:
        shown = headers_of(sheet).keys() if not sheet.is_hidden else ()
        alike = [other.name for other in hidden if any(header in shown for header in headers_of(other))]
        found.append(
            _told(sheet, Notice("sheet_hidden", sheet.name, 1, {"sheets": ", ".join(alike)})) if alike else sheet
        )
    return found


def _told(sheet: Sheet, notice: Notice) -> Sheet:
    if isinstance(sheet, ReadySheet):
        return replace(sheet, notices=(*sheet.notices, notice))
    return ReadySheet(
        sheet.name,
        sheet.rows,
        sheet.is_hidden,
        hidden_rows=sheet.hidden_rows,
        hidden_columns=sheet.hidden_columns,
        parts=(Part(sheet),),
        notices=(notice,),
    )
