"""Which adapter serves which type: by the names of package and class, so that no library is imported for it."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Any

from reports.shown.adapted import Adapted, Adapter, Asked
from reports.shown.refused import ShownRefused

_FRAMES, _VALUES, _DISPLAYS = "dataframes", "plain_values", "displays"

ADAPTERS = {
    ("polars", "DataFrame"): (_FRAMES, "of_polars"),
    ("polars", "LazyFrame"): (_FRAMES, "of_lazy_polars"),
    ("polars", "Series"): (_FRAMES, "of_polars_series"),
    ("pandas", "DataFrame"): (_FRAMES, "of_pandas"),
    ("pandas", "Series"): (_FRAMES, "of_pandas_series"),
    ("pandas", "Index"): (_FRAMES, "of_pandas_index"),
    ("pandas", "Styler"): (_FRAMES, "of_styler"),
    ("great_tables", "GT"): (_FRAMES, "of_great_table"),
    ("pyarrow", "Table"): (_FRAMES, "of_arrow"),
    ("pyarrow", "ChunkedArray"): (_FRAMES, "of_arrow"),
    ("pyarrow", "Array"): (_FRAMES, "of_arrow"),
    ("duckdb", "DuckDBPyRelation"): (_FRAMES, "of_duckdb"),
    ("_duckdb", "DuckDBPyRelation"): (_FRAMES, "of_duckdb"),
    ("narwhals", "DataFrame"): (_FRAMES, "of_narwhals"),
    ("narwhals", "LazyFrame"): (_FRAMES, "of_narwhals"),
    ("narwhals", "Series"): (_FRAMES, "of_narwhals"),
    ("altair", "TopLevelMixin"): ("altair_charts", "of_chart"),
    ("altair", "PluginEnabler"): (_VALUES, "of_nothing"),
    ("matplotlib", "Figure"): ("pictures", "of_matplotlib"),
    ("matplotlib", "Artist"): (_VALUES, "of_nothing"),
    ("matplotlib", "Container"): (_VALUES, "of_nothing"),
    ("analysis", "Result"): ("own_answers", "of_result"),
    ("analysis", "City"): ("own_answers", "of_city"),
    ("analysis", "Cities"): ("own_answers", "of_cities"),
    ("analysis", "Panel"): ("own_answers", "of_panel"),
    ("analysis", "SeasonExplanation"): ("own_answers", "of_explanation"),
    ("analysis", "SeasonFrames"): ("own_answers", "of_season"),
    ("warehouse", "Snapshot"): ("own_answers", "of_snapshot"),
    ("IPython", "IFrame"): (_DISPLAYS, "of_frame"),
    ("IPython", "Audio"): (_DISPLAYS, "of_sound"),
    ("IPython", "Video"): (_DISPLAYS, "of_sound"),
    ("IPython", "Javascript"): (_DISPLAYS, "of_script"),
    ("IPython", "FileLink"): (_DISPLAYS, "of_path"),
    ("IPython", "Code"): (_DISPLAYS, "of_code"),
    ("IPython", "ProgressBar"): (_VALUES, "of_nothing"),
    ("pathlib", "PurePath"): (_DISPLAYS, "of_path"),
    ("ipywidgets", "Widget"): (_DISPLAYS, "of_widget"),
    ("numpy", "ndarray"): (_VALUES, "of_array"),
    ("numpy", "generic"): (_VALUES, "of_number"),
    ("pydantic", "BaseModel"): (_VALUES, "of_fields"),
    ("builtins", "str"): (_VALUES, "of_text"),
    ("builtins", "int"): (_VALUES, "of_number"),
    ("builtins", "float"): (_VALUES, "of_number"),
    ("decimal", "Decimal"): (_VALUES, "of_number"),
    ("fractions", "Fraction"): (_VALUES, "of_number"),
    ("datetime", "date"): (_VALUES, "of_number"),
    ("datetime", "time"): (_VALUES, "of_number"),
    ("datetime", "timedelta"): (_VALUES, "of_number"),
    ("enum", "Enum"): (_VALUES, "of_number"),
    ("builtins", "list"): (_VALUES, "of_list"),
    ("builtins", "tuple"): (_VALUES, "of_list"),
    ("builtins", "set"): (_VALUES, "of_list"),
    ("builtins", "frozenset"): (_VALUES, "of_list"),
    ("builtins", "dict"): (_VALUES, "of_mapping"),
    ("builtins", "NoneType"): (_VALUES, "of_nothing"),
}
"""Package and class -> module of this room and its function. The class of a value or one that it inherits from."""

LOOKS = ("_ipython_display_", "_repr_mimebundle_", "_repr_html_", "_repr_png_", "_repr_svg_", "_repr_markdown_")
"""How a class says that it has a look of its own."""


def adapter_of(kind: type) -> Adapter | None:
    """Return the adapter of a type; None for one that is not known, or that a class between has given its own look."""
    for known in kind.__mro__:
        place = ADAPTERS.get((known.__module__.partition(".")[0], known.__name__))
        if place is not None:
            return _function(*place)
        if any(name in vars(known) for name in LOOKS):
            return None
    return _function(_VALUES, "of_fields") if dataclasses.is_dataclass(kind) else None


def _function(module: str, name: str) -> Adapter:
    adapter: Adapter = getattr(import_module(f"reports.shown.{module}"), name)
    return adapter


def adapted(value: Any, asked: Asked) -> Adapted | None:
    """Return the parts of a value; None where no adapter knows its type, so that it shows itself in its own way.

    Raises ShownRefused for what cannot be taken over, and for what a library gives otherwise than it did.
    """
    adapter = adapter_of(type(value))
    if adapter is None:
        return None
    try:
        return adapter(value, asked)
    except ShownRefused:
        raise
    except Exception as fault:
        raise ShownRefused(
            kind=type(value).__name__,
            cause=f"{type(fault).__name__}: {fault}",
            next_step="show the value as a text with print(), as a Polars frame, or as a picture",
        ) from fault
