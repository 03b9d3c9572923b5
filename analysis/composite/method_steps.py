"""What each step of a recipe did, in words: for all indicators or nodes, and for those with a step of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from analysis.composite.own_results import OwnIndex
from iga.composite.recipe import Aggregation, Normalisation, Treatment
from warehouse.language import Language

STEPS = ("imputation", "outliers", "normalisation", "weights", "aggregation")
BY_INDICATOR = {"imputation": "imputations", "outliers": "treatments", "normalisation": "normalisations"}
"""The field of a recipe that names a step of its own for an indicator."""
SCALED = ("minmax", "goalposts", "scaled")
"""Normalisations that end on the scale of the recipe."""


@cache
def methods() -> dict[str, Any]:
    """Return `methods.toml`."""
    text = files("analysis.composite").joinpath("methods.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def described(step: str, method: str | None, language: Language) -> str:
    """Return what a method of a step does; a method without a description is told by its name."""
    entry = methods()[step].get(str(method or "none"))
    return str(entry[language.code]) if entry else language("Method: {name}.").format(name=method)


def short_name(step: str, method: str, language: Language) -> str:
    """Return the short name of a method of a step; one that has none keeps its own."""
    entry = methods()["name"][step].get(method)
    return str(entry[language.code]) if entry else method


def method_of(how: Any) -> str:
    """Return the name of a method that is stated alone, with options, as a function, or (None) not at all."""
    return str(getattr(how, "method", getattr(how, "__name__", how)) or "none")


def own_steps(own: OwnIndex, step: str) -> Mapping[str, Any]:
    """Return the indicators or nodes that have a step of their own, by code."""
    recipe = own.inputs.recipe
    if step == "aggregation":
        return recipe.aggregation if isinstance(recipe.aggregation, Mapping) else {}
    return getattr(recipe, BY_INDICATOR[step], None) or {} if step in BY_INDICATOR else {}


def common_step(own: OwnIndex, step: str) -> Any:
    """Return the step of all that have none of their own; nodes that are not named are arithmetic."""
    chosen = getattr(own.inputs.recipe, step)
    return "arithmetic" if isinstance(chosen, Mapping) else chosen


def is_common_used(own: OwnIndex, step: str) -> bool:
    """Return whether any indicator or node has no step of its own."""
    hierarchy, stated = own.inputs.hierarchy, own_steps(own, step)
    return any(code not in stated for code in (hierarchy.upwards if step == "aggregation" else hierarchy.indicators))


def methods_used(own: OwnIndex, step: str) -> list[str]:
    """Return the names of the methods of a step, each once."""
    common = [common_step(own, step)] if is_common_used(own, step) else []
    return list(dict.fromkeys(map(method_of, [*common, *own_steps(own, step).values()])))


def step_sentences(own: OwnIndex, step: str, language: Language) -> Iterator[str]:
    """Yield the sentences of a step: what holds for all, then each indicator or node with a step of its own."""
    _, recipe = language, own.inputs.recipe
    stated = own_steps(own, step)
    if is_common_used(own, step):
        common = common_step(own, step)
        method = method_of(common)
        yield described(step, method, _)
        if step == "normalisation" and method in SCALED:
            yield _scale(recipe.scale, _)
        if step == "aggregation" and method == "generalised" and recipe.exponent is not None:
            yield _("Exponent {power}.").format(power=exact(recipe.exponent, _))
        yield from options(common, _)
    for code, how in stated.items():
        yield f"{own.name_of(code)}: {' '.join([described(step, method_of(how), _), *options(how, _)])}"
    if step == "normalisation":
        yield from _references_of_recipe(own, _)
    if step == "aggregation" and recipe.least_available > 0:
        share = f"{_.number(recipe.least_available * 100, 0)}%"
        yield _("A node has a score where at least {share} of its weight has a value.").format(share=share)


def _references_of_recipe(own: OwnIndex, language: Language) -> Iterator[str]:
    """The goalposts and targets that the recipe states beside the methods, where a method uses them."""
    _, recipe, stated = language, own.inputs.recipe, own_steps(own, "normalisation")
    for code in own.inputs.hierarchy.indicators:
        how = stated.get(code, recipe.normalisation)
        method = method_of(how)
        posts, target = (recipe.goalposts or {}).get(code), (recipe.targets or {}).get(code)
        if method in ("goalposts", "scaled") and posts and not getattr(how, "goalposts", None):
            yield f"{own.name_of(code)}: {_goalposts(posts, _)}"
        if method == "distance_to_target" and target is not None and getattr(how, "target", None) is None:
            yield f"{own.name_of(code)}: {_target(target, _)}"


def options(how: Any, language: Language) -> Iterator[str]:
    """Yield what a step with options says of them, where they are not the usual ones."""
    if isinstance(how, Normalisation):
        yield from _normalised(how, language)
    if isinstance(how, Treatment):
        yield from _treated(how, language)
    if isinstance(how, Aggregation):
        yield from _aggregated(how, language)


def _normalised(how: Normalisation, language: Language) -> Iterator[str]:
    _ = language
    if how.transform != "identity":
        yield _("Transformed before: {method}.").format(method=short_name("normalisation", how.transform, _))
    if how.goalposts:
        yield _goalposts(how.goalposts, _)
    if how.target is not None:
        yield _target(how.target, _)
    if how.reference is not None:
        yield _("The reference is {unit}.").format(unit=how.reference)
    if how.scale:
        yield _scale(how.scale, _)
    if (how.centre, how.spread) != (0.0, 1.0):
        yield _("The mean becomes {centre}, the standard deviation {spread}.").format(
            centre=exact(how.centre, _), spread=exact(how.spread, _)
        )
    if how.is_population:
        yield _("The standard deviation is that of the units themselves, not of a sample.")
    if how.power is not None:
        yield _("Exponent {power}.").format(power=exact(how.power, _))


def _treated(how: Treatment, language: Language) -> Iterator[str]:
    _, usual = language, Treatment(how.method)
    if how.method == "none":
        return
    if (how.skewness, how.kurtosis) != (usual.skewness, usual.kurtosis):
        yield _("Here the limits are a skewness of {skewness} and a kurtosis of {kurtosis}.").format(
            skewness=exact(how.skewness, _), kurtosis=exact(how.kurtosis, _)
        )
    if how.most_winsorised != usual.most_winsorised:
        yield _("Here at most {count} points are moved.").format(count=_.whole(how.most_winsorised))
    if how.power is not None:
        yield _("Exponent {power}.").format(power=exact(how.power, _))


def _aggregated(how: Aggregation, language: Language) -> Iterator[str]:
    _ = language
    if how.exponent is not None:
        yield _("Exponent {power}.").format(power=exact(how.exponent, _))
    if how.method == "mazziotta_pareto" and how.penalty > 0:
        yield _("The penalty is added, since a high index is bad.")
    if (how.least_share, how.most_share) != (0.0, 1.0):
        low, high = (f"{_.number(share * 100, 0)}%" for share in (how.least_share, how.most_share))
        yield _("One child gives {low} to {high} of a score.").format(low=low, high=high)


def _scale(scale: tuple[float, float], language: Language) -> str:
    low, high = (exact(value, language) for value in scale)
    return language("The scale is {low} to {high}.").format(low=low, high=high)


def _goalposts(posts: tuple[float, float], language: Language) -> str:
    low, high = (exact(value, language) for value in posts)
    return language("Goalposts {low} and {high}.").format(low=low, high=high)


def _target(target: float, language: Language) -> str:
    return language("The target is {value}.").format(value=exact(target, language))


def exact(value: float, language: Language) -> str:
    """Return a number that a person stated with all the places it was stated with, at most six."""
    places = next((places for places in range(6) if round(value, places) == value), 6)
    return language.number(value, places)
