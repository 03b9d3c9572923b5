"""`iga ingest` of tables as people draw them: merged units, two-level headers, footers, one sheet per unit."""

from __future__ import annotations

import io
from collections.abc import Callable

import xlsxwriter

from analysis import open_snapshot
from tests.city_files import put
from tests.conftest import Ran
from warehouse.home import Home

UNIT = "Nama Perangkat Daerah"
HEADER = ["No", UNIT, "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba", "Waktu Penerapan", "Kematangan", "Aksi"]
Rows = list[list[str]]


def row(title: str, unit: str) -> list[str]:
    return ["1", unit, title, "Penerapan", "03/11/2022", "12/01/2023", "40.50", "Detail"]


def drawn(sheets: dict[str, Rows], merged: tuple[str, ...] = ()) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for span in merged:
                sheet.merge_range(span, "")
            for place, cells in enumerate(rows):
                for column, text in enumerate(cells):
                    if text:
                        sheet.write_string(place, column, text)
    return stream.getvalue()


LEVELS = [
    ["No", UNIT, "Nama Inovasi", "Tahapan Inovasi", "Waktu", "", "Kematangan", "Aksi"],
    ["", "", "", "", "Uji Coba", "Penerapan", "", ""],
]
FOOTER = [["Rata-rata", "", "", "", "", "", "40.50"], ["", "", "", "", "Bengkulu, 20 Agustus 2025"], ["NIP. 1970"]]
FILES = {
    "bengkulu": drawn({"Data": [*LEVELS, row("Satu", "Dinas Sosial"), row("Dua", ""), *FOOTER]}, ("E1:F1", "B3:B4")),
    "magelang": drawn({unit: [HEADER, row("Satu", unit), row("Dua", unit)] for unit in ("Dinas Sosial", "SDN 12")}),
}


def test_drawn_tables_are_read_row_by_row(empty_home: Home, iga: Callable[..., Ran]) -> None:
    for city, content in FILES.items():
        put(empty_home, f"{city}/2026/daftar.xlsx", content)
    ran = iga("ingest", home=empty_home.root, timeout=120)
    assert ran.exit_code == 0, ran.err
    with open_snapshot(home=empty_home.root) as snapshot:
        read = snapshot.sql("""
            select region_code, unit_name, title, trial_date is not null and implementation_date is not null as is_dated
            from submission order by all
        """)
        placed = snapshot.sql("""
            select sheet, row_number from observation join source_row using (source_id)
            where observation.region_code = '33.71' order by all
        """)
        rules = set(snapshot.sql("select rule from quarantine")["rule"])
    units = [("Dinas Sosial", "Dua"), ("Dinas Sosial", "Satu")]
    assert read.rows() == [
        *(("17.71", *named, True) for named in units),
        *(("33.71", *named, True) for named in [*units, ("SDN 12", "Dua"), ("SDN 12", "Satu")]),
    ]
    assert placed.rows() == [("Dinas Sosial", 2), ("Dinas Sosial", 3), ("SDN 12", 2), ("SDN 12", 3)]
    assert rules == {"sheets_joined"}
