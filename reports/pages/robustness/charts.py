"""The charts of robustness: intervals of ranks, probability of places, who outranks whom, what moves the index."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Form
from reports.blocks.figure import INK, MUTED, TRACK, WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE, FIRST_DEEP, NAVY, ON_DEEP, ON_PALE, STEPS
from reports.blocks.tables import Column
from reports.blocks.words import told
from reports.pages.city_index.charts import altair_module, no_data
from reports.pages.robustness.figures import RobustnessReport
from warehouse.language import Language

PLACE_COLOURS = STEPS[::-1]
"""The best place is the deepest; words on a place tell its share."""
QUARTERS = [0, 0.25, 0.5, 0.75, 1]
ALWAYS, WITHIN, OPEN = "always", "within", "open"
SHARE = Form(kind="percent", places=1)


def rank_intervals(report: RobustnessReport) -> Block:
    """Median rank, its 5-95 % interval and the places that hold for all cities at once, one panel per edition."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.intervals())).sort("edition", "rank_median", "city")
    # Alone in its edition a city has no rank: a first place among one is no finding.
    rows = rows.filter("is_applicable")
    if rows.is_empty():
        return no_data(_("How sure is each rank?"), _)
    rows = rows.with_columns(pl.Series("label", [_places(row, _) for row in rows.iter_rows(named=True)]))
    worst = int(rows["ranked_count"].max())  # type: ignore[arg-type]

    def draw(width: int) -> Any:
        alt = altair_module()
        return _by_edition(alt, rows, lambda part: _interval_panel(alt, part, worst, width, _))

    data = rows.with_columns(
        interval=pl.struct(lower="rank_low", upper="rank_high"), together=pl.struct(lower="set_low", upper="set_high")
    )
    columns = [
        Column("edition", _("Edition")),
        Column("city", _("City")),
        Column("rank_median", _("Median rank")),
        Column("interval", _("Interval (90%)")),
        Column("together", _("Together (90%)")),
    ]
    description = _(
        "Dot: median rank; thick bar: 5-95% of the draws; thin line: the places that hold for all cities of an edition "
        "at once in 90% of the draws. Ranked among these cities only; a city that is alone in its edition has no rank."
    )
    units = _("Rank among the cities shown, per edition; score: {score}").format(
        score=_.label("score_kind", report.parameters.score)
    )
    single = rows.filter(pl.col("rank_low") == pl.col("rank_high")).height
    text = _.ngettext(
        "{count} of {total} ranks is a single place in 90% of the draws",
        "{count} of {total} ranks are a single place in 90% of the draws",
        single,
    )
    said = text.format(count=_.whole(single), total=_.whole(rows.height)) if rows.height else None
    caption = _caption(report, said, _("How sure is each rank?"), units, description)
    return figure(draw, caption, data, _, columns=columns)


def _places(row: dict[str, Any], language: Language) -> str:
    if row["rank_low"] == row["rank_high"]:
        return language.whole(row["rank_median"])
    return language("{median} ({low}–{high})").format(
        median=row["rank_median"], low=row["rank_low"], high=row["rank_high"]
    )


def _by_edition(alt: Any, rows: pl.DataFrame, panel: Any) -> Any:
    """One panel below the other, each under its edition."""
    parts = rows.partition_by("edition", maintain_order=True)
    panels = [
        panel(part).properties(
            title=alt.TitleParams(str(part["edition"][0]), anchor="start", fontSize=14, color=INK, frame="group")
        )
        for part in parts
    ]
    return alt.vconcat(*panels, spacing=10)


def _interval_panel(alt: Any, rows: pl.DataFrame, worst: int, width: int, language: Language) -> Any:
    order = rows["city"].to_list()
    ticks = list(range(1, worst + 1)) if worst <= 12 else None
    x = alt.X(
        "rank_low:Q",
        scale=alt.Scale(domain=[0.7, worst + 0.3], nice=False),
        title=language("Rank"),
        axis=alt.Axis(values=ticks, format="d") if ticks else alt.Axis(format="d"),
    )
    y = alt.Y("city:N", sort=order, title=None)
    base = alt.Chart(rows).encode(y=y)
    return alt.layer(
        base.mark_rule(color=MUTED, strokeWidth=1.5)
        .encode(x=x.copy(), x2="set_high:Q")
        .transform_calculate(rank_low="datum.set_low"),
        base.mark_bar(size=12, color=BLUE, opacity=0.45, cornerRadius=4, stroke=BLUE, strokeWidth=4).encode(
            x=x, x2="rank_high:Q"
        ),
        base.mark_point(size=110, filled=True, color=NAVY, opacity=1).encode(x="rank_median:Q"),
        base.mark_text(dy=-14).encode(x="rank_median:Q", text="label:N"),
    ).properties(width=width - (160 if width == WIDE else 125), height=alt.Step(46))


def place_probabilities(report: RobustnessReport) -> Block:
    """How probable each place is for each city, one panel per edition."""
    _ = report.language
    rows = report.labelled(pl.DataFrame(report.analysis.claims.places())).sort("edition", "city", "place")
    rows = rows.with_columns(
        pl.Series("place_label", [_("Rank {rank}").format(rank=place) for place in rows["place"]]),
        pl.Series("label", [told(value, SHARE, _) if value >= 0.08 else "" for value in rows["probability"]]),
        (pl.col("probability").cum_sum().over("edition", "city") - pl.col("probability") / 2).alias("middle"),
    )
    labels = [_("Rank {rank}").format(rank=place) for place in sorted(set(rows["place"]))]
    colours = [PLACE_COLOURS[place % len(PLACE_COLOURS)] for place in range(len(labels))]

    def panel(part: pl.DataFrame, alt: Any, width: int) -> Any:
        y = alt.Y("city:N", title=None)
        bars = (
            alt.Chart(part)
            .mark_bar(size=22, stroke="white", strokeWidth=1)
            .encode(
                y=y,
                x=alt.X("probability:Q", stack="zero", scale=alt.Scale(domain=[0, 1]), title=_("Probability"),
                        axis=alt.Axis(format=".0%", values=QUARTERS)),
                color=alt.Color("place_label:N", sort=labels, scale=alt.Scale(domain=labels, range=colours)),
                order=alt.Order("place:Q"),
            )
        )  # fmt: skip
        ink = alt.condition(f"datum.place <= {len(STEPS) - FIRST_DEEP}", alt.value(ON_DEEP), alt.value(ON_PALE))
        texts = alt.Chart(part).mark_text(fontWeight="bold").encode(y=y, x="middle:Q", text="label:N", color=ink)
        return alt.layer(bars, texts).properties(width=width - (160 if width == WIDE else 125), height=alt.Step(36))

    def draw(width: int) -> Any:
        alt = altair_module()
        return _by_edition(alt, rows, lambda part: panel(part, alt, width))

    columns = [
        Column("edition", _("Edition")),
        Column("city", _("City")),
        Column("place", _("Rank")),
        Column("probability", _("Probability"), kind="percent"),
        Column("monte_carlo_error", _("Monte Carlo error (±)"), kind="percent"),
    ]
    description = _("Share of the draws in which a city held each rank; ± is the Monte Carlo error (95%).")
    units = _("Share of draws, per edition")
    caption = _caption(report, most_likely_first(rows, _), _("How probable is each place?"), units, description)
    return figure(draw, caption, rows, _, columns=columns)


def most_likely_first(rows: pl.DataFrame, language: Language) -> str | None:
    """Who is first in most draws of the last edition; None where two are in as many."""
    _ = language
    firsts = rows.filter(pl.col("edition") == pl.col("edition").max(), pl.col("place") == 1)
    likely = firsts.filter(pl.col("probability") == pl.col("probability").max())
    if likely.height != 1:
        return None
    first = likely.row(0, named=True)
    text = _("{city} is first in {edition} with a probability of {share}")
    return text.format(city=first["city"], edition=first["edition"], share=told(first["probability"], SHARE, _))


def dominance_matrix(report: RobustnessReport) -> Block:
    """Which city is above which under all weights, or under weights near the rulebook's, one panel per edition."""
    _ = report.language
    spread = _.whole(round(100 * report.parameters.weight_spread))
    words = {
        ALWAYS: _("under all weights"),
        WITHIN: _("within ±{spread}%").format(spread=spread),
        OPEN: _("not certain"),
    }
    rows = report.labelled(report.always).with_columns(near=report.within["is_dominant"])
    rows = rows.with_columns(
        pl.when("is_dominant")
        .then(pl.lit(ALWAYS))
        .when("near")
        .then(pl.lit(WITHIN))
        .otherwise(pl.lit(OPEN))
        .alias("kind")
    ).with_columns(pl.col("kind").replace_strict(words).alias("word"))

    def panel(part: pl.DataFrame, alt: Any, width: int) -> Any:
        room = (width - (170 if width == WIDE else 130)) // part["city"].n_unique()
        base = alt.Chart(part).encode(
            y=alt.Y("city:N", title=_("is above …")),
            x=alt.X("other_city:N", title=None, axis=alt.Axis(orient="top", labelAngle=0, labelLimit=room)),
        )
        colour = alt.Color(
            "word:N",
            sort=list(words.values()),
            scale=alt.Scale(domain=list(words.values()), range=[NAVY, BLUE, TRACK]),
            legend=alt.Legend(direction="horizontal" if width == WIDE else "vertical"),
        )
        marks = base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour)
        return marks.properties(width=width - (170 if width == WIDE else 130), height=alt.Step(36))

    def draw(width: int) -> Any:
        alt = altair_module()
        return _by_edition(alt, rows.sort("edition"), lambda part: panel(part, alt, width))

    columns = [
        Column("edition", _("Edition")),
        Column("city", _("City")),
        Column("other_city", _("above")),
        Column("word", _("How certain")),
        Column("lead_low", _("Least lead, all weights"), kind="signed"),
        Column("lead_high", _("Largest lead, all weights"), kind="signed"),
    ]
    description = _(
        "Exact, without draws, under every combination of the rules that nobody has stated. Unknown answers, and what "
        "is carried over from other editions, count against the city in the row. Where files state totals without "
        "levels, those totals stay as they are. Errors of scores are not reckoned with here."
    )
    units = _("Row above column, per edition")
    caption = _caption(
        report, pairs_that_hold(rows, _), _("Who outranks whom whatever the weights?"), units, description
    )
    return figure(draw, caption, rows.sort("edition", "city", "other_city"), _, columns=columns)


def pairs_that_hold(rows: pl.DataFrame, language: Language) -> str | None:
    """How many pairs keep their order under all weights; None without a pair."""
    _ = language
    ends = ("region_code", "other_region_code")
    pairs = rows.filter(pl.col(ends[0]) != pl.col(ends[1])).select(
        "edition", "kind", first=pl.min_horizontal(*ends), second=pl.max_horizontal(*ends)
    )
    count = pairs.drop("kind").n_unique()
    kept = pairs.filter(kind=ALWAYS).drop("kind").n_unique()
    if not count:
        return None
    text = _.ngettext(
        "{count} of {total} pairs keeps its order under all weights",
        "{count} of {total} pairs keep their order under all weights",
        kept,
    )
    return text.format(count=_.whole(kept), total=_.whole(count))


def sensitivity(report: RobustnessReport) -> Block:
    """Which uncertain factor moves ranks most, and beside them the index: total Sobol indices with their intervals."""
    _ = report.language
    measures = {"rank": _("Ranks"), "iid": _("Index")}
    known = report.drivers.filter("is_applicable")
    rows = known.with_columns(
        pl.col("measure").replace_strict(measures).alias("moves"),
        pl.Series("name", [factor_label(code, _) for code in known["factor"]], dtype=pl.String),
        pl.Series("label", [told(value, SHARE, _) for value in known["total"]], dtype=pl.String),
    ).sort(pl.col("measure").replace_strict({"rank": 0, "iid": 1}), -pl.col("total"), "factor")

    def draw(width: int) -> Any:
        alt = altair_module()
        parts = [rows.filter(measure=measure) for measure in measures]
        return alt.vconcat(*[_driver_panel(alt, part, width, _) for part in parts if part.height], spacing=14)

    columns = [
        Column("moves", _("What moves")),
        Column("name", _("Factor")),
        Column("first", _("Alone"), kind="percent"),
        Column("total", _("In all"), kind="percent"),
        Column("interval", _("In all, 5–95%"), kind="percent interval"),
    ]
    data = rows.with_columns(interval=pl.struct(lower="total_low", upper="total_high"))
    description = _(
        "Bar: in all, with interactions; line: 5-95% bootstrap over whole draws; dot: alone (Sobol indices). A claim "
        "about an order falls with the ranks; the index may move without them."
    )
    if not (rows["measure"] == "rank").any():
        description = f"{_('No factor moves a rank here, so only the index is shown.')} {description}"
    units = _("Share of the variance over all cities and editions shown")
    message = strongest_factor(rows.filter(measure="rank"), _)
    caption = _caption(report, message, _("What moves the ranks most?"), units, description)
    return figure(draw, caption, data, _, columns=columns)


def _driver_panel(alt: Any, rows: pl.DataFrame, width: int, language: Language) -> Any:
    """The factors of ranks, or of the index, under a heading of its own."""
    y = alt.Y("name:N", sort=rows["name"].to_list(), title=None)
    x = alt.X(
        "total:Q",
        scale=alt.Scale(domain=[0, 1.15], clamp=True),
        title=language("Share of the variance"),
        axis=alt.Axis(format=".0%", values=QUARTERS),
    )
    base = alt.Chart(rows).encode(y=y)
    title = alt.TitleParams(rows["moves"][0], anchor="start", fontSize=14, color=INK, frame="group")
    return alt.layer(
        base.mark_bar(size=14, color=BLUE, opacity=0.75).encode(x=x),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x="total_low:Q", x2="total_high:Q"),
        base.mark_point(size=60, color=NAVY, filled=True, opacity=1).encode(x="first:Q"),
        base.mark_text(align="left", dx=6, dy=-12).encode(x="total_high:Q", text="label:N"),
    ).properties(title=title, width=width - (190 if width == WIDE else 150), height=alt.Step(38))


def strongest_factor(rows: pl.DataFrame, language: Language) -> str | None:
    """The factor that moves ranks most; None where the interval of another reaches its own, or nothing moves."""
    _, known = language, rows.drop_nulls(["total", "total_low", "total_high"])
    if known.is_empty() or known.height < rows.height or known["total"][0] <= 0:
        return None
    first, others = known.row(0, named=True), known.slice(1)
    if any(high >= first["total_low"] for high in others["total_high"]):
        return None
    text = _("{factor} moves the ranks most: {share} of their variance")
    return text.format(factor=first["name"], share=told(min(first["total"], 1.0), SHARE, _))


def factor_label(code: str, language: Language) -> str:
    """The label of an uncertain factor; a rule switch bears its own."""
    factor = language.label("factor", code)
    return language.label("assumption", code) if factor == code else factor


def _caption(report: RobustnessReport, message: str | None, plain: str, units: str, description: str) -> Caption:
    title, units = said_first(message, plain, units)
    return Caption(title, units, description, report.source_line, report.is_simulated, is_estimate=report.is_estimate)
