"""How sure a rank is: many draws of weights, rules, levels and gaps at once, and what can be claimed from them."""

from iga.robustness.analysis import Robustness, analyse_robustness, leave_one_out
from iga.robustness.break_even import BreakEven, break_even
from iga.robustness.claims import RankClaims, claims_of, ranks_of_draws
from iga.robustness.dominance import dominance
from iga.robustness.error_model import ErrorFit, fit_errors
from iga.robustness.profile import RegionProfiles, levels_beside, region_profiles
from iga.robustness.recipes import RecipeUncertainty, analyse_recipes
from iga.robustness.sensitivity import (
    drivers_of,
    sobol_by_enumeration,
    sobol_by_sampling,
    sobol_of_robustness,
)
from iga.robustness.uncertainty import IndexUncertainty, StatedErrors, stated_errors
from iga.robustness.weights import WeightPerturbation, draw_hierarchy_weights, draw_index_weights, weighted_scores

__all__ = [
    "BreakEven",
    "ErrorFit",
    "IndexUncertainty",
    "RankClaims",
    "RecipeUncertainty",
    "RegionProfiles",
    "Robustness",
    "StatedErrors",
    "WeightPerturbation",
    "analyse_recipes",
    "analyse_robustness",
    "break_even",
    "claims_of",
    "dominance",
    "draw_hierarchy_weights",
    "draw_index_weights",
    "drivers_of",
    "fit_errors",
    "leave_one_out",
    "levels_beside",
    "ranks_of_draws",
    "region_profiles",
    "sobol_by_enumeration",
    "sobol_by_sampling",
    "sobol_of_robustness",
    "stated_errors",
    "weighted_scores",
]
