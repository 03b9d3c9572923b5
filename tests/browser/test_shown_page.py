"""A person's own page in Chromium: nothing of its HTML runs or is fetched, and axe finds no fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visit
from tests.outputs import report_on, write
from tests.shown_cells import NAME, run_cells

pytestmark = pytest.mark.browser

CELLS = [
    "# md\n## Bagian",
    "import altair as alt, polars as pl, matplotlib.pyplot as plt\nfrom IPython.display import HTML, SVG\n"
    "bingkai = pl.DataFrame({f'kolom_{n}': ['teks yang panjang'] * 3 for n in range(20)})\nbingkai",
    "titik = pl.DataFrame({'x': range(60), 'y': range(60)})\n"
    "alt.Chart(titik, width=900).mark_point().encode(x='x', y='y')",
    "plt.plot([1, 2]); plt.show()",
    "print('x' * 500)",
    'HTML(\'<p>Bebas</p><img src="http://elsewhere.example/a.png"><script>document.title = "lari"</script>'
    '<style>@import url(http://elsewhere.example/b.css)</style><iframe src="http://elsewhere.example"></iframe>\')',
    'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>\')',
    "{'kota': 'Jambi', 'nilai': 2.5, 'daftar': [1, 2]}",
]


@pytest.fixture(scope="module")
def page_of_a_person(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    executed = run_cells(tmp_path_factory.mktemp("own"), CELLS, example_home)
    folder = tmp_path_factory.mktemp("page") / "site"
    write(executed, report_on(NAME, {}), example_home, folder)
    return folder / f"{NAME}.html"


def test_nothing_runs_and_nothing_leaves_the_page(browser: Any, page_of_a_person: Path) -> None:
    visit = Visit(browser, page_of_a_person)
    [own, frame, *_inner] = visit.page.frames
    assert frame.locator("p").inner_text() == "Bebas" and "lari" not in (own.title(), frame.title())
    assert [address for address in visit.requests if not address.startswith("about:")] == [page_of_a_person.as_uri()]


@pytest.mark.parametrize("width", [375, 1200])
def test_it_never_scrolls_sideways_and_axe_finds_no_fault(browser: Any, page_of_a_person: Path, width: int) -> None:
    page = Visit(browser, page_of_a_person, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("figure.chart svg:visible").count() == 1 and page.locator("img:visible").count() == 2
    assert [(fault["id"], fault["help"]) for fault in Axe().run(page).response["violations"]] == []
