"""Contacts and mentors from a workbook or CSV that somebody keeps, taken into the one file of assignments of the home.

What stands in that file stays: an empty cell is filled, a new unit is added, and a cell that says otherwise is told.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from warehouse import disk
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from warehouse.lock import held_by_this_process

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "unit": (
        "unit",
        "kode unit",
        "kode",
        "unit kerja",
        "perangkat daerah",
        "nama perangkat daerah",
        "opd",
        "nama unit",
    ),
    "contact": ("contact", "narahubung", "kontak", "nama narahubung", "pic"),
    "mentor": ("mentor", "pendamping", "nama pendamping"),
    "phone": ("phone", "telepon", "nomor telepon", "no hp", "hp", "wa", "whatsapp"),
    "email": ("email", "surel", "e-mail"),
}
NEEDED = ("unit", "contact", "mentor")
TOP_ROWS = 12


@dataclass(frozen=True)
class PeopleTaken:
    """What came of it: how many units were added, how many cells filled, and where the two files say otherwise."""

    added: int
    filled: int
    differing: tuple[str, ...]


def take_people(home: Home, region_code: str, register: pl.DataFrame, content: bytes, file: str) -> PeopleTaken:
    """Take contacts and mentors of a file into `assignments/<region_code>.csv`.

    Raises DataFileInvalid where it has no column of units and of persons, or names a unit that the register lacks;
    nothing is written then.
    """
    from etl.cells.sheets import UnreadableFile
    from etl.worker.cells_apart import read_cells_apart

    try:
        _format, sheets = read_cells_apart(content)
    except UnreadableFile as error:
        raise DataFileInvalid(
            "{file} cannot be read as a workbook", next_step="open it and save it as .xlsx or .csv", file=file
        ) from error
    rows = _rows(sheets[0].rows if sheets else [], file)
    codes = _codes(register)
    for number, row in rows:
        if row["unit"].casefold() not in codes:
            raise DataFileInvalid(
                "Row {row} of {file} names a unit that the register does not have: {unit}",
                next_step="write its code; `iga readiness CITY EDITION --list assignments` lists all units",
                row=number, file=file, unit=row["unit"],
            )  # fmt: skip
    path = home.root / "assignments" / f"{region_code}.csv"
    with held_by_this_process(home, "iga mentoring people"):
        header, kept, delimiter = _kept(path.read_bytes() if path.is_file() else b"")
        known = {codes.get(row.get("unit", "").casefold(), row.get("unit", "")): row for row in kept}
        added = filled = 0
        differing: list[str] = []
        for number, row in rows:
            unit = codes[row["unit"].casefold()]
            own = known.get(unit)
            if own is None:
                own = known[unit] = {"unit": unit}
                kept.append(own)
                added += 1
            for name, text in row.items():
                if name == "unit" or not text:
                    continue
                if not own.get(name):
                    own[name], filled = text, filled + 1
                elif own[name] != text:
                    differing.append(f"{file}:{number} {name}")
        columns = [*header, *(name for name in HEADINGS if name not in header and any(row.get(name) for row in kept))]
        if added or filled:
            disk.make_folder(path.parent)
            disk.write_bytes(path, _written(columns, kept, delimiter))
    return PeopleTaken(added, filled, tuple(differing))


def _rows(cells: Sequence[Sequence[object]], file: str) -> list[tuple[int, dict[str, str]]]:
    for at, line in enumerate(cells[:TOP_ROWS]):
        texts = [" ".join(str(cell or "").replace("_", " ").split()).casefold() for cell in line]
        places = {name: texts.index(text) for name, words in HEADINGS.items() for text in words[::-1] if text in texts}
        if "unit" in places and {"contact", "mentor"} & places.keys():
            rows = []
            for number, row in enumerate(cells[at + 1 :], start=at + 2):
                told = {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()}
                if told["unit"]:
                    rows.append((number, told))
            return rows
    raise DataFileInvalid(
        "{file} has no column of units, or none of contacts and mentors",
        next_step="columns: {columns}",
        file=file,
        columns=", ".join(NEEDED),
    )


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell).strip()
    return text.removesuffix(".0") if isinstance(cell, float) else text


def _codes(register: pl.DataFrame) -> dict[str, str]:
    """The code of each unit by its id, code and name; a name that two units bear is none."""
    codes: dict[str, str] = {}
    several: set[str] = set()
    for unit_id, code, name in register.select("unit_id", "unit_code", "name").iter_rows():
        for text in {unit_id, code, name} - {None}:
            key = text.casefold()
            several |= {key} if codes.get(key, code or unit_id) != (code or unit_id) else set()
            codes[key] = code or unit_id
    return {key: code for key, code in codes.items() if key not in several}


def _kept(content: bytes) -> tuple[list[str], list[dict[str, str]], str]:
    """The columns and rows of the file that stands, in its own order, and what parts its cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.lstrip().partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line)]
    if not lines:
        return list(NEEDED), [], ","
    names = [name.strip().casefold() for name in lines[0]]
    return names, [dict(zip(names, (cell.strip() for cell in line), strict=False)) for line in lines[1:]], delimiter


def _written(columns: Sequence[str], rows: Sequence[Mapping[str, str]], delimiter: str) -> bytes:
    stream = io.StringIO()
    lines = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([row.get(name, "") for name in columns] for row in rows)
    return b"\xef\xbb\xbf" + stream.getvalue().encode()
