"""Connections to DuckDB: nothing is fetched or loaded into one beside what the wheel brings."""

from __future__ import annotations

import duckdb

Settings = dict[str, str | bool | int | float | list[str]]

NO_EXTENSIONS: Settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""A query that names a function or file of an extension would otherwise have it fetched from the internet and run."""


def private_connection() -> duckdb.DuckDBPyConnection:
    """Return a connection to a database of its own in memory. The caller closes it."""
    connection = duckdb.connect(config=NO_EXTENSIONS)
    connection.execute("set enable_progress_bar = false")  # on by default: its bar would land in a command's output
    return connection
