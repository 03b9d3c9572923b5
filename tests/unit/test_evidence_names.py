"""Whose a file of evidence is and which indicator it answers, by names alone."""

from __future__ import annotations

import tomllib

import pytest

from analysis.evidence.accepted_types import accepted_files
from analysis.evidence.folder_matching import FolderMatcher, Innovation
from analysis.evidence.indicator_of_name import FileWordsInvalid, NameReader, file_words, indicators_of
from iga.rulebook import load_rulebook
from tests.conftest import ROOT
from warehouse.home import Home

EDITION = 2026
INDICATORS = indicators_of(load_rulebook(EDITION))
READER = NameReader(INDICATORS, file_words())

NAMES = [
    # folders, file name, keys of the proposals with their confidence, the surest first
    ((), "16_SK Walikota.pdf", {"regulation": 95}),
    ((), "SID-16.pdf", {"regulation": 95}),
    ((), "Indikator 31 - surat.pdf", {"replication": 95}),
    (("16. Regulasi",), "scan0001.pdf", {"regulation": 95}),
    (("Regulasi Inovasi",), "scan0001.pdf", {"regulation": 70}),
    ((), "Perda No 3 Tahun 2024.pdf", {"regulation": 80}),
    ((), "RKPD 2025 halaman 40.pdf", {"annual_plan_integration": 80}),
    ((), "SOP Pelayanan.pdf", {"process_ease": 80}),
    ((), "Manual_Book-v2.PDF", {"technical_guide": 80}),
    ((), "DPA Dinas 2025.pdf", {"budget_support": 80}),
    ((), "MoU replikasi dgn Kab. X.pdf", {"replication": 80}),
    ((), "video inovasi.mp4", {"video": 80}),
    ((), "SK Tim Pelaksana.pdf", {"implementing_team": 80}),
    ((), "SK.pdf", {"regulation": 40, "people": 40, "implementing_team": 40, "network": 40}),
    ((), "Foto.jpg", {"work_tools": 40, "dissemination": 40}),
    ((), "20 Bimtek.pdf", {"training": 95}),
    ((), "16 SOP.pdf", {"process_ease": 80, "regulation": 70}),
    ((), "20 Mei 2025.pdf", {}),
    ((), "17-08-2025.pdf", {}),
    ((), "2025.pdf", {}),
    ((), "99 lain.pdf", {}),
    ((), "IMG_20250314.jpg", {}),
    ((), "laporan monev 2025.pdf", {"monitoring_and_evaluation": 80, "creation_speed": 40, "benefit_people": 40}),
    ((), "33a daftar penerima.pdf", {"benefit_people": 95}),
    ((), "asopa.pdf", {}),
]


@pytest.mark.parametrize(
    ("folders", "name", "expected"), NAMES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_names_tell_indicators(folders: tuple[str, ...], name: str, expected: dict[str, int]) -> None:
    found = READER.proposals(folders, name)
    assert {one.indicator.key: one.confidence for one in found} == expected
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)


def test_numbers_of_another_edition_say_nothing() -> None:
    reader = NameReader(INDICATORS, file_words(), has_own_list=False)
    assert reader.proposals((), "16.pdf") == ()
    assert [one.by for one in reader.proposals((), "16_perda.pdf")] == ["words"]


def test_a_home_adds_words(empty_home: Home) -> None:
    path = empty_home.root / "evidence" / "file_words.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[replication]\nsure = ["Surat Adopsi"]\n', encoding="utf-8")
    reader = NameReader(INDICATORS, file_words(empty_home))
    assert [one.indicator.key for one in reader.proposals((), "surat-adopsi.pdf")] == ["replication"]
    path.write_text('[replication]\nsure = "Surat"\nother = 1\n', encoding="utf-8")
    with pytest.raises(FileWordsInvalid):
        file_words(empty_home)


def test_every_word_is_of_an_indicator_of_the_edition() -> None:
    keys = {key for indicator in INDICATORS for key in (*indicator.keys, indicator.key.split("_")[0])}
    assert file_words().keys() <= keys


KINDS = {"PDF": "pdf", "JPG": "jpeg", "JPEG": "jpeg", "PNG": "png"}


@pytest.mark.parametrize("edition", [2024, 2026])
def test_accepted_types_are_what_the_rulebook_says(edition: int) -> None:
    text = (ROOT / "iga" / "rules" / "rulebooks" / f"{edition}.toml").read_text(encoding="utf-8")
    for indicator in tomllib.loads(text)["indicator"]:
        words = indicator["evidence"].partition(":")[0].split("/")
        if indicator["aspect"] != "sid" or not all(word in KINDS for word in words):
            continue
        accepted = accepted_files(edition, [indicator["key"]])
        assert list(accepted.types) == list(dict.fromkeys(KINDS[word] for word in words)), indicator["key"]


def test_what_an_edition_does_not_say_is_not_known() -> None:
    assert not accepted_files(2019, ["regulation"]).is_known
    assert not accepted_files(EDITION, ["nothing"]).is_known


INNOVATIONS = [
    Innovation("00cd670680ee38e1", "50c84380c647f010", "SIPATEN (Sistem Pelayanan Terpadu Kecamatan)", "Kecamatan A"),
    Innovation("016f23431d1b95e7", "95131828912d0cf9", "Klinik Tuberkulosis Satu Pintu", "Dinas Kesehatan"),
    Innovation("01a3b8753afc6f3d", "2945d0f96945abe6", "Posyandu Ceria", "Puskesmas Satu"),
    Innovation("02a3b8753afc6f3d", "3945d0f96945abe6", "Posyandu Ceria", "Puskesmas Dua"),
]
FOLDERS = [
    # folder, folder above, whose (beginning of the id), by
    ("00cd670680ee38e1", "", "00cd", "id"),
    ("2945d0f96945abe6", "", "01a3", "id"),
    ("016f2343", "", "016f", "id"),
    ("SIPATEN (Sistem Pelayanan Terpadu Kecamatan)", "", "00cd", "title"),
    ("sipaten - sistem pelayanan terpadu kecamatan", "", "00cd", "title"),
    ("sipaten-sistem-pelayanan-terpadu-kecamatan", "", "00cd", "title"),
    ("SIPATEN", "", "00cd", "short_title"),
    ("12. Sipaten", "", "00cd", "short_title"),
    ("Klinik_Tuberkulosis_Satu_Pintu", "", "016f", "title"),
    ("Klinik Tuberkulosiss Satu Pintu", "", "016f", "likeness"),
    ("Posyandu Ceria", "Puskesmas Dua", "02a3", "title"),
]


@pytest.mark.parametrize(("folder", "above", "begin", "by"), FOLDERS)
def test_folders_are_matched(folder: str, above: str, begin: str, by: str) -> None:
    answer = FolderMatcher(INNOVATIONS).answer(folder, above)
    assert answer.match is not None
    assert (answer.match.innovation.submission_id[:4], answer.match.by) == (begin, by)


def test_what_is_not_certain_is_proposed_and_not_chosen() -> None:
    matcher = FolderMatcher(INNOVATIONS)
    ambiguous = matcher.answer("Posyandu Ceria")
    assert ambiguous.match is None and ambiguous.is_ambiguous and len(ambiguous.proposals) == 2
    like = matcher.answer("Klinik Tuberkulosis Terpadu")
    assert like.match is None and not like.is_ambiguous
    assert like.proposals[0].innovation.title == "Klinik Tuberkulosis Satu Pintu"
    assert matcher.answer("Dinas Kesehatan").match is None
