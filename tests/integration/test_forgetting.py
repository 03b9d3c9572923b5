"""What `iga forget` erases is nowhere any more: searched in every file, in archives, databases and Parquet files."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.ipc
import pytest

from analysis import open_snapshot
from etl.forgetting import erasure
from etl.forgetting.erasure import CannotBeRewritten, forget_again, forget_files, forget_person, is_cut_off, resume
from etl.forgetting.person_text import person_of, rewritten
from etl.tombstones import tombstones_of, user_list
from tests.city_files import exported, html_export, innovation, load, portal_list, put
from warehouse import list_snapshots
from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.keeping.backup import back_up, restore
from warehouse.keeping.retention import cite

DAY = date(2026, 8, 11)
NOW = datetime(2026, 8, 11, 12, tzinfo=UTC)
PERSON = "Sulastri Wahyuningtyas"
NIK = "1771024101900003"
FORBIDDEN = re.compile(r"sulastri|wahyuningtyas|1771024101900003", re.IGNORECASE)
FIGURES = "select region_code, edition, score_kind, innovation_count, iid, iid_lower, iid_upper from region_index"
RECEIPTS = "select received_date, arrival from receipt order by all"


@pytest.fixture(autouse=True)
def own_user_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGA_FORGOTTEN", str(tmp_path / "user" / "forgotten.jsonl"))


@pytest.fixture
def home(empty_home: Home) -> Home:
    """A home whose files of three kinds, settings and letters name a person."""
    titled = f"SEHATI untuk pasien a.n. SULASTRI  wahyuningtyas NIK {NIK}"
    put(
        empty_home,
        "bengkulu/2026/a.xlsx",
        portal_list(innovation("Satu"), innovation(titled, score="skor x"), innovation("Tiga")),
    )
    put(empty_home, "magelang/2026/b.xls", html_export(exported("1", "Satu"), exported("2", f"Dua {PERSON}, S.Pd.")))
    put(empty_home, "bandar-lampung/2026/c.xlsx", portal_list(innovation("Lain")))
    load(empty_home)
    for name, content in {
        "city/17.71.toml": f'signer = "{PERSON}"\n'.encode(),
        "followups/note.csv": f"a;{PERSON};b\n".encode("utf-16"),
        f"letters/bengkulu/{PERSON}.txt": b"x",
        "letters/bengkulu/surat.docx": _zipped("<w:t>Sulas</w:t></w:r><w:r><w:t>tri Wahyuningtyas</w:t>"),
        "reports/own/index.html": f"<p>{PERSON}</p>".encode(),
        "runs/log.txt": b"Sulastri Wahyuningtyas",
        f"jobs/20260809-readiness-a1/files/{PERSON}.xlsx": _zipped(f"<t>{PERSON}</t>"),
        "jobs/20260809-readiness-a1/log.txt": PERSON.encode(),
        "backups/cadangan.tar.gz": gzip.compress(PERSON.encode()),
    }.items():
        put_raw(empty_home.root / name, content)
    return empty_home


def put_raw(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _zipped(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", text)
    return stream.getvalue()


def texts(content: bytes) -> Iterator[str]:
    """All that could be read in bytes: three encodings, archives unpacked, tags taken away."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name
                yield from texts(archive.read(name))
    if content.startswith(b"\x1f\x8b"):
        yield from texts(gzip.decompress(content))
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        text = content.decode(encoding, errors="ignore")
        yield text
        yield re.sub(r"<[^<>]*>", "", text)


def found_in(root: Path) -> list[str]:
    """The files below a folder that hold the person, by a search that knows nothing of the program's own."""
    found = set()
    for path in root.rglob("*"):
        if FORBIDDEN.search(path.relative_to(root).as_posix()):
            found.add(str(path))
        if not path.is_file():
            continue
        read = list(texts(path.read_bytes()))
        if path.suffix == ".parquet":
            read.append(str(pl.read_parquet(path).to_dicts()))
        if path.suffix == ".arrow":
            with path.open("rb") as streams:  # one after the other
                while streams.peek(1):
                    read.append(str(pyarrow.ipc.open_stream(streams).read_all().to_pylist()))
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as database:
                for schema, table in database.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                    read.append(str(database.execute(f'from "{schema}"."{table}"').fetchall()))
        if any(FORBIDDEN.search(text) for text in read):
            found.add(str(path))
    return sorted(found)


def test_after_a_person_is_forgotten_no_byte_of_it_is_left_and_the_figures_stand(home: Home) -> None:
    assert len(found_in(home.root)) > 8  # the search finds what is there
    with open_snapshot(home=home.root) as snapshot:
        before, receipts = snapshot.sql(FIGURES).sort(pl.all()), snapshot.sql(RECEIPTS)
        cite(home, snapshot.snapshot_id, DAY, f"makalah {PERSON}")
    done = forget_person(home, [f"{PERSON}, S.Pd.", NIK], "permintaan", DAY)
    assert found_in(home.root) == []
    assert found_in(user_list().parent) == []
    assert done.remaining == []
    assert len(done.snapshots) == len(done.citations) == 1
    assert done.sites == ["own"]
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.sql(FIGURES).sort(pl.all()).equals(before)
        assert snapshot.sql(RECEIPTS).equals(receipts)
    assert not load(home).is_new  # the inbox gives what the archive holds
    assert list_snapshots(home.root).height == 1


def test_a_file_that_was_forgotten_or_names_somebody_who_was_is_not_received_again(home: Home) -> None:
    old = (home.inbox / "bengkulu/2026/a.xlsx").read_bytes()
    forget_person(home, [PERSON, NIK], "", DAY)
    put_raw(home.inbox / "bengkulu/2026/again.xlsx", old)
    put_raw(home.inbox / "bengkulu/2026/new.xlsx", portal_list(innovation("Empat oleh sulastri WAHYUNINGTYAS")))
    put_raw(home.inbox / "bengkulu/2026/nik.xlsx", portal_list(innovation("Lima 1771 0241 0190 0003")))
    put_raw(home.inbox / "bengkulu/2026/fine.xlsx", portal_list(innovation("Sulastri lain")))
    held = load(home).receipts.filter(pl.col("held_rule") == "forgotten")["file_name"].to_list()
    assert sorted(held) == [f"bengkulu/2026/{name}.xlsx" for name in ("again", "new", "nik")]
    assert not FORBIDDEN.search((home.root / "forgotten.jsonl").read_text(encoding="utf-8"))


def test_a_backup_from_before_is_laid_back_without_the_person(home: Home, tmp_path: Path) -> None:
    copy, new = tmp_path / "old.tar.gz", Home.at(tmp_path / "new")
    back_up(home, copy, NOW)
    forget_person(home, [PERSON, NIK], "", DAY)
    stones = tombstones_of(home)

    def erase_again(laid_back: Home) -> None:
        forget_again(laid_back, stones, DAY)

    restore(copy, new, before_named=erase_again)
    assert found_in(new.root) == []
    with open_snapshot(home=home.root) as expected, open_snapshot(home=new.root) as snapshot:
        assert snapshot.sql(FIGURES).sort(pl.all()).equals(expected.sql(FIGURES).sort(pl.all()))


def test_a_file_is_forgotten_with_its_rows(home: Home, tmp_path: Path) -> None:
    copy, new = tmp_path / "old.tar.gz", Home.at(tmp_path / "new")
    back_up(home, copy, NOW)
    content = (home.inbox / "bengkulu/2026/a.xlsx").read_bytes()
    forget_files(home, ["bengkulu/2026/a.xlsx"], "", DAY)
    assert not (home.inbox / "bengkulu/2026/a.xlsx").exists()
    with open_snapshot(home=home.root) as snapshot:
        assert snapshot.sql("from submission where region_code = '17.71'").is_empty()
        assert snapshot.sql("from submission").height == 3
    put_raw(home.inbox / "bengkulu/2026/a.xlsx", content)
    assert "forgotten" in load(home).receipts["held_rule"].to_list()
    restore(copy, new, before_named=lambda laid_back: forget_again(laid_back, tombstones_of(home), DAY))
    with open_snapshot(home=new.root) as snapshot:
        assert snapshot.sql("from submission where region_code = '17.71'").is_empty()


RARE_CUTS = ("_remove_files", "_clean_rest", "_remove_sites", "remains")
CUTS = ["_replace_files", "ingest", *(pytest.param(step, marks=pytest.mark.slow) for step in RARE_CUTS)]


@pytest.mark.parametrize("step", CUTS)
def test_an_erasure_that_is_cut_off_is_ended_later(home: Home, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(BaseException):
        pass

    def cut(*_arguments: object, **_options: object) -> None:
        raise Cut

    with monkeypatch.context() as broken:
        broken.setattr(erasure, step, cut)
        with pytest.raises(Cut):
            forget_person(home, [PERSON, NIK], "", DAY)
    assert is_cut_off(home)
    if os.name == "posix":
        assert (home.root / erasure.INTENT).stat().st_mode & 0o777 == 0o600
    assert resume(home, DAY) is not None
    assert found_in(home.root) == []
    assert not is_cut_off(home)
    assert resume(home, DAY) is None


def test_what_cannot_be_rewritten_is_named_and_nothing_is_erased(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "_reads_the_same", lambda *_: False)
    before = found_in(home.root)
    with pytest.raises(CannotBeRewritten, match=r"a\.xlsx"):
        forget_person(home, [PERSON], "", DAY)
    assert found_in(home.root) == before
    assert not is_cut_off(home)


@pytest.mark.parametrize("name", ["Ani", "123", ", S.Pd."])
def test_a_short_word_is_no_person(home: Home, name: str) -> None:
    with pytest.raises(UnknownName):
        forget_person(home, [name], "", DAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<t>Bu</t></r><r><t>di San</t><b/>toso</t>", "<t>[dihapus]</t></r><r><t></t><b/></t>"),
        ("a,BUDI,santoso,b", "a,[dihapus],,b"),
        ("&#66;udi&nbsp;Santoso", "[dihapus]"),
        (json.dumps({"n": "Budi  Santoso"}), '{"n": "[dihapus]"}'),
        ("Budi Santosowati", "Budi Santosowati"),
    ],
)
def test_a_name_is_taken_out_and_what_stands_around_it_stays(text: str, told: str) -> None:
    assert rewritten(text.encode(), person_of(["Budi Santoso, S.Pd."])).decode() == told


def test_a_backup_under_a_passphrase_shows_nothing_and_comes_back(home: Home, tmp_path: Path) -> None:
    from warehouse.errors import BackupInvalid

    copy, new = tmp_path / "sealed.age", Home.at(tmp_path / "new")
    back_up(home, copy, NOW, "kata sandi panjang")
    content = copy.read_bytes()
    assert content.startswith(b"iga-sealed 1\n")
    with pytest.raises(tarfile.TarError), tarfile.open(copy):
        pass
    for wrong in (None, "salah"):
        with pytest.raises(BackupInvalid):
            restore(copy, new, wrong)
    bad = bytearray(content)
    bad[-100] ^= 1
    (tmp_path / "bad").write_bytes(bad)
    with pytest.raises(BackupInvalid):
        restore(tmp_path / "bad", new, "kata sandi panjang")
    assert not new.root.exists()
    restore(copy, new, "kata sandi panjang")
    assert not list(tmp_path.rglob(".plain-*"))
    with open_snapshot(home=home.root) as expected, open_snapshot(home=new.root) as snapshot:
        assert snapshot.sql(FIGURES).sort(pl.all()).equals(expected.sql(FIGURES).sort(pl.all()))


def _scan(home: Home, place: str, content: bytes, *lines: str, in_zip: bool = False) -> Path:
    """Lay a scan into the home with what was recognised in it; `in_zip` packs it into a ZIP of that name."""
    from hashlib import sha256

    from etl.documents import kept_readings
    from etl.documents.read_document import READER

    path = home.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if in_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("A/sk.pdf", content)
    else:
        path.write_bytes(content)
    facts = {"kind": "pdf", "cause": "", "is_scan": True, "is_recognised": True, "recogniser": "", "reader": READER,
             "paragraphs": [[line, "", False, 1, 0] for line in lines]}  # fmt: skip
    kept_readings._keep(home, sha256(content).hexdigest(), facts)
    kept = home.root / kept_readings.FOLDER / sha256(content).hexdigest()[:2] / f"{sha256(content).hexdigest()}.json"
    kept.with_suffix(".png").write_bytes(b"\x89PNG")
    return kept


def test_a_name_that_only_a_picture_shows_is_erased_with_the_scan(home: Home, tmp_path: Path) -> None:
    """The reading, the small picture and the scan go; a scan that only seems to show the name is named for a person."""
    root = "evidence/17.71/2026"
    named = _scan(home, f"{root}/A/16 SK.pdf", b"%PDF-1 a", "KEPUTUSAN", "SULASTRI", "WAHYUNINGTYAS")
    packed = _scan(home, f"{root}/B.zip", b"%PDF-1 b", f"Nama: {PERSON}", in_zip=True)
    laid = _scan(home, "clinic/17.71/2026/0/decree/sk.pdf", b"%PDF-1 c", f"NIK {NIK}")
    misread = _scan(home, f"{root}/A/17 SK.pdf", b"%PDF-1 d", "Sulastr1 Wahyunlngtyas")
    other = _scan(home, f"{root}/A/18 SK.pdf", b"%PDF-1 e", "Sulaiman Wahyudi")
    saved = tmp_path / "cadangan.tar.gz"
    back_up(home, saved, NOW)
    done = forget_person(home, [PERSON, NIK], "request", DAY)
    for kept in (named, packed, laid, misread):
        assert not kept.exists() and not kept.with_suffix(".png").exists()
    assert other.exists() and other.with_suffix(".png").exists()
    gone = {f"{root}/A/16 SK.pdf", f"{root}/B.zip", "clinic/17.71/2026/0/decree/sk.pdf"}
    assert gone <= set(done.removed)
    assert not [name for name in gone if (home.root / name).exists()]
    assert done.scans == [f"{root}/A/17 SK.pdf"]
    assert (home.root / root / "A" / "17 SK.pdf").exists() and (home.root / root / "A" / "18 SK.pdf").exists()
    assert done.remaining == []
    # a backup brings the scans back, without what was recognised in them
    again = Home.at(tmp_path / "again")
    came_back: list[bool] = []

    def erase_again(laid_back: Home) -> None:
        came_back.extend((laid_back.root / name).exists() for name in gone)
        forget_again(laid_back, tombstones_of(home), DAY)

    restore(saved, again, before_named=erase_again)
    assert came_back == [True] * 3
    assert not [name for name in gone if (again.root / name).exists()]
