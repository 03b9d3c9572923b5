"""The template workbooks that a city fills in: SPD answers, unit register, control sheet, scores of a jury."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from city_exports import Row, registration_number
from simulate_city import City, Entry, Indicator, affair_names, plan, sid_indicators, spd_indicators

HEADER_ROW = 4
TOP_LEVEL = 3
KIND_WORDS = {"opd": "OPD", "sd": "SD", "smp": "SMP", "bumd": "BUMD"}


@dataclass
class Template:
    """A filled-in template: title, how to fill, header in row 4, rows; choices by column index for drop-downs."""

    path: str
    layout: str
    sheet: str
    received: date
    title: str
    how_to_fill: str
    header: list[str]
    rows: list[Row]
    choices: dict[int, list[str]] = field(default_factory=dict)


def spd_answers(city: City, edition: int, received: date) -> Template | None:
    """The SPD workbook of an edition: lines with levels where given, else the portal's total, else no file."""
    levels = city.settings["spd_levels"].get(str(edition))
    total = city.settings.get("spd_total", {}).get(str(edition))
    if levels is None and total is None:
        return None
    rows: list[Row] = [["TOTAL", "Jumlah nilai SPD menurut portal", "", total, "", "portal (simulasi)", "simulasi"]]
    if levels is not None:
        rows = [_spd_line(*line) for line in zip(spd_indicators(), levels, strict=True)]
    return Template(
        path=f"{city.folder}/{edition}/jawaban-spd.xlsx",
        layout="template_spd_answers",
        sheet="SPD",
        received=received,
        title=f"JAWABAN SPD {_city_name(city).upper()} {edition} (DATA SIMULASI)",
        how_to_fill="Isi Level 0-3 per baris; bila hanya jumlah yang diketahui, isi Skor pada baris TOTAL.",
        header=["Kode", "Indikator", "Level", "Skor", "Nilai Data", "Sumber", "Keterangan"],
        rows=rows,
        choices={2: ["0", "1", "2", "3"]},
    )


def _spd_line(indicator: Indicator, level: int) -> Row:
    name = indicator.names[plan()["editions"][-1]]
    if level < 0:
        return [indicator.number, name, "", "", "", "", "belum diisi"]
    points = f"{Decimal(indicator.weight_text) * level:f}".replace(".", ",")
    return [indicator.number, name, level, points, "simulasi", "dokumen kota (simulasi)", ""]


def unit_register(city: City, edition: int, received: date) -> Template:
    """The register of the units that must report."""
    rows: list[Row] = [
        [
            unit.code,
            unit.name,
            KIND_WORDS.get(unit.kind, unit.kind.title()),
            unit.parent_code,
            unit.subdistrict_code,
            affair_names()[unit.affair_code] if unit.affair_code else "",
            unit.valid_from.isoformat(),
            unit.valid_to.isoformat() if unit.valid_to else "",
            unit.aliases,
        ]
        for unit in city.units
    ]
    return Template(
        path=f"{city.folder}/{edition}/daftar-unit.xlsx",
        layout="template_unit_register",
        sheet="Unit",
        received=received,
        title=f"DAFTAR UNIT {_city_name(city).upper()} (DATA SIMULASI)",
        how_to_fill="Satu baris per unit; Unit Induk berisi Kode Unit induknya; beberapa alias dipisah dengan tanda |.",
        header=[
            "Kode Unit", "Nama Unit", "Jenis", "Unit Induk", "Kode Wilayah", "Urusan Utama", "Berlaku Dari",
            "Berlaku Sampai", "Alias",
        ],
        rows=rows,
        choices={2: sorted({str(row[2]) for row in rows})},
    )  # fmt: skip


def control_sheet(city: City, edition: int, entries: list[Entry], received: date) -> Template:
    """Levels by indicator of every entry, with document yes or no; weight x level adds up to the entry's maturity."""
    names = {unit.code: unit.name for unit in city.units}
    header = ["Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Unit Induk"]
    for indicator in sid_indicators():
        header += [f"{indicator.number}. {indicator.names[edition]}", f"Dok. {indicator.number}"]
    rows: list[Row] = []
    for entry in entries:
        random = Random(f"{plan()['seed']}|documents|{entry.serial}")
        row: Row = [
            registration_number(city, edition, entry),
            entry.title,
            entry.unit.name,
            names.get(entry.unit.parent_code, ""),
        ]
        for level in entry.levels:
            row += [level, "Ya" if level and random.random() < 0.93 else "Tidak"]
        rows.append(row)
    columns = range(4, len(header), 2)
    return Template(
        path=f"{city.folder}/{edition}/lembar-kendali.xlsx",
        layout="template_control_sheet",
        sheet="Lembar Kendali",
        received=received,
        title=f"LEMBAR KENDALI INOVASI {_city_name(city).upper()} {edition} (DATA SIMULASI)",
        how_to_fill=f"Pilih level 0-{TOP_LEVEL} untuk tiap indikator, dan Ya atau Tidak untuk dokumennya.",
        header=header,
        rows=rows,
        choices={
            **{column: ["0", "1", "2", "3"] for column in columns},
            **{column + 1: ["Ya", "Tidak"] for column in columns},
        },
    )


def jury_scores(city: City, entries: list[Entry]) -> Template:
    """The scores that jurors of a city contest gave, one row per entry and juror; of made-up titles only."""
    jury = city.settings["jury"]
    random = Random(f"{plan()['seed']}|jury|{city.region_code}")
    fitting = [
        entry
        for entry in entries
        if entry.unit.kind == jury["unit_kind"] and entry.stage == "implementation" and not entry.is_named
    ]
    chosen = sorted(random.sample(fitting, jury["entries"]), key=lambda entry: entry.serial)
    strictness = [random.uniform(-3, 3) for _juror in range(jury["jurors"])]
    rows: list[Row] = []
    for entry in chosen:
        worth = random.uniform(68, 90)
        for juror, offset in enumerate(strictness, start=1):
            score = f"{worth + offset + random.gauss(0, 2):.2f}".replace(".", ",")
            rows.append([jury["category"], entry.title, entry.unit.name, f"Juri {juror} (simulasi)", score])
    return Template(
        path=f"{city.folder}/{jury['edition']}/nilai-juri.xlsx",
        layout="template_jury_scores",
        sheet="Nilai Juri",
        received=jury["received"],
        title=f"NILAI JURI LOMBA INOVASI {_city_name(city).upper()} {jury['edition']} (DATA SIMULASI)",
        how_to_fill="Satu baris per inovasi dan juri; Nilai 0-100, dua angka di belakang koma.",
        header=["Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai"],
        rows=rows,
    )


def _city_name(city: City) -> str:
    return f"Kota {city.folder.replace('-', ' ').title()}"
