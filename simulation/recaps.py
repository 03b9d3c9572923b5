"""How systems and templates print figures and lists that are no innovation list: rankings, recaps, series, our sheets.

The truth of a statement has two fields per figure: the measure (a Decimal) and ``<measure>_text`` as it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from simulation.entries import Entry, affair_names
from simulation.exports import Export, Season, TrueRow, Value, Writer
from warehouse.reference import load_reference

Figure = tuple[str, int, int]
"""Header, largest value, decimals."""


_OPEN_DECIMALS = 2


class _Printer:
    """Prints numbers with the decimal mark of one file; some as numbers, where the file has dirt."""

    def __init__(self, season: Season, *, comma: bool | None = None) -> None:
        self.random: Random = season.random
        self.has_dirt = season.has_dirt
        self.has_comma = self.random.random() < 0.5 if comma is None else comma

    def figure(self, largest: int, decimals: int) -> tuple[Value, str, Decimal]:
        """A figure as a cell, as the text of that cell, and as what it means."""
        whole = self.random.randrange(largest)
        if not decimals:
            return whole, str(whole), Decimal(whole)
        if decimals > _OPEN_DECIMALS and self.random.random() < 0.5:
            decimals -= 1  # three decimals everywhere could be thousands: such a file is held
        # The last digit is never 0, so that a number and its text print the same digits.
        rest = self.random.randrange(10 ** (decimals - 1)) * 10 + self.random.randrange(1, 10)
        text = f"{whole}.{rest:0{decimals}}"
        if self.has_dirt and self.random.random() < 0.2:
            return float(text), text, Decimal(text)
        printed = self.printed(text)
        return printed, printed, Decimal(text)

    def printed(self, text: str) -> str:
        """A number written with a dot, with the mark of this file."""
        return text.replace(".", ",") if self.has_comma else text


def _regions() -> list[str]:
    rows = load_reference("region").filter("is_autonomous").sort("region_code")
    return list(rows["full_name"])


def _recap(layout: str, subject: str, figures: dict[str, Figure], *others: str, title: str) -> Writer:
    """A table of one subject per row with its figures; ``others`` are headers of columns that are kept or passed by."""

    def write(season: Season, entries: list[Entry]) -> Export:
        printer = _Printer(season)
        header = ["No", subject, *(text for text, _, _ in figures.values()), *others]
        rows = []
        for place, name in enumerate(_subjects(subject, season, entries), start=1):
            record: dict[str, Any] = {"subject": name}
            cells: list[Value] = [place, name]
            for measure, (_, largest, decimals) in figures.items():
                cell, record[f"{measure}_text"], record[measure] = printer.figure(largest, decimals)
                cells.append(cell)
            for other in others:
                cell, known = _beside(other, place, season.random)
                cells.append(cell)
                record |= known
            rows.append(TrueRow(cells, record))
        return Export(layout, header, rows, title_rows=[[f"{title} (DATA SIMULASI)"]])

    return write


def _subjects(header: str, season: Season, entries: list[Entry]) -> list[str]:
    """As many subjects as there are entries, each once."""
    if header == "Urusan":
        found = list(affair_names().values())
    elif header == "OPD":
        found = list(dict.fromkeys(entry.unit.name for entry in entries))
    elif header == "Nama Indikator":
        found = list(season.indicator_names.values())
    elif header == "JUDUL":
        found = [entry.title for entry in entries]
    else:
        found = season.random.sample(_regions(), len(entries))
    return found[: len(entries)]


def _beside(header: str, place: int, random: Random) -> tuple[Value, dict[str, Any]]:
    """A cell beside the figures, and what of it is kept: predicates and ranks are, as printed."""
    if header == "Predikat":
        text = random.choice(("Sangat Inovatif", "Inovatif", "Kurang Inovatif"))
        return text, {"predicate_text": text}
    if header == "Ranking":
        return place, {"rank_text": str(place)}
    if header == "Informasi":
        return f"Keterangan {place}", {"note": f"Keterangan {place}"}
    return {"NO. REGISTER": f"R-{place:03}", "INOVATIR": "Nama Simulasi"}.get(header, "Ya"), {}


def yearly_series(season: Season, entries: list[Entry]) -> Export:
    """L12: years under a header of two rows."""
    printer = _Printer(season)
    years = range(season.edition - 3, season.edition)
    rows = []
    for place, name in enumerate(_subjects("Nama Daerah", season, entries), start=1):
        record: dict[str, Any] = {"subject": name}
        cells: list[Value] = [place, name]
        for year in years:
            cell, text, value = printer.figure(100, 2)
            record |= {f"value_by_year_{year}": value, f"value_by_year_{year}_text": text}
            cells.append(cell)
        rows.append(TrueRow(cells, record))
    above: list[list[Value]] = [
        ["INDEKS MENURUT TAHUN (DATA SIMULASI)"],
        ["No", "Nama Daerah", "Tahun", *[None] * (len(years) - 1)],
    ]
    return Export("l12_yearly_series", ["", "", *map(str, years)], rows, title_rows=above)


_SPD_HEADER = ("Kode", "Indikator", "Level", "Skor", "Nilai Data", "Sumber", "Keterangan")


def spd_sheet(names: Mapping[str, str], levels: Mapping[str, int]) -> Export:
    """Our template of SPD answers with known levels, by the number of the line."""
    rows = [
        TrueRow(
            [number, names[number], level, None, "-", "Simulasi", None],
            {"indicator_number": number, "level": level, "points_x100": None},
        )
        for number, level in levels.items()
    ]
    return Export("template_spd_answers", [*_SPD_HEADER], rows, title_rows=[["JAWABAN SPD (DATA SIMULASI)"]])


def spd_answers(season: Season, entries: list[Entry]) -> Export:
    """Our template of SPD answers: a level per line, and the portal's total."""
    rows = []
    for number in range(1, len(entries) + 1):
        level = season.random.randrange(season.top_of(f"{number:02}") + 1)
        record = {"indicator_number": f"{number:02}", "level": level, "points_x100": None}
        cells: list[Value] = [f"{number:02}", f"Indikator {number}", level, None, "-", "Simulasi", None]
        rows.append(TrueRow(cells, record))
    total = season.random.randrange(10, 200)
    record = {"indicator_number": "TOTAL", "level": None, "points_x100": total * 100 + 50}
    rows.append(TrueRow(["TOTAL", "Jumlah", None, f"{total},5", None, None, None], record))
    return Export("template_spd_answers", [*_SPD_HEADER], rows, title_rows=[["JAWABAN SPD (DATA SIMULASI)"]])


def unit_register(season: Season, entries: list[Entry]) -> Export:
    """Our template of the units that must report."""
    header = ["Kode Unit", "Nama Unit", "Jenis", "Unit Induk", "Kode Wilayah", "Urusan Utama", "Berlaku Dari",
              "Berlaku Sampai", "Pengganti", "Alias"]  # fmt: skip
    kinds = {"opd": "OPD", "kecamatan": "Kecamatan"}
    units = list(dict.fromkeys(entry.unit for entry in entries))
    rows = []
    for unit in units:
        started = date(season.random.randrange(2001, 2020), 1, 2)
        record = {
            "unit_code": unit.code, "name": unit.name, "unit_kind": unit.kind, "parent_code": None,
            "main_affair_code": unit.affair_code or None, "valid_from": started, "valid_to": None, "alias": None,
        }  # fmt: skip
        told: Value = started if season.has_dirt and season.random.random() < 0.5 else started.isoformat()
        affair = affair_names().get(unit.affair_code)
        cells: list[Value] = [unit.code, unit.name, kinds[unit.kind], None, None, affair, told, None, None, None]
        rows.append(TrueRow(cells, record))
    return Export("template_unit_register", header, rows, title_rows=[["DAFTAR UNIT (DATA SIMULASI)"]])


def jury_scores(season: Season, entries: list[Entry]) -> Export:
    """Our template of a contest: a row per entry and juror."""
    header = ["Kategori", "Nama Inovasi", "Nama Perangkat Daerah", "Juri", "Nilai"]
    printer = _Printer(season)
    rows = []
    for entry in entries:
        for juror in ("Juri A", "Juri B"):
            cell, _, value = printer.figure(100, 2)
            record = {
                "category": "Kelurahan", "title": entry.title, "unit_name": entry.unit.name, "juror": juror,
                "score_x100": int(value * 100),
            }  # fmt: skip
            rows.append(TrueRow(["Kelurahan", entry.title, entry.unit.name, juror, cell], record))
    return Export("template_jury_scores", header, rows, title_rows=[["NILAI JURI (DATA SIMULASI)"]])


def published_statements(season: Season, entries: list[Entry]) -> Export:
    """Our template of published figures: each row with the mark that its place prints, and its scale."""
    header = ["Daerah", "Tahun IGA", "Ukuran", "Nilai Tercetak", "Skala", "Lingkup", "Peringkat Tercetak",
              "Predikat Tercetak", "Alamat Sumber", "Tanggal Akses", "Keyakinan", "Catatan"]  # fmt: skip
    rows = []
    for place, name in enumerate(_subjects("Daerah", season, entries), start=1):
        _, text, value = _Printer(season).figure(100, 2)
        opened = date(season.edition, 1 + place % 12, 1 + place % 28)
        record = {
            "subject": name, "year_text": str(season.edition), "measure": "Indeks", "value_text": text, "value": value,
            "scale": "0-100", "scope": "Nasional", "rank_text": str(place), "predicate_text": "Inovatif",
            "address": f"simulasi/{place}", "access_date": opened, "confidence": "tinggi",
        }  # fmt: skip
        cells: list[Value] = [
            name, season.edition, "Indeks", text, "0-100", "Nasional", place, "Inovatif", f"simulasi/{place}",
            opened.isoformat(), "tinggi", None,
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("template_published_statements", header, rows, title_rows=[["HASIL TERBIT (DATA SIMULASI)"]])


RECAPS: dict[str, Callable[[Season, list[Entry]], Export]] = {
    "l10_dimension_recap": _recap(
        "l10_dimension_recap", "Urusan",
        {"approved_count": ("Total Disetujui", 90, 0), "all_count": ("Total Keseluruhan", 200, 0)},
        title="REKAP URUSAN",
    ),
    "l10_field_results": _recap(
        "l10_field_results", "Nama Pemda",
        {"measured_score": ("Skor Pengukuran", 100, 2), "presentation_score": ("Presentasi", 100, 2),
         "field_score": ("Validasi Lapangan", 100, 2), "award_score": ("Skor Akhir", 100, 2)},
        title="PRESTASI DAN HASIL LAPANGAN",
    ),
    "l10_index_ranking": _recap(
        "l10_index_ranking", "Nama Daerah",
        {"innovation_count": ("Jumlah Inovasi", 300, 0), "total_score": ("Total Skor", 20_000, 2),
         "self_index": ("Nilai Indeks (Pengukuran Mandiri)", 100, 2), "file_count": ("Total File", 3_000, 0),
         "index": ("Indeks", 100, 2)},
        "Predikat", "Nominator", title="RANKING INDEKS",
    ),
    "l10_index_recap": _recap(
        "l10_index_recap", "Daerah",
        {"innovation_count": ("Jumlah Inovasi", 300, 0), "self_index": ("Nilai Indeks Mandiri", 100, 2),
         "verified_index": ("Nilai Indeks Verifikasi", 100, 2)},
        "Predikat", "Nominator", title="REKAP INDEKS AKHIR",
    ),
    "l10_indicator_review": _recap(
        "l10_indicator_review", "Nama Indikator",
        {"claimed_points": ("Skor", 10, 1), "reviewed_points": ("Skor Evaluasi", 10, 1)},
        "Informasi", "Evaluasi", title="TINJAUAN INDIKATOR",
    ),
    "l10_review_ranking": _recap(
        "l10_review_ranking", "Nama Pemda",
        {"innovation_count": ("Jumlah Inovasi", 300, 0), "spd_index": ("ISP", 100, 2),
         "mean_innovation_score": ("Rata-rata (ISI)", 100, 2), "total_index": ("Skor Total (IID)", 100, 2)},
        "Predikat", "Nominator", title="PERINGKAT HASIL REVIEW",
    ),
    "l10_unit_index": _recap(
        "l10_unit_index", "OPD", {"unit_score": ("Skor", 100, 2)},
        "Ranking", "Predikat", "OPD Yang Menangani", title="INDEKS RATA-RATA OPD",
    ),
    "l12_contest_print": _recap(
        "l12_contest_print", "JUDUL", {"contest_score": ("SKOR", 100, 3)}, "NO. REGISTER", "INOVATIR",
        title="DAFTAR NILAI LOMBA",
    ),
    "l12_yearly_series": yearly_series,
    "template_spd_answers": spd_answers,
    "template_unit_register": unit_register,
    "template_jury_scores": jury_scores,
    "template_published_statements": published_statements,
}  # fmt: skip
"""Layout -> how its rows are printed."""
