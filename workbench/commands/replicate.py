"""The command replicate: whether every table, text and figure of a deposit follows from the deposit's own sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from warehouse.errors import ExitCode, WorkbenchError
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show

_ = language_of_environment()

HEADERS = {"file": "File", "state": "State", "detail": "First difference"}


class DepositDiffers(WorkbenchError):
    """A file of a deposit is not what its sources give, or not what was written."""

    exit_code = ExitCode.REPLICATION


def replicate(
    folder: Annotated[
        Path | None,
        typer.Argument(help=_("Folder that `iga export panel` wrote (otherwise exports/panel in the home folder).")),
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Make every table, text and figure of a deposit again from its own files, and say which differ."""
    from importlib.metadata import version

    from analysis.panel.replicate import AS_THEY_SHOULD_BE, is_replicated, read_deposit
    from reports.deposit import replicate_deposit

    language = language_of(lang)
    folder = folder or home_of(home).root / "exports" / "panel"
    compared = replicate_deposit(folder)
    written_by, here = read_deposit(folder).sources.about.written_by, version("iga-workbench")
    if written_by != here:
        said = language("Written by version {other}; this is {version}, so that texts, PDF and figures may differ.")
        messages().print(said.format(other=written_by, version=here))
    shown = compared
    if form is Format.table:
        words = {code: language.label("replication", code) for code in compared["state"].unique()}
        shown = compared.with_columns(pl.col("state").replace_strict(words))
    show(shown, form, language, headers=HEADERS)
    if not is_replicated(compared):
        wrong = compared.filter(~pl.col("state").is_in(AS_THEY_SHOULD_BE))
        raise DepositDiffers(
            "{count} file(s) of the deposit are not what its sources give",
            next_step="the table names each; take the deposit from where it was published, or export it anew",
            place=str(folder),
            count=wrong.height,
        )
    messages().print(language("Every file follows from the deposit's own sources."))
