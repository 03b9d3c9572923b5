"""Turns an Altair chart into an accessible inline SVG figure that carries its title, units, source and data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

import polars as pl

from reports.blocks.block import Block, render
from reports.blocks.content import Figure, Head, table_of, told_values
from reports.blocks.converter import svg_of
from warehouse.language import Language

WIDE, NARROW = 760, 348
MARGIN = 4
INK, MUTED, GRID, TRACK = "#1d2733", "#52606d", "#d9dfe5", "#e9edf1"
AMBER, AMBER_INK = "#ffe2a8", "#6b3f00"
SANS = "'Inter','Segoe UI','Roboto','Helvetica Neue','Liberation Sans',Arial,sans-serif"
MEASURED = "Liberation Sans"
"""The font by whose widths a chart is laid out: the converter has it within, so that a chart is the same everywhere."""
SERIF = "'Source Serif 4',Georgia,'Liberation Serif',serif"

D3_LOCALES: dict[str, dict[str, Any]] = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}

Draw = Callable[[int], Any]
"""Draws an Altair chart for a width in pixels."""


@dataclass(frozen=True)
class Caption:
    """The words of a figure: title, units, what it shows, where it comes from, and whether it is simulated."""

    title: str
    units: str
    description: str
    source: str
    is_simulated: bool


def figure(draw: Draw, caption: Caption, data: pl.DataFrame, language: Language) -> Block:
    """A figure from a drawing function of the width in pixels.

    `data` is the text alternative as a table: its column names are the headings, its values are strings in the
    reader's number format or typed. The chart is drawn twice, for a page and for a phone, since shrinking would make
    its words unreadable; the style sheet shows one of them.
    """
    key = "fig-" + sha256(f"{caption.title}|{caption.units}|{caption.source}".encode()).hexdigest()[:10]
    drawn = {form: _svg(draw(width), language) for form, width in (("wide", WIDE), ("narrow", NARROW))}
    drawings = [
        Block(_framed(svg, width, caption, f"{key}-{form}", form, language))
        for (form, svg), width in zip(drawn.items(), (WIDE, NARROW), strict=True)
    ]
    shown = data.select(pl.Series(name, told_values(data[name], "right", language)) for name in data.columns)
    return render(
        "figure.html", key=key, caption=caption, drawings=drawings, columns=shown.columns, rows=shown.rows(), _=language
    ).saying(_described_figure(drawn["wide"], caption, data, key, language))


def _described_figure(svg: str, caption: Caption, data: pl.DataFrame, key: str, language: Language) -> Figure:
    """The figure for the outputs that set its words themselves: the drawing without frame, and the data with types."""
    heads = [Head(heading=name, align="right" if place else "left") for place, name in enumerate(data.columns)]
    caption_of_data = f"{caption.title} ({caption.units})"
    table = table_of(
        data, heads, language, key=f"{key}-data", caption=caption_of_data, is_simulated=caption.is_simulated
    )
    words = [head.model_copy(update={"align": "left"}) if head.kind == "text" else head for head in table.heads]
    table = table.model_copy(update={"heads": tuple(words)})
    return Figure(
        key=key,
        title=caption.title,
        units=caption.units,
        description=caption.description,
        source=caption.source,
        svg=_renamed(svg, key),
        data=table,
        is_simulated=caption.is_simulated,
    )


def _svg(chart: Any, language: Language) -> str:
    return svg_of(chart.to_dict(validate=False), D3_LOCALES[language.code], THEME)


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
        "offset": 6,
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

_OUTER = re.compile(r"^<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>(.*)</svg>\s*$", re.DOTALL)
_REFERENCE = re.compile(r"(?<=id=\")(?:clip|gradient)_?\d+(?=\")|(?<=url\(#)(?:clip|gradient)_?\d+(?=\))")


def _framed(svg: str, width: int, caption: Caption, key: str, form: str, language: Language) -> str:
    """The chart within its own title, units and source, so that it stays complete when it is copied elsewhere."""
    outer = _OUTER.match(svg)
    if outer is None:
        raise ValueError("vl-convert returned no SVG with a size")
    chart_width, chart_height, body = float(outer[1]), float(outer[2]), outer[3]
    body = _with_details(_renamed(body, key)).replace(f' font-family="{MEASURED}"', "")  # that of the whole
    total_width = max(float(width), chart_width)
    head, y = _head(caption, total_width, language)
    foot, height = _foot(caption, total_width, y + chart_height + 14)
    return (
        f'<svg class="{form}" role="img" aria-labelledby="{key}-t {key}-d" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {total_width:g} {height:g}" font-family="{SANS}"{_HIDDEN if form == "narrow" else ""}>'
        f'<title id="{key}-t">{escape(caption.title)}</title>'
        f'<desc id="{key}-d">{escape(_described(caption, language))}</desc>'
        f'{head}<g transform="translate(0,{y:g})">{body}</g>{foot}</svg>'
    )


def _renamed(body: str, key: str) -> str:
    """Inner ids made unique in the page and numbered from one: the converter counts on over all its drawings."""
    numbers: dict[str, int] = {}

    def named(found: re.Match[str]) -> str:
        return f"{key}-c{numbers.setdefault(found[0], len(numbers) + 1)}"

    return _REFERENCE.sub(named, body)


_DESCRIBED = re.compile(
    r'<(\w+) aria-label="([^"]*)"((?: role="graphics-symbol"| aria-roledescription="[^"]*")*)([^>]*?)(?:/>|></\1>)'
)
_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
"""Roles of parts of a drawing say nothing within an image that is told as a whole."""


def _with_details(body: str) -> str:
    """The details of a mark (its `description`) as a title within it, which a browser shows at the pointer."""
    return _ROLES.sub("", _DESCRIBED.sub(r"<\1\4><title>\2</title></\1>", body))


_HIDDEN = ' style="display:none"'


def _described(caption: Caption, language: Language) -> str:
    mark = f"{language('SIMULATED DATA')}. " if caption.is_simulated else ""
    return f"{mark}{caption.units}. {caption.description} {caption.source}."


def _head(caption: Caption, width: float, language: Language) -> tuple[str, float]:
    parts, y = [], 4.0
    if caption.is_simulated:
        mark = language("SIMULATED DATA")
        parts.append(
            f'<rect class="mark" x="{MARGIN}" y="{y:g}" width="{len(mark) * 7.9 + 14:g}" height="20" rx="3"'
            f' fill="{AMBER}"/><text class="mark" x="{MARGIN + 7}" y="{y + 14:g}" font-size="11.5" font-weight="700"'
            f' letter-spacing="0.4" fill="{AMBER_INK}">{escape(mark)}</text>'
        )
        y += 26
    title, y = _lines(caption.title, y, width, size=18, weight=700, colour=INK, family=SERIF)
    units, y = _lines(caption.units, y + 1, width, size=13, weight=400, colour=MUTED)
    return "".join(parts) + title + units, y + 8


def _foot(caption: Caption, width: float, y: float) -> tuple[str, float]:
    source, y = _lines(caption.source, y - 4, width, size=11.5, weight=400, colour=MUTED)
    return source, y + 2


def _lines(
    text: str, y: float, width: float, *, size: float, weight: int, colour: str, family: str | None = None
) -> tuple[str, float]:
    """Wrapped text from the top edge `y`, and the edge below it."""
    room = int((width - 2 * MARGIN) / (size * (0.58 if weight > 400 else 0.52)))
    font = f' font-family="{family}"' if family else ""
    parts = []
    for line in _wrapped(text, room):
        y += size * 1.25
        parts.append(
            f'<text x="{MARGIN}" y="{y - size * 0.25:g}" font-size="{size:g}" font-weight="{weight}"'
            f' fill="{colour}"{font}>{escape(line)}</text>'
        )
    return "".join(parts), y


def _wrapped(text: str, room: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, room, break_long_words=True) or [""]
