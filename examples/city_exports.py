"""Entries become the rows of a city's export: each layout with its own columns, formats and dirt."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from random import Random
from typing import Any

from simulate_city import DATA, City, Entry, affair_names, plan, sid_indicators

Row = list[str | int]


@dataclass
class Export:
    """One file to write: its rows of text under a header, and what the receipt says about it."""

    path: str
    layout: str
    sheet: str
    received: date
    system: str
    header: list[str]
    rows: list[Row]
    title_rows: list[str] = field(default_factory=list)
    header_row: int = 1
    has_stated_layout: bool = True

    def row_number(self, position: int) -> int:
        """The file's row number (from 1) of the data row at a position (from 0)."""
        return self.header_row + 1 + position


@cache
def phrases() -> dict[str, Any]:
    """`data/phrases.toml`."""
    return tomllib.loads((DATA / "phrases.toml").read_text(encoding="utf-8"))


def export_of(city: City, edition: int, entries: list[Entry], received: date) -> Export:
    """The export that a city's own system makes of its entries."""
    make = {"17.71": _html_export, "33.71": _portal_list, "18.71": _wide_points}[city.region_code]
    return make(city, edition, entries, received)


def _row_random(city: City, edition: int, entry: Entry) -> Random:
    # A row looks the same in every export of a season: its dirt hangs on the entry, not on the order.
    return Random(f"{plan()['seed']}|{city.region_code}|{edition}|{entry.serial}")


def registration_number(city: City, edition: int, entry: Entry) -> str:
    """The portal's twelve-digit number of an entry: text with a leading zero, new in each edition."""
    return f"0{_row_random(city, edition, entry).randrange(10**10, 10**11)}"


def _stage(layout: str, entry: Entry, random: Random) -> str:
    return str(random.choice(phrases()["stages"][layout][entry.stage]))


def _affair(entry: Entry, random: Random) -> str:
    variants = phrases()["affairs"].get(entry.affair_code, ())
    name = affair_names()[entry.affair_code]
    return str(random.choice([name, name, *variants]))


def _html_export(city: City, edition: int, entries: list[Entry], received: date) -> Export:
    rows: list[Row] = []
    for number, entry in enumerate(entries, start=1):
        random = _row_random(city, edition, entry)
        rows.append(
            [
                str(number),
                registration_number(city, edition, entry),
                entry.title,
                entry.unit.name,
                _stage("l8_html_export", entry, random),
                _affair(entry, random),
                f"{entry.implementation_date:%d/%m/%Y}" if entry.implementation_date else "-",
                f"{entry.maturity},00",
            ]
        )
    return Export(
        path=f"{city.folder}/{edition}/ekspor-{received}.xls",
        layout="l8_html_export",
        sheet="table 1",
        received=received,
        system="portal kota (simulasi)",
        header=[
            "No", "Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Tahapan Inovasi", "Urusan Utama",
            "Waktu Penerapan", "Kematangan",
        ],
        rows=rows,
        title_rows=[
            f"DATA INOVASI DAERAH KOTA BENGKULU TAHUN {edition} (DATA SIMULASI)",
            f"Total Data: {len(rows)} | Di export oleh iga{edition}.kota.bengkulu | "
            f"Pada hari {received:%a, %d %b %Y} 09:12:33 +0700",
        ],
        header_row=4,
        has_stated_layout=edition != 2024,
    )  # fmt: skip


def _portal_list(city: City, edition: int, entries: list[Entry], received: date) -> Export:
    rows: list[Row] = []
    for number, entry in enumerate(entries, start=1):
        random = _row_random(city, edition, entry)
        rows.append(
            [
                str(number),
                _unit_as_typed(entry, random),
                _title_as_typed(entry, random),
                _stage("l1_portal_list", entry, random),
                _affair(entry, random),
                _mixed_date(entry.trial_date, random),
                _mixed_date(entry.implementation_date, random),
                f"{entry.maturity}.00" if entry.maturity else "0",
                "",
            ]
        )
    header = {
        2023: ["No", "Nama Perangkat Daerah", "Kematangan"],
        2024: ["No.", "Nama Perangkat Daerah", "Kematangan"],
    }.get(edition, ["#", "Dibuat Oleh", "Estimasi Skor Kematangan"])
    return Export(
        path=f"{city.folder}/{edition}/daftar-inovasi-{edition}.xlsx",
        layout="l1_portal_list",
        sheet="DATA SIMULASI",
        received=received,
        system="portal nasional (simulasi)",
        header=[
            header[0], header[1], "Nama Inovasi", "Tahapan Inovasi", "Urusan Pemerintahan Utama",
            "Waktu Uji Coba Inovasi Daerah", "Waktu Penerapan Inovasi Daerah", header[2], "Aksi",
        ],
        rows=rows,
        has_stated_layout=edition != 2024,
    )  # fmt: skip


def _unit_as_typed(entry: Entry, random: Random) -> str:
    aliases = [alias for alias in entry.unit.aliases.split("|") if alias]
    if aliases and random.random() < 0.06:
        return random.choice(aliases)
    return entry.unit.name + ("  " if random.random() < 0.05 else "")


def _title_as_typed(entry: Entry, random: Random) -> str:
    dirt = random.random()
    if dirt < 0.06:
        return entry.title + str(random.choice(phrases()["reviewer_notes"]))
    if dirt < 0.12:
        return entry.title.upper()
    return entry.title + ("  " if dirt < 0.17 else "")


def _mixed_date(day: date | None, random: Random) -> str:
    if day is None:
        return "-"
    months = phrases()["months"]
    style = random.random()
    if style < 0.35:
        return f"{day.day}, {months['english_short'][day.month - 1]} {day.year}"
    if style < 0.7:
        return f"{day.day}, {months['indonesian'][day.month - 1]} {day.year}"
    return f"{day:%d/%m/%Y}"


def _wide_points(city: City, edition: int, entries: list[Entry], received: date) -> Export:
    rows: list[Row] = []
    for number, entry in enumerate(entries, start=1):
        random = _row_random(city, edition, entry)
        affair = affair_names()[entry.unit.affair_code] if entry.unit.affair_code else "penunjang urusan"
        points = [indicator.weight * level for indicator, level in zip(sid_indicators(), entry.levels, strict=True)]
        rows.append(
            [
                str(number),
                entry.unit.name,
                entry.title,
                f"Program {affair.lower()}",
                "Kegiatan pengembangan layanan",
                "Sub kegiatan pengembangan inovasi",
                _stage("l3_wide_points", entry, random),
                f"{entry.trial_date:%m/%d/%Y}" if entry.trial_date else "-",
                f"{entry.implementation_date:%m/%d/%Y}" if entry.implementation_date else "-",
                str(entry.maturity),
                *points,
            ]
        )
    return Export(
        path=f"{city.folder}/{edition}/rekap-inovasi-{edition}.xlsx",
        layout="l3_wide_points",
        sheet="DATA SIMULASI",
        received=received,
        system="aplikasi kota (simulasi)",
        header=[
            "No.", "Nama SKPD", "Nama Inovasi", "Program", "Kegiatan", "Sub Kegiatan", "Tahapan Inovasi",
            "Waktu Uji Coba", "Waktu Implementasi", "Kematangan",
            *(indicator.names[edition] for indicator in sid_indicators()),
        ],
        rows=rows,
        has_stated_layout=edition != 2024,
    )  # fmt: skip
