"""Who outranks whom under all weights: exact, from the vertices of the set of weights, without sampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iga.composite.table import EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.profile import RegionProfiles, RuleSums
from iga.robustness.weights import base_weights, maximum_of

_SMALLEST = 1e-9


def dominance(profiles: RegionProfiles, *, percent: float | None = None) -> EagerFrame:
    """Every pair of units of one edition, and whether the first outranks the second whatever the weights.

    `percent` None: all weights that are not negative and keep the maxima of SPD and of maturity; 0.25: weights
    within +-25 % of the rulebook's, renormalised. The smallest lead of a pair is reached at a vertex: with free weights
    all of an aspect on one indicator, within a range each weight at an end, low for where the first leads and high for
    where it lags (a linear fraction, so a threshold on the leads finds it exactly). Unknown levels, affairs and SPD
    count at their worst for the first and at their best for the second. Columns: region_code, edition,
    other_region_code, lead_low, lead_high (smallest and largest lead of the index in points, before rounding),
    is_dominant (lead_low > 0), rests_on_totals (a unit of the pair has innovations with a total and no levels, which
    stays as it is while weights move).
    Raises RobustnessInvalid for a share outside 0 to 1.
    """
    if percent is not None and not 0 <= percent < 1:
        raise RobustnessInvalid(
            "{value} is not a share below 1.", place="percent", fix="Write 0.25 for +-25 %.", value=percent
        )
    rules = profiles.rulebook
    sums = profiles.sums(rules, rules.assumptions)
    pairs = [
        (a, b)
        for a in range(profiles.count)
        for b in range(profiles.count)
        if a != b and profiles.units["edition"][a] == profiles.units["edition"][b]
    ]
    first = np.array([a for a, _ in pairs], dtype=int)
    second = np.array([b for _, b in pairs], dtype=int)
    low = _least_lead(profiles, sums, first, second, percent)
    high = -_least_lead(profiles, sums, second, first, percent)
    codes, editions = profiles.units["region_code"], profiles.units["edition"]
    return polars_frame(
        {
            "region_code": [codes[a] for a in first],
            "edition": [editions[a] for a in first],
            "other_region_code": [codes[b] for b in second],
            "lead_low": low,
            "lead_high": high,
            "is_dominant": low > _SMALLEST,
            "rests_on_totals": (profiles.unreachable_count[first] + profiles.unreachable_count[second]) > 0,
        },
    )


def _least_lead(
    profiles: RegionProfiles, sums: RuleSums, a: NDArray[np.int64], b: NDArray[np.int64], percent: float | None
) -> Values:
    """The smallest index lead of each a over each b, in points of the index."""
    rules = profiles.rulebook
    worst, best = _shares_reached(profiles, sums)
    sid_tops = np.array([group.top_level for group in rules.sid_groups], dtype=float)
    spd_tops = np.array([group.top_level for group in rules.spd_groups], dtype=float)
    maturity, spd = maximum_of(rules, "maturity"), maximum_of(rules, "spd")
    lead = maturity * least_mean(worst[a] - best[b], base_weights(rules.sid_groups) * sid_tops, percent)
    lead += sums.stated[a] / sums.divisor[a] - sums.stated[b] / sums.divisor[b]
    lead += sums.count_low[a] - sums.count_high[b]
    low, high = _spd_shares(profiles, spd_tops)
    lead += spd * least_mean(low[a] - high[b], base_weights(rules.spd_groups) * spd_tops, percent)
    lead += np.nan_to_num(profiles.spd_low)[a] - np.nan_to_num(profiles.spd_high)[b]
    return np.asarray(lead * 100 / sums.total_maximum)


def least_mean(leads: Values, shares: Values, percent: float | None) -> Values:
    """The smallest weighted mean of each row of leads, over weights free or within +-percent of the shares."""
    if percent is None:
        return np.asarray(leads.min(axis=1))
    order = np.argsort(leads, axis=1)
    ordered = np.take_along_axis(leads, order, axis=1)
    base = (shares / shares.sum())[order]
    zero = np.zeros((len(leads), 1))
    heavy = np.concatenate([zero, np.cumsum(base, axis=1)], axis=1)
    heavy_leads = np.concatenate([zero, np.cumsum(base * ordered, axis=1)], axis=1)
    up, down = 1 + percent, 1 - percent
    top = up * heavy_leads + down * (heavy_leads[:, -1:] - heavy_leads)
    bottom = up * heavy + down * (heavy[:, -1:] - heavy)
    return np.asarray((top / bottom).min(axis=1))


def _shares_reached(profiles: RegionProfiles, sums: RuleSums) -> tuple[Values, Values]:
    """Mean level per unit and indicator as a share of the top level, with unanswered ones at 0 and at the top."""
    tops = np.array([group.top_level for group in profiles.sid_groups], dtype=float)
    levels = sums.at_level @ np.arange(sums.at_level.shape[2], dtype=float)
    divisor = sums.divisor[:, None]
    return levels / tops / divisor, (levels / tops + sums.unanswered) / divisor


def _spd_shares(profiles: RegionProfiles, tops: Values) -> tuple[Values, Values]:
    by_total = ~np.isnan(profiles.spd_low)[:, None]
    levels = profiles.spd_levels / tops
    low = np.where(by_total, 0.0, np.nan_to_num(levels, nan=0.0))
    return low, np.where(by_total, 0.0, np.nan_to_num(levels, nan=1.0))
