"""Where a value lies on a scale of bands: shares of its length, the ends of the bands, a drawing for paper."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from reports.blocks.content import Strip
from reports.blocks.drawing import MEASURED
from reports.blocks.palette import INK, MUTED, palette
from warehouse.language import Language

SHADES = tuple(palette()["surfaces"][name][0] for name in ("band-low", "band-mid", "band-high"))
WIDTH, HEIGHT, TOP, THICK = 480, 58, 20, 16


def share(strip: Strip, value: Decimal) -> str:
    """Return where a value lies on a scale, in hundredths of its length."""
    lower, upper = strip.bands[0].lower, strip.bands[-1].upper
    return f"{(value - lower) / (upper - lower) * 100:.2f}"


def ticks(strip: Strip, language: Language) -> list[tuple[str, str]]:
    """Return the ends of the bands with their places: whole ones at the ends of the scale, two decimals between."""
    first, *others = strip.bands
    return [
        ("0", language.number(first.lower, 0)),
        *((share(strip, band.lower), language.number(band.lower)) for band in others),
        ("100", language.number(strip.bands[-1].upper, 0)),
    ]


def strip_svg(strip: Strip, language: Language) -> str:
    """Return the scale as a drawing: its bands with their names and ends, and the value or its two ends."""
    parts = []
    for place, band in enumerate(strip.bands):
        left, right = (_at(share(strip, end)) for end in (band.lower, band.upper))
        shade = SHADES[min(place, len(SHADES) - 1)]
        parts.append(f'<rect x="{left:g}" y="{TOP}" width="{right - left - 2:g}" height="{THICK}" fill="{shade}"/>')
        parts.append(_text((left + right) / 2, TOP - 7, band.name, "middle"))
    for end in dict.fromkeys((strip.lower, strip.upper)):
        x = _at(share(strip, end))
        parts.append(f'<rect x="{x - 2:g}" y="{TOP - 5}" width="4" height="{THICK + 10}" rx="2" fill="{INK}"/>')
    named = ticks(strip, language)
    for place, (at, told) in enumerate(named):
        anchor = "start" if place == 0 else "end" if place == len(named) - 1 else "middle"
        parts.append(_text(_at(at), TOP + THICK + 18, told, anchor))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="{MEASURED}">{"".join(parts)}</svg>'
    )


def _at(hundredths: str) -> float:
    return float(hundredths) / 100 * WIDTH


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="11" text-anchor="{anchor}" fill="{MUTED}">{escape(text)}</text>'
