"""How each real system writes the same truth: headers as published, formats, grain and dirt of its export.

Headers stand here as the systems print them, apart from the layouts that read them, so that one checks the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from simulation.entries import Entry, affair_names

Value = str | int | float | date | None


@dataclass
class TrueRow:
    """One row of a file and what it means: canonical field -> value; ``outcome`` as it must come out."""

    cells: list[Value]
    record: dict[str, Any] | None
    outcome: str = "accepted"


@dataclass(frozen=True)
class Defect:
    """A cell made wrong on purpose: where, under which header, and the rule that must name it."""

    row_number: int
    header: str
    rule: str


@dataclass
class Export:
    """One file to write: rows with their truth, the defects in them."""

    layout: str
    header: list[str]
    rows: list[TrueRow]
    file_format: str = "xlsx"
    title_rows: list[list[Value]] = field(default_factory=list)
    footer_rows: list[list[Value]] = field(default_factory=list)
    sheet: str = "DATA SIMULASI"
    defects: list[Defect] = field(default_factory=list)
    more_sheets: dict[str, list[list[Value]]] = field(default_factory=dict)

    @property
    def first_row(self) -> int:
        """The row number of the first row of data."""
        return len(self.title_rows) + (1 if self.header else 0) + 1


@dataclass(frozen=True)
class Season:
    """What the writers need beside the entries."""

    region_name: str
    account_region: str
    edition: int
    weights: Mapping[str, Decimal]
    indicator_names: dict[str, str]
    top_of: Callable[[str], int]
    """the highest level of an indicator or SPD line"""
    random: Random
    has_dirt: bool
    maximum: int | float
    has_rulebook: bool


def as_number(value: Decimal) -> int | float:
    """Return points as a spreadsheet holds them: whole where they are whole."""
    return int(value) if value == int(value) else float(value)


def _plain(value: Decimal) -> str:
    return str(as_number(value))


def _one_place(value: Decimal) -> str:
    """Points with one place at least."""
    return f"{value:.1f}" if value * 10 == int(value * 10) else str(value)


_STAGE = {"initiative": "Inisiatif", "trial": "Uji Coba", "implementation": "Penerapan"}
_INITIATOR = {
    "head_of_region": "Kepala Daerah", "council_member": "Anggota DPRD", "unit": "OPD", "civil_servant": "ASN",
    "citizen": "Masyarakat",
}  # fmt: skip
_FORM = {
    "governance": "Inovasi Tata Kelola Pemerintahan Daerah",
    "public_service": "Inovasi Pelayanan Publik",
    "other_affair": "Inovasi Daerah",
}
_MONTHS_ID = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
              "November", "Desember")  # fmt: skip
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _dmy(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "-"


def _mdy(day: date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else "-"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _mixed(season: Season, day: date | None) -> Value:
    if day is None:
        return "-"
    forms = (
        f"{day.day}, {_MONTHS_EN[day.month - 1]} {day.year}",
        f"{day.day}, {_MONTHS_ID[day.month - 1]} {day.year}",
        f"Sab, {day.day:02} {_MONTHS_ID[day.month - 1]} {day.year}",
        _dmy(day),
        day.isoformat(),
    )
    return season.random.choice(forms) if season.has_dirt else _dmy(day)


def _true_date(season: Season, day: date | None) -> Value:
    return day if day and season.has_dirt and season.random.random() < 0.5 else _dmy(day)


def _affair(entry: Entry) -> str:
    return affair_names()[entry.affair_code]


def _affairs(entry: Entry) -> str:
    return ", ".join(affair_names()[code] for code in entry.cross_affairs)


def _base(entry: Entry, *names: str) -> dict[str, Any]:
    """The true record of an entry, in the fields that a layout carries."""
    known = {
        "title": entry.title,
        "unit_name": entry.unit.name,
        "stage": entry.stage,
        "main_affair_code": entry.affair_code,
        "cross_affair_codes": "|".join(entry.cross_affairs),
        "initiator_kind": entry.initiator_kind,
        "is_digital": "true" if entry.is_digital else "false",
        "form": entry.form,
        "trial_date": entry.trial_date,
        "implementation_date": entry.implementation_date,
        "development_date": entry.development_date,
        "claimed_score_x100": int(entry.maturity * 100),
        "verified_score_x100": int(entry.maturity * 100),
        "final_score_x100": int(entry.maturity * 100),
        "external_id": entry.external_id,
        "latitude": float(entry.latitude),
        "longitude": float(entry.longitude),
    }
    return {name: known[name] for name in names}


_NOTES = (" (lihat kembali RB, tujuan, hasil)", " (mohon lengkapi video)", "… perbaiki tahapan")


def _title(season: Season, entry: Entry) -> tuple[str, str | None]:
    """The title as typed, and the note that a reviewer typed into it."""
    chance = season.random.random() if season.has_dirt else 1.0
    if chance < 0.08:
        note = season.random.choice(_NOTES)
        return entry.title + note, note.strip(" ….()")
    return entry.title + ("  " if chance < 0.2 else ""), None


def _with_title(season: Season, entry: Entry, record: dict[str, Any]) -> str:
    text, note = _title(season, entry)
    record["title_note"] = note
    return text


def portal_list(season: Season, entries: list[Entry]) -> Export:
    """L1: mixed months, notes in titles."""
    header = ["#", "Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Urusan Pemerintahan Utama",
              "Waktu Uji Coba Inovasi Daerah", "Waktu Penerapan Inovasi Daerah", "Kematangan", "Aksi"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "stage", "main_affair_code", "trial_date", "implementation_date",
                       "claimed_score_x100")  # fmt: skip
        unit = entry.unit.name + ("  " if season.has_dirt and season.random.random() < 0.1 else "")
        cells: list[Value] = [
            entry.serial, unit, _with_title(season, entry, record), _STAGE[entry.stage], _affair(entry),
            _mixed(season, entry.trial_date), _mixed(season, entry.implementation_date), f"{entry.maturity:.2f}", "",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l1_portal_list", header, rows)


def portal_list_2025(season: Season, entries: list[Entry]) -> Export:
    """L1b: the account is the unit; coordinates, some swapped."""
    header = ["Nama Pemda", "Nama Akun", "Nama Inovasi*", "Tahapan*", "Nama Inisiator*", "Koordinat*", "Urusan Utama",
              "Waktu Uji Coba", "Waktu Penerapan*", "Waktu Pengembangan", "Estimasi Skor Kematangan",
              "File Penghargaan", "Aksi"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "stage", "main_affair_code", "trial_date", "implementation_date",
                       "development_date", "claimed_score_x100", "latitude", "longitude")  # fmt: skip
        unit = "".join(part.capitalize() for part in entry.unit.name.replace(",", "").split())
        record["unit_name"] = unit
        account = f"iga{season.edition}.{unit}.{season.account_region}"
        pair = (entry.latitude, entry.longitude)
        if season.has_dirt and season.random.random() < 0.1:
            pair = (entry.longitude, entry.latitude)
        cells: list[Value] = [
            season.region_name, account, _with_title(season, entry, record), _STAGE[entry.stage], "Nama Simulasi",
            f"{pair[0]},{pair[1]}", _affair(entry), _dmy(entry.trial_date), _dmy(entry.implementation_date),
            _dmy(entry.development_date), f"{entry.maturity:.2f}", "-", "Lihat",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l1b_portal_list_2025", header, rows)


def east_java(season: Season, entries: list[Entry]) -> Export:
    """L2: unit and account in one cell, real dates beside text."""
    header = ["No", "Judul Inovasi", "Pemda", "Admin OPD", "Inisiator", "Nama Inisiator", "Bentuk Inovasi", "Jenis",
              "Asta Cipta", "Urusan Utama", "Urusan lain yang beririsan", "Kematangan", "Tahapan Inovasi",
              "Tanggal Input", "Tanggal Penerapan", "Tanggal Pengembangan", "Video", "Link Video", "Koordinat",
              "Deskripsi"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "initiator_kind", "form", "is_digital", "main_affair_code",
                       "cross_affair_codes", "claimed_score_x100", "stage", "implementation_date", "development_date",
                       "latitude", "longitude")  # fmt: skip
        account = f"Jatimprov.{entry.unit.kind}.{entry.serial}"
        record |= {"account_name": account, "description": "Teks"}
        cells: list[Value] = [
            entry.serial, _with_title(season, entry, record), season.region_name, f"{entry.unit.name} ({account})",
            _INITIATOR[entry.initiator_kind], "Nama Simulasi", _FORM[entry.form],
            "Digital" if entry.is_digital else "Non Digital", "Asta Simulasi", _affair(entry), _affairs(entry),
            float(entry.maturity), _STAGE[entry.stage], "01/02/2024", _true_date(season, entry.implementation_date),
            _true_date(season, entry.development_date), "Ada", "-", f"{entry.latitude},{entry.longitude}", "Teks",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l2_east_java", header, rows)


def _points(season: Season, entry: Entry) -> list[Value]:
    return [as_number(season.weights[number] * level) for number, level in entry.levels.items()]


def _answers(season: Season, entry: Entry, given: str) -> dict[str, Any]:
    """Levels and points; an edition without weights keeps what the file itself says, and nothing is derived."""
    levels: dict[str, Any] = {f"level_{number}": level for number, level in entry.levels.items()}
    points: dict[str, Any] = {
        f"points_{number}": int(level * season.weights[number] * 100) for number, level in entry.levels.items()
    }
    if not season.has_rulebook:
        (levels if given == "points" else points).update(dict.fromkeys(levels if given == "points" else points))
    return levels | points


def wide_points(season: Season, entries: list[Entry]) -> Export:
    """L3: one column per indicator, month first."""
    header = ["No.", "Nama SKPD", "Nama Inovasi", "Program", "Kegiatan", "Sub Kegiatan", "Tahapan Inovasi",
              "Waktu Uji Coba", "Waktu Implementasi", "Kematangan", *season.indicator_names.values()]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "stage", "trial_date", "implementation_date", "claimed_score_x100")
        cells: list[Value] = [
            entry.serial, entry.unit.name, _with_title(season, entry, record), "Program", "Kegiatan", "Sub kegiatan",
            _STAGE[entry.stage], _mdy(entry.trial_date), _mdy(entry.implementation_date), _plain(entry.maturity),
            *_points(season, entry),
        ]  # fmt: skip
        rows.append(TrueRow(cells, record | _answers(season, entry, "points")))
    return Export("l3_wide_points", header, rows)


def profile_workbook(season: Season, entries: list[Entry]) -> Export:
    """L3: one innovation, a sheet of labels and a sheet of indicators."""
    entry = entries[0]
    record = _base(entry, "title", "unit_name", "stage", "trial_date", "implementation_date", "claimed_score_x100")
    dashed = [f"{day:%d-%m-%Y}" if day else "-" for day in (entry.trial_date, entry.implementation_date)]
    labels: list[list[Value]] = [
        ["Nama SKPD", entry.unit.name], ["Nama Inovasi", entry.title], ["Tahapan Inovasi", _STAGE[entry.stage]],
        ["Waktu Uji Coba", dashed[0]], ["Waktu Implementasi", dashed[1]], ["Kematangan", _plain(entry.maturity)],
    ]  # fmt: skip
    rows = [TrueRow(cells, None, "merged") for cells in labels]
    rows[1] = TrueRow(labels[1], record | _answers(season, entry, "points"))
    table: list[list[Value]] = [["No.", "Indikator SPD", "Informasi", "Skor", "Bukti Dukung"]]
    for place, (number, name) in enumerate(season.indicator_names.items(), start=1):
        table.append([place, name, "Teks", as_number(season.weights[number] * entry.levels[number]), "bukti.pdf"])
    return Export("l3_profile_workbook", ["Data", "Deskripsi"], rows, sheet="Profil Inovasi Daerah",
                  more_sheets={"Indikator Inovasi Daerah": table})  # fmt: skip


def evidence_list(season: Season, entries: list[Entry]) -> Export:
    """L4: one row per evidence file."""
    header = ["Nama Proposal", "SKPD", "Skor", "Tahun", "Bukti", "Jenis", "Bentuk", "Urusan"]
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "claimed_score_x100", "is_digital", "form", "cross_affair_codes")
        for file_number in range(season.random.randrange(1, 5)):
            cells: list[Value] = [
                entry.title, entry.unit.name, as_number(entry.maturity), season.edition, f"bukti-{file_number}.pdf",
                "Digital" if entry.is_digital else "Non Digital", _FORM[entry.form], _affairs(entry),
            ]  # fmt: skip
            rows.append(TrueRow(cells, None if file_number else record, "merged" if file_number else "accepted"))
    return Export("l4_evidence_list", header, rows)


def report_print(season: Season, entries: list[Entry]) -> Export:
    """L4 as it is printed: a letter head, one row per evidence file, the signature."""
    rows: list[TrueRow] = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "claimed_score_x100")
        for file_number in range(season.random.randrange(1, 3)):
            cells: list[Value] = [
                len(rows) + 1, entry.unit.name, entry.title, as_number(entry.maturity), season.edition,
            ]  # fmt: skip
            rows.append(TrueRow(cells, None if file_number else record, "merged" if file_number else "accepted"))
    titles: list[list[Value]] = [
        ["PEMERINTAH KABUPATEN SIMULASI"], ["BADAN PERENCANAAN DAN RISET"], ["Jalan Simulasi 1, Telepon 0000"],
        ["LAPORAN INOVASI DAERAH (DATA SIMULASI)"],
    ]  # fmt: skip
    footer: list[list[Value]] = [[f"Kota Simulasi, 14 September {season.edition}"], ["Kepala Badan Simulasi"]]
    header = ["No", "SKPD/UPTD", "INOVASI", "SKOR", "TAHUN"]
    return Export("l4_report_print", header, rows, "pdf", titles, footer, sheet="pdf")


def review_sheet(season: Season, entries: list[Entry]) -> Export:
    """L6: the second export, with several lines in its cells."""
    header = ["ID Inovasi", "Judul Inovasi", "OPD / Unit Kerja", "Inisiator Daerah", "Jenis Inovasi", "Waktu Uji Coba",
              "Waktu Penerapan", "Status Asistensi", "Review Metadata", "Review Evidence", "Lampiran"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "initiator_kind", "is_digital", "trial_date", "implementation_date")
        record |= {"status": "returned", "external_id": str(entry.serial)}
        cells: list[Value] = [
            entry.serial, entry.title, entry.unit.name, _INITIATOR[entry.initiator_kind],
            "Digital" if entry.is_digital else "Non Digital", _iso(entry.trial_date), _iso(entry.implementation_date),
            "Revisi", "Judul sesuai\nTujuan belum jelas", "SK ada\nFoto belum ada", "sk.pdf\nfoto-1.jpg\nfoto-2.jpg",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l6_review_sheet", header, rows, sheet="Inovasi")


def full_export(season: Season, entries: list[Entry]) -> Export:
    """L4: the full export with status."""
    header = ["ID", "Nama", "Rancang Bangun", "Tujuan", "Manfaat", "Hasil", "Ujicoba", "Implementasi", "Profil",
              "Anggaran", "Status", "Bentuk", "Jenis", "SKPD", "User", "Tematik", "Tahapan", "Inisiator"]  # fmt: skip
    stages = {"initiative": "inisiatif", "trial": "ujicoba", "implementation": "implementasi"}
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "form", "is_digital", "stage", "initiator_kind", "trial_date",
                       "implementation_date")  # fmt: skip
        status = season.random.choice(("draft", "sent"))
        record |= {"status": status, "external_id": str(entry.serial), "description": "Teks & teks baris dua"}
        cells: list[Value] = [
            entry.serial, entry.title, "<p>Teks &amp; teks</p>\n<p>baris dua</p>", "Teks", "Teks", "Teks",
            _iso(entry.trial_date), _iso(entry.implementation_date), "", "15000000", status, _FORM[entry.form],
            "Digital" if entry.is_digital else "Non Digital", entry.unit.name, "pengguna", "", stages[entry.stage],
            _INITIATOR[entry.initiator_kind],
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l4_full_export", header, rows)


def raw_codes(season: Season, entries: list[Entry]) -> Export:
    """L5: codes instead of words."""
    header = ["Nama Inovasi", "Dibuat Oleh", "Tahapan Inovasi", "Inisiator", "Nama Inisiator", "Jenis Inovasi",
              "Bentuk Inovasi", "Tematik", "Prioritas", "Misi", "Urusan Utama", "Urusan Irisan", "Waktu Uji",
              "Waktu Penerapan", "Berkembang", "Dasar Hukum"]  # fmt: skip
    stages = {"initiative": "inisiatif", "trial": "uji_coba", "implementation": "penerapan"}
    initiators = {"head_of_region": "kepala_daerah", "council_member": "anggota_dprd", "unit": "opd",
                  "civil_servant": "asn", "citizen": "masyarakat"}  # fmt: skip
    forms = {"other_affair": "daerah", "public_service": "layanan", "governance": "tata_kelola"}
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "stage", "initiator_kind", "is_digital", "form",
                       "main_affair_code", "cross_affair_codes", "trial_date", "implementation_date")  # fmt: skip
        crossed = ",".join(f'"{int(code)}"' for code in entry.cross_affairs)
        cells: list[Value] = [
            entry.title, entry.unit.name, stages[entry.stage], initiators[entry.initiator_kind], "Nama Simulasi",
            1 if entry.is_digital else 2, forms[entry.form], 1, 2, 3, int(entry.affair_code), f"[{crossed}]",
            _iso(entry.trial_date), _iso(entry.implementation_date), 2, "Perwali",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l5_raw_codes", header, rows)


def assistance_flags(season: Season, entries: list[Entry]) -> Export:
    """L6: 0/1 under the names of L3's points."""
    header = ["ID Inovasi", "Judul Inovasi", "OPD / Unit Kerja", "Inisiator Daerah", "Nama Inisiator", "Koordinat",
              "Klasifikasi", "Jenis Inovasi", "Bentuk Inovasi Daerah", "Asta Cipta", "Program Prioritas Walikota",
              "Misi Walikota", "Urusan Pemerintah", "Waktu Uji Coba", "Waktu Penerapan", "Perkembangan Inovasi",
              "Rancang Bangun", "Tujuan", "Manfaat", "Hasil Inovasi", "Status Asistensi", "Catatan Asistensi",
              "Tanggal Dibuat",
              *(f"{place}. {name}" for place, name in enumerate(season.indicator_names.values(), start=1))]  # fmt: skip
    statuses = {"sent": "Menunggu Verifikasi", "returned": "Revisi", "accepted": "Disetujui"}
    rows = []
    for entry in entries:
        status = season.random.choice(list(statuses))
        record = _base(entry, "title", "unit_name", "initiator_kind", "is_digital", "form", "main_affair_code",
                       "trial_date", "implementation_date", "latitude", "longitude")  # fmt: skip
        record |= {"status": status, "external_id": str(entry.serial), "description": "Teks"}
        record |= {f"document_{number}": is_there for number, is_there in entry.documents.items()}
        record |= {f"level_{number}": None for number in entry.documents}
        cells: list[Value] = [
            entry.serial, entry.title, entry.unit.name, _INITIATOR[entry.initiator_kind], "Nama Simulasi",
            f"{entry.latitude},{entry.longitude}", "Inovasi Perangkat Daerah",
            "Digital" if entry.is_digital else "Non Digital", _FORM[entry.form], "-", "-", "-", _affair(entry),
            _iso(entry.trial_date), _iso(entry.implementation_date), "Tidak", "Teks", "Teks", "Teks", "Teks",
            statuses[status], "", "2026-03-04 10:15:00", *(int(flag) for flag in entry.documents.values()),
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l6_assistance_flags", header, rows)


def hearing_recap(season: Season, entries: list[Entry]) -> Export:
    """L7: title and unit in one cell; figures above, signatures below."""
    header = ["No", "No. Registrasi", "Nama Inovasi & Perangkat Daerah (OPD)", "Kategori", "Tgl Sidang", "Skor Final",
              "Kematangan", "Status Kelulusan", "Nomor Berita Acara"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "final_score_x100")
        record["external_id"] = f"BRD-{season.edition}-{entry.serial:04}"
        cells: list[Value] = [
            entry.serial, record["external_id"], f"{entry.title}\n{entry.unit.name}", "Digital",
            f"18 Sep {season.edition}", _one_place(entry.maturity), "94.6%", "Inovatif",
            f"BA.{entry.serial:02}/SIMULASI/IX/{season.edition}",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    footer: list[list[Value]] = [
        [None, None, f"Kota Simulasi, 14 September {season.edition}"], [None, None, "Mengetahui"],
        [None, None, "Kepala Badan Simulasi"], [None, None, "Nama Simulasi"],
    ]  # fmt: skip
    titles: list[list[Value]] = [["REKAPITULASI SIDANG (DATA SIMULASI)"], [len(rows), "Inovasi", None, "Lulus"]]
    return Export("l7_hearing_recap", header, rows, "html", titles, footer, sheet="table 1")


def flow_print(season: Season, entries: list[Entry]) -> Export:
    """L7: Sumbawa's print, a date inside the title's cell."""
    header = ["No", "Nama Inovasi", "Inisiator & OPD", "Urusan Pemerintahan", "Tahapan", "20 Indikator", "Skor SID",
              "Status Alur"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "main_affair_code", "stage", "implementation_date",
                       "claimed_score_x100")  # fmt: skip
        second = (
            f"\nDiterapkan: {_dmy(entry.implementation_date)} • 3 Dokumen Dukung" if entry.implementation_date else ""
        )
        cells: list[Value] = [
            entry.serial, entry.title + second, f"{_INITIATOR[entry.initiator_kind]}\n{entry.unit.name}",
            _affair(entry), _STAGE[entry.stage], "17 / 20", _plain(entry.maturity), "Selesai",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l7_flow_print", header, rows, "html", sheet="table 1")


def html_export(season: Season, entries: list[Entry]) -> Export:
    """L8: HTML called .xls under title rows that state the total; a row of totals below."""
    header = ["No", "Nomor", "Nama Inovasi", "Nama Perangkat Daerah", "Tahapan Inovasi", "Urusan Utama",
              "Waktu Penerapan", "Kematangan"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "stage", "main_affair_code", "implementation_date",
                       "claimed_score_x100", "external_id")  # fmt: skip
        cells: list[Value] = [
            entry.serial, entry.external_id, _with_title(season, entry, record), entry.unit.name, _STAGE[entry.stage],
            _affair(entry), _dmy(entry.implementation_date), f"{entry.maturity:.2f}".replace(".", ","),
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    titles: list[list[Value]] = [
        ["DATA INOVASI DAERAH (DATA SIMULASI)"],
        [f"Total Data: {len(rows)} | Di export oleh iga{season.edition}.{season.account_region} | Pada hari Fri"],
    ]
    return Export("l8_html_export", header, rows, "html", titles, sheet="table 1")


def simonda(season: Season, entries: list[Entry]) -> Export:
    """L9: CSV with byte order mark, text over several lines, `87 dari 111`."""
    header = ["No", "Nama Inovasi", "OPD Pelaksana", "Tahapan", "Inisiator", "Nama Inisiator", "Klasifikasi", "Jenis",
              "Bentuk", "Asta Cita", "Klaster PKPN", "Urusan", "Waktu Uji Coba", "Penerapan Awal",
              "Pengembangan Terbaru", "Rancang Bangun", "Tujuan", "Manfaat", "Hasil", "Anggaran",
              "Skor SID Terverifikasi"]  # fmt: skip
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "stage", "initiator_kind", "is_digital", "form",
                       "main_affair_code", "trial_date", "implementation_date", "development_date",
                       "verified_score_x100")  # fmt: skip
        record["description"] = "Teks, dengan koma dan baris kedua"
        cells: list[Value] = [
            entry.serial, entry.title, entry.unit.name, _STAGE[entry.stage], _INITIATOR[entry.initiator_kind],
            "Nama Simulasi", "Inovasi Perangkat Daerah", "Digital" if entry.is_digital else "Non Digital",
            _FORM[entry.form], "-", "-", _affair(entry), _iso(entry.trial_date), _iso(entry.implementation_date),
            _iso(entry.development_date), "Teks, dengan koma\ndan baris kedua", "Teks", "Teks", 'Teks "kutip"',
            "15000000.00", f"{as_number(entry.maturity)} dari {season.maximum}",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l9_simonda", header, rows, "csv", sheet="csv")


def review_list(season: Season, entries: list[Entry]) -> Export:
    """L10: the reviewers' table; some numbers lost their leading zero."""
    header = ["Nomor", "Judul", "Pemda", "Waktu Penerapan", "Skor", "Skor Verifikasi", "QC", "Hasil QC"]
    rows = []
    for entry in entries:
        record = _base(entry, "title", "implementation_date", "claimed_score_x100", "verified_score_x100",
                       "external_id")  # fmt: skip
        record["unit_name"] = season.region_name
        number: Value = entry.external_id
        if season.has_dirt and season.random.random() < 0.3:
            number = int(entry.external_id)
        cells: list[Value] = [
            number, entry.title, season.region_name, _dmy(entry.implementation_date), f"{entry.maturity:.2f}",
            f"{entry.maturity:.2f}", "BELUM QC", "-",
        ]  # fmt: skip
        rows.append(TrueRow(cells, record))
    return Export("l10_review_list", header, rows)


def profile_pdf(season: Season, entries: list[Entry]) -> Export:
    """L11: the portal's PDF of one innovation, as lines `label : value`."""
    entry = entries[0]
    record = _base(entry, "title", "unit_name", "stage", "trial_date", "implementation_date", "claimed_score_x100")
    labels: list[tuple[str, str, str]] = [
        ("", "Nomor Registrasi", entry.external_id), ("1.1", "Nama Inovasi", entry.title),
        ("1.2", "Dibuat Oleh", entry.unit.name), ("1.3", "Tahapan Inovasi", _STAGE[entry.stage]),
        ("1.4", "Inisiator Inovasi Daerah", _INITIATOR[entry.initiator_kind]),
        ("1.5", "Waktu Uji Coba", _dmy(entry.trial_date)), ("1.6", "Waktu Penerapan", _dmy(entry.implementation_date)),
        ("1.7", "Skor Kematangan", f"{entry.maturity:.2f}"),
    ]  # fmt: skip
    record |= {"external_id": entry.external_id, "initiator_kind": entry.initiator_kind}
    rows = [TrueRow([f"{number} {label} : {value}".strip()], None, "merged") for number, label, value in labels]
    rows[1].record, rows[1].outcome = record, "accepted"
    titles: list[list[Value]] = [["KEMENTERIAN DALAM NEGERI"], ["LAPORAN INOVASI DAERAH (DATA SIMULASI)"]]
    return Export("l11_profile_pdf", [], rows, "pdf", titles, [["2. INDIKATOR INOVASI"]], sheet="pdf")


def proposal_form(season: Season, entries: list[Entry]) -> Export:
    """L12: the form with its answers in the fourth column."""
    entry = entries[0]
    record = _base(entry, "title", "unit_name", "stage", "initiator_kind", "main_affair_code", "implementation_date")
    choices = " ".join(f"({'x' if code == entry.stage else ' '}) {word}" for code, word in _STAGE.items())
    day = entry.implementation_date
    told = f"{day.day:02}-{_MONTHS_ID[day.month - 1]}-{day.year}" if day else "-"
    answers = [
        ("Nama Inovasi", entry.title), ("Nama Perangkat Daerah", entry.unit.name), ("Tahapan Inovasi", choices),
        ("Inisiator Inovasi Daerah", _INITIATOR[entry.initiator_kind]), ("Urusan Pemerintahan", _affair(entry)),
        ("Waktu Penerapan", told),
    ]  # fmt: skip
    rows = [
        TrueRow([place, label, "Penjelasan isian", answer, "dokumen.pdf"], None, "merged")
        for place, (label, answer) in enumerate(answers, start=1)
    ]
    rows[0].record, rows[0].outcome = record, "accepted"
    header = ["NO", "JENIS ISIAN", "DEFINISI OPERASIONAL", "INFORMASI/JAWABAN", "DATA PENDUKUNG"]
    return Export("l12_proposal_form", header, rows, title_rows=[["PROPOSAL INOVASI DAERAH (DATA SIMULASI)"]])


def control_sheet(season: Season, entries: list[Entry]) -> Export:
    """Our control sheet: levels and documents."""
    header = ["Nomor", "Nama Inovasi", "Nama Perangkat Daerah"]
    for number, name in season.indicator_names.items():
        header += [f"{number}. {name}", f"Dok. {number}"]
    rows = []
    for entry in entries:
        record = _base(entry, "title", "unit_name", "external_id")
        record |= _answers(season, entry, "level")
        record |= {f"document_{number}": is_there for number, is_there in entry.documents.items()}
        cells: list[Value] = [entry.external_id, entry.title, entry.unit.name]
        for number, level in entry.levels.items():
            cells += [level, "Ya" if entry.documents[number] else "Tidak"]
        rows.append(TrueRow(cells, record))
    return Export("template_control_sheet", header, rows, title_rows=[["LEMBAR KENDALI (DATA SIMULASI)"]])


Writer = Callable[[Season, list[Entry]], Export]
WRITERS: dict[str, Writer] = {
    "l1_portal_list": portal_list,
    "l1b_portal_list_2025": portal_list_2025,
    "l2_east_java": east_java,
    "l3_wide_points": wide_points,
    "l3_profile_workbook": profile_workbook,
    "l4_evidence_list": evidence_list,
    "l4_full_export": full_export,
    "l5_raw_codes": raw_codes,
    "l6_assistance_flags": assistance_flags,
    "l6_review_sheet": review_sheet,
    "l7_hearing_recap": hearing_recap,
    "l7_flow_print": flow_print,
    "l8_html_export": html_export,
    "l9_simonda": simonda,
    "l10_review_list": review_list,
    "l11_profile_pdf": profile_pdf,
    "l12_proposal_form": proposal_form,
    "template_control_sheet": control_sheet,
}
"""Layout -> how its system writes a season."""


def _printed(writer: Writer) -> Writer:
    """The same, printed to PDF."""

    def write(season: Season, entries: list[Entry]) -> Export:
        return replace(writer(season, entries), file_format="pdf", sheet="pdf")

    return write


PRINTERS: dict[str, Writer] = {
    "l4_report_print": report_print,
    "l7_hearing_recap (PDF)": _printed(hearing_recap),
    "l7_flow_print (PDF)": _printed(flow_print),
}
"""Layouts as they are printed: typst, which only tests have, sets them."""
