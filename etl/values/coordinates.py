"""Where an innovation is: latitude and longitude as people write them, within the bounds of Indonesia."""

from __future__ import annotations

import re
from decimal import Decimal

from etl.cells.sheets import Cell, as_text
from etl.values.normalise import Converted, is_missing, load_vocabulary, number_of


def coordinate(cell: Cell) -> Converted:
    """Latitude and longitude of one cell as Decimals (`-7.25,112.75`, `-7,25; 112,75`), as they stand."""
    if is_missing(cell):
        return None, None
    text = as_text(cell).strip()
    found = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)", text) or re.fullmatch(
        r"([+-]?\d+,\d+)\s*[,;\s]\s*([+-]?\d+,\d+)", text
    )
    if found is None:
        return None, "coordinate_invalid"
    return tuple(Decimal(part.replace(",", ".")) for part in found.groups()), None


def degrees(cell: Cell) -> Converted:
    """One coordinate in degrees, decimal comma or dot."""
    if is_missing(cell):
        return None, None
    if isinstance(cell, float):
        return number_of("dot")(cell)
    text = as_text(cell).strip()
    if not re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d+)?", text):
        return None, "coordinate_invalid"
    return Decimal(text.replace(",", ".")), None


def placed(first: Decimal, second: Decimal) -> tuple[Decimal, Decimal] | None:
    """Latitude and longitude in their order, put right where they were swapped; None outside Indonesia's bounds."""
    vocabulary = load_vocabulary()

    def lies(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
        return bounds[0] <= value <= bounds[1]

    if lies(first, vocabulary.latitude) and lies(second, vocabulary.longitude):
        return first, second
    if lies(second, vocabulary.latitude) and lies(first, vocabulary.longitude):
        return second, first
    return None
