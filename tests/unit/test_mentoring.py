"""The log of mentoring: what a step is, whose move follows, which words are read; nothing of a file is lost."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from analysis.mentoring.log_file import (
    COLUMNS,
    Step,
    append_steps,
    log_path,
    move_after,
    read_log,
    rows_of,
    steps_of_rows,
    word_in,
)
from analysis.mentoring.reentry import proof_of, state_of_entry
from analysis.mentoring.rounds import _moves, _rounds, tied_steps
from iga.rules.parts import Eligibility
from warehouse.errors import DataFileInvalid
from warehouse.home import Home

DAY = date(2026, 8, 9)
SEASON = pl.DataFrame(
    [
        {
            "submission_id": f"s{number}", "innovation_id": f"i{number}", "title": title, "unit_name": unit,
            "claimed_score": None, "verified_score": None, "final_score": None, "status": None, "is_simulated": True,
            "external_ids": f"09{number}",
        }
        for number, (title, unit) in enumerate(
            [("Antar Obat", "Dinas Kesehatan"), ("Kelas Malam", "SMP 1"), ("Kelas Malam", "SMP 2")]
        )
    ],
    schema_overrides={name: pl.Decimal(12, 2) for name in ("claimed_score", "verified_score", "final_score")},
)  # fmt: skip
ANSWERS = pl.DataFrame(
    [("s0", "19", "claimed", 3, None), ("s0", "19", "verified", 1, None), ("s0", "20", "claimed", 2, None)],
    schema={
        "submission_id": pl.String, "indicator_number": pl.String, "score_kind": pl.String, "level": pl.Int64,
        "points": pl.Decimal(12, 2),
    },
    orient="row",
)  # fmt: skip


@pytest.mark.parametrize(
    ("step", "who"),
    [
        (Step(round="claimed", reason="SK belum bertanggal"), "unit"),
        (Step(round="claimed", reason="SK belum bertanggal", reply="sudah"), "mentor"),
        (Step(round="claimed", evidence="sk.pdf"), "mentor"),
        (Step(round="claimed", result="accepted", reply="sudah"), "nobody"),
        (Step(round="claimed", result="rejected"), "unit"),
        (Step(round="verified", reason="tidak sah"), "unit"),
        (Step(round="verified", reply="sah"), "bappeda"),
        (Step(round="verified", result="lowered"), "bappeda"),
        (Step(round="objection", reply="sah"), "bappeda"),
        (Step(round="objection", result="sent"), "reviewer"),
        (Step(round="objection", result="rejected"), "nobody"),
        (Step(round="objection", result="accepted"), "nobody"),
        (Step(round="final", result="lowered"), "nobody"),
        (Step(round="development", reason="minta bukti"), "unit"),
        (Step(round="development", reply="ditambah kanal"), "mentor"),
        (Step(round="", reason="putaran tidak terbaca"), "mentor"),
        (Step(round="claimed"), "nobody"),
    ],
)  # fmt: skip
def test_whose_move_follows_from_the_last_step(step: Step, who: str) -> None:
    assert move_after(step.round, step.act) == who


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("round", "Verifikasi", "verified"), ("round", "QC", "verified"), ("round", " sanggah ", "objection"),
        ("round", "apa", None), ("result", "DITERIMA", "accepted"), ("result", "Tidak Sesuai", "rejected"),
        ("column", "Tanggal", "date"), ("column", "Alasan_Penilai", "reason"), ("column", "Level Mandiri", None),
    ],
)  # fmt: skip
def test_words_of_people(kind: str, text: str, code: str | None) -> None:
    assert word_in(kind, text) == code


def steps_of_a_season(seed: int) -> list[Step]:
    draw = random.Random(seed)
    titles = [("Antar Obat", ""), ("Kelas Malam", "SMP 1"), ("Kelas Malam", "SMP 2"), ("Tidak Ada", "")]
    steps = []
    for _ in range(25):
        title, unit = draw.choice(titles)
        steps.append(
            Step(
                day=draw.choice([None, date(2026, 8, 1), date(2026, 8, 2)]), title=title, unit=unit,
                indicator=draw.choice(["", "19", "20"]), round=draw.choice(["claimed", "verified", "objection", ""]),
                level=draw.choice([None, 0, 2]), reason=draw.choice(["", "kurang"]),
                reply=draw.choice(["", "sudah; ada"]),
                evidence=draw.choice(["", 'sk "1".pdf']), by="A",
                result=draw.choice(["", "accepted", "lowered", "sent"]),
            )
        )  # fmt: skip
    return steps


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_log_does_not_matter_and_no_step_is_lost(seed: int, tmp_path: Path) -> None:
    steps = steps_of_a_season(seed)
    home, other = Home.at(tmp_path / "a"), Home.at(tmp_path / "b")
    for place in (home, other):
        place.create()
    append_steps(home, "17.71", 2026, steps)
    shuffled = random.Random(seed).sample(steps, len(steps))
    for step in shuffled:  # one by one, and in another order
        append_steps(other, "17.71", 2026, [step])
    kept, again = read_log(home, "17.71", 2026).steps, read_log(other, "17.71", 2026).steps
    assert {step.key for step in kept} == {step.key for step in again} == {step.key for step in steps}
    assert append_steps(home, "17.71", 2026, shuffled) == 0, "a sheet that is read twice says it once"
    frames = []
    for log in (kept, again):
        tied = tied_steps(log, SEASON)
        assert len(tied) == len(log)
        rounds = _rounds(SEASON, ANSWERS, tied, None)
        frames.append((rounds, _moves(tied, rounds, SEASON, None, DAY)))
    assert frames[0][0].equals(frames[1][0]) and frames[0][1].equals(frames[1][1])
    told = {(row["submission_id"] or row["title"], row["indicator_number"] or "") for row in frames[0][1].to_dicts()}
    assert {
        (row["submission_id"] if row else step.title, step.indicator) for step, row in tied_steps(kept, SEASON)
    } <= told


def test_what_people_wrote_stays_as_it_is(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.create()
    path = log_path(home, "17.71", 2026)
    path.parent.mkdir(parents=True)
    before = (
        "Catatan saya;Nama Inovasi;Tanggal;Putaran;Alasan;Oleh\r\n"
        "penting;Antar Obat;01/08/2026;mandiri;SK belum;Ani\r\n"
        ";Antar Obat;32/08/2026;kira-kira;kurang;Ani"
    ).encode("cp1252")
    path.write_bytes(before)
    log = read_log(home, "17.71", 2026)
    assert [(fault.row, fault.column, fault.text, fault.rule) for fault in log.faults] == [
        (3, "date", "32/08/2026", "date_unreadable"),
        (3, "round", "kira-kira", "word_unknown"),
    ]
    assert len(log.steps) == 2, "a cell that cannot be read costs nothing but itself"
    new = Step(day=DAY, title="Antar Obat", round="verified", reason="=1+1", by="Budi")
    assert append_steps(home, "17.71", 2026, [new]) == 1
    after = path.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].decode() == "\n;Antar Obat;2026-08-09;verified;'=1+1;Budi\r\n"
    assert read_log(home, "17.71", 2026).steps[2].reason == "=1+1"


def test_a_file_that_is_no_log_is_refused_and_untouched(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.create()
    path = log_path(home, "17.71", 2026)
    path.parent.mkdir(parents=True)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataFileInvalid):
        append_steps(home, "17.71", 2026, [Step(day=DAY, title="X", round="claimed", reason="y")])
    assert path.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_sheet_says_only_what_is_filled_in() -> None:
    text = "Nama Inovasi;Putaran;Jawaban Unit;Tanggal\nA;mandiri;;\nB;mandiri;sudah;\nC;mandiri;ada;02/08/2026\n"
    steps = steps_of_rows(rows_of(text.encode()), "x", is_sheet=True, on=DAY).steps
    assert [(step.title, step.day) for step in steps] == [("B", DAY), ("C", date(2026, 8, 2))]


def test_a_lowered_indicator_is_bappedas_until_somebody_says_something() -> None:
    rounds = _rounds(SEASON, ANSWERS, [], None)
    assert rounds.filter(state="lowered")["indicator_number"].to_list() == ["19"]
    moves = _moves([], rounds, SEASON, None, DAY).to_dicts()
    assert [(move["who"], move["indicator_number"], move["days_waiting"]) for move in moves] == [
        ("bappeda", "19", None)
    ]
    sent = Step(day=date(2026, 8, 4), title="Antar Obat", indicator="19", round="objection", result="sent")
    tied = tied_steps([sent], SEASON)
    rounds = _rounds(SEASON, ANSWERS, tied, None)
    assert rounds.filter(indicator_number="19")["has_letter"].item()
    assert [(move["who"], move["days_waiting"]) for move in _moves(tied, rounds, SEASON, None, DAY).to_dicts()] == [
        ("reviewer", 5)
    ]
    final = replace(sent, day=DAY, result="accepted", level=3)
    tied = tied_steps([final, sent], SEASON)
    rounds = _rounds(SEASON, ANSWERS, tied, None)
    assert rounds.filter(indicator_number="19").row(0, named=True)["state"] == "restored"
    assert _moves(tied, rounds, SEASON, None, DAY)["who"].to_list() == ["nobody"]


WINDOW = Eligibility(
    implementation_from=date(2024, 1, 1), implementation_to=date(2025, 12, 31), rule_id="", rule_en="", source=(),
    confidence="high",
)  # fmt: skip


@pytest.mark.parametrize(
    ("implemented", "developed", "explanation", "proof", "state"),
    [
        (date(2024, 1, 1), None, None, "not_needed", "counts"),
        (date(2025, 12, 31), None, None, "not_needed", "counts"),
        (date(2023, 12, 31), None, None, "missing", "counts_with_proof"),
        (date(2020, 1, 1), date(2023, 12, 31), "kanal baru", "too_old", "counts_with_proof"),
        (date(2020, 1, 1), date(2024, 5, 1), None, "unexplained", "counts_with_proof"),
        (date(2020, 1, 1), date(2024, 5, 1), "kanal baru", "there", "counts"),
        (None, None, None, "missing", "counts_with_proof"),
    ],
)
def test_the_proof_of_development(
    implemented: date | None, developed: date | None, explanation: str | None, proof: str, state: str
) -> None:
    assert proof_of(WINDOW, implemented, developed, explanation) == proof
    assert state_of_entry(WINDOW, [], proof) == state
    assert proof_of(None, implemented, developed, explanation) == "rules_not_known"
    assert state_of_entry(WINDOW, ["too_often"], proof) == "too_often"
    assert state_of_entry(None, [], "rules_not_known") == "rules_not_known"


def test_the_columns_of_the_log_can_be_read_back() -> None:
    assert all(word_in("column", column) == column for column in COLUMNS)
