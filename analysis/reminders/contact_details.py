"""How contact persons are reached: two more columns of the file of assignments, `phone` and `email`.

A person who stands in several rows is reached by what the first of them states. A row without a person may state the
number and the address of the unit itself. Nothing of this is in a snapshot, and no page for readers shows it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

import polars as pl

from analysis.reminders.telephone import Telephone, telephone_of
from analysis.season.assignment import AssignmentsInvalid
from analysis.season.target_files import cells_of_csv
from iga.reasons import reason_of
from warehouse.home import Home
from warehouse.inputs_read import noted

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
COLUMNS = ("unit", "contact", "phone", "email")


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is shown."""
    return text


_ = _as_msgid


@dataclass(frozen=True)
class Details:
    """How one contact is reached; a fault says why not (catalogue key), and is empty where nothing is wrong."""

    telephone: Telephone
    email: str
    email_fault: str


NOBODY = Details(telephone_of(""), "", _("no address is stated"))


@dataclass(frozen=True)
class ContactDetails:
    """What the file states: by the name of a person, and by the unit where no person is named."""

    people: dict[str, Details]
    units: dict[str, Details]

    def of(self, person: str | None, unit_id: str | None) -> Details:
        """Return how a person is reached, or the unit itself where nobody is named."""
        if person:
            return self.people.get(person, NOBODY)
        return self.units.get(unit_id or "", NOBODY)


def read_contact_details(home: Home, region_code: str, register: pl.DataFrame) -> ContactDetails:
    """Return the numbers and addresses of a city's file of assignments; empty without a file or without the columns.

    Raises AssignmentsInvalid when the file is no such text.
    """
    path = noted(home, home.root / "assignments" / f"{region_code}.csv")
    if not path.is_file():
        return ContactDetails({}, {})
    try:
        rows = cells_of_csv(path.read_bytes())
    except (pl.exceptions.PolarsError, csv.Error, OSError) as error:
        raise AssignmentsInvalid(
            "The file of assignments cannot be read: {reason}",
            next_step="columns: {columns}",
            place=str(path),
            reason=reason_of(error),
            columns=", ".join(COLUMNS),
        ) from error
    units = {
        str(text).casefold(): unit_id
        for unit_id, code, name in register.select("unit_id", "unit_code", "name").iter_rows()
        for text in (unit_id, code, name)
        if text
    }
    people: dict[str, Details] = {}
    own: dict[str, Details] = {}
    for row in rows.iter_rows(named=True):
        phone, email = row.get("phone") or "", row.get("email") or ""
        person, unit_id = row.get("contact") or "", units.get((row.get("unit") or "").casefold())
        if not (phone or email):
            continue
        found, key = (people, person) if person else (own, unit_id or "")
        found[key] = _with(found.get(key), phone, email)
    return ContactDetails(people, own)


def _with(known: Details | None, phone: str, email: str) -> Details:
    """Return what is known of a contact with what a further row states; what an earlier row states stays."""
    known = known or NOBODY
    telephone = known.telephone if known.telephone.number or not phone else telephone_of(phone)
    if known.email or not email:
        return Details(telephone, known.email, known.email_fault)
    if not ADDRESS.fullmatch(email):
        return Details(telephone, "", _("it is no e-mail address"))
    return Details(telephone, email, "")
