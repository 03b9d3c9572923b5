"""The palette holds in greyscale, on white and in the dark, and is the only place of colours."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from reports.blocks.palette import colour_style, light_surfaces, palette, series_colours
from tests.colours import LEAST_CONTRAST, LEAST_STEP, contrast, least_step, lightness
from tests.conftest import ROOT

TEXT_CONTRAST = 4.5
GROUNDS = ("paper", "ground")
EVERY_SERIES = {**palette()["series"], **palette()["six"]}
DARK_OF = {pair[0]: pair[1] for pair in EVERY_SERIES.values()}
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")


@pytest.mark.parametrize("place", [0, 1], ids=["white", "dark"])
@pytest.mark.parametrize("name", EVERY_SERIES)
def test_each_series_stands_out_from_its_ground(name: str, place: int) -> None:
    for ground in GROUNDS:
        assert contrast(EVERY_SERIES[name][place], palette()["surfaces"][ground][place]) >= LEAST_CONTRAST


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_series_of_a_chart_stay_apart_in_greyscale(count: int) -> None:
    colours = list(series_colours(count))
    assert least_step(colours) >= LEAST_STEP
    assert least_step([DARK_OF[colour] for colour in colours]) >= LEAST_STEP


def test_all_series_but_grey_beside_rust_stay_apart() -> None:
    for place in (0, 1):
        named = {name: pair[place] for name, pair in palette()["series"].items()}
        assert least_step([colour for name, colour in named.items() if name != "rust"]) >= LEAST_STEP
        assert least_step([colour for name, colour in named.items() if name != "grey"]) >= LEAST_STEP


def test_steps_grow_darker_and_bear_words_that_can_be_read() -> None:
    steps = palette()["steps"]
    assert least_step(steps["colours"]) >= LEAST_STEP
    assert [*map(lightness, steps["colours"])] == sorted(map(lightness, steps["colours"]), reverse=True)
    for place, colour in enumerate(steps["colours"]):
        ink = steps["on-deep"] if place >= steps["first-deep"] else steps["on-pale"]
        assert contrast(colour, ink) >= TEXT_CONTRAST


@pytest.mark.parametrize("words", ["ink", "muted", "link"])
@pytest.mark.parametrize("ground", ["ground", "paper", "soft"])
def test_words_can_be_read_on_every_ground(words: str, ground: str) -> None:
    surfaces = palette()["surfaces"]
    assert all(contrast(surfaces[words][place], surfaces[ground][place]) >= TEXT_CONTRAST for place in (0, 1))


def test_a_page_knows_what_each_colour_of_a_drawing_is_in_the_dark() -> None:
    light, _sign, dark = colour_style().partition("prefers-color-scheme: dark")
    for name, (on_white, in_the_dark) in EVERY_SERIES.items():
        assert f"--{name}: {on_white};" in light and f"--{name}: {in_the_dark};" in dark
        assert f'[fill="{on_white}"] {{ fill: var(--{name}); }}' in dark
    assert "screen" in light.splitlines()[-1]  # paper stays white


def test_colours_stand_in_the_palette_alone() -> None:
    """Charts, pages, PDF and workbook of reports name colours, and never write them."""
    places = {
        str(path.relative_to(ROOT)): HEX.findall(path.read_text(encoding="utf-8"))
        for kind in ("*.py", "*.css", "*.html", "*.js", "*.typ")
        for path in sorted((ROOT / "reports").rglob(kind))
    }
    written = {place: colours for place, colours in places.items() if colours}
    assert set(written) <= {"reports/templates/page.html"}
    assert set(written.get("reports/templates/page.html", ())) <= set(light_surfaces().values())


def test_the_pdf_is_set_with_the_colours_for_white() -> None:
    paper = files("reports").joinpath("typst", "paper.typ").read_text(encoding="utf-8")
    named = set(re.findall(r"palette\.(?:at\(\")?([a-z-]+)", paper))
    assert named and named <= set(light_surfaces())
    assert json.loads(json.dumps(light_surfaces()))["ink"] == palette()["surfaces"]["ink"][0]
