"""Damaged lists judged by their truth: each value right, or told at its cell or for its file, or silently otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from etl.cells.sheets import read_cells
from etl.lake import LakeFile
from etl.layout.declared import Match, simplified
from etl.parse import parse
from etl.receipt import Receipt
from etl.recognition.detect import Choice
from etl.recognition.evidence import first_header
from etl.season.own_word_heard import with_own_word_heard
from etl.values.canonical_rows import ParsedFile
from etl.values.columns import EditionScale
from simulation.draft import Draft, Original, original_of
from warehouse.region import Region

_NO_VALUES = ("row_number", "match_key", "title_original", "title_note")
"""Fields of a record that say where it stands or how it was typed."""
_COLUMN_OF = {"latitude": "coordinate", "longitude": "coordinate"}


@dataclass
class Judgement:
    """How the files of one kind of damage came out."""

    files: int = 0
    held: int = 0
    values: int = 0
    right: int = 0
    told: int = 0
    silent: list[str] = field(default_factory=list)

    def add(self, other: Judgement) -> None:
        """Count another one in."""
        self.files += other.files
        self.held += other.held
        self.values += other.values
        self.right += other.right
        self.told += other.told
        self.silent += other.silent


def undamaged(
    content: bytes,
    scale: EditionScale,
    region: Region,
    edition: int,
    known: dict[int, dict[str, Any]] | None = None,
) -> Original:
    """Return a file with the truth of its rows: as `known`, or as they are read while nothing is damaged.

    Only rows of which nothing is rejected and no other is a repetition are kept.
    """
    file_format, sheets = read_cells(content)
    choice, parsed = parse(lambda: content, scale)
    if choice.match is None or parsed.held_rule:
        raise ValueError(f"The undamaged file is held: {choice.held_rule or parsed.held_rule}")
    found = _records(parsed)
    told = {(sheet, number) for sheet, number in parsed.quarantine.select("sheet", "row_number").iter_rows()}
    outcomes = parsed.rows.select("sheet", "row_number", "outcome", "merged_into")
    merged = {into for _, _, _, into in outcomes.iter_rows() if into is not None}
    truth = {
        number: record if known is None else {**known[number]}
        for sheet, number, outcome, _ in outcomes.iter_rows()
        if outcome == "accepted" and (sheet, number) not in told and number not in merged
        if (record := found.get(number)) is not None and (known is None or known.get(number))
    }
    return original_of(choice.match, sheets, file_format, truth, region, edition)


def judged(draft: Draft, scale: EditionScale) -> Judgement:
    """Read a damaged list as a load does, without being told its layout, and hold the result to its truth."""
    content = draft.content()
    choice, parsed = parse(lambda: content, scale)
    places = draft.places()
    truth = draft.original.truth
    judgement = Judgement(files=1, values=sum(len(_values(truth[source])) for source in places.values()))
    if choice.match is None or parsed.held_rule or _is_held_by_its_own_word(choice, parsed, draft):
        judgement.held, judgement.told = 1, judgement.values
        return judgement
    if draft.is_elsewhere:
        judgement.silent.append("read although it names another place")
        return judgement
    _judge_rows(draft, places, choice, parsed, judgement)
    return judgement


def _is_held_by_its_own_word(choice: Choice, parsed: ParsedFile, draft: Draft) -> bool:
    original = draft.original
    receipt = Receipt(
        "0" * 64,
        f"daftar.{draft.file_format}",
        original.region.region_code,
        original.edition,
        date(original.edition, 8, 1),
    )
    frames = {"rows": parsed.rows, "quarantine": parsed.quarantine}
    layout = None if choice.match is None else choice.match.layout
    name = None if layout is None else layout.name
    file = LakeFile(receipt, name, {}, None, {}, None, frames, was_parsed=True, declared=layout)
    file = replace(file, own_word=parsed.own_word)
    return with_own_word_heard([file])[0].held_rule is not None


def _values(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in _NO_VALUES}


def _records(parsed: ParsedFile) -> dict[int, dict[str, Any]]:
    """The records by the number under which they are read, with the answers of their row."""
    found: dict[int, dict[str, Any]] = {row["row_number"]: row for row in parsed.records.iter_rows(named=True)}
    if parsed.answers.width:
        for row in parsed.answers.iter_rows(named=True):
            found.setdefault(row["row_number"], {}).update(row)
    return found


def _judge_rows(
    draft: Draft, places: dict[tuple[str, int], int], choice: Choice, parsed: ParsedFile, judgement: Judgement
) -> None:
    records = _records(parsed)
    rows = {(row["sheet"], row["row_number"]): row for row in parsed.rows.iter_rows(named=True)}
    told_rows, told_cells = _told(parsed.quarantine)
    absent = _absent_fields(draft, choice)
    for place, source in places.items():
        truth = _values(draft.original.truth[source])
        row = rows.get(place)
        record = {} if row is None else records.get(_read_as(row, rows), {})
        for name, value in truth.items():
            if record and record.get(name) == value and (value is None or name in record):
                judgement.right += 1
            elif place in told_rows or _header(choice.match, name) in told_cells.get(place, ()) or name in absent:
                judgement.told += 1
            else:
                outcome = "lost" if row is None else row["outcome"]
                judgement.silent.append(f"{place} {outcome} {name}: {record.get(name)!r}, not {value!r}")
    invented = [place for place, row in rows.items() if row["outcome"] == "accepted" and place not in places]
    judgement.silent += [f"{place}: a row that is no data was read" for place in invented if place not in told_rows]


def _read_as(row: dict[str, Any], rows: dict[tuple[str, int], dict[str, Any]]) -> int:
    """The number of the record that speaks for a row: its own, or that of the row that says the same."""
    if row["merged_into"] is not None:
        row = rows.get((row["merged_sheet"] or row["sheet"], row["merged_into"]), row)
    return int(row["read_as"] or row["row_number"])


def _told(quarantine: pl.DataFrame) -> tuple[set[tuple[str, int]], dict[tuple[str, int], set[str]]]:
    """The rows, and by row the headers of the cells, of which something is told."""
    told_rows: set[tuple[str, int]] = set()
    told_cells: dict[tuple[str, int], set[str]] = {}
    for row in quarantine.iter_rows(named=True):
        place = (row["sheet"], row["row_number"])
        if row["scope"] == "row":
            told_rows.add(place)
        told_cells.setdefault(place, set()).add(simplified(row["column_name"] or ""))
    return told_rows, told_cells


def _header(match: Match | None, name: str) -> str:
    """The header under which a field is read in the damaged file, for comparing."""
    if match is None:
        return "?"
    base = name.removesuffix("_x100")
    kind, _, number = base.partition("_")
    places = {"level": match.levels, "points": match.levels, "document": match.documents}.get(kind, {})
    column = places.get(number, match.columns.get(base, match.columns.get(_COLUMN_OF.get(base, ""))))
    return "?" if column is None else simplified(match.headers[column])


def _absent_fields(draft: Draft, choice: Choice) -> Collection[str]:
    """The fields whose column was taken away, where the reason of the choice names the column as absent.

    A list that is told to be only like another system's, which has no such column, says it as well.
    """
    if choice.match is None:
        return ()
    told, layout = choice.reason.get("absent", ""), choice.match.layout
    names = {column.field for column in layout.columns if first_header(layout, column) in told}
    if "like" in choice.reason:
        names |= draft.absent - {column.field for column in layout.columns}
    gone = names & draft.absent
    return {*gone, *(f"{name}_x100" for name in gone), *(part for part, name in _COLUMN_OF.items() if name in gone)}
