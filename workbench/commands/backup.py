"""The command backup: the whole home in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_row
from workbench.passphrase import PassphraseFileOption, passphrase_of

_ = language_of_environment()


def backup(
    file: Annotated[Path, typer.Argument(help=_("File to write, for example cadangan.tar.gz."))],
    despite_damage: Annotated[
        bool, typer.Option("--despite-damage", help=_("Also where received files in the archive are damaged."))
    ] = False,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help=_("Encrypt it with a passphrase, asked for twice."))
    ] = False,
    passphrase_file: PassphraseFileOption = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Write the whole home (inbox, archive, snapshots, reports, settings) into one file, with the hash of each file."""
    from warehouse.keeping.backup import back_up
    from warehouse.keeping.leftovers import clear_partial

    clear_partial(file)
    language = language_of(lang)
    secret = passphrase_of(passphrase_file, language, is_new=True) if encrypt or passphrase_file else None
    now = datetime.now(tz=UTC).astimezone()
    told = back_up(home_of(home), file, now, secret, despite_damage=despite_damage)
    text = language("{count} files, current snapshot {id}: {path}")
    messages().print(escape(text.format(count=told["file_count"], id=told["snapshot_id"] or "-", path=file)))
    show_row({"path": str(file), **told}, form, language)
