"""The sheet of an audit sample: written with the drawn innovations, read back with the level of each indicator.

It is a control sheet under the rules of the edition that the innovations are read by, with other headers: laid into the
inbox by mistake it is no list of claims. A returned sheet must hold exactly the innovations that were drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.estimate.drawn_sample import DrawnSample, SampleReadings
from warehouse.errors import DataFileInvalid, Sentence

if TYPE_CHECKING:
    from etl.cells.sheets import Cell, Sheet
    from iga.rulebook import Rulebook, Rulebooks
    from warehouse.region import Region

SHEET = "Cuplikan Audit"
"""The name of the sheet, by which a returned one is known again whatever its file is called."""
CODE, TITLE, UNIT = "Kode Cuplikan", "Inovasi", "Unit Pengusul"
CONTROL_SHEET = "template_control_sheet"
"""The layout whose columns of levels and documents the sheet shares."""


def sample_sheet(sample: DrawnSample, region: Region, rulebooks: Rulebooks) -> bytes:
    """Return the workbook of a sample, to be filled in."""
    from etl.outgoing.template import Template, filled_workbook, load_template

    control = load_template("control-sheet")
    template = Template(
        layout=control.layout,
        file="lembar-cuplikan",
        sheet=SHEET,
        title="LEMBAR CUPLIKAN AUDIT {city}, DIBACA MENURUT ATURAN {edition}",
        how_to_fill="Pilih level 0-{top} untuk tiap indikator menurut bukti, dan Ya atau Tidak untuk dokumennya. "
        "Jangan ubah Kode Cuplikan, jangan hapus atau tambah baris: isi lembar harus tepat inovasi yang terpilih acak.",
        header=[CODE, TITLE, UNIT],
        has_indicators=True,
        document_choices=control.document_choices,
    )
    note = (
        f"Edisi {sample.edition}: {len(sample.innovations)} dari {sample.population_count} inovasi dipilih acak, benih "
        f"{sample.seed}. Semua level harus terisi; sel kosong berarti belum dibaca."
    )
    rows = [[each.submission_id, each.title, each.unit_name] for each in sample.innovations]
    return filled_workbook(template, region.full_name, int(sample.rulebook), rows, rulebooks, note=note)


@dataclass(frozen=True)
class _Place:
    """Where a returned sheet is read: names for errors, the header with its row, the rows below with theirs."""

    file: str
    sheet: Sheet
    header: Mapping[str, int]
    header_row: int
    rows: Sequence[tuple[int, Sequence[Cell]]]

    def at(self, row: int, column: str) -> Sentence:
        """Return the place of a cell as errors name it."""
        return Sentence(
            "{file}, sheet {sheet}, row {row}, column {column}",
            file=self.file,
            sheet=self.sheet.name,
            row=row,
            column=column,
        )


def readings_of_sheet(content: bytes, file: str, sample: DrawnSample, rules: Rulebook) -> SampleReadings:
    """Return the levels that a returned sheet states. Raises DataFileInvalid with file, sheet, row and column.

    Refused are a sheet without the innovations of the sample, with others, with one twice, with titles that were
    exchanged, with a level that is empty or that the indicator does not have, and a level above 0 whose document is
    marked missing.
    """
    place = _opened(content, file)
    rows = _rows_by_id(place, sample)
    readers = dict(_readers(place, rules))
    levels = {
        submission_id: {number: read(row, cells) for number, read in readers.items()}
        for submission_id, (row, cells) in rows.items()
    }
    return SampleReadings(file, sha256(content).hexdigest(), levels)


def _opened(content: bytes, file: str) -> _Place:
    from etl.cells.sheets import UnreadableFile
    from etl.worker.cells_apart import read_cells_apart

    try:
        _format, sheets = read_cells_apart(content)
    except UnreadableFile as error:
        raise DataFileInvalid(
            "{file} cannot be read as a workbook", next_step="open it and save it as .xlsx or .csv", file=file
        ) from error
    for sheet in sorted(sheets, key=lambda each: each.name != SHEET):
        rows = [(number, cells) for number, cells in enumerate(sheet.rows, start=1) if any(map(_text, cells))]
        for at, (number, cells) in enumerate(rows):
            header = {_text(cell): column for column, cell in enumerate(cells) if _text(cell)}
            if {CODE, TITLE} <= header.keys():
                place = _Place(file, sheet, header, number, rows[at + 1 :])
                _check_header(place, [_text(cell) for cell in cells if _text(cell)])
                return place
    raise DataFileInvalid(
        "{file} is no sheet of an audit sample: no row has the columns {columns}",
        next_step="fill in the sheet that iga audit-sample wrote, with its header as it was",
        place=file,
        file=file,
        columns=f"{CODE}, {TITLE}",
    )


def _check_header(place: _Place, names: Sequence[str]) -> None:
    """Refuse a header in which a column stands twice: which of the two was filled in, nothing says."""
    for name in names:
        if names.count(name) > 1:
            raise DataFileInvalid(
                "The column {column} stands twice",
                next_step="lay the header back as it was written",
                place=place.at(place.header_row, name),
                column=name,
            )


def _rows_by_id(place: _Place, sample: DrawnSample) -> dict[str, tuple[int, Sequence[Cell]]]:
    """Return the row of each drawn innovation; nothing else may stand there."""
    from etl.layout.declared import simplified

    drawn = {each.submission_id: each for each in sample.innovations}
    found: dict[str, tuple[int, Sequence[Cell]]] = {}
    for row, cells in place.rows:
        code, title = (_text(_cell(cells, place.header[name])) for name in (CODE, TITLE))
        if code not in drawn:
            raise _refused(place, row, CODE, Sentence("{value} was not drawn", value=code or title))
        if code in found:
            raise _refused(place, row, CODE, Sentence("{value} stands twice", value=code))
        if simplified(title) != simplified(drawn[code].title):
            exchanged = Sentence("{value} is not the innovation that was drawn under this code", value=title)
            raise _refused(place, row, TITLE, exchanged)
        found[code] = (row, cells)
    if missing := [each for each in sample.innovations if each.submission_id not in found]:
        last = place.rows[-1][0] if place.rows else place.header_row
        raise _refused(place, last, CODE, Sentence("{value} was drawn and has no row", value=missing[0].title))
    return found


def _refused(place: _Place, row: int, column: str, message: Sentence) -> DataFileInvalid:
    return DataFileInvalid(
        message,
        next_step="lay the rows back as they were written: a sample of other innovations is no random one",
        place=place.at(row, column),
    )


_Read = Callable[[int, "Sequence[Cell]"], int]


def _readers(place: _Place, rules: Rulebook) -> Iterator[tuple[str, _Read]]:
    """By number of an indicator, what reads its level from a row."""
    from etl.layout.declared import load_layouts

    indicators = load_layouts()[CONTROL_SHEET].indicators
    if indicators is None:
        return
    columns = {
        kind: {found[1]: text for text in place.header if (found := re.match(pattern, text))}
        for kind, pattern in (("level", indicators.level_header), ("document", indicators.document_header))
    }
    for group in rules.sid_groups:
        if group.number not in columns["level"]:
            raise DataFileInvalid(
                "{file} has no column for the level of indicator {number}",
                next_step="lay the header back as it was written",
                place=f"{place.file}, {place.sheet.name}",
                file=place.file,
                number=group.number,
            )
        yield group.number, _reader(place, group.top_level, *(columns[kind].get(group.number) for kind in columns))


def _reader(place: _Place, top: int, level_column: str | None, document_column: str | None) -> _Read:
    from etl.values.normalise import level_to, word_of

    level_of, is_there = level_to(top), word_of("is_complete", "word_unknown")
    name = level_column or ""

    def read(row: int, cells: Sequence[Cell]) -> int:
        cell = _cell(cells, place.header[name])
        level, broken = level_of(cell)
        if level is None:
            message = Sentence("{value} is no level from 0 to {top}", value=_text(cell), top=top)
            raise DataFileInvalid(
                message if broken else Sentence("The level is empty"),
                next_step="write a level from 0 to {top}; every indicator of a drawn innovation is read",
                place=place.at(row, name),
                top=top,
            )
        if document_column is None:
            return int(level)
        written = _cell(cells, place.header[document_column])
        document, broken = is_there(written)
        if broken or (level and document == "false"):
            unclear = Sentence("{value} does not say whether the document is there", value=_text(written))
            missing = Sentence("Level {level} stands beside a document that is not there", level=level)
            raise DataFileInvalid(
                unclear if broken else missing,
                next_step="write Ya or Tidak; a level counts by the document that proves it",
                place=place.at(row, document_column),
            )
        return int(level)

    return read


def _cell(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else None


def _text(cell: Cell) -> str:
    from etl.values.cleaned import typed_text

    return "" if cell is None else typed_text(cell).strip()
