"""Gives the index under assumptions that people name: each its own range with its own label, never averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iga.estimate.formula_bounds import count_span, decimal_above, decimal_below, index_span, spd_span, within
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.index.exact import Span
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook

MODEL = "named_scenario"


@dataclass(frozen=True)
class Scenario:
    """An assumption with a name: the weight of one innovation in the count term, the SPD, or both, in points."""

    code: str
    count_weight: Decimal | None = None
    spd: Decimal | None = None
    source: str = ""


def named_scenarios(
    scenarios: Sequence[Scenario], region: RegionFacts, rulebook: Rulebook, *, is_simulated: bool = False
) -> tuple[LikelyRange | Refusal, ...]:
    """Return the index of a region under each scenario, in their order; they are never put together.

    Refused one by one: `bounds_unknown` where the rules give no index, `outside_bounds` where what is assumed lies
    outside what is known of the region. Raises ValueError for two scenarios of one code and for one that assumes
    nothing.
    """
    if len({scenario.code for scenario in scenarios}) < len(scenarios):
        message = "two scenarios have one code"
        raise ValueError(message)
    return tuple(_under(scenario, region, rulebook, is_simulated) for scenario in scenarios)


def _under(scenario: Scenario, region: RegionFacts, rulebook: Rulebook, is_simulated: bool) -> LikelyRange | Refusal:
    if scenario.count_weight is None and scenario.spd is None:
        message = f"the scenario {scenario.code} assumes nothing"
        raise ValueError(message)
    hard, spd, count = index_span(rulebook, region), spd_span(region, rulebook), count_span(region, rulebook)
    if hard is None or spd is None or count is None:
        return Refusal.of("scenario", "bounds_unknown", edition=rulebook.edition)
    if scenario.spd is not None:
        if not spd.lower <= Fraction(scenario.spd) <= spd.upper:
            return Refusal.of("scenario", "outside_bounds", scenario=scenario.code, spd_score=scenario.spd)
        spd = Span(Fraction(scenario.spd), Fraction(scenario.spd))
    if scenario.count_weight is not None:
        weighed = _weighed(Fraction(scenario.count_weight), region, rulebook)
        if weighed.lower < count.lower or weighed.upper > count.upper:
            return Refusal.of("scenario", "outside_bounds", scenario=scenario.code, count_weight=scenario.count_weight)
        count = weighed
    found = index_span(rulebook, region, spd=spd, count=count)
    if found is None:
        return Refusal.of("scenario", "bounds_unknown", edition=rulebook.edition)
    found = within(found, hard)
    return LikelyRange(
        measure="iid",
        kind="scenario",
        low=decimal_below(found.lower),
        high=decimal_above(found.upper),
        central=None,
        hard_low=decimal_below(hard.lower),
        hard_high=decimal_above(hard.upper),
        certainty=None,
        model=MODEL,
        conditions=_conditions(scenario),
        is_simulated=is_simulated,
    )


def _weighed(weight: Fraction, region: RegionFacts, rulebook: Rulebook) -> Span:
    """The count points by one weight per innovation, at most their maximum."""
    surely = region.counted if region.counted_surely is None else region.counted_surely
    points, maximum = [weight * surely, weight * region.counted], rulebook.parameters.count_maximum.upper
    low, high = points if maximum is None else (min(each, Fraction(maximum)) for each in points)
    return Span(low, high)


def _conditions(scenario: Scenario) -> tuple[Condition, ...]:
    found = [Condition.of("scenario", scenario=scenario.code, source=scenario.source)]
    if scenario.count_weight is not None:
        found.append(Condition.of("count_weight_assumed", count_weight=scenario.count_weight))
        found.append(Condition.of("services_condition"))
    if scenario.spd is not None:
        found.append(Condition.of("spd_assumed", spd_score=scenario.spd))
    return tuple(found)
