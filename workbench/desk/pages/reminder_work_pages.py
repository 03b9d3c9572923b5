"""The page of reminders: one text per contact to copy, how far each is reached, the dates, and what was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.errors import WorkbenchError
from warehouse.keeping.personal_log import log_opened
from warehouse.language import Language
from workbench.desk.pages.page_content import PageContent, table_of
from workbench.desk.people import Right
from workbench.desk.question import Question

if TYPE_CHECKING:
    from analysis.reminders.reminders import Reminder


def reminders(question: Question) -> PageContent:
    """Return the texts of a season. Links with numbers stand only where a planner asks for them (`links=1`).

    Whoever only reads sees neither names nor numbers, and not whether a number is stated.
    """
    from analysis.planning.asked import asked_of_units, plan_asked_for
    from analysis.reminders.award_calendar import calendar_days
    from analysis.reminders.contact_details import read_contact_details
    from analysis.reminders.reminders import date_note, reminders_of
    from analysis.season.readiness import read_readiness
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
    mails = _mails(question, texts, is_simulated=found.frames.is_simulated) if may_work else None
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
        {"texts": shown, "has_links": has_links, "mails": mails}, tables, found.frames.is_simulated,
    )  # fmt: skip


def _mails(question: Question, texts: list[Reminder], *, is_simulated: bool) -> dict[str, Any]:
    """What a sending by e-mail would do: how many, why it cannot, and to whom where that is asked for (`send=1`).

    The addresses are shown to be confirmed, and that is written down as every look at personal data is.
    """
    from workbench.reminder_mail import WOULD, Season, confirmation_of, planned
    from workbench.schedule.plan import load_plan

    _ = question.language
    city, edition = question.season
    outcomes = planned(question.home, Season(city, edition), texts, again=False)
    waiting = [each.reminder for each in outcomes if each.state == WOULD]
    told: dict[str, Any] = {"count": len(waiting), "cannot": "", "server": "", "recipients": [], "confirmed": ""}
    told["without"] = sum(each.state == "no_address" for each in outcomes)
    told["sent"] = len(outcomes) - told["count"] - told["without"]
    try:
        plan = load_plan(question.home).mail
    except WorkbenchError as error:
        return {**told, "cannot": error.in_one_line(_)}
    if plan is None:
        text = _("No mail server is stated: write [mail] with host, port, security, username and sender into {file}.")
        return {**told, "cannot": text.format(file="schedule.toml")}
    if is_simulated:
        return {**told, "cannot": _("The season holds simulated data: nothing is sent")}
    told["server"] = _("From {sender}, by {host}.").format(sender=plan.sender, host=plan.host)
    if question.arguments.get("send") == "1" and waiting:
        log_opened(question.home, "desk reminders?send=1", city, edition, datetime.now(tz=UTC).astimezone())
        told["recipients"] = [
            {"address": each.details.email, "units": "; ".join(each.units), "count": each.gap_count} for each in waiting
        ]
        told["confirmed"] = confirmation_of(outcomes)
    return told


def _reached(telephone_fault: str, email_fault: str, language: Language) -> str:
    whatsapp = language(telephone_fault) if telephone_fault else language("stated")
    email = language(email_fault) if email_fault else language("stated")
    return f"WhatsApp: {whatsapp}; {language('e-mail')}: {email}"
