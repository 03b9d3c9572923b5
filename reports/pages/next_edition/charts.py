"""The chart of a season's last weeks: what is still missing, the pace needed, and the forecast with its range."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from analysis.season.readiness import Readiness
from iga.planning.gaps_and_pace import Pace
from reports.blocks.block import Block
from reports.blocks.figure import WIDE, Caption, figure, said_first
from reports.blocks.palette import NAVY, ORANGE, RUST
from reports.blocks.tables import Column
from reports.pages.city_index.charts import altair_module, no_data
from warehouse.language import Language


def burn_down_chart(readiness: Readiness, name: str, language: Language) -> Block:
    """Innovations that units still owe, by day up to the next deadline; without what it needs, the plain statement."""
    _ = language
    title = _("Innovations still missing, day by day")
    points = readiness.burn_down()
    if points.is_empty() or readiness.deadline is None or readiness.pace is None:
        return no_data(f"{title}, {name}", _)
    counted, needed, forecast = _("Counted"), _("Pace needed"), _("Forecast")
    lines = pl.concat(
        points.select("day", pl.lit(series).alias("series"), pl.col(column).cast(pl.Float64).alias("missing"))
        for series, column in ((counted, "remaining"), (needed, "needed"), (forecast, "forecast"))
    ).drop_nulls("missing")
    spread = points.select("day", pl.col("forecast_low", "forecast_high").cast(pl.Float64)).drop_nulls()
    colours = {counted: NAVY, needed: RUST, forecast: ORANGE}
    ends = lines.group_by("series", maintain_order=True).last()
    ends = ends.with_columns(pl.Series("label", [_.whole(round(value)) for value in ends["missing"]]))

    def draw(width: int) -> Any:
        alt = altair_module()
        axis = alt.Axis(format="%-d/%-m", tickCount=8 if width == WIDE else 4)
        x = alt.X("day:T", title=_("Day"), axis=axis)
        y = alt.Y("missing:Q", title=_("Innovations"), axis=alt.Axis(tickCount=5, format=",d"))
        colour = alt.Color(
            "series:N", sort=list(colours), scale=alt.Scale(domain=list(colours), range=list(colours.values()))
        )
        dash = alt.StrokeDash(
            "series:N", sort=list(colours), scale=alt.Scale(domain=list(colours), range=[[1, 0], [6, 4], [2, 3]])
        )
        base = alt.Chart(lines)
        layers = [
            alt.Chart(spread)
            .mark_area(opacity=0.25, color=ORANGE)
            .encode(x=x, y=alt.Y("forecast_low:Q"), y2="forecast_high:Q"),
            base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour, strokeDash=dash),
            base.transform_filter(alt.datum.series == counted)
            .mark_point(filled=True, size=60, color=NAVY)
            .encode(x=x, y=y),
            alt.Chart(ends).mark_text(align="left", dx=6, dy=-6).encode(x=x, y=y, text="label:N"),
        ]
        return alt.layer(*layers).properties(width=width - 90, height=250)

    pace = readiness.pace
    description = _("{count} are missing on {day}; the forecast for {deadline} is {least} to {most} missing.").format(
        count=_.whole(max(0, (pace.needed or 0) - pace.current)),
        day=_.date(readiness.on),
        deadline=_.date(readiness.deadline.day),
        least=_.whole(_missing(pace.needed, pace.forecast_high)),
        most=_.whole(_missing(pace.needed, pace.forecast_low)),
    )
    kind = _.label("deadline", readiness.deadline.kind)
    units = _("Innovations owed by the units of {name} · deadline: {kind}, {day}").format(
        name=name, kind=kind, day=_.date(readiness.deadline.day)
    )
    title, units = said_first(forecast_told(pace, readiness.deadline.day, _), title, units)
    caption = Caption(
        title,
        units,
        description,
        _("Source: dates on which the files were received; the range uses the slowest and the fastest pace so far"),
        readiness.frames.is_simulated,
    )
    columns = [
        Column("day", _("Day")),
        Column("remaining", counted),
        Column("needed", needed),
        Column("forecast", forecast),
        Column("range", _("Range")),
    ]
    data = points.with_columns(range=pl.struct(lower="forecast_low", upper="forecast_high"))
    return figure(draw, caption, data, _, columns=columns)


def forecast_told(pace: Pace, day: date, language: Language) -> str | None:
    """Whether all will be there in time at the pace so far; None where need or forecast is not known."""
    _ = language
    least, most = (_missing(pace.needed, reached) for reached in (pace.forecast_high, pace.forecast_low))
    if least is None or most is None:
        return None
    if most == 0:
        return _("At the pace so far nothing will be missing on {day}").format(day=_.date(day))
    text = _("Missing on {day} at the pace so far: {count}")
    return text.format(day=_.date(day), count=_.interval_of_counts(least, most))


def _missing(needed: int | None, reached: int | None) -> int | None:
    return None if needed is None or reached is None else max(0, needed - reached)
