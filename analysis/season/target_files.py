"""The tables of targets: those of the package, and those of the home, which planners keep as CSV."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted

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

YES_OR_NO = {"true": True, "yes": True, "ya": True, "false": False, "no": False, "tidak": False}


class TargetsInvalid(WorkbenchError):
    """A file of targets lacks a column, or holds something that is not a number or date."""

    exit_code = ExitCode.USAGE


def read_targets(name: str, home: Home) -> pl.DataFrame:
    """A table of targets: the packaged rows, and those of `<home>/targets/<name>.csv` after them (the last one counts).

    Raises TargetsInvalid naming the file.
    """
    packaged = _packaged(name)
    own = noted(home, home.root / "targets" / f"{name}.csv")
    if not own.is_file():
        return packaged
    return pl.concat([packaged, _typed(own.read_bytes(), name, own)], how="diagonal")


@cache
def _packaged(name: str) -> pl.DataFrame:
    content = files("warehouse").joinpath("reference", "targets", f"{name}.csv").read_bytes()
    return _typed(content, name, Path(f"{name}.csv"))


def _typed(content: bytes, name: str, place: Path) -> pl.DataFrame:
    schema = TABLES[name]
    try:
        text = pl.read_csv(content, infer_schema=False)
        _check_unit(text, place)
        if name in WITH_STEPS:
            more = [column for column in text.columns if STEP.fullmatch(column) or column == LEAD_DAYS]
            schema = {**schema, **dict.fromkeys(more, pl.Int32)}
        return text.select(_cast(column, kind) for column, kind in schema.items())
    except pl.exceptions.PolarsError as error:
        raise TargetsInvalid(
            "A file of targets cannot be used: {reason}",
            next_step="columns: {columns}; dates as 2026-08-14, numbers with a dot",
            place=str(place),
            reason=reason_of(error),
            columns=", ".join(schema),
        ) from error


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


def _cast(column: str, kind: Any) -> pl.Expr:
    """Return a column of text as its kind; yes and no in either language."""
    if kind == pl.Date:
        return pl.col(column).str.to_date()
    if kind == pl.Boolean:
        lowered = pl.col(column).str.strip_chars().str.to_lowercase()
        return lowered.replace_strict(YES_OR_NO, return_dtype=pl.Boolean)
    return pl.col(column).cast(kind)
