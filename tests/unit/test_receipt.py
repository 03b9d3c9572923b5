"""What is known of a file beside its cells: side file, folders, command line; odd names; and the archive by hash."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from etl.receipt import Receipt, Source, Statement, Unread, archived, content_of, inbox_hashes, keep_receipt, receive
from tests.city_files import put
from warehouse.errors import UnknownName
from warehouse.home import Home

FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 20)


def received(home: Home, *paths: Path, stated: Statement | None = None, today: date = FIRST) -> dict[str, Receipt]:
    sources = [Source(home.inbox), *(Source(path, stated or Statement()) for path in paths)]
    return {receipt.file_name: receipt for receipt in receive(home, sources, today)}


def test_the_folders_say_city_and_edition(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "a")
    put(empty_home, "Kab. Magelang/2025/antar/b.xlsx", "b")
    receipts = received(empty_home)
    receipt = receipts["magelang/2026/a.xlsx"]
    assert (receipt.region_code, receipt.edition, receipt.received_date, receipt.problem) == ("33.71", 2026, FIRST, "")
    assert (receipt.coverage, receipt.is_simulated, receipt.layout) == ("full", False, None)
    assert receipts["Kab. Magelang/2025/antar/b.xlsx"].region_code == "33.08"


def test_a_side_file_says_more_and_goes_before_the_folders(empty_home: Home) -> None:
    put(empty_home, "x/y/a.xlsx", "a")
    put(empty_home, "x/y/b.xlsx", "b")
    put(
        empty_home,
        "x/y/receipt.toml",
        """
        city = "Kota Bengkulu"
        edition = 2026
        simulated = true
        closing_date = 2026-08-14
        note = "catatan"
        [[file]]
        name = "a.xlsx"
        received = 2026-07-15
        layout = "l8_html_export"
        coverage = "partial"
        system = "portal kota"
        """,
    )
    receipts = received(empty_home)
    assert set(receipts) == {"x/y/a.xlsx", "x/y/b.xlsx"}
    first, second = receipts["x/y/a.xlsx"], receipts["x/y/b.xlsx"]
    for receipt in (first, second):
        assert (receipt.region_code, receipt.edition, receipt.is_simulated) == ("17.71", 2026, True)
        assert receipt.closing_date == date(2026, 8, 14)
    assert (first.received_date, first.layout, first.coverage) == (date(2026, 7, 15), "l8_html_export", "partial")
    assert first.system == "portal kota"
    assert (second.received_date, second.layout, second.coverage) == (FIRST, None, "full")


def test_what_is_stated_on_the_command_line_goes_before_everything(empty_home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "kiriman"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(b"a")
    (folder / "receipt.toml").write_text('city = "magelang"\nedition = 2025\n')
    stated = Statement(city="17.71", edition=2026, received=SECOND)
    receipt = received(empty_home, folder / "a.xlsx", stated=stated)["a.xlsx"]
    assert (receipt.region_code, receipt.edition, receipt.received_date) == ("17.71", 2026, SECOND)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a.xlsx", "city"),
        ("magelang/a.xlsx", "edition"),
        ("magelang/baru/a.xlsx", "edition"),
        ("magelang/²²²²/a.xlsx", "edition"),
        ("magelang/99999999999/a.xlsx", "edition"),
        ("magelang/26/a.xlsx", "edition"),
        ("atlantis/2026/a.xlsx", "The region atlantis is not known"),
    ],
)
def test_without_city_or_edition_the_receipt_says_what_is_missing(empty_home: Home, name: str, problem: str) -> None:
    put(empty_home, name, "a")
    receipt = received(empty_home)[name]
    assert (receipt.region_code, receipt.edition) == (None, None)
    assert receipt.problem.startswith(problem)


@pytest.mark.parametrize(
    "text",
    [
        "city = [",
        "kota = 'magelang'",
        "edition = 'dua ribu'",
        "edition = 99999999999",
        "edition = 26",
        "[[file]]\nreceived = 2026-07-01",
        "[[file]]\nname = 'a.xlsx'\nreceived = 'kemarin'",
        "[[file]]\nname = 'a.xlsx'\ncoverage = 'semua'",
        b"city = '\xff\xfe'",
    ],
)
def test_a_bad_side_file_is_a_problem_of_the_files_beside_it_only(empty_home: Home, text: str | bytes) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "a")
    put(empty_home, "magelang/2026/receipt.toml", text)
    put(empty_home, "magelang/2025/a.xlsx", "b")
    receipts = received(empty_home)
    assert receipts["magelang/2026/a.xlsx"].problem.startswith("receipt.toml")
    assert receipts["magelang/2026/a.xlsx"].edition is None
    assert receipts["magelang/2025/a.xlsx"].problem == ""


def test_a_side_file_saved_by_notepad_is_read(empty_home: Home) -> None:
    put(empty_home, "x/a.xlsx", "a")
    put(empty_home, "x/receipt.toml", "\ufeffcity = 'magelang'\r\nedition = 2026\r\n")
    assert received(empty_home)["x/a.xlsx"].region_code == "33.71"


def test_an_ignored_file_is_kept_and_marked(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "a")
    put(empty_home, "magelang/2026/receipt.toml", "[[file]]\nname = 'a.xlsx'\nignore = true")
    receipt = received(empty_home)["magelang/2026/a.xlsx"]
    assert receipt.is_ignored
    assert content_of(empty_home, receipt.file_sha256) == b"a"


@pytest.mark.parametrize("name", [".DS_Store", "~$daftar.xlsx", ".hidden.xlsx", "receipt.toml"])
def test_what_is_no_submission_is_passed_over(empty_home: Home, name: str) -> None:
    put(empty_home, f"magelang/2026/{name}", "")
    assert received(empty_home) == {}


@pytest.mark.parametrize(
    "name",
    [
        "Daftar Inovasi (1) – final's.xlsx",
        "[merah] a.xlsx",
        "a'; drop table receipt; --.xlsx",
        "baris\nbaru.xlsx",
        "é.xlsx",
    ],
)
def test_odd_names_are_kept(empty_home: Home, name: str) -> None:
    put(empty_home, f"magelang/2026/{name}", "a")
    (receipt,) = received(empty_home).values()
    assert receipt.file_name == f"magelang/2026/{name}"
    assert archived(empty_home) == [receipt]


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are text")
def test_a_name_that_is_no_text_is_told_with_a_mark(empty_home: Home) -> None:
    folder = put(empty_home, "magelang/2026/a.xlsx", "a").parent
    (folder / "a.xlsx").rename(os.fsdecode(os.fsencode(folder) + b"/\xff.xlsx"))
    (receipt,) = received(empty_home).values()
    assert receipt.file_name == "magelang/2026/\ufffd.xlsx"
    assert archived(empty_home) == [receipt]


def test_links_out_of_the_inbox_are_not_followed(empty_home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "a.xlsx").write_bytes(b"secret")
    inside = put(empty_home, "magelang/2026/a.xlsx", "a")
    (inside.parent / "link.xlsx").symlink_to(outside / "a.xlsx")
    (inside.parent / "folder").symlink_to(outside, target_is_directory=True)
    (inside.parent / "broken.xlsx").symlink_to(tmp_path / "nothing")
    assert list(received(empty_home)) == ["magelang/2026/a.xlsx"]


def test_the_archive_keeps_the_bytes_under_their_hash_and_never_edits_them(empty_home: Home) -> None:
    path = put(empty_home, "magelang/2026/a.xlsx", "first")
    first = received(empty_home)["magelang/2026/a.xlsx"]
    assert first.file_sha256 == hashlib.sha256(b"first").hexdigest()
    kept = empty_home.archive / first.file_sha256[:2] / first.file_sha256 / "content"
    stamp = kept.stat().st_mtime_ns
    path.write_bytes(b"second")
    received(empty_home, today=SECOND)
    assert (kept.read_bytes(), kept.stat().st_mtime_ns) == (b"first", stamp)
    assert {receipt.file_sha256 for receipt in archived(empty_home)} > {first.file_sha256}


def test_the_same_bytes_are_received_once(empty_home: Home, tmp_path: Path) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "same")
    put(empty_home, "magelang/2026/z.xlsx", "same")
    (tmp_path / "b.xlsx").write_bytes(b"same")
    assert list(received(empty_home, tmp_path / "b.xlsx")) == ["magelang/2026/a.xlsx"]
    assert len(archived(empty_home)) == 1


def test_the_day_of_the_first_sight_stays(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "a")
    received(empty_home, today=FIRST)
    assert received(empty_home, today=SECOND)["magelang/2026/a.xlsx"].received_date == FIRST


def test_the_order_of_arrival_is_kept(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/b.xlsx", "b")
    put(empty_home, "magelang/2026/c.xlsx", "c")
    received(empty_home)
    put(empty_home, "magelang/2026/a.xlsx", "a")
    arrivals = {name[-6]: receipt.arrival for name, receipt in received(empty_home).items()}
    assert arrivals == {"b": 0, "c": 1, "a": 2}
    assert sorted(receipt.arrival for receipt in archived(empty_home)) == [0, 1, 2]


def test_a_file_that_left_the_inbox_still_counts(empty_home: Home) -> None:
    path = put(empty_home, "magelang/2026/a.xlsx", "a")
    received(empty_home)
    path.unlink()
    assert received(empty_home) == {}
    assert [receipt.file_name for receipt in archived(empty_home)] == ["magelang/2026/a.xlsx"]


def test_a_receipt_that_is_mended_later_replaces_the_one_that_was_kept(empty_home: Home) -> None:
    put(empty_home, "lama/a.xlsx", "a")
    assert received(empty_home)["lama/a.xlsx"].problem
    put(empty_home, "lama/receipt.toml", "city = 'magelang'\nedition = 2026")
    received(empty_home)
    (kept,) = archived(empty_home)
    assert (kept.region_code, kept.problem) == ("33.71", "")


def test_a_path_that_does_not_exist_is_told(empty_home: Home, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="There is no file"):
        received(empty_home, tmp_path / "nothing.xlsx")


def test_what_may_not_be_looked_at_is_told_and_the_others_go_on(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_home, "bengkulu/2026/satu.csv", "1")
    put(empty_home, "magelang/2026/dua.csv", "2")
    looked = Path.lstat

    def refused(path: Path) -> os.stat_result:
        # As in a folder that may be listed and not entered.
        if path.name == "satu.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return looked(path)

    monkeypatch.setattr(Path, "lstat", refused)
    unread: list[Unread] = []
    received = list(receive(empty_home, [Source(empty_home.inbox)], FIRST, unread))
    assert [receipt.file_name for receipt in received] == ["magelang/2026/dua.csv"]
    assert unread == [Unread("bengkulu/2026/satu.csv", "Permission denied")]
    assert len(inbox_hashes(empty_home)) == 1


def test_a_copy_in_another_citys_folder_is_told_and_the_first_place_stands(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "same")
    received(empty_home)
    copy = put(empty_home, "bengkulu/2026/a.xlsx", "same")
    for _ in range(2):
        unread: list[Unread] = []
        (receipt,) = receive(empty_home, [Source(empty_home.inbox)], SECOND, unread)
        assert (receipt.file_name, receipt.received_date) == ("magelang/2026/a.xlsx", FIRST)
        (told,) = unread
        assert (told.file_name, told.rule) == ("bengkulu/2026/a.xlsx", "same_file_elsewhere")
        assert told.detail == {
            "first": "magelang/2026/a.xlsx",
            "counts_for": "Kota Magelang 2026",
            "here": "Kota Bengkulu 2026",
        }
    (empty_home.inbox / "magelang/2026/a.xlsx").unlink()
    moved = received(empty_home)[copy.relative_to(empty_home.inbox).as_posix()]
    assert (moved.place, moved.arrival) == (("17.71", 2026), 0)


def test_a_copy_that_its_side_file_leaves_out_is_not_told(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", "same")
    put(empty_home, "magelang/2025/a.xlsx", "same")
    put(empty_home, "magelang/2025/receipt.toml", "[[file]]\nname = 'a.xlsx'\nignore = true")
    unread: list[Unread] = []
    (receipt,) = receive(empty_home, [Source(empty_home.inbox)], FIRST, unread)
    assert (receipt.place, unread) == (("33.71", 2026), [])


def test_a_file_of_the_command_line_is_not_taken_from_its_city_by_another_load(
    empty_home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"a")
    first = received(empty_home, path, stated=Statement("magelang", 2026))["a.xlsx"]
    assert received(empty_home, path, stated=Statement("bengkulu", 2026)) == {}
    put(empty_home, "bengkulu/2026/b.xlsx", "a")
    assert received(empty_home) == {}
    keep_receipt(empty_home, replace(first, undone_on="2026-07-02"))
    freed = received(empty_home)["bengkulu/2026/b.xlsx"]
    assert freed.counts and freed.place == ("17.71", 2026)


def test_a_file_that_is_put_back_has_arrived_anew(empty_home: Home) -> None:
    for content, today in (("first", FIRST), ("corrected", FIRST), ("first", SECOND), ("first", SECOND)):
        put(empty_home, "magelang/2026/a.xlsx", content)
        receipt = received(empty_home, today=today)["magelang/2026/a.xlsx"]
    assert (receipt.arrival, receipt.received_date) == (2, SECOND)
    assert sorted(one.arrival for one in archived(empty_home)) == [1, 2]
