"""The command score: the kernel alone, on a lake of Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from warehouse import disk
from workbench.assume_option import AssumeOption, assumption_notes
from workbench.completion import known_editions
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, show, show_paths

_ = language_of_environment()

HEADERS = {
    "region_code": "City",
    "edition": "Edition",
    "iid": "IID",
    "innovation_count": "Innovations",
    "coverage": "What is missing",
}

OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", help=_("Write the indices to this Parquet file instead of printing them."), show_default=False
    ),
]


def score(
    lake: Annotated[Path, typer.Option("--lake", help=_("Lake of Parquet files (wide answers, submissions, SPD)."))],
    engine: Annotated[str, typer.Option("--engine", help=_("Engine: polars, duckdb or spark."))] = "polars",
    rules: Annotated[
        str | None,
        typer.Option(
            "--rules",
            help=_("Rulebook to score by (otherwise the newest complete one)."),
            show_default=False,
            autocompletion=known_editions,
        ),
    ] = None,
    out: OutOption = None,
    assume: AssumeOption = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Score a lake with the kernel alone; the indices are equal on every engine to the last digit."""
    from analysis.index.lake_scores import score_lake
    from iga.rulebook import switches_of
    from warehouse.rules.home_rules import rulebooks_of

    language = language_of(lang)
    changes = switches_of(assume or ())
    rulebooks = rulebooks_of(home_of(home))
    rulebook = rulebooks.newest_complete() if rules is None else rulebooks.of(rules)
    indices = score_lake(lake, rulebook, engine=engine, assumptions=rulebook.assume(**changes))
    if out is not None:
        with disk.new_file(out) as stream:
            indices.write_parquet(stream)
        show_paths([out], form, language)
        return
    if form is not Format.table:
        show(indices, form, language)
        return
    bounds = indices.select("iid_lower_x100", "iid_upper_x100").iter_rows()
    iid = [language.interval(*(None if each is None else each / 100 for each in pair)) for pair in bounds]
    told = indices.with_columns(
        pl.Series("iid", iid, dtype=pl.String),
        pl.Series("coverage", [language.coverage(codes) for codes in indices["coverage"]], dtype=pl.String),
    )
    show(
        told.select(list(HEADERS)),
        form,
        language,
        headers=HEADERS,
        notes=assumption_notes(indices, changes, language, rulebooks),
    )
