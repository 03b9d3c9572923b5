"""The command profile: what the index of a city is made of, line by line, and what each line costs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, ScoreOption
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()


class ProfilePart(StrEnum):
    """The parts of a profile."""

    all = "all"
    spd = "spd"
    sid = "sid"


@with_context
def profile(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    part: Annotated[
        ProfilePart, typer.Option("--part", help=_("SPD lines, SID indicators, or all."))
    ] = ProfilePart.all,
    score: ScoreOption = "claimed",
) -> None:
    """Every SPD line and SID indicator with its level, what it costs the index, strengths and weaknesses."""
    import polars as pl

    from analysis.index.index_profile import read_index_profile
    from analysis.index.profile_words import PARTS, PROFILE_HEADERS, profile_notes, profile_rows

    language, region = context.language, resolve_city(city)
    with context.open() as opened:
        found = read_index_profile(opened, region.region_code, edition, score_kind=score)
        days = opened.day_notes(language)
    notes = [*profile_notes(found, region.full_name, region.region_type, language), *days]
    parts = [each for each in PARTS if part in (ProfilePart.all, each)]
    if context.is_for_people:
        for each in parts:
            title = f"{region.full_name} {edition}: {language.label('aspect', each)}"
            shown = notes if each == parts[-1] else []
            context.show(profile_rows(found, each, language), title=title, headers=PROFILE_HEADERS, notes=shown)
        if found.is_simulated:
            messages().print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
        return
    for note in notes:
        messages().print(note, markup=False, soft_wrap=True)
    context.show(found.frame.filter(pl.col("part").is_in(parts)))
