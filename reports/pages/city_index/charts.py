"""The charts of one city's edition: maturity, parts of the index, kinds of unit, government affairs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from reports.blocks.block import Block
from reports.blocks.content import Text
from reports.blocks.figure import INK, MUTED, TRACK, WIDE, Caption, figure, said_first
from reports.blocks.palette import BLUE, GREY, NAVY, ORANGE, series_colours
from reports.blocks.tables import Column
from reports.library_patches import quick_altair
from reports.pages.city_index.season import BIN_WIDTH, CitySeason, IndexStatement
from warehouse.language import Language

HEADROOM = 1.12
"""How far above its highest bar a chart reaches, so that the count over the bar has room."""
POINTS = pl.Decimal(12, 2)
STAGE_COLOURS = {"implementation": NAVY, "trial": BLUE, "initiative": ORANGE, "unstated": GREY}


def altair_module() -> Any:
    """Altair, imported when the first chart is drawn."""
    return quick_altair()


def no_data(what: str, language: Language) -> Block:
    """What stands in the place of a figure or table without data: the plain statement, never a sample figure."""
    return Block([Text(lead=what, text=language("no data yet"), tone="remark")], language)


def stage_label(code: str, language: Language) -> str:
    """Label of a stage; `unstated` where the source gave none."""
    return language("Not stated") if code == "unstated" else language.label("stage", code)


def maturity_distribution(season: CitySeason) -> Block:
    """How many innovations lie in each ten points of maturity, by stage."""
    _ = season.language
    bins = season.maturity_bins() if not season.scored().is_empty() else pl.DataFrame()
    if bins.is_empty():
        return no_data(_("How mature are the innovations?"), _)
    title = _("The innovations reach {mean} points of maturity on average").format(mean=_.number(_mean_of(season)))
    top = _bin_top(season)
    lower = pl.col("lower")
    shown = bins.with_columns(
        pl.format("{}–{}", lower, pl.min_horizontal(lower + BIN_WIDTH - 1, pl.max_horizontal(lower, top))).alias(
            "range"
        ),
        pl.Series("stage_label", [stage_label(code, _) for code in bins["stage"]]),
    )
    stages = [code for code in STAGE_COLOURS if code in set(bins["stage"])]
    labels = [stage_label(code, _) for code in stages]
    totals = shown.group_by("range", "lower", maintain_order=True).agg(pl.col("innovation_count").sum())
    order = totals.sort("lower")["range"].to_list()
    highest = max(1, *totals["innovation_count"].to_list())

    def draw(width: int) -> Any:
        alt = altair_module()
        x = alt.X(
            "range:N", sort=order, title=_("Maturity (points)"), axis=alt.Axis(labelAngle=0 if width == WIDE else -60)
        )
        bars = (
            alt.Chart(shown)
            .mark_bar()
            .encode(
                x=x,
                y=alt.Y(
                    "sum(innovation_count):Q",
                    title=_("Innovations"),
                    axis=alt.Axis(tickCount=4, format=",d"),
                    scale=alt.Scale(domain=[0, HEADROOM * highest], nice=False),
                ),
                color=alt.Color(
                    "stage_label:N",
                    sort=labels,
                    scale=alt.Scale(domain=labels, range=[STAGE_COLOURS[s] for s in stages]),
                ),
                order=alt.Order("stage_order:Q"),
            )
            .transform_calculate(stage_order=_order_of(labels))
        )
        counts = (
            alt.Chart(totals)
            .mark_text(dy=-7)
            .encode(x=x, y=alt.Y("innovation_count:Q"), text=alt.Text("innovation_count:Q", format=",d"))
        )
        return alt.layer(bars, counts, width=width - 70, height=230)

    mean = _mean_of(season)
    scored = season.scored().height
    description = _.ngettext(
        "{count} innovation with a maturity; mean {mean} points over all stages.",
        "{count} innovations with a maturity; mean {mean} points over all stages.",
        scored,
    ).format(count=_.whole(scored), mean=_.number(mean))
    data = shown.pivot("stage_label", index=["range"], values="innovation_count", sort_columns=False).rename(
        {"range": _("Maturity (points)")}
    )
    return figure(
        draw,
        _caption(season, title, _("Innovations per ten points of maturity, by stage"), description),
        data,
        _,
    )


def _bin_top(season: CitySeason) -> int:
    maxima = [statement.scale.maturity for statement in season.statements if statement.scale.maturity is not None]
    return int(max(maxima)) if maxima else int(season.maturity_bins()["lower"].max() or 0) + BIN_WIDTH - 1  # type: ignore[arg-type]


def _order_of(labels: list[str]) -> str:
    import json

    return f"indexof({json.dumps(labels)}, datum.stage_label)"


def _mean_of(season: CitySeason) -> Decimal:
    hundredths = [int(value * 100) for value in season.scored()["maturity"]]
    return Decimal((2 * sum(hundredths) + len(hundredths)) // (2 * len(hundredths))).scaleb(-2)


def index_parts(season: CitySeason) -> Block:
    """The parts of the index against their maxima, one figure per rulebook whose maxima are all known."""
    drawn = [_parts_of(season, statement) for statement in season.statements if statement.scale.is_known]
    return Block.join(drawn) if drawn else no_data(season.language("What the index is made of"), season.language)


def _parts_of(season: CitySeason, statement: IndexStatement) -> Block:
    _ = season.language
    parts = part_bounds(statement, _)
    rows, start = [], Decimal(0)
    for name, lower, upper, maximum in parts:
        rows.append(
            {
                "part": name,
                "start": float(start),
                "end": float(start + maximum),
                "lower": float(start + lower),
                "upper": float(start + upper),
                "label": _("{value} of {maximum}").format(value=_.interval(lower, upper), maximum=_.number(maximum)),
            }
        )
        start += maximum
    frame = pl.DataFrame(rows).with_columns(detail=pl.format("{}: {}", "part", "label"))
    order = frame["part"].to_list()
    colours = series_colours(len(order))

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        y = alt.Y(
            "part:N", sort=order, title=None, axis=alt.Axis(labels=wide, labelFontSize=13, labelColor=INK, labelLimit=0)
        )
        x = alt.X(
            "start:Q",
            title=_("Points"),
            scale=alt.Scale(domain=[0, float(start)], nice=False),
            axis=alt.Axis(tickCount=6),
        )
        colour = alt.Color("part:N", sort=order, scale=alt.Scale(domain=order, range=colours), legend=None)
        base = alt.Chart(frame)
        layers = [
            base.mark_bar(size=20, color=TRACK, aria=True).encode(
                y=y, x=x, x2=alt.X2("end:Q"), description=alt.Description("detail:N")
            ),
            base.mark_bar(size=20, opacity=0.38).encode(y=y, x=alt.X("start:Q"), x2=alt.X2("upper:Q"), color=colour),
            base.mark_bar(size=20, aria=True).encode(
                y=y, x=alt.X("start:Q"), x2=alt.X2("lower:Q"), color=colour, description=alt.Description("detail:N")
            ),
            base.mark_text(align="left", dy=22, fontSize=12).encode(
                y=y, x=alt.X("start:Q") if wide else alt.value(0), text=alt.Text("label:N")
            ),
        ]
        if not wide:
            layers.append(
                base.mark_text(align="left", dy=-19, fontSize=13, fontWeight="bold").encode(
                    y=y, x=alt.value(0), text=alt.Text("part:N")
                )
            )
        return alt.layer(*layers, width=width - (210 if wide else 20), height=alt.Step(62 if wide else 72))

    description = _(
        "Each bar starts where the maximum of the part before it ends; the pale track is what is left to gain."
    )
    if any(lower != upper for _name, lower, upper, _maximum in parts):
        description += " " + _("A lighter bar is the range that the missing facts leave open.")
    data = pl.DataFrame(
        {
            _("Part"): order,
            _("Points"): [{"lower": lower, "upper": upper} for _name, lower, upper, _maximum in parts],
            _("Maximum"): [maximum for _name, _lower, _upper, maximum in parts],
        },
        schema_overrides={_("Points"): pl.Struct({"lower": POINTS, "upper": POINTS}), _("Maximum"): POINTS},
    )
    units = f"{rules_label(statement, season.edition, _)} · " + _("Points of {total}").format(
        total=_.number(statement.scale.total, 0)
    )
    title, units = said_first(greatest_shortfall(parts, _), _("What the index is made of"), units)
    return figure(draw, _caption(season, title, units, description, statement.is_estimate), data, _)


def greatest_shortfall(parts: list[tuple[str, Decimal, Decimal, Decimal]], language: Language) -> str | None:
    """The part that certainly lacks most of its points; None where open bounds leave that to another, or none lacks."""
    _ = language
    lacks = [(most - upper, most - lower, name, most) for name, lower, upper, most in parts]
    least, greatest, name, most = max(lacks, key=lambda part: part[:2])
    if least <= 0 or any(other[1] >= least for other in lacks if other[2] != name):
        return None
    text = _("The greatest shortfall: {part}, {points} of {most} points")
    return text.format(part=name, points=_.interval(least, greatest), most=_.number(most))


def part_bounds(statement: IndexStatement, language: Language) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """Name, lowest and highest points and maximum of each part: SPD, mean maturity, number of innovations."""
    _, row, scale = language, statement.row, statement.scale
    zero = Decimal(0)

    def bounds(name: str, maximum: Decimal | None) -> tuple[Decimal, Decimal, Decimal]:
        top = maximum or zero
        lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
        return (zero, top, top) if lower is None or upper is None else (lower, upper, top)

    spd_maximum = scale.spd or zero
    spd = (row["spd_lower"] or zero, spd_maximum if row["spd_upper"] is None else row["spd_upper"], spd_maximum)
    return [
        (_("Regional government (SPD)"), *spd),
        (_("Mean maturity"), *bounds("mean_maturity", scale.maturity)),
        (_("Number of innovations"), *bounds("count", scale.count)),
    ]


def rules_label(statement: IndexStatement, edition: int, language: Language) -> str:
    """Which rules an index stands on, in the words that keep an estimate from being taken for an official score."""
    if statement.is_estimate:
        return language("Estimate under the {rulebook} rules, not an official score").format(
            rulebook=statement.rulebook
        )
    return language("Rules of {edition}").format(edition=edition)


def by_unit_kind(season: CitySeason) -> Block:
    """Innovations per kind of unit, with their mean maturity."""
    _ = season.language
    title = _("Who sends innovations?")
    counted = season.by_unit_kind()
    if counted.is_empty():
        return no_data(title, _)
    names = [_("Not stated") if code == "unstated" else _.label("unit_kind", code) for code in counted["unit_kind"]]
    frame = counted.with_columns(pl.Series("name", names), pl.lit("all").alias("group"))
    description = _("Most come from {kind}: {count} of {total}.").format(
        kind=names[0], count=_.whole(frame["innovation_count"][0]), total=_.whole(season.submissions.height)
    )
    title, units = said_first(
        most_senders(counted, names, _), title, _("Innovations per kind of unit, and their mean maturity")
    )
    caption = _caption(season, title, units, description)
    return _counted_bars(frame, caption, {"all": BLUE}, _("Kind of unit"), _)


def most_senders(counted: pl.DataFrame, names: list[str], language: Language) -> str | None:
    """Which kind of unit sends most; None where no kind is stated for most, or two send as many."""
    _, numbers = language, counted["innovation_count"].to_list()
    if counted["unit_kind"][0] == "unstated" or (len(numbers) > 1 and numbers[0] == numbers[1]):
        return None
    text = _("Most innovations come from one kind of unit: {kind}, {count} of {total}")
    return text.format(kind=names[0], count=_.whole(numbers[0]), total=_.whole(sum(numbers)))


def by_affair(season: CitySeason) -> Block:
    """Innovations per main government affair; the basic services always stand first, also where there is none."""
    _ = season.language
    counted = season.by_affair()
    if counted.is_empty() or season.submissions.is_empty():
        return no_data(_("Which government affairs are covered?"), _)
    frame = counted.with_columns(
        pl.when("is_basic_service").then(pl.lit("basic")).otherwise(pl.lit("other")).alias("group")
    )
    basic = frame.filter(pl.col("group") == "basic")
    covered = basic.filter(pl.col("innovation_count") > 0).height
    title = _.ngettext(
        "{covered} of {all} basic services has an innovation",
        "{covered} of {all} basic services have an innovation",
        covered,
    ).format(covered=covered, all=basic.height)
    description = _.ngettext(
        "{covered} of {all} basic services has at least one innovation as its main affair.",
        "{covered} of {all} basic services have at least one innovation as their main affair.",
        covered,
    ).format(covered=covered, all=basic.height)
    if season.without_affair():
        description += " " + _.ngettext(
            "{count} innovation states no affair.",
            "{count} innovations state no affair.",
            season.without_affair(),
        ).format(count=_.whole(season.without_affair()))
    caption = _caption(
        season, title, _("Innovations per main affair, and their mean maturity; basic services in orange"), description
    )
    return _counted_bars(frame, caption, {"basic": ORANGE, "other": NAVY}, _("Government affair"), _)


WIDE_NAME, NARROW_NAME = 58, 50
"""Letters of a name that a bar has room for. They are counted, since measuring each word takes most of a drawing."""
AXIS_NAME = f"truncate(datum.label, {WIDE_NAME})"


def shorten(name: str, most: int) -> str:
    """A name of at most so many letters."""
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _counted_bars(
    frame: pl.DataFrame, caption: Caption, colours: dict[str, str], heading: str, language: Language
) -> Block:
    _ = language

    def told(row: dict[str, Any]) -> str:
        if row["mean_maturity"] is None:
            return _.whole(row["innovation_count"])
        return _("{count} · mean {mean}").format(
            count=_.whole(row["innovation_count"]), mean=_.number(row["mean_maturity"])
        )

    shown = frame.select("name", "innovation_count", "group").with_columns(
        pl.Series("label", [told(row) for row in frame.iter_rows(named=True)])
    )
    shown = shown.with_columns(
        detail=pl.format("{}: {}", "name", "label"),
        short_name=pl.Series([shorten(name, NARROW_NAME) for name in shown["name"]], dtype=pl.String),
    )
    order = shown["name"].to_list()
    longest = max(int(shown["innovation_count"].max() or 0), 1)  # type: ignore[arg-type]
    name_room = min(380, 30 + round(6.6 * max(len(name) for name in order)))

    def draw(width: int) -> Any:
        alt = altair_module()
        wide = width == WIDE
        y = alt.Y(
            "name:N",
            sort=order,
            title=None,
            axis=alt.Axis(labels=wide, labelFontSize=12.5, labelColor=INK, labelLimit=0, labelExpr=AXIS_NAME),
        )
        x = alt.X(
            "innovation_count:Q",
            title=_("Innovations"),
            axis=None,
            scale=alt.Scale(domain=[0, longest * (1.3 if wide else 1.6)], nice=False),
        )
        colour = alt.Color("group:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)
        base = alt.Chart(shown)
        layers = [
            base.mark_bar(size=15 if wide else 11, yOffset=0 if wide else 7, aria=True).encode(
                y=y, x=x, color=colour, description=alt.Description("detail:N")
            ),
            base.mark_text(align="left", dx=5, dy=0 if wide else 7, color=MUTED).encode(
                y=y, x=x, text=alt.Text("label:N")
            ),
        ]
        if not wide:
            layers.append(
                base.mark_text(align="left", dy=-8, fontSize=12).encode(
                    y=y, x=alt.value(0), text=alt.Text("short_name:N")
                )
            )
        return alt.layer(*layers, width=width - (name_room if wide else 20), height=alt.Step(25 if wide else 40))

    columns = [
        Column("name", heading),
        Column("innovation_count", _("Innovations")),
        Column("mean_maturity", _("Mean maturity")),
    ]
    return figure(draw, caption, frame, _, columns=columns)


def _caption(season: CitySeason, title: str, units: str, description: str, is_estimate: bool = False) -> Caption:
    return Caption(
        title,
        f"{units} · {season.name}, {season.edition}",
        description,
        season.source_line,
        season.is_simulated,
        is_estimate=is_estimate,
    )
