"""Columns of any frame as columns of a report's table: values with their types, text cleaned and cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

import polars as pl

from reports.blocks.content import Kind, Table
from reports.blocks.tables import Column, table_of
from reports.shown.printed_text import cleaned, without_address
from reports.shown.refused import CELL_CHARACTERS, COLUMNS_ON_PAPER, MOST_CELLS, ROWS_ON_PAGE, ShownRefused
from warehouse.language import Language

YEARS = frozenset({"edition", "edisi", "year", "tahun"})
EXACT_IN_EXCEL = 10**15
"""Excel keeps 15 digits; a larger number is a code, and stays a text."""
FIRST_DAY_OF_EXCEL = date(1900, 1, 1)
MOST_PLACES = 4


@dataclass(frozen=True)
class Given:
    """A column as it is given: its heading, its values, and their kind where the type does not say it."""

    heading: str
    values: pl.Series
    kind: Kind | None = None


def table_from(
    given: Sequence[Given],
    language: Language,
    *,
    caption: str,
    notes: Iterable[str] = (),
    groups: Sequence[str] = (),
    key: str = "",
    **fields: Any,
) -> Table:
    """Return the table of these columns; a long one with the number of rows that a page shows, and a note of it.

    Raises ShownRefused for a table of too many cells.
    """
    height = len(given[0].values) if given else 0
    if height * len(given) > MOST_CELLS:
        raise ShownRefused(
            kind=language("table"),
            cause=language("{count} cells").format(count=language.whole(height * len(given))),
            next_step="select the rows and columns that a reader needs, or group them",
        )
    said = list(notes)
    ready = [_prepared(column) for column in given]
    cut = sum(column.cut for column in ready)
    if cut:
        text = language.ngettext(
            "{count} text of more than {characters} characters is cut.",
            "{count} texts of more than {characters} characters are cut.",
            cut,
        )
        said.append(text.format(count=language.whole(cut), characters=language.whole(CELL_CHARACTERS)))
    rows_shown = ROWS_ON_PAGE if height > ROWS_ON_PAGE else None
    if rows_shown:
        text = language(
            "The first {shown} of {count} rows; all are in the workbook (XLSX) of this report, if it has one."
        )
        said.append(text.format(shown=language.whole(rows_shown), count=language.whole(height)))
    if not height:
        said.append(language("There are no rows."))
    frame = pl.DataFrame([column.values.alias(f"c{place}") for place, column in enumerate(ready)])
    columns = [
        Column(f"c{place}", column.heading, align=column.align, kind=column.kind, places=column.places)
        for place, column in enumerate(ready)
    ]
    return table_of(
        frame,
        columns,
        language,
        key=key
        or "tab-" + sha256("|".join([caption, *(column.heading for column in ready)]).encode()).hexdigest()[:10],
        caption=cleaned(caption),
        groups=groups,
        note=" ".join(said),
        rows_shown=rows_shown,
        is_folded=len(given) > COLUMNS_ON_PAPER,
        **fields,
    )


@dataclass(frozen=True)
class _Ready:
    """A column whose type a table takes; `cut` counts the texts that were cut."""

    heading: str
    values: pl.Series
    kind: Kind | None = None
    places: int | None = None
    align: Any = None
    cut: int = 0


def _prepared(column: Given) -> _Ready:
    heading, values = cleaned(column.heading), column.values
    dtype = values.dtype
    if column.kind is not None:
        return _Ready(heading, values, column.kind)
    if dtype.is_integer():
        return _whole(heading, values)
    if dtype.is_float():
        return _Ready(heading, values, "decimal", places_of(values))
    if isinstance(dtype, pl.Decimal):
        return _decimal(heading, values, dtype.scale)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone:
            heading, values = f"{heading} ({dtype.time_zone})", values.dt.replace_time_zone(None)
        return (
            _text(heading, values.dt.to_string("%Y-%m-%d %H:%M:%S"))
            if _is_before_excel(values)
            else _Ready(heading, values)
        )
    if dtype == pl.Date:
        return _text(heading, values.cast(pl.String)) if _is_before_excel(values) else _Ready(heading, values)
    if dtype == pl.Boolean or _is_interval(dtype):
        return _Ready(heading, values)
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Time, pl.Null):
        return _text(heading, values.cast(pl.String))
    return _text(heading, pl.Series([None if value is None else _words(value) for value in values], dtype=pl.String))


def _is_interval(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.Struct) and [field.name for field in dtype.fields] == ["lower", "upper"]


def _is_before_excel(values: pl.Series) -> bool:
    first = values.min()
    day = first.date() if isinstance(first, datetime) else first
    return isinstance(day, date) and day < FIRST_DAY_OF_EXCEL


def _whole(heading: str, values: pl.Series) -> _Ready:
    ends = [end for end in (values.min(), values.max()) if isinstance(end, int)]
    if any(abs(end) > EXACT_IN_EXCEL for end in ends):
        return _Ready(heading, values.cast(pl.String), "text", align="right")
    if heading.casefold() in YEARS and all(FIRST_DAY_OF_EXCEL.year <= end <= 9999 for end in ends):
        return _Ready(heading, values, "year")
    return _Ready(heading, values, "whole")


def _decimal(heading: str, values: pl.Series, scale: int) -> _Ready:
    if any(abs(value) > EXACT_IN_EXCEL for value in values.drop_nulls()):
        return _Ready(heading, values.cast(pl.String), "text", align="right")
    return _Ready(heading, values, "decimal", min(scale, max(2, _scale(values))))


def _text(heading: str, values: pl.Series) -> _Ready:
    texts = [None if text is None else cleaned(text) for text in values]
    long = [place for place, text in enumerate(texts) if text is not None and len(text) > CELL_CHARACTERS]
    for place in long:
        text = texts[place] or ""
        texts[place] = f"{text[:CELL_CHARACTERS]} … (+{len(text) - CELL_CHARACTERS})"
    return _Ready(heading, pl.Series(texts, dtype=pl.String), "text", cut=len(long))


def places_of(values: pl.Series) -> int:
    """Return how many decimal places tell all values of a column of floats apart from their neighbours.

    That is none for whole numbers, as many as all values need up to four, and more where all are small.
    """
    known = values.filter(values.is_finite())
    if known.is_empty():
        return 2
    largest = float(known.abs().max())  # type: ignore[arg-type]
    most = MOST_PLACES if largest >= 0.1 or not largest else MOST_PLACES + 4
    for places in range(most):
        if (known - known.round(places)).abs().max() <= 1e-9 * max(1.0, largest):  # type: ignore[operator]
            return places
    return most


def _scale(values: pl.Series) -> int:
    """The decimal places that a column of decimals uses."""
    return max((max(0, -int(value.normalize().as_tuple().exponent)) for value in values.drop_nulls()), default=0)


def series_of(values: Iterable[Any]) -> pl.Series:
    """Return values of Python as one column of their common type: text where they have none, None for not known."""
    plain = [plain_value(value) for value in values]
    kinds = {_kind(value) for value in plain if value is not None}
    if not kinds:
        return pl.Series(plain, dtype=pl.String)
    if kinds == {"boolean"}:
        return pl.Series(plain, dtype=pl.Boolean)
    if kinds == {"whole"}:
        largest = max(abs(value) for value in plain if value is not None)
        return pl.Series(plain, dtype=pl.Int64) if largest < 2**63 else _as_text(plain)
    if kinds <= {"whole", "decimal"}:
        return _decimals(plain)
    if kinds <= {"whole", "decimal", "float"}:
        return pl.Series([None if value is None else float(value) for value in plain], dtype=pl.Float64)
    if kinds == {"date"}:
        return pl.Series(plain, dtype=pl.Date)
    if kinds == {"moment"}:
        return _moments(plain)
    return _as_text(plain)


def _decimals(values: list[Any]) -> pl.Series:
    exact = [None if value is None else Decimal(value) for value in values]
    places = max(max(0, -int(value.as_tuple().exponent)) for value in exact if value is not None)
    if any(value is not None and abs(value) > EXACT_IN_EXCEL for value in exact):
        return _as_text(exact)
    if places > 18:
        return pl.Series([None if value is None else float(value) for value in exact], dtype=pl.Float64)
    return pl.Series(exact, dtype=pl.Decimal(38, places))


def _moments(values: list[Any]) -> pl.Series:
    zones = {str(value.tzinfo) for value in values if value is not None and value.tzinfo is not None}
    if zones:  # of several zones, or with an offset: the text says which
        return _as_text([None if value is None else value.isoformat(sep=" ") for value in values])
    return pl.Series(values, dtype=pl.Datetime("us"))


def _as_text(values: list[Any]) -> pl.Series:
    return pl.Series([None if value is None else _words(value) for value in values], dtype=pl.String)


def plain_value(value: Any) -> Any:
    """Return a value as Python has it: NumPy's own types unwrapped, NaN, NaT and NA as None."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", 1) == 0:
        value = _unwrapped(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float | Decimal) and value != value:  # noqa: PLR0124 - only NaN differs from itself
        return None
    return value


def _unwrapped(value: Any) -> Any:
    """A value of NumPy as Python's own; one of nanoseconds would be a bare number."""
    name, own = type(value).__name__, value.item()
    if isinstance(own, int) and name in ("datetime64", "timedelta64"):
        return value.astype(f"{name}[us]").item()
    return own


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "whole"
        case float():
            return "float"
        case Decimal():
            return "decimal" if value.is_finite() else "float"
        case Fraction():
            return "float"
        case datetime():
            return "moment"
        case date():
            return "date"
        case _:
            return "text"


def _words(value: Any) -> str:
    """A value that has no column of its own kind, in words."""
    match value:
        case str():
            return value
        case bytes():
            return f"{len(value)} bytes"
        case timedelta():
            return str(value)
        case dict():
            return "; ".join(f"{name}: {_words(own)}" for name, own in value.items())
        case set() | frozenset():
            return ", ".join(sorted(map(_words, value)))
        case list() | tuple() | pl.Series():
            return ", ".join(_words(own) for own in value)
        case None:
            return "–"
        case _:
            return without_address(str(value))
