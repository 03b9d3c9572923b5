"""What index and rank share: the rulebook and score kind that are asked for, and the indices under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from warehouse.errors import UnknownName
from workbench.completion import known_editions
from workbench.options import language_of_environment

if TYPE_CHECKING:
    from analysis.index.recompute import Stored
    from iga.rulebook import Rulebook
    from warehouse.snapshot import Snapshot

_ = language_of_environment()

RulesOption = Annotated[
    str | None,
    typer.Option(
        "--rules",
        help=_("Rulebook, such as 2026 (otherwise those that apply)."),
        show_default=False,
        autocompletion=known_editions,
    ),
]


def indices_of(stored: Stored, rulebook: Rulebook | None, score: str, changes: dict[str, object]) -> pl.DataFrame:
    """Return the indices under the rulebook asked for, of one score kind or all. Raises UnknownName."""
    from analysis.index.recompute import index_under
    from warehouse.scoring.index_over_time import SCORE_KINDS

    if score not in (*SCORE_KINDS, "all"):
        raise UnknownName(
            "No score kind is named {name}",
            next_step="those that exist: {known}",
            name=score,
            known=", ".join((*SCORE_KINDS, "all")),
        )
    kinds = SCORE_KINDS if score == "all" else (score,)
    return index_under(stored, rulebook=rulebook, score_kinds=kinds, changes=changes)


def nothing_found(opened: Snapshot) -> UnknownName:
    """Return the error of a choice without an index; it names the seasons that have one."""
    known = opened.sql("select distinct region_code, edition from region_index order by all")
    seasons = known.select(pl.concat_str("region_code", "edition", separator=" ").alias("season"))["season"]
    return UnknownName(
        "There is no index for this choice",
        next_step="those that exist: {known}",
        known=", ".join(seasons.unique(maintain_order=True)) or "-",
    )
