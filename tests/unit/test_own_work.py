"""What a person has changed stays, and ours goes beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.keeping.own_work import RECORD, Written, write_unless_changed
from warehouse.language import Language

ID = Language("id")


def put(home: Home, path: Path, content: bytes) -> Written:
    return write_unless_changed(home, {path: content}, ID)[0]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_a_file_that_nobody_touched_is_renewed(home: Home) -> None:
    path = home.root / "letters" / "surat.docx"
    assert put(home, path, b"one") == Written(path)
    assert put(home, path, b"two") == Written(path)
    assert path.read_bytes() == b"two" and [each.name for each in path.parent.iterdir()] == ["surat.docx"]


@pytest.mark.parametrize("is_inside", [True, False])
def test_a_changed_file_stays_and_one_copy_of_ours_lies_beside_it(home: Home, tmp_path: Path, is_inside: bool) -> None:
    path = (home.root if is_inside else tmp_path / "meja") / "surat.docx"
    put(home, path, b"one")
    path.write_bytes(b"mine")
    for number in range(10):
        written = put(home, path, b"%d" % number)
        assert written.kept == path and written.path.read_bytes() == b"%d" % number
    assert path.read_bytes() == b"mine" and written.path.name.startswith("surat (baru ")
    assert len(list(path.parent.glob("surat*"))) == 2
    assert str(path) in written.told(ID) and written.path.name in written.told(ID)
    assert str(tmp_path / "meja") not in (home.root / RECORD).read_text(encoding="utf-8")


def test_a_changed_copy_beside_stays_too(home: Home) -> None:
    path = home.root / "surat.docx"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    first = put(home, path, b"one").path
    first.write_bytes(b"mine as well")
    second = put(home, path, b"two").path
    assert first.read_bytes() == b"mine as well" and second.read_bytes() == b"two" and path.read_bytes() == b"mine"


def test_nothing_is_written_where_the_file_says_the_same(home: Home) -> None:
    path = home.root / "surat.docx"
    put(home, path, b"one")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    put(home, path, b"one")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


@pytest.mark.parametrize("damage", ["{", "[]", '{"surat.docx": 3}'])
def test_with_a_damaged_record_every_file_stays(home: Home, damage: str) -> None:
    path = home.root / "surat.docx"
    put(home, path, b"one")
    (home.root / RECORD).write_text(damage, encoding="utf-8")
    assert put(home, path, b"two").kept == path and path.read_bytes() == b"one"


def test_a_kill_between_record_and_file_makes_nobody_the_owner(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.root / "surat.docx"
    put(home, path, b"one")
    with monkeypatch.context() as cut:
        cut.setattr("warehouse.keeping.own_work.write_bytes", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            put(home, path, b"two")
    assert path.read_bytes() == b"one"
    assert put(home, path, b"three") == Written(path) and path.read_bytes() == b"three"


def test_a_notebook_is_changed_by_its_cells_and_not_by_being_run(home: Home) -> None:
    def notebook(source: str, count: int | None) -> bytes:
        cell = {"cell_type": "code", "source": source, "execution_count": count}
        return json.dumps({"cells": [cell]}).encode()

    path = home.root / "mulai.ipynb"
    put(home, path, notebook("1", None))
    path.write_bytes(notebook("1", 7))
    assert put(home, path, notebook("2", None)).kept is None
    path.write_bytes(notebook("mine", None))
    assert put(home, path, notebook("3", None)).kept == path


def test_of_a_letter_with_a_changed_text_neither_file_is_replaced(home: Home) -> None:
    text, print_, other = (home.root / name for name in ("surat.docx", "surat.pdf", "lain.pdf"))

    def write(content: bytes) -> list[Written]:
        files = dict.fromkeys((text, print_, other), content)
        return write_unless_changed(home, files, ID, groups=[(text, print_), (other,)])

    write(b"one")
    text.write_bytes(b"mine")
    for content in (b"two", b"three"):
        assert [each.kept for each in write(content)] == [text, print_, None]
    assert [path.read_bytes() for path in (text, print_, other)] == [b"mine", b"one", b"three"]
    assert len(list(home.root.glob("surat*"))) == 4
