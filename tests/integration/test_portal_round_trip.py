"""From the city's own list over the package to the portal's export: all is sent, and what a typist changed is named."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from pathlib import Path

from typer.testing import CliRunner

from analysis import open_snapshot
from analysis.portal.reconciliation import NothingToReconcile, reconcile
from tests.city_files import Value, load, put, workbook
from warehouse.home import Home
from workbench.command import app

HEADER = (
    "Nama Perangkat Daerah",
    "Nama Inovasi",
    "Tahapan Inovasi",
    "Waktu Uji Coba",
    "Waktu Penerapan",
    "Kematangan",
    "Aksi",
)
OWN: list[list[Value]] = [
    ["Dinas Kesehatan", f"Inovasi Sehat {name}", "Penerapan", "02/01/2024", "03/02/2025", 70 + place, "Lihat"]
    for place, name in enumerate(("Melati", "Kenanga", "Dahlia", "Cempaka"))
]
RECEIPT = """
city = "17.71"
edition = 2026
[[file]]
name = "daftar.xlsx"
received = 2026-07-01
layout = "l1_portal_list"
system = "aplikasi kota"
coverage = "full"
"""
PORTAL_FILE = """
[[file]]
name = "portal.xlsx"
received = 2026-07-10
layout = "l1_portal_list"
system = "portal nasional"
coverage = "full"
"""


def run(home: Home, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "en"])
    assert result.exit_code == 0, result.output
    return result.stdout


def typed_in(folder: Path) -> list[list[Value]]:
    """What somebody types from the pages: each page's fields by their labels."""
    rows: list[list[Value]] = []
    for page in sorted(folder.rglob("isian.html")):
        text = page.read_text(encoding="utf-8")
        found = re.findall(
            r'<tr id="(\w+)".*?(?:<pre class="value">(.*?)</pre>|<span class="none">).*?</tr>', text, re.S
        )
        values = {name: unescape(value) for name, value in found}
        unit = unescape(re.findall(r'<p class="under">(.*?) · ', text)[0])
        score = next(row[5] for row in OWN if row[1] == values["title"])
        days = (values["trial_date"], values["implementation_date"])
        rows.append([unit, values["title"], values["stage"], *days, score, "Lihat"])
    return rows


def test_what_is_typed_from_the_package_is_all_sent(empty_home: Home, tmp_path: Path) -> None:
    put(empty_home, "bengkulu/2026/receipt.toml", RECEIPT)
    put(empty_home, "bengkulu/2026/daftar.xlsx", workbook([HEADER, *OWN]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        try:
            reconcile(snapshot, "17.71", 2026, date(2026, 8, 1))
        except NothingToReconcile as error:
            assert "No export of the portal" in str(error)
        else:
            raise AssertionError("there is no export yet")
    folder = tmp_path / "paket"
    run(empty_home, "portal", "bengkulu", "2026", str(folder))
    rows = typed_in(folder)
    assert len(rows) == len(OWN)

    put(empty_home, "bengkulu/2026/receipt.toml", RECEIPT + PORTAL_FILE)
    put(empty_home, "bengkulu/2026/portal.xlsx", workbook([HEADER, *rows]))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        found = reconcile(snapshot, "17.71", 2026, date(2026, 8, 1))
        assert found.is_complete and len(found.sent) == len(OWN), found.counts()
        try:
            reconcile(snapshot, "17.71", 2026, date(2026, 7, 5))
        except NothingToReconcile:
            pass
        else:
            raise AssertionError("on that day there was no export yet")


def test_what_a_typist_left_out_or_changed_is_named(empty_home: Home, tmp_path: Path) -> None:
    typed = [list(row) for row in OWN[1:]]
    typed[0][5] = 60
    typed[1][4] = "04/02/2025"
    typed.append(["Dinas Sosial", "Bukan Milik Kita Sama Sekali", "Penerapan", None, "01/03/2025", 50, "Lihat"])
    put(empty_home, "bengkulu/2026/receipt.toml", RECEIPT + PORTAL_FILE)
    put(empty_home, "bengkulu/2026/daftar.xlsx", workbook([HEADER, *OWN]))
    put(empty_home, "bengkulu/2026/portal.xlsx", workbook([HEADER, *typed]))
    load(empty_home)
    book = tmp_path / "rekonsiliasi.xlsx"
    words = ("portal", "bengkulu", "2026", "--reconcile", "--on", "2026-08-01", "--workbook", str(book))
    rows = json.loads(run(empty_home, *words, "--format", "json"))
    told = [(row["state"], row["title"], row["field"], row["own_value"], row["portal_value"]) for row in rows]
    assert told == [
        ("missing", "Inovasi Sehat Melati", None, None, None),
        ("different", "Inovasi Sehat Dahlia", "implementation_date", "2025-02-03", "2025-02-04"),
        ("different", "Inovasi Sehat Kenanga", "claimed_score", "71.00", "60.00"),
        ("not_ours", "Bukan Milik Kita Sama Sekali", None, None, None),
        ("same", "Inovasi Sehat Cempaka", None, None, None),
    ]
    assert book.stat().st_size > 1000
    table = run(empty_home, *words)
    assert "4 = sent 3 + missing in the portal 1" in " ".join(table.split())
