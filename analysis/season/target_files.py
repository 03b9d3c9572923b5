"""The tables of targets: those of the package, and those of the home, which planners keep as CSV."""

from __future__ import annotations

import codecs
import csv
import io
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from iga.reasons import reason_of
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import resolve_city

TABLES: dict[str, dict[str, Any]] = {
    "thresholds": {
        "region_code": pl.String,
        "edition": pl.Int32,
        "valid_from": pl.Date,
        "threshold": pl.Decimal(12, 2),
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "required_innovations": {
        "region_code": pl.String,
        "edition": pl.Int32,
        "phase": pl.String,
        "unit_kind": pl.String,
        "required_count": pl.Int32,
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "deadlines": {
        "region_code": pl.String,
        "edition": pl.Int32,
        "kind": pl.String,
        "phase": pl.String,
        "date": pl.Date,
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "calendar": {
        "region_code": pl.String,
        "edition": pl.Int32,
        "stage": pl.String,
        "name_id": pl.String,
        "name_en": pl.String,
        "date": pl.Date,
        "last_date": pl.Date,
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "portal_fields": {
        "edition": pl.Int32,
        "position": pl.Int32,
        "field": pl.String,
        "name_id": pl.String,
        "name_en": pl.String,
        "kind": pl.String,
        "is_required": pl.Boolean,
        "choices": pl.String,
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "award_criteria": {
        "edition": pl.Int32,
        "stage": pl.String,
        "position": pl.Int32,
        "name_id": pl.String,
        "name_en": pl.String,
        "weight": pl.Decimal(6, 2),
        "indicator_keys": pl.String,
        "source": pl.String,
        "confidence": pl.String,
        "note": pl.String,
    },
    "efforts": {
        "indicator_key": pl.String,
        "source": pl.String,
        "note_id": pl.String,
        "note_en": pl.String,
    },
    "lead_times": {
        "indicator_key": pl.String,
        "step": pl.Int32,
        "lead_days": pl.Int32,
        "source": pl.String,
        "confidence": pl.String,
        "note_id": pl.String,
        "note_en": pl.String,
    },
    "spd_lines": {
        "indicator_key": pl.String,
        "office": pl.String,
        "is_changeable": pl.Boolean,
        "lead_days": pl.Int32,
        "document": pl.String,
        "source": pl.String,
        "confidence": pl.String,
        "note_id": pl.String,
        "note_en": pl.String,
    },
}

STEP = re.compile(r"step_([1-9]\d*)")
"""The columns of efforts: one for each step that an indicator may have, as many as the file has."""

WITH_STEPS = {"efforts", "spd_lines"}
LEAD_DAYS = "lead_days"
"""The column of efforts, which a file may have, that says how many days before the deadline a step must begin."""

WORKING_DAY = "working_day"
"""The unit of every effort: a person's working day, by estimate. A file may state it, and none may state another."""

MAY_BE_MISSING = (
    "phase", "source", "confidence", "note", "note_id", "note_en", "stage", "name_en", "last_date",
    "choices", "indicator_keys",
)  # fmt: skip
"""The columns without which a file still says what holds: where a row is from, and a phase that is the only one."""

LOWER_CASE = ("kind", "phase", "unit_kind", "indicator_key", "confidence")
"""The columns of our own codes, however a planner capitalises them."""

DELIMITERS = (",", ";", "\t")
BLANK = " \t,;"
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
"""How a day may be written: as the format asks for it, or as an Indonesian office program saves it."""

MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
WHOLE = r"\.0+$"
YES_OR_NO = {"true": True, "yes": True, "ya": True, "false": False, "no": False, "tidak": False}


class TargetsInvalid(WorkbenchError):
    """A file of targets lacks a column, or holds something that is not a number or date."""

    exit_code = ExitCode.USAGE


IS_OWN = "is_own"
"""The column that says whether a row is the home's: what a planner states stands before what is packaged."""


def read_targets(name: str, home: Home) -> pl.DataFrame:
    """A table of targets: the packaged rows, and those of `<home>/targets/<name>.csv` after them (the last one counts).

    `is_own` marks the latter. Raises TargetsInvalid naming the file, and the cell that cannot be read.
    """
    packaged = _packaged(name).with_columns(pl.lit(value=False).alias(IS_OWN))
    own = noted(home, home.root / "targets" / f"{name}.csv")
    if not own.is_file():
        return packaged
    rows = _named(_typed(own.read_bytes(), name, own), f"targets/{name}.csv")
    return pl.concat([packaged, rows.with_columns(pl.lit(value=True).alias(IS_OWN))], how="diagonal")


@cache
def _packaged(name: str) -> pl.DataFrame:
    content = files("warehouse").joinpath("reference", "targets", f"{name}.csv").read_bytes()
    return _typed(content, name, Path(f"{name}.csv"))


def _named(rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return the rows of a home with the code of each region, which people also write as its name, and a source."""
    if "region_code" in rows.columns:
        names = {text: _code_of(text) for text in rows["region_code"].drop_nulls().unique()}
        rows = rows.with_columns(pl.col("region_code").replace(names))
    codes_of_ours = [column for column in LOWER_CASE if column in rows.columns]
    return rows.with_columns(pl.col("source").fill_null(file), pl.col(codes_of_ours).str.to_lowercase())


def _code_of(text: str) -> str:
    try:
        return resolve_city(text).region_code
    except UnknownName:
        return text  # of a region that is not known nobody asks


def _typed(content: bytes, name: str, place: Path) -> pl.DataFrame:
    schema = TABLES[name]
    try:
        text = _text(content)
        _check_unit(text, place)
        if name in WITH_STEPS:
            more = [column for column in text.columns if STEP.fullmatch(column) or column == LEAD_DAYS]
            schema = {**schema, **dict.fromkeys(more, pl.Int32)}
        added = [pl.lit(None, dtype=pl.String).alias(column) for column in MAY_BE_MISSING if column not in text.columns]
        text = text.with_columns(added)
        _check_cells(text, schema, place)
        return text.select(_cast(column, kind) for column, kind in schema.items())
    except (pl.exceptions.PolarsError, csv.Error) as error:
        raise TargetsInvalid(
            "A file of targets cannot be used: {reason}",
            next_step="columns: {columns}; dates as 2026-08-14, numbers with a dot",
            place=str(place),
            reason=reason_of(error),
            columns=", ".join(schema),
        ) from error


def _text(content: bytes) -> pl.DataFrame:
    """Return the cells of a CSV as an office program writes it: with a mark of its encoding, with semicolons, padded.

    Rows without any cell are left out.
    """
    text = _decoded(content)
    lines = [line for line in text.splitlines() if line.strip(BLANK)]
    stated = [] if not lines else [mark for mark in DELIMITERS if lines[0].casefold() == f"sep={mark}"]
    head = lines[len(stated) : len(stated) + 1]
    delimiter = stated[0] if stated else max(DELIMITERS, key=lambda mark: head[0].count(mark) if head else 0)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    cells = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)][len(stated) :]
    names, told = ([name.casefold() for name in cells[0]], cells[1:]) if cells else ([], [])
    if longer := [row for row in told if any(row[len(names) :])]:
        raise csv.Error("more cells than columns: " + delimiter.join(longer[0]))
    return pl.DataFrame(
        [{name: (row[place] if place < len(row) else "") or None for place, name in enumerate(names)} for row in told],
        schema=dict.fromkeys(filter(None, names), pl.String),
    )


def cells_of_csv(content: bytes) -> pl.DataFrame:
    """Return the cells of a CSV that a planner keeps, as text, with the names of its columns in small letters.

    Raises csv.Error and polars' errors for what is no such file.
    """
    return _text(content)


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _check_unit(text: pl.DataFrame, place: Path) -> None:
    """Refuse efforts in another unit than working days: they could not be added up. Raises TargetsInvalid."""
    if "unit" not in text.columns:
        return
    if others := sorted(set(text["unit"].drop_nulls()) - {WORKING_DAY}):
        raise TargetsInvalid(
            "Efforts are counted in working days, not in {others}",
            next_step="write working_day in the column unit, and the steps as working days",
            place=str(place),
            others=", ".join(others),
        )


def _check_cells(text: pl.DataFrame, schema: dict[str, Any], place: Path) -> None:
    """Refuse the first cell that is no date or number where one is asked for. Raises TargetsInvalid, naming it."""
    for column, kind in schema.items():
        cells = text[column]
        unread = cells.to_frame().select(_cast(column, kind)).to_series().is_null() & cells.is_not_null()
        if unread.any():
            raise TargetsInvalid(
                "{column} of {row} cannot be read: {cell}",
                next_step="columns: {columns}; dates as 2026-08-14, numbers with a dot",
                place=str(place),
                column=column,
                row=", ".join(str(cell) for cell in text.filter(unread).row(0) if cell is not None),
                cell=str(cells.filter(unread)[0]),
                columns=", ".join(schema),
            )


def _cast(column: str, kind: Any) -> pl.Expr:
    """Return a column of text as its kind, null where it cannot be read; yes and no in either language."""
    cell = pl.col(column)
    if kind == pl.Date:
        day = cell.str.replace(MIDNIGHT, "")
        return pl.coalesce(*(day.str.to_date(written, strict=False) for written in DAYS)).alias(column)
    if kind == pl.Boolean:
        return cell.str.to_lowercase().replace_strict(YES_OR_NO, default=None, return_dtype=pl.Boolean)
    if kind == pl.String:
        return cell
    number = cell.str.replace(",", ".", literal=True)
    if kind == pl.Int32:
        return number.str.replace(WHOLE, "").cast(kind, strict=False)
    return number.cast(kind, strict=False)
