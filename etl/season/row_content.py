"""What stands in the data rows of a file: their records, and the text of each field as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from etl.lake import LakeFile
from etl.layout.declared import simplified
from etl.season.receipt_columns import places_of, read_number, read_targets, sheet_of
from etl.season.row_matching import Row
from etl.season.table_contracts import STATED
from etl.values.canonical_rows import source_id_of
from etl.values.normalise import title_key

TOGETHER = (("title", "title_original", "title_note"), ("latitude", "longitude"))
"""Fields that are read from one cell, or mean something together only."""


@dataclass(frozen=True)
class RowContent:
    """What was read of the data rows of a file: their records, answers, and the text of each field."""

    sheet: str
    records: dict[int, dict[str, Any]]
    answers: dict[int, dict[str, Any]]
    texts: dict[int, dict[str, str]]
    fields: frozenset[str]
    marks: dict[int, str]
    broken: frozenset[int]
    """rows whose id was changed, or is that of a row of another file"""

    @classmethod
    def of(cls, file: LakeFile, *, is_back: bool = False) -> RowContent:
        """Return the content of a file; rows that came back bear the ids that they brought, others their own."""
        frames = file.frames
        origins = frames["origins"]
        sheet = str(origins["sheet"][0]) if origins.height else sheet_of(file)
        here = origins.filter(pl.col("sheet") == sheet)
        records = _by_number(frames["records"])
        if here["row_number"].null_count() < here.height:
            told = {name: _settled(text) for name, text in origins.select("field_name", "original_text").iter_rows()}
            texts = {number: {name: text for name, text in told.items() if text} for number in records}
        else:
            columns = list(here.select("field_name", "column_number").iter_rows())
            texts = _texts(rows_read(file, sheet), columns)
        sha, places = file.receipt.file_sha256, places_of(file)
        marks = {number: source_id_of(sha, *places.get(number, (sheet, number))) for number in texts}
        broken: set[int] = set()
        if is_back:
            marks, begins_with = {}, file.corrects or ""
            ids = frames.get("row_ids", pl.DataFrame())
            number_of = {place: number for number, place in places.items()}
            for page, row, begins, mark in ids.iter_rows() if ids.width else ():
                number = number_of.get((page, row)) if places else row if page == sheet else None
                if number is None:
                    continue
                if mark is not None and begins_with.startswith(begins):
                    marks[number] = mark
                else:
                    broken.add(number)
        names = frozenset(origins["field_name"])
        return cls(sheet, records, _by_number(frames["answers"]), texts, names, marks, frozenset(broken))

    def changed(self, place: int, now: RowContent, number: int) -> frozenset[str]:
        """Return the fields of a row that say something else in the file that came back, in writing and in meaning.

        `answers` stands for those of its indicators. A field whose column was taken out did not change.
        """
        before, after = self.records[place], now.records[number]
        changed = {
            name
            for name in before.keys() - {"match_key"}
            if before[name] != after.get(name) and self._differs(name, place, now, number)
        }
        for group in TOGETHER:
            if changed & set(group):
                changed |= set(group)
        old, new = self.answers.get(place, {}), now.answers.get(number, {})
        if any(old.get(name) != new.get(name) and self._differs(name, place, now, number) for name in old | new):
            changed.add("answers")
        return frozenset(changed)

    def _differs(self, name: str, place: int, now: RowContent, number: int) -> bool:
        """Whether what a column of a record is read from is written otherwise; where nothing tells it is."""
        sources = {name.removesuffix("_x100")}
        if name.startswith(("level_", "points_", "document_")):
            indicator = name.partition("_")[2]
            sources = {f"level_{indicator}", f"document_{indicator}"}
        if not sources & (self.fields | now.fields):
            return True
        old, new = self.texts.get(place, {}), now.texts.get(number, {})
        return any(old.get(source) != new.get(source) for source in sources & now.fields)

    def rows(self) -> list[Row]:
        """The data rows, to be matched."""
        return [self._row(number, texts) for number, texts in self.texts.items()]

    def _row(self, number: int, texts: Mapping[str, str]) -> Row:
        record = self.records.get(number, {})
        title = simplified(record.get("title") or texts.get("title", ""))
        unit = record.get("unit_name") or texts.get("unit_name", "")
        number_of_system = record.get("external_id") or texts.get("external_id") or None
        compared = {name: text for name, text in texts.items() if _is_compared(name)}
        name = title_key(title, unit) if title else ""
        return Row(number, title, name, compared, number_of_system, self.marks.get(number), number in self.broken)


def _is_compared(name: str) -> bool:
    """Whether a field tells a row from others: what it is called, and its number in a list, are looked at apart."""
    if name.startswith(("title", "external_id")):
        return False
    return name in STATED or f"{name}_x100" in STATED or name.startswith(("level_", "document_"))


def _by_number(frame: pl.DataFrame) -> dict[int, dict[str, Any]]:
    return {row.pop("row_number"): row for row in frame.iter_rows(named=True)} if frame.width else {}


def rows_read(file: LakeFile, sheet: str) -> pl.DataFrame:
    """Return the rows of what was read, with the `number` under which records know each, and of `target`.

    That is a sheet, or all that were read as one; `target` is the number of the row that a row repeats.
    """
    rows = file.frames["rows"]
    here = pl.col("read_as").is_not_null() if places_of(file) else pl.col("sheet") == sheet
    numbered = rows.with_columns(read_number().alias("number"), pl.Series("target", read_targets(file), dtype=pl.Int64))
    return numbered.filter(here)


def _texts(rows: pl.DataFrame, columns: Sequence[tuple[str, int]]) -> dict[int, dict[str, str]]:
    """Row number -> field -> text, of the data rows; those that repeat another are left out."""
    is_data = ~pl.col("outcome").cast(pl.String).is_in(["structural", "merged"])
    data = rows.filter(is_data).select("number", "original")
    return {number: dict(_fields(json.loads(original), columns)) for number, original in data.iter_rows()}


def _fields(cells: Sequence[str], columns: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """Field and text; where a column stands in for another, the texts of both."""
    texts: dict[str, str] = {}
    for name, column in columns:
        if column <= len(cells) and (text := _settled(cells[column - 1])):
            texts[name] = f"{texts[name]} | {text}" if name in texts else text
    yield from texts.items()


def _settled(text: str | None) -> str:
    """A cell's text as every program that saves it again leaves it."""
    return " ".join((text or "").split()).removesuffix(" 00:00:00")
