"""Every colour of every chart of the example stands in the palette, and its series stay apart in greyscale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from reports.blocks.palette import palette
from tests.colours import LEAST_STEP, least_step

pytestmark = pytest.mark.demo

SERIES = {pair[0]: pair[1] for table in ("series", "six") for pair in palette()[table].values()}
OTHERS = {pair[0] for pair in palette()["surfaces"].values()} | {"#ffffff", "#fff", "white", "none", "transparent"}
STEPS = {*palette()["steps"]["colours"], palette()["steps"]["on-pale"], palette()["steps"]["on-deep"]}


def charts_of(page: Path) -> Iterator[tuple[str, set[str]]]:
    """Each drawing of a page: its title, and the colours that its marks and words have."""
    for svg in html.parse(str(page), html.HTMLParser(encoding="utf-8")).xpath("//figure[@class='chart']/svg"):
        colours = {str(value).lower() for value in svg.xpath(".//@fill | .//@stroke")}
        yield svg.findtext("title"), {colour for colour in colours if not colour.startswith(("url(", "rgba(0,0,0,0"))}


def faults(pages: list[Path]) -> list[tuple[str, str, object]]:
    """Charts with a colour of their own, or with series that are nearer in lightness than may be."""
    found: list[tuple[str, str, object]] = []
    for page in pages:
        for title, colours in charts_of(page):
            if strange := colours - OTHERS - STEPS - set(SERIES):
                found.append((page.name, title, sorted(strange)))
            series = sorted(colours & set(SERIES))
            for shown in (series, [SERIES[colour] for colour in series]):
                if least_step(shown) < LEAST_STEP:
                    found.append((page.name, title, shown))
    return found


def test_series_of_the_example_stay_apart(demo_home: Path) -> None:
    pages = sorted((demo_home / "reports" / "three_cities").glob("*.html"))
    assert sum(1 for page in pages for _chart in charts_of(page)) > 10
    assert faults(pages) == []


@pytest.mark.slow
def test_series_of_every_shipped_chart_stay_apart(whole_demo_home: Path) -> None:
    pages = sorted((whole_demo_home / "reports" / "three_cities").glob("*.html"))
    assert len(pages) > 30 and faults(pages) == []


def test_series_that_are_one_grey_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<figure class="chart"><svg><title>T</title><path fill="#475360"/><path fill="#8c2d19"/>'
        '<path stroke="#0072b2"/></svg></figure>',
        encoding="utf-8",
    )
    assert next(kind for *_, kind in faults([page])) == ["#0072b2"] and len(faults([page])) == 3
