"""Narrows what is not known: likely ranges inside the hard bounds of an index, each with its label, or a refusal.

In this order: what published facts prove (`published_facts`, `spd_lines`), a random sample read again
(`audit_sample`), scenarios with a name (`named_scenarios`), and cities whose answers are known (`donors`). A likely
range never replaces the bounds or enters an index. docs/likely_ranges.md has the method and how well each holds.
"""

from iga.estimate.above import Above, probability_above
from iga.estimate.audit_sample import audit_sample_range, draw_audit_sample
from iga.estimate.donor_cities import DonorCity, NeighbouringSpd, TargetCity
from iga.estimate.donors import donor_maturity_range, donor_range, donor_spd_range
from iga.estimate.estimate_limits import Limits, limit_reasons, limits
from iga.estimate.index_range import index_range
from iga.estimate.likely_range import Condition, LikelyRange, Refusal
from iga.estimate.named_scenarios import Scenario, named_scenarios
from iga.estimate.published_facts import PublishedFact, WeightBounds, deterministic_bounds, weight_bounds
from iga.estimate.spd_lines import spd_bounds, spd_levels, spd_range

__all__ = [
    "Above",
    "Condition",
    "DonorCity",
    "LikelyRange",
    "Limits",
    "NeighbouringSpd",
    "PublishedFact",
    "Refusal",
    "Scenario",
    "TargetCity",
    "WeightBounds",
    "audit_sample_range",
    "deterministic_bounds",
    "donor_maturity_range",
    "donor_range",
    "donor_spd_range",
    "draw_audit_sample",
    "index_range",
    "limit_reasons",
    "limits",
    "named_scenarios",
    "probability_above",
    "spd_bounds",
    "spd_levels",
    "spd_range",
    "weight_bounds",
]
