"""An office on a real hub on loopback: system accounts, three people at once, and what each may and may not do.

It makes accounts of this machine and takes them away again, so that it runs as root on Linux alone.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.office import ACCOUNT, ROLES, STRANGER, Browser, Office, environment, running_office

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(example_home: Path) -> Iterator[Office]:
    """A running office over a copy of the example's home."""
    with running_office(example_home) as office:
        yield office


@pytest.fixture(scope="module")
def people(office: Office) -> dict[str, Browser]:
    """All people of the office, logged in at the same time."""
    browsers = {group: Browser(office, name) for group, name in ROLES.items()}
    with ThreadPoolExecutor(len(browsers)) as pool:
        statuses = list(pool.map(Browser.logs_in, browsers.values()))
    assert statuses == [200] * len(browsers), office.log.read_text("utf-8", "replace")[-3000:]
    return browsers


def test_all_are_at_one_desk_under_their_own_names(people: dict[str, Browser], office: Office) -> None:
    for browser in people.values():
        assert browser.xsrf
    with ThreadPoolExecutor(3) as pool:
        groups = ("perencana", "pengelola", "perencana")
        asked = [
            (people[group], {"kind": "readiness", "parameters": {"city": "17.71", "edition": "2026"}})
            for group in groups
        ]
        answers = list(pool.map(lambda each: each[0].told("/iga/api/jobs", "POST", each[1]), asked))
    assert [status for status, _told in answers] == [201] * 3, answers
    jobs = [json.loads(told)["id"] for _status, told in answers]
    until = time.monotonic() + 120
    states: dict[str, str] = {}
    while time.monotonic() < until and set(states.values()) != {"done"}:
        told = {job["id"]: job for job in json.loads(people["pembaca"].told("/iga/api/jobs")[1])["jobs"]}
        states = {job: told[job]["state"] for job in jobs}
        assert not {"failed", "lost"} & set(states.values()), told
        time.sleep(0.5)
    assert set(states.values()) == {"done"}
    kept = [json.loads((office.home / "jobs" / job / "job.json").read_text("utf-8"))["person"] for job in jobs]
    assert kept == [ROLES[group] for group in groups]


def test_what_is_laid_down_and_undone_bears_the_name_of_who_did_it(people: dict[str, Browser], office: Office) -> None:
    planner = people["perencana"]
    list_of_one = b"Nama Inovasi,Nama Perangkat Daerah\nObat Cepat,Dinas Kesehatan\n"
    assert planner.desk("/iga/api/files/17.71/2026/kiriman.csv", "PUT", list_of_one) == 201
    finished(planner, "load")
    receipts = [json.loads(path.read_text("utf-8")) for path in office.home.glob("archive/*/*/receipt.json")]
    (ours,) = [facts for facts in receipts if facts["file_name"].endswith("kiriman.csv")]
    assert ours["received_by"] == planner.name
    assert all("received_by" not in facts for facts in receipts if facts is not ours), (
        "the others came before the office"
    )
    assert finished(people["pengelola"], "undo")["state"] == "done"
    (path,) = office.home.glob(f"archive/*/{ours['file_sha256']}/receipt.json")
    assert json.loads(path.read_text("utf-8"))["undone_by"] == people["pengelola"].name
    said = {"city": "17.71", "name": "Dinkes Kota", "unit": "not_ours"}
    assert planner.desk("/iga/api/confirm/unit", "POST", said) == 200
    assert f",{planner.name},unit," in (office.home / "runs" / "answers_log.csv").read_text("utf-8")


def finished(browser: Browser, kind: str) -> dict[str, Any]:
    """Start a job and return it when it has ended."""
    job = json.loads(browser.told("/iga/api/jobs", "POST", {"kind": kind})[1])
    until = time.monotonic() + 150
    while job["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.5)
        job = json.loads(browser.told(f"/iga/api/jobs/{job['id']}")[1])
    return dict(job)


LOOK, WORK, KEEP = ("pembaca", "perencana", "pengelola"), ("perencana", "pengelola"), ("pengelola",)
RIGHTS: list[tuple[str, str, object, tuple[str, ...]]] = [
    ("GET", "/iga/", None, LOOK),
    ("GET", "/iga/readiness?city=17.71&edition=2026", None, LOOK),
    ("GET", "/iga/columns?file=x", None, WORK),
    ("GET", "/iga/api/tables/innovations/all.json?city=17.71&edition=2026", None, LOOK),
    ("GET", "/iga/api/actions?city=17.71&edition=2026", None, LOOK),
    ("POST", "/iga/api/what-if", {"city": "17.71", "edition": "2026", "keep": "x", "name": "x"}, WORK),
    ("GET", "/iga/api/jobs", None, LOOK),
    ("POST", "/iga/api/jobs", {"kind": "load"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "undo"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "report", "parameters": {"site": "?"}}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "letters"}, WORK),
    ("POST", "/iga/api/jobs", {"kind": "verify"}, KEEP),
    ("POST", "/iga/api/jobs", {"kind": "backup"}, KEEP),
    ("PUT", "/iga/api/files/17.71/2026/catatan.txt", b"x", WORK),
    ("PUT", "/iga/api/documents/17.71/2026/catatan.txt?kind=letter", b"x", WORK),
    ("POST", "/iga/api/confirm/unit", {"city": "17.71", "name": "?"}, WORK),
    ("POST", "/iga/api/confirm/word", {"field": "?"}, WORK),
    ("POST", "/iga/api/confirm/columns", {"file": "?"}, WORK),
    ("GET", "/iga/zip/letters/", None, WORK),
    ("GET", "/iga/zip/reports/x", None, LOOK),
    ("GET", "/iga/static/palette.css", None, LOOK),
    ("GET", "/iga/static/desk.js", None, LOOK),
    ("GET", "/iga/reports/x", None, LOOK),
    ("GET", "/iga/backups/x", None, KEEP),
]
"""A request of each kind, and the groups that may make it; whoever may is answered anything but 403."""


@pytest.mark.parametrize(("method", "address", "told", "who"), RIGHTS, ids=lambda value: str(value)[:40])
def test_a_role_may_what_its_rights_say_and_no_more(
    people: dict[str, Browser], method: str, address: str, told: object, who: tuple[str, ...]
) -> None:
    for group, browser in people.items():
        may = group in who or (group == "peneliti" and "pembaca" in who)
        status, text = browser.told(address, method, told)
        assert (status != 403) == may, (group, status, text[:300])
        assert status != 500, text[:300]


def test_every_address_of_the_desk_is_tried() -> None:
    from workbench.desk.server_extension import addresses

    tried = [address.partition("?")[0] for _method, address, _told, _who in RIGHTS]
    tried += ["/iga", "/iga/api/events", "/iga/api/jobs/x", "/iga/api/jobs/x/log"]
    missing = [rule[0] for rule in addresses() if not any(re.fullmatch(rule[0], address) for address in tried)]
    assert missing == []


def test_jobs_of_others_are_seen_by_all_and_stopped_by_those_who_work(people: dict[str, Browser]) -> None:
    job = json.loads(people["pengelola"].told("/iga/api/jobs", "POST", {"kind": "verify"})[1])["id"]
    assert people["pembaca"].desk(f"/iga/api/jobs/{job}") == 200
    assert people["pembaca"].desk(f"/iga/api/jobs/{job}/log") == 200
    for group in ("pembaca", "perencana", "peneliti"):
        assert people[group].desk(f"/iga/api/jobs/{job}/cancel", "POST", {}) == 403
    assert people["pengelola"].desk(f"/iga/api/jobs/{job}/cancel", "POST", {}) == 200


NOT_SERVED = (
    "/api", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/contents", "/api/contents/office.toml",
    "/api/terminals", "/api/status", "/api/config/x", "/api/me", "/api/nbconvert", "/api/spec.yaml", "/files/x", "/lab",
    "/lab/api/settings", "/lab/api/workspaces", "/tree", "/edit/x", "/view/x", "/notebooks/x", "/nbconvert/html/x",
    "/metrics", "/terminals/websocket/1", "/api/kernels/x/channels", "/api/events/subscribe", "/lsp/status", "/login",
    "/static/x", "/nbextensions/x", "/api/shutdown", "/iga/../api/contents", "/iga/reports/%2e%2e/%2e%2e/office.toml",
)  # fmt: skip


def test_the_desk_serves_no_kernel_no_terminal_and_no_contents_to_anybody(people: dict[str, Browser]) -> None:
    for group, browser in people.items():
        for address in NOT_SERVED:
            for method in ("GET", "POST", "PUT", "DELETE"):
                status, text = browser.told(address, method, None if method == "GET" else {})
                assert status in (403, 404, 405), (group, method, address, status, text[:200])


def test_without_a_login_nothing_is_answered(office: Office, people: dict[str, Browser]) -> None:
    nobody = Browser(office, "")
    for _method, address, _told, _who in RIGHTS:
        status, text = nobody.ask(f"/services/iga{address}", follows=False)
        if address.startswith("/iga/static/"):  # the program's own script and style, the same for everybody
            continue
        assert status in (302, 403, 405), (address, status, text[:200])
        assert "Bengkulu" not in text
    without_token = people["perencana"].ask("/services/iga/iga/api/jobs", "POST", b'{"kind": "load"}')
    assert without_token[0] == 403, "another site's form bears the cookie and no token"
    assert Browser(office, STRANGER).logs_in() == 403
    assert Browser(office, ROLES["pembaca"]).logs_in("wrong") == 403


def test_only_those_with_a_lab_get_one_and_nobody_elses(people: dict[str, Browser], office: Office) -> None:
    def on_hub(browser: Browser, address: str, method: str = "GET", told: object = None) -> tuple[int, str]:
        page = browser.ask("/hub/home")[1]
        token = re.search(r'xsrf_token: "([^"]+)"', page)
        assert token, page[:500]
        body = None if told is None else json.dumps(told).encode()
        known = {"X-XSRFToken": token[1], "Content-Type": "application/json"}
        return browser.ask(address, method, body, **known)

    for group in ("pembaca", "perencana"):
        browser = people[group]
        assert on_hub(browser, f"/hub/api/users/{browser.name}/server", "POST", {})[0] in (403, 404)
        assert on_hub(browser, f"/hub/spawn/{browser.name}")[0] in (403, 404)
        assert on_hub(browser, "/hub/api/users")[0] in (403, 404)
    owner = people["peneliti"]
    status, text = on_hub(owner, f"/hub/api/users/{owner.name}/server", "POST", {})
    assert status in (201, 202), (status, text)
    until, text = time.monotonic() + 120, ""
    while time.monotonic() < until and "jupyter-config-data" not in text:  # before it is up the hub shows its progress
        status, text = owner.ask(f"/user/{owner.name}/lab")
        time.sleep(0.5)
    assert "jupyter-config-data" in text, (text[-300:], office.log.read_text("utf-8", "replace")[-3000:])
    address = f"/user/{owner.name}/"
    (token,) = [one.value for one in owner.cookies if one.name == "_xsrf" and one.path == address]

    def on_lab(browser: Browser, asked: str) -> tuple[int, str]:
        return browser.ask(address + asked, **{"X-XSRFToken": token or ""})

    for group in ("pembaca", "perencana", "pengelola"):
        assert on_lab(people[group], "api/contents")[0] in (403, 404), group
    listed = json.loads(on_lab(owner, "api/contents")[1])
    assert "notebooks" in {entry["name"] for entry in listed["content"]}
    known = {"X-XSRFToken": token or "", "Content-Type": "application/json"}
    started = owner.ask(f"{address}api/kernels", "POST", b'{"name": "iga"}', **known)
    assert started[0] == 201, started
    own = office.home.parent / owner.name / "iga"
    assert own.stat().st_mode & 0o077 == 0
    runtime = list((own / ".lab" / "runtime").iterdir())
    assert runtime and all(path.stat().st_mode & 0o077 == 0 for path in runtime), "tokens lie with the person alone"
    kernels = json.loads(on_lab(owner, "api/kernelspecs")[1])
    assert "iga" in kernels["kernelspecs"]


def as_account(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    account = pwd.getpwnam(name)
    groups = os.getgrouplist(name, account.pw_gid)
    whose: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", env=environment(), **whose)


def test_the_home_is_read_by_its_group_and_written_by_the_service_alone(
    office: Office, people: dict[str, Browser]
) -> None:
    assert people["perencana"].desk("/iga/api/files/17.71/2026/izin.txt", "PUT", b"x") == 201
    program = "from analysis import open_snapshot; print(open_snapshot(home={home!r}).snapshot_id)"
    read = as_account(ROLES["peneliti"], office.python, "-P", "-c", program.format(home=str(office.home)))
    assert read.returncode == 0, read.stderr[-2000:]
    for name, may_read in ((ROLES["peneliti"], True), (ROLES["pembaca"], False), (STRANGER, False)):
        for path in (office.home, office.home / "current.json", office.home / "inbox"):
            assert (as_account(name, "test", "-r", str(path)).returncode == 0) == may_read, (name, path)
            assert as_account(name, "test", "-w", str(path)).returncode == 1, (name, path)
    for path in office.home.rglob("*"):
        facts = path.stat()
        assert path.owner() == ACCOUNT and not facts.st_mode & 0o022, path
    for path in (office.folder / "state", office.folder / "desk"):
        assert as_account(ROLES["peneliti"], "test", "-x", str(path)).returncode == 1
    assert as_account(ACCOUNT, "test", "-x", str(office.folder / "state")).returncode == 1


def test_who_leaves_the_settings_leaves_the_desk_at_once(office: Office, people: dict[str, Browser]) -> None:
    path, name = office.folder / "office.toml", ROLES["perencana"]
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(before.replace(f'perencana = ["{name}"]', "pembaca2 = []\nperencana = []"), encoding="utf-8")
        assert people["pembaca"].desk("/iga/") == 503, "settings that cannot be read open nothing"
        path.write_text(before.replace(f'perencana = ["{name}"]', "perencana = []"), encoding="utf-8")
        assert people["perencana"].desk("/iga/") == 403
        assert people["pembaca"].desk("/iga/") == 200
    finally:
        path.write_text(before, encoding="utf-8")
    assert people["perencana"].desk("/iga/") == 200


def test_a_script_whom_nobody_knows_is_refused_and_not_led_to_the_login(office: Office) -> None:
    """A script that began a login of its own would end that of the page, whose token then counts no more."""
    nobody = Browser(office, "")
    for address in ("/iga/api/jobs", "/iga/api/events", "/iga/"):
        path = f"/services/iga{address}"
        assert nobody.ask(path, follows=False, **{"Sec-Fetch-Mode": "cors"})[0] == 403
    assert nobody.ask("/services/iga/iga/", follows=False, **{"Sec-Fetch-Mode": "navigate"})[0] == 302
