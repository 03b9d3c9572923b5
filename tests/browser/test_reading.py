"""How a page is read: one mark in sight, ways to the rest of the city, search, views to send, tables as CSV."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reports.blocks.tables import Column, table
from reports.render.page import page
from reports.run.notebook import run_notebook
from tests.browser.conftest import Visit
from tests.outputs import page_of
from warehouse.language import Language

pytestmark = [pytest.mark.browser, pytest.mark.demo]

MARK = "DATA SIMULASI"


def test_one_mark_is_in_sight_wherever_a_reader_is(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "bengkulu-2026.html").page
    for share in (0, 0.3, 0.7):
        page.evaluate(f"scrollTo(0, document.documentElement.scrollHeight * {share})")
        in_sight = page.evaluate(
            """mark => [...document.querySelectorAll("body *")].filter(each => {
                const own = [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.includes(mark));
                const box = each.getBoundingClientRect();
                return own && box.width && box.bottom > 0 && box.top < innerHeight;
            }).length""",
            MARK,
        )
        assert in_sight == 1, share
    assert page.locator("main").inner_text().count(MARK) == 1


def test_the_head_of_a_table_stays_while_its_rows_go_by(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "bengkulu-2026.html").page
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    long = page.locator("div.table:has(.scroll.fits)").filter(has=page.locator("tbody tr:nth-child(30)")).first
    long.locator("tbody tr").nth(25).evaluate("row => row.scrollIntoView({ block: 'center' })")
    box = long.locator("thead th").first.bounding_box()
    assert box is not None and 0 <= box["y"] < 60


def test_each_page_on_a_city_leads_to_the_others(browser: Any, site: Path) -> None:
    hub, week = "magelang-2026.html", "kemajuan-magelang-2026.html"
    links = {}
    for name in (hub, week):
        nav = Visit(browser, site / name).page.locator("nav.city-pages")
        links[name] = [link.get_attribute("href") for link in nav.locator("a").all()]
        assert nav.locator("[aria-current]").get_attribute("href") == name
    assert links[hub] == links[week] and {hub, week} <= set(links[hub])
    listed = Visit(browser, site / hub).page.locator(".parts a")
    assert {"magelang-2023.html", "kemajuan-magelang-2026.pdf"} <= {link.get_attribute("href") for link in listed.all()}


def test_search_finds_a_row_on_another_page_and_its_address_can_be_sent(browser: Any, site: Path) -> None:
    visit = Visit(browser, site / "cari.html")
    visit.page.locator("#site-search").fill("puskesmas magelang 2025")
    visit.page.locator(".found a").first.wait_for()
    first = visit.page.locator(".found a").first
    assert str(first.get_attribute("href")).startswith("magelang-2025.html#")
    address = visit.page.evaluate("location.href")
    assert address.endswith("#q=puskesmas+magelang+2025")
    first.click()
    assert visit.page.locator("h1").inner_text() == "Kota Magelang, IGA 2025"
    visit.page.goto(address)
    assert visit.page.locator(".found li").count() >= 1
    assert visit.complaints == []


def test_a_view_of_a_table_stands_in_the_address(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "index.html").page
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    shown = page.locator("div.table:has(input[type=search])").first
    shown.locator("input[type=search]").fill("lampung")
    shown.locator("[role=status].is-filtered").wait_for()
    shown.locator("thead button").nth(2).click()
    address, rows = page.evaluate("location.href"), shown.locator("tbody tr:visible").all_inner_texts()
    again = Visit(browser, site / "index.html").page
    again.goto("about:blank")
    again.goto(address)
    assert (
        again.locator("div.table:has(input[type=search])").first.locator("tbody tr:visible").all_inner_texts() == rows
    )
    assert len(rows) == 4


def saved_csv(visit: Visit, folder: Path) -> tuple[str, list[list[str]]]:
    with visit.page.expect_download() as waiting:
        visit.page.locator("div.table button.save").first.click()
    waiting.value.save_as(folder / "saved.csv")
    text = (folder / "saved.csv").read_text(encoding="utf-8-sig")
    return waiting.value.suggested_filename, list(csv.reader(text.splitlines()))


def test_a_saved_table_has_values_its_mark_and_no_formula(browser: Any, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "Nama": ["=1+1", 'a, "b"', "-x"],
            "Skor": [Decimal("1214.50"), None, Decimal("-3.00")],
            "Batas": [{"lower": 5.0, "upper": 9.0}, {"lower": 1.0, "upper": 1.0}, None],
        }
    )
    block = table(frame, [Column(name, name) for name in frame.columns], "T", Language("id"), is_simulated=True)
    path = tmp_path / "page.html"
    path.write_text(page(block, title="T", subtitle="S", site_title="U", language=Language("id")), encoding="utf-8")
    name, rows = saved_csv(Visit(browser, path), tmp_path)
    assert name.endswith("-data-simulasi.csv")
    assert rows == [
        ["Nama", "Skor", "Batas (terendah)", "Batas (tertinggi)", MARK],
        ["'=1+1", "1214.50", "5.0", "9.0", MARK],
        ['a, "b"', "–", "1.0", "1.0", MARK],
        ["'-x", "-3.00", "–", "", MARK],
    ]


def test_a_table_that_is_real_is_saved_without_a_mark(browser: Any, tmp_path: Path) -> None:
    block = table(pl.DataFrame({"Nama": ["a"]}), [Column("Nama", "Nama")], "T", Language("id"), is_simulated=False)
    path = tmp_path / "page.html"
    path.write_text(page(block, title="T", subtitle="S", site_title="U", language=Language("id")), encoding="utf-8")
    name, rows = saved_csv(Visit(browser, path), tmp_path)
    assert "simulasi" not in name and rows == [["Nama"], ["a"]]


@pytest.fixture(scope="module")
def brief(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brief for the mayor as a page of its own."""
    executed = run_notebook("mayor_brief", {"city": "bengkulu", "edition": 2026, "lang": "id"}, home=demo_home)
    path = tmp_path_factory.mktemp("brief") / "brief.html"
    path.write_text(page_of(executed, "id"), encoding="utf-8")
    return path


A4_THIRD = (297 / 3 - 15) / 25.4 * 96
"""What of the upper third of a sheet lies below its margin, in pixels."""


@pytest.mark.parametrize(("width", "media", "room"), [(390, "screen", 844), (673, "print", A4_THIRD)])
def test_the_brief_says_all_that_counts_at_once(browser: Any, brief: Path, width: int, media: str, room: float) -> None:
    page = Visit(browser, brief, width=width).page
    page.emulate_media(media=media)
    message = page.locator(".message")
    told = message.inner_text()
    for piece in ("Indeks 85,38", "Sangat Inovatif", "peringkat 1 dari 3", "2025", "Yang pertama:"):
        assert piece in told
    for part in (message, page.locator(".card .value"), page.locator(".card .predicate")):
        box = part.bounding_box()
        assert box is not None and box["y"] + box["height"] <= room


def test_the_brief_prints_on_one_sheet(browser: Any, brief: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    Visit(browser, brief).page.pdf(path=tmp_path / "brief.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "brief.pdf").pages) == 1


def test_the_week_prints_on_four_sheets(browser: Any, site: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    Visit(browser, site / "kemajuan-magelang-2026.html").page.pdf(path=tmp_path / "w.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "w.pdf").pages) <= 4
    assert len(PdfReader(site / "kemajuan-magelang-2026.pdf").pages) <= 4
