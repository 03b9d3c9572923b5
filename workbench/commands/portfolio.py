"""The command about a city's portfolio: portfolio."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl
import typer

from analysis.portfolio.words import PORTFOLIO_HEADERS, portfolio_lists, portfolio_notes
from warehouse.language import Language
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, WorkbookOption, write_lists
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()


class PortfolioList(StrEnum):
    """The lists of a portfolio."""

    catalogue = "catalogue"
    entries = "entries"
    kinds = "kinds"
    affairs = "affairs"
    candidates = "candidates"
    published = "published"
    programmes = "programmes"
    idsd = "idsd"
    city = "city"
    kipp = "kipp"
    kipp_entries = "kipp-entries"
    spellings = "spellings"
    replications = "replications"
    proofs = "proofs"
    coverage = "coverage"
    tags = "tags"
    faults = "faults"


@with_context
def portfolio(
    context: CommandContext,
    city: CityArgument,
    last: Annotated[
        int | None,
        typer.Argument(metavar="[EDITION]", help=_("Up to this edition; without it the latest."), show_default=False),
    ] = None,
    edition: Annotated[
        int | None, typer.Option(help=_("Up to this edition; without it the latest."), show_default=False)
    ] = None,
    shown: Annotated[PortfolioList, typer.Option("--list", help=_("Which list to print."))] = PortfolioList.catalogue,
    write_templates: Annotated[
        bool,
        typer.Option("--write-templates", help=_("Write the files to fill in to the home: awards, programmes, IDSD.")),
    ] = False,
    workbook: WorkbookOption = None,
) -> None:
    """Innovations over years and schemes, awards, programmes served, weak affairs and what could be replicated."""
    from analysis.portfolio.city_portfolio import read_portfolio, write_home_templates

    language, place, region = context.language, context.home, resolve_city(city)
    if write_templates:
        for path in write_home_templates(place, region.region_code):
            messages().print(language("Written: {path}").format(path=path), soft_wrap=True, markup=False)
    with context.open() as opened:
        found = read_portfolio(opened, place, region.region_code, last if edition is None else edition)
        affairs = opened.sql("select affair_code, name_id, name_en from government_affair")
        days = opened.day_notes(language)
    notes = days + portfolio_notes(found, region.full_name, language)
    lists = portfolio_lists(found, affairs, language)
    write_lists(workbook, _titled(lists, language), language, notes, PORTFOLIO_HEADERS)
    title = language("Portfolio of {city} up to {edition}").format(city=region.full_name, edition=found.edition)
    context.show(lists[shown.value], title=title, headers=PORTFOLIO_HEADERS, notes=notes)


def _titled(lists: dict[str, pl.DataFrame], language: Language) -> dict[str, pl.DataFrame]:
    return {language(name): frame for name, frame in lists.items()}
