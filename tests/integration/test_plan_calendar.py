"""The calendar backwards from the deadlines, answers to SPD as ranges, and the lists that people work through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from analysis.planning.calendar import calendar_for_people, calendar_notes, plan_calendar
from analysis.planning.first_actions import first_actions
from analysis.planning.one_plan import break_evens, season_plan
from analysis.planning.place_aimed import published_place
from analysis.planning.plan_list import plan_for_people, plan_rows, season_plan_notes
from analysis.season.frames import read_season_frames
from tests.conftest import Ran
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language

BENGKULU, MAGELANG = "17.71", "33.71"
DAY = date(2026, 8, 9)
CLOSING = date(2026, 8, 14)
INDONESIAN = Language("id")
LEAD_TIMES = "indicator_key,step,lead_days,source,confidence,note_id,note_en"


def test_every_step_has_its_latest_start_and_says_what_is_assumed(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100)
    rows = plan_calendar(plan, INDONESIAN)
    listed = plan_rows(plan, INDONESIAN)
    assert rows["document_count"].sum() == listed.filter("is_in_total").height
    known = rows.filter(pl.col("lead_days").is_not_null())
    assert [CLOSING - timedelta(days=days) for days in known["lead_days"]] == known["start_by_date"].to_list()
    assert known["start_by_date"].is_sorted() and known["is_start_assumed"].all()
    assert rows.filter("is_passed")["start_by_date"].max() < DAY  # type: ignore[operator]
    right = rows.filter(pl.col("indicator").str.starts_with("15.")).row(0, named=True)
    assert (right["who"], right["is_who_assumed"], right["lead_days"]) == ("Bappeda", True, 30)
    told = calendar_for_people(rows, INDONESIAN)
    assert "15 Juli 2026: lewat menurut perkiraan, periksa" in told["start"].to_list()
    assert "Bappeda (perkiraan)" in told["who"].to_list()
    notes = " ".join(season_plan_notes(plan, INDONESIAN))
    assert "Pemilik data yang masih perkiraan, perlu dipastikan: SPD 12 (Bappeda)" in notes
    # What somebody is asked for names no day that has passed.
    assert [action.start_by for action in first_actions(plan, 9, INDONESIAN) if action.start_by] == []


def test_a_confirmed_lead_time_drops_the_step_that_comes_too_late(example: Snapshot, empty_home: Home) -> None:
    file = empty_home.root / "targets" / "lead_times.csv"
    file.parent.mkdir(exist_ok=True)
    rows = ["video,,21,Dinas Kominfo,high,,", "intellectual_property,,2,Bagian Hukum,high,,"]
    file.write_text("\n".join([LEAD_TIMES, *rows, ""]), encoding="utf-8")
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100)
    assert not [step for step in plan.raises if step.indicator == "35"]
    right = plan_rows(plan, INDONESIAN).filter(pl.col("indicator").str.starts_with("15.")).row(0, named=True)
    assert (right["start_by_date"], right["is_start_assumed"]) == (date(2026, 8, 12), False)


def test_a_line_of_the_past_without_an_answer_is_answered_with_proof(example: Snapshot, empty_home: Home) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    line = next(group for group in frames.rulebook.spd_groups if group.key == "audit_opinion")
    is_open = (pl.col("indicator_number") == line.number) & (pl.col("score_kind") == "claimed")
    level = pl.when(is_open).then(None).otherwise("level").alias("level")
    score = pl.when(is_open).then(None).otherwise("score").alias("score")
    columns = [level, *([score] if "score" in frames.region_answers.columns else [])]
    frames = replace(frames, region_answers=frames.region_answers.with_columns(columns))
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100, frames=frames)
    rows = plan_rows(plan, INDONESIAN).filter(kind="answer_spd")
    most = line.weight_x100 * line.top_level
    row = rows.row(0, named=True)
    assert rows.height == 1 and row["action"].startswith(f"Jawab {line.number}.") and not row["is_in_total"]
    assert (row["index_gain_least"], row["who"]) == (Decimal(0), "BKAD") and row["document"]
    assert row["index_gain_most"] == round(Decimal(float(frames.terms.index(most))), 4)
    assert plan_for_people(rows, INDONESIAN)["index_gain"].item().startswith("0,00–")
    assert any(
        action.what == row["action"] and action.gain.startswith("0,00–")
        for action in first_actions(plan, 99, INDONESIAN)
    )
    lower, upper = frames.spd_x100()
    assert upper - lower == most


def test_without_levels_the_first_action_is_which_sheets_to_fill(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, MAGELANG, 2026, DAY)
    rows = plan_rows(plan, INDONESIAN)
    first = rows.filter(order=1)
    assert set(first["kind"]) == {"fill_sheets"} and first["innovation_id"].n_unique() == first.height > 40
    assert plan_for_people(rows, INDONESIAN).filter(order=1).height == 1
    assert first_actions(plan, 3, INDONESIAN)[0].what.startswith("Isi lembar kendali lebih dahulu: ")
    assert plan_calendar(plan, INDONESIAN)["kind"][0] == "fill_sheets"
    [unknown, _known] = rows.filter(kind="spd").to_dicts()
    assert (unknown["index_gain_least"], unknown["index_gain_most"]) == (Decimal(0), Decimal("1.2000"))


def test_the_risk_of_rejection_is_a_line_of_the_list(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY)
    [risk] = plan_rows(plan, INDONESIAN).filter(kind="reject_risk").to_dicts()
    lost = plan.if_tenth_rejected.index - plan.plan.index
    assert risk["index_gain"] == round(Decimal(float(lost)), 4) and not risk["is_in_total"]


def test_the_place_aimed_at_is_a_published_range(example: Snapshot, empty_home: Home) -> None:
    place = published_place(example, BENGKULU, 2026, 5)
    assert place is not None and (place.edition, place.lowest, place.highest) == (2025, Decimal("72.94"), Decimal(100))
    lower = published_place(example, BENGKULU, 2026, 21)
    assert lower is not None and lower.lowest == lower.highest == Decimal("72.94")
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY)
    notes = " ".join(calendar_notes(plan, place, INDONESIAN))
    assert "Peringkat 5 sejenisnya berindeks 72,94–100,00 pada 2025" in notes
    assert "Sesudah rencana" not in notes  # a simulated index is not set against a published one


def test_lines_of_unknown_effort_have_a_break_even_beside_raises(example: Snapshot, empty_home: Home) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    worth = {step.indicator: days for step, days in break_evens(frames, empty_home)}
    assert set(worth) == {"12", "14", "15"} and all(worth.values())


def test_lists_of_innovations_are_complete_by_command_and_in_the_workbook(
    iga: Callable[..., Ran], example_home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "kesiapan.xlsx"
    season = ("readiness", "bengkulu", "2026", "--on", str(DAY))
    listed = {}
    for name in ("below-threshold", "without-documents", "mature-first"):
        more = ("--by", "parent", "--workbook", str(file)) if name == "mature-first" else ()
        ran = iga(*season, "--list", name, "--format", "json", *more, home=example_home, lang="en")
        listed[name] = json.loads(ran.out)
        assert {"unit_name", "parent", "mentor", "title"} <= set(listed[name][0])
    facts = json.loads(iga("facts", "bengkulu", "2026", "--on", str(DAY), "--format", "json", home=example_home).out)
    below = next(fact["value"] for fact in facts if fact["fact"] == "innovations_below_threshold")
    assert len(listed["below-threshold"]) == below > 0
    gaps = json.loads(iga(*season, "--list", "gaps", "--format", "json", home=example_home).out)
    lacking = {(row["unit_name"], row["innovation"]) for row in gaps if row["indicator"]}
    assert {(row["unit_name"], row["title"]) for row in listed["without-documents"]} >= lacking != set()
    parents = [row["parent"] for row in listed["mature-first"]]
    assert parents == sorted(parents) and next(iter(listed["mature-first"][0])) == "parent"
    book = CalamineWorkbook.from_path(str(file))
    for name, rows in listed.items():
        assert len(book.get_sheet_by_name(name).to_python()) >= len(rows) + 1
