"""The tables of the reports, set with great-tables: deterministic, captioned, everything from data escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Literal

import polars as pl

from reports.block import Block, render
from reports.content import Head, table_of, told_values
from warehouse.language import Language

Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Column:
    """One column: its name in the frame, its heading, how it is aligned."""

    name: str
    heading: str
    align: Align = "left"


def table(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    caption: str,
    language: Language,
    *,
    is_simulated: bool,
    note: str = "",
    group: str | None = None,
    facets: Sequence[str] = (),
    anchors: Sequence[str] = (),
    links: Sequence[str | None] = (),
) -> Block:
    """A table of the frame's rows in their order; the first column heads each row, `group` names a column of headings.

    `facets` names columns of few values that a page lets its reader choose from. `anchors` names each row for links to
    it; `links` leads from each row's heading to another place of the page (empty or None: nowhere).

    Dates, decimals, booleans and, in columns aligned to the right, whole numbers are shown in the reader's format and
    keep their type in the workbook; text is shown as it is, null as "–". Neither HTML nor Markdown in a value is
    interpreted.
    """
    key = "tab-" + sha256("|".join([caption, note, *(column.name for column in columns)]).encode()).hexdigest()[:10]
    names = [column.name for column in columns]
    described = table_of(
        frame.select(column.name for column in columns),
        [Head(heading=column.heading, align=column.align) for column in columns],
        language,
        key=key,
        caption=caption,
        groups=frame[group].cast(pl.String).to_list() if group else (),
        note=note,
        is_simulated=is_simulated,
    )
    return render(
        "table.html",
        key=key,
        body=Block(_linked(_body(frame, columns, caption, key, is_simulated, language, group), anchors, links)),
        caption=caption,
        note=note,
        facets=[names.index(facet) for facet in facets],
    ).saying(described)


def _body(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    caption: str,
    key: str,
    is_simulated: bool,
    language: Language,
    group: str | None,
) -> str:
    from great_tables import GT

    names = [column.name for column in columns]
    aligned = [*columns, *([Column(group, "")] if group else [])]
    shown = pl.DataFrame(
        {column.name: told_values(frame[column.name], column.align, language) for column in aligned},
        schema=dict.fromkeys((column.name for column in aligned), pl.String),
    )
    built = GT(shown, rowname_col=names[0], groupname_col=group, id=key)
    if len(columns) > 1:
        built = built.cols_label({column.name: column.heading for column in columns[1:]})
        for align in ("left", "right", "center"):
            alike = [column.name for column in columns[1:] if column.align == align]
            if alike:
                built = built.cols_align(align=align, columns=alike)
    built = built.tab_stubhead(label=columns[0].heading)
    return _captioned(str(built.as_raw_html()), caption, is_simulated, language)


_SAID_BY_SCOPE = re.compile(r' (?:headers="[^"]*"|id="[^"]*-stub-\d+"|rowspan="1"|colspan="1")|gt_row (?=gt_)')
"""What each cell repeats of its headings: their scope says it in a third of the bytes."""

_ROW = re.compile(r'<tr>(\s*<th scope="row" class="[^"]*gt_stub[^"]*">)(.*?)</th>', re.DOTALL)


def _linked(html: str, anchors: Sequence[str], links: Sequence[str | None]) -> str:
    """The table with a name for each row, and a link around its heading."""
    if not anchors and not links:
        return html
    place = -1

    def row(found: re.Match[str]) -> str:
        nonlocal place
        place += 1
        anchor = anchors[place] if place < len(anchors) else ""
        link = links[place] if place < len(links) else None
        named = f'<tr id="{escape(anchor)}">' if anchor else "<tr>"
        heading = f'<a href="{escape(link)}">{found[2]}</a>' if link else found[2]
        return f"{named}{found[1]}{heading}</th>"

    return _ROW.sub(row, html)


_TABLE = re.compile(r"<table[^>]*>(.*?)</table>", re.DOTALL)


def _captioned(html: str, caption: str, is_simulated: bool, language: Language) -> str:
    """The bare table with a caption: great-tables' own style block is left out, since the page has one style sheet."""
    inner = _TABLE.search(_SAID_BY_SCOPE.sub("", html))
    if inner is None:
        raise ValueError("great-tables returned no table")
    mark = f'<strong class="mark">{escape(language("SIMULATED DATA"))}</strong> ' if is_simulated else ""
    return f'<table class="gt_table"><caption>{mark}{escape(caption)}</caption>{inner[1]}</table>'
