"""Builds an index by a recipe (treatment, normalisation, weights, aggregation) and compares recipes with each other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic

import numpy as np
from narwhals.typing import IntoDataFrameT

from iga.composite.aggregation import aggregate
from iga.composite.hierarchy import Hierarchy
from iga.composite.imputation import impute
from iga.composite.normalisation import ascending_ranks, normalise
from iga.composite.recipe import RANK_PLACES, AnyImputation, Recipe
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import FrameT_co, IndicatorTable, Values, columns_of, frame_of
from iga.composite.treatment import treat_outliers
from iga.composite.weighting import weigh

__all__ = ["RANK_PLACES", "CompositeIndex", "Recipe", "build_index", "compare_recipes", "ranks_of"]


@dataclass(frozen=True)
class PreparedTable(Generic[FrameT_co]):
    """Indicators after imputation and after outliers, in their own units; what was treated; and on their scale."""

    imputed: IndicatorTable[FrameT_co]
    treated: IndicatorTable[FrameT_co]
    treatment: FrameT_co | None
    normalised: IndicatorTable[FrameT_co]


@dataclass(frozen=True)
class CompositeIndex(Generic[FrameT_co]):
    """An index with all that it was made of; `scores` holds every node, the index last.

    `imputed` and `treated` are the indicators in their own units, after imputation and after outliers; `treatment` says
    what was done to outliers, one row per indicator (None where the recipe treats none).
    """

    recipe: Recipe
    hierarchy: Hierarchy
    normalised: IndicatorTable[FrameT_co]
    scores: IndicatorTable[FrameT_co]
    treatment: FrameT_co | None
    imputed: IndicatorTable[FrameT_co]
    treated: IndicatorTable[FrameT_co]

    @property
    def index(self) -> Values:
        """The index of each unit, NaN where it has none."""
        return self.scores.column(self.hierarchy.root)

    @property
    def ranks(self) -> Values:
        """The place of each unit, 1 for the best; equal scores share the better place."""
        return ranks_of(self.index, self.recipe.rank_places)

    def frame(self) -> FrameT_co:
        """One row per unit: its name, every node's score, and `rank`."""
        table = self.scores
        columns = columns_of(table.indicators, table.values)
        return frame_of(table, {table.unit_column: list(table.units), **columns, "rank": self.ranks})


def ranks_of(scores: Values, places: int | None = RANK_PLACES) -> Values:
    """Return places, 1 for the highest score; scores equal to `places` decimals share the better place.

    Rounding noise is removed first, and alone where `places` is None; NaN has no place.
    """
    cleaned = without_rounding_noise(np.asarray(scores, dtype=float))
    return ascending_ranks(-(cleaned if places is None else np.round(cleaned, places)))


def build_index(
    table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy, recipe: Recipe | None = None
) -> CompositeIndex[IntoDataFrameT]:
    """Return the index of a table under a hierarchy and a recipe.

    The steps run in the order of the Handbook on Constructing Composite Indicators (OECD / JRC, 2008): imputation,
    outliers, normalisation, weights, aggregation. `row_mean` and `row_median` fill what is missing from the unit's
    other indicators, so they run on the normalised scores, where these are of one scale. Raises what each step raises,
    with the offender's name.
    """
    chosen = recipe or Recipe()
    made = prepare(table, hierarchy, chosen)
    weighed = weigh(made.normalised, hierarchy, chosen.weights, targets=chosen.weight_targets)
    scores = aggregate(
        made.normalised, weighed, chosen.aggregation, exponent=chosen.exponent, least_available=chosen.least_available
    )
    return CompositeIndex(chosen, weighed, made.normalised, scores, made.treatment, made.imputed, made.treated)


def prepare(
    table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy, recipe: Recipe
) -> PreparedTable[IntoDataFrameT]:
    """Return the indicators of a hierarchy after every step of a recipe that comes before weights."""
    indicators = table.select(hierarchy.indicators)
    by_row, by_column = _imputations(indicators, recipe)
    imputed = impute(indicators, None, groups=recipe.groups, by_indicator=by_column)
    treated, treatment = imputed, None
    if recipe.outliers or recipe.treatments:
        treated, treatment = treat_outliers(imputed, recipe.outliers or "none", by_indicator=recipe.treatments)
    normalised = normalise(
        treated,
        hierarchy,
        recipe.normalisation,
        scale=recipe.scale,
        targets=recipe.targets,
        goalposts=recipe.goalposts,
        by_indicator=recipe.normalisations,
    )
    return PreparedTable(imputed, treated, treatment, impute(normalised, None, by_indicator=by_row))


def _imputations(
    table: IndicatorTable[IntoDataFrameT], recipe: Recipe
) -> tuple[dict[str, AnyImputation], dict[str, AnyImputation]]:
    """The imputation of each indicator that has one: those from the unit's own row, and the others."""
    chosen: dict[str, AnyImputation] = {}
    if recipe.imputation is not None:
        chosen = dict.fromkeys(table.indicators, recipe.imputation)
    for name, how in (recipe.imputations or {}).items():
        _ = table.column(name)
        chosen[name] = how
    by_row: dict[str, AnyImputation] = {
        name: how for name, how in chosen.items() if isinstance(how, str) and how.startswith("row_")
    }
    return by_row, {name: how for name, how in chosen.items() if name not in by_row}


def compare_recipes(
    table: IndicatorTable[IntoDataFrameT], hierarchy: Hierarchy, recipes: Mapping[str, Recipe]
) -> IntoDataFrameT:
    """Return each alternative against the first: one row per recipe.

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
