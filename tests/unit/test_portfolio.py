"""Likeness of texts against worked cases, weak affairs, candidates with their reason, programmes served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import log, sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis import open_snapshot
from analysis.portfolio.city_portfolio import PortfolioInvalid, read_portfolio, write_home_templates
from iga.portfolio.likeness import (
    Limits,
    Programme,
    TextIndex,
    Work,
    affair_standings,
    aligned,
    candidates,
    stem,
    words_of,
)
from reports.pages.portfolio import blocks as portfolio_page
from reports.pages.portfolio.parameters import PortfolioParameters
from tests.city_files import load, put
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.home import Home

TEXTS = ["Posyandu gizi balita", "Gizi balita keliling", "Antrean pasien", "Antre pasien puskesmas", ""]

SIMONDA = (
    "No",
    "Nama Inovasi",
    "OPD Pelaksana",
    "Tahapan",
    "Klaster PKPN",
    "Urusan",
    "Penerapan Awal",
    "Rancang Bangun",
    "Skor SID Terverifikasi",
)


def brute_cosine(first: str, second: str, texts: list[str]) -> float:
    """TF-IDF by its definition, written apart from the code under test."""
    documents = [Counter(stem(word) for word in words_of(text)) for text in texts]
    idf = {
        term: log((1 + len(texts)) / (1 + sum(term in one for one in documents))) + 1
        for one in documents
        for term in one
    }

    def vector(text: str) -> dict[str, float]:
        counted = Counter(stem(word) for word in words_of(text))
        weights = {term: times * idf[term] for term, times in counted.items()}
        length = sqrt(sum(weight**2 for weight in weights.values())) or 1
        return {term: weight / length for term, weight in weights.items()}

    one, other = vector(first), vector(second)
    return sum(weight * other.get(term, 0.0) for term, weight in one.items())


def test_similarities_are_those_of_the_definition() -> None:
    found = TextIndex(TEXTS).similarities(range(5), range(5))
    expected = np.array([[brute_cosine(one, other, TEXTS) for other in TEXTS] for one in TEXTS])
    assert np.allclose(found, expected)
    assert found[0][0] == pytest.approx(1)
    assert found[4].sum() == 0


def test_shared_words_are_told_as_they_are_spelled() -> None:
    index = TextIndex(TEXTS)
    assert set(index.shared(0, 1)) == {"gizi", "balita"}
    assert index.shared(2, 3)[0] in ("antrean", "antre", "pasien")
    assert index.shared(0, 2) == ()


@pytest.mark.parametrize(
    ("word", "like"),
    [
        ("antrean", "antre"),
        ("pelaporan", "laporan"),
        ("melaporkan", "laporan"),
        ("pendidikan", "didik"),
        ("bayar", "bayar"),
    ],
)
def test_words_of_one_root_come_together(word: str, like: str) -> None:
    assert stem(word) == stem(like)


def test_stop_words_and_numbers_say_nothing() -> None:
    assert words_of("Layanan 2024 untuk Balita di RT", {"untuk", "layanan"}) == ["balita"]


def works(city: str, *stated: tuple[str, str, int]) -> list[Work]:
    return [Work(text, city, text, affair, maturity) for text, affair, maturity in stated]


OWN = works("Kota A", ("Bank sampah pagi", "11", 9000), ("Gizi balita", "02", 5000), ("Kelas baca", "01", 9000))
PEERS = {
    "Kota B": works(
        "Kota B", ("Antrean pasien cepat", "02", 8000), ("Gizi balita", "02", 9000), ("Kelas hitung", "01", 9000)
    ),
    "Kota C": works(
        "Kota C", ("Antre pasien daring", "02", 9500), ("Sumur resapan", "03", 7000), ("Kelas tari", "01", 9000)
    ),
}


def test_weak_affairs_come_first_with_their_reason() -> None:
    found = {one.affair: one for one in affair_standings(OWN, PEERS, Limits())}
    assert found["03"].reasons == ("none",)
    assert found["02"].reasons == ("immature",)
    assert found["11"].reasons == found["01"].reasons == ()
    assert next(iter(found)) in ("02", "03")
    few = affair_standings(OWN[:1], PEERS, Limits(fewer_than_share=1.0))
    assert {one.affair: one.reasons for one in few}["02"] == ("none",)


def test_what_several_cities_do_and_ours_does_not_is_the_candidate() -> None:
    found = candidates(OWN, PEERS, "02", Limits(same_from=0.4))
    assert [one.work.key for one in found] == ["Antre pasien daring"]
    assert found[0].cities == ("Kota C", "Kota B")
    assert set(found[0].shared) <= {"antre", "antrean", "pasien"}
    assert candidates(OWN, PEERS, "09", Limits()) == []
    assert [one.work.key for one in candidates([], PEERS, "03", Limits())] == ["Sumur resapan"]


def test_cities_are_alike_by_their_descriptions_alone() -> None:
    told = "Antrean pasien puskesmas dipesan lewat pesan singkat"
    first = Work("Sigap", "Kota B", f"Sigap {told}", "02", 8000, is_described=True)
    second = Work("Melati", "Kota C", f"Melati {told}", "02", 7000, is_described=True)
    found = candidates(OWN, {"Kota B": [first], "Kota C": [second]}, "02", Limits())
    assert [(one.work.key, one.cities, one.is_by_description) for one in found] == [
        ("Sigap", ("Kota B", "Kota C"), True)
    ]
    assert set(found[0].shared) <= set(told.casefold().split())
    bare = {"Kota B": works("Kota B", ("Sigap", "02", 8000)), "Kota C": works("Kota C", ("Melati", "02", 7000))}
    assert {(one.cities, one.shared, one.is_by_description) for one in candidates(OWN, bare, "02", Limits())} == {
        (("Kota B",), (), False),
        (("Kota C",), (), False),
    }


def test_descriptions_of_files_enter_the_candidates(empty_home: Home) -> None:
    def sent(city: str, title: str, affair: str, design: str) -> None:
        cells = [1, title, "Dinas", "Penerapan", "-", affair, "2025-03-02", design, "70 dari 111"]
        lines = [SIMONDA, cells]
        text = "".join(",".join(str(cell) for cell in line) + "\n" for line in lines)
        put(empty_home, f"{city}/2026/simonda.csv", text)

    told = "Antrean pasien puskesmas dipesan lewat pesan singkat"
    sent("magelang", "Bank sampah", "Lingkungan Hidup", "Sampah ditimbang warga")
    sent("bengkulu", "Sigap", "Kesehatan", told)
    sent("bandar lampung", "Melati", "Kesehatan", told)
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        found = read_portfolio(snapshot, empty_home, "33.71", 2026)
    row = found.candidates.filter(pl.col("affair_code") == "02").row(0, named=True)
    assert (row["city_count"], row["compared_by"]) == (2, "titles_and_descriptions")
    assert "pesan" in row["shared"]
    assert "descriptions" not in found.lacking


def test_a_programme_is_served_by_name_then_keyword_then_affair() -> None:
    programmes = [
        Programme("P1", "Kesehatan", affairs=frozenset({"02"}), titles=frozenset({"bank sampah pagi"})),
        Programme("P2", "Stunting", keywords=frozenset({"balita"})),
        Programme("P3", "Sekolah", affairs=frozenset({"01"})),
        Programme("P4", "Guru", affairs=frozenset({"01"})),
    ]
    assert aligned("bank sampah pagi", "Bank sampah pagi", "11", programmes) == ("P1", "named")
    assert aligned("gizi", "Gizi balita", "02", programmes) == ("P2", "keyword")
    assert aligned("antre", "Antre", "02", programmes) == ("P1", "affair")
    assert aligned("kelas", "Kelas baca", "01", programmes) is None


def test_the_portfolio_of_the_example(example: Snapshot, empty_home: Home) -> None:
    found = read_portfolio(example, empty_home, "17.71")
    assert found.edition == 2026
    assert set(found.lacking) == {"programmes", "idsd", "digital", "descriptions"}
    assert set(found.candidates["compared_by"]) == {"titles"}
    assert set(found.peers) == {"Kota Magelang", "Kota Bandar Lampung"}
    assert found.catalogue["editions"].str.contains("2023, 2024").any()
    assert found.entries.filter(pl.col("scheme") == "city_contest").height == 6
    # Published awards stay apart from simulated innovations that bear the same names.
    assert found.entries["innovation_id"].null_count() == found.entries.height
    assert set(found.candidates["affair_code"]) <= set(found.standings.filter(pl.col("reasons") != "")["affair_code"])
    assert found.candidates.filter(pl.col("city_count") > 1)["shared"].str.len_chars().min() > 0  # type: ignore[operator]
    assert read_portfolio(example, empty_home, "17.71", 2024).kinds["edition"].to_list() == [2023, 2024]


def test_files_of_the_home_are_read_and_checked(example: Snapshot, empty_home: Home) -> None:
    assert len(write_home_templates(empty_home, "17.71")) == 3
    assert write_home_templates(empty_home, "17.71") == []
    folder = empty_home.root / "portfolio"
    (folder / "programmes-17.71.csv").write_text(
        "code,programme,affair_codes,keywords,titles\nP1,Pendidikan bermutu,01,,\nP2,Kesehatan,2,stunting|balita,\n",
        encoding="utf-8",
    )
    (folder / "awards-17.71.csv").write_text(
        'year,scheme,title,result,score,source\n2023,kipp,Contoh,Top 99,"81,5",surat\n', encoding="utf-8"
    )
    (folder / "idsd.csv").write_text('region_code,year,score,source\n17.71,2023,"3,50",BRIN\n', encoding="utf-8")
    found = read_portfolio(example, empty_home, "17.71")
    assert found.programmes["innovation_count"].to_list()[0] > 50
    assert found.catalogue["programme"].drop_nulls().len() > 50
    assert found.entries.filter(pl.col("scheme") == "kipp")["result"].to_list() == ["Top 99"]
    assert found.idsd["score"].to_list() == ["3,50"]
    (folder / "awards-17.71.csv").write_text("year,scheme,title\nlama,kipp,Contoh\n", encoding="utf-8")
    with pytest.raises(PortfolioInvalid) as caught:
        read_portfolio(example, empty_home, "17.71")
    assert caught.value.exit_code == 2


def test_command_and_page(
    iga: Callable[..., Ran], example_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "portfolio.xlsx"
    told = iga("portfolio", "magelang", "--list", "candidates", "--workbook", str(book), home=example_home)
    assert told.exit_code == 0
    assert "anti, perundungan" in told.out
    assert book.is_file()
    monkeypatch.setenv("IGA_HOME", str(example_home))
    page = portfolio_page.open_portfolio(PortfolioParameters(city="magelang", lang="en"))
    assert "anti, perundungan" in portfolio_page.candidates(page).html
    assert "no data yet" in portfolio_page.programmes(page).html
    assert "SIMULATED DATA" in portfolio_page.catalogue(page).html
    assert "SIMULATED DATA" not in portfolio_page.published(page).html
