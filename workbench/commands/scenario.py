"""Commands about scenarios: list the kept ones, keep one, compare several for a city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from analysis.planning.words import compared_in_words, season_notes
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.index_choice import RulesOption
from workbench.lists import (
    LIST_HEADERS,
    CityArgument,
    EditionArgument,
    ScoreOption,
    WorkbookOption,
    rulebook_named,
    write_lists,
)
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show, show_row
from workbench.plan_answers import compared_for

if TYPE_CHECKING:
    from analysis.planning.scenario import Scenario
    from warehouse.language import Language

_ = language_of_environment()

app = typer.Typer(no_args_is_help=True)


LISTED: dict[str, Any] = {
    "scenario": pl.String,
    "note": pl.String,
    "rulebook": pl.String,
    "held_count": pl.Int64,
    "sent_count": pl.Int64,
    "level_count": pl.Int64,
    "hold_below": pl.Decimal(12, 2),
    "weights": pl.String,
}


@app.command("list", help=_("The scenarios that were kept in this home."))
def list_scenarios(home: HomeOption = None, form: FormatOption = Format.table, lang: LanguageOption = None) -> None:
    """The scenarios that were kept in this home."""
    from analysis.planning.scenario import kept_scenarios, read_scenario

    language, place = language_of(lang), home_of(home)
    rows = []
    for name in kept_scenarios(place):
        one = read_scenario(name, place)
        rows.append(
            {
                "scenario": name,
                "note": one.note,
                "rulebook": one.rulebook,
                "held_count": len(one.hold),
                "sent_count": len(one.send),
                "level_count": len(one.level),
                "hold_below": one.hold_below,
                "weights": _weights_of(one, language) or None,
            }
        )
    frame = pl.DataFrame(rows, schema=LISTED)
    show(frame, form, language, title=language("Scenarios"), headers=LIST_HEADERS)


@app.command("keep", help=_("Keep a scenario file under its name; one of that name that somebody has changed stays."))
def keep(
    file: Annotated[str, typer.Argument(help=_("Scenario: a TOML file."))],
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Keep a scenario file under its name."""
    from analysis.planning.scenario import keep_scenario, read_scenario

    language, place = language_of(lang), home_of(home)
    kept = keep_scenario(read_scenario(file, place), place, language)
    path = kept.path
    messages().print(language("Kept as scenario {name}").format(name=path.stem), markup=False)
    if stayed := kept.told(language):
        messages().print(stayed, markup=False, soft_wrap=True)
    show_row({"scenario": path.stem, "path": str(path)}, form, language)


@app.command("compare", help=_("Index, predicate and place of a city as it stands and under each scenario."))
@with_context
def compare(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    names: Annotated[
        list[str] | None,
        typer.Argument(help=_("Kept names or TOML files; without any: all kept ones that fit."), show_default=False),
    ] = None,
    workbook: WorkbookOption = None,
    rules: RulesOption = None,
    score: ScoreOption = "claimed",
) -> None:
    """Index, predicate and place of a city as it stands and under each scenario."""
    from analysis.planning.reweigh import WeightsInvalid
    from analysis.planning.scenario import ScenarioInvalid, checked_raises, kept_scenarios, read_scenario
    from analysis.planning.what_if import WhatIf
    from analysis.season.frames import read_season_frames

    language, place, region = context.language, context.home, resolve_city(city)
    with context.open() as opened:
        frames = read_season_frames(
            opened, region.region_code, edition, score_kind=score, rulebook=rulebook_named(opened, rules)
        )
        desk = WhatIf(frames, opened)
        notes = opened.day_notes(language)
    fitting: list[Scenario] = []
    for one in [read_scenario(name, place) for name in names or kept_scenarios(place)]:
        try:
            checked_raises(frames, one)
        except (ScenarioInvalid, WeightsInvalid):
            if names:
                raise
            notes.append(language("Scenario {name} does not fit this season.").format(name=one.name))
        else:
            fitting.append(one)
    weighed = [(one.name, _weights_of(one, language)) for one in fitting if one.weight]
    told = language("Scenario {name} tries weights that are not official: {weights}.")
    notes += [told.format(name=name, weights=weights) for name, weights in weighed]
    compared = desk.compare(fitting)
    frame = compared_in_words(compared, language)
    notes += [language("Ranked among the regions of this snapshot, not nationally.")]
    notes += [*desk.holding_notes(fitting, language), *season_notes(frames, language)]
    title = language("Scenarios for {city} {edition}").format(city=region.full_name, edition=edition)
    write_lists(workbook, {language("Scenarios"): frame}, language, notes)
    context.show(compared_for(context, compared), title=title, headers=LIST_HEADERS, notes=notes)


def _weights_of(scenario: Scenario, language: Language) -> str:
    """The weights that a scenario tries, such as "19: 9,00; 21: 0,50"; empty where it tries none."""
    return "; ".join(f"{one.indicator}: {language.number(one.points)}" for one in scenario.weight)
