"""Bytes that changed on the disk are told or harmless: never another figure under the same snapshot id.

Every test flips, cuts or fills files of a small home. The whole of 200 flips each is marked slow.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import etl.publish
from analysis import open_snapshot
from etl.receipt import content_of
from tests.city_files import DAY, innovation, load, portal_list, put
from tests.conftest import Ran
from warehouse.errors import BackupInvalid, HomeUnusable, SnapshotDamaged, WorkbenchError
from warehouse.home import Home, sha256_of
from warehouse.keeping.archive import ArchiveDamaged, folder_of, sealed
from warehouse.keeping.backup import back_up, restore
from warehouse.keeping.content_hash import HASHES
from warehouse.keeping.retention import Retention, prune
from warehouse.keeping.verify import verify_home

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
FEW, MANY = 8, 200


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A small home with a snapshot."""
    home = Home(tmp_path_factory.mktemp("whole") / "home")
    home.create()
    put(home, "bengkulu/2026/a.xlsx", portal_list(*(innovation(f"Inovasi {n}", 40 + n) for n in range(30))))
    put(home, "magelang/2026/b.xlsx", portal_list(innovation("Satu"), innovation("Dua", 55)))
    load(home)
    return home


@pytest.fixture
def home(whole: Home, tmp_path: Path) -> Home:
    """A copy of it to damage, without the inbox, so that nothing heals."""
    shutil.copytree(whole.root, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "inbox")
    return Home(tmp_path / "home")


def figures(home: Home) -> pl.DataFrame:
    """Id and figures of the current snapshot."""
    with open_snapshot(home=home.root) as snapshot:
        answered = snapshot.sql(
            "select submission_id, title, unit_name, stage, claimed_score from submission order by all"
        )
        index = snapshot.sql("select * from region_index order by all")
        return pl.concat([answered, index], how="diagonal").with_columns(snapshot=pl.lit(snapshot.snapshot_id))


def hashes(home: Home) -> list[tuple[object, ...]]:
    """What the current snapshot states of its tables."""
    with open_snapshot(home=home.root) as snapshot:
        return snapshot.sql(f"select * from {HASHES} order by all").rows()


def flip(path: Path, chance: random.Random) -> None:
    """Turn one bit of a file."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def unpublished(home: Home) -> None:
    """Forget what was made, so that a load makes it anew from the archive."""
    shutil.rmtree(home.lake)
    for path in home.snapshots.glob("*.duckdb"):
        path.unlink()


def contents(home: Home) -> list[Path]:
    return sorted(home.archive.glob("*/*/content"))


SHORT = [pytest.param(2, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]
"""Where each time costs a load."""
TIMES = [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]


@pytest.mark.parametrize("times", TIMES)
def test_a_flipped_byte_of_the_archive_is_found_and_never_a_figure(home: Home, times: int) -> None:
    for seed in range(times):
        chance = random.Random(seed)
        path = chance.choice(contents(home))
        good = path.read_bytes()
        flip(path, chance)
        [finding] = verify_home(home).damaged
        assert finding.path == path.relative_to(home.root).as_posix()
        with pytest.raises(ArchiveDamaged):
            content_of(home, path.parent.name)
        path.write_bytes(good)
    assert verify_home(home).is_whole


@pytest.mark.parametrize("damage", [lambda good: bytes(len(good)), lambda good: good[:100], lambda good: b""])
def test_a_load_refuses_content_that_is_lost_and_the_last_snapshot_stands(
    home: Home, damage: Callable[[bytes], bytes], iga: Callable[..., Ran]
) -> None:
    before, path = figures(home), contents(home)[0]
    path.write_bytes(damage(path.read_bytes()))
    shutil.rmtree(home.lake)
    put(home, "bandar-lampung/2026/c.xlsx", portal_list(innovation("Tiga")))
    with pytest.raises(ArchiveDamaged) as caught:
        load(home)
    assert caught.value.exit_code == 15 and "2026/" in str(caught.value) and "inbox" in caught.value.next_step
    assert figures(home).equals(before)
    with pytest.raises(ArchiveDamaged):
        back_up(home, home.root.parent / "a.tar.gz", NOW)
    back_up(home, home.root.parent / "a.tar.gz", NOW, despite_damage=True)


def test_damaged_content_is_healed_from_the_inbox(home: Home, whole: Home) -> None:
    stated = hashes(home)
    shutil.copytree(whole.inbox, home.inbox)
    path = contents(home)[0]
    good = path.read_bytes()
    path.write_bytes(bytes(len(good)))
    unpublished(home)
    load(home)
    assert path.read_bytes() == good
    assert hashes(home) == stated


def test_damaged_content_is_healed_from_a_backup(home: Home, tmp_path: Path, iga: Callable[..., Ran]) -> None:
    back_up(home, tmp_path / "a.tar.gz", NOW)
    path = contents(home)[0]
    good = path.read_bytes()
    path.write_bytes(b"")
    ran = iga("verify", "--format", "json", home=home.root)
    assert ran.exit_code == 15 and [row["kind"] for row in json.loads(ran.out)] == ["archive"]
    ran = iga("verify", "--repair", home=home.root)
    assert ran.exit_code == 0, ran.err
    assert path.read_bytes() == good


@pytest.mark.parametrize("times", SHORT)
def test_a_flipped_byte_of_a_receipt_is_found_and_healed(home: Home, times: int) -> None:
    with open_snapshot(home=home.root) as snapshot:
        before = snapshot.snapshot_id
    for seed in range(times):
        chance = random.Random(seed)
        path = chance.choice(sorted(home.archive.glob("*/*/receipt.json")))
        good = path.read_bytes()
        flip(path, chance)
        found = verify_home(home).damaged
        assert [finding.kind for finding in found] == ["receipts"] or json.loads(path.read_bytes()) == json.loads(good)
        assert load(home).snapshot_id == before
        path.write_bytes(good)


@pytest.mark.parametrize("times", SHORT)
def test_a_flipped_byte_of_the_lake_is_parsed_again(home: Home, times: int) -> None:
    before, stated = figures(home), hashes(home)
    for seed in range(times):
        chance = random.Random(seed)
        path = chance.choice(sorted(path for path in home.lake.rglob("*") if path.is_file()))
        flip(path, chance)
        found = verify_home(home).damaged
        assert [finding.kind for finding in found] == ["lake"] or path.suffix == ".json"
        etl.publish.ingest(home, today=DAY, anew=True)
    assert figures(home).equals(before) and hashes(home) == stated


@pytest.mark.parametrize("times", TIMES)
def test_a_flipped_byte_of_a_snapshot_is_told_or_harmless(home: Home, times: int) -> None:
    before = figures(home)
    [path] = home.snapshots.glob("*.duckdb")
    good = path.read_bytes()
    told = 0
    for seed in range(times):
        flip(path, random.Random(seed))
        is_found = not verify_home(home).is_whole
        try:
            assert figures(home).equals(before)
        except SnapshotDamaged as error:
            assert error.exit_code == 15 and "verify" in error.next_step
            assert is_found
        told += is_found
        path.write_bytes(good)
    assert verify_home(home).is_whole


def test_a_parse_of_a_former_version_is_whole_as_it_was_written(home: Home) -> None:
    folder = home.lake / "ab" / "abc" / "former"
    folder.mkdir(parents=True)
    (folder / "records.parquet").write_bytes(b"rows")
    (folder / "parse.json").write_text(sealed({"parts": {"records": sha256_of(folder / "records.parquet")}}), "utf-8")
    assert verify_home(home).is_whole
    (folder / "records.parquet").write_bytes(b"other rows")
    assert [finding.kind for finding in verify_home(home).found] == ["lake"]


def test_a_damaged_snapshot_is_built_again_with_the_same_tables(home: Home, iga: Callable[..., Ran]) -> None:
    stated = hashes(home)
    [path] = home.snapshots.glob("*.duckdb")
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(SnapshotDamaged):
        open_snapshot(home=home.root)
    result = load(home)
    assert result.is_new and hashes(home) == stated
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content) // 3 * 2, 4096):
        content[place] ^= 1
    path.write_bytes(content)
    ran = iga("verify", "--repair", home=home.root)
    assert ran.exit_code == 0, ran.err
    assert hashes(home) == stated


@pytest.mark.parametrize("times", TIMES)
def test_a_flipped_byte_of_a_backup_is_told_or_harmless(home: Home, tmp_path: Path, times: int) -> None:
    before, copy = figures(home), tmp_path / "a.tar.gz"
    back_up(home, copy, NOW)
    good = copy.read_bytes()
    for seed in range(times):
        flip(copy, random.Random(seed))
        assert [finding.kind for finding in verify_home(home).damaged] == ["backups"]
        new = Home(tmp_path / "new")
        try:
            restore(copy, new)
            assert figures(new).equals(before)
        except BackupInvalid:
            assert not new.root.exists()
        shutil.rmtree(new.root, ignore_errors=True)
        copy.write_bytes(good)


def test_what_a_build_wrote_is_told_when_it_has_changed(home: Home, iga: Callable[..., Ran]) -> None:
    from reports.site.changed_files import changed_files, file_hashes

    site = home.reports / "kota"
    site.mkdir(parents=True)
    (site / "index.html").write_text("lama", encoding="utf-8")
    (site / "build.json").write_text(json.dumps({"file_hashes": file_hashes(site)}), encoding="utf-8")
    assert not list(changed_files(home))
    (site / "index.html").write_text("baru", encoding="utf-8")
    assert [finding.path for finding in changed_files(home)] == ["reports/kota/index.html"]


def churn(home: Home, monkeypatch: pytest.MonkeyPatch, publishes: int, readers: int) -> list[BaseException]:
    """Publish with pruning after each, while readers open the current snapshot again and again; their faults."""
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                with open_snapshot(home=home.root) as snapshot:
                    snapshot.sql("select count(*) from submission")
            except BaseException as error:
                faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        for number in range(publishes):
            monkeypatch.setattr(etl.publish, "code_hash", lambda number=number: str(number))
            load(home)
            prune(home, Retention(keep_newest=1, keep_days=0), datetime.now(tz=UTC))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return faults


@pytest.mark.parametrize(("publishes", "readers"), [pytest.param(3, 2), pytest.param(20, 8, marks=pytest.mark.slow)])
def test_no_reader_fails_while_snapshots_are_published_and_pruned(
    home: Home, monkeypatch: pytest.MonkeyPatch, publishes: int, readers: int
) -> None:
    assert churn(home, monkeypatch, publishes, readers) == []


def test_extensions_are_neither_fetched_nor_loaded(home: Home) -> None:
    with open_snapshot(home=home.root) as snapshot:
        settings = "select name, value from duckdb_settings() where name like 'auto%_known_extensions'"
        assert dict(snapshot.sql(settings).rows()) == {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        with pytest.raises(WorkbenchError):
            snapshot.sql("select st_point(1, 2)")
    assert issubclass(SnapshotDamaged, WorkbenchError) and HomeUnusable.exit_code == 10
    assert not folder_of(home, "0" * 64).exists()


SHA = "0" * 64


@pytest.mark.parametrize(
    "manifest",
    [
        "[]",
        "[" * 5000,
        '{"format": 1}',
        '{"format": 1, "made_at": "", "snapshot_id": 3, "files": {}}',
        '{"format": 1, "made_at": "", "snapshot_id": null, "files": ["a"]}',
        json.dumps({"format": 1, "made_at": "", "snapshot_id": None, "files": {"a": 1}}),
        json.dumps({"format": 1, "made_at": "", "snapshot_id": None, "files": {"inbox/con.txt": SHA}}),
        json.dumps({"format": 1, "made_at": "", "snapshot_id": None, "files": {"C:/x": SHA}}),
        json.dumps({"format": 1, "made_at": "", "snapshot_id": None, "files": {"a/b": SHA, "A/B": SHA}}),
    ],
)
def test_a_list_that_no_backup_has_is_refused(tmp_path: Path, manifest: str) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        archive.addfile(member, io.BytesIO(manifest.encode()))
    with pytest.raises(BackupInvalid):
        restore(tmp_path / "a.tar.gz", Home(tmp_path / "new"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]
