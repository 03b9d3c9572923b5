"""What to send and what to hold, for the simulation: the best set, and what each innovation brings beside it.

The set comes from the one plan (`best_plan.py`) with holding and without raises. Regions have a duty to report their
innovations: this shows what the index rewards, and is no advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from iga.planning.best_plan import best_within
from iga.planning.candidates import RESOLUTION, Candidate, Ledger, Policy, expected_index
from iga.planning.single_valued_rules import PlanImpossible, Terms

__all__ = ["HoldPlan", "expected_index", "policy_costs", "submit_or_hold"]


@dataclass(frozen=True)
class HoldPlan:
    """The best set to send, its expected index (not rounded), the bound, and what each innovation brings.

    `marginal` is, per candidate, the expected index with it minus without it, all others as planned: below zero for
    what is rightly held. `break_even_x100` is the maturity (hundredths) from which one more innovation would pay,
    None where the divisor does not grow with it. `gap` is how far above the plan any set could at most lie.
    """

    sent: tuple[str, ...]
    held: tuple[str, ...]
    index: Fraction
    index_all_sent: Fraction
    gap: Fraction
    marginal: Mapping[str, Fraction]
    break_even_x100: Fraction | None

    @property
    def is_proved(self) -> bool:
        """Whether no set can lie above the plan by more than the resolution."""
        return self.gap <= RESOLUTION


def submit_or_hold(
    candidates: Sequence[Candidate], spd_x100: int, terms: Terms, policy: Policy | None = None
) -> HoldPlan:
    """The set of innovations of greatest expected index that the policy allows.

    Raises PlanImpossible when no set satisfies the policy.
    """
    plan = best_within(candidates, [], spd_x100, terms, 0, policy, with_holding=True)
    chosen, ledger = set(plan.sent), Ledger(terms)
    ordered = sorted(candidates, key=lambda each: (-each.maturity_x100, each.key))
    sent = [each for each in ordered if each.key in chosen]
    return HoldPlan(
        sent=plan.sent,
        held=plan.held,
        index=plan.index,
        index_all_sent=plan.index_before,
        gap=plan.gap,
        marginal=_marginals(ordered, sent, ledger, terms),
        break_even_x100=_break_even(sent, ledger),
    )


def policy_costs(
    candidates: Sequence[Candidate], spd_x100: int, terms: Terms, policies: Mapping[str, Policy]
) -> dict[str, Fraction | None]:
    """What each policy costs alone: the best expected index without any policy minus the best under it.

    None where no set satisfies the policy.
    """
    free = submit_or_hold(candidates, spd_x100, terms).index
    costs: dict[str, Fraction | None] = {}
    for name, policy in policies.items():
        try:
            costs[name] = free - submit_or_hold(candidates, spd_x100, terms, policy).index
        except PlanImpossible:
            costs[name] = None
    return costs


def _marginals(
    candidates: Sequence[Candidate], sent: Sequence[Candidate], ledger: Ledger, terms: Terms
) -> dict[str, Fraction]:
    """Per candidate: the expected index with it minus without it."""
    chosen = {one.key for one in sent}
    value = ledger.value(tuple(sent))
    tally = ledger.tally(sent) if ledger.is_certain(candidates) else None
    found = {}
    for one in candidates:
        times = -1 if one.key in chosen else 1
        if tally is not None:
            tally.add(one, ledger, times)
            other = tally.value(terms)
            tally.add(one, ledger, -times)
        else:
            changed = (*sent, one) if times == 1 else tuple(kept for kept in sent if kept.key != one.key)
            other = ledger.value(changed)
        found[one.key] = terms.index(times * (other - value))
    return found


def _break_even(sent: Sequence[Candidate], ledger: Ledger) -> Fraction | None:
    """The maturity from which one more innovation, sure to be accepted, lifts the expected index."""
    more = Candidate("\0one more", 0)
    value = ledger.value(tuple(sent))
    nothing = ledger.value((*sent, more))
    gain = ledger.value((*sent, replace(more, maturity_x100=100))) - nothing
    return max(Fraction(0), (value - nothing) * 100 / gain) if gain else None
