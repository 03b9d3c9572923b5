"""The state of each gap (not contacted, promised, received, verified), kept in the home across loads."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from iga.reasons import reason_of
from warehouse.disk import write_text
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import UNREADABLE_CSV, Home, rows_of_csv
from warehouse.inputs_read import noted

STATES = ("not_contacted", "promised", "received", "verified")
COLUMNS = ("gap_id", "state", "promised_date", "note", "updated_date")


class StateInvalid(WorkbenchError):
    """A state of a gap that does not exist, or a file of states that cannot be read."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class State:
    """How far a gap has come."""

    gap_id: str
    state: str = "not_contacted"
    promised_date: date | None = None
    note: str = ""
    updated_date: date | None = None


def read_states(home: Home, region_code: str, edition: int) -> dict[str, State]:
    """The states by gap id; a gap that has none has not been contacted. Raises StateInvalid."""
    path = noted(home, _path(home, region_code, edition))
    if not path.is_file():
        return {}
    try:
        states = [
            State(row["gap_id"], row["state"], _day(row["promised_date"]), row["note"], _day(row["updated_date"]))
            for row in rows_of_csv(path, COLUMNS)
        ]
    except (*UNREADABLE_CSV, ValueError) as error:
        raise StateInvalid(
            "The file of states cannot be read: {reason}",
            next_step="columns: {columns}; dates as 2026-08-14",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(COLUMNS),
        ) from error
    return {state.gap_id: state for state in states}


def mark(home: Home, region_code: str, edition: int, text: str, on: date) -> State:
    """Set the state of a gap from `GAP=STATE` or `GAP=promised:2026-08-12`, and keep it.

    Raises StateInvalid.
    """
    gap_id, _, rest = text.partition("=")
    name, _, day = rest.partition(":")
    try:
        promised = _day(day)
    except ValueError:
        promised = None
        name = rest
    if not gap_id or name not in STATES:
        raise StateInvalid(
            "{text} is not a state of a gap",
            next_step="write GAP=STATE, with one of {known}; or GAP=promised:2026-08-12",
            text=text,
            known=", ".join(STATES),
        )
    states = read_states(home, region_code, edition)
    state = State(gap_id, name, promised, states.get(gap_id, State(gap_id)).note, on)
    states[gap_id] = state
    path = _path(home, region_code, edition)
    write_text(path, _with_state(path.read_text(encoding="utf-8-sig") if path.is_file() else "", state))
    return state


def _with_state(text: str, state: State) -> str:
    """Return a sheet of states with one set; columns and rows that people have added stay as they wrote them."""
    lines = list(csv.reader(io.StringIO(text))) or [list(COLUMNS)]
    header = lines[0]
    values = (state.gap_id, state.state, state.promised_date or "", state.note, state.updated_date or "")
    key = header.index("gap_id")
    # Where people have written a gap twice, the last line is the one that is read.
    at = max((number for number, line in enumerate(lines[1:], 1) if _cell(line, key) == state.gap_id), default=None)
    if at is None:
        lines.append([])
        at = len(lines) - 1
    line = lines[at] + [""] * (len(header) - len(lines[at]))
    for name, value in zip(COLUMNS, values, strict=True):
        line[header.index(name)] = str(value)
    lines[at] = line
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([header, *sorted(lines[1:], key=lambda each: _cell(each, key))])
    return written.getvalue()


def _cell(line: list[str], column: int) -> str:
    return line[column].strip() if column < len(line) else ""


def _path(home: Home, region_code: str, edition: int) -> Path:
    return home.root / "followup" / f"{region_code}-{edition}.csv"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
