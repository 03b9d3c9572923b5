"""Who answers for each unit and who mentors it: a file of the home with people's names, which no snapshot holds.

The file is `<home>/assignments/<region_code>.csv`: `unit` (the unit's code, id or name), `contact` and `mentor`; a unit
that is not named, or whose cell is empty, takes those of its parent unit. Names are personal data: they are shown only
where they are asked for by name; elsewhere stands a number that says no more than "the same person".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from iga.reasons import reason_of
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import UNREADABLE_CSV, Home
from warehouse.inputs_read import noted
from warehouse.language import Language

COLUMNS = ("unit", "contact", "mentor")
DELIMITERS = (",", ";", "\t")


class AssignmentsInvalid(WorkbenchError):
    """A file of assignments lacks a column, or names a unit that the register does not have."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Assignments:
    """The contact person and the mentor of each unit, by unit id; a unit without is not in the mapping."""

    contacts: dict[str, str] = field(default_factory=dict)
    mentors: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is named."""
        return not self.contacts and not self.mentors


def read_assignments(home: Home, region_code: str, register: pl.DataFrame) -> Assignments:
    """The people of each unit of a register (unit_id, unit_code, name, parent_unit_id).

    Empty without a file. Raises AssignmentsInvalid naming the unit that the register does not have.
    """
    path = noted(home, home.root / "assignments" / f"{region_code}.csv")
    if not path.is_file():
        return Assignments()
    try:
        stated = [tuple(row.values()) for row in _rows(path)]
    except UNREADABLE_CSV as error:
        raise AssignmentsInvalid(
            "The file of assignments cannot be read: {reason}",
            next_step="columns: {columns}",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(COLUMNS),
        ) from error
    units = _units_by_text(register)
    contacts: dict[str, str] = {}
    mentors: dict[str, str] = {}
    for text, contact, mentor in stated:
        unit_id = units.get(text.casefold())
        if unit_id is None:
            raise AssignmentsInvalid(
                "The register has no unit {unit}, or several of that name",
                next_step="write its code; `iga readiness CITY EDITION --list assignments` lists all units",
                place=str(path),
                unit=text,
            )
        contacts |= {unit_id: contact} if contact else {}
        mentors |= {unit_id: mentor} if mentor else {}
    parents = dict(register.select("unit_id", "parent_unit_id").iter_rows())
    return Assignments(_inherited(contacts, parents), _inherited(mentors, parents))


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of the file, also as an office program saves it: with semicolons or tabs, in an old code page.

    Raises KeyError for a column that is missing.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    head = text.lstrip().partition("\n")[0]
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count)))
    filled = [[cell.strip() for cell in line] for line in lines if any(cell.strip() for cell in line)]
    names = [name.casefold() for name in filled[0]] if filled else []
    rows = [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in filled[1:]]
    if missing := set(COLUMNS) - set(names):
        raise KeyError(sorted(missing)[0])
    return [{column: row[column] for column in COLUMNS} for row in rows if row["unit"]]


def _units_by_text(register: pl.DataFrame) -> dict[str, str | None]:
    """Unit ids by id, code and name; None where a text means several."""
    found: dict[str, str | None] = {}
    for unit_id, code, name in register.select("unit_id", "unit_code", "name").iter_rows():
        for text in {unit_id, code, name} - {None}:
            key = text.casefold()
            found[key] = unit_id if found.get(key, unit_id) == unit_id else None
    return found


def _inherited(people: dict[str, str], parents: dict[str, str | None]) -> dict[str, str]:
    whole = {}
    for unit in parents:
        at: str | None = unit
        seen: set[str] = set()
        while at is not None and at not in people and at not in seen:
            seen.add(at)
            at = parents.get(at)
        if at is not None and at in people:
            whole[unit] = people[at]
    return whole


def named_or_numbered(people: Iterable[str], what: str, language: Language, *, with_names: bool) -> dict[str, str]:
    """What stands for each person: the name if it was asked for, else `what` and a number in order of appearance."""
    found: dict[str, str] = {}
    for person in people:
        if person not in found:
            found[person] = person if with_names else f"{language(what)} {len(found) + 1}"
    return found


def assignment_table(register: pl.DataFrame, people: Assignments, *, with_names: bool) -> pl.DataFrame:
    """The file of assignments to fill in: every unit with its code, name and parent; the names only if asked for."""
    names = dict(register.select("unit_id", "name").iter_rows())
    rows: list[dict[str, Any]] = [
        {
            "unit": row["unit_code"] or row["unit_id"],
            "contact": people.contacts.get(row["unit_id"], "") if with_names else "",
            "mentor": people.mentors.get(row["unit_id"], "") if with_names else "",
            "unit_name": row["name"],
            "parent": names.get(row["parent_unit_id"] or "", ""),
        }
        for row in register.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys((*COLUMNS, "unit_name", "parent"), pl.String))
