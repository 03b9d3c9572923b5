"""Identity: rules and similarity propose, the registry decides, and nothing merges by itself."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from analysis import open_snapshot
from analysis.history.identity import _blocked, _known, continuity, plain, proposals, split_acronym
from etl.publish import ingest
from tests.city_files import LIST_HEADER, innovation, portal_list, put, workbook
from warehouse import Snapshot
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from warehouse.identity_registry import FILE, Decision, Registry, decide, read_registry

MAGELANG = "33.71"
DAY = date(2026, 8, 10)


@pytest.mark.parametrize(
    ("title", "acronym", "expansion"),
    [
        (
            "SLAWE (Sistem Layanan Administrasi Warga Elektronik)",
            "slawe",
            "sistem layanan administrasi warga elektronik",
        ),
        ("Sistem Layanan Administrasi Warga (SLAWE)", "slawe", "sistem layanan administrasi warga"),
        ("SI CANTIK (Sistem Cepat Antar Kartu)", "si cantik", "sistem cepat antar kartu"),
        ("DataGo", "datago", ""),
        ("Ambulans gratis", "", ""),
        ("Ambulans gratis bagi seluruh warga kota (baru)", "", ""),
    ],
)
def test_an_acronym_is_told_from_its_expansion(title: str, acronym: str, expansion: str) -> None:
    assert split_acronym(title) == (acronym, expansion)


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two editions of a city, and one of another: continued, renamed, new, dropped, twins and a copy."""
    home = Home.at(tmp_path_factory.mktemp("years"))
    earlier = [
        innovation("DataGo", unit="Diskominsta"),
        innovation("SLAWE", unit="Dinas Dukcapil"),
        innovation("Layanan antar jemput perekaman KTP elektronik", unit="Dinas Dukcapil"),
        innovation("Ambulans gratis bagi warga", unit="Dinas Kesehatan"),
    ]
    later = [
        innovation("DATAGO", unit="Diskominsta"),
        innovation("SLAWE (Sistem Layanan Administrasi Warga Elektronik)", unit="Dinas Kependudukan"),
        innovation("Layanan antar jemput perekaman KTP-el", unit="Dinas Dukcapil"),
        innovation("Kebun sayur sekolah lestari", unit="SD Negeri 1"),
        innovation("Kebun sayur sekolah yang lestari", unit="SD Negeri 2"),
    ]
    put(home, "magelang/2025/a.xlsx", portal_list(*earlier))
    put(home, "magelang/2026/a.xlsx", portal_list(*later))
    put(home, "bengkulu/2026/a.xlsx", portal_list(innovation("Kebun Sayur Sekolah Lestari", unit="SD Negeri 9")))
    ingest(home, today=DAY)
    return home.root


def pairs(
    snapshot: Snapshot, registry: Registry | None = None, **chosen: Any
) -> dict[tuple[str, str], tuple[str, str]]:
    """Titles -> kind and rule."""
    found = proposals(snapshot, registry or Registry(), **chosen)
    return {(row["title"], row["other_title"]): (row["kind"], row["rule"]) for row in found.iter_rows(named=True)}


def test_pairs_are_proposed_with_kind_and_rule(years: Path) -> None:
    with open_snapshot(home=years) as snapshot:
        found = pairs(snapshot)
        assert found["SLAWE", "SLAWE (Sistem Layanan Administrasi Warga Elektronik)"] == ("continued", "acronym")
        key = ("Layanan antar jemput perekaman KTP elektronik", "Layanan antar jemput perekaman KTP-el")
        assert found[key] == ("continued", "title_and_unit")
        twins = {frozenset(pair) for pair, (kind, _) in found.items() if kind == "twin"}
        assert twins == {frozenset({"Kebun sayur sekolah lestari", "Kebun sayur sekolah yang lestari"})}
        assert sum(kind == "copy" for kind, _ in found.values()) == 2
        assert "Ambulans gratis bagi warga" not in {title for pair in found for title in pair}
        assert set(pairs(snapshot, region_code=MAGELANG, kinds=["copy"])) == set(pairs(snapshot, kinds=["copy"]))


def test_capitals_alone_are_no_other_name(years: Path) -> None:
    with open_snapshot(home=years) as snapshot:
        rows = continuity(snapshot, MAGELANG, 2025, 2026)
        told = {(row["continuity"], row["title"] or row["other_title"]) for row in rows.iter_rows(named=True)}
        assert ("continued", "DataGo") in told
        assert {code for code, _ in told} == {"continued", "new", "dropped"}


def test_a_decision_renames_an_innovation_and_is_not_asked_again(years: Path, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    with open_snapshot(home=years) as snapshot:
        found = {row["title"]: row for row in proposals(snapshot, Registry()).iter_rows(named=True)}
    chosen = [(found["SLAWE"], "same"), (found["Layanan antar jemput perekaman KTP elektronik"], "different")]
    decide(home, [decision(row, word) for row, word in chosen])
    for source in (years / "inbox").rglob("*.xlsx"):
        put(home, source.relative_to(years / "inbox").as_posix(), source.read_bytes())
    ingest(home, today=DAY)
    with open_snapshot(home=home.root) as snapshot:
        rows = {row["title"]: row for row in continuity(snapshot, MAGELANG, 2025, 2026).iter_rows(named=True)}
        assert rows["SLAWE"]["continuity"] == "renamed"
        assert rows["SLAWE"]["other_unit_name"] == "Dinas Kependudukan"
        assert not {"SLAWE", chosen[1][0]["title"]} & {title for title, _ in pairs(snapshot, read_registry(home))}
        assert snapshot.sql("select decision from identity_decision order by 1").to_series().to_list() == [
            "different",
            "same",
        ]
        editions = snapshot.sql("select first_edition, last_edition from innovation where title like 'SLAWE%'").rows()
        assert editions == [(2025, 2026)]


def decision(row: dict[str, Any], word: str) -> Decision:
    return Decision(
        region_code=row["other_region_code"],
        name_id=row["other_innovation_id"],
        innovation_id=row["innovation_id"],
        decision=word,
        title=row["other_title"],
        other_title=row["title"],
        author="Bappeda",
        decided_date=DAY,
    )


def test_what_the_registry_calls_one_is_one_within_a_season_unless_one_file_holds_both(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu Lama", 50), innovation("Dua")))
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Satu Baru", 60), innovation("Dua")))
    put(
        empty_home,
        "magelang/2026/receipt.toml",
        '[[file]]\nname = "a.xlsx"\nreceived = 2026-07-01\n[[file]]\nname = "b.xlsx"\nreceived = 2026-07-09\n',
    )
    ingest(empty_home, today=DAY)
    query = "select distinct title, submission_id from observation order by title"
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql(query)["submission_id"].n_unique() == 3
        ids = dict(snapshot.sql("select title, innovation_id from submission").iter_rows())
    old = name_id("Satu Lama")
    decide(empty_home, [one(ids["Satu Baru"], old)])
    ingest(empty_home, today=DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql(query)["submission_id"].n_unique() == 2
        assert snapshot.sql("select innovation_id from submission where title = 'Satu Baru'").item() == old
    decide(empty_home, [one(name_id("Dua"), old)])
    ingest(empty_home, today=DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql("select count(*) from submission").item() == 2


def name_id(title: str) -> str:
    from etl.season.snapshot_tables import name_id_of

    return name_id_of(MAGELANG, title, "Dinas Kesehatan")


def one(name: str, innovation_id: str, word: str = "same") -> Decision:
    return Decision(MAGELANG, name, innovation_id, word, "a", "b", "Bappeda", DAY)


def test_a_registry_that_contradicts_itself_is_refused(empty_home: Home) -> None:
    decide(empty_home, [one("b", "a"), one("c", "b")])
    assert read_registry(empty_home).innovation_of("c") == "a"
    for wrong in (one("a", "c"), one("b", "d")):
        with pytest.raises(DataFileInvalid):
            decide(empty_home, [wrong])
    decide(empty_home, [one("c", "b", "different")])
    assert read_registry(empty_home).innovation_of("c") == "c"
    (empty_home.identity / FILE).write_text("name_id,decision\nx,same\n", encoding="utf-8")
    with pytest.raises(DataFileInvalid, match="columns"):
        ingest(empty_home, today=DAY)


WORDS = ["sapa", "warga", "kota", "sehat", "anak", "layanan", "cepat", "digital", "kebun", "sekolah", "tani", "pasar"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5), min_size=2, max_size=25))
def test_blocks_miss_no_pair_that_has_the_same_words(titles: list[list[str]]) -> None:
    pool = [
        _known(
            {
                "innovation_id": str(place),
                "region_code": MAGELANG,
                "title": " ".join(words),
                "unit_name": "",
                "unit_key": None,
                "editions": [2026],
                "numbers": None,
                "accounts": None,
                "is_simulated": False,
            }
        )
        for place, words in enumerate(titles)
    ]
    found = set(_blocked(pool))
    for a, b in combinations(range(len(pool)), 2):
        if set(pool[a].words) == set(pool[b].words):
            assert (a, b) in found, (plain(pool[a].title), plain(pool[b].title))


def test_the_register_names_successors_and_validity(empty_home: Home) -> None:
    header = ("Kode Unit", "Nama Unit", "Jenis", "Unit Induk", "Berlaku Dari", "Berlaku Sampai", "Pengganti")
    rows = [
        ["D1", "Dinas Kominfo", "OPD", None, None, date(2024, 12, 31), "D2"],
        ["D2", "Dinas Kominfo dan Persandian", "OPD", None, date(2025, 1, 1), None, None],
        ["D3", "Dinas Kominfo", "OPD", None, date(2026, 1, 1), None, None],
    ]
    put(empty_home, "magelang/2026/unit.xlsx", workbook([header, *rows]))
    for edition in (2024, 2026):
        content = workbook([LIST_HEADER, innovation(f"Satu {edition}", unit="Dinas Kominfo")])
        put(empty_home, f"magelang/{edition}/a.xlsx", content)
    ingest(empty_home, today=DAY)
    with open_snapshot(home=empty_home.root) as snapshot:
        query = (
            "select u.unit_code, s.unit_code as successor from unit u join unit s on s.unit_id = u.successor_unit_id"
        )
        assert snapshot.sql(query).rows() == [("D1", "D2")]
        tied = "select edition, unit_code from submission join unit using (unit_id) order by edition"
        assert snapshot.sql(tied).rows() == [(2024, "D1"), (2026, "D3")]
