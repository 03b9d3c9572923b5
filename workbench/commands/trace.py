"""The command that leads from a figure to the cells it was made of, and from a row of a file to its figures."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.history.former_regions import told_history
from analysis.history.trace.words import CORRECTION_HEADERS, trace_in_words
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()


@with_context
def trace(
    context: CommandContext,
    city: Annotated[str | None, typer.Argument(help=_("City: name, alias or Kemendagri code."))] = None,
    edition: Annotated[int | None, typer.Argument(help=_("Edition (year of the award)."))] = None,
    innovation: Annotated[
        str | None,
        typer.Option("--innovation", help=_("One innovation: id, number of a system, or title."), show_default=False),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            help=_(
                "iid, spd_score, mean_maturity, innovation_count, innovations_quarantined, or a column of the table "
                "submission."
            ),
            show_default=False,
        ),
    ] = None,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help=_("The answers to this indicator."), show_default=False)
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help=_("The innovations of this unit."), show_default=False)
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", help=_("From a file (name or first digits of its hash) to figures."), show_default=False
        ),
    ] = None,
    row: Annotated[
        int | None, typer.Option("--row", help=_("Row of that file, as the spreadsheet counts."), show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help=_("Sheet of that file."), show_default=False)] = None,
    score: Annotated[str, typer.Option("--score", help=_("Score kind: claimed, verified or final."))] = "claimed",
) -> None:
    """From a figure of CITY EDITION to its cells, or with --file and --row from a row of a file to its figures."""
    from analysis.history.trace.figure_cells import trace_row
    from analysis.history.trace.quarantined_cells import trace_season

    language = context.language
    with context.open() as opened:
        region = resolve_city(city) if city is not None else None
        if file is not None and row is not None:
            found = trace_row(opened, file, row, sheet)
        elif region is not None and edition is not None and file is None:
            found = trace_season(
                opened,
                region.region_code,
                edition,
                innovation=innovation,
                column=column,
                indicator=indicator,
                unit=unit,
                score=score,
            )
        else:
            raise typer.BadParameter(_("give CITY and EDITION, or --file and --row"))
        notes = opened.day_notes(language)
        if region is not None:
            notes += [f"{region.full_name}: {told}" for told in told_history(region.region_code, language)]
    if not context.is_for_people:
        context.show(found)
        return
    context.show(trace_in_words(found, language), headers=CORRECTION_HEADERS, notes=notes)
    if found["is_simulated"].any():
        messages().print(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
