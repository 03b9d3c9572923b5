"""Computes an own index: screened, built by its recipe, shaken by others, with the reason for what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from analysis.composite.own_inputs import OwnInputs
from iga.composite import CompositeIndex, Recipe, build_index, impute, screen
from iga.errors import RuleProblem
from iga.robustness import RecipeUncertainty, analyse_recipes

SHAKEN_NORMALISATIONS = ("minmax", "zscore", "rank", "percentile", "borda", "distance_to_maximum")
"""Normalisations that need nothing but the table, so that they can be set beside the one of a recipe."""
SHAKEN_AGGREGATIONS = ("arithmetic", "geometric", "harmonic", "copeland")
FEWEST_DRAWS = 100


@dataclass(frozen=True)
class Shaking:
    """How an own index is shaken: draws, seed, spread of weights (0.25 is +-25 %), and sets of weights tested."""

    draws: int = 1000
    seed: int = 2026
    weight_spread: float = 0.25
    weight_sets: int = 20


@dataclass(frozen=True)
class OwnIndex:
    """An own index: what it is made of, the index, the units left out by screening, and how sure its ranks are.

    `uncertainty` is None where the index could not be shaken, and `unshaken` says why.
    """

    inputs: OwnInputs
    index: CompositeIndex[pl.DataFrame]
    screened_out: tuple[str, ...]
    least_share: float
    shaking: Shaking
    uncertainty: RecipeUncertainty | None
    unshaken: RuleProblem | None

    @property
    def units(self) -> list[str]:
        """The units that have a place, best first; those without a score last, by name."""
        ranks = self.index.ranks
        order = sorted(range(len(ranks)), key=lambda at: (np.isnan(ranks[at]), ranks[at], str(self.unit_names[at])))
        return [self.unit_names[at] for at in order]

    @property
    def unit_names(self) -> list[str]:
        """The units in the order of the table."""
        return [str(unit) for unit in self.index.scores.units]

    def name_of(self, code: str) -> str:
        """The name of an element of the index."""
        return self.inputs.names.name_of(code)


def compute_own_index(inputs: OwnInputs, *, least_share: float = 0.0, shaking: Shaking | None = None) -> OwnIndex:
    """Return the index of an own table.

    `least_share` leaves out units with a smaller share of values (0 to 1; 0 keeps all). Raises what the steps of the
    recipe raise; an index that cannot be shaken is returned all the same, with the reason.
    """
    screened_out: tuple[str, ...] = ()
    if least_share > 0:
        table, left_out = screen(inputs.table, least_share=least_share)
        is_kept = np.array([unit in set(table.units) for unit in inputs.table.units])
        inputs = replace(
            inputs,
            table=table,
            stated=inputs.stated.keep(is_kept),
            denominators={name: values[is_kept] for name, values in inputs.denominators.items()},
        )
        screened_out = tuple(map(str, left_out))
    recipe = _with_groups(inputs)
    inputs = replace(inputs, recipe=recipe)
    index = build_index(inputs.table, inputs.hierarchy, recipe)
    chosen = shaking or Shaking()
    uncertainty, unshaken = _shaken(inputs, index, chosen)
    return OwnIndex(inputs, index, screened_out, least_share, chosen, uncertainty, unshaken)


def _with_groups(inputs: OwnInputs) -> Recipe:
    """The recipe with the groups of the first group column, where it imputes by group."""
    recipe = inputs.recipe
    if recipe.groups is None and str(recipe.imputation or "").startswith("group") and inputs.groups:
        first = next(iter(inputs.groups.values()))
        return replace(recipe, groups={unit: group for unit, group in first.items() if group is not None})
    return recipe


def _shaken(
    inputs: OwnInputs, index: CompositeIndex[pl.DataFrame], shaking: Shaking
) -> tuple[RecipeUncertainty | None, RuleProblem | None]:
    recipe = inputs.recipe
    try:
        table = inputs.table.select(inputs.hierarchy.indicators)
        if recipe.imputation:
            table = impute(table, str(recipe.imputation), groups=recipe.groups)
        return (
            analyse_recipes(
                table,
                index.hierarchy,
                **levels_of(recipe),
                weights=shaking.weight_sets,
                weight_spread=shaking.weight_spread,
                draws=shaking.draws,
                seed=shaking.seed,
            ),
            None,
        )
    except RuleProblem as problem:
        return None, problem


def levels_of(recipe: Recipe) -> dict[str, Any]:
    """Return what each factor is varied over, the choice of the recipe first where it can be set beside others."""
    method = recipe.normalisation if recipe.normalisation in SHAKEN_NORMALISATIONS else "minmax"
    aggregation = recipe.aggregation if recipe.aggregation in SHAKEN_AGGREGATIONS else "arithmetic"
    other = "geometric" if aggregation != "geometric" else "arithmetic"
    outliers = ("none", "winsorise")
    return {
        "outliers": outliers if recipe.outliers not in outliers else (recipe.outliers, "none"),
        "normalisation": (method, "zscore" if method != "zscore" else "minmax"),
        "aggregation": (aggregation, other),
    }
