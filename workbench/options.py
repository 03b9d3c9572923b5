"""Options that commands share, and the language that help texts are written in."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from warehouse.errors import UnknownName
from warehouse.home import Home
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES, Language
from workbench.completion import known_editions
from workbench.output import Format, messages
from workbench.settings import settings

if TYPE_CHECKING:
    from analysis import Questions
    from warehouse.snapshot import Snapshot


def language_of_environment() -> Language:
    """Return the language of `IGA_LANG` for help texts and messages; Indonesian where it names none that there is."""
    named = os.environ.get("IGA_LANG", "")
    return Language(named if named in LANGUAGES else DEFAULT_LANGUAGE)


_ = language_of_environment()

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help=_("Home folder (otherwise IGA_HOME, otherwise ./data)."), show_default=False),
]
UnreadHomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help=_("Taken as by every command; this one reads nothing of the home."), show_default=False
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help=_("How data is printed."))]
LanguageOption = Annotated[
    str | None, typer.Option("--lang", help=_("Language: id or en (otherwise IGA_LANG)."), show_default=False)
]
SnapshotOption = Annotated[
    str | None, typer.Option("--snapshot", help=_("Id of a snapshot (otherwise the current one)."), show_default=False)
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help=_("As it stood at the end of this day (otherwise now)."),
        show_default=False,
    ),
]
CityOption = Annotated[
    str | None, typer.Option("--city", help=_("City: name, alias or Kemendagri code."), show_default=False)
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        help=_("Notebooks that run side by side (otherwise three more than cores)."),
        min=1,
        show_default=False,
    ),
]
EditionOption = Annotated[
    int | None,
    typer.Option(
        "--edition", help=_("Edition (year of the award)."), show_default=False, autocompletion=known_editions
    ),
]


def complete_site(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the report sites that begin as what was typed: those of the software and of the home."""
    from reports.run.own_sites import names_of_sites

    try:
        return [name for name in names_of_sites(home_of(context.params.get("home"))) if name.startswith(incomplete)]
    except Exception:  # a shell that completes must not show a fault
        return []


def home_of(home: Path | None) -> Home:
    """The home folder that a command works in."""
    return Home.at(home or settings().home)


_answering: list[Language] = []
"""The language that the command of this process answers in, once it has read its options."""


def language_of_messages() -> Language:
    """Return the language that a fault is told in: that of `--lang`, or of the environment before it was read."""
    return _answering[-1] if _answering else language_of_environment()


def language_of(lang: str | None) -> Language:
    """The language that a command answers in."""
    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter(f"{lang!r}: {' | '.join(LANGUAGES)}", param_hint="--lang")
    language = Language(lang or settings().lang)
    _answering[:] = [language]
    return language


def snapshot_of(home: Home, snapshot: str | None = None, as_of: datetime | None = None) -> Questions:
    """The snapshot that a command asks, as of the day of `--as-of`, open for reading.

    Raises UnknownName where nothing had been received by that day.
    """
    from analysis import open_snapshot

    opened = open_snapshot(snapshot, home.root, as_of=as_of.date() if as_of else None)
    try:
        opened.require_receipts()
    except UnknownName:
        opened.close()
        raise
    return opened


def say_migration(snapshot: Snapshot, language: Language) -> None:
    """Tell on standard error that a snapshot is of a former schema, where no note stands below the answer."""
    from warehouse.keeping.former_schemas import migration_note

    if (note := migration_note(snapshot.facts)) is not None:
        messages().print(escape(note.told(language)))


def refuse_past(as_of: datetime | None, option: str) -> None:
    """Refuse `--as-of` beside an option that changes or reads what has no past."""
    if as_of is not None:
        raise typer.BadParameter(_("has no past day: leave out one of the two"), param_hint=f"{option} --as-of")
