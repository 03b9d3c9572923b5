"""The colours of `palette.toml`: by name for charts, PDF and workbook, and as the variables of a page's style."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

MOST_WITHOUT_LABEL = 4
"""Series that a legend can name; more are labelled directly."""


@cache
def palette() -> dict[str, dict[str, Any]]:
    """Return the palette as its file keeps it: surfaces, series, six and steps."""
    text = files("reports.blocks").joinpath("palette.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def on_white(table: str, name: str) -> str:
    """Return a colour of a table of the palette as it stands on white."""
    return str(palette()[table][name][0])


NAVY, RUST, BLUE, ORANGE, GREY = (on_white("series", name) for name in ("navy", "rust", "blue", "orange", "grey"))
INK, MUTED, GRID, TRACK = (on_white("surfaces", name) for name in ("ink", "muted", "line", "track"))
AMBER, AMBER_INK = (on_white("surfaces", name) for name in ("amber", "amber-ink"))
STEPS: tuple[str, ...] = tuple(palette()["steps"]["colours"])
ON_PALE, ON_DEEP = str(palette()["steps"]["on-pale"]), str(palette()["steps"]["on-deep"])
FIRST_DEEP = int(palette()["steps"]["first-deep"])
"""The step from which on words are light."""

_APART = {1: ("blue",), 2: ("navy", "orange"), 3: ("navy", "blue", "orange"), 4: ("navy", "rust", "blue", "orange")}


def series_colours(count: int) -> tuple[str, ...]:
    """Return colours for so many series of one chart, from dark to light; more than six repeat.

    Above MOST_WITHOUT_LABEL a chart names each series beside its marks.
    """
    if count in _APART:
        return tuple(on_white("series", name) for name in _APART[count])
    six = [str(pair[0]) for pair in palette()["six"].values()]
    return tuple(six[place % len(six)] for place in range(count))


def light_surfaces() -> dict[str, str]:
    """Return the surfaces as they stand on white, by name: what a PDF is set with."""
    return {name: str(pair[0]) for name, pair in palette()["surfaces"].items()}


@cache
def colour_style() -> str:
    """Return the palette as style: variables, and what the colours of a drawing are in the dark.

    A drawing bears the colours for white, so that it stays right where it is copied to or printed.
    """
    surfaces, series = palette()["surfaces"], {**palette()["series"], **palette()["six"]}
    return "\n".join(
        [
            f":root {{ {_variables({**surfaces, **series}, 0)} }}",
            "@media screen and (prefers-color-scheme: dark) {",
            f"  :root {{ {_variables({**surfaces, **series}, 1)} }}",
            *(f"  {rule}" for rule in _in_the_dark(surfaces, series)),
            "}",
        ]
    )


def _variables(pairs: dict[str, Any], ground: int) -> str:
    return " ".join(f"--{name}: {pair[ground]};" for name, pair in pairs.items())


def _in_the_dark(surfaces: dict[str, Any], series: dict[str, Any]) -> list[str]:
    drawn = {name: surfaces[name] for name in ("ink", "muted", "line", "track")} | series
    rules = [
        f'.chart svg [{part}="{pair[0]}"] {{ {part}: var(--{name}); }}'
        for name, pair in drawn.items()
        for part in ("fill", "stroke")
    ]
    return [*rules, ".chart svg rect.mark { fill: var(--amber); }", ".chart svg text.mark { fill: var(--amber-ink); }"]
