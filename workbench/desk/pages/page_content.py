"""What a page of the desk holds: a template with its values, and tables that the browser fetches by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from warehouse.language import Language
from workbench.desk.desk_tables import DeskTable


@dataclass(frozen=True)
class PageContent:
    """A page: its heading, its first sentences, the template of its body with values, and its tables by name."""

    heading: str
    template: str = "tables.html"
    sentences: Sequence[str] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, DeskTable] = field(default_factory=dict)
    is_simulated: bool = False


def table_of(
    name: str, title: str, frame: pl.DataFrame, headers: Mapping[str, str], language: Language, *notes: str
) -> DeskTable:
    """Return a table of all columns of a frame; `headers` are headings as catalogue keys, otherwise a name is its own.

    Ids and codes, which end in `_id` or `_code` or begin with `is_` and have no heading, are left out.
    """
    headings = {
        column: language(headers[column]) if column in headers else language(column)
        for column in frame.columns
        if column in headers or not (column.endswith(("_id", "_code")) or column.startswith("is_"))
    }
    return DeskTable(name, title, frame, headings, notes)
