"""The blocks of the national report: headline, tile map, leaders, spread, ranking; the published figures apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Card, Cards, Facts, Form, Quantity
from reports.blocks.figure import GRID, INK, MUTED, TRACK, WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE, FIRST_DEEP, NAVY, ON_DEEP, ON_PALE, ORANGE, STEPS
from reports.blocks.tables import Column, table
from reports.blocks.words import told
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.city_index.headline import simulated_banner
from reports.pages.compare_cities.charts import highest_published, index_axis, index_text
from reports.pages.compare_cities.sources import source_address
from reports.pages.compare_cities.tables import (
    contradiction_note,
    predicates,
    statement_columns,
    statements_in_words,
)
from reports.pages.national_ranking.figures import CLUSTERS, National, estimate_rules, province_tiles
from warehouse.language import Language
from warehouse.region_history import state_in, with_provinces

CLUSTER_COLOURS = {"provinsi": NAVY, "kabupaten": BLUE, "kota": ORANGE}
CLASS_WIDTHS = (10, 5, 2, 1)
"""How wide a class of the map may be: the widest that sets provinces apart, so that a shade mostly means the same."""
CLASSES_WANTED = 4
"""Classes that a map should show, where provinces lie that far apart."""
HALF = 7
"""Columns of the map that a phone shows in one of its two halves."""
LEADERS = 20
SHARE, WHOLE_SHARE = Form(kind="percent", places=1), Form(kind="percent", places=0)
BIN = 1
"""Points of the index that one bar of the spread holds."""
LEAST_SPREAD = 10
"""Fewer regions than this are all among the leaders, and their spread needs no drawing of its own."""
PLACE = pl.struct(lower="rank_low", upper="rank_high").alias("place")
LIKELY = pl.struct(lower="likely_low", upper="likely_high").alias("likely")
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
    first = ranked.filter(pl.col("cluster_rank_low") == 1)
    detail = _("no data yet")
    if first.height == 1:
        row = first.row(0, named=True)
        detail = _("Leads: {regions}").format(regions=f"{row['full_name']} ({index_text(row, _)})")
    elif first.height:
        row = ranked.sort("share_first", "cluster_order", descending=[True, False]).row(0, named=True)
        detail = _("{count} may lead; most often {region}, in {share} of the draws").format(
            count=_.whole(first.height), region=row["full_name"], share=told(row["share_first"], SHARE, _)
        )
    return Card(
        heading=_.label("region_type", cluster),
        value=_("{count} of {total}").format(count=_.whole(ranked.height), total=_.whole(total)),
        detail=detail,
        is_estimate=bool(ranked["is_estimate"].any()) or first.height > 1,
    )


def province_map(national: National) -> Block:
    """The provinces as tiles in their places, shaded by the estimate of the mean index of their regions."""
    _ = national.language
    if national.index.is_empty():
        return no_data(_("The index by province"), _)
    means = national.provinces()
    title = _map_title(means, _)
    provinces = {row["province_code"]: row for row in means.iter_rows(named=True)}
    edges = class_edges(means["estimate"].drop_nulls().to_list())
    labels = class_labels(edges, _)
    frame = pl.DataFrame(
        [
            {"column": tile.column, "row": tile.row, "short_name": tile.short_name}
            | _tile_words(provinces[tile.province_code], edges, labels, _)
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
        "cities. An empty tile has no data yet."
    )
    if national.is_open:
        described += " " + _("The shade is that of the estimate; lines across a tile: its bounds leave the class open.")
    covered = sum(1 for row in provinces.values() if row["ranked_count"])
    if any(state_in(code, national.edition) for code in national.regions["region_code"]):
        described += " " + _("The tiles are the provinces of today.")
    described += " " + _.ngettext(
        "{count} of {total} provinces has data.",
        "{count} of {total} provinces have data.",
        covered,
    ).format(count=_.whole(covered), total=_.whole(len(provinces)))
    columns = [
        Column("province", _("Province")),
        Column("ranked_count", _("Regions with an index")),
        Column("region_count", _("All regions")),
        Column("estimate", _("Mean, estimate")),
        Column("mean", _("Mean, bounds")),
        Column("likely", _("Likely rank among provinces")),
    ]
    data = means.with_columns(
        mean=pl.struct(lower="mean_lower", upper="mean_upper"),
        likely=pl.struct(lower="likely_low", upper="likely_high"),
    )
    return figure(draw, _caption(national, title, described), data, _, columns=columns)


def class_edges(estimates: Sequence[Decimal]) -> list[int]:
    """Where the classes of the map begin after the first: equal steps around what the provinces have.

    Steps are narrower where provinces lie closer together.
    """
    low, high = min(estimates), max(estimates)
    inner = len(STEPS) - 1
    for width in CLASS_WIDTHS:
        first, last = int(low // width), int(high // width)
        if last - first + 1 >= CLASSES_WANTED or width == CLASS_WIDTHS[-1]:
            break
    middle = (first + last + 1) // 2
    start = (middle - inner // 2) * width
    return [start + width * place for place in range(inner)]


def class_labels(edges: Sequence[int], language: Language) -> list[str]:
    """The classes of the map in words, lowest first."""
    _ = language
    steps = [f"{low}–{high}" for low, high in pairwise(edges)]
    return [
        _("below {limit}").format(limit=edges[0]),
        *steps,
        _("{limit} and above").format(limit=edges[-1]),
    ]


def _tile_words(row: dict[str, Any], edges: Sequence[int], labels: list[str], language: Language) -> dict[str, Any]:
    _, lower, upper = language, row["mean_lower"], row["mean_upper"]
    counted = _("{count} of {total} regions").format(
        count=_.whole(row["ranked_count"]), total=_.whole(row["region_count"])
    )
    if lower is None:
        return {
            "class": None,
            "ink": MUTED,
            "value": "–",
            "is_open": False,
            "detail": f"{row['province']}\n{counted}: {_('no data yet')}",
        }
    estimate = row["estimate"]
    classes = [sum(value >= edge for edge in edges) for value in (lower, estimate, upper)]
    mean = _("Mean index {index}").format(index=_.interval(lower, upper))
    if lower != upper:
        mean += "\n" + _("Estimate {index}").format(index=_.number(estimate))
    return {
        "class": labels[classes[1]],
        "ink": ON_DEEP if classes[1] >= FIRST_DEEP else ON_PALE,
        "value": _.number(estimate, 1),
        "is_open": classes[0] != classes[2],
        "detail": f"{row['province']}\n{counted}\n{mean}",
    }


def _map_title(means: pl.DataFrame, language: Language) -> str:
    """What the map says: the province that stands highest."""
    _ = language
    known = means.filter(pl.col("estimate").is_not_null()).sort("estimate", "province_code", descending=[True, False])
    best = known.row(0, named=True)
    is_sure = best["likely_high"] == 1
    said = _("{province} has the highest mean index") if is_sure else _("{province} stands highest by the estimate")
    return said.format(province=best["province"]) if known.height > 1 else _("The index by province")


HATCH = 4
"""Lines across a tile whose class is open."""


def hatch(width: float, height: float) -> tuple[str, float]:
    """Return lines across a tile as the path of a point, and the size of that point: Vega knows no pattern."""
    wide = width / height
    lines = []
    for place in range(1, HATCH + 1):
        foot = -wide + 2 * (wide + 1) * place / (HATCH + 1)  # where a line of 45 degrees meets the lower edge
        left, right = max(-wide, foot - 2), min(wide, foot)
        lines.append(f"M{left:.3f},{1 - (foot - left):.3f}L{right:.3f},{1 - (foot - right):.3f}")
    return "".join(lines), height**2


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
        aria=True, cornerRadius=2, fill=TRACK, fillOpacity=0, stroke=GRID
    )
    path, size = hatch(width / len(columns) * 0.93, step * 0.91)
    lines = base.transform_filter("datum.is_open").mark_point(
        shape=path, size=size, filled=False, strokeWidth=1.2, opacity=0.5
    )
    layers = [
        empty.encode(x=x, y=y, description="detail:N"),
        known.encode(x=x, y=y, color=colour, description="detail:N"),
        lines.encode(x=x, y=y, color=ink),
        words.encode(x=x, y=y, text="short_name:N", color=ink),
        values.encode(x=x, y=y, text="value:N", color=ink),
    ]
    layered = alt.layer(*layers).resolve_scale(color="independent")
    return layered.properties(width=width, height=len(rows) * step)


def leaders(national: National) -> Block:
    """The regions that stand best by the estimate, with their likely places, likely indices and bounds."""
    _ = national.language
    if national.index.is_empty():
        return no_data(_("Who stands best?"), _)
    rows = national.ranking.head(LEADERS)
    clusters = [cluster for cluster in CLUSTERS if cluster in set(rows["region_type"])]
    labels = [_.label("region_type", cluster) for cluster in clusters]
    words = [
        _("Rank {rank} · {index}").format(
            rank=_.interval_of_counts(row["likely_low"], row["likely_high"]),
            index=_.interval(row["iid_lower"], row["iid_upper"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    frame = rows.select(
        pl.col("full_name").alias("name"),
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.col("estimate").cast(pl.Float64),
        _clusters(rows, _),
        pl.Series("label", words),
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
            .mark_bar(size=3, aria=True, yOffset=shift)
            .encode(y=y, x=x, x2="upper:Q", color=colour, description="detail:N"),
            base.mark_point(size=95, filled=True, opacity=1, aria=True, yOffset=shift).encode(
                y=y, x=alt.X("estimate:Q"), color=colour, description="detail:N"
            ),
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
        Column("likely", _("Likely rank")),
        Column("estimate", _("Central estimate")),
        Column("index", _("Index, bounds")),
        Column("place", _("Rank, bounds")),
    ]
    data = rows.select("full_name", "estimate", frame["cluster"], LIKELY, PLACE, INDEX)
    title = _leaders_title(national)
    return figure(draw, _caption(national, title, ranking_rule(national)), data, _, columns=columns)


def _leaders_title(national: National) -> str:
    """Who leads, or that bounds leave it open and how many may."""
    _, rows = national.language, national.index
    first, may_lead = rows["full_name"][0], rows.filter(pl.col("rank_low") == 1).height
    if may_lead == 1:
        return _("{region} stands best").format(region=first)
    return _("{count} regions may stand best; by the estimate {region} does").format(
        count=_.whole(may_lead), region=first
    )


def ranking_rule(national: National) -> str:
    """Among how many regions, under which rules, what the order rests on, and what ties and ranges mean."""
    _ = national.language
    text = _(
        "Among the {count} of {total} regions with an index here, so not the ranking of the ministry; all under the "
        "{rulebook} rules. Equal indices share the better place."
    ).format(count=_.whole(national.index.height), total=_.whole(national.regions.height), rulebook=national.rulebook)
    if not national.is_open:
        return text
    rules = estimate_rules()
    return f"{text} " + _(
        "Order and estimate: the middle of the bounds, as if all that is not known stood halfway; not an index. "
        "Likely ranks: {share} of {draws} draws, each index drawn evenly within its bounds, on its own (seed {seed}). "
        "Ranks by the bounds are all that the facts leave open."
    ).format(share=told(rules.share, WHOLE_SHARE, _), draws=_.whole(rules.draws), seed=rules.seed)


def spread(national: National) -> Block:
    """How many regions of each cluster lie in each piece of the scale, by the estimate."""
    _ = national.language
    if national.index.height < LEAST_SPREAD:
        return Block()
    clusters = [cluster for cluster in CLUSTERS if not national.of_cluster(cluster).is_empty()]
    names = {
        cluster: f"{_.label('region_type', cluster)} ({_.whole(national.of_cluster(cluster).height)})"
        for cluster in clusters
    }
    order = list(names.values())
    counted = (
        national.index.with_columns(
            pl.col("region_type").replace_strict(names).alias("cluster"),
            (pl.col("estimate").cast(pl.Float64) // BIN * BIN).cast(pl.Int64).alias("start"),
        )
        .group_by("cluster", "start")
        .agg(pl.len().alias("count"))
        .sort("cluster", "start")
        .with_columns(end=pl.col("start") + BIN)
    )
    frame = counted.with_columns(
        pl.Series(
            "detail",
            [
                _("{cluster}: {count} between {low} and {high}").format(
                    cluster=row["cluster"], count=_.whole(row["count"]), low=row["start"], high=row["end"]
                )
                for row in counted.iter_rows(named=True)
            ],
        )
    )

    ends = [min(frame["start"]) // 10 * 10, -(-max(frame["end"]) // 10) * 10]

    def draw(width: int) -> Any:
        alt = altair_module()
        scale, axis = alt.Scale(domain=ends, nice=False), alt.Axis(tickCount=6)
        x = alt.X("start:Q", scale=scale, title=_caption_of_estimate(national), axis=axis)
        y = alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3, format=",d"))
        colour = alt.Color(
            "cluster:N",
            scale=alt.Scale(domain=order, range=[CLUSTER_COLOURS[cluster] for cluster in clusters]),
            legend=None,
        )
        marks = (
            alt.Chart(frame)
            .mark_bar(aria=True, cornerRadiusEnd=0)
            .encode(x=x, x2="end:Q", y=y, y2=alt.datum(0), color=colour, description="detail:N")
            .properties(width=width - 50, height=78)
        )
        facets = marks.facet(row=alt.Row("cluster:N", sort=order, title=None, header=_above(alt)), spacing=10)
        return facets.resolve_scale(y="independent")

    columns = [
        Column("cluster", _("Cluster")),
        Column("lowest", _("Lowest estimate")),
        Column("quarter", _("A quarter lies below")),
        Column("middle", _("Middle")),
        Column("three_quarters", _("A quarter lies above")),
        Column("highest", _("Highest estimate")),
    ]
    data = pl.concat(_spread_row(names[cluster], national.of_cluster(cluster)) for cluster in clusters)
    whole = _spread_row("", national.index).row(0, named=True)
    title = _("Half of the {count} regions lie between {low} and {high}").format(
        count=_.whole(national.index.height), low=_.number(whole["quarter"]), high=_.number(whole["three_quarters"])
    )
    described = _(
        "Regions per {width} points of the index, cluster by cluster; where it is a range, by its middle."
    ).format(width=BIN)
    return figure(draw, _caption(national, title, described), data, _, columns=columns)


def _caption_of_estimate(national: National) -> str:
    _ = national.language
    return _("Index (IID), middle of the bounds") if national.is_open else _("Index (IID)")


def _above(alt: Any) -> Any:
    return alt.Header(labelAngle=0, labelOrient="top", labelAnchor="start", labelPadding=2)


def _spread_row(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The ends, quarters and middle of a cluster, each a value that a region has: of an even number the lower one."""
    ordered, last = rows["estimate"].sort(), rows.height - 1
    places = {"lowest": 0, "quarter": last // 4, "middle": last // 2, "three_quarters": 3 * last // 4, "highest": last}
    return pl.DataFrame({"cluster": [name]}).with_columns(
        pl.Series(column, [ordered[place]], dtype=ordered.dtype) for column, place in places.items()
    )


def _of_its_time(national: National) -> pl.DataFrame:
    """The ranked regions, each with the province that it belonged to in the edition's year."""
    return with_provinces(national.ranking.with_columns(edition=pl.lit(national.edition, dtype=pl.Int32)))


def ranking_table(national: National) -> Block:
    """Every region with an index: its place in all and in its cluster, index, predicate, innovations."""
    _ = national.language
    caption = _("Ranking of the regions, edition {edition}").format(edition=national.edition)
    if national.index.is_empty():
        return no_data(caption, _)
    rows = _of_its_time(national)
    frame = rows.select(
        "full_name",
        "order",
        "estimate",
        "province",
        "innovation_count",
        LIKELY,
        PLACE,
        pl.struct(lower="cluster_likely_low", upper="cluster_likely_high").alias("cluster_place"),
        INDEX,
        _clusters(rows, _),
        predicates(rows, _),
    )
    columns = [
        Column("full_name", _("Region"), priority=1),
        Column("order", _("Order"), priority=1),
        Column("likely", _("Likely rank"), priority=1),
        Column("estimate", _("Central estimate"), priority=1),
        Column("index", _("Index, bounds"), priority=2),
        Column("predicate", _("Predicate"), priority=2),
        Column("cluster", _("Cluster"), priority=2),
        Column("cluster_place", _("Likely rank in cluster"), priority=3),
        Column("province", _("Province"), priority=3),
        Column("place", _("Rank, bounds"), priority=4),
        Column("innovation_count", _("Innovations"), priority=4),
    ]
    if not national.is_open:  # an index that is known needs neither estimate nor likely ranks
        known = {"order": _("Rank"), "index": _("Index"), "cluster_place": _("Rank in cluster")}
        columns = [replace(column, heading=known.get(column.name, column.heading)) for column in columns]
        columns = [column for column in columns if column.name not in ("likely", "estimate", "place")]
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=national.is_simulated,
        is_estimate=national.is_estimate or national.is_open,
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

    described = _.ngettext(
        "{count} published final value; the highest of each edition is named. Most regions publish none, and the rules "
        "changed between editions.",
        "{count} published final values; the highest of each edition is named. Most regions publish none, and the "
        "rules changed between editions.",
        rows.height,
    ).format(count=_.whole(rows.height))
    title, units = said_first(
        highest_published(rows, "full_name", _), title, _("Index (IID), 0 to 100, final, as published; real figures")
    )
    caption = Caption(
        title,
        units,
        described,
        _("Source: statements of the ministry, cities and press, listed below"),
        is_simulated=False,
        is_published=True,
    )
    columns = [Column("edition", _("Edition")), Column("full_name", _("Region")), Column("score", _("Index"))]
    data = rows.sort("edition", "score", descending=[True, True], maintain_order=True)
    return figure(draw, caption, data, _, columns=columns, links=list(map(source_address, data["source"])))


def published_statements(national: National) -> Block:
    """Every published statement about the award, of all regions; contradictions marked. Real figures only."""
    _ = national.language
    caption = _("What was published about the index and the award, all regions (real)")
    if national.published.is_empty():
        return no_data(caption, _)
    frame = statements_in_words(national.published, _).with_columns(_clusters(national.published, _))
    columns = [Column("full_name", _("Region")), Column("cluster", _("Cluster"), priority=4), *statement_columns(_)]
    return table(
        frame,
        columns,
        caption,
        _,
        is_simulated=False,
        is_published=True,
        note=contradiction_note(_),
        facets=("cluster", "edition", "stage", "confidence"),
        links=[source_address(source) for source in national.published["source"]],
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
        is_estimate=national.is_estimate or national.is_open,
    )
