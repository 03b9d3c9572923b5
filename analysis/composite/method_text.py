"""The text of methods of an own index: what was done, step by step, with figures and sources, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.composite.method_steps import STEPS, methods, methods_used, short_name, step_sentences
from analysis.composite.own_results import OwnIndex, step_of, varied_levels
from iga.composite.correlation import correlation_limits
from iga.robustness.recipes import AS_GIVEN
from warehouse.language import Language


@dataclass(frozen=True)
class MethodSection:
    """A step of the method: its heading and its sentences."""

    heading: str
    text: str


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
        for method in methods_used(own, step):
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


def _step(own: OwnIndex, step: str, language: Language) -> Iterator[str]:
    _ = language
    yield from step_sentences(own, step, _)
    if step == "outliers" and own.index.treatment is not None:
        treated = own.index.treatment.filter(own.index.treatment["treated_count"] > 0)["indicator"].to_list()
        names = ", ".join(map(own.name_of, treated)) or _("none")
        yield _("Treated indicators: {names}.").format(names=names)


FACTOR_HEADERS = {
    "imputation": "Missing values",
    "outliers": "Outliers",
    "normalisation": "Normalisation",
    "weights": "Weights",
    "aggregation": "Aggregation",
}


def factor_name(factor: str, language: Language) -> str:
    """Return what a factor of the shaking is called: the heading of its step."""
    step = step_of(factor)
    return language(FACTOR_HEADERS[step]) if step in FACTOR_HEADERS else factor


def factor_names(own: OwnIndex, language: Language) -> str:
    """Return the factors that were varied, in one line."""
    return ", ".join(factor_name(factor, language) for factor in varied_levels(own))


def _uncertainty(own: OwnIndex, language: Language) -> Iterator[str]:
    _ = language
    if own.uncertainty is None:
        yield _("The index was not shaken: {reason}").format(
            reason=own.unshaken.in_one_line(_) if own.unshaken is not None else "-"
        )
        return
    parts = []
    for factor, levels in varied_levels(own).items():
        if factor == "weights":
            sets = _("those of the recipe and {sets} sets within ±{spread}").format(
                sets=_.whole(own.shaking.weight_sets - 1),
                spread=f"{_.number(own.shaking.weight_spread * 100, 0)}%",
            )
        else:
            own_words = _("as in the recipe")
            sets = ", ".join(own_words if level == AS_GIVEN else short_name(factor, level, _) for level in levels)
        parts.append(f"{factor_name(factor, _)} ({sets})")
    text = _("{draws} draws (seed {seed}) vary these choices at once: {factors}. The first of each is the recipe's.")
    yield text.format(draws=_.whole(own.shaking.draws), seed=own.shaking.seed, factors="; ".join(parts))
    if own.uncertainty.is_exact:
        yield _("Sobol indices of the ranks are exact over all combinations.")
    yield _("Errors of the data themselves are not in it.")
