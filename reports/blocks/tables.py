"""Tables from frames: the kind of each column follows from its type, and no value is turned into words here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import INTERVALS, NUMBERS, Align, Kind, Table, TableColumn
from reports.blocks.words import NONE
from warehouse.language import Language


@dataclass(frozen=True)
class Column:
    """One column: its name in the frame, its heading, and what its type does not say of it.

    Without `kind`, `places` and `align` these follow from the type of the values. `missing` is the word for a value
    that is not known; `instead` names a column of the frame that holds such words row by row. `longest` cuts texts on a
    page and on paper. `priority` is 1 for what a narrow page keeps longest; see TableColumn.
    """

    name: str
    heading: str
    align: Align | None = None
    kind: Kind | None = None
    places: int | None = None
    missing: str = ""
    instead: str | None = None
    longest: int = 0
    priority: int = 0


def table(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    caption: str,
    language: Language,
    *,
    is_simulated: bool,
    is_published: bool = False,
    is_estimate: bool = False,
    note: str = "",
    group: str | None = None,
    facets: Sequence[str] = (),
    anchors: Sequence[str] = (),
    links: Sequence[str | None] = (),
) -> Block:
    """Return a table of the frame's rows in their order; the first column heads each row.

    The frame holds values, not words: whole numbers, decimals, dates, booleans, and for an interval a struct of its two
    ends. Text is text, however it is aligned. `group` names a column of headings over rows; rows of a group are brought
    together. `facets` names columns of few values that a page lets its reader choose from. `anchors` names each row for
    links to it; `links` leads from each row's heading to another place of the page (empty or None: nowhere).
    """
    key = "tab-" + sha256("|".join([caption, note, *(column.name for column in columns)]).encode()).hexdigest()[:10]
    names = [column.name for column in columns]
    groups = frame[group].cast(pl.String).to_list() if group else []
    described = table_of(
        frame,
        columns,
        language,
        key=key,
        caption=caption,
        groups=[name or NONE for name in groups],
        note=note,
        facets=tuple(names.index(facet) for facet in facets),
        anchors=tuple(anchors),
        links=tuple(link or "" for link in links),
        is_simulated=is_simulated,
        is_published=is_published,
        is_estimate=is_estimate,
    )
    return Block([described], language)


def first_rows(block: Block, most: int, language: Language) -> Block:
    """Return a table of which a page and paper show the first rows, and say how many the workbook has."""
    [part] = block.parts
    if not isinstance(part, Table) or len(part.values) <= most:
        return block
    text = language("The first {shown} of {total}; the workbook of this page has all.")
    said = text.format(shown=language.whole(most), total=language.whole(len(part.values)))
    note = f"{said} {part.note}".strip()
    return Block([part.model_copy(update={"rows_shown": most, "note": note})], language)


def table_of(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    language: Language,
    *,
    key: str,
    caption: str,
    groups: Sequence[str] = (),
    anchors: Sequence[str] = (),
    links: Sequence[str] = (),
    **fields: Any,
) -> Table:
    """Return the table of these columns of a frame; `fields` are the other fields of a Table."""
    order = _gathered(groups)
    made = [_column(frame[column.name], column, language) for column in columns]
    words = [
        (row, place, text)
        for place, column in enumerate(columns)
        for row, text in enumerate(_words_instead(frame, column, made[place][1]))
        if text
    ]
    rows = list(zip(*(values for _column, values in made), strict=True))
    positions = {row: position for position, row in enumerate(order)}
    return Table(
        key=key,
        caption=caption,
        columns=tuple(column for column, _values in made),
        values=tuple(rows[row] for row in order) if groups else tuple(rows),
        groups=tuple(groups[row] for row in order),
        instead=tuple((positions.get(row, row), place, text) for row, place, text in words),
        anchors=_placed(anchors, order),
        links=_placed(links, order),
        **fields,
    )


def _gathered(groups: Sequence[str]) -> list[int]:
    """The rows in the order of their groups, these in the order in which they come first."""
    first = {name: place for place, name in reversed(list(enumerate(groups)))}
    return sorted(range(len(groups)), key=lambda row: first[groups[row]])


def _placed(names: Sequence[str], order: Sequence[int]) -> tuple[str, ...]:
    return tuple(names[row] if row < len(names) else "" for row in order) if order and names else tuple(names)


def _words_instead(frame: pl.DataFrame, column: Column, values: Sequence[Any]) -> list[str]:
    """The words for values that are not known, empty where there are none; a number without end has its sign."""
    given = frame[column.name]
    told: list[str | None] = [None] * len(values)
    if column.instead is not None:
        told = frame[column.instead].cast(pl.String).to_list()
    elif given.dtype.is_float():
        told = [_endless(value) for value in given]
    return [(text or "") if value is None else "" for value, text in zip(values, told, strict=True)]


def _endless(value: float | None) -> str | None:
    return None if value is None or not math.isinf(value) else "∞" if value > 0 else "−∞"


def _column(values: pl.Series, column: Column, language: Language) -> tuple[TableColumn, list[Any]]:
    """A column with its kind, and its values."""
    kind, places = column.kind or _kind_of(values, column, language), column.places
    if places is None:
        places = _places_of(values.dtype, kind)
    align = column.align or ("right" if kind in NUMBERS | INTERVALS else "left")
    told = TableColumn(
        heading=column.heading,
        align=align,
        kind=kind,
        places=places,
        missing=column.missing,
        longest=column.longest,
        priority=column.priority,
    )
    return told, _values(values, kind)


def _kind_of(values: pl.Series, column: Column, language: Language) -> Kind:
    kind = values.dtype
    if kind == pl.Date:
        return "date"
    if kind == pl.Datetime:
        return "moment"
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_decimal() or kind.is_float():
        return "decimal"
    if kind.is_integer():
        return "year" if _are_years(values, column, language) else "whole"
    return "interval" if _is_interval(kind) else "text"


def _are_years(values: pl.Series, column: Column, language: Language) -> bool:
    """Whether a column of whole numbers holds years, which are written without marks."""
    return bool({values.name, column.heading} & {"edition", "year", language("Edition"), language("Year")})


def _is_interval(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Struct) and [field.name for field in kind.fields] == ["lower", "upper"]


def _places_of(kind: pl.DataType, told_as: Kind) -> int:
    if isinstance(kind, pl.Struct) and kind.fields:
        field = kind.fields[0].dtype
        kind = field if isinstance(field, pl.DataType) else field()
    if told_as in ("percent", "percent interval"):
        return 1
    if isinstance(kind, pl.Decimal):
        return kind.scale
    return 0 if kind.is_integer() else 2


def _values(values: pl.Series, kind: Kind) -> list[Any]:
    if kind in INTERVALS:
        return [None if value is None or None in value.values() else tuple(value.values()) for value in values]
    if kind == "text":
        return _texts(values)
    if values.dtype.is_float():
        return [value if value is not None and math.isfinite(value) else None for value in values]
    return values.to_list()


def _texts(values: pl.Series) -> list[str | None]:
    if values.dtype == pl.String:
        return values.to_list()
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return [None if value is None else str(value) for value in values]
    return values.cast(pl.String).to_list()
