"""Who outranks whom under all weights and rules: exact, from the vertices of the set of weights, without sampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from iga.composite.rounding_noise import NOISE
from iga.composite.table import EagerFrame, Values, polars_frame
from iga.errors import RobustnessInvalid
from iga.robustness.index_model import settings_of
from iga.robustness.profile import RegionProfiles, RuleSums, index_as_it_stands
from iga.robustness.uncertainty import RuleLevel
from iga.robustness.weights import base_weights, maximum_of


def dominance(
    profiles: RegionProfiles,
    *,
    percent: float | None = None,
    rules: Mapping[str, Sequence[RuleLevel]] | None = None,
) -> EagerFrame:
    """Every pair of units of one edition, and whether the first outranks the second whatever the weights.

    `percent` None: all weights that are not negative and keep the maxima of SPD and of maturity; 0.25: weights
    within +-25 % of the rulebook's, renormalised. The smallest lead of a pair is reached at a vertex: with free weights
    all of an aspect on one indicator, within a range each weight at an end, low for where the first leads and high for
    where it lags (a linear fraction, so a threshold on the leads finds it exactly). `rules`: levels of switches, as in
    `IndexUncertainty`; the order must then hold under every combination. Unknown levels, affairs, SPD and what is
    carried over from another edition count at their worst for the first and at their best for the second.

    Columns: region_code, edition, other_region_code, lead_low, lead_high (smallest and largest lead of the index in
    points, before rounding, over all rules), is_dominant (lead_low > 0), weakest_rules (the levels of the rules under
    which the lead is smallest, "" without rules), rests_on_totals (a unit of the pair has innovations with a total and
    no levels, which stays as it is while weights move). Raises RobustnessInvalid for a share outside 0 to 1.
    """
    if percent is not None and not 0 <= percent < 1:
        raise RobustnessInvalid(
            "{value} is not a share below 1.", place="percent", fix="Write 0.25 for +-25 %.", value=percent
        )
    settings = settings_of(profiles, rules or {})
    first, second = _pairs(profiles)
    lows, highs = [], []
    for _, rulebook, assumptions in settings:
        sums = profiles.sums(rulebook, assumptions)
        lows.append(_least_lead(profiles, sums, first, second, percent))
        highs.append(-_least_lead(profiles, sums, second, first, percent))
    # A lead of less than rounding noise is none.
    low, weakest = np.min(lows, axis=0), np.argmin(lows, axis=0)
    low[np.abs(low) <= 100 * NOISE] = 0.0
    told = [", ".join(f"{name} = {level}" for name, level in chosen.items()) for chosen, *_ in settings]
    codes, editions = profiles.units["region_code"], profiles.units["edition"]
    return polars_frame(
        {
            "region_code": [codes[a] for a in first],
            "edition": [editions[a] for a in first],
            "other_region_code": [codes[b] for b in second],
            "lead_low": low,
            "lead_high": np.max(highs, axis=0),
            "is_dominant": low > 0,
            "weakest_rules": [told[place] for place in weakest.tolist()],
            "rests_on_totals": (profiles.unreachable_count[first] + profiles.unreachable_count[second]) > 0,
        },
    )


def _pairs(profiles: RegionProfiles) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of every ordered pair of units of one edition."""
    editions = np.array([str(edition) for edition in profiles.units["edition"]])
    first, second = np.nonzero((editions[:, None] == editions) & ~np.eye(profiles.count, dtype=bool))
    return first, second


def _least_lead(
    profiles: RegionProfiles, sums: RuleSums, a: NDArray[np.int64], b: NDArray[np.int64], percent: float | None
) -> Values:
    """The smallest index lead of each a over each b, in points of the index."""
    rules = profiles.rulebook
    is_bounded = ~np.isnan(profiles.index_low)
    worst, best = _shares_reached(profiles, sums, is_bounded)
    sid_tops = np.array([group.top_level for group in rules.sid_groups], dtype=float)
    spd_tops = np.array([group.top_level for group in rules.spd_groups], dtype=float)
    maturity, spd = maximum_of(rules, "maturity"), maximum_of(rules, "spd")
    lead = maturity * least_mean(worst[a] - best[b], base_weights(rules.sid_groups) * sid_tops, percent)
    lead += sums.stated[a] / sums.divisor[a] - sums.stated[b] / sums.divisor[b]
    lead += sums.count_low[a] - np.where(is_bounded, sums.count_low, sums.count_high)[b]
    low, high = _spd_shares(profiles, spd_tops, is_bounded)
    lead += spd * least_mean(low[a] - high[b], base_weights(rules.spd_groups) * spd_tops, percent)
    most = np.where(is_bounded, profiles.spd_low, profiles.spd_high)
    lead += np.nan_to_num(profiles.spd_low)[a] - np.nan_to_num(most)[b]
    lead *= 100 / sums.total_maximum
    # Units known by bounds of their index move from where they stand to the end of these bounds.
    stands = index_as_it_stands(profiles, profiles.sums(rules, rules.assumptions))
    moved_low = np.where(is_bounded, profiles.index_low - stands, 0.0)
    moved_high = np.where(is_bounded, profiles.index_high - stands, 0.0)
    return np.asarray(lead + moved_low[a] - moved_high[b])


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


def _shares_reached(profiles: RegionProfiles, sums: RuleSums, is_bounded: NDArray[np.bool_]) -> tuple[Values, Values]:
    """Mean level per unit and indicator as a share of the top level, with unanswered ones at 0 and at the top."""
    tops = np.array([group.top_level for group in profiles.sid_groups], dtype=float)
    divisor = sums.divisor[:, None]
    open_ = np.where(is_bounded[:, None], 0, sums.unanswered)
    return sums.levels / tops / divisor, (sums.levels / tops + open_) / divisor


def _spd_shares(profiles: RegionProfiles, tops: Values, is_bounded: NDArray[np.bool_]) -> tuple[Values, Values]:
    by_total = ~np.isnan(profiles.spd_low)[:, None]
    levels = profiles.spd_levels / tops
    low = np.where(by_total, 0.0, np.nan_to_num(levels, nan=0.0))
    most = np.where(np.isnan(levels), np.where(is_bounded[:, None], 0.0, 1.0), levels)
    return low, np.where(by_total, 0.0, most)
