"""Files are hostile until proven otherwise: each attack ends with a message, within bounded memory and time."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from etl.cells.sheets import UnreadableFile, load_limits, read_cells
from etl.lake import scale_of
from etl.recognition.detect import choose_layout
from etl.values.canonical_rows import read_file
from etl.values.normalise import taken_from, text_of
from simulation.files import bytes_of  # noqa: F401 - the module must import without the extra `dev`
from tests.city_files import LIST_HEADER, innovation, load, portal_list, put, workbook
from warehouse.home import Home


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook with its members changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return stream.getvalue()


def lying(content: bytes, name: str, size: int) -> bytes:
    """A workbook one of whose members holds more than its archive states."""
    packed = repacked(content, lambda member, part: part + b" " * size if member.endswith(name) else part)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        member = next(entry for entry in archive.infolist() if entry.filename.endswith(name))
        actual, stated = struct.pack("<L", member.file_size), struct.pack("<L", 500)
        short = zlib.crc32(archive.read(member)[:500])
    return packed.replace(actual, stated).replace(struct.pack("<L", member.CRC), struct.pack("<L", short))


def test_a_member_that_unpacks_to_more_than_it_states_is_refused() -> None:
    content = lying(portal_list(innovation("Satu")), "sharedStrings.xml", 50_000_000)
    with pytest.raises(UnreadableFile, match="The workbook is damaged"):
        read_cells(content)


def test_a_workbook_that_states_too_much_is_refused() -> None:
    limits = type(load_limits())(**{**vars(load_limits()), "max_unpacked_bytes": 100_000})
    content = repacked(workbook([["a"]]), lambda name, part: part + b" " * 200_000 if name.endswith("1.xml") else part)
    with pytest.raises(UnreadableFile, match="unpacks to"):
        read_cells(content, limits)


def test_entities_of_a_workbook_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + b"A" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"<sst", bomb + b"<sst", 1).replace(b"Satu", b"&b;" * 100) if "shared" in name else part

    try:
        sheets = read_cells(repacked(portal_list(innovation("Satu")), change))[1]
    except UnreadableFile:
        return
    assert all(len(cell) < 10_000 for row in sheets[0].rows for cell in row if isinstance(cell, str))


def test_entities_of_html_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "' + "A" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">]>'
    content = f"{bomb}<html><table><tr><td>{'&b;' * 1000}</td></tr></table></html>".encode()
    assert all(len(str(cell)) < 10_000 for row in read_cells(content)[1][0].rows for cell in row)


@pytest.mark.parametrize(
    "content",
    [
        b"<table>" + b"<tr><td colspan=2000></td></tr>" * 11_000 + b"</table>",
        b"," * 3_000 + b"\n",
        (b"a," * 1_999 + b"\n") * 11_000,
        b"<table><tr>" + b"<td>a</td>" * 3_000 + b"</tr></table>",
    ],
    ids=["spans", "wide csv", "long csv", "wide html"],
)
def test_tables_beyond_the_limits_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"more than the limit"):
        read_cells(content)


def test_much_of_nothing_is_empty() -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        read_cells(bytes(20_000_000))


def test_deeply_nested_markup_is_read_or_refused_in_time() -> None:
    started = time.perf_counter()
    content = b"<table><tr><td>" + b"<div>" * 50_000 + b"x" + b"</div>" * 50_000 + b"</td></tr></table>"
    with contextlib.suppress(UnreadableFile):
        read_cells(content)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["a" + " " * 100_000 + "b", "(" * 100_000, "a.b" * 50_000])
def test_a_text_made_to_slow_a_pattern_down_is_refused_in_time(text: str) -> None:
    started = time.perf_counter()
    taken_from(r"^(.*?)\s*(?:\([^()\s]+\.[^()\s]+\))?\s*$", text_of, may_miss=False)(text)
    assert time.perf_counter() - started < 2


def test_formulas_and_markup_of_a_sender_stay_text() -> None:
    titles = ['=HYPERLINK("http://x")', "<script>alert(1)</script>", "+1+1", "@SUM(A1)"]
    file_format, sheets = read_cells(workbook([LIST_HEADER, *(innovation(title) for title in titles)]))
    choice = choose_layout(file_format, sheets, scale_of(2026))
    assert choice.match is not None
    assert read_file(choice.match, sheets, scale_of(2026)).records["title"].to_list() == titles


def test_a_file_larger_than_the_limit_is_held_without_being_loaded(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(load_limits(), max_file_bytes=1_000_000)
    monkeypatch.setattr("etl.receipt.load_limits", lambda: limits)
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Satu")))
    os.truncate(put(empty_home, "magelang/2026/nothing.xlsx", b""), 80_000_000)
    load(empty_home, today=date(2026, 8, 1))  # libraries take their memory
    tracemalloc.start()
    os.truncate(put(empty_home, "magelang/2026/more.xlsx", b""), 90_000_000)
    result = load(empty_home)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(result.held["file_name"]) == {"magelang/2026/more.xlsx", "magelang/2026/nothing.xlsx"}
    assert set(result.held["held_rule"]) == {"unreadable"}
    assert result.receipts["accepted_count"].sum() == 1
    assert most < 60_000_000
