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
from etl.columns import EditionScale, converter_of
from etl.layout import Column, Layout, Match, header_text, simplified
from etl.normalise import hundredths_of, level, load_vocabulary, placed, split_title, text_of, title_key, word_of
from etl.statements import statement_records

TOTALLED = ("innovation_list", "control_sheet", "jury_scores", "statements")
"""Kinds of files in which a row that begins with "Jumlah" states a total; in SPD answers it is an answer."""
SCORES = ("claimed_score", "verified_score", "final_score")
EVIDENCED = ("date", "score", "points", "measure")
"""Types whose converter depends on what the whole column looks like."""
KEYED = ("text", "title", "word", "edition")
_LONGEST_TOTAL_LABEL = 60
MISSING_RULE = {"title": "title_missing", "unit_name": "unit_missing"}
SCALED = {"points": "points_x100", "score": "score_x100"}
TOP_LEVEL = 3  # every published rulebook has levels 0 to 3


@dataclass(frozen=True)
class _Table:
    """The data rows of a sheet: their numbers, and their cells column by column."""

    numbers: list[int]
    columns: Sequence[tuple[Cell, ...]]

    totals: list[tuple[int, list[Cell]]] = field(default_factory=list)
    """rows that state the total of the rows above them"""

    def column(self, index: int) -> tuple[Cell, ...]:
        """The cells of one column; a column that no row reaches is empty."""
        return self.columns[index] if index < len(self.columns) else (None,) * len(self.numbers)


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
    places: Mapping[str, int] = field(default_factory=dict)
    """field -> row of its label, where the sheet is a form"""
    cells: list[dict[str, object]] = field(default_factory=list)
    lost_rows: set[int] = field(default_factory=set)

    def add(self, row: int, column: str, rule: str, original: Cell, *, costs_row: bool, **detail: object) -> None:
        self.cells.append(
            {
                "sheet": self.sheet,
                "row_number": self.places.get(column, row),
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

    def add_beside(self, sheet: str, row: int, header: str, rule: str, original: Cell, **detail: object) -> None:
        """A rejected cell of another sheet of the same form."""
        self.add(row, header, rule, original, costs_row=False, **detail)
        self.cells[-1]["sheet"] = sheet


def source_id_of(file_sha256: str, sheet: str, row_number: int) -> str:
    """The name of one row of one file, for lineage: the same for the same bytes, always."""
    return hashlib.sha256(f"{file_sha256}|{sheet}|{row_number}".encode()).hexdigest()[:16]


def hold(sheets: Sequence[Sheet], rule: str, **detail: str) -> ParsedFile:
    """A readable file that is set aside as a whole: each of its rows is quarantined under the rule."""
    original = _Original()
    rows = [
        (sheet.name, number, "quarantined", None, None, original(cells))
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
    table = _form_row(match) if match.form else _data_rows(match)
    rejections = _Rejections(match.sheet.name, _header_names(match), _places(match))
    columns = [_convert(match, column, table, rejections, scale) for column in match.layout.columns]
    for column, (_, rule) in zip(match.layout.columns, columns, strict=True):
        if rule:
            return hold(sheets, rule, column=rejections.headers.get(column.field, column.field))
    values = {column.field: cells for column, (cells, _) in zip(match.layout.columns, columns, strict=True)}
    _place_coordinates(match, table, values, rejections)
    answers = _indicator_answers(match, table, rejections, scale)
    _check_totals(match, table, values, answers, rejections)
    if wrong := _wrong_total(match, table, values, rejections):
        return hold(sheets, "stated_total_differs", stated=wrong[0], read=wrong[1])
    if match.form and rejections.lost_rows:
        return _hold_form(sheets, rejections)
    records = _records(match, table, values)
    merged = _merge_repeats(match, table, records, rejections)
    gone = rejections.lost_rows | merged.keys()
    kept = [position for position, number in enumerate(table.numbers) if number not in gone]
    kept_records = {name: [column[position] for position in kept] for name, column in records.items()}
    if match.layout.kind == "statements":
        texts = [_row_cells(match, table, place) for place in kept]
        kept_records, refused = statement_records(match, kept_records, texts)
        for number, name, rule, text in refused:
            rejections.add(number, name, rule, text, costs_row=False, text=text)
    parsed = ParsedFile(
        rows=_source_rows(match, sheets, table, rejections.lost_rows, merged),
        quarantine=contracts.checked(contracts.Rejection, rejections.cells),
        records=contracts.checked(contracts.RECORD[match.layout.kind], kept_records),
        answers=_wide_answers(table, answers, kept),
        stated_total=_stated_total(match),
    )
    if parsed.stated_total is not None and parsed.stated_total != len(table.numbers):
        held = hold(sheets, "stated_total_differs", stated=str(parsed.stated_total), read=str(len(table.numbers)))
        held.stated_total = parsed.stated_total
        return held
    return parsed


def _hold_form(sheets: Sequence[Sheet], rejections: _Rejections) -> ParsedFile:
    """A form is one innovation: where a required field cannot be read, the whole file waits, each bad cell told."""
    return hold_with_cells(sheets, "form_incomplete", rejections.cells)


def hold_with_cells(
    sheets: Sequence[Sheet], rule: str, cells: Sequence[Mapping[str, object]], **detail: str
) -> ParsedFile:
    """A file set aside as a whole that still tells which of its cells could not be read."""
    held = hold(sheets, rule, **detail)
    told = contracts.checked(contracts.Rejection, list(cells))
    held.quarantine = pl.concat([held.quarantine, told])
    return held


def _form_row(match: Match) -> _Table:
    """A form is one row: each label a column."""
    cells = [(match.form[name].value,) for name in match.columns]
    return _Table([_record_row(match)], cells)


def _record_row(match: Match) -> int:
    first = match.form.get("title") or next(iter(match.form.values()))
    return first.row_number


def _places(match: Match) -> dict[str, int]:
    return {name: place.row_number for name, place in match.form.items()}


def _data_rows(match: Match) -> _Table:
    """The rows below the header that hold data: no totals, no header printed again, nothing of the footer."""
    known = _known_columns(match)
    required = [match.columns[column.field] for column in match.layout.columns if _is_required(match, column)]
    footer = _footer_row(match)
    numbers: list[int] = []
    rows: list[list[Cell]] = []
    totals: list[tuple[int, list[Cell]]] = []
    labels = load_vocabulary().totals if match.layout.kind in TOTALLED else frozenset()
    header = [simplified(match.headers[index]) for index in known]
    first, printed = known[0], match.headers[known[0]].casefold()
    for number, row in enumerate(match.sheet.rows[match.header_row :], start=match.header_row + 1):
        is_whole = _is_whole(required, row)
        # A row that is empty in every known column but not elsewhere is a footnote, and structural.
        if not is_whole and not any(index < len(row) and row[index] is not None for index in known):
            continue
        if not is_whole and _states_total(row, labels):
            totals.append((number, row))
        elif number < footer or is_whole:
            # One comparison settles nearly every row; the header printed again must agree in all its columns.
            cell = row[first] if first < len(row) else None
            if isinstance(cell, str) and header_text(cell).casefold() == printed and _repeats(row, known, header):
                continue
            numbers.append(number)
            rows.append(row)
    return _Table(numbers, list(zip_longest(*rows)), totals)


def _repeats(row: list[Cell], known: list[int], header: list[str]) -> bool:
    texts = [simplified(header_text(row[index])) if index < len(row) else "" for index in known]
    return texts == header


def _is_whole(required: Sequence[int], row: list[Cell]) -> bool:
    """Whether a row has something in every required column, so that a footer's words cannot swallow it."""
    width = len(row)
    for index in required:  # a loop: this runs for every row of a file
        if index >= width or row[index] is None:
            return False
    return bool(required)


def _is_required(match: Match, column: Column) -> bool:
    return column.required and column.field in match.columns


def _footer_row(match: Match) -> int:
    """The first row of the footer; beyond the last row where there is none."""
    rows = match.sheet.rows
    if match.layout.footer:
        pattern = re.compile(match.layout.footer, re.IGNORECASE)
        for number, row in enumerate(rows[match.header_row :], start=match.header_row + 1):
            if any(isinstance(cell, str) and pattern.match(cell.strip()) for cell in row):
                return number
    return len(rows) + 1


def _states_total(row: list[Cell], labels: frozenset[str]) -> bool:
    first = next((cell for cell in row if cell is not None), None)
    if not labels or not isinstance(first, str) or len(first) > _LONGEST_TOTAL_LABEL:
        return False
    return re.sub(r"[\d ]+$", "", simplified(first)) in labels


def _wrong_total(
    match: Match, table: _Table, values: Mapping[str, list[Any]], rejections: _Rejections
) -> tuple[str, str] | None:
    """What a row of totals states and what was read instead; None where all agree.

    The sum of a column is not compared while one of its cells could not be read: that cell is told instead.
    """
    scores = {match.columns[name]: name for name in SCORES if name in match.columns}
    broken = {cell["column_name"] for cell in rejections.cells}
    for number, row in table.totals:
        above = [place for place, other in enumerate(table.numbers) if other < number]
        for index, cell in enumerate(row):
            stated = _number_in(cell)
            if stated is None or index in match.levels.values():
                continue
            read = Decimal(len(above))
            if index in scores and match.headers[index] not in broken:
                total = sum((values[scores[index]][place] or 0 for place in above), 0)
                read = Decimal(total) / 100 if stated != read else read
            elif index in scores:
                continue
            if stated != read:
                return str(stated), str(read)
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


def _row_cells(match: Match, table: _Table, position: int) -> dict[str, str]:
    """The original texts of one row by canonical field and by year."""
    places = match.columns | match.years
    return {name: as_text(table.column(index)[position]) for name, index in places.items()}


def _known_columns(match: Match) -> list[int]:
    places = (match.columns, match.levels, match.documents, match.years)
    return sorted({index for columns in places for index in columns.values()})


def _header_names(match: Match) -> dict[str, str]:
    names = {name: match.headers[index] for name, index in match.columns.items()}
    names |= {f"level_{number}": match.headers[index] for number, index in match.levels.items()}
    names |= {f"document_{number}": match.headers[index] for number, index in match.documents.items()}
    return names | {f"year_{year}": match.headers[index] for year, index in match.years.items()}


def _convert(
    match: Match, column: Column, table: _Table, rejections: _Rejections, scale: EditionScale
) -> tuple[list[Any], str]:
    """One column converted, each distinct cell once; each rejection at its own row; the rule that holds the file."""
    name = column.field
    if name not in match.columns:
        # A required column that the file does not have is one that the signature leaves open.
        return [None] * len(table.numbers), ""
    cells = table.column(match.columns[name])
    distinct = set(cells)
    convert, held = converter_of(match.layout, column, list(cells) if column.type in EVIDENCED else [], scale)
    if held:
        return [], held
    known = {cell: convert(cell) for cell in distinct}
    broken = {cell: rule for cell, (_, rule) in known.items() if rule is not None}
    if column.required and not column.fallback:
        missing = MISSING_RULE.get(name, "value_missing")
        broken |= {cell: missing for cell, (value, rule) in known.items() if value is None and rule is None}
    maximum = scale.maturity_maximum if column.type == "score" else None
    for number, cell in _where(table, cells, broken):
        detail = {"text": as_text(cell), "maximum": maximum, "edition": scale.edition}
        rejections.add(number, name, broken[cell], cell, costs_row=column.required, **detail)
    values = {cell: value for cell, (value, _) in known.items()}
    return _with_fallback(match, column, table, [values[cell] for cell in cells], rejections), ""


def _with_fallback(
    match: Match, column: Column, table: _Table, values: list[Any], rejections: _Rejections
) -> list[Any]:
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


def _place_coordinates(match: Match, table: _Table, values: dict[str, list[Any]], rejections: _Rejections) -> None:
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
    if match.indicator_sheet is not None:
        return _answers_of_sheet(match, rejections, scale)
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


def _answers_of_sheet(match: Match, rejections: _Rejections, scale: EditionScale) -> dict[str, _Answers]:
    """The indicators of a form, which stand row by row on a sheet of their own."""
    found = {}
    beside = match.indicator_sheet
    for number, cell in beside.values.items() if beside is not None else ():
        weight = scale.weights.get(number)
        level_found, points, rule = _answer_converter(match.layout, weight)(cell)
        if rule is not None and beside is not None:
            rejections.add_beside(
                beside.sheet.name, beside.rows[number], beside.header, rule, cell, text=as_text(cell), weight=weight
            )
        found[number] = _Answers([level_found], [points], [None])
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

    unit = layout.indicators.unit if layout.indicators else "points"
    return {"level": from_level, "points": from_points, "flag": _flag}[unit]


def _flag(cell: Cell) -> tuple[int | None, int | None, str | None]:
    """A flag of completeness says nothing of level or points; what it says is read by `_documents`."""
    return None, None, None if cell is None or as_text(cell).strip() in ("0", "1", "") else "flag_invalid"


def _documents(match: Match, number: str, table: _Table, rejections: _Rejections) -> list[bool | None]:
    if match.layout.indicators is not None and match.layout.indicators.unit == "flag":
        flags = {"0": False, "1": True}
        return [flags.get(as_text(cell).strip()) for cell in table.column(match.levels[number])]
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
    for name in ("final_score", "verified_score"):
        if name in match.columns:
            named[f"{name}_x100"] = values[name]
    if "claimed_score" in match.columns:
        named[f"{match.layout.score_kind}_score_x100"] = values["claimed_score"]
    if "title" in match.columns:
        has_pattern = bool(match.layout.column("title").pattern)
        named |= _titles(table.column(match.columns["title"]), values, has_pattern=has_pattern)
    else:
        named["match_key"] = values.get("unit_code") or values.get("indicator_number") or empty
    if match.layout.kind in ("statements", "jury_scores"):
        named["match_key"] = _joined_keys(match, values)
    if match.layout.kind == "statements":
        return {**named, "match_key": named["match_key"]}
    return {name: named.get(name, empty) for name in contracts.RECORD[match.layout.kind].column_names()}


def _joined_keys(match: Match, values: Mapping[str, list[Any]]) -> list[str | None]:
    """The key of a row that no number identifies: all its texts of the layout's signature, simplified."""
    names = [name for name in match.layout.signature if match.layout.column(name).type in KEYED]
    rows = zip(*(values[name] for name in names), strict=True)
    return ["|".join(simplified(str(text or "")) for text in row) for row in rows]


def _titles(cells: Sequence[Cell], values: Mapping[str, list[Any]], *, has_pattern: bool) -> dict[str, list[Any]]:
    """Titles, their originals and notes, and the key of each row; nothing where the title is missing."""
    units = values.get("unit_name") or [None] * len(cells)
    numbers = values["external_id"] if values.get("external_id") else [None] * len(cells)
    rows: list[tuple[str | None, ...]] = []
    for cell, title, unit, number in zip(cells, values["title"], units, numbers, strict=True):
        if title is None:
            rows.append((None, None, None, None))
            continue
        # With a pattern the title is a part of its cell; the whole cell stays in the original.
        text, note = split_title(title if has_pattern else cell)
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
    contents = zip(*(table.column(index) for index in _compared_columns(match)), strict=True)
    is_fan_out = match.layout.grain == "evidence_file"
    for number, key, content in zip(table.numbers, records["match_key"], contents, strict=True):
        if key is None or number in rejections.lost_rows:
            continue
        earlier, earlier_content = first.setdefault(key, (number, content))
        if earlier == number:
            continue
        if content == earlier_content:
            merged[number] = earlier
            if is_fan_out:
                continue
            rejections.add(number, "title", "duplicate_row", key, costs_row=False, first=earlier)
        else:
            rule = "unit_code_repeated" if match.layout.kind == "unit_register" else "key_repeated"
            rejections.add(number, "title", rule, key, costs_row=True, first=earlier, text=key)
    return merged


def _compared_columns(match: Match) -> list[int]:
    """The columns in which repeated rows must agree; where a row is an evidence file, what it says of that file may
    differ."""
    if match.layout.grain != "evidence_file":
        return _known_columns(match)
    passed = {match.columns[column.field] for column in match.layout.columns if _is_evidence(match, column)}
    return [index for index in _known_columns(match) if index not in passed]


def _is_evidence(match: Match, column: Column) -> bool:
    return column.type == "ignored" and column.field in match.columns


def _source_rows(
    match: Match,
    sheets: Sequence[Sheet],
    table: _Table,
    lost: set[int],
    merged: Mapping[int, int],
) -> pl.DataFrame:
    data, original = set(table.numbers), _Original()
    covered = _covered_rows(match)
    rows = []
    for sheet in sheets:
        for number, cells in sheet.filled_rows():
            outcome, target, target_sheet = "structural", None, None
            if sheet is match.sheet and number in data:
                outcome = "quarantined" if number in lost else "merged" if number in merged else "accepted"
                target = merged.get(number)
            elif (id(sheet), number) in covered:
                # The rows of a form go the way of the row that names the innovation.
                head = table.numbers[0]
                outcome, target = ("structural", None) if head in lost else ("merged", head)
                target_sheet = match.sheet.name if target is not None and sheet is not match.sheet else None
            rows.append((sheet.name, number, outcome, target, target_sheet, original(cells)))
    return contracts.checked(contracts.ParsedRow, rows)


def _covered_rows(match: Match) -> set[tuple[int, int]]:
    """Sheet (by identity) and row of everything that a form's one record was read from."""
    rows = {(id(match.sheet), number) for place in match.form.values() for number in place.rows}
    if match.indicator_sheet is not None:
        rows |= {(id(match.indicator_sheet.sheet), number) for number in match.indicator_sheet.rows.values()}
    return rows


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
