"""The command about reminders: one text per contact, by e-mail when asked, and the dates as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from analysis.reminders.award_calendar import CalendarDay, calendar_days, calendar_text
from warehouse import disk
from warehouse.errors import ExitCode, UnknownName, WorkbenchError
from warehouse.keeping.personal_log import log_opened
from warehouse.language import Language
from warehouse.region import Region, resolve_city
from workbench.command_context import CommandContext, with_context
from workbench.lists import CityArgument, EditionArgument, OnOption
from workbench.options import language_of_environment
from workbench.output import messages

if TYPE_CHECKING:
    from analysis.reminders.reminders import Reminder
    from analysis.reminders.sent_log import Sent
    from warehouse.home import Home
    from workbench.reminder_mail import Outcome, Season

_ = language_of_environment()


class NoMailServer(WorkbenchError):
    """The home states no server for mail."""

    exit_code = ExitCode.USAGE


class ListHasChanged(WorkbenchError):
    """What would be sent is not what somebody has confirmed: a text, an address or the log has changed since."""

    exit_code = ExitCode.USAGE


class NotAllSent(WorkbenchError):
    """Some of the mails did not go out; those that did are in the log."""

    exit_code = ExitCode.MACHINE


class RemindList(StrEnum):
    """The lists of reminders."""

    texts = "texts"
    sent = "sent"
    dates = "dates"


REMINDER_HEADERS = {
    "contact": "Contact",
    "units": "Units",
    "gap_count": "Asked for",
    "whatsapp": "WhatsApp number",
    "email": "E-mail address",
    "text": "Text",
    "link": "Link",
    "at": "When",
    "channel": "Channel",
    "state": "State",
    "words": "Answer",
    "first_date": "From",
    "last_date": "To",
    "name": "What",
    "source": "Source",
}
OUTCOME_MESSAGES = {
    "sent": "sent",
    "sending": "broken off while it was sent: whether it arrived is not known",
    "by_hand": "sent by hand",
    "refused": "refused by the server",
    "failed": "not sent: the connection broke off",
    "unknown": "broken off while it was sent: whether it arrived is not known",
    "no_address": "not sent",
    "already": "was sent before; --again sends it again",
    "not_tried": "not tried, since the connection broke off: the same command goes on here",
    "would_send": "would be sent with --send",
}
"""What became of a mail, as catalogue keys."""


@with_context
def remind(
    context: CommandContext,
    city: CityArgument,
    edition: EditionArgument,
    on: OnOption = None,
    shown: Annotated[RemindList, typer.Option("--list", help=_("Which list to print."))] = RemindList.texts,
    to: Annotated[
        str | None, typer.Option("--to", help=_("Only the contact of this unit (name or a part of it)."))
    ] = None,
    links: Annotated[
        bool,
        typer.Option("--links", help=_("Show wa.me links: whoever follows one discloses number and text to it.")),
    ] = False,
    names: Annotated[
        bool, typer.Option("--names", help=_("Show the names of contact persons (personal data)."))
    ] = False,
    send: Annotated[
        bool, typer.Option("--send", help=_("Send by e-mail, one mail per contact; without it nothing is sent."))
    ] = False,
    again: Annotated[bool, typer.Option("--again", help=_("Send also what a contact has already."))] = False,
    confirmed: Annotated[
        str | None,
        typer.Option(
            "--confirmed",
            help=_("With --send: only if the list is still the one that was confirmed on the desk (its mark)."),
            show_default=False,
        ),
    ] = None,
    note_sent: Annotated[
        bool, typer.Option("--note-sent", help=_("Write down that these texts were sent by hand (WhatsApp)."))
    ] = False,
    calendar: Annotated[
        Path | None,
        typer.Option(
            "--calendar", help=_("Write the dates of the edition to this calendar file (.ics)."), show_default=False
        ),
    ] = None,
) -> None:
    """Texts to contacts with what is missing and by when; e-mail when asked; the dates as a calendar file."""
    from workbench.reminder_mail import note_by_hand

    language, place, region = context.language, context.home, resolve_city(city)
    for option, is_asked in (("--send", send), ("--note-sent", note_sent)):
        if is_asked:
            context.refuse_past(option)
    day = (on or context.as_of or datetime.now(tz=UTC).astimezone()).date()
    found = _read(context, region, edition, day, to, with_names=names)
    if calendar is not None:
        disk.write_text(calendar, calendar_text(found.days, region, edition, day, language))
        messages().print(language("Written: {path}").format(path=calendar), soft_wrap=True, markup=False)
    if names or links or send:
        opened_by = "iga remind " + ("--send" if send else "--links" if links else "--names")
        log_opened(place, opened_by, city, edition, datetime.now(tz=UTC).astimezone())
    if note_sent:
        note_by_hand(place, found.season, found.reminders)
    outcomes = _outcomes(context, found, send=send, again=again, confirmed=confirmed)
    frame, notes = _shown(context, found, outcomes, shown, links=links, with_names=names)
    title = language("Reminders of {city} for {edition}").format(city=region.full_name, edition=edition)
    if shown is RemindList.texts and context.is_for_people:
        _print_texts(frame, title, notes, language)
    else:
        context.show(frame, title=title, headers=REMINDER_HEADERS, notes=notes)
    if send:
        _check_sent(outcomes, language, is_confirmed=confirmed is not None)


@dataclass(frozen=True)
class _Found:
    """What the command shows: the texts and the dates of a season, with what is to be said of them."""

    season: Season
    reminders: list[Reminder]
    days: list[CalendarDay]
    notes: list[str]
    is_simulated: bool


def _read(
    context: CommandContext, region: Region, edition: int, day: date, to: str | None, *, with_names: bool
) -> _Found:
    from analysis.planning.asked import asked_of_units, plan_asked_for
    from analysis.reminders.contact_details import read_contact_details
    from analysis.reminders.reminders import date_note, reminders_of
    from analysis.season.readiness import read_readiness
    from workbench.reminder_mail import Season

    language, place = context.language, context.home
    with context.open() as opened:
        found = read_readiness(opened, place, region.region_code, edition, day, lang=language.code)
        asked = asked_of_units(found, plan_asked_for(opened, place, found), language)
        notes = opened.day_notes(language)
    days = calendar_days(place, region, edition, found.targets, language)
    details = read_contact_details(place, region.region_code, found.register)
    reminders = reminders_of(found, asked, details, region, language, with_names=with_names)
    if to:
        reminders = [each for each in reminders if each.is_for(to)]
        if not reminders:
            raise UnknownName(
                "Nothing is asked of {unit}", next_step="leave out --to to see all of whom something is asked", unit=to
            )
    notes += [note for note in (date_note(found, language),) if note]
    if not days:
        notes.append(language("No date of {edition} is known: the calendar is empty.").format(edition=edition))
    if found.frames.is_simulated:
        notes.append(language("Simulated data: send none of these texts to anybody."))
    return _Found(Season(region.region_code, edition), reminders, days, notes, found.frames.is_simulated)


def _shown(
    context: CommandContext,
    found: _Found,
    outcomes: Sequence[Outcome],
    shown: RemindList,
    *,
    links: bool,
    with_names: bool,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the list that is asked for, and what stands below it."""
    from analysis.reminders.reminders import reminder_rows

    language = context.language
    if shown is RemindList.dates:
        rows = [(each.first, each.last, each.name, each.source) for each in found.days]
        schema = {"first_date": pl.Date, "last_date": pl.Date, "name": pl.String, "source": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row"), found.notes
    if shown is RemindList.sent:
        code, edition = found.season.region_code, found.season.edition
        return log_rows(context.home, code, edition, language, with_names=with_names), found.notes
    told = [f"{language(OUTCOME_MESSAGES[each.state])}{_because(each, language)}" for each in outcomes]
    frame = reminder_rows(found.reminders, language).with_columns(pl.Series("state", told, dtype=pl.String))
    if not links:
        return frame, found.notes
    addresses = [each.link or None for each in found.reminders]
    note = language("A link tells wa.me the number and the text of whoever follows it.")
    return frame.with_columns(pl.Series("link", addresses, dtype=pl.String)), [*found.notes, note]


def _outcomes(
    context: CommandContext, found: _Found, *, send: bool, again: bool, confirmed: str | None
) -> list[Outcome]:
    from workbench.reminder_mail import WOULD, confirmation_of, planned, send_reminders
    from workbench.schedule.plan import load_plan

    if not send:
        return planned(context.home, found.season, found.reminders, again=again)
    if found.is_simulated:
        raise NoMailServer(
            "The season holds simulated data: nothing is sent",
            next_step="load the files of the city itself; the texts can be read without --send",
        )
    if confirmed is not None:
        now = planned(context.home, found.season, found.reminders, again=again)
        if confirmed != confirmation_of(now):
            raise ListHasChanged(
                "The mails are not those that were confirmed: {count} would be sent now",
                next_step="look at the list once more on the page of reminders, and confirm it there",
                count=sum(each.state == WOULD for each in now),
            )
    plan = load_plan(context.home).mail
    if plan is None:
        raise NoMailServer(
            "No mail server is stated",
            next_step="write [mail] with host, port, security, username and sender into schedule.toml",
            place=str(context.home.root / "schedule.toml"),
        )
    if plan.security == "none":
        messages().print(context.language("The mail goes to the server without encryption (security)."), markup=False)
    return send_reminders(plan, context.home, found.season, found.reminders, again=again)


def _because(outcome: Outcome, language: Language) -> str:
    words = language(outcome.words) if outcome.state == "no_address" else outcome.words
    return f" ({words})" if words else ""


def _print_texts(frame: pl.DataFrame, title: str, notes: Sequence[str], language: Language) -> None:
    """Print each text as it is copied, after a line that says to whom and how; texts may be long."""
    typer.echo(f"{title}\n")
    for row in frame.iter_rows(named=True):
        reached = f"WhatsApp: {row['whatsapp']}; {language('e-mail')}: {row['email']}; {row['state']}"
        named = "" if row["contact"] == row["units"] else f" ({row['units']})"
        typer.echo(f"── {row['contact']}{named}\n   {reached}\n\n{row['text']}\n")
        if row.get("link"):
            typer.echo(f"{row['link']}\n")
    for note in notes:
        typer.echo(note)


def log_rows(home: Home, region_code: str, edition: int, language: Language, *, with_names: bool) -> pl.DataFrame:
    """Return the log of a season, the newest first; names and addresses only where they are asked for."""
    from analysis.reminders.sent_log import read_sent

    lines = read_sent(home, region_code, edition)
    shown = [line for number, line in enumerate(lines) if not _has_end(lines, number)]
    rows = [
        {
            "at": line.at,
            "channel": line.channel,
            **({"contact": line.contact, "email": line.address} if with_names else {}),
            "units": line.units,
            "state": language(OUTCOME_MESSAGES.get(line.state, line.state)),
            "words": line.words or None if with_names else None,
        }
        for line in reversed(shown)
    ]
    columns = ["at", "channel", *(["contact", "email"] if with_names else []), "units", "state", "words"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    return frame if with_names else frame.drop("words")


def _has_end(lines: Sequence[Sent], number: int) -> bool:
    """Return whether a line that says that a mail is being sent has a later one that says what became of it."""
    from analysis.reminders.sent_log import SENDING

    line = lines[number]
    return line.state == SENDING and any(later.message_id == line.message_id for later in lines[number + 1 :])


def _check_sent(outcomes: Sequence[Outcome], language: Language, *, is_confirmed: bool) -> None:
    """Raise NotAllSent where a mail was asked for and did not go out.

    Of a list that was confirmed those without an address were shown to be none of it.
    """
    good = ("sent", "already", *(("no_address",) if is_confirmed else ()))
    open_ones = [each for each in outcomes if each.state not in good]
    gone = sum(each.state == "sent" for each in outcomes)
    messages().print(language("{count} mail(s) sent").format(count=gone), markup=False)
    if open_ones:
        raise NotAllSent(
            "{count} of {all} contacts have no mail of this text",
            next_step="see the state of each; the same command sends only what is open",
            count=len(open_ones),
            all=len(outcomes),
        )
