"""The charts that set cities side by side: index over editions, ranking, and the published figures apart."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Text
from reports.blocks.figure import INK, MUTED, TRACK, WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE, GREY, NAVY, series_colours
from reports.blocks.tables import Column
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.compare_cities.figures import Comparison, widest_drawn
from reports.pages.compare_cities.sources import source_address
from reports.pages.likely_range_blocks import LIKELY
from warehouse.language import Language


def index_axis(alt: Any, language: Language) -> Any:
    """The index from 0 to 100 along the width, from the field `lower`."""
    scale, axis = alt.Scale(domain=[0, 100]), alt.Axis(values=[0, 25, 50, 75, 100])
    return alt.X("lower:Q", scale=scale, title=language("Index (IID)"), axis=axis)


def index_over_editions(comparison: Comparison) -> Block:
    """The index of all cities by edition on one scale: under one rulebook, bounds as lines, changes of rules marked.

    No line joins two editions: each edition has rules of its own. What cannot be compared is said, and not drawn.
    """
    _ = comparison.language
    computed = comparison.on_one_scale()
    drawn = computed.filter("is_drawn")
    apart = not_comparable(comparison)
    if drawn.is_empty():
        title = _("How the index moved, and where the rules changed")
        return Block([Text(lead=title, text=apart or _("no data yet"), tone="remark")], _)
    frame = drawn.select(
        pl.col("name").alias("city"),
        pl.col("edition").cast(pl.String),
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.Series("lower_label", [_.number(value) for value in drawn["iid_lower"]]),
        pl.Series("upper_label", [_.number(value) for value in drawn["iid_upper"]]),
        pl.Series(
            "detail",
            [f"{row['name']} {row['edition']}: {_index_and_range(row, _)}" for row in drawn.iter_rows(named=True)],
        ),
        pl.col("likely_low", "likely_high", "central_low", "central_high").cast(pl.Float64),
    )
    cities = [name for name in comparison.names if name in set(frame["city"])]
    first, last = min(drawn["edition"]), max(drawn["edition"])  # years without anything to draw are said below
    editions = [str(edition) for edition in comparison.editions if first <= edition <= last]

    def draw(width: int) -> Any:
        return _over_editions(altair_module(), frame, cities, editions, width, _)

    series = series_labels(drawn, _)
    description = f"{_('A dot is an index that the facts fix, a line its bounds.')} {_likely_legend(drawn, _)}".strip()
    if len(editions) > 1:
        description += " " + _("Dashed lines mark a change of rules: no line joins figures across them.")
    caption = Caption(
        _over_title(comparison, drawn),
        " · ".join(
            [
                _("Index (IID), 0 to 100, score: {score}").format(score=_.label("score_kind", comparison.score)),
                series[max(series)],
            ]
        ),
        f"{description} {apart}".strip(),
        comparison.source_line,
        comparison.is_simulated,
        is_estimate=len(series) > 1 or not frame["likely_low"].is_null().all(),
    )
    named = series_labels(comparison.index, _)
    data = comparison.index.sort("region_code", "edition", "is_estimate").select(
        "name",
        "edition",
        pl.col("is_estimate").replace_strict(named, return_dtype=pl.String).alias("rules"),
        pl.struct(lower="iid_lower", upper="iid_upper").alias("index"),
    )
    columns = [
        Column("name", _("City")),
        Column("edition", _("Edition")),
        Column("rules", _("Rules")),
        Column("index", _("Index"), missing=_("not computed: rule unknown")),
    ]
    return figure(draw, caption, data, _, columns=columns)


def _index_and_range(row: dict[str, Any], language: Language) -> str:
    """The index or its bounds, and the likely range within them with its label, where there is one."""
    told = index_text(row, language)
    if row["likely_low"] is None:
        return told
    ends = language.interval(row["likely_low"], row["likely_high"])
    return f"{told} ({row['likely_label']}: {ends})"


def _likely_legend(drawn: pl.DataFrame, language: Language) -> str:
    """What the likely ranges of a drawing are, in one line by city and edition; empty without any."""
    rows = drawn.filter(pl.col("likely_low").is_not_null()).sort("edition", "region_code")
    if rows.is_empty():
        return ""
    told = "; ".join(f"{row['name']} {row['edition']}: {row['likely_label']}" for row in rows.iter_rows(named=True))
    text = language(
        "The wide bar within a thin line is a likely range, no proof and no official score, with two central values: "
        "{list}."
    )
    return text.format(list=told)


def _over_title(comparison: Comparison, drawn: pl.DataFrame) -> str:
    """What the years say: who stands highest in the last edition, or that this is open."""
    _ = comparison.language
    last = drawn.filter(pl.col("edition") == drawn["edition"].max()).sort("iid_lower", descending=True)
    edition = last["edition"][0]
    if last.height == 1:
        return _("{city} in {edition}: {index}").format(
            city=last["name"][0], edition=edition, index=index_text(last.row(0, named=True), _)
        )
    if last["iid_lower"][0] > last["iid_upper"][1:].max():
        return _("{city} stands highest in {edition}").format(city=last["name"][0], edition=edition)
    return _("Who stands highest in {edition} is open").format(edition=edition)


def not_comparable(comparison: Comparison) -> str:
    """In one line, which cities and editions are not drawn, and why; empty where all are."""
    _ = comparison.language
    rows = comparison.on_one_scale()
    drawn = set(rows.filter("is_drawn").select("region_code", "edition").iter_rows())
    wide = set(rows.filter(pl.col("iid_lower").is_not_null()).select("region_code", "edition").iter_rows()) - drawn
    others = set(comparison.index.select("region_code", "edition").iter_rows()) - drawn - wide
    every = {(code, edition) for code in comparison.region_codes for edition in comparison.editions}
    reasons = (
        (wide, _("bounds wider than {points} points").format(points=_.number(widest_drawn(), 0))),
        (others, _("no index under these rules")),
        (every - drawn - wide - others, _("no data yet")),
    )
    told = "; ".join(f"{_cities_and_editions(comparison, pairs)} ({reason})" for pairs, reason in reasons if pairs)
    return _("Not comparable, so not drawn: {list}.").format(list=told) if told else ""


def _cities_and_editions(comparison: Comparison, pairs: set[tuple[str, int]]) -> str:
    """The pairs in words: each city with its editions."""
    named = [
        (name, [str(edition) for edition in comparison.editions if (code, edition) in pairs])
        for code, name in zip(comparison.region_codes, comparison.names, strict=True)
    ]
    return ", ".join(f"{name} {'/'.join(editions)}" for name, editions in named if editions)


def series_labels(index: pl.DataFrame, language: Language) -> dict[bool, str]:
    """Return the legend by whether an index is an estimate; the estimate names the rulebook that it uses."""
    rulebooks = sorted(set(index.filter("is_estimate")["rulebook"].to_list()))
    estimate = language("Estimate under the {rulebook} rules, not an official score").format(
        rulebook=", ".join(rulebooks)
    )
    return {False: language("Rules of the edition itself")} | ({True: estimate} if rulebooks else {})


HEIGHT, LINE = 260, 17
"""The height of the chart of the years, and what one label beside it takes of it, in pixels."""


def spread_out(values: list[float], gap: float) -> list[float]:
    """Return places for labels as near to their values as may be, no two nearer than `gap`, in the same order."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    groups: list[tuple[float, list[int]]] = []  # the middle of labels that stand together, and which these are
    for place in order:
        middle, members = values[place], [place]
        while groups and middle - groups[-1][0] < gap * (len(members) + len(groups[-1][1])) / 2:
            _, before = groups.pop()
            members = [*before, *members]
            middle = sum(values[member] for member in members) / len(members)
        groups.append((middle, members))
    placed = [0.0] * len(values)
    for middle, members in groups:
        for rank, member in enumerate(members):
            placed[member] = middle + gap * (rank - (len(members) - 1) / 2)
    return placed


def _over_editions(
    alt: Any, rows: pl.DataFrame, cities: list[str], editions: list[str], width: int, language: Language
) -> Any:
    wide = width == WIDE
    low, high = float(rows["lower"].min()), float(rows["upper"].max())  # type: ignore[arg-type]
    domain = [max(0.0, low // 10 * 10 - 5), min(100.0, (high + 5) // 10 * 10 + 10)]
    gap = (domain[1] - domain[0]) * LINE / HEIGHT
    last = rows.sort("edition").group_by("city", maintain_order=True).last()
    names = [
        f"{row['city']} {row['lower_label']}" + ("" if row["lower"] == row["upper"] else f"–{row['upper_label']}")
        if wide
        else row["city"]
        for row in last.iter_rows(named=True)
    ]
    middles = [(row["lower"] + row["upper"]) / 2 for row in last.iter_rows(named=True)]
    labels = pl.DataFrame({"city": last["city"], "label": names, "at": spread_out(middles, gap)})
    room = 18 + round(7.2 * max(map(len, names)))
    inner = width - 50 - room
    axis = _edition_axis(alt, language, is_wide=wide)
    x = alt.X("edition:N", sort=editions, scale=alt.Scale(domain=editions), title=None, axis=axis)
    offset = alt.XOffset("city:N", sort=cities, scale=alt.Scale(domain=cities, paddingInner=0.3, paddingOuter=0.5))
    y = alt.Y("lower:Q", scale=alt.Scale(domain=domain, nice=False), title=None, axis=alt.Axis(tickCount=5))
    colour = alt.Color(
        "city:N", sort=cities, scale=alt.Scale(domain=cities, range=series_colours(len(cities))), legend=None
    )
    base = alt.Chart(rows)
    is_open = base.transform_filter("datum.lower != datum.upper")
    breaks = alt.Chart(pl.DataFrame({"edition": editions[1:]}, schema={"edition": pl.String}))
    layers = [
        breaks.mark_rule(strokeDash=[4, 4], color=MUTED, strokeWidth=1).encode(
            x=alt.X("edition:N", sort=editions, bandPosition=0)
        ),
        is_open.transform_filter("!isValid(datum.likely_low)")
        .mark_bar(size=7, cornerRadius=3, aria=True)
        .encode(x=x, xOffset=offset, y=y, y2="upper:Q", color=colour, description="detail:N"),
        *_likely_layers(alt, base, x, offset, y, colour, likely_ink(len(cities))),
        base.transform_filter("datum.lower == datum.upper")
        .mark_point(size=95, filled=True, opacity=1, aria=True)
        .encode(x=x, xOffset=offset, y=y, color=colour, description="detail:N"),
        alt.Chart(labels)
        .mark_point(size=60, filled=True, opacity=1)
        .encode(x=alt.value(inner + 8), y=alt.Y("at:Q"), color=colour),
        alt.Chart(labels)
        .mark_text(align="left", dx=16, fontWeight="bold", fontSize=12 if wide else 11, color=INK)
        .encode(x=alt.value(inner), y=alt.Y("at:Q"), text="label:N"),
    ]
    if wide and inner / len(editions) / len(cities) > 34:
        above = base.mark_text(dy=-11, fontSize=11).encode(x=x, xOffset=offset, y="upper:Q", text="upper_label:N")
        below = is_open.mark_text(dy=12, fontSize=11).encode(x=x, xOffset=offset, y="lower:Q", text="lower_label:N")
        layers += [above, below]
    return alt.layer(*layers).properties(width=inner, height=HEIGHT)


def likely_ink(city_count: int) -> str:
    """Return the colour of likely ranges beside the colours of so many cities."""
    return INK if LIKELY in series_colours(city_count) else LIKELY


def _likely_layers(alt: Any, base: Any, x: Any, offset: Any, y: Any, colour: Any, ink: str) -> list[Any]:
    """The bounds as a thin line, the likely range within them as a bar in an ink of its own, two central values."""
    likely = base.transform_filter("isValid(datum.likely_low)")
    return [
        likely.mark_bar(size=2).encode(x=x, xOffset=offset, y=y, y2="upper:Q", color=colour),
        likely.mark_bar(size=9, color=ink, aria=True).encode(
            x=x, xOffset=offset, y=alt.Y("likely_low:Q"), y2="likely_high:Q", description="detail:N"
        ),
        *(
            likely.mark_tick(size=17, thickness=2, color=INK).encode(x=x, xOffset=offset, y=alt.Y(f"{end}:Q"))
            for end in ("central_low", "central_high")
        ),
    ]


def _edition_axis(alt: Any, language: Language, *, is_wide: bool) -> Any:
    """Editions as ticks, each with the rules that it stands under, since they change with every edition."""
    rules = language("rules {edition}").format(edition="")
    return alt.Axis(
        labelAngle=0,
        domain=False,
        ticks=False,
        labelPadding=9,
        labelAlign="center",
        labelExpr=f"[datum.label, '{rules}' + datum.label]" if is_wide else "datum.label",
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
    if edition is None:
        return no_data(_("Who stands where?"), _)
    rows = comparison.ranking(edition)
    title = _ranking_title(rows, _)
    shown = rows.filter(pl.col("iid_upper") - pl.col("iid_lower") <= widest_drawn())
    if shown.is_empty():
        said = _bounds_in_words(rows, _)
        return Block([Text(lead=title, text=f"{said} {ranking_rule(comparison, rows)}", tone="remark")], _)
    apart = rows.join(shown, on="region_code", how="anti", maintain_order="left")
    frame = shown.select(
        "name",
        pl.col("iid_lower").cast(pl.Float64).alias("lower"),
        pl.col("iid_upper").cast(pl.Float64).alias("upper"),
        pl.Series(
            "label",
            [
                _("Rank {rank} · {index}").format(
                    rank=_.interval_of_counts(row["rank_low"], row["rank_high"]), index=index_text(row, _)
                )
                for row in shown.iter_rows(named=True)
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
        f"{_bounds_in_words(apart, _)} {ranking_rule(comparison, rows)}".strip(),
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


def _ranking_title(rows: pl.DataFrame, language: Language) -> str:
    """Who leads and by how much, or that this is open."""
    _ = language
    first = rows.row(0, named=True)
    if rows.height == 1:
        return f"{first['name']}: {index_text(first, _)}"
    may_lead = rows.filter(pl.col("rank_low") == 1)["name"].to_list()
    if len(may_lead) > 1:
        return _("{cities} may lead: their bounds overlap").format(cities=", ".join(may_lead))
    others = rows.slice(1)
    lead = _.interval(
        first["iid_lower"] - max(others["iid_upper"].to_list()), first["iid_upper"] - max(others["iid_lower"].to_list())
    )
    return _("{city} leads by {points} points").format(city=first["name"], points=lead)


def _bounds_in_words(rows: pl.DataFrame, language: Language) -> str:
    """The indices that are too open to be drawn, in one line; empty without any."""
    _ = language
    if rows.is_empty():
        return ""
    said = "; ".join(f"{row['name']} {index_text(row, _)}" for row in rows.iter_rows(named=True))
    return _("Too open to be drawn: {list}.").format(list=said)


def ranking_rule(comparison: Comparison, rows: pl.DataFrame) -> str:
    """How the ranks came about: scope, rules, ties, ranges."""
    _ = comparison.language
    return _.ngettext(
        "Of this {count} city only, not the national rank; under the {rulebook} rules. Equal indices share the better "
        "rank; where bounds overlap, the rank is a range.",
        "Among these {count} cities only, not the national rank; all under the {rulebook} rules. Equal indices share "
        "the better rank; where bounds overlap, the rank is a range.",
        rows.height,
    ).format(count=rows.height, rulebook=rows["rulebook"][0])


def highest_published(rows: pl.DataFrame, name: str, language: Language) -> str | None:
    """Whose published index is the highest of the last edition with any; None unless it is one value of one region."""
    _ = language
    last = rows.filter(pl.col("edition") == pl.col("edition").max())
    highest = last.filter(pl.col("score") == pl.col("score").max())
    if highest.height != 1 or last.filter(region_code=highest["region_code"][0]).height != 1:
        return None  # two statements on one region contradict each other
    row = highest.row(0, named=True)
    text = _("The highest published for {edition}: {name}, {index}")
    return text.format(edition=row["edition"], name=row[name], index=_.number(row["score"]))


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
    title, units = said_first(
        highest_published(named, "region_name", _), title, _("Index (IID), 0 to 100, final, as published; real figures")
    )
    caption = Caption(
        title,
        units,
        description,
        _("Source: statements of the ministry, cities and press, listed below"),
        is_simulated=False,
        is_published=True,
    )
    columns = [Column("edition", _("Edition")), Column("region_name", _("City")), Column("score", _("Index"))]
    data = peers.sort("edition", "score", descending=[False, True], maintain_order=True)
    return figure(draw, caption, data, _, columns=columns, links=list(map(source_address, data["source"])))
