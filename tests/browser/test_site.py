"""The site in Chromium with the network blocked: charts and tables are there, nothing fails, nothing leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.run.declaration import list_reports
from tests.browser.conftest import Visit
from tests.conftest import DEMO_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.demo]

PAGES = ["index.html", "bengkulu-2026.html", "magelang-2025.html", "bandar-lampung-2023.html", "perbandingan.html"]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_leaves_the_page_and_nothing_fails(browser: Any, site: Path, name: str) -> None:
    visit = Visit(browser, site / name)
    for summary in visit.page.locator("summary:visible").all():
        summary.click()
    assert visit.requests == [(site / name).as_uri()]
    assert visit.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_charts_and_tables_are_there(browser: Any, site: Path, name: str) -> None:
    page = Visit(browser, site / name).page
    charts = page.locator("figure.chart svg[role=img]:visible")
    assert charts.count() >= 1
    assert charts.count() == page.locator("figure.chart").count()
    assert page.locator(".table table:visible").count() >= 1
    for chart in charts.all():
        box = chart.bounding_box()
        assert box is not None and box["width"] > 250 and box["height"] > 100
        assert chart.locator("path:visible, rect:visible").count() > 2


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_the_narrow_drawings_and_never_scrolls_sideways(browser: Any, site: Path, name: str) -> None:
    page = Visit(browser, site / name, width=375).page
    assert page.locator("svg.narrow:visible").count() == page.locator("figure.chart").count()
    assert page.locator("svg.wide:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


STICKING_OUT = """() => [...document.querySelectorAll("figure.chart svg")].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
    }).map(text => text.textContent);
})"""


@pytest.mark.parametrize("width", [390, 1200])
def test_no_word_of_a_chart_sticks_out_of_it_whatever_the_font(browser: Any, site: Path, width: int) -> None:
    page = Visit(browser, site / "bengkulu-2026.html", width=width).page
    assert page.evaluate(STICKING_OUT) == []
    page.evaluate("document.querySelectorAll('svg text').forEach(text => { text.style.fontFamily = 'monospace' })")
    assert page.evaluate(STICKING_OUT)
    page.evaluate("dispatchEvent(new Event('resize'))")
    assert page.evaluate(STICKING_OUT) == []


def test_every_link_of_the_front_page_opens(browser: Any, site: Path) -> None:
    visit = Visit(browser, site / "index.html")
    links = {str(link.get_attribute("href")) for link in visit.page.locator("a[href$='.html']").all()}
    assert links == {f"{page}.html" for page in ("index", "cari", "istilah", *DEMO_PAGES)}
    for link in sorted(links):
        visit.page.goto((site / link).as_uri())
        assert visit.page.locator("h1").count() == 1


@pytest.mark.slow
def test_the_whole_demo_links_all_its_pages_and_files(browser: Any, whole_site: Path) -> None:
    page = Visit(browser, whole_site / "index.html").page
    links = {str(link.get_attribute("href")) for link in page.locator(".parts a").all()}
    reports = list_reports("three_cities")
    assert links == {report.file_of(output) for report in reports for output in report.outputs}
    assert all((whole_site / link).is_file() for link in links)
    for report in reports:
        visit = Visit(browser, whole_site / report.file_name, width=390)
        assert visit.complaints == [] and visit.requests == [(whole_site / report.file_name).as_uri()]
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), report.page
        visit.close()


def test_words_keep_their_contrast_in_the_dark(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "bengkulu-2026.html", scheme="dark").page
    luminances = page.evaluate(
        """() => {
            const light = colour => {
                const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(c => c / 255)
                    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const paper = light(getComputedStyle(document.querySelector('figure.chart')).backgroundColor);
            return [...document.querySelectorAll('svg.wide text')]
                .filter(text => !text.classList.contains('mark'))
                .map(text => (Math.max(light(getComputedStyle(text).fill), paper) + 0.05)
                    / (Math.min(light(getComputedStyle(text).fill), paper) + 0.05));
        }"""
    )
    assert len(luminances) > 20
    assert min(luminances) >= 4.5


@pytest.mark.slow
def test_nothing_leaves_the_pages_of_the_other_sites(browser: Any, more_sites: Path) -> None:
    for path in sorted(more_sites.rglob("*.html")):
        visit = Visit(browser, path)
        assert visit.requests == [path.as_uri()] and visit.complaints == [], path
        for link in visit.page.locator("a[href]").all():
            address = str(link.get_attribute("href")).partition("#")[0]
            is_source = address.startswith("http") and link.evaluate("link => Boolean(link.closest('main'))")
            assert not address or is_source or (path.parent / address).is_file(), (path, address)
        visit.close()


@pytest.mark.slow
def test_a_reader_switches_between_the_languages(browser: Any, more_sites: Path) -> None:
    page = Visit(browser, more_sites / "mayor_brief" / "index.html").page
    page.get_by_role("link", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.url.endswith("/mayor_brief/en/index.html")
    page.get_by_role("link", name="Bahasa Indonesia").click()
    assert page.url.endswith("/mayor_brief/index.html")


@pytest.mark.slow
def test_the_mayors_brief_prints_on_one_sheet(browser: Any, more_sites: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    for path in sorted((more_sites / "mayor_brief").glob("ringkasan-*.html")):
        Visit(browser, path).page.pdf(path=tmp_path / "brief.pdf", prefer_css_page_size=True)
        assert len(PdfReader(tmp_path / "brief.pdf").pages) == 1, path.name
