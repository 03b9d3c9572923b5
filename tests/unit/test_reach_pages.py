"""The desk's pages of reminders, portal and nominees, and the command of reminders: who sees what, and what is sent."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from warehouse.home import Home
from warehouse.language import Language
from warehouse.snapshot import current_snapshot_id
from workbench.command import app
from workbench.desk.pages.nominee_pages import nominee
from workbench.desk.pages.portal_pages import portal
from workbench.desk.pages.reminder_work_pages import reminders
from workbench.desk.people import Person, Role
from workbench.desk.question import Question

CONTACTS = (
    "unit,contact,mentor,phone,email\n"
    "Dinas Kesehatan,Siti Contoh,,0812-3456-7890,siti@example.id\n"
    "Kecamatan Teluk Segara,Budi Contoh,,0736 21234,budi@\n"
)


@pytest.fixture(scope="module")
def home(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("reach") / "home"
    root.mkdir()
    for name in ("snapshots", "current.json"):
        source = example_home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
    (root / "assignments").mkdir()
    (root / "assignments" / "17.71.csv").write_text(CONTACTS, encoding="utf-8")
    return Home(root)


def question(home: Home, role: Role, **arguments: str) -> Question:
    return Question(
        home=home,
        person=Person("x", role),
        language=Language("id"),
        on=date(2026, 8, 1),
        city="17.71",
        city_name="Kota Bengkulu",
        edition=2026,
        snapshot_id=current_snapshot_id(home),
        arguments=arguments,
    )


def test_whoever_reads_sees_neither_names_nor_numbers(home: Home) -> None:
    log = home.runs / "personal_log.csv"
    for role, links in ((Role.reader, "1"), (Role.reader, ""), (Role.planner, "")):
        page = reminders(question(home, role, links=links))
        told = str(page.values) + str([table.frame.rows() for table in page.tables.values()])
        assert "62812" not in told and "wa.me" not in told and "Siti" not in told and "siti@" not in told
        assert ("bukan nomor seluler" in told) == (role is Role.planner)
        assert not log.exists()
    page = reminders(question(home, Role.planner, links="1"))
    assert "https://wa.me/6281234567890?text=" in str(page.values) and "Siti" not in str(page.values)
    assert "desk reminders?links=1" in log.read_text(encoding="utf-8")
    assert any("simulasi" in line for line in page.sentences)


def test_the_pages_of_portal_and_nominees_say_what_is_known(home: Home) -> None:
    page = portal(question(home, Role.reader))
    assert "Belum ada ekspor portal" in page.sentences[0] and page.tables["sheets"].frame.height > 200
    unknown = portal(replace(question(home, Role.reader), edition=2023))
    assert unknown.values["has_fields"] and unknown.tables["sheets"].frame.height > 100
    flagship = nominee(question(home, Role.reader))
    assert flagship.tables["flagships"].frame.height >= 3 and flagship.tables["criteria"].frame["weight"].sum() == 100
    assert "2023" in flagship.sentences[0]


def run(home: Home, *words: str, code: int = 0) -> str:
    season = ("remind", "bengkulu", "2026", "--on", "2026-08-01", "--home", str(home.root), "--lang", "id")
    result = CliRunner().invoke(app, [*season, *words])
    assert result.exit_code == code or (code and result.exception), result.output
    return result.stdout + str(result.exception or "")


def test_the_command_sends_nothing_by_itself(home: Home, tmp_path: Path) -> None:
    rows = json.loads(run(home, "--format", "json", "--to", "Kecamatan Teluk Segara"))
    assert [row["contact"].rstrip("12") for row in rows] == ["Narahubung "] and "link" not in rows[0]
    assert rows[0]["whatsapp"].startswith("bukan nomor seluler") and rows[0]["email"] == "bukan alamat e-mail"
    assert "6281" not in run(home)
    shown = run(home, "--links", "--names", "--to", "Dinas Kesehatan")
    assert "https://wa.me/6281234567890" in shown and "Tautan menyampaikan nomor" in shown and "Siti Contoh" in shown
    assert "simulated data" in run(home, "--send", code=2)
    assert "Nothing is asked of" in run(home, "--to", "Tidak Ada", code=3)
    calendar = tmp_path / "iga.ics"
    run(home, "--calendar", str(calendar), "--list", "dates")
    assert len(Calendar.from_ical(calendar.read_bytes()).walk("VEVENT")) == 2
    run(home, "--note-sent", "--to", "Dinas Kesehatan")
    assert "dikirim sendiri" in run(home, "--list", "sent", "--format", "csv")
    assert "Siti" not in run(home, "--list", "sent", "--format", "csv")
