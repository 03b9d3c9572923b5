"""The passphrase of an encrypted backup: typed at the terminal or read from a file; never an argument, never logged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from warehouse.errors import BackupInvalid
from warehouse.language import Language
from workbench.options import language_of_environment

_ = language_of_environment()

VARIABLE = "IGA_PASSPHRASE"
"""Environment variable with the passphrase, for a schedule that nobody sits in front of."""
SHORTEST = 8

PassphraseFileOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help=_("File whose first line is the passphrase (otherwise IGA_PASSPHRASE, otherwise asked for)."),
        exists=True,
        dir_okay=False,
        show_default=False,
    ),
]


def passphrase_of(file: Path | None, language: Language, *, is_new: bool = False) -> str:
    """Return the passphrase; one for a new file is typed twice. Raises BackupInvalid for one that is too short."""
    if file is not None:
        told = (file.read_text(encoding="utf-8-sig").splitlines() or [""])[0]
    else:
        told = os.environ.get(VARIABLE) or typer.prompt(
            language("Passphrase"), hide_input=True, confirmation_prompt=is_new, err=True
        )
    if is_new and len(told) < SHORTEST:
        raise BackupInvalid(
            "The passphrase has fewer than {count} characters",
            next_step="choose a longer one, of several words, and keep it where the backup is not",
            count=SHORTEST,
        )
    return str(told)
