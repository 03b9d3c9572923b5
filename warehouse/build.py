"""Write, audit, publish: a snapshot is built in a private file and given its name only when every audit is clean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from warehouse import disk
from warehouse.connection import private_connection
from warehouse.declared_tables import schema_statements
from warehouse.errors import AuditFailed
from warehouse.home import Home, disk_full
from warehouse.keeping.content_hash import HASHES, table_hashes
from warehouse.sql_files import sql_names, sql_text

STORAGE_VERSION = "v1.0.0"  # so that DuckDB 1.5 opens what DuckDB 2 wrote


def is_published(home: Home, snapshot_id: str) -> bool:
    """Whether a snapshot of that name stands already: same inputs, same code, same name."""
    return (home.snapshots / f"{snapshot_id}.duckdb").is_file()


def publish(home: Home, snapshot_id: str, tables: Mapping[str, pl.DataFrame]) -> Path:
    """Build the snapshot from its tables, audit it, and put it under its name; the pointer is set by `point_to`.

    Raises AuditFailed with the offending rows, and HomeUnusable when the disk is full; in both cases the private file
    goes and the last snapshot stands.
    """
    target = home.snapshots / f"{snapshot_id}.duckdb"
    try:
        with disk.made_by_library(target) as private:
            _write(private, tables)
    except (duckdb.Error, OSError) as error:
        if told := disk_full(error, home):
            raise told from error
        raise
    return target


def point_to(home: Home, snapshot_id: str) -> None:
    """Make a published snapshot the current one, in one atomic step, after it has its name on the disk."""
    disk.write_text(home.pointer, json.dumps({"snapshot_id": snapshot_id}) + "\n")


LEFTOVERS = (
    "snapshots/.*.duckdb.*",
    "snapshots/.build-*",  # as former versions named them
    "lake/*/*/.parse-*",
    "lake/*/*/*/.parse.json.*",
    "archive/*/*/.content",  # as former versions named it
    "archive/*/*/.content.*",
    "archive/*/*/..content.*",  # as former versions named it while they copied
    "archive/*/*/.receipt.json.*",
    ".current.json.*",
    ".load.holder.json.*",
)
"""The private files that a process leaves behind that is ended in the middle."""


def remove_leftovers(home: Home) -> None:
    """Delete private files of loads that were cut off; called by the one load that holds the lock."""
    for pattern in LEFTOVERS:
        for leftover in home.root.glob(pattern):
            disk.remove(leftover)


def statements(name: str) -> str:
    """The SQL of ``warehouse/sql/<name>.sql``."""
    return sql_text("warehouse", f"sql/{name}")


def audit_names() -> list[str]:
    """The audits: queries that must return no row."""
    return sql_names("warehouse", "sql/audits")


def _write(path: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    connection = private_connection()
    try:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' as snapshot_file (storage_version '{STORAGE_VERSION}')")
        connection.execute("use snapshot_file")
        connection.execute(schema_statements())
        for name, frame in tables.items():
            _insert(connection, name, frame)
        _state_hashes(connection)
        connection.execute(statements("views"))
        _audit(connection)
        connection.execute("use memory")
        connection.execute("detach snapshot_file")
    finally:
        connection.close()


def _insert(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"insert into {name} by name select * from incoming")
    connection.unregister("incoming")


def _state_hashes(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the hash of every table in the snapshot itself, for `iga verify`."""
    rows = [(table, *found) for table, found in table_hashes(connection).items()]
    places = ", ".join(["(?, ?, ?)"] * len(rows))  # one statement, since each is brought to the disk by itself
    connection.execute(f"insert into {HASHES} values {places}", [value for row in rows for value in row])


def _audit(connection: duckdb.DuckDBPyConnection) -> None:
    offenders: dict[str, list[tuple[object, ...]]] = {}
    for name in audit_names():
        rows = connection.execute(statements(f"audits/{name}")).fetchmany(5)
        if rows:
            offenders[name] = rows
    if offenders:
        told = "; ".join(f"{name}: {rows}" for name, rows in offenders.items())
        raise AuditFailed(
            "The build breaks {count} audit(s) and was not published: {told}",
            next_step="the last snapshot stands; correct the file named, or report the fault with this message",
            count=len(offenders),
            told=told,
        )
