"""Export layouts as data: which headers a system writes, where they stand, and what their columns mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from importlib import resources
from itertools import zip_longest
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from etl.cells.sheets import Cell, Sheet, as_text
from etl.tables.ready import ReadySheet, other_headers_of, parts_of, written
from iga.errors import ValueRefused
from iga.written_toml import parsed_toml
from warehouse.errors import UnknownName

ColumnType = Literal[
    "text", "prose", "title", "date", "score", "points", "measure", "stage", "word", "affair", "affairs", "level",
    "edition", "identifier", "account_unit", "coordinate", "latitude", "longitude", "ignored",
]  # fmt: skip

Kind = Literal["innovation_list", "spd_answers", "control_sheet", "unit_register", "jury_scores", "statements"]


class Column(BaseModel):
    """One column that a layout knows: the canonical field, how to read it, the headers it is found under.

    ``pattern`` takes its one group out of the cell before it is read: two columns may share a header that way. A cell
    that does not fit is rejected, or has no value where ``pattern_may_miss``. ``digits`` is the length of an
    identifier that spreadsheets shorten by its leading zeros. ``fallback`` is the field read where this one is empty.
    ``which`` says which of several columns of one header is meant, from the left; 0: their cells must agree.
    ``maximum`` is the largest number that points may be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    type: ColumnType
    headers: tuple[str, ...] = ()
    required: bool = False
    vocabulary: str = ""
    pattern: str = ""
    pattern_may_miss: bool = False
    digits: int = 0
    fallback: str = ""
    which: Annotated[int, Field(ge=0)] = 0
    maximum: Decimal | None = None


class Indicators(BaseModel):
    """Columns of indicators, one each: by name, or by a pattern that holds the indicator's number.

    With ``sheet_signature`` they are no columns but rows of a sheet of their own, whose headers are those of
    ``name_header`` and ``value_header``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Literal["points", "level", "flag"]
    minimum: int
    headers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    level_header: str = ""
    document_header: str = ""
    name_header: str = ""
    value_header: str = ""


class Series(BaseModel):
    """Columns that stand for years: the header's pattern holds the year, and each cell is one statement."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header: str
    measure: str


class Drift(BaseModel):
    """How headers moved: one column per version of the export, one row per field; an empty text means absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    versions: tuple[str, ...]
    headers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    indicators: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rows_are_as_long_as_the_versions(self) -> Self:
        for name, texts in (self.headers | self.indicators).items():
            if len(texts) != len(self.versions):
                raise ValueRefused(
                    "{name} has {headers} headers for {versions} versions",
                    name=name,
                    headers=len(texts),
                    versions=len(self.versions),
                )
        return self

    def version_of(self, columns: dict[str, str]) -> str:
        """The version whose headers fit best those found (field -> header text); the earliest of equals."""
        fits = [
            sum(
                bool(texts[place]) and simplified(texts[place]) == simplified(columns.get(name, ""))
                for name, texts in self.headers.items()
            )
            for place in range(len(self.versions))
        ]
        return self.versions[fits.index(max(fits))] if any(fits) else ""


class Layout(BaseModel):
    """One export layout, from ``etl/layouts/<name>.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title_id: str
    title_en: str
    source: str
    kind: Kind
    formats: tuple[str, ...]
    shape: Literal["table", "form", "recap"] = "table"
    """a recap is found by its words (`etl.recaps`), never by a list of headers"""
    grain: Literal["row", "evidence_file"] = "row"
    header_rows: Annotated[int, Field(ge=1)]
    header_depth: Literal[1, 2] = 1
    score_kind: Literal["claimed", "verified", "final"]
    date_order: Literal["day_first", "month_first", "evidence"]
    decimal_mark: Literal["comma", "dot", "evidence"]
    external_system: str
    signature: tuple[str, ...]
    stated_total: str = ""
    total_code: str = ""
    footer: str = ""
    value_header: str = ""
    columns: tuple[Column, ...] = Field(alias="column")
    indicators: Indicators | None = None
    series: Series | None = None
    drift: Drift | None = None
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    senders: tuple[str, ...] = ()
    """Codes of the regions whose files may be in this layout; none: all."""
    content_hash: str = ""
    _edition_names: tuple[tuple[str, str], ...] = PrivateAttr(())

    def with_names(self, names: Mapping[str, str]) -> Layout:
        """Return the layout with the names that an edition's rules give its indicators, by number.

        A name belongs to the number of its edition, whatever the layout says: numbers move from edition to edition. No
        more indicators are asked for than the edition has. It is this layout itself where that changes nothing.
        """
        if self.indicators is None or not names:
            return self
        key = (self.content_hash, tuple(names.items()))
        if key not in _NAMED:
            _NAMED[key] = self._named(self.indicators, names)
        return _NAMED[key]

    def _named(self, indicators: Indicators, names: Mapping[str, str]) -> Layout:
        wanted = {simplified(name): number for number, name in names.items()}
        minimum = min(indicators.minimum, len(names))
        numbers = dict.fromkeys((*indicators.headers, *names)) if indicators.headers else {}
        headers = {
            number: tuple(
                text
                for text in dict.fromkeys((*indicators.headers.get(number, ()), *filter(None, [names.get(number)])))
                if wanted.get(simplified(text), number) == number
            )
            for number in numbers
        }
        if minimum == indicators.minimum and _alike(headers) == _alike(indicators.headers):
            return self
        changed = indicators.model_copy(update={"headers": headers, "minimum": minimum})
        named = self.model_copy(update={"indicators": changed})
        named._edition_names = tuple(names.items())
        return named

    @property
    def needed(self) -> set[str]:
        """The fields that a file must have to be in this layout: its signature, and what no row can do without."""
        return {*self.signature, *(column.field for column in self.columns if column.required)}

    def column(self, name: str) -> Column:
        """The column of a canonical field."""
        return next(column for column in self.columns if column.field == name)


def _alike(headers: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    return {number: set(map(simplified, texts)) for number, texts in headers.items()}


_NAMED: dict[tuple[str, tuple[tuple[str, str], ...]], Layout] = {}
"""Layouts with the names of an edition: every file of the edition asks for them."""


@dataclass(frozen=True)
class FormField:
    """One label of a form: its row, the rows that its value covers, and the value."""

    row_number: int
    rows: tuple[int, ...]
    value: Cell


@dataclass(frozen=True)
class IndicatorSheet:
    """A sheet with one row per indicator beside a form: row and value of each."""

    sheet: Sheet
    rows: dict[str, int]
    values: dict[str, Cell]
    header: str
    column_number: int
    """the column of the values, from 1"""


@dataclass(frozen=True)
class Match:
    """Where a layout was found in a file, and which column is which."""

    layout: Layout
    sheet: Sheet
    header_row: int
    """the last row of the header; 0 for a form"""
    columns: dict[str, int]
    """canonical field -> column index"""
    levels: dict[str, int]
    """indicator number -> column index of its points or level"""
    documents: dict[str, int]
    """indicator number -> column index of its document yes/no"""
    headers: tuple[str, ...] = ()
    """the header's text by column index"""
    years: dict[str, int] = field(default_factory=dict)
    """year -> column index, where columns stand for years"""
    form: dict[str, FormField] = field(default_factory=dict)
    """canonical field -> its place, where the sheet is a form"""
    indicator_sheet: IndicatorSheet | None = None

    @property
    def recognised(self) -> int:
        """How many of the file's columns the layout knows."""
        places = {*self.columns.values(), *self.levels.values(), *self.documents.values(), *self.years.values()}
        return len(places)

    @property
    def filled_headers(self) -> int:
        """How many of the file's columns have a header."""
        return sum(1 for text in self.headers if text)

    @property
    def has_rows(self) -> bool:
        """Whether anything stands below the header."""
        return any(cell is not None for row in self.sheet.rows[self.header_row :] for cell in row)

    @property
    def evidence(self) -> dict[str, str]:
        """What speaks for this layout, for the words of the receipt: sheet, row, recognised and, if known, version."""
        version = self.layout.drift.version_of(self.found_headers) if self.layout.drift else ""
        found = {"sheet": repr(self.sheet.name), "row": str(self.header_row), "recognised": str(self.recognised)}
        return {**found, "version": version} if version else found

    @property
    def found_headers(self) -> dict[str, str]:
        """Canonical field -> header text as found."""
        return {name: self.headers[index] for name, index in self.columns.items()}


def parse_layout(text: str) -> Layout:
    """A layout from the text of its TOML file; headers of its drift table count like those of its columns.

    Raises pydantic's ValidationError or tomllib's TOMLDecodeError with the place of a slip.
    """
    content = parsed_toml(text)
    _add_drift(content)
    return Layout.model_validate({**content, "content_hash": hashlib.sha256(text.encode()).hexdigest()})


def _add_drift(content: dict[str, Any]) -> None:
    drift = content.get("drift", {})
    for column in content.get("column", []):
        texts = [*column.get("headers", []), *drift.get("headers", {}).get(column.get("field"), [])]
        column["headers"] = list(dict.fromkeys(text for text in texts if text))
    if indicators := content.get("indicators"):
        headers = indicators.setdefault("headers", {})
        for number, names in drift.get("indicators", {}).items():
            texts = [*headers.get(number, []), *names]
            headers[number] = list(dict.fromkeys(text for text in texts if text))


@cache
def load_layouts() -> dict[str, Layout]:
    """Every known layout by name."""
    layouts = {}
    for file in sorted(resources.files("etl").joinpath("layouts").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            layout = parse_layout(file.read_text(encoding="utf-8"))
            layouts[layout.name] = layout
    return layouts


def load_layout(name: str) -> Layout:
    """The layout of that name; raises UnknownName with the known ones."""
    layouts = load_layouts()
    if name not in layouts:
        raise UnknownName(
            "No layout is named {name}", next_step="those that exist: {known}", name=name, known=", ".join(layouts)
        )
    return layouts[name]


_SEPARATORS = re.compile(r"[\W_]+")


@lru_cache(maxsize=10_000)
def simplified(text: str) -> str:
    """Text for comparing headers and words: letters and digits only, lower case, single spaces."""
    return _SEPARATORS.sub(" ", text).strip().casefold()


def all_simplified(texts: Sequence[str]) -> list[str]:
    """`simplified` of many texts at once; where letters are not plain ASCII, Python's notion of a letter decides."""
    plain = [text if text.isascii() and "\n" not in text else "" for text in texts]
    lines = "\n".join(plain).translate(_PLAIN)
    made = [" ".join(line.split()) if "  " in line else line.strip() for line in lines.split("\n")]
    return [line or simplified(text) for line, text in zip(made, texts, strict=True)] if texts else []


# What `simplified` does to a single ASCII character; lines stay lines.
_PLAIN = {code: _SEPARATORS.sub(" ", chr(code)).casefold() for code in range(128) if chr(code) != "\n"}


def find_layout(file_format: str, sheets: Sequence[Sheet], stated: str | None = None) -> list[Match]:
    """The layouts that a file fits, best first: most columns recognised, visible sheets before hidden ones.

    With ``stated`` only that layout is tried. An empty list means that none fits; two equal first ones that it is open.
    """
    candidates = [load_layout(stated)] if stated else list(load_layouts().values())
    return matches_of(file_format, sheets, candidates)


def matches_of(file_format: str, sheets: Sequence[Sheet], candidates: Sequence[Layout]) -> list[Match]:
    """Where any of these layouts is found in a file, best first (see `find_layout`)."""
    depth = max((layout.header_rows for layout in candidates if layout.shape == "table"), default=0)
    rows = [HeaderRows(sheet, depth) for sheet in sheets]
    matches = [
        match
        for layout in candidates
        if file_format in layout.formats and layout.shape != "recap"
        for sheet, header_rows in zip(sheets, rows, strict=True)
        if (match := _match_sheet(layout, sheet, sheets, header_rows)) is not None
    ]
    return sorted(matches, key=lambda match: (match.sheet.is_hidden, -match.recognised))


def _match_sheet(layout: Layout, sheet: Sheet, sheets: Sequence[Sheet], rows: HeaderRows) -> Match | None:
    if layout.shape == "form":
        # A form has no table: it is looked for in what the file has.
        return _match_form(layout, written(sheet), [part.sheet for each in sheets for part in parts_of(each)], rows)
    best: Match | None = None
    # Titles and blank rows stand above the header, so the rows are tried from the top.
    needed = _wanted(layout).needed
    if not rows.has_other_headers and any(wanted.isdisjoint(rows.all_of(layout.header_depth)) for wanted in needed):
        return None
    for number, joined, simple, known_texts in rows.of(layout.header_depth)[: layout.header_rows]:
        texts, headers, known = joined, simple, known_texts
        if others := other_headers_of(sheet, number):
            texts = _known_texts(layout, joined, others)
            headers = [simplified(text) for text in texts]
            known = frozenset(headers)
        if any(wanted.isdisjoint(known) for wanted in needed):
            continue
        match = _match_header(layout, sheet, number, texts, headers)
        if match is not None and (best is None or match.recognised > best.recognised):
            best = match
    return best


class HeaderRows:
    """The rows of a sheet that may be its header, and the labels that a form would have, made ready for all layouts."""

    def __init__(self, sheet: Sheet, depth: int) -> None:
        self.sheet = sheet
        self.rows = sheet.rows[: depth + 1]
        self.texts = [[header_text(cell) for cell in row] for row in self.rows]
        self.made: dict[int, list[tuple[int, list[str], list[str], frozenset[str]]]] = {}
        self.together: dict[int, frozenset[str]] = {}

    def of(self, header_depth: int) -> list[tuple[int, list[str], list[str], frozenset[str]]]:
        """(last row of the header, texts, simplified texts, the same as a set) for a header of one or two rows."""
        if header_depth not in self.made:
            texts = self.texts
            if header_depth == 2:
                texts = [_two_rows(upper, below) for upper, below in zip(self.texts, self.texts[1:], strict=False)]
            simple = [[simplified(text) for text in line] for line in texts]
            self.made[header_depth] = [
                (number, line, headers, frozenset(headers))
                for number, (line, headers) in enumerate(zip(texts, simple, strict=True), start=header_depth)
            ]
        return self.made[header_depth]

    def all_of(self, header_depth: int) -> frozenset[str]:
        """The texts of all these headers: what is not among them is in none."""
        if header_depth not in self.together:
            self.together[header_depth] = frozenset().union(*(known for *_, known in self.of(header_depth)))
        return self.together[header_depth]

    @cached_property
    def has_other_headers(self) -> bool:
        """Whether a column may be called otherwise than its header says."""
        return isinstance(self.sheet, ReadySheet) and bool(self.sheet.other_headers)

    @cached_property
    def labels(self) -> frozenset[str]:
        """What stands first in each row, as the labels of a form do."""
        return frozenset(_label_text(row) for _, row in written(self.sheet).filled_rows())


def header_text(cell: Cell) -> str:
    """A header without the mark of a required column and without surrounding spaces."""
    return as_text(cell).replace("*", "").strip()


def _known_texts(layout: Layout, joined: Sequence[str], others: Sequence[Sequence[str]]) -> list[str]:
    """Of what each column of a header of several levels may be called, what the layout knows."""
    wanted = _wanted(layout)
    known = {text for _, text in wanted.headers}

    def is_known(text: str) -> bool:
        simple = simplified(text)
        return simple in known or bool(wanted.indicators and indicator_named(_unnumbered(simple), wanted.indicators))

    rows = [[header_text(text) for text in row] for row in others]
    return [
        next((text for text in (whole, *(row[place] for row in rows if place < len(row))) if is_known(text)), whole)
        for place, whole in enumerate(joined)
    ]


def _two_rows(upper: list[str], below: list[str]) -> list[str]:
    """The headers of two rows as one: a merged cell above stands for all columns that it spans."""
    texts, group = [], ""
    for over, under in zip_longest(upper, below, fillvalue=""):
        group = over or group
        texts.append(f"{group} {under}".strip() if under else over)
    return texts


def _match_header(layout: Layout, sheet: Sheet, number: int, texts: list[str], headers: list[str]) -> Match | None:
    columns: dict[str, int] = {}
    for name, wanted in _wanted(layout).headers:
        if name not in columns and wanted in headers:
            place = place_of(headers, wanted, _wanted(layout).which.get(name, 0))
            if place is not None:
                columns[name] = place
    return match_of(layout, sheet, number, texts, headers, columns)


def place_of(headers: Sequence[str], wanted: str, which: int = 0) -> int | None:
    """Return the place of a header, or of the so many-th column of that name (from 1); None where there is none."""
    if which < 2:
        return headers.index(wanted) if wanted in headers else None
    places = [place for place, text in enumerate(headers) if text == wanted]
    return places[which - 1] if which <= len(places) else None


def match_of(
    layout: Layout, sheet: Sheet, number: int, texts: list[str], headers: list[str], columns: dict[str, int]
) -> Match | None:
    """Return the match of a header whose columns are known; None where the columns of indicators or years are not."""
    levels, documents = _indicator_columns(layout, texts, headers)
    if layout.indicators is not None and len(levels) < layout.indicators.minimum:
        return None
    years = _year_columns(layout.series, texts)
    if layout.series is not None and not years:
        return None
    return Match(layout, sheet, number, columns, levels, documents, headers=tuple(texts), years=years)


@dataclass(frozen=True)
class _Wanted:
    """The simplified headers of a layout: with their fields, in the order in which they are tried; those of each field
    that a file must have; and the names of each indicator."""

    headers: list[tuple[str, str]]
    needed: list[frozenset[str]]
    indicators: dict[str, tuple[str, ...]]
    which: dict[str, int]


_WANTED: dict[tuple[str, tuple[tuple[str, str], ...]], _Wanted] = {}


def _wanted(layout: Layout) -> _Wanted:
    """What a layout looks for; kept, since every row of every file is asked for it."""
    key = (layout.content_hash, layout._edition_names)
    if key not in _WANTED:
        headers = [(column.field, simplified(text)) for column in layout.columns for text in column.headers]
        needed = [frozenset(text for field, text in headers if field == name) for name in sorted(layout.needed)]
        names = layout.indicators.headers if layout.indicators else {}
        indicators = {number: tuple(map(simplified, texts)) for number, texts in names.items()}
        which = {column.field: column.which for column in layout.columns if column.which}
        _WANTED[key] = _Wanted(headers, needed, indicators, which)
    return _WANTED[key]


def _year_columns(series: Series | None, texts: list[str]) -> dict[str, int]:
    if series is None:
        return {}
    found = ((re.fullmatch(series.header, text), index) for index, text in enumerate(texts))
    return {fits.group(1): index for fits, index in found if fits}


def _indicator_columns(layout: Layout, texts: list[str], headers: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    levels: dict[str, int] = {}
    documents: dict[str, int] = {}
    indicators = layout.indicators
    if indicators is None or indicators.name_header:
        return levels, documents
    names = _wanted(layout).indicators
    for index, header in enumerate(map(_unnumbered, headers)):
        if names and (number := indicator_named(header, names)):
            levels.setdefault(number, index)
    levels = {number: levels[number] for number in names if number in levels}
    for index, text in enumerate(texts):
        if indicators.level_header and (found := re.match(indicators.level_header, text)):
            levels.setdefault(found.group(1), index)
        if indicators.document_header and (found := re.match(indicators.document_header, text)):
            documents.setdefault(found.group(1), index)
    return levels, documents


def indicator_named(text: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the number of the indicator with the longest name that a simplified header or label begins with."""
    fitting = [
        (len(name), number) for number, texts in names.items() for name in texts if name and text.startswith(name)
    ]
    return max(fitting)[1] if fitting else None


def _unnumbered(simple: str) -> str:
    """A simplified header or label without the running number before it."""
    return re.sub(r"^(?:\d{1,2} )+", "", simple)


def _match_form(layout: Layout, sheet: Sheet, sheets: Sequence[Sheet], rows: HeaderRows) -> Match | None:
    if len(sheet.rows) > layout.header_rows or any(texts.isdisjoint(rows.labels) for texts in _wanted(layout).needed):
        return None
    form = _form_fields(layout, sheet)
    if not layout.needed <= set(form):
        return None
    indicators = _indicator_rows(layout.indicators, sheets)
    if layout.indicators is not None and layout.indicators.minimum and indicators is None:
        return None
    names = [column.field for column in layout.columns if column.field in form]
    columns = {name: place for place, name in enumerate(names)}
    headers = tuple(as_text(_label_cell(sheet.rows[form[name].row_number - 1])) for name in names)
    return Match(layout, sheet, 0, columns, {}, {}, headers=headers, form=form, indicator_sheet=indicators)


def _form_fields(layout: Layout, sheet: Sheet) -> dict[str, FormField]:
    """The labels of a form with what stands beside or below them, up to the next label or numbered heading."""
    labels = {simplified(header): column.field for column in layout.columns for header in column.headers}
    value_header = simplified(layout.value_header)
    value_column: int | None = None
    found: dict[str, FormField] = {}
    open_field = ""
    rows: list[int] = []
    parts: list[Cell] = []
    for number, whole_row in sheet.filled_rows():
        row = whole_row if value_column is None else _label_and_value(whole_row, value_column)
        if value_header and value_column is None:
            texts = [simplified(as_text(cell)) for cell in row]
            value_column = texts.index(value_header) if value_header in texts else None
        name = labels.get(_label_text(row), "")
        if name or _is_heading(row):
            _close(found, open_field, rows, parts)
            open_field, rows, parts = name, [number], list(_values_beside(row)) if name else []
        elif open_field:
            rows.append(number)
            parts.extend(cell for cell in row if cell is not None)
    _close(found, open_field, rows, parts)
    return found


def _label_text(row: Sequence[Cell]) -> str:
    """The label of a row of a form, simplified."""
    return _unnumbered(simplified(as_text(_label_cell(row)).rstrip(" :")))


def _label_and_value(row: list[Cell], value_column: int) -> list[Cell]:
    """A row of a form whose answers stand in one column: its label and its answer."""
    return [_label_cell(row[:value_column]), row[value_column] if value_column < len(row) else None]


def _close(found: dict[str, FormField], name: str, rows: list[int], parts: list[Cell]) -> None:
    # A label that stands a second time belongs to another block (a signature, a next form) and is not read.
    if name and name not in found:
        value = parts[0] if len(parts) == 1 else " ".join(as_text(part) for part in parts) or None
        found[name] = FormField(rows[0], tuple(rows), value)


def _label_cell(row: Sequence[Cell]) -> Cell:
    """The first cell of a row that is more than a running number."""
    return next((cell for cell in row if cell is not None and not re.fullmatch(r"[\d.]+", as_text(cell).strip())), None)


def _is_heading(row: Sequence[Cell]) -> bool:
    return bool(re.match(r"\s*\d{1,2}\.(?:\d{1,2}\.?)?\s+\S", as_text(next((c for c in row if c is not None), None))))


def _values_beside(row: Sequence[Cell]) -> Iterator[Cell]:
    label = _label_cell(row)
    after = False
    for cell in row:
        if after and cell is not None and as_text(cell).strip() != ":":
            yield cell
        after = after or cell is label


def _indicator_rows(indicators: Indicators | None, sheets: Sequence[Sheet]) -> IndicatorSheet | None:
    if indicators is None or not indicators.name_header:
        return None
    for sheet in sheets:
        for number, row in sheet.filled_rows():
            headers = [simplified(header_text(cell)) for cell in row]
            wanted = (simplified(indicators.name_header), simplified(indicators.value_header))
            if set(wanted) <= set(headers):
                found = _values_of_indicators(indicators, sheet, number, *(headers.index(text) for text in wanted))
                return found if len(found.rows) >= indicators.minimum else None
    return None


def _values_of_indicators(
    indicators: Indicators, sheet: Sheet, header_row: int, name_column: int, value_column: int
) -> IndicatorSheet:
    rows: dict[str, int] = {}
    values: dict[str, Cell] = {}
    names = {number: tuple(simplified(name) for name in texts) for number, texts in indicators.headers.items()}
    for number, row in enumerate(sheet.rows[header_row:], start=header_row + 1):
        label = _unnumbered(simplified(as_text(row[name_column] if name_column < len(row) else None)))
        indicator = indicator_named(label, names)
        if indicator is not None and indicator not in rows:
            rows[indicator] = number
            values[indicator] = row[value_column] if value_column < len(row) else None
    header = as_text(sheet.rows[header_row - 1][value_column])
    return IndicatorSheet(sheet, rows, values, header, value_column + 1)
