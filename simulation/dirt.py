"""Defects that real files have, put into an export on purpose: each one known, each with the rule that must name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from etl.layout.declared import Layout, indicator_named, load_layout, simplified
from etl.values.columns import EditionScale
from simulation.exports import Defect, Export, TrueRow, Value

_BEYOND = "1110"
"""A score above the maximum of the editions; for one whose maximum is higher another is made."""
_BROKEN: dict[str, list[tuple[Value, str]]] = {
    "date": [("31/02/2022", "date_invalid"), ("segera", "date_invalid")],
    "score": [("belum diisi", "number_invalid"), (_BEYOND, "score_out_of_range")],
    "stage": [("DIPASARKAN", "stage_unknown")],
    "title": [(None, "title_missing")],
    "affair": [("Inovasi Smart City", "affair_unknown")],
    "affairs": [("Inovasi Smart City", "affair_unknown")],
    "coordinate": [("0.0,0.0", "coordinate_outside"), ("dekat balai kota", "coordinate_invalid")],
    "edition": [(1999, "edition_differs")],
    "measure": [("belum dinilai", "number_invalid")],
    "points": [("belum dinilai", "number_invalid")],
    "level": [(9, "level_out_of_range")],
}
"""Type of a column -> cells that no rule may let pass; what lies out of range fits the edition."""
_NEEDED = ("subject", "indicator_number", "unit_code", "name", "juror", "category", "measure", "address")
_BROKEN_FIELDS: dict[str, list[tuple[Value, str]]] = {
    "unit_name": [(None, "unit_missing")],
    "is_digital": [("Kadang-kadang", "word_unknown")],
    "status": [("Entah", "word_unknown")],
    "unit_kind": [("Kantor", "word_unknown")],
    "value_text": [("belum diumumkan", "number_invalid"), (_BEYOND, "score_out_of_range")],
    **{name: [(None, "value_missing")] for name in _NEEDED},
}
_BROKEN_INDICATORS: dict[str, tuple[Value, str]] = {
    "points": (1000, "points_not_multiple"),
    "flag": (7, "flag_invalid"),
    "level": (9, "level_out_of_range"),
}
_SERIES = "Tahun"
"""The upper header above the years of a series."""
_SHORTENED = ("2,04181E+10", "identifier_shortened")


def add_defects(export: Export, random: Random, share: float, scale: EditionScale) -> None:
    """Break about this share of an export's rows, one cell each, and repeat some rows, equal and contradicting.

    Without a list of the edition no maximum and no weights are known, so that other cells are wrong.
    """
    layout = load_layout(export.layout).with_names(scale.names)
    if layout.shape == "form":
        return
    originals = list(export.rows)
    for place, row in enumerate(originals):
        alone = place + 1 == len(originals) or originals[place + 1].outcome == "accepted"
        if row.outcome == "accepted" and alone and random.random() < share:
            _break_cell(export, layout, place, random, scale)
    if layout.grain == "row":
        _repeat_rows(export, layout, random)


def _break_cell(export: Export, layout: Layout, place: int, random: Random, scale: EditionScale) -> None:
    row = export.rows[place]
    column = random.randrange(len(export.header))
    found = _broken_value(layout, export.header[column], random)
    if found is None:
        return
    value, rule, fields, costs_row = found
    if rule == "score_out_of_range" and not scale.weights:
        value = "-5"
    elif value == _BEYOND and scale.maturity_maximum is not None and scale.maturity_maximum >= int(_BEYOND):
        value = str(10 * scale.maturity_maximum)
    elif rule == "points_not_multiple" and not scale.weights:
        value, rule = "lima", "number_invalid"
    elif rule == "level_out_of_range":
        value = max(9, 1 + max(scale.tops.values(), default=scale.top_of("")))
    cells = list(row.cells)
    cells[column] = value
    # A statement keeps the words that stand where a figure should be.
    kept = {name: value for name in fields if layout.kind == "statements" and name.startswith("value_")}
    kept = {name if name == "value_text" else f"{name}_text": text for name, text in kept.items()}
    emptied = dict.fromkeys("value" if name == "value_text" else name for name in fields)
    record = None if costs_row else {**(row.record or {}), **emptied, **kept}
    measures = [column.field for column in layout.columns if column.type == "measure"]
    if record and measures and all(record.get(name) is None for name in measures):
        record = None  # a row without a figure states nothing
    export.rows[place] = TrueRow(cells, record, "quarantined" if costs_row else "accepted")
    header = f"{_SERIES} {export.header[column]}" if layout.series else export.header[column].replace("*", "")
    export.defects.append(Defect(export.first_row + place, header, rule))


def _broken_value(layout: Layout, header: str, random: Random) -> tuple[Value, str, list[str], bool] | None:
    """A wrong cell for a column, the rule, the fields that it empties, and whether it costs the row."""
    if (indicator := _indicator_of(layout, header)) and layout.indicators is not None:
        value, rule = _BROKEN_INDICATORS[layout.indicators.unit]
        return value, rule, _fields_of_indicator(layout, indicator), False
    if layout.series and header.isdecimal():
        return *random.choice(_BROKEN["measure"]), [f"{layout.series.measure}_{header}"], False
    wanted = simplified(header.replace("*", ""))
    columns = [c for c in layout.columns if wanted in {simplified(text) for text in c.headers}]
    if len(columns) != 1 or columns[0].fallback:
        return None
    column = columns[0]
    choices = _BROKEN_FIELDS.get(column.field, _BROKEN.get(column.type, []))
    if column.type == "identifier" and column.digits:
        choices = [_SHORTENED]
    if not choices:
        return None
    value, rule = random.choice(choices)
    if value is None and not column.required:
        return None
    if column.field in layout.codes:
        value, rule = "99", "code_unknown"
    elif column.pattern and value is not None and rule == "number_invalid":
        rule = "cell_shape_unknown"
    return value, rule, _fields_of(layout, column.field), column.required


def _fields_of_indicator(layout: Layout, number: str) -> list[str]:
    is_flag = layout.indicators is not None and layout.indicators.unit == "flag"
    return [f"document_{number}"] if is_flag else [f"level_{number}", f"points_{number}"]


def _indicator_of(layout: Layout, header: str) -> str:
    if layout.indicators is None or header.startswith("Dok. "):
        return ""
    text = simplified(header)
    text = text.partition(" ")[2] if text[:1].isdigit() else text
    if layout.indicators.level_header:
        return header.partition(".")[0] if header[:1].isdigit() else ""
    return (
        indicator_named(text, {n: tuple(map(simplified, names)) for n, names in layout.indicators.headers.items()})
        or ""
    )


def _fields_of(layout: Layout, name: str) -> list[str]:
    if name == "coordinate":
        return ["latitude", "longitude"]
    if name == "claimed_score":
        return [f"{layout.score_kind}_score_x100"]
    if layout.kind == "statements":
        return [name, f"{name}_text"] if layout.column(name).type == "measure" else [name]
    return [f"{name}_x100"] if name.endswith("_score") or name in ("score", "points") else [name]


def _repeat_rows(export: Export, layout: Layout, random: Random) -> None:
    """One row once more as it is (merged), and one with another date: the later entry counts, not the earlier."""
    broken = {defect.row_number - export.first_row for defect in export.defects}
    whole = [row for place, row in enumerate(export.rows) if row.outcome == "accepted" and place not in broken]
    if len(whole) < 4:
        return
    repeated = random.choice(whole)
    export.rows.append(replace(repeated, record=None, outcome="merged"))
    if layout.kind not in ("innovation_list", "control_sheet"):
        return
    place = next((i for i, text in enumerate(export.header) if _is_date(layout, text)), None)
    title = next((text for text in export.header if _is_title(layout, text)), None)
    if place is None or title is None:
        return
    twice = random.choice([row for row in whole if row is not repeated])
    cells = list(twice.cells)
    day = date(2001, 1, 1) if cells[place] != "2001-01-01" else date(2001, 1, 2)
    cells[place] = day.isoformat()
    number = next(at for at, row in enumerate(export.rows) if row is twice)
    export.rows[number] = replace(twice, record=None, outcome="quarantined")
    export.rows.append(TrueRow(cells, {**(twice.record or {}), _date_field(layout, export.header[place]): day}))
    export.defects.append(Defect(export.first_row + number, title.replace("*", ""), "key_repeated"))


def _is_date(layout: Layout, header: str) -> bool:
    return _date_field(layout, header) != ""


def _date_field(layout: Layout, header: str) -> str:
    """The field of a column of dates by its header; empty where it is none."""
    wanted = simplified(header.replace("*", ""))
    return next(
        (
            column.field
            for column in layout.columns
            if column.type == "date" and not column.pattern and wanted in map(simplified, column.headers)
        ),
        "",
    )


def _is_title(layout: Layout, header: str) -> bool:
    wanted = simplified(header.replace("*", ""))
    return wanted in map(simplified, layout.column("title").headers)


def total_row(export: Export) -> list[Value]:
    """A row `JUMLAH` with the sum of the scores that can be read."""
    cells: list[Value] = [None] * len(export.header)
    cells[0] = "JUMLAH"
    column = next((i for i, text in enumerate(export.header) if "Kematangan" in text), None)
    if column is not None:
        cells[column] = str(sum(_whole(row.cells[column]) for row in export.rows))
    return cells


def _whole(cell: Any) -> int:
    text = str(cell).replace(",00", "").replace(".00", "")
    return int(text) if text.isdecimal() and int(text) < 1000 else 0
