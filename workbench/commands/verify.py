"""The command verify: whether everything in a home is still as it was written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import BackupInvalid
from warehouse.home import Home
from warehouse.language import Language
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show

if TYPE_CHECKING:
    from warehouse.keeping.verify import Finding

_ = language_of_environment()

FINDING_HEADERS = {
    "kind": "Kind",
    "path": "File",
    "what": "What is wrong",
    "next_step": "What to do",
    "is_damage": "Damaged",
    "is_repaired": "Repaired",
}
_KINDS = {
    "archive": "received files",
    "receipts": "facts of received files",
    "lake": "parsed files",
    "snapshots": "snapshots",
    "backups": "backups",
}


class DamageFound(BackupInvalid):
    """Something in the home is not as it was written."""


def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help=_("Put right what the inbox, a backup or a load can put right."))
    ] = False,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Check that everything in the home is as it was written: archive, snapshots, reports, and the backups it knows."""
    from reports.site.changed_files import changed_files
    from warehouse.keeping.verify import verify_home

    place, language, console = home_of(home), language_of(lang), messages()

    def say(kind: str, done: int, total: int) -> None:
        if done == total:
            console.print(f"{language(_KINDS[kind])}: {language.whole(total)}")

    found = verify_home(place, repair=repair, checks=[changed_files], progress=say)
    if repair and any(finding.kind in ("snapshots", "receipts") for finding in found.damaged):
        _build_again(place)
        found = verify_home(place, repair=True, checks=[changed_files])
    rows = [
        {
            "kind": finding.kind,
            "path": finding.path,
            "what": finding.what.told(language),
            "next_step": "" if finding.is_repaired else finding.next_step.told(language),
            "is_damage": finding.is_damage,
            "is_repaired": finding.is_repaired,
        }
        for finding in found.found
    ]
    schema = dict.fromkeys(FINDING_HEADERS, pl.String) | dict.fromkeys(("is_damage", "is_repaired"), pl.Boolean)
    show(pl.DataFrame(rows, schema=schema), form, language, headers=FINDING_HEADERS)
    _end(found.damaged, language)


def _build_again(home: Home) -> None:
    """Build the current snapshot from the archive, in the place of one that is damaged."""
    from etl.publish import ingest

    ingest(home, today=datetime.now(tz=UTC).astimezone().date(), anew=True)


def _end(damaged: list[Finding], language: Language) -> None:
    if damaged:
        raise DamageFound(
            "{count} damaged file(s) were found",
            next_step="the table above says of each what to do",
            count=len(damaged),
        )
    messages().print(language("Everything is as it was written."))
