"""WCAG 2.2 AA by axe, in light and dark, on a desktop and on a phone: no violation on any page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.run.declaration import list_reports, load_sites
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.demo]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules on which a dark scheme can bear."""
DESKTOP, PHONE = 1280, 390
ROWS_KEPT = 40
"""Rows of a table that are looked at again in other widths and schemes: all of them are set alike."""
OTHER_SITES = ("national", "mayor_brief", "weekly_progress")


def violations(page: Any, rules: list[str] | None = None) -> list[tuple[str, str]]:
    """What axe finds on an open page: (rule, first element at fault)."""
    from axe_playwright_python.sync_playwright import Axe

    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": only}).response["violations"]
    return [(violation["id"], violation["nodes"][0]["html"][:200]) for violation in found]


def faults(browser: Any, path: Path) -> Iterator[tuple[str, int, str, str, str]]:
    """The violations of a page: all rules on a desktop and a phone, and in the dark those of colours.

    The whole page is looked at once. For the other three looks the rows of long tables are left out: reckoning the
    contrast of 4,000 cells takes axe ten seconds each time.
    """
    visit = Visit(browser, path, width=DESKTOP)
    yield from ((path.name, DESKTOP, "light", *fault) for fault in violations(visit.page))
    visit.page.add_style_tag(content=f"tbody tr:nth-child(n+{ROWS_KEPT}) {{ display: none !important }}")
    for width, scheme, rules in ((PHONE, "light", None), (PHONE, "dark", COLOURS), (DESKTOP, "dark", COLOURS)):
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.page.emulate_media(color_scheme=scheme)
        yield from ((path.name, width, scheme, *fault) for fault in violations(visit.page, rules))
    visit.close()


@pytest.mark.parametrize("name", ["index.html", "magelang-2024.html"])
def test_axe_finds_nothing(browser: Any, site: Path, name: str) -> None:
    assert list(faults(browser, site / name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("page", ["index", *(report.page for report in list_reports("three_cities"))])
def test_axe_finds_nothing_on_any_page(browser: Any, whole_site: Path, page: str) -> None:
    assert list(faults(browser, whole_site / f"{page}.html")) == []


def pages_of_other_sites() -> list[str]:
    """The addresses of all pages of the sites that stand for themselves, in each of their languages."""
    found = []
    for site in (load_sites()[name] for name in OTHER_SITES):
        for lang in site.languages:
            folder = site.name if lang == site.languages[0] else f"{site.name}/{lang}"
            found += [f"{folder}/{page}.html" for page in ("index", *(report.page for report in list_reports(site)))]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("address", pages_of_other_sites())
def test_axe_finds_nothing_on_the_other_sites_in_both_languages(browser: Any, more_sites: Path, address: str) -> None:
    assert list(faults(browser, more_sites / address)) == []


def test_axe_can_find_something(browser: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<!doctype html><title>x</title><img src=x><p style='color:#bbb'>pale</p>", encoding="utf-8")
    found = {rule for rule, _element in violations(Visit(browser, broken).page)}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found


@pytest.mark.parametrize("name", ["index.html", "bengkulu-2024.html"])
def test_headings_are_in_order_and_every_chart_has_its_data(browser: Any, site: Path, name: str) -> None:
    page = Visit(browser, site / name).page
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "id"
    for figure in page.locator("figure.chart").all():
        described = figure.locator("svg").first.evaluate(
            "svg => svg.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)"
        )
        assert all(described)
        assert figure.locator("details table tbody tr").count() >= 1
