"""How each column of a file is read: order of dates and decimal mark are decided once per column, then cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from etl.cells.sheets import Cell, as_text
from etl.layout.declared import Column, Layout
from etl.values.normalise import (
    Converted,
    Converter,
    account_unit,
    affair,
    affairs_of,
    coded,
    coordinate,
    date_of,
    date_order_of,
    decimal_mark_of,
    degrees,
    figure_of,
    hundredths_of,
    identifier_of,
    is_missing,
    level,
    prose_of,
    taken_from,
    text_of,
    word_of,
)

MARKED = ("score", "points", "measure")
"""Types whose cells have a decimal mark."""


@dataclass(frozen=True)
class EditionScale:
    """What reading needs of an edition: the highest maturity (None: not stated), weights by indicator number."""

    maturity_maximum: Decimal | None
    weights: dict[str, Decimal]
    edition: int | None = None


def converter_of(layout: Layout, column: Column, cells: Sequence[Cell], scale: EditionScale) -> tuple[Converter, str]:
    """The converter of one column, and the rule that holds the file (empty: none) where its cells leave it open."""
    maximum = scale.maturity_maximum if column.type == "score" else None
    order: str = layout.date_order
    mark: str = layout.decimal_mark
    rule: str | None = None
    if column.type == "date":
        order, rule = date_order_of(cells, layout.date_order)
    elif column.type in MARKED:
        mark, rule = decimal_mark_of(_parts(column, cells), layout.decimal_mark, maximum)
    convert = _of_type(layout, column, order, mark, scale)
    if column.pattern:
        convert = taken_from(column.pattern, convert, may_miss=column.pattern_may_miss)
    return convert, rule or ""


def _parts(column: Column, cells: Sequence[Cell]) -> Sequence[Cell]:
    """What the pattern of a column leaves of its cells, for evidence on its marks."""
    if not column.pattern:
        return cells
    part = taken_from(column.pattern, lambda cell: (cell, None), may_miss=True)
    return [part(cell)[0] for cell in cells]


def _of_type(layout: Layout, column: Column, order: str, mark: str, scale: EditionScale) -> Converter:
    codes = layout.codes.get(column.field)
    if column.type == "affairs":
        return affairs_of(codes)
    if codes is not None:
        return coded(codes)
    made: dict[str, Any] = {
        "stage": lambda: word_of("stage", "stage_unknown"),
        "word": lambda: word_of(column.vocabulary, "word_unknown"),
        "score": lambda: hundredths_of(mark, scale.maturity_maximum),
        "points": lambda: hundredths_of(mark, None),
        "measure": lambda: figure_of(mark),
        "date": lambda: date_of(order),
        "identifier": lambda: identifier_of(column.digits),
        "edition": lambda: edition_of(scale.edition),
    }
    if column.type in made:
        converter: Converter = made[column.type]()
        return converter
    plain: dict[str, Converter] = {
        "affair": affair,
        "level": level,
        "prose": prose_of,
        "account_unit": account_unit,
        "coordinate": coordinate,
        "latitude": degrees,
        "longitude": degrees,
    }
    return plain.get(column.type, text_of)


def edition_of(edition: int | None) -> Converter:
    """A converter of a year that must be the edition of the file: rows of another year belong to another season."""

    def convert(cell: Cell) -> Converted:
        if is_missing(cell):
            return None, None
        text = as_text(cell).strip()
        return (text, None) if edition is None or text == str(edition) else (None, "edition_differs")

    return convert
