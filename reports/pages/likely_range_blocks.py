"""Likely ranges on a page: drawn inside the bounds in another ink, each named, with the reasons of those refused."""

from __future__ import annotations

from typing import Any

import polars as pl

from analysis.estimate.likely_ranges import SCHEMA, given
from analysis.estimate.range_texts import central_text, range_notes, range_text
from reports.blocks.block import Block
from reports.blocks.content import Text
from reports.blocks.figure import INK, TRACK, WIDE, Caption, figure, said_first
from reports.blocks.palette import RUST
from reports.blocks.tables import Column, table
from reports.library_patches import quick_altair
from warehouse.language import Language

LIKELY = RUST
"""The ink of likely ranges: no bound and no index is drawn in it."""
_ORDER = ("deterministic", "sampling", "prediction", "scenario")
"""The kinds of ranges in the order of what they rest on; scenarios last, since each is an assumption."""
_SEASON = ("region_code", "edition", "rulebook")


def in_order(ranges: pl.DataFrame) -> pl.DataFrame:
    """Return the ranges of the index that are given, those that rest on most first within a season."""
    place = pl.col("kind").replace_strict({kind: at for at, kind in enumerate(_ORDER)}, return_dtype=pl.Int64)
    return given(ranges).with_columns(_place=place).sort(*_SEASON, "_place", maintain_order=True).drop("_place")


def one_per_season(ranges: pl.DataFrame) -> pl.DataFrame:
    """Return for each season and rulebook the range that rests on most; scenarios are no such range."""
    kept = in_order(ranges).filter(pl.col("kind") != "scenario")
    return kept.unique(_SEASON, keep="first", maintain_order=True)


def refused_in_words(ranges: pl.DataFrame, language: Language) -> str:
    """Return in one line why ranges are not given, each reason once; empty where none is refused."""
    refused = ranges.filter(pl.col("refusal").is_not_null())
    told = [
        f"{language.label('estimate_kind', kind)}: {reason}"
        for kind, reason in refused.select("kind", f"refusal_{language.code}").unique(maintain_order=True).iter_rows()
    ]
    return language("Not given: {list}.").format(list="; ".join(told)) if told else ""


def season_ranges(ranges: pl.DataFrame, name: str, edition: int, source: str, language: Language) -> Block:
    """Return the likely ranges of one season inside its bounds; why there are none; nothing where the index is known.

    `ranges` has the columns of `analysis.estimate.likely_ranges.SCHEMA`.
    """
    _ = language
    if ranges.is_empty():
        return Block()
    shown, plain = in_order(ranges), _("Likely ranges inside the bounds")
    if shown.is_empty():
        return Block([Text(lead=_("No likely range"), text=refused_in_words(ranges, _), tone="remark")], _)
    first = shown.row(0, named=True)
    message = _("Index {range} by {kind}, inside the bounds {bounds}").format(
        range=range_text(first, _),
        kind=_.label("estimate_kind", first["kind"]),
        bounds=_.interval(first["hard_low"], first["hard_high"]),
    )
    title, units = said_first(message, plain, _("Index (IID), 0 to 100"))
    caption = Caption(
        title,
        f"{units} · {name}, {edition}",
        " ".join([_legend(_), *range_notes(_), refused_in_words(ranges, _)]).strip(),
        source,
        bool(ranges["is_simulated"].any()),
        is_estimate=True,
    )
    frame = _drawn(shown, _)

    def draw(width: int) -> Any:
        return _bars(frame, width, _)

    return figure(draw, caption, _data(shown, _), _, columns=_columns(_))


def _legend(language: Language) -> str:
    return language(
        "Outer bar: the bounds. Inner bar: the likely range, which holds if its conditions do; ticks: central values."
    )


def _drawn(shown: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return what a chart of ranges draws: a line each, with the words beside it."""
    rows = [
        {
            "key": f"{at:02}",
            "low": float(max(row["low"], row["hard_low"])),
            "high": float(min(row["high"], row["hard_high"])),
            "hard_low": float(row["hard_low"]),
            "hard_high": float(row["hard_high"]),
            "central_low": None if row["central_low"] is None else float(max(row["central_low"], row["hard_low"])),
            "central_high": None if row["central_high"] is None else float(min(row["central_high"], row["hard_high"])),
            "label": f"{range_text(row, language)} · {row[f'label_{language.code}']}",
            "short_label": f"{range_text(row, language)} · {language.label('estimate_kind', row['kind'])}",
            "rules": language("Rules of {edition}").format(edition=row["rulebook"]),
        }
        for at, row in enumerate(shown.iter_rows(named=True))
    ]
    return pl.DataFrame(rows).with_columns(detail=pl.format("{}: {}", "rules", "label"))


def _bars(frame: pl.DataFrame, width: int, language: Language) -> Any:
    alt, wide = quick_altair(), width == WIDE
    names = dict(frame.select("key", "rules").iter_rows())
    shown = " : ".join(f"datum.value == '{key}' ? '{name}'" for key, name in names.items()) + " : ''"
    axis = alt.Axis(labels=wide, labelFontSize=13, labelColor=INK, labelExpr=shown)
    y = alt.Y("key:N", sort=list(names), title=None, axis=axis)
    scale = alt.Scale(domain=[0, 100])
    x = alt.X("low:Q", scale=scale, title=language("Index (IID)"), axis=alt.Axis(values=[0, 25, 50, 75, 100]))
    base = alt.Chart(frame)
    layers = [
        base.mark_bar(size=18, color=TRACK, stroke=INK, strokeWidth=0.6).encode(
            y=y, x=alt.X("hard_low:Q", scale=scale), x2="hard_high:Q"
        ),
        base.mark_bar(size=10, color=LIKELY, aria=True).encode(y=y, x=x, x2="high:Q", description="detail:N"),
        *(
            base.transform_filter(f"isValid(datum.{end})")
            .mark_tick(size=18, thickness=2, color=INK)
            .encode(y=y, x=alt.X(f"{end}:Q", scale=scale))
            for end in ("central_low", "central_high")
        ),
        base.mark_text(align="left", dy=21).encode(y=y, x=alt.value(0), text="label:N" if wide else "short_label:N"),
    ]
    return alt.layer(*layers).properties(width=width - (130 if wide else 20), height=alt.Step(58))


def _data(shown: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return the ranges with their words, for the table beside a chart and for tables."""
    rows = list(shown.iter_rows(named=True))
    return shown.select(
        "region_code",
        "edition",
        "rulebook",
        pl.struct(lower="hard_low", upper="hard_high").alias("bounds"),
        pl.Series("range", [range_text(row, language) for row in rows], dtype=pl.String),
        pl.Series("central", [central_text(row, language) for row in rows], dtype=pl.String),
        pl.col(f"label_{language.code}").alias("label"),
        pl.col(f"conditions_{language.code}").alias("conditions"),
        pl.col("statement_ids").replace("", "–"),
    )


def _columns(language: Language) -> list[Column]:
    _ = language
    return [
        Column("rulebook", _("Rulebook"), priority=2),
        Column("bounds", _("Bounds"), priority=2),
        Column("range", _("Likely range"), align="right", priority=1),
        Column("central", _("Central values"), align="right", priority=3),
        Column("label", _("What the range is"), priority=1),
        Column("conditions", _("It holds if"), priority=4),
        Column("statement_ids", _("Statements"), priority=4),
    ]


def ranges_table(ranges: pl.DataFrame, names: dict[str, str], language: Language) -> Block:
    """Return the likely ranges of several cities, by city and edition; nothing where every index is a single value.

    `names` gives the full name of each region code.
    """
    _ = language
    if ranges.is_empty():
        return Block()
    shown, refused = in_order(ranges), refused_in_words(ranges, _)
    if shown.is_empty():
        return Block([Text(lead=_("No likely range"), text=refused, tone="remark")], _)
    frame = _data(shown, _).with_columns(full_name=pl.col("region_code").replace_strict(names, return_dtype=pl.String))
    return table(
        frame.drop("region_code"),
        [Column("edition", _("Edition"), priority=1), *_columns(_)],
        _("Likely ranges inside the bounds"),
        _,
        is_simulated=bool(ranges["is_simulated"].any()),
        is_estimate=True,
        note=" ".join([*range_notes(_), refused]).strip(),
        group="full_name",
    )


def no_ranges() -> pl.DataFrame:
    """Return the table of likely ranges without a row."""
    return pl.DataFrame(schema=SCHEMA)
