"""The hash of a table's content: of one value with what released snapshots state, whatever the order of the rows."""

from __future__ import annotations

import hashlib

import duckdb
import pytest

from warehouse.keeping.content_hash import table_hashes

ROWS = "select i as number, 'a' || i as text, i / 7.0::double as share, nullif(i, 3) as gap from range({count}) r(i)"


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_it_is_the_hash_that_released_snapshots_state(count: int) -> None:
    connection = duckdb.connect()
    connection.execute(f"create table t as {ROWS.format(count=count)}")
    texts = ("number::varchar", "text::varchar", "format('{:.17g}', share)", "gap::varchar")
    row = " || ".join(f"coalesce(strlen({text}) || ':' || {text}, '-')" for text in texts)
    stated = connection.execute(
        f"select count(*), sum(md5_number_upper({row}))::varchar, sum(md5_number_lower({row}))::varchar from t"
    ).fetchone()
    assert stated is not None
    words = "|".join(["number", "text", "share", "gap", *map(str, stated)])
    assert table_hashes(connection) == {"t": (count, hashlib.sha256(words.encode()).hexdigest()[:32])}


def test_it_does_not_depend_on_the_order_of_rows_and_sees_one_changed_value() -> None:
    hashes = []
    for order, change in (("number", "text"), ("number desc", "text"), ("number", "if(number = 7, 'b', text)")):
        connection = duckdb.connect()
        rows = f"select number, {change} as text, share, gap from ({ROWS.format(count=100)}) order by {order}"
        connection.execute(f"create table t as {rows}")
        hashes.append(table_hashes(connection)["t"])
    assert hashes[0] == hashes[1] != hashes[2]
