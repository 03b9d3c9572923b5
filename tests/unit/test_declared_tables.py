"""The declared columns: what is read off schema.sql is what DuckDB makes of it, and every contract follows from it."""

from __future__ import annotations

import dataframely as dy
import duckdb
import polars as pl
import pytest

from etl.season import table_contracts
from warehouse.declared_tables import declared_tables, dtypes_of, schema_statements
from warehouse.sql_files import sql_text

CONTRACTS = (
    "history.receipt", "source_row", "source_column", "store.quarantine", "history.lineage", "correction", "unit",
    "innovation", "external_id", "history.observation", "store.submission", "history.submission", "store.answer",
    "history.answer", "store.region_answer", "history.region_answer", "history.contest_entry", "history.jury_score",
    "history.received_statement",
)  # fmt: skip


def tables_of(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """Name as schema.sql writes it -> schema and name."""
    rows = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return {name if schema == "main" else f"{schema}.{name}": (schema, name) for schema, name in rows}


@pytest.mark.parametrize("text", [sql_text("warehouse", "sql/schema"), schema_statements()], ids=["declared", "stored"])
def test_duckdb_reads_the_same_tables_columns_and_types(text: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(text)
        names = tables_of(connection)
        assert set(names) == set(declared_tables())
        for name in names:
            empty = pl.DataFrame(connection.sql(f"select * from {name} limit 0").to_arrow_table())
            assert dict(empty.schema) == dtypes_of(name), name


def test_duckdb_reads_the_same_conditions() -> None:
    with duckdb.connect() as connection:
        connection.execute(sql_text("warehouse", "sql/schema"))
        constraints = connection.execute(
            "select schema_name, table_name, constraint_type, constraint_column_names from duckdb_constraints()"
        ).fetchall()
        names = {place: name for name, place in tables_of(connection).items()}
    found = {(names[schema, table], column, kind) for schema, table, kind, columns in constraints for column in columns}
    declared = [(table, column) for table, columns in declared_tables().items() for column in columns]
    assert found == {
        *((table, column.name, "NOT NULL") for table, column in declared if column.is_required),
        *((table, column.name, "CHECK") for table, column in declared if column.check),
    }


def test_a_snapshot_is_built_without_the_conditions_so_that_the_audits_speak() -> None:
    with duckdb.connect() as connection:
        connection.execute(schema_statements())
        assert connection.execute("select * from duckdb_constraints()").fetchall() == []
        assert connection.execute("select to_score(7125)").fetchall()


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_contract_has_the_columns_of_its_table_and_what_serves_the_load(table: str) -> None:
    versions = table.replace("store.", "history.")
    versions = versions if versions in declared_tables() else table
    days = table_contracts.VALIDITY if table != versions else ()
    stored = {name: dtype for name, dtype in dtypes_of(versions).items() if name not in days}
    types = dict(table_contracts.types_of(table))
    assert list(types) == [*stored, *table_contracts.BESIDE.get(versions, {})]
    assert {name: types[name] for name in stored} == stored
    assert set(table_contracts.KEYS.get(table, ())) == set(table_contracts.contract(table).primary_key())


ANSWER = {
    "submission_id": "s", "indicator_number": "16", "score_kind": "claimed", "level": 3, "points_x100": 0,
    "basis": "level", "source_id": "r",
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"level": 200}, {"level": -1}, {"points_x100": -1}, {"basis": "total"}, {"source_id": None}, {"level": "three"}],
    ids=str,
)
def test_what_schema_sql_forbids_breaks_the_contract(change: dict[str, object]) -> None:
    assert table_contracts.conform("store.answer", pl.DataFrame([ANSWER])).height == 1
    with pytest.raises((dy.exc.ValidationError, pl.exceptions.PolarsError)):
        table_contracts.conform("store.answer", pl.DataFrame([{**ANSWER, **change}]))


def test_a_key_stands_once_and_unknown_is_no_breach() -> None:
    assert (
        table_contracts.conform("store.answer", pl.DataFrame([{**ANSWER, "level": None}]))["is_complete"].item() is None
    )
    with pytest.raises(dy.exc.ValidationError):
        table_contracts.conform("store.answer", pl.DataFrame([ANSWER, ANSWER]))


def test_stated_fields_are_columns_of_observations_and_submissions() -> None:
    assert set(table_contracts.STATED) <= set(dtypes_of("history.observation")) & set(dtypes_of("history.submission"))
