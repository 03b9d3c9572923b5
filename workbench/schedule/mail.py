"""Tells people by e-mail what the schedule did, with the brief attached; nothing is sent unless the plan says so."""

from __future__ import annotations

import mimetypes
import os
import smtplib
import socket
import ssl
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from pydantic import SecretStr

from analysis import open_snapshot
from analysis.season.open_seasons import open_accounts, told_accounts
from iga.errors import Sentence
from iga.reasons import reason_of
from reports.site.build_facts import read_facts
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home, sha256_of
from warehouse.language import Language
from warehouse.visible_text import visible
from workbench.schedule.plan import MailPlan
from workbench.schedule.status import RunStatus, told_in_words

PASSWORD = "IGA_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
TIMEOUT_S = 60
LARGEST_ATTACHMENTS = 15_000_000


class MailFailed(WorkbenchError):
    """The mail could not be sent; the reports are not touched by that."""

    exit_code = ExitCode.MACHINE


def is_wanted(plan: MailPlan, status: RunStatus) -> bool:
    """Whether the plan asks for a mail about this run."""
    return plan.when == "always" or not status.is_good or (plan.when == "changed" and status.has_news)


def send(plan: MailPlan, status: RunStatus, home: Home, language: Language) -> dict[str, str]:
    """Send the mail; return the recipients that the server refused, each with its words, while others have it.

    Raises MailFailed, whose text never holds the password, where nobody has it.
    """
    message = message_of(plan, status, home, language)
    password = password_of(plan, home)
    with mail_server(plan, password) as server:
        refused = server.send_message(message)
    return _refusals(refused, password.get_secret_value())


@contextmanager
def mail_server(plan: MailPlan, password: SecretStr) -> Iterator[smtplib.SMTP]:
    """Give the server of the plan, encrypted and signed in as it says.

    Raises MailFailed, whose text never holds the password, for whatever the server does not do.
    """
    context = ssl.create_default_context()
    try:
        if plan.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(plan.host, plan.port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(plan.host, plan.port, timeout=TIMEOUT_S)
        with server:
            if plan.security == "starttls":
                server.starttls(context=context)
            if plan.username:
                server.login(plan.username, password.get_secret_value())
            yield server
    except (OSError, smtplib.SMTPException) as error:
        raise _failed(plan, error, password) from None  # the chain could show the password


def in_one_line(refused: Mapping[str, str]) -> str:
    """Return the recipients that were refused, each with the words of the server."""
    return "; ".join(f"{recipient}: {words}" for recipient, words in refused.items())


def _refusals(refused: Mapping[str, tuple[int, bytes]], secret: str) -> dict[str, str]:
    return {
        recipient: without_secret(f"{code} {words.decode('utf-8', 'replace')}", secret)
        for recipient, (code, words) in refused.items()
    }


def without_secret(words: str, secret: str) -> str:
    """Return the words of a server without the password, at most 300 letters."""
    return (words.replace(secret, "***") if secret else words)[:300]


SERVER_MESSAGES: dict[type[Exception], str] = {
    smtplib.SMTPAuthenticationError: "the mail server did not accept user name and password ({words})",
    smtplib.SMTPRecipientsRefused: "the mail server did not accept the recipients ({words})",
    smtplib.SMTPSenderRefused: "the mail server did not accept the sender ({words})",
    smtplib.SMTPServerDisconnected: "the mail server broke the connection off ({words})",
    smtplib.SMTPNotSupportedError: "the mail server does not know this way of sending ({words})",
}
"""Why a server did not take a mail, as catalogue keys; its own answer stands in brackets."""


def _failed(plan: MailPlan, error: Exception, password: SecretStr) -> MailFailed:
    return MailFailed(
        "The mail could not be sent: {cause}",
        next_step="check [mail] in schedule.toml and the password; the reports are built all the same",
        place=f"{plan.host}:{plan.port}",
        cause=_cause(error, password.get_secret_value()),
    )


def _cause(error: Exception, secret: str) -> Sentence:
    """Say why a mail was not sent: in our words what we know, then in those of the server, never with the password."""
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        words = in_one_line(_refusals(error.recipients, secret))
    words = without_secret(words, secret)
    for kind, template in SERVER_MESSAGES.items():
        if isinstance(error, kind):
            return Sentence(template, words=words)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Sentence("the certificate of the mail server is not trusted")
    if isinstance(error, socket.gaierror):
        return Sentence("the mail server was not found; check its name and the network")
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    return Sentence("{words}", words=words)


def message_of(plan: MailPlan, status: RunStatus, home: Home, language: Language) -> EmailMessage:
    """The mail: what happened in words, and the files that the plan attaches, as far as they are there."""
    message = EmailMessage()
    subject = language("Reports are up to date") if status.is_good else language("Reports: something failed")
    message["Subject"] = f"IGA: {subject} ({status.started_at[:10]})"
    message["From"] = plan.sender
    message["To"] = ", ".join(plan.recipients)
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=plan.sender.rpartition("@")[2].rstrip(">"))
    lines = [*told_in_words(status, language), *_facts_of_open_seasons(status, home, language)]
    paths, earlier = _current(_asked_for(plan, home), home)
    attached, left_out = _attachments(paths)
    lines += [
        language("Not attached, since it is the file of an earlier build: {name}").format(name=visible(path.name))
        for path in earlier
    ]
    lines += [language("Too large to attach: {name}").format(name=visible(path.name)) for path in left_out]
    message.set_content("\n".join([*lines, "", visible(str(home.reports))]) + "\n")
    for path in attached:
        kind, _, form = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(path.read_bytes(), maintype=kind, subtype=form, filename=visible(path.name))
    return message


def _facts_of_open_seasons(status: RunStatus, home: Home, language: Language) -> list[str]:
    """The facts of the seasons that are open on the day of the run, as `iga status` says them; none without data."""
    try:
        day = datetime.fromisoformat(status.started_at).date()
        with open_snapshot(home=home.root) as snapshot:
            return told_accounts(open_accounts(snapshot, home, day, lang=language.code), language)
    except (WorkbenchError, ValueError):  # what keeps the facts from being told is told by the run itself
        return []


def _asked_for(plan: MailPlan, home: Home) -> list[Path]:
    """The files that the plan attaches, as far as they are there; links that lead elsewhere are not followed."""
    root = home.reports.resolve()
    paths = sorted({path for pattern in plan.attach for path in home.reports.glob(pattern)})
    return [path for path in paths if path.is_file() and path.resolve().is_relative_to(root)]


def _current(paths: list[Path], home: Home) -> tuple[list[Path], list[Path]]:
    """The files of the last build of their sites, and those that an earlier build has left beside a newer page."""
    current: list[Path] = []
    earlier: list[Path] = []
    for path in paths:
        site = home.reports / path.relative_to(home.reports).parts[0]
        records = read_facts(site).get("reports", ())
        is_left = any(path.name in record.get("earlier", ()) for record in records)
        made = {record["files"].get(path.name) for record in records}
        (earlier if is_left and sha256_of(path) not in made else current).append(path)
    return current, earlier


def _attachments(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The files to attach, and those that would make the mail too large."""
    attached: list[Path] = []
    left_out: list[Path] = []
    size = 0
    for path in paths:
        size += path.stat().st_size
        (attached if size <= LARGEST_ATTACHMENTS else left_out).append(path)
    return attached, left_out


def password_of(plan: MailPlan, home: Home) -> SecretStr:
    """From the environment, or from a file that only its owner can read."""
    if stated := os.environ.get(PASSWORD):
        return SecretStr(stated)
    if not plan.password_file:
        return SecretStr("")
    path = home.root / Path(plan.password_file).expanduser()
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise MailFailed(
                "The password file can be read by others",
                next_step="chmod 600 {path}",
                place=str(path),
                path=path,
            )
        return SecretStr(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise MailFailed(
            "The password file cannot be read: {reason}",
            next_step="correct password_file in schedule.toml, or set IGA_SMTP_PASSWORD",
            place=str(path),
            reason=reason_of(error),
        ) from error
