"""The files of a report as a test reads them: tables of page, workbook and notebook, words and structure of the PDF."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
from lxml import html
from pypdf import PdfReader

from analysis import open_snapshot
from reports.blocks.block import Block
from reports.blocks.content import INTERVALS, Table
from reports.blocks.html import is_address
from reports.blocks.words import told_rows
from reports.render.cells import parts_of
from reports.render.outputs import Finished, OutputContext, write_outputs
from reports.render.page import page
from reports.render.report_workbook import HEAD_ROW
from reports.run.declaration import Report, Words
from warehouse.home import Home
from warehouse.language import Language

KINDS = ("html", "pdf", "xlsx", "ipynb")
FIGURE = {"id": re.compile(r"(?<![\w.,])[-+−]?\d[\d.]*(?:,\d+)?(?![\w])"),
          "en": re.compile(r"(?<![\w.,])[-+−]?\d[\d,]*(?:\.\d+)?(?![\w])")}  # fmt: skip
"""A figure in a text of each language."""


@dataclass(frozen=True)
class HtmlTable:
    """A table of a page: caption, headings, and the texts of its rows, without the rows that only head a group."""

    caption: str
    heads: list[str]
    rows: list[list[str]]
    is_folded: bool = False


@dataclass
class Built:
    """The four files of one report."""

    folder: Path
    home: Path
    snapshot_id: str
    page: str
    language: Language
    blocks: list[Table]
    """the tables of its blocks, the data of the charts included, in order"""

    def bytes_of(self, kind: str) -> bytes:
        return (self.folder / f"{self.page}.{kind}").read_bytes()

    def pdf(self) -> PdfReader:
        return PdfReader(BytesIO(self.bytes_of("pdf")))

    @cached_property
    def printed(self) -> list[str]:
        """The words of each page of the PDF, long ones put together again."""
        return [page.extract_text().replace("\u200b", "") for page in self.pdf().pages]

    def workbook(self) -> Any:
        return openpyxl.load_workbook(BytesIO(self.bytes_of("xlsx")))

    def tables(self) -> list[HtmlTable]:
        """The tables of the page, in order."""
        return tables_in(self.bytes_of("html").decode())

    def notebook_tables(self) -> list[HtmlTable]:
        """The tables that the executed notebook shows."""
        notebook = nbformat.reads(self.bytes_of("ipynb").decode(), as_version=4)
        shown = [out["data"].get("text/html", "") for cell in notebook.cells for out in cell.get("outputs", [])]
        return tables_in("".join(shown))

    def sheets(self) -> list[Any]:
        """The sheets of the workbook that hold a table of the page."""
        own = {self.language(name) for name in ("Summary", "Codebook")}
        check = self.language("Hand check")
        return [sheet for sheet in self.workbook() if sheet.title not in own and not sheet.title.startswith(check)]


def write(executed: Any, report: Report, home: Path, folder: Path, lang: str = "id") -> Built:
    """Write every output of a report into a new folder."""
    folder.mkdir()
    with open_snapshot(home=home) as snapshot:
        snapshot_id = snapshot.snapshot_id
    context = OutputContext("Indeks tiga kota", Language(lang), snapshot_id, "0.1.0", True, Home.at(home))
    assert write_outputs(executed, report, context, folder).missing == ()
    blocks = Finished(executed, report, context, folder).document.tables()
    return Built(folder, home, snapshot_id, report.page, Language(lang), blocks)


def page_of(executed: Any, lang: str) -> str:
    """The page of an executed notebook."""
    language = Language(lang)
    body = Block(parts_of(executed, language), language)
    return page(body, title="IGA", subtitle="", site_title="IGA", language=language)


def report_on(notebook: str, parameters: dict[str, Any]) -> Report:
    """A report of a notebook as a site might declare it, with all outputs."""
    words = Words(id="Laporan", en="Report")
    return Report("site", "part", notebook, notebook, parameters, words, words, KINDS)  # type: ignore[arg-type]


def tables_in(markup: str) -> list[HtmlTable]:
    """Every table of a piece of HTML."""
    found = []
    for element in html.document_fromstring(markup).xpath("//table"):
        for mark in element.xpath(".//caption//*[@class='mark' or @class='origin']"):
            mark.drop_tree()
        caption = " ".join(element.xpath("string(./caption)").split())
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")] for row in element.iter("tr")
        ]
        heads = rows.pop(0)
        is_folded = bool(element.xpath("ancestor::details[contains(@class, 'folded')]"))
        if element.xpath("ancestor::noscript") and found:  # the rest of the table before it
            found[-1].rows.extend(row for row in rows if len(row) == len(heads))
            continue
        found.append(HtmlTable(caption, heads, [row for row in rows if len(row) == len(heads)], is_folded))
    return found


def differences(block: Table, shown: HtmlTable, sheet: Any, language: Language) -> Iterator[str]:
    """Where a page or a sheet says something else than the block that both are made of: words, values, their number."""
    told = [[" ".join(text.split()) for text in row] for row in told_rows(block, language)]
    if told != shown.rows:
        yield f"{block.caption}: the page shows {shown.rows}, not {told}"
    cells = [list(row) for row in sheet.iter_rows(min_row=HEAD_ROW + 2)]
    if len(cells) != len(block.values):
        yield f"{block.caption}: {len(block.values)} rows, {len(cells)} in the workbook"
        return
    instead = {(row, place): words for row, place, words in block.instead}
    for number, (row, values) in enumerate(zip(cells, block.values, strict=True)):
        own = iter(row[1:] if block.groups else row)
        for place, (column, value) in enumerate(zip(block.columns, values, strict=True)):
            is_interval = column.kind in INTERVALS
            words = instead.get((number, place), column.missing) or None
            for end in (value or (None, None)) if is_interval else (value,):
                cell = next(own).value
                if not _is_same(cell, _as_cell(end, words)):
                    yield f"{block.caption}, {column.heading}: {end!r}, in the workbook {cell!r}"


def _is_same(cell: Any, value: Any) -> bool:
    """Whether a cell holds a value; a workbook keeps sixteen digits of a number."""
    if isinstance(cell, int | float) and isinstance(value, int | float) and not isinstance(value, bool):
        return math.isclose(cell, value, rel_tol=1e-15)
    return bool(cell == value)


def _as_cell(value: Any, words: str | None) -> Any:
    """What a sheet holds of a value; the words that stand for one that is not known."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return words if value is None else value


def percent_in(text: str, language: Language) -> tuple[Decimal, int] | None:
    """The number before the sign of a percentage, and its decimal places; None for any other text."""
    found = re.fullmatch(rf"({NUMBER})\s?%", text)
    return _figure(found[1], language) if found else None


MARKS = {"id": (".", ","), "en": (",", ".")}
NUMBER = r"[-−+]?\d[\d.,]*"
INTERVAL = re.compile(rf"({NUMBER})(?:–({NUMBER}))?")


def figures_in(text: str, language: Language) -> tuple[Decimal, Decimal, int] | None:
    """The figure that a text is, as its two ends and its decimal places; None where it is not a figure and only that.

    A text counts only if the figure is written as `Language.number`, `whole` and `interval` write it.
    """
    found = INTERVAL.fullmatch(text)
    if found is None:
        return None
    ends = [_figure(part, language) for part in found.groups() if part]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    return known[0][0], known[-1][0], max(places for _, places in known)


def _figure(text: str, language: Language) -> tuple[Decimal, int] | None:
    thousands, point = MARKS[language.code]
    plain = text.replace("−", "-").removeprefix("+")
    digits = plain.replace(thousands, "").replace(point, ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?", digits):
        return None
    value, places = Decimal(digits), len(digits.partition(".")[2])
    return (value, places) if language.number(value, places) == plain else None


def words_of(reader: PdfReader) -> str:
    """The words of a PDF, long ones put together again."""
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u200b", "")


def evaluated(sheet: Any, address: str, known: dict[str, Any] | None = None) -> Any:
    """The value of a cell: a small reading of the few functions that the sheet uses, in floats as Excel computes."""
    known = {} if known is None else known
    if address not in known:
        value = sheet[address].value
        known[address] = computed(sheet, value, known) if isinstance(value, str) and value[0] == "=" else value or 0
    return known[address]


def computed(sheet: Any, value: str, known: dict[str, Any]) -> Any:
    def many(text: str) -> list[Any]:
        return [evaluated(sheet, cell.coordinate, known) for row in sheet[text.replace("$", "")] for cell in row]

    python = re.sub(r"\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)", r"many('\1\2:\3\4')", value[1:])
    python = re.sub(r"(?<!')\$([A-Z]+)\$(\d+)", r"one('\1\2')", python)
    python = re.sub(r"(?<![<>])=", "==", python)
    functions: dict[str, Callable[..., Any]] = {
        "many": many,
        "one": lambda name: evaluated(sheet, name, known),
        "SUM": sum,
        "SUMPRODUCT": lambda first, second: sum(a * b for a, b in zip(first, second, strict=True)),
        "MAX": max,
        "MIN": min,
        "IF": lambda test, yes, no: yes if test else no,
        "ROUND": round,
        "INT": lambda number: int(number // 1),
    }
    return eval(python, {"__builtins__": {}}, functions)


CALLS = frozenset({"script", "iframe", "object", "embed", "link", "meta", "base", "form", "foreignobject", "animate"})


def assert_harmless(page: str) -> None:
    """Assert that no element of a piece of a page runs, loads or leads anywhere outside of the site."""
    for element in html.fragment_fromstring(page, create_parent="div").iter():
        assert isinstance(element.tag, str) and element.tag.casefold() not in CALLS, element.tag
        for name, value in element.attrib.items():
            assert not name.casefold().startswith("on"), name
            assert name not in ("href", "src") or is_address(value), value
            assert "url(" not in value or value.startswith("url(#"), value
