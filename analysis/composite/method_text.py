"""The text of methods of an own index: what was done, step by step, with figures and sources, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from analysis.composite.own_results import OwnIndex, levels_of
from iga.composite.correlation import correlation_limits
from warehouse.language import Language

STEPS = ("imputation", "outliers", "normalisation", "weights", "aggregation")
SCALED = ("minmax", "distance_to_maximum", "distance_to_target", "goalposts")
"""Normalisations that end on the scale of the recipe."""


@dataclass(frozen=True)
class MethodSection:
    """A step of the method: its heading and its sentences."""

    heading: str
    text: str


@cache
def methods() -> dict[str, Any]:
    """Return `methods.toml`."""
    text = files("analysis.composite").joinpath("methods.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def described(step: str, method: str | None, language: Language) -> str:
    """Return what a method of a step does; a method without a description is told by its name."""
    entry = methods()[step].get(str(method or "none"))
    return str(entry[language.code]) if entry else language("Method: {name}.").format(name=method)


def method_sections(own: OwnIndex, language: Language) -> list[MethodSection]:
    """Return the steps of the method in their order: data, hierarchy, those of the recipe, uncertainty, correlation."""
    _ = language
    headings = {
        "imputation": _("Missing values"),
        "outliers": _("Outliers"),
        "normalisation": _("Normalisation"),
        "weights": _("Weights"),
        "aggregation": _("Aggregation"),
    }
    sections = [MethodSection(_("Data"), " ".join(_data(own, _)))]
    for step in STEPS:
        sections.append(MethodSection(headings[step], " ".join(_step(own, step, _))))
    sections.append(MethodSection(_("Uncertainty"), " ".join(_uncertainty(own, _))))
    limits = correlation_limits()
    text = _(
        "Coefficients are over the units that have both values. P-values are two-sided and adjusted for the number of "
        "pairs of a table (Benjamini and Hochberg); a share of false discoveries of {share} is accepted."
    )
    share = f"{_.number(limits.significance * 100, 0)}%"
    sections.append(MethodSection(_("Correlations"), text.format(share=share)))
    return sections


def method_references(own: OwnIndex) -> list[str]:
    """Return the sources of what was done, in alphabetical order, each once."""
    found = {"oecd2008", "benjamini1995", *(["saisana2005"] if own.uncertainty is not None else [])}
    for step in STEPS:
        for method in _methods_of(own, step):
            found |= set(methods()[step].get(method, {}).get("references", ()))
    return sorted(methods()["reference"][key] for key in found)


def method_markdown(own: OwnIndex, title: str, language: Language) -> str:
    """Return the text of methods as Markdown; words of the table are escaped."""
    lines = [f"# {_escaped(title)}", ""]
    for section in method_sections(own, language):
        lines += [f"## {section.heading}", "", _escaped(section.text), ""]
    lines += [f"## {language('References')}", ""]
    lines += [f"- {_escaped(reference)}" for reference in method_references(own)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    marked = "".join(f"\\{sign}" if sign in "\\`*_[]#|~" else sign for sign in text)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _data(own: OwnIndex, language: Language) -> Iterator[str]:
    _, inputs = language, own.inputs
    yield _("{units} units and {indicators} indicators from {files}.").format(
        units=_.whole(len(own.index.scores.units)),
        indicators=_.whole(len(inputs.hierarchy.indicators)),
        files=", ".join(inputs.sources),
    )
    missing = int(np.isnan(inputs.table.select(inputs.hierarchy.indicators).values).sum())
    total = len(own.index.scores.units) * len(inputs.hierarchy.indicators)
    yield _("{missing} of {total} cells have no value.").format(missing=_.whole(missing), total=_.whole(total))
    if inputs.is_simulated:
        yield _("All figures of the example were drawn at random.")
    if own.least_share > 0:
        yield _("Units with less than {share} of the values were left out: {units}.").format(
            share=f"{_.number(own.least_share * 100, 0)}%", units=", ".join(own.screened_out) or _("none")
        )
    for code, column in inputs.names.denominators.items():
        yield _("{indicator} was divided by {denominator} and multiplied by {factor}.").format(
            indicator=own.name_of(code),
            denominator=inputs.column_names.get(column, column),
            factor=_.number(inputs.names.factors.get(code, 1.0), 0),
        )


def _methods_of(own: OwnIndex, step: str) -> list[str]:
    chosen = getattr(own.inputs.recipe, step)
    if isinstance(chosen, str) or chosen is None:
        return [chosen or "none"]
    values = list(chosen.values()) if isinstance(chosen, dict) else [chosen]
    return list(dict.fromkeys(str(getattr(value, "method", value)) for value in values))


def _step(own: OwnIndex, step: str, language: Language) -> Iterator[str]:
    _, recipe = language, own.inputs.recipe
    chosen = getattr(recipe, step)
    if isinstance(chosen, dict):
        for code, method in chosen.items():
            name = str(getattr(method, "method", method))
            yield f"{own.name_of(code)}: {described(step, name, _)}"
    else:
        yield described(step, _methods_of(own, step)[0], _)
    if step == "normalisation" and recipe.normalisation in SCALED:
        low, high = recipe.scale
        yield _("The scale is {low} to {high}.").format(low=_.number(low, 0), high=_.number(high, 0))
    if step == "outliers" and own.index.treatment is not None:
        treated = own.index.treatment.filter(own.index.treatment["treated_count"] > 0)["indicator"].to_list()
        names = ", ".join(map(own.name_of, treated)) or _("none")
        yield _("Treated indicators: {names}.").format(names=names)


def _uncertainty(own: OwnIndex, language: Language) -> Iterator[str]:
    _ = language
    if own.uncertainty is None:
        yield _("The index was not shaken: {reason}").format(
            reason=own.unshaken.in_one_line(_) if own.unshaken is not None else "-"
        )
        return
    levels = levels_of(own.inputs.recipe)
    yield _(
        "{draws} draws (seed {seed}) vary four choices at once: outliers ({outliers}), normalisation "
        "({normalisation}), weights (those given and {sets} sets within ±{spread}) and aggregation ({aggregation})."
    ).format(
        draws=_.whole(own.shaking.draws),
        seed=own.shaking.seed,
        outliers=", ".join(levels["outliers"]),
        normalisation=", ".join(levels["normalisation"]),
        aggregation=", ".join(levels["aggregation"]),
        sets=_.whole(own.shaking.weight_sets - 1),
        spread=f"{_.number(own.shaking.weight_spread * 100, 0)}%",
    )
    yield _("Sobol indices of the ranks are exact over all combinations. Errors of the data themselves are not in it.")
