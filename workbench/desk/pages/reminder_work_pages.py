"""The page of reminders: one text per contact to copy, how far each is reached, the dates, and what was sent."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from warehouse.language import Language
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.people import Right
from workbench.desk.question import Question


def reminders(question: Question) -> PageContent:
    """Return the texts of a season. Links with numbers stand only where a planner asks for them (`links=1`).

    Whoever only reads sees neither names nor numbers, and not whether a number is stated.
    """
    from analysis.planning.asked import asked_of_units, plan_asked_for
    from analysis.reminders.award_calendar import calendar_days
    from analysis.reminders.contact_details import read_contact_details
    from analysis.reminders.reminders import date_note, reminders_of
    from analysis.season.readiness import read_readiness
    from warehouse.keeping.personal_log import log_opened
    from warehouse.region import region_of_code
    from workbench.commands.remind import REMINDER_HEADERS, log_rows

    _ = question.language
    city, edition = question.season
    may_work = question.person.may(Right.work)
    has_links = may_work and question.arguments.get("links") == "1"
    with question.open() as snapshot:
        found = read_readiness(snapshot, question.home, city, edition, question.on, lang=_.code)
        asked = asked_of_units(found, plan_asked_for(snapshot, question.home, found), _)
    region = region_of_code(city)
    details = read_contact_details(question.home, city, found.register)
    texts = reminders_of(found, asked, details, region, _)
    if has_links:
        log_opened(question.home, "desk reminders?links=1", city, edition, datetime.now(tz=UTC).astimezone())
    shown = [
        {
            "contact": each.contact,
            "units": "; ".join(each.units) if each.person else "",
            "text": each.text,
            "reached": _reached(each.details.telephone.fault, each.details.email_fault, _) if may_work else "",
            "link": each.link if has_links else "",
        }
        for each in texts
    ]
    days = calendar_days(question.home, region, edition, found.targets, _)
    rows = [(each.first, each.last, each.name) for each in days]
    schema = {"first_date": pl.Date, "last_date": pl.Date, "name": pl.String}
    dates = pl.DataFrame(rows, schema=schema, orient="row")
    sent = log_rows(question.home, city, edition, _, with_names=False)
    tables = {
        "dates": table_of("dates", _("Dates of the edition"), dates, REMINDER_HEADERS, _),
        "sent": table_of("sent", _("What was sent"), sent, REMINDER_HEADERS, _),
    }
    notes = [note for note in (date_note(found, _),) if note]
    if found.frames.is_simulated:
        notes.append(_("Simulated data: send none of these texts to anybody."))
    return PageContent(
        _("Reminders"), "reminders.html", notes,
        {"texts": shown, "has_links": has_links}, tables, found.frames.is_simulated,
    )  # fmt: skip


def _reached(telephone_fault: str, email_fault: str, language: Language) -> str:
    whatsapp = language(telephone_fault) if telephone_fault else language("stated")
    email = language(email_fault) if email_fault else language("stated")
    return f"WhatsApp: {whatsapp}; {language('e-mail')}: {email}"
