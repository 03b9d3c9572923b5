"""The list of proposals that a mentor ticks, as workbook or CSV, and the answers taken back from it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from analysis.evidence.decisions import CONFIRMED, REFUSED, Decision, answer_of, keep_decisions
from analysis.evidence.season_evidence import SeasonEvidence
from analysis.evidence.words import EVIDENCE_HEADERS, evidence_notes
from warehouse import disk
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.language import Language
from workbench.output import safe_csv

ANSWER = "answer"
KEY = "key"
"""The column that ties a line to innovation, indicator and the file's bytes; its heading is the same in every language.

It begins with a letter, so that no rule takes it for the number of a person.
"""
OTHER = "Indikator lain / Other indicator"
"""The column for the number of another indicator that the file proves; its heading is the same in every language."""
SHOWN = (
    "title", "unit_name", "indicator", "file_name", "confidence", "check_opens", "check_type", "check_names_innovation",
    "check_year", "check_number", "check_signature", "check_own_bytes", "years", "state",
)  # fmt: skip
MARKS = {CONFIRMED: "v", REFUSED: "x"}


class TickListInvalid(WorkbenchError):
    """A list of ticks lacks the columns that tie its lines to files."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class TakenBack:
    """What came of a list: decisions kept, lines without an answer, answers not understood, files not as they were."""

    kept: int
    without_answer: int
    not_understood: tuple[str, ...]
    not_as_it_was: tuple[str, ...]


def write_tick_list(path: Path, found: SeasonEvidence, language: Language) -> None:
    """Write the proposals, each with a cell to tick, as CSV or workbook by the ending of the name."""
    from analysis.evidence.words import told_in_words

    told = told_in_words(found.proposals, language).select(SHOWN)
    answers = [MARKS.get(state, "") for state in found.proposals["state"]]
    keys = [_key(row) for row in found.proposals.iter_rows(named=True)]
    others = _of_innovations(found.unproposed)
    told = pl.concat([told, others.select(name for name in SHOWN if name in others.columns)], how="diagonal")
    keys += [_key({**row, "indicator_number": ""}) for row in others.iter_rows(named=True)]
    frame = pl.concat(
        [
            pl.DataFrame({ANSWER: pl.Series([*answers, *[""] * others.height], dtype=pl.String)}),
            told.select(pl.lit("").alias(OTHER), pl.all()),
            pl.DataFrame({KEY: keys}, schema={KEY: pl.String}),
        ],
        how="horizontal",
    )
    if path.suffix.casefold() == ".csv":
        headers = {ANSWER: language(EVIDENCE_HEADERS[ANSWER])}
        headers |= {name: language(EVIDENCE_HEADERS[name]) for name in SHOWN}
        disk.write_text(
            path,
            "\ufeff" + safe_csv(frame.select(pl.col(name).alias(headers.get(name, name)) for name in frame.columns)),
        )
        return
    from reports.render.list_workbook import write_workbook

    headers = {name: EVIDENCE_HEADERS[name] for name in (ANSWER, *SHOWN)}
    notes = [
        language("Tick the first column: v for a file that proves the indicator, x for one that does not."),
        language("In the second column: the number of another indicator that the file proves."),
    ]
    with disk.new_file(path) as stream:
        write_workbook(
            stream, {language("Evidence"): frame}, language, headers, [*notes, *evidence_notes(found, language)]
        )


def take_back(home: Home, path: Path, found: SeasonEvidence, region_code: str, edition: int) -> TakenBack:
    """Keep the answers of a list. A line whose file has other bytes now is named, and its answer is not kept.

    Raises TickListInvalid, and UnreadableFile for a file that cannot be read.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    for row in found.proposals.iter_rows(named=True):
        known.setdefault(_key(row), []).append(row)
    for row in _of_innovations(found.unproposed).iter_rows(named=True):
        known.setdefault(_key({**row, "indicator_number": ""}), []).append({**row, "indicator_number": ""})
    of_number = {indicator.number.casefold(): indicator for indicator in found.listed.indicators}
    decisions: list[Decision] = []
    without, odd, changed = 0, list[str](), list[str]()
    for line in _lines(path):
        text, others = line[ANSWER].strip(), [one for one in re.split(r"[,;\s]+", line[OTHER]) if one]
        answer, rows = answer_of(text), known.get(line[KEY], [])
        if not text and not others:
            without += 1
        elif not rows:
            changed.append(line[KEY][1:9])
        else:
            proposed = [row for row in rows if row["indicator_number"]]
            if text and not (answer and proposed):
                odd.append(text)
            decisions += [_decision(row, region_code, edition, answer) for row in proposed if answer]
            odd += [number for number in others if number.casefold() not in of_number]
            said = [of_number[number.casefold()] for number in others if number.casefold() in of_number]
            rows = [{**row, "indicator_number": one.number, "indicator_key": one.key} for one in said for row in rows]
            decisions += [_decision(row, region_code, edition, CONFIRMED) for row in rows]
    return TakenBack(keep_decisions(home, decisions), without, tuple(odd), tuple(changed))


def _of_innovations(unproposed: pl.DataFrame) -> pl.DataFrame:
    """Return the files that no name proposes, of innovations alone: of another one nobody knows whose it is."""
    return unproposed.filter(pl.col("submission_id") != "")


def _key(row: Mapping[str, Any]) -> str:
    return f"e{row['submission_id']}_{row['indicator_number']}_{row['sha256']}"


def _decision(row: Mapping[str, Any], region_code: str, edition: int, answer: str) -> Decision:
    return Decision(
        region_code, edition, row["submission_id"], row["indicator_number"], row["indicator_key"], row["file_name"],
        row["sha256"], answer,
    )  # fmt: skip


def _lines(path: Path) -> list[dict[str, str]]:
    """Return the lines of a list by name: the first column is the answer, whatever its heading."""
    for rows in _tables(path):
        for place, row in enumerate(rows):
            if KEY in row:
                columns = {KEY: row.index(KEY), ANSWER: 0, OTHER: row.index(OTHER) if OTHER in row else len(row)}
                return [
                    {name: cells[column] if column < len(cells) else "" for name, column in columns.items()}
                    for cells in rows[place + 1 :]
                    if any(cells)
                ]
    raise TickListInvalid(
        "This is no list of evidence to tick: the column {column} is missing",
        next_step="write one with `iga evidence CITY EDITION --write-list FILE`, and leave its last column as it is",
        place=str(path),
        column=KEY,
    )


def _tables(path: Path) -> Sequence[list[list[str]]]:
    content = path.read_bytes()
    if content.startswith(b"PK"):
        from etl.worker.cells_apart import read_cells_apart

        return [[list(map(_text, row)) for row in sheet.rows] for sheet in read_cells_apart(content)[1]]
    text = content.decode("utf-8-sig", errors="replace")
    head = text.split("\n", maxsplit=1)[0]
    delimiter = max(",;\t", key=head.count)
    return [[[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]]


def _text(cell: Any) -> str:
    if cell is True:
        return "1"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None or cell is False else str(cell).strip()


def told_back(taken: TakenBack, language: Language) -> list[str]:
    """Return what came of a list, in words."""
    _ = language
    notes = [_("{count} decision(s) kept.").format(count=taken.kept)]
    if taken.without_answer:
        notes.append(_("{count} line(s) without an answer stay as they were.").format(count=taken.without_answer))
    named: Mapping[str, Sequence[str]] = {
        _("Answers that are not understood: {names}"): taken.not_understood,
        _("Files that are not as they were when the list was written; check again: {names}"): taken.not_as_it_was,
    }
    notes += [text.format(names=", ".join(names)) for text, names in named.items() if names]
    return notes
