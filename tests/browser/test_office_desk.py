"""An office of several in Chromium: three people in two browsers at one desk over a real hub on loopback."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import launch
from tests.browser.test_desk import PATIENCE_MS, SEASON, Planner
from tests.conftest import EXAMPLES
from tests.office import ROLES, Office, running_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXPORT = EXAMPLES / "inbox" / "bengkulu" / "2026" / "ekspor-2026-08-09.xls"
TITLE = "<b>Obat Cepat</b>"


@dataclass(frozen=True)
class OfficeDesk:
    """The address of the desk of an office."""

    address: str


@pytest.fixture(scope="module")
def office(example_home: Path) -> Iterator[Office]:
    """A running office over a copy of the example's home."""
    with running_office(example_home) as office:
        yield office


@pytest.fixture(scope="module")
def other_browser(browser: Any) -> Iterator[Any]:
    """A second browser, a process of its own."""
    second = launch(browser.browser_type)
    yield second
    second.close()


def signs_in(browser: Any, office: Office, group: str) -> Planner:
    """Open the desk, log in on the hub's page as a person does, and arrive at the desk."""
    person = Planner(browser, OfficeDesk(f"{office.address}/services/iga/iga/"), ignore_https_errors=True)
    person.page.goto(person.desk.address)
    person.page.fill("#username_input", ROLES[group])
    person.page.fill("#password_input", office.password)
    person.page.click("#login_submit")
    person.page.wait_for_selector("nav.pages", timeout=PATIENCE_MS)
    person.faults.clear()  # of the hub's own login page
    person.open()
    return person


@pytest.fixture
def people(browser: Any, other_browser: Any, office: Office) -> Iterator[dict[str, Planner]]:
    """A planner and a reader in one browser, an administrator in the other."""
    seats = {"perencana": browser, "pembaca": browser, "pengelola": other_browser}
    seated = {group: signs_in(seat, office, group) for group, seat in seats.items()}
    yield seated
    for person in seated.values():
        person.context.close()


def test_three_people_in_two_browsers_work_at_one_desk(people: dict[str, Planner], office: Office) -> None:
    """A file is dropped and loaded by one, waited for by another, and seen by the third, each under an own name."""
    planner, keeper, reader = people["perencana"], people["pengelola"], people["pembaca"]
    planner.open("files", "city=17.71&edition=2026")
    reader.open("files", "city=17.71&edition=2026")
    assert planner.page.locator(".drop").count() and not reader.page.locator(".drop").count()
    with planner.page.expect_file_chooser() as chooser:
        planner.click('.drop input[type="file"]')
    shown = EXPORT.read_text(encoding="utf-8").replace("Aplikasi Rumah Susun Bersama Warga", html.escape(TITLE))
    shown = shown.replace("09 Aug 2026", "12 Aug 2026")
    sent = {"name": "ekspor-2026-08-12.xls", "mimeType": "application/vnd.ms-excel", "buffer": shown.encode()}
    chooser.value.set_files([sent])
    planner.until("[...document.querySelectorAll('.dropped li')].some(li => li.textContent[0] === '✓')")

    keeper.open("jobs")
    keeper.press("Periksa keutuhan data")
    keeper.page.wait_for_selector('#jobs .job[data-id*="-verify-"]')
    planner.press("Muat")
    planner.page.wait_for_selector('#jobs .job[data-id*="-load-"]')
    planner.page.reload()  # in mid-work: the work is the server's, not the page's
    ended = '#jobs .job:not(.queued):not(.running)[data-id*="-{kind}-"]'
    keeper.page.wait_for_selector(ended.format(kind="verify"), timeout=PATIENCE_MS)
    planner.page.wait_for_selector(ended.format(kind="load"), timeout=PATIENCE_MS)
    reader.open("jobs")
    told = reader.page.locator(".history").inner_text()
    assert all(ROLES[group] in told for group in ("perencana", "pengelola"))
    assert not reader.page.locator("button.again, #jobs button:not(.close)").count()

    reader.open("innovations", SEASON.partition("&on")[0])
    reader.page.wait_for_selector("section.table .rows", timeout=PATIENCE_MS)
    reader.page.locator('section.table input[type="search"]').first.fill("Obat Cepat")
    reader.until(
        "[...document.querySelectorAll('section.table .rows')].some(r => r.textContent.includes('Obat Cepat'))"
    )
    assert not reader.page.locator(".rows b", has_text="Obat Cepat").count()  # a title is text
    for person in people.values():
        assert person.faults == []
        assert {address.split("/")[2] for address in person.asked if "//" in address} <= {office.address.split("//")[1]}


def test_two_tabs_and_two_people_keep_their_own_city(people: dict[str, Planner]) -> None:
    """What one looks at does not change what the other, or another tab, looks at."""
    planner, keeper = people["perencana"], people["pengelola"]
    second = planner.context.new_page()
    planner.open("readiness", "city=17.71&edition=2026")
    second.goto(f"{planner.desk.address}readiness?city=33.71&edition=2026")
    keeper.open("readiness", "city=18.71&edition=2026")
    shown = [page.locator("h1").first.inner_text() for page in (planner.page, second, keeper.page)]
    for page in (planner.page, second, keeper.page):
        page.reload()
    again = [page.locator("h1").first.inner_text() for page in (planner.page, second, keeper.page)]
    titles = [page.title() for page in (planner.page, second, keeper.page)]
    assert again == shown and len(set(titles)) == 3
    for city, title in zip(("Bengkulu", "Magelang", "Bandar Lampung"), titles, strict=True):
        assert city in title


def test_a_reader_finds_nothing_to_run_on_any_page(people: dict[str, Planner]) -> None:
    """What a role may not do is not offered: no form that changes, no button that starts."""
    reader = people["pembaca"]
    for name in ("", "files", "units", "readiness", "plan", "contest", "reports", "jobs"):
        reader.open(name, SEASON)
        assert reader.page.locator("main button[data-job], main [data-kind], main .drop").count() == 0, name
    people["perencana"].open("reports", SEASON)
    assert people["perencana"].page.locator("main [data-kind]").count()
