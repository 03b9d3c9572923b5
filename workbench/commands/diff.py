"""The command that tells what changed: diff."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import UnknownName
from warehouse.region import resolve_city
from workbench.options import (
    CityOption,
    EditionOption,
    FormatOption,
    HomeOption,
    LanguageOption,
    home_of,
    language_of,
    language_of_environment,
    say_migration,
)
from workbench.output import Format, show

if TYPE_CHECKING:
    from analysis.history.changes.between_states import Changes
    from warehouse.home import Home
    from warehouse.language import Language
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

CHANGE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "change": "Change",
    "title": "Innovation",
    "unit_name": "Unit",
    "what": "What",
    "before": "Before",
    "after": "After",
    "difference": "Difference",
    "score_difference": "Claimed scores",
    "innovations_before": "Innovations before",
    "innovations_after": "Innovations after",
    "rulebook": "Rulebook",
    "iid_before": "Index before",
    "iid_after": "Index after",
    "is_estimate": "Estimate",
}


class DiffList(StrEnum):
    """The lists of a comparison."""

    changes = "changes"
    units = "units"
    seasons = "seasons"


def diff(
    before: Annotated[
        str | None, typer.Argument(metavar="A", help=_("Snapshot id or day (2026-07-15)."), show_default=False)
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="B", help=_("Snapshot id or day (otherwise now)."), show_default=False)
    ] = None,
    city: CityOption = None,
    edition: EditionOption = None,
    shown: Annotated[DiffList, typer.Option("--list", help=_("Which list to print."))] = DiffList.changes,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """What changed between two snapshots, or two days of one; without A since the previous export of --city."""
    from analysis.history.changes.words import change_notes, changes_in_words, seasons_in_words, units_in_words

    language, place = language_of(lang), home_of(home)
    code = resolve_city(city).region_code if city else None
    changes = _changes(place, before, after, code, edition, language)
    if form is not Format.table:
        frames = {"changes": changes.innovations, "units": changes.units, "seasons": changes.seasons}
        show(frames[shown.value], form, language)
        return
    words = {"changes": changes_in_words, "units": units_in_words, "seasons": seasons_in_words}
    frame = words[shown.value](changes, language)
    show(frame, form, language, headers=CHANGE_HEADERS, notes=change_notes(changes, language))


def _changes(
    home: Home, before: str | None, after: str | None, code: str | None, edition: int | None, language: Language
) -> Changes:
    from analysis.history.changes.between_states import changes_between, changes_since_previous_export

    with ExitStack() as stack:
        last = stack.enter_context(_state(home, after))
        say_migration(last, language)
        if before is not None:
            first = stack.enter_context(_state(home, before))
            say_migration(first, language)
            return changes_between(first, last, region_code=code, edition=edition)
        if code is None or edition is None:
            raise UnknownName(
                "Nothing was named to compare with",
                next_step="name a snapshot or a day (iga diff 2026-07-15), or --city and --edition",
            )
        since = changes_since_previous_export(last, code, edition)
        if since is None:
            raise UnknownName(
                "There is only one export of {region} {edition}: nothing to compare it with",
                next_step="see what is in with `iga status --files`",
                region=code,
                edition=edition,
            )
        return since


def _state(home: Home, text: str | None) -> Snapshot:
    """The snapshot of that id, or the current one as of that day."""
    from analysis import open_snapshot

    if text is not None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return open_snapshot(home=home.root, as_of=date.fromisoformat(text))
        except ValueError as error:
            raise UnknownName(
                "{text} is no day of the calendar", next_step="write it as 2026-07-15", text=text
            ) from error
    return open_snapshot(text, home.root)
