"""Pages that would say only that there are no data yet are not published, and that is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pytest

import reports.site.site_builder as site_module
from reports.blocks.block import Block
from reports.blocks.content import (
    Bullets,
    Card,
    Cards,
    Details,
    Facts,
    Notice,
    Part as Shown,
    Quantity,
    Table,
    TableColumn,
    Text,
)
from reports.pages.city_index.charts import no_data
from reports.render.empty_page import says_nothing
from reports.run.declaration import Part, Site, Words
from reports.site.build_facts import stale_pages
from reports.site.site_builder import SiteBuild, build_site
from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import current_snapshot_id
from workbench.schedule.run import _status_of
from workbench.schedule.status import RunStatus, stated_status, told_in_words
from workbench.schedule.status_page import status_page, write_status

NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)
ID = Language("id")
NOTHING = no_data("Peringkat", ID).parts
ROW = Table(key="t", caption="T", columns=(TableColumn(heading="A"),), values=(("x",),))
EMPTY_TABLE = ROW.model_copy(update={"values": ()})
DAY = Facts(pairs=(("Per", Quantity(kind="date", value=date(2026, 8, 9))), ("Ekspor", Quantity(kind="whole", value=0))))
BASIS = Details(summary="Dasar", parts=(ROW,), is_printed=True)


def card(value: Any, detail: str = "") -> Cards:
    return Cards(cards=(Card(heading="Indeks", value=value, detail=detail),))


@pytest.mark.parametrize(
    ("parts", "is_empty"),
    [
        (NOTHING, True),
        ((*NOTHING, Text(text="Cara hitung", tone="message"), Notice(text="Simulasi"), EMPTY_TABLE, DAY, BASIS), True),
        ((*NOTHING, card(None), card("0 dari 93", "belum ada data"), Bullets(items=("belum ada data",))), True),
        ((*NOTHING, ROW), False),
        ((*NOTHING, Details(summary="Semua", parts=(ROW,))), False),
        ((*NOTHING, card(Quantity(kind="decimal", value=Decimal("85.38")))), False),
        ((*NOTHING, Bullets(items=("Unggah video",))), False),
        ((*NOTHING, Facts(pairs=(("Inovasi", Quantity(kind="whole", value=3)),))), False),
        ((Text(text="Halaman yang ditulis orang"),), False),
        ((), False),
    ],
)
def test_a_page_says_nothing_where_no_part_holds_anything(parts: Iterable[Shown], is_empty: bool) -> None:
    assert says_nothing(parts, ID) is is_empty


class Notebooks:
    """Stands for the kernels: the notebooks of the editions in `empty` have no data yet."""

    def __init__(self) -> None:
        self.empty: set[int] = set()

    def __call__(self, _name: str, values: dict[str, Any], **_options: Any) -> Any:
        language = Language(values["lang"])
        block = no_data("T", language) if values["edition"] in self.empty else Block([ROW], language)
        shown = nbformat.v4.new_output("display_data", data=block._repr_mimebundle_())
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("shown", outputs=[shown])])


@pytest.fixture
def notebooks(monkeypatch: pytest.MonkeyPatch) -> Notebooks:
    notebooks = Notebooks()
    monkeypatch.setattr(site_module, "run_notebook", notebooks)
    return notebooks


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    shutil.copytree(example_home / "snapshots", tmp_path / "home" / "snapshots")
    shutil.copy2(example_home / "current.json", tmp_path / "home")
    return Home.at(tmp_path / "home")


def trial() -> Site:
    """A site of one city with a page for each of two editions, as page and workbook."""
    words, each = Words(id="Uji", en="Trial"), Words(id="Uji {edition}", en="Trial {edition}")
    part = Part(
        name="pages",
        title=words,
        notebook="city_index",
        parameters={"city": "bengkulu"},
        each={"edition": [2026, 2025]},
        page="uji-{edition}",
        heading=each,
        subtitle=words,
    )
    return Site(name="uji", title=words, subtitle=words, front="contents", parts=(part,), outputs=("html", "xlsx"))


def built(home: Home, only: list[str] | None = None) -> SiteBuild:
    return build_site(trial(), home=home.root, now=NOW, only=only)


def test_a_page_without_data_is_not_published_and_its_last_good_one_goes(home: Home, notebooks: Notebooks) -> None:
    folder, current = home.reports / "uji", str(current_snapshot_id(home))
    assert built(home).left_out == () and (folder / "uji-2025.xlsx").is_file()
    assert 'href="uji-2025.html"' in (folder / "uji-2026.html").read_text(encoding="utf-8")

    notebooks.empty = {2025}
    made = built(home)
    assert [(outcome.page, outcome.status) for outcome in made.outcomes] == [
        ("uji-2026", "built"),
        ("uji-2025", "empty"),
    ]
    assert made.exit_code == 0 and made.pages == ("uji-2026",) and made.failures == ()
    assert [(left.page, left.cause.told(ID)) for left in made.left_out] == [
        ("uji-2025", "belum ada data untuk satu pun bagiannya")
    ]
    assert not list(folder.glob("uji-2025*"))
    for page in folder.glob("*.html"):
        assert "uji-2025" not in page.read_text(encoding="utf-8"), page.name
    front = (folder / "index.html").read_text(encoding="utf-8")
    assert "1 halaman tidak dibuat: belum ada data" in front
    assert "Uji 2025: belum ada data untuk satu pun bagiannya" in front
    facts = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    assert [(entry["page"], entry["lang"]) for entry in facts["without_data"]] == [("uji-2025", "id")]
    assert stale_pages(trial(), current, folder, home, NOW) == [], "it is not tried again while nothing has changed"

    other = built(home, ["uji-2026"])
    assert other.exit_code == 0 and [left.page for left in other.left_out] == ["uji-2025"]
    assert stale_pages(trial(), current, folder, home, NOW) == [] and not list(folder.glob("uji-2025*"))
    notebooks.empty = set()
    again = built(home)
    assert again.pages == ("uji-2025", "uji-2026") and again.left_out == ()
    assert "tidak dibuat" not in (folder / "index.html").read_text(encoding="utf-8")
    assert "without_data" not in json.loads((folder / "build.json").read_text(encoding="utf-8"))


def test_what_is_not_published_is_told_by_the_schedule(home: Home, notebooks: Notebooks) -> None:
    notebooks.empty = {2025}
    site = _status_of("uji", built(home), current_snapshot_id(home), ID)
    assert site.state == "built" and site.exit_code == 0 and site.failures == ()
    told = RunStatus("done", NOW.isoformat(), sites=(replace(site, replaced=("uji-2026: “漢”",)),))
    assert "uji-2026: “漢”" in status_page(told, ID) and "  - uji-2026: “漢”" in told_in_words(told, ID)
    write_status(home, told, "id")
    assert stated_status(home) == told
    assert "uji-2025: belum ada data" in status_page(told, ID)
    assert "  - Tidak diterbitkan: uji-2025: belum ada data untuk satu pun bagiannya" in told_in_words(told, ID)
