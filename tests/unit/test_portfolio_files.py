"""Files of the portfolio as people keep them: every row is shown, or told with file, row, column and next step."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.portfolio.city_portfolio import Portfolio, PortfolioInvalid, read_portfolio
from analysis.portfolio.kipp_entries import kipp_entries, running_state
from analysis.portfolio.words import portfolio_lists, portfolio_notes
from iga.portfolio.spellings import spelling_key
from tests.city_files import innovation, load, portal_list, put
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language
from warehouse.reference import load_reference

MAGELANG = "33.71"


def laid(home: Home, name: str, content: str | bytes) -> None:
    folder = home.root / "portfolio"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def own(found: Portfolio) -> list[dict[str, object]]:
    return found.entries.filter(basis="home").to_dicts()


def test_an_award_of_the_city_itself_is_shown_as_the_citys(example: Snapshot, empty_home: Home) -> None:
    laid(
        empty_home,
        "awards-33.71.csv",
        "year,scheme,title,result,score,source\n2018,IDSD,,Peringkat 1 Jawa Tengah,,article:003\n",
    )
    found = read_portfolio(example, empty_home, MAGELANG)
    first = found.city.row(0, named=True)
    assert (first["year"], first["scheme"], first["result"]) == (2018, "idsd", "Peringkat 1 Jawa Tengah")
    assert (first["basis"], first["source"]) == ("home", "article:003")
    lists = portfolio_lists(found, load_reference("government_affair"), Language("id"))
    shown = lists["entries"].filter(pl.col("result") == "Peringkat 1 Jawa Tengah").row(0, named=True)
    assert shown["title"] == "(kota itu sendiri)"
    assert found.faults.is_empty()


def test_published_results_of_the_city_stand_apart_with_their_source(example: Snapshot, empty_home: Home) -> None:
    found = read_portfolio(example, empty_home, MAGELANG)
    published = found.city.filter(basis="published")
    idsd = published.filter(scheme="idsd", year=2024).row(0, named=True)
    assert (idsd["score"], idsd["measure"]) == (Decimal("4.26"), "idsd")
    assert published["source"].null_count() == 0
    assert found.idsd.filter(year="2024")["basis"].to_list() == ["published"]
    held = load_reference("published_result").filter(
        (pl.col("region_code") == MAGELANG) & pl.col("scheme").is_in(["IGA", "IDSD"]) & (pl.col("edition") <= 2026)
    )
    assert published.height == held.height


@pytest.mark.parametrize(
    "content",
    [
        "tahun;skema;judul;hasil;nilai;sumber\n2022;KIPP;DataGo;Top 99;81,5;surat\n",
        "\ufefftahun;skema;judul;hasil;nilai;sumber\r\n2022;KIPP;DataGo;Top 99;81,5;surat\r\n".encode(),
        "sep=;\nTahun;Ajang;Nama Inovasi;Penghargaan;Skor;Tautan\n2022.0;kipp;DataGo;Top 99;81.50;surat\n",
        "year,scheme,title,result,score,source\n2022,Sinovik/KIPP,DataGo,Top 99,\"81,5\",surat\n",
        "Tahun\tSkema\tJudul\tHasil\tNilai\tSumber\n2022\tKIPP\tDataGo\tTop 99\t81,5\tsurat\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_spellings_of_the_same_file_say_the_same(example: Snapshot, empty_home: Home, content: str | bytes) -> None:
    laid(empty_home, "awards-33.71.csv", content)
    found = read_portfolio(example, empty_home, MAGELANG)
    [row] = own(found)
    assert (row["year"], row["scheme"], row["title"], row["result"]) == (2022, "kipp", "DataGo", "Top 99")
    assert (row["score"], row["source"]) == (Decimal("81.50"), "surat")
    assert found.faults.is_empty()
    assert found.kipp.filter(year=2022)["entry_count"].to_list() == [1]


def test_odd_cells_are_shown_without_them_and_told(example: Snapshot, empty_home: Home) -> None:
    laid(
        empty_home,
        "awards-33.71.csv",
        "year,scheme,title,result,score,source\n"
        "2021/2022,KIPP,Contoh,Top 99,,surat\n"
        "2022,Krenova,Contoh,Juara 1,A+,surat\n"
        ",,,,,\n"
        "2023,Penghargaan Gubernur,,,,\n"
        "2024,KIPP,Contoh,Top 45,90,surat,lebih\n"
        "99999,KIPP,Contoh,Top 45,1e400,\n",
    )
    found = read_portfolio(example, empty_home, MAGELANG)
    assert len(own(found)) == 5
    told = {(row["row"], row["column"], row["problem"]) for row in found.faults.to_dicts()}
    assert told == {
        (2, "year", "not_a_year"), (3, "score", "not_a_number"), (5, "result", "no_result"), (6, None, "more_cells"),
        (7, "year", "not_a_year"), (7, "score", "not_a_number"),
    }  # fmt: skip
    shown = portfolio_lists(found, load_reference("government_affair"), Language("id"))["faults"].row(0, named=True)
    assert shown["cell"] == "2021/2022" and shown["file"] == "awards-33.71.csv"
    assert "empat angka" in shown["next_step"]
    notes = portfolio_notes(found, "Kota Magelang", Language("id"))
    assert any("awards-33.71.csv, baris 2, year (2021/2022)" in note for note in notes)


def test_missing_columns_that_may_be_missing_are_empty(example: Snapshot, empty_home: Home) -> None:
    laid(empty_home, "awards-33.71.csv", "tahun,hasil\n2023,Peringkat 3 nasional\n")
    [row] = own(read_portfolio(example, empty_home, MAGELANG))
    assert (row["year"], row["scheme"], row["title"], row["result"]) == (2023, "other", None, "Peringkat 3 nasional")


@pytest.mark.parametrize("content", ["skema,judul\nKIPP,Contoh\n", "abc", 'a,b\n"x', "x" * 200_000])
def test_a_file_without_its_needed_columns_is_named(example: Snapshot, empty_home: Home, content: str) -> None:
    laid(empty_home, "awards-33.71.csv", content)
    with pytest.raises(PortfolioInvalid) as caught:
        read_portfolio(example, empty_home, MAGELANG)
    message, place, next_step = caught.value.told(Language("id"))
    assert "awards-33.71.csv" in str(place) and "year" in next_step and message


def test_an_empty_file_says_nothing(example: Snapshot, empty_home: Home) -> None:
    laid(empty_home, "awards-33.71.csv", "\n\n")
    assert own(read_portfolio(example, empty_home, MAGELANG)) == []


REGISTER = (
    "pereplikasi;daerah asal;inovasi;nomor surat minat;tanggal surat minat;nomor mou;tanggal mou;mulai;berkas;catatan\n"
)


def test_the_register_of_replications_proposes_a_proof(empty_home: Home) -> None:
    put(empty_home, "magelang/2025/daftar.xlsx", portal_list(innovation("DataGo")))
    put(empty_home, "magelang/2026/daftar.xlsx", portal_list(innovation("Data Go"), innovation("Sigap")))
    load(empty_home)
    laid(empty_home, "surat.pdf", b"%PDF-1.4")
    rows = [
        "Kota Bengkulu;Kota Magelang;Data-Go;500/1;12/05/2025;;;;surat.pdf;",
        "18.71;33.71;datago;;;PKS/7;2025-08-01;2025-09-01;surat.pdf;",
        "18.71;33.71;DATAGO;500/2;2025-07-01;;;;surat.pdf;dua kali",
        "Kota Magelang;Kota Bengkulu;SLAWE;500/3;2025-07-01;;;;surat.pdf;",
        "Negeri Dongeng;33.71;DataGo;1;2025-07-01;;;;surat.pdf;",
        "33.71;33.71;DataGo;1;2025-07-01;;;;surat.pdf;",
        "Kota Surakarta;33.71;Tak Dikenal;;;;;;hilang.pdf;",
        "Kota Bengkulu;33.71;Sigap;1;kemarin;2;2024-01-01;;../rahasia.pdf;",
        "Kota Bengkulu;33.71;;1;2025-07-01;;;;surat.pdf;",
    ]
    laid(empty_home, "replications.csv", REGISTER + "\n".join(rows) + "\n")
    with open_snapshot(home=empty_home.root) as snapshot:
        found = read_portfolio(snapshot, empty_home, MAGELANG, 2026)
    proof = {spelling_key(row["innovation"]): row for row in found.proofs.to_dicts()}
    assert proof["datago"]["region_count"] == proof["datago"]["level"] == 2
    assert (proof["datago"]["regions"], proof["datago"]["indicator_number"]) == ("17.71|18.71", "31")
    assert set(proof) == {"datago", "sigap"}
    told = {(row["row"], row["problem"]) for row in found.faults.to_dicts()}
    assert told == {
        (4, "named_before"), (6, "unknown_region"), (7, "replicates_itself"), (8, "unknown_innovation"),
        (8, "no_document"), (8, "proof_file_missing"), (9, "not_a_day"), (9, "proof_file_missing"),
        (10, "no_innovation_named"),
    }  # fmt: skip
    # Every row is in the register, or told.
    assert found.replications.height + len({6, 7, 10}) == len(rows)
    assert found.replications.filter(replicator=MAGELANG)["origin"].to_list() == ["17.71"]
    assert date(2025, 5, 12) in found.replications["interest_letter_date"].to_list()
    # The two spellings of two years are one innovation.
    datago = [row for row in found.catalogue.to_dicts() if spelling_key(row["title"]) == "datago"]
    assert [row["editions"] for row in datago] == ["2025, 2026"]
    assert [row["spellings"] for row in datago] == ["DataGo"]
    assert ("Data Go", "DataGo", "same") in found.spellings.select("title", "other_title", "reason").rows()


def test_winners_enter_whatever_the_contest_is_called(empty_home: Home) -> None:
    put(empty_home, "bengkulu/2026/daftar.xlsx", portal_list(innovation("Halo PTSP")))
    load(empty_home)
    folder = empty_home.root / "contests"
    folder.mkdir()
    (folder / "piala-merah.toml").write_text(
        'region_code = "17.71"\nedition = 2026\nname_id = "Piala Merah"\nname_en = "Red Cup"\nsource = "SK"\n'
        'confidence = "high"\n[[category]]\ncode = "umum"\nname_id = "Umum"\nname_en = "General"\n'
        '[[winner]]\ncategory = "umum"\nplace = 1\ntitle = "HALO-PTSP"\n',
        encoding="utf-8",
    )
    laid(empty_home, "awards-17.71.csv", "tahun,ajang,judul,hasil\n2025,Piala Merah,Halo PTSP,Harapan 1\n")
    with open_snapshot(home=empty_home.root) as snapshot:
        found = read_portfolio(snapshot, empty_home, "17.71", 2026)
    won = found.entries.filter(pl.col("innovation_id").is_not_null() & (pl.col("scheme") == "city_contest"))
    assert set(won["year"]) == {2023, 2025, 2026}
    # The published list of 2023 and the declaration of that contest are one entry.
    assert won.filter(year=2023).height == 1


def test_rules_of_kipp_are_data_by_year(example: Snapshot, empty_home: Home) -> None:
    found = read_portfolio(example, empty_home, MAGELANG)
    rules = {row["year"]: row for row in found.kipp.to_dicts()}
    assert (rules[2021]["group_count"], rules[2021]["years_running"]) == (3, 1)
    assert (rules[2022]["group_count"], rules[2022]["years_running"]) == (2, 2)
    assert (rules[2025]["category_count"], rules[2025]["group_count"]) == (9, None)
    assert {year for year, row in rules.items() if row["state"] == "unknown"} == {2023, 2024, 2026}


def test_an_award_of_a_later_year_is_told_and_not_lost(example: Snapshot, empty_home: Home) -> None:
    laid(empty_home, "awards-33.71.csv", "tahun;skema;judul;hasil\n2030;KIPP;Nanti;Top 99\n2022;KIPP;Dulu;Top 99\n")
    found = read_portfolio(example, empty_home, MAGELANG)
    assert [row["title"] for row in found.kipp_entries.to_dicts()] == ["Dulu"]
    assert [(row["row"], row["column"], row["problem"]) for row in found.faults.to_dicts()] == [
        (2, "year", "later_year")
    ]


@pytest.mark.parametrize(
    ("begun", "year", "years", "least", "state"),
    [
        (["2020-01-01"], 2021, 1, None, "met"),
        (["2020-01-02"], 2021, 1, None, "uncertain"),  # the day of entry in 2021 is not stated
        (["2020-12-31"], 2021, 1, None, "uncertain"),
        (["2021-01-01"], 2021, 1, None, "not_met"),
        (["2020-01-01"], 2022, 2, 1, "met"),
        (["2021-01-01"], 2022, 2, 1, "by_exception"),
        (["2021-06-01"], 2022, 2, 1, "uncertain"),
        (["2022-01-01"], 2022, 2, 1, "not_met"),
        (["2021-01-01"], 2022, 2, None, "not_met"),
        (["2019-05-01", "2023-05-01"], 2022, 2, None, "uncertain"),  # files do not agree
        (["2019-05-01", "2018-05-01"], 2022, 2, None, "met"),
        (["2020-02-29"], 2021, 1, None, "uncertain"),
        ([], 2022, 2, 1, "no_date"),
        (["2019-05-01"], 2024, None, None, "no_rule"),
        ([], 2024, None, None, "no_rule"),
    ],
)
def test_years_running_are_held_against_dates(
    begun: list[str], year: int, years: int | None, least: int | None, state: str
) -> None:
    assert running_state([date.fromisoformat(day) for day in begun], year, years, least) == state


def test_entries_in_kipp_are_held_against_the_rule_of_their_year(example: Snapshot, empty_home: Home) -> None:
    rows = [("a", 2021), ("a", 2022), ("a", 2024), ("b", 2022), (None, 2022)]
    entries = pl.DataFrame(
        [
            {"year": year, "scheme": "kipp", "title": own or "Lain", "result": "Top 99", "basis": "home",
             "innovation_id": own}
            for own, year in rows
        ]
    )  # fmt: skip
    days = pl.DataFrame({"innovation_id": ["a", "b", "b"], "implementation_date": [date(2020, 1, 1), None, None]})
    found = kipp_entries(entries, days)
    assert {(row["title"], row["year"]): (row["years_running"], row["state"]) for row in found.to_dicts()} == {
        ("a", 2021): (1, "met"), ("a", 2022): (2, "met"), ("a", 2024): (None, "no_rule"),
        ("b", 2022): (2, "no_date"), ("Lain", 2022): (2, "no_date"),
    }  # fmt: skip
    laid(empty_home, "awards-33.71.csv", "tahun;skema;judul;hasil\n2022;KIPP;Tak Dikenal;Top 99\n")
    own_file = read_portfolio(example, empty_home, MAGELANG).kipp_entries
    assert own_file.select("year", "years_running", "state").rows() == [(2022, 2, "no_date")]


def test_limits_that_are_no_numbers_are_told(example: Snapshot, empty_home: Home) -> None:
    laid(empty_home, "limits.toml", 'peer_count = "banyak"\n')
    with pytest.raises(PortfolioInvalid) as caught:
        read_portfolio(example, empty_home, MAGELANG)
    assert "limits.toml" in str(caught.value.told(Language("id"))[1])
