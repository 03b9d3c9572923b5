"""A file in a known layout becomes canonical rows; every row gets exactly one outcome, every rejected cell a reason.

Columns are converted as a whole: each distinct text once. The result of one file depends on its bytes, its layout,
the normaliser and the edition's weights and maximum, and on nothing else, so that it can be kept in the lake.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from json.encoder import encode_basestring
from typing import Any

import polars as pl

from etl import contracts
from etl.cells import Cell, Sheet, as_text
from etl.layout import Layout, Match
from etl.normalise import (
    Converter,
    affair,
    date_of,
    hundredths_of,
    level,
    split_title,
    text_of,
    title_key,
    word_of,
)

MISSING_RULE = {"title": "title_missing", "unit_name": "unit_missing"}
SCALED = {"points": "points_x100"}
TOP_LEVEL = 3  # every published rulebook has levels 0 to 3


@dataclass(frozen=True)
class _Table:
    """The data rows of a sheet: their numbers, and their cells column by column."""

    numbers: list[int]
    columns: list[tuple[Cell, ...]]

    def column(self, index: int) -> tuple[Cell, ...]:
        """The cells of one column; a column that no row reaches is empty."""
        return self.columns[index] if index < len(self.columns) else (None,) * len(self.numbers)


@dataclass(frozen=True)
class EditionScale:
    """What reading needs of an edition: the highest maturity (None: not stated), weights by indicator number."""

    maturity_maximum: Decimal | None
    weights: Mapping[str, Decimal]


@dataclass
class ParsedFile:
    """What a file says, as frames (columns: `etl.contracts`); row numbers are those of the sheet."""

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    records: pl.DataFrame
    answers: pl.DataFrame
    stated_total: int | None = None
    held_rule: str | None = None
    held_detail: dict[str, str] = field(default_factory=dict)


@dataclass
class _Rejections:
    """Collects rejected cells of one sheet, and which rows they cost."""

    sheet: str
    headers: Mapping[str, str]
    cells: list[dict[str, object]] = field(default_factory=list)
    lost_rows: set[int] = field(default_factory=set)

    def add(self, row: int, column: str, rule: str, original: Cell, *, costs_row: bool, **detail: object) -> None:
        self.cells.append(
            {
                "sheet": self.sheet,
                "row_number": row,
                "column_name": self.headers.get(column, column),
                "rule": rule,
                "original_text": as_text(original),
                "scope": "row" if costs_row else "cell",
                "detail": json.dumps(
                    {name: str(value) for name, value in detail.items() if value is not None}, ensure_ascii=False
                ),
            }
        )
        if costs_row:
            self.lost_rows.add(row)


def source_id_of(file_sha256: str, sheet: str, row_number: int) -> str:
    """The name of one row of one file, for lineage: the same for the same bytes, always."""
    return hashlib.sha256(f"{file_sha256}|{sheet}|{row_number}".encode()).hexdigest()[:16]


def hold(sheets: Sequence[Sheet], rule: str, **detail: str) -> ParsedFile:
    """A readable file that is set aside as a whole: each of its rows is quarantined under the rule."""
    original = _Original()
    rows = [
        (sheet.name, number, "quarantined", None, original(cells))
        for sheet in sheets
        for number, cells in sheet.filled_rows()
    ]
    whole_file = (None, None, None, rule, None, "file", json.dumps(detail, ensure_ascii=False))
    return ParsedFile(
        rows=contracts.checked(contracts.ParsedRow, rows),
        quarantine=contracts.checked(contracts.Rejection, [whole_file]),
        records=pl.DataFrame(),
        answers=pl.DataFrame(),
        held_rule=rule,
        held_detail=detail,
    )


def read_file(match: Match, sheets: Sequence[Sheet], scale: EditionScale) -> ParsedFile:
    """Read every row of a file under the layout that was found in it.

    A row whose required cell is unreadable is quarantined; another unreadable cell is recorded and left empty, and its
    row is kept. Equal rows are merged into the first. A file whose own total differs from its rows is held as a whole.
    """
    table = _data_rows(match)
    rejections = _Rejections(match.sheet.name, _header_names(match))
    values = {column.field: _convert(match, column.field, table, rejections, scale) for column in match.layout.columns}
    answers = _indicator_answers(match, table, rejections, scale)
    _check_totals(match, table, values, answers, rejections)
    records = _records(match, table, values)
    merged = _merge_repeats(match, table, records, rejections)
    gone = rejections.lost_rows | merged.keys()
    kept = [position for position, number in enumerate(table.numbers) if number not in gone]
    parsed = ParsedFile(
        rows=_source_rows(match, sheets, table, rejections.lost_rows, merged),
        quarantine=contracts.checked(contracts.Rejection, rejections.cells),
        records=contracts.checked(
            contracts.RECORD[match.layout.kind],
            {name: _at(kept, column) for name, column in records.items()},
        ),
        answers=_wide_answers(table, answers, kept),
        stated_total=_stated_total(match),
    )
    if parsed.stated_total is not None and parsed.stated_total != len(table.numbers):
        held = hold(sheets, "stated_total_differs", stated=str(parsed.stated_total), read=str(len(table.numbers)))
        held.stated_total = parsed.stated_total
        return held
    return parsed


def _data_rows(match: Match) -> _Table:
    known = _known_columns(match)
    numbers, rows = [], []
    for number, row in enumerate(match.sheet.rows[match.header_row :], start=match.header_row + 1):
        # A row that is empty in every known column but not elsewhere is a footnote, and structural.
        if any(index < len(row) and row[index] is not None for index in known):
            numbers.append(number)
            rows.append(row)
    return _Table(numbers, list(zip_longest(*rows)))


def _known_columns(match: Match) -> list[int]:
    return sorted({*match.columns.values(), *match.levels.values(), *match.documents.values()})


def _header_names(match: Match) -> dict[str, str]:
    header = match.sheet.rows[match.header_row - 1]
    names = {name: as_text(header[index]) for name, index in match.columns.items()}
    names |= {f"level_{number}": as_text(header[index]) for number, index in match.levels.items()}
    return names | {f"document_{number}": as_text(header[index]) for number, index in match.documents.items()}


def _converter(layout: Layout, kind: str, vocabulary: str, scale: EditionScale) -> Converter:
    if kind == "stage":
        return word_of("stage", "stage_unknown")
    if kind == "word":
        return word_of(vocabulary, "word_unknown")
    if kind == "score":
        return hundredths_of(layout.decimal_mark, scale.maturity_maximum)
    if kind == "points":
        return hundredths_of(layout.decimal_mark, None)
    if kind == "date":
        return date_of(layout.date_order)
    return {"affair": affair, "level": level}.get(kind, text_of)


def _convert(match: Match, name: str, table: _Table, rejections: _Rejections, scale: EditionScale) -> list[Any]:
    """One column converted: each distinct cell once, each rejection at its own row."""
    column = next(column for column in match.layout.columns if column.field == name)
    if name not in match.columns:
        return [None] * len(table.numbers)
    cells = table.column(match.columns[name])
    convert = _converter(match.layout, column.type, column.vocabulary, scale)
    known = {cell: convert(cell) for cell in set(cells)}
    broken = {cell: rule for cell, (_, rule) in known.items() if rule is not None}
    if column.required:
        missing = MISSING_RULE.get(name, "value_missing")
        broken |= {cell: missing for cell, (value, rule) in known.items() if value is None and rule is None}
    maximum = scale.maturity_maximum if column.type == "score" else None
    for number, cell in _where(table, cells, broken):
        detail = {"text": as_text(cell), "maximum": maximum}
        rejections.add(number, name, broken[cell], cell, costs_row=column.required, **detail)
    values = {cell: value for cell, (value, _) in known.items()}
    return [values[cell] for cell in cells]


def _where(table: _Table, cells: Sequence[Cell], broken: Mapping[Cell, str]) -> list[tuple[int, Cell]]:
    """Row number and cell of every cell that breaks a rule; most columns have none."""
    if not broken:
        return []
    return [(number, cell) for number, cell in zip(table.numbers, cells, strict=True) if cell in broken]


@dataclass(frozen=True)
class _Answers:
    """One indicator's column, row by row: level, points in hundredths, whether its document is there."""

    levels: list[int | None]
    points: list[int | None]
    documents: list[bool | None]


def _indicator_answers(
    match: Match, table: _Table, rejections: _Rejections, scale: EditionScale
) -> dict[str, _Answers]:
    """Indicator number -> its column."""
    found = {}
    for number, index in match.levels.items():
        cells = table.column(index)
        weight = scale.weights.get(number)
        convert = _answer_converter(match.layout, weight)
        known = {cell: convert(cell) for cell in set(cells)}
        broken = {cell: rule for cell, (_, _, rule) in known.items() if rule is not None}
        for row, cell in _where(table, cells, broken):
            detail = {"text": as_text(cell), "weight": weight}
            rejections.add(row, f"level_{number}", broken[cell], cell, costs_row=False, **detail)
        levels = {cell: value for cell, (value, _, _) in known.items()}
        points = {cell: value for cell, (_, value, _) in known.items()}
        found[number] = _Answers(
            levels=[levels[cell] for cell in cells],
            points=[points[cell] for cell in cells],
            documents=_documents(match, number, table, rejections),
        )
    return found


def _answer_converter(
    layout: Layout, weight: Decimal | None
) -> Callable[[Cell], tuple[int | None, int | None, str | None]]:
    """Cell -> (level, points in hundredths, rule broken); without a weight only what the cell itself says is kept."""
    hundredths = hundredths_of(layout.decimal_mark, None)

    def from_level(cell: Cell) -> tuple[int | None, int | None, str | None]:
        value, rule = level(cell)
        points = None if value is None or weight is None else int(value * weight * 100)
        return value, points, rule

    def from_points(cell: Cell) -> tuple[int | None, int | None, str | None]:
        points, rule = hundredths(cell)
        if points is None or weight is None:
            return None, points, rule
        steps, rest = divmod(points, int(weight * 100))
        return (None, None, "points_not_multiple") if rest or steps > TOP_LEVEL else (steps, points, None)

    return from_level if layout.indicators and layout.indicators.unit == "level" else from_points


def _documents(match: Match, number: str, table: _Table, rejections: _Rejections) -> list[bool | None]:
    if number not in match.documents:
        return [None] * len(table.numbers)
    cells = table.column(match.documents[number])
    convert = word_of("is_complete", "word_unknown")
    known = {cell: convert(cell) for cell in set(cells)}
    broken = {cell: rule for cell, (_, rule) in known.items() if rule is not None}
    for row, cell in _where(table, cells, broken):
        rejections.add(row, f"document_{number}", broken[cell], cell, costs_row=False, text=as_text(cell))
    answers = {cell: None if value is None else value == "true" for cell, (value, _) in known.items()}
    return [answers[cell] for cell in cells]


def _check_totals(
    match: Match,
    table: _Table,
    values: Mapping[str, list[Any]],
    answers: Mapping[str, _Answers],
    rejections: _Rejections,
) -> None:
    """A stated maturity that differs from the sum of a full row of points is kept, and recorded."""
    if not answers or "claimed_score" not in match.columns:
        return
    columns = [answer.points for answer in answers.values()]
    cells = table.column(match.columns["claimed_score"])
    for number, cell, stated, *points in zip(table.numbers, cells, values["claimed_score"], *columns, strict=True):
        if stated is None or None in points or stated == sum(points):
            continue
        total = format(Decimal(sum(points)) / 100, "f")
        rejections.add(number, "claimed_score", "total_differs", cell, costs_row=False, text=as_text(cell), sum=total)


def _records(match: Match, table: _Table, values: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Canonical fields, column by column, with the title split from its note and the key that ties rows together."""
    empty: list[Any] = [None] * len(table.numbers)
    named = {SCALED.get(name, name): column for name, column in values.items()} | {"row_number": table.numbers}
    if "claimed_score" in values:
        named[f"{match.layout.score_kind}_score_x100"] = values["claimed_score"]
    if "title" in match.columns:
        named |= _titles(table.column(match.columns["title"]), values)
    else:
        named["match_key"] = values.get("unit_code") or values.get("indicator_number") or empty
    return {name: named.get(name, empty) for name in contracts.RECORD[match.layout.kind].column_names()}


def _titles(cells: Sequence[Cell], values: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Titles, their originals and notes, and the key of each row; nothing where the title is missing."""
    units = values["unit_name"]
    numbers = values.get("external_id") or [None] * len(cells)
    rows: list[tuple[str | None, ...]] = []
    for cell, title, unit, number in zip(cells, values["title"], units, numbers, strict=True):
        if title is None:
            rows.append((None, None, None, None))
            continue
        text, note = split_title(cell)
        rows.append((text, as_text(cell), note, number or title_key(text, unit)))
    columns = zip(*rows, strict=True) if rows else [()] * 4
    names = ("title", "title_original", "title_note", "match_key")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _merge_repeats(
    match: Match, table: _Table, records: Mapping[str, list[Any]], rejections: _Rejections
) -> dict[int, int]:
    """Row number -> the earlier row that says the same; the same key with other contents is quarantined."""
    merged: dict[int, int] = {}
    first: dict[str, tuple[int, tuple[Cell, ...]]] = {}
    # The running number and unknown columns do not count: what the layout reads must be the same.
    contents = zip(*(table.column(index) for index in _known_columns(match)), strict=True)
    for number, key, content in zip(table.numbers, records["match_key"], contents, strict=True):
        if key is None or number in rejections.lost_rows:
            continue
        earlier, earlier_content = first.setdefault(key, (number, content))
        if earlier == number:
            continue
        if content == earlier_content:
            merged[number] = earlier
            rejections.add(number, "title", "duplicate_row", key, costs_row=False, first=earlier)
        else:
            rule = "unit_code_repeated" if match.layout.kind == "unit_register" else "key_repeated"
            rejections.add(number, "title", rule, key, costs_row=True, first=earlier, text=key)
    return merged


def _source_rows(
    match: Match,
    sheets: Sequence[Sheet],
    table: _Table,
    lost: set[int],
    merged: Mapping[int, int],
) -> pl.DataFrame:
    data, original = set(table.numbers), _Original()
    rows = []
    for sheet in sheets:
        for number, cells in sheet.filled_rows():
            outcome, target = "structural", None
            if sheet is match.sheet and number in data:
                outcome = "quarantined" if number in lost else "merged" if number in merged else "accepted"
                target = merged.get(number)
            rows.append((sheet.name, number, outcome, target, original(cells)))
    return contracts.checked(contracts.ParsedRow, rows)


class _Original(dict[Cell, str]):
    """A row as a JSON array of its cells' texts; each distinct cell is encoded once."""

    def __missing__(self, cell: Cell) -> str:
        text = self[cell] = encode_basestring(as_text(cell))
        return text

    def __call__(self, cells: list[Cell]) -> str:
        return f"[{','.join(map(self.__getitem__, cells))}]"


def _wide_answers(table: _Table, answers: Mapping[str, _Answers], kept: list[int]) -> pl.DataFrame:
    """One row per kept row, columns row_number, level_N, points_N, document_N (`contracts.INDICATOR_PREFIXES`)."""
    if not answers:
        return pl.DataFrame()
    columns = {"row_number": pl.Series(_at(kept, table.numbers), dtype=pl.Int64)}
    for number, answer in answers.items():
        columns[f"level_{number}"] = pl.Series(_at(kept, answer.levels), dtype=pl.Int8)
        columns[f"points_{number}"] = pl.Series(_at(kept, answer.points), dtype=pl.Int32)
        columns[f"document_{number}"] = pl.Series(_at(kept, answer.documents), dtype=pl.Boolean)
    return pl.DataFrame(columns)


def _at(kept: list[int], column: list[Any]) -> list[Any]:
    return column if len(kept) == len(column) else [column[position] for position in kept]


def _stated_total(match: Match) -> int | None:
    if not match.layout.stated_total:
        return None
    for row in match.sheet.rows[: match.header_row - 1]:
        for cell in row:
            if found := re.search(match.layout.stated_total, as_text(cell)):
                digits = found.group(1).replace(".", "")
                return int(digits) if 0 < len(digits) < 10 else None
    return None
