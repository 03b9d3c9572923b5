"""From files to a snapshot: every row accounted for, every defect found, nothing parsed twice or half published."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path

import filelock
import lxml.html
import openpyxl
import polars as pl
import pytest

from analysis import open_snapshot
from etl.publish import ingest
from tests.city_files import exported, html_export, innovation, load, portal_list, put, workbook
from tests.conftest import EXAMPLES, ROOT, TODAY, Ran
from warehouse import Snapshot, list_snapshots
from warehouse.errors import HomeLocked
from warehouse.home import Home
from warehouse.snapshot import current_snapshot_id
from workbench.commands.status import status

INBOX = EXAMPLES / "inbox"
SCORE_HEADERS = ("Kematangan", "Estimasi Skor Kematangan")

Command = Callable[..., Ran]


def listed(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def independent_cells(path: str) -> dict[str, list[list[str]]]:
    """Sheet -> rows of text, read without any code of the workbench: openpyxl for workbooks, lxml for HTML."""
    file = INBOX / path
    if file.suffix == ".xls":
        tables = lxml.html.document_fromstring(file.read_bytes()).xpath("//table")
        return {
            f"table {number}": [[cell.text_content().strip() for cell in row] for row in table.xpath(".//tr")]
            for number, table in enumerate(tables, start=1)
        }
    book = openpyxl.load_workbook(io.BytesIO(file.read_bytes()), data_only=True)
    return {
        sheet.title: [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def filled(path: str) -> list[tuple[str, int]]:
    """(sheet, row number) of every row with a non-empty cell, counted independently."""
    return [
        (sheet, number)
        for sheet, rows in independent_cells(path).items()
        for number, row in enumerate(rows, start=1)
        if any(cell.strip() for cell in row)
    ]


# --- the example inbox -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", listed("expected_counts.csv"), ids=lambda row: row["path"])
def test_outcomes_per_file_are_those_of_the_reviewed_list(example: Snapshot, expected: dict[str, str]) -> None:
    query = """select row_count, accepted_count, merged_count, quarantined_count, structural_count, status
               from receipt where file_name = ?"""
    names = ("non_empty_rows", "accepted", "merged", "quarantined", "structural")
    assert example.sql(query, [expected["path"]]).row(0) == (*(int(expected[name]) for name in names), "read")


def test_no_other_file_was_received(example: Snapshot) -> None:
    names = example.sql("select file_name from receipt").to_series().to_list()
    assert sorted(names) == sorted(row["path"] for row in listed("expected_counts.csv"))


@pytest.mark.parametrize("path", [row["path"] for row in listed("expected_counts.csv")])
def test_every_non_empty_row_of_a_file_is_a_source_row(example: Snapshot, path: str) -> None:
    query = "select sheet, row_number from source_row join receipt using (file_sha256) where file_name = ?"
    assert sorted(example.sql(query, [path]).rows()) == sorted(filled(path))


def test_the_original_of_a_row_is_what_the_file_says(example: Snapshot) -> None:
    query = "select sheet, row_number, original from source_row join receipt using (file_sha256) where file_name = ?"
    for path in ("bengkulu/2026/ekspor-2026-08-09.xls", "magelang/2026/daftar-inovasi-2026.xlsx"):
        for sheet, number, original in example.sql(query, [path]).rows():
            said = [" ".join(cell.split()) for cell in independent_cells(path)[sheet][number - 1]]
            kept = [" ".join(cell.split()) for cell in json.loads(original)]
            assert [cell for cell in kept if cell] == [cell for cell in said if cell]


def test_every_injected_defect_is_found_in_its_cell_under_its_rule_and_nothing_else_is(example: Snapshot) -> None:
    found = example.sql("""
        select file_name, sheet, row_number, coalesce(column_name, '') as column_name, coalesce(original_text, ''), rule
        from quarantine join receipt using (file_sha256)
    """).rows()
    # A repeated row is told by its key, where the list of defects names no cell.
    found = [(*row[:3], "", "", row[5]) if row[5] == "duplicate_row" else row for row in found]
    expected = [
        (row["path"], row["sheet"], int(row["row_number"]), row["column"], row["original_text"], row["rule"])
        for row in listed("injected_defects.csv")
    ]
    assert sorted(found) == sorted(expected)


def test_a_repeated_row_is_merged_into_the_row_that_it_repeats(example: Snapshot) -> None:
    merged = example.sql("""
        select file_name, merged.row_number, merged.original, target.row_number as target, target.original as first
        from source_row as merged
        join source_row as target on target.source_id = merged.merged_into
        join receipt on receipt.file_sha256 = merged.file_sha256
        where merged.outcome = 'merged'
    """)
    repeats = [row for row in listed("injected_defects.csv") if row["rule"] == "duplicate_row"]
    expected = {(row["path"], int(row["row_number"])) for row in repeats}
    assert set(merged.select("file_name", "row_number").rows()) == expected
    for row in merged.rows(named=True):
        assert row["target"] < row["row_number"]
        cells = zip(json.loads(row["original"]), json.loads(row["first"]), strict=True)
        differing = sum(one != other for one, other in cells)
        assert differing <= 1, "only the running number may differ"


def test_every_rejection_tells_in_words_what_to_do(example: Snapshot) -> None:
    told = example.sql("select message, fix, original_text from quarantine")
    assert told.height == len(listed("injected_defects.csv"))
    assert not told.filter((pl.col("message").str.len_chars() < 8) | (pl.col("fix").str.len_chars() < 8)).height
    assert not told.filter(pl.col("message").str.contains("{", literal=True)).height


def stated_scores(path: str) -> Counter[Decimal]:
    """The maturities that a file states, read independently; those of defect rows are left out."""
    defects = {
        int(row["row_number"])
        for row in listed("injected_defects.csv")
        if row["path"] == path and row["rule"] not in ("date_invalid", "affair_unknown", "points_not_multiple")
    }
    ((_, rows),) = independent_cells(path).items()
    header = next(number for number, row in enumerate(rows, start=1) if set(SCORE_HEADERS) & set(row))
    column = next(place for place, text in enumerate(rows[header - 1]) if text in SCORE_HEADERS)
    return Counter(
        Decimal(row[column].replace(",", "."))
        for number, row in enumerate(rows[header:], start=header + 1)
        if number not in defects and any(cell.strip() for cell in row)
    )


LISTS = [
    row["path"]
    for row in listed("expected_counts.csv")
    if Path(row["path"]).name.startswith(("ekspor", "daftar-i", "rekap"))
]


@pytest.mark.parametrize("path", LISTS)
def test_the_scores_in_the_snapshot_are_those_that_the_file_states(example: Snapshot, path: str) -> None:
    query = "select claimed_score from observation join receipt using (file_sha256) where file_name = ?"
    assert Counter(example.sql(query, [path]).to_series()) == stated_scores(path)


def test_the_season_of_a_running_city_is_its_last_export(example: Snapshot) -> None:
    query = "select sum(claimed_score), count(*) from submission where region_code = '17.71' and edition = 2026"
    last = stated_scores("bengkulu/2026/ekspor-2026-08-09.xls")
    assert example.sql(query).row(0) == (sum(last.elements()), last.total())


def test_the_control_sheet_gives_every_innovation_its_levels(example: Snapshot) -> None:
    answers = example.sql("""
        select indicator_number, sum(level) as levels, count(*) filter (is_complete) as documents
        from answer join submission using (submission_id)
        where region_code = '17.71' and edition = 2026 and level is not null
        group by all order by all
    """)
    ((_, rows),) = independent_cells("bengkulu/2026/lembar-kendali.xlsx").items()
    header = next(row for row in rows if "Nomor" in row)
    body = rows[rows.index(header) + 1 :]
    for number, levels, documents in answers.iter_rows():
        level = next(place for place, text in enumerate(header) if text.startswith(f"{number}. "))
        document = header.index(f"Dok. {number}")
        assert levels == sum(int(row[level]) for row in body if row[level])
        assert documents == sum(row[document].casefold() in ("ya", "ada") for row in body)
    assert answers.height == 20


def test_everything_of_the_example_is_marked_as_simulated(example: Snapshot) -> None:
    for table in ("receipt", "observation", "submission", "region_index", "unit", "innovation", "region_answer"):
        assert example.sql(f"select bool_and(is_simulated), count(*) > 0 from {table}").row(0) == (True, True), table


# --- running again -----------------------------------------------------------------------------------------------


def fingerprint(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_second_run_parses_nothing_and_publishes_nothing_new(empty_home: Home) -> None:
    shutil.copytree(INBOX / "magelang", empty_home.inbox / "magelang")
    first = ingest(empty_home, today=TODAY)
    assert (first.is_new, first.parsed_count) == (True, first.receipts.height)
    before = fingerprint(empty_home.root)
    second = ingest(empty_home, today=TODAY.replace(year=2027))
    assert (second.is_new, second.parsed_count, second.snapshot_id) == (False, 0, first.snapshot_id)
    assert fingerprint(empty_home.root) == before


def test_the_same_inputs_give_the_same_snapshot_id_in_another_home(tmp_path: Path) -> None:
    ids = []
    for name, days in (("one", 10), ("two", 11)):
        home = Home.at(tmp_path / name)
        shutil.copytree(INBOX / "magelang" / "2026", home.inbox / "magelang" / "2026")
        ids.append(ingest(home, today=TODAY.replace(day=days)).snapshot_id)
    assert ids[0] == ids[1]


def test_a_changed_file_publishes_a_new_snapshot_and_the_old_one_stays(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 50)))
    first = load(empty_home)
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 60)))
    second = load(empty_home, today=TODAY.replace(day=11))
    assert (second.is_new, second.parsed_count) == (True, 1)
    for result, score in ((first, 50), (second, 60)):
        with open_snapshot(result.snapshot_id, empty_home.root) as snapshot:
            assert snapshot.sql("select claimed_score from submission").item() == score
    assert current_snapshot_id(empty_home) == second.snapshot_id


@pytest.mark.parametrize("score", [60, 61, 62])
def test_an_export_that_is_replaced_on_the_same_day_counts_as_replaced(empty_home: Home, score: int) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 50)))
    load(empty_home)
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", score)))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql("select claimed_score from submission").item() == score


def test_a_mended_side_file_publishes_a_new_snapshot_without_parsing_again(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu")))
    first = load(empty_home)
    put(empty_home, "magelang/2026/receipt.toml", "simulated = true")
    second = load(empty_home)
    assert second.snapshot_id != first.snapshot_id
    assert (second.is_new, second.parsed_count) == (True, 0)


def test_trying_keeps_and_publishes_nothing(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu")))
    before = fingerprint(empty_home.root)
    tried = ingest(empty_home, today=TODAY, dry_run=True)
    assert tried.receipts["accepted_count"].to_list() == [1]
    assert {name for name in fingerprint(empty_home.root) if name != "load.lock"} == set(before)


def test_an_empty_home_loads(empty_home: Home) -> None:
    result = load(empty_home)
    assert (result.is_new, result.receipts.height) == (True, 0)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql("select count(*) from region_index").item() == 0
        assert snapshot.sql("select count(*) > 500 from region").item()


@pytest.mark.parametrize(
    "content",
    [
        workbook([["Kode", "Indikator", "Level", "Skor", "Nilai Data"], ["TOTAL", "Skor", None, "50,00", None]]),
        workbook([["Kode Unit", "Nama Unit", "Jenis", "Unit Induk"], ["D1", "Dinas", "OPD", None]]),
        portal_list(),
    ],
    ids=["SPD only", "register only", "header only"],
)
def test_a_city_without_innovations_loads(empty_home: Home, content: bytes) -> None:
    put(empty_home, "magelang/2026/a.xlsx", content)
    assert load(empty_home).held.is_empty()


# --- files that are no good --------------------------------------------------------------------------------------

ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)

HELD = {
    "unknown.xlsx": (workbook([["Notulen rapat"], ["Hadir: 12 orang"]]), "layout_unknown"),
    "corrupt.xlsx": (portal_list(innovation("Satu"))[:-300], "unreadable"),
    "encrypted.xlsx": (ENCRYPTED, "unreadable"),
    "empty.xlsx": (b"", "unreadable"),
    "laporan.pdf": (b"%PDF-1.7 ...", "unreadable"),
    "foto.jpg": (b"\xff\xd8\xff\xe0" + bytes(100), "unreadable"),
    "login.xls": (b"<html><body>Sesi habis, silakan masuk kembali</body></html>", "unreadable"),
    "short.xls": (html_export(exported("1", "Satu"), total=2), "stated_total_differs"),
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, iga: Command) -> tuple[Home, Ran]:
    """A home with one good file, every kind of bad one, an edition without a rulebook and a bad side file, loaded."""
    home = Home.at(tmp_path_factory.mktemp("mixed"))
    for name, (content, _) in HELD.items():
        put(home, f"magelang/2026/{name}", content)
    put(home, "magelang/2026/baik.xlsx", portal_list(innovation("Satu"), innovation("Dua")))
    put(home, "magelang/2018/lama.xlsx", portal_list(innovation("Lama", 150), innovation("Usang", 40)))
    put(home, "bengkulu/2026/a.xlsx", portal_list(innovation("Tiga")))
    put(home, "bengkulu/2026/receipt.toml", "city = [")
    put(home, "tanpa-kota.xlsx", portal_list(innovation("Empat")))
    return home, iga("ingest", home=home.root, timeout=120)


def test_bad_files_are_held_and_the_rest_goes_on(mixed: tuple[Home, Ran]) -> None:
    home, ran = mixed
    assert ran.exit_code == 5, ran.err
    with open_snapshot(home=home.root) as snapshot:
        held = dict(snapshot.sql("select file_name, held_rule from receipt where status = 'held'").rows())
        read = dict(snapshot.sql("select file_name, accepted_count from receipt where status = 'read'").rows())
    expected = {f"magelang/2026/{name}": rule for name, (_, rule) in HELD.items()}
    assert held == {**expected, "bengkulu/2026/a.xlsx": "place_unknown", "tanpa-kota.xlsx": "place_unknown"}
    assert read == {"magelang/2026/baik.xlsx": 2, "magelang/2018/lama.xlsx": 2}


def test_every_held_file_is_told_with_its_reason_and_no_traceback(mixed: tuple[Home, Ran]) -> None:
    home, ran = mixed
    assert "Traceback" not in ran.err + ran.out
    told = " ".join(ran.err.split())
    for name in (*HELD, "bengkulu/2026/a.xlsx", "tanpa-kota.xlsx"):
        assert name in told
    with open_snapshot(home=home.root) as snapshot:
        for name, reason in snapshot.sql("select file_name, held_reason from receipt where status = 'held'").rows():
            assert reason, name
            assert "None" not in reason
        assert (
            "receipt.toml"
            in snapshot.sql("select held_reason from receipt where file_name = 'bengkulu/2026/a.xlsx'").item()
        )


def test_the_rows_of_a_held_file_are_kept_in_quarantine(mixed: tuple[Home, Ran]) -> None:
    with open_snapshot(home=mixed[0].root) as snapshot:
        rows = snapshot.sql("""
            select file_name, row_count, quarantined_count, scope
            from receipt join quarantine using (file_sha256) where status = 'held' order by file_name
        """)
    assert set(rows["scope"]) == {"file"}
    assert (rows["row_count"] == rows["quarantined_count"]).all()
    counts = dict(rows.select("file_name", "row_count").rows())
    assert (counts["magelang/2026/unknown.xlsx"], counts["tanpa-kota.xlsx"], counts["magelang/2026/empty.xlsx"]) == (
        2,
        2,
        0,
    )


def test_an_edition_without_a_rulebook_keeps_its_rows_has_no_index_and_is_told(mixed: tuple[Home, Ran]) -> None:
    home, ran = mixed
    assert "2018" in ran.err
    assert "no rulebook" in ran.err
    with open_snapshot(home=home.root) as snapshot:
        scores = snapshot.sql(
            "select title, claimed_score, max_score from submission where edition = 2018 order by title"
        )
        assert scores.rows() == [("Lama", Decimal(150), None), ("Usang", Decimal(40), None)]
        assert snapshot.sql("select count(*) from region_index where edition = 2018").item() == 0
        assert snapshot.sql("select count(*) > 0 from region_index where edition = 2026").item()


def test_a_mended_file_is_read_at_the_next_load(mixed: tuple[Home, Ran], iga: Command, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "copy")
    shutil.copytree(mixed[0].root, home.root)
    put(home, "bengkulu/2026/receipt.toml", "simulated = false")
    result = load(home)
    assert "bengkulu/2026/a.xlsx" not in result.held["file_name"]
    assert result.parsed_count == 1


def test_formulas_and_markup_in_titles_stay_text(empty_home: Home) -> None:
    titles = ['=HYPERLINK("http://example.org","klik")', "<script>alert(1)</script>", "=1+1", "@SUM(A1)", "{{ 7*7 }}"]
    put(empty_home, "magelang/2026/a.xlsx", portal_list(*(innovation(title) for title in titles[1:])))
    put(empty_home, "bengkulu/2026/a.xls", html_export(*(exported(str(n), title) for n, title in enumerate(titles))))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        for region, sent in (("17.71", titles), ("33.71", titles[1:])):
            kept = snapshot.sql("select title from submission where region_code = ?", [region]).to_series().to_list()
            assert sorted(kept) == sorted(sent)


def test_a_mistyped_spd_total_does_not_stop_the_other_cities(empty_home: Home) -> None:
    header = ["Kode", "Indikator", "Level", "Skor", "Nilai Data"]
    put(empty_home, "magelang/2026/spd.xlsx", workbook([header, ["TOTAL", "Skor", None, "630,00", None]]))
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu")))
    put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu")))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        index = dict(snapshot.sql("select region_code, coverage from region_index where rulebook = '2026'").rows())
    assert set(index) == {"17.71", "33.71"}
    assert "spd_out_of_range" in index["33.71"]


def test_a_path_with_its_city_stated_is_loaded_beside_the_inbox(empty_home: Home, iga: Command, tmp_path: Path) -> None:
    (tmp_path / "kiriman.xlsx").write_bytes(portal_list(innovation("Satu")))
    options = ("--city", "Kota Magelang", "--edition", "2026", "--received", "2026-07-01", "--format", "json")
    ran = iga("ingest", str(tmp_path / "kiriman.xlsx"), *options, home=empty_home.root)
    assert ran.exit_code == 0, ran.err
    (row,) = json.loads(ran.out)
    assert (row["city"], row["edition"], row["accepted_count"]) == ("Kota Magelang", 2026, 1)


# --- two at once, cut off, read meanwhile ------------------------------------------------------------------------


def test_a_second_load_at_the_same_time_is_told_to_wait(empty_home: Home, iga: Command) -> None:
    with filelock.FileLock(empty_home.lock):
        ran = iga("ingest", home=empty_home.root)
        assert ran.exit_code == 9
        assert "Another load is running" in ran.err
        assert "Traceback" not in ran.err
    load(empty_home)


def test_two_loads_in_two_processes_do_not_mix(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu")))

    def at_once(step: str, done: int, total: int) -> None:
        if step == "resolve":
            with pytest.raises(HomeLocked):
                ingest(empty_home, today=TODAY)

    assert ingest(empty_home, today=TODAY, progress=at_once).is_new


KILLED_AT = """
import os, signal, sys
from datetime import date
from etl import lake, publish, receipt
from warehouse import build
from warehouse.home import Home

steps = {
    "keep": (receipt, "_keep"),
    "store": (lake, "_store"),
    "insert": (build, "_insert"),
    "point": (publish, "point_to"),
}
setattr(*steps[sys.argv[2]], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
publish.ingest(Home.at(sys.argv[1]), today=date(2026, 8, 10))
"""

LOADING = """
import sys
from datetime import date
from etl.publish import ingest
from warehouse.home import Home

print("ready", flush=True)
ingest(Home.at(sys.argv[1]), today=date(2026, 8, 10))
"""


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which one innovation with a score of 50 has been loaded."""
    home = Home.at(tmp_path_factory.mktemp("loaded"))
    home.create()
    put(home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 50)))
    load(home)
    return home


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("point", ["keep", "store", "insert", "point"])
def test_a_load_that_is_killed_leaves_the_old_snapshot_and_the_next_one_is_clean(
    empty_home: Home, loaded_once: Home, point: str
) -> None:
    shutil.copytree(loaded_once.root, empty_home.root, dirs_exist_ok=True)
    old = current_snapshot_id(empty_home)
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 60)))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(empty_home.root), point], cwd=ROOT, capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert current_snapshot_id(empty_home) == old
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.sql("select claimed_score from submission").item() == 50
    result = load(empty_home)
    with open_snapshot(home=empty_home.root) as snapshot:
        assert snapshot.snapshot_id == result.snapshot_id != old
        assert snapshot.sql("select claimed_score from submission").item() == 60
    names = [path.name for path in empty_home.snapshots.iterdir()]
    assert sorted(names) == sorted([f"{old}.duckdb", f"{result.snapshot_id}.duckdb"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_load_that_is_killed_at_any_moment_can_be_repeated(empty_home: Home, tmp_path: Path) -> None:
    shutil.copytree(INBOX / "magelang", empty_home.inbox / "magelang")
    for delay in (0.05, 0.4):
        with subprocess.Popen(
            [sys.executable, "-c", LOADING, str(empty_home.root)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                process.wait(timeout=delay)
            except subprocess.TimeoutExpired:
                process.kill()
    result = ingest(empty_home, today=TODAY)
    expected = Home.at(tmp_path / "undisturbed")
    shutil.copytree(INBOX / "magelang", expected.inbox / "magelang")
    assert ingest(expected, today=TODAY).snapshot_id == result.snapshot_id
    with open_snapshot(home=empty_home.root) as one, open_snapshot(home=expected.root) as other:
        for table in ("receipt", "source_row", "submission", "answer", "region_index"):
            query = f"select * from {table} order by all"
            assert one.sql(query).equals(other.sql(query)), table


def test_a_reader_keeps_its_snapshot_while_another_is_published(empty_home: Home) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu", 50)))
    load(empty_home)
    with open_snapshot(home=empty_home.root) as reader:
        put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Satu", 60)))
        load(empty_home, today=TODAY.replace(day=12))
        assert reader.sql("select claimed_score from submission").item() == 50
        with open_snapshot(home=empty_home.root) as later:
            assert later.sql("select claimed_score from submission").item() == 60
            assert reader.sql("select count(*) from receipt").item() == 1
    assert list_snapshots(empty_home.root).height == 2


def test_two_full_exports_of_one_day_are_told_of_as_long_as_they_stand(
    empty_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    put(empty_home, "magelang/2026/a.xlsx", portal_list(innovation("Satu"), innovation("Dua")))
    put(empty_home, "magelang/2026/b.xlsx", portal_list(innovation("Tiga"), innovation("Satu")))
    first, again = load(empty_home), load(empty_home)
    assert (first.is_new, again.is_new) == (True, False)
    told = [("magelang/2026/b.xlsx", "magelang/2026/a.xlsx", 1, True)]
    for result in (first, again):
        assert result.withdrawals.select("file_name", "from_file", "count", "is_same_day").rows() == told
    status(home=empty_home.root, lang="en")
    assert "b.xlsx withdraws 1 innovation(s) of magelang/2026/a.xlsx" in " ".join(capsys.readouterr().out.split())
    parts = '[[file]]\nname = "a.xlsx"\ncoverage = "partial"\n[[file]]\nname = "b.xlsx"\ncoverage = "partial"\n'
    put(empty_home, "magelang/2026/receipt.toml", parts)
    for result in (load(empty_home), load(empty_home)):
        assert result.withdrawals.is_empty()
