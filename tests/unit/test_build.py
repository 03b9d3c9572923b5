"""Write, audit, publish: tables made wrong on purpose are refused by the audit that guards; the last one stands."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from analysis import open_snapshot
from etl.season.snapshot_tables import Tables
from tests.city_files import (
    CONTROL_HEADER,
    REGISTER_HEADER,
    SPD_HEADER,
    exported,
    html_export,
    load,
    put,
    workbook,
)
from warehouse import build, list_snapshots
from warehouse.build import audit_names, is_published, point_to, publish, remove_leftovers
from warehouse.errors import AuditFailed, HomeUnusable
from warehouse.home import Home

BASE_TABLES = """
    select case table_schema when 'main' then '' else table_schema || '.' end || table_name
    from information_schema.tables where table_type = 'BASE TABLE' order by all
"""

UNAUDITED = ("subdistrict", "timeline_event", "national_total", "named_innovation", "region_alias")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Every table of a small sound snapshot: one city with a list, a control sheet, a register and SPD answers."""
    home = Home.at(tmp_path_factory.mktemp("sound"))
    home.create()
    rows = [exported("1", "Satu"), exported("2", "Dua"), exported("2", "Dua"), exported("3", "Tiga", score="kosong")]
    put(home, "bengkulu/2026/daftar.xls", html_export(*rows, total=4))
    put(home, "bengkulu/2026/kendali.xlsx", workbook([CONTROL_HEADER, ["1", "Satu", "Dinas", *[1] * 20]]))
    put(home, "bengkulu/2026/spd.xlsx", workbook([SPD_HEADER, ["TOTAL", "Skor SPD", None, "50,00", None]]))
    unit = ["D1", "Dinas Kesehatan", "OPD", None, "Kesehatan", None]
    put(home, "bengkulu/2026/unit.xlsx", workbook([REGISTER_HEADER, unit]))
    put(home, "bengkulu/2026/receipt.toml", "simulated = true")
    load(home)
    with open_snapshot(home=home.root) as snapshot:
        names = snapshot.sql(BASE_TABLES).to_series().to_list()
        tables = {name: snapshot.sql(f"select * from {name}") for name in names}
    # No audit looks at these; without them each of the many builds below takes half the time.
    return {name: frame.clear() if name in UNAUDITED else frame for name, frame in tables.items()}


def broken(tables: Tables, table: str, column: str, value: Any, where: pl.Expr | None = None) -> Tables:
    """The tables with one cell changed: in the first row of ``table``, or the first one ``where`` holds."""
    frame = tables[table].with_row_index("row")
    row = frame.filter(where if where is not None else pl.lit(True))["row"][0]
    new = pl.when(pl.col("row") == row).then(value if isinstance(value, pl.Expr) else pl.lit(value))
    return {**tables, table: frame.with_columns(new.otherwise(pl.col(column)).alias(column)).drop("row")}


def repeated(tables: Tables, table: str) -> Tables:
    """The tables with the first row of ``table`` twice."""
    return {**tables, table: pl.concat([tables[table], tables[table].head(1)])}


def emptied(tables: Tables, table: str) -> Tables:
    """The tables with ``table`` empty."""
    return {**tables, table: tables[table].clear()}


def alone_in_quarantine(tables: Tables, source_id: str) -> Tables:
    """The tables with an innovation more that stands only in quarantine, of a row that is accepted or not there."""
    name = "history.quarantined_innovation"
    row = {
        "source_id": source_id, "region_code": "17.71", "edition": 2026, "file_sha256": "0", "sheet": "Sheet1",
        "row_number": 2, "is_scored_unknown": False, "score_kind": "claimed", "rule": "title_missing",
        "is_simulated": True, "valid_from": date(2026, 8, 1),
    }  # fmt: skip
    return {**tables, name: pl.DataFrame([row], schema=tables[name].schema)}


def one_more(column: str) -> pl.Expr:
    """One more than the column says."""
    return pl.col(column) + 1


IS_MERGED = pl.col("outcome") == "merged"
IS_NAMED = pl.col("region_basis") == "name"
IS_KNOWN = pl.col("region_code").is_not_null()

CASES: list[tuple[str, Callable[[Tables], Tables]]] = [
    ("accepted_innovation_row_is_observed", lambda t: {**t, "history.observation": t["history.observation"].head(1)}),
    ("accepted_innovation_row_is_observed", lambda t: broken(t, "history.observation", "source_id", "nowhere")),
    ("answer_belongs_to_submission", lambda t: broken(t, "history.answer", "submission_id", "nobody")),
    ("answer_belongs_to_submission", lambda t: broken(t, "history.answer", "submission_id", None)),
    ("answer_belongs_to_submission", lambda t: broken(t, "history.answer", "level", 4)),
    ("answer_belongs_to_submission", lambda t: broken(t, "history.answer", "points_x100", -1)),
    ("answer_key_is_unique", lambda t: repeated(t, "history.answer")),
    ("merged_row_points_to_accepted_row", lambda t: broken(t, "source_row", "merged_into", None, IS_MERGED)),
    ("merged_row_points_to_accepted_row", lambda t: broken(t, "source_row", "merged_into", "nowhere", IS_MERGED)),
    ("observation_is_resolved", lambda t: broken(t, "history.submission", "source_id", "nowhere")),
    ("observation_is_resolved", lambda t: repeated(t, "history.observation")),
    ("quarantined_innovation_is_set_aside", lambda t: alone_in_quarantine(t, "nowhere")),
    ("quarantined_innovation_is_set_aside", lambda t: alone_in_quarantine(t, t["history.submission"]["source_id"][0])),
    ("published_result_is_sourced", lambda t: broken(t, "published_result", "source", "")),
    ("published_result_is_sourced", lambda t: broken(t, "published_result", "region_code", "99.99")),
    (
        "published_result_is_sourced",
        lambda t: broken(t, "published_result", "region_code", None, pl.col("region_basis") == "name"),
    ),
    ("quarantined_row_has_reason", lambda t: emptied(t, "store.quarantine")),
    ("receipt_counts_add_up", lambda t: broken(t, "history.receipt", "accepted_count", one_more("accepted_count"))),
    ("receipt_counts_add_up", lambda t: broken(t, "history.receipt", "row_count", one_more("row_count"))),
    ("receipt_counts_add_up", lambda t: {**t, "source_row": t["source_row"].slice(1)}),
    ("region_answer_level_within_range", lambda t: broken(t, "history.region_answer", "level", 4)),
    ("region_answer_level_within_range", lambda t: broken(t, "history.region_answer", "level", -1)),
    ("region_answer_key_is_unique", lambda t: repeated(t, "history.region_answer")),
    ("region_index_counts_submissions", lambda t: broken(t, "history.region_index", "innovation_count", 5)),
    ("region_index_key_is_unique", lambda t: repeated(t, "history.region_index")),
    ("region_index_within_bounds", lambda t: broken(t, "history.region_index", "iid_upper_x100", 10_001)),
    ("region_index_within_bounds", lambda t: broken(t, "history.region_index", "iid_lower_x100", -1)),
    ("region_index_within_bounds", lambda t: broken(t, "history.region_index", "iid_x100", one_more("iid_upper_x100"))),
    ("simulated_mark_travels", lambda t: broken(t, "history.observation", "is_simulated", False)),
    ("simulated_mark_travels", lambda t: broken(t, "history.submission", "is_simulated", False)),
    ("simulated_mark_travels", lambda t: broken(t, "history.region_index", "is_simulated", False)),
    ("simulated_mark_travels", lambda t: broken(t, "snapshot", "is_simulated", False)),
    ("source_row_belongs_to_receipt", lambda t: broken(t, "source_row", "file_sha256", "unknown")),
    ("source_row_has_one_outcome", lambda t: repeated(t, "source_row")),
    ("source_row_has_one_outcome", lambda t: broken(t, "source_row", "outcome", "lost")),
    ("source_row_has_one_outcome", lambda t: broken(t, "source_row", "outcome", None)),
    ("versions_do_not_overlap", lambda t: broken(t, "history.submission", "valid_to", pl.col("valid_from"))),
    ("versions_do_not_overlap", lambda t: broken(t, "history.answer", "valid_from", None)),
    (
        "stated_total_equals_rows",
        lambda t: broken(
            t, "history.receipt", "stated_total", one_more("stated_total"), pl.col("stated_total").is_not_null()
        ),
    ),
    ("submission_has_innovation_and_region", lambda t: emptied(t, "innovation")),
    ("submission_has_innovation_and_region", lambda t: broken(t, "history.submission", "region_code", "99.99")),
    ("submission_has_innovation_and_region", lambda t: broken(t, "history.submission", "region_code", None)),
    ("submission_has_innovation_and_region", lambda t: broken(t, "history.submission", "innovation_id", None)),
    ("submission_has_innovation_and_region", lambda t: broken(t, "history.submission", "main_affair_code", "99")),
    ("submission_key_is_unique", lambda t: repeated(t, "history.submission")),
    ("submission_score_within_maximum", lambda t: broken(t, "history.submission", "claimed_score_x100", 11_101)),
    ("submission_score_within_maximum", lambda t: broken(t, "history.submission", "verified_score_x100", -1)),
    ("unit_key_is_unique", lambda t: repeated(t, "unit")),
]


def failed_audits(home: Home, tables: Tables) -> str:
    with pytest.raises(AuditFailed) as caught:
        publish(home, "broken", tables)
    assert caught.value.exit_code == 6
    return str(caught.value.values["told"])


def test_the_sound_tables_pass_every_audit(empty_home: Home, sound: Tables) -> None:
    assert publish(empty_home, "sound", sound).is_file()
    assert is_published(empty_home, "sound")


@pytest.mark.parametrize(("audit", "break_it"), CASES, ids=[f"{name}-{place}" for place, (name, _) in enumerate(CASES)])
def test_each_audit_refuses_what_it_guards_against(
    empty_home: Home, sound: Tables, audit: str, break_it: Callable[[Tables], Tables]
) -> None:
    told = failed_audits(empty_home, break_it(sound))
    assert audit in [part.split(":")[0].strip() for part in told.split(";")]
    assert list(empty_home.snapshots.iterdir()) == []


def test_every_audit_has_a_case_that_makes_it_fail() -> None:
    assert {name for name, _ in CASES} == set(audit_names())


def test_a_build_that_breaks_several_audits_names_them_all(empty_home: Home, sound: Tables) -> None:
    told = failed_audits(empty_home, repeated(repeated(sound, "unit"), "history.answer"))
    assert "unit_key_is_unique" in told
    assert "answer_key_is_unique" in told


def test_the_last_snapshot_stands_after_a_failed_build(empty_home: Home, sound: Tables) -> None:
    path = publish(empty_home, "sound", sound)
    point_to(empty_home, "sound")
    before = path.read_bytes()
    failed_audits(empty_home, repeated(sound, "unit"))
    assert path.read_bytes() == before
    assert list_snapshots(empty_home.root).select("snapshot_id", "is_current").rows() == [("sound", True)]


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_disk_in_database(*_: object, **__: object) -> None:
    raise duckdb.IOException("IO Error: Could not write file: No space left on device")


@pytest.mark.parametrize(
    ("step", "fault"),
    [("_insert", full_disk_in_database), ("_audit", full_disk_in_database), ("disk.sync_file", full_disk)],
)
def test_a_full_disk_is_told_and_leaves_the_last_snapshot(
    empty_home: Home, sound: Tables, monkeypatch: pytest.MonkeyPatch, step: str, fault: Callable[..., None]
) -> None:
    publish(empty_home, "sound", sound)
    point_to(empty_home, "sound")
    monkeypatch.setattr(f"warehouse.build.{step}", fault)
    with pytest.raises(HomeUnusable, match="disk is full") as caught:
        publish(empty_home, "other", sound)
    assert caught.value.exit_code == 10
    assert [path.name for path in empty_home.snapshots.iterdir()] == ["sound.duckdb"]
    monkeypatch.undo()
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql("select count(*) from receipt").item() == sound["history.receipt"].height


def test_another_fault_of_the_system_is_not_called_a_full_disk(
    empty_home: Home, sound: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_permission(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("warehouse.build.disk.sync_file", no_permission)
    with pytest.raises(PermissionError):
        publish(empty_home, "other", sound)
    assert list(empty_home.snapshots.iterdir()) == []


@pytest.mark.parametrize("place", ["archive", "lake"])
def test_a_disk_that_fills_while_files_are_received_or_parsed_is_told_too(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    put(empty_home, "bengkulu/2026/daftar.xls", html_export(exported("1", "Satu")))
    monkeypatch.setattr("etl.receipt._keep" if place == "archive" else "etl.lake._store", full_disk)
    with pytest.raises(HomeUnusable, match="disk is full"):
        load(empty_home)
    monkeypatch.undo()
    assert load(empty_home).is_new


def test_private_files_of_a_load_that_was_cut_off_are_removed_and_others_stay(empty_home: Home, sound: Tables) -> None:
    publish(empty_home, "sound", sound)
    for name in (".build-1-x.duckdb", ".build-1-x.duckdb.wal", ".other.duckdb.1", ".other.duckdb.1.wal"):
        (empty_home.snapshots / name).write_bytes(b"half")
    remove_leftovers(empty_home)
    assert [path.name for path in empty_home.snapshots.iterdir()] == ["sound.duckdb"]


def test_audits_are_told_in_sql_that_returns_no_rows_when_sound(example: Any) -> None:
    for name in audit_names():
        assert example.sql(build.statements(f"audits/{name}")).is_empty(), name
