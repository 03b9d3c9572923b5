"""Reminders sent from the desk: shown to be confirmed, sent as they were confirmed, noted, and by nobody who reads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner, Result

from analysis.reminders.sent_log import read_sent
from iga.exit_codes import ExitCode
from tests.city_files import REGISTER_HEADER, load, put, workbook
from warehouse.home import Home
from warehouse.language import Language
from workbench.command import app
from workbench.commands.remind import ListHasChanged
from workbench.desk.jobs.job_kinds import Asked, kind_of
from workbench.desk.pages.page_content import PageContent
from workbench.desk.pages.reminder_work_pages import reminders
from workbench.desk.people import Person, Right, Role
from workbench.desk.question import question_of
from workbench.desk.refusals import RequestRefused

CITY, EDITION, ON = "17.71", 2026, "2026-08-10"
LIST_HEADER = ("Nama Perangkat Daerah", "Nama Inovasi", "Tahapan Inovasi", "Kematangan", "Aksi")


class Inbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, int]]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield inbox, port
    server.stop()


@pytest.fixture
def asked_home(empty_home: Home) -> Home:
    """A home whose season asks something of units, two of them with an address."""
    units = [(f"D{at}", name, "OPD", None, None, None) for at, name in enumerate(("Dinas Sosial", "Dinas Pasar"))]
    put(empty_home, f"bengkulu/{EDITION}/unit.xlsx", workbook([REGISTER_HEADER, *units]))
    rows = [("Dinas Sosial", "Antar Bantuan", "Penerapan", 20, "Lihat")]
    put(empty_home, f"bengkulu/{EDITION}/daftar-2026-07-01.xlsx", workbook([LIST_HEADER, *rows]))
    load(empty_home)
    path = empty_home.root / "assignments" / f"{CITY}.csv"
    path.parent.mkdir()
    path.write_text(
        "unit;contact;mentor;email\n"
        "Dinas Sosial;Siti Contoh;;siti@example.id\nDinas Pasar;Budi Contoh;;budi@example.id\n",
        encoding="utf-8",
    )
    return empty_home


def page(home: Home, role: Role = Role.planner, **arguments: str) -> PageContent:
    season = {"city": CITY, "edition": str(EDITION), "on": ON, "lang": "id"}
    return reminders(question_of(home, Person("Ani", role), {**season, **arguments}))


def sent(home: Home, folder: Path, confirmed: str) -> Result:
    told = {"city": CITY, "edition": str(EDITION), "on": ON, "confirmed": confirmed}
    words = kind_of("send_reminders").command(Asked(home, folder, told, "id"))
    return CliRunner().invoke(app, [*words, "--home", str(home.root), "--lang", "id"])


def test_what_was_confirmed_is_sent_once_and_noted(
    asked_home: Home, smtp: tuple[Inbox, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, port = smtp
    before = page(asked_home).values["mails"]
    assert (before["count"], before["confirmed"], before["recipients"]) == (2, "", [])
    assert "schedule.toml" in before["cannot"]
    monkeypatch.setenv("IGA_SMTP_PASSWORD", "rahasia-7")
    mail = ("[mail]", 'host = "127.0.0.1"', f"port = {port}", 'security = "none"', 'sender = "b@example.id"',
            'recipients = ["x@y.id"]', "")  # fmt: skip
    (asked_home.root / "schedule.toml").write_text("\n".join(mail), encoding="utf-8")
    closed = page(asked_home).values["mails"]
    assert (closed["count"], closed["confirmed"], closed["recipients"]) == (2, "", [])
    assert not (asked_home.runs / "personal_log.csv").exists(), "no address was shown"
    shown = page(asked_home, send="1").values["mails"]
    assert {one["address"] for one in shown["recipients"]} == {"siti@example.id", "budi@example.id"}
    assert "reminders?send=1" in (asked_home.runs / "personal_log.csv").read_text(encoding="utf-8")
    assert inbox.mails == []
    # One address is corrected meanwhile: nothing goes out, and it is said how many would now.
    people = asked_home.root / "assignments" / f"{CITY}.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("budi@", "budi.c@"), encoding="utf-8")
    refused = sent(asked_home, tmp_path, shown["confirmed"])
    assert isinstance(refused.exception, ListHasChanged) and refused.exception.exit_code == ExitCode.USAGE
    assert "sekarang 2" in refused.exception.in_one_line(Language("id"))
    assert inbox.mails == []
    confirmed = page(asked_home, send="1").values["mails"]["confirmed"]
    done = sent(asked_home, tmp_path, confirmed)
    assert done.exit_code == 0, done.output
    assert sorted(mail.rcpt_tos[0] for mail in inbox.mails) == ["budi.c@example.id", "siti@example.id"]
    for secret in ("@example.id", "Siti Contoh", "rahasia-7"):
        assert secret not in done.output, "what a job says is read by everybody"
    assert {line.state for line in read_sent(asked_home, CITY, EDITION)} == {"sending", "sent"}
    after = page(asked_home)
    assert (after.values["mails"]["count"], after.values["mails"]["sent"]) == (0, 2)
    assert after.tables["sent"].frame.height == 2
    again = sent(asked_home, tmp_path, confirmed)
    assert isinstance(again.exception, ListHasChanged) and len(inbox.mails) == 2


def test_whoever_only_reads_sends_nothing_and_sees_no_address(asked_home: Home) -> None:
    shown = page(asked_home, Role.reader, send="1", links="1")
    assert shown.values["mails"] is None
    assert not Person("Ani", Role.reader).may(kind_of("send_reminders").right)
    assert kind_of("send_reminders").right is Right.work


@pytest.mark.parametrize("confirmed", ["", "ya", "--again", "0" * 15, "0" * 17])
def test_nothing_is_sent_that_nobody_has_looked_at(asked_home: Home, tmp_path: Path, confirmed: str) -> None:
    with pytest.raises(RequestRefused):
        sent(asked_home, tmp_path, confirmed)


def test_simulated_texts_go_to_nobody(example_home: Path) -> None:
    home = Home.at(example_home)
    told = page(home, send="1").values["mails"]
    assert told["cannot"] and told["confirmed"] == ""
