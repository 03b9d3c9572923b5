"""What a frame must be to become a table: the columns that ``warehouse/sql/schema.sql`` declares, and its key."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import new_class
from typing import Any

import dataframely as dy
import polars as pl

from etl import contracts
from warehouse.declared_tables import DeclaredColumn, declared_tables

KEYS: dict[str, tuple[str, ...]] = {
    "history.receipt": ("file_sha256",),
    "source_row": ("source_id",),
    "correction": ("correction_id",),
    "unit": ("unit_id",),
    "innovation": ("innovation_id",),
    "history.observation": ("observation_id",),
    "store.submission": ("submission_id",),
    "store.answer": ("submission_id", "indicator_number", "score_kind"),
    "store.region_answer": ("region_code", "edition", "indicator_number", "score_kind"),
    "history.received_statement": ("statement_id",),
    "history.contest_entry": ("contest_entry_id",),
    "history.jury_score": ("contest_entry_id", "juror", "valid_from"),
}
"""What is unique in a table; schema.sql does not say it, since DuckDB would keep an index for it."""

BESIDE: dict[str, dict[str, dy.Column]] = {
    "history.observation": {
        "match_key": dy.String(nullable=False),
        "layout": dy.String(nullable=False),
        "coverage": dy.String(nullable=False),
        "coverage_order": dy.Int32(nullable=False),
        "arrival": dy.Int32(nullable=False),
        "is_withdrawing": dy.Bool(nullable=False),
        "is_reviewer": dy.Bool(nullable=False),
        "is_current": dy.Bool(nullable=False),
        "silent_fields": dy.String(nullable=True),
    },
    "history.submission": {"as_of": dy.Date(nullable=False)},
    "unit": {"alias": dy.String(nullable=True)},
}
"""Columns that serve a load and are not stored: the key and the precedence of an observation's receipt, the fields of a
returned row that its sender left as they were, joined by |, the day that a season is as of (it follows from its days),
and other names of a unit, joined by |."""

VALIDITY = ("valid_from", "valid_to")
"""The days of a version, which its table in schema `history` has and its view in schema `store` has not."""

STATED = tuple(
    name for name in contracts.InnovationRecord.column_names() if name not in ("row_number", "match_key", "external_id")
)
"""What an observation states of an innovation and a submission takes over; scores in hundredths."""


@cache
def contract(table: str) -> type[dy.Schema]:
    """Return the contract of a table of ``warehouse/sql/schema.sql``, which states its columns (and none here again).

    `store.X`, unless it is declared itself, is what counts now of the versions in `history.X`. Beside what is stored a
    contract has the columns of `BESIDE`. Raises KeyError for a table that the schema does not declare.
    """
    versions = table if table in declared_tables() else table.replace("store.", "history.")
    left_out = VALIDITY if table != versions else ()
    members: dict[str, object] = {
        column.name: _column(column, is_key=column.name in KEYS.get(table, ()))
        for column in declared_tables()[versions]
        if column.name not in left_out
    }
    members |= BESIDE.get(versions, {})
    built: type[dy.Schema] = new_class(table, (dy.Schema,), exec_body=lambda body: body.update(members))
    return built


_COLUMNS: dict[type[pl.DataType], Callable[..., dy.Column]] = {
    pl.Boolean: dy.Bool,
    pl.Date: dy.Date,
    pl.Float64: dy.Float64,
    pl.Int8: dy.Int8,
    pl.Int32: dy.Int32,
    pl.Int64: dy.Int64,
    pl.String: dy.String,
}


def _column(column: DeclaredColumn, *, is_key: bool) -> dy.Column:
    dtype = column.dtype
    rules: dict[str, Any] = {"nullable": not column.is_required, "primary_key": is_key}
    if column.check:
        rules["check"] = {column.check: lambda _: pl.sql_expr(column.check)}
    if isinstance(dtype, pl.Decimal):
        return dy.Decimal(dtype.precision, dtype.scale, **rules)
    return _COLUMNS[type(dtype)](**rules)


@cache
def types_of(table: str) -> pl.Schema:
    """Return the columns of a table's contract with their types."""
    return empty(table).schema


def empty(table: str) -> pl.DataFrame:
    """Return a table without a row, in the columns of its contract."""
    return contract(table).create_empty()


def conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the columns of the table's contract, in its order and types; a missing one is all null.

    Raises dataframely's ValidationError with the broken rule where the frame does not hold the contract.
    """
    if frame.is_empty():
        return empty(table)
    schema = contract(table)
    missing = [pl.lit(None).alias(name) for name in schema.column_names() if name not in frame.columns]
    return schema.validate(frame.with_columns(missing).select(schema.column_names()), cast=True)
