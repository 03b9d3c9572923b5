"""A published folder: whole or not at all, without names of persons, never in the place of something else."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from analysis.personal.registered_names import NameFinder, RegisteredName, is_name
from tests.conftest import Ran
from warehouse import disk
from warehouse.errors import HomeLocked, HomeUnusable, UnknownName
from warehouse.home import Home
from warehouse.lock import lock_held
from workbench.office.folder_check import READERS, findings_in
from workbench.office.published_folder import MARK, is_ours, publish

PAGE = """<!doctype html><html lang="{lang}"><head><title>{title} · Situs</title></head><body><h1>{title}</h1>
<h2 id="bagian-1">Inovasi</h2><div class="table" id="t1"><table><tbody><tr><th scope="row">{row}</th></tr></tbody>
</table></div></body></html>"""


def written_site(home: Path, name: str, pages: dict[str, str]) -> None:
    folder = home / "reports" / name
    folder.mkdir(parents=True)
    (home / "runs").mkdir(exist_ok=True)
    (folder / "build.json").write_text(json.dumps({"site": name, "is_simulated": True}), encoding="utf-8")
    for file, text in pages.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")


@pytest.fixture
def home(example_home: Path, tmp_path: Path) -> Home:
    """The example's snapshot in a home of its own, with one small site in two languages."""
    root = tmp_path / "home"
    root.mkdir()
    shutil.copy(example_home / "current.json", root)
    (root / "snapshots").symlink_to(example_home / "snapshots", target_is_directory=True)
    pages = {
        "index.html": PAGE.format(lang="id", title="Beranda kota", row="Kota"),
        "bengkulu.html": PAGE.format(lang="id", title="Kota Bengkulu 2026", row="Antar <b>Obat</b> & Ramah"),
        "en/bengkulu.html": PAGE.format(lang="en", title="Kota Bengkulu 2026 in English", row="Delivery"),
        "istilah.html": PAGE.format(lang="id", title="Istilah", row="-"),
    }
    written_site(root, "kota", pages)
    return Home.at(root)


def test_the_folder_has_front_page_search_and_every_site_and_nothing_of_the_machine(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "web" / "inovasi"
    published = publish(home, target)
    assert published.findings == ()
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    front = {"index.html", "index.en.html", "cari.html", "cari.en.html", MARK}
    pages = ("index.html", "bengkulu.html", "en/bengkulu.html", "istilah.html")
    assert files == front | {f"kota/{name}" for name in pages}
    assert 'href="kota/bengkulu.html"' in (target / "index.html").read_text(encoding="utf-8")
    search = (target / "cari.html").read_text(encoding="utf-8")
    assert '["kota/bengkulu.html","Kota Bengkulu 2026",[' in search
    assert "Antar Obat & Ramah" in search
    assert "English" in (target / "index.en.html").read_text(encoding="utf-8")
    for path in target.rglob("*"):
        assert path.stat().st_mode & 0o044, "a web server reads it"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "http://" not in text.replace("http://www.w3.org", "")
            assert str(home.root) not in text
    assert [path.name for path in target.parent.iterdir()] == ["inovasi"]


def test_publishing_again_replaces_the_whole_folder(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "web"
    publish(home, target)
    (home.reports / "kota" / "bengkulu.html").unlink()
    publish(home, target)
    assert not (target / "kota" / "bengkulu.html").exists()
    assert is_ours(target)


@pytest.mark.parametrize("where", ["other", "home", "above", "inside", "file"])
def test_a_folder_that_is_not_ours_stays_as_it_is(home: Home, tmp_path: Path, where: str) -> None:
    target = {
        "other": tmp_path / "other",
        "home": home.root,
        "above": home.root.parent,
        "inside": home.reports / "web",
        "file": tmp_path / "file",
    }[where]
    if where == "other":
        target.mkdir()
        (target / "surat.docx").write_bytes(b"mine")
        (target / MARK).write_text('{"format": "another"}', encoding="utf-8")
    if where == "file":
        target.write_bytes(b"mine")
    before = sorted(path.as_posix() for path in tmp_path.rglob("*"))
    with pytest.raises(HomeUnusable):
        publish(home, target)
    assert sorted(path.as_posix() for path in tmp_path.rglob("*")) == before


def test_names_that_the_home_knows_keep_everything_at_home(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "web"
    publish(home, target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    (home.root / "assignments").mkdir()
    (home.root / "assignments" / "17.71.csv").write_text("unit,contact,mentor\nx,Budi,Siti Nuraini\n", encoding="utf-8")
    page = PAGE.format(lang="id", title="Kota", row="SITI <b>Nuraini</b>, S.Pd. membina; WA 0812-3456-7890")
    (home.reports / "kota" / "lain.html").write_text(page, encoding="utf-8")
    found = publish(home, target).findings
    assert {(one.file, one.kind) for one in found} == {
        ("kota/lain.html", "mentor"),
        ("kota/lain.html", "phone"),
        ("cari.html", "mentor"),
        ("cari.html", "phone"),
    }
    assert not [one for one in found if "nuraini" in one.words.casefold() or "3456" in one.words]
    assert {one.words for one in found if one.file == "kota/lain.html"} == {"[…], S.Pd. membina; WA […]"}
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    (home.root / "publication.toml").write_text(
        'not_names = ["Siti Nuraini"]\nnot_personal = ["0812-3456-7890"]\n', encoding="utf-8"
    )
    assert publish(home, target).findings == ()


def test_a_name_is_found_however_a_file_holds_it(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("Daftar").write_string(4, 2, "oleh Siti  Nuraini, S.Pd.")
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    svg = '<svg role="img" aria-label="Siti Nuraini"><text>Siti Nuraini</text><path d="M0812 3456 7890"/></svg>'
    (tmp_path / "b.html").write_text(f"<html><body><h1>Bagan</h1>{svg}</body></html>", encoding="utf-8")
    cell = {"outputs": [{"data": {"text/html": ["<p>Siti\n", "Nuraini</p>"], "image/png": "U2l0aSBOdXJhaW5p"}}]}
    (tmp_path / "c.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    (tmp_path / "d.csv").write_text("unit,oleh\nDinas,siti nuraini\n", encoding="utf-8")
    (tmp_path / "e.zip").write_bytes(b"PK")
    (tmp_path / "f.pdf").write_bytes(b"no PDF")
    (tmp_path / "g.html").write_text("<html><body><p>Siti</p><p>Nuraini Sehat</p></body></html>", encoding="utf-8")
    finder = NameFinder([RegisteredName(("siti", "nuraini"), "mentor")])
    found = {(one.file, one.place, one.kind) for one in findings_in(tmp_path, finder)}
    assert found == {
        ("a.xlsx", "Daftar 5", "mentor"),
        ("b.html", "Bagan", "mentor"),
        ("c.ipynb", "", "mentor"),
        ("d.csv", "2", "mentor"),
        ("e.zip", "", "unreadable"),
        ("f.pdf", "", "unreadable"),
    }
    assert set(READERS) >= {".html", ".pdf", ".xlsx", ".ipynb"}


def test_what_is_no_name_of_a_person_is_not_looked_for() -> None:
    assert not any(map(is_name, ["Dinas Kesehatan", "Ali", "Juri 1", "Kepala Bappeda", "a b c d e f g", ""]))
    assert all(map(is_name, ["Siti Nuraini, S.Pd.", "dr. Andi Putra", "H. M. Yusuf Ali", "Sutrisno, S.H."]))


def test_a_name_of_one_word_is_found_where_it_is_a_name(home: Home, tmp_path: Path) -> None:
    (home.root / "assignments").mkdir()
    people = "unit,contact,mentor\nx,Sutrisno,Ramah\n"
    (home.root / "assignments" / "17.71.csv").write_text(people, encoding="utf-8")
    page = PAGE.format(lang="id", title="Kota", row="Ramah; hubungi Pak SUTRISNO, S.H.")
    (home.reports / "kota" / "lain.html").write_text(page, encoding="utf-8")
    found = [one for one in publish(home, tmp_path / "web").findings if one.file == "kota/lain.html"]
    assert [(one.kind, one.words) for one in found] == [("contact", "Ramah; hubungi Pak […], S.H.")]


def test_names_stand_below_their_headings_in_received_files(home: Home) -> None:
    from analysis.personal.registered_names import _in_files

    class Rows:
        def sql(self, _query: str) -> Rows:
            return self

        def iter_rows(self) -> list[tuple[str, int, str, str]]:
            rows = [
                ("A", 1, ["Nama Inovasi", "NAMA  INISIATOR", "Narahubung *", "Skor"], "x"),
                ("A", 2, ["Obat Cepat", "Siti Nuraini", "Budi Santoso", "80"], "x"),
                ("B", 1, ["Judul", "Kepala Dinas"], "x"),
                ("B", 2, ["Penanggung Jawab", "Rini Astuti"], "x"),
            ]
            return [(sheet, number, json.dumps(cells), file) for sheet, number, cells, file in rows]

    found = set(_in_files(Rows()))  # type: ignore[arg-type]
    assert found == {("Siti Nuraini", "initiator"), ("Budi Santoso", "contact"), ("Rini Astuti", "contact")}


def test_a_site_that_is_being_built_or_does_not_exist_is_told(home: Home, tmp_path: Path) -> None:
    with lock_held(home.runs / "build-kota.lock"), pytest.raises(HomeLocked):
        publish(home, tmp_path / "web")
    with pytest.raises(UnknownName, match="kota2"):
        publish(home, tmp_path / "web", sites=["kota2"])
    assert not (tmp_path / "web").exists()


class _Fails(disk.OperatingSystem):
    def __init__(self, at: str) -> None:
        self.at = at

    def replace(self, source: Path, target: Path) -> None:
        if target.name == self.at and source.name.startswith(".") and not source.name.endswith(".old"):
            raise OSError("no")
        super().replace(source, target)


def test_a_step_that_fails_leaves_the_former_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "web"
    publish(home, target)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    monkeypatch.setattr(disk, "system", _Fails("web"))
    with pytest.raises(OSError, match="no"):
        publish(home, target)
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    assert not list(tmp_path.glob(".web.*"))
    # One that was killed between its two steps: the former folder comes back.
    target.rename(tmp_path / ".web.iga-abc.old")
    (tmp_path / ".web.iga-abc").mkdir()
    (tmp_path / ".web.conf").write_text("mine", encoding="utf-8")
    publish(home, target)
    assert sorted(path.name for path in tmp_path.iterdir() if "web" in path.name) == [".web.conf", "web"]


def test_the_command_says_what_was_found_and_ends_with_its_code(
    home: Home, tmp_path: Path, iga: Callable[..., Ran]
) -> None:
    page = PAGE.format(lang="id", title="Kota", row="surel siti@example.org")
    (home.reports / "kota" / "lain.html").write_text(page, encoding="utf-8")
    ran = iga("office", "publish", str(tmp_path / "web"), home=home.root)
    assert ran.exit_code == 16
    assert "kota/lain.html" in ran.out
    assert "siti@example.org" not in ran.out + ran.err
    (home.reports / "kota" / "lain.html").unlink()
    ran = iga("office", "publish", str(tmp_path / "web"), home=home.root)
    assert (ran.exit_code, ran.out.strip()) == (0, str(tmp_path / "web"))
    assert "PPID" in ran.err
