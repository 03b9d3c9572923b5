"""The drawing of a chart within its own title, units and source, so that it stays complete where it is copied to."""

from __future__ import annotations

import re
from html import escape

from reports.blocks.content import Figure
from reports.blocks.extremes import extremes_told
from reports.blocks.palette import AMBER, AMBER_INK, INK, MUTED
from reports.blocks.words import origin_told
from warehouse.language import Language

WIDE, NARROW = 760, 348
"""The widths in pixels that a chart is drawn for: a page, and a phone."""
MARGIN = 4
SANS = "'Inter','Segoe UI','Roboto','Helvetica Neue','Liberation Sans',Arial,sans-serif"
MEASURED = "Liberation Sans"
"""The font by whose widths a chart is laid out: the converter has it within, so that a chart is the same everywhere."""
SERIF = "'Source Serif 4',Georgia,'Liberation Serif',serif"

_OUTER = re.compile(r"^<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>(.*)</svg>\s*$", re.DOTALL)
_REFERENCE = re.compile(r"(?<=id=\")(?:clip|gradient)_?\d+(?=\")|(?<=url\(#)(?:clip|gradient)_?\d+(?=\))")


def framed(figure: Figure, form: str, language: Language) -> str:
    """Return one of the drawings of a figure, "wide" or "narrow", as the SVG of a page.

    Raises ValueError for a drawing without a size.
    """
    svg, width = (figure.svg, WIDE) if form == "wide" else (figure.narrow_svg, NARROW)
    key, look = f"{figure.key}-{form}", form if figure.narrow_svg else "single"
    outer = _OUTER.match(svg)
    if outer is None:
        raise ValueError("vl-convert returned no SVG with a size")
    chart_width, chart_height, body = float(outer[1]), float(outer[2]), outer[3]
    body = _with_details(body).replace(f' font-family="{MEASURED}"', "")  # that of the whole
    total_width = max(float(width), chart_width)
    head, y = _head(figure, total_width, language)
    foot, height = _foot(figure, total_width, y + chart_height + 14)
    return (
        f'<svg class="{look}" role="img" aria-labelledby="{key}-t {key}-d" xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {total_width:g} {height:g}" font-family="{SANS}"{_HIDDEN if form == "narrow" else ""}>'
        f'<title id="{key}-t">{escape(figure.title)}</title>'
        f'<desc id="{key}-d">{escape(_described(figure, language))}</desc>'
        f'{head}<g transform="translate(0,{y:g})">{body}</g>{foot}</svg>'
    )


def with_own_names(body: str, key: str) -> str:
    """Return a drawing with inner ids that are unique in the page and numbered from one.

    The converter counts on over all its drawings.
    """
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


def units_told(figure: Figure, language: Language) -> str:
    """Return the line below a figure's title: its units, and what else marks its figures."""
    return " · ".join(filter(None, [figure.units, origin_told(figure, language)]))


def _described(figure: Figure, language: Language) -> str:
    mark = f"{language('SIMULATED DATA')}. " if figure.is_simulated else ""
    units, source = (f"{words}." if words else "" for words in (units_told(figure, language), figure.source))
    values = extremes_told(figure.data, language)
    return mark + " ".join(filter(None, [units, figure.description, values, source]))


def _head(figure: Figure, width: float, language: Language) -> tuple[str, float]:
    parts, y = [], 4.0
    if figure.is_simulated:
        mark = language("SIMULATED DATA")
        parts.append(
            f'<rect class="mark" x="{MARGIN}" y="{y:g}" width="{len(mark) * 7.9 + 14:g}" height="20" rx="3"'
            f' fill="{AMBER}"/><text class="mark" x="{MARGIN + 7}" y="{y + 14:g}" font-size="11.5" font-weight="700"'
            f' letter-spacing="0.4" fill="{AMBER_INK}">{escape(mark)}</text>'
        )
        y += 26
    title, y = _lines(figure.title, y, width, size=18, weight=700, colour=INK, family=SERIF)
    units, y = _lines(units_told(figure, language), y + 1, width, size=13, weight=400, colour=MUTED)
    return "".join(parts) + title + units, y + 8


def _foot(figure: Figure, width: float, y: float) -> tuple[str, float]:
    source, y = _lines(figure.source, y - 4, width, size=11.5, weight=400, colour=MUTED)
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
