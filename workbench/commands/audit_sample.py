"""The command audit-sample: innovations drawn at random, their sheet, and the range that reading them again gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import DataFileInvalid, UnknownName
from warehouse.region import Region, resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption, nothing_found
from workbench.lists import CityArgument, EditionArgument, ScoreOption
from workbench.options import language_of_environment
from workbench.output import messages, show_paths

if TYPE_CHECKING:
    from analysis import Questions
    from analysis.index.recompute import Scored, Stored
    from iga.rulebook import Rulebook

_ = language_of_environment()


@with_context
def audit_sample(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    draw: Annotated[
        int | None, typer.Option("--draw", help=_("Draw so many innovations and write their sheet."), min=1)
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help=_("The number that decides who is drawn; it is kept."))
    ] = None,
    read: Annotated[
        Path | None, typer.Option("--read", help=_("Read this filled in sheet back."), show_default=False)
    ] = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Innovations drawn at random to be read again under other rules, and the range of the index that this gives."""
    from analysis.index.recompute import scored_season, stored_rows
    from analysis.season.frames import complete_rules_for

    if (draw is None) != (seed is None):
        raise typer.BadParameter(_("name both: how many are drawn, and the seed"), param_hint="--draw --seed")
    if draw is not None or read is not None:
        context.refuse_past("--draw --read")
    region = resolve_city(city)
    with context.open() as opened:
        rulebook = opened.rulebooks.of(rules) if rules else complete_rules_for(edition, opened.rulebooks)
        stored = stored_rows(opened, region_code=region.region_code, editions=[edition])
        if stored.submissions.is_empty():
            raise nothing_found(opened)
        scored = scored_season(stored, region.region_code, edition, score, rulebook, rulebook.assume())
        if draw is not None and seed is not None:
            _draw(context, opened, scored, region, score, draw, seed)
        if read is not None:
            _read(context, scored, region, edition, score, read)
        if draw is None:
            _show_range(context, opened, stored, region, rulebook, score)


def _draw(
    context: CommandContext, opened: Questions, scored: Scored, region: Region, score: str, count: int, seed: int
) -> None:
    """Draw a sample, keep it, and write its sheet; what people have filled in stays."""
    from analysis.estimate.drawn_sample import SHEET, draw_sample, keep_draw, path_of
    from iga.estimate import limits
    from warehouse.keeping.own_work import write_unless_changed
    from warehouse.lock import held_by_this_process
    from workbench.audit_sheets import sample_sheet

    sample, least = draw_sample(scored, region.region_code, score, count, seed), int(limits().least_sample)
    if count < min(least, sample.population_count):
        raise UnknownName(
            "A sample of {count} is too small for a range", next_step="draw {least} at least", count=count, least=least
        )
    content = sample_sheet(sample, region, opened.rulebooks)
    with held_by_this_process(context.home, "iga audit-sample"):
        keep_draw(context.home, sample)
        [written] = write_unless_changed(
            context.home, {path_of(context.home, sample, SHEET): content}, context.language
        )  # fmt: skip
    show_paths([written.path], context.form, context.language)
    text = context.language(
        "{count} of {population} innovations drawn with seed {seed}; read under the {rulebook} rules"
    )
    messages().print(
        text.format(
            count=count, population=sample.population_count, seed=sample.seed, rulebook=sample.rulebook
        ),
        markup=False,
    )  # fmt: skip
    if written.kept:
        messages().print(written.told(context.language), markup=False)


def _read(
    context: CommandContext, scored: Scored, region: Region, edition: int, score: str, file: Path
) -> None:  # fmt: skip
    """Read a filled in sheet back, and keep what it says beside the draw."""
    from analysis.estimate.drawn_sample import keep_readings, read_sample
    from warehouse.lock import held_by_this_process
    from workbench.audit_sheets import readings_of_sheet

    state = read_sample(context.home, scored, region.region_code, edition, score)
    if state.sample is None or state.problem == "draw_changed":
        raise DataFileInvalid(
            "The sheet {file} cannot be read: {reason}",
            next_step="draw a sample with --draw and --seed, and fill in its sheet",
            place=str(file),
            file=file.name,
            reason=context.language.label("estimate_refusal", state.problem),
        )
    if not file.is_file():
        raise UnknownName("There is no file {file}", next_step="name the filled in sheet", file=file)
    readings = readings_of_sheet(file.read_bytes(), file.name, state.sample, scored.walk.target_rules)
    with held_by_this_process(context.home, "iga audit-sample"):
        keep_readings(context.home, state.sample, readings)
    text = context.language("{count} innovations read from {file}")
    messages().print(text.format(count=len(readings.levels), file=file.name), markup=False)


def _show_range(
    context: CommandContext, opened: Questions, stored: Stored, region: Region, rulebook: Rulebook, score: str
) -> None:
    """Print the ranges that the sample of the season gives, or why it gives none."""
    from analysis.estimate.likely_ranges import ranges_beside
    from analysis.estimate.range_texts import RANGE_HEADERS, range_notes, ranges_for_people
    from analysis.index.recompute import index_under

    index = index_under(stored, rulebook=rulebook, score_kinds=(score,))
    found = ranges_beside(opened, stored, index).filter(kind="sampling")
    found = found.select(pl.lit(region.full_name).alias("city"), pl.all())
    if not context.is_for_people:
        context.show(found)
        return
    notes = [*range_notes(context.language), *opened.day_notes(context.language)]
    if found["is_simulated"].any():
        notes.append(context.language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    context.show(ranges_for_people(found, context.language), headers=RANGE_HEADERS, notes=notes)
