"""Mutated files of every layout: no traceback, no hang, and every non-empty row accounted for.

`IGA_FUZZ_COUNT=10000 pytest tests/fuzz` is the long run, `IGA_FUZZ_SEED` another one.
"""

from __future__ import annotations

import os
import time
from datetime import date
from random import Random

import pytest

from etl.cells.sheets import Limits, UnreadableFile, load_limits, read_cells
from etl.lake import scale_of
from etl.outgoing.return_to_sender import marked_workbook
from etl.recognition.detect import choose_layout, within_threshold
from etl.values.canonical_rows import hold, read_file
from simulation.exports import PRINTERS, WRITERS, Export, TrueRow, Value
from simulation.files import bytes_of, export_of, reporting_regions

COUNT = int(os.environ.get("IGA_FUZZ_COUNT", "340"))
SEED = os.environ.get("IGA_FUZZ_SEED", "1")
LONGEST_SECONDS = 5.0
"""Of the processor: what else the machine does is not the file's fault."""
EDITIONS = (2022, 2023, 2026)
LIMITS = Limits(**{**vars(load_limits()), "max_cells": 200_000})

NASTY: list[Value] = [
    None, "", " ", "-", "0", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; drop table submission; --",
    "9" * 5_000, "-" + "9" * 400, 1e308, -1e308, 5e-324, 0.1 + 0.2, 2**53, "1.000.000,00", "1,000,000.00", "1,050", "²",
    "٣", "NaN", "inf", "1e5", "[[[[[[", '{"a": [1, 2', '["1", null, 1e400, {}]', "[" + "9" * 4_000 + "]",
    "31/02/2022", "02/31/2022", "99/99/9999", "0000-00-00", "13, Feb 2019", date(1900, 1, 1), date(9999, 12, 31),
    "x" * 40_000, "a" + " " * 20_000 + "b", "(" * 3_000, "." * 5_000, "\u202e\u0000\ufeff", "🏙️" * 300, "JUMLAH",
    "Total 12", "Total Data: 99", "87 dari 111", "dari", "iga2026..", "iga2026.kota", "-7,25;112,75", "112.75,-7.25",
    "(x) (x) Penerapan", "a\nb\nc", "Diterapkan: • • •", "0 / 0", "1" * 12, "2,04181E+10",
]  # fmt: skip


def mutated(random: Random, export: Export) -> bytes:
    """The bytes of an export after some mutations of its cells, headers, rows or bytes."""
    for _ in range(random.randrange(4)):
        random.choice([_cell, _cell, _header, _rows, _titles])(random, export)
    content = bytes_of(export)
    return _bytes(random, content) if random.random() < 0.4 else content


def _cell(random: Random, export: Export) -> None:
    row = random.choice(export.rows)
    if row.cells and export.file_format != "pdf":
        row.cells[random.randrange(len(row.cells))] = random.choice(NASTY)


def _header(random: Random, export: Export) -> None:
    if not export.header:
        return
    place, other = random.randrange(len(export.header)), random.randrange(len(export.header))
    change = random.randrange(4)
    if change == 0:
        export.header[place] = str(random.choice(NASTY) or "")
    elif change == 1:
        export.header[place], export.header[other] = export.header[other], export.header[place]
    elif change == 2:
        export.header[place] = export.header[other]
    else:
        export.header[place] = random.choice([export.header[place].upper(), f"{place}. {export.header[place]}*"])


def _rows(random: Random, export: Export) -> None:
    place = random.randrange(len(export.rows))
    change = random.randrange(5)
    if change == 0:
        export.rows.insert(place, TrueRow([None] * len(export.rows[place].cells), None))
    elif change == 1:
        export.rows.insert(place, TrueRow(list(export.header) or [""], None))
    elif change == 2:
        export.rows.append(export.rows[place])
    elif change == 3 and export.file_format != "pdf":
        export.rows[place].cells.extend(["lebih"] * random.randrange(1, 40))
    elif export.file_format != "pdf":
        del export.rows[place].cells[random.randrange(1, len(export.rows[place].cells) + 1) :]


def _titles(random: Random, export: Export) -> None:
    if export.file_format == "pdf":
        return
    export.title_rows[:] = [[f"Judul {place}"] for place in range(random.randrange(15))]
    if random.random() < 0.3 and export.file_format == "xlsx":
        export.more_sheets["Lain"] = [list(export.header), *(row.cells for row in export.rows[:2])]


def _bytes(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice([1, 3, 30])):
        place = random.randrange(len(changed))
        change = random.randrange(4)
        if change == 0:
            changed[place] = random.randrange(256)
        elif change == 1:
            del changed[place : place + random.randrange(1, 200)]
        elif change == 2:
            changed[place:place] = random.randbytes(random.randrange(1, 50))
        elif random.random() < 0.2:
            del changed[place:]
        if not changed:
            return b""
    return bytes(changed)


def outcome(content: bytes, edition: int) -> str:
    """Read bytes as a load does, and check that each non-empty row is accounted for; what became of the file."""
    try:
        file_format, sheets = read_cells(content, LIMITS)
    except UnreadableFile as error:
        assert str(error)
        return "unreadable"
    choice = choose_layout(file_format, sheets, scale_of(edition))
    if choice.match is None:
        parsed = hold(sheets, choice.held_rule, **choice.held_detail)
    else:
        parsed = within_threshold(read_file(choice.match, sheets, scale_of(edition)), sheets)
    filled = {(sheet.name, number) for sheet in sheets for number, _ in sheet.filled_rows()}
    assert parsed.rows.height == sum(1 for sheet in sheets for _ in sheet.filled_rows())
    assert set(parsed.rows.select("sheet", "row_number").iter_rows()) == filled
    accepted = parsed.rows.filter(parsed.rows["outcome"] == "accepted")
    assert set(parsed.records["row_number"] if parsed.records.width else []) <= set(accepted["row_number"])
    lost = set(parsed.rows.filter(parsed.rows["outcome"] == "quarantined")["row_number"])
    told = parsed.quarantine
    if not parsed.held_rule:
        assert lost <= set(told.filter(told["scope"] == "row")["row_number"])
    return "held" if parsed.held_rule else "read"


@pytest.mark.parametrize("part", range(4))
def test_no_mutation_breaks_a_load(part: int) -> None:
    layouts = [*WRITERS, *PRINTERS]
    seen: dict[str, int] = {}
    for number in range(part, COUNT, 4):
        random = Random(f"{SEED}|{number}")
        layout, edition = layouts[number % len(layouts)], random.choice(EDITIONS)
        region = random.choice(reporting_regions())
        export = export_of(layout, region, edition, 6, random, random.choice([0, 0.3]))
        content = mutated(random, export)
        started = time.process_time()
        try:
            found = outcome(content, edition)
        except Exception as error:
            raise AssertionError(f"mutation {number} of seed {SEED} ({layout}, {edition})") from error
        assert time.process_time() - started < LONGEST_SECONDS, f"mutation {number} of seed {SEED} ({layout})"
        seen[found] = seen.get(found, 0) + 1
    assert seen.get("read", 0) > 0
    assert seen.get("unreadable", 0) > 0


@pytest.mark.parametrize("value", NASTY, ids=lambda value: repr(value)[:20])
def test_a_nasty_cell_goes_back_to_its_sender(value: Value) -> None:
    random = Random(1)
    export = export_of("l1_portal_list", reporting_regions()[0], 2026, 2, random, 0)
    export.rows[0].cells[2] = value
    receipt = {
        "file_name": "x.xlsx", "region_code": "17.71", "edition": 2026, "received_date": date(2026, 8, 1),
        "row_count": 4, "accepted_count": 1, "merged_count": 0, "quarantined_count": 1, "structural_count": 2,
        "is_simulated": True, "file_sha256": "0" * 64,
    }  # fmt: skip
    rejected = {
        "sheet": export.sheet, "row_number": 2, "column_name": "Nama Inovasi", "rule": "title_missing", "scope": "row",
        "original_text": str(value), "message": str(value), "fix": "x",
    }  # fmt: skip
    content = marked_workbook(bytes_of(export), receipt, [rejected])
    assert [sheet.name for sheet in read_cells(content)[1]][1:] == [export.sheet]
