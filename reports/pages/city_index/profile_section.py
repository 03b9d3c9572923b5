"""The section of a city's report that says what each line of the index costs: SPD lines and SID indicators."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from analysis.index.index_profile import IndexProfile, Line, Part, ProfileNotComputed, read_index_profile, shown
from analysis.index.profile_words import (
    PARTS,
    cause_sentences,
    comparison_notes,
    lacking_sentence,
    name_of,
    rule_notes,
    standing_sentences,
)
from iga.index.formula import rounded
from reports.blocks.block import Block
from reports.blocks.content import Bullets, Text
from reports.blocks.tables import Column, table
from reports.pages.city_index.charts import no_data
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.city_index.profile_chart import costs
from reports.pages.city_index.season import CitySeason
from warehouse import Snapshot
from warehouse.errors import UnknownName
from warehouse.language import Language
from warehouse.region import resolve_city

Read = IndexProfile | ProfileNotComputed | None
"""A profile, or why it is not computed; None where nothing is known of the season."""


def read_profile(snapshot: Snapshot, parameters: CityIndexParameters) -> Read:
    """Return the profile of a report's season."""
    code = resolve_city(parameters.city).region_code
    try:
        return read_index_profile(snapshot, code, parameters.edition, score_kind=parameters.score)
    except ProfileNotComputed as refusal:
        return refusal
    except UnknownName:
        return None


def summary(season: CitySeason, profile: Read) -> Block:
    """What the city lacks of 100 and where, its weaknesses and strengths; or why there is no profile."""
    _ = season.language
    if profile is None:
        return no_data(_("Profile of the index"), _)
    if isinstance(profile, ProfileNotComputed):
        cause = profile.told(_)[0]
        return Block([Text(lead=_("Not computed"), text=cause[:1].upper() + cause[1:], tone="remark")], _)
    sentences = [sentence for part in PARTS for sentence in standing_sentences(profile, part, _)]
    return Block(
        [
            Text(text=lacking_sentence(profile, season.name, _), is_simulated=profile.is_simulated),
            Bullets(items=(*cause_sentences(profile, _), *sentences), is_simulated=profile.is_simulated),
        ],
        _,
    )


def lines(season: CitySeason, profile: Read) -> Block:
    """A chart and the lines of both parts, the dearest first, with what they are compared with and the rule below."""
    if profile is None or isinstance(profile, ProfileNotComputed):
        return Block([], season.language)
    shown_parts = [
        block for part in PARTS for block in (costs(season, profile, part), _lines_of(season, profile, part))
    ]
    return Block.join([*shown_parts, _rules(season, profile)])


def _rules(season: CitySeason, profile: IndexProfile) -> Block:
    _ = season.language
    notes = comparison_notes(profile, str(season.region["region_type"]), _) + rule_notes(profile, _)
    return Block([Bullets(items=tuple(notes), is_small=True, is_simulated=profile.is_simulated)], _)


def _lines_of(season: CitySeason, profile: IndexProfile, part: Part) -> Block:
    _ = season.language
    frame = pl.DataFrame(
        [_row(profile, line, _) for line in profile.of(part)],
        schema={
            "line": pl.String,
            "level": pl.Decimal(12, 2),
            "points": pl.Decimal(12, 2),
            "maximum": pl.Decimal(12, 2),
            "lost_index": pl.Decimal(12, 4),
            "peer_mean": pl.Decimal(12, 2),
            "peer_best": pl.Decimal(12, 2),
            "change": pl.Decimal(12, 2),
            "standing": pl.String,
        },
        orient="row",
    )
    columns = [
        Column("line", _("Line")),
        # What it costs and whether it is a weakness come first: a telephone shows three or four columns.
        Column("lost_index", _("Index points lost"), places=2),
        Column("standing", _("Standing")),
        Column("level", _("Level"), places=0 if part == "spd" else None),
        Column("points", _("Points")),
        Column("maximum", _("Maximum")),
    ]
    if frame["peer_mean"].null_count() < frame.height:
        columns += [Column("peer_mean", _("Comparable, mean")), Column("peer_best", _("Comparable, best"))]
    if frame["change"].null_count() < frame.height:
        columns.append(Column("change", _("Change"), kind="signed"))
    caption = _("{part}: what each line costs, {name} {edition}").format(
        part=_.label("aspect", part), name=season.name, edition=season.edition
    )
    note = _("Lines are ordered by what they cost the index; points are those of one innovation in the mean.")
    if part == "spd":
        note = _("Lines are ordered by what they cost the index.")
    return table(frame, columns, caption, _, is_simulated=profile.is_simulated, note=note)


def _row(profile: IndexProfile, line: Line, language: Language) -> tuple[object, ...]:
    mean, best = profile.peers_of(line)
    change = None if line.change_level is None else line.weight * line.change_level
    two: list[Decimal | None] = [
        None if value is None else rounded(value) for value in (line.level, line.points, line.maximum)
    ]
    compared = [None if value is None else rounded(value) for value in (mean, best, change)]
    name = f"{line.group.number} {name_of(line, language)}"
    return (name, *two, shown(line.lost_index), *compared, language.label("profile_standing", line.standing))
