"""A worksheet read by its distinct cells gives what the whole one gives; where that is not sure it is read whole."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from random import Random

import pytest
import xlsxwriter

from etl.cells import workbook as workbook_reader
from etl.cells.condensed_sheet import condensed
from etl.cells.sheets import Sheet, UnreadableFile, read_cells

SHEET = "xl/worksheets/sheet1.xml"
MOMENT = datetime.fromisoformat("2026-03-04T05:06")
VALUES = (None, "", " ", "teks", "ÆØ", "<&>", 1, 12, 0, 2.5, -1, 1e300, 45123, True, date(2026, 3, 4), MOMENT, "#N/A")
RESULTS = (2, "dua", "", "#REF!", 0.5)
"""What a formula has given when the file was saved."""


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def book(random: Random, height: int, width: int) -> bytes:
    """A workbook with values of all kinds, percentages, errors, hidden rows and columns, merges and blank rows."""
    stream = io.BytesIO()
    options = {"in_memory": True, "constant_memory": random.random() < 0.3}  # the latter writes texts into the cells
    with xlsxwriter.Workbook(stream, options) as workbook:
        formats = [None, *(workbook.add_format({"num_format": text}) for text in ("yyyy-mm-dd", "0.00", "0.0%"))]
        sheet = workbook.add_worksheet("Lembar")
        for row in range(height):
            kind = random.randrange(8)
            for column in range(random.randrange(width + 1) if kind else 0):
                if kind == 1:
                    sheet.write_blank(row + 2, column, None, formats[2])
                elif random.random() < 0.1:
                    sheet.write_formula(row + 2, column, "=1+1", random.choice(formats), random.choice(RESULTS))
                else:
                    sheet.write(row + 2, column, random.choice(VALUES), random.choice(formats))
            if kind == 2:
                sheet.set_row(row + 2, 30, None, {"hidden": True})
        sheet.set_column(1, 1, 8, None, {"hidden": random.random() < 0.5})
        if random.random() < 0.3 and not options["constant_memory"]:
            sheet.merge_range(height + 3, 0, height + 4, 1, "gabung")
    return stream.getvalue()


def told(content: bytes) -> tuple[object, ...]:
    """Everything that is read of a workbook, with the types of its cells, or why it is not read."""
    try:
        _, (sheet,) = read_cells(content)
    except UnreadableFile as error:
        return (error.detail,)
    return (sheet, _typed(sheet.rows), _typed([list(column) for column in sheet.columns]))


def _typed(rows: list[list[object]]) -> list[list[tuple[type, object]]]:  # type: ignore[type-arg]
    return [[(type(cell), cell) for cell in row] for row in rows]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Condense every worksheet, however small and whatever is in it; whether the last ones were read so."""
    seen: list[bool] = []
    expanded = workbook_reader._expanded

    def watched(*arguments: object) -> Sheet | None:
        sheet = expanded(*arguments)  # type: ignore[arg-type]
        seen.append(sheet is not None)
        return sheet

    monkeypatch.setattr("etl.cells.condensed_sheet._BLOCK", 900)  # some rows
    monkeypatch.setattr("etl.cells.condensed_sheet.MOST_WRITTEN", 1)
    monkeypatch.setattr("etl.cells.condensed_sheet.MOST_DISTINCT", 1)
    monkeypatch.setattr(workbook_reader, "_expanded", watched)
    return seen


def told_whole(content: bytes) -> tuple[object, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbook_reader, "condensed", lambda worksheet: None)
        return told(content)


def told_condensed(content: bytes) -> tuple[object, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbook_reader, "condensed", lambda worksheet: condensed(worksheet, least=0))
        return told(content)


@pytest.mark.parametrize("seed", range(30))
def test_distinct_cells_give_what_the_whole_sheet_gives(seed: int, seen: list[bool]) -> None:
    random = Random(seed)
    content = book(random, random.randrange(20, 60), random.randrange(2, 40))
    assert told_condensed(content) == told_whole(content)
    assert len(seen) == 1


def test_most_sheets_are_read_by_their_distinct_cells(seen: list[bool]) -> None:
    for seed in range(20):
        told_condensed(book(Random(seed), 40, 6))
    assert sum(seen) > 10


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_sheet_is_told_as_the_whole_one_is(seed: int, seen: list[bool]) -> None:
    random = Random(seed)
    assert_damage_is_told(random, parts_of(book(random, 12, 6)), 5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_any_damage_is_told_as_of_the_whole_sheet(seed: int, seen: list[bool]) -> None:
    random = Random(1_000 + seed)
    assert_damage_is_told(random, parts_of(book(random, random.randrange(4, 30), random.randrange(2, 9))), 100)


PIECES = (
    b"<", b">", b'"', b"/", b" ", b"0", b"9", b"A", b"ZZ", b"<c>", b"</c>", b"<v>", b"</v>", b"</row>", b"\xff",
    b"<!-- ", b"-->", b"<?x?>", b"<![CDATA[", b"]]>", b"&amp;", b"&", b"</sheetData>", b"<sheetData>", b"\n",
    b' r="B3"', b't="e"', b' t="str"', b's="1"', b"<f>A1</f>", b"<is><t>x</t></is>", b"<c/>", b'<row r="9">',
    b'<row r="1"/>', b"x:", b"'",
)  # fmt: skip


def assert_damage_is_told(random: Random, parts: dict[str, bytes], times: int) -> None:
    part = parts[SHEET]
    first, end = part.find(b"<sheetData>"), part.rfind(b"</sheetData>") + 12
    for _ in range(times):
        damaged = part
        for _ in range(random.randrange(1, 4)):
            place = random.randrange(first, end)
            damaged = damaged[:place] + random.choice(PIECES) + damaged[place + random.choice((0, 0, 1, 3, 12)) :]
        content = archive_of({**parts, SHEET: damaged})
        assert told_condensed(content) == told_whole(content), damaged


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sheetData>", b"<sheetData><!-- <row r='9'> -->"),
        (b"<sheetData>", b'<sheetData><?note <row r="9"?>'),
        (b"<row r=", b"<row spans='1:2' r="),
        (b"<row ", b"<x:row "),
        (b"<c r=", b"<c  r="),
        (b'r="A40"', b'r="A4"'),
        (b'r="A40"', b'r="A040"'),
        (b'<row r="40"', b'<row r="4"'),
        (
            b'r="40" spans="1:2"><c r="A40" t="s"><v>39</v></c><c r="B40"',
            b'r="4" spans="1:2"><c r="A4" t="s"><v>39</v></c><c r="B4"',
        ),
        (b'r="B10"', b'r="A10"'),
        (b'r="B10"', b'r="b10"'),
        (b"<v>7</v></c>", b"<v>7</v></c> "),
        (b"</sheetData>", b"</sheetdata>"),
    ],
)
def test_a_sheet_that_could_mean_something_else_is_read_whole(old: bytes, new: bytes, seen: list[bool]) -> None:
    part = parts_of(portrait(60))[SHEET]
    assert condensed(part, least=0) is not None
    assert old in part
    assert condensed(part.replace(old, new), least=0) is None


def portrait(height: int, width: int = 1) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for row in range(height):
            sheet.write_row(row, 0, [f"baris {row}", *([row % 50] * width)])
    return stream.getvalue()


def test_a_wide_sheet_is_condensed_unasked_and_a_small_or_manifold_one_is_not() -> None:
    wide = condensed(parts_of(portrait(600, 20))[SHEET])
    assert wide is not None
    assert len(wide.contents) == 650
    assert wide.span == 600 * 21
    assert condensed(parts_of(portrait(60, 20))[SHEET]) is None
    assert condensed(parts_of(portrait(5_000))[SHEET]) is None  # each second cell is another


def test_equal_contents_that_meet_others_in_their_slot_are_still_one(
    monkeypatch: pytest.MonkeyPatch, seen: list[bool]
) -> None:
    monkeypatch.setattr("etl.cells.condensed_sheet._SLOTS", 3)
    content = portrait(60, 20)
    sheet = condensed(parts_of(content)[SHEET], least=0)
    assert sheet is not None
    assert len(sheet.contents) == len(set(sheet.contents)) == 110
    assert told_condensed(content) == told_whole(content)
    assert seen == [True]


def test_an_answer_of_other_rows_than_were_asked_for_is_not_believed() -> None:
    sheet = condensed(parts_of(portrait(600, 20))[SHEET])
    assert sheet is not None
    last = [8.6420975308642e299]
    assert sheet.values_of([*([["x"]] * 650), last]) == ["x"] * 650
    assert sheet.values_of([*([["x"]] * 649), last]) is None
    assert sheet.values_of([["x"]] * 651) is None
