"""Seeded damage to city files: whatever they hold, reading ends with accounted rows or with UnreadableFile.

`IGA_FUZZ_COUNT` sets how many files of each kind of damage are tried, `IGA_FUZZ_SEED` where the series starts.
A failure names its kind and seed; the same seed makes the same file again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import polars as pl
import pytest

from etl.cells import Cell, Sheet, UnreadableFile, read_cells
from etl.lake import LakeFile, scale_of
from etl.layout import find_layout
from etl.read import ParsedFile, read_file
from etl.receipt import Receipt
from etl.season import quarantine_rules, tables_of
from tests.city_files import Value, workbook
from tests.conftest import EXAMPLES

COUNT = int(os.environ.get("IGA_FUZZ_COUNT", "30"))
SEED = int(os.environ.get("IGA_FUZZ_SEED", "2026"))
ROWS = 25
"""Rows that are kept of a file before its cells are damaged, so that many files are tried in little time."""

FILES = (
    "bengkulu/2026/ekspor-2026-08-09.xls",
    "bengkulu/2026/lembar-kendali.xlsx",
    "bengkulu/2026/jawaban-spd.xlsx",
    "magelang/2024/daftar-inovasi-2024.xlsx",
    "magelang/2026/daftar-unit.xlsx",
    "bandar-lampung/2023/rekap-inovasi-2023.xlsx",
)

# fmt: off
NASTY: tuple[Value, ...] = (
    None, "", " ", "-", "=1+1", "<b>x</b>", "'; drop table receipt; --", "\t", "\u200b", "\u202eabc", "é" * 300,
    "x" * 32_000, "0", "-1", "9" * 30, "1e999", "١٢٣", "²", "1.234.567,89", "1,5", "78,505", "NaN", "Infinity",
    "111,01", "3,0", "1/0", "31/02/2024", "00/00/0000", "99/99/9999", "2024-13-45", "29 Februari 2023", "Total Data: .",
    "Total Data: 999999999999999", "SPD-99", "TOTAL", "16. ", "99. X", "Dok. 16", "{text}", "%s", "\\", '"', "null",
    "True", "(lihat", "…(((", ". . ." * 50, 0, -1, 3, 1e-9, 1e15, 1e300, 0.1 + 0.2, -78.5, 45_000, 2_958_465, 10**18,
    True, False, date(1900, 3, 1), date(9999, 12, 31),
)
TOKENS = (
    b'r="XFD1048576"', b'r="A0"', b'r=""', b't="s"', b't="d"', b't="b"', b't="e"', b't="inlineStr"',
    b"<v>99999999</v>", b"<v>-1</v>", b"<v>1e400</v>", b"<v></v>", b"</c>", b"<row>", b"</sheetData>", b"&#0;",
    b"&#xD800;", b"&unknown;", b"<td colspan=99999>", b"<td rowspan=99999>", b"<table>", b"</table>", b"<tr>", b"</tr>",
    b"<!--", b"<script>", b"\x00",
)
# fmt: on

Damage = Callable[[random.Random], tuple[bytes, int | None]]


@cache
def content(name: str) -> bytes:
    return (EXAMPLES / "inbox" / name).read_bytes()


@cache
def table(name: str) -> tuple[str, tuple[tuple[Cell, ...], ...]]:
    (sheet,) = read_cells(content(name))[1]
    return sheet.name, tuple(tuple(row) for row in sheet.rows[:ROWS])


def chosen(chance: random.Random) -> tuple[str, int | None]:
    name = chance.choice(FILES)
    return name, chance.choice((int(name.split("/")[1]), 2022, 2025, None))


def damaged_bytes(chance: random.Random) -> tuple[bytes, int | None]:
    """Bytes flipped, cut, doubled or filled in anywhere."""
    name, edition = chosen(chance)
    return _damaged(content(name), chance), edition


def _damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 8, 200, 5_000)))
        kind = chance.randrange(5)
        if kind == 0 and start < len(data):
            data[start] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[start:end]
        elif kind == 2:
            data[start:start] = data[start:end]
        elif kind == 3:
            data[start:end] = chance.randbytes(end - start)
        elif kind == 4 and chance.random() < 0.2:
            del data[start:]
    return bytes(data)


def damaged_parts(chance: random.Random) -> tuple[bytes, int | None]:
    """A workbook whose checksums are right and whose parts are not: the XML itself is damaged, doubled or gone."""
    name, edition = chosen(chance)
    if not content(name).startswith(b"PK"):
        return _damaged_markup(content(name), chance), edition
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content(name))) as whole, zipfile.ZipFile(stream, "w") as part:
        victim = chance.choice([*whole.namelist(), "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
        for member in whole.namelist():
            data = whole.read(member)
            if member == victim:
                if chance.random() < 0.1:
                    continue
                data = _damaged_markup(data, chance) if chance.random() < 0.7 else _damaged(data, chance)
            part.writestr(member, data)
    return stream.getvalue(), edition


def _damaged_markup(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 6))):
        token = chance.choice(TOKENS)
        key = token.split(b"=")[0] + b"=" if b"=" in token else b">"
        places = [place for place in range(0, len(data), 997) if data.find(key, place) >= 0] or [0]
        place = max(0, data.find(key, chance.choice(places)))
        end = data.find(b'"', place + len(key) + 1) + 1 if key != b">" else place + 1
        data[place + (key == b">") : end or place] = token
    return bytes(data)


def damaged_cells(chance: random.Random) -> tuple[bytes, int | None]:
    """Any cell, any header, any row or column replaced, moved, doubled or gone."""
    name, edition = chosen(chance)
    sheet_name, kept = table(name)
    rows: list[list[Value]] = [list(row) for row in kept]
    for _ in range(chance.choice((1, 3, 10, 60))):
        _damage_cell(rows, chance)
    return _written(sheet_name, rows, chance), edition


def _damage_cell(rows: list[list[Value]], chance: random.Random) -> None:
    row = chance.choice(rows)
    place = chance.randrange(len(row) or 1)
    kind = chance.randrange(8)
    if kind <= 3 and row:
        row[place] = chance.choice(NASTY)
    elif kind == 4:
        rows.insert(chance.randrange(len(rows)), list(row))
    elif kind == 5:
        row[place:place] = [chance.choice(NASTY)]
    elif kind == 6 and row:
        del row[place]
    elif kind == 7:
        other = chance.choice(rows)
        rows[rows.index(row)], rows[rows.index(other)] = other, row


def damaged_headers(chance: random.Random) -> tuple[bytes, int | None]:
    """Headers renamed, doubled, swapped between layouts; the rows below stay."""
    name, edition = chosen(chance)
    sheet_name, kept = table(name)
    rows: list[list[Value]] = [list(row) for row in kept]
    others = [cell for other in FILES for row in table(other)[1][:6] for cell in row if isinstance(cell, str)]
    for _ in range(chance.choice((1, 2, 5))):
        header = chance.choice(rows[:6])
        if header:
            place = chance.randrange(len(header))
            now = header[place]
            header[place] = chance.choice(
                (chance.choice(others), str(now).upper(), f" *{now}* ", now, chance.choice(NASTY))
            )
            header.append(chance.choice(others) if chance.random() < 0.3 else None)
    return _written(sheet_name, rows, chance), edition


def damaged_sheets(chance: random.Random) -> tuple[bytes, int | None]:
    """Several sheets of one or many layouts, empty ones, hidden ones."""
    name, edition = chosen(chance)
    sheets: dict[str, list[list[Value]]] = {}
    for number in range(chance.randrange(1, 5)):
        _, kept = table(chance.choice((name, chance.choice(FILES))))
        sheets[f"Lembar {number}"] = [list(row) for row in kept] if chance.random() < 0.8 else []
    hidden = [name for name in list(sheets)[1:] if chance.random() < 0.4]
    return workbook(sheets=sheets, hidden=hidden), edition


def _written(sheet_name: str, rows: list[list[Value]], chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        stream = io.StringIO()
        csv.writer(stream, delimiter=chance.choice(",;\t|")).writerows(rows)
        return stream.getvalue().encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252")), errors="replace")
    if kind == 1:
        tag = chance.choice(("td", "th", "td colspan=2", "td rowspan=2", "td colspan='²'"))
        lines = "".join(
            "<tr>" + "".join(f"<{tag}>{'' if c is None else c}</td>" for c in row) + "</tr>" for row in rows
        )
        return f"<table>{lines}</table>".encode(errors="replace")
    return workbook(sheets={sheet_name[:31]: rows})


KINDS: tuple[Damage, ...] = (damaged_bytes, damaged_parts, damaged_cells, damaged_headers, damaged_sheets)


def check_accounts(sheets: list[Sheet], parsed: ParsedFile) -> None:
    """Every non-empty row has one outcome, and every outcome is borne out by the other frames."""
    filled = [(sheet.name, number) for sheet in sheets for number, _ in sheet.filled_rows()]
    assert sorted(parsed.rows.select("sheet", "row_number").rows()) == sorted(filled)
    outcome = {
        (sheet, number): what for sheet, number, what in parsed.rows.select("sheet", "row_number", "outcome").rows()
    }
    by_kind = parsed.rows.with_columns(pl.col("outcome").cast(pl.String))
    accepted = by_kind.filter(pl.col("outcome") == "accepted")["row_number"].to_list()
    assert (parsed.records["row_number"].to_list() if parsed.records.width else []) == accepted
    assert not parsed.answers.width or parsed.answers["row_number"].to_list() == accepted
    for sheet, target in by_kind.filter(pl.col("outcome") == "merged").select("sheet", "merged_into").rows():
        assert outcome[sheet, target] == "accepted"
    costly = set(parsed.quarantine.filter(pl.col("scope") == "row").select("sheet", "row_number").rows())
    lost = {row for row, what in outcome.items() if what == "quarantined"}
    assert parsed.held_rule is not None or lost == costly
    assert set(parsed.quarantine["rule"]) <= quarantine_rules().keys()
    for original in parsed.rows["original"]:
        assert isinstance(json.loads(original), list)


def check_season(content: bytes, edition: int | None, layout: str | None, parsed: ParsedFile) -> None:
    """What was read fits the tables of a snapshot."""
    sha = hashlib.sha256(content).hexdigest()
    receipt = Receipt(sha, "x", "33.71", edition, datetime.fromisoformat("2026-08-10").date())
    frames = {name: getattr(parsed, name) for name in ("rows", "quarantine", "records", "answers")}
    read = None if parsed.held_rule else layout
    file = LakeFile(
        receipt, read, "", parsed.held_rule, parsed.held_detail, parsed.stated_total, frames, was_parsed=True
    )
    (row,) = tables_of([file])["receipt"].rows(named=True)
    assert row["row_count"] == parsed.rows.height


@pytest.mark.parametrize("damage", KINDS, ids=lambda damage: damage.__name__)
def test_no_file_breaks_the_reader(damage: Damage) -> None:
    read = refused = 0
    for seed in range(SEED, SEED + COUNT):
        damaged, edition = damage(random.Random(f"{damage.__name__} {seed}"))
        try:
            try:
                file_format, sheets = read_cells(damaged)
            except UnreadableFile as error:
                assert error.told()[2], "a refusal says what to do"
                refused += 1
                continue
            for match in find_layout(file_format, sheets):
                parsed = read_file(match, sheets, scale_of(edition))
                check_accounts(sheets, parsed)
                if edition is not None:
                    check_season(damaged, edition, match.layout.name, parsed)
                read += 1
        except BaseException as error:
            error.add_note(
                f"{damage.__name__}, seed {seed}: IGA_FUZZ_SEED={seed} IGA_FUZZ_COUNT=1 makes this file again"
            )
            raise
    # A series that reads nothing tests nothing.
    assert read or COUNT < 10, f"{refused} of {COUNT} were refused and none was read"
