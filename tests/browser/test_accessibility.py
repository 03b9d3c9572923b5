"""WCAG 2.2 AA by axe, in light and dark, on a desktop and on a phone: no violation on any page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.declaration import list_reports
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.demo]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (390, 1280)


def violations(page: Any, rules: list[str] | None = None) -> list[tuple[str, str]]:
    """What axe finds on an open page: (rule, first element at fault)."""
    from axe_playwright_python.sync_playwright import Axe

    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": only}).response["violations"]
    return [(violation["id"], violation["nodes"][0]["html"][:200]) for violation in found]


def faults(browser: Any, path: Path) -> Iterator[tuple[str, int, str, str, str]]:
    """The violations of a page: all rules in every width, and once what a dark scheme can change, the colours."""
    visit = Visit(browser, path)
    for width in WIDTHS:
        visit.page.set_viewport_size({"width": width, "height": 900})
        yield from ((path.name, width, "light", *fault) for fault in violations(visit.page))
    visit.page.emulate_media(color_scheme="dark")
    colours = violations(visit.page, ["color-contrast", "link-in-text-block"])
    yield from ((path.name, WIDTHS[-1], "dark", *fault) for fault in colours)
    visit.close()


@pytest.mark.parametrize("name", ["index.html", "magelang-2024.html"])
def test_axe_finds_nothing(browser: Any, site: Path, name: str) -> None:
    assert list(faults(browser, site / name)) == []


@pytest.mark.slow
def test_axe_finds_nothing_on_any_page(browser: Any, whole_site: Path) -> None:
    pages = sorted(whole_site.glob("*.html"))
    assert {path.stem for path in pages} == {"index", *(report.page for report in list_reports("three_cities"))}
    assert [fault for path in pages for fault in faults(browser, path)] == []


@pytest.mark.slow
def test_axe_finds_nothing_on_the_other_sites_in_both_languages(browser: Any, more_sites: Path) -> None:
    pages = sorted(path for path in more_sites.rglob("*.html") if path.parts[-3] != ".kept")
    assert {path.parent.name for path in pages} >= {"national", "mayor_brief", "weekly_progress", "en"}
    assert [fault for path in pages for fault in faults(browser, path)] == []


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
