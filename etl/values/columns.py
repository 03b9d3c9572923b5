"""How each column of a file is read: order of dates and decimal mark are decided once per column, then cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from etl.cells.sheets import Cell
from etl.layout.declared import Column, Layout
from etl.values.cleaned import typed_text
from etl.values.coordinates import coordinate, degrees
from etl.values.dates import date_of, date_order_of
from etl.values.normalise import (
    Converted,
    Converter,
    OwnWords,
    account_unit,
    affair_with,
    affairs_of,
    coded,
    decimal_mark_of,
    figure_of,
    hundredths_of,
    identifier_of,
    is_missing,
    level_to,
    prose_of,
    taken_from,
    text_of,
    word_of,
)

if TYPE_CHECKING:
    # Rules come in as arguments: what reads a file must not depend on which rulebooks there are (`etl.load_code`).
    from iga.rulebook import Rulebook

MARKED = ("score", "points", "measure")
"""Types whose cells have a decimal mark."""


@dataclass(frozen=True)
class EditionScale:
    """What reading needs of an edition's rules; of an edition without a list of indicators little is known.

    `maturity_maximum` is None where it is not stated. `weights` (points per level), `tops` (highest level) and `names`
    stand by indicator number, as `tops` does for SPD lines; `lines` gives the number of an SPD line by each text that
    names it in a file. `highest_level` holds for an indicator that `tops` does not have; None: no list is known at all.
    """

    maturity_maximum: Decimal | None
    weights: Mapping[str, Decimal]
    edition: int | None
    tops: Mapping[str, int]
    highest_level: int | None
    names: Mapping[str, str]
    lines: Mapping[str, str]
    words: OwnWords = field(default_factory=dict)
    """what the home has confirmed beside the shipped vocabulary (`etl.values.home_words`)"""

    def top_of(self, number: str) -> int:
        """Return the highest level of an indicator; where its own is not known the highest that any may have."""
        highest = MOST_LEVELS if self.highest_level is None else self.highest_level
        return self.tops.get(self.lines.get(number.casefold(), number), highest)

    def level_words(self, number: str) -> dict[str, str]:
        """Return the arguments of the words for a level that the indicator does not have."""
        cause = "of_edition" if self.lines.get(number.casefold(), number) in self.tops else "list_unknown"
        edition = "–" if self.edition is None else str(self.edition)
        top = self.top_of(number)
        below = ", ".join(map(str, range(top)))
        return {"cause": cause, "below": below, "top": str(top), "edition": edition}


MOST_LEVELS = 127
"""What the tables hold: levels are stored in one byte."""


def scale_under(
    edition: int | None, own: Rulebook | None, estimate: Rulebook | None, known: Iterable[Rulebook]
) -> EditionScale:
    """Return the scale of an edition from its own rulebook and the one that it is estimated under, where there are.

    Where the edition has no list of indicators, the highest level is that of the `known` rulebooks (see
    `highest_level`).
    """
    # Where the edition states no maximum, its estimate is on the other rulebook's scale (maturity_scale_assumed).
    maxima = [book.parameters.maturity_maximum.value for book in (own, estimate) if book is not None]
    groups = own.groups if own else ()
    tops = {number: group.top_level for group in groups for number in group.numbers}
    sid = own.sid_groups if own else ()
    return EditionScale(
        maturity_maximum=next((maximum for maximum in maxima if maximum is not None), None),
        weights={group.number: group.top_points / group.top_level for group in sid},
        edition=edition,
        tops=tops,
        highest_level=max(tops.values()) if tops else highest_level(known, edition),
        names={group.number: group.name_id for group in sid},
        lines=line_names(own) if own else {},
    )


def highest_level(known: Iterable[Rulebook], edition: int | None = None) -> int | None:
    """Return the highest level of any list of the rulebooks up to an edition; None where none has a list.

    A list that comes later must not change how an earlier edition is read: it counts only where no earlier one is
    known, and then the first. Without an edition all lists count.
    """
    tops = {book.edition: max(group.top_level for group in book.groups) for book in known if book.groups}
    if edition is None or not tops:
        return max(tops.values(), default=None)
    earlier = [top for year, top in tops.items() if year <= edition]
    return max(earlier) if earlier else tops[min(tops)]


def line_names(rulebook: Rulebook) -> dict[str, str]:
    """Return the number of each SPD line by the texts that files name it with: number and code (`5a`, `SPD-05a`)."""
    found: dict[str, str] = {}
    for line in rulebook.spd_indicators:
        # Spreadsheets and people drop the zero that a code is padded with.
        plain = re.sub(r"(?<!\d)0+(?=\d)", "", line.code)
        found |= {text.casefold(): line.number for text in (line.code, plain, line.number)}
    return found


def converter_of(layout: Layout, column: Column, cells: Sequence[Cell], scale: EditionScale) -> tuple[Converter, str]:
    """The converter of one column, and the rule that holds the file (empty: none) where its cells leave it open."""
    maximum = scale.maturity_maximum if column.type == "score" else column.maximum
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
        return affairs_of(codes, scale.words)
    if codes is not None:
        return coded(codes)
    made: dict[str, Any] = {
        "stage": lambda: word_of("stage", "stage_unknown", scale.words),
        "word": lambda: word_of(column.vocabulary, "word_unknown", scale.words),
        "score": lambda: hundredths_of(mark, scale.maturity_maximum),
        "points": lambda: hundredths_of(mark, column.maximum),
        "measure": lambda: figure_of(mark),
        "date": lambda: date_of(order),
        "identifier": lambda: identifier_of(column.digits),
        "edition": lambda: edition_of(scale.edition),
        # Which line a cell answers is not known here: canonical_rows holds each to the range of its own.
        "level": lambda: level_to(max(scale.tops.values(), default=scale.top_of(""))),
    }
    if column.type in made:
        converter: Converter = made[column.type]()
        return converter
    plain: dict[str, Converter] = {
        "affair": affair_with(scale.words),
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
        text = typed_text(cell)
        return (text, None) if edition is None or text == str(edition) else (None, "edition_differs")

    return convert
