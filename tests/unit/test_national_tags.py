"""National tags are kept from the exports that carry them; what no file states is unknown, never zero."""

from __future__ import annotations

import csv
from importlib.resources import files

import polars as pl
import pytest

from analysis import open_snapshot
from analysis.portfolio.city_portfolio import read_portfolio
from analysis.portfolio.tags import affair_coverage, known_tags, tag_codes, tag_list
from analysis.portfolio.words import portfolio_lists
from tests.city_files import innovation, load, portal_list, put
from warehouse.home import Home
from warehouse.language import Language
from warehouse.reference import load_reference

SIMONDA = (
    "No,Nama Inovasi,OPD Pelaksana,Tahapan,Inisiator,Klasifikasi,Asta Cita,Klaster PKPN,TPB/SDGs,Urusan,Penerapan Awal,"
    "Rancang Bangun,Skor SID Terverifikasi\n"
)


@pytest.mark.parametrize("tag", ["asta_cita", "pkpn", "classification", "theme", "sdg"])
def test_every_value_of_a_tag_has_both_names_and_a_source(tag: str) -> None:
    assert tag in known_tags()
    text = files("warehouse").joinpath("reference", "tags", f"{tag}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert rows and all(row["name_id"] and row["name_en"] and row["source"] and row["confidence"] for row in rows)
    assert len({(row["edition"], row["code"]) for row in rows}) == len(rows)


def test_the_lists_have_the_values_that_are_public() -> None:
    sizes = {
        (tag, edition): len(tag_list(tag, edition)) for tag in known_tags() for edition in (2021, 2023, 2024, 2026)
    }
    assert (sizes["sdg", 2021], sizes["asta_cita", 2026], sizes["pkpn", 2026]) == (17, 8, 9)
    assert (sizes["theme", 2021], sizes["theme", 2023], sizes["theme", 2024]) == (2, 5, 0)
    assert sizes["asta_cita", 2023] == 0


@pytest.mark.parametrize(
    ("tag", "edition", "cell", "codes"),
    [
        ("asta_cita", 2026, "4", ["4"]),
        ("asta_cita", 2026, "Asta Cita 4", ["4"]),
        ("asta_cita", 2026, "Misi IV", ["4"]),
        ("asta_cita", 2026, "4, 6", ["4", "6"]),
        ("asta_cita", 2026, "9", [None]),
        ("asta_cita", 2023, "4", [None]),
        ("pkpn", 2026, "Infrastruktur, Perumahan dan Ketahanan Bencana", ["06"]),
        ("pkpn", 2026, "kesehatan; PENDIDIKAN", ["04", "03"]),
        ("pkpn", 2026, "Non PKPN", ["00"]),
        ("sdg", 2024, "SDG 3|TPB 13", ["3", "13"]),
        ("classification", 2026, "Inovasi Desa", ["desa_kelurahan"]),
        ("theme", 2024, "Digitalisasi layanan pemerintahan", [None]),
    ],
)
def test_values_are_read_by_number_name_and_alias(tag: str, edition: int, cell: str, codes: list[str | None]) -> None:
    found = tag_codes(tag, edition, cell)
    assert [code for code, _text in found] == codes
    assert "".join(text for _code, text in found).replace(" ", "") == cell.replace(" ", "").replace(";", "").replace(
        "|", ""
    ).replace(",", "" if len(codes) > 1 else ",")


def test_tags_come_from_the_file_to_the_lists(empty_home: Home) -> None:
    lines = [
        "1,DataGo,Dinas Kominfo,Penerapan,OPD,Inovasi Perangkat Daerah,Asta Cita 7,Pendidikan,SDG 16,"
        "Komunikasi dan Informatika,2025-03-02,uraian,70 dari 111",
        "2,Sigap,Dinas Kesehatan,Penerapan,OPD,-,4,Klaster Baru,,Kesehatan,2025-03-02,uraian,80 dari 111",
    ]
    put(empty_home, "magelang/2026/simonda.csv", SIMONDA + "\n".join(lines) + "\n")
    put(empty_home, "bengkulu/2026/daftar.xlsx", portal_list(innovation("Tanpa Penanda")))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        found = read_portfolio(snapshot, empty_home, "33.71", 2026)
        other = read_portfolio(snapshot, empty_home, "17.71", 2026)
    tags = {(row["title"], row["tag"]): (row["code"], row["text"]) for row in found.tags.to_dicts()}
    assert tags["DataGo", "asta_cita"] == ("7", "Asta Cita 7")
    assert tags["DataGo", "sdg"] == ("16", "SDG 16")
    assert tags["Sigap", "pkpn"] == (None, "Klaster Baru")
    assert ("Sigap", "classification") not in tags and ("Sigap", "sdg") not in tags
    counts = {(row["tag"], row["state"]): row["innovation_count"] for row in found.tag_counts.to_dicts()}
    assert counts["classification", "unknown"] == counts["sdg", "unknown"] == counts["pkpn", "as_written"] == 1
    # Where no file states a tag, it is unknown of all: no value has a count of zero.
    assert other.tags.is_empty()
    assert set(other.tag_counts["state"]) == {"unknown"} and other.tag_counts["innovation_count"].min() == 1
    shown = portfolio_lists(found, load_reference("government_affair"), Language("id"))["tags"]
    assert any(value.startswith("7 · Memperkuat reformasi") for value in shown["value"])
    coverage = {row["affair_code"]: row for row in found.coverage.to_dicts()}
    assert len(coverage) == 32
    assert [coverage[code]["state"] for code in ("02", "01")] == ["covered", "none"]
    # An innovation without an affair leaves open whether an affair has none.
    assert set(other.coverage["state"]) == {"unknown"} and other.coverage["innovation_count"].null_count() == 32


def test_an_affair_beside_the_main_one_is_covered() -> None:
    affairs = load_reference("government_affair").select("affair_code", "affair_group")
    rows = pl.DataFrame({"edition": [2026], "main_affair_code": ["01"], "cross_affair_codes": ["02|01"]})
    found = {row["affair_code"]: row for row in affair_coverage(rows, affairs).to_dicts()}
    assert (found["02"]["state"], found["02"]["innovation_count"], found["02"]["cross_count"]) == ("covered", 0, 1)
    assert (found["01"]["innovation_count"], found["01"]["cross_count"]) == (1, 0)
    assert "38" not in found
