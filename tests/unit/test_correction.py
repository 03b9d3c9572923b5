"""Corrections as data: applied only where the source still says what they expect, from their day on, and told of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis import open_snapshot
from etl.publish import LoadResult, ingest
from etl.season.correction import Correction, stored_value
from tests.city_files import CONTROL_HEADER, SPD_HEADER, exported, html_export, put, workbook
from warehouse.errors import DataFileInvalid
from warehouse.home import Home

SEASON = "bengkulu/2026"
HEAD = {"city": "bengkulu", "edition": 2026, "reason": "salah ketik", "author": "Bappeda", "date": date(2026, 7, 10)}


def entry(name: str, **fields: Any) -> str:
    values = {"id": name, **HEAD, **fields}
    lines = "\n".join(f"{key} = {told(value)}" for key, value in values.items())
    return f"[[correction]]\n{lines}\n"


def told(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {told(one)}" for key, one in value.items()) + " }"
    return (
        value.isoformat() if isinstance(value, date) else f'"{value}"' if isinstance(value, str) else str(value).lower()
    )


@pytest.fixture
def season(empty_home: Home) -> Home:
    """Four innovations, a control sheet and an SPD line, received on 1 July."""
    rows = [exported("1", "Satu", "78,50"), exported("2", "Dua"), exported("3", "Tiga"), exported("4", "TES TES")]
    put(empty_home, f"{SEASON}/a.xls", html_export(*rows))
    put(empty_home, f"{SEASON}/k.xlsx", workbook([CONTROL_HEADER, ["2", "Dua", "Dinas", *[1] * 20]]))
    put(empty_home, f"{SEASON}/s.xlsx", workbook([SPD_HEADER, ["SPD-01", "x", 1, None, None]]))
    lines = "".join(f'[[file]]\nname = "{name}"\nreceived = 2026-07-01\n' for name in ("a.xls", "k.xlsx", "s.xlsx"))
    put(empty_home, f"{SEASON}/receipt.toml", lines)
    return empty_home


def load(home: Home, *entries: str) -> LoadResult:
    home.corrections.mkdir(exist_ok=True)
    (home.corrections / "kota.toml").write_text("\n".join(entries), encoding="utf-8")
    return ingest(home, today=date(2026, 8, 1))


def query(home: Home, text: str, day: date | None = None) -> list[tuple[Any, ...]]:
    with open_snapshot(home=home.root, as_of=day) as snapshot:
        return snapshot.sql(text).rows()


def test_corrections_apply_from_their_day_on_and_stand_in_the_lineage(season: Home) -> None:
    first = load(season)
    result = load(
        season,
        entry(
            "skor", innovation={"number": "1"}, field="claimed_score", action="replace", value="87.50", expect="78.50"
        ),
        entry("judul", innovation={"title": "dua"}, field="title", action="replace", value="Dua Baru", expect="Dua"),
        entry("uji", innovation={"number": "4"}, action="withdraw"),
        entry("level", innovation={"number": "2"}, indicator="19", field="level", action="replace", value=3, expect=1),
        entry("spd", spd="SPD-01", field="level", action="clear", expect=1),
        entry("sudah", innovation={"number": "3"}, field="title", action="replace", value="Tiga", expect="Tigaa"),
        entry("lain", innovation={"number": "3"}, field="stage", action="replace", value="trial", expect="initiative"),
        entry("tiada", innovation={"number": "9"}, field="title", action="clear", expect="x"),
    )
    assert result.snapshot_id != first.snapshot_id
    assert dict(result.corrections.select("correction_id", "outcome").iter_rows()) == {
        **dict.fromkeys(("skor", "judul", "uji", "level", "spd"), "applied"),
        "sudah": "source_fixed",
        "lain": "source_differs",
        "tiada": "not_found",
    }
    titles = "select title, claimed_score::varchar from submission order by title"
    assert query(season, titles) == [("Dua Baru", "70.00"), ("Satu", "87.50"), ("Tiga", "70.00")]
    assert len(query(season, titles, date(2026, 7, 9))) == 4
    level = "select level, points::varchar from answer where indicator_number = '19'"
    assert query(season, level)[0][0] == 3
    assert query(season, level, date(2026, 7, 9))[0][0] == 1
    assert query(season, "select level from region_answer") == [(None,)]
    origins = query(season, "select source_column, original_text from lineage join source_row using (source_id)")
    assert set(origins) == {
        ("correction:skor", "7850"),
        ("correction:judul", "Dua"),
        ("correction:level", "1"),
        ("correction:spd", "1"),
    }
    assert query(season, "select count(*), count(distinct title) from observation") == [(4, 4)]


def test_a_correction_ends_when_the_source_has_mended_itself(season: Home) -> None:
    put(season, f"{SEASON}/b.xls", html_export(exported("1", "Satu", "87,50"), exported("2", "Dua")))
    fields = {"innovation": {"number": "1"}, "field": "claimed_score", "action": "replace", "value": "87.50"}
    result = load(season, entry("skor", **fields, expect="78.50"))
    assert result.corrections["outcome"].to_list() == ["source_fixed"]
    score = "select claimed_score::varchar from submission where title = 'Satu'"
    assert [query(season, score, date(2026, 7, day)) for day in (2, 11)] == [[("78.50",)], [("87.50",)]]
    assert query(season, "select * from lineage where source_column like 'correction%'") == []


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"field": "title", "action": "replace", "value": "x", "innovation": {"number": "1"}}, "expect"),
        ({"field": "judul", "action": "clear", "expect": "", "innovation": {"number": "1"}}, "field"),
        ({"field": "title", "action": "hapus", "expect": "", "innovation": {"number": "1"}}, "action"),
        ({"field": "title", "action": "clear", "expect": "", "innovation": {"nomor": "1"}}, "nomor"),
        ({"field": "title", "action": "clear", "expect": ""}, "innovation or spd"),
        ({"field": "claimed_score", "action": "replace", "value": "1.234", "expect": "", "spd": "SPD-01"}, "field"),
        (
            {"city": "atlantis", "field": "title", "action": "clear", "expect": "", "innovation": {"number": "1"}},
            "atlantis",
        ),
    ],
)
def test_a_wrong_correction_names_file_and_cause_and_loads_nothing(
    season: Home, fields: dict[str, Any], cause: str
) -> None:
    with pytest.raises(DataFileInvalid) as told:
        load(season, entry("salah", **fields))
    assert told.value.place == "corrections/kota.toml"
    assert cause in str(told.value)
    assert not list(Path(season.snapshots).glob("*.duckdb"))


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("claimed_score", "78,5", 7850),
        ("level", "3", 3),
        ("trial_date", "2024-01-02", date(2024, 1, 2)),
        ("title", "", ""),
    ],
)
def test_values_are_stored_as_the_tables_hold_them(field: str, value: object, stored: object) -> None:
    assert stored_value(field, value) == stored


def test_an_id_stands_for_one_correction(season: Home) -> None:
    one = entry("satu", innovation={"number": "4"}, action="withdraw")
    with pytest.raises(DataFileInvalid, match="satu"):
        load(season, one, one)
    assert Correction.model_fields["expect"].default is None
