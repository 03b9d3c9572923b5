"""Any city, any title: sixty odd titles of cities that the software knows no files of, in every notebook and output."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook

from analysis import open_snapshot
from reports.pages.registry import REGISTRY
from reports.run.declaration import Part, Site, Words, list_reports, load_sites
from reports.site.build_facts import stale_pages
from reports.site.cities_of_site import MOST_CITIES, NEEDS, held_in, pages_for, word_for
from reports.site.front import front_body
from reports.site.site_builder import build_site
from tests.accessible_pdf import faults_of
from tests.city_files import exported, html_export, load, put
from tests.conftest import EXAMPLES, Ran
from tests.odd_titles import TITLES
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city

NOW = datetime(2026, 8, 10, 6, 30, tzinfo=UTC)
CASE = Path("tests/fixtures/sites/site-chars.yaml")
CITIES = ("surakarta", "salatiga", "semarang", "pekalongan")
LONG_UNIT = "Dinas " + "Pekerjaan" * 12 + " Umum"
ALL = ("html", "pdf", "xlsx", "ipynb")


def export_of(titles: list[str], score: str = "70,00") -> bytes:
    """An export whose titles are these, from a usual unit and from one of 120 letters."""
    rows = [
        exported(str(900 + number), title, score, unit=LONG_UNIT if number % 2 else "Dinas Kesehatan")
        for number, title in enumerate(titles)
    ]
    return html_export(*rows)


def send(home: Home, city: str, titles: list[str]) -> None:
    """Lay the files of a city into the inbox: an earlier edition, and two exports of the season."""
    put(home, f"{city}/2025/ekspor.xls", export_of(titles[:20], "65,00"))
    put(home, f"{city}/2026/ekspor-2026-07-01.xls", export_of(titles[:40]))
    put(home, f"{city}/2026/ekspor-2026-08-01.xls", export_of(titles, "72,00"))


@pytest.fixture(scope="module")
def odd_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of one city that the software has no files of, with all sixty titles, and a contest of its own."""
    home = Home.at(tmp_path_factory.mktemp("odd") / "home")
    home.create()
    send(home, "surakarta", list(TITLES.values()))
    text = files("warehouse").joinpath("reference", "contests", "bengkulu-2024.toml").read_text(encoding="utf-8")
    (home.root / "contests").mkdir()
    own = text.replace("17.71", resolve_city("surakarta").region_code)
    (home.root / "contests" / "surakarta-2024.toml").write_text(own, encoding="utf-8")
    assert load(home).is_new
    return home


def every_notebook(city: str, outputs: tuple[str, ...], last: int = 2026) -> Site:
    """A site of one page of each notebook."""
    words = Words(id="Uji", en="Trial")
    editions = [last - 1, last]
    asked = {
        "compare_cities": {"cities": [city], "editions": editions},
        "index_audit": {"cities": [city], "editions": editions},
        "research_panel": {"cities": [city], "editions": editions},
        "robustness": {"cities": [city, "bengkulu"], "editions": editions},
        "national_ranking": {"edition": last},
        "portfolio": {"city": city},
        "explain": {"city": city, "from_edition": last - 1, "to_edition": last},
        "contest": {"city": city, "edition": 2024},
        "own_index": {"draws": 200},
    }
    parts = tuple(
        Part(
            name=name,
            title=words,
            notebook=name,
            parameters=asked.get(name, {"city": city, "edition": last}),
            page=f"{name}-{city}",
            heading=Words(id=f"Uji {name}", en=f"Trial {name}"),
            subtitle=words,
            paper="sheet" if name == "mayor_brief" else "report",
        )
        for name in REGISTRY
    )
    return Site(name="uji", title=words, subtitle=words, front="contents", parts=parts, outputs=outputs)  # type: ignore[arg-type]


def check_whole(home: Home, site: Site, lang: str, outputs: tuple[str, ...]) -> None:
    """Build a site and hold that no page and no file is missing, and that each sign that is replaced is told."""
    built = build_site(site, home=home.root, lang=lang, now=NOW)
    assert [(one.page, one.status, one.cause) for one in built.outcomes if one.status != "built"] == []
    # An export has no levels of indicators, which the audit of the index is made of.
    assert [left.page.partition("-audit")[0] for left in built.left_out] == ["index"] and built.exit_code == 0
    folder = home.reports / site.name / ("" if lang == "id" else lang)
    for outcome in built.outcomes:
        assert set(outcome.files) == {f"{outcome.page}.{output}" for output in outputs}
        page = (folder / f"{outcome.page}.html").read_text(encoding="utf-8")
        assert "<script>alert(1)" not in page and "\u202e" not in page
        assert ("U+" in page) >= bool(outcome.replaced)
    told = "\n".join(line for one in built.outcomes for line in one.replaced)
    assert "U+FFFF" in told and "U+F0000" in told, "what no font has is told with its number"


def test_sixty_titles_go_through_every_notebook(odd_home: Home) -> None:
    outputs = ("html", "pdf", "xlsx")
    check_whole(odd_home, every_notebook("surakarta", outputs), "id", outputs)
    pdf = (odd_home.reports / "uji" / "portfolio-surakarta.pdf").read_bytes()
    assert faults_of(pdf) == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["id", "en"])
def test_sixty_titles_of_four_cities_go_through_every_notebook_and_output(tmp_path: Path, lang: str) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    titles = list(TITLES.values())
    for number, city in enumerate(CITIES):
        send(home, city, titles[15 * number :] + titles[: 15 * number])
    load(home)
    for city in CITIES:
        site = every_notebook(city, ALL)
        site = site.model_copy(update={"parts": tuple(part for part in site.parts if part.notebook != "contest")})
        check_whole(home, site, lang, ALL)


@pytest.mark.slow
def test_the_site_of_four_cities_has_every_page_in_every_format(tmp_path: Path, iga: Callable[..., Ran]) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    home.sites.mkdir(exist_ok=True)
    shutil.copy2(CASE, home.sites)
    signs = ["\uf0b7 Jemput Bola", "Layanan \U0001f600", "\ufeffAntar Obat", TITLES["javanese"], TITLES["chinese"]]
    for city in CITIES:
        # The same bytes in the folder of another city are told and not read.
        put(home, f"{city}/2026/ekspor.xls", export_of([*signs, f"Lapor {city}"]))
    load(home)
    ran = iga("report", "build", "site-chars", home=home.root, lang="id")
    assert ran.exit_code == 0, ran.err
    for city in CITIES:
        for output in ("html", "pdf"):
            assert (home.reports / "site-chars" / f"{city}-2026.{output}").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_few_innovations_stop_no_page(count: int, empty_home: Home) -> None:
    put(empty_home, "surakarta/2026/ekspor.xls", export_of(["Jemput Bola", "Antar Obat"][:count]))
    load(empty_home)
    site = every_notebook("surakarta", ("html",))
    few = ("city_index", "mayor_brief", "weekly_progress", "next_edition", "portfolio", "compare_cities")
    site = site.about(tuple(part for part in site.parts if part.notebook in few), ())
    built = build_site(site, home=empty_home.root, lang="en", now=NOW)
    assert [(one.page, one.status, one.cause) for one in built.outcomes if one.status != "built"] == []
    plural = re.compile(
        r"(?<![\d.,–/-])1 (\w+ )?(innovations|units|regions|rows|files|editions|days|documents|cities)\b"
    )
    for page in (empty_home.reports / "uji" / "en").glob("*.html"):
        shown = html.parse(str(page), html.HTMLParser(encoding="utf-8")).getroot().text_content()
        assert [found[0] for found in plural.finditer(shown)] == [], page.name


def spd_answers(city: str, edition: int) -> bytes:
    """The answers of the local government alone, as those of the example's Bengkulu."""
    book = load_workbook(EXAMPLES / "inbox" / "bengkulu" / "2026" / "jawaban-spd.xlsx")
    for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
        if isinstance(cell.value, str):
            cell.value = (
                cell.value.replace("KOTA BENGKULU", city).replace("Kota Bengkulu", city).replace("2026", str(edition))
            )
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


LITTLE = {"salatiga": 2026, "semarang": 2019, "pekalongan": 2026}
"""Cities of no innovation, of editions without rules, and of SPD answers alone, each with its last edition."""
OF_NO_CITY = {"own_index", "compare_cities", "research_panel", "national_ranking"}


@pytest.fixture(scope="module")
def little_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of cities of which little is known: `LITTLE`."""
    home = Home.at(tmp_path_factory.mktemp("little") / "home")
    home.create()
    for edition in (2025, 2026):
        put(home, f"salatiga/{edition}/ekspor.xls", html_export() + b"<!-- %d -->" % edition)
        put(home, f"pekalongan/{edition}/jawaban-spd.xlsx", spd_answers("Kota Pekalongan", edition))
    for edition in (2018, 2019):
        put(home, f"semarang/{edition}/ekspor.xls", export_of(["Jemput Bola", f"Antar Obat {edition}"]))
    loaded = load(home)
    assert loaded.editions_without_rulebook == [2018, 2019] and loaded.quarantine.is_empty()
    return home


def notebooks_of(city: str) -> set[str]:
    """The notebooks that have something to say of a city of which little is known."""
    return OF_NO_CITY | ({*NEEDS, "portfolio", "explain"} if city == "semarang" else set())


@pytest.mark.parametrize("city", LITTLE)
def test_what_little_is_known_of_decides_which_pages_there_are(little_home: Home, city: str) -> None:
    with open_snapshot(None, little_home.root) as snapshot:
        chosen = pages_for(every_notebook(city, ("html",), LITTLE[city]), snapshot, little_home)
    assert {report.notebook for report in chosen.reports} == notebooks_of(city)
    told = {left.page.removesuffix(f"-{city}"): left.cause.told(Language("id")) for left in chosen.left_out}
    assert {name.replace("-", "_") for name in told} == set(REGISTRY) - notebooks_of(city) and all(told.values())
    if city == "semarang":
        assert told["robustness"] == "aturan edisi-edisinya tidak diketahui"
    else:
        assert told["robustness"] == "snapshot tidak memuat inovasi satu pun kotanya"


def test_of_spd_answers_alone_the_index_has_bounds_and_no_number_of_innovations(
    little_home: Home, iga: Callable[..., Ran]
) -> None:
    ran = iga("index", "--city", "pekalongan", "--edition", "2026", "--format", "json", home=little_home.root)
    (row,) = [row for row in json.loads(ran.out) if row["rulebook"] == "2026"]
    assert ran.exit_code == 0 and row["coverage"] == "list_missing"
    assert row["iid"] is None and float(row["iid_lower"]) < 30 and float(row["iid_upper"]) > 90
    shown = iga("index", "--city", "pekalongan", "--edition", "2026", home=little_home.root, lang="id")
    assert "Daftar inovasi belum masuk" in shown.out
    ranked = iga("rank", "--edition", "2026", "--scope", "all", home=little_home.root)
    assert ranked.exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("city", LITTLE)
def test_what_little_is_known_of_has_its_pages_in_every_format(little_home: Home, city: str, lang: str) -> None:
    site = every_notebook(city, ALL, LITTLE[city])
    built = build_site(site, home=little_home.root, lang=lang, now=NOW)
    assert [(one.page, one.status, one.cause) for one in built.outcomes if one.status != "built"] == []
    assert built.exit_code == 0 and len(built.pages) == len(notebooks_of(city))
    for outcome in built.outcomes:
        assert set(outcome.files) == {f"{outcome.page}.{output}" for output in ALL}


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["id", "en"])
def test_four_hundred_titles_go_through_every_notebook_and_output(empty_home: Home, lang: str) -> None:
    odd = list(TITLES.values())
    titles = [f"{odd[number % len(odd)]} {number}" if number >= len(odd) else odd[number] for number in range(400)]
    put(empty_home, "surakarta/2025/ekspor.xls", export_of(titles, "65,00"))
    put(empty_home, "surakarta/2026/ekspor-2026-07-01.xls", export_of(titles[:300]))
    put(empty_home, "surakarta/2026/ekspor-2026-08-01.xls", export_of(titles, "72,00"))
    load(empty_home)
    site = every_notebook("surakarta", ALL)
    site = site.model_copy(update={"parts": tuple(part for part in site.parts if part.notebook != "contest")})
    check_whole(empty_home, site, lang, ALL)


def test_a_page_of_a_city_is_built_by_the_site_of_all_that_it_has(odd_home: Home, iga: Callable[..., Ran]) -> None:
    only = ("--only", "ringkasan-surakarta-2026")
    ran = iga(
        "report", "build", "city", "--city", "Kota Surakarta", *only, "--lang", "id", home=odd_home.root, lang="id"
    )
    assert ran.exit_code == 0, ran.err
    assert "lomba-surakarta-2024" not in ran.err
    facts = json.loads((odd_home.reports / "city" / "build.json").read_text(encoding="utf-8"))
    assert {record["page"] for record in facts["reports"]} == {"ringkasan-surakarta-2026"}


@pytest.mark.slow
def test_one_command_builds_every_part_of_a_city_and_its_letters(tmp_path: Path, iga: Callable[..., Ran]) -> None:
    home = Home.at(tmp_path / "home")
    home.create()
    send(home, "surakarta", list(TITLES.values()))
    load(home)
    ran = iga("report", "build", "city", "--city", "surakarta", home=home.root, lang="id", timeout=900)
    assert ran.exit_code == 0, ran.err
    for page in ("surakarta-2026", "ringkasan-surakarta-2026", "kemajuan-surakarta-2026", "rencana-surakarta-2026"):
        for output in ALL:
            assert (home.reports / "city" / f"{page}.{output}").is_file()
    assert [path.name for path in sorted((home.root / "letters").glob("*/*/*.pdf"))] == ["nota-dinas-2026.pdf"]


def test_a_city_that_is_not_there_is_left_out_and_told(odd_home: Home, iga: Callable[..., Ran]) -> None:
    ran = iga("report", "build", "mayor_brief", "--city", "salatiga", home=odd_home.root, lang="id")
    assert ran.exit_code == 0, ran.err
    assert "Dilewati: snapshot tidak memuat berkas Kota Salatiga" in ran.err
    assert (odd_home.reports / "mayor_brief" / "index.html").is_file()


def test_the_cities_of_a_site_are_those_of_the_snapshot(odd_home: Home, example_home: Path) -> None:
    with open_snapshot(None, odd_home.root) as snapshot:
        chosen = pages_for(load_sites()["three_cities"], snapshot, odd_home)
        assert chosen.site.cities == ("surakarta",) and chosen.site.declared is load_sites()["three_cities"]
        pages = {report.page for report in chosen.reports}
        assert {"surakarta-2026", "ringkasan-surakarta-2026", "perbandingan", "peringkat-2026"} <= pages
        assert not [page for page in pages if "bengkulu" in page] and "ketahanan" not in pages
        folder = odd_home.reports / "nowhere"
        stale = stale_pages(chosen.site, snapshot.snapshot_id, folder, odd_home, NOW, chosen.reports)
        assert set(stale) == pages
    with open_snapshot(None, example_home) as snapshot:
        for site in load_sites().values():
            if site.scope is not None and site.name != "city":
                chosen = pages_for(site, snapshot, Home.at(example_home))
                assert [one.page for one in chosen.reports] == [one.page for one in list_reports(site)]
                assert chosen.left_out == () and chosen.wanted == chosen.reports
        held = held_in(snapshot)
        assert held["17.71", 2026]["lists"] == 3 and held["33.71", 2026]["innovations"] == 103


def test_a_page_of_the_nation_in_an_edition_without_an_index_is_not_built(odd_home: Home) -> None:
    site = load_sites()["national"]
    with open_snapshot(None, odd_home.root) as snapshot:
        chosen = pages_for(site, snapshot, odd_home)
        assert [report.page for report in chosen.reports] == ["peringkat-2026", "peringkat-2025"]
        told = [(left.page, left.cause.told(Language("id"))) for left in chosen.absent]
        assert told == [
            (f"peringkat-{edition}", f"belum ada daerah yang memiliki indeks pada IGA {edition}")
            for edition in (2024, 2023)
        ]
        assert chosen.left_out == chosen.absent
        with_statements = site.about(tuple(part.model_copy(update={"parameters": {}}) for part in site.parts), ())
        assert len(pages_for(with_statements, snapshot, odd_home).reports) == 4, "what was published stands on each"
        front = front_body(snapshot, load_sites()["three_cities"], (), {}, (), "en", chosen.absent).html
        assert "2 pages are not built: no data" in front
        assert "Ranking of the regions, IGA 2023: no region has an index in IGA 2023" in front
        many = front_body(snapshot, load_sites()["three_cities"], (), {}, (), "en", chosen.absent * 21).html
        assert many.count("Ranking of the regions, IGA 2023:") == 20 and "and 2 more pages" in many


def test_of_many_cities_those_that_are_asked_for_are_built(odd_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {
        (f"33.{number:02}", 2026): {"files": 1, "lists": 1, "innovations": 5, "published": 0} for number in range(1, 15)
    }
    assert len(many) > MOST_CITIES
    monkeypatch.setattr("reports.site.cities_of_site.held_in", lambda _snapshot: many)
    site = load_sites()["mayor_brief"]
    with open_snapshot(None, odd_home.root) as snapshot:
        assert len(pages_for(site, snapshot, odd_home).reports) == MOST_CITIES
        word = word_for(resolve_city("33.05"))
        chosen = pages_for(site, snapshot, odd_home, [word], [word_for(resolve_city("33.07"))])
        assert len(chosen.reports) == 2 and [one.parameters["city"] for one in chosen.wanted] == [word]
