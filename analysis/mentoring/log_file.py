"""The log of mentoring: `<home>/mentoring/<region_code>/<edition>.csv`, a row for each step, which people may edit.

A row says of an innovation (and one of its indicators) on which day and in which round somebody asked, answered or
decided. The program only adds rows: what stands in the file stays as it is, in its own columns, separator and order. A
cell that cannot be read costs nothing but itself, and is told with file, row, column and next step.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from importlib import resources
from pathlib import Path

from warehouse import disk
from warehouse.errors import DataFileInvalid
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.lock import held_by_this_process

FOLDER = "mentoring"
COLUMNS = (
    "date", "innovation", "title", "unit", "indicator", "round", "level", "reason", "reply", "evidence", "result",
    "developed", "by",
)  # fmt: skip
SAID = frozenset({"level", "reason", "reply", "evidence", "result", "developed"})
"""The columns of which at least one is filled in where somebody said something."""
DELIMITERS = (";", ",", "\t")
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_SEPARATORS = re.compile(r"[\W_]+")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
_NUMBER = re.compile(r"(\d+[a-z]?)(?=$|[.\s])", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One row of the log: who said what of an indicator of an innovation; empty texts where nothing was said."""

    day: date | None = None
    innovation: str = ""
    title: str = ""
    unit: str = ""
    indicator: str = ""
    round: str = ""
    level: int | None = None
    reason: str = ""
    reply: str = ""
    evidence: str = ""
    result: str = ""
    developed: date | None = None
    by: str = ""

    @property
    def act(self) -> str:
        """What the step was: its result, else answered, asked, or only noted."""
        if self.result:
            return self.result
        if self.reply or self.evidence:
            return "answered"
        return "asked" if self.reason else "noted"

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same step: all that they say."""
        return tuple("" if value is None else str(value).strip() for value in _values(self))


@dataclass(frozen=True)
class StepFault:
    """A cell of the log or of a returned workbook that cannot be used: where it stands, and which rule it breaks."""

    file: str
    row: int
    column: str
    text: str
    rule: str


@dataclass(frozen=True)
class MentoringLog:
    """The steps of a season in no order, and what of the file cannot be read."""

    steps: tuple[Step, ...] = ()
    faults: tuple[StepFault, ...] = ()


def log_path(home: Home, region_code: str, edition: int) -> Path:
    """Return where the log of a season lies."""
    return home.root / FOLDER / region_code / f"{edition}.csv"


def read_log(home: Home, region_code: str, edition: int) -> MentoringLog:
    """Return the log of a season; empty without a file. Raises DataFileInvalid for a file without usable columns."""
    path = noted(home, log_path(home, region_code, edition))
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return MentoringLog()
    return steps_of_rows(rows_of(content), path.relative_to(home.root).as_posix())


def editions_with_log(home: Home, region_code: str) -> list[int]:
    """Return the editions of which a region has a log."""
    folder = home.root / FOLDER / region_code
    return sorted(int(path.stem) for path in folder.glob("*.csv") if path.stem.isdecimal())


def append_steps(home: Home, region_code: str, edition: int, steps: Iterable[Step]) -> int:
    """Add steps that the log does not have yet, and return how many they are; every row that stands there stays.

    Raises DataFileInvalid where the file has no columns that rows could be added under.
    """
    path = log_path(home, region_code, edition)
    with held_by_this_process(home, "iga mentoring"):
        content = path.read_bytes() if path.is_file() else b""
        text, encoding = _decoded(content)
        known = {step.key for step in steps_of_rows(rows_of(content), path.name).steps} if content.strip() else set()
        added = list({step.key: step for step in steps if step.key not in known}.values())
        if not added:
            return 0
        delimiter, header = (",", list(COLUMNS)) if not content.strip() else _shape(text)
        columns = _columns_of(header, path.name)
        stream = io.StringIO()
        lines = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n" if "\r\n" in text else "\n")
        if not content.strip():
            lines.writerow(COLUMNS)
        for step in sorted(added, key=sort_key):
            cells = dict(zip(COLUMNS, _values(step), strict=True))
            lines.writerow(
                [_written(cells[columns[place]]) if place in columns else "" for place in range(len(header))]
            )
        whole = text + ("" if not text or text.endswith("\n") else "\n") + stream.getvalue()
        disk.make_folder(path.parent)
        disk.write_bytes(path, _encoded(whole, encoding))
    return len(added)


def sort_key(step: Step) -> tuple[object, ...]:
    """Return the order of steps, which does not depend on that of the file: day, round, what was done, all it says."""
    order, acts = round_order(), act_order()
    place = order.index(step.round) if step.round in order else -1
    return (step.day or date.min, place, acts.index(step.act), step.key)


def steps_of_rows(
    rows: Sequence[tuple[int, Sequence[object]]], file: str, *, is_sheet: bool = False, on: date | None = None
) -> MentoringLog:
    """Return the steps of rows (number, cells), of which the first that names columns is the header.

    Of a sheet that was filled in, rows in which nobody said anything are none; one without a day is of the day `on`.

    Raises DataFileInvalid where no row names them.
    """
    at, columns = header_of(rows, file)
    steps, faults = [], []
    for number, cells in rows[at + 1 :]:
        told = {
            name: cells[place] for place, name in columns.items() if place < len(cells) and not _is_empty(cells[place])
        }
        if not told or (is_sheet and SAID.isdisjoint(told)):
            continue
        values: dict[str, object] = {}
        for name, cell in told.items():
            value, rule = _read(name, cell)
            if rule:
                faults.append(StepFault(file, number, name, _text(cell), rule))
            if value is not None:
                values["day" if name == "date" else name] = value
        if is_sheet and "date" not in told:
            told["date"] = values["day"] = on
        step = Step(**values)  # type: ignore[arg-type]
        if not (step.innovation or step.title):
            faults.append(StepFault(file, number, "title", "", "innovation_missing"))
            continue
        if step.day is None and "date" not in told:
            faults.append(StepFault(file, number, "date", "", "date_missing"))
        if not step.round and "round" not in told:
            faults.append(StepFault(file, number, "round", "", "round_missing"))
        steps.append(step)
    return MentoringLog(tuple(steps), tuple(faults))


def header_of(rows: Sequence[tuple[int, Sequence[object]]], file: str) -> tuple[int, dict[int, str]]:
    """Return which row names the columns, and the column of each place. Raises DataFileInvalid where none does."""
    for at, (_number, cells) in enumerate(rows[:12]):
        columns = {place: name for place, cell in enumerate(cells) if (name := word_in("column", _text(cell)))}
        named = set(columns.values())
        if {"title", "innovation"} & named and {"round", "reason", "reply", "result", "developed"} & named:
            return at, columns
    raise DataFileInvalid(
        "{file} names no innovation, or nothing that was said of it",
        next_step="columns: {columns}",
        place=file,
        file=file,
        columns=", ".join(COLUMNS),
    )


def rows_of(content: bytes) -> list[tuple[int, Sequence[object]]]:
    """Return the rows of a CSV as office programs write it, each with its number in the spreadsheet."""
    text, _encoding = _decoded(content)
    delimiter, _header = _shape(text)
    rows = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    return [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files("analysis.mentoring").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {
        kind: {_plain(word): code for code, words in table.items() for word in words} for kind, table in tables.items()
    }


@cache
def _moves() -> dict[str, object]:
    text = resources.files("analysis.mentoring").joinpath("moves.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def round_order() -> list[str]:
    """Return the rounds in the order in which they follow each other within a day."""
    return _listed("order")


def act_order() -> list[str]:
    """Return what a step may be, in the order in which they follow each other within a day and round."""
    return _listed("acts")


def _listed(name: str) -> list[str]:
    told = _moves()[name]
    return [str(each) for each in told] if isinstance(told, list) else []


def move_after(step_round: str, act: str) -> str:
    """Return whose move it is after a step: unit, mentor, bappeda, reviewer or nobody.

    Of a step whose round cannot be read the mentor mends the row.
    """
    if not step_round:
        return "mentor"
    table = _moves().get(step_round)
    return str(table.get(act, "nobody")) if isinstance(table, dict) else "nobody"


def word_in(kind: str, text: str) -> str | None:
    """Return the code of a word of the vocabulary (`column`, `round`, `result`); None where it is not known."""
    return _words()[kind].get(_plain(text))


def words_for(kind: str) -> dict[str, str]:
    """Return the word that the program writes for each code of a kind."""
    text = resources.files("analysis.mentoring").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return {code: words[0] for code, words in tomllib.loads(text)[kind].items()}


def _read(name: str, cell: object) -> tuple[object, str]:
    """Return the value of a cell, and the rule that it breaks."""
    text = _text(cell)
    if name in ("date", "developed"):
        day = _day(cell)
        return day, "" if day else "date_unreadable"
    if name == "level":
        plain = text.removesuffix(".0")
        return (int(plain), "") if plain.isdecimal() and len(plain) < 3 else (None, "level_unreadable")
    if name == "indicator":
        number = _NUMBER.match(text.strip())
        return (number[1].lower(), "") if number else (None, "indicator_unreadable")
    if name in ("round", "result"):
        code = word_in(name, text)
        return code, "" if code else "word_unknown"
    return text.removesuffix(".0") if isinstance(cell, float) else text, ""


def _day(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _MIDNIGHT.sub("", _text(cell))
    for form in DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _values(step: Step) -> tuple[object, ...]:
    return tuple(getattr(step, one.name) for one in fields(step))


def _written(value: object) -> str:
    """Return a value as a cell; what a spreadsheet would take for a formula stays a text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "@") else text


def _text(cell: object) -> str:
    text = "" if cell is None else str(cell).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "@") else text


def _is_empty(cell: object) -> bool:
    return not _text(cell)


def _plain(text: str) -> str:
    return _SEPARATORS.sub(" ", text).strip().casefold()


def _columns_of(header: Sequence[str], file: str) -> dict[int, str]:
    return header_of([(1, list(header))], file)[1]


def _shape(text: str) -> tuple[str, list[str]]:
    """Return what parts the cells of a text, and the cells of its header."""
    lines = [line for line in text.splitlines() if line.strip(" \t,;")]
    head = lines[0] if lines else ""
    delimiter = max(DELIMITERS, key=head.count) if any(head.count(mark) for mark in DELIMITERS) else ","
    return delimiter, next(csv.reader([head], delimiter=delimiter), [])


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), "utf-16"
    try:
        has_mark = content.startswith(codecs.BOM_UTF8)
        return content.decode("utf-8-sig"), "utf-8-sig" if has_mark or not content else "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:  # a sign that an old code page lacks: the text is kept, its encoding not
        return text.encode("utf-8-sig")
