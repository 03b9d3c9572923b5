"""The command about documents that officials edit and sign: letters."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.lists import CityArgument, EditionArgument
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


class Kind(StrEnum):
    """The kinds of documents."""

    nota_dinas = "nota-dinas"
    units = "units"
    berita_acara = "berita-acara"


def letters(
    city: CityArgument,
    edition: EditionArgument,
    kind: Annotated[
        Kind | None, typer.Option(help=_("Only documents of this kind (otherwise all)."), show_default=False)
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
            help=_("Day, or day and hour, that they stand for (otherwise today)."),
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=_("Folder to write to (otherwise letters/ in the home)."), show_default=False)
    ] = None,
    names: Annotated[bool, typer.Option("--names", help=_("Show the names of mentors and jurors."))] = False,
    write_settings: Annotated[
        bool, typer.Option("--write-settings", help=_("Only write the city's settings file to fill in."))
    ] = False,
    write_templates: Annotated[
        bool, typer.Option("--write-templates", help=_("Only write our Word templates into the home, to be changed."))
    ] = False,
    home: HomeOption = None,
    snapshot: SnapshotOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write nota dinas, letters to units and berita acara in Indonesian; simulated or quarantined data makes drafts."""
    from reports import letters as documents
    from warehouse.keeping.personal_log import log_opened
    from workbench.site_build import replaced_letters

    language, place = language_of(lang), home_of(home)
    if write_settings or write_templates:
        files = [documents.write_settings(city, place.root)] if write_settings else []
        files += documents.write_templates(city, place.root) if write_templates else []
        show_paths(files, form, language)
        return
    written = documents.write_letters(
        city,
        edition,
        kind=kind.value if kind else None,
        on=on,
        out=out,
        home=place.root,
        snapshot=snapshot,
        with_names=names,
        lang=language.code,
    )
    show_paths(written.files, form, language)
    for line in replaced_letters(written, language):
        messages().print(line, markup=False)
    for file in written.beside:
        messages().print(file.told(language), markup=False)
    if names:
        log_opened(place, "iga letters --names", city, edition, datetime.now(tz=UTC).astimezone())
    if written.is_draft:
        text = language("Drafts without signature: {reasons}")
        messages().print(text.format(reasons="; ".join(written.draft)), markup=False)
