"""Builds an index by a recipe (treatment, normalisation, weights, aggregation) and compares recipes with each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.aggregation import aggregate
from iga.composite.hierarchy import Hierarchy
from iga.composite.normalisation import ascending_ranks, normalise
from iga.composite.table import FrameT_co, IndicatorTable, Values, columns_of, frame_of
from iga.composite.treatment import impute, treat_outliers
from iga.composite.weighting import weigh

RANK_PLACES = 9
"""Scores that agree to nine places are equal: they differ by the order of additions only."""


@dataclass(frozen=True)
class Recipe:
    """Every choice that turns a table into an index, each by its name; None leaves a step out."""

    imputation: str | None = None
    outliers: Literal["winsorise", "log"] | None = None
    normalisation: str = "minmax"
    scale: tuple[float, float] = (1.0, 100.0)
    targets: Mapping[str, float] | None = None
    goalposts: Mapping[str, tuple[float, float]] | None = None
    weights: str = "given"
    weight_targets: Mapping[str, float] | None = None
    aggregation: str | Mapping[str, str] = "arithmetic"
    exponent: float | None = None
    least_available: float = 0.0
    groups: Mapping[str, Hashable] | Mapping[int, Hashable] | None = None


@dataclass(frozen=True)
class CompositeIndex(Generic[FrameT_co]):
    """An index with all that it was made of; `scores` holds every node, the index last."""

    recipe: Recipe
    hierarchy: Hierarchy
    normalised: IndicatorTable[FrameT_co]
    scores: IndicatorTable[FrameT_co]
    treatment: FrameT_co | None

    @property
    def index(self) -> Values:
        """The index of each unit, NaN where it has none."""
        return self.scores.column(self.hierarchy.root)

    @property
    def ranks(self) -> Values:
        """The place of each unit, 1 for the best; equal scores share the better place."""
        return ranks_of(self.index)

    def frame(self) -> FrameT_co:
        """One row per unit: its name, every node's score, and `rank`."""
        table = self.scores
        columns = columns_of(table.indicators, table.values)
        return frame_of(table, {table.unit_column: list(table.units), **columns, "rank": self.ranks})


def ranks_of(scores: Values) -> Values:
    """Places, 1 for the highest score; equal scores (to nine places) share the better place; NaN has none."""
    return ascending_ranks(-np.round(scores, RANK_PLACES))


def build_index(
    table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy, recipe: Recipe | None = None
) -> CompositeIndex[IntoDataFrameT]:
    """The index of a table under a hierarchy and a recipe.

    The steps run in the order of the Handbook on Constructing Composite Indicators (OECD / JRC, 2008): imputation,
    outliers, normalisation, weights, aggregation. Raises what each step raises, with the offender's name.
    """
    chosen = recipe or Recipe()
    prepared = table.select(hierarchy.indicators)
    if chosen.imputation:
        prepared = impute(prepared, chosen.imputation, groups=chosen.groups)
    treatment = None
    if chosen.outliers:
        prepared, treatment = treat_outliers(prepared, chosen.outliers)
    normalised = normalise(
        prepared,
        hierarchy,
        chosen.normalisation,
        scale=chosen.scale,
        targets=chosen.targets,
        goalposts=chosen.goalposts,
    )
    weighed = weigh(normalised, hierarchy, chosen.weights, targets=chosen.weight_targets)
    scores = aggregate(
        normalised, weighed, chosen.aggregation, exponent=chosen.exponent, least_available=chosen.least_available
    )
    return CompositeIndex(chosen, weighed, normalised, scores, treatment)


def compare_recipes(
    table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy, recipes: Mapping[str, Recipe]
) -> IntoDataFrameT:
    """Each alternative against the first: one row per recipe.

    Columns: recipe, rank_correlation (Spearman), mean_rank_shift, max_rank_shift, most_shifted_unit.
    """
    built = {name: build_index(table, hierarchy, recipe).ranks for name, recipe in recipes.items()}
    reference = next(iter(built.values()))
    rows: dict[str, list[Hashable]] = {
        "recipe": list(built),
        "rank_correlation": [],
        "mean_rank_shift": [],
        "max_rank_shift": [],
        "most_shifted_unit": [],
    }
    for ranks in built.values():
        both = ~np.isnan(ranks) & ~np.isnan(reference)
        shift = np.abs(ranks - reference)
        rows["rank_correlation"].append(float(np.corrcoef(ranks[both], reference[both])[0, 1]))
        rows["mean_rank_shift"].append(float(np.nanmean(shift)))
        rows["max_rank_shift"].append(float(np.nanmax(shift)))
        rows["most_shifted_unit"].append(table.units[int(np.nanargmax(shift))])
    return frame_of(table, rows)
