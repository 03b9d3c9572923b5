"""The worked cases of precedence: which of two files counts, alike for every kind of file that others contradict."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from etl.lake import LakeFile, parse_into_lake
from etl.receipt import Receipt
from etl.season.snapshot_tables import Tables, tables_of
from tests.city_files import REGISTER_HEADER, SPD_HEADER, innovation, portal_list, workbook
from warehouse.home import Home

CASES = tomllib.loads((Path(__file__).parent / "receipts.toml").read_text(encoding="utf-8"))["case"]
JURY_HEADER = ("Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai")
STATEMENT_HEADER = ("Daerah", "Tahun IGA", "Ukuran", "Nilai Tercetak", "Skala", "Alamat Sumber")
NAMES = {1: "Dinas Satu", 3: "Dinas Tiga"}


def _list(value: int) -> bytes:
    return portal_list(innovation("Satu", value * 10))


def _spd(value: int) -> bytes:
    return workbook([SPD_HEADER, ("SPD-01", "x", value, None, None)])


def _register(value: int) -> bytes:
    return workbook([REGISTER_HEADER, ("D1", NAMES[value], "opd", None, None, None)])


def _jury(value: int) -> bytes:
    return workbook([JURY_HEADER, ("Umum", "Satu", "Dinas Kesehatan", "A", value * 10)])


def _score(tables: Tables) -> int:
    return int(tables["store.submission"]["claimed_score_x100"].item()) // 1000


def _level(tables: Tables) -> int:
    return int(tables["store.region_answer"]["level"].item())


def _unit(tables: Tables) -> int:
    return {name: value for value, name in NAMES.items()}[tables["unit"]["name"].item()]


def _juror(tables: Tables) -> int:
    scores = tables["history.jury_score"]
    return int(scores.filter(scores["valid_to"].is_null())["score"].item()) // 10


KINDS: dict[str, tuple[Callable[[int], bytes], Callable[[Tables], int]]] = {
    "innovation_list": (_list, _score),
    "spd_answers": (_spd, _level),
    "unit_register": (_register, _unit),
    "jury_scores": (_jury, _juror),
}


def received(folder: Path, content: bytes, file: list[Any]) -> LakeFile:
    """Parse a file as it was received, under the hash that the case gives it."""
    sha, day, arrival, coverage, _ = file
    home = Home(folder)
    home.create()
    receipt = Receipt(sha, f"{sha}.xlsx", "33.71", 2026, date(2026, 7, day), coverage=coverage, arrival=arrival)
    return parse_into_lake(home, receipt, lambda: content)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("kind", KINDS)
def test_which_file_counts(case: dict[str, Any], kind: str, tmp_path: Path) -> None:
    write, value_of = KINDS[kind]
    files = [received(tmp_path, write(file[-1]), file) for file in case["files"]]
    for order in (files, files[::-1]):
        assert value_of(tables_of(order)) == case["counts"]


def test_statements_that_disagree_all_stay_in_the_order_of_their_receipts(tmp_path: Path) -> None:
    files = [
        received(tmp_path, workbook([STATEMENT_HEADER, ["Kota Magelang", "2020", "indeks", value, "0-100", "x"]]), file)
        for value, file in (("71", ["b", 1, 0, "full", 0]), ("72", ["a", 1, 1, "full", 0]))
    ]
    for order in (files, files[::-1]):
        assert tables_of(order)["history.received_statement"]["value"].to_list() == [Decimal(71), Decimal(72)]
