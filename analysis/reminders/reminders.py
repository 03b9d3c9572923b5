"""One text per contact: what is missing of the units, by when, to copy or to send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import polars as pl

from analysis.reminders.contact_details import ContactDetails, Details
from analysis.season.assignment import named_or_numbered
from analysis.season.readiness import Addressed, Readiness, addressed_of
from warehouse.language import Language
from warehouse.region import Region

SHOWN_SCHEMA: dict[str, Any] = {
    "contact": pl.String,
    "units": pl.String,
    "gap_count": pl.Int64,
    "whatsapp": pl.String,
    "email": pl.String,
    "text": pl.String,
}


@dataclass(frozen=True)
class Reminder:
    """The text to one contact, and how the contact is reached.

    `person` is None where nobody is named: then `contact` is the unit. `contact` is the name or a number, as asked.
    `text` is to be copied; `mail` has the whole list besides.
    """

    person: str | None
    contact: str
    units: tuple[str, ...]
    unit_ids: tuple[str, ...]
    gap_count: int
    text: str
    mail: str
    subject: str
    details: Details

    @property
    def text_hash(self) -> str:
        """Return what a text is known by in the log."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def link(self) -> str:
        """Return the address that opens WhatsApp with the text; empty without a number.

        Whoever follows it discloses number and text to wa.me.
        """
        number = self.details.telephone.number
        return f"https://wa.me/{number}?text={quote(self.text, safe='')}" if number else ""

    def is_for(self, named: str) -> bool:
        """Return whether a unit of that name or id, or a part of its name, is among its units, or the contact is."""
        wanted = " ".join(named.casefold().split())
        names = [*self.units, *self.unit_ids, self.contact]
        return any(wanted == name.casefold() for name in names) or any(wanted in unit.casefold() for unit in self.units)


def reminders_of(
    readiness: Readiness,
    asked: pl.DataFrame,
    details: ContactDetails,
    region: Region,
    language: Language,
    *,
    with_names: bool = False,
) -> list[Reminder]:
    """Return one reminder per contact person, or unit without one; those that bring the index most stand first."""
    shown = named_or_numbered(readiness.people.contacts.values(), "Contact", language, with_names=with_names)
    addressed = sorted(addressed_of(readiness, asked), key=lambda each: (-_gain(each.gaps), each.units))
    return [_reminder(each, readiness, details, region, language, shown) for each in addressed]


def _gain(gaps: pl.DataFrame) -> float:
    return float(gaps["index_gain"].cast(pl.Float64).clip(lower_bound=0).sum() or 0)


def _reminder(
    each: Addressed,
    readiness: Readiness,
    details: ContactDetails,
    region: Region,
    language: Language,
    shown: dict[str, str],
) -> Reminder:
    unit_ids = tuple(each.gaps["unit_id"].drop_nulls().unique(maintain_order=True))
    subject = language("Regional innovations {edition}, {city}").format(
        edition=readiness.account.edition, city=region.full_name
    )
    parts = [each.message(readiness, language), *_ministry(readiness, language)]
    closing = language("This is what was received by {day}; if it has been done since, please tell us. Thank you.")
    told = closing.format(day=language.date(readiness.on))
    text = "\n\n".join([f"*{subject}*", "\n".join(parts), told])
    mail = "\n\n".join([*parts, _list(each.gaps, language), told]) + "\n"
    return Reminder(
        person=each.person,
        contact=shown[each.person] if each.person else each.units[0],
        units=tuple(each.units),
        unit_ids=unit_ids,
        gap_count=each.gaps.height,
        text=text,
        mail=mail,
        subject=subject,
        details=details.of(each.person, unit_ids[0] if unit_ids else None),
    )


def _ministry(readiness: Readiness, language: Language) -> list[str]:
    """Return the ministry's own day, where the next deadline is the city's."""
    if readiness.deadline is None or readiness.deadline.kind == "ministry":
        return []
    later = [deadline for deadline in readiness.targets.deadlines if deadline.kind == "ministry"]
    days = [deadline.day for deadline in later if deadline.day > readiness.deadline.day]
    text = language("The ministry closes the reporting on {day}.")
    return [text.format(day=language.date(days[0]))] if days else []


def _list(gaps: pl.DataFrame, language: Language) -> str:
    lines = []
    for number, row in enumerate(gaps.iter_rows(named=True), start=1):
        told = [row["unit_name"], row["innovation"], row["indicator"], row["document"]]
        what = [str(text) for text in told if text]
        kind = language.label("gap_kind", row["kind"]) if len(what) == 1 else ""
        lines.append(f"{number}. " + " – ".join([*what, *([kind] if kind else [])]))
    return "\n".join(lines)


def date_note(readiness: Readiness, language: Language) -> str:
    """Return why the texts name no date; empty where they do."""
    if readiness.deadline is not None:
        return ""
    days = [deadline.day for deadline in readiness.targets.deadlines]
    if days:
        text = language("The last deadline passed on {day}: the texts name no date.")
        return text.format(day=language.date(max(days)))
    return language("No deadline is set for {edition}: the texts name no date (targets/deadlines.csv).").format(
        edition=readiness.account.edition
    )


def reminder_rows(reminders: list[Reminder], language: Language) -> pl.DataFrame:
    """Return the reminders without any number or address: only whether there is one, or what is wrong with it."""
    rows = [
        {
            "contact": each.contact,
            "units": "; ".join(each.units),
            "gap_count": each.gap_count,
            "whatsapp": language(each.details.telephone.fault) if each.details.telephone.fault else language("stated"),
            "email": language(each.details.email_fault) if each.details.email_fault else language("stated"),
            "text": each.text,
        }
        for each in reminders
    ]
    return pl.DataFrame(rows, schema=SHOWN_SCHEMA)
