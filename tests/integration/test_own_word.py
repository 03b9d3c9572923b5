"""What a file says itself is held against its folder, and rows that do not fit their header are never believed."""

from __future__ import annotations

import pytest

from etl.publish import LoadResult
from tests.city_files import Rows, load, put, workbook
from warehouse.home import Home

HEADER = ("#", "{unit}", "Nama Inovasi", "Tahapan Inovasi", "Waktu Uji Coba", "Waktu Penerapan", "{score}", "Aksi")


def portal(units: list[str], *above: str, unit: str = "Nama Pemda") -> bytes:
    """A portal list, its units under `unit`, below some titles."""
    header = [text.format(unit=unit, score="Estimasi Skor Kematangan") for text in HEADER]
    data: Rows = [
        [number, name, f"Inovasi {number}", "Penerapan", "03/11/2022", "12/01/2023", "40.50", "Detail"]
        for number, name in enumerate(units, start=1)
    ]
    return workbook([*[[text] for text in above], header, *data])


def loaded(home: Home, content: bytes | str, name: str = "a.xlsx") -> LoadResult:
    put(home, f"bengkulu/2025/{name}", content)
    return load(home)


WRONG = {
    "region_column": portal(["Kota Salatiga"] * 4),
    "regions_several": portal(["Kota Bengkulu", "Kota Salatiga", "Kab. Seluma", "Kota Bengkulu"]),
    "title_region": portal(["Dinas Kesehatan"] * 3, "REKAP INOVASI KABUPATEN MAGELANG TAHUN 2025"),
    "title_year": portal(["Dinas Kesehatan"] * 3, "REKAPITULASI INOVASI DAERAH TAHUN 2023"),
}


@pytest.mark.parametrize("cause", WRONG)
def test_another_region_or_year_in_the_file_holds_it_and_both_are_said(empty_home: Home, cause: str) -> None:
    result = loaded(empty_home, WRONG[cause])
    (held,) = result.held.rows(named=True)
    assert held["held_rule"] == "own_word_differs" and f'"{cause}"' in held["held_detail"]
    assert "Kota Bengkulu 2025" in held["held_reason"]
    assert any(text in held["held_reason"] for text in ("Kota Salatiga", "KABUPATEN MAGELANG", "2023"))
    put(empty_home, "bengkulu/2025/receipt.toml", "[[file]]\nname = 'a.xlsx'\nplace_confirmed = true")
    assert load(empty_home).held.is_empty()


@pytest.mark.parametrize(
    "content",
    [
        portal(["Dinas Kesehatan", "Kecamatan Kota Baru", "Kelurahan Sabang", "Bagian Hukum"]),
        portal(["Kota Bengkulu"] * 4, "PEMERINTAH KOTA BENGKULU", "PROVINSI BENGKULU"),
        portal(["Pemerintah Kota Bengkulu"] * 4, "DATA INOVASI KOTA BENGKULU TAHUN 2024 DAN TAHUN 2025"),
        portal(["Dinas Sosial"] * 4, "Isi nama daerah, misalnya Kota Bandung TAHUN 2020"),
    ],
)
def test_units_its_own_name_and_examples_are_no_other_region(empty_home: Home, content: bytes) -> None:
    result = loaded(empty_home, content)
    assert result.held.is_empty() and result.quarantine.is_empty()


def test_a_year_in_the_name_of_a_file_is_told_and_proves_nothing(empty_home: Home) -> None:
    result = loaded(empty_home, portal(["Dinas Sosial"] * 4), "rekap 2023.xlsx")
    assert result.held.is_empty()
    assert result.quarantine.select("rule", "scope").rows() == [("own_word_doubtful", "cell")]
    assert "2023" in result.quarantine["message"].item()


def lines(scores: list[str], end: str = "\n") -> str:
    """A comma file of a portal's list."""
    header = ",".join(text.format(unit="Nama Perangkat Daerah", score="Kematangan") for text in HEADER)
    rows = [f"{n},Dinas,Inovasi {n},Penerapan,03/11/2022,12/01/2023,{score},Detail" for n, score in enumerate(scores)]
    return "\n".join([header, *rows]) + end


def test_a_row_with_more_cells_than_its_header_is_set_aside_with_its_text(empty_home: Home) -> None:
    result = loaded(empty_home, lines(["40.50", "43,50", "45.00", "47.00"]), "a.csv")
    told = result.quarantine.select("row_number", "rule", "scope").rows()
    assert told == [(3, "row_ragged", "row")]
    assert "43 | 50" in result.quarantine["original_text"].item()
    assert result.receipts["accepted_count"].to_list() == [3]


def test_a_file_that_ends_inside_a_number_is_held(empty_home: Home) -> None:
    whole = lines(["40.50", "43.50", "45.00", "55.50"])
    result = loaded(empty_home, whole[: whole.rindex("5.50")], "a.csv")
    assert result.held["held_rule"].to_list() == ["possibly_cut"]


def test_a_whole_file_without_a_last_line_end_is_read(empty_home: Home) -> None:
    result = loaded(empty_home, lines(["40.50", "43.50", "45.00"], end=""), "a.csv")
    assert result.held.is_empty() and result.quarantine.is_empty()
