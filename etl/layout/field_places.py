"""Where in a file each canonical field was read from: sheet, column and, where the sheet is a form, row and text."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from etl import contracts
from etl.cells.sheets import as_text
from etl.layout.declared import Match
from etl.tables.ready import ReadySheet, parts_of

ALSO_READ_FROM = {"title": ("title_original", "title_note"), "coordinate": ("latitude", "longitude")}
"""Fields that come from the cell of another field."""

Origin = tuple[str, str, int, int | None, int | None, str, str | None]


def origins_of(match: Match) -> pl.DataFrame:
    """One row per canonical field and place (columns: `contracts.ParsedOrigin`), in the order in which they are tried.

    Indicators are `level_N` and `document_N`, years `year_Y`. A field that stands in for an empty one is of order 1.
    """
    found = list(_of_form(match)) if match.form else list(_of_sheets(match))
    return contracts.frame_of(contracts.ParsedOrigin, found)  # checked with those of all files


def _of_sheets(match: Match) -> Iterator[Origin]:
    """The places in each sheet of the file; of a column that was made, the sheet alone."""
    made_column = match.sheet.made_column if isinstance(match.sheet, ReadySheet) else None
    for part in parts_of(match.sheet):
        for _, field, order, row_number, column, header, text in _of_table(match):
            place = None if made_column is not None and column == made_column + 1 else column
            yield part.sheet.name, field, order, row_number, place, header, text


def _of_table(match: Match) -> Iterator[Origin]:
    for name, index in match.columns.items():
        for field in _names(match, name):
            yield _place(match, field, index)
        fallback = match.columns.get(match.layout.column(name).fallback)
        if fallback is not None:
            yield _place(match, name, fallback, order=1)
    for prefix, columns in (("level", match.levels), ("document", match.documents), ("year", match.years)):
        for number, index in columns.items():
            yield _place(match, f"{prefix}_{number}", index)


def _place(match: Match, field: str, index: int, order: int = 0) -> Origin:
    return match.sheet.name, field, order, None, index + 1, match.headers[index], None


def _of_form(match: Match) -> Iterator[Origin]:
    labels = {name: match.headers[index] for name, index in match.columns.items()}
    for name, place in match.form.items():
        for field in _names(match, name):
            yield match.sheet.name, field, 0, place.row_number, None, labels[name], as_text(place.value)
    beside = match.indicator_sheet
    if beside is None:
        return
    for number, row in beside.rows.items():
        text = as_text(beside.values[number])
        yield beside.sheet.name, f"level_{number}", 0, row, beside.column_number, beside.header, text


def _names(match: Match, name: str) -> tuple[str, ...]:
    """The fields of the tables that a field of a layout becomes; the score is of the kind that the layout states."""
    if name == "claimed_score":
        return (f"{match.layout.score_kind}_score",)
    return (name, *ALSO_READ_FROM.get(name, ()))
