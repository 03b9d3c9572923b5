"""The one ordered list that a plan comes to: who does what, until when, for which effort and which gain.

The gains of the actions that belong to the plan add up to its index less the index before, in fractions: holding is one
action, each line of SPD is one, and what the documents of a unit bring is one. Given what is held, raises do not act
upon each other, so that the order changes no gain. What secures the plan against rejections stands after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from iga.planning.best_plan import OnePlan, least_effort_for, raised
from iga.planning.candidates import Candidate, Ledger
from iga.planning.raise_sets import effort_of, gained_by
from iga.planning.raises import REGION, Raise
from iga.planning.single_valued_rules import Terms

HOLD, SPD, RAISE, SECURE, REJECTION = "hold", "spd", "raise", "secure_service", "reject_risk"
ANSWER, SHEETS = "answer_spd", "fill_sheets"
KINDS = (SHEETS, HOLD, SPD, RAISE, ANSWER, SECURE, REJECTION)

TENTH = Fraction(1, 10)
"""The share of rejected innovations that every plan is tried against."""

WORTH_SECURING = Fraction(1, 20)
"""A basic service is called thin where one more innovation brings so much more of the index there than elsewhere."""


@dataclass(frozen=True)
class Lead:
    """How many days before the deadline a step must begin at the latest; assumed where nobody has confirmed it."""

    days: int
    is_assumed: bool = False


@dataclass(frozen=True)
class Dues:
    """What is known of the steps beside their effort, by number of the indicator; `until` is the deadline.

    `offices` own lines of SPD, `lead_days` is how long a step takes at least, `of_unknown_effort` are the lines whose
    effort no table states: they are planned at none, and their actions say up to which effort they are worth it.
    `leads` says by indicator and level how long a step takes where `lead_days` does not.
    """

    until: date | None = None
    offices: Mapping[str, str] = field(default_factory=dict)
    lead_days: Mapping[str, int] = field(default_factory=dict)
    of_unknown_effort: frozenset[str] = frozenset()
    leads: Mapping[tuple[str, int], Lead] = field(default_factory=dict)

    def lead(self, steps: Sequence[Raise]) -> Lead | None:
        """Return the longest lead time of steps; None where none is known."""
        found = [Lead(self.lead_days[step.indicator]) for step in steps if step.indicator in self.lead_days]
        found += [
            self.leads[step.indicator, level]
            for step in steps
            if step.indicator not in self.lead_days
            for level in range(step.from_level + 1, step.to_level + 1)
            if (step.indicator, level) in self.leads
        ]
        return max(found, key=lambda lead: (lead.days, not lead.is_assumed), default=None)

    def start_by(self, steps: Sequence[Raise]) -> date | None:
        """Return the last day on which steps can begin; None where no lead time or no deadline is known."""
        longest = self.lead(steps)
        return None if longest is None or self.until is None else self.until - timedelta(days=longest.days)

    def is_assumed(self, steps: Sequence[Raise]) -> bool:
        """Whether the last day to begin rests on an assumed lead time."""
        longest = self.lead(steps)
        return longest is not None and longest.is_assumed


@dataclass(frozen=True)
class Action:
    """One thing to do. `who` is a unit, or an office of the region for SPD; empty for what concerns all.

    `steps` are the documents, `held` what the simulation holds, `service` the basic service to secure. `effort` is None
    where it is not known; `worth_effort` is then the effort of documents that bring as much (None: no documents do).
    `gain` is in points of the index; it counts towards the plan's total only where `is_in_total`. Where the gain is not
    known, as of a line whose answer was not received, it is the least, and `gain_most` is the most that it may be.
    `sheets` are the innovations whose control sheets are to be filled.
    """

    kind: str
    who: str
    gain: Fraction
    effort: int | None
    steps: tuple[Raise, ...] = ()
    held: tuple[str, ...] = ()
    service: str = ""
    start_by: date | None = None
    until: date | None = None
    worth_effort: int | None = None
    is_in_total: bool = True
    gain_most: Fraction | None = None
    sheets: tuple[str, ...] = ()


def actions_of(
    plan: OnePlan,
    candidates: Sequence[Candidate],
    raises: Sequence[Raise],
    spd_x100: int,
    terms: Terms,
    dues: Dues | None = None,
) -> list[Action]:
    """Return the actions of a plan, the greatest gain for its effort first; their gains add up to the plan's.

    `raises` are all that were possible, from which the worth of a line of unknown effort follows.
    """
    known = dues or Dues()
    units = {each.key: each.unit for each in candidates}
    ledger, sent = Ledger(terms), set(plan.sent)
    kept = [each for each in candidates if each.key in sent]
    held = terms.index(spd_x100 + ledger.value(kept)) - plan.index_before
    found = []
    if plan.held:
        found.append(Action(HOLD, "", held, 0, held=counting_held(plan, candidates, terms), until=known.until))
    for step in (each for each in plan.raises if each.key == REGION):
        is_known = step.indicator not in known.of_unknown_effort
        gain = terms.index(step.points_x100)
        found.append(
            Action(
                SPD,
                known.offices.get(step.indicator, ""),
                gain,
                step.effort if is_known else None,
                (step,),
                start_by=known.start_by((step,)),
                until=known.until,
                worth_effort=None if is_known else worth_effort(step, candidates, raises, spd_x100, terms),
            )
        )
    by_unit: dict[str, list[Raise]] = {}
    for step in plan.raises:
        if step.key != REGION:
            by_unit.setdefault(units[step.key] or step.key, []).append(step)
    rest = plan.index - plan.index_before - held - sum((each.gain for each in found if each.kind == SPD), Fraction(0))
    shares = {each.key: 1 - each.rejection for each in candidates}
    weighed = sum((step.points_x100 * shares[step.key] for steps in by_unit.values() for step in steps), Fraction(0))
    for unit, steps in by_unit.items():
        points = sum((step.points_x100 * shares[step.key] for step in steps), Fraction(0))
        found.append(
            Action(
                RAISE,
                unit,
                rest * points / weighed,
                effort_of(steps),
                tuple(sorted(steps, key=lambda step: (-step.points_x100, step.effort, step.key, step.indicator))),
                start_by=known.start_by(steps),
                until=known.until,
            )
        )
    return sorted(found, key=_first)


def _first(action: Action) -> tuple[bool, Fraction, Fraction, int, str, str]:
    """Order by gain for effort; what costs no effort, or none that is known, first: holding, then the greatest gain."""
    costs = bool(action.effort)
    ratio = action.gain / action.effort if action.effort else Fraction(0)
    return costs, -ratio, -action.gain, KINDS.index(action.kind), action.who, str(action.steps[:1])


def counting_held(plan: OnePlan, candidates: Sequence[Candidate], terms: Terms) -> tuple[str, ...]:
    """Return what a plan holds that would count: in a scored stage, or in the divisor or the count."""
    ledger = Ledger(terms)
    by_key = {each.key: each for each in candidates}
    return tuple(
        key
        for key in plan.held
        if by_key[key].is_scored_stage or any(ledger.entry(by_key[key]).divisor + ledger.entry(by_key[key]).count)
    )


def answer_actions(lines: Sequence[Raise], terms: Terms, dues: Dues) -> list[Action]:
    """Return one action per line of SPD whose answer was not received: to be answered with proof.

    What the answer is was decided before: its gain lies between nothing and all that the line may bring, and counts
    towards no total. The line that may bring most stands first.
    """
    found = [
        Action(
            ANSWER,
            dues.offices.get(line.indicator, ""),
            Fraction(0),
            None,
            (line,),
            start_by=dues.start_by((line,)),
            until=dues.until,
            is_in_total=False,
            gain_most=terms.index(line.points_x100),
        )
        for line in lines
    ]
    return sorted(found, key=lambda action: (-(action.gain_most or 0), action.steps[0].indicator))


def rejection_action(
    plan: OnePlan, candidates: Sequence[Candidate], spd_x100: int, terms: Terms, until: date | None = None
) -> Action:
    """Return the action that stands for a tenth being rejected: its gain is what the index then loses, below zero."""
    change = index_at_risk(plan, candidates, spd_x100, terms) - plan.index
    return Action(REJECTION, "", change, None, until=until, is_in_total=False)


def worth_effort(
    step: Raise, candidates: Sequence[Candidate], raises: Sequence[Raise], spd_x100: int, terms: Terms
) -> int | None:
    """Return the least effort of documents of innovations that bring as much as a step; None where none do."""
    documents = [each for each in raises if each.key != REGION]
    return least_effort_for(candidates, documents, spd_x100, terms, Fraction(step.points_x100))


def securing_actions(
    plan: OnePlan,
    candidates: Sequence[Candidate],
    spd_x100: int,
    terms: Terms,
    *,
    rejection: Fraction = TENTH,
    until: date | None = None,
) -> list[Action]:
    """Return one action per basic service that a rejection could leave bare: one more innovation of average maturity.

    `gain` is what it brings to the expected index if a share `rejection` of all is rejected. Only services in which one
    more brings more than in none are named, the greatest gain first. The average counts innovations in quarantine as
    the candidates have them, at the least that they may bring: the gain is that of an innovation somewhat less mature
    than the true average.
    """
    sent = at_risk(plan, candidates, rejection)
    scored = [each.maturity_x100 for each in sent if each.is_scored_stage and each.rejection < 1]
    if not scored:
        return []
    average = Fraction(sum(scored), len(scored))
    ledger = Ledger(terms)
    value = ledger.value(sent)
    more = Candidate("\0one more", int(average), rejection=rejection)
    spd_x100 += gained_by(plan.raises).get(REGION, 0)
    elsewhere = ledger.value((*sent, more)) - value
    found = []
    for code in ledger.bits:
        gain = ledger.value((*sent, replace(more, services=frozenset([code])))) - value
        if terms.index(gain - elsewhere) > WORTH_SECURING:
            found.append(Action(SECURE, "", terms.index(gain), None, service=code, until=until, is_in_total=False))
    return sorted(found, key=lambda action: (-action.gain, action.service))


def at_risk(plan: OnePlan, candidates: Sequence[Candidate], rejection: Fraction) -> list[Candidate]:
    """Return what a plan sends, with its raises made, each rejected with a probability; what is rejected stays so."""
    sent, gained = set(plan.sent), gained_by(plan.raises)
    return [
        replace(
            raised(each, gained), rejection=max(rejection, each.rejection) if each.rejection < 1 else each.rejection
        )
        for each in candidates
        if each.key in sent
    ]


def index_at_risk(
    plan: OnePlan, candidates: Sequence[Candidate], spd_x100: int, terms: Terms, rejection: Fraction = TENTH
) -> Fraction:
    """Return the expected index of a plan if a share of what it sends is rejected."""
    spd = spd_x100 + gained_by(plan.raises).get(REGION, 0)
    return terms.index(spd + Ledger(terms).value(at_risk(plan, candidates, rejection)))
