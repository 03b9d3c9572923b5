"""Sends reminders by e-mail, one mail per contact, and writes down of each what became of it before the next one."""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from analysis.reminders.reminders import Reminder
from analysis.reminders.sent_log import (
    BY_HAND,
    FAILED,
    HAS_IT_PERHAPS,
    REFUSED,
    SENDING,
    SENT,
    UNKNOWN,
    Sent,
    add_sent,
    last_of,
    read_sent,
)
from warehouse.home import Home, acting_person
from warehouse.visible_text import visible
from workbench.schedule.mail import MailFailed, mail_server, password_of, without_secret
from workbench.schedule.plan import MailPlan

OK = (250, 251)
NO_ADDRESS, ALREADY, NOT_TRIED, WOULD = "no_address", "already", "not_tried", "would_send"
"""What becomes of a mail beside the states of the log."""


@dataclass(frozen=True)
class Season:
    """Whose log is written: a city and an edition."""

    region_code: str
    edition: int


@dataclass(frozen=True)
class Outcome:
    """What became of the mail to one contact; `words` are those of the server, or say what is wrong."""

    reminder: Reminder
    state: str
    words: str = ""


def planned(home: Home, season: Season, reminders: Sequence[Reminder], *, again: bool) -> list[Outcome]:
    """Return what a sending would do: nothing is sent."""
    lines = read_sent(home, season.region_code, season.edition)
    return [_planned(reminder, lines, again=again) for reminder in reminders]


def confirmation_of(outcomes: Sequence[Outcome]) -> str:
    """Return what a list of mails to be sent is known by: addresses and texts; empty where none is to be sent."""
    told = sorted(
        f"{each.reminder.details.email} {each.reminder.text_hash}" for each in outcomes if each.state == WOULD
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16] if told else ""


def _planned(reminder: Reminder, lines: list[Sent], *, again: bool) -> Outcome:
    if not reminder.details.email:
        return Outcome(reminder, NO_ADDRESS, reminder.details.email_fault)
    before = last_of(lines, reminder.details.email, reminder.text_hash)
    if before is not None and before.state in HAS_IT_PERHAPS and not again:
        return Outcome(reminder, UNKNOWN if before.state in (SENDING, UNKNOWN) else ALREADY, before.at)
    return Outcome(reminder, WOULD)


def send_reminders(
    plan: MailPlan, home: Home, season: Season, reminders: Sequence[Reminder], *, again: bool = False
) -> list[Outcome]:
    """Send what was not sent yet, and return what became of each.

    A text that an address has, or may have, is not sent again unless `again`. Where the server breaks off, the rest is
    not tried: sending again goes on there.
    """
    outcomes = planned(home, season, reminders, again=again)
    waiting = [number for number, outcome in enumerate(outcomes) if outcome.state == WOULD]
    if not waiting:
        return outcomes
    for number in waiting:
        outcomes[number] = replace(outcomes[number], state=NOT_TRIED)
    secret = password_of(plan, home)
    try:
        with mail_server(plan, secret) as server:
            for number in waiting:
                outcome = _sent(server, plan, home, season, outcomes[number].reminder, secret.get_secret_value())
                outcomes[number] = outcome
                if outcome.state in (UNKNOWN, FAILED) and server.sock is None:
                    break
    except MailFailed:
        if all(outcomes[number].state == NOT_TRIED for number in waiting):
            raise
    return outcomes


def _sent(server: smtplib.SMTP, plan: MailPlan, home: Home, season: Season, reminder: Reminder, secret: str) -> Outcome:
    message = mail_of(plan, reminder)
    line = Sent(
        at="",
        channel="email",
        contact=reminder.person or reminder.contact,
        address=reminder.details.email,
        units="; ".join(reminder.units),
        text_hash=reminder.text_hash,
        state=SENDING,
        message_id=str(message["Message-ID"]),
        by=acting_person() or "",
    )

    def note(state: str, words: str = "") -> Outcome:
        told = visible(without_secret(words, secret))
        add_sent(home, season.region_code, season.edition, replace(line, at=_now(), state=state, words=told))
        return Outcome(reminder, state, told)

    is_data_sent = False
    try:
        note(SENDING)
        for code, words in _envelope(server, plan, reminder):
            if code not in OK:
                server.rset()
                return note(REFUSED, _told(code, words))
        is_data_sent = True
        code, words = server.data(message.as_bytes(policy=SMTP))
        if code in OK:
            return note(SENT)
        server.rset()
        return note(REFUSED, _told(code, words))
    except smtplib.SMTPDataError as error:
        server.rset()
        return note(REFUSED, _told(error.smtp_code, error.smtp_error))
    except (OSError, smtplib.SMTPException) as error:
        server.close()
        # After its last dot a mail may have been taken although no answer came.
        return note(UNKNOWN if is_data_sent else FAILED, f"{type(error).__name__}: {error}")


def _envelope(server: smtplib.SMTP, plan: MailPlan, reminder: Reminder) -> Iterator[tuple[int, bytes]]:
    from email.utils import parseaddr

    server.ehlo_or_helo_if_needed()
    yield server.mail(parseaddr(plan.sender)[1])
    yield server.rcpt(reminder.details.email)


def mail_of(plan: MailPlan, reminder: Reminder) -> EmailMessage:
    """Return the mail to one contact; its Message-ID begins with the hash of the text in the log."""
    message = EmailMessage()
    local, _, domain = reminder.details.email.rpartition("@")
    name = " ".join((reminder.person or "").split())
    message["Subject"] = " ".join(reminder.subject.split())
    message["From"] = plan.sender
    message["To"] = Address(name, local, domain)
    message["Date"] = formatdate(localtime=True)
    stamp = datetime.now(tz=UTC).strftime("%Y%m%d%H%M%S")
    message["Message-ID"] = f"<{reminder.text_hash}.{stamp}@{plan.sender.rpartition('@')[2].rstrip('>')}>"
    message.set_content(reminder.mail)
    return message


def note_by_hand(home: Home, season: Season, reminders: Sequence[Reminder]) -> None:
    """Write down that people have sent texts themselves, over WhatsApp: whom and when, and no number."""
    for reminder in reminders:
        add_sent(
            home, season.region_code, season.edition,
            Sent(_now(), "whatsapp", reminder.person or reminder.contact, "", "; ".join(reminder.units),
                 reminder.text_hash, BY_HAND, by=acting_person() or ""),
        )  # fmt: skip


def _told(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _now() -> str:
    return datetime.now(tz=UTC).astimezone().isoformat(timespec="seconds")
