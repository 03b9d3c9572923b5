"""Reminders: numbers as people write them, no date that is not set, mails that go out once, a calendar."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, strategies as st
from icalendar import Calendar

from analysis.reminders.award_calendar import CalendarDay, calendar_days, calendar_text, folded
from analysis.reminders.contact_details import read_contact_details
from analysis.reminders.reminders import Reminder, date_note, reminder_rows, reminders_of
from analysis.reminders.sent_log import log_path, read_sent
from analysis.reminders.telephone import telephone_of
from analysis.season.readiness import read_readiness
from analysis.season.targets import targets_of
from etl.forgetting.erasure import forget_person
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import region_of_code
from warehouse.snapshot import Snapshot
from workbench import reminder_mail
from workbench.reminder_mail import Season, note_by_hand, planned, send_reminders
from workbench.schedule.mail import MailFailed
from workbench.schedule.plan import MailPlan

BENGKULU = region_of_code("17.71")
ID, EN = Language("id"), Language("en")
SEASON = Season("17.71", 2026)
ON = date(2026, 8, 1)
CONTACTS = (
    "unit;contact;mentor;phone;email\r\n"
    "Dinas Kesehatan;Siti Contoh;;0812-3456-7890;siti@example.id\r\n"
    "Kecamatan Teluk Segara;Budi Contoh;;+62 813 1111 2222;budi@example.id\r\n"
)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("081234567890", "6281234567890"),
        ("+62 812-3456-7890", "6281234567890"),
        ("62-812.3456.7890", "6281234567890"),
        ("'081234567890", "6281234567890"),
        ("81234567890", "6281234567890"),
        ("0062 812 3456 7890", "6281234567890"),
        ("(0812) 3456 7890", "6281234567890"),
        ("+62 (0)812 3456 7890", "6281234567890"),
        ("\u202a+62\u00a0812\u20113456\u20117890\u202c".replace("\u2011", "-"), "6281234567890"),
        ("０８１２３４５６７８９０", "6281234567890"),
    ],
)
def test_a_number_is_brought_to_one_form(written: str, number: str) -> None:
    assert telephone_of(written).number == number


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "no number"),
        ("0812 3456 7890 / 0813 1111 2222", "several"),
        ("0812 3456 7890 atau 0813 1111 2222", "several"),
        ("6.28E+12", "shortened"),
        ("0736 21234", "no mobile"),
        ("+60 12 345 6789", "Indonesia"),
        ("0812345", "too few"),
        ("0812 3456 7890 123 45", "too many"),
        ("hubungi Siti", "something else"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(written: str, fault: str) -> None:
    found = telephone_of(written)
    assert found.number == ""
    assert fault in found.fault


@given(st.from_regex(r"8[1-9][0-9]{7,10}", fullmatch=True), st.sampled_from(["0", "+62", "62", "", "0062"]), st.data())
def test_every_way_of_writing_a_number_is_the_same_number(digits: str, before: str, data: Any) -> None:
    marks = data.draw(st.lists(st.sampled_from(["", " ", "-", "."]), min_size=len(digits), max_size=len(digits)))
    written = before + "".join(mark + digit for mark, digit in zip(marks, digits, strict=True))
    assert telephone_of(written).number == f"62{digits}"


@given(st.text(max_size=40))
def test_no_text_is_a_number_unless_it_could_be_dialled(text: str) -> None:
    found = telephone_of(text)
    assert bool(found.number) != bool(found.fault)
    assert not found.number or (found.number.startswith("628") and found.number.isdigit())


def reminders(example: Snapshot, home: Home, content: str = CONTACTS, **more: Any) -> list[Reminder]:
    path = home.root / "assignments" / "17.71.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    # The people are read by the reader of assignments, the numbers by ours: both take what Excel writes.
    path.write_text(content.replace(";", ","), encoding="utf-8")
    found = read_readiness(example, home, "17.71", 2026, more.pop("on", ON), lang="id")
    details = read_contact_details(home, "17.71", found.register)
    return reminders_of(found, found.gaps, details, BENGKULU, ID, **more)


def test_a_contact_is_written_to_once_for_all_units(example: Snapshot, empty_home: Home) -> None:
    (siti,) = [each for each in reminders(example, empty_home) if each.person == "Siti Contoh"]
    assert len(siti.units) > 3
    assert siti.details.telephone.number == "6281234567890" and siti.details.email == "siti@example.id"
    assert "Siti" not in siti.text + siti.mail + siti.contact
    assert siti.link.startswith("https://wa.me/6281234567890?text=%2AInovasi%20Daerah%202026")
    shown = reminder_rows([siti], ID)
    assert "6281234567890" not in str(shown.rows()) and "siti@" not in str(shown.rows())
    assert shown["whatsapp"].item() == "ada"
    assert siti.mail.count("\n") > siti.gap_count  # a mail names everything that is asked


def test_a_text_names_a_date_only_where_there_is_one(example: Snapshot, empty_home: Home) -> None:
    dated = reminders(example, empty_home)
    assert all("sebelum 14 Agustus 2026" in each.text for each in dated)
    after = date(2027, 1, 1)
    undated = reminders(example, empty_home, on=after)
    found = read_readiness(example, empty_home, "17.71", 2026, after, lang="id")
    assert undated and not [each for each in undated if "sebelum" in each.text or "–." in each.text]
    assert "mohon dilengkapi hal berikut" in undated[0].text
    assert "tidak menyebut tanggal" in date_note(found, ID)
    assert date_note(read_readiness(example, empty_home, "17.71", 2026, ON, lang="id"), ID) == ""


def test_the_ministrys_day_stands_beside_the_citys(example: Snapshot, empty_home: Home) -> None:
    folder = empty_home.root / "targets"
    folder.mkdir()
    rows = "17.71,2026,internal,2026-08-05\n17.71,2026,ministry,2026-08-14\n"
    (folder / "deadlines.csv").write_text("region_code,edition,kind,date\n" + rows, encoding="utf-8")
    text = reminders(example, empty_home)[0].text
    assert "sebelum 5 Agustus 2026" in text and "Kemendagri menutup pelaporan pada 14 Agustus 2026" in text


class Inbox:
    """A mail server that refuses some, and can break off at a given mail, before or after it took the text."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuses = ""
        self.breaks_at: int | None = None
        self.times = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuses and self.refuses in address:
            return "550 no such box rahasia-7"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.times += 1
        if self.times == self.breaks_at:
            server.transport.abort()
            return "421 gone"
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, MailPlan]]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield (
        inbox,
        MailPlan(host="127.0.0.1", port=port, security="none", sender="B <b@example.id>", recipients=("x@y.id",)),
    )
    server.stop()


def three(example: Snapshot, home: Home) -> list[Reminder]:
    found = {each.person: each for each in reminders(example, home)}
    siti, budi = found["Siti Contoh"], found["Budi Contoh"]
    third = replace(budi, person="Ani Contoh", details=replace(budi.details, email="ani@example.id"))
    return [siti, budi, third]


def states(home: Home) -> list[tuple[str, str]]:
    return [(line.address, line.state) for line in read_sent(home, "17.71", 2026)]


def test_each_contact_gets_one_mail_and_none_twice(
    example: Snapshot, empty_home: Home, smtp: tuple[Inbox, MailPlan]
) -> None:
    inbox, plan = smtp
    asked = three(example, empty_home)
    assert [each.state for each in planned(empty_home, SEASON, asked, again=False)] == ["would_send"] * 3
    assert inbox.mails == [] and not log_path(empty_home, "17.71", 2026).exists()
    inbox.refuses = "budi"
    outcomes = send_reminders(plan, empty_home, SEASON, asked)
    assert [each.state for each in outcomes] == ["sent", "refused", "sent"]
    assert "550 no such box" in outcomes[1].words
    assert [mail.rcpt_tos for mail in inbox.mails] == [["siti@example.id"], ["ani@example.id"]]
    inbox.refuses = ""
    outcomes = send_reminders(plan, empty_home, SEASON, asked)
    assert [each.state for each in outcomes] == ["already", "sent", "already"]
    assert [mail.rcpt_tos for mail in inbox.mails][2:] == [["budi@example.id"]]
    send_reminders(plan, empty_home, SEASON, asked[:1], again=True)
    assert len(inbox.mails) == 4
    assert b"To: Siti Contoh <siti@example.id>" in inbox.mails[0].content


def test_a_server_that_dies_in_the_middle_leaves_no_doubt_about_whom(
    example: Snapshot, empty_home: Home, smtp: tuple[Inbox, MailPlan]
) -> None:
    inbox, plan = smtp
    inbox.breaks_at = 2
    asked = three(example, empty_home)
    outcomes = send_reminders(plan, empty_home, SEASON, asked)
    assert [each.state for each in outcomes] == ["sent", "unknown", "not_tried"]
    expected = [("siti@example.id", "sending"), ("siti@example.id", "sent")]
    expected += [("budi@example.id", "sending"), ("budi@example.id", "unknown")]
    assert states(empty_home) == expected
    outcomes = send_reminders(plan, empty_home, SEASON, asked)
    assert [each.state for each in outcomes] == ["already", "unknown", "sent"]
    assert [mail.rcpt_tos[0] for mail in inbox.mails] == ["siti@example.id", "ani@example.id"]


def test_a_program_that_dies_while_it_sends_does_not_send_again(
    example: Snapshot, empty_home: Home, smtp: tuple[Inbox, MailPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, plan = smtp
    asked = three(example, empty_home)

    def dies(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(reminder_mail.smtplib.SMTP, "data", dies)
        send_reminders(plan, empty_home, SEASON, asked)
    assert states(empty_home) == [("siti@example.id", "sending")]
    outcomes = send_reminders(plan, empty_home, SEASON, asked)
    assert [each.state for each in outcomes] == ["unknown", "sent", "sent"]
    assert len(inbox.mails) == 2


def test_a_server_that_is_not_there_is_said_and_nothing_is_noted(example: Snapshot, empty_home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plan = MailPlan(host="127.0.0.1", port=port, security="none", sender="b@example.id", recipients=("x@y.id",))
    with pytest.raises(MailFailed):
        send_reminders(plan, empty_home, SEASON, three(example, empty_home))
    assert states(empty_home) == []


def test_the_log_is_added_to_and_forgets_a_person(example: Snapshot, empty_home: Home) -> None:
    asked = three(example, empty_home)
    note_by_hand(empty_home, SEASON, asked[:2])
    path = log_path(empty_home, "17.71", 2026)
    first = path.read_bytes()
    with path.open("ab") as stream:
        stream.write(b"2026-08-01T10:00:00+07:00,whatsapp,torn")
    note_by_hand(empty_home, SEASON, asked[2:])
    assert path.read_bytes().startswith(first)
    assert [line.contact for line in read_sent(empty_home, "17.71", 2026)] == [
        "Siti Contoh", "Budi Contoh", "Ani Contoh",
    ]  # fmt: skip
    forget_person(empty_home, ["Siti Contoh", "siti@example.id"], "test", ON)
    kept = "".join(file.read_text(encoding="utf-8") for file in empty_home.root.rglob("*.csv"))
    assert "Siti" not in kept and "siti@" not in kept and "Budi Contoh" in kept


def test_the_log_holds_no_formula(example: Snapshot, empty_home: Home) -> None:
    person = replace(three(example, empty_home)[0], person='=HYPERLINK("x")')
    note_by_hand(empty_home, SEASON, [person])
    row = next(csv.DictReader(io.StringIO(log_path(empty_home, "17.71", 2026).read_text(encoding="utf-8"))))
    assert row["contact"].startswith("'=")


def test_a_calendar_has_the_dates_that_are_known_and_no_other(empty_home: Home) -> None:
    targets = targets_of("17.71", 2025, ON, empty_home)
    days = calendar_days(empty_home, BENGKULU, 2025, targets, ID)
    names = {day.key: (day.first, day.last) for day in days}
    assert names["deadline/internal"] == (date(2025, 7, 23), date(2025, 7, 23))
    assert names["deadline/ministry"][0] == date(2025, 8, 23)
    assert names["stage/field_validation"] == (date(2025, 11, 11), date(2025, 11, 21))
    content = calendar_text(days, BENGKULU, 2025, ON, ID)
    assert content == calendar_text(days, BENGKULU, 2025, ON, ID)
    events = Calendar.from_ical(content).walk("VEVENT")
    assert len(events) == len(days) == len({str(event["UID"]) for event in events})
    assert {str(event["SUMMARY"]) for event in events} == {day.name for day in days}
    moved = [replace(day, first=day.first + timedelta(days=3), last=day.last + timedelta(days=3)) for day in days]
    later = Calendar.from_ical(calendar_text(moved, BENGKULU, 2025, ON + timedelta(days=1), EN)).walk("VEVENT")
    assert [str(event["UID"]) for event in later] == [str(event["UID"]) for event in events]
    assert all(int(new["SEQUENCE"]) > int(old["SEQUENCE"]) for new, old in zip(later, events, strict=True))
    assert calendar_days(empty_home, BENGKULU, 1999, targets_of("17.71", 1999, ON, empty_home), ID) == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\x85\ufeff"), min_size=1))
def test_any_name_is_read_back_from_a_calendar(name: str) -> None:
    day = CalendarDay("stage/x", name, date(2026, 8, 1), date(2026, 8, 3), "sumber; a, b\\c")
    content = calendar_text([day], BENGKULU, 2026, ON, EN)
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == name
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 8, 1), date(2026, 8, 4))
    assert str(event["DESCRIPTION"]) == "Source: sumber; a, b\\c"
    assert folded(name).replace("\r\n ", "") == name
