"""Ingest judged by its truth: every cell of every clean row, every defect at its exact cell, no silent difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.cells.sheets import read_cells
from etl.layout.declared import Layout, load_layout
from etl.recognition.detect import choose_layout
from etl.tables.make_ready import ready_sheets
from etl.values.canonical_rows import ParsedFile, read_file
from etl.values.columns import EditionScale
from simulation.exports import Export


@dataclass
class Verdict:
    """How one file, or all files of a layout, came out."""

    rows: int = 0
    cells: int = 0
    right_cells: int = 0
    defects: int = 0
    caught_defects: int = 0
    merged: int = 0
    silent: list[str] = field(default_factory=list)
    """what was read otherwise than it is, or set aside without being wrong"""

    def add(self, other: Verdict) -> None:
        """Count another file in."""
        self.rows += other.rows
        self.cells += other.cells
        self.right_cells += other.right_cells
        self.defects += other.defects
        self.caught_defects += other.caught_defects
        self.merged += other.merged
        self.silent += other.silent


def judge(export: Export, content: bytes, scale: EditionScale) -> Verdict:
    """Read the bytes of an export as a load does, without being told the layout, and hold the result to its truth."""
    file_format, sheets = read_cells(content)
    choice = choose_layout(file_format, ready_sheets(sheets), scale)
    verdict = Verdict(rows=len(export.rows), defects=len(export.defects))
    if choice.match is None or choice.match.layout.name != export.layout:
        found = choice.match.layout.name if choice.match else f"{choice.held_rule}: {choice.held_detail}"
        verdict.silent.append(f"{export.layout}: read as {found}")
        return verdict
    parsed = read_file(choice.match, sheets, scale)
    if parsed.held_rule:
        verdict.silent.append(f"{export.layout}: held, {parsed.held_rule}: {parsed.held_detail}")
        return verdict
    _judge_rows(export, parsed, verdict)
    _judge_defects(export, parsed, verdict)
    return verdict


def _judge_rows(export: Export, parsed: ParsedFile, verdict: Verdict) -> None:
    outcomes = {
        number: outcome
        for sheet, number, outcome in parsed.rows.select("sheet", "row_number", "outcome").iter_rows()
        if sheet == export.sheet
    }
    layout = load_layout(export.layout)
    records = _stated(parsed, layout) if layout.kind == "statements" else _by_row(parsed.records)
    answers = _by_row(parsed.answers)
    has_levels = layout.indicators is not None
    for place, row in enumerate(export.rows):
        number = export.first_row + place
        if outcomes.get(number) != row.outcome:
            verdict.silent.append(f"{export.layout} row {number}: {outcomes.get(number)}, not {row.outcome}")
            continue
        verdict.merged += row.outcome == "merged"
        if row.record is None:
            continue
        found = {**records.get(number, {}), **(answers.get(number, {}) if has_levels else {})}
        _judge_cells(export.layout, number, row.record, found, verdict)


def _by_row(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    return {row["row_number"]: row for row in frame.iter_rows(named=True)}


def _stated(parsed: ParsedFile, layout: Layout) -> dict[int, dict[str, Any]]:
    """The statements of each row as one record: each figure and its text under the name of its measure.

    A figure that no statement was made of is empty.
    """
    measures = [column.field for column in layout.columns if column.type == "measure"]
    found: dict[int, dict[str, Any]] = {}
    for row in parsed.records.iter_rows(named=True):
        record = found.setdefault(row["row_number"], dict.fromkeys([*measures, *(f"{m}_text" for m in measures)]))
        name = f"{row['measure']}_{row['year_text']}" if layout.series else row["measure"]
        own = {} if measures or layout.series else {"value": row["value"], "value_text": row["value_text"]}
        passed = {key: value for key, value in row.items() if key not in ("value", "value_text")}
        record |= {**passed, **own}
        if not own:
            record |= {name: row["value"], f"{name}_text": row["value_text"]}
    return found


def _judge_cells(
    layout: str, number: int, truth: Mapping[str, Any], found: Mapping[str, Any], verdict: Verdict
) -> None:
    for name, value in truth.items():
        verdict.cells += 1
        if name in found and found[name] == value:
            verdict.right_cells += 1
        else:
            verdict.silent.append(f"{layout} row {number} {name}: {found.get(name)!r}, not {value!r}")


def _judge_defects(export: Export, parsed: ParsedFile, verdict: Verdict) -> None:
    told = {
        (sheet, number, column.replace("*", "").strip(), rule)
        for sheet, number, column, rule in parsed.quarantine.select(
            "sheet", "row_number", "column_name", "rule"
        ).iter_rows()
        if rule != "duplicate_row"
    }
    wanted = {(export.sheet, defect.row_number, defect.header, defect.rule) for defect in export.defects}
    verdict.caught_defects += len(told & wanted)
    verdict.silent += [f"{export.layout}: {place} was not told" for place in sorted(wanted - told)]
    verdict.silent += [f"{export.layout}: {place} was told without a defect" for place in sorted(told - wanted)]
