"""Figures from Altair charts: drawn for a page and for a phone, with title, units, source and data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Figure
from reports.blocks.converter import svg_of
from reports.blocks.drawing import MARGIN, MEASURED, NARROW, WIDE, with_own_names
from reports.blocks.palette import GRID, INK, MUTED, TRACK
from reports.blocks.tables import Column, table_of
from warehouse.language import Language

__all__ = ["GRID", "INK", "MUTED", "TRACK", "WIDE", "Caption", "figure", "said_first"]

D3_LOCALES: dict[str, dict[str, Any]] = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}

Draw = Callable[[int], Any]
"""Draws an Altair chart for a width in pixels."""


@dataclass(frozen=True)
class Caption:
    """The words of a figure: title, units, what it shows, where it comes from, and what marks it bears."""

    title: str
    units: str
    description: str
    source: str
    is_simulated: bool
    is_published: bool = False
    is_estimate: bool = False


def said_first(message: str | None, plain: str, units: str) -> tuple[str, str]:
    """Return title and subtitle of a chart: its message over its plain title, or the plain one where there is none."""
    return (message, f"{plain} · {units}") if message else (plain, units)


def figure(
    draw: Draw,
    caption: Caption,
    data: pl.DataFrame,
    language: Language,
    *,
    columns: Sequence[Column] = (),
    links: Sequence[str] = (),
) -> Block:
    """Return a figure from a drawing function of the width in pixels.

    `data` is the text alternative as a table of values. `columns` names its columns as those of a table; without them
    the names in the frame are the headings; `links` leads from each row to where its figure stands. The chart is drawn
    twice, for a page and for a phone, since shrinking would make its words unreadable; the style sheet shows one of
    them.
    """
    key = "fig-" + sha256(f"{caption.title}|{caption.units}|{caption.source}".encode()).hexdigest()[:10]
    marks = {name: getattr(caption, name) for name in ("is_simulated", "is_published", "is_estimate")}
    specification = draw(WIDE).to_dict(validate=False)
    table = table_of(
        data,
        columns or [Column(name, name) for name in data.columns],
        language,
        key=f"{key}-data",
        caption=f"{caption.title} ({caption.units})",
        links=links,
        **marks,
    )
    described = Figure(
        key=key,
        title=caption.title,
        units=caption.units,
        description=caption.description,
        source=caption.source,
        svg=with_own_names(drawn_svg(specification, language), f"{key}-wide"),
        narrow_svg=with_own_names(drawn_svg(draw(NARROW).to_dict(validate=False), language), f"{key}-narrow"),
        data=table,
        specification=specification,
        **marks,
    )
    return Block([described], language)


def drawn_svg(specification: dict[str, Any], language: Language, *, names_legends: bool = False) -> str:
    """Return the drawing of a Vega-Lite specification in the look of the reports.

    Legends and headers bear their names with `names_legends`: the reports' own charts say them in their words.
    Raises ValueError for a specification that cannot be drawn.
    """
    return svg_of(specification, D3_LOCALES[language.code], NAMED_THEME if names_legends else THEME)


THEME: dict[str, Any] = {
    "background": None,
    "aria": False,
    "font": MEASURED,
    "padding": {"left": MARGIN, "right": MARGIN, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "labelLimit": 260,
    },
    "axisQuantitative": {"labelLimit": 0},  # a number is short; to see so, each would be measured
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "legend": {
        "labelColor": INK,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "offset": 12,
        "symbolStrokeWidth": 2,
        "columnPadding": 24,
        "labelLimit": 420,
    },
    "header": {
        "labelColor": INK,
        "labelFontSize": 13,
        "labelFontWeight": "bold",
        "title": None,
        "labelAnchor": "start",
    },
    "text": {"fontSize": 12, "color": INK},
    "bar": {"cornerRadiusEnd": 2},
}
NAMED_THEME: dict[str, Any] = {
    **THEME,
    **{part: {name: value for name, value in THEME[part].items() if name != "title"} for part in ("legend", "header")},
}
