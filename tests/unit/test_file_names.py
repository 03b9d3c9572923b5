"""Names of files made from text: those of today stay, and none is one that Windows forbids."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, strategies as st

from etl.outgoing.return_to_sender import _path
from warehouse.file_names import ANY_LETTERS, DEVICE_NAMES, LONGEST, fitting, hyphenated, slug
from warehouse.home import Home
from workbench.lab.jobs import save_to_inbox

OF_TODAY = {
    "Kota Bengkulu": "kota-bengkulu",
    "Kabupaten Magelang": "kabupaten-magelang",
    "Bengkulu-2026": "bengkulu-2026",
    "mengapa-magelang-2025-2026": "mengapa-magelang-2025-2026",
    "Dinas Kesehatan": "dinas-kesehatan",
    "Dinas Pekerjaan Umum & Penataan Ruang": "dinas-pekerjaan-umum-penataan-ruang",
    "RSUD dr. M. Yunus": "rsud-dr-m-yunus",
    "Kelurahan Lingkar Timur (Kec. Singaran Pati)": "kelurahan-lingkar-timur-kec-singaran-pati",
    "console": "console",
}


@pytest.mark.parametrize(("text", "name"), OF_TODAY.items())
def test_names_of_pages_letters_and_folders_are_as_before(text: str, name: str) -> None:
    assert slug(text) == slug(text, ANY_LETTERS) == hyphenated(text) == name
    assert fitting(f"{text}.xlsx") == f"{text}.xlsx"


NAMES = {
    "CON": "con_",
    "com1": "com1_",
    "a" * 121: f"{'a' * 111}-{{hash}}",
    "é" * 200: "",
}


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_a_name_that_no_system_takes_becomes_another(text: str, name: str) -> None:
    made = slug(text)
    assert re.fullmatch(name.format(hash="[0-9a-f]{8}"), made), made


def test_long_names_that_differ_at_their_end_stay_two_and_keep_their_ending() -> None:
    names = {fitting(f"{'Laporan inovasi daerah ' * 10}{number}.xlsx") for number in range(20)}
    assert len(names) == 20
    assert all(name.endswith(".xlsx") and len(name) <= LONGEST for name in names)


@given(st.text(max_size=300))
@example("aux.tar.gz")
@example("nul .txt")
@example("surat/../x:y?. ")
@example("é" * 200 + ".xlsx")
@example("con" + " " * 200)
def test_no_name_is_forbidden(text: str) -> None:
    for name in (fitting(text), slug(text), slug(text, ANY_LETTERS)):
        assert len(name.encode(errors="replace")) <= LONGEST
        assert not re.search(r'[<>:"/|?*\\\x00-\x1f]|[. ]$', name), name
        assert name.partition(".")[0].strip().casefold() not in DEVICE_NAMES
        assert fitting(name) == name


def test_inbox_and_returned_files_bear_such_names(empty_home: Home) -> None:
    saved = {
        name: save_to_inbox("bengkulu", 2026, name, b"x", empty_home.root).name
        for name in ("Daftar Inovasi (2).xlsx", "Aux.xlsx", "C:\\data\\Kota+Bengkulu.xls")
    }
    assert list(saved.values()) == ["Daftar Inovasi (2).xlsx", "Aux_.xlsx", "Kota+Bengkulu.xls"]
    receipt = {"file_sha256": "0", "region_code": "17.71", "edition": 2026, "file_name": "Daftar Inovasi (2).xlsx"}
    assert re.fullmatch(r"Daftar-Inovasi-2--perbaikan-[0-9a-f]{8}\.xlsx", _path(empty_home, receipt, ()).name)
    assert _path(empty_home, {**receipt, "file_name": "nul.a.xlsx"}, ()).name.startswith("nul_.a-perbaikan-")
