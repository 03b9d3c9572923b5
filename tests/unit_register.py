"""Registers of units for tests: the real kecamatan and kelurahan of a city with offices, schools and puskesmas."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from warehouse.reference import load_reference
from warehouse.unit_name_rules import KnownUnit, known_units

OFFICES = (
    "Dinas Pendidikan dan Kebudayaan", "Dinas Kesehatan", "Rumah Sakit Umum Daerah", "Satuan Polisi Pamong Praja",
    "Dinas Pekerjaan Umum dan Penataan Ruang", "Dinas Perumahan Rakyat dan Kawasan Permukiman", "Dinas Sosial",
    "Dinas Pemadam Kebakaran dan Penyelamatan", "Badan Penanggulangan Bencana Daerah", "Dinas Lingkungan Hidup",
    "Dinas Pemberdayaan Perempuan dan Pelindungan Anak", "Dinas Kependudukan dan Pencatatan Sipil",
    "Dinas Pengendalian Penduduk dan Keluarga Berencana", "Dinas Perhubungan", "Dinas Kepemudaan dan Olahraga",
    "Dinas Koperasi dan Usaha Kecil Menengah", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
    "Dinas Perdagangan dan Perindustrian", "Badan Perencanaan Pembangunan Daerah", "Badan Pendapatan Daerah",
    "Badan Pengelolaan Keuangan dan Aset Daerah", "Badan Kesatuan Bangsa dan Politik", "Inspektorat Daerah",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "Sekretariat DPRD", "Sekretariat Daerah",
    "Bagian Organisasi", "Bagian Umum", "Bagian Kesejahteraan Rakyat", "Bagian Pengadaan Barang dan Jasa",
)  # fmt: skip
PUSKESMAS = ("Puskesmas Anggrek", "Puskesmas Melati", "Puskesmas Magelang Utara")


def register_of(region_code: str) -> pl.DataFrame:
    """Return a register as the table `unit` has it: an office renamed in 2024, SD Negeri 21 merged into 20."""
    rows: list[dict[str, Any]] = [
        {"unit_code": f"U{number:03}", "name": name}
        for number, name in enumerate(
            (
                *OFFICES,
                *PUSKESMAS,
                *(f"SD Negeri {number}" for number in range(1, 21)),
                *(f"SMP Negeri {number}" for number in range(1, 13)),
            )
        )
    ]
    rows += [
        {
            "unit_code": "K1",
            "name": "Dinas Komunikasi dan Informatika",
            "valid_to": date(2023, 12, 31),
            "successor_unit_id": "unit K2",
        },
        {"unit_code": "K2", "name": "Dinas Komunikasi, Informatika dan Persandian", "valid_from": date(2024, 1, 1)},
        {"unit_code": "S21", "name": "SD Negeri 21", "valid_to": date(2024, 6, 30), "successor_unit_id": "unit U052"},
        {"unit_code": "P1", "name": "Dinas Pertamanan", "valid_to": date(2022, 12, 31)},
    ]
    assert next(row["name"] for row in rows if row["unit_code"] == "U052") == "SD Negeri 20"
    places = load_reference("subdistrict").filter(pl.col("region_code") == region_code)
    rows += [
        {
            "unit_code": code,
            "name": f"{kind.title()} {name}",
            "parent_unit_id": f"unit {parent}" if kind == "kelurahan" else None,
            "subdistrict_code": code,
        }
        for code, kind, name, parent in places.select("code", "unit_kind", "name", "parent_code").iter_rows()
    ]
    texts = ("unit_code", "name", "parent_unit_id", "subdistrict_code", "successor_unit_id")
    schema: dict[str, Any] = dict.fromkeys(texts, pl.String) | {"valid_from": pl.Date, "valid_to": pl.Date}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(
        pl.lit(region_code).alias("region_code"),
        pl.format("unit {}", "unit_code").alias("unit_id"),
        pl.Series("unit_kind", [kind_in_register(name) for name in frame["name"]]),
        pl.lit(None, dtype=pl.String).alias("main_affair_code"),
        pl.lit(None, dtype=pl.String).alias("alias"),
    )


def kind_in_register(name: str) -> str:
    """Return the kind of a unit of these registers by its first word."""
    first = name.split(maxsplit=1)[0].casefold()
    return first if first in ("kecamatan", "kelurahan", "puskesmas", "sd", "smp", "bagian") else "opd"


def units_of(region_code: str) -> list[KnownUnit]:
    """Return the same register as names are held against it."""
    return known_units(register_of(region_code))
