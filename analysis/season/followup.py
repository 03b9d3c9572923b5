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
    path = _path(home, region_code, edition)
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
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in sorted(states.values(), key=lambda one: one.gap_id):
        table.writerow([one.gap_id, one.state, one.promised_date or "", one.note, one.updated_date or ""])
    write_text(_path(home, region_code, edition), written.getvalue())
    return state


def _path(home: Home, region_code: str, edition: int) -> Path:
    return home.root / "followup" / f"{region_code}-{edition}.csv"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
