"""A hash of what a table holds, whatever lies on the disk around it: `snapshot_hash` states it for each table.

Each row becomes one text, column by column in the order of the table: the length of the value and the value, a dash for
null, floats with 17 digits. The hash is of the names of the columns, the number of rows, and the sums of both halves of
the MD5 of each row, so that it depends neither on the order of the rows nor on how a version of DuckDB stores them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb

HASHES = "snapshot_hash"
"""The table that states the hashes of all others."""


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Return the number of rows and the hash of each stored table of the current database, by name with its schema.

    A table of schema `main` stands under its name alone, as `sql/schema.sql` writes it.
    """
    columns: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = current_database() order by schema_name, table_name, column_index"
    ).fetchall()
    for schema, table, column, kind in rows:
        columns.setdefault(table if schema == "main" else f"{schema}.{table}", {})[column] = kind
    return {table: _hash_of(connection, table, kinds) for table, kinds in columns.items() if table != HASHES}


_HALF = 2**64 - 1


def _hash_of(connection: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, str]) -> tuple[int, str]:
    row_text = " || ".join(_as_text(column, kind) for column, kind in kinds.items())
    # The two halves of one hash; `md5_number_upper` and `md5_number_lower` would reckon it twice.
    found = connection.execute(
        f"select count(*), sum((number & {_HALF})::ubigint)::varchar, sum((number >> 64)::ubigint)::varchar "
        f"from (select md5_number(row_text) as number from (select {row_text} as row_text from {table}))"
    ).fetchone()
    if found is None:
        raise ValueError(table)
    stated = "|".join([*kinds, *map(str, found)])
    return found[0], hashlib.sha256(stated.encode()).hexdigest()[:32]


def _as_text(column: str, kind: str) -> str:
    name = f'"{column}"'
    text = f"format('{{:.17g}}', {name})" if kind in ("DOUBLE", "FLOAT") else f"{name}::varchar"
    return f"coalesce(strlen({text}) || ':' || {text}, '-')"
