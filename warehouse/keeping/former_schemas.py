"""Snapshots of former schemas, read as if they were of today's: id, tables and figures are theirs, nothing is computed.

The file is attached to a database in memory that has today's schema. Each of today's tables becomes a view of the
stored one, columns that it lacks are null, and tables that it lacks are empty: what a former version did not keep is
unknown. The file itself is never written to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from iga.errors import Sentence
from warehouse.connection import Settings, private_connection
from warehouse.declared_tables import DeclaredColumn, declared_tables, schema_statements
from warehouse.sql_files import sql_text

READ_AS_IT_IS = 6
"""From this schema on a file is opened by itself: what came after are tables that nothing asks for."""

_ALWAYS = "date '0001-01-01'"
"""Since when a row counts whose schema kept no days: it is there on any day that is asked about."""

_WORDS = {"history.receipt": ("layout_reason", "held_reason"), "store.quarantine": ("message", "fix")}
"""Words that a snapshot was built with, until schema 4 made them at reading."""

_FORMER = "former"
_LAST_SCHEMA = "select distinct region_code, edition, as_of as day, true as has_list from former.store.submission"
"""Schema 1 kept the last state of a season, with its day."""


def migration_note(facts: Mapping[str, Any]) -> Sentence | None:
    """Return what a reader is told of a snapshot with these facts; None where it is read as it is."""
    if facts["schema_version"] >= READ_AS_IT_IS:
        return None
    return Sentence(
        "Snapshot {id} is of schema {version}, read through a migration: its figures are as they were published; what "
        "it did not hold is unknown",
        id=facts["snapshot_id"],
        version=facts["schema_version"],
    )


def open_former(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open a snapshot of a former schema for reading, with the tables and views of today's.

    `settings` are set last, since they may forbid to open files.
    """
    connection = private_connection()
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as {_FORMER} (read_only)")
        stored = _stored_columns(connection)
        connection.execute(schema_statements())
        for table, columns in declared_tables().items():
            _supply(connection, table, columns, stored)
        connection.execute(sql_text("warehouse", "sql/views"))
        if "quarantine" in stored:
            connection.execute(sql_text("warehouse", "sql/former_words"))
        for name, value in settings.items():
            connection.execute(f"set {name} = '{value}'")
    except BaseException:
        connection.close()
        raise
    return connection


def _stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The stored tables of the file, by name with schema (none for `main`), and the columns of each."""
    columns: dict[str, set[str]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        f"join duckdb_tables() using (database_name, schema_name, table_name) where database_name = '{_FORMER}'"
    ).fetchall()
    for schema, table, column in rows:
        columns.setdefault(table if schema == "main" else f"{schema}.{table}", set()).add(column)
    return columns


def _supply(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: tuple[DeclaredColumn, ...],
    stored: dict[str, set[str]],
) -> None:
    """Put a view of the stored table in the place of today's empty one."""
    name = table.rpartition(".")[2]
    source = next((place for place in (table, f"store.{name}", name) if place in stored), None)
    if source is None and table == "season_day" and "store.submission" in stored:
        connection.execute(f"drop table {table}; create view {table} as {_LAST_SCHEMA}")
    if source is None:
        return
    known = stored[source]
    shown = [
        column.name
        if column.name in known
        else f"{_ALWAYS if column.name == 'valid_from' else f'null::{column.kind}'} as {column.name}"
        for column in columns
    ]
    shown += [word for word in _WORDS.get(table, ()) if word in known]
    place = source if "." in source else f"main.{source}"
    connection.execute(f"drop table {table}; create view {table} as select {', '.join(shown)} from {_FORMER}.{place}")
