"""The charts that set cities side by side: index over editions, ranking, and the published figures apart."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.figure import INK, MUTED, TRACK, WIDE, Caption, figure
from reports.blocks.palette import BLUE, GREY, NAVY, ORANGE
from reports.blocks.tables import Column
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.compare_cities.figures import Comparison
from warehouse.language import Language


def index_axis(alt: Any, language: Language) -> Any:
    """The index from 0 to 100 along the width, from the field `lower`."""
    scale, axis = alt.Scale(domain=[0, 100]), alt.Axis(values=[0, 25, 50, 75, 100])
    return alt.X("lower:Q", scale=scale, title=language("Index (IID)"), axis=axis)


def index_over_editions(comparison: Comparison) -> Block:
    """Each city's index by edition: bounds as intervals, own rules and estimate side by side, breaks in rules marked.

    No line joins two editions: each edition has rules of its own.
    """
    _ = comparison.language
    title = _("How the index moved, and where the rules changed")
    computed = comparison.index.filter(pl.col("iid_lower").is_not_null())
    if computed.is_empty():
        return no_data(title, _)
    series = series_labels(comparison.index, _)
    labels = [text for is_estimate, text in series.items() if not is_estimate or computed["is_estimate"].any()]
    frame = computed.select(
        "region_code",
        pl.col("edition").cast(pl.String),
        pl.col("is_estimate").replace_strict(series, return_dtype=pl.String).alias("series"),
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.Series("lower_label", [_.number(value) for value in computed["iid_lower"]]),
        pl.Series("upper_label", [_.number(value) for value in computed["iid_upper"]]),
        pl.Series(
            "detail",
            [
                f"{row['name']} {row['edition']}, {series[row['is_estimate']]}: {index_text(row, _)}"
                for row in computed.iter_rows(named=True)
            ],
        ),
    )
    editions = [str(edition) for edition in comparison.editions]

    def draw(width: int) -> Any:
        alt = altair_module()
        panels = [
            _city_panel(alt, frame.filter(pl.col("region_code") == code), name, editions, labels, width, _)
            for code, name in zip(comparison.region_codes, comparison.names, strict=True)
        ]
        return alt.vconcat(*panels, spacing=14).resolve_scale(color="shared")

    description = _(
        "A dot is an index that the facts fix; a bar is the range that unknown rules or missing answers leave open. "
        "Dashed lines mark a change of rules: no line joins figures across them."
    )
    caption = Caption(
        title,
        _("Index (IID), 0 to 100, score: {score}").format(score=_.label("score_kind", comparison.score)),
        description,
        comparison.source_line,
        comparison.is_simulated,
        is_estimate=len(series) > 1,
    )
    data = comparison.index.sort("region_code", "edition", "is_estimate").select(
        "name",
        "edition",
        pl.col("is_estimate").replace_strict(series, return_dtype=pl.String).alias("rules"),
        pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
    )
    columns = [
        Column("name", _("City")),
        Column("edition", _("Edition")),
        Column("rules", _("Rules")),
        Column("index", _("Index"), missing=_("not computed: rule unknown")),
    ]
    return figure(draw, caption, data, _, columns=columns)


def series_labels(index: pl.DataFrame, language: Language) -> dict[bool, str]:
    """Return the legend by whether an index is an estimate; the estimate names the rulebook that it uses."""
    rulebooks = sorted(set(index.filter("is_estimate")["rulebook"].to_list()))
    estimate = language("Estimate under the {rulebook} rules, not an official score").format(
        rulebook=", ".join(rulebooks)
    )
    return {False: language("Rules of the edition itself")} | ({True: estimate} if rulebooks else {})


def _city_panel(
    alt: Any, rows: pl.DataFrame, name: str, editions: list[str], labels: list[str], width: int, language: Language
) -> Any:
    colours = [BLUE, ORANGE][: len(labels)]
    x = alt.X(
        "edition:N", sort=editions, scale=alt.Scale(domain=editions), title=None, axis=_edition_axis(alt, language)
    )
    offset = alt.XOffset("series:N", sort=labels, scale=alt.Scale(domain=labels, paddingInner=0.4, paddingOuter=0.6))
    y = alt.Y("lower:Q", scale=alt.Scale(domain=[0, 100]), title=None, axis=alt.Axis(values=[0, 25, 50, 75, 100]))
    colour = alt.Color(
        "series:N",
        sort=labels,
        scale=alt.Scale(domain=labels, range=colours),
        legend=alt.Legend(direction="horizontal" if width == WIDE else "vertical"),
    )
    base = alt.Chart(rows)
    breaks = alt.Chart(pl.DataFrame({"edition": editions[1:]})).mark_rule(strokeDash=[4, 4], color=MUTED, strokeWidth=1)
    absent = pl.DataFrame(
        {"edition": [e for e in editions if e not in set(rows["edition"])]}, schema={"edition": pl.String}
    )
    layers = [
        breaks.encode(x=alt.X("edition:N", sort=editions, bandPosition=0)),
        base.transform_filter("datum.lower != datum.upper")
        .mark_bar(size=9, opacity=0.55, cornerRadius=4, strokeWidth=3, aria=True)
        .encode(x=x, xOffset=offset, y=y, y2="upper:Q", color=colour, stroke=colour, description="detail:N"),
        base.transform_filter("datum.lower == datum.upper")
        .mark_point(size=85, filled=True, opacity=1, aria=True)
        .encode(x=x, xOffset=offset, y=y, color=colour, description="detail:N"),
        alt.Chart(absent)
        .mark_text(color=MUTED, fontStyle="italic")
        .encode(x=x, y=alt.value(60), text=alt.value(language("no data yet"))),
    ]
    if width == WIDE:
        above = base.mark_text(dy=-11, fontSize=11.5).encode(x=x, xOffset=offset, y="upper:Q", text="upper_label:N")
        below = base.transform_filter("datum.lower != datum.upper").mark_text(dy=12, fontSize=11.5)
        layers += [above, below.encode(x=x, xOffset=offset, y="lower:Q", text="lower_label:N")]
    title = alt.TitleParams(name, anchor="start", fontSize=14, color=INK, offset=10, frame="group")
    return alt.layer(*layers).properties(width=width - 50, height=130, title=title)


def _edition_axis(alt: Any, language: Language) -> Any:
    """Editions as ticks, each with the rules that it stands under, since they change with every edition."""
    rules = language("rules {edition}").format(edition="")
    return alt.Axis(
        labelAngle=0,
        domain=False,
        ticks=False,
        labelPadding=9,
        labelAlign="center",
        labelExpr=f"[datum.label, '{rules}' + datum.label]",
    )


def index_text(row: dict[str, Any], language: Language) -> str:
    """The index of one row: a value, its bounds, or that the rule is unknown."""
    if row["iid_lower"] is None:
        return language("not computed: rule unknown")
    return language.interval(row["iid_lower"], row["iid_upper"])


def ranking(comparison: Comparison) -> Block:
    """The cities of the last edition in order of their index, with the range of ranks that the bounds leave open."""
    _ = comparison.language
    edition = comparison.latest_edition
    title = _("Who stands where?")
    if edition is None:
        return no_data(title, _)
    rows = comparison.ranking(edition)
    frame = rows.select(
        "name",
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.Series(
            "label",
            [
                _("Rank {rank} · {index}").format(
                    rank=_.interval_of_counts(row["rank_low"], row["rank_high"]), index=index_text(row, _)
                )
                for row in rows.iter_rows(named=True)
            ],
        ),
    )
    frame = frame.with_columns(detail=pl.format("{}: {}", "name", "label"))
    order = frame["name"].to_list()

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labels=wide, labelFontSize=13, labelColor=INK))
        x = index_axis(alt, _)
        base = alt.Chart(frame)
        layers = [
            base.mark_bar(size=14, color=TRACK).encode(y=y, x=alt.datum(0), x2=alt.datum(100)),
            base.transform_filter("datum.lower != datum.upper")
            .mark_bar(size=14, color=BLUE, opacity=0.6, cornerRadius=4, aria=True)
            .encode(y=y, x=x, x2="upper:Q", description="detail:N"),
            base.transform_filter("datum.lower == datum.upper")
            .mark_point(size=130, filled=True, color=BLUE, opacity=1, aria=True)
            .encode(y=y, x=x, description="detail:N"),
            base.mark_text(align="left", dy=20).encode(y=y, x=alt.value(0), text="label:N"),
        ]
        if not wide:
            layers.append(
                base.mark_text(align="left", dy=-17, fontSize=13, fontWeight="bold").encode(
                    y=y, x=alt.value(0), text="name:N"
                )
            )
        return alt.layer(*layers).properties(width=width - (150 if wide else 20), height=alt.Step(56 if wide else 68))

    caption = Caption(
        title,
        _("Index (IID), 0 to 100, edition {edition}").format(edition=edition),
        ranking_rule(comparison, rows),
        comparison.source_line,
        comparison.is_simulated,
        is_estimate=bool(rows["is_estimate"].any()),
    )
    data = rows.select(
        "name",
        pl.struct(lower="rank_low", upper="rank_high").alias("rank"),
        pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
    )
    columns = [Column("name", _("City")), Column("rank", _("Rank")), Column("index", _("Index"))]
    return figure(draw, caption, data, _, columns=columns)


def ranking_rule(comparison: Comparison, rows: pl.DataFrame) -> str:
    """How the ranks came about: scope, rules, ties, ranges."""
    _ = comparison.language
    return _(
        "Among these {count} cities only, not the national rank; all under the {rulebook} rules. "
        "Equal indices share the better rank; where bounds overlap, the rank is a range."
    ).format(count=rows.height, rulebook=rows["rulebook"][0])


def published_index(comparison: Comparison) -> Block:
    """Published final index values: the compared cities named, all other cities as background. Real figures only."""
    _ = comparison.language
    title = _("Published index values")
    peers = comparison.peers.with_columns(
        pl.col("region_code").is_in(list(comparison.region_codes)).alias("is_compared")
    )
    named = peers.filter("is_compared")
    if peers.is_empty():
        return no_data(title, _)
    frame = peers.select(
        pl.col("edition").cast(pl.String), pl.col("score").cast(pl.Float64), "is_compared", "region_name"
    ).with_columns(
        pl.Series("label", [f"{row['region_name']} {_.number(row['score'])}" for row in peers.iter_rows(named=True)])
    )
    editions = sorted(set(frame["edition"]))

    def draw(width: int) -> Any:
        alt = altair_module()
        x = alt.X("edition:N", sort=editions, title=_("Edition"), axis=alt.Axis(labelAngle=0))
        y = alt.Y("score:Q", scale=alt.Scale(domain=[0, 100]), title=None)
        base = alt.Chart(frame)
        return alt.layer(
            base.transform_filter("!datum.is_compared")
            .mark_point(filled=True, size=45, color=GREY, opacity=0.65, aria=True)
            .encode(x=x, y=y, description="label:N"),
            base.transform_filter("datum.is_compared")
            .mark_point(filled=True, size=110, color=NAVY, opacity=1, aria=True)
            .encode(x=x, y=y, description="label:N"),
            base.transform_filter("datum.is_compared")
            .mark_text(align="left", dx=9, fontWeight="bold")
            .encode(x=x, y=y, text="label:N"),
        ).properties(width=width - 60, height=260)

    without = [
        name
        for name, code in zip(comparison.names, comparison.region_codes, strict=True)
        if code not in set(named["region_code"])
    ]
    description = _(
        "Grey: other cities (kota) with a published value, {count} in all. The rules changed between editions."
    ).format(count=peers.filter(~pl.col("is_compared")).height)
    if without:
        description += " " + _("No published index value is known for {cities}.").format(cities=", ".join(without))
    caption = Caption(
        title,
        _("Index (IID), 0 to 100, final, as published; real figures"),
        description,
        _("Source: statements of the ministry, cities and press, listed below"),
        is_simulated=False,
        is_published=True,
    )
    columns = [Column("edition", _("Edition")), Column("region_name", _("City")), Column("score", _("Index"))]
    data = peers.sort("edition", "score", descending=[False, True], maintain_order=True)
    return figure(draw, caption, data, _, columns=columns)
