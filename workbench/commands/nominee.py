"""The command about nominees: a fact sheet per flagship innovation, for presentation and field validation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from analysis import open_snapshot
from warehouse.file_names import slug
from warehouse.region import resolve_city
from workbench.lists import CityArgument, EditionArgument, OnOption
from workbench.options import (
    FormatOption,
    HomeOption,
    LanguageOption,
    SnapshotOption,
    home_of,
    language_of,
    language_of_environment,
)
from workbench.output import Format, messages, show_paths

_ = language_of_environment()


def nominee(
    city: CityArgument,
    edition: EditionArgument,
    innovation: Annotated[
        list[str] | None,
        typer.Option(
            "--innovation",
            help=_("Only this innovation (id or its beginning); otherwise the most mature and the contest's winners."),
        ),
    ] = None,
    on: OnOption = None,
    out: Annotated[
        Path | None, typer.Option(help=_("Folder to write to (otherwise letters/ in the home)."), show_default=False)
    ] = None,
    write_templates: Annotated[
        bool, typer.Option("--write-templates", help=_("Only write the files of the city's missions to fill in."))
    ] = False,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Fact sheets of flagship innovations with figures, evidence, criteria and likely questions (Word and PDF)."""
    from analysis.nominee.nominee_facts import criteria_of, flagships, write_mission_templates
    from reports.city_settings import letterhead_of, read_settings, wording
    from reports.letters.fact_sheet import fact_sheet
    from reports.letters.writing import NothingToWrite, write_documents
    from workbench.site_build import replaced_letters

    language, place, region = language_of(lang), home_of(home), resolve_city(city)
    if write_templates:
        show_paths(write_mission_templates(place), form, language)
        return
    day = (on or datetime.now(tz=UTC).astimezone()).date()
    with open_snapshot(snapshot, place.root, as_of=on.date() if on else None) as opened:
        found, rulebook, is_simulated = flagships(opened, place, region, edition, innovation or ())
        rests = wording()["common"]["foot"].format(
            snapshot=opened.snapshot_id[:12], version=opened.facts["software_version"], rests=""
        )
    if not found:
        raise NothingToWrite(
            "There is nothing to write for {city} {edition}",
            next_step="load a list with scores, or name an innovation with --innovation",
            city=region.full_name,
            edition=edition,
        )
    settings = read_settings(place, region.region_code)
    head = letterhead_of(place, region, settings)
    criteria = criteria_of(place, edition)
    sheets = [
        fact_sheet(
            each, criteria, rulebook, region, edition, day, head, settings, rests.strip(), is_simulated=is_simulated
        )
        for each in found
    ]
    folder = out or place.root / "letters" / slug(region.full_name) / str(edition)
    written = write_documents(sheets, place, folder, language.code)
    show_paths(written.files, form, language)
    for line in replaced_letters(written, language):
        messages().print(line, markup=False)
    for file in written.beside:
        messages().print(file.told(language), markup=False)
    if written.is_draft:
        text = language("Drafts without signature: {reasons}")
        messages().print(text.format(reasons="; ".join(written.draft)), markup=False)
