"""The one plan of a season: what to raise, on innovations and on SPD's lines, as one ordered list for all surfaces.

Everything is sent: holding back is a simulation that has to be asked for. Every plan is tried against the ministry
scoring lower than the city does, and against a tenth of the innovations being rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from analysis.planning.plans import fetch_table
from analysis.planning.policy import CityPolicy
from analysis.season.frames import SeasonFrames, read_season_frames
from analysis.season.targets import Deadline, SpdLine, efforts_of, lead_days_of, lead_times_of, spd_lines_of, targets_of
from iga.index.formula import rounded
from iga.planning.actions import (
    SHEETS,
    TENTH,
    Action,
    Dues,
    Lead,
    actions_of,
    answer_actions,
    counting_held,
    index_at_risk,
    rejection_action,
    securing_actions,
    worth_effort,
)
from iga.planning.best_plan import OnePlan, best_within, least_effort_to, raised
from iga.planning.candidates import Candidate, Ledger, Policy
from iga.planning.raise_sets import gained_by
from iga.planning.raises import REGION, Raise, possible_raises
from warehouse.home import Home
from warehouse.snapshot import Snapshot

DEFAULT_BUDGET = 100
"""The effort that is planned within where neither a budget nor a target is asked for."""


@dataclass(frozen=True)
class Shift:
    """How far a published index lay below the one that the region measured itself, in points, and of whom."""

    points: Decimal
    region_code: str
    edition: int


@dataclass(frozen=True)
class Left:
    """What is left of a plan when things go worse: the index without it and with it."""

    index_before: Fraction
    index: Fraction

    @property
    def gain(self) -> Fraction:
        """What the plan still brings."""
        return self.index - self.index_before


@dataclass(frozen=True)
class SeasonPlan:
    """The plan of one city's season on a day, with all that it rests on.

    `actions` belong to the plan, their gains add up to `plan.index - plan.index_before`; `sheets`, `answers`,
    `securing` and `risk` stand beside it, and `listed` has all in order. `until` is the next deadline, None where none
    is known or all have passed; `deadlines` are all that lie ahead. `sent_all` is the plan without holding, only there
    in the simulation. `marked` are innovations whose stated score differs from their levels. `unanswered` are the lines
    of SPD of which no answer was received and that are not planned as raises; `set_aside` counts the candidates that
    stand in quarantine.
    """

    frames: SeasonFrames
    on: date
    until: date | None
    plan: OnePlan
    candidates: tuple[Candidate, ...]
    raises: tuple[Raise, ...]
    spd_x100: int
    dues: Dues
    lines: Mapping[str, SpdLine]
    sent_all: OnePlan | None
    shift: Shift | None
    marked: tuple[str, ...]
    budget: int | None
    target: Decimal | None
    unanswered: tuple[Raise, ...] = ()
    set_aside: int = 0
    deadlines: tuple[Deadline, ...] = ()

    @property
    def with_holding(self) -> bool:
        """Whether this is the simulation that holds innovations back."""
        return self.sent_all is not None

    @property
    def index_before(self) -> Decimal:
        """The index as it stands, rounded as the ministry rounds."""
        return rounded(self.plan.index_before)

    @property
    def index(self) -> Decimal:
        """The index after the plan, rounded as the ministry rounds."""
        return rounded(self.plan.index)

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """The actions of the plan, the greatest gain for its effort first."""
        found = actions_of(self.plan, self.candidates, self.raises, self.spd_x100, self.frames.terms, self.dues)
        return tuple(found)

    @cached_property
    def securing(self) -> tuple[Action, ...]:
        """The thin basic services that one more innovation would secure."""
        terms = self.frames.terms
        return tuple(securing_actions(self.plan, self.candidates, self.spd_x100, terms, until=self.until))

    @cached_property
    def sheets(self) -> tuple[Action, ...]:
        """The first action where no level is known at all: which control sheets to fill, the widest gap first."""
        frames = self.frames
        if frames.is_estimate or frames.levels() or frames.scored().is_empty():
            return ()
        held = set(self.plan.held)  # nothing is asked for what the simulation holds
        keys = tuple(key for key in fetch_table(frames, frames.scored().height)["submission_id"] if key not in held)
        return (Action(SHEETS, "", Fraction(0), None, sheets=keys, until=self.until, is_in_total=False),)

    @cached_property
    def answers(self) -> tuple[Action, ...]:
        """The lines of SPD to answer with proof: what they bring is decided, and not known."""
        return tuple(answer_actions(self.unanswered, self.frames.terms, self.dues))

    @cached_property
    def risk(self) -> tuple[Action, ...]:
        """What the index loses if a tenth is rejected, as a line of the list; none where nothing is sent."""
        if not self.plan.sent:
            return ()
        return (rejection_action(self.plan, self.candidates, self.spd_x100, self.frames.terms, self.until),)

    @cached_property
    def listed(self) -> tuple[Action, ...]:
        """Every action of the list in its order."""
        return (*self.sheets, *self.actions, *self.answers, *self.securing, *self.risk)

    @property
    def held(self) -> tuple[str, ...]:
        """What the simulation holds of that which would count."""
        return counting_held(self.plan, self.candidates, self.frames.terms)

    def number_sent(self, plan: OnePlan) -> int:
        """How many a plan sends of those that count."""
        entries, sent = Ledger(self.frames.terms), set(plan.sent)
        return sum(
            any(entries.entry(each).divisor + entries.entry(each).count) for each in self.candidates if each.key in sent
        )

    @cached_property
    def if_tenth_rejected(self) -> Left:
        """What the plan brings if a tenth of what is sent is rejected (expected)."""
        nothing = self._nothing_done
        return Left(
            index_at_risk(nothing, self.candidates, self.spd_x100, self.frames.terms),
            index_at_risk(self.plan, self.candidates, self.spd_x100, self.frames.terms),
        )

    @cached_property
    def advice_if_tenth_rejected(self) -> OnePlan:
        """What the simulation would send, hold and raise if a tenth were rejected, for the same effort."""
        uncertain = [replace(each, rejection=max(TENTH, each.rejection)) for each in self.candidates]
        locked = frozenset(each.key for each in self.candidates if each.rejection == 1)
        return best_within(
            uncertain,
            self.raises,
            self.spd_x100,
            self.frames.terms,
            self.plan.effort,
            Policy(locked=locked),
            with_holding=self.with_holding,
        )

    @cached_property
    def if_shifted(self) -> Left | None:
        """What the plan brings if all maturities are scored lower, so that the index falls as a published one fell.

        None where no published pair is known. Maturities, with their raises, keep one share of what the city states.
        """
        if self.shift is None:
            return None
        before, after = self._parts(self._nothing_done), self._parts(self.plan)
        fall = Fraction(self.shift.points) * self.frames.terms.total_maximum_x100 / 100
        lost = min(Fraction(1), fall / before[1]) if before[1] else Fraction(0)
        index = self.frames.terms.index
        return Left(index(before[0] + before[1] * (1 - lost)), index(after[0] + after[1] * (1 - lost)))

    @property
    def _nothing_done(self) -> OnePlan:
        keys = tuple(each.key for each in self.candidates)
        return replace(self.plan, sent=keys, held=(), raises=(), effort=0, index=self.plan.index_before)

    def _parts(self, plan: OnePlan) -> tuple[Fraction, Fraction]:
        """Points (hundredths) of SPD and count, and of the mean, of a plan."""
        gained, sent, terms = gained_by(plan.raises), set(plan.sent), self.frames.terms
        kept = [raised(each, gained) for each in self.candidates if each.key in sent]
        bare = [replace(each, maturity_x100=0) for each in kept]
        ledger = Ledger(terms)
        rest = ledger.value(bare)
        return self.spd_x100 + gained.get(REGION, 0) + rest, ledger.value(kept) - rest

    @cached_property
    def submissions(self) -> dict[str, dict[str, Any]]:
        """Unit and title of each innovation by its id."""
        rows = self.frames.submissions.select("submission_id", "unit_id", "unit_name", "title").to_dicts()
        return {row["submission_id"]: row for row in rows}

    def applied(self) -> SeasonFrames:
        """The season as it would be: the raises made, and in the simulation the held ones not sent."""
        return self.frames.with_raises(self.plan.raises).with_status(set(self.plan.held), "draft")

    def of_unit(self, unit_id: str) -> Action | None:
        """The action of one unit; None where the plan asks nothing of it. Letters and control sheets read this."""
        return next((each for each in self.actions if each.steps and each.who == unit_id), None)


def season_plan(
    snapshot: Snapshot,
    home: Home,
    region_code: str,
    edition: int,
    on: date,
    *,
    with_holding: bool = False,
    budget: int | None = None,
    target: Decimal | None = None,
    policy: CityPolicy | None = None,
    score_kind: str = "claimed",
    frames: SeasonFrames | None = None,
) -> SeasonPlan:
    """The plan of a season on a day: the greatest index for a budget, or the least effort to a target index.

    Without either within DEFAULT_BUDGET. Innovations in quarantine count at the lower end of what they may bring, as in
    the index; none of them is raised or held.

    Raises PlanImpossible, and UnknownName where nothing is known of the season.
    """
    season = frames or read_season_frames(snapshot, region_code, edition, score_kind=score_kind)
    closing = snapshot.sql(
        "select max(closing_date) from receipt where region_code = $region and edition = $edition",
        {"region": region_code, "edition": edition},
    ).item()
    deadlines = targets_of(region_code, edition, on, home, closing_date=closing).deadlines
    ahead = tuple(each for each in deadlines if each.day >= on)
    until = ahead[0].day if ahead else None
    lines = spd_lines_of(season.rulebook, home)
    possible, dues = possible_steps(season, home, lines, on, until)
    set_aside = season.quarantined_candidates()
    candidates = (*reported_candidates(season), *set_aside)
    spd = season.spd_x100()[0]
    asked = policy or CityPolicy()
    rules = asked.under(season, list(candidates))
    rules = replace(rules, locked=rules.locked | {each.key for each in set_aside})
    if not with_holding:
        rules = replace(rules, locked=frozenset())
    effort = DEFAULT_BUDGET if budget is None and target is None else budget

    def planned(*, is_simulation: bool, rules: Policy) -> OnePlan:
        if effort is not None:
            return best_within(candidates, possible, spd, season.terms, effort, rules, with_holding=is_simulation)
        goal = int((target or 0) * 100)
        return least_effort_to(candidates, possible, spd, season.terms, goal, rules, with_holding=is_simulation)

    found = planned(is_simulation=with_holding, rules=rules)
    return SeasonPlan(
        frames=season,
        on=on,
        until=until,
        plan=found,
        candidates=candidates,
        raises=tuple(possible),
        spd_x100=spd,
        dues=dues,
        lines=lines,
        sent_all=planned(is_simulation=False, rules=Policy()) if with_holding else None,
        shift=published_shift(snapshot),
        marked=tuple(season.disagreeing()["submission_id"]),
        budget=effort,
        target=target,
        unanswered=tuple(_unanswered(season, lines, {each.indicator for each in possible if each.key == REGION})),
        set_aside=len(set_aside),
        deadlines=ahead,
    )


def _unanswered(frames: SeasonFrames, lines: Mapping[str, SpdLine], planned: set[str]) -> list[Raise]:
    """Return the lines of SPD that have no answer and no raise in the plan, each up to its highest level.

    Where only the total of SPD is known, nobody can say which line lacks an answer.
    """
    answered = frames.spd_levels()
    if frames.is_estimate or (not answered and frames.spd_bounds() is not None):
        return []
    return [
        Raise(REGION, group.number, 0, group.top_level, group.weight_x100 * group.top_level, 0)
        for group in frames.rulebook.spd_groups
        if group.number in lines and group.number not in answered and group.number not in planned
    ]


def break_evens(frames: SeasonFrames, home: Home) -> list[tuple[Raise, int | None]]:
    """Return the lines of SPD that can be changed at an effort nobody has stated, each with what it is worth.

    That is the least effort of documents that bring as much; None where none do. Of a line its highest step is given.
    """
    lines = spd_lines_of(frames.rulebook, home)
    possible, dues = possible_steps(frames, home, lines, date.min, None)
    highest = {each.indicator: each for each in possible if each.indicator in dues.of_unknown_effort}
    candidates, spd = reported_candidates(frames), frames.spd_x100()[0]
    return [
        (step, worth_effort(step, candidates, possible, spd, frames.terms))
        for step in sorted(highest.values(), key=lambda each: -each.points_x100)
    ]


def possible_steps(
    frames: SeasonFrames, home: Home, lines: Mapping[str, SpdLine], on: date, until: date | None
) -> tuple[list[Raise], Dues]:
    """Every step that can still be made, with what is known of it beside its effort.

    A step that would have to begin before `on` is left out, unless its lead time is only assumed. A line of SPD is
    planned if it can be changed (or if the home's efforts state it); a line of unknown effort is planned at none. A
    line without an answer counts as level 0.
    """
    efforts = efforts_of(frames.rulebook, home)
    lead = lead_days_of(frames.rulebook, home)
    leads = {
        place: Lead(time.days, time.is_assumed)
        for place, time in lead_times_of(frames.rulebook, home).items()
        if place[0] not in lead
    }
    stated = {number for number, line in lines.items() if line.is_changeable} - efforts.keys()
    unknown = frozenset(number for number in stated if None in lines[number].steps)
    steps = {number: tuple(step or 0 for step in lines[number].steps) for number in stated} | efforts
    answered = frames.spd_levels()
    levels = answered | (dict.fromkeys(frames.spd_unanswered(), 0) if answered else {})
    found = [each for each in frames.raises(efforts) if each.key != REGION]
    found += possible_raises(REGION, levels, frames.rulebook.spd_groups, steps)
    offices = {number: line.office for number, line in lines.items() if line.office}
    dues = Dues(until, offices, lead, unknown, leads)

    def is_late(step: Raise) -> bool:
        start = dues.start_by((step,))
        return start is not None and start < on and not dues.is_assumed((step,))

    return [each for each in found if not is_late(each)], dues


def reported_candidates(frames: SeasonFrames) -> list[Candidate]:
    """The innovations that the ministry has and that are not waiting to count: what an index is computed of."""
    waiting = frames.terms.assumptions.uncounted_statuses
    is_waiting = pl.col("status").is_in(list(waiting)).fill_null(value=False)
    keys = set(frames.reported().filter(~is_waiting)["submission_id"])
    return [each for each in frames.candidates() if each.key in keys]


def published_shift(snapshot: Snapshot) -> Shift | None:
    """The greatest fall of a published index below the one that the region itself measured, if a pair is known."""
    rows = snapshot.sql(
        """
        select own.score - final.score as points, own.region_code, own.edition
        from published_result own join published_result final using (region_code, edition, scheme, measure)
        where own.stage = 'self_measured' and final.stage = 'final' and measure = 'iid' and scheme = 'IGA'
          and own.score > final.score
        order by points desc, own.edition desc, own.region_code limit 1
        """
    )
    return None if rows.is_empty() else Shift(*rows.row(0))


def gains_to_four_places(gains: Iterable[Fraction]) -> list[Decimal]:
    """Gains with four places that add up to the rounded sum of all: what rounding loses goes to the largest rests."""
    exact = [each * 10_000 for each in gains]
    cut = [int(each // 1) for each in exact]
    missing = round(sum(exact, Fraction(0))) - sum(cut)
    order = sorted(range(len(exact)), key=lambda place: (cut[place] - exact[place], place))
    for place in order[:missing]:
        cut[place] += 1
    return [Decimal(each).scaleb(-4) for each in cut]


PLAN_SCHEMA: dict[str, Any] = {
    "order": pl.Int64,
    "kind": pl.String,
    "action": pl.String,
    "unit_id": pl.String,
    "unit_name": pl.String,
    "who": pl.String,
    "innovation_id": pl.String,
    "title": pl.String,
    "indicator": pl.String,
    "from_level": pl.Int64,
    "to_level": pl.Int64,
    "document": pl.String,
    "effort": pl.Int64,
    "worth_effort": pl.Int64,
    "start_by_date": pl.Date,
    "until_date": pl.Date,
    "index_gain": pl.Decimal(12, 4),
    "points": pl.Decimal(12, 2),
    "is_in_total": pl.Boolean,
    "is_marked": pl.Boolean,
    "index_gain_least": pl.Decimal(12, 4),
    "index_gain_most": pl.Decimal(12, 4),
    "is_start_assumed": pl.Boolean,
    "is_who_assumed": pl.Boolean,
}
"""One row per document (or for all that is held, per sheet, or per service); rows of one action have one `order`.

`index_gain_least` and `index_gain_most` differ where no answer was received. `is_start_assumed`: the lead time is
assumed; `is_who_assumed`: no source names the office.
"""
