"""The schedule: its plan, what each scheduler is given, and its mail."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from iga.errors import Sentence
from warehouse.home import Home
from warehouse.keeping.size import sizes_of
from warehouse.language import Language
from workbench.schedule import home_keeping
from workbench.schedule.home_keeping import clock_notes, kept_in_order
from workbench.schedule.mail import MailFailed, is_wanted, message_of, send
from workbench.schedule.plan import (
    DAYS,
    MailPlan,
    PlanInvalid,
    SchedulePlan,
    keep_hand_written,
    load_plan,
    plan_path,
    save_plan,
)
from workbench.schedule.run import is_due, told_by_mail
from workbench.schedule.status import (
    FailedPage,
    LoadStatus,
    RunStatus,
    SiteStatus,
    begin,
    read_status,
)
from workbench.schedule.status_page import status_page, write_status
from workbench.schedule.timers import Cron, Ended, ScheduleRefused, Systemd, WindowsTask

PLAN = SchedulePlan(at=time(6, 30), days=("mon", "fri"))
GOOD = RunStatus(
    "done",
    "2026-08-10T06:30:00+07:00",
    load=LoadStatus("new", "abc", 3),
    sites=(SiteStatus("three_cities", "built", "abc", 13, title="Tiga kota"),),
)
BAD = RunStatus(
    "incomplete",
    "2026-08-10T06:30:00+07:00",
    load=LoadStatus("unchanged", "abc", 3),
    sites=(
        SiteStatus(
            "three_cities",
            "incomplete",
            "abc",
            12,
            (FailedPage("magelang-2026", "Kota Magelang, IGA 2026", "tak ada memori", "2026-08-08T06:30:00+07:00"),),
        ),
    ),
)


def test_a_plan_is_kept_and_read_again(empty_home: Home) -> None:
    mail = MailPlan(host="mail.example.id", sender="bappeda@example.id", recipients=("walikota@example.id",))
    plan = PLAN.model_copy(update={"mail": mail, "sites": ("three_cities", "research")})
    save_plan(empty_home, plan)
    assert load_plan(empty_home) == plan
    assert keep_hand_written(empty_home) is None
    assert "password" not in plan_path(empty_home).read_text(encoding="utf-8").replace("password_file", "")


def test_a_plan_with_comments_of_a_person_is_kept_beside_the_new_one(empty_home: Home) -> None:
    assert keep_hand_written(empty_home) is None
    for number, text in enumerate(("# Bu Ani\nat = 07:00:00\n", "# Pak Budi\nkeep = 3\n", "# Bu Ani\nat = 07:00:00\n")):
        plan_path(empty_home).write_text(text, encoding="utf-8")
        copy = keep_hand_written(empty_home)
        save_plan(empty_home, load_plan(empty_home))
        assert copy is not None and copy.read_text(encoding="utf-8") == text
        assert copy.name == f"schedule.former-{number % 2 + 1}.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at = 25:00:00", "toml|Invalid|invalid"),
        ('days = ["someday"]', "days"),
        ("colour = 1", "colour"),
        ('[mail]\nhost = "h"\nsender = "a@b"\nrecipients = ["x@y\\nBcc: z@z"]', "address"),
        ('[mail]\nhost = "h"\nsender = "a@b"\nrecipients = ["x@y"]\nattach = ["../../etc/passwd"]', "within"),
    ],
)
def test_a_plan_that_cannot_be_used_is_told_with_its_place(empty_home: Home, text: str, said: str) -> None:
    plan_path(empty_home).write_text(text, encoding="utf-8")
    with pytest.raises(PlanInvalid, match=said) as caught:
        load_plan(empty_home)
    assert caught.value.place == str(plan_path(empty_home))


def test_due_moments_are_those_that_a_walk_over_the_minutes_finds() -> None:
    start = datetime(2026, 8, 3, tzinfo=UTC)  # a Monday
    is_due = [
        moment
        for moment in (start + timedelta(minutes=30 * step) for step in range(48 * 21))
        if DAYS[moment.weekday()] in PLAN.days and (moment.hour, moment.minute) == (6, 30)
    ]
    for step in range(8 * 48, 14 * 48, 7):
        now = start + timedelta(minutes=30 * step)
        assert PLAN.last_due(now) == max(moment for moment in is_due if moment <= now)
        assert PLAN.next_due(now) == min(moment for moment in is_due if moment > now)


class FakeSystem:
    """Stands for the programs of a system: keeps a crontab and what was asked of it."""

    def __init__(self, crontab: str | None = None, refuses: str = "") -> None:
        self.crontab, self.refuses, self.asked = crontab, refuses, list[tuple[str, ...]]()

    def __call__(self, arguments: Sequence[str], text: str | None = None) -> Ended:
        self.asked.append(tuple(arguments))
        if arguments[0] == self.refuses:
            return Ended(1, err="no bus")
        if arguments[:2] == ("crontab", "-l"):
            return Ended(1, err="no crontab") if self.crontab is None else Ended(0, self.crontab)
        if arguments[:2] == ("crontab", "-"):
            self.crontab = text
        return Ended(0)


@pytest.mark.parametrize("before", [None, "MAILTO=x\n0 1 * * * /bin/mine\n"])
def test_cron_keeps_the_lines_of_others_and_installs_once(tmp_path: Path, before: str | None) -> None:
    system = FakeSystem(before)
    timer = Cron(Home(tmp_path / "100% data"), PLAN, system)
    timer.install()
    once = system.crontab
    timer.install()
    assert system.crontab == once is not None
    assert once.startswith(before or "#")
    line = next(line for line in once.splitlines() if line.startswith("30 * * * *"))
    assert "--if-due" in line and "100\\% data'" in line
    assert timer.is_installed() and timer.remove() and not timer.remove()
    assert system.crontab == (before or "")


def test_systemd_units_catch_up_and_pass_the_check_of_systemd(tmp_path: Path) -> None:
    system = FakeSystem()
    timer = Systemd(Home(tmp_path / 'my "data" 50% $x'), PLAN, system, folder=tmp_path / "units")
    timer.install()
    timer.install()
    texts = timer.files()
    assert "Persistent=true" in texts[f"{timer.name}.timer"]
    assert "OnCalendar=Mon,Fri *-*-* 06:30:00" in texts[f"{timer.name}.timer"]
    assert system.asked[-1] == ("systemctl", "--user", "enable", "--now", f"{timer.name}.timer")
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", str(timer.folder / f"{timer.name}.timer")],
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert timer.remove() and not list(timer.folder.iterdir())


def test_a_windows_task_opens_no_window_where_the_silent_interpreter_is_at_hand(tmp_path: Path) -> None:
    usual = tmp_path / "python.exe"
    timer = WindowsTask(Home(tmp_path / "home"), PLAN, interpreter=str(usual))
    [text] = timer.files().values()
    assert f"<Command>{usual}</Command>" in text
    (tmp_path / "pythonw.exe").touch()
    [text] = timer.files().values()
    assert f"<Command>{tmp_path / 'pythonw.exe'}</Command>" in text


def test_a_windows_task_starts_when_the_machine_is_on_again(tmp_path: Path) -> None:
    system = FakeSystem()
    timer = WindowsTask(Home(tmp_path / "R&D <data>"), PLAN, system)
    timer.install()
    (name,) = timer.files()
    task = ElementTree.fromstring((timer.home.runs / name).read_text(encoding="utf-16").split("?>", 1)[1])
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert task.findtext(f".//{space}StartWhenAvailable") == "true"
    assert task.findtext(f".//{space}Command") == sys.executable
    assert "R&D <data>" in (task.findtext(f".//{space}Arguments") or "")
    assert [day.tag.removeprefix(space) for day in task.find(f".//{space}DaysOfWeek") or []] == ["Monday", "Friday"]
    assert system.asked[-1][:2] == ("schtasks", "/Create")


def test_a_scheduler_that_refuses_is_told(tmp_path: Path) -> None:
    timer = Systemd(Home(tmp_path), PLAN, FakeSystem(refuses="systemctl"), folder=tmp_path / "units")
    with pytest.raises(ScheduleRefused, match="no bus") as caught:
        timer.install()
    assert caught.value.exit_code == 14


class Inbox:
    """A local SMTP server's handler: keeps the mails, asks for a password."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope)
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == b"rahasia-7", handled=False)


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=inbox.authenticate,
        auth_required=True,
        auth_require_tls=False,
    )
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()


def mail_plan(port: int, **more: Any) -> MailPlan:
    return MailPlan(
        host="127.0.0.1",
        port=port,
        security="none",
        username="bappeda",
        sender="Bappeda <bappeda@example.id>",
        recipients=("walikota@example.id", "sekda@example.id"),
        attach=("next_edition/*.pdf",),
        **more,
    )


def test_the_brief_is_mailed_and_the_password_stays_unsaid(
    empty_home: Home, smtp: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    inbox, port = smtp
    brief = empty_home.reports / "next_edition" / "brief.pdf"
    brief.parent.mkdir()
    brief.write_bytes(b"%PDF-1.7 brief")
    (brief.parent / "elsewhere.pdf").symlink_to("/etc/hostname")
    monkeypatch.setenv("IGA_SMTP_PASSWORD", "rahasia-7")
    send(mail_plan(port), BAD, empty_home, Language("id"))
    (envelope,) = inbox.mails
    assert envelope.rcpt_tos == ["walikota@example.id", "sekda@example.id"]
    message = message_of(mail_plan(port), BAD, empty_home, Language("id"))
    assert [part.get_filename() for part in message.iter_attachments()] == ["brief.pdf"]
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert "Kota Magelang, IGA 2026: tak ada memori (sejak 8 Agustus 2026" in text

    monkeypatch.setenv("IGA_SMTP_PASSWORD", "salah-8")
    with pytest.raises(MailFailed) as caught:
        send(mail_plan(port), BAD, empty_home, Language("id"))
    assert len(inbox.mails) == 1
    said = str(caught.value) + repr(caught.value.__cause__) + "".join(capfd.readouterr())
    assert "salah-8" not in said and "rahasia-7" not in said


def test_a_password_file_must_be_its_owners_alone(
    empty_home: Home, smtp: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IGA_SMTP_PASSWORD", raising=False)
    secret = empty_home.root / "smtp-password"
    secret.write_text("rahasia-7\n", encoding="utf-8")
    secret.chmod(0o644)
    with pytest.raises(MailFailed, match="read by others"):
        send(mail_plan(smtp[1], password_file="smtp-password"), GOOD, empty_home, Language("en"))
    secret.chmod(0o600)
    send(mail_plan(smtp[1], password_file="smtp-password"), GOOD, empty_home, Language("en"))
    assert len(smtp[0].mails) == 1


@pytest.mark.parametrize(
    ("when", "status", "expected"),
    [
        ("always", GOOD, True),
        ("failed", GOOD, False),
        ("failed", BAD, True),
        ("changed", GOOD, True),
        ("changed", RunStatus("done", "", load=LoadStatus("unchanged")), False),
        ("always", RunStatus("done", "", load=LoadStatus("unchanged")), True),
    ],
)
def test_who_asks_for_less_gets_less_mail(when: str, status: RunStatus, expected: bool) -> None:
    assert is_wanted(mail_plan(25, when=when), status) is expected


class Choosy(Inbox):
    """A server that takes mail for some only."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if "walikota" in address or envelope.mail_from.startswith("nobody"):
            return f"550 no such box rahasia-7 {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def test_a_recipient_who_is_refused_does_not_keep_the_mail_from_others(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_SMTP_PASSWORD", "rahasia-7")
    inbox = Choosy()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options: dict[str, Any] = {"authenticator": inbox.authenticate, "auth_require_tls": False}
    server = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        plan = PLAN.model_copy(update={"mail": mail_plan(port)})
        told = told_by_mail(empty_home, plan, BAD, Language("en"))
        assert [mail.rcpt_tos for mail in inbox.mails] == [["sekda@example.id"]]
        assert told.mail_state == "partly" and "walikota@example.id: 550 no such box" in told.mail_cause
        plan = PLAN.model_copy(update={"mail": mail_plan(port).model_copy(update={"sender": "nobody@example.id"})})
        told = told_by_mail(empty_home, plan, BAD, Language("en"))
        assert told.mail_state == "failed" and len(inbox.mails) == 1
        assert "walikota@example.id: 550" in told.mail_cause and "sekda@example.id: 550" in told.mail_cause
        assert "rahasia-7" not in told.mail_cause
        assert "walikota@example.id" in status_page(told, Language("en"))
    finally:
        server.stop()


def test_a_clock_that_jumps_neither_stops_the_schedule_nor_makes_it_run_again_and_again(empty_home: Home) -> None:
    now = datetime(2026, 8, 10, 12, tzinfo=timezone(timedelta(hours=7)))
    plan = SchedulePlan(verify_days=7)
    for started, is_now_due in (
        (now + timedelta(days=400), True),  # begun while the clock was wrong
        (now + timedelta(minutes=2), False),
        (now - timedelta(hours=1), False),
        (now - timedelta(days=2), True),
        ((now - timedelta(hours=1)).astimezone(timezone(timedelta(hours=9))), False),  # another zone, same moment
    ):
        write_status(empty_home, RunStatus("done", started.isoformat(timespec="seconds")), "en")
        assert is_due(empty_home, plan, now) == is_now_due, started
        assert bool(clock_notes(read_status(empty_home), now, Language("en"))) == (started > now + timedelta(hours=1))
    path = empty_home.reports / "status.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-08-10", "no moment"), encoding="utf-8")
    assert is_due(empty_home, plan, now)


def test_a_home_is_verified_once_in_so_many_days_and_damage_is_told(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = SimpleNamespace(path="archive/a", what=Sentence("it is torn"))
    damaged = [finding]
    monkeypatch.setattr(home_keeping, "verify_home", lambda _home, **_: SimpleNamespace(damaged=damaged))
    now, plan = datetime(2026, 8, 10, 6, 30, tzinfo=UTC), SchedulePlan()
    first = kept_in_order(empty_home, plan, begin(empty_home, now), now, Language("en"))
    assert first.is_damaged and first.notes[-1] == "archive/a: it is torn" and not replace(first).is_good
    damaged.clear()
    write_status(empty_home, first, "en")
    soon = kept_in_order(empty_home, plan, begin(empty_home, now), now + timedelta(days=6), Language("en"))
    assert soon.notes == () and soon.verified_at == first.verified_at
    later = kept_in_order(empty_home, plan, begin(empty_home, now), now + timedelta(days=7), Language("en"))
    assert later.notes == ("The home was verified: whole.",) and not later.is_damaged


def test_the_size_of_a_home_is_told_folder_by_folder(empty_home: Home) -> None:
    page = empty_home.reports / "site" / "a.html"
    page.parent.mkdir()
    page.write_bytes(b"x" * 1000)
    kept = empty_home.reports / ".kept"
    kept.mkdir()
    (kept / "a.html").hardlink_to(page)
    (empty_home.archive / "b").write_bytes(b"x" * 3000)
    (empty_home.root / "notes.txt").write_bytes(b"x" * 10)
    (empty_home.root / "elsewhere").symlink_to("/usr")
    sizes = sizes_of(empty_home)
    assert list(sizes)[:2] == ["archive", "reports"] and (sizes["archive"], sizes["reports"]) == (3000, 1000)
    assert sizes["other"] < 100
