"""What a page does beyond being read: sorting, filtering, details, saving; by keyboard, and without network."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reports.blocks.tables import Column, table
from reports.render.page import page
from tests.browser.conftest import Visit
from warehouse.language import Language

pytestmark = [pytest.mark.browser, pytest.mark.demo]

BATAS = ((5.0, 9.0), (5.0, 7.0), (40.0, 41.0), (0.0, 99.0))
COVERAGE = "div.table:has(input[type=search]) >> nth=0"


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[tuple[str, list[str]]]:
    """The site on a plain web server of this machine, and the paths that it was asked for."""
    asked: list[str] = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            asked.append(self.path)

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def unfolded(page: Any) -> Any:
    """The page with all that is folded open: what it rests on is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    return page


def column(table: Any, place: int) -> list[str]:
    return [row.locator("th, td").nth(place).inner_text() for row in table.locator("tbody tr:visible").all()]


def test_a_column_sorts_by_number_and_says_so(browser: Any, site: Path) -> None:
    table = unfolded(Visit(browser, site / "index.html").page).locator(COVERAGE)
    button = table.locator("thead button").nth(2)
    button.focus()
    button.press("Enter")
    rows = [int(text.replace(".", "")) for text in column(table, 2)]
    assert rows == sorted(rows) and len(rows) == 12
    assert max(rows) > 999  # a number with a thousands mark is a number
    assert table.locator("thead th").nth(2).get_attribute("aria-sort") == "ascending"
    button.press("Enter")
    assert [int(text.replace(".", "")) for text in column(table, 2)] == rows[::-1]
    assert table.locator("[role=status]").inner_text() == "Diurutkan menurut Baris, dari yang terbesar"


def test_dates_sort_as_dates(browser: Any, site: Path) -> None:
    table = unfolded(Visit(browser, site / "index.html").page).locator(COVERAGE)
    table.locator("thead button").nth(5).click()
    assert column(table, 5)[0] == "24 Juli 2023" and column(table, 5)[-1] == "10 Agustus 2026"


def test_a_column_sorts_by_its_values_whatever_its_words_look_like(browser: Any, tmp_path: Path) -> None:
    columns = [Column(name, name) for name in ("Nama", "Skor", "Batas", "Hari", "Ubah")]
    frame = pl.DataFrame(
        {
            "Nama": ["d 10", "d 2", "a", "b", "c"],
            "Skor": [Decimal("999.50"), None, Decimal("1214.50"), Decimal("-3.00"), Decimal("0.00")],
            "Batas": [*({"lower": low, "upper": high} for low, high in BATAS), None],
            "Hari": [date(2026, 8, 10), date(2026, 8, 9), None, date(2025, 12, 31), date(1999, 1, 2)],
            "Ubah": [1.5, -2.5, 0.0, None, 12.0],
        }
    )
    block = table(frame, columns, "Tabel", Language("id"), is_simulated=False)
    path = tmp_path / "page.html"
    path.write_text(page(block, title="T", subtitle="S", site_title="U", language=Language("id")), encoding="utf-8")
    shown = Visit(browser, path).page.locator("div.table")
    orders = {
        0: (["a", "b", "c", "d 2", "d 10"], ["d 10", "d 2", "c", "b", "a"]),
        1: (["b", "c", "d 10", "a", "d 2"], ["a", "d 10", "c", "b", "d 2"]),
        2: (["b", "d 2", "d 10", "a", "c"], ["a", "d 10", "d 2", "b", "c"]),
        3: (["c", "b", "d 2", "d 10", "a"], ["d 10", "d 2", "b", "c", "a"]),
        4: (["d 2", "a", "d 10", "c", "b"], ["c", "d 10", "a", "d 2", "b"]),
    }
    for place, (upwards, downwards) in orders.items():
        for order in (upwards, downwards):
            shown.locator("thead button").nth(place).click()
            assert column(shown, 0) == order, (place, order)


def test_a_search_hides_the_other_rows_and_counts(browser: Any, site: Path) -> None:
    table = unfolded(Visit(browser, site / "index.html").page).locator(COVERAGE)
    table.locator("input[type=search]").fill("lampung 202")
    table.locator("[role=status].is-filtered").wait_for()
    assert len(column(table, 0)) == 4
    assert table.locator("[role=status]").inner_text() == "4 dari 12 baris ditampilkan"


def test_details_of_a_mark_come_by_pointer_and_by_key(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "index.html").page
    chart, tip = page.locator("figure.chart svg.wide").first, page.locator(".tip")
    chart.focus()
    page.keyboard.press("ArrowDown")
    assert "Bengkulu: Peringkat 1" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    chart.locator("[data-tip]").first.hover()
    assert tip.is_visible()


def test_a_saved_chart_carries_its_mark_and_source(browser: Any, site: Path, tmp_path: Path) -> None:
    page = Visit(browser, site / "index.html").page
    with page.expect_download() as waiting:
        page.locator("figure.chart > button.save").first.click()
    waiting.value.save_as(tmp_path / "chart.svg")
    saved = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "DATA SIMULASI" in saved and "snapshot" in saved and "<svg" in saved


def test_from_a_web_server_it_works_alike_and_asks_for_no_more(browser: Any, served: tuple[str, list[str]]) -> None:
    address, asked = served
    visit = Visit(browser, f"{address}/index.html")
    table = unfolded(visit.page).locator(COVERAGE)
    table.locator("input[type=search]").fill("2026")
    table.locator("[role=status].is-filtered").wait_for()
    assert len(column(table, 0)) == 3
    assert set(visit.requests) <= {f"{address}/index.html", f"{address}/favicon.ico"}
    assert set(asked) <= {"/index.html", "/favicon.ico"}


def test_without_script_the_page_is_whole_and_shows_no_idle_control(browser: Any, site: Path) -> None:
    page = Visit(browser, site / "bengkulu-2026.html", script=False).page
    assert page.locator("button, input, select").count() == 0
    assert page.locator("figure.chart svg:visible").count() == page.locator("figure.chart").count()
    assert page.locator(".table table tbody tr").count() > 30


def test_printed_it_shows_no_control_and_the_mark_on_every_sheet(browser: Any, site: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    visit = Visit(browser, site / "bengkulu-2026.html")
    visit.page.emulate_media(media="print")
    for control in (".tools", "button.save", ".band nav", ".contents"):
        assert visit.page.locator(f"{control}:visible").count() == 0
    visit.page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = PdfReader(tmp_path / "page.pdf").pages
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, start=1):
        text = sheet.extract_text()
        assert "DATA SIMULASI" in text and f"{number} / {len(sheets)}" in text
