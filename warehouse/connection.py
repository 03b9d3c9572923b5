"""Connections to DuckDB: nothing is fetched or loaded into one beside what the wheel brings."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

Settings = dict[str, str | bool | int | float | list[str]]

NO_EXTENSIONS: Settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""A query that names a function or file of an extension would otherwise have it fetched from the internet and run."""


def private_connection() -> duckdb.DuckDBPyConnection:
    """Return a connection to a database of its own in memory. The caller closes it."""
    connection = duckdb.connect(config=NO_EXTENSIONS)
    connection.execute("set enable_progress_bar = false")  # on by default: its bar would land in a command's output
    return connection


class _Stream:
    """The rows of a relation as Arrow's C stream, which Polars reads without PyArrow (0.2 s to import).

    Polars keeps the class of what it was given for good; of DuckDB's own class it would keep the whole module alive,
    and the end of a process would be told on the terminal as a leak.
    """

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the stream over; it can be read once."""
        return self._capsule


def frame_of(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Return the rows of a relation as a frame. Raises duckdb.Error, also for a query that fails half way."""
    try:
        return pl.DataFrame(_Stream(relation.__arrow_c_stream__()))
    except pl.exceptions.ComputeError as error:  # DuckDB runs the query while Polars reads
        raise _as_said_by_duckdb(str(error)) from error


def _as_said_by_duckdb(words: str) -> duckdb.Error:
    said = words.removeprefix("got external error: ")
    for prefix, kind in _KINDS.items():
        if said.startswith(prefix):
            return kind(said)
    return duckdb.Error(said)


_KINDS: dict[str, type[duckdb.Error]] = {
    "FATAL Error": duckdb.FatalException,
    "INTERNAL Error": duckdb.InternalException,
    "Serialization Error": duckdb.SerializationException,
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "INTERRUPT Error": duckdb.InterruptException,
}
"""Errors that callers tell apart, by the words that DuckDB begins them with."""
