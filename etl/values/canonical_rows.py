"""A file in a known layout becomes canonical rows; every row gets exactly one outcome, every rejected cell a reason.

Columns are converted as a whole: each distinct text once. The result of one file depends on its bytes, its layout,
the normaliser and the edition's weights and maximum, and on nothing else, so that it can be kept in the lake.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import numpy as np
import polars as pl

from etl import contracts
from etl.cells.sheet import ERRORS, Cell, Note, Sheet, Uncomputed, as_text
from etl.cells.sheets import collector_paused
from etl.layout.declared import Column, Layout, Match, simplified
from etl.layout.field_places import origins_of
from etl.tables.ready import Part, ReadySheet, has_several_parts, parts_of
from etl.values.cleaned import visible
from etl.values.columns import EditionScale, converter_of
from etl.values.coordinates import placed
from etl.values.data_rows import Table, known_columns, originals, table_of
from etl.values.dates import date_of, date_order_of, names_no_day
from etl.values.held import held_frames
from etl.values.normalise import (
    Converter,
    OwnWords,
    decimal_mark_of,
    hundredths_of,
    is_number,
    level_to,
    load_vocabulary,
    split_titles,
    text_of,
    texts_of,
    title_keys,
    word_of,
)
from etl.values.set_aside import holds_innovations, set_aside_rows
from etl.values.stated_figures import statement_records

SCORES = ("claimed_score", "verified_score", "final_score")
INNOVATIONS = ("innovation_list", "control_sheet")
"""Kinds of files whose rows are innovations: of one that is entered twice the later entry counts."""
EVIDENCED = ("date", "score", "points", "measure")
"""Types whose converter depends on what the whole column looks like."""
KEYED = ("text", "title", "word", "edition")
WORD_RULES = ("stage_unknown", "word_unknown", "affair_unknown")
"""Rules that a new spelling breaks: a home can confirm what it means (`etl.values.home_words`)."""
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
MISSING_RULE = {"title": "title_missing", "unit_name": "unit_missing"}
SCALED = {"points": "points_x100", "score": "score_x100"}
_OUTCOME = pl.Enum(contracts.OUTCOMES)


Values = Any
"""The values of one field, row by row: a list, or of dates a series, which is made of distinct ones at once."""


@dataclass
class ParsedFile:
    """What a file says, as frames (columns: `etl.contracts`); row numbers are those of the sheet."""

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    records: pl.DataFrame
    answers: pl.DataFrame
    origins: pl.DataFrame = field(default_factory=pl.DataFrame)
    stated_total: int | None = None
    held_rule: str | None = None
    held_detail: dict[str, str] = field(default_factory=dict)
    fitting: tuple[str, ...] = ()
    """every layout that was found in the file"""
    corrects: str | None = None
    """the sha256 of the file that this one corrects, or its beginning, where it is a workbook that came back"""
    row_ids: pl.DataFrame = field(default_factory=pl.DataFrame)
    """the ids that its rows bear (`etl.outgoing.row_ids`)"""
    set_aside: pl.DataFrame = field(default_factory=pl.DataFrame)
    """what was read of innovations whose row is set aside (`etl.values.set_aside`)"""
    set_aside_answers: pl.DataFrame = field(default_factory=pl.DataFrame)
    """their answers, as in `answers`"""
    own_word: list[dict[str, str]] = field(default_factory=list)
    """what the file itself says of its region and year (`etl.recognition.own_word`)"""


@dataclass
class _Rejections:
    """Collects rejected cells of one sheet, and which rows they cost."""

    sheet: str
    headers: Mapping[str, str]
    places: Mapping[str, int] = field(default_factory=dict)
    """field -> row of its label, where the sheet is a form"""
    cells: list[dict[str, object]] = field(default_factory=list)
    lost_rows: set[int] = field(default_factory=set)
    ready: Sheet | None = None
    """the sheet that is read, where its rows have other places in the file"""

    def place_of(self, row: int) -> tuple[str, int]:
        """Return the sheet and row of the file of a row that is read."""
        return self.ready.place_of(row) if isinstance(self.ready, ReadySheet) else (self.sheet, row)

    def places_in(self, *fields: str) -> set[tuple[str, int]]:
        """Return sheet and row of the rejected cells of some fields."""
        headers = {self.headers[name] for name in fields if name in self.headers}
        return {
            (str(cell["sheet"]), int(str(cell["row_number"]))) for cell in self.cells if cell["column_name"] in headers
        }

    def told_place(self, row: int) -> str:
        """Return how people find a row: by its number and, among several sheets, by its sheet."""
        sheet, number = self.place_of(row)
        return f"{number} ({sheet})" if self.ready is not None and has_several_parts(self.ready) else str(number)

    def add(self, row: int, column: str, rule: str, original: Cell, /, *, costs_row: bool, **detail: object) -> None:
        sheet, number = self.place_of(self.places.get(column, row))
        told = {name: str(value) for name, value in detail.items() if value is not None}
        if "text" in told:
            told["text"] = visible(told["text"])
        self.cells.append(
            {
                "sheet": sheet,
                "row_number": number,
                "column_name": self.headers.get(column, column) or None,
                "rule": rule,
                "original_text": as_text(original),
                "scope": "row" if costs_row else "cell",
                "detail": _AS_JSON(told),
            }
        )
        if costs_row:
            self.lost_rows.add(row)

    def add_note(self, sheet: str, note: Note) -> None:
        """Something of the file that is no cell of a sheet as it was read."""
        self.add_beside(sheet, note.row, note.column, note.rule, note.text, text=note.text)

    def add_beside(self, sheet: str, row: int, header: str, rule: str, original: Cell, **detail: object) -> None:
        """A rejected cell of another sheet of the same form."""
        self.add(row, header, rule, original, costs_row=False, **detail)
        self.cells[-1]["sheet"] = sheet


def source_id_of(file_sha256: str, sheet: str, row_number: int) -> str:
    """The name of one row of one file, for lineage: the same for the same bytes, always."""
    return hashlib.sha256(f"{file_sha256}|{sheet}|{row_number}".encode()).hexdigest()[:16]


def hold(
    sheets: Sequence[Sheet], rule: str, cells: Sequence[Mapping[str, object]] = (), /, **detail: str
) -> ParsedFile:
    """Return a readable file that is held under a rule with all its rows; its unreadable `cells` are told as well."""
    found = []
    for sheet in sheets:
        numbers, texts = originals(sheet)
        found.append(_parsed_rows(sheet, numbers, "quarantined", texts))
    frames = held_frames(_all_rows(found), rule, detail, contracts.checked(contracts.Rejection, cells))
    return ParsedFile(
        frames["rows"],
        frames["quarantine"],
        frames["records"],
        frames["answers"],
        frames["origins"],
        held_rule=rule,
        held_detail=detail,
    )


@collector_paused()
def read_file(
    match: Match,
    sheets: Sequence[Sheet],
    scale: EditionScale,
    not_believed: Mapping[int, tuple[str, dict[str, str]]] | None = None,
    *,
    has_all_rows: bool = True,
) -> ParsedFile:
    """Read every row of a file under the layout that was found in it.

    A row whose required cell is unreadable is quarantined; another unreadable cell is recorded and left empty, and its
    row is kept. Equal rows are merged into the first. A file whose own total differs from its rows is held as a whole,
    unless its rows may have been taken out (a returned workbook: `has_all_rows` is false). `not_believed` are rows of
    which no cell is taken: row number -> rule and the arguments of its words.
    """
    table = table_of(match)
    rejections = _Rejections(match.sheet.name, _header_names(match), _places(match), ready=match.sheet)
    _tell_made(match, table, rejections)
    for sheet in sheets:
        for note in sheet.notes:
            rejections.add_note(sheet.name, note)
    columns = [_convert(match, column, table, rejections, scale) for column in match.layout.columns]
    for column, (_, rule) in zip(match.layout.columns, columns, strict=True):
        if rule:
            return hold(sheets, rule, column=rejections.headers.get(column.field, column.field))
    values = {column.field: cells for column, (cells, _) in zip(match.layout.columns, columns, strict=True)}
    _place_coordinates(match, table, values, rejections)
    if match.layout.kind == "spd_answers":
        _hold_levels_to_their_lines(match, table, values, rejections, scale)
    answers = _indicator_answers(match, table, rejections, scale)
    _set_aside(not_believed or {}, table, rejections)
    _check_totals(match, table, values, answers, rejections)
    if has_all_rows and (wrong := _wrong_total(match, table, values, rejections)):
        return hold(sheets, "stated_total_differs", stated=wrong[0], read=wrong[1])
    if match.form and rejections.lost_rows:
        # A form is one innovation: where a required field cannot be read, the whole file waits.
        return hold(sheets, "form_incomplete", rejections.cells)
    records = _records(match, table, values)
    merged = _merge_repeats(match, table, records, rejections)
    gone = rejections.lost_rows | merged.keys()
    kept = [position for position, number in enumerate(table.numbers) if number not in gone]
    kept_records = {name: _at(kept, column) for name, column in records.items()}
    if match.layout.kind == "statements":
        cells = [_row_cells(match, table, place) for place in kept]
        kept_records, refused = statement_records(match, kept_records, cells)
        for number, name, rule, text in refused:
            rejections.add(number, name, rule, text, costs_row=False, text=text)
    wide = _wide_answers(table, answers)
    parsed = ParsedFile(
        rows=_source_rows(match, sheets, table, rejections.lost_rows, merged),
        quarantine=contracts.checked(contracts.Rejection, rejections.cells),
        records=contracts.checked(contracts.RECORD[match.layout.kind], kept_records),
        answers=_rows_at(wide, kept),
        origins=origins_of(match),
        stated_total=stated_total_of(match) if has_all_rows else None,
    )
    if rejections.lost_rows and holds_innovations(match.layout):
        lost = [position for position, number in enumerate(table.numbers) if number in rejections.lost_rows]
        numbers = _at(lost, table.numbers)
        told = {name: _at(lost, column) for name, column in records.items()}
        unread = not_believed or {}
        places = list(map(rejections.place_of, numbers))
        parsed.set_aside = set_aside_rows(numbers, places, told, unread, rejections.places_in("stage", "status"))
        believed = [position for position in lost if table.numbers[position] not in unread]
        parsed.set_aside_answers = _rows_at(wide, believed)
    if parsed.stated_total is not None and parsed.stated_total != len(table.numbers):
        held = hold(sheets, "stated_total_differs", stated=str(parsed.stated_total), read=str(len(table.numbers)))
        held.stated_total = parsed.stated_total
        return held
    return parsed


def _tell_made(match: Match, table: Table, rejections: _Rejections) -> None:
    """What was read into the table, or is not shown by the file: told once for each, at the first of its rows."""
    sheet = match.sheet
    for notice in sheet.notices if isinstance(sheet, ReadySheet) else ():
        rejections.add(notice.row_number, "", notice.rule, None, costs_row=False, **notice.detail)
    if table.filled_units:
        first = min(table.filled_units)
        listed = _listed(rejections.told_place(number) for number in sorted(table.filled_units))
        told: dict[str, object] = {"count": len(table.filled_units), "rows": listed}
        rejections.add(first, "unit_name", "unit_filled_down", None, costs_row=False, **told)
    if sheet.hidden_rows and (hidden := [number for number in table.numbers if number - 1 in sheet.hidden_rows]):
        told = {"count": len(hidden), "rows": _listed(map(rejections.told_place, hidden))}
        rejections.add(hidden[0], "", "rows_hidden", None, costs_row=False, **told)
    if sheet.hidden_columns and not match.form:
        places = [index for index in known_columns(match) if index in sheet.hidden_columns]
        if places:
            told = {"columns": ", ".join(match.headers[index] for index in places)}
            rejections.add(match.header_row, match.headers[places[0]], "columns_hidden", None, costs_row=False, **told)


_MOST_LISTED = 20


def _listed(places: Iterable[str]) -> str:
    """The places as people read them: the first ones of many."""
    found = list(places)
    return ", ".join(found[:_MOST_LISTED]) + (", …" if len(found) > _MOST_LISTED else "")


def _set_aside(not_believed: Mapping[int, tuple[str, dict[str, str]]], table: Table, rejections: _Rejections) -> None:
    """Rows that are told as a whole; what single cells of them would say is not told beside."""
    here = not_believed.keys() & set(table.numbers)
    if not here:
        return
    rejections.cells[:] = [cell for cell in rejections.cells if cell["row_number"] not in here]
    for number in sorted(here):
        rule, detail = not_believed[number]
        rejections.add(number, "", rule, detail["text"], costs_row=True, **detail)


def _places(match: Match) -> dict[str, int]:
    return {name: place.row_number for name, place in match.form.items()}


def _wrong_total(
    match: Match, table: Table, values: Mapping[str, list[Any]], rejections: _Rejections
) -> tuple[str, str] | None:
    """What a row of totals states and what was read instead; None where all agree.

    The sum of a column is not compared while one of its cells could not be read: that cell is told instead.
    """
    scores = {match.columns[name]: name for name in SCORES if name in match.columns}
    broken = {cell["column_name"] for cell in rejections.cells}
    for place_of_total, (number, row) in enumerate(table.totals):
        above = [place for place, other in enumerate(table.numbers) if other < number]
        # A total between blocks, or that of one sheet of several, is of the rows since the one before.
        earlier = table.totals[place_of_total - 1][0] if place_of_total else 0
        start = max(earlier, *(part.start for part in parts_of(match.sheet) if part.start < number))
        since = [place for place in above if table.numbers[place] > start]
        for index, cell in enumerate(row):
            stated = _number_in(cell)
            if stated is None or index in match.levels.values() or (index in scores and match.headers[index] in broken):
                continue
            read = [Decimal(len(places)) for places in (above, since)]
            is_score = index in scores
            if is_score:
                sums = [sum((values[scores[index]][place] or 0 for place in places), 0) for places in (above, since)]
                read = [*(Decimal(total) / 100 for total in sums), *read]
            if stated not in read and is_score:
                # A sum is a figure beside the rows: that it is wrong says nothing of how many there are.
                told = {"stated": str(stated), "read": str(read[0])}
                rejections.add(number, scores[index], "stated_sum_differs", cell, costs_row=False, **told)
            elif stated not in read:
                return str(stated), str(read[0])
    return None


def _number_in(cell: Cell) -> Decimal | None:
    """The one number of a cell of a row of totals."""
    if isinstance(cell, float):
        return Decimal(format(cell, ".15g"))
    found = re.findall(r"\d+(?:[.,]\d+)*", cell) if isinstance(cell, str) else []
    if len(found) != 1:
        return None
    text = found[0]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", text):
        text = text.replace(".", "")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    text = text.replace(",", ".")
    return Decimal(text) if text.count(".") <= 1 else None


def _row_cells(match: Match, table: Table, position: int) -> dict[str, Cell]:
    """The cells of one row by canonical field and by year."""
    places = match.columns | match.years
    return {name: table.column(index)[position] for name, index in places.items()}


def _header_names(match: Match) -> dict[str, str]:
    names = {name: match.headers[index] for name, index in match.columns.items()}
    names |= {f"level_{number}": match.headers[index] for number, index in match.levels.items()}
    names |= {f"document_{number}": match.headers[index] for number, index in match.documents.items()}
    return names | {f"year_{year}": match.headers[index] for year, index in match.years.items()}


def _convert(
    match: Match, column: Column, table: Table, rejections: _Rejections, scale: EditionScale
) -> tuple[Values, str]:
    """One column converted, each distinct cell once; each rejection at its own row; the rule that holds the file."""
    name = column.field
    if name not in match.columns:
        # A required column that the file does not have is one that the signature leaves open.
        return [None] * len(table.numbers), ""
    index = match.columns[name]
    cells = table.column(index)
    convert, held = converter_of(match.layout, column, cells if column.type in EVIDENCED else [], scale)
    if held:
        return [], held
    distinct = table.of(index).distinct
    # Texts are cheap to read: where most rows differ all are read at once.
    is_direct = convert is text_of and 2 * len(distinct) > len(cells)
    known = cells if is_direct else distinct
    values, empty = _converted(convert, known)
    broken = {cell: rule for cell, rule in empty.items() if rule is not None}
    if column.required and not column.fallback:
        missing = MISSING_RULE.get(name, "value_missing")
        broken |= {cell: missing for cell, rule in empty.items() if rule is None}
    maximum = scale.maturity_maximum if column.type == "score" else column.maximum
    for number, cell in table.where(index, broken):
        detail: dict[str, object] = {"text": as_text(cell), "maximum": maximum, "edition": scale.edition}
        if broken[cell] == "level_out_of_range":
            detail |= scale.level_words(_line_of(match, table, number))
        detail |= _reasons(column, broken[cell], cell)
        rejections.add(number, name, broken[cell], cell, costs_row=column.required, **detail)
    if column.type == "date" and not column.fallback:
        return table.of(index).taken(values, pl.Date), ""
    if not is_direct:
        values = list(map(dict(zip(distinct, values, strict=True)).__getitem__, cells))
    return _with_fallback(match, column, table, values, rejections), ""


def _reasons(column: Column, rule: str, cell: Cell) -> dict[str, object]:
    """What is said more exactly of a rejected cell, and which words a new one would be among."""
    if rule == "date_invalid" and names_no_day(as_text(cell)):
        return {"cause": "no_day"}
    if rule == "number_invalid" and column.type == "score" and is_number(cell):
        return {"cause": "decimals"}
    if rule in WORD_RULES:
        return {"vocabulary": {"stage": "stage", "word": column.vocabulary}.get(column.type, "affair")}
    return {}


def _line_of(match: Match, table: Table, number: int) -> str:
    """What a row of SPD answers names its line with."""
    index = match.columns.get("indicator_number")
    return "" if index is None else as_text(table.column(index)[table.numbers.index(number)]).strip()


def _converted(convert: Converter, cells: Sequence[Cell]) -> tuple[list[Any], dict[Cell, str | None]]:
    """The value of each cell, and the rule that each cell without a value breaks (None: it is empty)."""
    if not ERRORS.isdisjoint(cells) or Uncomputed in set(map(type, cells)):
        failed = {cell: rule for cell in cells if (rule := _failed(cell))}
        values, empty = _converted(convert, [None if cell in failed else cell for cell in cells])
        if None not in cells:
            empty.pop(None, None)
        return values, empty | failed
    if convert is text_of:
        texts = texts_of(cells)
        return texts, dict.fromkeys([cell for cell, text in zip(cells, texts, strict=True) if text is None])
    found = [convert(cell) for cell in cells]
    empty = {cell: rule for cell, (value, rule) in zip(cells, found, strict=True) if value is None}
    return [value for value, _ in found], empty


def _failed(cell: Cell) -> str | None:
    """The rule that a cell breaks whose formula failed, or was never computed."""
    if isinstance(cell, Uncomputed):
        return "formula_uncomputed"
    return "cell_error" if isinstance(cell, str) and cell in ERRORS else None


def _with_fallback(match: Match, column: Column, table: Table, values: list[Any], rejections: _Rejections) -> list[Any]:
    """Where a column is empty, the text of the column that stands in for it."""
    if not column.fallback:
        return values
    index = match.columns.get(column.fallback)
    others = table.column(index) if index is not None else (None,) * len(values)
    filled = [text_of(other)[0] if value is None else value for value, other in zip(values, others, strict=True)]
    for number, value in zip(table.numbers, filled, strict=True):
        if value is None and column.required and number not in rejections.lost_rows:
            rejections.add(number, column.field, MISSING_RULE.get(column.field, "value_missing"), None, costs_row=True)
    return filled


def _place_coordinates(match: Match, table: Table, values: dict[str, list[Any]], rejections: _Rejections) -> None:
    """Latitude and longitude of each row, put right where swapped, rejected outside Indonesia."""
    if "coordinate" in match.columns:
        pairs, name = values["coordinate"], "coordinate"
    elif "latitude" in match.columns and "longitude" in match.columns:
        both = zip(values["latitude"], values["longitude"], strict=True)
        pairs, name = [None if None in pair else pair for pair in both], "latitude"
    else:
        return
    cells = table.column(match.columns[name])
    found: list[tuple[Decimal, Decimal] | None] = []
    for number, cell, pair in zip(table.numbers, cells, pairs, strict=True):
        place = None if pair is None else placed(*pair)
        if pair is not None and place is None:
            rejections.add(number, name, "coordinate_outside", cell, costs_row=False, text=as_text(cell))
        found.append(place)
    values["latitude"] = [None if place is None else float(place[0]) for place in found]
    values["longitude"] = [None if place is None else float(place[1]) for place in found]


def _hold_levels_to_their_lines(
    match: Match, table: Table, values: dict[str, list[Any]], rejections: _Rejections, scale: EditionScale
) -> None:
    """Empty the levels that the SPD line of their own row does not have, though another line may."""
    if "level" not in match.columns:
        return
    cells, levels = table.column(match.columns["level"]), list(values["level"])
    for place, (line, level) in enumerate(zip(values["indicator_number"], levels, strict=True)):
        if level is not None and level > scale.top_of(line or ""):
            detail = {"text": as_text(cells[place])} | scale.level_words(line or "")
            number = table.numbers[place]
            rejections.add(number, "level", "level_out_of_range", cells[place], costs_row=False, **detail)
            levels[place] = None
    values["level"] = levels


@dataclass(frozen=True)
class _Answers:
    """One indicator's column, row by row: level, points in hundredths, whether its document is there."""

    levels: pl.Series
    points: pl.Series
    documents: pl.Series

    @classmethod
    def of(
        cls, levels: Sequence[int | None], points: Sequence[int | None], documents: Sequence[bool | None]
    ) -> _Answers:
        """The columns in the types of the lake."""
        return cls(
            pl.Series(levels, dtype=pl.Int8), pl.Series(points, dtype=pl.Int32), pl.Series(documents, dtype=pl.Boolean)
        )


def _indicator_answers(match: Match, table: Table, rejections: _Rejections, scale: EditionScale) -> dict[str, _Answers]:
    """Indicator number -> its column."""
    if match.indicator_sheet is not None:
        return _answers_of_sheet(match, rejections, scale)
    found = {}
    for number, index in match.levels.items():
        column, weight = table.of(index), scale.weights.get(number)
        mark, _ = decimal_mark_of(column.distinct, match.layout.decimal_mark)
        convert = _answer_converter(match.layout, weight, scale.top_of(number), mark)
        # An error is no sign for a missing value, although `#N/A` is one of those that people write.
        failed = {cell: rule for cell in column.distinct if (rule := _failed(cell))}
        known = {cell: (None, None, failed[cell]) if cell in failed else convert(cell) for cell in column.distinct}
        broken = {cell: rule for cell, (_, _, rule) in known.items() if rule is not None}
        for row, cell in table.where(index, broken):
            detail = _answer_words(broken[cell], cell, number, scale)
            rejections.add(row, f"level_{number}", broken[cell], cell, costs_row=False, **detail)
        found[number] = _Answers(
            column.taken([value for value, _, _ in known.values()], pl.Int8),
            column.taken([value for _, value, _ in known.values()], pl.Int32),
            _documents(match, number, table, rejections, scale.words),
        )
    return found


def _answers_of_sheet(match: Match, rejections: _Rejections, scale: EditionScale) -> dict[str, _Answers]:
    """The indicators of a form, which stand row by row on a sheet of their own."""
    found = {}
    beside = match.indicator_sheet
    for number, cell in beside.values.items() if beside is not None else ():
        mark, _ = decimal_mark_of([cell], match.layout.decimal_mark)
        convert = _answer_converter(match.layout, scale.weights.get(number), scale.top_of(number), mark)
        level_found, points, rule = convert(cell)
        if rule is not None and beside is not None:
            detail = _answer_words(rule, cell, number, scale)
            rejections.add_beside(beside.sheet.name, beside.rows[number], beside.header, rule, cell, **detail)
        found[number] = _Answers.of([level_found], [points], [None])
    return found


AnswerConverter = Callable[[Cell], tuple[int | None, int | None, str | None]]
"""Cell -> (level, points in hundredths, rule broken)."""


def _answer_words(rule: str, cell: Cell, number: str, scale: EditionScale) -> dict[str, object]:
    """The arguments of the words for a rejected answer: where the range of levels decides, that of the indicator."""
    told: dict[str, object] = {"text": as_text(cell), "weight": scale.weights.get(number)}
    return {**told, **scale.level_words(number)} if rule in ("level_out_of_range", "points_not_multiple") else told


def _answer_converter(layout: Layout, weight: Decimal | None, top: int, mark: str) -> AnswerConverter:
    """The converter of an indicator's cells; without a weight only what the cell itself says is kept."""
    unit = layout.indicators.unit if layout.indicators else "points"
    return _flag if unit == "flag" else _converter_of_answers(unit, mark, weight, top)


@cache
def _converter_of_answers(unit: str, decimal_mark: str, weight: Decimal | None, top: int) -> AnswerConverter:
    hundredths, level = hundredths_of(decimal_mark, None), level_to(top)

    def from_level(cell: Cell) -> tuple[int | None, int | None, str | None]:
        value, rule = level(cell)
        points = None if value is None or weight is None else int(value * weight * 100)
        return value, points, rule

    def from_points(cell: Cell) -> tuple[int | None, int | None, str | None]:
        points, rule = hundredths(cell)
        if points is None or weight is None:
            return None, points, rule
        steps, rest = divmod(points, int(weight * 100))
        return (None, None, "points_not_multiple") if rest or steps > top else (steps, points, None)

    convert = {"level": from_level, "points": from_points}[unit]
    of_number = lru_cache(maxsize=1_000)(convert)  # the same few numbers stand in every file of an edition
    return lambda cell: of_number(cell) if isinstance(cell, float) else convert(cell)


def _flag(cell: Cell) -> tuple[int | None, int | None, str | None]:
    """A flag of completeness says nothing of level or points; what it says is read by `_documents`."""
    return None, None, None if cell is None or as_text(cell).strip() in ("0", "1", "") else "flag_invalid"


def _documents(match: Match, number: str, table: Table, rejections: _Rejections, own: OwnWords) -> pl.Series:
    if match.layout.indicators is not None and match.layout.indicators.unit == "flag":
        column, flags = table.of(match.levels[number]), {"0": False, "1": True}
        return column.taken([flags.get(as_text(cell).strip()) for cell in column.distinct], pl.Boolean)
    if number not in match.documents:
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(table.numbers))
    index = match.documents[number]
    column, convert = table.of(index), word_of("is_complete", "word_unknown", own)
    failed = {cell: rule for cell in column.distinct if (rule := _failed(cell))}
    known = {cell: (None, failed[cell]) if cell in failed else convert(cell) for cell in column.distinct}
    broken = {cell: rule for cell, (_, rule) in known.items() if rule is not None}
    for row, cell in table.where(index, broken):
        told = {"text": as_text(cell), "vocabulary": "is_complete"}
        rejections.add(row, f"document_{number}", broken[cell], cell, costs_row=False, **told)
    return column.taken([None if value is None else value == "true" for value, _ in known.values()], pl.Boolean)


def _check_totals(
    match: Match,
    table: Table,
    values: Mapping[str, list[Any]],
    answers: Mapping[str, _Answers],
    rejections: _Rejections,
) -> None:
    """A stated maturity that differs from the sum of a full row of points is kept, and recorded."""
    if not answers or "claimed_score" not in match.columns:
        return
    # Numbers with a gap among them are floats, which hold these whole numbers exactly; a gap makes the sum one too.
    sums = np.sum([answer.points.to_numpy().astype(np.float64) for answer in answers.values()], axis=0)
    stated = pl.Series(values["claimed_score"], dtype=pl.Int64).to_numpy().astype(np.float64)
    cells = table.column(match.columns["claimed_score"])
    for place in np.flatnonzero((stated != sums) & ~np.isnan(sums) & ~np.isnan(stated)):
        number, cell, total = table.numbers[place], cells[place], format(Decimal(int(sums[place])) / 100, "f")
        rejections.add(number, "claimed_score", "total_differs", cell, costs_row=False, text=as_text(cell), sum=total)


def _records(match: Match, table: Table, values: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Canonical fields, column by column, with the title split from its note and the key that ties rows together.

    A field that the file does not state is left out.
    """
    named = {SCALED.get(name, name): column for name, column in values.items()} | {"row_number": table.numbers}
    for name in ("final_score", "verified_score"):
        if name in match.columns:
            named[f"{name}_x100"] = values[name]
    if "claimed_score" in match.columns:
        named[f"{match.layout.score_kind}_score_x100"] = values["claimed_score"]
    if "title" in match.columns:
        named |= _titles(table.column(match.columns["title"]), values)
    else:
        named["match_key"] = values.get("unit_code") or values.get("indicator_number") or [None] * len(table.numbers)
    if match.layout.kind in ("statements", "jury_scores"):
        named["match_key"] = _joined_keys(match, values)
    if match.layout.kind == "statements":
        return {**named, "match_key": named["match_key"]}
    return {name: named[name] for name in contracts.RECORD[match.layout.kind].column_names() if name in named}


def _joined_keys(match: Match, values: Mapping[str, list[Any]]) -> list[str | None]:
    """The key of a row that no number identifies: all its texts of the layout's signature, simplified."""
    names = [name for name in match.layout.signature if match.layout.column(name).type in KEYED]
    rows = zip(*(values[name] for name in names), strict=True)
    return ["|".join(simplified(str(text or "")) for text in row) for row in rows]


def _titles(cells: Sequence[Cell], values: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Titles, their originals and notes, and the key of each row; nothing where the title is missing."""
    units = values.get("unit_name") or [None] * len(cells)
    numbers = values["external_id"] if values.get("external_id") else [None] * len(cells)
    # With a pattern the title is a part of its cell; the whole cell stays in the original.
    texts = values["title"]
    split = split_titles([text or "" for text in texts])
    titles = [None if text is None else title for text, (title, _) in zip(texts, split, strict=True)]
    keys = title_keys([title or "" for title in titles], [unit or "" for unit in units])
    return {
        "title": titles,
        "title_original": [None if text is None else as_text(cell) for text, cell in zip(texts, cells, strict=True)],
        "title_note": [note for _, note in split],
        "match_key": [
            None if title is None else number or key for title, number, key in zip(titles, numbers, keys, strict=True)
        ],
    }


def _merge_repeats(
    match: Match, table: Table, records: Mapping[str, list[Any]], rejections: _Rejections
) -> dict[int, int]:
    """Row number -> the row that says the same; of one key with several contents all but one are quarantined.

    Of an innovation that was entered twice the later entry counts: by the day of entry where the file has a column of
    it, else by the order of the rows. In other kinds of files the first row of a key counts.
    """
    merged: dict[int, int] = {}
    if len(set(records["match_key"])) == len(table.numbers):
        return merged
    # The running number and unknown columns do not count: what the layout reads must be the same.
    columns = [table.column(index) for index in _compared_columns(match)]
    is_later_wanted = match.layout.kind in INNOVATIONS
    for key, places in _repeated(table, records["match_key"], rejections.lost_rows).items():
        contents = {place: tuple(column[place] for column in columns) for place in places}
        first: dict[tuple[Cell, ...], int] = {}
        for place, content in contents.items():
            first.setdefault(content, place)
        chosen, entered = places[0], None
        if is_later_wanted and len(first) > 1:
            chosen, entered = _latest_entry(match, table, places)
            chosen = first[contents[chosen]]
        counts = table.numbers[chosen]
        for place in places:
            number = table.numbers[place]
            if place == chosen:
                continue
            if contents[place] == contents[chosen]:
                merged[number] = counts
                if match.layout.grain != "evidence_file":
                    first_place = rejections.told_place(counts)
                    rejections.add(number, "title", "duplicate_row", key, costs_row=False, first=first_place)
                continue
            rule = "unit_code_repeated" if match.layout.kind == "unit_register" else "key_repeated"
            cause = ("entered_later" if entered else "later_row") if is_later_wanted else None
            told = {"first": rejections.told_place(counts), "text": key, "cause": cause, "entered": entered}
            rejections.add(number, "title", rule, key, costs_row=True, **told)
    return merged


def _repeated(table: Table, keys: Sequence[str | None], lost: set[int]) -> dict[str, list[int]]:
    """Key -> the places of its rows, of keys that more than one readable row has."""
    counts, found = Counter(keys), dict[str, list[int]]()
    for place, key in enumerate(keys):
        if key is not None and counts[key] > 1 and table.numbers[place] not in lost:
            found.setdefault(key, []).append(place)
    return found


def _latest_entry(match: Match, table: Table, places: Sequence[int]) -> tuple[int, str | None]:
    """The place of the latest of some rows, and its day of entry where that decided.

    A day that cannot be read is earlier than one that can; rows of one day follow each other as in the file.
    """
    headers = load_vocabulary().entry_headers
    index = next((index for index, header in enumerate(match.headers) if simplified(header) in headers), None)
    if index is None:
        return places[-1], None
    cells = table.column(index)
    order, rule = date_order_of(cells, match.layout.date_order)
    convert = date_of(order)
    days = {place: None if rule else convert(cells[place])[0] for place in places}
    latest = max(places, key=lambda place: (days[place] is not None, days[place] or date.min, place))
    is_by_day = len(set(days.values())) > 1
    return latest, str(days[latest]) if is_by_day else None


def _compared_columns(match: Match) -> list[int]:
    """The columns in which repeated rows must agree; where a row is an evidence file, what it says of that file may
    differ."""
    if match.layout.grain != "evidence_file":
        return known_columns(match)
    passed = {match.columns[column.field] for column in match.layout.columns if _is_evidence(match, column)}
    return [index for index in known_columns(match) if index not in passed]


def _is_evidence(match: Match, column: Column) -> bool:
    return column.type == "ignored" and column.field in match.columns


def _source_rows(
    match: Match,
    sheets: Sequence[Sheet],
    table: Table,
    lost: set[int],
    merged: Mapping[int, int],
) -> pl.DataFrame:
    covered = _covered_rows(match)
    found: list[pl.DataFrame] = []
    parts = parts_of(match.sheet)
    for sheet in sheets:
        part = next((part for part in parts if part.sheet is sheet), None)
        is_read = part is not None
        header_row = 0 if part is None else part.below or match.header_row
        numbers, texts = originals(sheet, header_row)
        if part is None and not covered:
            found.append(_parsed_rows(sheet, numbers, "structural", texts))
            continue
        if part is not None and len(parts) > 1:
            found.append(_rows_of_part(match, part, numbers, texts, _outcomes(table, lost, merged), merged))
            continue
        outcome_of = _outcomes(table, lost, merged) if is_read else {}
        outcomes = [outcome_of.get(number, "structural") for number in numbers]
        targets = [merged.get(number) if is_read else None for number in numbers]
        beside: list[str | None] = [None] * len(numbers)
        for place in [place for place, number in enumerate(numbers) if covered and (id(sheet), number) in covered]:
            # The rows of a form go the way of the row that names the innovation.
            head = table.numbers[0]
            if outcomes[place] == "structural" and head not in lost:
                outcomes[place], targets[place] = "merged", head
                beside[place] = None if is_read else match.sheet.name
        found.append(_parsed_rows(sheet, numbers, outcomes, texts, targets, beside))
    return _all_rows(found)


def _rows_of_part(
    match: Match,
    part: Part,
    numbers: list[int],
    texts: pl.Series,
    outcome_of: Mapping[int, str],
    merged: Mapping[int, int],
) -> pl.DataFrame:
    """The rows of one of several sheets that are read as one, each with the number under which its record is kept."""
    read_as = [part.number_of(number) for number in numbers]
    outcomes = ["structural" if number is None else outcome_of.get(number, "structural") for number in read_as]
    targets: list[int | None] = []
    beside: list[str | None] = []
    for number in read_as:
        target = None if number is None else merged.get(number)
        sheet, row = (
            (None, None) if target is None else _Rejections(match.sheet.name, {}, ready=match.sheet).place_of(target)
        )
        targets.append(row)
        beside.append(None if sheet == part.sheet.name else sheet)
    rows = _parsed_rows(part.sheet, numbers, outcomes, texts, targets, beside)
    return rows.with_columns(pl.Series("read_as", read_as, dtype=pl.Int64))


def _outcomes(table: Table, lost: set[int], merged: Mapping[int, int]) -> dict[int, str]:
    """Row number -> outcome, of the rows that hold data."""
    outcomes = dict.fromkeys(table.numbers, "accepted") | dict.fromkeys(merged, "merged")
    return outcomes | dict.fromkeys(lost, "quarantined")


def _parsed_rows(
    sheet: Sheet,
    numbers: list[int],
    outcomes: Sequence[str] | str,
    texts: pl.Series,
    targets: Sequence[int | None] = (),
    beside: Sequence[str | None] = (),
) -> pl.DataFrame:
    """The rows of one sheet; one outcome of all of them may be told once, and targets only where there are any."""
    height = len(numbers)
    columns: dict[str, Sequence[object] | pl.Series] = {
        "row_number": numbers,
        "sheet": pl.Series([sheet.name]).new_from_index(0, height),
        "outcome": pl.Series([outcomes], dtype=_OUTCOME).new_from_index(0, height)
        if isinstance(outcomes, str)
        else outcomes,
        "original": texts,
    }
    if any(target is not None for target in targets):
        columns |= {"merged_into": targets, "merged_sheet": beside}
    return contracts.frame_of(contracts.ParsedRow, columns)


def _all_rows(found: list[pl.DataFrame]) -> pl.DataFrame:
    return contracts.held(contracts.ParsedRow, pl.concat(found)) if found else contracts.empty_of(contracts.ParsedRow)


def _covered_rows(match: Match) -> set[tuple[int, int]]:
    """Sheet (by identity) and row of everything that a form's one record was read from."""
    rows = {(id(match.sheet), number) for place in match.form.values() for number in place.rows}
    if match.indicator_sheet is not None:
        rows |= {(id(match.indicator_sheet.sheet), number) for number in match.indicator_sheet.rows.values()}
    return rows


def _wide_answers(table: Table, answers: Mapping[str, _Answers]) -> pl.DataFrame:
    """Columns row_number, level_N, points_N, document_N (`contracts.INDICATOR_PREFIXES`), a row for each."""
    if not answers:
        return pl.DataFrame()
    columns = [pl.Series("row_number", table.numbers, dtype=pl.Int64)]
    for number, answer in answers.items():
        columns += [
            answer.levels.alias(f"level_{number}"),
            answer.points.alias(f"points_{number}"),
            answer.documents.alias(f"document_{number}"),
        ]
    return pl.DataFrame(columns)


def _rows_at(frame: pl.DataFrame, kept: list[int]) -> pl.DataFrame:
    return frame if len(kept) == frame.height or not frame.width else frame[pl.Series(kept, dtype=pl.UInt32)]


def _at(kept: list[int], column: Values) -> Values:
    if len(kept) == len(column):
        return column
    return column[kept] if isinstance(column, pl.Series) else [column[position] for position in kept]


def stated_total_of(match: Match) -> int | None:
    """Return what the file states above the header; of sheets that are read as one the sum, where each states it."""
    if not match.layout.stated_total:
        return None
    parts = parts_of(match.sheet)
    stated = [_total_above(match, part.sheet, part.below or match.header_row) for part in parts]
    known = [total for total in stated if total is not None]
    return sum(known) if len(known) == len(parts) else None


def _total_above(match: Match, sheet: Sheet, header_row: int) -> int | None:
    for row in sheet.rows[: header_row - 1]:
        for cell in row:
            if found := re.search(match.layout.stated_total, as_text(cell)):
                digits = found.group(1).replace(".", "")
                return int(digits) if 0 < len(digits) < 10 else None
    return None
