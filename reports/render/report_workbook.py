"""A report as an Excel workbook: every table a sheet with typed cells, a codebook, and the check of the calculation."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any

from reports.blocks.content import (
    INTERVALS,
    NUMBERS,
    Calculation,
    Facts,
    Figure,
    FreeHtml,
    Heading,
    Kind,
    Quantity,
    Table,
    Text,
    plain,
)
from reports.blocks.palette import light_surfaces
from reports.blocks.words import origin_told, told_words
from reports.render.check_sheet import write_check
from reports.render.document import Document
from reports.render.list_workbook import LONGEST_NAME, sheet_name
from warehouse.language import Language

MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook bears no time of its making, so that same reports are same files
HEAD_ROW = 3
LONGEST_CELL = 32_767
"""So many signs of a text a spreadsheet takes in one cell."""
CUT_NAMED = 20
WIDEST, NARROWEST = 60, 9
LINE_HEIGHT = 13


@dataclass(frozen=True)
class _Page:
    """A table with the name of its sheet and where its figures come from."""

    name: str
    table: Table
    source: str


def workbook_of(document: Document) -> bytes:
    """The workbook of a document; the same document gives the same bytes. A text is never a formula."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": document.title, "comments": document.snapshot_id, "created": MADE})
        formats = _formats(book)
        used: set[str] = set()
        pages = list(_pages(document, used))
        summary = book.add_worksheet(sheet_name(document.language("Summary"), used))
        end = _write_summary(summary, document, pages, formats)
        for page in pages:
            _write_table(book.add_worksheet(page.name), page, document, formats)
        for calculation, name in _checks(document, used):
            sheet = book.add_worksheet(name)
            write_check(sheet, calculation, document.language, formats)
            _printable(sheet, document, landscape=True)
        _tell_cut(summary, end, formats, document.language)
        _write_codebook(book.add_worksheet(sheet_name(document.language("Codebook"), used)), document, pages, formats)
    return stream.getvalue()


class _Formats(dict[str, Any]):
    """The looks of cells by name, and those of values by their kind, made when they are first asked for."""

    def __init__(self, book: Any, named: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
        super().__init__(named)
        self._book, self._usual = book, usual
        self.cut: list[str] = []
        """the cells whose text is longer than a spreadsheet takes, each with its sheet"""

    def of(self, kind: Kind, places: int, align: str = "") -> Any:
        """Return the look of a value of this kind."""
        name = f"{kind} {places} {align}"
        if name not in self:
            aligned = {"align": align} if align else {"align": "left"} if kind in ("year", "date", "moment") else {}
            shown = {**self._usual, "num_format": _pattern(kind, places), **aligned}
            self[name] = self._book.add_format(shown)
        return self[name]


def _pattern(kind: Kind, places: int) -> str:
    """How a spreadsheet writes a value: its own marks for thousands and decimals, by the language of its user."""
    decimals = f".{'0' * places}" if places else ""
    match kind:
        case "year":
            return "0"
        case "whole":
            return "#,##0"
        case "percent":
            return f"0{decimals}%"
        case "signed":
            return f"+#,##0{decimals};-#,##0{decimals};0{decimals}"
        case "date":
            return "dd/mm/yyyy"
        case "moment":
            return "dd/mm/yyyy hh:mm"
        case _:
            return f"#,##0{decimals}"


def _formats(book: Any) -> _Formats:
    top = {"valign": "top", "font_name": "Arial", "font_size": 10}
    colours = light_surfaces()
    line, head = {"bottom": 4, "bottom_color": colours["rule"]}, {"bg_color": colours["pale"]}
    mark = {"bg_color": colours["amber"], "font_color": colours["amber-ink"]}
    named = {
        "title": book.add_format({**top, "bold": True, "font_size": 13}),
        "bold": book.add_format({**top, "bold": True}),
        "mark": book.add_format({**top, "bold": True, **mark}),
        "note": book.add_format({**top, "font_color": colours["muted"]}),
        "head": book.add_format({**top, "bold": True, "text_wrap": True, **head, "bottom": 1, "top": 1}),
        "text": book.add_format({**top, **line, "text_wrap": True}),
        "empty": book.add_format(line),
        "number": book.add_format({**top, **line, "num_format": "#,##0"}),
        "decimal": book.add_format({**top, **line, "num_format": "#,##0.00"}),
        "result": book.add_format({**top, "bold": True, "num_format": "#,##0.00", **head, "top": 1}),
    }
    return _Formats(book, named, {**top, **line})


def _pages(document: Document, used: set[str]) -> Iterator[_Page]:
    number = 0
    for part in document.parts:
        if isinstance(part, Table) and part.columns:
            number += 1
            yield _Page(sheet_name(_short(f"{number} {part.caption}"), used), part, "")
        elif isinstance(part, Figure) and part.data.columns:
            number += 1
            yield _Page(sheet_name(_short(f"{number} {part.title}"), used), part.data, part.source)


def _short(text: str) -> str:
    """A caption as the name of a sheet: what stands before its details, cut between words."""
    words = re.split(r"[,:(?]", text)[0].split()
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > LONGEST_NAME:
            break
        name = f"{name} {word}".strip()
    return name


def _checks(document: Document, used: set[str]) -> Iterator[tuple[Calculation, str]]:
    """The calculations with the names of their sheets: one alone is "Cek Hitung", of several each names its rules.

    Where they are of several cities, each names its city.
    """
    calculations = document.calculations()
    title = document.language("Hand check")
    is_of_cities = len({one.title for one in calculations}) > 1
    for one in calculations:
        own = one.title.partition(",")[0] if is_of_cities else one.rulebook
        yield one, sheet_name(title if len(calculations) == 1 else f"{title} {own}", used)


def _tell_cut(sheet: Any, row: int, formats: _Formats, language: Language) -> None:
    """Say on the first sheet which texts are longer than a cell may be, and where they are whole."""
    if not formats.cut:
        return
    text = language("Longer than the {most} signs that a cell takes, and cut: {cells}. The web page has them whole.")
    told = text.format(most=language.whole(LONGEST_CELL), cells=", ".join(formats.cut[:CUT_NAMED]))
    more = len(formats.cut) - CUT_NAMED
    told += f" {language('and {count} more').format(count=language.whole(more))}" if more > 0 else ""
    _summary_line(sheet, row + 1, language("Texts cut"), told, formats["bold"], formats["text"])


def _write_summary(sheet: Any, document: Document, pages: list[_Page], formats: _Formats) -> int:
    """Title, mark, message, headline figures, facts, and the list of sheets; the row after them."""
    _ = document.language
    sheet.set_column(0, 0, SUMMARY_WIDTHS[0])
    sheet.set_column(1, 1, SUMMARY_WIDTHS[1])
    sheet.write_string(0, 0, document.title, formats["title"])
    sheet.write_string(1, 0, document.subtitle, formats["note"])
    row = 2
    for part in document.parts:
        if isinstance(part, Text) and part.tone == "mark":
            row = _summary_line(sheet, row, part.lead, plain(part.text), formats["mark"], formats["text"])
            break
    for part in document.parts:
        if isinstance(part, Text) and part.tone == "message":
            row = _summary_line(sheet, row, _("In short"), plain(part.text), formats["bold"], formats["bold"])
    row += 1
    for card in (card for cards in document.cards() for card in cards.cards):
        value = _("not computed") if card.value is None else told_words(card.value, _)
        said = " · ".join(part for part in (value, card.detail, *card.gaps) if part)
        row = _summary_line(sheet, row, card.heading, said, formats["bold"], formats["bold"])
    for part in document.parts:
        for name, fact in part.pairs if isinstance(part, Facts) else ():
            row = _summary_line(sheet, row, name, told_words(fact, _), formats["text"], formats["text"])
            if isinstance(fact, Quantity) and fact.value is not None and fact.kind not in ("text", *INTERVALS):
                form = formats.of(fact.kind, fact.places, align="left")
                _write_value(sheet, row - 1, 1, fact.value, fact.kind, form)
        if isinstance(part, FreeHtml):
            text = _("this part can be seen on the web page of the report only")
            row = _summary_line(sheet, row, part.title, text, formats["text"], formats["note"])
    for text in _basis_in_brief(document):
        row = _summary_line(sheet, row, _("What this report rests on"), text, formats["text"], formats["note"])
    row = _summary_line(sheet, row + 1, _("Sheet"), _("Table"), formats["head"], formats["head"])
    for page in pages:
        row = _summary_line(sheet, row, page.name, page.table.caption, formats["text"], formats["text"])
        # A link to a sheet of this workbook; its text is a name of ours.
        sheet.write_url(row - 1, 0, f"internal:'{page.name}'!A1", formats["text"], page.name)
    _printable(sheet, document)
    return row


def _basis_in_brief(document: Document) -> list[str]:
    """Return the notes of the last section: there a page of few sheets says what it rests on; others have facts."""
    last = max((place for place, part in enumerate(document.parts) if isinstance(part, Heading)), default=-1)
    section = document.parts[last + 1 :]
    if any(isinstance(part, Facts) for part in section):
        return []
    return [plain(part.text) for part in section if isinstance(part, Text) and part.tone == "note"]


SUMMARY_WIDTHS = (46, 70)


def _summary_line(sheet: Any, row: int, name: str, text: str, first: Any, second: Any) -> int:
    """A name and what it says; the row after it."""
    sheet.write_string(row, 0, name, first)
    sheet.write_string(row, 1, text, second)
    sheet.set_row(row, _height((name, text), SUMMARY_WIDTHS))
    return row + 1


def _write_table(sheet: Any, page: _Page, document: Document, formats: _Formats) -> None:
    """A table under its caption: filters, a heading that stays, numbers and dates as such."""
    _, table = document.language, page.table
    columns = _columns(table, _)
    sheet.write_string(0, 0, table.caption, formats["title"])
    mark = _("SIMULATED DATA") if table.is_simulated else ""
    note = " · ".join(filter(None, [origin_told(table, _), table.note or page.source]))
    sheet.write_string(1, 0, mark or note, formats["mark" if mark else "note"])
    if mark and note:
        sheet.write_string(2, 0, note, formats["note"])
    for column, one in enumerate(columns):
        sheet.write_string(HEAD_ROW, column, one.heading, formats["head"])
        sheet.set_column(column, column, _width(one))
        for row, value in enumerate(one.values, start=HEAD_ROW + 1):
            _write(sheet, row, column, value, one, formats)
    widths = [_width(one) for one in columns]
    sheet.set_row(HEAD_ROW, _height([one.heading for one in columns], widths))
    for row, values in enumerate(zip(*(one.values for one in columns), strict=True), start=HEAD_ROW + 1):
        sheet.set_row(row, _height([value if isinstance(value, str) else "" for value in values], widths))
    sheet.freeze_panes(HEAD_ROW + 1, 1)
    if columns:
        sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + max(1, len(table.values)), len(columns) - 1)
    sheet.repeat_rows(HEAD_ROW)
    _printable(sheet, document, landscape=len(columns) > 4, is_simulated=table.is_simulated)


@dataclass(frozen=True)
class _Column:
    """A column of a sheet; `instead` holds the words for a value that is not known, by row."""

    heading: str
    kind: Kind
    places: int
    values: list[Any]
    instead: Mapping[int, str]
    missing: str = ""

    def words(self, row: int) -> str:
        """Return what a cell says in words in place of a value; empty where it says nothing."""
        return self.instead.get(row, self.missing)


def _columns(table: Table, language: Language) -> list[_Column]:
    """The columns of a table: its groups first; one of intervals becomes two, the lowest and the highest."""
    columns = [_Column(language("Group"), "text", 0, list(table.groups), {})] if table.groups else []
    for place, column in enumerate(table.columns):
        values = [row[place] for row in table.values]
        instead = {row: words for row, own, words in table.instead if own == place}
        if column.kind in INTERVALS:
            kind: Kind = "percent" if column.kind == "percent interval" else "decimal" if column.places else "whole"
            for text, end in (("{heading} (lowest)", 0), ("{heading} (highest)", 1)):
                heading = language(text).format(heading=column.heading)
                ends = [None if value is None else value[end] for value in values]
                columns.append(_Column(heading, kind, column.places, ends, instead, column.missing))
        else:
            columns.append(_Column(column.heading, column.kind, column.places, values, instead, column.missing))
    return columns


def _write(sheet: Any, row: int, column: int, value: Any, one: _Column, formats: _Formats) -> None:
    words = one.words(row - HEAD_ROW - 1) if value is None else ""
    if words:
        sheet.write_string(row, column, words, formats["text"])
    elif value is None:
        sheet.write_blank(row, column, None, formats["text"])
    elif one.kind == "text" and len(str(value)) > LONGEST_CELL:
        formats.cut.append(f"{sheet.get_name()}!{_cell_name(row, column)}")
        sheet.write_string(row, column, f"{str(value)[: LONGEST_CELL - 2]} …", formats["text"])
    elif one.kind in ("text", "boolean"):
        _write_value(sheet, row, column, value, one.kind, formats["text"])
    else:
        _write_value(sheet, row, column, value, one.kind, formats.of(one.kind, one.places))


def _cell_name(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


def _write_value(sheet: Any, row: int, column: int, value: Any, kind: Kind, form: Any) -> None:
    if kind == "boolean":
        sheet.write_boolean(row, column, bool(value), form)
    elif kind in ("date", "moment"):
        sheet.write_datetime(row, column, value, form)
    elif kind in NUMBERS or kind == "year":
        sheet.write_number(row, column, float(value), form)
    else:
        sheet.write_string(row, column, str(value), form)


def _height(texts: Iterable[str], widths: Iterable[int]) -> float:
    """The height of a row in points: not every program finds it out for itself."""
    lines = max((_line_count(text, max(1, width - 1)) for text, width in zip(texts, widths, strict=True)), default=1)
    return LINE_HEIGHT * max(1, lines) + 3


def _line_count(text: str, room: int) -> int:
    """How many lines a text takes; most take one, which needs no wrapping."""
    return 1 if len(text) <= room and "\t" not in text else len(wrap(text, room))


def _width(one: _Column) -> int:
    lengths = [len(str(value)) for value in one.values if value is not None]
    lengths += [len(words) for words in (*one.instead.values(), one.missing)]
    longest_word = max((len(word) for word in one.heading.split()), default=0)
    return min(WIDEST, max(NARROWEST, longest_word + 3, *(length + 2 for length in lengths or [0])))


def _write_codebook(sheet: Any, document: Document, pages: list[_Page], formats: _Formats) -> None:
    """What every column of every sheet holds."""
    _ = document.language
    heads = [_("Sheet"), _("Column"), _("Kind of values"), _("Rows"), _("Table"), _("Source")]
    heads += [_("Simulated"), _("Published"), _("Estimate")]
    for column, (text, width) in enumerate(zip(heads, (30, 32, 30, 8, 60, 44, 10, 10, 10), strict=True)):
        sheet.write_string(0, column, text, formats["head"])
        sheet.set_column(column, column, width)
    row = 0
    for page in pages:
        for one in _columns(page.table, _):
            row += 1
            words = (page.name, one.heading, _kind(one, _))
            for column, text in enumerate(words):
                sheet.write_string(row, column, text, formats["text"])
            sheet.set_row(row, _height([page.table.caption, page.source or page.table.note], (60, 44)))
            sheet.write_number(row, 3, len(page.table.values), formats["number"])
            sheet.write_string(row, 4, page.table.caption, formats["text"])
            sheet.write_string(row, 5, page.source or page.table.note, formats["text"])
            table = page.table
            for column, applies in enumerate((table.is_simulated, table.is_published, table.is_estimate), start=6):
                sheet.write_string(row, column, _("yes") if applies else _("no"), formats["text"])
    sheet.freeze_panes(1, 1)
    if row:
        sheet.autofilter(0, 0, row, len(heads) - 1)
    _printable(sheet, document, landscape=True)


def _kind(one: _Column, language: Language) -> str:
    kinds = {
        "text": language("text"),
        "year": language("year"),
        "whole": language("whole number"),
        "decimal": language("number with {places} decimals").format(places=one.places),
        "percent": language("percentage"),
        "signed": language("change with {places} decimals").format(places=one.places),
        "date": language("date"),
        "moment": language("date and time"),
        "boolean": language("yes or no"),
    }
    return kinds[one.kind]


def _printable(sheet: Any, document: Document, *, landscape: bool = False, is_simulated: bool | None = None) -> None:
    """A4, one page wide, with the mark and the page numbers on paper."""
    _ = document.language
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if landscape:
        sheet.set_landscape()
    is_marked = document.is_simulated if is_simulated is None else is_simulated
    mark = f"&B{_('SIMULATED DATA')}" if is_marked else ""
    sheet.set_header(f"&L&8{_plain(document.title)}&R&8{mark}")
    sheet.set_footer(f"&L&8Snapshot {document.snapshot_id[:12]}&R&8&P/&N")


def _plain(text: str) -> str:
    """A text as a header takes it: an ampersand would begin a code, and there is room for little."""
    return text.replace("&", "&&")[:100]
