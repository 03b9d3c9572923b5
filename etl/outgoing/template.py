"""Our own template workbooks, written to be filled in and read back by the layout of the same name."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

import polars as pl
import xlsxwriter

from etl.values.columns import MOST_LEVELS, highest_level
from iga.rulebook import Rulebooks, shipped_rulebooks
from warehouse.errors import UnknownName
from warehouse.reference import load_reference

HEADER_ROW = 4
EMPTY_ROWS = 200
"""How many rows below the header get drop-downs where the template has none of its own."""

Row = Sequence[str | int | None]


@dataclass(frozen=True)
class Template:
    """One template, from ``templates.toml``."""

    layout: str
    file: str
    sheet: str
    title: str
    how_to_fill: str
    header: list[str]
    choices: dict[str, list[str]] = field(default_factory=dict)
    choices_of_levels: list[str] = field(default_factory=list)
    has_indicators: bool = False
    document_choices: list[str] = field(default_factory=list)
    level_word: str = ""
    """What the headers of levels begin with, such as "Verifikasi": whose levels they are; empty: the city's own."""
    is_to_be_continued: bool = False
    """Whether the rows that are filled in already are only the first of those that are to be there."""


@cache
def load_templates() -> dict[str, Template]:
    """Every template by the name that `iga template` takes."""
    text = resources.files("etl.outgoing").joinpath("templates.toml").read_text(encoding="utf-8")
    return {name: Template(**content) for name, content in tomllib.loads(text).items()}


def load_template(name: str) -> Template:
    """The template of that name; raises UnknownName with the known ones."""
    templates = load_templates()
    if name not in templates:
        raise UnknownName(
            "No template is named {name}",
            next_step="those that exist: {known}",
            name=name,
            known=", ".join(templates),
        )
    return templates[name]


ASKED = "Diminta Rencana"
"""The column of a control sheet that says what the plan asks of an innovation; nobody reads it back."""


def template_workbook(
    name: str,
    city: str,
    edition: int,
    rows: Sequence[Row] = (),
    rulebooks: Rulebooks | None = None,
    *,
    note: str = "",
    asked: Sequence[str] | None = None,
    answers: Sequence[Mapping[str, tuple[int | None, bool | None]]] | None = None,
) -> bytes:
    """Return the bytes of the template of a name, as `filled_workbook` makes them. Raises UnknownName."""
    return filled_workbook(
        load_template(name), city, edition, rows, rulebooks, note=note, asked=asked, answers=answers
    )  # fmt: skip


def filled_workbook(
    template: Template,
    city: str,
    edition: int,
    rows: Sequence[Row] = (),
    rulebooks: Rulebooks | None = None,
    *,
    note: str = "",
    asked: Sequence[str] | None = None,
    answers: Sequence[Mapping[str, tuple[int | None, bool | None]]] | None = None,
) -> bytes:
    """Return the bytes of a template for a city and edition, with rows filled in already where there are any.

    `note` stands above the header. `asked` says by row what is asked there; without it the template has no such column.
    `answers` says by row what is known of each indicator: its level, and whether its document is there.

    SPD answers list the lines of the edition's rulebook; the control sheet has a level and a document column for each
    of its indicators. Levels to choose from are those of each line or indicator. `rulebooks` are the shipped ones
    unless they are given. Text is written as text, so that a title that begins with ``=`` is no formula.
    """
    known = rulebooks or shipped_rulebooks()
    header, choices = list(template.header), dict(template.choices)
    lines = list(rows)
    if asked is not None:
        header.append(ASKED)
        lines = [[*row, told] for row, told in zip(rows, asked, strict=True)]
    tops: list[int] = []
    if template.choices_of_levels:
        answered = known.of(edition).spd_indicators
        lines = lines or [[line.number, line.name_id] for line in answered]
        top_of = {line.number: line.top_level for line in answered}
        highest = highest_level(known, edition) or MOST_LEVELS
        tops = [top_of.get(str(line[0]), highest) for line in lines] or [highest] * EMPTY_ROWS
    levels: set[str] = set()
    if template.has_indicators:
        for group in known.of(edition).sid_groups:
            level, document = f"{group.number}. {group.name_id}", f"Dok. {group.number}"
            level = f"{template.level_word} {level}" if template.level_word else level
            header.append(level)
            choices[level] = _levels(group.top_level)
            if template.document_choices:
                header.append(document)
                choices[document] = template.document_choices
            levels.add(level)
            tops.append(group.top_level)
            if answers is not None:
                known_cells = [_known(group.numbers, told, template.document_choices) for told in answers]
                lines = [[*row, *cells] for row, cells in zip(lines, known_cells, strict=True)]
    title = template.title.format(city=city.upper(), edition=edition)
    guide = template.how_to_fill.format(top=max(tops, default=0))
    own_tops = [] if template.has_indicators else tops
    sheet = _Filled(template, title, guide, header, choices, levels, lines, own_tops, note)
    return _workbook(sheet)


def places_in_register(region_code: str) -> list[list[str | None]]:
    """Return the rows of a unit register that are known of every city: its kecamatan, each with its kelurahan.

    The code of the place is the code of the unit, and of the parent of what lies in it. Other units, days and aliases
    are for the city to add.
    """
    words = {"kecamatan": "Kecamatan", "kelurahan": "Kelurahan"}
    places = load_reference("subdistrict").filter(
        (pl.col("region_code") == region_code) & pl.col("unit_kind").is_in(list(words))
    )
    codes = set(places["code"])
    return [
        [code, f"{words[kind]} {name}", words[kind], parent if parent in codes else None, code]
        for code, kind, name, parent in places.sort("code")
        .select("code", "unit_kind", "name", "parent_code")
        .iter_rows()
    ]


def _known(
    numbers: Sequence[str], told: Mapping[str, tuple[int | None, bool | None]], choices: Sequence[str]
) -> tuple[int | None, str | None]:
    """Return the level and the word for the document that are known of an indicator, of alternatives the best."""
    known = [told[number] for number in numbers if number in told]
    levels = [level for level, _is_there in known if level is not None]
    documents = [is_there for _level, is_there in known if is_there is not None]
    yes, no = choices
    return max(levels, default=None), (yes if any(documents) else no) if documents else None


def _levels(top: int) -> list[str]:
    return [str(level) for level in range(top + 1)]


@dataclass(frozen=True)
class _Filled:
    """A template for one city and edition: `levels` are the headers of indicators, `row_tops` the top level by row."""

    template: Template
    title: str
    guide: str
    header: list[str]
    choices: dict[str, list[str]]
    levels: set[str]
    rows: Sequence[Row]
    row_tops: Sequence[int]
    note: str = ""


def _workbook(filled: _Filled) -> bytes:
    template, header, choices, rows = filled.template, filled.header, filled.choices, filled.rows
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheet = workbook.add_worksheet(template.sheet)
        bold = workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E9EDF1", "border": 1}
        )
        as_text = workbook.add_format({"num_format": "@"})
        sheet.write_string(0, 0, filled.title, workbook.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, filled.guide)
        if filled.note:
            sheet.write_string(2, 0, filled.note)
        for column, text in enumerate(header):
            sheet.write_string(HEADER_ROW - 1, column, text, bold)
        for place, row in enumerate(rows, start=HEADER_ROW):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(place, column, cell)
                elif cell:
                    sheet.write_string(place, column, cell, as_text)
        _write_choices(sheet, filled)
        sheet.freeze_panes(HEADER_ROW, 2)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        if template.has_indicators:
            sheet.repeat_columns(0, 1)
        else:
            sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW - 1)
        sheet.set_column(0, len(header) - 1, 16)
        sheet.set_column(1, 2, 40)
        if ASKED in header:
            sheet.set_column(header.index(ASKED), header.index(ASKED), 40)
        for column, text in enumerate(header):
            if template.has_indicators and text in choices:
                sheet.set_column(column, column, 14 if text in filled.levels else 8)
    return stream.getvalue()


def _write_choices(sheet: Any, filled: _Filled) -> None:
    """Give the cells of a column their drop-down; in a column of levels each row has those of its own line."""
    more = EMPTY_ROWS if filled.template.is_to_be_continued or not filled.rows else 0
    last = HEADER_ROW + len(filled.rows) + more - 1
    for column, text in enumerate(filled.header):
        if text in filled.choices:
            source = {"validate": "list", "source": filled.choices[text]}
            sheet.data_validation(HEADER_ROW, column, last, column, source)
        elif text in filled.template.choices_of_levels:
            first = HEADER_ROW
            for top, alike in groupby(filled.row_tops):
                following = first + len(list(alike))
                source = {"validate": "list", "source": _levels(top)}
                sheet.data_validation(first, column, following - 1, column, source)
                first = following
