"""The command about the national portal: what is to be typed in, and what of it has arrived there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from warehouse import disk
from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, OnOption, WorkbookOption, write_lists
from workbench.options import language_of_environment
from workbench.output import messages

_ = language_of_environment()

PORTAL_HEADERS = {
    "state": "State",
    "title": "Innovation",
    "unit_name": "Unit",
    "field": "Field",
    "own_value": "Own list",
    "portal_value": "Portal",
    "innovation_id": "Id in the registry",
    "missing_count": "Missing or wrong",
    "without_level_count": "Indicators without a level",
    "file_count": "Evidence files",
    "confirmed_count": "Of these confirmed",
    "fields": "Which fields",
}


@with_context
def portal(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    folder: Annotated[
        Path | None,
        typer.Argument(help=_("Folder, or .zip file, to write the package to; without it only the list is shown.")),
    ] = None,
    on: OnOption = None,
    innovation: Annotated[
        list[str] | None,
        typer.Option("--innovation", help=_("Only this innovation (id or its beginning); may be repeated.")),
    ] = None,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help=_("Hold the own list against the portal's latest export."))
    ] = False,
    own_file: Annotated[
        str | None, typer.Option("--own-file", help=_("The received file that is the city's own list."))
    ] = None,
    portal_file: Annotated[
        str | None, typer.Option("--portal-file", help=_("The received file that is the portal's export."))
    ] = None,
    write_fields: Annotated[
        bool,
        typer.Option("--write-fields", help=_("Write the file to fill in: fields that no received file holds.")),
    ] = False,
    workbook: WorkbookOption = None,
) -> None:
    """A folder per innovation to type into the portal, ticked off page by page; then what has arrived there."""
    from analysis.portal.portal_fields import fields_of, own_fields_path, own_fields_template, portal_sheets
    from analysis.portal.reconciliation import (
        reconcile as reconciliation_of,
        reconciliation_in_words,
        reconciliation_notes,
        reconciliation_rows,
    )
    from analysis.season.frames import read_season_frames
    from reports.portal.portal_package import package_of, write_package

    language, place, region = context.language, context.home, resolve_city(city)
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    if reconcile:
        with context.open() as opened:
            found = reconciliation_of(opened, region.region_code, edition, day, own=own_file, portal=portal_file)
            days = opened.day_notes(language)
        rows = reconciliation_rows(found)
        shown = reconciliation_in_words(rows, language) if context.is_for_people or workbook else rows
        notes = [*days, *reconciliation_notes(found, language)]
        write_lists(workbook, {language("Reconciliation"): shown}, language, notes, PORTAL_HEADERS)
        title = language("The portal of {city} for {edition}").format(city=region.full_name, edition=edition)
        context.show(shown if context.is_for_people else rows, title=title, headers=PORTAL_HEADERS, notes=notes)
        return
    if write_fields:
        context.refuse_past("--write-fields")
    fields = fields_of(place, edition)
    with context.open() as opened:
        frames = read_season_frames(opened, region.region_code, edition, may_be_empty=True)
        sheets = portal_sheets(opened, place, region, edition, frames.rulebook)
        days = opened.day_notes(language)
    if innovation:
        sheets = [
            sheet
            for sheet in sheets
            if any(sheet.submission_id.startswith(one) or sheet.innovation_id.startswith(one) for one in innovation)
        ]
        if not sheets:
            raise UnknownName(
                "No innovation of the season has the id {wanted}",
                next_step="`iga portal CITY EDITION --format csv` lists the ids",
                wanted=", ".join(innovation),
            )
    notes = list(days)
    if write_fields:
        path = own_fields_path(place, region.region_code, edition)
        if path.exists():
            notes.append(language("{path} is there already and stays as it is.").format(path=path))
        else:
            disk.write_text(path, "\ufeff" + own_fields_template(sheets, fields))
            notes.append(language("Written: {path}").format(path=path))
    if folder is not None:
        sources = "; ".join(dict.fromkeys(field["source"] for field in fields if field["source"]))
        package = package_of(sheets, region, edition, day, sources, language, is_simulated=frames.is_simulated)
        written = write_package(place, package, folder, language)
        for file in written:
            if file.kept is not None:
                messages().print(file.told(language), markup=False)
        text = language("Written: {path}")
        is_zip = folder.suffix.casefold() == ".zip"
        notes.append(text.format(path=folder if is_zip else folder / "index.html"))
    context.show(
        pl.DataFrame(
            [
                {
                    "title": sheet.title,
                    "unit_name": sheet.unit,
                    "missing_count": len(sheet.missing) + len(sheet.faults),
                    "fields": ", ".join(field.label for field in sheet.missing),
                    "without_level_count": len(sheet.without_level),
                    "file_count": sheet.file_count,
                    "confirmed_count": sheet.confirmed_count,
                    "innovation_id": sheet.innovation_id,
                }
                for sheet in sheets
            ],
            schema={
                "title": pl.String, "unit_name": pl.String, "missing_count": pl.Int64, "fields": pl.String,
                "without_level_count": pl.Int64, "file_count": pl.Int64, "confirmed_count": pl.Int64,
                "innovation_id": pl.String,
            },
        ),
        title=language("To be typed into the portal: {season}").format(season=f"{region.full_name}, IGA {edition}"),
        headers=PORTAL_HEADERS,
        notes=notes,
    )  # fmt: skip
