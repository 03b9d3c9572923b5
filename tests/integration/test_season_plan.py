"""The one plan of a season: its list adds up to it, and it is what the data gives once it is applied."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from analysis.planning.one_plan import SeasonPlan, season_plan
from analysis.planning.plan_list import plan_rows, season_plan_notes
from analysis.planning.policy import CityPolicy
from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.target_files import TargetsInvalid
from analysis.season.targets import spd_lines_of
from iga.index.formula import rounded
from warehouse import Snapshot
from warehouse.home import Home
from warehouse.language import Language

BENGKULU, MAGELANG, BANDAR_LAMPUNG = "17.71", "33.71", "18.71"
DAY = date(2026, 8, 9)


def index_of(frames: SeasonFrames) -> Fraction:
    """Return the index of a season in fractions, from its rows, with what is unknown at its least."""
    position, waiting = frames.position(), frames.quarantined()
    set_aside = int(waiting["maturity_lower_x100"].fill_null(0).sum())  # they are in the index at their least
    terms = frames.terms
    divisor = terms.divisor(int(frames.stated_index()["divisor"]))
    room = terms.count_weight_x100 * terms.count_cap - position.count_x100
    more = min(room, terms.count_weight_x100 * waiting.height) if position.count_x100 else 0
    points = Fraction(position.spd_x100 + position.count_x100 + more)
    return terms.index(points + Fraction(position.maturity_sum_x100 + set_aside, divisor))


@pytest.fixture(
    params=[(BENGKULU, False), (MAGELANG, False), (BANDAR_LAMPUNG, False), (BENGKULU, True), (MAGELANG, True)]
)
def planned(request: pytest.FixtureRequest, example: Snapshot, empty_home: Home) -> SeasonPlan:
    region, with_holding = request.param
    return season_plan(example, empty_home, region, 2026, DAY, budget=100, with_holding=with_holding)


def test_the_plan_is_what_the_data_gives_once_it_is_applied(planned: SeasonPlan) -> None:
    assert planned.plan.is_proved
    assert planned.plan.index_before == index_of(planned.frames)
    changed = planned.applied()
    assert planned.plan.index == index_of(changed)
    assert planned.index == Decimal(changed.stated_index()["iid_lower_x100"]).scaleb(-2)


def a_season(example: Snapshot, seed: int) -> tuple[SeasonFrames, CityPolicy, bool]:
    """Return a season with rejections, drafts, rows in quarantine, open SPD lines, and a policy that locks some."""
    chance = random.Random(seed)
    frames = read_season_frames(example, chance.choice([BANDAR_LAMPUNG, BENGKULU]), 2026)
    waiting = read_season_frames(example, BANDAR_LAMPUNG, 2026).waiting
    kept = chance.sample(range(frames.submissions.height), 45)
    submissions = frames.submissions[sorted(kept)]
    statuses = [chance.choice([None, None, "sent", "rejected", "draft"]) for _ in range(submissions.height)]
    submissions = submissions.with_columns(pl.Series("status", statuses, dtype=pl.String))
    rows = waiting.innovations.with_columns(pl.lit(frames.region_code).alias("region_code"))
    waiting = replace(waiting, innovations=rows)
    keys = submissions["submission_id"].to_list()
    open_lines = chance.sample(["2", "3", "12", "14"], 2)
    is_open = pl.col("indicator_number").is_in(open_lines)
    changed = replace(
        frames,
        submissions=submissions,
        answers=frames.answers.filter(pl.col("submission_id").is_in(keys)),
        region_answers=frames.region_answers.with_columns(pl.when(~is_open).then("level").alias("level")),
        waiting=waiting,
    )
    with_holding = seed % 2 == 0
    sent = [key for key, status in zip(keys, statuses, strict=True) if status != "draft"]
    locks = tuple(chance.sample(sent, 3)) if with_holding else ()
    return changed, CityPolicy(lock=locks), with_holding


@pytest.mark.parametrize("seed", range(6))
def test_any_plan_is_what_the_data_gives_once_it_is_applied(example: Snapshot, empty_home: Home, seed: int) -> None:
    frames, policy, with_holding = a_season(example, seed)
    plan = season_plan(
        example, empty_home, frames.region_code, 2026, DAY, budget=60, frames=frames, policy=policy,
        with_holding=with_holding,
    )  # fmt: skip
    assert plan.set_aside and plan.plan.is_proved
    assert any(step.key == "" for step in plan.plan.raises) and any(step.key for step in plan.plan.raises)
    assert any(each.rejection == 1 for each in plan.candidates)
    assert set(policy.lock).isdisjoint(plan.plan.held)
    assert bool(plan.plan.held) == with_holding
    for stands, index in ((plan.frames, plan.index_before), (plan.applied(), plan.index)):
        assert index == Decimal(stands.stated_index()["iid_lower_x100"]).scaleb(-2)
    gain = plan.plan.index - plan.plan.index_before
    assert sum((action.gain for action in plan.actions), Fraction(0)) == gain
    told = plan_rows(plan, Language("id")).filter("is_in_total")["index_gain"].sum()
    assert told == Decimal(round(gain * 10_000)).scaleb(-4)


def test_the_gains_of_the_list_add_up_to_the_plan(planned: SeasonPlan) -> None:
    gain = planned.plan.index - planned.plan.index_before
    assert sum((action.gain for action in planned.actions), Fraction(0)) == gain
    rows = plan_rows(planned, Language("id"))
    told = rows.filter("is_in_total")["index_gain"].sum()
    assert told == Decimal(round(gain * 10_000)).scaleb(-4)
    assert rows.filter("is_in_total")["effort"].sum() == planned.plan.effort
    assert rows["order"].is_sorted()
    assert set(rows["innovation_id"].drop_nulls()).isdisjoint(planned.plan.held)


def test_nothing_is_held_unless_the_simulation_is_asked_for(planned: SeasonPlan) -> None:
    notes = " ".join(season_plan_notes(planned, Language("id")))
    duty = (
        "Semua inovasi wajib dilaporkan (UU 23/2014 ps. 388; PP 38/2017 ps. 20). Simulasi ini bukan anjuran menahan; "
        "putusan kepala daerah setelah Bagian Hukum."
    )
    assert (duty in notes) == planned.with_holding == bool(planned.plan.held)
    assert "itungan tepat atas nilai mandiri; bukan jaminan nilai Kemendagri" in notes
    assert ("hold" in plan_rows(planned, Language("id"))["kind"].to_list()) == planned.with_holding


def test_holding_counts_only_what_would_count(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100, with_holding=True)
    assert len(plan.held) == 55
    assert plan.actions[0].kind == "hold"
    assert rounded(plan.actions[0].gain) == Decimal("2.78")
    assert plan.number_sent(plan.plan) == 200
    assert plan.number_sent(plan.advice_if_tenth_rejected) == 225
    assert plan.sent_all is not None
    assert plan.sent_all.index < plan.plan.index


def test_spd_stands_before_every_document_and_says_what_it_is_worth(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100)
    rows = plan_rows(plan, Language("en"))
    lines = rows.filter(kind="spd")
    assert lines["index_gain"].to_list() == [Decimal("0.8000"), Decimal("0.4000"), Decimal("0.4000")]
    assert lines["effort"].null_count() == 3
    assert lines["worth_effort"].null_count() == 0
    assert lines["order"].max() < rows.filter(kind="raise")["order"].min()  # type: ignore[operator]
    assert rows["until_date"].unique().to_list() == [date(2026, 8, 14)]


def test_a_line_without_an_answer_can_be_answered(example: Snapshot, empty_home: Home) -> None:
    plan = season_plan(example, empty_home, MAGELANG, 2026, DAY, budget=0)
    assert plan.frames.spd_unanswered() == ("14",)
    assert {(step.indicator, step.from_level) for step in plan.plan.raises} == {("14", 0), ("15", 2)}
    assert [action.service for action in plan.securing] == ["04", "06", "03", "05"]
    # 1.48 without the row in quarantine, which is counted at its least.
    assert rounded(plan.securing[0].gain) == Decimal("1.49")


def test_the_plan_says_what_is_left_if_scores_shift_or_a_tenth_is_rejected(planned: SeasonPlan) -> None:
    assert planned.shift is not None
    assert planned.shift.points == Decimal("7.23")
    assert planned.if_shifted is not None
    fall = planned.plan.index_before - planned.if_shifted.index_before
    assert fall == Fraction(planned.shift.points)
    assert planned.if_tenth_rejected.index_before < planned.plan.index_before
    assert planned.if_tenth_rejected.gain <= planned.plan.index - planned.plan.index_before


def test_a_home_says_what_its_lines_cost_and_how_long_they_take(example: Snapshot, empty_home: Home) -> None:
    file = empty_home.root / "targets" / "spd_lines.csv"
    file.parent.mkdir(exist_ok=True)
    header = (
        "indicator_key,office,is_changeable,lead_days,document,source,confidence,note_id,note_en,step_1,step_2,step_3"
    )
    lines = ["innovator_awards,Brida,ya,3,SK dan piagam,x,high,,,5,5,20", "intellectual_property,,ya,30,,x,high,,,,,"]
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=100)
    rows = plan_rows(plan, Language("id")).filter(kind="spd")
    assert rows.filter(pl.col("indicator").str.starts_with("15.")).is_empty()  # its thirty days are past
    award = rows.filter(pl.col("indicator").str.starts_with("12.")).row(0, named=True)
    assert (award["who"], award["document"], award["effort"]) == ("Brida", "SK dan piagam", 20)
    assert award["start_by_date"] == date(2026, 8, 11)
    file.write_text("\n".join([header, "innovator_awards,,mungkin,,,,,,,,,", ""]), encoding="utf-8")
    with pytest.raises(TargetsInvalid):
        spd_lines_of(plan.frames.rulebook, empty_home)


def test_a_score_that_differs_from_its_levels_is_planned_and_marked(example: Snapshot, empty_home: Home) -> None:
    frames = read_season_frames(example, BENGKULU, 2026)
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=3000)
    key = next(step.key for step in plan.plan.raises if step.key)
    higher = pl.when(pl.col("submission_id") == key).then(pl.lit(10500)).otherwise("claimed_score_x100")
    column = higher.cast(frames.submissions["claimed_score_x100"].dtype).alias("claimed_score_x100")
    changed = replace(frames, submissions=frames.submissions.with_columns(column))
    plan = season_plan(example, empty_home, BENGKULU, 2026, DAY, budget=3000, frames=changed)
    assert plan.marked == (key,)
    assert sum(step.points_x100 for step in plan.raises if step.key == key) > 0
    assert sum(step.points_x100 for step in plan.plan.raises if step.key == key) <= 600
    assert plan.plan.index == index_of(plan.applied())
    rows = plan_rows(plan, Language("id"))
    assert set(rows.filter("is_marked")["innovation_id"]) <= {key}
