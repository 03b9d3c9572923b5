"""A composite index on any indicator table: checks, treatment, normalisation, weights, aggregation, alternatives."""

from iga.composite.aggregation import AGGREGATIONS, aggregate, copeland_scores
from iga.composite.association import (
    correlations,
    cronbach_alpha,
    indicator_statistics,
    principal_components,
    redundant_pairs,
)
from iga.composite.audit import AuditLimits, Check, audit_indicators, audit_ranking, audit_years
from iga.composite.hierarchy import Hierarchy, hierarchy_of
from iga.composite.imputation import IMPUTATIONS, impute
from iga.composite.index import CompositeIndex, build_index, compare_recipes, ranks_of
from iga.composite.normalisation import NORMALISATIONS, goalposts_about, normalise
from iga.composite.panel import (
    Convergence,
    IndicatorPanel,
    PanelIndex,
    build_panel,
    convergence,
    growth,
    impute_along_time,
    indicator_panel,
    trends,
)
from iga.composite.recipe import Aggregation, Normalisation, Recipe, Treatment
from iga.composite.recipe_toml import hierarchy_in, recipe_of, written
from iga.composite.table import IndicatorTable, indicator_table
from iga.composite.treatment import (
    OUTLIER_TREATMENTS,
    availability,
    denominate,
    screen,
    treat_outliers,
)
from iga.composite.weighting import WEIGHTINGS, effective_weights, weigh

__all__ = [
    "AGGREGATIONS",
    "IMPUTATIONS",
    "NORMALISATIONS",
    "OUTLIER_TREATMENTS",
    "WEIGHTINGS",
    "Aggregation",
    "AuditLimits",
    "Check",
    "CompositeIndex",
    "Convergence",
    "Hierarchy",
    "IndicatorPanel",
    "IndicatorTable",
    "Normalisation",
    "PanelIndex",
    "Recipe",
    "Treatment",
    "aggregate",
    "audit_indicators",
    "audit_ranking",
    "audit_years",
    "availability",
    "build_index",
    "build_panel",
    "compare_recipes",
    "convergence",
    "copeland_scores",
    "correlations",
    "cronbach_alpha",
    "denominate",
    "effective_weights",
    "goalposts_about",
    "growth",
    "hierarchy_in",
    "hierarchy_of",
    "impute",
    "impute_along_time",
    "indicator_panel",
    "indicator_statistics",
    "indicator_table",
    "normalise",
    "principal_components",
    "ranks_of",
    "recipe_of",
    "redundant_pairs",
    "screen",
    "treat_outliers",
    "trends",
    "weigh",
    "written",
]
