"""Export layouts as data: which headers a system writes, where they stand, and what their columns mean."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from etl.cells import Cell, Sheet, as_text
from warehouse.errors import UnknownName

ColumnType = Literal["text", "title", "date", "score", "points", "stage", "word", "affair", "level", "ignored"]


class Column(BaseModel):
    """One column that a layout knows: the canonical field, how to read it, the headers it is found under."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    type: ColumnType
    headers: tuple[str, ...]
    required: bool = False
    vocabulary: str = ""


class Indicators(BaseModel):
    """Columns of indicators, one each: by name, or by a pattern that holds the indicator's number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Literal["points", "level"]
    minimum: int
    headers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    level_header: str = ""
    document_header: str = ""


class Layout(BaseModel):
    """One export layout, from ``etl/layouts/<name>.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title_id: str
    title_en: str
    source: str
    kind: Literal["innovation_list", "spd_answers", "control_sheet", "unit_register"]
    formats: tuple[str, ...]
    header_rows: Annotated[int, Field(ge=1)]
    score_kind: Literal["claimed", "verified", "final"]
    date_order: Literal["day_first", "month_first"]
    decimal_mark: Literal["comma", "dot"]
    external_system: str
    signature: tuple[str, ...]
    stated_total: str = ""
    total_code: str = ""
    columns: tuple[Column, ...] = Field(alias="column")
    indicators: Indicators | None = None
    content_hash: str = ""

    @property
    def needed(self) -> set[str]:
        """The fields without which a header is not this layout's: its signature, and what every row must state."""
        return {*self.signature, *(column.field for column in self.columns if column.required)}


@dataclass(frozen=True)
class Match:
    """Where a layout was found in a file, and which column is which."""

    layout: Layout
    sheet: Sheet
    header_row: int
    columns: dict[str, int]
    """canonical field -> column index"""
    levels: dict[str, int]
    """indicator number -> column index of its points or level"""
    documents: dict[str, int]
    """indicator number -> column index of its document yes/no"""

    @property
    def recognised(self) -> int:
        """How many of the file's columns the layout knows."""
        return len(self.columns) + len(self.levels) + len(self.documents)

    @property
    def has_rows(self) -> bool:
        """Whether anything stands below the header."""
        return any(cell is not None for row in self.sheet.rows[self.header_row :] for cell in row)

    @property
    def reason(self) -> str:
        """Why this layout was taken, for the receipt."""
        return f"sheet {self.sheet.name!r}, header in row {self.header_row}, {self.recognised} columns recognised"


@cache
def load_layouts() -> dict[str, Layout]:
    """Every known layout by name."""
    layouts = {}
    for file in sorted(resources.files("etl").joinpath("layouts").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            text = file.read_text(encoding="utf-8")
            content_hash = hashlib.sha256(text.encode()).hexdigest()
            layout = Layout.model_validate({**tomllib.loads(text), "content_hash": content_hash})
            layouts[layout.name] = layout
    return layouts


def load_layout(name: str) -> Layout:
    """The layout of that name; raises UnknownName with the known ones."""
    layouts = load_layouts()
    if name not in layouts:
        raise UnknownName(
            "No layout is named {name}", next_step="those that are known: {known}", name=name, known=", ".join(layouts)
        )
    return layouts[name]


_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=10_000)
def simplified(text: str) -> str:
    """Text for comparing headers and words: letters and digits only, lower case, single spaces."""
    return _SEPARATORS.sub(" ", text).strip().casefold()


def find_layout(file_format: str, sheets: Sequence[Sheet], stated: str | None = None) -> list[Match]:
    """The layouts that a file fits, best first: most columns recognised, visible sheets before hidden ones.

    With ``stated`` only that layout is tried. An empty list means that none fits; two equal first ones that it is open.
    """
    candidates = [load_layout(stated)] if stated else list(load_layouts().values())
    matches = [
        match
        for layout in candidates
        if file_format in layout.formats
        for sheet in sheets
        if (match := _match_sheet(layout, sheet)) is not None
    ]
    return sorted(matches, key=lambda match: (match.sheet.is_hidden, -match.recognised))


def _match_sheet(layout: Layout, sheet: Sheet) -> Match | None:
    best: Match | None = None
    # Titles and blank rows stand above the header, so the rows are tried from the top.
    for number, row in enumerate(sheet.rows[: layout.header_rows], start=1):
        match = _match_header(layout, sheet, number, row)
        if match is not None and (best is None or match.recognised > best.recognised):
            best = match
    return best


def _match_header(layout: Layout, sheet: Sheet, number: int, row: list[Cell]) -> Match | None:
    texts = [as_text(cell).replace("*", "").strip() for cell in row]
    headers = [simplified(text) for text in texts]
    columns: dict[str, int] = {}
    for column in layout.columns:
        for header in column.headers:
            wanted = simplified(header)
            if wanted in headers:
                columns[column.field] = headers.index(wanted)
                break
    if not layout.needed <= set(columns):
        return None
    levels, documents = _indicator_columns(layout.indicators, texts, headers)
    if layout.indicators is not None and len(levels) < layout.indicators.minimum:
        return None
    return Match(layout, sheet, number, columns, levels, documents)


def _indicator_columns(
    indicators: Indicators | None, texts: list[str], headers: list[str]
) -> tuple[dict[str, int], dict[str, int]]:
    levels: dict[str, int] = {}
    documents: dict[str, int] = {}
    if indicators is None:
        return levels, documents
    for number, names in indicators.headers.items():
        wanted = tuple(simplified(name) for name in names)
        for index, header in enumerate(headers):
            if header.startswith(wanted):
                levels.setdefault(number, index)
    for index, text in enumerate(texts):
        if indicators.level_header and (found := re.match(indicators.level_header, text)):
            levels.setdefault(found.group(1), index)
        if indicators.document_header and (found := re.match(indicators.document_header, text)):
            documents.setdefault(found.group(1), index)
    return levels, documents
