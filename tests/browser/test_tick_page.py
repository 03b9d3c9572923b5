"""The page to tick off in Chromium: ticks stay over a reload, copying works, nothing is fetched, axe finds no fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.portal.portal_fields import Field, IndicatorLine, PortalSheet
from reports.portal.portal_package import package_of
from tests.browser.conftest import Visit
from warehouse.language import Language
from warehouse.region import region_of_code

pytestmark = pytest.mark.browser


@pytest.fixture
def package(tmp_path: Path) -> Path:
    fields = (
        Field("title", "Nama Inovasi", "text", True, "<b>Antar</b> & 'Obat'"),
        Field("purpose", "Tujuan", "long", True, ""),
    )
    lines = (IndicatorLine("16", "Regulasi", 2, "Perkada", "PDF", True),)
    sheet = PortalSheet("a" * 16, "b" * 16, "<b>Antar</b> & 'Obat'", "Dinas Kesehatan", fields, lines, ())
    made = package_of(
        [sheet], region_of_code("17.71"), 2026, date(2026, 8, 1), "contoh", Language("id"), is_simulated=False
    )
    for name, content in made.contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_ticks_stay_and_the_index_counts_them(browser: Any, package: Path) -> None:
    visit = Visit(browser, next(package.rglob("isian.html")))
    page = visit.page
    assert page.locator("#progress").inner_text() == "0 dari 3 sudah diisikan"
    page.check("input[name=title]")
    page.reload()
    assert page.is_checked("input[name=title]") and not page.is_checked("input[name=i16]")
    assert page.locator("#progress").inner_text() == "1 dari 3 sudah diisikan"
    page.click("button.copy")
    page.wait_for_function("document.querySelector('button.copy').textContent === 'Tersalin'")
    assert page.locator("pre.value").inner_text() == "<b>Antar</b> & 'Obat'"
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.goto((package / "index.html").as_uri())
    assert page.locator("[data-of]").inner_text() == "1 dari 3"
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    assert [request for request in visit.requests if not request.startswith("file:")] == []
    assert visit.complaints == []
    visit.close()
