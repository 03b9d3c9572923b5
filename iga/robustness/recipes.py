"""Uncertainty of a composite index over its own choices: every draw is one combination, each computed only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from narwhals.typing import IntoDataFrame
from numpy.typing import NDArray

from iga.composite.aggregation import NEEDS_POSITIVE, aggregate, methods_of_nodes
from iga.composite.hierarchy import Hierarchy
from iga.composite.index import prepare
from iga.composite.recipe import Aggregation, AnyAggregation, AnyImputation, Recipe
from iga.composite.rounding_noise import without_rounding_noise
from iga.composite.table import EagerFrame, IndicatorTable, Values, polars_frame
from iga.composite.weighting import weigh
from iga.errors import MethodRefused, RobustnessInvalid
from iga.robustness.claims import RankClaims, Ranks, claims_of, ranks_of_draws
from iga.robustness.sensitivity import sobol_by_enumeration, sobol_by_sampling
from iga.robustness.weights import draw_hierarchy_weights, nominal_weights

FACTORS = ("imputation", "outliers", "normalisation", "weights", "aggregation")
"""Factors that have an argument of their own; any other is laid over what these say."""
AS_GIVEN = "as in the recipe"
POSITIVE = {*NEEDS_POSITIVE, "mazziotta_pareto"}
LATE = ("weights", "weight_targets", "aggregation", "exponent", "least_available", "rank_places")
"""Fields of a recipe that do not touch the normalised table."""
MOST_COMBINATIONS = 20_000
"""Up to this number every combination is computed and Sobol indices are exact; beyond it they are estimated."""
REPORTED = 200
"""Draws on which the effect of a level is shown where not every combination is computed."""
Change = Mapping[str, Any]
"""Fields of a recipe and their other values; of a field by indicator or node, only those that change."""


@dataclass(frozen=True)
class RecipeUncertainty:
    """An analysis of a recipe's choices; frames are Polars frames.

    `claims` are those of the draws. `factors` says how often each level was drawn and how it changes ranks. `sobol` are
    the indices of the ranks, `sobol_of_index` those of the index itself (which speak only where every combination is on
    one scale); first and total are null where no combination moves what they are of. `levels` names the levels of each
    factor. If `is_exact`, `grid` holds the index of every combination (one axis per factor, then units); otherwise of
    every draw (draws x units).
    """

    claims: RankClaims
    factors: EagerFrame
    sobol: EagerFrame
    grid: Values
    levels: Mapping[str, tuple[str, ...]]
    sobol_of_index: EagerFrame
    is_exact: bool = True


def analyse_recipes(
    table: IndicatorTable[IntoDataFrame],
    hierarchy: Hierarchy,
    *,
    recipe: Recipe | None = None,
    imputation: Sequence[AnyImputation] | None = None,
    missing_draws: int = 0,
    outliers: Sequence[str] | None = None,
    normalisation: Sequence[str] | None = None,
    factors: Mapping[str, Mapping[str, Change]] | None = None,
    weights: int = 20,
    weight_spread: float | Mapping[int, float] = 0.25,
    aggregation: Sequence[AnyAggregation] | None = None,
    draws: int = 1000,
    samples: int = 1024,
    seed: int,
) -> RecipeUncertainty:
    """Return draws of all factors at once, their claims, and Sobol indices of ranks and index.

    What no factor moves is as in `recipe`; without one, `outliers` (none, winsorise), `normalisation` (minmax, zscore)
    and `aggregation` (arithmetic, geometric) are tested. `imputation` names methods for missing cells (`none`: weights
    are re-scaled over what a unit has); `missing_draws` adds that many fillings with values drawn from those observed
    of the indicator, so that what is missing is itself uncertain. `factors` names any others, each with its levels as
    changes of the recipe: goalposts, the aggregation of one node, the treatment of one indicator. `weights` sets are
    tested: the given ones, and others drawn +-`weight_spread` at each level of the hierarchy. Levels of a factor are
    equally likely.

    Where the aggregation of a combination needs more than zero and meets zeros or negatives, its normalised table is
    moved onto 1 to 100 (which keeps its order and its distances in proportion). A combination that is the recipe itself
    is computed as `build_index` computes it. Up to `MOST_COMBINATIONS` all are computed and indices are exact; beyond,
    they are estimated from `samples` pairs, with intervals. `factors` of the result reports each level's share of the
    draws and how many ranks it changes against the first level (has_changed). Raises RobustnessInvalid for no levels,
    fewer than 100 draws, a factor that changes what no recipe has, or a unit without an index; and what the steps
    raise.
    """
    if draws < 100:
        raise RobustnessInvalid("{draws} are too few.", place="draws", fix="Draw at least 100.", draws=draws)
    base = recipe or Recipe()
    if recipe is None:
        outliers = ("none", "winsorise") if outliers is None else outliers
        normalisation = ("minmax", "zscore") if normalisation is None else normalisation
        aggregation = ("arithmetic", "geometric") if aggregation is None else aggregation
    changes: dict[str, dict[str, Change]] = {}
    if imputation is not None or missing_draws:
        changes["imputation"] = _imputations(imputation or (), missing_draws, seed)
    changes["outliers"] = _levels("outliers", outliers)
    changes["normalisation"] = _levels("normalisation", normalisation)
    changes |= {name: dict(levels) for name, levels in (factors or {}).items()}
    named = ("given", *(f"drawn {place}" for place in range(1, weights)))
    changes["weights"] = {level: {} for level in named[:weights]}
    changes["aggregation"] = _levels("aggregation", aggregation)
    _check(changes, factors or {})
    random = np.random.default_rng(seed)
    sets = [{}, *draw_hierarchy_weights(hierarchy, weight_spread, weights - 1, random)]
    model = RecipeModel(table, hierarchy, base, changes, sets)
    chosen = model.draw(draws, random)
    if np.prod(model.shape) <= MOST_COMBINATIONS:
        return _exact(model, chosen)
    return _sampled(model, chosen, samples, seed)


@dataclass(frozen=True)
class RecipeModel:
    """The index as a function of one level of each factor; what combinations share is computed once."""

    table: IndicatorTable[IntoDataFrame]
    hierarchy: Hierarchy
    base: Recipe
    changes: Mapping[str, Mapping[str, Change]]
    sets: Sequence[Mapping[str, float]]

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors, in the order of the axes."""
        return tuple(self.changes)

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """The names of the levels of each factor."""
        return {name: tuple(levels) for name, levels in self.changes.items()}

    @property
    def shape(self) -> tuple[int, ...]:
        """How many levels each factor has."""
        return tuple(len(levels) for levels in self.changes.values())

    def draw(self, count: int, random: np.random.Generator) -> NDArray[np.intp]:
        """Draw combinations: count x factors, the place of the level of each factor."""
        flat = random.integers(0, int(np.prod(self.shape)), count)
        return np.column_stack(np.unravel_index(flat, self.shape))

    def scores(self, combinations: NDArray[np.intp]) -> Values:
        """Return the index of every combination: combinations x units."""
        axis = self.factors.index("weights")
        others = np.delete(combinations, axis, axis=1)
        kinds, kind_of = np.unique(others, axis=0, return_inverse=True)
        found = np.empty((len(combinations), len(self.table.units)))
        for kind, levels in enumerate(kinds):
            rows = np.flatnonzero(kind_of.ravel() == kind)
            found[rows] = self.under_all_weights(tuple(np.insert(levels, axis, 0)))[combinations[rows, axis]]
        return found

    def under_all_weights(self, levels: tuple[int, ...]) -> Values:
        """Return the index under every set of weights: sets x units, under one level of each other factor."""
        if levels not in self._kept:
            self._kept[levels] = self._computed(levels)
        return self._kept[levels]

    @cached_property
    def _kept(self) -> dict[tuple[int, ...], Values]:
        return {}

    @cached_property
    def _normalised(self) -> dict[tuple[Hashable, ...], IndicatorTable[IntoDataFrame]]:
        return {}

    def _computed(self, levels: tuple[int, ...]) -> Values:
        recipe, early = self.base, []
        # What is named for one indicator or node is laid over what is named for all, whatever the order of the axes.
        for name, place in sorted(zip(self.factors, levels, strict=True), key=lambda level: level[0] not in FACTORS):
            change = list(self.changes[name].values())[place]
            recipe = changed(recipe, change, self.hierarchy)
            if set(change) - set(LATE):
                early.append((name, place))
        key = tuple(early)
        if key not in self._normalised:
            self._normalised[key] = prepare(self.table, self.hierarchy, recipe).normalised
        table = self._normalised[key]
        weighed = weigh(table, self.hierarchy, recipe.weights, targets=recipe.weight_targets)
        sets = [_moved(weighed, self.hierarchy, drawn) for drawn in self.sets]
        try:
            scores = _scores(table, weighed, recipe, sets)
        except MethodRefused:
            if np.nanmin(table.values) > 0 or not _methods(recipe, self.hierarchy) & POSITIVE:
                raise
            scores = _scores(_above_zero(table), weighed, recipe, sets)
        if np.isnan(scores).any():
            raise RobustnessInvalid(
                "{unit} has no index in one of the combinations.",
                place="table",
                fix="Impute, lower `least_available`, or leave the unit out.",
                unit=self.table.units[int(np.argwhere(np.isnan(scores))[0, 1])],
            )
        return scores


def _above_zero(table: IndicatorTable[IntoDataFrame]) -> IndicatorTable[IntoDataFrame]:
    """A normalised table moved onto 1 to 100 as a whole: its order and its distances in proportion stay."""
    least, most = np.nanmin(table.values), np.nanmax(table.values)
    return table.with_values(1 + 99 * (table.values - least) / (most - least if most > least else 1.0))


def changed(recipe: Recipe, change: Change, hierarchy: Hierarchy) -> Recipe:
    """Return a recipe with other values; those by indicator or node are laid over the recipe's own, one by one.

    An aggregation by node is laid over one that holds for all nodes as well, so that a factor can move one node alone.
    """
    values: dict[str, Any] = {}
    for name, value in change.items():
        own = getattr(recipe, name)
        if name == "aggregation" and not isinstance(own, Mapping):
            own = dict.fromkeys(hierarchy.upwards, own)
        values[name] = {**own, **value} if isinstance(own, Mapping) and isinstance(value, Mapping) else value
    return replace(recipe, **values)


def _methods(recipe: Recipe, hierarchy: Hierarchy) -> set[str]:
    """The aggregations that the nodes of a recipe have; own functions have no name."""
    chosen = methods_of_nodes(hierarchy, recipe.aggregation, recipe.exponent).values()
    return {how.method for how in chosen if isinstance(how, Aggregation)}


def _levels(name: str, given: Sequence[AnyAggregation] | Sequence[str] | None) -> dict[str, Change]:
    if given is None:
        return {AS_GIVEN: {}}
    return {_label(how): {name: None if how == "none" else how} for how in given}


def _label(how: AnyAggregation | AnyImputation) -> str:
    if isinstance(how, str):
        return how
    return how.method if isinstance(how, Aggregation) else str(getattr(how, "__name__", how))


def _imputations(methods: Sequence[AnyImputation], draws: int, seed: int) -> dict[str, Change]:
    levels: dict[str, Change] = {}
    for how in methods:
        levels[_label(how)] = {"imputation": None if how == "none" else how, "imputations": None}
    for place in range(1, draws + 1):
        levels[f"drawn {place}"] = {"imputation": _HotDeck(seed, place), "imputations": None}
    return levels


@dataclass(frozen=True)
class _HotDeck:
    """Fills each missing cell with a value drawn from those that are observed of its indicator."""

    seed: int
    place: int

    def __call__(self, table: IndicatorTable[IntoDataFrame]) -> Values:
        random = np.random.default_rng([self.seed, self.place])
        values = table.values.copy()
        for column in values.T:
            missing = np.isnan(column)
            if not missing.all():
                column[missing] = random.choice(column[~missing], int(missing.sum()))
        return values


def _check(changes: Mapping[str, Mapping[str, Change]], own: Mapping[str, Mapping[str, Change]]) -> None:
    known = {field.name for field in fields(Recipe)}
    for name in own:
        if name in FACTORS:
            raise RobustnessInvalid(
                "it has an argument of its own.", place="factor {name}", fix="Name it otherwise.", name=name
            )
    for name, tested in changes.items():
        if not tested:
            raise RobustnessInvalid("it has no levels.", place="factor {name}", fix="Name at least one.", name=name)
        for change in tested.values():
            for field in set(change) - known:
                raise RobustnessInvalid(
                    "it changes {field}, which no recipe has.",
                    place="factor {name}",
                    fix="Known: {known}.",
                    field=field,
                    name=name,
                    known=", ".join(sorted(known)),
                )


def _moved(weighed: Hierarchy, given: Hierarchy, drawn: Mapping[str, float]) -> Hierarchy:
    """The weights of a method moved as the drawn ones are from the given ones."""
    if not drawn:
        return weighed
    moved = {}
    for code, weight in drawn.items():
        before = given.by_code[code].weight
        moved[code] = weighed.by_code[code].weight * (weight / before if before else 1.0)
    return weighed.with_weights(moved)


def _scores(
    table: IndicatorTable[IntoDataFrame], hierarchy: Hierarchy, recipe: Recipe, sets: Sequence[Hierarchy]
) -> Values:
    """The index under every set of weights: sets x units. Nested means of one kind are one mean on the leaves."""
    methods = _methods(recipe, hierarchy)
    chosen = methods_of_nodes(hierarchy, recipe.aggregation, recipe.exponent).values()
    is_complete = not np.isnan(table.values).any()
    if is_complete and len(methods) == 1 and all(isinstance(how, Aggregation) for how in chosen):
        values, [method] = table.values, methods
        drawn = [{node.code: node.weight for node in moved.nodes} for moved in sets]
        leaves = nominal_weights(hierarchy, drawn)
        if method == "arithmetic":
            return np.asarray(leaves @ values.T)
        if method == "geometric" and values.min() > 0:
            return np.asarray(np.exp(leaves @ np.log(values).T))
        if method == "harmonic" and values.min() > 0:
            return np.asarray(1 / (leaves @ (1 / values).T))
    found = [
        aggregate(
            table, moved, recipe.aggregation, exponent=recipe.exponent, least_available=recipe.least_available
        ).column(hierarchy.root)
        for moved in sets
    ]
    return np.array(found)


def _exact(model: RecipeModel, chosen: NDArray[np.intp]) -> RecipeUncertainty:
    every = np.column_stack(np.unravel_index(np.arange(int(np.prod(model.shape))), model.shape))
    scores = model.scores(every)
    grid = scores.reshape(*model.shape, -1)
    ranks = ranks_of_draws(_rounded(scores, model.base)).reshape(grid.shape)
    drawn = np.ravel_multi_index(tuple(chosen.T), model.shape)
    claims = claims_of(_rounded(scores[drawn], model.base), {model.table.unit_column: model.table.units})
    report = _report(ranks, model, chosen)
    of_ranks, of_index = (
        sobol_by_enumeration(outputs, model.factors) if _varies(outputs.reshape(scores.shape)) else _unmoved(model)
        for outputs in (ranks, grid)
    )
    return RecipeUncertainty(claims, report, of_ranks, grid, model.levels, of_index)


def _sampled(model: RecipeModel, chosen: NDArray[np.intp], samples: int, seed: int) -> RecipeUncertainty:
    random = np.random.default_rng([seed, samples])
    a, b = model.draw(samples, random), model.draw(samples, random)

    def exchange(axis: int) -> Any:
        def mixed(one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
            taken = one.copy()
            taken[:, axis] = other[:, axis]
            return taken

        return mixed

    mixes = {name: exchange(axis) for axis, name in enumerate(model.factors)}

    def ranks(combinations: NDArray[np.intp]) -> Ranks:
        return ranks_of_draws(_rounded(model.scores(combinations), model.base))

    of_ranks, of_index = (
        sobol_by_sampling(outputs, a, b, mixes, seed=seed)
        if _varies(outputs(np.concatenate([a, b])))
        else _unmoved(model)
        for outputs in (ranks, model.scores)
    )
    scores = model.scores(chosen)
    claims = claims_of(_rounded(scores, model.base), {model.table.unit_column: model.table.units})
    report = _drawn_report(ranks, model, chosen)
    return RecipeUncertainty(claims, report, of_ranks, scores, model.levels, of_index, is_exact=False)


def _varies(outputs: Values | Ranks) -> bool:
    """Whether any unit's output (a column) is another in one of the combinations, rounding noise aside."""
    return bool(np.ptp(without_rounding_noise(outputs.T), axis=1).any())


def _unmoved(model: RecipeModel) -> EagerFrame:
    """Indices of what no factor moves: there is no variance to be shared out, so none has a figure."""
    none: list[float | None] = [None] * len(model.factors)
    return polars_frame({"factor": list(model.factors), "levels": list(model.shape), "first": none, "total": none})


def _rounded(scores: Values, recipe: Recipe) -> Values:
    return scores if recipe.rank_places is None else np.asarray(np.round(scores, recipe.rank_places))


COLUMNS = ("factor", "level", "share", "rank_change_share", "max_rank_change", "has_changed")


def _report(ranks: Ranks, model: RecipeModel, chosen: NDArray[np.intp]) -> EagerFrame:
    """Each level against the first of its factor, over all combinations of the others."""
    changes = []
    for axis, levels in enumerate(model.levels.values()):
        first = np.take(ranks, [0], axis=axis).astype(np.int64)
        changes.append([np.abs(np.take(ranks, [place], axis=axis) - first) for place in range(len(levels))])
    return _report_of(changes, model, chosen)


def _drawn_report(
    ranks: Callable[[NDArray[np.intp]], Ranks], model: RecipeModel, chosen: NDArray[np.intp]
) -> EagerFrame:
    """Each level against the first of its factor, over the combinations of the others that were drawn."""
    changes = []
    for axis, levels in enumerate(model.levels.values()):
        at_level = []
        for place in range(len(levels)):
            moved = chosen[:REPORTED].copy()
            moved[:, axis] = place
            at_level.append(ranks(moved).astype(np.int64))
        changes.append([np.abs(level - at_level[0]) for level in at_level])
    return _report_of(changes, model, chosen)


def _report_of(
    changes: Sequence[Sequence[NDArray[np.int64]]], model: RecipeModel, chosen: NDArray[np.intp]
) -> EagerFrame:
    rows: dict[str, list[Hashable]] = {name: [] for name in COLUMNS}
    for axis, (name, levels) in enumerate(model.levels.items()):
        for place, (level, change) in enumerate(zip(levels, changes[axis], strict=True)):
            share = float((chosen[:, axis] == place).mean())
            figures = (name, level, share, float((change > 0).mean()), int(change.max()), bool(change.any()))
            for column, figure in zip(COLUMNS, figures, strict=True):
                rows[column].append(figure)
    return polars_frame(rows)
