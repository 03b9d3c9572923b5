"""From files of a city to its portfolio in the command, the page and the desk."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.pages.portfolio import blocks as portfolio_page
from reports.pages.portfolio.parameters import PortfolioParameters
from tests.city_files import load, put
from tests.conftest import Ran
from warehouse.home import Home

AWARDS = (
    "year,scheme,title,result,score,source\n2018,IDSD,,Peringkat 1 Jawa Tengah,,article:003\n"
    "2021/2022,KIPP,Data Go,Top 99,,\n"
)
LIST = (
    "No,Nama Inovasi,OPD Pelaksana,Tahapan,Klasifikasi,Asta Cita,Klaster PKPN,Urusan,Penerapan Awal,Rancang Bangun,"
    "Skor SID Terverifikasi\n1,DataGo,Dinas Kominfo,Penerapan,Inovasi Perangkat Daerah,7,Pendidikan,"
    "Komunikasi dan Informatika,2025-03-02,uraian,70 dari 111\n"
)
REGISTER = "replicator;origin;innovation;interest_letter_number;interest_letter_date;proof_file\n"


@pytest.fixture(scope="module")
def city_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with one real innovation of Magelang, its awards and its register of replications."""
    home = Home.at(tmp_path_factory.mktemp("home"))
    put(home, "magelang/2026/simonda.csv", LIST)
    load(home)
    folder = home.root / "portfolio"
    folder.mkdir()
    (folder / "awards-33.71.csv").write_text(AWARDS, encoding="utf-8")
    (folder / "replications.csv").write_text(
        REGISTER + "Kota Bengkulu;33.71;DATA-GO;500/1;12/05/2025;surat.pdf\n", encoding="utf-8-sig"
    )
    (folder / "surat.pdf").write_bytes(b"%PDF-1.4")
    yield home


def told(iga: Callable[..., Ran], home: Home, shown: str) -> list[dict[str, str]]:
    ran = iga("portfolio", "magelang", "--list", shown, "--format", "csv", "--lang", "id", home=home.root)
    assert ran.exit_code == 0, ran.err
    return list(csv.DictReader(ran.out.splitlines()))


def test_the_lists_of_the_command(iga: Callable[..., Ran], city_home: Home) -> None:
    assert "Peringkat 1 Jawa Tengah" in {row["result"] for row in told(iga, city_home, "city")}
    entries = {row["title"]: row for row in told(iga, city_home, "entries")}
    assert entries["(kota itu sendiri)"]["year"] == "2018"
    assert entries["Data Go"]["linked_by"] and entries["Data Go"]["year"] == ""
    [fault] = told(iga, city_home, "faults")
    assert (fault["file"], fault["row"], fault["column"], fault["cell"]) == (
        "awards-33.71.csv",
        "3",
        "year",
        "2021/2022",
    )
    [proof] = told(iga, city_home, "proofs")
    assert (proof["innovation"], proof["regions"], proof["level"]) == ("DATA-GO", "Kota Bengkulu", "1")
    states = {row["affair"]: row["state"] for row in told(iga, city_home, "coverage")}
    assert len(states) == 32 and states["Komunikasi dan Informatika"] == "Ada inovasi"
    tags = {(row["tag"], row["state"]) for row in told(iga, city_home, "tags")}
    assert ("Asta Cita", "Ada dalam daftar edisi ini") in tags and ("TPB/SDGs", "Tidak diketahui") in tags
    assert {row["year"]: row["state"] for row in told(iga, city_home, "kipp")}["2024"] == "Tidak diketahui"
    [innovation] = told(iga, city_home, "catalogue")
    assert "Data Go" in innovation["spellings"] and "Top 99" in innovation["awards"]


def test_the_page_shows_them(city_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_HOME", str(city_home.root))
    page = portfolio_page.open_portfolio(PortfolioParameters(city="magelang", lang="id"))
    assert "Peringkat 1 Jawa Tengah" in portfolio_page.city(page).html
    assert "4,26" in portfolio_page.city(page).html
    assert "Kota Bengkulu" in portfolio_page.replications(page).html
    assert "Kota Bengkulu" in portfolio_page.proofs(page).html
    assert "2021/2022" in portfolio_page.faults(page).html
    assert "Memperkuat reformasi" in portfolio_page.tags(page).html
    assert "Belum ada inovasi" in portfolio_page.coverage(page).html
    assert "Tidak diketahui" in portfolio_page.kipp(page).html
    assert "Data Go" in portfolio_page.spellings(page).html


def test_the_desk_shows_them(city_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.desk.pages.season_pages import portfolio
    from workbench.desk.people import Person, Role
    from workbench.desk.question import question_of

    monkeypatch.setenv("IGA_HOME", str(city_home.root))
    asked = {"city": "33.71", "edition": "2026", "lang": "id"}
    content = portfolio(question_of(city_home, Person("uji", Role.planner), asked))
    assert {"city", "kipp", "replications", "proofs", "coverage", "tags", "faults"} <= set(content.tables)
    assert any("awards-33.71.csv" in sentence for sentence in content.sentences)


def test_the_register_has_a_template(iga: Callable[..., Ran], city_home: Home, tmp_path: Path) -> None:
    wanted = ("template", "replications", "--city", "magelang", "--edition", "2026", "--out", str(tmp_path))
    assert iga(*wanted, home=city_home.root).exit_code == 0
    text = (tmp_path / "replications.csv").read_text(encoding="utf-8-sig")
    assert text.startswith("replicator;origin;innovation;interest_letter_number")
    again = iga(*wanted, home=city_home.root)
    assert again.exit_code != 0 and "replications.csv" in again.err
