"""The command restore: a backup laid into a new home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_row

_ = language_of_environment()


def restore(
    file: Annotated[Path, typer.Argument(help=_("A file that `iga backup` wrote."), exists=True, dir_okay=False)],
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Lay a backup into a new home, held to its hashes and audits."""
    from warehouse.keeping.backup import restore as lay_back

    place = home_of(home)
    told = lay_back(file, place)
    language = language_of(lang)
    text = language("{count} files, current snapshot {id}: {path}")
    messages().print(escape(text.format(count=told["file_count"], id=told["snapshot_id"] or "-", path=place.root)))
    show_row({"path": str(place.root), **told}, form, language)
