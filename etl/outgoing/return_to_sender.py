"""What goes back to a sender: a copy of the file with each bad cell marked and explained, and a summary."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from etl.cells.sheets import Cell, Sheet, UnreadableFile, as_text, load_limits, read_cells
from etl.layout.declared import header_text, simplified
from etl.outgoing.recognise import ORIGIN, SUMMARY
from etl.outgoing.row_ids import row_id, without_row_ids
from etl.receipt import content_of
from etl.tables.make_ready import ready_sheets
from etl.worker.cells_apart import raise_unreadable, unreadable
from etl.worker.messages import Answer
from etl.worker.pool import shared_pool
from warehouse import disk
from warehouse.file_names import fitting
from warehouse.home import Home
from warehouse.region import region_of_code
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

NO_FAULT = (
    "duplicate_row",
    "stated_sum_differs",
    "unit_filled_down",
    "sheets_joined",
    "sheet_hidden",
    "rows_hidden",
    "columns_hidden",
    "row_not_returned",
    "text_beside",
    "own_word_doubtful",
)
"""Rules that tell what was done and ask nothing of the sender."""
SUMMARY_HEADER = ("Lembar", "Baris", "Kolom", "Isi semula", "Masalah", "Cara memperbaiki", "Akibat")
_EFFECT = {"file": "Seluruh berkas ditunda", "row": "Baris tidak dihitung", "cell": "Sel dikosongkan"}
_LONGEST_TEXT = 32_000  # a cell of a workbook holds no more
_LONGEST_LABEL = 300
_LINE_LENGTH, _LINE_HEIGHT = 34, 15  # characters of a line of the summary's wide columns; points

_MOST_REMARKS = 2  # cells that a signature or a remark fills

Rejected = Mapping[str, Any]
"""A row of the table `quarantine`."""
Place = tuple[str, str | None, int | None]
"""A row of a file: its hash, sheet and number."""


@dataclass(frozen=True)
class Returned:
    """A workbook written for a sender."""

    path: Path
    file_name: str
    cell_count: int


def write_returns(home: Home, receipts: pl.DataFrame, quarantine: pl.DataFrame) -> list[Returned]:
    """Write `<home>/returns/<code>/<edition>/` for each received file with rejects; what stands already is kept.

    Nothing is written for a file of which nothing counts any more: its sender has sent another one since. Notes about
    rows that are no data (who signs, what is summed up) do not go to the sender. Frames as the tables `receipt` and
    `quarantine`. Only the workbooks that are new are returned.
    """
    faults = quarantine.filter(~pl.col("rule").is_in(NO_FAULT))
    by_file = faults.partition_by("file_sha256", as_dict=True, maintain_order=True)
    open_ones = []
    for receipt in receipts.iter_rows(named=True):
        rejected = by_file.get((receipt["file_sha256"],))
        if rejected is None or receipt["region_code"] is None:
            continue
        rows = rejected.rows(named=True)
        path = _path(home, receipt, rows)
        if not path.exists():
            open_ones.append((receipt, rows, path))
    if not open_ones:
        return []
    superseded, no_data = _superseded(home), _no_data_rows(home)
    written = []
    for receipt, rows, path in open_ones:
        untitled = {_place(row) for row in rows if row["rule"] == "title_missing"}
        told = [row for row in rows if not (no_data.get(_place(row)) == "remark" or _is_lone(row, no_data, untitled))]
        if told and receipt["file_sha256"] not in superseded:
            disk.write_bytes(path, _marked(home, receipt, told))
            written.append(Returned(path, receipt["file_name"], len(told)))
    return written


def _place(row: Rejected) -> Place:
    return row["file_sha256"], row["sheet"], row["row_number"]


def _is_lone(row: Rejected, no_data: Mapping[Place, str], untitled: set[Place]) -> bool:
    """Whether a note is about the only cell of a row, which is no title."""
    return no_data.get(_place(row)) == "lone" and _place(row) in untitled


def _no_data_rows(home: Home) -> dict[Place, str]:
    """The rows that were set aside and may be no data: `lone` of one cell, `remark` by their first word."""
    with Snapshot.open(home=home.root) as snapshot:
        rows = snapshot.sql(sql_text("etl.outgoing", "set_aside_rows"))
    kinds = {(sha, sheet, number): _kind(json.loads(original)) for sha, sheet, number, original in rows.iter_rows()}
    return {place: kind for place, kind in kinds.items() if kind}


def _kind(cells: Sequence[str]) -> str:
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) <= _MOST_REMARKS and simplified(filled[0]).startswith(_beginnings()):
        return "remark"
    return "lone" if len(filled) == 1 else ""


@cache
def _beginnings() -> tuple[str, ...]:
    text = resources.files("etl.outgoing").joinpath("no_data.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["begins"])


def _marked(home: Home, receipt: Rejected, rejected: Sequence[Rejected]) -> bytes:
    """The marked-up copy, made in a process of its own; the summary alone of a file that cannot be read."""
    if any(row["rule"] == "unreadable" for row in rejected):  # it is not tried once more for this
        return _workbook_of([], receipt, rejected)
    try:
        content = content_of(home, receipt["file_sha256"])
        answer = shared_pool().run("mark", content, (dict(receipt), [dict(row) for row in rejected]))
        raise_unreadable(answer)
    except UnreadableFile:
        return _workbook_of([], receipt, rejected)
    return answer.blocks["workbook"]


def mark_task(content: bytes, arguments: tuple[Rejected, Sequence[Rejected]]) -> Answer:
    """Make the marked-up copy of a file, in the process that reads it."""
    try:
        sheets = read_cells(content)[1]
    except UnreadableFile as error:
        return unreadable(error)
    return Answer({}, {"workbook": _workbook_of(sheets, *arguments)})


def _superseded(home: Home) -> frozenset[str]:
    """The files of which nothing counts any more, as the current snapshot says."""
    with Snapshot.open(home=home.root) as snapshot:
        return frozenset(snapshot.sql(sql_text("etl.outgoing", "superseded"))["file_sha256"])


def _path(home: Home, receipt: Rejected, rows: Sequence[Rejected]) -> Path:
    # The same file with other faults (a register came later) is another workbook.
    told = [(row["sheet"], row["row_number"], row["column_name"], row["rule"]) for row in rows]
    key = hashlib.sha256(f"{receipt['file_sha256']}{told}".encode()).hexdigest()[:8]
    stem = re.sub(r"[^\w.-]+", "-", Path(receipt["file_name"]).stem)[:80]
    folder: Path = home.returns / str(receipt["region_code"]) / str(receipt["edition"])
    return folder / fitting(f"{stem}-perbaikan-{key}.xlsx")


def marked_workbook(content: bytes, receipt: Rejected, rejected: Sequence[Rejected]) -> bytes:
    """The bytes of the marked-up copy: every sheet of the file with its cells in their places, and the summary.

    Text stays text: a cell that begins with ``=`` is no formula. A file that cannot be read gives the summary alone.
    """
    try:
        sheets = read_cells(content)[1]
    except UnreadableFile:
        sheets = []
    return _workbook_of(sheets, receipt, rejected)


def _workbook_of(sheets: Sequence[Sheet], receipt: Rejected, rejected: Sequence[Rejected]) -> bytes:
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheets, _ = without_row_ids(sheets, is_searched=True)  # a file that comes back again gets ids of its own
        names = _sheet_names(sheets)
        _write_summary(workbook, receipt, rejected, names)
        bears_ids = _have_room_for_ids(sheets)
        for sheet in sheets:
            faults = [row for row in rejected if row["sheet"] == sheet.name and row["row_number"] is not None]
            ids = _row_ids(receipt["file_sha256"], sheet) if bears_ids else {}
            _write_sheet(workbook, sheet, names[sheet.name], faults, ids)
    return stream.getvalue()


def _have_room_for_ids(sheets: Sequence[Sheet]) -> bool:
    """Whether the sheets may grow by a column and still be read when they return; else rows are known by content."""
    limits = load_limits()
    cells = sum(len(sheet.rows) * (len(sheet.columns) + 1) for sheet in sheets)
    return cells <= limits.max_cells and all(len(sheet.columns) < limits.max_columns for sheet in sheets)


def _row_ids(file_sha256: str, sheet: Sheet) -> dict[int, str]:
    """The id of every row that holds something, by its place from 0."""
    return {number - 1: row_id(file_sha256, sheet.name, number) for number, _ in sheet.filled_rows()}


def _sheet_names(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Names that a workbook allows: 31 characters, none of its signs, each once."""
    names: dict[str, str] = {}
    taken = {SUMMARY.casefold(), "history"}
    for place, sheet in enumerate(sheets, start=1):
        plain = re.sub(r"[\[\]:*?/\\']", " ", sheet.name)[:31].strip() or f"Lembar {place}"
        name = plain if plain.casefold() not in taken else f"{plain[:25]} ({place})"
        taken.add(name.casefold())
        names[sheet.name] = name
    return names


def _write_summary(
    workbook: xlsxwriter.Workbook, receipt: Rejected, rejected: Sequence[Rejected], names: Mapping[str, str]
) -> None:
    sheet = workbook.add_worksheet(SUMMARY)
    bold, wrap = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
    link = workbook.add_format({"font_color": "#0B5394", "underline": 1, "valign": "top", "align": "left"})
    heading = workbook.add_format({"bold": True, "bg_color": "#E9EDF1", "bottom": 1})
    region = region_of_code(receipt["region_code"]).full_name
    marked = "DATA SIMULASI. " if receipt["is_simulated"] else ""
    head = [
        f"PERBAIKAN BERKAS {receipt['file_name']}",
        f"{marked}{region}, IGA {receipt['edition']}, diterima {receipt['received_date']}",
        f"{len(rejected)} catatan. {_balance(receipt)}",
        "Perbaiki sel yang ditandai merah, simpan, lalu kirim kembali berkas ini. Jangan ubah kepala tabel.",
        "Penerima: taruh berkas ini di inbox; ia dikenali sebagai perbaikan, dan hanya baris yang diubah yang berlaku.",
        f"{ORIGIN}{receipt['file_sha256']}",
    ]
    for place, text in enumerate(head):
        sheet.write_string(place, 0, text[:_LONGEST_TEXT], bold if place == 0 else None)
    first = len(head) + 1
    for column, text in enumerate(SUMMARY_HEADER):
        sheet.write_string(first, column, text, heading)
    for place, row in enumerate(rejected, start=first + 1):
        number = row["row_number"]
        target = names.get(row["sheet"] or "")
        told = [row["sheet"], number, row["column_name"], row["original_text"], row["message"], row["fix"],
                _EFFECT[row["scope"]]]  # fmt: skip
        texts = [_cut("" if value is None else str(value)) for value in told]
        for column, text in enumerate(texts):
            sheet.write_string(place, column, text, wrap)
        sheet.set_row(place, _LINE_HEIGHT * max(-(-len(text) // _LINE_LENGTH) for text in [*texts, "-"]))
        if number is not None and target is not None:
            sheet.write_url(place, 1, f"internal:'{target}'!A{number}", link, str(number))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 20)
    sheet.set_column(3, 6, 36)
    sheet.freeze_panes(first + 1, 0)
    sheet.repeat_rows(first)
    _fit_to_paper(sheet)


def _balance(receipt: Rejected) -> str:
    """What became of every row of the file: the counts add up."""
    names = ("row", "accepted", "merged", "quarantined", "structural")
    rows, accepted, merged, quarantined, structural = (receipt[f"{name}_count"] for name in names)
    return (
        f"{rows} baris berisi = {accepted} diterima + {merged} digabung + {quarantined} ditolak"
        f" + {structural} bukan data (judul, kepala tabel, jumlah, tanda tangan)."
    )


def _fit_to_paper(sheet: Any) -> None:
    """Printed on A4 across, all columns on one page: senders mend on paper first."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_sheet(
    workbook: xlsxwriter.Workbook, sheet: Sheet, name: str, faults: Sequence[Rejected], ids: Mapping[int, str]
) -> None:
    written = workbook.add_worksheet(name)
    if sheet.is_hidden:
        written.hide()
    for column, width in enumerate(_widths(sheet)):
        written.set_column(column, column, width)
    _fit_to_paper(written)
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    bad = workbook.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1})
    marks = _marks(sheet, faults)
    for place, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            style = bad if (place, column) in marks else day if isinstance(cell, date) else None
            _write_cell(written, place, column, cell, style)
    for (place, column), texts in marks.items():
        if place >= len(sheet.rows) or column >= len(sheet.rows[place]) or sheet.rows[place][column] is None:
            written.write_blank(place, column, None, bad)
        written.write_comment(place, column, _cut("\n\n".join(texts)), {"x_scale": 2, "y_scale": 1.5})
    # Beside the last column, so that who sorts the table sorts the ids with it.
    last = len(sheet.columns)
    for place, text in ids.items():
        written.write_string(place, last, text)
    if ids:
        written.set_column(last, last, 8, None, {"hidden": True})


def _widths(sheet: Sheet) -> list[int]:
    """Columns as wide as their usual texts; title rows and long descriptions do not stretch them."""
    lengths: list[list[int]] = []
    for row in sheet.rows[:_LONGEST_LABEL]:
        lengths += [[] for _ in range(len(row) - len(lengths))]
        for column, cell in enumerate(row):
            if cell is not None:
                lengths[column].append(len(as_text(cell)))
    return [min(40, max(8, sorted(texts)[len(texts) * 9 // 10] + 2)) if texts else 8 for texts in lengths]


def _write_cell(written: Any, place: int, column: int, cell: Cell, style: Any) -> None:
    if isinstance(cell, float):
        if math.isfinite(cell):
            written.write_number(place, column, cell, style)
    elif isinstance(cell, datetime | date):
        written.write_datetime(place, column, cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell, style)
    elif cell is not None:
        written.write_string(place, column, _cut(cell), style)


def _marks(sheet: Sheet, faults: Sequence[Rejected]) -> dict[tuple[int, int], list[str]]:
    """(row, column) from 0 -> what is wrong there and how to mend it."""
    headers = _header_places(sheet, {row["column_name"] for row in faults if row["column_name"]})
    marks: dict[tuple[int, int], list[str]] = {}
    for fault in faults:
        place = fault["row_number"] - 1
        column = headers.get(fault["column_name"] or "", _first_filled(sheet, place))
        marks.setdefault((place, column), []).append(f"{fault['message']}\nPerbaikan: {fault['fix']}")
    return marks


def _header_places(sheet: Sheet, wanted: set[str]) -> dict[str, int]:
    """Header -> column, from the row that holds most of those wanted; a form has none."""
    best: dict[str, int] = {}
    texts = {simplified(name): name for name in wanted}
    # A header of several levels stands in one row only where the sheet was made ready for recognition.
    made = [row for ready in ready_sheets([sheet]) if ready is not sheet for row in ready.rows[:_LONGEST_LABEL]]
    for row in [*sheet.rows[:_LONGEST_LABEL], *made]:
        found: dict[str, int] = {}
        for column, cell in enumerate(row):
            name = texts.get(simplified(header_text(cell))) if cell is not None else None
            if name is not None:
                found.setdefault(name, column)
        if len(found) > len(best):
            best = found
    return best


def _first_filled(sheet: Sheet, place: int) -> int:
    row = sheet.rows[place] if place < len(sheet.rows) else []
    return next((column for column, cell in enumerate(row) if as_text(cell)), 0)


def _cut(text: str) -> str:
    return "".join(char for char in text[:_LONGEST_TEXT] if char.isprintable() or char in "\n\t")
