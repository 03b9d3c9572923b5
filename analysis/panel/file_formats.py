"""Writes a table with what its columns mean as Parquet, Stata and SPSS, and reads the tables of a deposit again.

The same table gives the same bytes: no file holds the hour of its making. Codes are numbers with labels in Stata and
SPSS, by the order of `labels.csv`; booleans are 0 and 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.temporary import temporary_folder

STATA_NAME, STATA_LABEL, SPSS_LABEL, VALUE_LABEL = 32, 80, 250, 120
"""How many bytes the formats take: name and label of a variable in Stata, label in SPSS, label of a value."""

FIXED_DAY, FIXED_HOUR = b"01 Jan 00", b"00:00:00"
SAV_DAY, SAV_HOUR = slice(92, 101), slice(101, 109)
"""Where an SPSS file says when it was made, by the format's header: after 92 bytes, nine and eight bytes long."""
DTA_MOMENT = re.compile(rb"<timestamp>.[^<]*</timestamp>", re.DOTALL)
DTA_FIXED = b"01 Jan 2000 00:00"


@dataclass(frozen=True)
class Variable:
    """What is known of a column: its type in words of the data package, its unit, labels of its codes, its texts."""

    name: str
    type: str
    unit: str = ""
    description_id: str = ""
    description_en: str = ""
    stata_name: str = ""
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The description in both languages, Indonesian first."""
        return " / ".join(text for text in (self.description_id, self.description_en) if text)


def field_type(kind: Any) -> str:
    """Return the type of a column in words of the data package."""
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    return {pl.Boolean: "boolean", pl.Date: "date"}.get(kind.base_type(), "string")


def read_csv(content: bytes, types: Mapping[str, str]) -> pl.DataFrame:
    """Return a table of a deposit by the types of its columns; a number with `places` is exact, another a float."""
    read = pl.read_csv(content, infer_schema=False)
    to: dict[str, Any] = {
        "integer": pl.Int64, "number": pl.Decimal(12, 2), "float": pl.Float64, "date": pl.Date, "string": pl.String,
    }  # fmt: skip
    columns = []
    for name in read.columns:
        kind = types[name]
        column = pl.col(name)
        columns.append(column == "true" if kind == "boolean" else column.cast(to[kind]))
    return read.with_columns(columns)


def parquet_bytes(frame: pl.DataFrame, variables: Sequence[Variable], about: Mapping[str, str]) -> bytes:
    """Return a Parquet file whose schema says what each column means.

    Each field has description_id, description_en, unit and labels (JSON: code to both languages); the schema has
    `about`.
    """
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    table = frame.to_arrow()
    known = {variable.name: variable for variable in variables}
    fields = []
    for arrow in table.schema:
        variable = known.get(arrow.name, Variable(arrow.name, ""))
        labels = {code: {"id": told[0], "en": told[1]} for code, told in variable.labels.items()}
        said = {
            "description_id": variable.description_id,
            "description_en": variable.description_en,
            "unit": variable.unit,
            "labels": json.dumps(labels, ensure_ascii=False) if labels else "",
        }
        kind = pa.string() if pa.types.is_large_string(arrow.type) or str(arrow.type) == "string_view" else arrow.type
        fields.append(pa.field(arrow.name, kind, metadata={name: text for name, text in said.items() if text}))
    stream = BytesIO()
    pq.write_table(table.cast(pa.schema(fields, metadata=dict(about))), stream)
    return stream.getvalue()


def stata_bytes(frame: pl.DataFrame, variables: Sequence[Variable], title: str) -> bytes:
    """Return a Stata file (version 15 and later) with labels of variables and values."""
    names = _stata_names(variables)
    made = _statistical(frame, variables, names, STATA_LABEL)

    def write(path: Path) -> None:
        import pyreadstat

        pyreadstat.write_dta(made.frame, path, file_label=_cut(title, STATA_LABEL), version=15, **made.words)

    content = _made_by(write, "panel.dta")
    return DTA_MOMENT.sub(b"<timestamp>" + bytes([len(DTA_FIXED)]) + DTA_FIXED + b"</timestamp>", content, count=1)


def spss_bytes(frame: pl.DataFrame, variables: Sequence[Variable], title: str) -> bytes:
    """Return an SPSS file with labels of variables and values."""
    made = _statistical(frame, variables, {variable.name: variable.name for variable in variables}, SPSS_LABEL)

    def write(path: Path) -> None:
        import pyreadstat

        pyreadstat.write_sav(made.frame, path, file_label=_cut(title, 64), **made.words)

    content = bytearray(_made_by(write, "panel.sav"))
    content[SAV_DAY], content[SAV_HOUR] = FIXED_DAY, FIXED_HOUR
    return bytes(content)


@dataclass(frozen=True)
class _Statistical:
    frame: pl.DataFrame
    words: dict[str, Any]


def _statistical(
    frame: pl.DataFrame, variables: Sequence[Variable], names: Mapping[str, str], longest: int
) -> _Statistical:
    """Return the frame with numbers for codes, and the words that the writers of both formats take."""
    columns, column_labels, value_labels = [], {}, {}
    for variable in variables:
        name = names[variable.name]
        column_labels[name] = _cut(variable.told if longest > STATA_LABEL else variable.description_id, longest)
        values: pl.Expr = pl.col(variable.name)
        if variable.labels:
            numbers = {code: number for number, code in enumerate(variable.labels, start=1)}
            values = values.replace_strict(numbers, default=None, return_dtype=pl.Int32)
            told = variable.labels.values()
            value_labels[name] = {number: _cut(" / ".join(words), VALUE_LABEL) for number, words in enumerate(told, 1)}
        elif variable.type == "boolean":
            values = values.cast(pl.Int32)
            value_labels[name] = {0: "Tidak / No", 1: "Ya / Yes"}
        elif variable.type in ("number", "float"):
            values = values.cast(pl.Float64)
        columns.append(values.alias(name))
    words = {"column_labels": column_labels, "variable_value_labels": value_labels}
    return _Statistical(frame.select(columns), words)


def _stata_names(variables: Sequence[Variable]) -> dict[str, str]:
    """Return a name of at most 32 letters for each column: the codebook's, of an own table the beginning of its own."""
    names: dict[str, str] = {}
    for variable in variables:
        plain = variable.stata_name or re.sub(r"\W", "_", variable.name, flags=re.ASCII)[:STATA_NAME]
        name, number = plain, 1
        while name in names.values():
            number += 1
            name = f"{plain[: STATA_NAME - len(str(number)) - 1]}_{number}"
        names[variable.name] = name
    return names


def _cut(text: str, most: int) -> str:
    """Return a text of at most so many bytes, never half a sign."""
    return text.encode()[:most].decode(errors="ignore")


def _made_by(write: Any, name: str) -> bytes:
    """Return the bytes of a file that a library writes by its path alone."""
    with temporary_folder("deposit") as folder:
        path = folder / name
        write(path)
        return path.read_bytes()
