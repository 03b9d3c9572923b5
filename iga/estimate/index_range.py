"""Carries a likely range of the mean maturity, and one of the SPD, on to the index by the rulebook's exact formula."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from iga.estimate.formula_bounds import count_span, decimal_above, decimal_below, index_span, spd_span, within
from iga.estimate.likely_range import Kind, LikelyRange, Refusal
from iga.index.exact import Span
from iga.index.formula import index_of_total
from iga.index.what_narrows import RegionFacts
from iga.rulebook import Rulebook


def index_range(
    mean: LikelyRange, region: RegionFacts, rulebook: Rulebook, spd: LikelyRange | None = None
) -> LikelyRange | Refusal:
    """Return the index that a range of the mean maturity gives, with the SPD at its hard bounds or in its own range.

    The two central values take the lower parts together and the higher parts together. Errors of maturity and SPD are
    added as if they went the same way, so that the range is never too narrow. Refused with `bounds_unknown` where the
    rules give no index, and with `simulated_mixed`. Raises ValueError for ranges of other measures. Formula:
    `iga.index.formula`.
    """
    if mean.measure != "mean_maturity" or (spd is not None and spd.measure != "spd_score"):
        message = "an index is made of a range of mean_maturity and one of spd_score"
        raise ValueError(message)
    if spd is not None and spd.is_simulated != mean.is_simulated:
        return Refusal.of(mean.kind, "simulated_mixed")
    hard, spd_hard, count = index_span(rulebook, region), spd_span(region, rulebook), count_span(region, rulebook)
    if hard is None or spd_hard is None or count is None:
        return Refusal.of(mean.kind, "bounds_unknown", edition=rulebook.edition)
    likely_spd = spd_hard if spd is None else Span(Fraction(spd.low), Fraction(spd.high))
    central_spd = spd_hard if spd is None else _central(spd)
    span = index_span(rulebook, region, mean=Span(Fraction(mean.low), Fraction(mean.high)), spd=likely_spd)
    centre = index_span(rulebook, region, mean=_central(mean), spd=central_spd)
    maximum = rulebook.parameters.total_maximum.lower
    if span is None or centre is None or maximum is None:
        return Refusal.of(mean.kind, "bounds_unknown", edition=rulebook.edition)
    span = within(span, hard)
    centre = within(centre, span)
    return LikelyRange(
        measure="iid",
        kind=_kind(mean, spd),
        low=decimal_below(span.lower),
        high=decimal_above(span.upper),
        central=(decimal_below(centre.lower), decimal_above(centre.upper)),
        hard_low=decimal_below(hard.lower),
        hard_high=decimal_above(hard.upper),
        certainty=mean.certainty,
        model=mean.model if spd is None else f"{mean.model}+{spd.model}",
        conditions=(*mean.conditions, *(spd.conditions if spd else ())),
        donors=mean.donors,
        sample_size=mean.sample_size,
        population=mean.population,
        is_simulated=mean.is_simulated,
        spread=_spread(mean, spd, Fraction(maximum)),
        degrees=min((each.degrees for each in (mean, spd) if each and each.degrees), default=None),
    )


def _central(found: LikelyRange) -> Span:
    low, high = found.central or (found.low, found.high)
    return Span(Fraction(low), Fraction(high))


def _kind(mean: LikelyRange, spd: LikelyRange | None) -> Kind:
    """The kind that rests on most: one that other cities enter is a prediction, whatever else enters."""
    kinds = {mean.kind} | ({spd.kind} if spd else set())
    ordered: tuple[Kind, ...] = ("prediction", "scenario", "sampling", "deterministic")
    return next(kind for kind in ordered if kind in kinds)


def _spread(mean: LikelyRange, spd: LikelyRange | None, maximum: Fraction) -> tuple[Decimal, Decimal] | None:
    parts = [each.spread for each in (mean, spd) if each and each.spread]
    if not parts:
        return None
    low, high = (sum((Fraction(part[end]) for part in parts), Fraction(0)) for end in (0, 1))
    return decimal_above(index_of_total(low, maximum)), decimal_above(index_of_total(high, maximum))
