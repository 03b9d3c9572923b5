"""The option `--assume NAME=VALUE`: assumptions that differ from a rulebook's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.language import Language
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from iga.rulebook import Rulebooks

_ = language_of_environment()

AssumeOption = Annotated[
    list[str] | None,
    typer.Option("--assume", help=_("An assumption as NAME=VALUE; may be repeated (iga rules)."), show_default=False),
]


def assumption_notes(
    frame: pl.DataFrame, changes: Mapping[str, object], language: Language, rulebooks: Rulebooks
) -> list[str]:
    """One line per set of assumptions in the frame (columns rulebook, assumption_id): every switch with its value."""
    notes = []
    for name, assumption_id in frame.select("rulebook", "assumption_id").unique().sort("rulebook").iter_rows():
        rules = rulebooks.of(name)
        assumed = rules.assume(**changes)
        if rules.assumption_id(assumed) != assumption_id:
            continue
        defaults = rules.assumptions.model_dump(mode="json")
        switches = [
            f"{switch}={_told(value)}{'' if value == defaults[switch] else ' (!)'}"
            for switch, value in assumed.model_dump(mode="json").items()
        ]
        notes.append(f"{language('Assumptions')} {assumption_id}: {', '.join(switches)}")
    return notes


def _told(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ("+".join(map(str, value)) or "-") if isinstance(value, list) else str(value)
