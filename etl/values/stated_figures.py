"""Rows that state figures (rankings, recaps, series by year, published statements) become one record per figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from etl import contracts
from etl.cells.sheets import Cell, as_text
from etl.layout.declared import Match, Series
from etl.values.normalise import decimal_mark_of, figure_of, is_missing, printed_number

PASSED = ("year_text", "rank_text", "predicate_text", "scale", "scope", "address", "access_date", "confidence", "note")
"""Fields that a statement takes over from its row as they are."""


Refused = tuple[int, str, str, str]
"""Row number, canonical field, rule and original text of a figure that could not be read."""


def statement_records(
    match: Match, rows: Mapping[str, Sequence[Any]], cells: Sequence[Mapping[str, Cell]]
) -> tuple[dict[str, list[Any]], list[Refused]]:
    """Columns of `contracts.StatementRecord`, from the kept rows of a file and their cells; what was refused.

    A layout names the figure by a field of type ``measure`` (its name is the measure), by columns that stand for
    years, or, in the template of published statements, by the row itself (``measure`` and ``value_text``).
    """
    records: list[dict[str, Any]] = []
    refused: list[Refused] = []
    for place, original in enumerate(cells):
        row = {name: column[place] for name, column in rows.items()}
        common = {"row_number": row["row_number"], "match_key": row["match_key"], "subject": row["subject"]}
        common |= {name: row.get(name) for name in PASSED}
        for name, figure, rule in _figures(match, row, original):
            records.append({**common, **figure})
            if rule:
                refused.append((row["row_number"], name, rule, str(figure["value_text"])))
    names = contracts.StatementRecord.column_names()
    return {name: [record.get(name) for record in records] for name in names}, refused


def _figures(
    match: Match, row: Mapping[str, Any], original: Mapping[str, Cell]
) -> list[tuple[str, dict[str, Any], str]]:
    """(field, figure, rule broken) of every figure that a row states."""
    if "measure" in match.columns:
        text = as_text(original.get("value_text")).strip()
        low, high = bounds_of(row.get("scale"))
        value, rule = printed_number(text, low, high) if text else (None, None)
        return [("value_text", {"measure": row["measure"], "value_text": text or None, "value": value}, rule or "")]
    figures = [
        (name, {"measure": name, "value_text": as_text(original[name]), "value": row[name]}, "")
        for name in match.columns
        if match.layout.column(name).type == "measure" and row[name] is not None
    ]
    return figures + (_of_years(match, match.layout.series, original) if match.layout.series is not None else [])


def _of_years(match: Match, series: Series, original: Mapping[str, Cell]) -> list[tuple[str, dict[str, Any], str]]:
    # A number stays one: its text would be read with the decimal mark of the texts beside it.
    cells = {year: original[year] for year in match.years if not is_missing(original[year])}
    mark, open_rule = decimal_mark_of(cells.values(), match.layout.decimal_mark)
    figures = []
    for year, cell in cells.items():
        value, rule = (None, open_rule) if open_rule else figure_of(mark)(cell)
        figure = {"measure": series.measure, "year_text": year, "value_text": as_text(cell), "value": value}
        figures.append((f"year_{year}", figure, rule or ""))
    return figures


def bounds_of(scale: str | None) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and highest value of a scale as people write it (`0-100`, `0 - 111`); None where it names none."""
    found = re.fullmatch(r"\s*(\d+)\s*[-–]\s*(\d+)\s*", scale or "")
    return (Decimal(found[1]), Decimal(found[2])) if found else (None, None)
