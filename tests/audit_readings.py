"""Fills in the sheet of an audit sample as a reviewer would: levels whose maturity lies within each row's bounds."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from analysis.estimate.drawn_sample import sampled_population
from analysis.index.recompute import Scored
from etl.outgoing.template import HEADER_ROW
from workbench.audit_sheets import CODE, SHEET

DOCUMENT_WORDS = ("v", "ya", "Ada", "1")
"""What a control sheet takes for a document that is there."""


def sheet_rows(path: Path) -> list[list[Any]]:
    """The cells of a sheet, its header in the row HEADER_ROW."""
    return [list(row) for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()]


def filled_in(rows: list[list[Any]], scored: Scored, seed: int = 1) -> list[list[Any]]:
    """The rows with a level in every cell of levels, and a word for each document."""
    chance, header = random.Random(seed), rows[HEADER_ROW - 1]
    rules, columns = scored.walk.target_rules, ("maturity_lower_x100", "maturity_upper_x100")
    bounds = {row[0]: row[1:] for row in sampled_population(scored).select("submission_id", *columns).iter_rows()}
    levels = {found[1]: at for at, text in enumerate(header) if (found := re.match(r"(\d+[a-z]?)\. ", str(text)))}
    code = header.index(CODE)
    filled = [list(row) for row in rows]
    for row in filled[HEADER_ROW:]:
        low, high = bounds[row[code]]
        goal = low + (high - low) * chance.uniform(0.45, 0.65)
        read, points = dict.fromkeys(levels, 0), 0
        steps = [group for group in rules.sid_groups for _level in range(group.top_level)]
        chance.shuffle(steps)
        for group in steps:
            if points < goal and points + group.weight_x100 <= high:
                read[group.number] += 1
                points += group.weight_x100
        for number, at in levels.items():
            row[at], row[at + 1] = read[number], chance.choice(DOCUMENT_WORDS)
    return filled


def as_workbook(rows: list[list[Any]], sheet: str = SHEET) -> bytes:
    """The rows as a workbook, texts as texts."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        written = book.add_worksheet(sheet)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    written.write_string(at, column, cell)
                elif cell is not None:
                    written.write_number(at, column, cell)
    return stream.getvalue()
