"""The blocks of the national report: headline, tile map, leaders, spread, ranking; the published figures apart."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from itertools import pairwise
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Card, Cards, Facts, Quantity
from reports.blocks.figure import GRID, INK, MUTED, TRACK, WIDE, Caption, figure
from reports.blocks.palette import BLUE, FIRST_DEEP, NAVY, ON_DEEP, ON_PALE, ORANGE, STEPS
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.charts import index_axis, index_text
from reports.pages.compare_cities.tables import (
    contradiction_note,
    predicates,
    statement_columns,
    statements_in_words,
)
from reports.pages.national_ranking.figures import CLUSTERS, National, province_tiles
from warehouse.language import Language
from warehouse.region_history import state_in, with_provinces

CLUSTER_COLOURS = {"provinsi": NAVY, "kabupaten": BLUE, "kota": ORANGE}
CLASS_EDGES = (40, 50, 60, 70, 80)
"""Where the classes of the map begin: equal steps, so that a shade means the same in every edition."""
HALF = 7
"""Columns of the map that a phone shows in one of its two halves."""
LEADERS = 20
MOST_NAMED = 2
"""With more regions that may lead, a card tells their number."""
LEAST_SPREAD = 10
"""Fewer regions than this are all among the leaders, and their spread needs no drawing of its own."""
PLACE = pl.struct(lower="rank_low", upper="rank_high").alias("place")
INDEX = pl.struct(lower="iid_lower", upper="iid_upper").alias("index")


def banner(national: National) -> Block:
    """The mark of simulated data."""
    return simulated_banner(national.is_simulated, national.language)


def headline(national: National) -> Block:
    """How many regions have an index, in all and by cluster, and who leads each cluster."""
    _ = national.language
    cards = tuple(_cluster_card(national, cluster) for cluster in CLUSTERS)
    facts = (
        (
            _("Regions with an index"),
            _("{count} of {total} regions").format(
                count=_.whole(national.index.height), total=_.whole(national.regions.height)
            ),
        ),
        (_("Edition"), Quantity(kind="year", value=national.edition)),
        (_("Rulebook"), national.rulebook or "–"),
        (_("Score"), _.label("score_kind", national.score)),
    )
    is_simulated, is_estimate = national.is_simulated, national.is_estimate
    parts = (
        Cards(cards=cards, is_simulated=is_simulated, is_estimate=is_estimate),
        Facts(pairs=facts, is_simulated=is_simulated, is_estimate=is_estimate),
    )
    return Block(parts, _)


def _cluster_card(national: National, cluster: str) -> Card:
    _, ranked = national.language, national.of_cluster(cluster)
    total = national.regions.filter(pl.col("region_type") == cluster).height
    first = [row for row in ranked.iter_rows(named=True) if row["cluster_rank_low"] == 1]
    leaders = ", ".join(f"{row['full_name']} ({index_text(row, _)})" for row in first)
    told = _("Leads: {regions}") if len(first) == 1 else _("May lead: {regions}")
    if len(first) > MOST_NAMED:
        told = _("{count} regions may lead: their ranges overlap").format(count=_.whole(len(first)))
    return Card(
        heading=_.label("region_type", cluster),
        value=_("{count} of {total}").format(count=_.whole(ranked.height), total=_.whole(total)),
        detail=told.format(regions=leaders) if first else _("no data yet"),
        is_estimate=bool(ranked["is_estimate"].any()),
    )


def province_map(national: National) -> Block:
    """The provinces as tiles in their places, shaded by the lower bound of the mean index of their regions."""
    _ = national.language
    title = _("The index by province")
    if national.index.is_empty():
        return no_data(title, _)
    means = national.provinces()
    provinces = {row["province_code"]: row for row in means.iter_rows(named=True)}
    labels = class_labels(_)
    frame = pl.DataFrame(
        [
            {"column": tile.column, "row": tile.row, "short_name": tile.short_name}
            | _tile_words(provinces[tile.province_code], labels, _)
            for tile in province_tiles()
        ]
    )
    used = [label for label in labels if label in set(frame["class"])]
    colours = [STEPS[labels.index(label)] for label in used]

    def draw(width: int) -> Any:
        alt = altair_module()
        if width == WIDE:
            return _tiles(alt, frame, used, colours, width - 10, 44).properties(height=8 * 44)
        halves = (frame.filter(pl.col("column") < HALF), frame.filter(pl.col("column") >= HALF))
        return alt.vconcat(
            *(_tiles(alt, half, used, colours, width - 10, 42, half is halves[0]) for half in halves), spacing=18
        ).resolve_scale(x="independent", y="independent")

    described = _(
        "A tile is a province, shaded by the mean index of its regions with data: provincial government, regencies and "
        "cities. Where an index is a range, the shade is that of the lower bound. An empty tile has no data yet."
    )
    covered = sum(1 for row in provinces.values() if row["ranked_count"])
    if any(state_in(code, national.edition) for code in national.regions["region_code"]):
        described += " " + _("The tiles are the provinces of today.")
    described += " " + _("{count} of {total} provinces have data.").format(
        count=_.whole(covered), total=_.whole(len(provinces))
    )
    columns = [
        Column("province", _("Province")),
        Column("ranked_count", _("Regions with an index")),
        Column("region_count", _("All regions")),
        Column("mean", _("Mean index")),
    ]
    data = means.with_columns(mean=pl.struct(lower="mean_lower", upper="mean_upper"))
    return figure(draw, _caption(national, title, described), data, _, columns=columns)


def class_labels(language: Language) -> list[str]:
    """The classes of the map in words, lowest first."""
    _ = language
    steps = [f"{low}–{high}" for low, high in pairwise(CLASS_EDGES)]
    return [
        _("below {limit}").format(limit=CLASS_EDGES[0]),
        *steps,
        _("{limit} and above").format(limit=CLASS_EDGES[-1]),
    ]


def _tile_words(row: dict[str, Any], labels: list[str], language: Language) -> dict[str, str | None]:
    _, lower, upper = language, row["mean_lower"], row["mean_upper"]
    counted = _("{count} of {total} regions").format(
        count=_.whole(row["ranked_count"]), total=_.whole(row["region_count"])
    )
    if lower is None:
        return {
            "class": None,
            "ink": MUTED,
            "value": "–",
            "detail": f"{row['province']}\n{counted}: {_('no data yet')}",
        }
    place = sum(lower >= edge for edge in CLASS_EDGES)
    whole = (lower.to_integral_value(ROUND_FLOOR), upper.to_integral_value(ROUND_CEILING))
    mean = _("Mean index {index}").format(index=_.interval(lower, upper))
    return {
        "class": labels[place],
        "ink": ON_DEEP if place >= FIRST_DEEP else ON_PALE,
        "value": _.number(lower, 1) if lower == upper else f"{whole[0]}–{whole[1]}",
        "detail": f"{row['province']}\n{counted}\n{mean}",
    }


def _tiles(
    alt: Any,
    frame: pl.DataFrame,
    labels: list[str],
    colours: list[str],
    width: int,
    step: int,
    has_legend: bool = True,
) -> Any:
    is_half = width < WIDE / 2
    columns = list(range(int(frame["column"].min()), int(frame["column"].max()) + 1))  # type: ignore[arg-type]
    rows = list(range(int(frame["row"].min()), int(frame["row"].max()) + 1))  # type: ignore[arg-type]
    x = alt.X("column:O", axis=None, scale=alt.Scale(domain=columns, paddingInner=0.07, paddingOuter=0))
    y = alt.Y("row:O", axis=None, scale=alt.Scale(domain=rows, paddingInner=0.09, paddingOuter=0))
    colour = alt.Color(
        "class:N",
        sort=labels,
        scale=alt.Scale(domain=labels, range=colours),
        legend=alt.Legend(symbolType="square", symbolSize=150, columns=3 if is_half else 0, columnPadding=22)
        if has_legend
        else None,
    )
    ink = alt.Color("ink:N", scale=None, legend=None)
    base = alt.Chart(frame)
    words = base.mark_text(fontSize=9 if is_half else 10, dy=-7)
    values = base.mark_text(fontSize=11 if is_half else 12, dy=8, fontWeight="bold")
    known = base.transform_filter("datum.class !== null").mark_rect(aria=True, cornerRadius=2)
    empty = base.transform_filter("datum.class === null").mark_rect(
        aria=True, cornerRadius=2, fillOpacity=0, stroke=GRID
    )
    layers = [
        empty.encode(x=x, y=y, description="detail:N"),
        known.encode(x=x, y=y, color=colour, description="detail:N"),
        words.encode(x=x, y=y, text="short_name:N", color=ink),
        values.encode(x=x, y=y, text="value:N", color=ink),
    ]
    layered = alt.layer(*layers).resolve_scale(color="independent")
    return layered.properties(width=width, height=len(rows) * step)


def leaders(national: National) -> Block:
    """The regions that stand best, with their index and the range of their place."""
    _ = national.language
    title = _("Who stands best?")
    if national.index.is_empty():
        return no_data(title, _)
    rows = national.index.head(LEADERS)
    clusters = [cluster for cluster in CLUSTERS if cluster in set(rows["region_type"])]
    labels = [_.label("region_type", cluster) for cluster in clusters]
    told = [
        _("Place {place} · {index}").format(
            place=_.interval_of_counts(row["rank_low"], row["rank_high"]), index=index_text(row, _)
        )
        for row in rows.iter_rows(named=True)
    ]
    frame = rows.select(
        pl.col("full_name").alias("name"),
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        _clusters(rows, _),
        pl.Series("label", told),
    ).with_columns(detail=pl.format("{}\n{}", "name", "label"))
    order = frame["name"].to_list()

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labels=wide, labelFontSize=12.5, labelColor=INK))
        x = index_axis(alt, _)
        colour = alt.Color(
            "cluster:N",
            sort=labels,
            scale=alt.Scale(domain=labels, range=[CLUSTER_COLOURS[cluster] for cluster in clusters]),
            legend=alt.Legend() if len(labels) > 1 else None,
        )
        base, shift = alt.Chart(frame), 0 if wide else 8
        layers = [
            base.mark_bar(size=8, color=TRACK, yOffset=shift).encode(y=y, x=alt.datum(0), x2=alt.datum(100)),
            base.transform_filter("datum.lower != datum.upper")
            .mark_bar(size=8, cornerRadius=4, aria=True, yOffset=shift)
            .encode(y=y, x=x, x2="upper:Q", color=colour, description="detail:N"),
            base.transform_filter("datum.lower == datum.upper")
            .mark_point(size=95, filled=True, opacity=1, aria=True, yOffset=shift)
            .encode(y=y, x=x, color=colour, description="detail:N"),
        ]
        if wide:
            layers.append(
                base.mark_text(align="left", dx=10, color=MUTED).encode(y=y, x=alt.datum(100), text="label:N")
            )
        else:
            both = base.transform_calculate(both="datum.name + ' · ' + datum.label")
            layers.append(
                both.mark_text(align="left", dy=-7, fontSize=10.5, limit=width - 10).encode(
                    y=y, x=alt.value(0), text="both:N"
                )
            )
        return alt.layer(*layers).properties(width=width - (420 if wide else 20), height=alt.Step(25 if wide else 38))

    columns = [
        Column("full_name", _("Region")),
        Column("cluster", _("Cluster")),
        Column("place", _("Rank")),
        Column("index", _("Index")),
    ]
    data = rows.select("full_name", frame["cluster"], PLACE, INDEX)
    return figure(draw, _caption(national, title, ranking_rule(national)), data, _, columns=columns)


def ranking_rule(national: National) -> str:
    """Among how many regions, under which rules, and what ties and ranges mean."""
    _ = national.language
    text = _(
        "Among the {count} of {total} regions with an index here, so not the ranking of the ministry; all under the "
        "{rulebook} rules. Equal indices share the better place; where bounds overlap, the place is a range."
    )
    return text.format(
        count=_.whole(national.index.height), total=_.whole(national.regions.height), rulebook=national.rulebook
    )


def spread(national: National) -> Block:
    """Every region on the scale of the index, cluster by cluster."""
    _ = national.language
    title = _("How far apart do the regions lie?")
    if national.index.height < LEAST_SPREAD:
        return Block()
    clusters = [cluster for cluster in CLUSTERS if not national.of_cluster(cluster).is_empty()]
    names = {
        cluster: f"{_.label('region_type', cluster)} ({_.whole(national.of_cluster(cluster).height)})"
        for cluster in clusters
    }
    rows = national.index.sort("region_type", "iid_lower", "iid_upper", "region_code")
    frame = rows.select(
        pl.col("region_type").replace_strict(names).alias("cluster"),
        pl.int_range(pl.len()).over("region_type").alias("order"),
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.Series("detail", [f"{row['full_name']}\n{index_text(row, _)}" for row in rows.iter_rows(named=True)]),
    )
    order = list(names.values())

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        x = index_axis(alt, _)
        y = alt.Y("order:Q", axis=None)
        colour = alt.Color(
            "cluster:N",
            scale=alt.Scale(domain=order, range=[CLUSTER_COLOURS[cluster] for cluster in clusters]),
            legend=None,
        )
        base = alt.Chart(frame)
        marks = alt.layer(
            base.transform_filter("datum.lower != datum.upper")
            .mark_rule(strokeWidth=1.4, opacity=0.6, aria=True)
            .encode(x=x, x2="upper:Q", y=y, color=colour, description="detail:N"),
            base.transform_filter("datum.lower == datum.upper")
            .mark_circle(size=22, opacity=0.8, aria=True)
            .encode(x=x, y=y, color=colour, description="detail:N"),
        ).properties(width=width - 30, height=120 if wide else 100)
        facets = marks.facet(row=alt.Row("cluster:N", sort=order, title=None, header=_above(alt)), spacing=10)
        return facets.resolve_scale(y="independent")

    columns = [
        Column("cluster", _("Cluster")),
        Column("lowest", _("Lowest index")),
        Column("middle_lower", _("Middle of the lower bounds")),
        Column("middle_upper", _("Middle of the upper bounds")),
        Column("highest", _("Highest index")),
    ]
    data = pl.concat(_spread_row(names[cluster], national.of_cluster(cluster)) for cluster in clusters)
    described = _(
        "Each cluster in order of the lower bound, the highest on top. A dot is a region whose index the facts fix, "
        "a line one whose index is a range."
    )
    return figure(draw, _caption(national, title, described), data, _, columns=columns)


def _above(alt: Any) -> Any:
    return alt.Header(labelAngle=0, labelOrient="top", labelAnchor="start", labelPadding=2)


def _spread_row(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The ends and the middle of a cluster: of an even number the lower middle one, a value that a region has."""
    middle = (rows.height - 1) // 2
    return rows.select(
        pl.lit(name).alias("cluster"),
        pl.col("iid_lower").min().alias("lowest"),
        pl.col("iid_lower").sort().get(middle).alias("middle_lower"),
        pl.col("iid_upper").sort().get(middle).alias("middle_upper"),
        pl.col("iid_upper").max().alias("highest"),
    )


def _of_its_time(national: National) -> pl.DataFrame:
    """The ranked regions, each with the province that it belonged to in the edition's year."""
    return with_provinces(national.index.with_columns(edition=pl.lit(national.edition, dtype=pl.Int32)))


def ranking_table(national: National) -> Block:
    """Every region with an index: its place in all and in its cluster, index, predicate, innovations."""
    _ = national.language
    caption = _("Ranking of the regions, edition {edition}").format(edition=national.edition)
    if national.index.is_empty():
        return no_data(caption, _)
    rows = _of_its_time(national)
    frame = rows.select(
        "full_name",
        "province",
        "innovation_count",
        PLACE,
        pl.struct(lower="cluster_rank_low", upper="cluster_rank_high").alias("cluster_place"),
        INDEX,
        _clusters(rows, _),
        predicates(rows, _),
    )
    columns = [
        Column("full_name", _("Region")),
        Column("place", _("Rank")),
        Column("cluster_place", _("Rank in cluster")),
        Column("cluster", _("Cluster")),
        Column("province", _("Province")),
        Column("index", _("Index")),
        Column("predicate", _("Predicate")),
        Column("innovation_count", _("Innovations")),
    ]
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=national.is_simulated,
        is_estimate=national.is_estimate,
        note=ranking_rule(national),
        facets=("cluster", "province", "predicate"),
    )


def published_index(national: National) -> Block:
    """Published final index values of every region by edition. Real figures only."""
    _ = national.language
    title = _("Published index values of all regions")
    rows = national.published.filter(
        (pl.col("measure") == "iid")
        & (pl.col("stage") == "final")
        & pl.col("score").is_not_null()
        & pl.col("region_type").is_not_null()
    ).unique(["region_code", "edition", "score"], maintain_order=True)
    if rows.is_empty():
        return no_data(title, _)
    rows = rows.sort("edition", "score", "region_code")
    clusters = [cluster for cluster in CLUSTERS if cluster in set(rows["region_type"])]
    labels = [_.label("region_type", cluster) for cluster in clusters]
    scores = pl.Series([_.number(score) for score in rows["score"]])
    frame = rows.select(
        pl.col("edition").cast(pl.String),
        pl.col("score").cast(pl.Float64),
        _clusters(rows, _),
        pl.format("{}\n{}", "full_name", scores).alias("detail"),
        pl.format("{} {}", "name", scores).alias("label"),
    )
    best = frame.group_by("edition", maintain_order=True).last()
    editions = sorted(set(frame["edition"]))

    def draw(width: int) -> Any:
        alt = altair_module()
        x = alt.X("edition:N", sort=editions, title=_("Edition"), axis=alt.Axis(labelAngle=0))
        y = alt.Y("score:Q", scale=alt.Scale(domain=[0, 100]), title=None, axis=alt.Axis(values=[0, 25, 50, 75, 100]))
        colour = alt.Color(
            "cluster:N",
            sort=labels,
            scale=alt.Scale(domain=labels, range=[CLUSTER_COLOURS[cluster] for cluster in clusters]),
        )
        points = alt.Chart(frame).mark_point(filled=True, size=60, opacity=0.7, aria=True)
        tops = alt.Chart(best).mark_text(dy=-11, fontSize=11 if width == WIDE else 9.5)
        return alt.layer(
            points.encode(x=x, y=y, color=colour, description="detail:N"),
            tops.encode(x=x, y=y, text="label:N"),
        ).properties(width=width - 60, height=280)

    described = _(
        "{count} published final values; the highest of each edition is named. Most regions publish none, "
        "and the rules changed between editions."
    ).format(count=_.whole(rows.height))
    caption = Caption(
        title,
        _("Index (IID), 0 to 100, final, as published; real figures"),
        described,
        _("Source: statements of the ministry, cities and press, listed below"),
        is_simulated=False,
        is_published=True,
    )
    columns = [Column("edition", _("Edition")), Column("full_name", _("Region")), Column("score", _("Index"))]
    data = rows.sort("edition", "score", descending=[True, True], maintain_order=True)
    return figure(draw, caption, data, _, columns=columns)


def published_statements(national: National) -> Block:
    """Every published statement about the award, of all regions; contradictions marked. Real figures only."""
    _ = national.language
    caption = _("What was published about the index and the award, all regions (real)")
    if national.published.is_empty():
        return no_data(caption, _)
    frame = statements_in_words(national.published, _).with_columns(_clusters(national.published, _))
    columns = [Column("full_name", _("Region")), Column("cluster", _("Cluster")), *statement_columns(_)]
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=False,
        is_published=True,
        note=contradiction_note(_),
        facets=("cluster", "edition", "stage", "confidence"),
    )


def _clusters(rows: pl.DataFrame, language: Language) -> pl.Series:
    """The column `cluster`: the kind of each region in words."""
    labels = [language.label("region_type", kind) or None for kind in rows["region_type"]]
    return pl.Series("cluster", labels, dtype=pl.String)


def _caption(national: National, title: str, description: str) -> Caption:
    _ = national.language
    units = _("Index (IID), 0 to 100, edition {edition}").format(edition=national.edition)
    if national.is_estimate:
        estimate = _("Estimate under the {rulebook} rules, not an official score").format(rulebook=national.rulebook)
        units = f"{units} · {estimate}"
    return Caption(
        title,
        units,
        description,
        national.source_line,
        national.is_simulated,
        is_estimate=national.is_estimate,
    )
