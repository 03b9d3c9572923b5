"""The catalogue that is kept beside its files: the same texts, and anew whenever a file has changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from warehouse import catalogue_files
from warehouse.catalogue_files import KEPT_IN, read_catalogue

PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "City"\nmsgstr "%s"\n'


def laid(folder: Path, word: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "iga.po").write_text(PO % word, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    folder = laid(tmp_path / "po", "Kota")
    assert read_catalogue(folder, "id") == {"City": "Kota"}
    assert (folder / KEPT_IN / "id.json").is_file()
    assert read_catalogue(laid(folder, "Kota lain"), "id") == {"City": "Kota lain"}


def test_what_was_kept_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(tmp_path / "po", "Kota")
    read_catalogue(folder, "id")
    monkeypatch.setattr(catalogue_files, "_parsed", lambda paths, lang: pytest.fail("parsed again"))
    assert read_catalogue(folder, "id") == {"City": "Kota"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"of": 1}', json.dumps({"of": [], "texts": {}}), '{"of": []}'])
def test_a_damaged_copy_is_no_fault(tmp_path: Path, content: str) -> None:
    folder = laid(tmp_path / "po", "Kota")
    read_catalogue(folder, "id")
    (folder / KEPT_IN / "id.json").write_text(content, encoding="utf-8")
    assert read_catalogue(folder, "id") == {"City": "Kota"}


def test_nothing_is_kept_where_python_keeps_no_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = laid(tmp_path / "po", "Kota")
    assert read_catalogue(folder, "id") == {"City": "Kota"} and not (folder / KEPT_IN).exists()
