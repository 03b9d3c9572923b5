"""The report site of the demo: what the pages say is what the snapshot holds, and a failure never costs a good page."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import html

import reports.site.site_builder as site_module
from analysis import open_snapshot
from reports.run.declaration import list_reports, load_sites
from reports.run.notebook import NotebookFailed, run_notebook
from reports.site.reading_aids import SEARCH_PAGE, TERMS_PAGE
from reports.site.site_builder import build_site
from tests.conftest import DEMO_PAGES
from tests.outputs import page_of
from warehouse.errors import UnknownName
from warehouse.language import Language
from warehouse.reference import load_reference

pytestmark = pytest.mark.demo

CITIES = {"bengkulu": "17.71", "magelang": "33.71", "bandar-lampung": "18.71"}
EDITIONS = (2023, 2024, 2025, 2026)
SOURCES = set(load_reference("published_result")["source"])
"""Where published figures lead to: the one kind of link that leaves a site."""


@pytest.fixture(scope="module")
def site(demo_home: Path) -> Path:
    return demo_home / "reports" / "three_cities"


def words(path: Path) -> str:
    """What the report itself says: its body, without the navigation and footer around it."""
    tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    return re.sub(r"\s+", " ", tree.xpath("//main//div[@class='body']")[0].text_content())


def test_every_page_that_was_asked_for_is_there(site: Path) -> None:
    reports = [report for report in list_reports("three_cities") if report.page in DEMO_PAGES]
    assert len(reports) == len(DEMO_PAGES)
    expected = {report.file_of(output) for report in reports for output in report.outputs}
    assert {path.name for path in site.iterdir()} == expected | {"index.html", "build.json", SEARCH_PAGE, TERMS_PAGE}
    facts = json.loads((site / "build.json").read_text(encoding="utf-8"))
    assert facts["failures"] == [] and facts["is_simulated"]


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("edition", EDITIONS)
def test_the_page_shows_the_figures_of_the_snapshot(demo_home: Path, site: Path, city: str, edition: int) -> None:
    query = "select * from region_index where region_code = ? and edition = ? and score_kind = 'claimed'"
    with open_snapshot(home=demo_home) as snapshot:
        rows = snapshot.sql(query, [CITIES[city], edition]).rows(named=True)
    tree = html.parse(str(site / f"{city}-{edition}.html"), html.HTMLParser(encoding="utf-8")).getroot()
    told = [
        card.text_content()
        for card in tree.xpath("//div[contains(@class, 'card')]")
        if card.xpath("./p[@class='card-heading']")
    ]
    assert len(told) == len(rows) > 0
    language = Language("id")
    for row, card in zip(sorted(rows, key=lambda row: row["is_estimate"]), told, strict=True):
        if row["iid_lower"] is None:
            assert "tidak dihitung" in card
            continue
        assert language.interval(row["iid_lower"], row["iid_upper"]) in card
        assert language.label("predicate", row["predicate_lower"]) in card
        label = f"Estimasi dengan aturan {row['rulebook']}, bukan skor resmi"
        assert (label in card) == row["is_estimate"]


def test_every_page_is_marked_as_simulated_and_says_what_it_rests_on(demo_home: Path, site: Path) -> None:
    with open_snapshot(home=demo_home) as snapshot:
        name = snapshot.snapshot_id
    for path in (path for path in site.glob("*.html") if path.name not in (SEARCH_PAGE, TERMS_PAGE)):
        told = words(path)
        assert "DATA SIMULASI" in told, path.name
        assert name in told and "Dasar laporan ini" in told and "SHA-256" in told, path.name


def test_pages_are_self_contained(site: Path) -> None:
    declared = {report.file_of(output) for report in list_reports("three_cities") for output in report.outputs}
    for path in site.glob("*.html"):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        assert not tree.xpath("//iframe | //link | //object | //img | //script[@src]")
        assert tree.get("lang") == "id"
        addresses = [str(found) for found in tree.xpath("//@href | //@src")]
        own = [address for address in addresses if address not in SOURCES or path.name != "perbandingan.html"]
        assert all(re.fullmatch(r"#[\w-]+|[a-z0-9-]+\.(html(#[\w-]+)?|pdf|xlsx|ipynb)", address) for address in own)
        files = {address.partition("#")[0] for address in own} - {""}
        # What the site declares and these tests did not build is linked all the same: a page says what its site has.
        assert all((site / file).is_file() or file in declared for file in files)
        policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        (script,) = tree.xpath("//script[not(@type)]/text()")
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert policy == (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        assert not re.search(r"https?:|fetch|XMLHttpRequest|import\(", script.replace("http://www.w3.org/2000/svg", ""))


def test_pages_stay_small_and_embed_their_style_once(site: Path) -> None:
    bytes_of = {path.name: path.stat().st_size for path in sorted(site.glob("*.html"))}
    assert max(bytes_of.values()) < 500_000, bytes_of
    for name in bytes_of:
        page = (site / name).read_text(encoding="utf-8")
        assert page.count("<style>") == page.count("<script>") == 1


def test_headings_stand_in_order_and_ids_are_unique(site: Path) -> None:
    for path in site.glob("*.html"):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        levels = [int(heading.tag[1]) for heading in tree.xpath("//h1|//h2|//h3|//h4")]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), path.name


def test_published_figures_are_real_and_in_a_section_of_their_own(site: Path) -> None:
    told = words(site / "perbandingan.html")
    computed, published = told.split("Angka terbit (nyata)", 1)
    for figure in ("59,28", "71,87"):
        assert figure in published and figure not in computed
    published, basis = published.rsplit("Dasar laporan ini", 1)
    tree = html.parse(str(site / "perbandingan.html"), html.HTMLParser(encoding="utf-8"))
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in tree.iter("tr")]
    for figure in ("2.478,00", "2.548,00"):  # they contradict each other
        assert [row[-1][:2] for row in rows if figure in row] == ["≠ "]
    assert "DATA SIMULASI" not in published and "DATA SIMULASI" in basis  # the files of the computed part


def test_titles_from_the_files_are_escaped(demo_home: Path) -> None:
    notebook = run_notebook("city_index", {"city": "bengkulu", "edition": 2026}, home=demo_home)
    shown = html.document_fromstring(page_of(notebook, "id"))
    assert [script.getparent().tag for script in shown.iter("script")] == ["body"]  # that of the page


def test_the_page_reads_in_english_on_request(demo_home: Path) -> None:
    values = {"cities": ["bengkulu", "magelang"], "editions": [2024, 2026], "lang": "en"}
    notebook = run_notebook("compare_cities", values, home=demo_home)
    page = page_of(notebook, "en")
    told = html.document_fromstring(page).text_content()
    assert "Published figures (real)" in told and "Angka terbit" not in told
    assert "59.28" in told and "59,28" not in told
    assert "SIMULATED DATA" in told and "DATA SIMULASI" not in told


def test_the_explanation_shows_shares_that_add_up_and_what_is_not_mapped(demo_home: Path) -> None:
    values = {"city": "bandar lampung", "from_edition": 2025, "to_edition": 2026, "assume": "spd_carries_over=true"}
    notebook = run_notebook("explain", values, home=demo_home)
    page = page_of(notebook, "id")
    told = re.sub(r"\s+", " ", html.document_fromstring(page).text_content())
    with open_snapshot(home=demo_home) as snapshot:
        row = snapshot.sql("select iid from region_index where region_code = '18.71' and edition = 2026").row(0)
    assert f"2026: IID {Language('id').number(row[0])}" in told
    assert "Estimasi dengan aturan 2026, bukan skor resmi" in told
    assert "Perkada menjadi tingkat 2" in told and "DATA SIMULASI" in told
    assert "Skor SPD edisi lain dipakai apa adanya: True" in told


def test_the_city_report_says_why_the_index_moved(site: Path) -> None:
    assert "Mengapa indeks bergerak" in words(site / "bengkulu-2026.html")
    assert "Mutu inovasi yang berlanjut" in words(site / "bengkulu-2026.html")


def test_the_same_snapshot_gives_the_same_bytes(demo_home: Path, site: Path, tmp_path: Path) -> None:
    home = own_home(demo_home, tmp_path, pages=False)
    build_site("three_cities", home=home, only=["magelang-2024"])
    again = home / "reports" / "three_cities" / "magelang-2024.html"
    assert again.read_bytes() == (site / "magelang-2024.html").read_bytes()


def test_a_failed_page_leaves_the_last_good_one_and_is_named(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_home(demo_home, tmp_path, pages=True)
    target = home / "reports" / "three_cities"
    before = (target / "bengkulu-2023.html").read_bytes()
    kept = (target / "magelang-2023.html").read_bytes()

    def broken(name: str, values: dict[str, Any], **_options: Any) -> Any:
        raise NotebookFailed("Notebook {notebook} did not end: {cause}", notebook=name, cause="no memory")

    with monkeypatch.context() as patched:
        patched.setattr(site_module, "run_notebook", broken)
        build = build_site("three_cities", home=home, only=["bengkulu-2023"])
    assert [failure.page for failure in build.failures] == ["bengkulu-2023"]
    assert (target / "bengkulu-2023.html").read_bytes() == before
    assert (target / "magelang-2023.html").read_bytes() == kept
    assert "Kota Bengkulu, IGA 2023: Notebook city_index tidak selesai: no memory" in words(target / "index.html")
    assert not list((home / "reports").glob(".three_cities*"))

    mended = build_site("three_cities", home=home, only=["bengkulu-2023"])
    assert mended.failures == ()
    assert "tidak selesai" not in words(target / "index.html")


def test_a_crash_in_the_build_leaves_the_site_as_it_was(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_home(demo_home, tmp_path, pages=True)
    before = {path.name: path.read_bytes() for path in (home / "reports" / "three_cities").iterdir()}

    def crash(*_arguments: Any, **_options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(site_module, "front_body", crash)
    monkeypatch.setattr(site_module, "run_notebook", crash)
    with pytest.raises(KeyboardInterrupt):
        build_site("three_cities", home=home, only=["bengkulu-2023"])
    assert {path.name: path.read_bytes() for path in (home / "reports" / "three_cities").iterdir()} == before
    assert not list((home / "reports").glob(".three_cities*"))


def test_a_cell_that_raises_is_named(demo_home: Path) -> None:
    with pytest.raises(NotebookFailed, match=r"city_index stopped at cell \d+: Tidak ada snapshot bernama ffffffff"):
        run_notebook("city_index", {"city": "bengkulu", "edition": 2026, "snapshot": "ffffffff"}, home=demo_home)


def test_an_unknown_page_is_refused_before_anything_runs(demo_home: Path) -> None:
    with pytest.raises(UnknownName, match="bengkulu-1999"):
        build_site("three_cities", home=demo_home, only=["bengkulu-1999"])


def test_the_front_page_lists_each_part_with_its_pages_and_files(site: Path) -> None:
    tree = html.parse(str(site / "index.html"), html.HTMLParser(encoding="utf-8")).getroot()
    listed = {
        section.findtext("h3"): [link.get("href") for link in section.iter("a")]
        for section in tree.xpath("//div[@class='parts']/section")
    }
    assert list(listed) == [
        "Kota dan tahun",
        "Perbandingan",
        "Mengapa indeks bergerak",
        "Kemajuan mingguan",
    ]
    assert listed["Perbandingan"] == [f"perbandingan.{kind}" for kind in ("html", "pdf", "xlsx", "ipynb")]
    navigation = tree.xpath("//header//nav[@aria-label='Halaman']//a/@href")
    assert navigation == [
        "index.html",
        "bengkulu-2026.html",
        "magelang-2026.html",
        "bandar-lampung-2026.html",
        "perbandingan.html",
    ]


def test_parameters_resolve_inward() -> None:
    assert "three_cities" in load_sites()
    reports = list_reports("three_cities")
    assert reports[0].parameters == {"score": "claimed", "city": "bengkulu", "edition": 2026}
    assert all(report.checked() for report in reports)


def own_home(demo_home: Path, tmp_path: Path, *, pages: bool) -> Path:
    """A home with the demo's snapshot, that a test may change."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy2(demo_home / "current.json", home / "current.json")
    shutil.copytree(demo_home / "snapshots", home / "snapshots")
    if pages:
        shutil.copytree(demo_home / "reports", home / "reports")
    return home
