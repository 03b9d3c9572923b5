"""A published snapshot is read, and nothing else: no writing, no files, no other statements; ids, pointer, schema."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from analysis import open_snapshot
from tests.conftest import ROOT
from warehouse import Snapshot, list_snapshots
from warehouse.build import point_to
from warehouse.errors import NoSnapshot, QueryRefused, UnknownName
from warehouse.home import Home
from warehouse.snapshot import SCHEMA_VERSION, current_snapshot_id


def made(home: Home, snapshot_id: str, schema_version: int = SCHEMA_VERSION) -> Path:
    """A snapshot that holds nothing but what it says of itself."""
    path = home.snapshots / f"{snapshot_id}.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(
        f"create table snapshot as select '{snapshot_id}' as snapshot_id, {schema_version} as schema_version"
    )
    connection.execute("alter table snapshot add column is_simulated boolean default false")
    connection.close()
    return path


def test_a_query_gives_a_frame(example: Snapshot) -> None:
    frame = example.sql("select region_code, count(*) as files from receipt group by all order by all")
    assert isinstance(frame, pl.DataFrame)
    assert frame["files"].sum() == 31


def test_parameters_are_values_and_not_sql(example: Snapshot) -> None:
    query = "select count(*) as n from receipt where region_code = ?"
    assert example.sql(query, ["17.71"]).item() == 9
    assert example.sql(query, ["17.71' or '1'='1"]).item() == 0
    assert example.sql("select $a + 1 as n", {"a": 1}).item() == 2


def test_scores_are_decimals_in_the_views(example: Snapshot) -> None:
    frame = example.sql("select claimed_score, max_score from submission where claimed_score is not null limit 1")
    assert all(isinstance(value, Decimal) for value in frame.row(0))
    assert frame.schema["claimed_score"] == pl.Decimal(12, 2)


@pytest.mark.parametrize("query", ["from receipt limit 1", "explain select 1", "with a as (select 1) select * from a"])
def test_reading_statements_are_accepted(example: Snapshot, query: str) -> None:
    assert example.sql(query).height >= 1


@pytest.mark.parametrize("query", ["show tables", "describe receipt", "show all tables"])
def test_the_tables_can_be_asked_for(example: Snapshot, query: str) -> None:
    assert example.sql(query).height > 5


@pytest.mark.parametrize(
    "query",
    [
        "",
        "-- nothing",
        "select",
        "select * from no_such_table",
        "select no_such_column from receipt",
        "create table x (a integer)",
        "insert into receipt (file_name) values ('x')",
        "update store.submission set claimed_score_x100 = 11100",
        "delete from receipt",
        "drop table receipt",
        "truncate receipt",
        "alter table receipt add column x integer",
        "select 1; select 2",
        "select 1; delete from receipt",
        "pragma enable_external_access",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "attach '/tmp/other.duckdb' as other",
        "detach snapshot",
        "use memory",
        "copy receipt to '/tmp/receipt.csv'",
        "copy (select 1) to '/tmp/receipt.parquet' (format parquet)",
        "export database '/tmp/out'",
        "import database '/tmp/out'",
        "install httpfs",
        "load httpfs",
        "vacuum",
        "checkpoint",
        "begin",
        "call pragma_version()",
        "create secret s (type s3)",
        "create macro f(a) as a",
        "prepare q as select 1",
    ],
)
def test_everything_else_is_refused_with_a_next_step(example: Snapshot, query: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        example.sql(query)
    assert caught.value.exit_code == 7
    assert caught.value.next_step


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('{file}')",
        "read_text('{file}')",
        "read_blob('{file}')",
        "read_json('{file}')",
        "read_parquet('{file}')",
        "'{file}'",
        "glob('{folder}/*')",
        "sniff_csv('{file}')",
        "parquet_metadata('{file}')",
    ],
)
def test_sql_reads_no_file(example: Snapshot, tmp_path: Path, source: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(QueryRefused):
        example.sql(f"select * from {source.format(file=file, folder=tmp_path)}")


@pytest.mark.parametrize("name", ["frame", "secret", "query", "parameters", "statements", "cursor"])
def test_sql_sees_no_variables_of_the_program(example: Snapshot, name: str) -> None:
    frame = secret = pl.DataFrame({"a": [1]})
    assert not frame.is_empty()
    assert not secret.is_empty()
    with pytest.raises(QueryRefused):
        example.sql(f"select * from {name}")


def test_a_snapshot_cannot_be_written_through_its_file(example: Snapshot) -> None:
    before = example.path.read_bytes()
    with pytest.raises(QueryRefused):
        example.sql("insert into receipt (file_name) values ('x')")
    assert example.path.read_bytes() == before


def test_many_readers_at_once(example: Snapshot) -> None:
    with Snapshot(example.path) as other:
        assert other.snapshot_id == example.snapshot_id
        assert other.sql("select count(*) from receipt").item() == example.sql("select count(*) from receipt").item()
    assert example.is_simulated
    assert example.snapshot_id in repr(example)


def test_a_snapshot_says_what_it_was_built_from(example: Snapshot) -> None:
    facts = json.loads(example.facts["built_from"])
    assert len(facts["inputs"]) == 31
    assert {"schema_version", "software_version", "code_hash", "inputs_hash"} <= facts.keys()
    assert "today" not in json.dumps(facts)


def test_nothing_published_is_told(empty_home: Home, tmp_path: Path) -> None:
    for home in (empty_home.root, tmp_path / "nowhere"):
        with pytest.raises(NoSnapshot, match="no snapshot yet") as caught:
            open_snapshot(home=home)
        assert caught.value.exit_code == 4
    assert list_snapshots(tmp_path / "nowhere").is_empty()
    assert not (tmp_path / "nowhere").exists()


def test_a_snapshot_is_opened_by_a_unique_beginning_of_its_id(empty_home: Home) -> None:
    for name in ("abc1", "abc2", "abc", "def4"):
        made(empty_home, name)
    for wanted, found in (("def", "def4"), ("abc1", "abc1"), ("abc", "abc")):
        with open_snapshot(wanted, empty_home.root) as snapshot:
            assert snapshot.snapshot_id == found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("ab", "More than one snapshot begins with ab"),
        ("xyz", "No snapshot is named xyz"),
        ("*", "No snapshot is named"),
        ("../abc1", "No snapshot is named"),
    ],
)
def test_an_unknown_or_ambiguous_id_is_told_with_those_that_exist(empty_home: Home, wanted: str, message: str) -> None:
    for name in ("abc1", "abc2"):
        made(empty_home, name)
    with pytest.raises(UnknownName, match=message) as caught:
        open_snapshot(wanted, empty_home.root)
    assert "abc1, abc2" in str(caught.value)


def test_the_pointer_names_the_current_snapshot(empty_home: Home) -> None:
    assert current_snapshot_id(empty_home) is None
    for name in ("first", "second"):
        made(empty_home, name)
        point_to(empty_home, name)
    assert current_snapshot_id(empty_home) == "second"
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.snapshot_id == "second"
    listed = list_snapshots(empty_home.root)
    assert set(listed.filter("is_current")["snapshot_id"]) == {"second"}
    assert (listed["size_bytes"] > 0).all()
    assert listed["published_at"].is_sorted(descending=True)


def test_a_pointer_to_a_snapshot_that_is_gone_is_told(empty_home: Home) -> None:
    point_to(empty_home, "gone")
    with pytest.raises(UnknownName, match="No snapshot is named gone"):
        open_snapshot(home=empty_home.root)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}'])
def test_a_damaged_pointer_is_told(empty_home: Home, text: str) -> None:
    empty_home.pointer.write_text(text)
    with pytest.raises(NoSnapshot) as caught:
        open_snapshot(home=empty_home.root)
    assert "iga ingest" in caught.value.next_step


def test_a_snapshot_of_another_schema_is_told(empty_home: Home) -> None:
    made(empty_home, "old", schema_version=SCHEMA_VERSION + 1)
    with pytest.raises(UnknownName, match=f"schema {SCHEMA_VERSION + 1}"):
        open_snapshot("old", empty_home.root)


def test_a_damaged_snapshot_is_told(empty_home: Home) -> None:
    (empty_home.snapshots / "bad.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(UnknownName, match="cannot be opened"):
        open_snapshot("bad", empty_home.root)


def test_a_closed_snapshot_lets_go_of_its_file(empty_home: Home) -> None:
    path = made(empty_home, "one")
    with open_snapshot("one", empty_home.root):
        pass
    connection = duckdb.connect(str(path))
    connection.execute("create table written (a integer)")
    connection.close()


ASK_SLOWLY = """
import sys
from analysis import open_snapshot
with open_snapshot(home=sys.argv[1]) as snapshot:
    snapshot.sql("select count(*) as n from range(26000) a, range(26000) b where a.range * b.range % 7 = 3")
print("answered")
"""
"""A query of more than the two seconds after which DuckDB draws a progress bar."""


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made with pty")
def test_a_slow_query_draws_no_progress_bar(example_home: Path) -> None:
    """DuckDB takes a program given with -c, at a terminal, for an interactive one, to which it shows a bar."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", ASK_SLOWLY, str(example_home)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs, cwd=ROOT) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # a terminal whose other end has closed
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
        assert running.wait() == 0, shown
    assert shown.strip() == b"answered"
