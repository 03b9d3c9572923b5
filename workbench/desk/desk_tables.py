"""The tables of the desk: all rows of a frame for the browser, and as CSV or workbook, filtered and sorted alike."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.result import Result, cell_text
from warehouse.keeping.personal_data import masked_frame
from warehouse.language import Language
from warehouse.visible_text import visible_lines

IDS = frozenset({"gap_id", "unit", "submission_id"})
"""Columns that programs need and people seldom read."""


@dataclass(frozen=True)
class DeskTable:
    """One table: a frame, the columns that people read with their headings, and notes that stand below it.

    `links` has for each row what the address of an innovation's story says, which the cell of `linked_column` leads to;
    empty where it leads nowhere.
    """

    name: str
    title: str
    frame: pl.DataFrame
    headings: Mapping[str, str]
    notes: Sequence[str] = ()
    hidden: frozenset[str] = field(default_factory=frozenset)
    linked_column: str = ""
    links: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Mask personal data in the texts, as in every output."""
        object.__setattr__(self, "frame", masked_frame(self.frame))

    @classmethod
    def of_result(cls, name: str, result: Result) -> DeskTable:
        """Return the table of an answer of a snapshot: its rows in words, with the headings that it names."""
        frame = result.in_words()
        headings = {column: text for column, text in result.shown.items() if column in frame.columns}
        return cls(name, result.title, frame, headings or {column: column for column in frame.columns}, result.notes)

    @property
    def columns(self) -> list[str]:
        """The columns that people read, in order."""
        return [column for column in self.headings if column in self.frame.columns]

    def for_browser(self, language: Language) -> dict[str, Any]:
        """Return the table for JSON: columns with their kind, and rows of [text, sort key where it differs]."""
        kinds = {column: _kind(self.frame.schema[column]) for column in self.columns}
        texts = [[cell(value, language) for value in self.frame[column]] for column in self.columns]
        keys = [
            None if kinds[column] == "text" else [_sort_key(value) for value in self.frame[column]]
            for column in self.columns
        ]
        return {
            "name": self.name,
            "title": self.title,
            "notes": list(self.notes),
            "columns": [
                {
                    "name": column,
                    "title": self.headings[column],
                    "kind": kinds[column],
                    "hidden": self._is_hidden(column),
                }
                for column in self.columns
            ],
            "texts": texts,
            "keys": keys,
            "linked": self.linked_column,
            "links": list(self.links),
            "count": self.frame.height,
        }

    def _is_hidden(self, column: str) -> bool:
        """Whether a column is shown only when asked for: it is told to be, is an id, or has no value in any row."""
        values = self.frame[column]
        return column in self.hidden or column in IDS or (values.len() > 0 and values.null_count() == values.len())

    def chosen(self, arguments: Mapping[str, str], language: Language) -> DeskTable:
        """Return the table with the rows and columns that a view of it shows: q, f.COLUMN, s, c, as in its address."""
        frame = self.frame
        texts = {column: [cell(value, language) for value in frame[column]] for column in self.columns}
        kept = list(range(frame.height))
        wanted = arguments.get("q", "").casefold()
        if wanted:
            kept = [row for row in kept if any(wanted in texts[column][row].casefold() for column in self.columns)]
        for column in self.columns:
            if only := arguments.get(f"f.{column}"):
                kept = [row for row in kept if texts[column][row] == only]
        column, _, direction = arguments.get("s", "").partition(":")
        if column in texts:
            is_text = _kind(frame.schema[column]) == "text"
            keys = [text.casefold() for text in texts[column]] if is_text else [_sort_key(x) for x in frame[column]]
            filled = [row for row in kept if keys[row] not in (None, "", "–")]
            empty = [row for row in kept if keys[row] in (None, "", "–")]
            kept = sorted(filled, key=lambda row: keys[row], reverse=direction == "desc") + empty
        asked = [name for name in arguments.get("c", "").split(",") if name in self.headings]
        names = asked or self.columns
        return DeskTable(
            self.name, self.title, frame[kept], {name: self.headings[name] for name in names}, self.notes
        )  # fmt: skip

    def as_csv(self) -> bytes:
        """Return the rows as CSV that Excel opens in columns; no text of it is a formula."""
        from workbench.output import safe_csv

        names = dict(zip(self.columns, distinct([self.headings[name] for name in self.columns]), strict=True))
        shown = self.frame.select(self.columns).rename(names)
        return b"\xef\xbb\xbf" + safe_csv(shown).encode()

    def as_workbook(self, language: Language) -> bytes:
        """Return the rows as a workbook, dates and figures typed; bounds are two columns."""
        from reports.render.list_workbook import write_workbook

        stream = io.BytesIO()
        frame, headings = self._without_bounds(language)
        write_workbook(stream, {self.title: frame}, language, headings, list(self.notes))
        return stream.getvalue()

    def _without_bounds(self, language: Language) -> tuple[pl.DataFrame, dict[str, str]]:
        columns: list[pl.Expr] = []
        headings: dict[str, str] = {}
        for name in self.columns:
            title, dtype = self.headings[name], self.frame.schema[name]
            if isinstance(dtype, pl.Struct):
                for end, text in (("lower", language("least")), ("upper", language("most"))):
                    columns.append(pl.col(name).struct.field(end).alias(f"{name}_{end}"))
                    headings[f"{name}_{end}"] = f"{title} ({text})"
            elif isinstance(dtype, pl.List):
                columns.append(pl.col(name).list.eval(pl.element().cast(pl.String)).list.join("; "))
                headings[name] = title
            else:
                columns.append(pl.col(name))
                headings[name] = title
        return self.frame.select(columns), headings


def distinct(titles: Sequence[str]) -> list[str]:
    """Return the titles, each once: a repeated one gets a number."""
    given: list[str] = []
    for title in titles:
        again = sum(other == title or other.rpartition(" ")[0] == title for other in given)
        given.append(f"{title} {again + 1}" if title in given else title)
    return given


def cell(value: Any, language: Language) -> str:
    """Return a value as the desk shows it; control characters are marks."""
    if isinstance(value, dict) and value.keys() == {"lower", "upper"}:
        low, high = (cell_text(each, language) for each in value.values())
        return low if low == high else f"{low}–{high}"
    if isinstance(value, list):
        return "; ".join(cell(each, language) for each in value)
    if isinstance(value, datetime):
        return language.date(value.date())
    if isinstance(value, date):
        return language.date(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return language.whole(value) if abs(value) >= 10_000 else str(value)
    return visible_lines(cell_text(value, language))


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_numeric() or (
        isinstance(dtype, pl.Struct) and {one.name for one in dtype.fields} == {"lower", "upper"}
    ):
        return "number"
    return "date" if dtype.is_temporal() else "text"


def _sort_key(value: Any) -> Any:
    if isinstance(value, dict):
        value = value.get("lower")
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
