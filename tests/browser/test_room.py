"""Room on a page: nothing overflows, labels never touch, tables leave out columns first, long tables open lightly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reports.blocks.tables import Column, table
from reports.render.page import page
from reports.run.declaration import list_reports
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import pages_of_other_sites
from warehouse.language import Language

pytestmark = [pytest.mark.browser, pytest.mark.demo]

WIDTHS = (1440, 1280, 768, 390)
A4 = 673
"""The width in pixels that the style sheet's margins leave of an A4 sheet."""
MOST_ELEMENTS = 5000
REGIONS = 546
ROOM = """() => ({
    over: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    out: [...document.querySelectorAll("main *")].filter(each => {
        const box = each.getBoundingClientRect();
        const scrolls = ".scroll, svg, pre, .skip, iframe, .city-pages";
        return box.width && !each.closest(scrolls) && box.right > innerWidth + 1;
    }).map(each => each.tagName + "." + each.className),
    scrolling: [...document.querySelectorAll(".scroll")]
        .filter(each => each.clientWidth && each.checkVisibility() && each.scrollWidth > each.clientWidth + 1)
        .map(each => each.getAttribute("aria-label")),
    touching: [...document.querySelectorAll("figure.chart svg")].flatMap(svg => {
        const isLevel = text => !/rotate\\(/.test(text.getAttribute("transform"));  // a slanted one fills no box
        const boxes = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim() && isLevel(text))
            .map(text => [text.textContent, text.getBoundingClientRect()]).filter(([, box]) => box.width);
        return boxes.flatMap(([text, a], place) => boxes.slice(place + 1).filter(([, b]) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3).map(([other]) => `${text} | ${other}`));
    }),
})"""
NOTHING = {"over": 0, "out": [], "scrolling": [], "touching": []}


def resized(page: Any, width: int) -> None:
    """Give a page another width, and let its script know of it."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def faults(browser: Any, path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What of a page has no room, by width and on paper."""
    visit = Visit(browser, path, width=WIDTHS[0])
    for width in WIDTHS:
        resized(visit.page, width)
        if (found := visit.page.evaluate(ROOM)) != NOTHING:
            yield path.name, str(width), found
    resized(visit.page, A4)
    visit.page.emulate_media(media="print")
    if (found := visit.page.evaluate(ROOM)) != NOTHING:
        yield path.name, "A4", found
    visit.close()


@pytest.mark.parametrize("name", ["index", "perbandingan", "bengkulu-2026"])
def test_everything_has_room(browser: Any, site: Path, name: str) -> None:
    assert list(faults(browser, site / f"{name}.html")) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", *(report.page for report in list_reports("three_cities"))])
def test_everything_has_room_on_any_page(browser: Any, whole_site: Path, name: str) -> None:
    assert list(faults(browser, whole_site / f"{name}.html")) == []


@pytest.mark.slow
@pytest.mark.parametrize("address", pages_of_other_sites())
def test_everything_has_room_on_the_other_sites_in_both_languages(browser: Any, more_sites: Path, address: str) -> None:
    assert list(faults(browser, more_sites / address)) == []


def test_a_table_that_fits_is_not_widened_until_it_scrolls(browser: Any, tmp_path: Path) -> None:
    frame = pl.DataFrame({"city": ["Kota Bandar Lampung"], "a": ["s"], "b": ["spn"]})
    columns = [Column("city", "Kota"), Column("a", "2024", "center"), Column("b", "2025", "center")]
    assert list(faults(browser, page_of(frame, columns, tmp_path))) == []


def test_letters_part_before_a_table_scrolls(browser: Any, tmp_path: Path) -> None:
    frame = pl.DataFrame({"title": ["Layanan " + "Panjang" * 8], "unit": ["Dinas " + "Pekerjaan" * 7]})
    path = page_of(frame, [Column("title", "Inovasi"), Column("unit", "Unit")], tmp_path)
    assert list(faults(browser, path)) == []
    visit = Visit(browser, path, width=WIDTHS[0])
    assert visit.page.locator(".broken").count() == 0, "where there is room no word is parted"
    resized(visit.page, 390)
    assert visit.page.locator(".broken.fits").count() == 1


def page_of(frame: pl.DataFrame, columns: list[Column], folder: Path) -> Path:
    """A page of one table."""
    block = table(frame, columns, "Semua", Language("id"), is_simulated=False)
    path = folder / "page.html"
    path.write_text(page(block, title="T", subtitle="S", site_title="U", language=Language("id")), encoding="utf-8")
    return path


def test_what_has_no_room_is_found(browser: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(
        "<!doctype html><main><p style='width:2000px'>x</p><figure class=chart><svg><text y=9>abc</text>"
        "<text x=4 y=9>def</text></svg></figure><div class=scroll aria-label=t style='overflow:auto'>"
        "<p style='width:3000px'>y</p></div></main>",
        encoding="utf-8",
    )
    [*found] = faults(browser, broken)
    assert all(each["over"] and each["out"] and each["scrolling"] and each["touching"] for _, _, each in found)


def test_the_comparison_shows_its_predicate(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "perbandingan.html", width=1280).page
    cell = page.locator("div.table").first.locator("td:visible", has_text="Sangat Inovatif").first
    box = cell.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 1280


@pytest.mark.parametrize("script", [True, False])
def test_columns_without_room_can_be_asked_for(browser: Any, site: Path, script: bool) -> None:
    page = Visit(browser, site / "perbandingan.html", width=390, script=script).page
    box = page.locator("div.table").first
    heads = box.locator("thead th")
    assert box.locator("thead th:visible").count() < heads.count()
    box.locator(".more summary").click()
    assert box.locator("thead th:visible").count() == heads.count()


def test_paper_has_every_column_and_no_empty_sheet(browser: Any, site: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    page = Visit(browser, site / "perbandingan.html").page
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = PdfReader(tmp_path / "page.pdf").pages
    assert all(len(sheet.extract_text()) > 150 for sheet in sheets[:-1])
    page.emulate_media(media="print")
    box = page.locator("div.table").first
    assert box.locator("thead th:visible").count() == box.locator("thead th").count()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a table of as many rows as there are regions."""
    frame = pl.DataFrame(
        {
            "name": [f"Daerah x{place:03}" for place in range(REGIONS)],
            "value": [place * 37 % REGIONS for place in range(REGIONS)],
        }
    )
    columns = [Column("name", "Daerah"), Column("value", "Nilai"), *[Column("value", f"K{n}") for n in range(7)]]
    anchors = [f"d{place}" for place in range(REGIONS)]
    block = table(frame, columns, "Semua", Language("id"), is_simulated=False, anchors=anchors)
    path = tmp_path_factory.mktemp("nation") / "page.html"
    path.write_text(page(block, title="T", subtitle="S", site_title="U", language=Language("id")), encoding="utf-8")
    return path


def test_a_long_table_opens_with_few_elements_and_sorts_all_rows(browser: Any, nation: Path) -> None:
    page = Visit(browser, nation).page
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    rows = page.locator("tbody tr")
    assert rows.count() == 50
    page.locator("thead button").nth(1).click()
    page.locator("thead button").nth(1).click()
    assert rows.first.locator("td").first.inner_text() == "545"
    page.get_by_label("Cari").fill("daerah x545")
    page.locator("[role=status].is-filtered").wait_for()
    assert rows.count() == 1 and "1 dari 546" in page.locator("[role=status].status").inner_text()
    page.get_by_label("Cari").fill("")
    page.locator("[role=status]:not(.is-filtered)").first.wait_for()
    page.locator(".rows-more").click()
    assert rows.count() == 250


def test_every_row_of_a_long_table_is_reached_by_address_on_paper_and_without_script(
    browser: Any, nation: Path
) -> None:
    page = Visit(browser, f"{nation.as_uri()}#d500").page
    assert page.locator("#d500").is_visible()
    page = Visit(browser, nation).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tbody tr").count() == REGIONS
    assert Visit(browser, nation, script=False).page.locator("tbody tr:visible").count() == REGIONS
