"""Corrections as data: who changed which value of which innovation, from when on, and why.

A correction names what the source says (`expect`). When the source says something else, the correction is not applied
but told of: the source has mended itself, or has changed in another way. Observations stay as they were sent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from etl.lake import scale_of
from etl.layout.declared import simplified
from etl.season.resolve import Round, compressed
from etl.season.table_contracts import STATED, conform, types_of
from etl.values.columns import MOST_LEVELS
from iga.errors import ValueRefused
from iga.reasons import reason_of
from iga.rulebook import Rulebooks
from iga.written_toml import parsed_toml
from warehouse.errors import DataFileInvalid, UnknownName
from warehouse.home import Home
from warehouse.region import resolve_city

SCORES = ("claimed_score", "verified_score", "final_score")
CODES = {
    "stage": ("initiative", "trial", "implementation"),
    "status": ("draft", "sent", "returned", "rejected", "accepted"),
}
FIELDS = (*SCORES, *(name for name in STATED if not name.endswith("_x100")))
ANSWER_FIELDS = ("level", "document")


class Target(BaseModel):
    """The innovation that is meant: by the number of its system, or by title and, where several bear it, unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str | None = None
    title: str | None = None
    unit: str | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Target:
        if (self.number is None) == (self.title is None):
            raise ValueRefused("innovation: write either number or title")
        return self


class Correction(BaseModel):
    """One correction as a file states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    city: str
    edition: int
    innovation: Target | None = None
    spd: str | None = None
    indicator: str | None = None
    field: str = ""
    action: Literal["replace", "clear", "withdraw"]
    value: str | int | bool | Decimal | date | None = None
    expect: str | int | bool | Decimal | date | None = None
    reason: str
    author: str
    date: date
    region_code: str = ""
    file_name: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> Correction:
        if (self.innovation is None) == (self.spd is None):
            raise ValueRefused("write either innovation or spd")
        if self.action == "withdraw":
            if self.innovation is None or self.indicator or self.field:
                raise ValueRefused("withdraw names an innovation and no field")
            return self
        known = ANSWER_FIELDS if self.indicator or self.spd else FIELDS
        if self.field not in known:
            raise ValueRefused("field must be one of: {known}", known=", ".join(known))
        if "expect" not in self.model_fields_set:
            raise ValueRefused('expect is missing: write what the source says ("" for an empty cell)')
        if (self.action == "replace") == (self.value is None):
            raise ValueRefused("replace needs a value, clear has none")
        self.stored_values()
        return self

    @property
    def line(self) -> str:
        """The indicator's number, of the innovation or of the region; empty where a field is corrected."""
        if self.spd is None:
            return self.indicator or ""
        name = self.spd.casefold()
        return scale_of(self.edition).lines.get(name, name.removeprefix("spd-").lstrip("0"))

    def stored_values(self) -> tuple[Any, Any]:
        """The new and the expected value as the tables hold them; ValueError where one does not fit its field."""
        top = scale_of(self.edition).top_of(self.line)
        expected = None if self.expect == "" else self.expect
        return stored_value(self.field, self.value, top), stored_value(self.field, expected, top)


@dataclass
class Outcomes:
    """What became of each correction, for the tables `correction` and `lineage`.

    `rulebooks` are those that the points of a corrected level follow from, the shipped ones unless they are given.
    """

    rulebooks: Rulebooks | None = None
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    lineage: list[dict[str, Any]] = field(default_factory=list)
    """Corrected values, one row for each day of their season on which the correction applied."""

    def note(self, one: Correction, outcome: str, found: Any = None, row: dict[str, Any] | None = None) -> None:
        """Keep the outcome; that of a later day replaces that of an earlier one."""
        row_id = row["submission_id"] if row and "submission_id" in row else None
        self.rows[one.id] = {
            "correction_id": one.id,
            "file_name": one.file_name,
            "region_code": one.region_code,
            "edition": one.edition,
            "target": told_target(one),
            "column_name": one.field or None,
            "action": one.action,
            "value": told_value(one.value),
            "expected": told_value(one.expect),
            "found": told_value(found),
            "outcome": outcome,
            "reason": one.reason,
            "author": one.author,
            "correction_date": one.date,
            "row_id": row_id,
            "source_id": row["source_id"] if row else None,
        }

    def tables(self, corrections: Sequence[Correction]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The tables `correction` and `lineage` (of corrected values); what found no season is told as well."""
        for one in corrections:
            if one.id not in self.rows:
                self.note(one, "not_found")
        lineage = pl.DataFrame(self.lineage, schema=types_of("history.lineage"))
        rows = pl.DataFrame(list(self.rows.values()), infer_schema_length=None)
        return conform("correction", rows), compressed(lineage, ["source_column"])


def read_corrections(home: Home) -> list[Correction]:
    """The corrections of the software and of the home, in the order of their dates.

    Raises DataFileInvalid with the file and the entry that is wrong.
    """
    found: list[Correction] = []
    for name, text in correction_texts(home).items():
        try:
            entries = parsed_toml(text, parse_float=Decimal).get("correction", [])
            found += [_correction(entry, name) for entry in entries]
        except (tomllib.TOMLDecodeError, ValidationError, ValueError, UnknownName) as error:
            raise DataFileInvalid(
                "The correction file cannot be read: {reason}",
                next_step="correct it; docs/inbox.md shows its fields",
                place=name,
                reason=reason_of(error),
            ) from error
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise DataFileInvalid(
                "Two corrections bear the id {id}",
                next_step="give each correction an id of its own",
                place=one.file_name,
                id=one.id,
            )
        seen.add(one.id)
    return sorted(found, key=lambda one: one.date)


def correction_texts(home: Home) -> dict[str, str]:
    """File name -> text of every correction file, those of the software first."""
    folder = resources.files("etl").joinpath("corrections")
    texts = {
        f"etl/corrections/{file.name}": file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    for path in sorted(home.corrections.glob("*.toml")):
        texts[f"corrections/{path.name}"] = _text_of(path)
    return texts


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileInvalid(
            "The correction file cannot be read: {reason}",
            next_step="correct it; docs/inbox.md shows its fields",
            place=str(path),
            reason=reason_of(error),
        ) from error


def _correction(entry: dict[str, Any], name: str) -> Correction:
    one = Correction.model_validate(entry)
    return one.model_copy(update={"region_code": resolve_city(one.city).region_code, "file_name": name})


def stored_value(name: str, value: Any, top: int = MOST_LEVELS) -> Any:
    """A value of a correction as the tables hold it; ValueError where it does not fit its field.

    `top` is the highest level of the indicator that a level is of.
    """
    if value is None:
        return None
    if name in SCORES:
        hundredths = Decimal(str(value).replace(",", ".")) * 100
        if hundredths != int(hundredths) or hundredths < 0:
            raise ValueRefused("{value}: a score has two decimals", value=str(value))
        return int(hundredths)
    if name.endswith("_date"):
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if name in ("is_digital", "document"):
        if not isinstance(value, bool):
            raise ValueRefused("{name}: write true or false", name=name)
        return value
    if name == "level":
        if str(value) not in map(str, range(top + 1)):
            raise ValueRefused("level {value} is outside 0 to {top}", value=str(value), top=str(top))
        return int(str(value))
    if name in ("latitude", "longitude"):
        return float(str(value))
    if name in CODES and value not in CODES[name]:
        raise ValueRefused("{name} must be one of: {known}", name=name, known=", ".join(CODES[name]))
    return str(value)


def told_value(value: Any) -> str | None:
    """A value as the table `correction` shows it."""
    return None if value is None or value == "" else str(value).lower() if isinstance(value, bool) else str(value)


def told_target(one: Correction) -> str:
    """What a correction is about, in one text."""
    if one.innovation is None:
        return str(one.spd)
    unit = f" ({one.innovation.unit})" if one.innovation.unit else ""
    name = one.innovation.number or f"{one.innovation.title}{unit}"
    return f"{name}, {one.indicator}" if one.indicator else name


def column_of(name: str) -> str:
    """The column of `store.submission` or `store.answer` that holds a field."""
    return {"document": "is_complete"}.get(name, f"{name}_x100" if name in SCORES else name)


def corrected_round(one: Round, corrections: Sequence[Correction], outcomes: Outcomes) -> Round:
    """The seasons as of a day with the corrections that were made by then."""
    submissions = one.submissions
    for correction in corrections:
        if correction.innovation is not None and not correction.indicator:
            submissions = _corrected_innovation(submissions, one.cut, correction, outcomes)
    return replace(one, submissions=submissions)


def _is_due(correction: Correction) -> pl.Expr:
    is_season = (pl.col("region_code") == correction.region_code) & (pl.col("edition") == correction.edition)
    return is_season & (pl.col("day") >= correction.date)


def matching(submissions: pl.DataFrame, correction: Correction) -> pl.DataFrame:
    """The rows of a round that a correction is about, on days on which it was made."""
    target = correction.innovation
    season = submissions.filter(_is_due(correction))
    if target is None or season.is_empty():
        return season.clear()
    if target.number is not None:
        return season.filter(pl.col("external_id") == target.number)
    title, unit = simplified(target.title or ""), simplified(target.unit or "")
    places = [
        place
        for place, (named, held) in enumerate(season.select("title", "unit_name").iter_rows())
        if simplified(named) == title and (not unit or simplified(held) == unit)
    ]
    return season[places]


def _corrected_innovation(
    submissions: pl.DataFrame, cut: pl.DataFrame, correction: Correction, outcomes: Outcomes
) -> pl.DataFrame:
    if cut.filter(_is_due(correction)).is_empty():
        return submissions
    rows = matching(submissions, correction)
    if rows.height != 1:
        outcomes.note(correction, "not_found" if rows.is_empty() else "several_found")
        return submissions
    row = rows.row(0, named=True)
    is_meant = pl.col("submission_id") == row["submission_id"]
    if correction.action == "withdraw":
        outcomes.note(correction, "applied", row["title"], row)
        return submissions.filter(~is_meant)
    column = column_of(correction.field)
    new, told = decided(correction, row[column], row, outcomes)
    if not told:
        return submissions
    outcomes.lineage.append(_origin("submission", row["submission_id"], column, row, correction))
    value = pl.lit(new, dtype=submissions.schema[column])
    changed = [pl.when(is_meant).then(value).otherwise(column).alias(column)]
    return submissions.with_columns(changed)


def decided(correction: Correction, found: Any, row: dict[str, Any], outcomes: Outcomes) -> tuple[Any, bool]:
    """The new value, and whether it is to be set: only where the source still says what the correction expects."""
    new, expected = correction.stored_values()
    shown = Decimal(found) / 100 if correction.field in SCORES and found is not None else found
    if found == expected:
        outcomes.note(correction, "applied", shown, row)
        return new, True
    outcomes.note(correction, "source_fixed" if found == new else "source_differs", shown, row)
    return None, False


def _origin(table: str, row_id: str, column: str, row: dict[str, Any], correction: Correction) -> dict[str, Any]:
    return {
        "table_name": table,
        "row_id": row_id,
        "column_name": column,
        "source_id": row["source_id"],
        "source_column": f"correction:{correction.id}",
        "original_text": told_value(row[column]),
        "valid_from": row["day"],
        "valid_to": row["until"],
    }


def corrected_answers(
    answers: pl.DataFrame, one: Round, corrections: Sequence[Correction], outcomes: Outcomes
) -> pl.DataFrame:
    """The answers of a round (columns of `store.answer`) with the corrections of their indicators."""
    for correction in corrections:
        if correction.innovation is None or not correction.indicator:
            continue
        if one.cut.filter(_is_due(correction)).is_empty():
            continue
        meant = matching(one.submissions, correction)
        if meant.height != 1:
            outcomes.note(correction, "not_found" if meant.is_empty() else "several_found")
            continue
        key = meant["submission_id"][0]
        is_meant = (pl.col("submission_id") == key) & (pl.col("indicator_number") == correction.indicator)
        answers = _corrected_line(answers, is_meant, correction, outcomes, f"{key}|{correction.indicator}", "answer")
    return answers


def corrected_lines(lines: pl.DataFrame, corrections: Sequence[Correction], outcomes: Outcomes) -> pl.DataFrame:
    """The SPD lines of a round (with region_code, edition, day) with their corrections."""
    for correction in corrections:
        if correction.spd is None:
            continue
        number = correction.line
        if lines.filter(_is_due(correction)).is_empty():
            continue
        is_meant = _is_due(correction) & (pl.col("indicator_number").str.to_lowercase() == number)
        row_id = f"{correction.region_code}|{correction.edition}|{number}"
        lines = _corrected_line(lines, is_meant, correction, outcomes, row_id, "region_answer")
    return lines


def _corrected_line(
    lines: pl.DataFrame, is_meant: pl.Expr, correction: Correction, outcomes: Outcomes, row_id: str, table: str
) -> pl.DataFrame:
    """The frame with the level or document of one line set; points that stood for the old level are left empty."""
    rows = lines.filter(is_meant)
    if rows.is_empty():
        outcomes.note(correction, "not_found")
        return lines
    row, column = rows.row(0, named=True), column_of(correction.field)
    new, is_set = decided(correction, row[column], row, outcomes)
    if not is_set:
        return lines
    outcomes.lineage.append(_origin(table, row_id, column, row, correction))
    value = pl.lit(new, dtype=lines.schema[column])
    columns = [pl.when(is_meant).then(value).otherwise(column).alias(column)]
    if column == "level":
        points = _points(correction, row, new, outcomes.rulebooks)
        columns.append(pl.when(is_meant).then(points).otherwise("points_x100").alias("points_x100"))
    return lines.with_columns(columns)


def _points(correction: Correction, row: dict[str, Any], level: int | None, rulebooks: Rulebooks | None) -> pl.Expr:
    """The points of the new level in hundredths, where the line had points and the edition's weight is known."""
    weight = scale_of(correction.edition, rulebooks).weights.get(row["indicator_number"])
    if level is None or weight is None or row["points_x100"] is None:
        return pl.lit(None, dtype=pl.Int32)
    return pl.lit(int(level * weight * 100), dtype=pl.Int32)
