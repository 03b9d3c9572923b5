"""A trace as people read it: figures in words, file names without their folders, a table for a notebook."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analysis.result import Result
from warehouse.language import Language

TRACE_HEADERS = {
    "figure": "Figure",
    "label": "Innovation or line",
    "column_name": "Column",
    "value": "Value",
    "file_name": "File",
    "sheet": "Sheet",
    "row_number": "Row",
    "cell": "Cell",
    "original_text": "Original words",
}
CORRECTION_HEADERS = {**TRACE_HEADERS, "correction": "Correction"}
FIGURE_MESSAGES = {
    "iid": "Index",
    "spd_score": "SPD",
    "mean_maturity": "Mean maturity",
    "innovation_count": "Innovations reported",
    "count_score": "Innovations counted",
    "submission": "Innovation",
    "answer": "Answer",
    "region_answer": "SPD answer",
    "unit": "Unit",
    "received_statement": "Stated figure",
    "jury_score": "Jury score",
    "row": "Row of the file",
    "quarantine": "Set aside",
    "observation": "Read as",
}


def trace_in_words(found: pl.DataFrame, language: Language) -> pl.DataFrame:
    """The columns of `TRACE_HEADERS`, the figure in words and the file without its folder.

    Where a correction on file has set a value, a column `correction` says which one and why.
    """
    figures = [language(FIGURE_MESSAGES[figure]) for figure in found["figure"]]
    # The folder of city and edition is known from the question.
    name = pl.col("file_name").str.split("/").list.last()
    correction = pl.concat_str("correction", "correction_reason", separator=": ", ignore_nulls=True)
    shown = found.with_columns(
        pl.Series("figure", figures, dtype=pl.String),
        name.alias("file_name"),
        pl.when(pl.col("correction").is_not_null()).then(correction).alias("correction"),
    )
    is_corrected = found["correction"].is_not_null().any()
    return shown.select(list(CORRECTION_HEADERS if is_corrected else TRACE_HEADERS))


@dataclass(frozen=True, kw_only=True, repr=False)
class TraceResult(Result):
    """The cells behind a figure, or what became of a row of a file; columns are `figure_cells.SCHEMA`."""

    def for_people(self) -> pl.DataFrame:
        """The rows as text, the figure in words and the file without its folder."""
        told = trace_in_words(self.frame, self.language)
        return Result(frame=told, title=self.title, language=self.language, shown=self.shown).for_people()

    def in_words(self) -> pl.DataFrame:
        """Return the rows with the figure in words and the file without its folder."""
        return trace_in_words(self.frame, self.language)


def trace_result(found: pl.DataFrame, title: str, language: Language) -> TraceResult:
    """What `trace_figure` or `trace_row` gave, to be looked at."""
    headings = {name: language(text) for name, text in CORRECTION_HEADERS.items()}
    return TraceResult(frame=found, title=title, language=language, shown=headings)
