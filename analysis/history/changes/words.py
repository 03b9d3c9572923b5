"""Changes in the words of a reader's language: lists and notes, for the command and the page."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from analysis.history.changes.between_states import CHANGES, Changes, net_score, summarised
from warehouse.language import Language
from warehouse.region import region_of_code

CODED = {"stage": "stage", "status": "status"}
"""Columns whose values are codes, and the field of their labels."""


def changes_in_words(
    changes: Changes, language: Language, kinds: Sequence[str] = CHANGES, *, with_scores: bool = False
) -> pl.DataFrame:
    """One row per innovation and change, for people: city, edition, change, title, unit_name, what, before, after.

    `with_scores` adds the columns score_before and score_after: numbers where a score changed, null elsewhere.
    """
    chosen = changes.innovations.filter(pl.col("change").is_in(list(kinds)))
    rows = [
        {
            "city": region_of_code(row["region_code"]).full_name,
            "edition": row["edition"],
            "change": language.label("change", row["change"]),
            "title": row["title"],
            "unit_name": row["unit_name"],
            "what": _column(row["column_name"], row["change"], language),
            "before": _value(row["column_name"], row["before"], language),
            "after": _value(row["column_name"], row["after"], language),
            "difference": row["difference"],
            "score_before": _score(row["column_name"], row["before"]),
            "score_after": _score(row["column_name"], row["after"]),
        }
        for row in summarised(chosen).iter_rows(named=True)
    ]
    names = ("city", "edition", "change", "title", "unit_name", "what", "before", "after", "difference")
    scores = ("score_before", "score_after")
    types: dict[str, Any] = dict.fromkeys(names, pl.String) | dict.fromkeys(("difference", *scores), pl.Decimal(12, 2))
    frame = pl.DataFrame(rows, schema=types | {"edition": pl.Int32})
    return frame if with_scores else frame.drop(scores)


def _column(name: str, change: str, language: Language) -> str:
    is_indicator = change.startswith(("level", "document"))
    name = _ranges(name) if is_indicator else name
    return (
        language("Indicator {numbers}").format(numbers=name) if is_indicator else language.label("change_column", name)
    )


def _ranges(names: str) -> str:
    """Indicator numbers with those that follow each other as a range: "16-19, 22"; others as they stand."""
    runs: list[list[str]] = []
    for name in names.split(", "):
        follows = runs and name.isdigit() and runs[-1][-1].isdigit() and int(name) == int(runs[-1][-1]) + 1
        if follows:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _score(column: str, text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None and column.endswith("_score") else None


def _value(column: str, text: str | None, language: Language) -> str | None:
    if text is None:
        return None
    if column in CODED:
        return language.label(CODED[column], text)
    if text in ("true", "false"):
        return language("yes") if text == "true" else language("no")
    return text.replace(".", ",") if column.endswith("_score") and language.code == "id" else text


def units_in_words(changes: Changes, language: Language) -> pl.DataFrame:
    """Per unit how many changes of each kind there are; kinds that nowhere occur have no column."""
    units = changes.units
    kinds = [name for name in CHANGES if units.height and int(units[name].sum()) > 0]
    return units.select(
        pl.Series("city", [region_of_code(code).full_name for code in units["region_code"]], dtype=pl.String),
        "edition",
        "unit_name",
        *(pl.col(name).alias(language.label("change", name)) for name in kinds),
        pl.col("score_difference"),
    )


def seasons_in_words(changes: Changes, language: Language) -> pl.DataFrame:
    """Per city, edition and rulebook the number of innovations and the claimed index, before and after."""
    rows = [
        {
            "city": region_of_code(row["region_code"]).full_name,
            "edition": row["edition"],
            "innovations_before": row["innovations_before"],
            "innovations_after": row["innovations_after"],
            "rulebook": row["rulebook"],
            "iid_before": language.interval(row["iid_lower_before"], row["iid_upper_before"]),
            "iid_after": language.interval(row["iid_lower_after"], row["iid_upper_after"]),
            "is_estimate": row["is_estimate"],
        }
        for row in changes.seasons.iter_rows(named=True)
    ]
    names = ("city", "edition", "innovations_before", "innovations_after", "rulebook", "iid_before", "iid_after")
    return pl.DataFrame(rows, schema=[*names, "is_estimate"], infer_schema_length=None)


def change_notes(changes: Changes, language: Language) -> list[str]:
    """What stands with the list: the two states, how many changes of each kind, the sum of scores, the mark."""
    counted = dict(changes.innovations.group_by("change").agg(pl.col("submission_id").n_unique()).iter_rows())
    told = ", ".join(f"{language.label('change', kind)} {counted[kind]}" for kind in CHANGES if kind in counted)
    notes = [
        language("From {before} to {after}.").format(before=changes.before, after=changes.after),
        language("Innovations by kind of change: {counts}.").format(counts=told)
        if told
        else language("Nothing has changed."),
    ]
    if told:
        text = language("Claimed scores together: {difference}.")
        notes.append(text.format(difference=language.number(net_score(changes))))
        notes.append(
            language("Gone: no longer in the last full export; a partial export or a correction withdraws nothing.")
        )
    if changes.is_simulated:
        notes.append(language("SIMULATED DATA: figures of simulated seasons are examples, not results."))
    return notes


def uses_in_words(files: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Received files (``sql/files.sql``) for people: `use` says what counts of each, and why; `coverage` in words."""
    uses = [
        language.label("receipt_use", use) + (f": {other}" if other else "")
        for use, other in files.select("use", "superseded_by").iter_rows()
    ]
    coverages = [language.label("receipt_coverage", code) for code in files["coverage"]]
    return files.with_columns(
        pl.Series("use", uses, dtype=pl.String), pl.Series("coverage", coverages, dtype=pl.String)
    )
