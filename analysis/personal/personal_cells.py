"""The cells of received files in which a rule finds personal data (`warehouse.keeping.personal_data`)."""

from __future__ import annotations

import json

import polars as pl

from warehouse.keeping.personal_data import MAY_HOLD, rules_found
from warehouse.language import Language
from warehouse.snapshot import Snapshot

SCHEMA = {
    "file_name": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int32,
    "column_number": pl.Int32,
    "rule": pl.String,
}

SUSPECT = """
    select r.file_name, s.sheet, s.row_number, s.original
    from source_row as s
    join receipt as r using (file_sha256)
    where regexp_matches(s.original, $pattern)
      and ($region_code is null or r.region_code = $region_code) and ($edition is null or r.edition = $edition)
    order by r.file_name, s.sheet, s.row_number
"""


def personal_cells(snapshot: Snapshot, region_code: str | None = None, edition: int | None = None) -> pl.DataFrame:
    """Return the cells in which a rule finds personal data, a row for each cell and rule (columns: `SCHEMA`).

    The words themselves are not returned. Columns are counted from 1.
    """
    asked: dict[str, object] = {"pattern": MAY_HOLD, "region_code": region_code, "edition": edition}
    found = [
        (file_name, sheet, row_number, column, rule)
        for file_name, sheet, row_number, original in snapshot.sql(SUSPECT, asked).iter_rows()
        for column, text in enumerate(json.loads(original), start=1)
        for rule in rules_found(text)
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def personal_note(cells: pl.DataFrame, language: Language) -> str:
    """Return the sentence that tells how many cells there are, by rule; empty where there is none."""
    if cells.is_empty():
        return ""
    counts = cells.group_by("rule").len().sort("rule")
    places = cells.select("file_name", "sheet", "row_number", "column_number").n_unique()
    text = language(
        "Personal data found by rule in {cells} cell(s) of {files} file(s) ({rules}): masked on pages, lists and "
        "letters. Where they stand: iga forget find"
    )
    rules = ", ".join(
        f"{language.label('personal_rule', rule)} {language.whole(count)}" for rule, count in counts.iter_rows()
    )
    return text.format(cells=language.whole(places), files=language.whole(cells["file_name"].n_unique()), rules=rules)
