"""Rows of DuckDB as Polars frames, read without PyArrow."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import polars as pl
import pytest

from warehouse.connection import frame_of, private_connection

KINDS = """select i::int a, i::hugeint h, (i / 3.0)::decimal(18, 2) d, 'x' || i s, date '2026-01-01' + i::int on_day,
    timestamp '2026-01-01 00:00:00' + interval (i) minute at_time, [i, i + 1] l, i % 2 = 0 b, {'a': i} st,
    case when i > 3 then i end n, ('a' || (i % 3))::enum('a0', 'a1', 'a2') e from range(10) r(i)"""


def test_a_frame_holds_what_arrow_says() -> None:
    connection = private_connection()
    found = frame_of(connection.sql(KINDS))
    assert found.equals(pl.DataFrame(connection.sql(KINDS).to_arrow_table()))
    assert found.schema == pl.DataFrame(connection.sql(KINDS).to_arrow_table()).schema
    none = frame_of(connection.sql(f"select * from ({KINDS}) where a > 100"))
    assert (none.height, none.columns) == (0, found.columns)


def test_a_query_that_fails_half_way_raises_what_duckdb_says() -> None:
    connection = private_connection()
    late = "select case when i = 1900000 then error('too late') else i end a from range(2000000) r(i)"
    with pytest.raises(duckdb.Error, match="too late"):
        frame_of(connection.sql(late))


def test_a_process_ends_without_a_word_and_without_pyarrow() -> None:
    code = (
        "import sys; from warehouse.connection import frame_of, private_connection;"
        "print(frame_of(private_connection().sql('select 1 a')).height, 'pyarrow' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ended.stdout.split(), ended.stderr) == (["1", "False"], "")
