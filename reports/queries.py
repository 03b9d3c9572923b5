"""The questions that reports put to a snapshot: SQL files of `reports/queries/`, called by name."""

from __future__ import annotations

import polars as pl

from warehouse import Snapshot
from warehouse.sql_files import sql_text


def query_text(name: str) -> str:
    """The SQL of `reports/queries/<name>.sql`."""
    return sql_text("reports", f"queries/{name}")


def ask(snapshot: Snapshot, name: str, **parameters: object) -> pl.DataFrame:
    """The rows that answer a named question; `parameters` fill the `$name` places of its SQL."""
    return snapshot.sql(query_text(name), dict(parameters) or None)
