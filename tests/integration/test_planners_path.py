"""An unknown list becomes an inventory and an index with four confirmed columns and no text editor."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.city_files import put, workbook
from tests.conftest import Ran
from warehouse.home import Home

HEADER = ("No", "Nama Program", "Pengampu", "Fase", "Poin Diri", "Keterangan")
STAGES = ("Penerapan", "Uji Coba")
ROWS = [
    (number, f"Program {number}", f"Dinas {number % 7}", STAGES[number % 2], f"{number % 70 + 20},50", "-")
    for number in range(1, 201)
]
COLUMNS = ("Nama Program=title", "Pengampu=unit_name", "Fase=stage", "Poin Diri=claimed_score")


def test_an_unknown_list_is_read_after_four_columns_are_confirmed(iga: Callable[..., Ran], empty_home: Home) -> None:
    path = put(empty_home, "yogyakarta/2025/daftar.xlsx", workbook([HEADER, *ROWS]))
    held = iga("ingest", home=empty_home.root)
    assert held.exit_code == 5
    options = [part for column in COLUMNS for part in ("--column", column)]
    confirmed = iga("layout", "confirm", str(path), *options, "--yes", "--format", "json", home=empty_home.root)
    assert confirmed.exit_code == 0, confirmed.err
    shown = {row["header"]: row for row in json.loads(confirmed.out)}
    assert shown["Poin Diri"]["original"].startswith("21,50")
    assert shown["Poin Diri"]["value"].startswith("21.50")
    assert shown["Fase"]["value"] == "trial; implementation"
    assert [file.suffix for file in empty_home.layouts.iterdir()] == [".toml"]
    read = iga("ingest", home=empty_home.root)
    assert read.exit_code == 0, read.err
    query = "select count(*) as n, sum(claimed_score) as total from submission"
    (sums,) = json.loads(iga("sql", query, "--format", "json", home=empty_home.root).out)
    assert sums["n"] == 200
    assert float(sums["total"]) == sum(float(row[4].replace(",", ".")) for row in ROWS)
    index = iga("sql", "select count(*) as n from region_index", "--format", "json", home=empty_home.root)
    assert json.loads(index.out)[0]["n"] > 0, index.err
