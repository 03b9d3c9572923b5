"""Bounds an unknown weight of the count term for all regions by what was published about one of them.

The total of a region is SPD + mean maturity + count points, and its index is the total as a share of the maximum. So a
published index with its mean maturity and its number of innovations leaves

    SPD + count points = maximum x index / 100 - mean,     0 <= SPD <= its maximum,

and the count points of that region lie between what is left with the highest and with the lowest SPD. If they are one
weight per innovation up to a maximum, the weight has a lower and an upper end, and these hold for every region of the
edition. Every number comes from the rulebook; published figures are taken as rounded to hundredths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from iga.estimate.estimate_limits import limits
from iga.estimate.formula_bounds import count_span, decimal_above, decimal_below, index_span
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.index.exact import Span
from iga.index.formula import MAXIMUM
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook

MODEL = "published_facts"


@dataclass(frozen=True)
class PublishedFact:
    """What was published about one region in one edition: index, innovations that count, mean maturity in points."""

    region_code: str
    edition: int
    iid: Decimal
    counted: int
    mean_maturity: Decimal
    source: str = ""
    is_simulated: bool = False


@dataclass(frozen=True)
class WeightBounds:
    """What one innovation may add to the count term, in points, exact; `upper` None where nothing bounds it."""

    lower: Fraction
    upper: Fraction | None
    facts: tuple[PublishedFact, ...]


def weight_bounds(
    facts: Sequence[PublishedFact], rulebook: Rulebook, maxima_of: Rulebook | None = None
) -> WeightBounds | Refusal:
    """Return the bounds that published facts of one edition put on the weight of the count term, all held together.

    `maxima_of` is the edition whose maxima are assumed where the rulebook's own are not known.
    Refused with `no_published_facts`, `simulated_mixed`, `maximum_unknown` (a maximum that the formula needs), or
    `facts_contradict` where no weight fits all of them. Raises ValueError for a fact of another edition or without
    innovations.
    """
    if not facts:
        return Refusal.of("deterministic", "no_published_facts", edition=rulebook.edition)
    if len({fact.is_simulated for fact in facts}) > 1:
        return Refusal.of("deterministic", "simulated_mixed")
    if any(fact.edition != rulebook.edition or fact.counted < 1 for fact in facts):
        message = f"facts bound the weight of their own edition ({rulebook.edition}) by at least one innovation"
        raise ValueError(message)
    lowers, uppers = [Fraction(0)], []
    for fact in facts:
        points = _count_points(fact, maxima_of or rulebook)
        if points is None:
            return Refusal.of("deterministic", "maximum_unknown", edition=rulebook.edition)
        most = (maxima_of or rulebook).parameters.count_maximum.upper
        if points.upper < 0 or (most is not None and points.lower > most):
            return Refusal.of("deterministic", "facts_contradict", edition=rulebook.edition)
        lowers.append(points.lower / fact.counted)
        # Count points at their maximum are what any greater weight gives as well.
        if most is None or points.upper < most:
            uppers.append(points.upper / fact.counted)
    lower, upper = max(lowers), min(uppers, default=None)
    if upper is not None and lower > upper:
        return Refusal.of("deterministic", "facts_contradict", edition=rulebook.edition)
    return WeightBounds(lower, upper, tuple(facts))


def _count_points(fact: PublishedFact, rulebook: Rulebook) -> Span | None:
    """What the count points of a published result may be; None where a maximum is not known."""
    numbers = rulebook.parameters
    total, spd = numbers.total_maximum, numbers.spd_maximum.upper
    if total.lower is None or total.upper is None or spd is None:
        return None
    half = Fraction(limits().published_grid) / 2
    iid, mean = Fraction(fact.iid), Fraction(fact.mean_maturity)
    least = Fraction(total.lower) * (iid - half) / MAXIMUM - (mean + half) - Fraction(spd)
    most = Fraction(total.upper) * (iid + half) / MAXIMUM - (mean - half)
    return Span(least, most)


def deterministic_bounds(
    facts: Sequence[PublishedFact], region: RegionFacts, rulebook: Rulebook, *, is_simulated: bool = False
) -> LikelyRange | Refusal:
    """Return the index of a region inside its hard bounds, narrowed by facts published about others in its edition.

    `region` is what is known of the region, in points; `is_simulated` says whether that is simulated. The range holds
    if the conditions do that it names: one weight per innovation for all (`one_count_weight`), the published number is
    what counted (`published_count_counts`), and the region covers the basic services that the count term asks for
    (`services_condition`). Refused as in `weight_bounds`, with `rule_known` where the weight is no secret, and with
    `bounds_unknown` where the rules give no index at all.
    """
    if rulebook.has_count_formula:
        return Refusal.of("deterministic", "rule_known", edition=rulebook.edition)
    weight = weight_bounds(facts, rulebook)
    if isinstance(weight, Refusal):
        return weight
    hard, count = index_span(rulebook, region), count_span(region, rulebook)
    if hard is None or count is None:
        return Refusal.of("deterministic", "bounds_unknown", edition=rulebook.edition)
    surely = region.counted if region.counted_surely is None else region.counted_surely
    low = min(count.upper, max(count.lower, weight.lower * surely))
    high = count.upper if weight.upper is None else min(count.upper, weight.upper * region.counted)
    if low > high:
        return Refusal.of("deterministic", "facts_contradict", edition=rulebook.edition)
    narrowed = index_span(rulebook, region, count=Span(low, high))
    if narrowed is None:
        return Refusal.of("deterministic", "bounds_unknown", edition=rulebook.edition)
    return LikelyRange(
        measure="iid",
        kind="deterministic",
        low=decimal_below(narrowed.lower),
        high=decimal_above(narrowed.upper),
        central=None,
        hard_low=decimal_below(hard.lower),
        hard_high=decimal_above(hard.upper),
        certainty=None,
        model=MODEL,
        conditions=_conditions(weight, rulebook),
        is_simulated=is_simulated,
    )


def _conditions(weight: WeightBounds, rulebook: Rulebook) -> tuple[Condition, ...]:
    total = rulebook.parameters.total_maximum.lower
    published = [
        Condition.of(
            "published_count_counts",
            region_code=fact.region_code,
            edition=fact.edition,
            iid=fact.iid,
            counted=fact.counted,
            mean_maturity=fact.mean_maturity,
        )
        for fact in weight.facts
    ]
    one_weight = Condition.of("one_count_weight", at_least=decimal_below(weight.lower), total_maximum=total or 0)
    return (one_weight, *published, Condition.of("services_condition"))
