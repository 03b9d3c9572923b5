"""Computes an own index: screened, built by its recipe, shaken by others, with the reason for what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import polars as pl

from analysis.composite.own_inputs import OwnInputs
from iga.composite import CompositeIndex, Recipe, build_index, screen
from iga.composite.rounding_noise import is_constant
from iga.composite.table import FEWEST_UNITS
from iga.errors import RuleProblem
from iga.robustness import RecipeUncertainty, analyse_recipes
from iga.robustness.recipes import AS_GIVEN

STEP_BY_PART = {
    "imputations": "imputation",
    "treatments": "outliers",
    "normalisations": "normalisation",
    "aggregations": "aggregation",
}
"""The step that is stated by indicator or node under each of these keys of a recipe."""
RECIPE_FIELDS = frozenset(field.name for field in fields(Recipe))
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
    uncertainty, unshaken = _shaken(inputs, chosen)
    return OwnIndex(inputs, index, screened_out, least_share, chosen, uncertainty, unshaken)


def _with_groups(inputs: OwnInputs) -> Recipe:
    """The recipe with the groups of the first group column, where it imputes by group."""
    recipe = inputs.recipe
    chosen = [recipe.imputation, *(recipe.imputations or {}).values()]
    if recipe.groups is None and inputs.groups and any(str(how or "").startswith("group") for how in chosen):
        first = next(iter(inputs.groups.values()))
        return replace(recipe, groups={unit: group for unit, group in first.items() if group is not None})
    return recipe


def _shaken(inputs: OwnInputs, shaking: Shaking) -> tuple[RecipeUncertainty | None, RuleProblem | None]:
    try:
        return (
            analyse_recipes(
                inputs.table,
                inputs.hierarchy,
                recipe=inputs.recipe,
                **levels_of(inputs),
                weights=shaking.weight_sets,
                weight_spread=shaking.weight_spread,
                draws=shaking.draws,
                seed=shaking.seed,
            ),
            None,
        )
    except RuleProblem as problem:
        return None, problem


def levels_of(inputs: OwnInputs) -> dict[str, Any]:
    """Return what `analyse_recipes` varies beside weights: each choice of the recipe first, then another one.

    Missing values are filled otherwise where there are any; indicators are put on another scale where each has a
    spread. A step that the recipe states by indicator or node is set against one method for all of them (in `factors`,
    under the name of that field), so that the first reading is always the recipe itself.
    """
    recipe = inputs.recipe
    values = inputs.table.select(inputs.hierarchy.indicators).values
    levels: dict[str, Any] = {}
    factors: dict[str, dict[str, dict[str, Any]]] = {}

    def vary(step: str, by_part: str, own: Any, is_stated_by_part: bool, other: str) -> None:
        if is_stated_by_part:
            change = {step: None if other == "none" else other} | ({by_part: None} if by_part in RECIPE_FIELDS else {})
            factors[by_part] = {AS_GIVEN: {}, other: change}
        else:
            levels[step] = (own or "none", other)

    if np.isnan(values).any():
        other = "median" if recipe.imputation != "median" else "mean"
        vary("imputation", "imputations", recipe.imputation, bool(recipe.imputations), other)
    other = "none" if recipe.outliers or recipe.treatments else "winsorise"
    vary("outliers", "treatments", recipe.outliers, bool(recipe.treatments), other)
    if len(values) >= FEWEST_UNITS and not any(map(is_constant, values.T)):
        other = "zscore" if recipe.normalisation != "zscore" else "minmax"
        vary("normalisation", "normalisations", recipe.normalisation, bool(recipe.normalisations), other)
    aggregation = recipe.aggregation
    is_by_node = isinstance(aggregation, Mapping)
    named = list(aggregation.values()) if isinstance(aggregation, Mapping) else [aggregation]
    methods = {getattr(how, "method", how) for how in named}
    is_arithmetic = methods <= {"arithmetic"} if is_by_node else "geometric" not in methods
    vary("aggregation", "aggregations", aggregation, is_by_node, "geometric" if is_arithmetic else "arithmetic")
    return {**levels, "factors": factors}


def varied_levels(own: OwnIndex) -> dict[str, tuple[str, ...]]:
    """Return the levels of each factor that was varied, under the name of its step, as the shaking used them."""
    if own.uncertainty is None:
        return {}
    return {step_of(name): levels for name, levels in own.uncertainty.levels.items() if len(levels) > 1}


def step_of(factor: str) -> str:
    """Return the step of a recipe that a factor varies; one stated by indicator or node is that of the same step."""
    return STEP_BY_PART.get(factor, factor)
