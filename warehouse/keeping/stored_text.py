"""All text that a snapshot's file holds, whatever its schema: for those who must know that something is in none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

_CLOSED: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}
_TEXT_COLUMNS = """
select c.schema_name, c.table_name, c.column_name
from duckdb_columns() c join duckdb_tables() t using (schema_name, table_name) where c.data_type = 'VARCHAR'
"""


def stored_texts(path: Path) -> Iterator[str]:
    """Iterate over the texts of each column of a database, a line each; of one that cannot be opened nothing."""
    try:
        with duckdb.connect(str(path), read_only=True, config=_CLOSED) as connection:
            for schema, table, column in connection.execute(_TEXT_COLUMNS).fetchall():
                rows = connection.execute(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
                yield "\n".join(value for (value,) in rows if value)
    except duckdb.Error:
        return


def is_in_store(path: Path, pattern: str) -> bool:
    """Whether a text of a database has the pattern; one that cannot be opened is taken to have it."""
    try:
        with duckdb.connect(str(path), read_only=True, config=_CLOSED) as connection:
            for schema, table, column in connection.execute(_TEXT_COLUMNS).fetchall():
                query = f'select 1 from "{schema}"."{table}" where regexp_matches("{column}", ?) limit 1'
                if connection.execute(query, [pattern]).fetchone():
                    return True
    except duckdb.Error:
        return True
    return False
