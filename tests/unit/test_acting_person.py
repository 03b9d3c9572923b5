"""Who did something stands where it was done: receipts, undoing, the lock, answers; and names no snapshot."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from etl.receipt import Receipt, Source, archived, receive
from warehouse.errors import HomeLocked
from warehouse.home import PERSON, Home, acting_person
from warehouse.keeping.answers_log import ANSWERS_LOG, log_answer
from warehouse.keeping.personal_log import PERSONAL_LOG, log_opened
from warehouse.lock import held_by_this_process, holder_of

RECEIPT = Receipt("ab" * 32, "a.xlsx", "17.71", 2026, date(2026, 8, 1))


def test_without_an_office_nobody_is_named(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PERSON, raising=False)
    assert acting_person() is None
    assert "_by" not in RECEIPT.as_json()
    with held_by_this_process(empty_home, "iga ingest"):
        assert "person" not in holder_of(empty_home)


@pytest.mark.parametrize(
    ("told", "name"), [("sri", "sri"), (" Sri\x1b[31m\n", "Sri[31m"), ("", None), ("x" * 500, "x" * 120)]
)
def test_a_name_is_one_short_line(monkeypatch: pytest.MonkeyPatch, told: str, name: str | None) -> None:
    monkeypatch.setenv(PERSON, told)
    assert acting_person() == name


def test_a_receipt_bears_who_laid_it_down_and_its_facts_do_not(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_home.create()
    folder = empty_home.inbox / "bengkulu" / "2026"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a", encoding="utf-8")
    monkeypatch.setenv(PERSON, "sri")
    (first,) = receive(empty_home, [Source(empty_home.inbox)], date(2026, 8, 1))
    assert first.received_by == "sri"
    monkeypatch.setenv(PERSON, "budi")
    (second,) = receive(empty_home, [Source(empty_home.inbox)], date(2026, 8, 2))
    assert second.received_by == "sri", "who loads it again has not sent it"
    (kept,) = archived(empty_home)
    assert kept == second
    assert kept.facts() == replace(kept, received_by=None, undone_by=None).facts(), "no snapshot is named by a person"


def test_a_receipt_keeps_its_people(monkeypatch: pytest.MonkeyPatch) -> None:
    undone = replace(RECEIPT, received_by="sri", undone_on="2026-08-02T00:00:00+00:00", undone_by="budi")
    assert Receipt.from_json(undone.as_json()) == undone
    assert Receipt.from_json(RECEIPT.as_json()) == RECEIPT
    assert Receipt.of_facts(undone.facts()) == replace(undone, received_by=None, undone_by=None)


def test_the_one_who_holds_the_lock_is_named(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PERSON, "sri")
    with held_by_this_process(empty_home, "iga ingest"):
        assert holder_of(empty_home)["person"] == "sri"
        with pytest.raises(HomeLocked) as locked, held_by_this_process(empty_home, "iga ingest"):
            pass
    assert "iga ingest (sri)" in str(locked.value)


def test_answers_and_opened_names_are_recorded_with_the_person(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    monkeypatch.setenv(PERSON, "sri")
    log_answer(empty_home, "unit", "17.71 Dinkes", "17.71-01")
    log_answer(empty_home, "word", "stage penerapan", "implementation", "budi")
    log_opened(empty_home, "iga letters --names", "bengkulu", 2026, datetime(2026, 8, 1, tzinfo=UTC))

    def rows(name: str) -> list[dict[str, str]]:
        path: Path = empty_home.runs / name
        return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))

    assert [row["person"] for row in rows(ANSWERS_LOG)] == ["sri", "budi"]
    assert rows(PERSONAL_LOG)[0]["user"] == "sri"


def test_undoing_says_who_did_it(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.receipt import keep_receipt
    from workbench.commands.undo import _mark

    empty_home.create()
    keep_receipt(empty_home, RECEIPT)
    path = next(empty_home.archive.glob("*/*/receipt.json"))
    monkeypatch.setenv(PERSON, "sri")
    _mark(empty_home, RECEIPT, is_back=False)
    assert json.loads(path.read_text(encoding="utf-8"))["undone_by"] == "sri"
    _mark(empty_home, RECEIPT, is_back=True)
    assert "undone_by" not in json.loads(path.read_text(encoding="utf-8"))
