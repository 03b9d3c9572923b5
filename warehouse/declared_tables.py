"""The columns of the stored tables as ``sql/schema.sql`` declares them: what a frame must be to become a table.

The file is read as text, for DuckDB takes thirty times as long to say the same; a test holds both against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from warehouse.sql_files import sql_text

_DTYPES: dict[str, pl.DataType] = {
    "bigint": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "double": pl.Float64(),
    "integer": pl.Int32(),
    "tinyint": pl.Int8(),
    "varchar": pl.String(),
}
_TABLE = re.compile(r"^create table (?P<name>\S+) \((?P<body>.*?)\);", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(
    r"(?P<name>\w+) (?P<kind>\w+(?:\(\d+, \d+\))?)(?P<required> not null)?(?: check \((?P<check>.+)\))?"
)
_CONDITION = re.compile(r" not null| check \((?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class DeclaredColumn:
    """One column: its type, whether it must be filled, the condition that its values keep (SQL), and what is noted."""

    name: str
    kind: str
    is_required: bool
    check: str
    note: str

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame."""
        if self.kind.startswith("decimal"):
            precision, scale = re.findall(r"\d+", self.kind)
            return pl.Decimal(int(precision), int(scale))
        return _DTYPES[self.kind]


@cache
def declared_tables() -> Mapping[str, tuple[DeclaredColumn, ...]]:
    """Return the columns of each table of ``sql/schema.sql``, by the name that it writes (`unit`, `history.receipt`).

    Raises ValueError where a column is written otherwise than
    ``name type [not null] [check (condition)]``, on one line.
    """
    return {
        found["name"]: tuple(_columns(found["body"])) for found in _TABLE.finditer(sql_text("warehouse", "sql/schema"))
    }


def _columns(body: str) -> Iterator[DeclaredColumn]:
    for line in body.splitlines():
        code, _, comment = line.partition("--")
        columns = [part.strip() for part in re.split(r",(?![^(]*\))", code) if part.strip()]
        for place, text in enumerate(columns):
            found = _COLUMN.fullmatch(text)
            if found is None or not (found["kind"] in _DTYPES or found["kind"].startswith("decimal(")):
                raise ValueError(f"schema.sql: {text!r} is not read as a column")
            # A comment says something of the last column of its line.
            note = comment.strip() if place == len(columns) - 1 else ""
            yield DeclaredColumn(
                found["name"], found["kind"], found["required"] is not None, found["check"] or "", note
            )


@cache
def dtypes_of(table: str) -> Mapping[str, pl.DataType]:
    """Return the types of a table's columns in their order. Raises KeyError for a table that is not declared."""
    return {column.name: column.dtype for column in declared_tables()[table]}


def schema_statements() -> str:
    """Return ``sql/schema.sql`` without the conditions of its columns, as a snapshot is built with it.

    A load holds its frames against the conditions before it writes them. In the file itself they would end a build
    before the audits can name the offending rows.
    """
    return _TABLE.sub(lambda table: _CONDITION.sub("", table[0]), sql_text("warehouse", "sql/schema"))
