"""A home confirms what a new spelling means; its file reaches a parse, and a faulty one stops nothing."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from etl.cells.sheets import read_cells
from etl.lake import scale_of
from etl.layout.declared import find_layout
from etl.values.canonical_rows import read_file
from etl.values.home_words import home_words_of, meanings_of, with_word
from etl.values.normalise import affair_with, affairs_of, word_of
from tests.city_files import innovation, portal_list
from warehouse.home import Home

STAGE = with_word("", "stage", "Pemanfaatan", "implementation")


def words_in(folder: Path, text: str) -> Home:
    (folder / "vocabulary.toml").write_text(text, encoding="utf-8")
    return Home(folder)


def test_a_home_without_the_file_has_no_words(tmp_path: Path) -> None:
    known = home_words_of(Home(tmp_path))
    assert (known.words, known.faults, known.hash) == ({}, (), "")


def test_a_confirmed_word_is_read_and_goes_to_another_process_by_value(tmp_path: Path) -> None:
    known = home_words_of(words_in(tmp_path, STAGE))
    scale = pickle.loads(pickle.dumps(scale_of(2026, None, known.words)))
    file_format, sheets = read_cells(portal_list(innovation("Satu", stage=" PEMANFAATAN ")))
    match = find_layout(file_format, sheets)[0]
    assert read_file(match, sheets, scale).records["stage"].to_list() == ["implementation"]
    assert read_file(match, sheets, scale_of(2026)).quarantine["rule"].to_list() == ["stage_unknown"]


def test_an_affair_can_be_confirmed_too(tmp_path: Path) -> None:
    own = home_words_of(words_in(tmp_path, with_word("", "affair", "Smart City", "16"))).words
    assert affair_with(own)("smart city") == ("16", None)
    assert affairs_of(None, own)("Pendidikan; Smart City") == ("01|16", None)


def test_a_shipped_word_keeps_its_meaning(tmp_path: Path) -> None:
    own = home_words_of(words_in(tmp_path, with_word("", "stage", "Penerapan", "trial"))).words
    assert word_of("stage", "stage_unknown", own)("Penerapan") == ("implementation", None)


@pytest.mark.parametrize(
    ("text", "used", "told"),
    [
        ("[stage]\nPemanfaatan = ", {}, "TOML"),
        ("[" * 5_000, {}, "TOML"),
        ('[stage]\nA = "nothing"\nB = "trial"\n', {"stage": {"b": "trial"}}, "nothing"),
        ('[colour]\nA = "trial"\n', {}, "colour"),
        ("[stage]\nA = 3\n", {}, "3"),
        ('stage = "trial"', {}, "stage"),
        ("x" * 1_000_001, {}, "large"),
    ],
    ids=range(7),
)
def test_a_faulty_file_is_told_and_stops_nothing(
    tmp_path: Path, text: str, used: dict[str, dict[str, str]], told: str
) -> None:
    known = home_words_of(words_in(tmp_path, text))
    assert known.words == used
    assert len(known.faults) == 1
    assert known.faults[0].path == "vocabulary.toml"
    assert told in str(known.faults[0].error)


def test_a_word_is_added_and_what_people_wrote_stays(tmp_path: Path) -> None:
    text = with_word('# milik kota\n[stage]\nIde2 = "initiative"\n', "stage", 'Uji "lapangan"\u200b', "trial")
    text = with_word(text, "is_digital", "Aplikasi", "true")
    known = home_words_of(words_in(tmp_path, text))
    assert text.startswith("# milik kota\n")
    assert known.words == {
        "stage": {"ide2": "initiative", "uji lapangan": "trial"}, "is_digital": {"aplikasi": "true"}
    }  # fmt: skip
    assert meanings_of("stage")["uji coba"] == "trial"
    assert meanings_of("no_field") == {}
