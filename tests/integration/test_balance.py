"""The balance of a load: stated = read + merged + quarantined, and what is open; green only where nothing is."""

from __future__ import annotations

import json

from analysis import open_snapshot
from analysis.season.balance import read_balance
from tests.city_files import (
    EXPORT_HEADER,
    REGISTER_HEADER,
    exported,
    html_export,
    innovation,
    load,
    portal_list,
    put,
    workbook,
)
from tests.conftest import run_iga
from warehouse.home import Home
from warehouse.language import Language


def test_a_balance_is_closed_only_where_nothing_is_open_or_unknown(empty_home: Home) -> None:
    header = (*EXPORT_HEADER, "Urusan Utama", "Waktu Uji Coba", "Waktu Penerapan")
    beside = ["Kesehatan", "01-02-2024", "01-03-2024"]
    rows = [*exported("1", "Satu"), *beside], [*exported("2", "Dua"), *beside]
    put(empty_home, "bengkulu/2026/a.xls", html_export(*rows, header=header))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        balance = read_balance(snapshot)
    assert not balance.is_closed  # no register: how many names are unknown is not known
    assert balance.told(Language("id"))[1] == "Terbuka: nama unit tidak diketahui untuk 1 berkas: tanpa daftar unit"
    full = (*REGISTER_HEADER, "Kode Wilayah", "Berlaku Dari", "Berlaku Sampai")
    unit = ["U1", "Dinas Kesehatan", "OPD", "U1", "Kesehatan", "Dinkes", "17.71", "2017-01-01", "2030-01-01"]
    register = workbook([full, unit])
    put(empty_home, "bengkulu/2026/unit.xlsx", register)
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        balance = read_balance(snapshot)
    assert balance.is_closed and balance.told(Language("en"))[1] == "Nothing is open."
    assert (balance.accepted_count, balance.stated_total) == (3, None)


def test_what_is_open_is_counted_by_file_and_in_sum(empty_home: Home) -> None:
    full = (*REGISTER_HEADER, "Kode Wilayah", "Berlaku Dari", "Berlaku Sampai")
    unit = ["U1", "Dinas Kesehatan", "OPD", "U1", "Kesehatan", "Dinkes", "17.71", "2017-01-01", "2030-01-01"]
    register = workbook([full, unit])
    put(empty_home, "bengkulu/2026/unit.xlsx", register)
    rows = innovation("Satu"), innovation("", 60), innovation("Tiga", unit="Dinas Tak Dikenal")
    put(empty_home, "bengkulu/2026/daftar.xlsx", portal_list(*rows))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        balance = read_balance(snapshot)
    assert not balance.is_closed
    assert (balance.quarantined_count, balance.unit_unknown_count, balance.withdrawn_count) == (1, 1, 0)
    ran = run_iga("status", "--balance", "--format", "json", home=empty_home.root)
    by_file = {row["file_name"]: row for row in json.loads(ran.out)}
    told = by_file["bengkulu/2026/daftar.xlsx"]
    assert told["is_open"] and told["quarantined_count"] == 1 and told["unit_unknown_count"] == 1
    assert not by_file["bengkulu/2026/unit.xlsx"]["is_open"]
