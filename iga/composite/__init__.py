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
from iga.composite.index import CompositeIndex, Recipe, build_index, compare_recipes, ranks_of
from iga.composite.normalisation import NORMALISATIONS, normalise
from iga.composite.table import IndicatorTable, indicator_table
from iga.composite.treatment import (
    IMPUTATIONS,
    OUTLIER_TREATMENTS,
    availability,
    denominate,
    impute,
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
    "AuditLimits",
    "Check",
    "CompositeIndex",
    "Hierarchy",
    "IndicatorTable",
    "Recipe",
    "aggregate",
    "audit_indicators",
    "audit_ranking",
    "audit_years",
    "availability",
    "build_index",
    "compare_recipes",
    "copeland_scores",
    "correlations",
    "cronbach_alpha",
    "denominate",
    "effective_weights",
    "hierarchy_of",
    "impute",
    "indicator_statistics",
    "indicator_table",
    "normalise",
    "principal_components",
    "ranks_of",
    "redundant_pairs",
    "screen",
    "treat_outliers",
    "weigh",
]
