"""The tables of the reports, set with great-tables: deterministic, captioned, everything from data escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Literal

import polars as pl

from reports.blocks.block import Block, render
from reports.blocks.content import NONE, Head, table_of, told_values
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
    """The table as great-tables sets it: its first row is, all others are set after the pattern of that one."""
    pattern = _pattern(tuple(columns), key, group is not None)
    shown = [told_values(frame[column.name], column.align, language) for column in columns]
    rows = [pattern.row(values) for values in zip(*shown, strict=True)]
    if group is None:
        body = "".join(rows)
    else:
        gathered: dict[str, list[str]] = {}
        for heading, row in zip(told_values(frame[group], "left", language), rows, strict=True):
            gathered.setdefault(heading or NONE, []).append(row)
        body = "".join(pattern.group(heading) + "".join(of_group) for heading, of_group in gathered.items())
    mark = f'<strong class="mark">{escape(language("SIMULATED DATA"))}</strong> ' if is_simulated else ""
    captioned = f'<table class="gt_table"><caption>{mark}{escape(caption)}</caption>'
    return f"{captioned}{pattern.before}{body}{pattern.after}</table>"


_HOLE = "\ue000"
"""Stands where a value is to be put; no text that comes from data is ever looked through for it."""


@dataclass(frozen=True)
class _Pattern:
    """A table of great-tables, taken apart: what stands before and after its rows, and the pieces between the values of
    a row and around the heading of a group."""

    before: str
    after: str
    row_pieces: tuple[str, ...]
    group_pieces: tuple[str, ...]

    def row(self, values: Sequence[str]) -> str:
        """A row of these values."""
        return _filled(self.row_pieces, values)

    def group(self, heading: str) -> str:
        """The heading of a group of rows."""
        return _filled(self.group_pieces, [heading])


def _filled(pieces: Sequence[str], values: Sequence[str]) -> str:
    told = [f"{escape(value)}{piece}" for value, piece in zip(values, pieces[1:], strict=True)]
    return pieces[0] + "".join(told)


@lru_cache(maxsize=64)
def _pattern(columns: tuple[Column, ...], key: str, is_grouped: bool) -> _Pattern:
    """The pattern of a table with these columns: great-tables sets one row with a hole for each value."""
    names = [f"c{place}" for place in range(len(columns) + is_grouped)]
    html = _set(pl.DataFrame([[_HOLE] * len(names)], schema=names, orient="row"), columns, key)
    before, after = html.split("<tbody", 1)
    opening, rows = after.split(">\n", 1)
    rows, ending = rows.split("</tbody>", 1)
    group, row = rows.split("</tr>\n", 1) if is_grouped else ("", rows)
    return _Pattern(
        f"{before}<tbody{opening}>\n",
        f"</tbody>{ending}",
        tuple(row.split(_HOLE)),
        tuple(f"{group}</tr>\n".split(_HOLE)) if is_grouped else (),
    )


def _set(shown: pl.DataFrame, columns: Sequence[Column], key: str) -> str:
    """What great-tables makes of texts: the inside of its table, without the style block, since a page has one already.

    The columns of `shown` are those of `columns` in their order, and after them one of headings of groups or none.
    """
    from great_tables import GT

    names = shown.columns[: len(columns)]
    group = shown.columns[len(columns)] if len(shown.columns) > len(columns) else None
    built = GT(shown, rowname_col=names[0], groupname_col=group, id=key)
    told = dict(zip(names[1:], columns[1:], strict=True))
    if told:
        built = built.cols_label({name: column.heading for name, column in told.items()})
        for align in ("left", "right", "center"):
            alike = [name for name, column in told.items() if column.align == align]
            if alike:
                built = built.cols_align(align=align, columns=alike)
    html = str(built.tab_stubhead(label=columns[0].heading).as_raw_html())
    inner = _TABLE.search(_SAID_BY_SCOPE.sub("", html))
    if inner is None:
        raise ValueError("great-tables returned no table")
    return inner[1]


_SAID_BY_SCOPE = re.compile(
    r' (?:headers="[^"]*"|id="[^"]*-stub-\d+"|rowspan="1"|colspan="1")|gt_row (?=gt_)'
    r'|(?:(?<=scope="col")|(?<=scope="colgroup")) id="[^"]*"'
)
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
