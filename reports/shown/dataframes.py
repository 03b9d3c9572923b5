"""Frames of every library as typed tables: Polars, pandas, PyArrow, DuckDB, Narwhals, great-tables, Styler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from reports.blocks.content import Text
from reports.shown.adapted import Adapted, Asked
from reports.shown.printed_text import cleaned
from reports.shown.refused import MOST_CELLS, ShownRefused
from reports.shown.typed_columns import Given, series_of, table_from


def adapted_table(
    columns: list[Given],
    asked: Asked,
    *,
    caption: str = "",
    notes: Iterable[str] = (),
    groups: Sequence[str] = (),
    origin: pl.DataFrame | None = None,
) -> Adapted:
    """Return columns as a table; `origin` is the frame that says if they are simulated, where they do not."""
    given = columns if origin is None else [Given(name, origin[name]) for name in origin.columns]
    if not columns:
        text = asked.language("A table without columns: there is nothing to show.")
        return Adapted((Text(text=text, tone="note"),))
    flags: dict[str, Any] = {name: _flag(given, name) for name in ("is_simulated", "is_published", "is_estimate")}
    flags["is_published"] |= _are_statements(given)
    table = table_from(columns, asked.language, caption=caption or asked.name, notes=notes, groups=groups, **flags)
    return Adapted((table,), knows_origin(given))


def _flag(columns: Iterable[Given], name: str) -> bool:
    return any(_is_any(column.values) for column in columns if column.heading == name)


def of_polars(frame: Any, asked: Asked) -> Adapted:
    """Return a Polars frame as a table."""
    return adapted_table([Given(name, frame[name]) for name in frame.columns], asked)


def of_lazy_polars(frame: Any, asked: Asked) -> Adapted:
    """Return the rows of a lazy frame: what a reader of a report expects of it. At most as many as a table may have."""
    return of_polars(frame.head(MOST_CELLS + 1).collect(), asked)


def of_polars_series(values: Any, asked: Asked) -> Adapted:
    """Return a Polars series as a table of one column."""
    return adapted_table([Given(values.name or asked.name or asked.language("Value"), values)], asked)


def of_pandas(frame: Any, asked: Asked) -> Adapted:
    """Return a pandas frame as a table: its index first unless it only counts the rows."""
    return adapted_table(list(_pandas_columns(frame, asked)), asked, caption=str(frame.attrs.get("title", "")))


def of_pandas_series(values: Any, asked: Asked) -> Adapted:
    """Return a pandas series as a table: its index, and its values."""
    name = _name(values.name) if values.name is not None else asked.name or asked.language("Value")
    return adapted_table([*_index(values.index, asked), _pandas_given(name, values)], asked)


def of_pandas_index(values: Any, asked: Asked) -> Adapted:
    """Return an index of pandas as a table."""
    return adapted_table(list(_index_levels(values, asked)), asked)


def of_styler(styler: Any, asked: Asked) -> Adapted:
    """Return the data of a pandas Styler; its colours and formats stay behind, and the note says so."""
    frame, hidden = styler.data, set(getattr(styler, "hidden_columns", ()))
    places = [place for place in range(frame.shape[1]) if place not in hidden]
    is_indexed = not any(getattr(styler, "hide_index_", (False,)))
    caption = styler.caption if isinstance(styler.caption, str) else " ".join(styler.caption or ())
    note = asked.language("Colours and formats of pandas Styler are not taken over; the values are.")
    columns = list(_pandas_columns(frame.iloc[:, places], asked, is_indexed=is_indexed))
    return adapted_table(columns, asked, caption=caption, notes=[note])


def of_great_table(shown: Any, asked: Asked) -> Adapted:
    """Return the data, labels, groups and notes of a great-tables table; its formats and colours stay behind."""
    language, frame = asked.language, _polars_of(shown._tbl_data, asked)
    parts = {name: [one for one in shown._boxhead._d if one.type.name == name] for name in _ROLES}
    spanners = {name: one for one in reversed(list(shown._spanners._d)) for name in one.vars}

    def heading(column: Any) -> str:
        own = _said(column.column_label) or column.var
        above = spanners.get(column.var)
        return f"{_said(above.spanner_label)} · {own}" if above is not None else own

    columns = [Given(heading(one), frame[one.var]) for role in ("stub", "default") for one in parts[role]]
    groups = [str(value) for value in frame[parts["row_group"][0].var]] if parts["row_group"] else []
    title, subtitle = _said(shown._heading.title), _said(shown._heading.subtitle)
    notes = [*filter(None, [subtitle]), *map(_said, shown._source_notes)]
    notes += [_said(one.footnotes) for one in shown._footnotes if one.footnotes]
    if shown._formats or shown._styles:
        notes.append(language("Formats and colours of great-tables are not taken over; the values are."))
    return adapted_table(columns, asked, caption=title, notes=notes, groups=groups, origin=frame)


_ROLES = ("stub", "default", "row_group", "hidden")


def _said(words: Any) -> str:
    """A word of great-tables, which may be Markdown or HTML of its own, as plain text."""
    if words is None:
        return ""
    if isinstance(words, list | tuple):
        return " ".join(map(_said, words))
    return str(getattr(words, "text", words))


def of_arrow(table: Any, asked: Asked) -> Adapted:
    """Return a table of PyArrow as a table."""
    frame = pl.from_arrow(table)
    return of_polars(frame, asked) if isinstance(frame, pl.DataFrame) else of_polars_series(frame, asked)


def of_duckdb(relation: Any, asked: Asked) -> Adapted:
    """Return the rows of a DuckDB relation as a table."""
    return of_polars(pl.DataFrame(relation.limit(MOST_CELLS + 1).arrow()), asked)


def of_narwhals(frame: Any, asked: Asked) -> Adapted:
    """Return a Narwhals frame as the frame that it stands for."""
    from reports.shown.adapters import adapted

    return adapted(frame.to_native(), asked) or Adapted(())


def of_records(records: Sequence[dict[Any, Any]], asked: Asked) -> Adapted:
    """Return a list of dicts as a table: a column for each key, in the order of their first use."""
    names = list(dict.fromkeys(name for record in records for name in record))
    return adapted_table([Given(str(name), series_of(record.get(name) for record in records)) for name in names], asked)


def columns_of(frame: Any, asked: Asked) -> list[Given] | None:
    """Return the columns of a frame that a chart was given; None for what is not one."""
    package = type(frame).__module__.partition(".")[0]
    if package == "pandas" and type(frame).__name__ == "DataFrame":
        return list(_pandas_columns(frame, asked))
    native = frame.to_native() if package == "narwhals" else frame
    if isinstance(native, pl.DataFrame):
        return [Given(name, native[name]) for name in native.columns]
    if package == "pyarrow" and type(frame).__name__ == "Table":
        read = pl.from_arrow(frame)
        return [Given(name, read[name]) for name in read.columns] if isinstance(read, pl.DataFrame) else None
    return None


def knows_origin(columns: Iterable[Given]) -> bool:
    """Return whether the rows say themselves if they are simulated; what is published never is."""
    own = list(columns)
    return any(column.heading == "is_simulated" for column in own) or _are_statements(own)


def _are_statements(columns: Iterable[Given]) -> bool:
    """Whether the rows are published statements, and nothing computed beside them."""
    names = {column.heading for column in columns}
    return "statement_id" in names and "iid" not in names


def is_simulated(columns: Iterable[Given]) -> bool:
    """Return whether a row says that it is simulated."""
    return any(_is_any(column.values) for column in columns if column.heading == "is_simulated")


def _is_any(values: pl.Series) -> bool:
    return values.dtype == pl.Boolean and bool(values.any())


def _pandas_columns(frame: Any, asked: Asked, *, is_indexed: bool = True) -> Iterable[Given]:
    if is_indexed:
        yield from _index(frame.index, asked)
    for place, name in enumerate(frame.columns):
        yield _pandas_given(_name(name), frame.iloc[:, place])


def _index(index: Any, asked: Asked) -> Iterable[Given]:
    """The levels of an index, unless it only counts the rows."""
    if type(index).__name__ == "RangeIndex" and index.name is None:
        return
    yield from _index_levels(index, asked)


def _index_levels(index: Any, asked: Asked) -> Iterable[Given]:
    for level in range(index.nlevels):
        name = index.names[level]
        heading = asked.language("Row") if name is None else _name(name)
        yield _pandas_given(heading, index.get_level_values(level).to_series())


def _name(name: Any) -> str:
    """The name of a column, which may be of several levels."""
    return " · ".join(str(one) for one in name if str(one)) if isinstance(name, tuple) else cleaned(str(name))


def _pandas_given(heading: str, values: Any) -> Given:
    """A column of pandas; moments of a time zone by its own clock, with the zone in the heading."""
    zone = getattr(values.dtype, "tz", None)
    if zone is None:
        return Given(heading, series_of(values.astype(object)))
    return Given(f"{heading} ({zone})", series_of(values.dt.tz_localize(None).astype(object)))


def _polars_of(frame: Any, asked: Asked) -> pl.DataFrame:
    """The frame that a table of great-tables stands on, as Polars."""
    columns = columns_of(frame, asked)
    if columns is None:
        raise ShownRefused(
            kind="great-tables", cause=type(frame).__name__, next_step="make the table from a Polars or pandas frame"
        )
    return pl.DataFrame([column.values.alias(column.heading) for column in columns])
