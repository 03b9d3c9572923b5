"""The questions that reports put to a snapshot: SQL files of `reports/queries/`, called by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from warehouse import Snapshot


@cache
def query_text(name: str) -> str:
    """The SQL of `reports/queries/<name>.sql`."""
    return files("reports").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def ask(snapshot: Snapshot, name: str, **parameters: object) -> pl.DataFrame:
    """The rows that answer a named question; `parameters` fill the `$name` places of its SQL."""
    return snapshot.sql(query_text(name), dict(parameters) or None)
