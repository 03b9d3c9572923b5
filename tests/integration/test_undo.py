"""`iga undo`: the last received file is taken back, stays so, and comes back when asked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from etl.receipt import Receipt, archived, keep_receipt
from iga.errors import MendableError
from tests.city_files import innovation, load, portal_list, put
from tests.conftest import Ran
from warehouse.home import Home
from warehouse.keeping.archive import ArchiveDamaged
from warehouse.snapshot import current_snapshot_id
from workbench.command import app, tell

Iga = Callable[..., Ran]


@pytest.fixture
def iga(monkeypatch: pytest.MonkeyPatch) -> Iga:
    """The `iga` command in this process."""
    monkeypatch.setenv("IGA_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, home: Path) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with monkeypatch.context() as own, redirect_stdout(out), redirect_stderr(err):
            own.setenv("IGA_HOME", str(home))
            try:
                typer.main.get_command(app)(list(arguments), standalone_mode=False)
            except MendableError as error:
                code = int(tell(error))
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def loaded(empty_home: Home) -> tuple[Home, list[str | None]]:
    """A home into which three files came one after the other, and the snapshot after each."""
    ids: list[str | None] = []
    for name, title in {"z": "Satu", "m": "Dua", "a": "Tiga"}.items():
        put(empty_home, f"bengkulu/2026/{name}.xlsx", portal_list(innovation(title)))
        ids.append(load(empty_home).snapshot_id)
    assert len(set(ids)) == 3
    return empty_home, ids


def test_the_last_file_is_taken_back_and_stays_so_while_it_lies_in_the_inbox(
    iga: Iga, loaded: tuple[Home, list[str | None]]
) -> None:
    home, ids = loaded
    ran = iga("undo", "--yes", home=home.root)
    assert ran.exit_code == 0 and "bengkulu/2026/a.xlsx" in ran.err and "Bengkulu" in ran.err
    assert current_snapshot_id(home) == ids[1]
    for _ in range(2):
        assert load(home).snapshot_id == ids[1]
    shown = iga("status", "--files", "--format", "json", home=home.root)
    uses = {row["file_name"]: row["use"] for row in json.loads(shown.out)}
    assert uses["bengkulu/2026/a.xlsx"] == "taken_back" != uses["bengkulu/2026/m.xlsx"]
    assert "Dibatalkan" in iga("status", "--files", "--lang", "id", home=home.root).out
    assert iga("undo", "--back", "--yes", home=home.root).exit_code == 0
    assert current_snapshot_id(home) == ids[2] == load(home).snapshot_id
    assert "undone_on" not in "".join(path.read_text() for path in home.archive.glob("*/*/receipt.json"))


def test_undone_again_it_is_the_one_before_until_none_is_left(iga: Iga, loaded: tuple[Home, list[str | None]]) -> None:
    home, ids = loaded
    for before in (ids[1], ids[0]):
        iga("undo", "--yes", home=home.root)
        assert current_snapshot_id(home) == before
    assert iga("undo", "--yes", home=home.root).exit_code == 0
    ran = iga("undo", "--yes", home=home.root)
    assert ran.exit_code == 3 and "iga undo --back" in ran.err
    for again in ids:
        iga("undo", "--back", "--yes", home=home.root)
        assert current_snapshot_id(home) == again
    assert iga("undo", "--back", "--yes", home=home.root).exit_code == 3


def test_a_file_is_named_and_an_unknown_one_is_refused_with_those_that_there_are(
    iga: Iga, loaded: tuple[Home, list[str | None]]
) -> None:
    home, ids = loaded
    assert iga("undo", "--yes", "--file", "z.xlsx", home=home.root).exit_code == 0
    assert [one.file_name for one in archived(home) if not one.counts] == ["bengkulu/2026/z.xlsx"]
    ran = iga("undo", "--yes", "--file", "q.xlsx", home=home.root)
    assert ran.exit_code == 3 and "bengkulu/2026/m.xlsx" in ran.err.replace("\n", "")
    assert iga("undo", "--back", "--yes", "--file", "bengkulu/2026/z.xlsx", home=home.root).exit_code == 0
    assert current_snapshot_id(home) == ids[2]


def test_it_asks_and_refuses_where_nobody_can_answer(
    iga: Iga, loaded: tuple[Home, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, ids = loaded
    ran = iga("undo", home=home.root)
    assert ran.exit_code == 2 and "--yes" in ran.err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("\n"))
    assert iga("undo", home=home.root).exit_code == 0 and current_snapshot_id(home) == ids[2]
    monkeypatch.setattr("sys.stdin", Terminal("ya\n"))
    assert iga("undo", home=home.root).exit_code == 0 and current_snapshot_id(home) == ids[1]


def test_a_damaged_receipt_of_an_undone_file_is_told_and_does_not_count_again(
    iga: Iga, loaded: tuple[Home, list[str | None]]
) -> None:
    home, ids = loaded
    iga("undo", "--yes", home=home.root)
    path = next(each for each in home.archive.glob("*/*/receipt.json") if "undone_on" in each.read_text())
    path.write_text(path.read_text().replace("a.xlsx", "b.xlsx"))
    with pytest.raises(ArchiveDamaged):
        load(home)
    assert current_snapshot_id(home) == ids[1]


def test_a_receipt_says_nothing_of_undoing_unless_it_was_undone(empty_home: Home) -> None:
    receipt = Receipt("ab" * 32, "a.xlsx", "1771", 2026, None)
    assert "undone_on" not in receipt.facts() and Receipt.from_json(receipt.as_json()) == receipt
    undone = replace(receipt, undone_on="2026-08-10T08:00:00.000000+00:00")
    keep_receipt(empty_home, undone)
    kept = Path(empty_home.archive / "ab" / ("ab" * 32) / "receipt.json").read_text(encoding="utf-8")
    assert Receipt.from_json(kept) == undone and undone.facts()["undone_on"] and not undone.counts


def test_a_try_leaves_an_undone_file_out_too(iga: Iga, loaded: tuple[Home, list[str | None]]) -> None:
    home, _ = loaded
    iga("undo", "--yes", home=home.root)
    ran = iga("ingest", "--dry-run", home=home.root)
    assert ran.exit_code == 0 and "2 files" in ran.err
