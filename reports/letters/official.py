"""A document of an office as its parts, in the order in which it is read: the same for Word and for the PDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.city_settings import CitySettings, Letterhead


@dataclass(frozen=True)
class Section:
    """A numbered part of a nota dinas: its heading and its points."""

    heading: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: heading, columns, rows of text, and each column's share of the width."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True)
class Signature:
    """Who signs, over the space for an electronic signature."""

    office: str
    name: str
    rank: str
    nip: str


@dataclass(frozen=True)
class Official:
    """A document. `kind` names its template; `draft` says why it is none yet: then nobody signs.

    `fields` are the lines of the head (Yth., Dari ...) with their values; an empty one is left to the office.
    """

    kind: str
    name: str
    head: Letterhead
    settings: CitySettings
    title: str
    fields: tuple[tuple[str, str], ...]
    draft: tuple[str, ...]
    subtitle: str = ""
    place_and_date: str = ""
    addressee: str = ""
    opening: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Grid, ...] = ()
    remarks: tuple[str, ...] = ()
    closing: str = ""
    signature: Signature | None = None
    jurors: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    annex: Grid | None = None
    foot: str = ""
    words: dict[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """What a Word template may name, in Indonesian, since cities write their own."""
        fields = {label.strip(".").casefold().replace(" ", "_"): value for label, value in self.fields}
        return {
            "draf": "; ".join(self.draft),
            "tanda": self.mark,
            "pemerintah": self.head.government.upper(),
            "instansi": self.head.agency.upper(),
            "alamat": self.head.address,
            "kontak": self.head.contact,
            "judul": self.title,
            "subjudul": self.subtitle,
            "kepala": [{"nama": label, "isi": value} for label, value in self.fields],
            **{key: fields.get(key, "") for key in ("yth", "dari", "nomor", "sifat", "lampiran", "hal", "tanggal")},
            "tempat_tanggal": self.place_and_date,
            "tujuan": self.addressee,
            "pembuka": list(self.opening),
            "bagian": [
                {"nomor": number, "judul": one.heading, "butir": list(one.points)}
                for number, one in enumerate(self.sections, start=1)
            ],
            "tabel": [{"judul": one.title, "kolom": list(one.heads), "baris": list(one.rows)} for one in self.tables],
            "keterangan": list(self.remarks),
            "penutup": self.closing,
            "bertanda_tangan": self.signature is not None,
            "jabatan": self.signature.office if self.signature else "",
            "nama": self.signature.name if self.signature else "",
            "pangkat": self.signature.rank if self.signature else "",
            "nip": self.signature.nip if self.signature else "",
            "ruang_tanda_tangan": self.words.get("signature_space", ""),
            "juri": list(self.jurors) if self.signature else [],
            "tembusan": list(self.copies),
            "judul_lampiran": self.annex.title if self.annex else "",
            "kolom_lampiran": list(self.annex.heads) if self.annex else [],
            "baris_lampiran": list(self.annex.rows) if self.annex else [],
            "catatan_kaki": self.foot,
        }

    @property
    def mark(self) -> str:
        """What every page of a draft bears."""
        return f"{self.words.get('draft', '')} · {' · '.join(self.draft)}" if self.draft else ""
