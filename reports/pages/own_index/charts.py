"""The charts of an own index: framework, scores, spread, correlations, places, and what moves them."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import numpy as np
import polars as pl

from analysis.composite.method_text import factor_name, factor_names
from analysis.composite.own_results import OwnIndex
from iga.composite.contributions import contributions
from iga.composite.correlation import correlation_of, pair_correlations
from iga.composite.unit_summary import downwards
from iga.errors import RuleProblem
from reports.blocks.block import Block
from reports.blocks.content import Text
from reports.blocks.figure import MUTED, TRACK, WIDE, Caption, figure
from reports.blocks.palette import BLUE, FIRST_DEEP, NAVY, ON_DEEP, ON_PALE, RUST, STEPS, series_colours
from reports.blocks.tables import Column
from reports.pages.city_index.charts import HEADROOM, altair_module, no_data
from warehouse.language import Language

MOST_UNITS = 60
"""More units than a chart can name are told in the tables alone."""
MOST_CORRELATED = 24
"""More indicators than a heat map can name give way to the nodes above them."""
LEAF_STEP, BAR_STEP, LINE = 26, 20, 12
LEAF_WIDTH = 2
"""How many columns wide an indicator is drawn in the framework: names of indicators are the longest."""
ENDS_NAMED = 3
"""How many units from the top and from the bottom of the index are named where all would overlap."""
LABEL_ROOM = {True: 200, False: 120}
"""Pixels beside a chart that names need, on a page and on a phone."""


def caption_of(own: OwnIndex, title: str, units: str, description: str, language: Language) -> Caption:
    """Return the words of a figure of an own index, with its files as the source."""
    source = language("Source: {files}; computed by the recipe of this page").format(
        files=", ".join(own.inputs.sources)
    )
    return Caption(title, units, description, source, own.inputs.is_simulated)


def framework(own: OwnIndex, language: Language) -> Block:
    """Return the tree of the index from the index to its indicators, each with its weight among its siblings."""
    _, hierarchy = language, own.index.hierarchy
    leaves = [code for code, _depth in downwards(hierarchy) if code not in hierarchy.children]
    deepest = max(depth for _code, depth in downwards(hierarchy))
    rows: list[dict[str, Any]] = []
    for code, depth in downwards(hierarchy):
        below = [leaves.index(leaf) for leaf in hierarchy.leaves_of(code)]
        is_leaf = code not in hierarchy.children
        node = hierarchy.by_code[code]
        share = f" ({_.number(hierarchy.share(code) * 100, 0)}%)" if node.parent else ""
        rows.append(
            {
                "element": own.name_of(code) + share,
                "name": own.name_of(code),
                "parent": own.name_of(node.parent) if node.parent else None,
                "weight": hierarchy.share(code),
                "nominal": hierarchy.nominal_weight(code),
                "direction": _("higher is better") if node.direction > 0 else _("lower is better"),
                "measure": own.inputs.names.measure_of(code) or None,
                "left": depth,
                "right": deepest + LEAF_WIDTH if is_leaf else depth + 1,
                "top": min(below),
                "bottom": max(below) + 1,
                "shade": STEPS[max(0, len(STEPS) - 1 - 2 * depth)] if not is_leaf else STEPS[0],
                "ink": ON_DEEP if not is_leaf and len(STEPS) - 1 - 2 * depth >= FIRST_DEEP else ON_PALE,
                "middle": (min(below) + max(below) + 1) / 2,
            }
        )
    frame = pl.DataFrame(rows)

    def draw(width: int) -> Any:
        alt = altair_module()
        is_wide, room = width == WIDE, width - 16
        letters = int(room / (deepest + 1 + LEAF_WIDTH) * (0.15 if is_wide else 0.17))
        step = LEAF_STEP if is_wide else LEAF_STEP + 8
        lines = [
            _lines(row["element"], letters * (row["right"] - row["left"]), 2 * (row["bottom"] - row["top"]))
            for row in rows
        ]
        middles = [row["middle"] - (len(part) - 1) * LINE / 2 / step for row, part in zip(rows, lines, strict=True)]
        told = frame.with_columns(pl.Series("lines", lines), pl.Series("middle", middles))
        edge = alt.Scale(domain=[0, deepest + LEAF_WIDTH], nice=False)
        side = alt.Scale(domain=[len(leaves), 0], nice=False)
        x, y = alt.X("left:Q", scale=edge, axis=None), alt.Y("top:Q", scale=side, axis=None)
        color = alt.Color("shade:N", scale=None)
        boxes = alt.Chart(frame).mark_rect(stroke="white", strokeWidth=2)
        boxes = boxes.encode(x=x, x2="right:Q", y=y, y2="bottom:Q", color=color)
        texts = alt.Chart(told).mark_text(
            align="left", baseline="middle", dx=5, fontSize=12 if is_wide else 10, lineHeight=LINE
        )
        middle = alt.Y("middle:Q", scale=side, axis=None)
        texts = texts.encode(x=x, y=middle, text="lines:N", color=alt.Color("ink:N", scale=None))
        return alt.layer(boxes, texts).properties(width=room, height=step * len(leaves))

    columns = [
        Column("name", _("Element")),
        Column("parent", _("Part of")),
        Column("weight", _("Weight among siblings"), kind="percent"),
        Column("nominal", _("Weight in the index"), kind="percent"),
        Column("direction", _("Direction")),
        Column("measure", _("Unit of measure")),
    ]
    caption = caption_of(
        own,
        _("How the index is put together"),
        _("Weight among siblings, in percent"),
        _("From left to right: the index, what it is made of, and the indicators."),
        _,
    )
    return figure(draw, caption, frame, _, columns=columns)


def _lines(text: str, letters: int, most: int) -> list[str]:
    """A text in at most so many lines of so many letters; what is longer ends in a sign for more."""
    lines = wrap(text, max(letters, 8), break_long_words=True)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]


def ranking(own: OwnIndex, language: Language) -> Block:
    """Return the index of each unit, best first: what each child adds where that adds up, else a plain bar."""
    _ = language
    order = own.units[:MOST_UNITS]
    try:
        pieces = contributions(own.index).with_columns(pl.col("unit").cast(pl.String))
    except RuleProblem:
        pieces = pl.DataFrame(
            {"unit": own.unit_names, "element": own.index.hierarchy.root, "contribution": own.index.index}
        )
        pieces = pieces.filter(pl.col("contribution").is_not_nan())
    pieces = pieces.filter(pl.col("unit").is_in(order)).with_columns(
        pl.Series("name", [own.name_of(code) for code in pieces.filter(pl.col("unit").is_in(order))["element"]])
    )
    if pieces.is_empty():
        return no_data(_("Index of the units"), _)
    names = list(dict.fromkeys(pieces["name"]))
    colours = list(series_colours(len(names)))
    scores = pl.DataFrame({"unit": own.unit_names, "score": own.index.index, "rank": own.index.ranks})
    scores = scores.filter(pl.col("unit").is_in(order) & pl.col("score").is_not_nan())
    scores = scores.with_columns(pl.Series("label", [_.number(score, 1) for score in scores["score"]], dtype=pl.String))
    can_stack = bool((pieces["contribution"] >= 0).all())

    def draw(width: int) -> Any:
        alt = altair_module()
        y = alt.Y("unit:N", sort=order, title=None, axis=alt.Axis(labelLimit=LABEL_ROOM[width == WIDE] - 10))
        highest = max(*scores["score"], 0.0) * HEADROOM or 1.0
        x = alt.X("contribution:Q", title=own.name_of(own.index.hierarchy.root), stack="zero" if can_stack else None)
        if can_stack:
            x = x.scale(domain=[0, highest])
        legend = alt.Legend(orient="top", columns=1 if width != WIDE else 0, title=None) if len(names) > 1 else None
        color = alt.Color("name:N", sort=names, scale=alt.Scale(domain=names, range=colours), legend=legend)
        place = alt.Order("place:Q")
        bars = alt.Chart(pieces.with_columns(
            pl.Series("place", [names.index(name) for name in pieces["name"]])
        )).mark_bar(size=13).encode(y=y, x=x, color=color, order=place)  # fmt: skip
        texts = alt.Chart(scores).mark_text(align="left", dx=4).encode(y=y, x="score:Q", text="label:N")
        return alt.layer(bars, texts).properties(width=width - LABEL_ROOM[width == WIDE], height=alt.Step(BAR_STEP))

    wide = (
        pieces.pivot("name", index="unit", values="contribution")
        .join(scores, on="unit", how="right")
        .sort("rank", "unit")
    )
    columns = [
        Column("unit", _("Unit")),
        Column("rank", _("Rank"), kind="whole"),
        Column("score", own.name_of(own.index.hierarchy.root)),
        *(Column(name, name) for name in names if name in wide.columns and len(names) > 1),
    ]
    best = scores.sort("rank")
    title = _("{unit} has the highest index: {score}").format(unit=best["unit"][0], score=best["label"][0])
    units = _("Points of the index; pieces are what each part adds") if len(names) > 1 else _("Points of the index")
    shown = _("The first {shown} of {total} units.").format(shown=_.whole(len(order)), total=_.whole(len(own.units)))
    text = shown if len(own.units) > len(order) else _("One bar per unit, best first.")
    return figure(draw, caption_of(own, title, units, text, _), wide, _, columns=columns)


def distribution(own: OwnIndex, language: Language) -> Block:
    """Return how the units are spread on the index and on each part of it, with the median."""
    _, hierarchy = language, own.index.hierarchy
    codes = [hierarchy.root, *hierarchy.children[hierarchy.root]]
    rows = pl.concat(
        [
            pl.DataFrame({"name": own.name_of(code), "unit": own.unit_names, "score": own.index.scores.column(code)})
            for code in codes
        ]
    ).filter(pl.col("score").is_not_nan())
    middle = rows.group_by("name", maintain_order=True).agg(
        pl.col("score").median().alias("median"),
        pl.col("score").min().alias("lowest"),
        pl.col("score").max().alias("highest"),
        pl.col("score").std().alias("sd"),
        pl.len().alias("count"),
    )
    middle = middle.with_columns(pl.Series("label", [_.number(value, 1) for value in middle["median"]]))
    names = [own.name_of(code) for code in codes]

    def draw(width: int) -> Any:
        alt = altair_module()
        y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=LABEL_ROOM[width == WIDE] - 10))
        x = alt.X("score:Q", title=_("Score"), scale=alt.Scale(zero=False))
        ticks = alt.Chart(rows).mark_tick(color=BLUE, thickness=2, size=20, opacity=0.6).encode(y=y, x=x)
        points = alt.Chart(middle).mark_point(color=NAVY, filled=True, size=90, opacity=1).encode(y=y, x="median:Q")
        texts = alt.Chart(middle).mark_text(dy=-18).encode(y=y, x="median:Q", text="label:N")
        return alt.layer(ticks, points, texts).properties(width=width - LABEL_ROOM[width == WIDE], height=alt.Step(48))

    columns = [
        Column("name", _("Element")),
        Column("count", _("Units"), kind="whole"),
        Column("lowest", _("Lowest")),
        Column("median", _("Median")),
        Column("highest", _("Highest")),
        Column("sd", _("Standard deviation")),
    ]
    text = _("A line per unit; the dot is the median, with its value.")
    caption = caption_of(own, _("How are the units spread?"), _("Scores on the scale of the index"), text, _)
    return figure(draw, caption, middle, _, columns=columns)


def scatter(own: OwnIndex, language: Language) -> Block:
    """Return the two parts of the index that weigh most against each other; nothing where it has one part."""
    _, hierarchy = language, own.index.hierarchy
    children = sorted(hierarchy.children[hierarchy.root], key=lambda code: -hierarchy.share(code))[:2]
    if len(children) < 2:
        return Block([], _)
    first, second = (own.index.scores.column(code) for code in children)
    frame = pl.DataFrame({"unit": own.unit_names, "first": first, "second": second})
    frame = frame.filter(pl.col("first").is_not_nan() & pl.col("second").is_not_nan())
    if frame.is_empty():
        return Block([], _)
    coefficient, p_value, count = correlation_of(first, second, "pearson", 3)
    names = [own.name_of(code) for code in children]

    def draw(width: int) -> Any:
        alt = altair_module()
        axes = [alt.X("first:Q", title=names[0]), alt.Y("second:Q", title=names[1])]
        x, y = (axis.scale(zero=False) for axis in axes)
        base = alt.Chart(frame).encode(x=x, y=y)
        points = base.mark_point(filled=True, size=60, color=NAVY, opacity=0.75).encode(description="unit:N")
        layers = [points]
        if width == WIDE:
            ends = [*own.units[:ENDS_NAMED], *own.units[-ENDS_NAMED:]]
            named = alt.Chart(frame.filter(pl.col("unit").is_in(ends))).encode(x=x, y=y)
            layers.append(named.mark_text(align="left", dx=7, fontSize=11, color=MUTED).encode(text="unit:N"))
        return alt.layer(*layers).properties(width=width - 70, height=320)

    columns = [Column("unit", _("Unit")), Column("first", names[0]), Column("second", names[1])]
    known = _("Pearson's r {r}, p {p}, {count} units").format(
        r=_.number(coefficient), p=_.number(p_value, 4), count=_.whole(count)
    )
    units = known if not np.isnan(coefficient) else _("Too few units for a correlation")
    title = _("{first} and {second}").format(first=names[0], second=names[1])
    text = _("A dot per unit; on a wide page and in print the first and last {count} of the index are named.")
    text = text.format(count=_.whole(ENDS_NAMED))
    return figure(draw, caption_of(own, title, units, text, _), frame, _, columns=columns)


def correlation_map(own: OwnIndex, method: str, language: Language) -> Block:
    """Return the correlations of the normalised indicators, or of the nodes where there are too many to name."""
    _, hierarchy = language, own.index.hierarchy
    codes = [code for code, _depth in downwards(hierarchy) if code not in hierarchy.children]
    if len(codes) > MOST_CORRELATED:
        codes = [code for code, _depth in downwards(hierarchy) if code in hierarchy.children][:MOST_CORRELATED]
    if len(codes) < 2:
        return Block([], _)
    pairs = pair_correlations(own.index.scores.select(codes), method=method)
    mirrored = pairs.rename({"element_1": "element_2", "element_2": "element_1"}).select(pairs.columns)
    both = pl.concat([pairs, mirrored]).with_columns(
        pl.Series("row", [own.name_of(code) for code in [*pairs["element_1"], *pairs["element_2"]]]),
        pl.Series("column", [own.name_of(code) for code in [*pairs["element_2"], *pairs["element_1"]]]),
    )
    both = both.filter(pl.col("coefficient").is_not_nan()).with_columns(
        pl.col("coefficient").abs().mul(len(STEPS)).floor().clip(0, len(STEPS) - 1).cast(pl.Int64).alias("step")
    )
    names = [own.name_of(code) for code in codes]
    both = both.with_columns(
        pl.Series(
            "label", [_.number(value, 1 if len(codes) > 12 else 2) for value in both["coefficient"]], dtype=pl.String
        ),
        pl.Series("shade", [STEPS[step] for step in both["step"]], dtype=pl.String),
        pl.Series("ink", [ON_DEEP if step >= FIRST_DEEP else ON_PALE for step in both["step"]], dtype=pl.String),
    )

    def draw(width: int) -> Any:
        alt = altair_module()
        room = width - LABEL_ROOM[width == WIDE]
        numbered = {name: f"{place}. {name}" for place, name in enumerate(names, start=1)}
        shown = both.with_columns(
            pl.Series("row", [numbered[name] for name in both["row"]], dtype=pl.String),
            pl.Series("column", [str(names.index(name) + 1) for name in both["column"]], dtype=pl.String),
        )
        places = [str(place) for place in range(1, len(names) + 1)]
        x = alt.X(
            "column:N", sort=places, title=None, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)
        )
        y = alt.Y(
            "row:N", sort=list(numbered.values()), title=None, axis=alt.Axis(labelLimit=LABEL_ROOM[width == WIDE] - 10)
        )
        base = alt.Chart(shown).encode(x=x, y=y)
        cells = base.mark_rect(stroke="white", strokeWidth=1).encode(color=alt.Color("shade:N", scale=None))
        marked = base.mark_rect(fillOpacity=0, stroke=RUST, strokeWidth=2.5, cornerRadius=3).transform_filter(
            "datum.flag === 'negative'"
        )
        size = 11 if room / len(codes) > 34 else 9
        texts = base.mark_text(fontSize=size).encode(text="label:N", color=alt.Color("ink:N", scale=None))
        layers = [cells, marked, texts] if room / len(codes) > 28 else [cells, marked]
        return alt.layer(*layers).properties(width=room, height=alt.Step(26))

    columns = [
        Column("row", _("Element")),
        Column("column", _("With")),
        Column("coefficient", _("Coefficient")),
        Column("p_value", _("P-value"), places=4),
        Column("p_adjusted", _("Adjusted p-value"), places=4),
        Column("count", _("Units"), kind="whole"),
    ]
    negative = pairs.filter(pl.col("flag") == "negative").height
    text = _.ngettext("{count} pair pulls apart", "{count} pairs pull apart", negative).format(count=_.whole(negative))
    title = text if negative else _("No pair of indicators pulls apart")
    described = _("The darker, the stronger; a frame marks a coefficient of -0.4 or less.")
    units = _("{method} correlation of normalised values").format(method=method.capitalize())
    data = both.head(pairs.height)
    return figure(draw, caption_of(own, title, units, described, _), data, _, columns=columns)


def rank_intervals(own: OwnIndex, language: Language) -> Block:
    """Return the median rank and its 90 % interval over the recipes tried; what is missing where none was."""
    _ = language
    if own.uncertainty is None:
        return no_data(_("How sure is each rank?"), _)
    unit = own.index.scores.unit_column
    rows = pl.DataFrame(own.uncertainty.claims.intervals()).rename({unit: "unit"})
    rows = rows.with_columns(pl.col("unit").cast(pl.String)).sort("rank_median", "rank_low", "unit")
    shown = rows.head(MOST_UNITS)
    order, worst = shown["unit"].to_list(), int(rows["rank_high"].max())  # type: ignore[arg-type]

    def draw(width: int) -> Any:
        alt = altair_module()
        scale = alt.Scale(domain=[0.5, worst + 0.5], nice=False)
        x = alt.X("rank_low:Q", scale=scale, title=_("Rank"), axis=alt.Axis(format="d", tickMinStep=1))
        y = alt.Y("unit:N", sort=order, title=None, axis=alt.Axis(labelLimit=LABEL_ROOM[width == WIDE] - 10))
        base = alt.Chart(shown).encode(y=y)
        return alt.layer(
            base.mark_bar(size=9, color=BLUE, opacity=0.45, cornerRadius=3).encode(x=x, x2="rank_high:Q"),
            base.mark_point(size=60, filled=True, color=NAVY, opacity=1).encode(x="rank_median:Q"),
        ).properties(width=width - LABEL_ROOM[width == WIDE], height=alt.Step(BAR_STEP))

    data = rows.with_columns(interval=pl.struct(lower="rank_low", upper="rank_high"))
    columns = [
        Column("unit", _("Unit")),
        Column("rank_median", _("Median rank"), kind="whole"),
        Column("interval", _("Interval (90%)")),
    ]
    single = rows.filter(pl.col("rank_low") == pl.col("rank_high")).height
    text = _.ngettext(
        "{count} of {total} ranks is a single place in 90% of the draws",
        "{count} of {total} ranks are a single place in 90% of the draws",
        single,
    )
    described = _("Dot: median rank; bar: 5-95% of the draws over: {factors}.").format(factors=factor_names(own, _))
    title = text.format(count=_.whole(single), total=_.whole(rows.height))
    return figure(draw, caption_of(own, title, _("Rank among these units"), described, _), data, _, columns=columns)


def sensitivity(own: OwnIndex, language: Language) -> Block:
    """Return which choice of the recipe moves the ranks most: alone, and with its interactions."""
    _ = language
    if own.uncertainty is None:
        return no_data(_("Which choice moves the ranks most?"), _)
    rows = pl.DataFrame(own.uncertainty.sobol).filter(pl.col("levels") > 1)
    if rows["total"].null_count():
        return Block([Text(text=_("No choice that was tried moves a rank."), tone="remark")], _)
    rows = rows.sort("total", "factor", descending=[True, False])
    rows = rows.with_columns(
        pl.Series("name", [factor_name(code, _) for code in rows["factor"]], dtype=pl.String),
        pl.Series("label", [f"{_.number(value * 100, 0)}%" for value in rows["total"]], dtype=pl.String),
    )

    def draw(width: int) -> Any:
        alt = altair_module()
        y = alt.Y("name:N", sort=rows["name"].to_list(), title=None)
        base = alt.Chart(rows).encode(y=y)
        x = alt.X("total:Q", title=_("Share of the variance of ranks"), axis=alt.Axis(format=".0%"),
                  scale=alt.Scale(domain=[0, max(1.0, *rows["total"])]))  # fmt: skip
        return alt.layer(
            base.mark_bar(size=18, color=TRACK, stroke=MUTED, strokeWidth=1).encode(x=x),
            base.mark_bar(size=10, color=NAVY).encode(x="first:Q"),
            base.mark_text(align="left", dx=6).encode(x="total:Q", text="label:N"),
        ).properties(width=width - 150, height=alt.Step(34))

    columns = [
        Column("name", _("Factor")),
        Column("levels", _("Choices tried"), kind="whole"),
        Column("first", _("Alone"), kind="percent"),
        Column("total", _("In all"), kind="percent"),
    ]
    strongest = rows.row(0, named=True)
    title = _("{factor} moves the ranks most").format(factor=strongest["name"])
    described = _("Dark: alone; outline: in all, with interactions (Sobol indices of the ranks).")
    units = _("Share of the variance of the ranks of all units")
    return figure(draw, caption_of(own, title, units, described, _), rows, _, columns=columns)
