"""The chart of what each line of the index costs a city: what is known of it, and what missing levels leave open."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl

from analysis.index.index_profile import IndexProfile, Line, Part
from analysis.index.profile_words import name_of
from iga.index.formula import rounded
from reports.blocks.block import Block
from reports.blocks.figure import INK, MUTED, WIDE, Caption, figure
from reports.blocks.palette import BLUE, GREY, ORANGE
from reports.blocks.tables import Column
from reports.pages.city_index.charts import NARROW_NAME, altair_module, shorten
from reports.pages.city_index.season import CitySeason
from warehouse.language import Language

NAME = 44
"""Letters of a name that stand beside a bar."""
LETTER = 7.6
"""Pixels that a letter takes; measuring each word would take most of a drawing."""
COLOURS = {"weakness": ORANGE, "strength": BLUE, "ordinary": BLUE, "unknown": GREY}


def costs(season: CitySeason, profile: IndexProfile, part: Part) -> Block:
    """Return a bar for each line of a part, the dearest first: index points lost, and paler what is not known."""
    _ = season.language
    lines = sorted(profile.of(part), key=lambda line: -_most_of(line))
    frame = pl.DataFrame([_row(line, _) for line in lines], schema=_SCHEMA, orient="row")
    title = _("{part}: what does each line cost?").format(part=_.label("aspect", part))
    caption = Caption(
        title,
        f"{_('Index points lost')} · {season.name}, {season.edition}",
        _description(profile, lines, _),
        season.source_line,
        profile.is_simulated,
    )
    columns = [
        Column("name", _("Line")),
        Column("lost", _("Index points lost"), places=2),
        Column("most", _("At most, with what is not known"), places=2),
        Column("standing_label", _("Standing")),
    ]
    return figure(lambda width: _drawn(frame, width, _), caption, frame, _, columns=columns)


_SCHEMA: dict[str, Any] = {
    "name": pl.String,
    "short_name": pl.String,
    "lost": pl.Decimal(12, 2),
    "most": pl.Decimal(12, 2),
    "known_end": pl.Float64,
    "open_end": pl.Float64,
    "label": pl.String,
    "detail": pl.String,
    "standing": pl.String,
    "standing_label": pl.String,
}


def _most_of(line: Line) -> Fraction:
    """What a line costs at most: what is known, and all that its missing levels could cost."""
    return (line.lost_index or Fraction(0)) + line.open_index


def _row(line: Line, language: Language) -> tuple[Any, ...]:
    lost, most = line.lost_index, _most_of(line)
    name = f"{line.group.number} {name_of(line, language)}"
    standing = language.label("profile_standing", line.standing)
    if lost is None:
        text = language("not known, at most {most}") if most else language("not known")
        label = text.format(most=language.number(rounded(most)))
    else:
        label = language.interval(rounded(lost), rounded(most))
        # The mark stands in words too: a colour alone tells nothing in grey print.
        label = f"{label} · {standing.lower()}" if line.standing == "weakness" else label
    ends = (float(lost or 0), float(most))
    known = None if lost is None else rounded(lost)
    return (
        name,
        shorten(name, NARROW_NAME),
        known,
        rounded(most),
        *ends,
        label,
        f"{name}: {label}",
        line.standing,
        standing,
    )


def _description(profile: IndexProfile, lines: list[Line], language: Language) -> str:
    _ = language
    known = [line for line in lines if line.lost_index is not None]
    told = []
    if known:
        dearest = max(known, key=lambda line: line.lost_index or Fraction(0))
        text = _("{line} costs most: {cost} of {all} index points that the lines of this part cost.")
        every = sum((line.lost_index or Fraction(0) for line in known), Fraction(0))
        told.append(
            text.format(
                line=name_of(dearest, _),
                cost=_.number(rounded(dearest.lost_index or Fraction(0))),
                all=_.number(rounded(every)),
            )
        )
    unknown = len(lines) - len(known)
    if unknown:
        text = _("Not known: {count} of {all} lines.")
        told.append(text.format(count=_.whole(unknown), all=_.whole(len(lines))))
    if any(line.open_index for line in lines):
        told.append(_("A paler bar is what missing levels may cost at most."))
    if any(line.standing == "weakness" for line in lines):
        told.append(_("Orange: a weakness by the rule below the table."))
    return " ".join(told)


def _drawn(frame: pl.DataFrame, width: int, language: Language) -> Any:
    alt, wide = altair_module(), width == WIDE
    order = frame["name"].to_list()
    name_room = 20 + round(LETTER * min(max(len(name) for name in order), NAME)) if wide else 20
    room = width - name_room
    longest = max(float(frame["open_end"].max() or 0), 0.01)  # type: ignore[arg-type]
    label_room = 15 + LETTER * max(len(label) for label in frame["label"])
    top = longest * room / max(room - label_room, room / 4)
    told_name = f"truncate(datum.label, {NAME})"
    names = alt.Axis(labels=wide, labelFontSize=12.5, labelColor=INK, labelLimit=0, labelExpr=told_name)
    y = alt.Y("name:N", sort=order, title=None, axis=names)
    # Bars that are stacked without need are drawn as groups with clips: three times the page.
    end = {"axis": None, "scale": alt.Scale(domain=[0, top], nice=False), "stack": None}
    colour = alt.Color("standing:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())), legend=None)
    place = {"size": 13 if wide else 11, "yOffset": 0 if wide else 7}
    base = alt.Chart(frame.select("name", "short_name", "known_end", "open_end", "label", "detail", "standing"))
    told = alt.Description("detail:N")
    layers = [
        base.mark_bar(**place, opacity=0.4, aria=True).encode(
            y=y, x=alt.X("open_end:Q", title=language("Index points lost"), **end), color=colour, description=told
        ),
        base.mark_bar(**place, aria=False).encode(y=y, x=alt.X("known_end:Q", **end), color=colour),
        base.mark_text(align="left", dx=5, dy=0 if wide else 7, color=MUTED, aria=False).encode(
            y=y, x=alt.X("open_end:Q", **end), text=alt.Text("label:N")
        ),
    ]
    if not wide:
        layers.append(
            base.mark_text(align="left", dy=-8, fontSize=12, aria=False).encode(
                y=y, x=alt.value(0), text=alt.Text("short_name:N")
            )
        )
    return alt.layer(*layers, width=room, height=alt.Step(23 if wide else 40))
