"""The tables of an own index: everything that was computed, typed, so that the workbook of the page is complete."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from analysis.composite.method_steps import short_name
from analysis.composite.own_results import OwnIndex
from iga.composite import CompositeIndex, Recipe, availability, build_index, effective_weights, indicator_statistics
from iga.composite.components import component_summary
from iga.composite.correlation import ancestor_correlations, denominator_correlations, pair_correlations
from iga.composite.group_availability import availability_of_groups
from iga.composite.index_comparison import compare_indices, compare_ranks, remove_elements
from iga.composite.optimised_weights import optimise_weights
from iga.composite.outranking import outranking
from iga.composite.unit_strengths import strengths_and_weaknesses
from iga.composite.unit_summary import downwards, unit_summary
from iga.errors import RuleProblem
from reports.blocks.block import Block
from reports.blocks.content import Details, Table, Text
from reports.blocks.tables import Column, table
from warehouse.language import Language

MOST_OUTRANKED = 150
"""Pairs of more units than this are left out: their number grows with the square."""


def scores(own: OwnIndex, language: Language) -> Block:
    """Return every node's score and the rank of each unit, best first; normalised indicators beside them."""
    _, hierarchy = language, own.index.hierarchy
    codes = [code for code, _depth in downwards(hierarchy)]
    frame = pl.DataFrame(
        {
            "unit": own.unit_names,
            "rank": _whole(own.index.ranks),
            **{f"s_{code}": own.index.scores.column(code) for code in codes},
        }
    ).sort("rank", "unit", nulls_last=True)
    nodes = [code for code in codes if code in hierarchy.children]
    columns = [
        Column("unit", _("Unit")),
        Column("rank", _("Rank"), kind="whole", priority=1),
        *(Column(f"s_{code}", own.name_of(code)) for code in nodes),
    ]
    shown = _table(own, frame, columns, _("Scores and ranks"), _)
    every = [columns[0], *(Column(f"s_{code}", own.name_of(code)) for code in codes if code not in hierarchy.children)]
    return Block.join([shown, _folded(_table(own, frame, every, _("Normalised indicators"), _), _)])


def data(own: OwnIndex, language: Language) -> Block:
    """Return the indicators as they were compared (own units, denominators applied), with their statistics."""
    _, names = language, own.inputs.names
    statistics = indicator_statistics(own.inputs.table.select(own.inputs.hierarchy.indicators))
    statistics = _named(own, statistics, "indicator").with_columns(
        pl.Series("measure", [names.measure_of(code) or None for code in statistics["indicator"]], dtype=pl.String)
    )
    columns = [
        Column("indicator", _("Indicator")),
        Column("measure", _("Unit of measure")),
        Column("count", _("Units"), kind="whole"),
        Column("missing_count", _("Missing"), kind="whole"),
        Column("mean", _("Mean")),
        Column("median", _("Median")),
        Column("sd", _("Standard deviation")),
        Column("min", _("Lowest")),
        Column("max", _("Highest")),
        Column("skewness", _("Skewness")),
        Column("kurtosis", _("Kurtosis")),
    ]
    blocks = [_table(own, statistics, columns, _("Statistics of the indicators"), _)]
    if own.index.treatment is not None:
        treated = _named(own, own.index.treatment, "indicator")
        kinds = [Column("indicator", _("Indicator")), Column("treatment", _("Treatment")),
                 Column("treated_count", _("Values treated"), kind="whole"), Column("skewness", _("Skewness")),
                 Column("kurtosis", _("Kurtosis")), Column("is_still_outlying", _("Still outlying"))]  # fmt: skip
        told = [short_name("outliers", method, _) for method in treated["treatment"]]
        treated = treated.with_columns(pl.Series("treatment", told, dtype=pl.String))
        blocks.append(_table(own, treated, kinds, _("Treatment of outliers"), _))
    raw = pl.DataFrame(
        {
            "unit": own.unit_names,
            **{f"v_{code}": own.inputs.table.column(code) for code in own.inputs.hierarchy.indicators},
        }
    )
    cells = [
        Column("unit", _("Unit")),
        *(Column(f"v_{code}", _measured(own, code)) for code in own.inputs.hierarchy.indicators),
    ]
    blocks.append(_folded(_table(own, raw, cells, _("The indicators in their own units"), _), _))
    return Block.join(blocks)


def available(own: OwnIndex, language: Language) -> Block:
    """Return what values units have, all together and by group, and which units were left out for it."""
    _, table_of_own = language, own.inputs.table.select(own.inputs.hierarchy.indicators)
    frame = (
        availability(table_of_own)
        .rename({table_of_own.unit_column: "unit"})
        .with_columns(pl.col("unit").cast(pl.String))
    )
    frame = frame.sort("available_share", "unit")
    shares = [
        Column("available_count", _("Values"), kind="whole"),
        Column("available_share", _("Share"), kind="percent"),
    ]
    blocks = []
    for column, groups in own.inputs.groups.items():
        grouped = availability_of_groups(table_of_own, dict[Hashable, Hashable](groups.items())).with_columns(
            pl.col("group").cast(pl.String)
        )
        heading = own.inputs.column_names.get(column, column)
        columns = [
            Column("group", heading, missing=_("no group")),
            Column("unit_count", _("Units"), kind="whole"),
            *shares,
        ]
        caption = _("Values that there are, by {group}").format(group=heading)
        blocks.append(_table(own, grouped, columns, caption, _))
    every = _table(own, frame, [Column("unit", _("Unit")), *shares], _("Values that there are, by unit"), _)
    if own.screened_out:
        text = _("Left out, with less than {share} of the values: {units}.")
        share = f"{_.number(own.least_share * 100, 0)}%"
        blocks.insert(
            0, Block([Text(text=text.format(share=share, units=", ".join(own.screened_out)), tone="remark")], _)
        )
    return Block.join([*blocks, _folded(every, _)])


CORRELATION_HEADERS = {
    "coefficient": "Coefficient",
    "p_value": "P-value",
    "p_adjusted": "Adjusted p-value",
    "is_significant": "Significant",
    "count": "Units",
    "flag": "Remark",
}


def correlated(own: OwnIndex, method: str, language: Language) -> Block:
    """Return correlations across levels, between indicators, and with denominators, with p-values and flags."""
    _ = language
    indicators = own.index.scores.select(own.index.hierarchy.indicators)
    across = ancestor_correlations(own.index.scores, own.index.hierarchy, method=method)
    pairs = pair_correlations(indicators, method=method) if len(indicators.indicators) > 1 else None
    blocks = [
        _correlation_table(own, across, {"element": _("Element"), "ancestor": _("With"), "levels_up": _("Levels up")},
                           _("Correlations across levels"), _)
    ]  # fmt: skip
    if own.inputs.denominators:
        stated = own.inputs.stated.select(own.inputs.hierarchy.indicators)
        named = {own.inputs.column_names.get(name, name): values for name, values in own.inputs.denominators.items()}
        found = denominator_correlations(stated, named, method=method)
        blocks.append(
            _correlation_table(own, found, {"indicator": _("Indicator"), "denominator": _("Denominator")},
                               _("Correlations of the stated values with denominators"), _)
        )  # fmt: skip
    if pairs is not None:
        caption = _("Correlations between indicators")
        blocks.append(
            _folded(
                _correlation_table(own, pairs, {"element_1": _("Indicator"), "element_2": _("With")}, caption, _), _
            )
        )
    return Block.join(blocks)


def _correlation_table(
    own: OwnIndex, frame: pl.DataFrame, headings: Mapping[str, str], caption: str, language: Language
) -> Block:
    _ = language
    flags = {"high": _("counts one thing twice"), "negative": _("pulls apart"), "weak": _("weak"), "none": "",
             "not_applicable": _("not applicable")}  # fmt: skip
    shown = _named(own, frame, *(name for name in headings if name not in ("levels_up", "denominator")))
    shown = shown.with_columns(
        pl.col("flag").replace_strict(flags), pl.col("coefficient", "p_value", "p_adjusted").fill_nan(None)
    )
    kinds = {"p_value": 4, "p_adjusted": 4}
    columns = [
        *(Column(name, heading) for name, heading in headings.items()),
        *(
            Column(name, _(heading), places=kinds.get(name), priority=1 if name == "coefficient" else 0)
            for name, heading in CORRELATION_HEADERS.items()
        ),
    ]
    return _table(own, shown, columns, caption, _, _("A p-value of 0.0000 is below 0.00005."))


def weights(own: OwnIndex, language: Language) -> Block:
    """Return nominal, effective and optimised weights, and the principal components of the indicators."""
    _, hierarchy = language, own.index.hierarchy
    blocks: list[Block] = []
    try:
        effective = effective_weights(own.index.normalised, hierarchy)
    except RuleProblem as problem:
        blocks.append(_reason(problem, _("Effective weights"), _))
        effective = {}
    frame = pl.DataFrame(
        {
            "name": [own.name_of(code) for code in hierarchy.indicators],
            "nominal": [hierarchy.nominal_weight(code) for code in hierarchy.indicators],
            "effective": [effective.get(code) for code in hierarchy.indicators],
        },
        schema_overrides={"effective": pl.Float64},
    )
    columns = [Column("name", _("Indicator")), Column("nominal", _("Weight in the index"), kind="percent"),
               Column("effective", _("Share of the variance of the index"), kind="percent")]  # fmt: skip
    blocks.append(_table(own, frame, columns, _("Weights and what they come to"), _))
    blocks.append(_optimised(own, _))
    blocks.append(_components(own, _))
    return Block.join(blocks)


def _optimised(own: OwnIndex, language: Language) -> Block:
    _ = language
    caption = _("Weights under which the parts would correlate alike with the index")
    try:
        balanced, largest = optimise_weights(own.index), optimise_weights(own.index, goal="infomax")
    except RuleProblem as problem:
        return _reason(problem, caption, _)
    frame = pl.DataFrame(
        {
            "name": [own.name_of(code) for code in balanced.weights],
            "given": [own.index.hierarchy.share(code) for code in balanced.weights],
            "balanced": list(balanced.weights.values()),
            "balanced_r": list(balanced.correlations.values()),
            "largest": list(largest.weights.values()),
            "largest_r": list(largest.correlations.values()),
        }
    )
    columns = [
        Column("name", _("Part of the index")),
        Column("given", _("Weight given"), kind="percent"),
        Column("balanced", _("Weight, balanced"), kind="percent"),
        Column("balanced_r", _("Correlation, balanced")),
        Column("largest", _("Weight, largest sum"), kind="percent"),
        Column("largest_r", _("Correlation, largest sum")),
    ]
    note = _("Found by search, from these units alone: what a weight does, not what it should be.")
    return _table(own, frame, columns, caption, _, note)


def _components(own: OwnIndex, language: Language) -> Block:
    _ = language
    try:
        summary, loadings = component_summary(own.index.normalised)
    except RuleProblem as problem:
        return _reason(problem, _("Principal components"), _)
    columns = [
        Column("component", _("Component"), kind="whole"),
        Column("eigenvalue", _("Eigenvalue")),
        Column("share", _("Share of the variance"), kind="percent"),
        Column("cumulative", _("Cumulative"), kind="percent"),
        Column("is_kept", _("Eigenvalue above 1")),
    ]
    parts = [Column("indicator", _("Indicator")), Column("component", _("Component"), kind="whole"),
             Column("loading", _("Loading")), Column("correlation", _("Correlation"))]  # fmt: skip
    shown = _table(own, summary, columns, _("Principal components"), _)
    return Block.join([shown, _folded(_table(own, _named(own, loadings, "indicator"), parts, _("Loadings"), _), _)])


def profiles(own: OwnIndex, units: Sequence[str], language: Language) -> Block:
    """Return strengths and weaknesses of some units, and folded those of all units and their way through the tree."""
    _, raw = language, own.inputs.table
    order = own.units
    strong = pl.concat(
        [strengths_and_weaknesses(own.index, unit, raw=raw).with_columns(unit=pl.lit(unit)) for unit in order]
    )
    words = {"strength": _("strength"), "weakness": _("weakness")}
    strong = _named(own, strong, "element", "parent").with_columns(
        pl.col("kind").cast(pl.String).replace_strict(words),
        pl.Series(
            "measure", [own.inputs.names.measure_of(code) or None for code in strong["element"]], dtype=pl.String
        ),
    )
    columns = [
        Column("element", _("Indicator")),
        Column("kind", _("Kind"), priority=1),
        Column("value", _("Value")),
        Column("measure", _("Unit of measure")),
        Column("rank", _("Rank"), kind="whole", priority=1),
        Column("percentile", _("Better than"), kind="percent"),
    ]
    chosen = list(units) or order[:3]
    few = _table(own, strong.filter(pl.col("unit").is_in(chosen)), columns, _("Strengths and weaknesses"), _,
                 _("By place among all units; values in their own units."), group="unit")  # fmt: skip
    every = _table(own, strong, [Column("unit", _("Unit")), *columns], _("Strengths and weaknesses of every unit"), _)
    tree = pl.concat([unit_summary(own.index, unit).with_columns(unit=pl.lit(unit)) for unit in order])
    tree = _named(own, tree, "element", "parent").with_columns(
        pl.col("score", "median").fill_nan(None), pl.Series("rank", _whole(tree["rank"].to_numpy()))
    )
    steps = [
        Column("unit", _("Unit")),
        Column("element", _("Element")),
        Column("parent", _("Part of")),
        Column("score", _("Score")),
        Column("rank", _("Rank"), kind="whole"),
        Column("ranked_count", _("Ranked units"), kind="whole"),
        Column("median", _("Median")),
    ]
    return Block.join(
        [few, _folded(every, _), _folded(_table(own, tree, steps, _("Every unit through the tree"), _), _)]
    )


def comparisons(own: OwnIndex, language: Language) -> Block:
    """Return the ranks under other recipes beside the one of this page, and what leaving out an element changes."""
    _ = language
    recipe = own.inputs.recipe
    others = {
        _("Recipe of this page"): recipe,
        _("Equal weights"): replace(recipe, weights="equal"),
        _("Geometric mean"): replace(recipe, aggregation="geometric"),
        _("Ranks of indicators"): replace(
            recipe, normalisation="rank", targets=None, goalposts=None, normalisations=None
        ),
    }
    built = {}
    reasons = []
    for name, one in others.items():
        try:
            built[name] = build_index(own.inputs.table, own.inputs.hierarchy, one)
        except RuleProblem as problem:
            reasons.append(_reason(problem, name, _))
    blocks = [*reasons]
    if len(built) > 1:
        blocks += _compared(own, built, _)
    blocks.append(_removed(own, recipe, _))
    return Block.join(blocks)


def _compared(own: OwnIndex, built: Mapping[str, CompositeIndex[pl.DataFrame]], language: Language) -> list[Block]:
    _ = language
    ranks = compare_ranks(built)
    names = list(built)
    ranks = ranks.rename({own.index.scores.unit_column: "unit"}).sort("rank_1", "unit", nulls_last=True)
    ranks = ranks.with_columns(pl.col("^(rank|shift)_.*$").fill_nan(None).cast(pl.Int64))
    columns = [Column("unit", _("Unit")), Column("rank_1", names[0], kind="whole", priority=1)]
    for place, name in enumerate(names[1:], start=2):
        shift = _("{name}: places gained").format(name=name)
        columns += [
            Column(f"rank_{place}", name, kind="whole"),
            Column(f"shift_{place}", shift, kind="signed", places=0),
        ]
    pairs = compare_indices(built)
    figures = [
        Column("index_1", _("Index")),
        Column("index_2", _("With")),
        Column("spearman", _("Spearman's correlation")),
        Column("kendall", _("Kendall's correlation")),
        Column("mean_shift", _("Mean shift of places")),
        Column("max_shift", _("Largest shift of places"), kind="whole"),
    ]
    return [
        _table(own, pairs, figures, _("How alike the rankings are"), _),
        _folded(_table(own, ranks, columns, _("Ranks under other recipes"), _), _),
    ]


def _removed(own: OwnIndex, recipe: Recipe, language: Language) -> Block:
    _ = language
    summary, details = remove_elements(own.inputs.table, own.inputs.hierarchy, recipe)
    columns = [
        Column("element", _("Without this element")),
        Column("changed_count", _("Units that move"), kind="whole"),
        Column("mean_shift", _("Mean shift of places")),
        Column("max_shift", _("Largest shift of places"), kind="whole"),
        Column("most_shifted", _("Moves most")),
    ]
    note = _("The weights of the others count relatively. Empty: the index cannot stand without it.")
    caption = _("What leaving out an element would change")
    left_out = _table(own, _named(own, summary, "element"), columns, caption, _, note)
    rows = _named(own, details, "element").with_columns(
        pl.col("score").fill_nan(None),
        pl.col("rank", "shift").fill_nan(None).cast(pl.Int64),
        pl.col("unit").cast(pl.String),
    )
    every = [
        Column("element", _("Without this element")),
        Column("unit", _("Unit")),
        Column("score", _("Score")),
        Column("rank", _("Rank"), kind="whole"),
        Column("shift", _("Places gained"), kind="signed", places=0),
    ]
    return Block.join([left_out, _folded(_table(own, rows, every, _("Ranks without an element"), _), _)])


def outranked(own: OwnIndex, language: Language) -> Block:
    """Return the outranking of pairs, folded; the reason where a value is missing, or there are too many pairs."""
    _, caption = language, _caption_of_outranking(language)
    if len(own.unit_names) > MOST_OUTRANKED:
        text = _("Left out: the pairs of {count} units.").format(count=_.whole(len(own.unit_names)))
        return Block([Text(lead=caption, text=text, tone="remark")], _)
    try:
        frame = outranking(own.index.normalised, own.index.hierarchy)
    except RuleProblem as problem:
        return _reason(problem, caption, _)
    columns = [
        Column("unit", _("Unit")),
        Column("other_unit", _("Other unit")),
        Column("share", _("Weight on which it is better"), kind="percent"),
        Column("is_dominant", _("Better on everything")),
    ]
    return _folded(_table(own, frame, columns, caption, _), _)


def _caption_of_outranking(language: Language) -> str:
    return language("Who is better than whom, by the weight of indicators")


def _table(
    own: OwnIndex,
    frame: pl.DataFrame,
    columns: Sequence[Column],
    caption: str,
    language: Language,
    note: str = "",
    group: str | None = None,
) -> Block:
    return table(frame, columns, caption, language, is_simulated=own.inputs.is_simulated, note=note, group=group)


def _folded(block: Block, language: Language) -> Block:
    """A table that a page shows folded under its caption; the workbook has it whole."""
    [part] = block.parts
    summary = part.caption if isinstance(part, Table) else ""
    return Block([Details(summary=summary, parts=(part,))], language)


def _reason(problem: RuleProblem, what: str, language: Language) -> Block:
    return Block([Text(lead=what, text=problem.in_one_line(language), tone="remark")], language)


def _named(own: OwnIndex, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return own.inputs.names.named(frame, columns)


def _measured(own: OwnIndex, code: str) -> str:
    measure = own.inputs.names.measure_of(code)
    return f"{own.name_of(code)} ({measure})" if measure else own.name_of(code)


def _whole(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int | None]:
    return [None if np.isnan(value) else int(value) for value in values]
